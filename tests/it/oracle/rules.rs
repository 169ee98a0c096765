//! Rules that the worked examples leave out, each with numbers worked out by hand.
#![cfg(test)]

use serde_json::{Value, json};

use super::examples::{change, customer_of, lines};
use super::model::{Fate, Mode, Path, Step, Tax, Transition, World};
use super::samples::{checkout, merchant, path};

/// A path that adds.
fn adding(source: &str, target: &str, transition: Transition) -> Path {
    Path { is_optional: true, ..path(source, target, transition) }
}

/// What opening a checkout is answered.
fn opened(world: &World, offer: &str) -> (u16, Value) {
    let answer = world.open(&checkout(offer)).0;
    (answer.status, answer.body)
}

/// A month that someone bought on 2026-01-31, with another offer's terms changed first.
fn month(paths: Vec<Path>, edit: impl Fn(&mut super::model::Offer)) -> World {
    let mut life = merchant(paths);
    life.offers.iter_mut().for_each(edit);
    let mut world = World::new(&life);
    world.play(&Step::Checkout(checkout("month")));
    world.play(&Step::Advance { days: 10 });
    world
}

#[test]
fn the_other_lines_of_a_cancelled_invoice_keep_their_day_of_payment() {
    let paths = vec![
        adding("month", "archive", Transition::ImmediateNextBooking),
        path("month", "year", Transition::LastBooking),
    ];
    let mut world = customer_of("month", paths, 10);
    change(&mut world, "archive");
    world.play(&Step::Advance { days: 20 });
    world.pay(1);
    world.play(&Step::Advance { days: 5 });
    assert_eq!(change(&mut world, "year")["amount_due"], "89.10 EUR");
    let expected = [
        "month Credit 2026-02-28/2026-03-31 9.90 EUR",
        "archive Credit 2026-02-28/2026-03-31 4.00 EUR",
        "archive Period 2026-02-28/2026-03-31 4.00 EUR",
        "year Period 2026-02-28/2027-02-28 99.00 EUR",
    ];
    assert_eq!(lines(&world)[3..], expected);
    let invoice = world.docs.last().expect("an invoice");
    assert_eq!(invoice.due_on, Some("2026-03-14".parse().expect("a date")));
    assert_eq!(invoice.applied, 1390);
    assert_eq!(world.subs[1].parent, Some(2));
    assert_eq!(world.subs[2].anchor, 31);
}

#[test]
fn an_added_last_booking_carries_the_line_of_its_source() {
    let path = adding("month", "archive", Transition::LastBooking);
    let mut world = customer_of("month", vec![path], 10);
    assert_eq!(change(&mut world, "archive")["amount_due"], "4.00 EUR");
    let invoice = world.docs.last().expect("an invoice");
    assert_eq!((invoice.sum().gross, invoice.applied), (1390, 990));
    assert_eq!(invoice.due_on, Some("2026-02-24".parse().expect("a date")));
    let started: Vec<String> = world.subs.iter().map(|it| it.started_on.to_string()).collect();
    assert_eq!(started, ["2026-01-31", "2026-01-31"]);
}

#[test]
fn a_debt_is_added_to_the_next_invoice_and_stands_in_the_way_until_then() {
    let paths = vec![
        Path { by_day: true, ..path("month", "year", Transition::Immediate) },
        path("year", "archive", Transition::NextBooking),
    ];
    let mut world = customer_of("month", paths, 10);
    change(&mut world, "year");
    world.play(&Step::Unpay { invoice: 0 });
    let payout = Step::Payout { customer: "ada".into(), amount: 1, currency: "EUR".into() };
    assert_eq!(world.play(&payout).expect("certain")[0].status, 422);
    let (status, body) = opened(&world, "archive");
    assert_eq!((status, &body["considered"][0]["reason"]), (409, &json!("source-unpaid")));
    world.play(&Step::Advance { days: 365 });
    let invoice = world.docs.last().expect("an invoice");
    assert_eq!((invoice.applied, invoice.due), (-636, 10_536));
    assert_eq!(world.balance("ada", "EUR"), 0);
    assert_eq!(opened(&world, "archive").0, 201);
}

#[test]
fn withdrawing_a_replacement_brings_the_cancellation_back() {
    let paths = vec![
        path("month", "year", Transition::NextBooking),
        path("month", "archive", Transition::EndOfTerm),
    ];
    let mut world = customer_of("month", paths, 10);
    world.play(&Step::Cancel { sub: 0, now: false });
    let shown = change(&mut world, "year");
    assert_eq!(shown["withdraws"], json!([{ "kind": "cancellation", "id": "sub#0" }]));
    assert_eq!((world.subs[0].cancel_on, world.next_booking(0)), (None, None));
    let shown = change(&mut world, "archive");
    assert_eq!(shown["supersedes"], "change#0");
    assert_eq!(world.changes[0].fate, Fate::Superseded);
    world.play(&Step::Withdraw { change: 1 });
    assert_eq!(world.subs[0].cancel_on, Some("2026-02-28".parse().expect("a date")));
    world.play(&Step::Advance { days: 18 });
    assert_eq!(world.subs.len(), 1);
    assert!(!world.subs[0].is_active());
}

#[test]
fn a_cancellation_withdraws_a_pending_replacement_but_no_addition() {
    let paths = vec![
        path("month", "year", Transition::NextBooking),
        adding("month", "archive", Transition::NextBooking),
    ];
    let mut world = customer_of("month", paths, 10);
    change(&mut world, "year");
    change(&mut world, "archive");
    world.play(&Step::Cancel { sub: 0, now: false });
    world.play(&Step::Advance { days: 18 });
    let fates: Vec<Fate> = world.changes.iter().map(|it| it.fate).collect();
    assert_eq!(fates, [Fate::Withdrawn, Fate::Applied]);
    let running: Vec<bool> = world.subs.iter().map(super::model::Sub::is_active).collect();
    assert_eq!(running, [false, true]);
}

#[test]
fn what_requires_a_parent_ends_with_it() {
    let needy = |offer: &mut super::model::Offer| offer.requires_parent = offer.id == "archive";
    let bridge = adding("month", "archive", Transition::ImmediateNextBooking);
    let mut world = month(vec![bridge], needy);
    change(&mut world, "archive");
    let mut booked = world.clone();
    world.play(&Step::Cancel { sub: 0, now: true });
    assert_eq!(world.subs[1].ended_on, Some(world.today));

    booked.play(&Step::Advance { days: 20 });
    booked.play(&Step::Cancel { sub: 0, now: true });
    assert!(booked.subs[1].is_active());
    assert_eq!(booked.next_booking(1), None);
    booked.play(&Step::Advance { days: 60 });
    assert_eq!(booked.subs[1].ended_on, Some("2026-03-31".parse().expect("a date")));
}

#[test]
fn a_scheduled_addition_fails_where_its_parent_has_ended() {
    let needy = |offer: &mut super::model::Offer| offer.requires_parent = offer.id == "archive";
    let switching =
        Path { may_switch: true, ..adding("month", "archive", Transition::NextBooking) };
    let mut world = month(vec![switching], needy);
    change(&mut world, "archive");
    let mut cancelled = world.clone();
    cancelled.play(&Step::Withdraw { change: 0 });
    cancelled.play(&Step::Cancel { sub: 0, now: false });
    assert_eq!(opened(&cancelled, "archive").1["modes"], json!(["replace"]));

    world.play(&Step::Cancel { sub: 0, now: false });
    world.play(&Step::Advance { days: 18 });
    assert_eq!(
        (world.changes[0].fate, world.changes[0].reason),
        (Fate::Failed, Some("parent-ended"))
    );
}

#[test]
fn additions_follow_their_parent_into_its_successor() {
    let paths = vec![
        adding("month", "archive", Transition::NextBooking),
        path("month", "year", Transition::Immediate),
    ];
    let mut world = customer_of("month", paths, 10);
    change(&mut world, "archive");
    change(&mut world, "year");
    assert_eq!((world.changes[0].source, world.changes[0].fate), (1, Fate::Pending));
    world.play(&Step::Advance { days: 18 });
    assert_eq!(world.subs[2].parent, Some(1));
    assert_eq!(world.subs[2].started_on.to_string(), "2026-02-28");
}

#[test]
fn a_new_rate_reaches_running_subscriptions_and_the_last_credit_takes_the_rest() {
    let mut life =
        merchant(vec![Path { by_day: true, ..path("month", "year", Transition::Immediate) }]);
    let day = |text: &str| text.parse().expect("a date");
    let rates = vec![(day("2026-01-01"), "19".into()), (day("2026-02-20"), "7.0".into())];
    life.taxes.push(Tax { id: "vat".into(), rates });
    life.offers[0].tax = Some("vat".into());
    let mut world = World::new(&life);
    world.play(&Step::Checkout(checkout("month")));
    let mut later = world.clone();
    later.play(&Step::Advance { days: 28 });
    assert_eq!(later.docs[1].sum().tax, 65);

    world.play(&Step::Advance { days: 10 });
    change(&mut world, "year");
    assert_eq!(world.docs[1].sum().tax, 102);
    let rest = (0, 354, world.docs[0].lines[0].period);
    world.credit(0, &[rest]);
    assert_eq!(world.docs[3].sum().tax, 56);
    assert!(world.docs[0].is_cancelled);
}

#[test]
fn without_renewal_a_term_is_the_last() {
    let once = |offer: &mut super::model::Offer| offer.auto_renew = offer.id != "month";
    let mut world = month(vec![path("month", "year", Transition::EndOfTerm)], once);
    assert_eq!(world.next_booking(0), None);
    let mut changed = world.clone();
    world.play(&Step::Advance { days: 18 });
    assert_eq!((world.subs[0].is_active(), world.docs.len()), (false, 1));
    change(&mut changed, "year");
    changed.play(&Step::Advance { days: 18 });
    assert_eq!(changed.subs[0].successor, Some(1));
}

#[test]
fn a_bridge_is_paid_with_the_first_booking() {
    let moment = Transition::ImmediateNextBooking;
    let dearer = Path { by_day: true, may_switch: true, ..adding("archive", "month", moment) };
    let mut replaced = customer_of("archive", vec![dearer], 10);
    let mut added = replaced.clone();
    for (world, mode) in [(&mut replaced, Mode::Replace), (&mut added, Mode::Add)] {
        let mut ask = checkout("month");
        ask.mode = Some(mode);
        world.play(&Step::Checkout(ask));
        world.play(&Step::Advance { days: 18 });
    }
    assert_eq!(lines(&replaced)[1], "month Bridge 2026-02-10/2026-02-28 3.79 EUR");
    assert_eq!(lines(&added)[2], "month Bridge 2026-02-10/2026-02-28 6.36 EUR");
}

#[test]
fn a_refusal_names_the_first_reason_and_a_new_purchase_needs_none() {
    let expired = "2026-02-01".parse().ok();
    let paths = vec![
        Path { valid_until: expired, ..path("month", "year", Transition::Immediate) },
        path("archive", "year-m", Transition::Immediate),
    ];
    let world = customer_of("month", paths, 10);
    let (status, body) = opened(&world, "year");
    assert_eq!((status, &body["mode"]), (201, &json!("new")));
    assert_eq!(body["considered"][0]["reason"], "path-expired");
    assert_eq!(opened(&world, "month").0, 409);
    assert_eq!(opened(&world, "year-m").1["considered"], json!([]));
    let mut ask = checkout("year");
    ask.pin_path = Some("month-to-year".into());
    assert_eq!(world.open(&ask).0.code, Some("change-not-possible"));
}

#[test]
fn what_keeps_the_billing_date_is_paid_for_the_rest_and_booked_in_step() {
    let keeping = |source: &str, target: &str| Path {
        by_day: true,
        keeps_date: true,
        ..path(source, target, Transition::Immediate)
    };
    let aside = Path { is_optional: true, ..keeping("month", "archive") };
    let paths = vec![keeping("month", "year-m"), aside, keeping("month", "year")];
    let mut world = customer_of("month", paths, 10);
    let (status, body) = opened(&world, "year");
    assert_eq!((status, &body["considered"][0]["reason"]), (409, &json!("billing-period-differs")));
    assert_eq!(change(&mut world, "archive")["amount_due"], "2.57 EUR");
    // 18 of 28 days: 5.72 of 8.90, less 6.36 of 9.90.
    assert_eq!(change(&mut world, "year-m")["amount_due"], "0.00 EUR");
    assert_eq!(world.balance("ada", "EUR"), 64);
    let term = world.subs[2].term;
    assert_eq!(
        (term.start.to_string(), term.end.to_string()),
        ("2026-01-31".into(), "2027-01-31".into())
    );
    world.play(&Step::Advance { days: 18 });
    let expected = [
        "archive Period 2026-02-10/2026-02-28 2.57 EUR",
        "month Credit 2026-02-10/2026-02-28 6.36 EUR",
        "year-m Period 2026-02-10/2026-02-28 5.72 EUR",
        "archive Period 2026-02-28/2026-03-31 4.00 EUR",
        "year-m Period 2026-02-28/2026-03-31 8.90 EUR",
    ];
    assert_eq!(lines(&world)[1..], expected);
}
