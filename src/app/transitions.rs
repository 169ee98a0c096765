//! What a customer could do today: every target that paths lead to, with those that are refused and
//! why; and what a shop's button says for each offer.

use crate::domain::checkout::CheckoutRequest;
use crate::domain::ids::{CustomerId, MerchantId};
use crate::domain::preview::Preview;
use crate::render::format::Locale;
use crate::rules::checkout::{CheckoutDecision, CheckoutFacts, RefusalCode};
use crate::rules::ledger::Ledger;
use crate::rules::matching::JudgedPair;
use crate::rules::scenario::{Scenario, has, scenario};
use crate::store::{Page, Tx, customers};
use crate::wire::checkouts::Candidate;
use crate::wire::customers::{CustomerOffer, RefusedTransition, Target};

use super::bounds::check_candidates;
use super::checkout_facts::{offered_to, reachable};
use super::decisions::decide;
use super::opening::locale;
use super::previews::{offered, possible};
use super::{App, AppError, Context};

/// How much of what was considered a page tells in all: with their ids, some megabytes.
const CONSIDERED_MAX: usize = 20_000;

impl App {
    /// The targets that a customer's running subscriptions lead to, by id, each with what its
    /// checkout would do today, or why it is refused: a page of them, for each has its texts.
    ///
    /// # Errors
    /// Not found where there is no such customer.
    pub async fn transitions(
        &self,
        merchant: &MerchantId,
        customer: &CustomerId,
        spoken: Option<&str>,
        page: Page,
    ) -> Result<Vec<Target>, AppError> {
        let spoken = spoken.map(str::to_owned);
        let looked = self.read(|mut tx| async move {
            let asked = spoken.as_deref();
            let (mut context, locale) = self.looking_at(&mut tx, merchant, customer, asked).await?;
            let facts = reachable(self, &mut tx, &mut context, customer).await?;
            Ok((context, locale, facts))
        });
        let (mut context, locale, facts) = looked.await?;
        let customer = customer.clone();
        self.compute(merchant, move || targets(&mut context, &locale, facts, &customer, &page))
            .await?
    }

    /// What each active offer is to a customer, by its id: what they have of it, or what a
    /// checkout for it would do today.
    ///
    /// # Errors
    /// Not found where there is no such customer.
    pub async fn customer_offers(
        &self,
        merchant: &MerchantId,
        customer: &CustomerId,
        spoken: Option<&str>,
        page: Page,
    ) -> Result<Vec<CustomerOffer>, AppError> {
        let (spoken, wanted) = (spoken.map(str::to_owned), page.clone());
        let looked = self.read(|mut tx| async move {
            let page = wanted;
            let asked = spoken.as_deref();
            let (mut context, locale) = self.looking_at(&mut tx, merchant, customer, asked).await?;
            let facts = offered_to(self, &mut tx, &mut context, customer, &page).await?;
            Ok((context, locale, facts))
        });
        let (mut context, locale, facts) = looked.await?;
        let customer = customer.clone();
        let buttons = move || {
            let (mut found, mut told) = (Vec::new(), 0);
            for mut facts in facts {
                facts.account.locale = Some(locale.to_string());
                let button = button(&mut context, &facts, &customer, &locale)?;
                told += button.considered.len();
                if ends_early(told, found.len(), &page) {
                    break;
                }
                found.push(button);
            }
            Ok(found)
        };
        self.compute(merchant, buttons).await?
    }

    /// The context in which a customer who is there is looked at, and the language of what is said.
    async fn looking_at(
        &self,
        tx: &mut Tx,
        merchant: &MerchantId,
        customer: &CustomerId,
        asked: Option<&str>,
    ) -> Result<(Context, Locale), AppError> {
        let context = self.context(tx, merchant).await?;
        let missing = || AppError::NotFound("customer");
        let found = customers::find_customer(tx, merchant, customer).await?;
        let profile = found.ok_or_else(missing)?.profile;
        let locale = locale(&context, asked, profile.locale.as_deref())?;
        Ok((context, locale))
    }
}

/// A page of the targets, each with what its checkout would do, or why it is refused.
fn targets(
    context: &mut Context,
    locale: &Locale,
    reachable: Vec<CheckoutFacts>,
    customer: &CustomerId,
    page: &Page,
) -> Result<Vec<Target>, AppError> {
    let tag = locale.to_string();
    let wanted = usize::try_from(page.limit).unwrap_or_default();
    let (mut found, mut told) = (Vec::new(), 0);
    for mut facts in reachable {
        if found.len() == wanted {
            break;
        }
        facts.account.locale = Some(tag.clone());
        let target = &facts.matching.target.terms;
        if page.after.as_deref().is_some_and(|after| target.offer.as_str() <= after) {
            continue;
        }
        let request = CheckoutRequest::plain(customer.clone(), target.offer.clone());
        check_candidates(&facts, &request)?;
        match decide(context, &facts, &request) {
            Ok((_, shown)) => {
                let possible = possible(&shown, &request.offer, locale);
                found.extend(possible.map(|it| Target::Possible(Box::new(it))));
            }
            // What they have or await already is refused to nobody.
            Err(refusal) if refusal.code == RefusalCode::ChangeNotPossible => {
                told += refusal.considered.len();
                if ends_early(told, found.len(), page) {
                    break;
                }
                found.push(Target::Refused(RefusedTransition {
                    offer: target.offer.to_string(),
                    title: target.title_in(&tag).to_owned(),
                    considered: written(&refusal.considered),
                }));
            }
            Err(_) => {}
        }
    }
    Ok(found)
}

/// Whether a page has told so much of what was considered that one more does not fit on it.
fn ends_early(told: usize, found: usize, page: &Page) -> bool {
    let Some(gathered) = page.gathered.as_ref().filter(|_| found > 0) else { return false };
    if told > CONSIDERED_MAX {
        gathered.end_early();
    }
    told > CONSIDERED_MAX
}

fn written(considered: &[JudgedPair]) -> Vec<Candidate> {
    considered.iter().map(Into::into).collect()
}

/// What a shop's button says of an offer.
fn button(
    context: &mut Context,
    facts: &CheckoutFacts,
    customer: &CustomerId,
    locale: &Locale,
) -> Result<CustomerOffer, AppError> {
    let terms = &facts.matching.target.terms;
    let tag = facts.account.locale.as_deref().unwrap_or_default();
    let mut ledger = Ledger {
        account: facts.account.clone(),
        tariff: &facts.tariff,
        today: context.today,
        ids: &mut context.ids,
    };
    ledger.bring_up_to_date();
    if let Some(had) = has(&ledger.account, &terms.offer) {
        let plain = CustomerOffer::plain(terms, had.scenario, Vec::new(), tag);
        let (price, billing_period) = (had.price.into(), had.billing_period.to_string());
        return Ok(CustomerOffer { price, billing_period, ..plain });
    }
    let request = CheckoutRequest::plain(customer.clone(), terms.offer.clone());
    check_candidates(facts, &request)?;
    Ok(match decide(context, facts, &request) {
        Err(refusal) => {
            CustomerOffer::plain(terms, Scenario::Refused, written(&refusal.considered), tag)
        }
        Ok((decision, shown)) => told(&decision, &shown, facts, locale),
    })
}

fn told(
    decision: &CheckoutDecision,
    shown: &Preview,
    facts: &CheckoutFacts,
    locale: &Locale,
) -> CustomerOffer {
    let terms = &facts.matching.target.terms;
    let scenario = scenario(decision, &facts.tariff);
    let considered = written(&decision.considered);
    let tag = facts.account.locale.as_deref().unwrap_or_default();
    let plain = CustomerOffer::plain(terms, scenario, considered, tag);
    offered(shown, plain, locale)
}
