//! Money as a merchant sees it: a bank's statement that is booked, what is overdue, a document that
//! is no electronic invoice yet, and a price that running subscriptions will pay.

use serde_json::json;

use super::{Page, journey};
use crate::world::{World, complete};

#[test]
fn a_bank_statement_is_looked_at_and_booked() {
    journey(async |page: &Page, world: &World| {
        world.catalogue().await;
        world.put("/v1/settings", json!({"purchase_on_account": true})).await.expect(200);
        for customer in ["ada", "bob"] {
            let opened = world.open(customer, "month").await;
            world.post(&complete(&opened), json!({})).await.expect(200);
        }
        world.advance("2026-02-20").await;
        page.sign_in().await;
        page.open("/backend/invoices").await;
        assert_eq!(page.count("section[aria-labelledby=overdue] tbody tr").await, 1);
        page.is_fine("invoices-overdue").await;
        page.go("tbody th a").await;
        page.client.execute("document.querySelector('details').open = true", vec![]).await.unwrap();
        page.is_fine("invoice-lacking").await;
        page.open("/backend/payments").await;
        page.go(".head .button").await;
        page.is_fine("bank").await;
        page.without_scripts(true).await;
        let statement = "date,amount,text\n2026-02-20,9.90,Invoice 1\n2026-02-20,1.00,bob";
        page.fill("#f-statement", statement).await;
        page.go("main button[type=submit]").await;
        page.without_scripts(false).await;
        assert_eq!(page.count("input[name=book]").await, 2);
        assert_eq!(page.count("input[name=book]:checked").await, 1);
        page.is_fine("bank-lines").await;
        page.go("main button[type=submit]").await;
        assert_eq!(page.text("[role=status]").await, "1 line is booked.");
        page.is_fine("bank-booked").await;
        page.open("/backend/payments").await;
        assert_eq!(page.count("tbody tr").await, 1);
        page.is_fine("payments").await;
    });
}

#[test]
fn a_price_is_looked_at_decided_and_taken_back() {
    journey(async |page: &Page, world: &World| {
        world.catalogue().await;
        world.buy("ada", "month").await;
        page.sign_in().await;
        page.open("/backend/offers/month/prices").await;
        page.is_fine("prices").await;
        let day = "document.querySelector('#f-effective_from').value = '2026-03-01'";
        page.client.execute(day, Vec::new()).await.unwrap();
        page.fill("#f-price", "10.90").await;
        page.go("main form button[type=submit]:not([formaction])").await;
        assert!(page.text("main").await.contains("€10.90 per month"));
        page.is_fine("prices-looked").await;
        page.go("main form button[formaction]").await;
        assert_eq!(page.count("section[aria-labelledby=decided] tbody tr").await, 1);
        page.is_fine("prices-decided").await;
        page.go("section[aria-labelledby=decided] tbody td a").await;
        page.is_fine("price-withdraw").await;
        page.go("main form button[type=submit]").await;
        assert!(page.text("section[aria-labelledby=decided]").await.contains("withdrawn"));
    });
}
