//! The published schemas against bodies as merchants send them.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::*;
use crate::edge::schema::BodySchema;
use crate::rules::definitions::customers::CustomerDraft;
use crate::rules::definitions::merchants::SettingsDraft;
use crate::rules::definitions::offers::OfferDraft;
use crate::rules::definitions::paths::PathDraft;
use crate::rules::definitions::taxes::TaxDraft;

/// The faults of a body, as `pointer detail` lines; "fits" when serde takes it as well.
fn judge<T: ToSchema + DeserializeOwned + 'static>(body: Value) -> String {
    let faults = BodySchema::of_body::<T>().unwrap().faults(&body);
    if faults.is_empty() {
        serde_json::from_value::<T>(body).map(|_| ()).unwrap();
        return "fits".to_owned();
    }
    let lines = faults.iter().map(|fault| format!("{} {}", fault.pointer, fault.detail));
    lines.collect::<Vec<_>>().join("\n")
}

fn offer(changes: Value) -> Value {
    let mut offer = json!({
        "title": "Month", "products": ["paper"], "billing_period": "P1M",
        "price": {"amount": "9.90", "currency": "EUR"},
    });
    merge(&mut offer, changes);
    offer
}

fn path(changes: Value) -> Value {
    let mut path = json!({
        "internal_title": "Month to year", "title": "Change to {offerTitle}", "description": "",
        "source_tags": ["month"], "target_tags": ["year"], "transition": "next_booking",
    });
    merge(&mut path, changes);
    path
}

fn merge(to: &mut Value, from: Value) {
    if let Value::Object(members) = from {
        members.into_iter().for_each(|(name, value)| to[name] = value);
    }
}

#[test]
fn offers_say_what_is_wrong_with_them() {
    let period = "an ISO 8601 period of 1 to 100 days, weeks, months or years such as \"P1M\"";
    let id = "an id of 1 to 128 of the characters A-Z a-z 0-9 . _ : - such as \"month\"";
    let amount = "/price/amount must be a decimal amount in a string such as \"9.90\"";
    let table = [
        (json!({}), "fits".to_owned()),
        (json!({"term": null, "tags": ["a", "b"], "active": false}), "fits".to_owned()),
        (json!({"billing_period": "P100Y"}), "fits".to_owned()),
        (json!({"billing_period": "P101D"}), format!("/billing_period must be {period}")),
        (json!({"billing_period": "P1M2D"}), format!("/billing_period must be {period}")),
        (json!({"term": "1 year"}), format!("/term must be {period}")),
        (
            json!({"title": " "}),
            "/title must be a text that is not blank such as \"The Paper\"".to_owned(),
        ),
        (
            json!({"title": "x".repeat(10_001)}),
            "/title must have at most 10000 characters".to_owned(),
        ),
        (json!({"products": []}), "/products must not be empty".to_owned()),
        (json!({"products": ["a b"]}), format!("/products/0 must be {id}")),
        (json!({"tax": ""}), format!("/tax must be {id}")),
        (json!({"price": {"amount": 9.9, "currency": "EUR"}}), amount.to_owned()),
        (json!({"price": {"amount": "9,90", "currency": "EUR"}}), amount.to_owned()),
        (json!({"price": {"amount": "09.90", "currency": "EUR"}}), amount.to_owned()),
        (
            json!({"price": {"amount": "9.90", "currency": "eur"}}),
            "/price/currency must be an ISO 4217 currency code such as \"EUR\"".to_owned(),
        ),
        (
            json!({"billing_peroid": "P1M"}),
            "/billing_peroid unknown field `billing_peroid`: did you mean `billing_period`?"
                .to_owned(),
        ),
    ];
    for (changes, expected) in table {
        assert_eq!(judge::<OfferDraft>(offer(changes.clone())), expected, "{changes}");
    }
}

#[test]
fn paths_say_what_is_wrong_with_them() {
    let transitions = "/transition must be one of `immediate`, `immediate_next_booking`, \
                       `last_booking`, `next_booking`, `end_of_term`";
    let table = [
        (json!({}), "fits"),
        (json!({"proration": "day", "unpaid_source": "allow", "priority": -3}), "fits"),
        (json!({"billing_date": "keep"}), "fits"),
        (json!({"billing_date": "kept"}), "/billing_date must be one of `reset`, `keep`"),
        (json!({"source_tags": []}), "/source_tags must not be empty"),
        (json!({"transition": "later"}), transitions),
        (
            json!({"valid_from": "2026-02-30"}),
            "/valid_from must be a calendar date such as \"2026-02-28\"",
        ),
        (
            json!({"valid_from": "28.2.2026"}),
            "/valid_from must be a calendar date such as \"2026-02-28\"",
        ),
        (json!({"optional": "yes"}), "/optional must be true or false"),
        (json!({"priority": 1.5}), "/priority must be a whole number"),
        (json!({"priority": 3_000_000_000_i64}), "/priority must be at most 1000000"),
    ];
    for (changes, expected) in table {
        assert_eq!(judge::<PathDraft>(path(changes.clone())), expected, "{changes}");
    }
}

#[test]
fn defaults_are_those_of_the_contract() {
    let settings: SettingsDraft = serde_json::from_value(json!({})).unwrap();
    assert_eq!(settings, SettingsDraft::default());
    assert_eq!(judge::<SettingsDraft>(json!({"locale": "de"})), "fits");
    assert_eq!(judge::<CustomerDraft>(json!({})), "fits");
    assert_eq!(judge::<checkouts::CompleteBody>(json!({})), "fits");
    assert_eq!(judge::<subscriptions::CancelBody>(json!({})), "fits");
    assert_eq!(judge::<billing::NewBillingRun>(json!({})), "fits");
    let run: billing::NewBillingRun = serde_json::from_value(json!({})).unwrap();
    assert!(run.wait);
    let offer: OfferDraft = serde_json::from_value(offer(json!({}))).unwrap();
    assert!(offer.auto_renew && offer.tax_included && offer.active && !offer.requires_parent);
}

#[test]
fn small_bodies_are_judged_alike() {
    let zone = json!({"time_zone": "Berlin time"});
    assert!(judge::<SettingsDraft>(zone).starts_with("/time_zone must be an IANA time zone"));
    let rate = json!({"rates": [{"rate": "100.5", "valid_from": "2026-01-01"}]});
    assert!(judge::<TaxDraft>(rate).starts_with("/rates/0/rate must be a percentage"));
    for to in ["2026-02-28", "2026-02-28T12:00:00Z", "2026-02-28T12:00:00.5+01:00"] {
        assert_eq!(judge::<test_clock::AdvanceBody>(json!({"to": to})), "fits", "{to}");
    }
    assert!(judge::<test_clock::AdvanceBody>(json!({"to": "soon"})).starts_with("/to must be a"));
    let payment = json!({"payment": {"reference": "", "amount": {"amount": "1"}}});
    let expected = "/payment/amount/currency is missing\n\
                    /payment/reference must be a reference of 1 to 255 characters such \
                    as \"psp-1\"";
    assert_eq!(judge::<checkouts::CompleteBody>(payment), expected);
    let checkout = json!({"customer": "ada", "offer": "year", "metadata": {"cart": {"n": 1}}});
    assert_eq!(judge::<checkouts::NewCheckout>(checkout), "fits");
    let ftp = json!({"customer": "ada", "offer": "year", "return_url": "javascript:alert(1)"});
    assert!(judge::<checkouts::NewCheckout>(ftp).starts_with("/return_url must be an absolute"));
    assert_eq!(judge::<keys::NewKey>(json!({"role": "root"})).matches('`').count(), 10);
    let came = json!({"customer": "ada", "offer": "m", "started_on": "2026-01-31",
        "brought_over": {"gross": {"amount": "9.90", "currency": "EUR"}, "paid": "yes"}});
    assert_eq!(
        judge::<subscriptions::NewSubscription>(came),
        "/brought_over/paid must be true or false"
    );
}

#[test]
fn every_filter_compiles() {
    fn compiles<F: IntoParams + 'static>() {
        assert!(BodySchema::of_query::<F>().unwrap().faults(&json!({})).is_empty());
    }
    compiles::<changes::ChangeFilter>();
    compiles::<checkouts::CheckoutFilter>();
    compiles::<documents::CreditNoteFilter>();
    compiles::<documents::InvoiceFilter>();
    compiles::<events::EventFilter>();
    compiles::<payments::PaymentFilter>();
    compiles::<subscriptions::SubscriptionFilter>();
}
