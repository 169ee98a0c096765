//! Documents as electronic invoices: what they need of the settings and of customers, and what is
//! told where that is missing. That they are what EN 16931 asks for is judged by others' validators
//! (`.ci/einvoices`), for every document of the scenario files.

use std::collections::BTreeMap;

use crossgrade::domain::document::Document;
use crossgrade::domain::ids::MerchantId;
use crossgrade::domain::money::Money;
use crossgrade::domain::party::{BankAccount, Contact, Party, PostalAddress};
use crossgrade::render::einvoice::{EinvoiceContext, einvoice};
use crossgrade::render::words::Language;
use crossgrade::store::documents::{self, DocumentFilter};
use crossgrade::store::{Page, Store};
use serde_json::{Value, json};

use crate::scenarios;
use crate::support::both;
use crate::world::{World, complete, offer_of, paid_with};

both! {
    an_invoice_is_electronic_once_everything_is_known,
    an_electronic_invoice_does_not_ask_again_for_what_was_paid_with_it,
    what_an_electronic_invoice_lacks_is_named,
    why_there_is_no_tax_stands_on_paper_and_in_the_file,
}

fn seller() -> Value {
    json!({
        "name": "The Daily", "vat_id": "DE123456789",
        "postal_address": {"line1": "1 Row", "postal_code": "10969", "city": "Berlin",
            "country": "DE"},
        "contact": {"name": "Service", "phone": "+49 30 123", "email": "service@daily.example"},
        "bank": {"iban": "DE89 3704 0044 0532 0130 00", "bic": "COBADEFFXXX"},
    })
}

fn customer() -> Value {
    json!({
        "name": "Ada", "email": "ada@example.org", "country": "FR", "vat_id": "FR12345678901",
        "reference": "04011000-1234512345-06",
        "postal_address": {"line1": "2 Rue", "postal_code": "75001", "city": "Paris"},
    })
}

async fn merchant(store: Store, seller: Value) -> World {
    let world = World::new(store).await;
    let settings = json!({"time_zone": "Europe/Berlin", "purchase_on_account": true,
        "seller": seller});
    world.put("/v1/settings", settings).await.expect(200);
    world.catalogue().await;
    world
}

async fn owe(world: &World, customer: &str) -> Value {
    let opened = world.open(customer, "month").await;
    let done = world.post(&complete(&opened), json!({})).await.expect(200);
    let invoice = done["result"]["invoices"][0].as_str().unwrap().to_owned();
    world.get(&format!("/v1/invoices/{invoice}")).await.expect(200)
}

fn path(document: &Value, end: &str) -> String {
    let url = document["url"].as_str().unwrap();
    format!("{}{end}", url.strip_prefix("http://localhost:8080").unwrap())
}

async fn an_invoice_is_electronic_once_everything_is_known(store: Store) {
    let world = merchant(store, seller()).await;
    world.put("/v1/customers/ada", customer()).await.expect(201);
    let ada = world.get("/v1/customers/ada").await.expect(200);
    assert_eq!(ada["postal_address"]["country"], "FR", "{ada}");
    let invoice = owe(&world, "ada").await;
    assert_eq!(invoice["seller"]["bank"]["iban"], "DE89370400440532013000");
    assert_eq!(invoice["buyer"]["reference"], "04011000-1234512345-06");
    let id = invoice["id"].as_str().unwrap();
    let file = world.get(&format!("/v1/invoices/{id}/xml")).await;
    assert_eq!((file.status, file.header("content-type")), (200, "text/xml; charset=utf-8"));
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"invoice-1.xml\"");
    for part in [
        "<cbc:ID>1</cbc:ID>",
        "<cbc:BuyerReference>04011000-1234512345-06</cbc:BuyerReference>",
        "<cbc:PayableAmount currencyID=\"EUR\">9.90</cbc:PayableAmount>",
        "<cbc:CompanyID>FR12345678901</cbc:CompanyID>",
    ] {
        assert!(file.text.contains(part), "{part} in {}", file.text);
    }
    // Whoever knows the page's address has the file, too, and the page leads there.
    let stranger = world.with_key("");
    let page = stranger.get(&path(&invoice, "")).await;
    assert!(page.text.contains(&path(&invoice, "/xml")), "{}", page.text);
    assert!(page.text.contains("DE89370400440532013000"), "{}", page.text);
    let same = stranger.get(&path(&invoice, "/xml")).await;
    assert_eq!((same.status, &same.text), (200, &file.text));
    // What is credited later changes nothing of it; the credit note is a file of its own.
    let note = world.post(&format!("/v1/invoices/{id}/credit"), json!({"reason": "late"})).await;
    let note = note.expect(201)["id"].as_str().unwrap().to_owned();
    let again = world.get(&format!("/v1/invoices/{id}/xml")).await;
    assert_eq!(again.text, file.text);
    let note = world.get(&format!("/v1/credit-notes/{note}/xml")).await;
    assert!(note.text.contains("<cbc:Note>late</cbc:Note>"), "{}", note.text);
    // The customer moves, and the document stays.
    world.put("/v1/customers/ada", json!({"name": "Bob"})).await.expect(200);
    assert_eq!(world.get(&format!("/v1/invoices/{id}/xml")).await.text, file.text);
}

async fn an_electronic_invoice_does_not_ask_again_for_what_was_paid_with_it(store: Store) {
    let world = merchant(store, seller()).await;
    world.put("/v1/customers/ada", customer()).await.expect(201);
    let bought = world.buy("ada", "month").await;
    let id = bought["result"]["invoices"][0].as_str().unwrap().to_owned();
    let file = world.get(&format!("/v1/invoices/{id}/xml")).await;
    for part in [
        "<cbc:PrepaidAmount currencyID=\"EUR\">9.90</cbc:PrepaidAmount>",
        "<cbc:PayableAmount currencyID=\"EUR\">0.00</cbc:PayableAmount>",
        "<cbc:PaymentMeansCode>1</cbc:PaymentMeansCode>",
    ] {
        assert!(file.text.contains(part), "{part} in {}", file.text);
    }
    assert!(!file.text.contains("cbc:DueDate"), "{}", file.text);
    // It says what was issued: not what bounced, nor what was paid since.
    let reference = paid_with(&world, &id).await;
    let bounced = json!({"reference": reference, "reason": "no funds"});
    world.post(&format!("/v1/invoices/{id}/unpay"), bounced).await.expect(200);
    assert_eq!(world.get(&format!("/v1/invoices/{id}/xml")).await.text, file.text);
    world.advance("2026-02-28").await;
    let booked = world.get("/v1/invoices?customer=ada").await.expect(200);
    let id = booked["data"][1]["id"].as_str().unwrap().to_owned();
    world.post(&format!("/v1/invoices/{id}/pay"), json!({"reference": "s"})).await.expect(200);
    let file = world.get(&format!("/v1/invoices/{id}/xml")).await;
    assert!(file.text.contains("cbc:DueDate"), "{}", file.text);
    assert!(!file.text.contains("cbc:PrepaidAmount"), "{}", file.text);
}

async fn what_an_electronic_invoice_lacks_is_named(store: Store) {
    let world = merchant(store, json!({"name": "The Daily"})).await;
    let invoice = owe(&world, "ada").await;
    let id = invoice["id"].as_str().unwrap();
    let refused = world.get(&format!("/v1/invoices/{id}/xml")).await;
    assert_eq!(refused.problem(409), "document-incomplete");
    let missing = refused.json["missing"].as_array().unwrap();
    let pointers: Vec<&str> = missing.iter().map(|it| it["pointer"].as_str().unwrap()).collect();
    for pointer in ["/seller/vat_id", "/seller/contact/phone", "/buyer/name", "/buyer/email"] {
        assert!(pointers.contains(&pointer), "{pointers:?}");
    }
    let stranger = world.with_key("");
    let page = stranger.get(&path(&invoice, "")).await;
    assert!(!page.text.contains("/xml"), "{}", page.text);
    assert_eq!(stranger.get(&path(&invoice, "/xml")).await.status, 404);
    for path in ["/v1/invoices/inv_none/xml", "/v1/credit-notes/crn_none/xml"] {
        assert_eq!(world.get(path).await.problem(404), "not-found");
    }
}

async fn why_there_is_no_tax_stands_on_paper_and_in_the_file(store: Store) {
    let world = merchant(store, seller()).await;
    world.put("/v1/customers/ada", customer()).await.expect(201);
    let tax = json!({"rates": [{"rate": "0", "valid_from": "2020-01-01"}],
        "exemption": {"kind": "reverse_charge", "reason": "Article 196"}});
    world.put("/v1/taxes/abroad", tax.clone()).await.expect(201);
    let stored = world.get("/v1/taxes/abroad").await.expect(200);
    assert_eq!(stored["exemption"], tax["exemption"]);
    let mut month = offer_of("month", "9.90", "P1M");
    month["tax"] = json!("abroad");
    world.put("/v1/offers/month", month).await.expect(200);
    let invoice = owe(&world, "ada").await;
    assert_eq!(invoice["lines"][0]["exemption"], tax["exemption"]);
    let id = invoice["id"].as_str().unwrap();
    let file = world.get(&format!("/v1/invoices/{id}/xml")).await;
    assert!(file.text.contains("<cbc:ID>AE</cbc:ID>"), "{}", file.text);
    let page = world.with_key("").get(&path(&invoice, "")).await;
    assert!(page.text.contains("Reverse charge"), "{}", page.text);
    assert!(page.text.contains("Article 196"), "{}", page.text);
    // A credit note says it, too, by the line that it credits.
    let note = world.post(&format!("/v1/invoices/{id}/credit"), json!({"reason": "late"})).await;
    let note = note.expect(201)["id"].as_str().unwrap().to_owned();
    let note = world.get(&format!("/v1/credit-notes/{note}/xml")).await;
    assert!(note.text.contains("Article 196"), "{}", note.text);
    // Where tax is charged there is no reason for none.
    let both = json!({"rates": [{"rate": "7.0", "valid_from": "2020-01-01"}],
        "exemption": {"kind": "exempt"}});
    assert_eq!(world.put("/v1/taxes/abroad", both).await.pointers(), ["/rates/0/rate"]);
}

/// Parties of whom everything is known.
fn parties() -> (Party, Party) {
    let said = |text: &str| Some(text.to_owned());
    let address = |city: &str, country: &str| PostalAddress {
        line1: said("1 Row"),
        postal_code: said("10969"),
        city: said(city),
        country: said(country),
        ..PostalAddress::default()
    };
    let seller = Party {
        name: said("The Daily"),
        vat_id: said("DE123456789"),
        postal_address: Some(address("Berlin", "DE")),
        contact: Some(Contact {
            name: said("Service"),
            phone: said("+49 30 123"),
            email: said("service@daily.example"),
        }),
        bank: Some(BankAccount {
            iban: "DE89370400440532013000".to_owned(),
            bic: None,
            holder: None,
        }),
        ..Party::default()
    };
    let buyer = Party {
        name: said("Ada"),
        email: said("ada@example.org"),
        vat_id: said("FR12345678901"),
        postal_address: Some(address("Paris", "FR")),
        ..Party::default()
    };
    (seller, buyer)
}

/// With `CROSSGRADE_TEST_EINVOICES=FOLDER` they are kept there, for others to judge.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_document_of_the_scenarios_is_an_electronic_invoice() {
    let keep = std::env::var_os("CROSSGRADE_TEST_EINVOICES").map(std::path::PathBuf::from);
    let (seller, buyer) = parties();
    let folder = tempfile::tempdir().unwrap();
    let (mut invoices, mut notes) = (0, 0);
    for (name, text) in scenarios::files() {
        let url = format!("sqlite:{}", folder.path().join(format!("{name}.db")).display());
        scenarios::went_in(&text, &url).await.unwrap();
        let store = Store::open(&url).await.unwrap();
        let mut tx = store.read().await.unwrap();
        let merchant = MerchantId::stored("default".to_owned());
        let (filter, page) = (DocumentFilter::default(), Page::first(1_000));
        let sold = documents::list_invoices(&mut tx, &merchant, &filter, &page).await.unwrap();
        let back = documents::list_credit_notes(&mut tx, &merchant, &filter, &page).await.unwrap();
        drop(tx);
        let sold = sold.into_iter().map(|it| Document::Invoice(it.invoice));
        let back = back.into_iter().map(|it| Document::CreditNote(it.note));
        let found: Vec<Document> = sold.chain(back).collect();
        store.close().await;
        let numbers: BTreeMap<_, _> = found
            .iter()
            .filter_map(|document| match document {
                Document::Invoice(it) => Some((it.id.clone(), (it.number, it.issued_on))),
                Document::CreditNote(_) => None,
            })
            .collect();
        for document in found {
            let (kind, number, currency, prepaid, gross) = match &document {
                Document::Invoice(it) => {
                    let payable = it.totals().gross - it.credit_applied;
                    // As if all of it had been paid by the checkout.
                    let prepaid = it.paid.min(payable).max(0);
                    ("invoice", it.number, it.currency, prepaid, payable - prepaid)
                }
                Document::CreditNote(it) => {
                    ("credit-note", it.number, it.currency, 0, it.totals().gross)
                }
            };
            let credited = match &document {
                Document::CreditNote(note) => {
                    let of = note.credits.as_ref().and_then(|id| numbers.get(id));
                    of.and_then(|(number, on)| Some(((*number)?, *on)))
                }
                Document::Invoice(_) => None,
            };
            let beside = EinvoiceContext { credited, prepaid, language: Language::English };
            let xml = match einvoice(&document, (&seller, &buyer), beside) {
                Ok(xml) => xml,
                // The norm knows no thousandths.
                Err(lacking) if currency.exponent() == 3 => {
                    assert!(lacking.iter().all(|it| it.detail.contains("two decimals")));
                    continue;
                }
                Err(lacking) => panic!("{name} {kind} {number:?}: {lacking:?}"),
            };
            let (_, payable) = xml.split_once("<cbc:PayableAmount currencyID=\"").unwrap();
            let (payable, _) = payable[5..].split_once('<').unwrap();
            let payable = Money::parse(payable, currency).unwrap();
            assert_eq!(payable.minor, gross, "{name} {kind} {number:?}");
            if let Some(folder) = &keep {
                let file = format!("{name}-{kind}-{}.xml", number.unwrap());
                std::fs::create_dir_all(folder).unwrap();
                std::fs::write(folder.join(file), xml).unwrap();
            }
            match document {
                Document::Invoice(_) => invoices += 1,
                Document::CreditNote(_) => notes += 1,
            }
        }
    }
    assert!(invoices > 50 && notes > 10, "{invoices} invoices, {notes} credit notes");
}
