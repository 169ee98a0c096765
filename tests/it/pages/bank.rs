//! A bank's statement: what each line pays is shown, and booked once where somebody says so. And
//! what is overdue, by how long it is.

use crossgrade::store::Store;
use serde_json::{Value, json};

use super::forms::forms;
use crate::api::backend::Visitor;
use crate::support::both;
use crate::world::{ADMIN_KEY, World, complete};

both! {
    a_statement_is_shown_then_booked_once,
    a_line_that_pays_something_else_by_now_is_not_booked,
    what_the_bank_calls_alike_is_booked_each_time,
    the_day_and_the_number_of_a_transfer_name_no_invoice_of_another_customer,
    what_is_overdue_is_summed_by_how_long_it_is,
}

const BANK: &str = "/backend/payments/bank";

/// A merchant to whom these customers owe 9.90 each, by invoices 1, 2, ….
async fn owed_by(store: Store, customers: &[&str]) -> World {
    let world = World::new(store).await;
    world.catalogue().await;
    world.put("/v1/settings", json!({"purchase_on_account": true})).await.expect(200);
    for customer in customers {
        let opened = world.open(customer, "month").await;
        world.post(&complete(&opened), json!({})).await.expect(200);
    }
    world
}

async fn invoices(world: &World) -> Vec<Value> {
    world.get("/v1/invoices").await.expect(200)["data"].as_array().unwrap().clone()
}

/// The page that shows what a statement pays.
async fn show(visitor: &Visitor, statement: &str) -> String {
    let html = visitor.get(BANK).await.text;
    let form = forms(&html).into_iter().find(|form| form.is_post && form.action == BANK).unwrap();
    let sent = form.sent(|field| (field == "/statement").then(|| statement.to_owned()));
    let shown = visitor.post(BANK, &sent, &[]).await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    shown.text
}

/// What is sent where the ticks are left as they are.
fn as_ticked(html: &str) -> String {
    let form = forms(html).into_iter().find(|form| form.is_post && form.action == BANK).unwrap();
    form.sent(|_| None)
}

async fn a_statement_is_shown_then_booked_once(store: Store) {
    let world = owed_by(store, &["ada", "bob", "cyd"]).await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let statement = "Buchungstag;Betrag;Verwendungszweck\n\
        31.01.2026;9,90;Rechnung 1\n31.01.2026;5,00;Rechnung 2\n31.01.2026;1,00;Kunde cyd\n\
        31.01.2026;9,90;danke\n31.01.2026;-3,00;Miete\n";
    let html = show(&visitor, statement).await;
    for word in ["fits", "part of it", "what they owe", "names nobody", "went out"] {
        assert!(html.contains(word), "{word}: {html}");
    }
    assert!(invoices(&world).await.iter().all(|it| it["status"] == "open"), "only shown");
    // Only what fits is ticked.
    let booked = visitor.post(BANK, &as_ticked(&html), &[]).await.text;
    assert!(booked.contains("1 line is booked."), "{booked}");
    let due = |invoices: &[Value]| -> Vec<String> {
        let due = |it: &Value| it["amount_due"]["amount"].as_str().unwrap().to_owned();
        invoices.iter().map(due).collect()
    };
    assert_eq!(due(&invoices(&world).await), ["0.00", "9.90", "9.90"]);
    // The others, by hand; then all of it once more, which books nothing.
    let all = booked.replace("name=\"book\"", "checked name=\"book\"");
    let booked = visitor.post(BANK, &as_ticked(&all), &[]).await.text;
    assert!(booked.contains("2 lines are booked."), "{booked}");
    assert_eq!(due(&invoices(&world).await), ["0.00", "4.90", "8.90"]);
    let again = visitor.post(BANK, &as_ticked(&all), &[]).await;
    assert_eq!(again.status, 200);
    assert_eq!(due(&invoices(&world).await), ["0.00", "4.90", "8.90"]);
    let html = show(&visitor, statement).await;
    assert_eq!(html.matches("booked already").count(), 3, "{html}");
    let paid = world.get("/v1/payments").await.expect(200);
    assert_eq!(paid["data"].as_array().unwrap().len(), 3);
    let listed = visitor.get("/backend/payments").await.text;
    let reference = paid["data"][0]["reference"].as_str().unwrap();
    assert!(listed.contains(reference), "{listed}");
    assert_eq!(world.get("/v1/audit").await.expect(200)["ok"], true);
}

async fn a_line_that_pays_something_else_by_now_is_not_booked(store: Store) {
    let world = owed_by(store, &["ada"]).await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let statement = "date,amount,text,id\n2026-01-31,9.90,Invoice 1,b-1\n";
    let html = show(&visitor, statement).await;
    let id = invoices(&world).await[0]["id"].as_str().unwrap().to_owned();
    let part = json!({"reference": "cash", "amount": {"amount": "5.00", "currency": "EUR"}});
    world.post(&format!("/v1/invoices/{id}/pay"), part).await.expect(200);
    let booked = visitor.post(BANK, &as_ticked(&html), &[]).await.text;
    assert!(booked.contains("It pays something else by now"), "{booked}");
    assert_eq!(invoices(&world).await[0]["amount_due"]["amount"], "4.90");
    // A statement that cannot be read says which line.
    let form = visitor.get(BANK).await.text;
    let form = forms(&form).into_iter().find(|form| form.action == BANK).unwrap();
    let wrong = "date,amount,text\nyesterday,9.90,1";
    let sent = form.sent(|field| (field == "/statement").then(|| wrong.to_owned()));
    let refused = visitor.post(BANK, &sent, &[]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("Line 2"), "{}", refused.text);
    assert_eq!(world.get("/v1/audit").await.expect(200)["ok"], true);
}

/// Many banks show as reference what the payer wrote, or the same for everybody.
async fn what_the_bank_calls_alike_is_booked_each_time(store: Store) {
    let world = owed_by(store, &["ada", "bob", "cyd"]).await;
    world.advance("2026-03-10").await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let book = async |statement: &str| -> String {
        let html = show(&visitor, statement).await;
        let all = html.replace("name=\"book\"", "checked name=\"book\"");
        visitor.post(BANK, &as_ticked(&all), &[]).await.text
    };
    #[rustfmt::skip]
    let table = [
        ("date,amount,name,reference\n2026-02-10,9.90,Ada,Customer ada\n", "1 line is booked."),
        ("date,amount,name,reference\n2026-03-10,9.90,Ada,Customer ada\n", "1 line is booked."),
        ("date,amount,reference\n2026-02-10,4.00,bob\n2026-03-10,4.00,bob\n",
         "2 lines are booked."),
        ("date,amount,id,text\n2026-02-10,1.00,NOTPROVIDED,bob\n\
          2026-02-10,1.00,NOTPROVIDED,cyd\n", "2 lines are booked."),
        ("Buchungstag;Betrag;Auftraggeber;Referenz\n10.02.2026;8,90;Cyd C.;Rechnung 3\n",
         "1 line is booked."),
    ];
    for (statement, told) in table {
        let html = book(statement).await;
        assert!(html.contains(told), "{statement}: {html}");
    }
    let paid = world.get("/v1/payments").await.expect(200)["data"].as_array().unwrap().len();
    assert_eq!(paid, 7);
    let both = "date,amount,name,reference\n2026-02-10,9.90,Ada,Customer ada\n\
                2026-03-10,9.90,Ada,Customer ada\n";
    for statement in table.map(|(statement, _)| statement).into_iter().chain([both]) {
        let html = show(&visitor, statement).await;
        let lines = statement.lines().count() - 1;
        assert_eq!(html.matches("booked already").count(), lines, "{statement}: {html}");
    }
    assert_eq!(world.get("/v1/audit").await.expect(200)["ok"], true);
}

async fn the_day_and_the_number_of_a_transfer_name_no_invoice_of_another_customer(store: Store) {
    let world = owed_by(store, &["df", "dg", "dh"]).await;
    world.advance("2026-02-10").await;
    let id = invoices(&world).await[0]["id"].as_str().unwrap().to_owned();
    let paid = json!({"reference": "cash"});
    world.post(&format!("/v1/invoices/{id}/pay"), paid).await.expect(200);
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    // By the day it would be dg's invoice 2, by the bank's own number dg's and dh's.
    for (statement, customer) in [
        ("date;amount;text\n2026-02-10;9,90;Rechnung 1 vom 02.02.2026, Kunde df\n", "df"),
        ("date;amount;text\n2026-02-09;9,90;Rechnung 1 danke\n", "df"),
        ("date;amount;text;id\n2026-02-10;9,90;kunde dh;2\n", "dh"),
        ("date;amount;text;id\n2026-02-09;5,00;kunde dg;b4\n", "dg"),
    ] {
        let html = show(&visitor, statement).await;
        assert!(html.contains("what they owe, then their balance"), "{statement}: {html}");
        assert!(html.contains(&format!("/backend/customers/{customer}\"")), "{statement}: {html}");
        assert!(!as_ticked(&html).contains("book="), "{statement}: {html}");
    }
    // What fits the one and names the other is for somebody to decide.
    let doubtful = "date;amount;text\n2026-02-10;9,90;Rechnung 2, Kunde dh\n";
    let html = show(&visitor, doubtful).await;
    assert!(html.contains("fits, but names somebody else, too"), "{html}");
    assert!(!as_ticked(&html).contains("book="), "{html}");
    let ticked = html.replace("name=\"book\"", "checked name=\"book\"");
    let booked = visitor.post(BANK, &as_ticked(&ticked), &[]).await.text;
    assert!(booked.contains("1 line is booked."), "{booked}");
    assert_eq!(invoices(&world).await[1]["status"], "paid");
}

async fn what_is_overdue_is_summed_by_how_long_it_is(store: Store) {
    let world = owed_by(store, &["ada"]).await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let page = visitor.get("/backend/invoices").await.text;
    assert!(!page.contains("id=\"overdue\""), "{page}");
    // Due on 14 February, and for every month from then on.
    world.advance("2026-03-20").await;
    let page = visitor.get("/backend/invoices").await.text;
    let (_, table) = page.split_once("id=\"overdue\"").unwrap();
    let (table, _) = table.split_once("</table>").unwrap();
    let cells: Vec<&str> = table.split("class=\"number\">").skip(7).collect();
    let cells: Vec<&str> = cells.iter().map(|it| it.split('<').next().unwrap()).collect();
    // 34 days for the first invoice, 6 for that of 28 February.
    assert_eq!(cells, ["€9.90", "€9.90", "€0.00", "€0.00", "€19.80", "2"], "{table}");
}
