//! The API from outside, on both databases: what each request answers, and who may send it.

pub(crate) mod backend;
mod billing_date;
mod cancelling;
mod catalogue;
mod checkout_coupons;
pub(crate) mod checkout_orders;
mod checkouts;
mod clock;
mod contracts;
mod coupons;
mod customers;
mod documents_page;
mod dunning;
mod einvoices;
mod extremes;
mod forms;
mod gifts;
mod held_rules;
mod holds;
mod hosted;
mod introductions;
mod money;
pub(crate) mod orders;
mod pages;
mod papers;
mod payments;
mod portal;
mod price_changes;
mod requests;
pub(crate) mod roles;
mod rule_bounds;
mod selection;
mod statements;
mod stock;
mod texts;
mod upsells;

use crossgrade::store::Store;
use serde_json::json;

use crate::support::both;
use crate::world::{World, complete, eur, paid};

both! {
    a_month_becomes_a_year_at_the_next_booking,
}
async fn a_month_becomes_a_year_at_the_next_booking(store: Store) {
    let world = World::new(store).await;
    let settings = json!({"time_zone": "Europe/Berlin", "locale": "en", "currency": "EUR"});
    world.put("/v1/settings", settings).await.expect(200);
    world.catalogue().await;
    let first = world.open("ada", "month").await;
    assert_eq!((&first["mode"], &first["amount_due"]), (&json!("new"), &eur("9.90")));
    world.post(&complete(&first), paid(&first)).await.expect(200);
    world.advance("2026-02-10").await;
    let seen = world.open("ada", "year").await;
    assert_eq!(seen["mode"], "replace");
    assert_eq!(seen["transition"], "next_booking");
    assert_eq!(seen["effective_on"], "2026-02-28");
    assert_eq!(seen["amount_due"], eur("0.00"));
    let text = "We will carry out the change at February 28, 2026.";
    assert_eq!(seen["confirmation"]["text"], text);
    let done = world.post(&complete(&seen), json!({})).await.expect(200);
    assert_eq!(done["status"], "completed");
    assert_eq!(done["result"]["subscription"], json!(null));
    let run = world.advance("2026-02-28").await;
    assert_eq!((&run["changes_applied"], &run["today"]), (&json!(1), &json!("2026-02-28")));
    let active = world.get("/v1/subscriptions?customer=ada&status=active").await.expect(200);
    assert_eq!(active["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(active["data"][0]["offer"], "year");
    let year = json!({"start": "2026-02-28", "end": "2027-02-28"});
    assert_eq!(active["data"][0]["current_period"], year);
    let invoices = world.get("/v1/invoices?customer=ada").await.expect(200);
    let gross = |at: usize| invoices["data"][at]["gross"]["amount"].clone();
    assert_eq!([gross(0), gross(1)], ["9.90", "99.00"]);
}
