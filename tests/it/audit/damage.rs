//! A book damaged by hand: one row for each kind of damage, the code that names it, and its
//! subject. The database is told to let everything happen.

use std::path::Path;

use crossgrade::store::Store;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row, SqliteConnection};

use super::{audit, book};
use crate::cli::workspace::Workspace;
use crate::support::postgres;
use crate::world::World;

/// A connection of our own, around the engine.
enum Raw {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Raw {
    async fn run(&mut self, sql: &str) {
        let text = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        match self {
            Self::Sqlite(book) => drop(book.execute(text).await.expect(sql)),
            Self::Postgres(book) => drop(book.execute(text).await.expect(sql)),
        }
    }

    async fn text(&mut self, sql: &str) -> String {
        let text = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        match self {
            Self::Sqlite(book) => book.fetch_one(text).await.expect(sql).get(0),
            Self::Postgres(book) => book.fetch_one(text).await.expect(sql).get(0),
        }
    }
}

/// A kind of damage: the code, the table, what is done to it, and which row it is told of.
type Damage = (&'static str, &'static str, &'static str, &'static str);

/// `{customer offer}` stands for a subscription, `{customer}` for the first of its invoices, and
/// `{customer note}` for its first credit note.
const DAMAGES: &[Damage] = &[
    (
        "day-unpaid",
        "invoice_lines",
        "update invoice_lines set period_end = '2026-02-20' where subscription_id = {ada month}",
        "{ada month}",
    ),
    (
        "day-unpaid",
        "invoice_lines",
        "delete from invoice_lines where subscription_id = {ada month}",
        "{ada month}",
    ),
    (
        "day-paid-twice",
        "subscriptions",
        "update subscriptions set first_booking_on = '2026-02-20', is_brought_over = true \
         where id = {ada month}",
        "{ada month}",
    ),
    (
        "day-paid-twice",
        "invoice_lines",
        "update invoice_lines set subscription_id = {dan month} where subscription_id = {dan \
            beside}",
        "{dan month}",
    ),
    (
        "day-not-booked",
        "invoice_lines",
        "update invoice_lines set period_end = '2031-01-01' where subscription_id = {bob now}",
        "{bob now}",
    ),
    (
        "line-wrong",
        "invoice_lines",
        "update invoice_lines set tax_minor = tax_minor + 1 where subscription_id = {joe month}",
        "{joe}",
    ),
    (
        "line-astray",
        "invoice_lines",
        "update invoice_lines set subscription_id = 'stranger' where subscription_id = {joe month}",
        "{joe}",
    ),
    (
        "line-over-credited",
        "credit_note_lines",
        "update credit_note_lines set gross_minor = 99900, net_minor = 99900 where \
            subscription_id = {bob month}",
        "{bob}",
    ),
    (
        "line-credits-differ",
        "invoice_lines",
        "update invoice_lines set credited_gross_minor = credited_gross_minor - 1 where \
            subscription_id = {bob month}",
        "{bob}",
    ),
    (
        "line-credits-differ",
        "invoice_lines",
        "update invoice_lines set cancelled = not cancelled where subscription_id = {bob month}",
        "{bob}",
    ),
    (
        "line-credits-differ",
        "subscriptions",
        "update subscriptions set brought_credited_gross = 1 where id = {eve month}",
        "{eve month}",
    ),
    (
        "credit-astray",
        "credit_note_lines",
        "update credit_note_lines set line_position = 7 where subscription_id = {bob month}",
        "{bob note}",
    ),
    (
        "totals-wrong",
        "invoices",
        "update invoices set gross_minor = gross_minor + 1, net_minor = net_minor + 1 where id = \
            {ada}",
        "{ada}",
    ),
    (
        "totals-wrong",
        "credit_notes",
        "update credit_notes set gross_minor = gross_minor + 1, net_minor = net_minor + 1 where \
            id = {bob note}",
        "{bob note}",
    ),
    (
        "amount-due-wrong",
        "invoices",
        "update invoices set amount_due_minor = amount_due_minor + 1 where id = {ada}",
        "{ada}",
    ),
    (
        "amount-due-wrong",
        "invoices",
        "update invoices set given_to_balance_minor = 0 where id = {bob}",
        "{bob}",
    ),
    (
        "amount-due-wrong",
        "invoices",
        "update invoices set credit_applied_minor = 5 where id = {ada}",
        "{ada}",
    ),
    (
        "invoice-status-wrong",
        "invoices",
        "update invoices set status = 'cancelled' where id = {ada}",
        "{ada}",
    ),
    ("paid-wrong", "payments", "delete from payments where invoice_id = {ada}", "{ada}"),
    ("paid-wrong", "invoices", "update invoices set paid_minor = 1 where id = {ada}", "{ada}"),
    (
        "payment-astray",
        "payments",
        "update payments set invoice_id = 'stranger', id = 'pay_x' where invoice_id = {ada}",
        "'pay_x'",
    ),
    (
        "balance-wrong",
        "balances",
        "update balances set minor = minor + 1 where customer_id = 'fay'",
        "'fay'",
    ),
    ("balance-wrong", "payments", "delete from payments where invoice_id is null", "'fay'"),
    (
        "balance-wrong",
        "credit_notes",
        "update credit_notes set currency = 'USD' where id = {fay note}",
        "'fay'",
    ),
    (
        "chain-broken",
        "subscriptions",
        "update subscriptions set successor_id = null where id = {bob month}",
        "{bob now}",
    ),
    (
        "chain-broken",
        "subscriptions",
        "update subscriptions set precursor_id = 'stranger' where id = {bob now}",
        "{bob now}",
    ),
    (
        "chain-broken",
        "subscriptions",
        "update subscriptions set chain_id = id where id = {bob now}",
        "{bob now}",
    ),
    (
        "chain-broken",
        "subscriptions",
        "update subscriptions set customer_id = 'ada', sequence = 1000 where id = {bob month}",
        "{bob now}",
    ),
    (
        "parent-broken",
        "subscriptions",
        "update subscriptions set parent_id = 'stranger' where id = {dan beside}",
        "{dan beside}",
    ),
    (
        "parent-broken",
        "subscriptions",
        "update subscriptions set parent_id = id where id = {dan beside}",
        "{dan beside}",
    ),
    (
        "dates-wrong",
        "subscriptions",
        "update subscriptions set status = 'active' where id = {joe month}",
        "{joe month}",
    ),
    (
        "dates-wrong",
        "subscriptions",
        "update subscriptions set ended_on = '2025-01-01' where id = {joe month}",
        "{joe month}",
    ),
    (
        "period-wrong",
        "subscriptions",
        "update subscriptions set anchor_day = 3 where id = {joe gone}",
        "{joe gone}",
    ),
    (
        "term-wrong",
        "subscriptions",
        "update subscriptions set term_end = '2027-01-15' where id = {joe gone}",
        "{joe gone}",
    ),
    (
        "next-booking-wrong",
        "subscriptions",
        "update subscriptions set next_booking_on = null where id = {joe gone}",
        "{joe gone}",
    ),
    ("due-wrong", "customers", "update customers set due_on = null where id = 'joe'", "'joe'"),
    (
        "sequence-wrong",
        "customers",
        "update customers set sequence = 0 where id = 'joe'",
        "{joe gone}",
    ),
    (
        "change-astray",
        "scheduled_changes",
        "update scheduled_changes set status = 'pending' where customer_id = 'ada'",
        "(select id from scheduled_changes where customer_id = 'ada')",
    ),
    (
        "change-doubled",
        "scheduled_changes",
        "update scheduled_changes set customer_id = 'gus', subscription_id = {gus month}, status \
            = 'pending' where customer_id = 'ada'",
        "{gus month}",
    ),
    (
        "change-result-wrong",
        "scheduled_changes",
        "update scheduled_changes set result_subscription_id = null where customer_id = 'ada'",
        "(select id from scheduled_changes where customer_id = 'ada')",
    ),
    (
        "new-price-astray",
        "new_prices",
        "update new_prices set subscription_id = {ada month} where status = 'pending'",
        "{ada month}",
    ),
    (
        "price-wrong",
        "subscriptions",
        "update subscriptions set price_minor = 1 where id = {dan beside}",
        "{dan beside}",
    ),
    (
        "hold-astray",
        "checkouts",
        "update checkouts set status = 'held', source_id = 'stranger' where id = (select min(id) \
            from checkouts where customer_id = 'ada')",
        "(select min(id) from checkouts where customer_id = 'ada')",
    ),
    ("number-gap", "invoices", "update invoices set number = 1000 where number = 1", "'default'"),
    (
        "number-gap",
        "credit_notes",
        "update credit_notes set number = 1000 where number = 2",
        "'default'",
    ),
    (
        "number-counter-wrong",
        "counters",
        "update counters set invoice_number = invoice_number + 5",
        "'default'",
    ),
    ("number-counter-wrong", "counters", "update counters set credit_note_number = 0", "'default'"),
    ("event-gap", "events", "delete from events where sequence = 4", "'default'"),
    (
        "event-counter-wrong",
        "counters",
        "update counters set event_sequence = event_sequence - 1",
        "'default'",
    ),
    (
        "order-total-wrong",
        "orders",
        "update orders set total_minor = total_minor + 1 where id = 'o-1'",
        "'o-1'",
    ),
    (
        "order-total-wrong",
        "order_lines",
        "update order_lines set quantity = quantity + 1 where order_id = 'o-1' and place = 0",
        "'o-1'",
    ),
    (
        "order-coupon-wrong",
        "orders",
        "update orders set coupon_id = 'ten' where id = 'o-1'",
        "'o-1'",
    ),
    ("order-refund-wrong", "order_refunds", "delete from order_refunds", "'o-1'"),
    ("order-offer-wrong", "upsells", "update upsells set state = 'declined'", "'o-1'"),
    ("order-offer-wrong", "order_lines", "update order_lines set campaign_id = null", "'o-1'"),
    ("stock-wrong", "products", "update products set stock = stock + 1 where id = 'pin'", "'pin'"),
    (
        "stock-wrong",
        "stock_moves",
        "delete from stock_moves where product_id = 'pin' and sequence = 2",
        "'pin'",
    ),
    ("gift-stock-wrong", "gift_stock", "update gift_stock set stock = stock + 1", "'extra'"),
    ("gift-stock-wrong", "gift_moves", "delete from gift_moves where sequence = 1", "'extra'"),
    ("unreadable", "orders", "update orders set said = 'nothing' where id = 'o-1'", "'o-1'"),
    ("unreadable", "invoices", "update invoices set currency = 'euro' where id = {ada}", "{ada}"),
    (
        "unreadable",
        "invoice_lines",
        "update invoice_lines set rate = 'much' where invoice_id = {ada}",
        "{ada}",
    ),
    (
        "unreadable",
        "subscriptions",
        "update subscriptions set first_booking_on = null where id = {joe gone}",
        "{joe gone}",
    ),
    (
        "unreadable",
        "payments",
        "update payments set currency = '' , id = 'pay_x' where invoice_id = {ada}",
        "'pay_x'",
    ),
];

/// Puts selections in the place of the names.
fn filled(text: &str) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap();
        filled.push_str(before);
        let selection = match name.split_once(' ') {
            None => format!("(select min(id) from invoices where customer_id = '{name}')"),
            Some((who, "note")) => {
                format!("(select min(id) from credit_notes where customer_id = '{who}')")
            }
            Some((who, offer)) => format!(
                "(select id from subscriptions where customer_id = '{who}' \
                 and offer_id = '{offer}')"
            ),
        };
        filled.push_str(&selection);
        rest = after;
    }
    filled + rest
}

async fn names_every_damage(world: &World, raw: &mut Raw) {
    let mut tables: Vec<&str> = DAMAGES.iter().map(|(_, table, ..)| *table).collect();
    tables.sort_unstable();
    tables.dedup();
    for table in &tables {
        raw.run(&format!("create table kept_{table} as select * from {table}")).await;
    }
    let mut unnamed = Vec::new();
    for (code, table, damage, subject) in DAMAGES {
        let subject = raw.text(&format!("select cast({} as text)", filled(subject))).await;
        raw.run(&filled(damage)).await;
        let told = audit(world).await;
        raw.run(&format!("delete from {table}; insert into {table} select * from kept_{table}"))
            .await;
        let faults = told["faults"].as_array().unwrap();
        let is_named = faults.iter().any(|fault| {
            let says = fault["detail"].as_str().is_some_and(|detail| !detail.is_empty());
            fault["code"] == *code && fault["subject"] == subject.as_str() && says
        });
        if told["ok"] != Value::Bool(false) || !is_named {
            unnamed.push(format!("{code} of {subject}, {damage}: {faults:#?}"));
        }
    }
    assert!(unnamed.is_empty(), "{}", unnamed.join("\n"));
    assert_eq!(audit(world).await["ok"], Value::Bool(true), "what was put back is sound");
}

async fn sqlite_book(folder: &Path) -> (Store, World, SqliteConnection) {
    let file = folder.join("book.db");
    let store = Store::open(&format!("sqlite:{}", file.display())).await.unwrap();
    store.migrate().await.unwrap();
    let world = book(store.clone()).await;
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(&file)
        .foreign_keys(false)
        .pragma("ignore_check_constraints", "on");
    let raw = SqliteConnection::connect_with(&options).await.unwrap();
    (store, world, raw)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_damage_of_a_sqlite_book_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (store, world, raw) = sqlite_book(folder.path()).await;
    let mut raw = Raw::Sqlite(raw);
    raw.run("drop index scheduled_changes_replacing").await;
    names_every_damage(&world, &mut raw).await;
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_damage_of_a_postgres_book_is_named() {
    let Some((store, database)) = postgres::fresh().await else { return };
    let world = book(store.clone()).await;
    let mut raw = Raw::Postgres(PgConnection::connect(&postgres::url_of(&database)).await.unwrap());
    raw.run(
        "do $$ declare one record; begin for one in select conrelid::regclass as t, conname as c \
         from pg_constraint where contype in ('f', 'c') and connamespace = 'public'::regnamespace \
         loop execute format('alter table %s drop constraint %I', one.t, one.c); end loop; end $$; \
         drop index scheduled_changes_replacing",
    )
    .await;
    names_every_damage(&world, &mut raw).await;
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_date_at_all_leaves_the_other_customers_to_be_judged() {
    let folder = tempfile::tempdir().unwrap();
    let (store, world, raw) = sqlite_book(folder.path()).await;
    let mut raw = Raw::Sqlite(raw);
    raw.run("update subscriptions set started_on = 'soon' where customer_id = 'bob'").await;
    raw.run("update balances set minor = 99 where customer_id = 'fay'").await;
    let told = audit(&world).await;
    let faults = told["faults"].as_array().unwrap();
    let named: Vec<String> =
        faults.iter().map(|fault| format!("{} {}", fault["code"], fault["subject"])).collect();
    assert_eq!(named, ["\"unreadable\" \"bob\"", "\"balance-wrong\" \"fay\""], "{told}");
    let detail = faults[0]["detail"].as_str().unwrap();
    assert!(detail.starts_with("subscriptions.started_on"), "{detail}");
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_tells_each_fault_in_a_line_and_exits_1() {
    let workspace = Workspace::new();
    let (store, world, raw) = sqlite_book(workspace.folder.path()).await;
    let other = serde_json::json!({"id": "other", "name": "Other"});
    world.post("/v1/merchants", other).await.expect(201);
    store.close().await;
    let told = workspace.done(&["audit"]);
    assert!(told.starts_with("sound: ") && told.contains(" of 2 merchants checked"), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
    let mut raw = Raw::Sqlite(raw);
    raw.run("update counters set event_sequence = 7 where merchant_id = 'other'").await;
    raw.run("update balances set minor = 99 where customer_id = 'fay'").await;
    let output = workspace.run(&["audit"]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = told.lines().collect();
    let starts = ["default: balance-wrong fay: ", "other: event-counter-wrong other: "];
    assert_eq!(lines.len(), starts.len(), "{told}");
    for (line, start) in lines.iter().zip(starts) {
        assert!(line.starts_with(start), "{told}");
    }
}
