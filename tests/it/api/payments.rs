//! Payments that do not fit, and credits by hand: what is paid in parts, too much, without an
//! invoice, or comes back; and that all of it can be read again.

use axum::http::Method;
use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::support::both;
use crate::world::{World, complete, eur, offer_of, paid, paid_with, path_of};

both! {
    an_invoice_is_paid_in_parts_and_one_of_them_bounces,
    what_is_more_than_is_due_goes_to_the_balance_where_that_is_said,
    a_debt_after_a_direct_debit_was_returned_can_be_paid,
    a_transfer_for_a_cancelled_invoice_is_set_against_the_next,
    money_without_an_invoice_pays_what_is_due_first_and_bounces_as_a_whole,
    a_payment_that_nobody_knows_does_not_bounce,
    a_bounce_that_is_told_again_is_no_unknown_payment,
    money_that_went_to_the_balance_bounces_once,
    money_that_had_settled_a_debt_bounces_and_the_debt_is_payable_again,
    money_for_several_invoices_bounces_as_a_whole_by_any_of_its_parts,
    of_two_payments_of_one_reference_the_one_that_is_named_bounces,
    reference_and_day_of_a_payment_are_read_again,
    an_invoice_names_both_parties_its_taxes_and_its_payments,
    overdue_invoices_are_found,
    days_that_run_backwards_are_refused,
    money_was_not_paid_in_another_age_than_its_invoice,
    a_payout_is_answered_as_it_is_listed,
    an_invoice_is_credited_by_hand_and_its_days_stay_paid_for,
    a_line_is_credited_by_hand_up_to_what_is_left_of_it,
    documents_and_payments_come_as_files,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

async fn is_sound(world: &World) {
    let audit = world.get("/v1/audit").await.expect(200);
    assert_eq!(audit["ok"], true, "{audit}");
}

/// A shop on account where ada has a month, with a path back from it to a year.
async fn on_account(store: Store) -> (World, String) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.put("/v1/settings", json!({"purchase_on_account": true})).await.expect(200);
    let mut back = path_of("last_booking");
    back["unpaid_source"] = json!("allow");
    world.put("/v1/paths/month-to-year", back).await.expect(200);
    let month = world.open("ada", "month").await;
    let month = world.post(&complete(&month), json!({})).await.expect(200);
    let invoice = text(&month["result"]["invoices"][0]);
    (world, format!("/v1/invoices/{invoice}"))
}

async fn balance(world: &World) -> Value {
    world.get("/v1/customers/ada").await.expect(200)["credit_balance"].clone()
}

async fn an_invoice_is_paid_in_parts_and_one_of_them_bounces(store: Store) {
    let (world, invoice) = on_account(store).await;
    let (pay, unpay) = (format!("{invoice}/pay"), format!("{invoice}/unpay"));
    let part = |amount: &str, name: &str| json!({"reference": name, "amount": eur(amount)});
    let first = world.post(&pay, part("4.00", "one")).await.expect(200);
    assert_eq!((&first["status"], &first["amount_due"]), (&json!("open"), &eur("5.90")));
    let second = world.post(&pay, part("5.90", "two")).await.expect(200);
    assert_eq!((&second["status"], &second["amount_due"]), (&json!("paid"), &eur("0.00")));
    let bounced = json!({"reference": "one", "reason": "no funds"});
    let open = world.post(&unpay, bounced.clone()).await.expect(200);
    assert_eq!((&open["status"], &open["amount_due"]), (&json!("open"), &eur("4.00")));
    assert_eq!(world.post(&unpay, bounced).await.problem(409), "already-bounced");
    let unknown = json!({"reference": "four", "reason": "no funds"});
    assert_eq!(world.post(&unpay, unknown).await.pointers(), ["/reference"]);
    let told: Vec<_> = open["payments"].as_array().unwrap().iter().collect();
    let told: Vec<_> = told.iter().map(|it| (&it["kind"], &it["amount"])).collect();
    let (payment, bounce) = (json!("payment"), json!("bounce"));
    let four = eur("4.00");
    assert_eq!(told, [(&payment, &four), (&payment, &eur("5.90")), (&bounce, &four)]);
    for (amount, pointer) in [("0.00", "/amount/amount"), ("-1.00", "/amount/amount")] {
        assert_eq!(world.post(&pay, part(amount, "x")).await.pointers(), [pointer]);
    }
    let yen = json!({"reference": "x", "amount": {"amount": "4", "currency": "JPY"}});
    assert_eq!(world.post(&pay, yen).await.pointers(), ["/amount/currency"]);
    world.post(&pay, json!({"reference": "three"})).await.expect(200);
    is_sound(&world).await;
}

async fn what_is_more_than_is_due_goes_to_the_balance_where_that_is_said(store: Store) {
    let (world, invoice) = on_account(store).await;
    let pay = format!("{invoice}/pay");
    let mut much = json!({"reference": "bank", "amount": eur("15.00")});
    assert_eq!(world.post(&pay, much.clone()).await.pointers(), ["/amount/amount"]);
    much["surplus"] = json!("balance");
    let done = world.post(&pay, much).await.expect(200);
    assert_eq!((&done["status"], &done["payments"][0]["amount"]), (&json!("paid"), &eur("15.00")));
    assert_eq!(balance(&world).await, json!([eur("5.10")]));
    let bounced = json!({"reference": "bank", "reason": "recalled"});
    let open = world.post(&format!("{invoice}/unpay"), bounced).await.expect(200);
    assert_eq!(open["amount_due"], eur("9.90"));
    assert_eq!(balance(&world).await, json!([]));
    is_sound(&world).await;
}

async fn a_debt_after_a_direct_debit_was_returned_can_be_paid(store: Store) {
    let (world, invoice) = on_account(store).await;
    world.post(&format!("{invoice}/pay"), json!({"reference": "debit"})).await.expect(200);
    world.buy("ada", "year").await;
    let returned = json!({"reference": "debit", "reason": "returned"});
    world.post(&format!("{invoice}/unpay"), returned).await.expect(200);
    assert_eq!(balance(&world).await, json!([eur("-9.90")]));
    let mut back = path_of("immediate");
    (back["source_tags"], back["target_tags"]) = (json!(["year"]), json!(["month"]));
    world.put("/v1/paths/year-to-month", back).await.expect(201);
    let refused = world.post("/v1/checkouts", json!({"customer": "ada", "offer": "month"})).await;
    assert_eq!(refused.problem(409), "change-not-possible");
    assert_eq!(refused.json["considered"][0]["reason"], "source-unpaid");
    let pay = "/v1/customers/ada/payments";
    let transfer = json!({"amount": eur("9.90"), "reference": "transfer"});
    let done = world.post(pay, transfer).await.expect(201);
    assert_eq!((&done["amount"], &done["credit_balance"]), (&eur("9.90"), &json!([])));
    assert_eq!(done["payments"][0]["invoice"], json!(null));
    world.open("ada", "month").await;
    is_sound(&world).await;
}

async fn a_transfer_for_a_cancelled_invoice_is_set_against_the_next(store: Store) {
    let (world, month) = on_account(store).await;
    let year = world.open("ada", "year").await;
    let year = world.post(&complete(&year), json!({})).await.expect(200);
    let year = format!("/v1/invoices/{}", text(&year["result"]["invoices"][0]));
    let answer = world.post(&format!("{month}/pay"), json!({"reference": "bank"})).await;
    assert_eq!(answer.problem(409), "already-cancelled");
    let transfer = json!({"amount": eur("9.90"), "reference": "bank", "paid_on": "2026-01-31"});
    let done = world.post("/v1/customers/ada/payments", transfer).await.expect(201);
    assert_eq!(year, format!("/v1/invoices/{}", text(&done["payments"][0]["invoice"])));
    let open = world.get(&year).await.expect(200);
    assert_eq!((&open["status"], &open["amount_due"]), (&json!("open"), &eur("89.10")));
    is_sound(&world).await;
}

async fn money_without_an_invoice_pays_what_is_due_first_and_bounces_as_a_whole(store: Store) {
    let (world, first) = on_account(store).await;
    world.advance("2026-02-28").await;
    let all = world.get("/v1/invoices?customer=ada").await.expect(200);
    let second = format!("/v1/invoices/{}", text(&all["data"][1]["id"]));
    let pay = "/v1/customers/ada/payments";
    let sum = |amount: &str| json!({"amount": eur(amount), "reference": "bank"});
    assert_eq!(world.post(pay, sum("0.00")).await.pointers(), ["/amount/amount"]);
    let late = json!({"amount": eur("1.00"), "reference": "bank", "paid_on": "2026-03-01"});
    assert_eq!(world.post(pay, late).await.pointers(), ["/paid_on"]);
    let nobody = world.post("/v1/customers/nobody/payments", sum("1.00")).await;
    assert_eq!(nobody.problem(404), "not-found");
    let due = async |invoice: &str| world.get(invoice).await.expect(200)["amount_due"].clone();
    world.post(pay, sum("12.00")).await.expect(201);
    assert_eq!((due(&first).await, due(&second).await), (eur("0.00"), eur("7.80")));
    world.post(pay, sum("10.00")).await.expect(201);
    assert_eq!((due(&second).await, balance(&world).await), (eur("0.00"), json!([eur("2.20")])));
    // The first transfer paid the other invoice, too: both are open again; the second stays.
    let bounced = json!({"reference": "bank", "reason": "recalled"});
    world.post(&format!("{first}/unpay"), bounced).await.expect(200);
    assert_eq!((due(&first).await, due(&second).await), (eur("9.90"), eur("2.10")));
    assert_eq!(balance(&world).await, json!([eur("2.20")]));
    is_sound(&world).await;
}

async fn a_payment_that_nobody_knows_does_not_bounce(store: Store) {
    let (world, invoice) = on_account(store).await;
    let unpay = format!("{invoice}/unpay");
    let bounced = json!({"reference": "other", "reason": "no funds"});
    assert_eq!(world.post(&unpay, bounced.clone()).await.problem(409), "not-paid");
    world.post(&format!("{invoice}/pay"), json!({"reference": "bank"})).await.expect(200);
    assert_eq!(world.post(&unpay, bounced).await.pointers(), ["/reference"]);
}

async fn a_bounce_that_is_told_again_is_no_unknown_payment(store: Store) {
    let (world, invoice) = on_account(store).await;
    for (reference, amount) in [("a", "4.00"), ("b", "5.90")] {
        let part = json!({"reference": reference, "amount": eur(amount)});
        world.post(&format!("{invoice}/pay"), part).await.expect(200);
    }
    let unpay = format!("{invoice}/unpay");
    let bounced = |reference: &str| json!({"reference": reference, "reason": "no funds"});
    world.post(&unpay, bounced("b")).await.expect(200);
    assert_eq!(world.post(&unpay, bounced("b")).await.problem(409), "already-bounced");
    assert_eq!(world.post(&unpay, bounced("c")).await.pointers(), ["/reference"]);
    world.post(&unpay, bounced("a")).await.expect(200);
    for reference in ["b", "a", "c"] {
        let again = world.post(&unpay, bounced(reference)).await;
        assert_eq!(again.problem(409), "not-paid", "nothing stands on it: {reference}");
    }
    is_sound(&world).await;
}

async fn money_that_went_to_the_balance_bounces_once(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.buy("ada", "month").await;
    let money = json!({"amount": eur("12.00"), "reference": "debit"});
    let came = world.post("/v1/customers/ada/payments", money).await.expect(201);
    let unpay = format!("/v1/payments/{}/unpay", text(&came["id"]));
    assert_eq!(world.post(&unpay, json!({})).await.pointers(), ["/reason"]);
    let nothing = world.post("/v1/payments/pay_0/unpay", json!({"reason": "recalled"})).await;
    assert_eq!(nothing.problem(404), "not-found");
    // A month is drawn from it before the bank takes it back.
    world.advance("2026-02-28").await;
    assert_eq!(balance(&world).await, json!([eur("2.10")]));
    let back = json!({"reason": "recalled"});
    let key = [("idempotency-key", "once")];
    let path = unpay.as_str();
    let sent = Some(back.to_string());
    let done = world.call(Method::POST, path, &key, sent.clone()).await.expect(200);
    assert_eq!((&done["amount"], &done["reference"]), (&eur("12.00"), &json!("debit")));
    assert_eq!(done["credit_balance"], json!([eur("-9.90")]));
    let part = &done["payments"][0];
    assert_eq!((&part["kind"], &part["reason"]), (&json!("bounce"), &json!("recalled")));
    assert_eq!(part["receipt"], came["id"]);
    let again = world.call(Method::POST, path, &key, sent).await;
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(world.post(path, back.clone()).await.problem(409), "already-bounced");
    let bounce = format!("/v1/payments/{}/unpay", text(&part["id"]));
    assert_eq!(world.post(&bounce, back).await.problem(409), "not-paid");
    let payout = json!({"amount": eur("0.01"), "reference": "out"});
    assert_eq!(world.post("/v1/customers/ada/payouts", payout).await.status, 422);
    // What was drawn is owed as a debt, and the next money settles it.
    let money = json!({"amount": eur("9.90"), "reference": "transfer"});
    let paid = world.post("/v1/customers/ada/payments", money).await.expect(201);
    assert_eq!(paid["credit_balance"], json!([]));
    is_sound(&world).await;
}

async fn money_that_had_settled_a_debt_bounces_and_the_debt_is_payable_again(store: Store) {
    let (world, invoice) = on_account(store).await;
    world.post(&format!("{invoice}/pay"), json!({"reference": "debit"})).await.expect(200);
    world.buy("ada", "year").await;
    let returned = json!({"reference": "debit", "reason": "returned"});
    world.post(&format!("{invoice}/unpay"), returned).await.expect(200);
    let pay = "/v1/customers/ada/payments";
    let transfer = json!({"amount": eur("9.90"), "reference": "transfer"});
    let paid = world.post(pay, transfer.clone()).await.expect(201);
    assert_eq!(paid["credit_balance"], json!([]));
    let unpay = format!("/v1/payments/{}/unpay", text(&paid["id"]));
    let done = world.post(&unpay, json!({"reason": "recalled"})).await.expect(200);
    assert_eq!(done["credit_balance"], json!([eur("-9.90")]));
    let paid = world.post(pay, transfer).await.expect(201);
    assert_eq!(paid["credit_balance"], json!([]), "the debt is settled again");
    is_sound(&world).await;
}

async fn money_for_several_invoices_bounces_as_a_whole_by_any_of_its_parts(store: Store) {
    let (world, first) = on_account(store).await;
    let done = world.advance("2026-02-28").await;
    assert_eq!(done["invoices"], 1, "{done}");
    let money = json!({"amount": eur("25.00"), "reference": "bank"});
    let paid = world.post("/v1/customers/ada/payments", money).await.expect(201);
    let parts = paid["payments"].as_array().unwrap();
    assert_eq!(parts.len(), 3, "two invoices and the balance: {paid}");
    let unpay = format!("/v1/payments/{}/unpay", text(&parts[1]["id"]));
    let done = world.post(&unpay, json!({"reason": "recalled"})).await.expect(200);
    assert_eq!((&done["amount"], &done["credit_balance"]), (&eur("25.00"), &json!([])));
    assert_eq!(done["payments"].as_array().unwrap().len(), 3);
    assert_eq!(world.get(&first).await.expect(200)["status"], "open");
    let again = json!({"reference": "bank", "reason": "recalled"});
    assert_eq!(world.post(&format!("{first}/unpay"), again).await.problem(409), "not-paid");
    is_sound(&world).await;
}

async fn of_two_payments_of_one_reference_the_one_that_is_named_bounces(store: Store) {
    let (world, invoice) = on_account(store).await;
    let (pay, unpay) = (format!("{invoice}/pay"), format!("{invoice}/unpay"));
    for amount in ["4.00", "3.00"] {
        let part = json!({"reference": "R", "amount": eur(amount)});
        world.post(&pay, part).await.expect(200);
    }
    let bounced = json!({"reference": "R", "reason": "no funds"});
    let refused = world.post(&unpay, bounced.clone()).await;
    assert_eq!(refused.problem(409), "conflict");
    assert!(refused.json["detail"].as_str().unwrap().contains("as payment"), "{refused:?}");
    let (four, three) = (&refused.json["payments"][0], &refused.json["payments"][1]);
    assert_eq!((&four["amount"], &three["amount"]), (&eur("4.00"), &eur("3.00")));
    assert_eq!(world.get(&invoice).await.expect(200)["amount_due"], eur("2.90"));
    let mut named = bounced.clone();
    named["payment"] = json!("pay_none");
    assert_eq!(world.post(&unpay, named.clone()).await.pointers(), ["/payment"]);
    named["payment"] = four["id"].clone();
    let open = world.post(&unpay, named.clone()).await.expect(200);
    assert_eq!(open["amount_due"], eur("6.90"));
    assert_eq!(world.post(&unpay, named).await.pointers(), ["/payment"], "it bounced before");
    // The other is the only one by now.
    let open = world.post(&unpay, bounced).await.expect(200);
    assert_eq!(open["amount_due"], eur("9.90"));
    is_sound(&world).await;
}

async fn reference_and_day_of_a_payment_are_read_again(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let bought = world.buy("ada", "month").await;
    let invoice = text(&bought["result"]["invoices"][0]);
    world.advance("2026-02-28").await;
    let payout = json!({"amount": eur("2.00"), "reference": "out"});
    world
        .post(
            "/v1/customers/ada/payments",
            json!({"amount": eur("12.00"), "reference": "in",
        "paid_on": "2026-02-20"}),
        )
        .await
        .expect(201);
    world.post("/v1/customers/ada/payouts", payout).await.expect(201);
    world.buy("bob", "month").await;
    let list = async |query: &str| {
        let found = world.get(&format!("/v1/payments{query}")).await.expect(200);
        let found = found["data"].as_array().unwrap().clone();
        found
            .iter()
            .map(|it| format!("{} {}", text(&it["kind"]), text(&it["amount"]["amount"])))
            .collect::<Vec<_>>()
    };
    let of_ada = ["payment 9.90", "payment 9.90", "payment 2.10", "payout 2.00"];
    assert_eq!(list("?customer=ada").await, of_ada);
    assert_eq!(list("?reference=in").await, of_ada[1..3]);
    assert_eq!(list(&format!("?invoice={invoice}")).await, of_ada[..1]);
    assert_eq!(list("?from=2026-02-20&to=2026-02-20").await, of_ada[1..3]);
    assert_eq!(list("?from=2026-03-01").await, Vec::<String>::new());
    let first = world.get(&format!("/v1/payments?invoice={invoice}")).await.expect(200);
    let expected = json!({
        "id": first["data"][0]["id"], "kind": "payment", "customer": "ada", "invoice": invoice,
        "checkout": bought["id"], "amount": eur("9.90"), "reference": bought["id"],
        "paid_on": "2026-01-31", "reason": null, "receipt": first["data"][0]["id"],
    });
    assert_eq!(first["data"][0], expected);
}

async fn an_invoice_names_both_parties_its_taxes_and_its_payments(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let seller = json!({"name": "The Daily", "address": "1 Row", "vat_id": "DE1"});
    world.put("/v1/settings", json!({"seller": seller})).await.expect(200);
    world.put("/v1/customers/ada", json!({"name": "Ada", "email": "a@b.c"})).await.expect(201);
    let rates = json!({"rates": [{"rate": "19", "valid_from": "2020-01-01"}]});
    world.put("/v1/taxes/vat", rates).await.expect(201);
    let mut offer = offer_of("month", "11.90", "P1M");
    offer["tax"] = json!("vat");
    world.put("/v1/offers/month", offer).await.expect(200);
    let shown = world.open("ada", "month").await;
    let taxes = json!([{"rate": "19", "net": eur("10.00"), "tax": eur("1.90")}]);
    assert_eq!(shown["documents"][0]["taxes"], taxes);
    let bought = world.post(&complete(&shown), paid(&shown)).await.expect(200);
    let invoice = text(&bought["result"]["invoices"][0]);
    let found = world.get(&format!("/v1/invoices/{invoice}")).await.expect(200);
    assert_eq!(
        (&found["seller"]["name"], &found["seller"]["vat_id"]),
        (&json!("The Daily"), &json!("DE1"))
    );
    assert_eq!(
        (&found["buyer"]["name"], &found["buyer"]["email"]),
        (&json!("Ada"), &json!("a@b.c"))
    );
    assert_eq!(found["taxes"], taxes);
    assert_eq!(found["payments"][0]["reference"], paid_with(&world, &invoice).await);
    assert_eq!(world.get("/v1/invoices").await.expect(200)["data"][0], found);
    let credit = json!({"reason": "late"});
    let note = world.post(&format!("/v1/invoices/{invoice}/credit"), credit).await.expect(201);
    assert_eq!((&note["buyer"]["name"], &note["taxes"]), (&json!("Ada"), &taxes));
    assert_eq!(world.get("/v1/credit-notes").await.expect(200)["data"][0], note);
}

async fn overdue_invoices_are_found(store: Store) {
    let (world, invoice) = on_account(store).await;
    let count = async |query: &str| {
        let found = world.get(&format!("/v1/invoices?{query}")).await.expect(200);
        found["data"].as_array().unwrap().len()
    };
    world.advance("2026-02-14").await;
    assert_eq!((count("overdue=true").await, count("overdue=false").await), (0, 1));
    world.advance("2026-02-28").await;
    assert_eq!((count("overdue=true").await, count("overdue=false").await), (1, 1));
    assert_eq!(count("issued_from=2026-02-28").await, 1);
    assert_eq!(count("issued_to=2026-02-27").await, 1);
    assert_eq!(count("issued_from=2026-01-31&issued_to=2026-02-28").await, 2);
    world.post(&format!("{invoice}/pay"), json!({"reference": "bank"})).await.expect(200);
    assert_eq!((count("overdue=true").await, count("overdue=false").await), (0, 2));
    assert_eq!(world.get("/v1/invoices?overdue=perhaps").await.pointers(), ["/overdue"]);
}

async fn an_invoice_is_credited_by_hand_and_its_days_stay_paid_for(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let bought = world.buy("ada", "month").await;
    let invoice = format!("/v1/invoices/{}", text(&bought["result"]["invoices"][0]));
    let days = format!("/v1/subscriptions/{}/days", text(&bought["result"]["subscription"]));
    let before = world.get(&days).await.expect(200);
    let credit = format!("{invoice}/credit");
    let note = world.post(&credit, json!({"reason": "The paper was late"})).await.expect(201);
    assert_eq!((&note["reason"], &note["gross"]), (&json!("The paper was late"), &eur("9.90")));
    assert_eq!(format!("/v1/invoices/{}", text(&note["credits"])), invoice);
    assert_eq!(world.get(&invoice).await.expect(200)["status"], "cancelled");
    assert_eq!(balance(&world).await, json!([eur("9.90")]));
    assert_eq!(world.get(&days).await.expect(200), before);
    let again = world.post(&credit, json!({"reason": "x"})).await;
    assert_eq!(again.problem(409), "already-cancelled");
    assert_eq!(world.post(&credit, json!({})).await.pointers(), ["/reason"]);
    world.advance("2026-02-28").await;
    let next = world.get("/v1/invoices?issued_from=2026-02-28").await.expect(200);
    assert_eq!(next["data"][0]["credit_applied"], eur("9.90"));
    is_sound(&world).await;
}

async fn a_line_is_credited_by_hand_up_to_what_is_left_of_it(store: Store) {
    let (world, invoice) = on_account(store).await;
    let credit = format!("{invoice}/credit");
    let lines = |lines: Value| json!({"reason": "sorry", "lines": lines});
    let wrong = [
        (json!([{"line": 1}]), vec!["/lines/0/line"]),
        (json!([{"line": 0}, {"line": 0}]), vec!["/lines/1/line"]),
        (json!([{"line": 0, "gross": eur("9.91")}]), vec!["/lines/0/gross/amount"]),
        (json!([{"line": 0, "gross": eur("0.00")}]), vec!["/lines/0/gross/amount"]),
        (
            json!([{"line": 0, "gross": {"amount": "1", "currency": "JPY"}}]),
            vec!["/lines/0/gross/currency"],
        ),
        (json!([]), vec!["/lines"]),
    ];
    for (asked, pointers) in wrong {
        let answer = world.post(&credit, lines(asked.clone())).await;
        assert_eq!(answer.pointers(), pointers, "{asked}");
    }
    let some = lines(json!([{"line": 0, "gross": eur("3.00")}]));
    let note = world.post(&credit, some).await.expect(201);
    assert_eq!(note["gross"], eur("3.00"));
    let open = world.get(&invoice).await.expect(200);
    assert_eq!((&open["status"], &open["amount_due"]), (&json!("open"), &eur("6.90")));
    // Cancelling it in full afterwards credits what is left.
    let year = world.open("ada", "year").await;
    assert_eq!(year["documents"][0]["gross"], eur("6.90"));
    world.post(&complete(&year), json!({})).await.expect(200);
    is_sound(&world).await;
}

async fn documents_and_payments_come_as_files(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.buy("ada", "month").await;
    world.advance("2026-02-28").await;
    let file = world.get("/v1/exports/documents?from=2026-01-31&to=2026-01-31").await;
    assert_eq!(file.status, 200);
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8; header=present");
    assert_eq!(
        file.header("content-disposition"),
        "attachment; filename=\"documents-2026-01-31-2026-01-31.csv\""
    );
    let rows: Vec<_> = file.text.lines().collect();
    assert!(rows.len() == 2 && rows[1].starts_with("invoice,1,inv_"), "{rows:?}");
    assert_eq!(world.get("/v1/exports/documents").await.text.lines().count(), 3);
    let payments = world.get("/v1/exports/payments?from=2026-01-01").await;
    let rows: Vec<_> = payments.text.lines().collect();
    assert!(rows[0].starts_with("id,kind,paid_on,customer,invoice"), "{rows:?}");
    assert!(rows.len() == 2 && rows[1].contains(",payment,2026-01-31,ada,inv_"), "{rows:?}");
    let turned = world.get("/v1/exports/payments?from=2026-02-01&to=2026-01-01").await;
    assert_eq!(turned.pointers(), ["/to"]);
}

async fn days_that_run_backwards_are_refused(store: Store) {
    let world = World::new(store).await;
    for (list, from, to) in [
        ("invoices", "issued_from", "issued_to"),
        ("credit-notes", "issued_from", "issued_to"),
        ("payments", "from", "to"),
    ] {
        let days = |one, two| format!("/v1/{list}?{from}={one}&{to}={two}");
        let refused = world.get(&days("2026-02-02", "2026-02-01")).await;
        assert_eq!(refused.pointers(), [format!("/{to}")], "{list}");
        world.get(&days("2026-02-01", "2026-02-01")).await.expect(200);
    }
}

async fn money_was_not_paid_in_another_age_than_its_invoice(store: Store) {
    let (world, invoice) = on_account(store).await;
    let money = |on: &str| json!({"reference": "q", "amount": eur("9.90"), "paid_on": on});
    let refused = world.post("/v1/customers/ada/payments", money("1999-01-01")).await;
    assert_eq!(refused.pointers(), ["/paid_on"], "{refused:?}");
    assert!(refused.text.contains("must not lie before 2025-01-31"), "{refused:?}");
    assert_eq!(world.get(&invoice).await.json["status"], "open");
    world.post("/v1/customers/ada/payments", money("2026-01-30")).await.expect(201);
    assert_eq!(world.get(&invoice).await.json["status"], "paid");
}

async fn a_payout_is_answered_as_it_is_listed(store: Store) {
    let (world, invoice) = on_account(store).await;
    let more = json!({"reference": "bank", "amount": eur("19.90"), "surplus": "balance"});
    world.post(&format!("{invoice}/pay"), more).await.expect(200);
    let body = json!({"amount": eur("2.00"), "reference": "back"});
    let made = world.post("/v1/customers/ada/payouts", body).await.expect(201);
    let listed = world.get("/v1/payments?reference=back").await.expect(200);
    for field in ["id", "kind", "customer", "amount", "reference", "paid_on"] {
        assert_eq!(made[field], listed["data"][0][field], "{field}");
    }
}
