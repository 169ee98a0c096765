//! The server is killed in the middle of its work, again and again, on one book; its database
//! goes away and comes back; its disk is full. Whatever was acknowledged is there, once.

mod clients;
mod disk;
pub(crate) mod host;
mod messages;
mod outage;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

use crate::faults::ground::Side;
use crate::support::postgres;
use crate::world::{START, eur, offer_of, path_of};
use clients::Buyer;
use host::{Host, House, PATIENCE, call, done};

/// How often the server is killed; `CROSSGRADE_TEST_ROUNDS` says otherwise.
const ROUNDS: u32 = 100;
/// The same on PostgreSQL.
const ROUNDS_POSTGRES: u32 = 12;
/// The longest that a server lives after its first answer, in milliseconds.
const LIFE_MAX: u64 = 160;
const BUYERS: usize = 3;
/// Customers that one buyer serves at most while a server lives.
const CUSTOMERS_MAX: u32 = 3;
/// How many of the acknowledged requests are sent once more at the end.
const SENT_AGAIN: usize = 300;

fn rounds(usual: u32) -> u32 {
    let told = std::env::var_os("CROSSGRADE_TEST_ROUNDS");
    told.map_or(usual, |rounds| rounds.to_str().unwrap().parse().expect("a number of rounds"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_on_sqlite_loses_and_doubles_nothing() {
    survive(&House::on_sqlite(), rounds(ROUNDS)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_on_postgres_loses_and_doubles_nothing() {
    let Some(database) = postgres::empty().await else { return };
    let house = House { url: postgres::url_of(&database), folder: tempfile::tempdir().unwrap() };
    survive(&house, rounds(ROUNDS).min(ROUNDS_POSTGRES)).await;
}

/// Pieces of what is ordered, offered and given: fewer than are wanted in all rounds.
const PINS: i64 = 90;
const HATS: i64 = 25;
const MUGS: i64 = 20;

/// A month and a year of a paper, and a path from the one to the other; pins, with a mug as long as
/// there are some, after which hats are offered.
fn stock(host: &Host) {
    let put = |path: &str, body: Value| {
        done(&host.address, &format!("PUT {path}"), &body.to_string());
    };
    put("/v1/settings", json!({"checkout_minutes": 43_200}));
    for tag in ["month", "year"] {
        put(&format!("/v1/tags/{tag}"), json!({"title": tag}));
    }
    put("/v1/products/paper", json!({"title": "The Paper", "kind": "digital"}));
    put("/v1/offers/month", offer_of("month", "9.90", "P1M"));
    put("/v1/offers/year", offer_of("year", "99.00", "P1Y"));
    put("/v1/paths/month-to-year", path_of("next_booking"));
    for (id, stock) in [("pin", PINS), ("hat", HATS), ("mug", MUGS)] {
        let goods =
            json!({"title": id, "kind": "physical", "stock": stock, "unit_net": eur("1.00")});
        put(&format!("/v1/products/{id}"), goods);
    }
    let hats = json!({"title": "Hats", "channels": ["web"], "offered_product": "hat"});
    put("/v1/campaigns/hats", hats);
    let buy = json!({"units": {"of": {"product": "pin"}, "min": 1}});
    let mugs = json!({
        "title": "A mug with a pin", "priority": 1, "buy": buy, "get": [{"product": "mug"}],
    });
    put("/v1/gift-rules/mugs", mugs);
}

/// Moves the clock day after day, until the server is gone or time is up. A day that was not
/// acknowledged is tried again.
fn advance(address: &str, mut today: NaiveDate) -> NaiveDate {
    for _ in 0..2 {
        let next = today + Days::new(4);
        let body = json!({"to": next}).to_string();
        let Some(((status, text), _)) = call(address, "POST /v1/test-clock/advance", &[], &body)
        else {
            return today;
        };
        assert_eq!(status, 200, "{text}");
        today = next;
        let run = call(address, "POST /v1/billing/runs", &[], "{}");
        if run.is_none() {
            return today;
        }
        std::thread::sleep(Duration::from_millis(40));
    }
    today
}

async fn survive(house: &House, rounds: u32) {
    let answers = Arc::default();
    let mut buyers: Vec<Buyer> = (0..BUYERS).map(|name| Buyer::new(name, &answers)).collect();
    let mut today: NaiveDate = START.parse().unwrap();
    for round in 1..=rounds {
        let first = ["--test-clock", START];
        let host = house.serve("", if round == 1 { &first } else { &[] });
        if round == 1 {
            stock(&host);
        }
        let life = Duration::from_millis(rand::random::<u64>() % LIFE_MAX);
        today = std::thread::scope(|scope| {
            for buyer in &mut buyers {
                let address = host.address.clone();
                scope.spawn(move || buyer.work(&address, CUSTOMERS_MAX));
            }
            let address = host.address.clone();
            let clock = scope.spawn(move || advance(&address, today));
            // Mostly in the middle of the work; now and then before any of it is done.
            let (begun, before) = (Instant::now(), answers.load(Ordering::Relaxed));
            while !round.is_multiple_of(4) && answers.load(Ordering::Relaxed) == before {
                assert!(begun.elapsed() < PATIENCE, "nothing is ever answered");
                std::thread::sleep(Duration::from_millis(5));
            }
            // On a busy machine everything takes longer, a life as well.
            let busy = 1 + u32::try_from(begun.elapsed().as_millis() / 50).unwrap();
            std::thread::sleep(life * busy);
            host.kill();
            clock.join().unwrap()
        });
        if round.is_multiple_of(10) {
            audit(house);
        }
    }
    let host = house.serve("", &[]);
    settle(&mut buyers, &host);
    let now = done(&host.address, "GET /v1/test-clock", "");
    assert!(now["today"].as_str().unwrap() >= today.to_string().as_str(), "{now} {today}");
    done(&host.address, "POST /v1/billing/runs", "{}");
    let again = done(&host.address, "POST /v1/billing/runs", "{}");
    assert_eq!(again["booked"], 0);
    same_answers(&buyers, &host);
    host.kill();
    audit(house);
    check(house, &buyers, rounds).await;
}

/// Whoever is in doubt asks until the leases of the dead have passed.
fn settle(buyers: &mut [Buyer], host: &Host) {
    let begun = Instant::now();
    while !buyers.iter_mut().all(|buyer| buyer.is_settled(&host.address)) {
        assert!(begun.elapsed() < PATIENCE, "a request is never answered: {buyers:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// What was told is told again.
fn same_answers(buyers: &[Buyer], host: &Host) {
    let known: Vec<_> = buyers.iter().flat_map(|buyer| &buyer.known).collect();
    assert!(!known.is_empty());
    for sent in known.iter().step_by(known.len().div_ceil(SENT_AGAIN)) {
        assert_eq!(sent.again(&host.address), sent.told, "{sent:?}");
    }
}

/// The program finds nothing wrong with its book.
fn audit(house: &House) {
    let (code, said) = house.run(&["audit"]);
    // As long as there is no such command.
    assert!(code == Some(0) || said.contains("unrecognized subcommand"), "{said}");
}

/// The book itself: everything acknowledged is there, nothing is there twice.
async fn check(house: &House, buyers: &[Buyer], rounds: u32) {
    let mut side = Side::open(&house.url).await;
    if let Side::Sqlite(_) = side {
        assert_eq!(side.texts("pragma integrity_check").await, ["ok"]);
    }
    let ids = |rows: Vec<String>| rows.into_iter().collect::<BTreeSet<_>>();
    let completed = ids(side.texts("select id from checkouts where status = 'completed'").await);
    let invoices = ids(side.texts("select id from invoices").await);
    let subscriptions = ids(side.texts("select id from subscriptions").await);
    let changes = ids(side.texts("select id from scheduled_changes").await);
    let acknowledged: Vec<Value> =
        buyers.iter().flat_map(|b| &b.known).filter_map(clients::Sent::completed).collect();
    assert!(acknowledged.len() >= usize::try_from(rounds / 4).unwrap(), "too little was done");
    for checkout in &acknowledged {
        let (id, result) = (checkout["id"].as_str().unwrap(), &checkout["result"]);
        assert!(completed.contains(id), "{id} was acknowledged and is lost");
        let there =
            |set: &BTreeSet<String>, id: &Value| id.as_str().is_none_or(|id| set.contains(id));
        assert!(there(&subscriptions, &result["subscription"]), "{result}");
        assert!(there(&changes, &result["scheduled_change"]), "{result}");
        let issued = result["invoices"].as_array().unwrap();
        assert!(issued.iter().all(|invoice| there(&invoices, invoice)), "{result}");
    }
    let ordered: Vec<_> = buyers.iter().flat_map(Buyer::ordered).collect();
    assert!(ordered.len() >= usize::try_from(rounds / 8).unwrap(), "too little was ordered");
    let orders = ids(side.texts("select id from orders").await);
    assert!(ordered.iter().all(|id| orders.contains(id)), "an order was acknowledged and is lost");
    let accepted = ids(side.texts("select order_id from upsells where state = 'accepted'").await);
    let taken =
        |it: &&Buyer| it.known.iter().filter_map(clients::Sent::accepted).collect::<Vec<_>>();
    let mut taken = buyers.iter().flat_map(|it| taken(&it));
    assert!(taken.all(|order| accepted.contains(&order)), "what was accepted is lost");
    let is_left = |product: &str, of: i64, taken: &str| {
        let kept = "(select id from orders where status <> 'cancelled')";
        format!(
            "select id from products where id = '{product}' and (stock < 0 or stock <> {of} - \
             (select count(*) from {taken} in {kept}))"
        )
    };
    let pins = is_left("pin", PINS, "orders where id");
    let hats = is_left("hat", HATS, "upsells where state = 'accepted' and order_id");
    let mugs = is_left("mug", MUGS, "order_gifts where order_id");
    for (what, twice) in [
        ("pins are not what was ordered", pins.as_str()),
        ("hats are not what was accepted", &hats),
        ("mugs are not what was given", &mugs),
        (
            "a checkout is completed twice",
            "select subject from events where kind = 'checkout.completed' \
             group by subject having count(*) > 1",
        ),
        (
            "a customer bought the month twice",
            "select customer_id from subscriptions where precursor_id is null \
             group by customer_id having count(*) > 1",
        ),
        (
            "a period is booked twice",
            "select subscription_id from invoice_lines where kind = 'period' \
             group by subscription_id, period_start having count(*) > 1",
        ),
        (
            "a payment is there twice",
            "select reference from payments group by reference having count(*) > 1",
        ),
        (
            "a completed checkout has no event",
            "select id from checkouts where status = 'completed' and id not in \
             (select subject from events where kind = 'checkout.completed')",
        ),
        (
            "invoice numbers have a gap",
            "select cast(count(*) as text) from invoices having count(*) <> coalesce(max(number), \
                0)",
        ),
        (
            "events have a gap",
            "select cast(count(*) as text) from events having count(*) <> max(sequence)",
        ),
    ] {
        let found = side.texts(twice).await;
        assert!(found.is_empty(), "{what}: {found:?}");
    }
}
