//! The portal of a customer: an address that leads there for an hour, and what stands there. What
//! they do there is for [`super::portal_acts`].

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, TimeDelta};

use crate::domain::account::Account;
use crate::domain::catalogue::Terms;
use crate::domain::checkout::CheckoutRequest;
use crate::domain::document::{Document, InvoiceStatus};
use crate::domain::ids::{CustomerId, InvoiceId, MerchantId};
use crate::domain::merchant::PortalParts;
use crate::domain::money::{Currency, Money};
use crate::domain::preview::{ModeShown, Preview};
use crate::domain::verdict::Verdict;
use crate::render::format::Locale;
use crate::render::look::PageBranding;
use crate::rules::checkout::CheckoutFacts;
use crate::rules::matching::Reason;
use crate::rules::portal::up_to_date;
use crate::rules::preview::{booked_on, next_invoiced};
use crate::store::documents::{self, DocumentFilter};
use crate::store::portal::{self, PortalSession};
use crate::store::{Page, Tx, customers};
use crate::wire::checkouts::Confirmation;
use crate::wire::portal as wire;

use super::access::digest;
use super::checkout_facts::reachable;
use super::customer_documents::{RelatedDocument, named};
use super::decisions::decide;
use super::opening::{check_return_url, is_return_url, locale};
use super::previews::{confirmation_on_page, known_locale, page_locale};
use super::{App, AppError, Context, addresses};

/// For how many hours an address leads to a portal.
const HOURS: i64 = 1;
/// How many offers are shown that a customer can change to.
const TARGETS_MAX: usize = 50;
/// How many invoices, and how many credit notes are shown.
const DOCUMENTS_MAX: i64 = 200;

/// Somebody in their portal.
#[derive(Debug, Clone)]
pub struct PortalVisit {
    /// Who sells.
    pub merchant: MerchantId,
    /// Who they are.
    pub customer: CustomerId,
    /// How pages of the merchant look, and what they lead to.
    pub look: PageBranding,
    /// What the seller is called.
    pub seller: String,
    /// What the customer is called.
    pub name: Option<String>,
    /// How the page is written: English in all of it where our words are in no other language.
    pub locale: Locale,
    /// The language of the merchant's own texts.
    pub said_in: String,
    /// What they may do.
    pub parts: PortalParts,
    /// Where they came from.
    pub return_url: Option<String>,
    /// The day.
    pub today: NaiveDate,
    /// What they have, brought up to date on paper.
    pub account: Account,
    /// Their documents, the newest first; none where they do not see them.
    pub documents: Vec<RelatedDocument>,
}

/// All that a portal shows.
#[derive(Debug, Clone)]
pub struct Portal {
    /// Who is there.
    pub visit: PortalVisit,
    /// The next payment, where that is known.
    pub next_payment: Option<PortalPayment>,
    /// What they can change to, by offer.
    pub targets: Vec<PortalTarget>,
    /// Whether they cannot change to something only because something is not paid.
    pub waits_for_payment: bool,
}

/// What is to be paid next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortalPayment {
    /// The day.
    pub on: NaiveDate,
    /// What is to be paid then.
    pub amount: Money,
    /// What is left on the balance, where something is credited on that day.
    pub left: Option<Money>,
}

/// Something that a customer can change to.
#[derive(Debug, Clone)]
pub struct PortalTarget {
    /// What it is.
    pub terms: Terms,
    /// What its checkout would do today.
    pub preview: Preview,
    /// What the customer would read of it.
    pub texts: Option<Confirmation>,
}

impl PortalTarget {
    /// What would be done, unless the customer picks otherwise.
    #[must_use]
    pub fn shown(&self) -> Option<&ModeShown> {
        self.preview.mode(self.preview.picked)
    }
}

impl App {
    /// Opens a customer's portal for an hour. Its address is nowhere kept.
    ///
    /// # Errors
    /// Not found where there is no such customer; invalid where the language is none, or the
    /// customer may not be sent back to where they came from.
    pub async fn open_portal(
        &self,
        merchant: &MerchantId,
        customer: &CustomerId,
        new: wire::NewPortalSession,
    ) -> Result<wire::PortalSession, AppError> {
        let token = self.ids().token();
        let (hash, url) = (digest(&token), self.url_of(&addresses::portal(&token)));
        let (new, url) = (&new, &url);
        self.write(|mut tx| async move {
            let context = self.context_about(&mut tx, merchant, customer).await?;
            let found = customers::find_customer(&mut tx, merchant, customer).await?;
            let profile = found.ok_or(AppError::NotFound("customer"))?.profile;
            let spoken = locale(&context, new.locale.as_deref(), profile.locale.as_deref())?;
            check_return_url(&context.settings, new.return_url.as_deref())?;
            let expires_at = context.now + TimeDelta::hours(HOURS);
            let session = PortalSession {
                merchant: merchant.clone(),
                customer: customer.clone(),
                locale: spoken.to_string(),
                return_url: new.return_url.clone(),
                opened: None,
                expires_at,
            };
            portal::insert_portal(&mut tx, &session, &hash, context.now).await?;
            tx.answer(wire::PortalSession { url: url.clone(), expires_at }).await
        })
        .await
    }

    /// Who comes to a portal by an address.
    ///
    /// # Errors
    /// Not found where it leads nowhere, or does so no more.
    pub async fn portal_visit(&self, token: &str) -> Result<PortalVisit, AppError> {
        let hash = digest(token);
        self.read(|mut tx| async move {
            let (session, mut context) = self.portal_session(&mut tx, &hash).await?;
            self.visit_of(&mut tx, session, &mut context).await
        })
        .await
    }

    /// All that a portal shows.
    ///
    /// # Errors
    /// Not found where its address leads nowhere, or does so no more.
    pub async fn portal(&self, token: &str) -> Result<Portal, AppError> {
        let hash = digest(token);
        let looked = self.read(|mut tx| async move {
            let (session, mut context) = self.portal_session(&mut tx, &hash).await?;
            let customer = session.customer.clone();
            let facts = reachable(self, &mut tx, &mut context, &customer).await?;
            let visit = self.visit_of(&mut tx, session, &mut context).await?;
            Ok((visit, context, facts))
        });
        let (visit, mut context, facts) = looked.await?;
        let merchant = visit.merchant.clone();
        let shown = move || {
            let next_payment = next_payment(&visit.account, &context);
            let (targets, waits_for_payment) = targets(&mut context, facts, &visit);
            Portal { visit, next_payment, targets, waits_for_payment }
        };
        self.compute(&merchant, shown).await
    }

    /// Whether an address leads to the portal of this customer.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn is_portal_of(
        &self,
        token: &str,
        merchant: &MerchantId,
        customer: &str,
    ) -> Result<bool, AppError> {
        let hash = digest(token);
        let found = self.read(|mut tx| async move {
            self.portal_session(&mut tx, &hash).await.map(|(found, _)| found)
        });
        match found.await {
            Ok(it) => Ok(it.merchant == *merchant && it.customer.as_str() == customer),
            Err(AppError::NotFound(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Forgets the addresses that lead nowhere any more; how many.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn forget_portals(&self) -> Result<u64, AppError> {
        let now = self.now();
        self.write(|mut tx| async move {
            let done = portal::purge_portals(&mut tx, now).await?;
            tx.commit(done).await
        })
        .await
    }

    /// The session of a token while it lasts, and what is decided by.
    pub(super) async fn portal_session(
        &self,
        tx: &mut Tx,
        hash: &[u8; 32],
    ) -> Result<(PortalSession, Context), AppError> {
        let missing = || AppError::NotFound("portal");
        let session = portal::find_portal(tx, hash).await?.ok_or_else(missing)?;
        let context = self.context(tx, &session.merchant).await?;
        if context.now >= session.expires_at {
            return Err(missing());
        }
        Ok((session, context))
    }

    async fn visit_of(
        &self,
        tx: &mut Tx,
        session: PortalSession,
        context: &mut Context,
    ) -> Result<PortalVisit, AppError> {
        let PortalSession { merchant, customer, locale, return_url, .. } = session;
        let account = context.look_at(tx, &customer).await?;
        let known = customers::find_customer(tx, &merchant, &customer).await?;
        let settings = &context.settings;
        let seller = settings.seller.clone().unwrap_or_default();
        let parts = settings.portal;
        let documents =
            if parts.documents { issued(tx, &merchant, &customer).await? } else { Vec::new() };
        Ok(PortalVisit {
            // An origin may have left the list since.
            return_url: return_url.filter(|url| is_return_url(settings, url)),
            seller: named(tx, &merchant, seller).await?.name.unwrap_or_default(),
            look: PageBranding::from(settings),
            name: known.and_then(|known| known.profile.name),
            locale: page_locale(known_locale(&locale)),
            account: up_to_date(&account, &context.tariff, context.today),
            today: context.today,
            said_in: locale,
            merchant,
            customer,
            parts,
            documents,
        })
    }
}

/// The documents of a customer, the newest first.
async fn issued(
    tx: &mut Tx,
    merchant: &MerchantId,
    customer: &CustomerId,
) -> Result<Vec<RelatedDocument>, AppError> {
    let of = DocumentFilter { customer: Some(customer.clone()), ..DocumentFilter::default() };
    let newest = Page::first(DOCUMENTS_MAX).reversed();
    let invoices = documents::list_invoices(tx, merchant, &of, &newest).await?;
    let notes = documents::list_credit_notes(tx, merchant, &of, &newest).await?;
    let notes = notes.into_iter().map(RelatedDocument::from);
    let mut all: Vec<RelatedDocument> =
        invoices.into_iter().map(RelatedDocument::from).chain(notes).collect();
    // Credits stand before the invoice that draws on them, so behind it where the newest is first.
    all.sort_by_key(|issued| match &issued.document {
        Document::Invoice(it) => std::cmp::Reverse((it.issued_on, true, it.number)),
        Document::CreditNote(it) => std::cmp::Reverse((it.issued_on, false, it.number)),
    });
    Ok(all)
}

/// What is to be paid next, and when: the invoice that billing would issue then as things stand.
fn next_payment(account: &Account, context: &Context) -> Option<PortalPayment> {
    let (on, currency) = next_invoiced(account, &context.tariff)?;
    let booked = booked_on(account, &context.tariff, currency, on)?;
    let is_credited = !booked.credit_notes.is_empty();
    let left = Some(booked.balance_after).filter(|left| is_credited && left.minor > 0);
    Some(PortalPayment { on, amount: Money::new(booked.invoice.amount_due, currency), left })
}

/// What the customer can change to today, each with what its checkout would do; and whether there
/// would be more if everything were paid.
fn targets(
    context: &mut Context,
    reachable: Vec<CheckoutFacts>,
    visit: &PortalVisit,
) -> (Vec<PortalTarget>, bool) {
    let (mut found, mut waits_for_payment) = (Vec::new(), false);
    let locale = known_locale(&visit.said_in);
    for mut facts in reachable {
        if found.len() == TARGETS_MAX {
            break;
        }
        facts.account.locale = Some(visit.said_in.clone());
        let offer = facts.matching.target.terms.offer.clone();
        let request = CheckoutRequest::plain(visit.customer.clone(), offer);
        // What is refused is not offered.
        let (decision, preview) = match decide(context, &facts, &request) {
            Ok(decided) => decided,
            Err(refusal) => {
                let unpaid = Verdict::Rejected(Reason::SourceUnpaid);
                waits_for_payment |= refusal.considered.iter().any(|it| it.verdict == unpaid);
                continue;
            }
        };
        if preview.path.is_none() {
            continue;
        }
        let shown = preview.mode(preview.picked);
        let texts = shown.and_then(|it| confirmation_on_page(preview.path.as_ref(), it, &locale));
        found.push(PortalTarget { terms: decision.target, preview, texts });
    }
    (found, waits_for_payment)
}

/// What is still to be paid on invoices, in a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwedSum {
    /// On all of them.
    pub all: Money,
    /// On those of them that billing would issue anyway up to today.
    pub to_be_issued: Money,
}

/// What is still to be paid on the invoices of an account that is up to date on paper, by currency.
#[must_use]
pub fn owed(account: &Account) -> Vec<OwedSum> {
    let on_paper: BTreeSet<&InvoiceId> = (account.issued.iter())
        .filter_map(|document| match document {
            Document::Invoice(invoice) => Some(&invoice.id),
            Document::CreditNote(_) => None,
        })
        .collect();
    let mut owed = BTreeMap::<Currency, (i64, i64)>::new();
    for it in account.invoices.values().filter(|it| it.status == InvoiceStatus::Open) {
        let (all, to_be_issued) = owed.entry(it.currency).or_default();
        *all += it.amount_due;
        if on_paper.contains(&it.id) {
            *to_be_issued += it.amount_due;
        }
    }
    let owed = owed.into_iter().map(|(currency, (all, to_be_issued))| OwedSum {
        all: Money::new(all, currency),
        to_be_issued: Money::new(to_be_issued, currency),
    });
    owed.filter(|owed| owed.all.minor > 0).collect()
}
