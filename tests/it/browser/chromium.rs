//! One Chromium with its driver for the whole test process, and the calls that the client of the
//! driver does not know.
//!
//! The driver belongs to a shell script that waits for the end of its input, a pipe which this
//! process holds open: however this process ends, driver, browser and profile go.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;
use tokio::sync::{Mutex, MutexGuard, OnceCell};

const HINT: &str = "no Chromium with its driver found, the browser's tests are skipped: \
                    apt-get install chromium chromium-driver";

/// Starts the driver, hands on its output, waits, and ends it. `$1` is the driver.
const SCRIPT: &str = r#"
exec 3<&0
trap '' INT HUP PIPE
TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/cg-browser.XXXXXX")
export TMPDIR
"$1" --port=0 </dev/null 2>/dev/null 3<&- &
driver=$!
# The browser outlives its driver unless it is told, and writes to its profile to the end.
end() {
    browser=$(pgrep -P "$driver")
    kill "$driver" $browser
    wait "$driver"
    for turn in 1 2 3 4 5 6 7 8 9 10; do
        [ -n "$browser" ] && kill -0 $browser || break
        sleep 0.2
    done
    rm -rf "$TMPDIR"
} 2>/dev/null
trap 'end; exit 1' TERM
read -r _ <&3 || true
end
"#;

/// The browser of this process.
pub(super) struct Chromium {
    /// Everything that has to do with the browser runs here, for the tests' own runtimes end.
    pub(super) runtime: Runtime,
    program: PathBuf,
    address: String,
    session: OnceCell<Client>,
    turn: Mutex<()>,
    _script: Child,
    /// Held open, for the driver writes to it.
    _output: std::sync::Mutex<BufReader<ChildStdout>>,
}

fn find(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let files = names.iter().flat_map(|name| folders.iter().map(move |dir| dir.join(name)));
    files.into_iter().find(|file| file.is_file())
}

/// The browser, or none where there is none.
pub(super) fn chromium() -> Option<&'static Chromium> {
    static BROWSER: OnceLock<Option<Chromium>> = OnceLock::new();
    BROWSER.get_or_init(start).as_ref()
}

fn start() -> Option<Chromium> {
    let found = find(&["chromedriver"]).zip(find(&["chromium", "chromium-browser"]));
    let is_required = std::env::var_os("CROSSGRADE_TEST_REQUIRE").is_some_and(|v| v == "all");
    assert!(found.is_some() || !is_required, "{HINT}");
    let Some((driver, chromium)) = found else {
        eprintln!("{HINT}");
        return None;
    };
    let mut script = Command::new("/bin/sh")
        .args(["-c", SCRIPT, "sh"])
        .arg(driver)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(script.stdout.take().unwrap());
    let port = (&mut output).lines().map_while(Result::ok).find_map(|line| {
        let rest = line.split("successfully on port ").nth(1)?;
        rest.trim_end_matches('.').parse::<u16>().ok()
    });
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    Some(Chromium {
        runtime: runtime.worker_threads(2).enable_all().build().unwrap(),
        program: chromium,
        address: format!("http://127.0.0.1:{}", port.unwrap()),
        session: OnceCell::new(),
        turn: Mutex::new(()),
        _script: script,
        _output: std::sync::Mutex::new(output),
    })
}

impl Chromium {
    /// Waits until no other story has the browser, which forgets what it knew.
    pub(super) async fn turn(&self) -> (MutexGuard<'_, ()>, &Client) {
        let turn = self.turn.lock().await;
        let client = self.session.get_or_init(|| self.connect()).await;
        client.goto("about:blank").await.unwrap();
        self.devtools("Network.clearBrowserCookies", json!({})).await;
        self.log().await;
        (turn, client)
    }

    async fn connect(&self) -> Client {
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--window-size=1280,900",
        ];
        let wanted: Map<String, Value> = Map::from_iter([
            ("goog:chromeOptions".to_owned(), json!({"binary": self.program, "args": arguments})),
            ("goog:loggingPrefs".to_owned(), json!({"browser": "ALL"})),
        ]);
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(wanted).connect(&self.address).await.unwrap()
    }

    /// A call of the devtools' protocol.
    pub(super) async fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.post("goog/cdp/execute", json!({"cmd": command, "params": parameters})).await
    }

    /// What stands in the console since it was last asked.
    pub(super) async fn log(&self) -> Vec<Value> {
        let log = self.post("se/log", json!({"type": "browser"})).await;
        log.as_array().unwrap().clone()
    }

    async fn post(&self, command: &str, body: Value) -> Value {
        let client = self.session.get().unwrap();
        let session = client.session_id().await.unwrap().unwrap();
        let request = Request::post(format!("{}/session/{session}/{command}", self.address))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .unwrap();
        let driver = hyper_util::client::legacy::Client::builder(TokioExecutor::new());
        let answer = driver.build::<_, Body>(HttpConnector::new()).request(request).await.unwrap();
        let bytes = to_bytes(Body::new(answer.into_body()), usize::MAX).await.unwrap();
        let answer: Value = serde_json::from_slice(&bytes).unwrap();
        answer["value"].clone()
    }
}
