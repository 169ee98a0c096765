//! The hosted checkout in a real headless Chromium, on a real port. Without Chromium and its
//! driver it is skipped and says so; `CROSSGRADE_TEST_REQUIRE=all` makes that a failure.

use std::io::{BufRead, BufReader, Lines};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};

use crate::support::sqlite;
use crate::world::World;

const HINT: &str = "no Chromium with its driver found, the browser's tests are skipped: \
                    apt-get install chromium chromium-driver";

/// A driver and its browser, which end with this value.
struct Browser {
    driver: Child,
    /// Held open, for the driver writes to it.
    _output: Lines<BufReader<ChildStdout>>,
    client: Client,
    _profile: tempfile::TempDir,
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver takes its browser along.
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn find(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let files = names.iter().flat_map(|name| folders.iter().map(move |dir| dir.join(name)));
    files.into_iter().find(|file| file.is_file())
}

impl Browser {
    async fn start() -> Option<Self> {
        let found = find(&["chromedriver"]).zip(find(&["chromium", "chromium-browser"]));
        let is_required = std::env::var_os("CROSSGRADE_TEST_REQUIRE").is_some_and(|v| v == "all");
        assert!(found.is_some() || !is_required, "{HINT}");
        let Some((driver, chromium)) = found else {
            eprintln!("{HINT}");
            return None;
        };
        let mut driver = Command::new(driver)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = output.by_ref().map_while(Result::ok).find_map(|line| {
            let rest = line.split("successfully on port ").nth(1)?;
            rest.trim_end_matches('.').parse::<u16>().ok()
        });
        let profile = tempfile::tempdir().unwrap();
        let data = format!("--user-data-dir={}", profile.path().display());
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=390,900",
            &data,
        ];
        let options = json!({"binary": chromium, "args": arguments});
        let wanted: Map<String, Value> =
            Map::from_iter([("goog:chromeOptions".to_owned(), options)]);
        let address = format!("http://localhost:{}", port.unwrap());
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder.capabilities(wanted).connect(&address).await.unwrap();
        Some(Self { driver, _output: output, client, _profile: profile })
    }
}

/// A subscriber by the month whose checkout for the year is open; answers with its path.
async fn checkout(world: &World, locale: &str) -> String {
    world.catalogue().await;
    world.buy("ada", "month").await;
    world.advance("2026-02-10").await;
    let body = json!({"customer": "ada", "offer": "year", "locale": locale});
    let opened = world.post("/v1/checkouts", body).await;
    let url = opened.json["url"].as_str().unwrap().to_owned();
    url.strip_prefix("http://localhost:8080").unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_confirms_a_change_and_reads_when_it_happens() {
    let Some(browser) = Browser::start().await else { return };
    for (locale, button, date) in [
        ("en", "Confirm change", "February 28, 2026"),
        ("de", "Änderung bestätigen", "28. Februar 2026"),
    ] {
        let (store, _folder) = sqlite().await;
        let world = World::new(store).await;
        let path = checkout(&world, locale).await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let router = world.router.clone();
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let page = &browser.client;
        page.goto(&format!("{base}{path}")).await.unwrap();
        let confirm = page.find(Locator::Css("button[type=submit]")).await.unwrap();
        assert_eq!(confirm.text().await.unwrap(), button);
        confirm.click().await.unwrap();
        // A click answers before the next page has come.
        let wait = page.wait().at_most(Duration::from_secs(30));
        let done = wait.for_element(Locator::Css("main > .text")).await.unwrap();
        let seen = done.text().await.unwrap();
        assert!(seen.contains(date), "{seen}");
        assert!(page.find(Locator::Css("button[type=submit]")).await.is_err(), "it is done");
        let waiting = world.get("/v1/scheduled-changes?status=pending").await;
        assert_eq!(waiting.json["data"].as_array().unwrap().len(), 1, "and stored");
        server.abort();
    }
    browser.client.clone().close().await.unwrap();
}
