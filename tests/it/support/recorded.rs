//! Statements as the store sends them. Those of a release are kept with the tests: with
//! `CROSSGRADE_TEST_STATEMENTS=VERSION` a run of the tests adds what it sees to
//! `statements/<database>/VERSION.sql`, a line each, with the types of its values before it.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// Where those of a release are kept.
pub(crate) fn folder(database: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/it/statements", database].iter().collect()
}

/// Where the store tells what it sends.
const TARGET: &str = "crossgrade::statements";

/// What has been seen, by database.
type Seen = Arc<Mutex<BTreeSet<(String, String)>>>;

/// Keeps each statement once.
struct Recorder {
    seen: Seen,
    /// The release for which they are kept in files, too.
    release: Option<String>,
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
        let is_new = self.seen.lock().unwrap().insert((database.clone(), line.clone()));
        if let Some(release) = self.release.as_ref().filter(|_| is_new) {
            let file = folder(&database).join(format!("{release}.sql"));
            let mut options = std::fs::OpenOptions::new();
            let mut file = options.create(true).append(true).open(file).unwrap();
            writeln!(file, "{line}").unwrap();
        }
    }
}

/// Without a filter of its own: what filters of several threads are interested in, is remembered
/// for all of them, and one that begins meanwhile may be told of nothing.
fn subscriber(recorder: Recorder) -> impl Subscriber {
    tracing_subscriber::registry().with(recorder)
}

/// What this thread sends, as long as the guard lives.
pub(crate) struct Recording {
    seen: Seen,
    _guard: tracing::subscriber::DefaultGuard,
    _turn: MutexGuard<'static, ()>,
}

/// One at a time: what is of interest is remembered for all threads.
static TURN: Mutex<()> = Mutex::new(());

impl Recording {
    pub(crate) fn begin() -> Self {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = Seen::default();
        let recorder = Recorder { seen: Arc::clone(&seen), release: None };
        let guard = tracing::subscriber::set_default(subscriber(recorder));
        tracing::callsite::rebuild_interest_cache();
        Self { seen, _guard: guard, _turn: turn }
    }

    /// The statements so far.
    pub(crate) fn statements(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().map(|(_, line)| line.clone()).collect()
    }
}

/// Keeps what all tests of this process send, where a release asks for it.
pub(crate) fn for_release() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let Some(release) = std::env::var_os("CROSSGRADE_TEST_STATEMENTS") else { return };
        let release = release.into_string().unwrap();
        let recorder = Recorder { seen: Seen::default(), release: Some(release) };
        tracing::subscriber::set_global_default(subscriber(recorder)).unwrap();
    });
}
