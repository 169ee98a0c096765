//! Several processes on one book: servers and billing runs at the same time, and two that start
//! on an empty one.

use std::collections::BTreeSet;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::api::orders::order_of;
use crate::cli::workspace::{PATIENCE, Server, Workspace};
use crate::support::postgres;
use crate::world::{ADMIN_KEY, World, eur};

/// How many subscriptions are billed.
const SUBSCRIPTIONS: usize = 120;

/// How many months are owed for each.
const MONTHS: usize = 3;

/// A process that does not outlive the test.
struct Started(Child);

impl Started {
    fn new(command: &mut Command) -> Self {
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Self(quiet.spawn().unwrap())
    }

    fn ended(mut self) -> Option<i32> {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status.code();
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        if self.0.try_wait().is_ok_and(|ended| ended.is_none()) {
            self.0.kill().ok();
            self.0.wait().ok();
        }
    }
}

fn served(workspace: &Workspace, url: &str, more: &[&str]) -> Command {
    let mut command =
        workspace.command(&["serve", "--listen", "127.0.0.1:0", "--database-url", url]);
    command.args(more).env("CROSSGRADE_ADMIN_KEY", ADMIN_KEY);
    command
}

fn json_of(answer: &str) -> Value {
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

fn all(server: &Server, path: &str) -> Vec<Value> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let (status, answer) = server.get(&format!("{path}?limit=200{cursor}"));
        assert_eq!(status, 200, "{answer}");
        let page = json_of(&answer);
        found.extend(page["data"].as_array().unwrap().iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_and_three_runs_bill_every_day_once() {
    let Some((store, database)) = postgres::fresh().await else { return };
    let world = World::new(store.clone()).await;
    world.catalogue().await;
    for number in 0..SUBSCRIPTIONS {
        let told = json!({
            "customer": format!("c{number:03}"), "offer": "month", "started_on": "2026-01-31",
        });
        world.post("/v1/subscriptions", told).await.expect(201);
    }
    store.close().await;
    let url = postgres::url_of(&database);
    let workspace = Workspace::new();
    // Three months of downtime: nothing is billed until somebody does.
    let clock = ["--test-clock", "2026-04-30"];
    let servers = [0, 1].map(|_| Server::start(&mut served(&workspace, &url, &clock)));
    let bill = || Started::new(&mut workspace.command(&["bill", "--database-url", &url]));
    let bills = [bill(), bill(), bill()];
    let runs: Vec<Value> = std::thread::scope(|scope| {
        let asked = servers.each_ref().map(|server| {
            scope.spawn(|| json_of(&server.call("POST", "/v1/billing/runs", "{}").1))
        });
        asked.into_iter().map(|asked| asked.join().unwrap()).collect()
    });
    assert!(runs.iter().all(|run| run["failures"] == json!([])), "{runs:?}");
    for bill in bills {
        assert_eq!(bill.ended(), Some(0));
    }
    let [server, other] = servers;
    // What a run left to another that was still at it is done by now.
    let (_, rest) = server.call("POST", "/v1/billing/runs", "{}");
    assert_eq!(json_of(&rest)["failures"], json!([]));
    let invoices = all(&server, "/v1/invoices");
    let mut numbers: Vec<u64> = invoices.iter().map(|it| it["number"].as_u64().unwrap()).collect();
    numbers.sort_unstable();
    let wanted = SUBSCRIPTIONS * MONTHS;
    assert_eq!(numbers, (1..=wanted as u64).collect::<Vec<_>>());
    let lines = invoices.iter().flat_map(|invoice| invoice["lines"].as_array().unwrap());
    let booked: BTreeSet<(String, String)> = lines
        .map(|line| (line["subscription"].to_string(), line["period"]["start"].to_string()))
        .collect();
    assert_eq!(booked.len(), wanted);
    let told: i64 = all(&server, "/v1/billing/runs")
        .iter()
        .inspect(|run| assert_eq!(run["status"], "completed"))
        .map(|run| run["booked"].as_i64().unwrap())
        .sum();
    assert_eq!(told, i64::try_from(wanted).unwrap(), "each run counts what it did itself");
    let (status, audit) = server.get("/v1/audit");
    assert!(status == 200 && json_of(&audit)["ok"] == json!(true), "{audit}");
    assert_eq!((server.terminate(), other.terminate()), (Some(0), Some(0)));
}

/// Twenty-four at once, half of them at each server.
fn at_two(
    servers: &[Server; 2],
    ask: impl Fn(usize) -> (String, Value) + Sync,
) -> Vec<(u16, Value)> {
    std::thread::scope(|scope| {
        let asked: Vec<_> = (0..24)
            .map(|n| {
                let (server, ask) = (&servers[n % 2], &ask);
                scope.spawn(move || {
                    let (path, body) = ask(n);
                    let (status, answer) = server.call("POST", &path, &body.to_string());
                    (status, json_of(&answer))
                })
            })
            .collect();
        asked.into_iter().map(|asked| asked.join().unwrap()).collect()
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_sell_the_last_piece_once_as_a_line_an_offer_and_a_gift() {
    let Some((store, database)) = postgres::fresh().await else { return };
    let world = World::new(store.clone()).await;
    for (id, stock) in [("pin", 1), ("cap", 1_000), ("hat", 1), ("mug", 1), ("bag", 100)] {
        let goods = json!({
            "title": id, "kind": "physical", "stock": stock, "unit_net": eur("1.00"),
        });
        world.put(&format!("/v1/products/{id}"), goods).await.expect(201);
    }
    let offer = json!({"title": "Hats", "channels": ["web"], "offered_product": "hat"});
    world.put("/v1/campaigns/hats", offer).await.expect(201);
    let buy = json!({"units": {"of": {"product": "cap"}, "min": 1}});
    // The mug is short on its shelf, the bag in its rule.
    for (rule, gift) in
        [("shelf", json!({"product": "mug"})), ("own", json!({"product": "bag", "stock": 1}))]
    {
        let body = json!({"title": rule, "buy": buy, "get": [gift]});
        world.put(&format!("/v1/gift-rules/{rule}"), body).await.expect(201);
    }
    store.close().await;
    let url = postgres::url_of(&database);
    let workspace = Workspace::new();
    let servers = [0, 1].map(|_| Server::start(&mut served(&workspace, &url, &[])));
    let order = |prefix: &'static str, product: &'static str| {
        move |n: usize| {
            let order = order_of(&format!("{prefix}-{n}"), &[(product, 1, "1.00")]);
            ("/v1/orders".to_owned(), order)
        }
    };
    let how_many = |answers: &[(u16, Value)], status: u16| {
        answers.iter().filter(|(told, _)| *told == status).count()
    };
    let lines = at_two(&servers, order("pin", "pin"));
    assert_eq!((how_many(&lines, 201), how_many(&lines, 409)), (1, 23), "{lines:?}");
    let gifts = at_two(&servers, order("cap", "cap"));
    assert_eq!(how_many(&gifts, 201), 24, "{gifts:?}");
    for rule in ["shelf", "own"] {
        let all = gifts.iter().flat_map(|(_, order)| order["gifts"].as_array().unwrap());
        assert_eq!(all.filter(|gift| gift["rule"] == rule).count(), 1, "{rule}: {gifts:?}");
    }
    let ask = |n: usize| (format!("/v1/orders/cap-{n}/upsell"), json!({}));
    assert_eq!(how_many(&at_two(&servers, ask), 200), 24);
    let accept = |n: usize| (format!("/v1/orders/cap-{n}/upsell/accept"), json!({}));
    let offers = at_two(&servers, accept);
    assert_eq!((how_many(&offers, 200), how_many(&offers, 409)), (1, 23), "{offers:?}");
    for (product, left) in [("pin", 0), ("hat", 0), ("mug", 0), ("bag", 99), ("cap", 976)] {
        let (_, told) = servers[0].get(&format!("/v1/products/{product}"));
        assert_eq!(json_of(&told)["stock"], left, "{product}");
    }
    let (status, audit) = servers[1].get("/v1/audit");
    assert!(status == 200 && json_of(&audit)["ok"] == json!(true), "{audit}");
}

/// Starts two servers on a book that is not there yet; both serve, and one merchant is there.
fn start_two(workspace: &Workspace, url: &str) {
    let servers = std::thread::scope(|scope| {
        let starting =
            [0, 1].map(|_| scope.spawn(|| Server::start(&mut served(workspace, url, &[]))));
        starting.map(|starting| starting.join().unwrap())
    });
    for server in &servers {
        assert_eq!(server.get("/v1/settings").0, 200);
        assert_eq!(all(server, "/v1/keys").len(), 1);
    }
    let [one, other] = servers;
    assert_eq!((one.terminate(), other.terminate()), (Some(0), Some(0)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_may_start_on_one_empty_database() {
    for _ in 0..3 {
        let Some(database) = postgres::empty().await else { return };
        start_two(&Workspace::new(), &postgres::url_of(&database));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_may_start_on_one_empty_file() {
    for _ in 0..3 {
        let workspace = Workspace::new();
        let url = format!("sqlite:{}", workspace.folder.path().join("shared.db").display());
        start_two(&workspace, &url);
        let store = Store::open(&url).await.unwrap();
        store.migrate().await.unwrap();
        store.close().await;
    }
}

/// A run that nobody waits for is finished before the server ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_nobody_waits_for_outlasts_the_signal() {
    let workspace = Workspace::new();
    let url = format!("sqlite:{}", workspace.folder.path().join("book.db").display());
    let store = Store::open(&url).await.unwrap();
    store.migrate().await.unwrap();
    let world = World::new(store.clone()).await;
    world.catalogue().await;
    for number in 0..SUBSCRIPTIONS {
        let told = json!({
            "customer": format!("c{number:03}"), "offer": "month", "started_on": "2026-01-31",
        });
        world.post("/v1/subscriptions", told).await.expect(201);
    }
    store.close().await;
    let clock = ["--test-clock", "2027-01-31"];
    let server = Server::start(&mut served(&workspace, &url, &clock));
    let (status, run) = server.call("POST", "/v1/billing/runs", r#"{"wait":false}"#);
    assert_eq!(status, 202, "{run}");
    assert_eq!(server.terminate(), Some(0));
    let server = Server::start(&mut served(&workspace, &url, &[]));
    let run = &all(&server, "/v1/billing/runs")[0];
    assert_eq!((&run["status"], &run["booked"]), (&json!("completed"), &json!(12 * SUBSCRIPTIONS)));
    assert_eq!(server.terminate(), Some(0));
}
