//! Statements as the store sends them. Those of a release are kept with the tests: with
//! `CROSSGRADE_TEST_STATEMENTS=VERSION` a run of the tests adds what it sees to
//! `statements/<database>/VERSION.sql`, a line each, with the types of its values before it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, Once};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// Where those of a release are kept.
pub(crate) fn folder(database: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/it/statements", database].iter().collect()
}

/// Where the store tells what it sends.
const TARGET: &str = "crossgrade::statements";

/// What has been seen, by database.
type Seen = Arc<Mutex<BTreeSet<(String, String)>>>;

/// Told of every statement of this process, from before the first of them: a listener of one
/// thread alone that comes and goes may be told of nothing, for which of them are of interest is
/// remembered for all threads, by whichever asks first.
struct Recorder {
    /// What has been written to the files of a release, where they are asked for.
    kept: Option<(String, Seen)>,
}

thread_local! {
    /// Where those of this thread are recorded, while they are.
    static RECORDED: RefCell<Option<Seen>> = const { RefCell::new(None) };
}

#[derive(Default)]
struct Told {
    database: String,
    sql: String,
    types: String,
}

impl Visit for Told {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "database" => value.clone_into(&mut self.database),
            "sql" => value.clone_into(&mut self.sql),
            "types" => value.clone_into(&mut self.types),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

impl<S: Subscriber> Layer<S> for Recorder {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() != TARGET {
            return;
        }
        let mut told = Told::default();
        event.record(&mut told);
        let Told { database, sql, types } = told;
        // Of several rows the statement is that of one.
        if sql.contains("?), (?") {
            return;
        }
        let line = format!("/* {types} */ {sql}");
        RECORDED.with_borrow(|seen| {
            if let Some(seen) = seen {
                seen.lock().unwrap().insert((database.clone(), line.clone()));
            }
        });
        let Some((release, seen)) = &self.kept else { return };
        if seen.lock().unwrap().insert((database.clone(), line.clone())) {
            let file = folder(&database).join(format!("{release}.sql"));
            let mut options = std::fs::OpenOptions::new();
            let mut file = options.create(true).append(true).open(file).unwrap();
            writeln!(file, "{line}").unwrap();
        }
    }
}

/// What this thread sends, as long as it lives.
pub(crate) struct Recording(Seen);

impl Recording {
    pub(crate) fn begin() -> Self {
        listen();
        let seen = Seen::default();
        RECORDED.replace(Some(Arc::clone(&seen)));
        Self(seen)
    }

    /// The statements so far.
    pub(crate) fn statements(&self) -> Vec<String> {
        self.0.lock().unwrap().iter().map(|(_, line)| line.clone()).collect()
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        RECORDED.take();
    }
}

/// Listens to the store; called before it is opened.
pub(crate) fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let release = std::env::var_os("CROSSGRADE_TEST_STATEMENTS");
        let kept = release.map(|name| (name.into_string().unwrap(), Seen::default()));
        let only = Targets::new().with_target(TARGET, Level::TRACE);
        let listener = tracing_subscriber::registry().with(only).with(Recorder { kept });
        tracing::subscriber::set_global_default(listener).unwrap();
    });
}
