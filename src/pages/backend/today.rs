//! What happened today, each with the way to what it happened to.

use axum::extract::Query;
use serde::Deserialize;
use serde_json::Value;

use crate::app::overview::{ActivityEntry, DECISIONS};
use crate::domain::ids::OfferId;
use crate::pages::backend::answer::{Answer, Failure};
use crate::pages::backend::definitions::on_a_line;
use crate::pages::backend::filters::asked;
use crate::pages::backend::lists::{Browse, SortOrder};
use crate::pages::backend::places::{
    CREDIT_NOTES, CUSTOMERS, INVOICES, OFFERS, PATHS, PRODUCTS, SUBSCRIPTIONS, TAGS, TAXES, TODAY,
};
use crate::pages::backend::query::encode;
use crate::pages::backend::session::{PageHead, Session};
use crate::pages::backend::{HOME, activity, people};
use crate::render::backend::frame::Link;
use crate::render::backend::overview::{HappenedRow, TodayPage};
use crate::render::backend::parts::Person;

/// What is looked for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct TodayQuery {
    kind: Option<String>,
}

/// Where the events of a kind are listed.
pub(super) fn of_kind(kind: &str) -> String {
    format!("{TODAY}?kind={}", encode(kind))
}

/// Where the decisions are listed.
pub(super) fn decisions() -> String {
    of_kind(DECISIONS)
}

/// Lists what happened today, the latest first.
pub(super) async fn list(
    session: Session,
    Query(browse): Query<Browse>,
    Query(wanted): Query<TodayQuery>,
) -> Answer {
    let kind = asked(wanted.kind.as_ref());
    let here = kind.as_deref().map_or_else(|| TODAY.to_owned(), of_kind);
    let page = browse.page(SortOrder::NewestFirst);
    let mut found = session.app.happened_today(&session.merchant, kind.clone(), page).await?;
    let pager = browse.pager(&mut found, SortOrder::NewestFirst, &here, |it| it.event.id.as_str());
    let rows = rows(&session, &found).await?;
    let page = TodayPage {
        today: session.day(session.today()).text,
        what: match kind.as_deref() {
            None => None,
            Some(DECISIONS) => Some("Checkouts, changes and cancellations".into()),
            Some(kind) => Some(activity::in_words(kind)),
        },
        rows,
        pager,
    };
    session.show(PageHead::new("Today").below("Overview", HOME), &page)
}

/// What happened, as a list: offers by their titles, customers by their names.
///
/// # Errors
/// Only where the engine or its database fails.
pub(super) async fn rows(
    session: &Session,
    found: &[ActivityEntry],
) -> Result<Vec<HappenedRow>, Failure> {
    let edition = session.app.catalogue(&session.merchant).await?;
    let title = |id: String| {
        let offer = edition.catalogue.offer(&OfferId::stored(id.clone()));
        let title = offer.map(|offer| on_a_line(&offer.terms.title));
        Link::new(title.unwrap_or_else(|| id.clone()), format!("{OFFERS}/{id}"))
    };
    let mut rows: Vec<_> = found.iter().map(|it| row(session, it, title)).collect();
    people::name(session, rows.iter_mut().filter_map(|row| row.customer.as_mut())).await?;
    Ok(rows)
}

/// Something that happened, in a list.
fn row(session: &Session, it: &ActivityEntry, offer: impl Fn(String) -> Link) -> HappenedRow {
    let event = &it.event;
    let text = |name: &str| event.data[name].as_str().map(str::to_owned);
    let path = it.path.as_ref().map(|(id, title)| match title {
        Some(title) => Link::new(title.clone(), format!("{PATHS}/{id}")),
        None => Link::new(id.to_string(), ""),
    });
    HappenedRow {
        at: session.time(event.created_at),
        what: activity::in_words(&event.kind),
        customer: event.customer.as_ref().map(Person::of),
        offer: text("target_offer").or_else(|| text("offer")).map(offer),
        path,
        thing: thing(&event.kind, &event.subject, &event.data),
    }
}

/// The page of what something happened to, where it has one.
fn thing(kind: &str, subject: &str, data: &Value) -> Option<Link> {
    let link = |label: &'static str, below: &str, id: &str| {
        Some(Link::new(label, format!("{below}/{id}")))
    };
    let subscription = |id: &Value| link("Subscription", SUBSCRIPTIONS, id.as_str()?);
    if kind.ends_with(".deleted") {
        return None;
    }
    match kind.split('.').next().unwrap_or_default() {
        "subscription" => link("Subscription", SUBSCRIPTIONS, subject),
        "scheduled_change" => subscription(&data["result_subscription"])
            .or_else(|| subscription(&data["subscription"])),
        "checkout" => subscription(&data["result"]["subscription"]),
        "invoice" | "payment" => link("Invoice", INVOICES, subject),
        "credit_note" => link("Credit note", CREDIT_NOTES, subject),
        "path" => link("Path", PATHS, subject),
        "offer" => link("Offer", OFFERS, subject),
        "product" => link("Product", PRODUCTS, subject),
        "tag" => link("Tag", TAGS, subject),
        "tax" => link("Tax", TAXES, subject),
        "customer" | "payout" => link("Customer", CUSTOMERS, subject),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_happened_leads_to_what_it_happened_to() {
        let href = |kind, data| thing(kind, "x", &data).map(|link| link.href);
        let of = |subscription| json!({"result": {"subscription": subscription}});
        let here = "/backend/subscriptions/sub_1";
        assert_eq!(href("checkout.completed", of(json!("sub_1"))).as_deref(), Some(here));
        assert_eq!(href("checkout.completed", of(json!(null))), None, "the change waits");
        let waits = json!({"subscription": "sub_1", "result_subscription": null});
        assert_eq!(href("scheduled_change.pending", waits).as_deref(), Some(here));
        assert_eq!(href("invoice.paid", json!({})).as_deref(), Some("/backend/invoices/x"));
        assert_eq!(href("key.created", json!({})), None);
        assert_eq!(href("path.deleted", json!({})), None, "it is gone");
    }
}
