//! The runner itself: what it refuses to read, and that it sees differences.

use super::*;

const CATALOGUE: &str = r#"
title: A month
start: 2026-01-31
products:
  paper: {title: The Paper, kind: digital}
offers:
  - id: month
    title: Month
    products: [paper]
    price: {amount: "9.90", currency: EUR}
    billing_period: P1M
"#;

async fn went(steps: &str) -> Result<(), String> {
    let script = read(&format!("{CATALOGUE}{steps}")).map_err(|trouble| trouble.to_string())?;
    play(&script).await.map_err(|trouble| trouble.to_string())
}

#[tokio::test]
async fn what_is_expected_and_comes_passes() {
    let steps = r#"
steps:
  - checkout: {customer: ada, offer: month}
    expect:
      mode: new
      due: "9.90"
      documents:
        - kind: invoice
          gross: 9.9
          due: 9.90 EUR
          lines: [{offer: month, period: 2026-01-31..2026-02-28}]
      subscriptions: [{offer: month, status: active, next_booking_on: 2026-02-28, ended_on: null}]
  - advance: 2026-02-28
    expect: {documents: [{gross: "9.90", owed: "9.90"}], run: {booked: 1}}
  - pay: {invoice: last}
    expect: {invoices: [{number: 2, status: paid}]}
  - pay: {invoice: 2}
    expect: {rejected: already-paid}
"#;
    assert_eq!(went(steps).await, Ok(()));
}

#[tokio::test]
async fn the_first_difference_is_told_with_its_step() {
    let table = [
        ("{due: \"9.80\"}", "step 1, checkout: due\n      expected 9.80\n      got      9.90 EUR"),
        ("{due: 9.90 USD}", "expected 9.90 USD"),
        ("{documents: []}", "documents, as shown\n      expected []"),
        ("{rejected: change-not-possible}", "got      it was done"),
        ("{subscriptions: []}", "subscriptions\n      expected nothing more"),
        ("{subscriptions: [{offer: month, anchor_day: 30}]}", "subscriptions/0/anchor_day"),
        ("{subscriptions: [{offer: year}]}", "subscriptions/0\n"),
        ("{balance: \"1\"}", "expected 1\n      got      0"),
        ("{text: hello}", "got      nothing"),
    ];
    for (expect, told) in table {
        let steps = format!(
            "\nsteps:\n  - checkout: {{customer: ada, offer: month}}\n    expect: {expect}\n"
        );
        let said = went(&steps).await.unwrap_err();
        assert!(said.contains(told), "{expect}: {said}");
    }
    let refused = "\nsteps:\n  - checkout: {customer: ada, offer: month, pay: false}\n";
    let said = went(refused).await.unwrap_err();
    assert!(said.contains("expected no refusal\n      got      payment-required"), "{said}");
}

#[tokio::test]
async fn what_nobody_would_look_at_is_refused_with_its_place() {
    let table = [
        ("stepps: []", "unknown field `stepps`"),
        ("steps: [{chekout: {}}]", "steps[0]: unknown field `chekout`"),
        ("steps: [{checkout: {customer: a, ofer: b}}]", "steps[0].checkout: unknown field `ofer`"),
        ("steps: [{pay: {invoice: 1}, bill: {}}]", "steps[0]: does pay, bill at once"),
        ("steps: [{expect: {duee: 1}}]", "steps[0].expect.duee: unknown key: did you mean `due`?"),
        (
            "steps: [{expect: {documents: [{lines: [{gros: 1}]}]}}]",
            "steps[0].expect.documents[0].lines[0].gros: unknown key: did you mean `gross`?",
        ),
        ("steps: [{upsell: acept}]", "look, ask, accept or decline"),
        ("steps: [{order: {}, cart: {}}]", "steps[0]: does cart, order at once"),
        (
            "steps: [{upsell: ask, expect: {offer: {campain: x}}}]",
            "steps[0].expect.offer.campain: unknown key: did you mean `campaign`?",
        ),
        (
            "steps: [{cart: {}, expect: {promotions: [{upsells: [{mesage: x}]}]}}]",
            "steps[0].expect.promotions[0].upsells[0].mesage: unknown key: did you mean `message`?",
        ),
        ("steps: [{upsell: ask}]", "an order that was placed before"),
        ("steps: [{expect: {run: {bookd: 1}}}]", "steps[0].expect.run.bookd"),
        ("steps: [{expect: {changes: pending}}]", "steps[0].expect.changes: must be a list"),
        ("steps: [{on: soon}]", "a calendar date"),
    ];
    for (steps, told) in table {
        let said = went(&format!("\n{steps}\n")).await.unwrap_err();
        assert!(said.contains(told), "{steps}: {said}");
    }
}
