//! Checkouts that were refused: who wanted what, and why it was refused, the latest first.

use std::collections::BTreeMap;

use axum::extract::Query;
use serde::Deserialize;
use serde_json::Value;

use crate::app::reads::Page;
use crate::app::search::SearchHitKind;
use crate::domain::catalogue::Offer;
use crate::domain::event::RecordedEvent;
use crate::domain::ids::CustomerId;
use crate::pages::backend::answer::Answer;
use crate::pages::backend::definitions::{PICKED_MAX, on_a_line};
use crate::pages::backend::filters::{Narrow, SoughtThing, filters};
use crate::pages::backend::lists::{Browse, SortOrder};
use crate::pages::backend::people;
use crate::pages::backend::places::{REFUSED, WHAT_IF};
use crate::pages::backend::query::encode;
use crate::pages::backend::session::{PageHead, Session};
use crate::pages::backend::what_if::rejected;
use crate::render::backend::parts::Person;
use crate::render::backend::phrase::{Phrase, phrase};
use crate::render::backend::refusals::{RefusalRow, RefusalsPage};
use crate::rules::checkout::RefusalCode;
use crate::rules::matching::Reason;

/// Whose are looked for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct RefusalQuery {
    customer: Option<String>,
}

/// Lists them.
pub(super) async fn list(
    session: Session,
    Query(browse): Query<Browse>,
    Query(wanted): Query<RefusalQuery>,
) -> Answer {
    let page = browse.page(SortOrder::NewestFirst);
    let customer = wanted.customer.as_ref();
    let customer = SoughtThing::among(&session, SearchHitKind::Customer, customer).await?;
    let whose = customer.id.clone().map(CustomerId::stored);
    let mut found = session.app.refused_checkouts(&session.merchant, whose, page).await?;
    let narrow = [Narrow::thing("customer", "Customer", &customer)];
    let (filters, here) = filters(REFUSED, "", None, &narrow);
    let pager = browse.pager(&mut found, SortOrder::NewestFirst, &here, |event| event.id.as_str());
    let offers = session.app.list::<Offer>(&session.merchant, Page::first(PICKED_MAX)).await?;
    let titles: BTreeMap<&str, &str> =
        offers.iter().map(|it| (it.terms.offer.as_str(), it.terms.title.as_str())).collect();
    let mut rows: Vec<_> = found.iter().map(|event| row(&session, event, &titles)).collect();
    people::name(&session, rows.iter_mut().map(|row| &mut row.customer)).await?;
    session.show(PageHead::new("Refused checkouts"), &RefusalsPage { filters, rows, pager })
}

fn row(session: &Session, event: &RecordedEvent, titles: &BTreeMap<&str, &str>) -> RefusalRow {
    let text = |name: &str| event.data[name].as_str().unwrap_or_default().to_owned();
    let (offer, customer) = (text("offer"), event.subject.clone());
    let considered = event.data["considered"].as_array();
    RefusalRow {
        at: session.time(event.created_at),
        title: titles.get(offer.as_str()).map_or_else(|| offer.clone(), |it| on_a_line(it)),
        why: in_words(&text("code")),
        considered: considered.into_iter().flatten().map(candidate).collect(),
        what_if: format!("{WHAT_IF}?%2Fcustomer={}&%2Foffer={}", encode(&customer), encode(&offer)),
        customer: Person::of(&customer),
        offer,
    }
}

/// Why a checkout was refused.
fn in_words(code: &str) -> Phrase {
    let known = RefusalCode::ALL.into_iter().find(|known| known.name() == code);
    let words = match known {
        Some(RefusalCode::OfferInactive) => "the offer is not sold any more",
        Some(RefusalCode::AlreadySubscribed) => "they have it, or it waits for them",
        Some(RefusalCode::ChangeNotPossible) => "no path would do as things stood",
        Some(RefusalCode::ModeNotOffered) => "it was not on offer in this way",
        Some(RefusalCode::TooManySubscriptions) => "they have as many subscriptions as one may",
        Some(RefusalCode::CouponUsed) => "a change that waits keeps the coupon",
        None => return code.to_owned().into(),
    };
    words.into()
}

/// A path that was looked at, and why it would not do.
fn candidate(candidate: &Value) -> Phrase {
    let path = candidate["path"].as_str().unwrap_or_default().to_owned();
    let code = candidate["reason"].as_str().unwrap_or_default();
    let known = Reason::ALL.iter().find(|reason| reason.name() == code);
    phrase!("{}: {}", path, known.map_or("another comes first", |reason| rejected(*reason)))
}
