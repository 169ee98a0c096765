//! Running subscriptions that are brought over from elsewhere: one, or a page of a file.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chrono::NaiveDate;

use crate::domain::account::Account;
use crate::domain::calendar::DateRange;
use crate::domain::catalogue::{Offer, Terms};
use crate::domain::document::Invoice;
use crate::domain::event::EventKind;
use crate::domain::fault::Fault;
use crate::domain::ids::{CustomerId, MerchantId, OfferId, SubscriptionId};
use crate::domain::merchant::Profile;
use crate::domain::money::{Currency, Money};
use crate::domain::plan::Plan;
use crate::domain::subscription::{BroughtOver, Subscription};
use crate::rules::definitions::Sent;
use crate::rules::subscriptions::{RunningElsewhere, decide_bring_over, decide_bring_overs};
use crate::store::accounts::{AccountDepth, load_accounts};
use crate::store::subscriptions::SubscriptionHead;
use crate::store::{Tx, customers, offers, plans, subscriptions};
use crate::wire::subscriptions as wire;

use super::definitions::event_of;
use super::subscriptions::subscription;
use super::suppressions::profiles_brought;
use super::{App, AppError, Context};

/// About how many customers is decided at once, while what was decided before is written.
const PART: usize = 250;

/// A running subscription to be brought over, as sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BringOverDraft {
    /// Whose; created where unknown.
    pub customer: CustomerId,
    /// The offer it is for.
    pub offer: OfferId,
    /// Its name, if it keeps one.
    pub id: Option<SubscriptionId>,
    /// The subscription that it was added to.
    pub parent: Option<SubscriptionId>,
    /// Its price, where it is not the offer's.
    pub price: Option<Money>,
    /// When it started.
    pub started_on: NaiveDate,
    /// The period that was booked elsewhere.
    pub current_period: Option<DateRange>,
    /// The term in which that lies.
    pub current_term: Option<DateRange>,
    /// When it ends, where it is cancelled.
    pub cancel_on: Option<NaiveDate>,
    /// The invoice of the current period.
    pub brought_over: Option<BroughtOverInvoice>,
}

/// An invoice that was issued elsewhere, as sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BroughtOverInvoice {
    /// What it came to, tax included.
    pub gross: Money,
    /// Whether it is paid.
    pub paid: bool,
    /// Its number there.
    pub number: Option<String>,
}

/// What bringing a subscription over would come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BringOverPreview {
    /// As it would stand, billed up to today.
    pub subscription: Subscription,
    /// When it would be booked next; none where it would not.
    pub next_booking_on: Option<NaiveDate>,
    /// What would be invoiced at once; without numbers.
    pub invoices: Vec<Invoice>,
}

/// A line of a file of running subscriptions.
#[derive(Debug, Clone)]
pub struct BringOverLine {
    /// Its place in the file, from 1.
    pub line: usize,
    /// The subscription; its id is set, so that the same file may be read again.
    pub draft: BringOverDraft,
    /// What the line says of its customer; what it does not say stays as it is.
    pub profile: Profile,
    /// Whether the line itself names its id.
    pub is_named: bool,
    /// What another system says of the price, and of the tax in it.
    pub exported: Option<ExportedPrice>,
}

/// A price as another system tells it: with its tax, without it, or both. An offer's price is one
/// of them, and so must be the price of a subscription to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExportedPrice {
    /// With its tax.
    pub with_tax: Option<Money>,
    /// Without.
    pub without_tax: Option<Money>,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineFault {
    /// Its place in the file, from 1.
    pub line: usize,
    /// What is wrong.
    pub fault: Fault,
}

/// What became of a page of lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BringOverOutcome {
    /// The lines that were, or would be, brought over.
    pub new: Vec<usize>,
    /// How many are there already, by an earlier attempt with the same file.
    pub known: usize,
    /// How many invoices are, or would be, issued at once: for periods that have begun since the
    /// one that was booked elsewhere.
    pub invoices: usize,
    /// What is wrong with the others, in order.
    pub faults: Vec<LineFault>,
}

/// Subscriptions that others of a file are added to, which count as brought over, each with its
/// customer.
pub type Parents = BTreeMap<SubscriptionId, CustomerId>;

impl App {
    /// Brings a running subscription over from elsewhere.
    ///
    /// # Errors
    /// Every fault in what was sent; refused where the id is taken.
    pub async fn bring_over(
        &self,
        merchant: &MerchantId,
        sent: impl Into<Sent<BringOverDraft>>,
    ) -> Result<wire::Subscription, AppError> {
        let sent: Sent<BringOverDraft> = sent.into();
        let sent = &sent;
        self.write(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            let customer = sent.draft.customer.clone();
            if !sent.faults.is_empty() {
                let account = context.look_at(&mut tx, &customer).await?;
                return Err(all_faults(&mut tx, &mut context, &account, sent).await?);
            }
            let told = checked(&mut tx, &context, sent.draft.clone()).await?;
            let account = context.new_account(&mut tx, &customer).await?;
            let Context { tariff, today, ids, .. } = &mut context;
            let (plan, id) =
                told.decide(|told| decide_bring_over(&account, tariff, told, *today, ids))?;
            context.store(&mut tx, plan).await?;
            let done = subscription(&mut tx, &context, &id).await?;
            tx.answer(done).await
        })
        .await
    }

    /// What bringing a subscription over would come to; stores nothing.
    ///
    /// # Errors
    /// As [`App::bring_over`].
    pub async fn preview_bring_over(
        &self,
        merchant: &MerchantId,
        draft: BringOverDraft,
    ) -> Result<BringOverPreview, AppError> {
        self.read(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            let customer = draft.customer.clone();
            let told = checked(&mut tx, &context, draft).await?;
            let account = context.look_at(&mut tx, &customer).await?;
            let Context { tariff, today, ids, .. } = &mut context;
            let (plan, id) =
                told.decide(|told| decide_bring_over(&account, tariff, told, *today, ids))?;
            let made = plan.subscriptions.into_iter().find(|it| it.row.0.id == id);
            let made = made.ok_or(AppError::NotFound("subscription"))?;
            let (subscription, next_booking_on) = made.row;
            let issued = plan.invoices.into_iter().filter(|it| it.is_new);
            let invoices = issued.map(|it| it.row).collect();
            Ok(BringOverPreview { subscription, next_booking_on, invoices })
        })
        .await
    }

    /// Judges a page of lines as they would be brought over, and stores nothing. `parents` are
    /// those of earlier pages.
    ///
    /// # Errors
    /// Only where the engine or its database fails; what is wrong with a line is told.
    pub async fn judge_arrivals(
        &self,
        merchant: &MerchantId,
        lines: Vec<BringOverLine>,
        parents: Parents,
    ) -> Result<BringOverOutcome, AppError> {
        self.read(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            let mut page = PageFacts::load(&mut tx, &context, &lines).await?;
            drop(page.decide(&mut context, &parents, usize::MAX));
            Ok(page.outcome())
        })
        .await
    }

    /// Brings a page of lines over, in one transaction.
    ///
    /// # Errors
    /// Only where the engine or its database fails; what is wrong with a line is told, and the
    /// others are brought over.
    pub async fn bring_over_page(
        &self,
        merchant: &MerchantId,
        lines: Vec<BringOverLine>,
    ) -> Result<BringOverOutcome, AppError> {
        let lines = &lines;
        self.write(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            let mut profiles = profiles(lines);
            let whose: BTreeSet<_> = lines.iter().map(|it| it.draft.customer.clone()).collect();
            let whose: Vec<_> = whose.into_iter().collect();
            customers::lock_customers(&mut tx, merchant, &whose).await?;
            let mut page = PageFacts::load(&mut tx, &context, lines).await?;
            // On PostgreSQL, numbers are taken once, and late: others wait for them.
            let part = if tx.locks_rows() { usize::MAX } else { PART };
            while let Some(mut decided) = page.decide(&mut context, &Parents::new(), part) {
                for plan in &mut decided {
                    plan.profile = profiles.remove(&plan.customer);
                    if plan.profile.is_some() {
                        let saved = event_of(EventKind::CustomerSaved, plan.customer.as_str());
                        plan.events.push(saved);
                    }
                }
                profiles_brought(&mut tx, &context, &mut decided).await?;
                let Context { merchant, settings, now, ids, .. } = &mut context;
                let by = (&*merchant, settings.seller.as_ref());
                plans::store_plans(&mut tx, by, *now, &decided, ids).await?;
            }
            tx.commit(page.outcome()).await
        })
        .await
    }
}

/// Every fault in what cannot be read as a whole: those that are known, and those of the rest.
async fn all_faults(
    tx: &mut Tx,
    context: &mut Context,
    account: &Account,
    sent: &Sent<BringOverDraft>,
) -> Result<AppError, AppError> {
    let mut draft = sent.draft.clone();
    if sent.faults.iter().any(|fault| fault.pointer == "/started_on") {
        // Nothing else is wrong because of that.
        draft.started_on = draft.current_period.map_or(context.today, |period| period.start);
    }
    let judged = match checked(tx, context, draft).await {
        Ok(told) => {
            let Context { tariff, today, ids, .. } = context;
            told.decide(|told| decide_bring_over(account, tariff, told, *today, ids).map(drop))
        }
        Err(AppError::Invalid(faults)) => Err(faults),
        Err(AppError::Refused(_)) => Ok(()),
        Err(error) => return Err(error),
    };
    let known = sent.faults.clone();
    Ok(AppError::Invalid(sent.decide(|_| judged).err().unwrap_or(known)))
}

/// What was sent, with its offer's terms, and what is wrong with its amounts: these are left out.
async fn checked(
    tx: &mut Tx,
    context: &Context,
    mut draft: BringOverDraft,
) -> Result<Sent<RunningElsewhere>, AppError> {
    let (merchant, today) = (&context.merchant, context.today);
    let Some(offer) = offers::find_offer(tx, merchant, &draft.offer).await? else {
        let mut faults = vec![Fault::new("/offer", format!("there is no offer '{}'", draft.offer))];
        if draft.started_on > today {
            faults.push(Fault::new("/started_on", format!("must not lie after today, {today}")));
        }
        return Err(AppError::Invalid(faults));
    };
    let currency = offer.terms.price.currency;
    let faults = check_currencies(&draft, currency).err().unwrap_or_default();
    draft.price.take_if(|price| price.currency != currency);
    draft.brought_over.take_if(|told| told.gross.currency != currency);
    if let Some(id) = &draft.id
        && subscriptions::find_subscription(tx, merchant, id).await?.is_some()
    {
        let detail = format!("there is a subscription '{id}' already");
        return Err(AppError::refused("conflict", detail));
    }
    Ok(Sent { draft: told(&draft, offer.terms, true), faults })
}

/// What the lines say of their customers, the later ones over the earlier; those of whom nothing
/// is said are left out.
fn profiles(lines: &[BringOverLine]) -> BTreeMap<CustomerId, Profile> {
    let mut said = BTreeMap::<CustomerId, Profile>::new();
    for line in lines.iter().filter(|line| line.profile != Profile::default()) {
        let known = said.entry(line.draft.customer.clone()).or_default();
        *known = line.profile.clone().or(std::mem::take(known));
    }
    said
}

/// What a page of lines rests on, read at once: so a part of it is decided while the one before is
/// written. No two parts are about the same customer.
struct PageFacts {
    /// What is said of each customer, line by line, with what is there of them.
    left: VecDeque<(Account, Vec<(usize, RunningElsewhere)>)>,
    /// What became of the lines so far; the faults are in no order.
    arrived: BringOverOutcome,
}

impl PageFacts {
    async fn load(
        tx: &mut Tx,
        context: &Context,
        lines: &[BringOverLine],
    ) -> Result<Self, AppError> {
        let merchant = &context.merchant;
        let wanted: BTreeSet<&OfferId> = lines.iter().map(|it| &it.draft.offer).collect();
        let wanted: Vec<_> = wanted.into_iter().cloned().collect();
        let offers = offers::find_offers(tx, merchant, &wanted).await?;
        let named = lines.iter().flat_map(|it| [&it.draft.id, &it.draft.parent]);
        let ids: BTreeSet<_> = named.flatten().cloned().collect();
        let there = subscriptions::find_heads(tx, merchant, &ids).await?;
        let mut arrived = BringOverOutcome::default();
        let mut by_customer = BTreeMap::<&CustomerId, Vec<(usize, RunningElsewhere)>>::new();
        for line in lines {
            match judge(line, &offers, &there) {
                Ok(Some(told)) => {
                    by_customer.entry(&line.draft.customer).or_default().push((line.line, told));
                }
                Ok(None) => arrived.known += 1,
                Err(faults) => arrived.faults.extend(placed(line.line, faults)),
            }
        }
        let whose: Vec<_> = by_customer.keys().copied().cloned().collect();
        let loaded = load_accounts(tx, merchant, &whose, AccountDepth::Billing).await?;
        let with_lines = |account: Account| {
            let lines = by_customer.remove(&account.customer)?;
            Some((account, lines))
        };
        let left = loaded.accounts.into_iter().filter_map(with_lines).collect();
        Ok(Self { left, arrived })
    }

    /// Decides about so many more customers: a plan for each of whom there is something new. None
    /// where all are decided about.
    fn decide(
        &mut self,
        context: &mut Context,
        parents: &Parents,
        part: usize,
    ) -> Option<Vec<Plan>> {
        if self.left.is_empty() {
            return None;
        }
        let mut elsewhere = BTreeMap::<&CustomerId, BTreeSet<SubscriptionId>>::new();
        for (id, whose) in parents {
            elsewhere.entry(whose).or_default().insert(id.clone());
        }
        let date = context.settings.time_zone.date(context.now);
        let part = part.min(self.left.len());
        let mut decided = Vec::with_capacity(part);
        for (account, lines) in self.left.drain(..part) {
            let today = account.day_from(date);
            let elsewhere = elsewhere.remove(&account.customer).unwrap_or_default();
            let (lines, told): (Vec<_>, Vec<_>) = lines.into_iter().unzip();
            let (tariff, ids) = (&context.tariff, &mut context.ids);
            let (plan, made) = decide_bring_overs(&account, tariff, &told, &elsewhere, today, ids);
            let before = self.arrived.new.len();
            for (line, made) in lines.into_iter().zip(made) {
                match made {
                    Ok(_) => self.arrived.new.push(line),
                    Err(faults) => self.arrived.faults.extend(placed(line, faults)),
                }
            }
            if self.arrived.new.len() > before {
                self.arrived.invoices += plan.invoices.iter().filter(|it| it.is_new).count();
                decided.push(plan);
            }
        }
        Some(decided)
    }

    /// What became of all lines.
    fn outcome(mut self) -> BringOverOutcome {
        self.arrived.faults.sort_by_key(|fault| fault.line);
        self.arrived
    }
}

fn placed(line: usize, faults: Vec<Fault>) -> impl Iterator<Item = LineFault> {
    faults.into_iter().map(move |fault| LineFault { line, fault })
}

/// What a line tells, with its offer's terms; none where it is there already.
fn judge(
    line: &BringOverLine,
    offers: &BTreeMap<OfferId, Offer>,
    there: &BTreeMap<SubscriptionId, SubscriptionHead>,
) -> Result<Option<RunningElsewhere>, Vec<Fault>> {
    let BringOverLine { draft, is_named, exported, .. } = line;
    let Some(offer) = offers.get(&draft.offer) else {
        let detail = format!("there is no offer '{}'", draft.offer);
        return Err(vec![Fault::new("/offer", detail)]);
    };
    check_currencies(draft, offer.terms.price.currency)?;
    let price = match exported {
        Some(exported) => Some(fitting(*exported, &offer.terms).map_err(|fault| vec![fault])?),
        None => draft.price,
    };
    if let Some((id, head)) = draft.id.as_ref().and_then(|id| there.get_key_value(id)) {
        let is_it = head.customer == draft.customer
            && head.offer == draft.offer
            && head.started_on == draft.started_on;
        let detail = format!(
            "there is another subscription '{id}' already, of customer '{}' on offer '{}' since {}",
            head.customer, head.offer, head.started_on
        );
        if !is_it {
            return Err(vec![Fault::new("/id", detail)]);
        }
        let faults = differences((draft, price), head, there);
        return if faults.is_empty() { Ok(None) } else { Err(faults) };
    }
    Ok(Some(RunningElsewhere { price, ..told(draft, offer.terms.clone(), *is_named) }))
}

/// The price that an offer's price is like: with tax, or without.
fn fitting(exported: ExportedPrice, terms: &Terms) -> Result<Money, Fault> {
    let ExportedPrice { with_tax, without_tax } = exported;
    let (fits, of_offer, told) = if terms.tax_included || terms.tax.is_none() {
        (with_tax, "with", "without")
    } else {
        (without_tax, "without", "with")
    };
    fits.ok_or_else(|| {
        let detail = format!(
            "is told {told} tax, and the price of offer '{}' is one {of_offer} tax: name an offer \
             whose price is one {told} tax",
            terms.offer
        );
        Fault::new("/price", detail)
    })
}

/// What a line says otherwise than the book, which has its subscription: as long as that is as it
/// was brought over, for whatever happens to it later is no fault of the line.
fn differences(
    (draft, price): (&BringOverDraft, Option<Money>),
    head: &SubscriptionHead,
    there: &BTreeMap<SubscriptionId, SubscriptionHead>,
) -> Vec<Fault> {
    let Some(period) = head.booked_elsewhere else { return Vec::new() };
    let mut faults = Vec::new();
    let mut note = |at: &str, is: String| {
        let detail = format!(
            "the subscription is there already, and {is}: a line changes nothing about it, so say \
             the same or leave the line out"
        );
        faults.push(Fault::new(at, detail));
    };
    if let Some(price) = price.filter(|price| price.minor != head.price) {
        note("/price", format!("costs {}", Money { minor: head.price, ..price }));
    }
    if draft.current_period.is_some_and(|told| told != period) {
        note("/current_period", format!("is booked from {} to {}", period.start, period.end));
    }
    // Where the other one was replaced since, this one belongs to its successor.
    let line = |id: &SubscriptionId| there.get(id).map(|it| &it.chain);
    let is_same_parent = draft.parent == head.parent
        || draft
            .parent
            .as_ref()
            .and_then(line)
            .is_some_and(|it| head.parent_chain.as_ref() == Some(it));
    if !is_same_parent {
        let is = head.parent.as_ref().map_or_else(
            || "was added to no other".to_owned(),
            |parent| format!("was added to '{parent}'"),
        );
        note("/parent", is);
    }
    faults
}

fn told(draft: &BringOverDraft, terms: Terms, may_double: bool) -> RunningElsewhere {
    RunningElsewhere {
        id: draft.id.clone(),
        parent: draft.parent.clone(),
        terms,
        price: draft.price,
        started_on: draft.started_on,
        current_period: draft.current_period,
        current_term: draft.current_term,
        cancel_on: draft.cancel_on,
        brought_over: draft.brought_over.as_ref().map(|told| BroughtOver {
            gross: told.gross.minor,
            paid: told.paid,
            number: told.number.clone(),
            credited_gross: 0,
            credited_tax: 0,
            cancelled: false,
        }),
        may_double,
    }
}

/// A subscription has one currency, which is its offer's.
fn check_currencies(draft: &BringOverDraft, currency: Currency) -> Result<(), Vec<Fault>> {
    let told = [
        ("/price/currency", draft.price),
        ("/brought_over/gross/currency", draft.brought_over.as_ref().map(|told| told.gross)),
    ];
    let wrong = told.into_iter().filter(|(_, m)| m.is_some_and(|m| m.currency != currency));
    let detail = format!("must be the offer's currency, {}", currency.code());
    let faults: Vec<Fault> = wrong.map(|(at, _)| Fault::new(at, detail.clone())).collect();
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}
