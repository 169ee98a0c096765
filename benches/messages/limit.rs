//! The limit: the engine's rows, copied by bare SQL into the book as it was before.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};

/// A connection to a book to which another is attached as `src`.
pub(crate) enum Link {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Link {
    /// Opens one; the other book is a file of SQLite's, or is there already.
    pub(crate) async fn open(book: &str, attached: Option<&str>) -> Self {
        if !book.starts_with("sqlite:") {
            return Self::Postgres(PgConnection::connect(book).await.expect("a book"));
        }
        let mut link = Self::Sqlite(SqliteConnection::connect(book).await.expect("a book"));
        for pragma in ["journal_mode = wal", "synchronous = full", "foreign_keys = on"] {
            link.run(&format!("pragma {pragma}"), &[]).await;
        }
        if let Some(path) = attached {
            let path = path.trim_start_matches("sqlite:");
            link.run(&format!("attach database '{path}' as src"), &[]).await;
        }
        link
    }

    pub(crate) async fn run(&mut self, text: &str, values: &[&str]) {
        let sql = AssertSqlSafe(text.to_owned());
        match self {
            Self::Sqlite(link) if values.is_empty() => drop(link.execute(sql).await.expect(text)),
            Self::Postgres(link) if values.is_empty() => drop(link.execute(sql).await.expect(text)),
            Self::Sqlite(link) => {
                let query = values.iter().fold(sqlx::query(sql), |query, it| query.bind(*it));
                query.execute(link).await.expect(text);
            }
            Self::Postgres(link) => {
                let query = values.iter().fold(sqlx::query(sql), |query, it| query.bind(*it));
                query.execute(link).await.expect(text);
            }
        }
    }

    /// One durable transaction.
    pub(crate) async fn commit(&mut self, texts: &[&str], values: &[&str]) {
        let begin = match self {
            Self::Sqlite(_) => "begin immediate",
            Self::Postgres(_) => "begin",
        };
        self.run(begin, &[]).await;
        for text in texts {
            let values = if text.contains("$1") { values } else { &[] };
            self.run(text, values).await;
        }
        self.run("commit", &[]).await;
    }

    /// What a statement gives, a text a row.
    pub(crate) async fn texts(&mut self, text: &str) -> Vec<String> {
        let sql = AssertSqlSafe(text.to_owned());
        let rows: Vec<(String,)> = match self {
            Self::Sqlite(link) => sqlx::query_as(sql).fetch_all(link).await.expect(text),
            Self::Postgres(link) => sqlx::query_as(sql).fetch_all(link).await.expect(text),
        };
        rows.into_iter().map(|(text,)| text).collect()
    }
}

/// Steps from one run to another are taken and their messages queued.
pub(crate) const STEPS: &[&str] = &[
    "insert into messages select * from src.messages s
     where s.merchant_id = 'default' and s.run_id between $1 and $2",
    "update automation_runs set step = s.step, due_at = s.due_at, coupon_code = s.coupon_code
     from src.automation_runs s where automation_runs.merchant_id = s.merchant_id
     and automation_runs.id = s.id and s.merchant_id = 'default' and s.id between $1 and $2",
];

/// A message is taken in hand.
pub(crate) const CLAIM: &[&str] = &["update messages set claimed_until = s.queued_at, attempts = 1
     from src.messages s where messages.merchant_id = s.merchant_id and messages.id = s.id
     and s.merchant_id = 'default' and s.id = $1"];

/// It is sent, and its run completed.
pub(crate) const SENT: &[&str] = &[
    "update messages set status = s.status, claimed_until = null, accepted_at = s.accepted_at,
     sent_at = s.sent_at from src.messages s where messages.merchant_id = s.merchant_id
     and messages.id = s.id and s.merchant_id = 'default' and s.id = $1",
    "update automation_runs set status = s.status, ended_at = s.ended_at
     from src.messages m join src.automation_runs s
     on s.merchant_id = m.merchant_id and s.id = m.run_id
     where automation_runs.merchant_id = s.merchant_id and automation_runs.id = s.id
     and m.merchant_id = 'default' and m.id = $1",
    "insert into events select s.* from src.messages m join src.events s
     on s.merchant_id = m.merchant_id and s.subject = m.run_id and s.kind = 'run.completed'
     where m.merchant_id = 'default' and m.id = $1",
    "update counters set event_sequence = event_sequence + 1 where merchant_id = 'default'",
];

/// A provider has told of it.
pub(crate) const TOLD: &[&str] = &[
    "insert into message_events select * from src.message_events s
     where s.merchant_id = 'default' and s.message_id = $1",
    "update messages set delivered_at = s.delivered_at, credit_until = s.credit_until
     from src.messages s where messages.merchant_id = s.merchant_id and messages.id = s.id
     and s.merchant_id = 'default' and s.id = $1",
];
