//! A form that is saved as it came changes nothing: no field gets lost on the way through a page.

use serde_json::{Value, json};

use super::book::furnished;
use super::forms::forms;
use crate::api::backend::Visitor;
use crate::support::both_books;
use crate::world::{ADMIN_KEY, World, eur};

both_books! {
    a_form_that_is_saved_untouched_changes_nothing,
}

/// What was defined with every field that there is.
async fn define(world: &World) {
    let tax = json!({"title": "T", "rates": [
        {"rate": "7.0", "valid_from": "2020-01-01"}, {"rate": "19.55", "valid_from": "2026-07-01"},
    ]});
    let offer = json!({
        "title": "All", "products": ["paper", "spare"], "price": eur("1234.56"),
        "billing_period": "P2W", "term": "P6W", "renewal_term": "P4W", "auto_renew": false,
        "trial": "P10D", "introduction": "always",
        "steps": [{"price": eur("1.50"), "periods": 3}, {"price": eur("2.00"), "periods": 1}],
        "notice": "P3M",
        "tags": ["month", "free"], "tax": "spare", "tax_included": false, "requires_parent": true,
        "active": false, "summary": "A\n\nb", "legal_advice": " L\nM ",
        "texts": {"de": {"title": "Alles"}, "en-GB": {"summary": "x\ny", "legal_advice": "z"}},
    });
    let path = json!({
        "internal_title": "All", "internal_description": "a\nb\n\n\tc ",
            "title": "{offerTitle} \u{202e}<b>\"'",
        "description": "\n\nFirst\n\n {nextPayment} \n", "source_tags": ["month", "year"],
        "target_tags": ["free"], "optional": true, "customer_may_switch": true,
        "transition": "immediate", "proration": "day", "billing_date": "keep", "introduction": true,
        "unpaid_source": "allow", "priority": -7, "active": false,
        "valid_from": "2026-01-01", "valid_until": "2030-12-31",
        "texts": {"de": {"description": "\nZwei\n {nextPayment} "}},
    });
    let product = json!({
        "title": "S", "kind": "physical", "texts": {"de": {"title": "D"}},
    });
    let settings = json!({
        "time_zone": "Asia/Tokyo", "locale": "de-AT", "currency": "CHF",
        "seller": {
            "name": "N", "address": "A\nB", "vat_id": "V", "tax_number": "T",
            "postal_address": {"line1": "1", "line2": "2", "postal_code": "P", "city": "C",
                "region": "R", "country": "AT"},
            "contact": {"name": "S", "phone": "+49 1", "email": "s@a.example"},
            "bank": {"iban": "DE89370400440532013000", "bic": "COBADEFFXXX", "holder": "H"},
        },
        "payment_days": 31,
        "dunning": [{"after_days": 3, "action": "remind"}, {"after_days": 30, "action": "end"}],
        "purchase_on_account": true, "checkout_minutes": 61, "checkout_days": 31,
        "upsell_minutes": 31,
        "message_gap_hours": 24,
        "messages_by_consent": true,
        "return_origins": ["https://a.example", "https://b.example"],
        "links": {"terms": "https://a.example/agb", "privacy": "https://a.example/p?a=b"},
        "logo": "https://a.example/l.svg", "color": "#0b57d0",
        "portal": {"cancel": false, "withdraw": true, "documents": false},
    });
    let profile = json!({
        "email": "a@b.example", "name": "Ada", "address": "x\ny", "locale": "de", "group": "press",
        "country": "DE", "vat_id": "FR1", "reference": "R 1",
        "postal_address": {"line1": "1", "line2": "2", "postal_code": "P", "city": "C",
            "region": "R", "country": "AT"},
    });
    let exempt = json!({"rates": [{"rate": "0", "valid_from": "2020-01-01"}],
        "exemption": {"kind": "exempt", "reason": "By law"}});
    world.put("/v1/taxes/exempt", exempt).await.expect(201);
    world.put("/v1/taxes/spare", tax).await.expect(200);
    world.put("/v1/products/spare", product).await.expect(200);
    world.put("/v1/offers/spare", offer).await.expect(200);
    world.put("/v1/paths/spare", path).await.expect(200);
    world.put("/v1/customers/ada", profile).await.expect(200);
    world.put("/v1/settings", settings).await.expect(200);
}

async fn a_form_that_is_saved_untouched_changes_nothing(url: String) {
    let (world, _) = furnished(&url, "Title").await;
    define(&world).await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    for (page, stored) in [
        ("taxes/spare", "taxes/spare"),
        ("taxes/exempt", "taxes/exempt"),
        ("products/spare", "products/spare"),
        ("tags/spare", "tags/spare"),
        ("offers/spare", "offers/spare"),
        ("paths/spare", "paths/spare"),
        ("settings", "settings"),
        ("customers/ada/edit", "customers/ada"),
    ] {
        let stored = format!("/v1/{stored}");
        let before = lasting(world.get(&stored).await.expect(200));
        let action = format!("/backend/{page}");
        let html = visitor.get(&action).await.text;
        let form = forms(&html).into_iter().find(|form| form.is_post && form.action == action);
        let form = form.unwrap_or_else(|| panic!("{page}: {html}"));
        // As browsers send line breaks.
        let sent = form.sent(|_| None).replace("%0A", "%0D%0A");
        let saved = visitor.post(&action, &sent, &[]).await;
        assert_eq!(saved.status, 303, "{page}: {saved:?}");
        assert_eq!(lasting(world.get(&stored).await.expect(200)), before, "{page}");
    }
}

/// But for when it was.
fn lasting(mut stored: Value) -> Value {
    for passing in ["edited_at", "updated_at", "revision"] {
        stored.as_object_mut().unwrap().remove(passing);
    }
    stored
}
