//! Which path fires: from the target offer back to the customer's subscriptions, each candidate
//! with its verdict. What the change then does is for `transitions`.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::domain::account::Account;
use crate::domain::candidates::CandidateShown;
use crate::domain::catalogue::{Granted, Offer};
use crate::domain::checkout::CheckoutRequest;
use crate::domain::coupon::FirstLineDiscount;
use crate::domain::document::{Document, InvoiceStatus};
use crate::domain::ids::{Ids, OfferId, PathId, ProductId, SubscriptionId, TagId};
use crate::domain::names::names;
use crate::domain::path::{Mode, Path, Transition, UnpaidSource};
use crate::domain::subscription::{Subscription, inherited_anchor};
use crate::domain::verdict::{Outranked, Reasoned, Verdict};

use super::graph::Catalogue;
use super::ledger::Ledger;
use super::transitions::DecidedChange;

names! {
    /// Why a candidate was rejected. Of several reasons the first, in this order, counts.
    pub enum Reason {
        /// The merchant switched the path off.
        PathInactive = "path-inactive",
        /// The path holds from a later day on.
        PathNotYetValid = "path-not-yet-valid",
        /// The path's last day has passed.
        PathExpired = "path-expired",
        /// The customer has this very offer.
        SameOffer = "same-offer",
        /// Source and target are priced in different currencies.
        CurrencyMismatch = "currency-mismatch",
        /// The source has not been booked yet.
        StillInBridge = "still-in-bridge",
        /// Another checkout holds the source.
        SourceHeld = "source-held",
        /// The source has an overdue invoice, or a debt; for `immediate_next_booking` also where
        /// its current invoice is not paid.
        SourceUnpaid = "source-unpaid",
        /// The path keeps the billing date, and the target's billing period is not the source's.
        BillingPeriodDiffers = "billing-period-differs",
        /// `last_booking`: counted from the source's period start, the target's period would end
        /// before the source's.
        TargetPeriodShorter = "target-period-shorter",
        /// `last_booking`: no uncancelled invoice stands for the source's current period.
        NothingToCancel = "nothing-to-cancel",
        /// `last_booking`: the new invoice would be lower than the one that it cancels.
        RetroactiveRefund = "retroactive-refund",
        /// The source ends with its parent before the day of a scheduled replacement.
        SourceEnds = "source-ends",
        /// The target needs the parent that it would have, and that has ended, or ends by the first
        /// booking.
        ParentEnds = "parent-ends",
    }
}

impl Reason {
    /// Whether it is the merchant's rule, not the customer's state, that stands in the way.
    #[must_use]
    pub fn is_the_paths(self) -> bool {
        matches!(self, Self::PathInactive | Self::PathNotYetValid | Self::PathExpired)
    }
}

impl Reasoned for Reason {
    fn code(self) -> &'static str {
        self.name()
    }
}

/// A (path, subscription) pair and its verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedPair {
    /// The path.
    pub path: PathId,
    /// The source.
    pub subscription: SubscriptionId,
    /// What became of it.
    pub verdict: Verdict<Reason>,
}

impl From<&JudgedPair> for CandidateShown {
    fn from(considered: &JudgedPair) -> Self {
        Self {
            path: considered.path.clone(),
            subscription: considered.subscription.clone(),
            verdict: considered.verdict.outcome(),
            reason: considered.verdict.code().map(str::to_owned),
        }
    }
}

/// What matching rests on besides the account.
#[derive(Debug, Clone, PartialEq)]
pub struct MatchFacts {
    /// What the checkout was opened for.
    pub target: Offer,
    /// Paths with one of the target's tags among their targets.
    pub paths: Vec<Path>,
    /// The tags of today of the offers of the customer's active subscriptions.
    pub tags: BTreeMap<OfferId, BTreeSet<TagId>>,
    /// Sources that another checkout holds.
    pub held: BTreeSet<SubscriptionId>,
    /// The products of the target of which the customer has had a subscription, as stored; empty
    /// where the target's introduction does not ask.
    pub known_products: BTreeSet<ProductId>,
}

impl MatchFacts {
    /// The facts for an offer and a customer who has or awaits some; none where the catalogue has
    /// no such offer.
    #[must_use]
    pub fn of(
        catalogue: &Catalogue,
        offer: &OfferId,
        had: &[OfferId],
        held: BTreeSet<SubscriptionId>,
    ) -> Option<Self> {
        let target = catalogue.offer(offer)?.clone();
        let paths: Vec<Path> = catalogue.paths_to(&target.tags).into_iter().cloned().collect();
        let had = had.iter().filter(|_| !paths.is_empty());
        let known = had.filter_map(|id| catalogue.offer(id));
        let tagged = known.filter(|offer| !offer.tags.is_empty());
        let tags = tagged.map(|offer| (offer.terms.offer.clone(), offer.tags.clone())).collect();
        Some(Self { target, paths, tags, held, known_products: BTreeSet::new() })
    }

    /// Whether the customer is granted the introduction of the target: always, or as one who never
    /// had a subscription with one of its products.
    #[must_use]
    pub fn grants(&self, account: &Account) -> bool {
        let terms = &self.target.terms;
        let has_had = |product: &ProductId| {
            let on_paper = account.subscriptions.values().flat_map(|it| &it.terms.products);
            self.known_products.contains(product)
                || on_paper.into_iter().any(|(other, _)| other == product)
        };
        let introduction = &terms.introduction;
        introduction.is_there()
            && match introduction.granted {
                Granted::Always => true,
                Granted::Once => !terms.products.iter().any(|(product, _)| has_had(product)),
            }
    }
}

/// The pair that fires, with the modes that are left of the path's.
#[derive(Debug, Clone)]
pub struct FiringPair {
    /// The path.
    pub path: Path,
    /// The source.
    pub source: Subscription,
    /// What the customer may pick, the default first.
    pub modes: Vec<Mode>,
}

/// Looks at every candidate that the request's pins leave, and picks the first by priority, then
/// the path edited last, then the subscription started last, then the higher id. The account is up
/// to date; what a coupon takes off the target counts.
#[must_use]
pub fn select_path(
    ledger: &Ledger<'_>,
    facts: &MatchFacts,
    cut: Option<&FirstLineDiscount>,
    request: &CheckoutRequest,
) -> (Option<FiringPair>, Vec<JudgedPair>) {
    let mut fit: Vec<FiringPair> = Vec::new();
    let mut rejected: Vec<JudgedPair> = Vec::new();
    let wanted = |path: &Path, source: &Subscription| {
        request.path.as_ref().is_none_or(|pin| *pin == path.id)
            && request.subscription.as_ref().is_none_or(|pin| *pin == source.id)
    };
    for (path, source) in candidates(ledger, facts).filter(|(path, source)| wanted(path, source)) {
        match judge(ledger, facts, cut, path, source) {
            Ok(modes) => fit.push(FiringPair { path: path.clone(), source: source.clone(), modes }),
            Err(reason) => rejected.push(JudgedPair {
                path: path.id.clone(),
                subscription: source.id.clone(),
                verdict: Verdict::Rejected(reason),
            }),
        }
    }
    fit.sort_by_cached_key(|chosen| Reverse(rank(chosen)));
    let mut considered: Vec<JudgedPair> = fit
        .iter()
        .enumerate()
        .map(|(place, chosen)| JudgedPair {
            path: chosen.path.id.clone(),
            subscription: chosen.source.id.clone(),
            verdict: match place {
                0 => Verdict::Chosen,
                _ => Verdict::Outranked(outranked(&fit[0], chosen)),
            },
        })
        .collect();
    rejected.sort_by_cached_key(|c| (c.path.clone(), c.subscription.clone()));
    considered.extend(rejected);
    (fit.into_iter().next(), considered)
}

/// Every pair of a path to the target and an active subscription whose offer carries one of the
/// path's source tags.
fn candidates<'a>(
    ledger: &'a Ledger<'_>,
    facts: &'a MatchFacts,
) -> impl Iterator<Item = (&'a Path, &'a Subscription)> {
    let sources: Vec<(&Subscription, &BTreeSet<TagId>)> = ledger
        .account
        .active()
        .into_iter()
        .filter_map(|source| Some((source, facts.tags.get(&source.terms.offer)?)))
        .collect();
    facts.paths.iter().filter(|path| !path.target_tags.is_disjoint(&facts.target.tags)).flat_map(
        move |path| {
            let fit: Vec<_> = sources
                .iter()
                .filter(|(_, tags)| !path.source_tags.is_disjoint(tags))
                .map(|(source, _)| (path, *source))
                .collect();
            fit
        },
    )
}

/// Higher wins. Two paths never share an edit number, nor two subscriptions an id.
fn rank(chosen: &FiringPair) -> (i64, i64, NaiveDate, SubscriptionId, PathId) {
    let FiringPair { path, source, .. } = chosen;
    (path.priority, path.edit, source.started_on, source.id.clone(), path.id.clone())
}

fn outranked(winner: &FiringPair, loser: &FiringPair) -> Outranked {
    if winner.path.priority != loser.path.priority {
        Outranked::Priority
    } else if winner.path.edit != loser.path.edit {
        Outranked::Edit
    } else if winner.source.started_on != loser.source.started_on {
        Outranked::Start
    } else {
        Outranked::Id
    }
}

/// The modes that a candidate leaves the customer, or the first reason against it.
fn judge(
    ledger: &Ledger<'_>,
    facts: &MatchFacts,
    cut: Option<&FirstLineDiscount>,
    path: &Path,
    source: &Subscription,
) -> Result<Vec<Mode>, Reason> {
    judge_path(path, ledger.today)?;
    if source.terms.offer == facts.target.terms.offer {
        return Err(Reason::SameOffer);
    }
    if source.price.currency != facts.target.terms.price.currency {
        return Err(Reason::CurrencyMismatch);
    }
    if source.is_in_bridge() {
        return Err(Reason::StillInBridge);
    }
    if facts.held.contains(&source.id) {
        return Err(Reason::SourceHeld);
    }
    if path.unpaid_source == UnpaidSource::Refuse && is_unpaid(ledger, path, source) {
        return Err(Reason::SourceUnpaid);
    }
    if !path.joins(source.terms.billing_period, facts.target.terms.billing_period) {
        return Err(Reason::BillingPeriodDiffers);
    }
    if path.transition == Transition::LastBooking {
        judge_retroactive(ledger, facts, source)?;
    }
    let granted = facts.grants(&ledger.account);
    let judged = path.modes().iter().map(|mode| {
        let deal = deal(path, source, &facts.target, *mode, granted);
        let deal = DecidedChange { cut: cut.cloned(), ..deal };
        judge_mode(ledger, facts, path, source, &deal).map_or(Ok(*mode), Err)
    });
    let (left, out): (Vec<_>, Vec<_>) = judged.partition(Result::is_ok);
    let left: Vec<Mode> = left.into_iter().flatten().collect();
    match out.into_iter().filter_map(Result::err).min() {
        Some(reason) if left.is_empty() => Err(reason),
        _ => Ok(left),
    }
}

fn judge_path(path: &Path, today: NaiveDate) -> Result<(), Reason> {
    if !path.active {
        return Err(Reason::PathInactive);
    }
    if path.valid_from.is_some_and(|from| today < from) {
        return Err(Reason::PathNotYetValid);
    }
    if path.valid_until.is_some_and(|until| until < today) {
        return Err(Reason::PathExpired);
    }
    Ok(())
}

fn is_unpaid(ledger: &Ledger<'_>, path: &Path, source: &Subscription) -> bool {
    let account = &ledger.account;
    let in_debt = account.balance(source.price.currency) < 0;
    let overdue = account
        .invoices
        .values()
        .any(|invoice| invoice.is_overdue(ledger.today) && invoice.concerns(&source.id));
    let current_is_open = || match account.current_line(source) {
        Some((id, _)) => account.invoices[&id].status == InvoiceStatus::Open,
        None => source.paid_elsewhere().is_some_and(|over| !over.paid),
    };
    let needs_current = path.transition == Transition::ImmediateNextBooking;
    in_debt || overdue || (needs_current && current_is_open())
}

fn judge_retroactive(
    ledger: &Ledger<'_>,
    facts: &MatchFacts,
    source: &Subscription,
) -> Result<(), Reason> {
    let Some(period) = source.current_period else {
        return Err(Reason::NothingToCancel);
    };
    let target = &facts.target.terms;
    let anchor = inherited_anchor(source, period.start);
    if target.billing_period.after(period.start, anchor) < period.end {
        return Err(Reason::TargetPeriodShorter);
    }
    let can_cancel = ledger.account.current_line(source).is_some()
        || ledger.brought_over_line(&source.id).is_some();
    if can_cancel { Ok(()) } else { Err(Reason::NothingToCancel) }
}

/// Why one mode alone is left out.
fn judge_mode(
    ledger: &Ledger<'_>,
    facts: &MatchFacts,
    path: &Path,
    source: &Subscription,
    deal: &DecidedChange,
) -> Option<Reason> {
    let on = effective_on(ledger, deal, source)?;
    let first_booking = deal.terms.booked_from(on, deal.introduced);
    let (mode, replaces) = (deal.mode, deal.mode == Mode::Replace);
    if replaces && path.transition == Transition::LastBooking && refunds(ledger, deal) {
        return Some(Reason::RetroactiveRefund);
    }
    // A cancellation of the source itself would be withdrawn.
    let source_end = ledger.account.ends_with_parent_on(source).filter(|_| replaces);
    if path.transition.is_scheduled() && source_end.is_some_and(|end| end < on) {
        return Some(Reason::SourceEnds);
    }
    let parent = match mode {
        Mode::Add => Some(source),
        Mode::Replace => {
            source.parent_id.as_ref().and_then(|id| ledger.account.subscriptions.get(id))
        }
    };
    let parent_ends = parent.is_some_and(|parent| {
        let end = ledger.account.chain_ends_on(parent);
        !parent.is_active() || end.is_some_and(|end| end <= first_booking)
    });
    (facts.target.terms.requires_parent && parent_ends).then_some(Reason::ParentEnds)
}

/// The first day for which the target would be booked, or on which its trial would begin; none in
/// the source's bridge, where nothing leads back.
fn effective_on(
    ledger: &Ledger<'_>,
    deal: &DecidedChange,
    source: &Subscription,
) -> Option<NaiveDate> {
    match deal.moment() {
        Transition::Immediate => Some(ledger.today),
        Transition::ImmediateNextBooking | Transition::NextBooking => Some(source.boundary()),
        Transition::LastBooking => Some(source.current_period?.start),
        Transition::EndOfTerm => Some(source.current_term.end),
    }
}

/// Whether the new invoice of a `last_booking` would be lower than what it cancels: tried on
/// paper, by the transition itself.
fn refunds(ledger: &Ledger<'_>, deal: &DecidedChange) -> bool {
    let mut ids = Ids::new(chrono::DateTime::UNIX_EPOCH, [0; 32]);
    let mut attempt = ledger.attempt(&mut ids);
    let before = attempt.account.issued.len();
    attempt.make(deal);
    let balance: i64 = attempt.account.issued[before..]
        .iter()
        .map(|document| match document {
            Document::Invoice(invoice) => invoice.totals().gross,
            Document::CreditNote(note) => -note.totals().gross,
        })
        .sum();
    balance < 0
}

/// The deal that a path makes of a source and a target, for a customer who is granted the target's
/// introduction or is not: one who replaces has it only where the path says so.
#[must_use]
pub fn deal(
    path: &Path,
    source: &Subscription,
    target: &Offer,
    mode: Mode,
    is_granted: bool,
) -> DecidedChange {
    DecidedChange {
        introduced: is_granted && (mode == Mode::Add || path.introduction),
        source: source.id.clone(),
        terms: target.terms.clone(),
        path: path.id.clone(),
        mode,
        transition: path.transition,
        proration: path.proration,
        billing_date: path.billing_date,
        cut: None,
    }
}
