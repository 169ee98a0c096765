//! What becomes of an order, case by case.

use chrono::TimeDelta;

use super::*;
use crate::domain::cart::{Cart, CartLine, Item};
use crate::domain::ids::GiftRuleId;
use crate::domain::money::Currency;
use crate::domain::stock::StockLevel;

fn now() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn eur() -> Currency {
    Currency::parse("EUR").unwrap()
}

fn product(id: &str) -> ProductId {
    ProductId::stored(id.to_owned())
}

/// An order of so many of these, each at 1.00.
fn facts(lines: &[(&str, i64)], left: &[(&str, i64)]) -> OrderFacts {
    let line = |(id, quantity): &(&str, i64)| CartLine {
        item: Item::Product(product(id)),
        quantity: *quantity,
        unit_net: 100,
    };
    let cart = Cart {
        customer: None,
        customer_group: None,
        locale: None,
        channel: "web".to_owned(),
        currency: eur(),
        shipping_country: None,
        payment_method: None,
        shipping_cost: None,
        coupon: None,
        lines: lines.iter().map(line).collect(),
        picks: BTreeMap::new(),
    };
    let on_shelf = left.iter().map(|(id, stock)| {
        (product(id), StockLevel { stock: Some(*stock).filter(|stock| *stock >= 0), moves: 0 })
    });
    OrderFacts {
        id: OrderId::stored("o-1".to_owned()),
        said: OrderRequest { cart, placed_at: None, expects: None, brought_over: false },
        shelf: StockOnPaper::new(on_shelf.collect()),
        gifts: Vec::new(),
        gifts_left: BTreeMap::new(),
        promotions: Vec::new(),
        coupon: None,
    }
}

fn gift(id: &str, quantity: i64, price: Option<i64>) -> OrderGift {
    let rule = GiftRuleId::stored("rule".to_owned());
    OrderGift { rule, edit: 1, times: 1, product: product(id), quantity, price }
}

fn changes(plan: &OrderPlan) -> Vec<(&str, &'static str, i64)> {
    let told = |it: &StockMove| it.change.unwrap();
    plan.moves.iter().map(|it| (it.product.as_str(), it.cause.name(), told(it))).collect()
}

#[test]
fn lines_and_gifts_are_taken_together() {
    let mut both = facts(&[("pin", 2), ("hat", 1), ("pin", 1)], &[("pin", 5), ("hat", -1)]);
    both.gifts = vec![gift("pin", 2, Some(0)), gift("hat", 1, Some(50)), gift("pin", 1, None)];
    both.gifts_left = [("pin", 9), ("hat", 1)]
        .map(|(id, left)| ((GiftRuleId::stored("rule".to_owned()), product(id)), left))
        .into();
    let plan = decide_order(both, now()).unwrap();
    assert_eq!(changes(&plan), [("pin", "order", -3), ("pin", "gift", -2)]);
    assert_eq!((plan.order.net(), plan.order.total()), (400, 450));
    let kinds: Vec<_> = plan.events.iter().map(|it| it.kind.name()).collect();
    assert_eq!(kinds, ["order.placed", "product.sold_out", "gift_rule.sold_out"]);
    let given: Vec<_> = plan.gift_moves.iter().map(|it| (it.product.as_str(), it.change)).collect();
    assert_eq!(given, [("pin", -2), ("hat", -1)], "what was left out is not given");
}

#[test]
fn a_short_line_takes_nothing_and_is_named() {
    let both = vec![("pin", 2), ("hat", 1), ("pin", 2)];
    let table = [
        (vec![("pin", 3)], vec![("pin", 3)], vec![]),
        (vec![("pin", 4)], vec![("pin", 3)], vec![0]),
        (both, vec![("pin", 3), ("hat", 1)], vec![0, 2]),
        (vec![("pin", 1), ("hat", 2)], vec![("pin", 0), ("hat", 1)], vec![0, 1]),
    ];
    for (lines, left, short) in table {
        let named = match decide_order(facts(&lines, &left), now()) {
            Ok(_) => Vec::new(),
            Err(OrderRefusal::OutOfStock(short)) => short.iter().map(|it| it.line).collect(),
            Err(other) => panic!("{other:?}"),
        };
        assert_eq!(named, short, "{lines:?} of {left:?}");
    }
}

#[test]
fn a_purchase_of_before_takes_nothing_and_gets_nothing() {
    let mut before = facts(&[("pin", 9)], &[("pin", 1)]);
    before.said.brought_over = true;
    before.said.placed_at = Some(now() - TimeDelta::days(400));
    before.gifts = vec![gift("pin", 1, Some(0))];
    let plan = decide_order(before, now()).unwrap();
    assert!(plan.moves.is_empty() && plan.order.gifts.is_empty());
    assert_eq!(plan.order.placed_at, now() - TimeDelta::days(400));
}

#[test]
fn nothing_happens_later_than_now_and_nothing_before_the_order() {
    let mut later = facts(&[("pin", 1)], &[]);
    later.said.placed_at = Some(now() + TimeDelta::microseconds(1));
    let refused = decide_order(later, now()).unwrap_err();
    assert!(matches!(refused, OrderRefusal::Invalid(fault) if fault.pointer == "/placed_at"));
    let order = placed();
    let at = |minutes: i64| ReportedOrderEvent {
        at: Some(now() + TimeDelta::minutes(minutes)),
        ..ReportedOrderEvent::default()
    };
    let refused = decide_paid(&order, &at(1), now()).unwrap_err();
    assert!(matches!(refused, OrderRefusal::Invalid(fault) if fault.pointer == "/at"));
    let paid = decide_paid(&order, &at(-90), now()).unwrap().unwrap().order;
    assert_eq!(paid.paid_at, Some(order.placed_at));
}

/// An order of two pins at 1.00, an hour old.
fn placed() -> Order {
    let mut facts = facts(&[("pin", 2)], &[("pin", 2)]);
    facts.said.placed_at = Some(now() - TimeDelta::hours(1));
    decide_order(facts, now()).unwrap().order
}

fn told(amount: Option<i64>, event: &str) -> ReportedOrderEvent {
    ReportedOrderEvent {
        at: None,
        amount: amount.map(|minor| Money::new(minor, eur())),
        event: Some(event.to_owned()).filter(|event| !event.is_empty()),
    }
}

#[test]
fn each_step_happens_once() {
    let order = placed();
    let paid = decide_paid(&order, &ReportedOrderEvent::default(), now()).unwrap().unwrap().order;
    assert_eq!((paid.paid, paid.paid_at), (200, Some(now())));
    assert_eq!(decide_paid(&paid, &told(Some(5), ""), now()), Ok(None));
    let delivered =
        decide_delivered(&paid, &ReportedOrderEvent::default(), now()).unwrap().unwrap().order;
    assert_eq!(decide_delivered(&delivered, &ReportedOrderEvent::default(), now()), Ok(None));
    let cancelled = cancel(&order, &[]).order;
    for refused in [
        decide_paid(&cancelled, &ReportedOrderEvent::default(), now()),
        decide_delivered(&cancelled, &ReportedOrderEvent::default(), now()),
    ] {
        assert_eq!(refused, Err(OrderRefusal::Cancelled));
    }
    let gone = cancel(&delivered, &[]).order;
    assert_eq!(
        decide_paid(&gone, &ReportedOrderEvent::default(), now()),
        Ok(None),
        "it was paid before"
    );
}

fn cancel(order: &Order, taken: &[StockMove]) -> OrderPlan {
    let left = taken.iter().map(|it| (it.product.clone(), StockLevel { stock: Some(1), moves: 3 }));
    let shelf = StockOnPaper::new(left.collect());
    let done = decide_cancelled(order, taken, shelf, None, (&ReportedOrderEvent::default(), now()));
    done.unwrap().unwrap()
}

#[test]
fn cancelling_gives_back_what_was_not_delivered() {
    let taken = |cause, change| StockMove {
        product: product("pin"),
        sequence: 1,
        cause,
        change: Some(change),
        left: Some(0),
        subject: Some("o-1".to_owned()),
    };
    let moves = [taken(StockCause::Order, -2), taken(StockCause::Upsell, -1)];
    let order = placed();
    assert_eq!(changes(&cancel(&order, &moves)), [("pin", "cancelled", 3)]);
    let delivered =
        decide_delivered(&order, &ReportedOrderEvent::default(), now()).unwrap().unwrap().order;
    assert!(cancel(&delivered, &moves).moves.is_empty());
    let cancelled = cancel(&order, &moves).order;
    let again = decide_cancelled(
        &cancelled,
        &moves,
        StockOnPaper::default(),
        None,
        (&ReportedOrderEvent::default(), now()),
    );
    assert_eq!(again, Ok(None));
}

#[test]
fn refunds_add_up_to_at_most_what_was_paid() {
    let order = placed();
    let refused = decide_refunded(&order, &[], &ReportedOrderEvent::default(), now());
    assert_eq!(refused, Err(OrderRefusal::NotPaid));
    let paid = decide_paid(&order, &told(Some(150), ""), now()).unwrap().unwrap().order;
    let (mut order, mut known) = (paid, Vec::new());
    #[rustfmt::skip]
    let table = [
        // How much, for which event, what is paid back afterwards; none where it is refused.
        (Some(50), "a", Some(50)),
        (Some(50), "a", Some(50)),
        (Some(101), "b", None),
        (Some(40), "", Some(90)),
        (Some(60), "", Some(90)),
        (None, "c", Some(150)),
        (None, "d", Some(150)),
        (Some(1), "d", Some(150)),
        (Some(1), "e", None),
    ];
    for (amount, event, sum) in table {
        let told = told(amount, event);
        match decide_refunded(&order, &known, &told, now()) {
            Ok(plan) => {
                if let Some(plan) = plan {
                    known.extend(plan.refund);
                    order = plan.order;
                }
                assert_eq!(Some(order.refunded), sum, "{told:?}");
            }
            Err(OrderRefusal::Invalid(fault)) => {
                assert_eq!((sum, fault.pointer.as_str()), (None, "/amount/amount"), "{told:?}");
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    let dollars = Money::new(1, Currency::parse("USD").unwrap());
    let told = ReportedOrderEvent { amount: Some(dollars), ..ReportedOrderEvent::default() };
    let refused = decide_refunded(&order, &[], &told, now()).unwrap_err();
    assert!(matches!(refused, OrderRefusal::Invalid(fault) if fault.pointer == "/amount/currency"));
}
