//! Subscriptions and what waits for them: listed, and one shown with its life. What can be done
//! with one is for `subscription_acts`.

use axum::extract::{Path, Query};
use serde::Deserialize;

use crate::app::reads::{Changes, Documents, Page, StoredSubscription, Subscriptions};
use crate::app::search::SearchHitKind;
use crate::domain::change::ChangeStatus;
use crate::domain::ids::{CustomerId, OfferId, SubscriptionId};
use crate::domain::subscription::{Status, Subscription};
use crate::pages::backend::answer::Answer;
use crate::pages::backend::customers;
use crate::pages::backend::filters::{Narrow, SoughtThing, filters};
use crate::pages::backend::lists::{Browse, SortOrder};
use crate::pages::backend::notation::Notation;
use crate::pages::backend::places::{CHANGES, CUSTOMERS, SUBSCRIPTIONS};
use crate::pages::backend::session::{PageHead, Session};
use crate::pages::backend::{people, rows, timeline};
use crate::render::backend::phrase::{Phrase, phrase};
use crate::render::backend::subscriptions::{
    ChangeRow, ChangesPage, DayRow, KinRow, SubscriptionActs, SubscriptionPage, SubscriptionsPage,
};
use crate::render::format;
use crate::rules::day_ledger::{DayCoverage, DaySpan};

/// How many of a customer's subscriptions are looked at for those of one chain.
const KIN_MAX: i64 = 200;
/// How many invoices, and how many credit notes, stand on the page of a subscription.
const DOCUMENTS_MAX: i64 = 24;
/// How many invoices, and how many credit notes of the customer are drawn.
const DRAWN_MAX: i64 = 200;
/// How many of its kin are drawn.
const KIN_DRAWN_MAX: usize = 12;

const STATUSES: &[(&str, &str)] = &[("", "All"), ("active", "Active"), ("ended", "Ended")];
const CHANGE_STATUSES: &[(&str, &str)] = &[
    ("", "All"),
    ("pending", "Pending"),
    ("applied", "Applied"),
    ("withdrawn", "Withdrawn"),
    ("superseded", "Superseded"),
    ("failed", "Failed"),
];

/// What is looked for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct SubscriptionQuery {
    status: Option<String>,
    customer: Option<String>,
    offer: Option<String>,
    on: Option<String>,
}

/// Lists subscriptions.
pub(super) async fn list(
    session: Session,
    Query(browse): Query<Browse>,
    Query(wanted): Query<SubscriptionQuery>,
) -> Answer {
    let customer = wanted.customer.as_ref();
    let customer = SoughtThing::among(&session, SearchHitKind::Customer, customer).await?;
    let offer = SoughtThing::among(&session, SearchHitKind::Offer, wanted.offer.as_ref()).await?;
    let filter = Subscriptions {
        customer: customer.id.clone().map(CustomerId::stored),
        status: match wanted.status.as_deref() {
            Some("active") => Some(Status::Active),
            Some("ended") => Some(Status::Ended),
            _ => None,
        },
        offer: offer.id.clone().map(OfferId::stored),
    };
    let page = browse.page(SortOrder::NewestFirst);
    let mut found = session.app.subscriptions(&session.merchant, filter, page).await?;
    let narrow = [
        Narrow::choice("status", "Status", wanted.status.as_ref(), STATUSES),
        Narrow::thing("offer", "Offer", &offer),
        Narrow::thing("customer", "Customer", &customer),
    ];
    let label = "Search by subscription or customer";
    let (filters, here) = filters(SUBSCRIPTIONS, label, browse.searched(), &narrow);
    let pager =
        browse.pager(&mut found, SortOrder::NewestFirst, &here, |it| it.subscription.id.as_str());
    let mut rows: Vec<_> = found.iter().map(|it| rows::subscription(&session, it)).collect();
    people::name(&session, rows.iter_mut().map(|row| &mut row.customer)).await?;
    session.show(PageHead::new("Subscriptions"), &SubscriptionsPage { filters, rows, pager })
}

/// Lists scheduled changes by their day: those that wait from the next on, else from the last one
/// back.
pub(super) async fn list_changes(
    session: Session,
    Query(browse): Query<Browse>,
    Query(wanted): Query<SubscriptionQuery>,
) -> Answer {
    let customer = wanted.customer.as_ref();
    let customer = SoughtThing::among(&session, SearchHitKind::Customer, customer).await?;
    let filter = Changes {
        customer: customer.id.clone().map(CustomerId::stored),
        status: wanted.status.as_deref().and_then(ChangeStatus::parse),
        on: wanted.on.as_deref().and_then(|day| Notation::date(day.trim()).ok()),
    };
    let order = match filter.status {
        Some(ChangeStatus::Pending) => SortOrder::Ascending,
        _ => SortOrder::NewestFirst,
    };
    let page = browse.page(order);
    let mut found = session.app.scheduled_changes_by_day(&session.merchant, filter, page).await?;
    let narrow = [
        Narrow::choice("status", "Status", wanted.status.as_ref(), CHANGE_STATUSES),
        Narrow::date("on", "On", wanted.on.as_ref()),
        Narrow::thing("customer", "Customer", &customer),
    ];
    let (filters, here) = filters(CHANGES, "", None, &narrow);
    let pager = browse.pager(&mut found, order, &here, |change| change.id.as_str());
    let titles = rows::titles(&session, &found).await?;
    let mut rows: Vec<_> = found.iter().map(|it| rows::change(&session, it, &titles)).collect();
    people::name(&session, rows.iter_mut().map(|row| &mut row.customer)).await?;
    session.show(PageHead::new("Scheduled changes"), &ChangesPage { filters, rows, pager })
}

/// Shows a subscription with its life.
pub(super) async fn show(session: Session, Path(id): Path<String>) -> Answer {
    let id = SubscriptionId::stored(id);
    let found = session.app.subscription(&session.merchant, &id).await?;
    let it = &found.subscription;
    let days = session.app.days(&session.merchant, &id, None, None).await?;
    let theirs = Subscriptions { customer: Some(it.customer.clone()), ..Subscriptions::default() };
    let newest = Page::first(KIN_MAX).reversed();
    let all = session.app.subscriptions(&session.merchant, theirs, newest).await?;
    let kin = kin_of(it, all);
    let theirs = Documents { customer: Some(it.customer.clone()), ..Documents::default() };
    let documents = customers::issued(&session, theirs, DRAWN_MAX).await?;
    let at = kin.iter().position(|(_, found)| found.subscription.id == id).unwrap_or(0);
    let around = kin.iter().skip(at.saturating_sub(KIN_DRAWN_MAX / 2)).take(KIN_DRAWN_MAX);
    let drawn: Vec<_> = around.map(|(_, found)| found).collect();
    let label = phrase!("Timeline of {}", &it.terms.title);
    let mut changes = found.scheduled_changes.clone();
    changes.sort_by_key(|change| change.effective_on);
    let titles = rows::titles(&session, &changes).await?;
    let of_it = Documents { subscription: Some(id.clone()), ..Documents::default() };
    let listed = customers::issued(&session, of_it, DOCUMENTS_MAX).await?;
    let by = it.cancel_by();
    let cancel_by = (it.is_active() && it.terms.auto_renew && by >= session.today()).then_some(by);
    let mut shown = rows::subscription(&session, &found);
    people::name(&session, [&mut shown.customer]).await?;
    let who = shown.customer.clone();
    let page = SubscriptionPage {
        subscription: shown,
        products: products(&session, it),
        offer: it.terms.offer.to_string(),
        new_prices: rows::new_prices(&session, &found),
        period: it.current_period.map(|period| rows::days(&session, period)),
        term: rows::days(&session, it.current_term),
        renewal: renewal(&session, it),
        cancel_by: cancel_by.map(|by| session.day(by)),
        cancellable_to: found.cancellable_to.map(|on| session.day(on)),
        ends: it.ended_on.or(it.cancel_on).map(|on| session.day(on)),
        doings: SubscriptionActs {
            cancel: it.is_active() && !it.is_cancelled(),
            end: it.is_active(),
            uncancel: it.is_active() && it.is_cancelled(),
        },
        timeline: timeline::stored(&session, &drawn, Some(&id), &documents, label),
        days: days.iter().rev().map(|run| day_row(&session, run)).collect(),
        chain: kin.iter().map(|(kin, other)| kin_row(&session, it, kin, other)).collect(),
        changes: changes
            .iter()
            .map(|it| ChangeRow { customer: who.clone(), ..rows::change(&session, it, &titles) })
            .collect(),
        documents: listed.iter().map(|it| rows::document(&session, it)).collect(),
    };
    let customer = format!("{}/{}", CUSTOMERS, it.customer);
    let head = PageHead::new(it.terms.title.clone()).below("Customers", CUSTOMERS);
    session.show(head.below(who.name, customer), &page)
}

fn products(session: &Session, subscription: &Subscription) -> String {
    let titles = subscription.terms.products.iter().map(|(_, title)| title.clone());
    format::list(session.locale(), &titles.collect::<Vec<_>>())
}

fn renewal(session: &Session, subscription: &Subscription) -> Phrase {
    let later = subscription.terms.later_term();
    if subscription.terms.auto_renew {
        phrase!("renewed every {}", format::period(session.locale(), later.count, later.unit))
    } else {
        "ends by itself at the end of the term".into()
    }
}

/// The subscriptions that belong to one, with what each is to it, in the order of their start.
fn kin_of(
    of: &Subscription,
    all: Vec<StoredSubscription>,
) -> Vec<(&'static str, StoredSubscription)> {
    let kin = |other: &Subscription| match other {
        other if other.id == of.id => Some("this one"),
        other if other.chain_id == of.chain_id && other.sequence < of.sequence => Some("before it"),
        other if other.chain_id == of.chain_id => Some("after it"),
        other if of.parent_id.as_ref() == Some(&other.id) => Some("its parent"),
        other if other.parent_id.as_ref() == Some(&of.id) => Some("added to it"),
        _ => None,
    };
    let named = all.into_iter().filter_map(|found| Some((kin(&found.subscription)?, found)));
    let mut named: Vec<_> = named.collect();
    named.sort_by_key(|(_, found)| (found.subscription.started_on, found.subscription.sequence));
    named
}

fn kin_row(
    session: &Session,
    of: &Subscription,
    kin: &'static str,
    other: &StoredSubscription,
) -> KinRow {
    KinRow {
        subscription: rows::subscription(session, other),
        kin,
        is_this: other.subscription.id == of.id,
        ended: other.subscription.ended_on.map(|on| session.day(on)),
    }
}

fn day_row(session: &Session, run: &DaySpan) -> DayRow {
    let invoice = match &run.cover {
        DayCoverage::Line(invoice, _) => Some(invoice.to_string()),
        DayCoverage::Bridge
        | DayCoverage::Trial
        | DayCoverage::BroughtOver
        | DayCoverage::Credited => None,
    };
    DayRow {
        first: session.day(run.period.start),
        last: session.day(run.period.last()),
        count: run.period.days(),
        cover: cover(&run.cover).into(),
        invoice,
    }
}

/// Who pays for a day, in words.
fn cover(cover: &DayCoverage) -> &'static str {
    match cover {
        DayCoverage::Line(..) => "invoiced",
        DayCoverage::Bridge => "bridge: covered by what was paid before",
        DayCoverage::Trial => "trial: free",
        DayCoverage::BroughtOver => "paid elsewhere, before it was brought over",
        DayCoverage::Credited => "credited",
    }
}
