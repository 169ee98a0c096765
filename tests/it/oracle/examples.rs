//! The worked examples, with their numbers, and what must hold in every life.
#![cfg(test)]

use serde_json::{Value, json};

use super::generate;
use super::model::{Life, Mode, Path, Step, Transition, World};
use super::money::{Minor, text};
use super::samples::{checkout, merchant, path};

/// A customer of an offer since 2026-01-31, some days later.
pub(crate) fn customer_of(offer: &str, paths: Vec<Path>, days: u32) -> World {
    let mut world = World::new(&merchant(paths));
    world.play(&Step::Checkout(checkout(offer)));
    world.play(&Step::Advance { days });
    for doc in 0..world.docs.len() {
        world.pay(doc);
    }
    world
}

/// Opens and completes: what was shown.
pub(crate) fn change(world: &mut World, offer: &str) -> Value {
    let answers = world.play(&Step::Checkout(checkout(offer))).expect("it is certain");
    assert_eq!(answers.last().map(|it| it.status), Some(200), "{answers:?}");
    answers[0].body.clone()
}

/// Every line of the book: subscription, kind, period and gross.
pub(crate) fn lines(world: &World) -> Vec<String> {
    let line = |line: &super::model::Line| {
        let gross = text(line.sum.gross, "EUR");
        format!("{} {:?} {}/{} {gross}", line.offer, line.kind, line.period.start, line.period.end)
    };
    world.docs.iter().flat_map(|doc| doc.lines.iter().map(line)).collect()
}

/// A world with a path from month to year, ten days after the purchase.
fn upsell(transition: Transition, by_day: bool) -> World {
    let path = Path { by_day, ..path("month", "year", transition) };
    customer_of("month", vec![path], 10)
}

#[test]
fn next_booking_ends_the_month_when_the_year_begins() {
    let mut world = upsell(Transition::NextBooking, false);
    let shown = change(&mut world, "year");
    assert_eq!(shown["amount_due"], "0.00 EUR");
    assert_eq!(shown["effective_on"], "2026-02-28");
    assert_eq!(shown["next_payment_on"], "2026-02-28");
    world.play(&Step::Advance { days: 18 });
    assert_eq!(world.subs[0].ended_on, Some("2026-02-28".parse().expect("a date")));
    assert_eq!(lines(&world)[1], "year Period 2026-02-28/2027-02-28 99.00 EUR");
    assert_eq!(world.subs[1].anchor, 31);
}

#[test]
fn immediate_begins_a_year_of_its_own() {
    let mut world = upsell(Transition::Immediate, false);
    assert_eq!(change(&mut world, "year")["amount_due"], "99.00 EUR");
    assert_eq!(lines(&world)[1], "year Period 2026-02-10/2027-02-10 99.00 EUR");
    assert_eq!(world.subs[1].anchor, 10);
}

#[test]
fn immediate_by_day_credits_the_unused_days() {
    let mut world = upsell(Transition::Immediate, true);
    let shown = change(&mut world, "year");
    assert_eq!(shown["amount_due"], "92.64 EUR");
    let documents = shown["documents"].as_array().expect("a list");
    assert!(documents.iter().any(|it| it["credit_applied"] == "6.36 EUR"), "{documents:?}");
    assert_eq!(lines(&world)[1], "month Credit 2026-02-10/2026-02-28 6.36 EUR");
    assert_eq!(world.balance("ada", "EUR"), 0);
}

#[test]
fn last_booking_bills_the_year_from_where_the_month_began() {
    let mut world = upsell(Transition::LastBooking, false);
    let shown = change(&mut world, "year");
    assert_eq!(shown["amount_due"], "89.10 EUR");
    assert_eq!(shown["effective_on"], "2026-01-31");
    let expected = [
        "month Period 2026-01-31/2026-02-28 9.90 EUR",
        "month Credit 2026-01-31/2026-02-28 9.90 EUR",
        "year Period 2026-01-31/2027-01-31 99.00 EUR",
    ];
    assert_eq!(lines(&world), expected);
    assert_eq!(world.subs[0].ended_on, Some("2026-01-31".parse().expect("a date")));
    assert!(world.docs[0].is_cancelled);
}

#[test]
fn immediate_next_booking_gives_access_before_the_first_invoice() {
    let mut world = upsell(Transition::ImmediateNextBooking, false);
    let shown = change(&mut world, "year");
    assert_eq!(shown["amount_due"], "0.00 EUR");
    assert_eq!(shown["effective_on"], "2026-02-10");
    world.play(&Step::Advance { days: 18 });
    assert_eq!(lines(&world)[1], "year Period 2026-02-28/2027-02-28 99.00 EUR");
}

#[test]
fn an_addition_in_step_stands_on_the_same_invoice() {
    let moment = Transition::ImmediateNextBooking;
    let path = Path { is_optional: true, ..path("month", "archive", moment) };
    let mut world = customer_of("month", vec![path], 10);
    assert_eq!(change(&mut world, "archive")["mode"], "add");
    world.play(&Step::Advance { days: 18 });
    let expected = [
        "month Period 2026-02-28/2026-03-31 9.90 EUR",
        "archive Period 2026-02-28/2026-03-31 4.00 EUR",
    ];
    assert_eq!(lines(&world)[1..], expected);
    assert_eq!(world.docs.len(), 2);
}

#[test]
fn end_of_term_waits_for_the_year_to_pass() {
    let path = path("year-m", "month", Transition::EndOfTerm);
    let mut world = customer_of("year-m", vec![path], 33);
    assert_eq!(world.today.to_string(), "2026-03-05");
    let shown = change(&mut world, "month");
    assert_eq!(shown["effective_on"], "2027-01-31");
    assert_eq!(shown["next_payment_on"], "2026-03-31");
    world.play(&Step::Advance { days: 340 });
    let lines = lines(&world);
    assert_eq!(lines.iter().filter(|line| line.starts_with("year-m Period")).count(), 12);
    assert_eq!(lines[12], "month Period 2027-01-31/2027-02-28 9.90 EUR");
}

#[test]
fn next_booking_breaks_a_term() {
    let path = path("year-m", "month", Transition::NextBooking);
    let mut world = customer_of("year-m", vec![path], 33);
    change(&mut world, "month");
    world.play(&Step::Advance { days: 26 });
    assert_eq!(lines(&world)[2], "month Period 2026-03-31/2026-04-30 9.90 EUR");
}

#[test]
fn a_bridge_to_a_cheaper_offer_is_credited_at_the_booking() {
    let moment = Transition::ImmediateNextBooking;
    let path = Path { by_day: true, ..path("month", "archive", moment) };
    let mut world = customer_of("month", vec![path], 10);
    let shown = change(&mut world, "archive");
    assert_eq!(shown["documents"], json!([]));
    world.play(&Step::Advance { days: 18 });
    let expected = [
        "month Credit 2026-02-10/2026-02-28 3.79 EUR",
        "archive Period 2026-02-28/2026-03-31 4.00 EUR",
    ];
    assert_eq!(lines(&world)[1..], expected);
    assert_eq!(world.docs[2].due, 21);
}

#[test]
fn a_bounced_payment_takes_back_what_its_credit_gave() {
    let mut world = upsell(Transition::Immediate, true);
    let mut ask = checkout("year");
    ask.mode = Some(Mode::Replace);
    world.play(&Step::Checkout(ask));
    world.play(&Step::Unpay { invoice: 0 });
    assert_eq!((world.docs[0].due, world.balance("ada", "EUR")), (354, -636));
}

/// Payments standing are what invoices charge, less credits, dues, balances and payouts.
fn assert_sound(world: &World) {
    let mut owed: Minor = world.paid_out + world.balances.values().sum::<Minor>();
    owed -= world.free.values().map(|(.., amount)| amount).sum::<Minor>();
    for doc in &world.docs {
        let gross = doc.sum().gross;
        assert!(doc.due >= 0 && doc.given >= 0);
        let paid: Minor = doc.paid.values().sum();
        owed += if doc.is_invoice { gross } else { -gross } - doc.due - paid;
        for line in &doc.lines {
            let left = line.sum.minus(line.credited);
            assert!(left.net >= 0 && left.tax >= 0 && left.gross >= 0, "{line:?}");
        }
    }
    assert_eq!(owed, 0, "the money is all there");
    for (at, sub) in world.subs.iter().enumerate() {
        let is_late = sub.is_active() && sub.boundary() <= world.today;
        assert!(!is_late || world.is_behind(), "sub#{at} is not booked");
    }
}

#[test]
fn in_every_life_the_money_is_all_there() {
    let mut told: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    for seed in 0..1500 {
        let life = generate::life(seed);
        let mut world = World::new(&life);
        for step in &life.steps {
            let answers = world.play(step);
            assert_sound(&world);
            for answer in answers.unwrap_or_default() {
                let key = format!("{} {:?}", answer.status, answer.code);
                *told.entry(key).or_default() += 1;
                let moment = answer.body.get("transition").map(ToString::to_string);
                *told.entry(moment.unwrap_or_default()).or_default() += 1;
                for verdict in answer.body["considered"].as_array().into_iter().flatten() {
                    *told.entry(verdict["reason"].to_string()).or_default() += 1;
                }
            }
        }
    }
    for reason in REASONS {
        assert!(told.contains_key(&format!("{reason:?}")), "no life meets {reason}: {told:?}");
    }
}

/// All that can stand against a candidate.
const REASONS: &[&str] = &[
    "path-inactive",
    "path-not-yet-valid",
    "path-expired",
    "same-offer",
    "currency-mismatch",
    "still-in-bridge",
    "source-held",
    "source-unpaid",
    "billing-period-differs",
    "target-period-shorter",
    "nothing-to-cancel",
    "retroactive-refund",
    "parent-ends",
];

/// A life in which only the first customer does anything.
fn of_one_customer(mut life: Life) -> Life {
    life.customers.truncate(1);
    let first = life.customers[0].clone();
    life.steps.retain(|step| match step {
        Step::Checkout(ask) | Step::HoldOver(ask) => ask.customer == first,
        Step::Hold { holder, other } => holder.customer == first && other.customer == first,
        Step::BringOver(arrival) => arrival.customer == first,
        Step::Payout { customer, .. } => *customer == first,
        _ => true,
    });
    life
}

#[test]
fn billing_late_gives_the_same_ledger_as_billing_daily() {
    for seed in 0..400 {
        let mut life = of_one_customer(generate::life(seed));
        // What is billed late is due later, and so is what follows from its being overdue.
        life.settings.dunning.clear();
        let mut daily = World::new(&life);
        for step in &life.steps {
            daily.play(step);
        }
        daily.play(&Step::Run);
        let mut late = daily.clone();
        daily.play(&Step::Advance { days: 100 });
        late.play(&Step::Downtime { days: 100 });
        late.play(&Step::Run);
        let (mut daily, mut late) = (daily.book(), late.book());
        for (_, value) in [&mut daily, &mut late].into_iter().flat_map(|book| &mut book.invoices) {
            value["issued_on"] = Value::Null;
            value["due_on"] = Value::Null;
        }
        for (_, value) in [&mut daily, &mut late].into_iter().flat_map(|book| &mut book.credits) {
            value["issued_on"] = Value::Null;
        }
        assert!(daily == late, "seed {seed}");
    }
}

#[tokio::test]
async fn shrinking_keeps_the_step_that_matters() {
    let life = generate::life(7);
    let has_one = async |life: &Life| life.steps.iter().any(|it| matches!(it, Step::Checkout(_)));
    assert_eq!(generate::shrink(&life, has_one).await.steps.len(), 1);
}
