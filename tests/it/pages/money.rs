//! Money that is written down by hand: a part of an invoice, a credit for a reason, and what came
//! in without an invoice.

use crossgrade::store::Store;
use serde_json::{Value, json};

use super::glance::{between, filled};
use crate::api::backend::Visitor;
use crate::support::both;
use crate::world::{ADMIN_KEY, Answer, World, complete};

both! {
    a_part_of_an_invoice_is_paid_and_the_rest_stays_open,
    a_line_is_credited_by_hand_for_a_reason_and_no_more_than_is_left_of_it,
    money_without_an_invoice_pays_what_is_due_and_the_rest_is_kept,
}

/// A merchant with a customer who owes 9.90, and the invoice.
async fn owing(store: Store) -> (World, Visitor, String) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.put("/v1/settings", json!({"purchase_on_account": true})).await.expect(200);
    world.put("/v1/customers/ada", json!({"name": "Ada"})).await.expect(201);
    let checkout = world.open("ada", "month").await;
    let done = world.post(&complete(&checkout), json!({})).await.expect(200);
    let invoice = done["result"]["invoices"][0].as_str().unwrap().to_owned();
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    (world, visitor, invoice)
}

async fn fill(visitor: &Visitor, page: &str, with: &[(&str, &str)]) -> Answer {
    filled(visitor, page, page, with).await
}

async fn balance(world: &World) -> Value {
    world.get("/v1/customers/ada").await.expect(200)["credit_balance"].clone()
}

async fn a_part_of_an_invoice_is_paid_and_the_rest_stays_open(store: Store) {
    let (world, visitor, invoice) = owing(store).await;
    let page = format!("/backend/invoices/{invoice}/pay");
    let shown = visitor.get(&page).await.text;
    assert!(shown.contains("value=\"9.90\""), "all of it stands there: {shown}");
    let part = [("/reference", "bank-1"), ("/amount/amount", "4.00")];
    let paid = fill(&visitor, &page, &part).await;
    assert_eq!(paid.status, 303, "{paid:?}");
    let stored = world.get(&format!("/v1/invoices/{invoice}")).await.expect(200);
    assert_eq!(stored["amount_due"]["amount"], "5.90");
    assert_eq!(stored["status"], "open");
    let more = [("/reference", "bank-2"), ("/amount/amount", "6.00")];
    let asked = fill(&visitor, &page, &more).await;
    assert_eq!(asked.status, 422, "{asked:?}");
    assert!(asked.text.contains("ore than is due, 5.90 EUR"), "{asked:?}");
    let kept = [&more[..], &[("/surplus", "balance")]].concat();
    let paid = fill(&visitor, &page, &kept).await;
    assert_eq!(paid.status, 303, "{paid:?}");
    let stored = world.get(&format!("/v1/invoices/{invoice}")).await.expect(200);
    assert_eq!(stored["status"], "paid");
    assert_eq!(balance(&world).await, json!([{"amount": "0.10", "currency": "EUR"}]));
}

async fn a_line_is_credited_by_hand_for_a_reason_and_no_more_than_is_left_of_it(store: Store) {
    let (world, visitor, invoice) = owing(store).await;
    let pay = format!("/v1/invoices/{invoice}/pay");
    world.post(&pay, json!({"reference": "bank-1"})).await.expect(200);
    let page = format!("/backend/invoices/{invoice}/credit");
    let document = visitor.get(&format!("/backend/invoices/{invoice}")).await.text;
    assert!(document.contains(&format!("href=\"{page}\"")), "{document}");
    let facts = between(&visitor.get(&page).await.text, "<dl class=\"facts\">", "</dl>");
    assert!(facts.contains("Customer Ada") && facts.contains("Left to be credited €9.90"));
    let nothing = fill(&visitor, &page, &[("/reason", "")]).await;
    assert_eq!(nothing.status, 422, "{nothing:?}");
    let nowhere = [("/reason", "Late"), ("/gross/amount", "2.00")];
    let asked = fill(&visitor, &page, &nowhere).await;
    assert!(asked.text.contains("Pick the line that the amount is for."), "{asked:?}");
    let part = [("/reason", "Late"), ("/line", "0"), ("/gross/amount", "2.00")];
    let credited = fill(&visitor, &page, &part).await;
    assert_eq!(credited.status, 303, "{credited:?}");
    assert_eq!(balance(&world).await, json!([{"amount": "2.00", "currency": "EUR"}]));
    let much = [("/reason", "Late"), ("/line", "0"), ("/gross/amount", "7.91")];
    let asked = fill(&visitor, &page, &much).await;
    assert_eq!(asked.status, 422, "{asked:?}");
    assert!(asked.text.contains("at most what is left, 7.90 EUR"), "{asked:?}");
    let rest = fill(&visitor, &page, &[("/reason", "Never came")]).await;
    assert_eq!(rest.status, 303, "{rest:?}");
    assert_eq!(balance(&world).await, json!([{"amount": "9.90", "currency": "EUR"}]));
    let document = visitor.get(&format!("/backend/invoices/{invoice}")).await.text;
    assert!(!document.contains(&format!("href=\"{page}\"")), "nothing is left: {document}");
}

async fn money_without_an_invoice_pays_what_is_due_and_the_rest_is_kept(store: Store) {
    let (world, visitor, invoice) = owing(store).await;
    let page = "/backend/customers/ada/payment";
    let customer = visitor.get("/backend/customers/ada").await.text;
    assert!(customer.contains(&format!("href=\"{page}\"")), "{customer}");
    let facts = between(&visitor.get(page).await.text, "<dl class=\"facts\">", "</dl>");
    assert!(facts.contains("Open invoices Invoice 1: €9.90"), "{facts}");
    let none = fill(&visitor, page, &[("/reference", "in-1"), ("/amount/amount", "0")]).await;
    assert_eq!(none.status, 422, "{none:?}");
    let sent = [("/reference", "in-1"), ("/amount/amount", "12.00")];
    let done = fill(&visitor, page, &sent).await;
    assert_eq!(done.status, 303, "{done:?}");
    let stored = world.get(&format!("/v1/invoices/{invoice}")).await.expect(200);
    assert_eq!(stored["status"], "paid");
    assert_eq!(balance(&world).await, json!([{"amount": "2.10", "currency": "EUR"}]));
}
