//! A page as somebody sees and uses it. Nothing is looked for without waiting: a click answers
//! before the next page has come.

use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crossgrade::app::test_clock::ClockTarget;
use crossgrade::server::ServerOptions;
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};

use super::chromium::{Chromium, chromium};
use crate::cli::workspace::{Server, Workspace};
use crate::support::sqlite;
use crate::world::{ADMIN_KEY, START, World};

const AXE: &str = include_str!("../../vendor/axe.min.js");

/// How long anything may take; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// A phone and a desk.
const WIDTHS: [(u32, u32); 2] = [(390, 844), (1280, 800)];

/// The page that is open.
pub(crate) struct Page {
    /// For what is not here.
    pub(crate) client: Client,
    browser: &'static Chromium,
    base: String,
}

/// Tells a story with a fresh world, whose server the page looks at.
pub(crate) fn journey(story: impl AsyncFnOnce(&Page, &World)) {
    journey_on(ServerOptions::default(), story);
}

/// The same in a demo, with its shop and its payments.
pub(crate) fn demo_journey(story: impl AsyncFnOnce(&Page, &World)) {
    journey_on(ServerOptions { is_demo: true, ..ServerOptions::default() }, story);
}

fn journey_on(options: ServerOptions, story: impl AsyncFnOnce(&Page, &World)) {
    let Some(browser) = chromium() else { return };
    browser.runtime.block_on(async {
        let (turn, client) = browser.turn().await;
        let (book, _folder) = sqlite().await;
        let start = Some(ClockTarget::Date(START.parse().unwrap()));
        let world = World::serving(book, start, "http://localhost:8080", options).await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let router = world.router.clone();
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let page = Page { client: client.clone(), browser, base };
        story(&page, &world).await;
        page.has_quiet_console().await;
        server.abort();
        drop(turn);
    });
}

/// Tells a story with the demo as people start it.
pub(crate) fn demo_as_started(story: impl AsyncFnOnce(&Page)) {
    let Some(browser) = chromium() else { return };
    let workspace = Workspace::new();
    let mut command = workspace.command(&["demo", "--listen", "127.0.0.1:0"]);
    let demo = Server::start(command.env("TMPDIR", workspace.folder.path()));
    browser.runtime.block_on(async {
        let (turn, client) = browser.turn().await;
        let base = format!("http://{}", demo.address);
        let page = Page { client: client.clone(), browser, base };
        story(&page).await;
        page.has_quiet_console().await;
        drop(turn);
    });
    assert_eq!(demo.terminate(), Some(0));
}

impl Page {
    /// Goes to an address of the server.
    pub(crate) async fn open(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.base)).await.unwrap();
    }

    /// Signs in with the merchant's first key.
    pub(crate) async fn sign_in(&self) {
        self.sign_in_with(ADMIN_KEY).await;
        self.see("form.who").await;
    }

    /// Sends a key at the door.
    pub(crate) async fn sign_in_with(&self, key: &str) {
        self.open("/backend/sign-in").await;
        self.fill("#f-key", key).await;
        self.go("button[type=submit]").await;
    }

    /// Waits for an element.
    pub(crate) async fn see(&self, css: &str) -> Element {
        let wait = self.client.wait().at_most(PATIENCE);
        match wait.for_element(Locator::Css(css)).await {
            Ok(element) => element,
            Err(error) => panic!("{css}: {error}\n{}", self.client.source().await.unwrap()),
        }
    }

    /// The text of an element.
    pub(crate) async fn text(&self, css: &str) -> String {
        self.see(css).await.text().await.unwrap()
    }

    /// How many elements there are; for pages that are there already.
    pub(crate) async fn count(&self, css: &str) -> usize {
        self.client.find_all(Locator::Css(css)).await.unwrap().len()
    }

    /// What stands in a field.
    pub(crate) async fn value(&self, css: &str) -> String {
        self.see(css).await.prop("value").await.unwrap().unwrap()
    }

    /// Types into a field, over what stands there.
    pub(crate) async fn fill(&self, css: &str, text: &str) {
        let field = self.see(css).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Picks in a list.
    pub(crate) async fn pick(&self, css: &str, value: &str) {
        self.see(css).await.select_by_value(value).await.unwrap();
    }

    /// Clicks on what leads to another page, and waits for that.
    pub(crate) async fn go(&self, css: &str) {
        self.leave().await;
        self.see(css).await.click().await.unwrap();
        self.arrive().await;
    }

    /// Presses keys where the focus is, as a keyboard does: sent to an element, they would begin at
    /// its first part, and never get through a date.
    pub(crate) async fn press(&self, keys: &str) {
        let strokes =
            keys.chars().fold(KeyActions::new("keyboard".to_owned()), |strokes, value| {
                strokes.then(KeyAction::Down { value }).then(KeyAction::Up { value })
            });
        self.client.perform_actions(strokes).await.unwrap();
    }

    /// Presses what leads to another page, and waits for that.
    pub(crate) async fn press_to(&self, keys: &str) {
        self.leave().await;
        self.press(keys).await;
        self.arrive().await;
    }

    /// Marks the page that is about to be left.
    async fn leave(&self) {
        let mark = "document.documentElement.dataset.left = 'soon'";
        self.client.execute(mark, Vec::new()).await.unwrap();
    }

    /// Waits for the whole of the next page.
    async fn arrive(&self) {
        self.see("html:not([data-left]) body").await;
        let ready = "return document.readyState === 'complete'";
        let wait = tokio::time::timeout(PATIENCE, async {
            while self.client.execute(ready, Vec::new()).await.unwrap() != json!(true) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        wait.await.unwrap();
    }

    /// Makes the window as small as a phone's, until the page was judged.
    pub(crate) async fn on_phone(&self) {
        self.resize(WIDTHS[0]).await;
    }

    /// Makes the window as large as a desk's, until the page was judged.
    pub(crate) async fn at_desk(&self) {
        self.resize(WIDTHS[1]).await;
    }

    /// Moves one finger from a spot of the window by so many pixels, and lifts it.
    pub(crate) async fn swipe(&self, (x, y): (i64, i64), (across, down): (i64, i64)) {
        let spots = (0..=10).map(|step| vec![(x + across * step / 10, y + down * step / 10)]);
        self.touch(spots.collect()).await;
    }

    /// Moves two fingers apart around a spot of the window: so far from it at first, so far later.
    pub(crate) async fn pinch(&self, (x, y): (i64, i64), (first, last): (i64, i64)) {
        let off = |step| first + (last - first) * step / 10;
        let spots = (0..=10).map(|step| vec![(x - off(step), y), (x + off(step), y)]);
        self.touch(spots.collect()).await;
    }

    /// Puts fingers down at the first of these spots, moves them through the rest, and lifts them.
    async fn touch(&self, course: Vec<Vec<(i64, i64)>>) {
        let send = async |kind: &str, spots: &[(i64, i64)]| {
            let point = |(id, (x, y)): (usize, &(i64, i64))| json!({"id": id, "x": x, "y": y});
            let points: Vec<Value> = spots.iter().enumerate().map(point).collect();
            let event = json!({"type": kind, "touchPoints": points});
            self.browser.devtools("Input.dispatchTouchEvent", event).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        for (step, spots) in course.iter().enumerate() {
            send(if step == 0 { "touchStart" } else { "touchMove" }, spots).await;
        }
        send("touchEnd", &[]).await;
    }

    async fn resize(&self, (width, height): (u32, u32)) {
        let size = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
        });
        self.browser.devtools("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Whether the scripts of pages run from now on.
    pub(crate) async fn without_scripts(&self, none: bool) {
        self.browser.devtools("Emulation.setScriptExecutionDisabled", json!({"value": none})).await;
    }

    /// The path that is open, with its query.
    pub(crate) async fn path(&self) -> String {
        let url = self.client.current_url().await.unwrap();
        url.as_str().strip_prefix(&self.base).unwrap().to_owned()
    }

    /// Nothing is wrong with the page on a phone and at a desk, by day and by night: axe finds
    /// nothing, nothing is wider than the screen, the console is quiet. Keeps screenshots of it
    /// under this name where they are asked for.
    pub(crate) async fn is_fine(&self, name: &str) {
        let folder = std::env::var_os("CROSSGRADE_TEST_SCREENSHOTS").map(PathBuf::from);
        for (place, size) in WIDTHS.into_iter().enumerate() {
            let (width, _) = size;
            self.resize(size).await;
            for (turn, scheme) in ["light", "dark"].into_iter().enumerate() {
                // Each width and each scheme is judged once.
                if turn != place && folder.is_none() {
                    continue;
                }
                let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
                let media = json!({"features": features});
                self.browser.devtools("Emulation.setEmulatedMedia", media).await;
                if turn == place {
                    self.has_no_violation(&format!("{name} at {width}, {scheme}")).await;
                }
                if let Some(folder) = &folder {
                    let file = folder.join(format!("{name}-{width}-{scheme}.png"));
                    self.screenshot(&file).await;
                }
            }
        }
        self.browser.devtools("Emulation.clearDeviceMetricsOverride", json!({})).await;
        self.browser.devtools("Emulation.setEmulatedMedia", json!({"features": []})).await;
        self.has_quiet_console().await;
    }

    /// The same of a page that others have written: it is not wider than the screen, and the
    /// console is quiet.
    pub(crate) async fn fits(&self, name: &str) {
        let wide = "return document.documentElement.scrollWidth - window.innerWidth";
        for size in WIDTHS {
            self.resize(size).await;
            let wide = self.client.execute(wide, Vec::new()).await.unwrap();
            assert!(wide.as_i64().unwrap() <= 0, "{name}: {wide} pixels too wide at {}", size.0);
            let folder = std::env::var_os("CROSSGRADE_TEST_SCREENSHOTS").map(PathBuf::from);
            if let Some(folder) = folder {
                self.screenshot(&folder.join(format!("{name}-{}.png", size.0))).await;
            }
        }
        self.browser.devtools("Emulation.clearDeviceMetricsOverride", json!({})).await;
        self.has_quiet_console().await;
    }

    /// A document of the backend is printed without what surrounds it, on one sheet of A4.
    pub(crate) async fn is_fine_on_paper(&self, name: &str) {
        let around = [".bar", ".side", ".menu", ".clock", ".crumbs", ".actions"];
        self.is_printed_without(&around, name).await;
    }

    /// The page is printed without this, on one sheet of A4.
    pub(crate) async fn is_printed_without(&self, around: &[&str], name: &str) {
        let folder = std::env::var_os("CROSSGRADE_TEST_SCREENSHOTS").map(PathBuf::from);
        let media = json!({"media": "print", "features": []});
        self.browser.devtools("Emulation.setEmulatedMedia", media).await;
        self.resize((794, 1123)).await;
        for css in around {
            let around = self.client.find(Locator::Css(css)).await.unwrap();
            assert!(!around.is_displayed().await.unwrap(), "{css} is printed");
        }
        if let Some(folder) = &folder {
            self.screenshot(&folder.join(format!("{name}-paper.png"))).await;
        }
        self.browser.devtools("Emulation.clearDeviceMetricsOverride", json!({})).await;
        let media = json!({"media": "", "features": []});
        self.browser.devtools("Emulation.setEmulatedMedia", media).await;
        let a4 = json!({"paperWidth": 8.27, "paperHeight": 11.69});
        let printed = self.browser.devtools("Page.printToPDF", a4).await;
        let printed = STANDARD.decode(printed["data"].as_str().unwrap()).unwrap();
        let text = String::from_utf8_lossy(&printed);
        assert_eq!(text.matches("/Type /Page\n").count(), 1, "sheets of {name}");
        if let Some(folder) = &folder {
            std::fs::write(folder.join(format!("{name}.pdf")), printed).unwrap();
        }
    }

    /// What is seen at a desk of this height, by day: as a PNG, and as text.
    pub(crate) async fn picture(&self, (width, height): (u32, u32)) -> (Vec<u8>, String) {
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.browser.devtools("Emulation.setDeviceMetricsOverride", size).await;
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": "light"}]});
        self.browser.devtools("Emulation.setEmulatedMedia", media).await;
        let read = "scrollTo(0, 0); document.activeElement.blur(); return document.body.innerText";
        let text = self.client.execute(read, Vec::new()).await.unwrap();
        let shot = self.browser.devtools("Page.captureScreenshot", json!({})).await;
        self.browser.devtools("Emulation.clearDeviceMetricsOverride", json!({})).await;
        self.browser.devtools("Emulation.setEmulatedMedia", json!({"features": []})).await;
        let png = STANDARD.decode(shot["data"].as_str().unwrap()).unwrap();
        (png, text.as_str().unwrap().to_owned())
    }

    /// What is wrong with the page on a phone, for those that differ from others by their texts.
    pub(crate) async fn faults_on_a_phone(&self, name: &str) -> Value {
        let (width, height) = WIDTHS[0];
        let size = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
        });
        self.browser.devtools("Emulation.setDeviceMetricsOverride", size).await;
        let found = self.violations().await;
        if let Some(folder) = std::env::var_os("CROSSGRADE_TEST_SCREENSHOTS").map(PathBuf::from) {
            self.screenshot(&folder.join(format!("{name}-{width}-light.png"))).await;
        }
        self.browser.devtools("Emulation.clearDeviceMetricsOverride", json!({})).await;
        self.has_quiet_console().await;
        found
    }

    async fn has_no_violation(&self, name: &str) {
        let found = self.violations().await;
        assert_eq!(found, json!([]), "{name}: {found:#}");
    }

    /// What is wrong with the page as it stands: what axe finds, and being wider than the screen.
    async fn violations(&self) -> Value {
        self.client.execute(AXE, Vec::new()).await.unwrap();
        let run = "const done = arguments[arguments.length - 1]; \
                   const wide = document.documentElement.scrollWidth - window.innerWidth; \
                   const rest = wide > 0 ? [`${wide} pixels wider than the screen`] : []; \
                   axe.run(document, {resultTypes: ['violations']}).then( \
                   (found) => done(rest.concat(found.violations.map((it) => [it.id, it.help, \
                   it.nodes.map((node) => node.html + ' ' + node.failureSummary)]))), \
                   (error) => done([String(error)]))";
        self.client.execute_async(run, Vec::new()).await.unwrap()
    }

    /// No script stumbled, nothing was loaded that may not be. That a form was refused is no
    /// fault of the page.
    async fn has_quiet_console(&self) {
        let log = self.browser.log().await;
        let loud = |entry: &&Value| {
            let is_refusal = entry["message"].as_str().unwrap().contains("with a status of 4");
            entry["level"] == "SEVERE" && !is_refusal
        };
        let loud: Vec<&Value> = log.iter().filter(loud).collect();
        assert!(loud.is_empty(), "{loud:#?}");
    }

    async fn screenshot(&self, file: &std::path::Path) {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        let whole = json!({"captureBeyondViewport": true});
        let shot = self.browser.devtools("Page.captureScreenshot", whole).await;
        // Of a page without an end none can be taken.
        let Some(data) = shot["data"].as_str() else { return };
        std::fs::write(file, STANDARD.decode(data).unwrap()).unwrap();
    }
}
