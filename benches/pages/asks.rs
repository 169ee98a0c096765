//! The pages that are asked for, each with its main query as bare SQL.

use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, SqliteConnection};

use crate::grown::Visitor;

/// What is asked for.
pub(crate) struct Ask {
    pub(crate) what: &'static str,
    pub(crate) path: String,
    /// What is sent; a page is only looked at without.
    pub(crate) form: Option<String>,
    /// The rows that it is made of.
    pub(crate) sql: String,
    /// Whether it decides for every customer, so that a few looks must do.
    pub(crate) is_slow: bool,
}

/// A connection past the engine.
pub(crate) enum Bare {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Bare {
    pub(crate) async fn open(url: &str) -> Self {
        if url.starts_with("sqlite:") {
            Self::Sqlite(SqliteConnection::connect(url).await.expect("a book"))
        } else {
            Self::Postgres(PgConnection::connect(url).await.expect("a book"))
        }
    }

    /// Fetches all rows of a query, as text in the database's own form; how many.
    pub(crate) async fn run(&mut self, sql: &str) -> usize {
        let query = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(on) => sqlx::query(query).fetch_all(on).await.expect(sql).len(),
            Self::Postgres(on) => sqlx::query(query).fetch_all(on).await.expect(sql).len(),
        }
    }

    /// The one text that a query answers.
    async fn text(&mut self, sql: &str) -> String {
        let query = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(on) => sqlx::query(query).fetch_one(on).await.expect(sql).get(0),
            Self::Postgres(on) => sqlx::query(query).fetch_one(on).await.expect(sql).get(0),
        }
    }
}

fn ask(what: &'static str, path: impl Into<String>, sql: impl Into<String>) -> Ask {
    Ask { what, path: path.into(), form: None, sql: sql.into(), is_slow: false }
}

/// Subscriptions with their terms, the newest first.
fn subscriptions(condition: &str) -> String {
    format!(
        "select s.*, v.* from subscriptions s join offer_versions v \
         on v.merchant_id = s.merchant_id and v.offer_id = s.offer_id \
         and v.version = s.offer_version \
         where s.merchant_id = 'default' and {condition} order by s.id desc limit 51"
    )
}

/// Rows of a table, in an order of the id.
fn rows(table: &str, condition: &str, order: &str) -> String {
    format!(
        "select * from {table} where merchant_id = 'default' and {condition} \
         order by id {order} limit 51"
    )
}

/// A row of a table.
fn row(table: &str, id: &str) -> String {
    format!("select * from {table} where merchant_id = 'default' and id = '{id}'")
}

/// Every page.
pub(crate) async fn all(bare: &mut Bare, visitor: &Visitor) -> Vec<Ask> {
    let invoice = bare.text("select max(id) from invoices").await;
    let paid = "select max(customer_id) from credit_notes";
    let changed = bare.text(paid).await;
    let note = bare.text("select max(id) from credit_notes").await;
    let source = format!("select max(id) from subscriptions where customer_id = '{changed}'");
    let subscription = bare.text(&source).await;
    let run = bare.text("select max(id) from billing_runs").await;
    let mut all = lists();
    all.extend(searches());
    let many = "s.customer_id = 'c0000000'";
    let document = |table: &str, line: &str, id: &str| {
        format!(
            "select d.*, l.* from {table}s d join {table}_lines l \
             on l.merchant_id = d.merchant_id and l.{line} = d.id \
             where d.merchant_id = 'default' and d.id = '{id}'"
        )
    };
    all.extend([
        ask("customer", "/backend/customers/c0000300", subscriptions("s.customer_id = 'c0000300'")),
        ask("customer with 40 subscriptions", "/backend/customers/c0000000", subscriptions(many)),
        ask(
            "subscription",
            format!("/backend/subscriptions/{subscription}"),
            subscriptions(&format!("s.customer_id = '{changed}'")),
        ),
        ask(
            "invoice",
            format!("/backend/invoices/{invoice}"),
            document("invoice", "invoice_id", &invoice),
        ),
        ask(
            "credit note",
            format!("/backend/credit-notes/{note}"),
            document("credit_note", "credit_note_id", &note),
        ),
        ask("billing run", format!("/backend/billing/runs/{run}"), row("billing_runs", &run)),
        ask(
            "hosted checkout",
            visitor.checkout.clone(),
            subscriptions("s.customer_id = 'c0000099'"),
        ),
    ]);
    all.extend(selling());
    all
}

/// What is offered, and what would come of it.
fn selling() -> Vec<Ask> {
    let as_query = "%2Fcustomer=c0000200&%2Foffer=o060";
    let form = "part=insight&%2Finternal_title=x&%2Ftitle=x&%2Fdescription=x\
                &%2Fsource_tags=g00&%2Ftarget_tags=g11&%2Ftransition=next_booking\
                &%2Fproration=none&%2Fbilling_date=reset&%2Funpaid_source=refuse\
                &%2Fpriority=0&%2Factive=true";
    let edges = "select s.path_id, s.tag_id, t.tag_id from path_tags s join path_tags t \
                 on t.merchant_id = s.merchant_id and t.path_id = s.path_id \
                 and t.side = 'target' where s.merchant_id = 'default' and s.side = 'source'"
        .to_owned();
    vec![
        ask("path", "/backend/paths/p00", row("paths", "p00")),
        Ask {
            form: Some(form.to_owned()),
            ..ask("path: live check", "/backend/paths/p00/check", edges.clone())
        },
        ask("offer", "/backend/offers/o000", row("offers", "o000")),
        ask("tag of 300 offers", "/backend/tags/all", edges_of_tag()),
        ask("offer graph", "/backend/graph", edges.clone()),
        ask("offer graph of a tag", "/backend/graph?tag=g00", edges),
        ask("what if: form", "/backend/what-if", "select * from offers"),
        ask(
            "what if: customer",
            format!("/backend/what-if?{as_query}"),
            subscriptions("s.customer_id = 'c0000200'"),
        ),
        Ask {
            is_slow: true,
            ..ask(
                "what if: path for everybody",
                "/backend/what-if/path?%2Fpath=p00",
                "select * from subscriptions where status = 'active'",
            )
        },
    ]
}

fn edges_of_tag() -> String {
    "select o.*, v.* from offer_tags t join offers o on o.merchant_id = t.merchant_id \
     and o.id = t.offer_id join offer_versions v on v.merchant_id = o.merchant_id \
     and v.offer_id = o.id and v.version = o.version \
     where t.merchant_id = 'default' and t.tag_id = 'all'"
        .to_owned()
}

fn lists() -> Vec<Ask> {
    let today = "select kind, count(*) from (select kind from events \
                 where merchant_id = 'default' order by id desc limit 20000) e group by kind";
    vec![
        ask("overview", "/backend", today),
        ask("customers", "/backend/customers", rows("customers", "1 = 1", "")),
        ask(
            "customers: page 100",
            "/backend/customers?after=c0005000",
            rows("customers", "id > 'c0005000'", ""),
        ),
        ask("subscriptions", "/backend/subscriptions", subscriptions("1 = 1")),
        ask(
            "subscriptions: page 100",
            "/backend/subscriptions?after=sub_0005000",
            subscriptions("s.id < 'sub_0005000'"),
        ),
        ask(
            "subscriptions: active",
            "/backend/subscriptions?status=active",
            subscriptions("s.status <> 'ended'"),
        ),
        ask(
            "subscriptions: ended",
            "/backend/subscriptions?status=ended",
            subscriptions("s.status = 'ended'"),
        ),
        ask(
            "subscriptions: of an offer",
            "/backend/subscriptions?offer=o007",
            subscriptions("s.offer_id = 'o007'"),
        ),
        ask(
            "subscriptions: of a customer",
            "/backend/subscriptions?customer=c0000000",
            subscriptions("s.customer_id = 'c0000000'"),
        ),
        ask("scheduled changes", "/backend/changes", rows("scheduled_changes", "1 = 1", "desc")),
        ask(
            "scheduled changes: failed",
            "/backend/changes?status=failed",
            rows("scheduled_changes", "status = 'failed'", "desc"),
        ),
        ask(
            "scheduled changes: applied",
            "/backend/changes?status=applied",
            rows("scheduled_changes", "status = 'applied'", "desc"),
        ),
        ask("invoices", "/backend/invoices", rows("invoices", "1 = 1", "desc")),
        ask(
            "invoices: open",
            "/backend/invoices?status=open",
            rows("invoices", "status = 'open'", "desc"),
        ),
        ask(
            "invoices: cancelled",
            "/backend/invoices?status=cancelled",
            rows("invoices", "status = 'cancelled'", "desc"),
        ),
        ask("credit notes", "/backend/credit-notes", rows("credit_notes", "1 = 1", "desc")),
        ask("billing", "/backend/billing", rows("billing_runs", "1 = 1", "desc")),
        ask("up/down-selling", "/backend/paths", rows("paths", "1 = 1", "")),
        ask("offers", "/backend/offers", rows("offers", "1 = 1", "")),
        ask("tags", "/backend/tags", rows("tags", "1 = 1", "")),
        ask(
            "activity",
            "/backend/settings/activity",
            rows("events", "customer_id is null", "desc"),
        ),
    ]
}

fn searches() -> Vec<Ask> {
    let customers = |text: &str| {
        let like = format!("like '%{text}%'");
        let condition = format!("(lower(id) {like} or lower(name) {like} or lower(email) {like})");
        rows("customers", &condition, "")
    };
    let of_customers = |text: &str| {
        let like = format!("like '%{text}%'");
        subscriptions(&format!(
            "(lower(s.id) {like} or s.customer_id in (select id from customers c \
             where c.merchant_id = 'default' \
             and (lower(c.id) {like} or lower(c.name) {like} or lower(c.email) {like})))"
        ))
    };
    vec![
        ask("customers: search, many found", "/backend/customers?q=number", customers("number")),
        ask(
            "customers: search, one found",
            "/backend/customers?q=number+9876",
            customers("number 9876"),
        ),
        ask("customers: search, none found", "/backend/customers?q=nobody", customers("nobody")),
        ask(
            "subscriptions: search, many found",
            "/backend/subscriptions?q=number",
            of_customers("number"),
        ),
        ask(
            "subscriptions: search, one found",
            "/backend/subscriptions?q=number+9876",
            of_customers("number 9876"),
        ),
        ask(
            "subscriptions: search, none found",
            "/backend/subscriptions?q=nobody",
            of_customers("nobody"),
        ),
        ask(
            "invoices: search by number",
            "/backend/invoices?q=12345",
            "select * from invoices where merchant_id = 'default' and number = 12345",
        ),
    ]
}
