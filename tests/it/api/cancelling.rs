//! Contracts that end at once, with money back or without: however the invoice stands, nothing is
//! given back twice, nothing gets lost, and every day is accounted for.

use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::support::both;
use crate::world::{World, complete, eur, path_of};

both! {
    what_is_given_back_depends_on_how_the_invoice_stands,
    a_bridge_is_given_back_with_the_rest_even_on_an_older_invoice,
    money_comes_back_only_where_a_contract_ends_at_once,
}

/// How the contract and its invoice stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Paid,
    Open,
    PartPaid,
    Overdue,
    CreditedByHand,
    BroughtOver { paid: bool },
    Retroactive,
}

impl State {
    /// What a customer begins with on 31 January: the contract's id, and its invoice's.
    async fn begin(self, world: &World, customer: &str) -> (String, String) {
        if let Self::BroughtOver { paid } = self {
            let body = json!({
                "customer": customer, "offer": "month", "started_on": "2026-01-31",
                "brought_over": {"gross": eur("9.90"), "paid": paid},
            });
            let brought = world.post("/v1/subscriptions", body).await.expect(201);
            return (text(&brought["id"]), String::new());
        }
        let done = if matches!(self, Self::Open | Self::PartPaid | Self::Overdue) {
            let opened = world.open(customer, "month").await;
            world.post(&complete(&opened), json!({})).await.expect(200)
        } else {
            world.buy(customer, "month").await
        };
        let result = &done["result"];
        (text(&result["subscription"]), text(&result["invoices"][0]))
    }

    /// What then happens to it: the contract that is to end.
    async fn go_on(self, world: &World, customer: &str, begun: (String, String)) -> String {
        let (id, invoice) = begun;
        match self {
            Self::PartPaid => {
                let body = json!({"reference": customer, "amount": eur("5.00")});
                world.post(&format!("/v1/invoices/{invoice}/pay"), body).await.expect(200);
            }
            Self::CreditedByHand => {
                let lines = json!([{"line": 0, "gross": eur("8.00")}]);
                let body = json!({"reason": "goodwill", "lines": lines});
                let path = format!("/v1/invoices/{invoice}/credit");
                assert!(world.post(&path, body).await.status < 300, "{customer}");
            }
            Self::Retroactive => {
                let year = world.buy(customer, "year").await;
                return text(&year["result"]["subscription"]);
            }
            _ => {}
        }
        id
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// A merchant who sells on account.
async fn merchant(store: Store) -> World {
    let world = World::new(store).await;
    let settings = json!({
        "time_zone": "Europe/Berlin", "locale": "en", "currency": "EUR",
        "purchase_on_account": true,
    });
    world.put("/v1/settings", settings).await.expect(200);
    world.catalogue().await;
    world.put("/v1/paths/month-to-year", path_of("last_booking")).await.expect(200);
    world
}

async fn balance(world: &World, customer: &str) -> String {
    let customer = world.get(&format!("/v1/customers/{customer}")).await.expect(200);
    let balance = customer["credit_balance"][0]["amount"].as_str();
    balance.unwrap_or("0.00").to_owned()
}

/// The runs of days of a contract, as `01-31/02-28 line` or a reason.
async fn days(world: &World, id: &str) -> String {
    let found = world.get(&format!("/v1/subscriptions/{id}/days")).await.expect(200);
    let run = |run: &Value| {
        let day = |end: &str| text(&run["period"][end])[2..].to_owned();
        let by = run["reason"].as_str().unwrap_or("line");
        format!("{}/{} {by}", day("start"), day("end"))
    };
    let runs = found["data"].as_array().unwrap().iter().map(run);
    runs.collect::<Vec<_>>().join(", ")
}

async fn is_sound(world: &World) {
    let audit = world.get("/v1/audit").await.expect(200);
    assert_eq!(audit["ok"], true, "{audit}");
}

/// A row of the table: what is credited, what stays due and where the invoice stands (nothing of
/// one that was issued elsewhere), the balance, the days.
type Row =
    (State, &'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

async fn what_is_given_back_depends_on_how_the_invoice_stands(store: Store) {
    use State::{BroughtOver, CreditedByHand, Open, Overdue, Paid, PartPaid, Retroactive};
    let used = "26-01-31/26-02-10 line";
    let unused = "26-01-31/26-02-10 line, 26-02-10/26-02-28 credited";
    let all = "26-01-31/26-02-28 credited";
    let elsewhere = "26-01-31/26-02-10 brought-over, 26-02-10/26-02-28 credited";
    let late = "26-01-31/26-02-20 line, 26-02-20/26-02-28 credited";
    let year = "26-01-31/26-02-10 line, 26-02-10/27-01-31 credited";
    let (sold, owed) = (BroughtOver { paid: true }, BroughtOver { paid: false });
    #[rustfmt::skip]
    let table: [Row; 18] = [
        (Paid, "none", "", "0.00", "paid", "0.00", used),
        (Paid, "unused", "6.36", "0.00", "paid", "6.36", unused),
        (Paid, "all", "9.90", "0.00", "cancelled", "9.90", all),
        (Open, "none", "", "9.90", "open", "0.00", used),
        (Open, "unused", "6.36", "3.54", "open", "0.00", unused),
        (Open, "all", "9.90", "0.00", "cancelled", "0.00", all),
        (PartPaid, "unused", "6.36", "0.00", "paid", "1.46", unused),
        (PartPaid, "all", "9.90", "0.00", "cancelled", "5.00", all),
        (CreditedByHand, "unused", "1.90", "0.00", "cancelled", "9.90", unused),
        (CreditedByHand, "all", "1.90", "0.00", "cancelled", "9.90", all),
        (sold, "unused", "6.36", "", "", "6.36", elsewhere),
        (sold, "all", "9.90", "", "", "9.90", all),
        (owed, "unused", "6.36", "", "", "0.00", elsewhere),
        (owed, "all", "9.90", "", "", "0.00", all),
        (Retroactive, "unused", "96.29", "0.00", "paid", "96.29", year),
        (Retroactive, "all", "99.00", "0.00", "cancelled", "99.00", "26-01-31/27-01-31 credited"),
        (Overdue, "unused", "2.83", "7.07", "open", "0.00", late),
        (Overdue, "all", "9.90", "0.00", "cancelled", "0.00", all),
    ];
    let world = merchant(store).await;
    let mut begun = Vec::new();
    for (place, row) in table.into_iter().enumerate() {
        let customer = format!("customer-{place}");
        begun.push((row.0.begin(&world, &customer).await, customer, row));
    }
    let mut ended = Vec::new();
    for today in ["2026-02-10", "2026-02-20"] {
        world.advance(today).await;
        for (ids, customer, row) in &begun {
            if (row.0 == Overdue) == (today == "2026-02-20") {
                let id = row.0.go_on(&world, customer, ids.clone()).await;
                ends_as_it_says(&world, customer, &id, today, *row).await;
                ended.push(id);
            }
        }
        is_sound(&world).await;
    }
    let before = world.get("/v1/invoices?limit=200").await.expect(200);
    world.advance("2026-04-30").await;
    assert_eq!(world.get("/v1/invoices?limit=200").await.expect(200), before, "nothing follows");
    is_sound(&world).await;
}

async fn ends_as_it_says(world: &World, customer: &str, id: &str, today: &str, row: Row) {
    let (state, credit, credited, due, status, left, paid_by) = row;
    let at = format!("{state:?}, {credit}");
    let body = json!({"when": "now", "credit": credit});
    let ended = world.post(&format!("/v1/subscriptions/{id}/cancel"), body).await.expect(200);
    assert_eq!((&ended["status"], &ended["ended_on"]), (&json!("ended"), &json!(today)), "{at}");
    let notes = ended["credit_notes"].as_array().unwrap();
    assert_eq!(notes.len(), usize::from(!credited.is_empty()), "{at}: {ended}");
    for note in notes {
        let note = world.get(&format!("/v1/credit-notes/{}", text(note))).await.expect(200);
        assert_eq!(note["gross"], eur(credited), "{at}");
        assert_eq!(note["credits"].is_null(), status.is_empty(), "{at}");
    }
    if !status.is_empty() {
        let found = world.get(&format!("/v1/invoices?subscription={id}")).await.expect(200);
        let stands = (&found["data"][0]["status"], &found["data"][0]["amount_due"]);
        assert_eq!(stands, (&json!(status), &eur(due)), "{at}");
    }
    assert_eq!(balance(world, customer).await, left, "{at}");
    assert_eq!(days(world, id).await, paid_by, "{at}");
}

async fn a_bridge_is_given_back_with_the_rest_even_on_an_older_invoice(store: Store) {
    let world = merchant(store).await;
    world.put("/v1/tags/extra", json!({"title": "extra"})).await.expect(201);
    let extra = crate::world::offer_of("extra", "9.90", "P1M");
    world.put("/v1/offers/extra", extra).await.expect(201);
    let mut path = path_of("immediate_next_booking");
    path["target_tags"] = json!(["extra"]);
    path["optional"] = json!(true);
    path["proration"] = json!("day");
    world.put("/v1/paths/extra", path).await.expect(201);
    for customer in ["ada", "ben"] {
        world.buy(customer, "month").await;
    }
    world.advance("2026-02-10").await;
    let mut extras = Vec::new();
    for customer in ["ada", "ben"] {
        let done = world.buy(customer, "extra").await;
        extras.push(text(&done["result"]["subscription"]));
    }
    for (on, which, wanted) in [("2026-03-10", 0, 1), ("2026-04-10", 1, 2)] {
        world.advance(on).await;
        let customer = ["ada", "ben"][which];
        let open = world.get(&format!("/v1/invoices?customer={customer}&status=open")).await;
        for invoice in open.json["data"].as_array().unwrap() {
            let pay = format!("/v1/invoices/{}/pay", text(&invoice["id"]));
            world.post(&pay, json!({"reference": customer})).await.expect(200);
        }
        let cancel = format!("/v1/subscriptions/{}/cancel", extras[which]);
        let body = json!({"when": "now", "credit": "all"});
        let ended = world.post(&cancel, body).await.expect(200);
        assert_eq!(ended["credit_notes"].as_array().unwrap().len(), wanted, "{ended}");
        // The bridge of 18 of 28 days, and the current period.
        assert_eq!(balance(&world, customer).await, "16.26", "{customer}");
        is_sound(&world).await;
    }
}

async fn money_comes_back_only_where_a_contract_ends_at_once(store: Store) {
    let world = merchant(store).await;
    let done = world.buy("ada", "month").await;
    let path = format!("/v1/subscriptions/{}", text(&done["result"]["subscription"]));
    let cancel = format!("{path}/cancel");
    for credit in ["unused", "all"] {
        let body = json!({"when": "end_of_term", "credit": credit});
        assert_eq!(world.post(&cancel, body).await.pointers(), ["/credit"]);
    }
    let body = json!({"when": "now", "credit": "half"});
    assert_eq!(world.post(&cancel, body).await.pointers(), ["/credit"]);
    let running = world.get(&path).await.expect(200);
    assert_eq!((&running["status"], &running["cancel_on"]), (&json!("active"), &Value::Null));
    let body = json!({"when": "end_of_term", "credit": "none"});
    let cancelled = world.post(&cancel, body).await.expect(200);
    assert_eq!(
        (&cancelled["cancel_on"], &cancelled["credit_notes"]),
        (&json!("2026-02-28"), &json!([]))
    );
    let body = json!({"when": "now", "credit": "all"});
    world.post(&cancel, body.clone()).await.expect(200);
    assert_eq!(world.post(&cancel, body).await.problem(409), "already-ended");
    assert_eq!(balance(&world, "ada").await, "9.90");
}
