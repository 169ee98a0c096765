//! What the answer to an offer comes to, case by case.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::super::samples;
use super::*;
use crate::domain::ids::{CampaignId, OfferId};
use crate::domain::money::{Currency, Money};
use crate::domain::stock::StockLevel;

fn now() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn pin() -> ProductId {
    ProductId::stored("pin".to_owned())
}

fn order() -> Order {
    samples::order("o-1", now())
}

/// Two pins, for half an hour from now on.
fn offered(price: Option<i64>, always: bool) -> Upsell {
    Upsell {
        campaign: CampaignId::stored("c".to_owned()),
        shown: ShownUpsell::Product { product: pin(), quantity: 2, price, always },
        state: UpsellState::Pending,
        offered_at: now(),
        expires_at: now() + TimeDelta::minutes(30),
        ended_at: None,
        unit_net: None,
        checkout: None,
        considered: Vec::new(),
    }
}

fn shelf(stock: impl Into<Option<i64>>) -> StockOnPaper {
    StockOnPaper::new(BTreeMap::from([(pin(), StockLevel { stock: stock.into(), moves: 0 })]))
}

fn accept(
    upsell: &Upsell,
    told: Option<i64>,
    stock: impl Into<Option<i64>>,
) -> Result<OrderPlan, UpsellRefusal> {
    match decide_accept(&order(), Some(upsell), told, shelf(stock), now())? {
        UpsellDecision::Now(plan) => Ok(*plan),
        other @ (UpsellDecision::Before | UpsellDecision::Checkout(_)) => panic!("{other:?}"),
    }
}

#[test]
fn accepting_adds_the_line_at_the_offered_price_and_takes_the_stock() {
    let plan = accept(&offered(Some(490), false), None, 2).unwrap();
    let line = &plan.order.lines[0];
    assert_eq!((line.quantity, line.unit_net, plan.order.total()), (2, 490, 980));
    assert_eq!(line.campaign, Some(CampaignId::stored("c".to_owned())));
    assert_eq!((plan.moves[0].change, plan.moves[0].left), (Some(-2), Some(0)));
    let kinds: Vec<_> = plan.events.iter().map(|it| it.kind.name()).collect();
    assert_eq!(kinds, ["upsell.accepted", "product.sold_out"]);
    assert!(accept(&offered(Some(1), false), None, None).unwrap().moves.is_empty());
}

#[test]
fn a_product_that_was_removed_meanwhile_is_gone_whatever_its_stock_was() {
    for always in [false, true] {
        let empty = StockOnPaper::default();
        let done = decide_accept(&order(), Some(&offered(Some(1), always)), None, empty, now());
        assert!(matches!(done, Err(UpsellRefusal::Gone(Some(_)))), "{done:?}");
    }
}

#[test]
fn what_is_sold_always_goes_down_to_nothing_and_not_below() {
    let plan = accept(&offered(Some(1), true), None, 1).unwrap();
    assert_eq!((plan.moves[0].change, plan.moves[0].left), (Some(-1), Some(0)));
    assert!(accept(&offered(Some(1), true), None, 0).unwrap().moves.is_empty());
    let gone = accept(&offered(Some(1), false), None, 1).unwrap_err();
    let UpsellRefusal::Gone(Some(plan)) = gone else { panic!("{gone:?}") };
    assert_eq!(plan.upsell.unwrap().state, UpsellState::Gone);
    assert!(plan.moves.is_empty() && plan.new_lines.is_empty());
}

#[test]
fn a_price_that_only_the_shop_knows_must_be_told() {
    #[rustfmt::skip]
    let table = [
        // What was shown, what is told, what is agreed on.
        (Some(490), None, Some(490)),
        (Some(490), Some(490), Some(490)),
        (Some(490), Some(480), None),
        (None, Some(480), Some(480)),
        (None, None, None),
    ];
    for (shown, told, agreed) in table {
        match accept(&offered(shown, false), told, 5) {
            Ok(plan) => assert_eq!(plan.upsell.unwrap().unit_net, agreed),
            Err(UpsellRefusal::Invalid(fault)) => {
                assert_eq!((agreed, fault.pointer.as_str()), (None, "/unit_net"));
            }
            Err(other) => panic!("{other:?}"),
        }
    }
}

/// What an answer comes to, in a word.
fn word(done: &Result<UpsellDecision, UpsellRefusal>) -> &'static str {
    match done {
        Ok(UpsellDecision::Now(_)) => "now",
        Ok(UpsellDecision::Before) => "before",
        Ok(UpsellDecision::Checkout(_)) => "checkout",
        Err(UpsellRefusal::Nothing) => "nothing",
        Err(UpsellRefusal::Answered) => "answered",
        Err(UpsellRefusal::Expired(_)) => "expired",
        Err(UpsellRefusal::Gone(_)) => "gone",
        Err(UpsellRefusal::Invalid(_)) => "invalid",
    }
}

#[test]
fn an_offer_is_answered_once() {
    let in_state = |state| Some(Upsell { state, ..offered(Some(1), false) });
    let late = Upsell { expires_at: now(), ..offered(Some(1), false) };
    let month = ShownUpsell::Offer {
        version: Some(1),
        offer: OfferId::stored("month".to_owned()),
        mode: None,
        transition: None,
        amount_due: Money::new(990, Currency::parse("EUR").unwrap()),
        discount: None,
        first_line: None,
    };
    let subscription = Upsell { shown: month, ..offered(None, false) };
    #[rustfmt::skip]
    let table = [
        // What was offered, what accepting and what declining come to.
        (None, "nothing", "nothing"),
        (in_state(UpsellState::Pending), "now", "now"),
        (in_state(UpsellState::Accepted), "before", "answered"),
        (in_state(UpsellState::Declined), "answered", "before"),
        (in_state(UpsellState::Expired), "expired", "expired"),
        (in_state(UpsellState::Gone), "gone", "gone"),
        (Some(late), "expired", "expired"),
        (Some(subscription), "checkout", "now"),
    ];
    for (upsell, accepted, declined) in table {
        let upsell = upsell.as_ref();
        let done = decide_accept(&order(), upsell, None, shelf(5), now());
        assert_eq!(word(&done), accepted, "{upsell:?}");
        let done = decide_decline(&order(), upsell, now());
        assert_eq!(word(&done), declined, "{upsell:?}");
    }
}

#[test]
fn what_nobody_answers_ends_at_its_time_and_once() {
    let offer = offered(Some(1), false);
    let (ended, told) = expire(&order(), &offer, now() + TimeDelta::days(1)).unwrap();
    assert_eq!((ended.state, ended.ended_at), (UpsellState::Expired, Some(offer.expires_at)));
    assert_eq!(told.kind, EventKind::UpsellExpired);
    assert_eq!(expire(&order(), &ended, now()), None);
    let (ended, _) = expire(&order(), &offer, now()).unwrap();
    assert_eq!(ended.ended_at, Some(now()), "with its order, before its time");
}
