//! Merchants, their settings and the book itself. What a setting means is for others.

use chrono::{DateTime, NaiveDate, Utc};

use super::migrate::check_works_from;
use super::query::SqlQuery;
use super::rows::{ColumnPlace, to_json};
use super::sql::{args, row};
use super::{Page, StoreError, Tx};
use crate::domain::calendar::Zone;
use crate::domain::ids::{CustomerId, MerchantId};
use crate::domain::merchant::Settings;

/// A merchant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MerchantRecord {
    /// Chosen when it was made.
    pub id: MerchantId,
    /// Shown in the backend.
    pub name: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// The simulated clock of a book that has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookClock {
    /// Where it stands.
    pub at: DateTime<Utc>,
    /// The date as which it was given, if as a date.
    pub date: Option<NaiveDate>,
}

/// Makes a merchant with default settings; false where there is one of that id already.
pub async fn insert_merchant(
    tx: &mut Tx,
    id: &MerchantId,
    name: &str,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let added = tx
        .execute(
            "insert into merchants (id, name, created_at) values ($1, $2, $3) \
             on conflict (id) do nothing",
            args![id, name, now],
        )
        .await?;
    if added == 1 {
        tx.execute("insert into counters (merchant_id) values ($1)", args![id]).await?;
    }
    Ok(added == 1)
}

/// A merchant.
pub async fn find_merchant(
    tx: &mut Tx,
    id: &MerchantId,
) -> Result<Option<MerchantRecord>, StoreError> {
    let row: Option<MerchantRow> = tx
        .fetch_optional("select id, name, created_at from merchants where id = $1", args![id])
        .await?;
    Ok(row.map(MerchantRecord::from))
}

/// All merchants, by id.
pub async fn list_merchants(tx: &mut Tx, page: &Page) -> Result<Vec<MerchantRecord>, StoreError> {
    let query = "select id, name, created_at from merchants where true";
    let (text, args) = SqlQuery::new(query, args![]).page("id", page);
    let rows: Vec<MerchantRow> = tx.fetch_page((text, args), page).await?;
    Ok(rows.into_iter().map(MerchantRecord::from).collect())
}

/// For how many days merchants keep checkouts that nobody has completed: a page of them, by id.
pub async fn list_checkout_days(
    tx: &mut Tx,
    page: &Page,
) -> Result<Vec<(MerchantId, i64)>, StoreError> {
    let query = SqlQuery::new("select id, checkout_days from merchants where true", args![]);
    let (text, args) = query.page("id", page);
    let rows: Vec<(String, i64)> = tx.fetch_page((text, args), page).await?;
    Ok(rows.into_iter().map(|(id, days)| (MerchantId::stored(id), days)).collect())
}

/// What every decision begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MerchantState {
    /// The merchant's settings.
    pub settings: Settings,
    /// The edit of the catalogue.
    pub edit: i64,
    /// Whether an automation of theirs has ever been live.
    pub automated: bool,
    /// Where the book's simulated clock stands, if it has one.
    pub clock_at: Option<DateTime<Utc>>,
}

/// Selects the [`SettingsRow`] of a merchant.
pub(super) const STATE: &str = "select id, time_zone, locale, currency, seller, payment_days, \
     purchase_on_account, checkout_minutes, checkout_days, upsell_minutes, message_gap_hours, \
     messages_by_consent, return_origins, links, logo, color, portal, dunning, edit, automated, \
     (select clock_at from book where id = 1) as clock_at, \
     (select works_from from compatibility where id = 1) as works_from \
     from merchants where id = $1";

/// A merchant's settings; an error where there is no such merchant.
pub async fn get_settings(tx: &mut Tx, merchant: &MerchantId) -> Result<Settings, StoreError> {
    Ok(get_state(tx, merchant).await?.settings)
}

/// What every decision of a merchant's begins with; an error where there is no such merchant, or
/// where a later release has changed the tables so that this program must decide nothing more.
pub async fn get_state(tx: &mut Tx, merchant: &MerchantId) -> Result<MerchantState, StoreError> {
    let row: SettingsRow = tx.fetch_one(STATE, args![merchant]).await?;
    row.try_into()
}

/// The edit of a merchant's catalogue: it rises with every save of anything in it.
pub async fn get_edit(tx: &mut Tx, merchant: &MerchantId) -> Result<i64, StoreError> {
    let text = "select edit from merchants where id = $1";
    let (edit,): (i64,) = tx.fetch_one(text, args![merchant]).await?;
    Ok(edit)
}

/// Locks a merchant, and so every edit of the catalogue, until the transaction ends; gives the
/// edit that this is.
pub async fn next_edit(tx: &mut Tx, merchant: &MerchantId) -> Result<i64, StoreError> {
    let text = "update merchants set edit = edit + 1 where id = $1 returning edit";
    let (edit,): (i64,) = tx.fetch_one(text, args![merchant]).await?;
    Ok(edit)
}

/// Locks a merchant, and so every edit of the catalogue, until the transaction ends.
pub async fn lock_merchant(tx: &mut Tx, merchant: &MerchantId) -> Result<(), StoreError> {
    if tx.locks_rows() {
        let text = "select id from merchants where id = $1 for no key update";
        let _locked: (String,) = tx.fetch_one(text, args![merchant]).await?;
    }
    Ok(())
}

/// Numbers of documents and events: how many, or the last that were given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counters {
    pub(super) invoice: i64,
    pub(super) credit_note: i64,
    pub(super) event: i64,
}

impl Counters {
    /// So many of each.
    pub(super) fn of(invoices: usize, credit_notes: usize, events: usize) -> Self {
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        Self { invoice: count(invoices), credit_note: count(credit_notes), event: count(events) }
    }
}

/// Takes as many numbers as are wanted; those before them. From here to the end of the transaction
/// no other one of this merchant's can take any, so it comes last: what was gathered is not
/// written before it.
pub(super) async fn take_numbers(
    tx: &mut Tx,
    merchant: &MerchantId,
    wanted: Counters,
) -> Result<Counters, StoreError> {
    let Counters { invoice, credit_note, event } = wanted;
    if (invoice, credit_note, event) == (0, 0, 0) {
        return Ok(wanted);
    }
    let rows: Vec<(i64, i64, i64)> = tx
        .fetch_beside(
            "update counters set invoice_number = invoice_number + $2, \
             credit_note_number = credit_note_number + $3, \
             event_sequence = event_sequence + $4 where merchant_id = $1 \
             returning invoice_number - $2, credit_note_number - $3, event_sequence - $4",
            args![merchant, invoice, credit_note, event],
        )
        .await?;
    let last = rows.first().ok_or(StoreError::Stale { table: "counters" })?;
    Ok(Counters { invoice: last.0, credit_note: last.1, event: last.2 })
}

/// Locks the numbers of documents and events until the transaction ends: nobody else is given any.
pub async fn lock_counters(tx: &mut Tx, merchant: &MerchantId) -> Result<(), StoreError> {
    if tx.locks_rows() {
        let text = "select merchant_id from counters where merchant_id = $1 for no key update";
        let _locked: (String,) = tx.fetch_one(text, args![merchant]).await?;
    }
    Ok(())
}

/// Stores a merchant's settings.
pub async fn save_settings(
    tx: &mut Tx,
    merchant: &MerchantId,
    settings: &Settings,
) -> Result<(), StoreError> {
    let seller = settings.seller.as_ref().map(to_json).transpose()?;
    let origins = to_json(&settings.return_origins)?;
    let saved = tx
        .execute(
            "update merchants set time_zone = $2, locale = $3, currency = $4, seller = $5, \
             payment_days = $6, purchase_on_account = $7, checkout_minutes = $8, \
             upsell_minutes = $9, return_origins = $10, dunning = $11, message_gap_hours = $12, \
             messages_by_consent = $13, links = $14, logo = $15, \
             color = $16, portal = $17, checkout_days = $18 where id = $1",
            args![
                merchant,
                settings.time_zone.name(),
                &settings.locale,
                settings.currency,
                seller,
                settings.payment_days,
                settings.purchase_on_account,
                settings.checkout_minutes,
                settings.upsell_minutes,
                origins,
                to_json(&settings.dunning)?,
                settings.message_gap_hours,
                settings.messages_by_consent,
                to_json(&settings.links)?,
                &settings.logo,
                &settings.color,
                to_json(&settings.portal)?,
                settings.checkout_days,
            ],
        )
        .await?;
    match saved {
        1 => Ok(()),
        _ => Err(StoreError::Stale { table: "merchants" }),
    }
}

/// Customers with an invoice of which billing has said that it is overdue, by id.
pub async fn list_overdue(
    tx: &mut Tx,
    merchant: &MerchantId,
) -> Result<Vec<CustomerId>, StoreError> {
    let rows: Vec<(String,)> = tx
        .fetch_all(
            "select distinct customer_id from invoices where merchant_id = $1 \
             and status = 'open' and dunned > 0 order by customer_id",
            args![merchant],
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| CustomerId::stored(id)).collect())
}

/// Has billing look at every overdue invoice again on a day: the steps of dunning are others.
/// The customers of [`list_overdue`] are locked already.
pub async fn look_at_overdue(
    tx: &mut Tx,
    merchant: &MerchantId,
    on: NaiveDate,
) -> Result<(), StoreError> {
    tx.execute(
        "update invoices set dunning_on = $2 where merchant_id = $1 and status = 'open' \
         and dunned > 0 and (dunning_on is null or dunning_on > $2)",
        args![merchant, on],
    )
    .await?;
    tx.execute(
        "update customers set due_on = $2 where merchant_id = $1 \
         and (due_on is null or due_on > $2) and id in (select customer_id from invoices \
         where merchant_id = $1 and status = 'open' and dunning_on = $2)",
        args![merchant, on],
    )
    .await?;
    Ok(())
}

/// Whether the merchant has any customer.
pub async fn has_customers(tx: &mut Tx, merchant: &MerchantId) -> Result<bool, StoreError> {
    let row: Option<(String,)> = tx
        .fetch_optional("select id from customers where merchant_id = $1 limit 1", args![merchant])
        .await?;
    Ok(row.is_some())
}

/// The book's simulated clock; none where it runs on the real one.
pub async fn get_clock(tx: &mut Tx) -> Result<Option<BookClock>, StoreError> {
    let row: Option<(Option<DateTime<Utc>>, Option<NaiveDate>)> =
        tx.fetch_optional("select clock_at, clock_on from book where id = 1", args![]).await?;
    Ok(row.and_then(|(at, date)| Some(BookClock { at: at?, date })))
}

/// Sets the book's simulated clock.
pub async fn save_clock(tx: &mut Tx, clock: BookClock) -> Result<(), StoreError> {
    tx.execute(
        "insert into book (id, clock_at, clock_on, created_at) values (1, $1, $2, $1) \
         on conflict (id) do update set clock_at = excluded.clock_at, \
         clock_on = excluded.clock_on",
        args![clock.at, clock.date],
    )
    .await?;
    Ok(())
}

/// When a server was last at work on the book by the real clock; none where none ever was.
pub async fn find_seen(tx: &mut Tx) -> Result<Option<DateTime<Utc>>, StoreError> {
    let row: Option<(Option<DateTime<Utc>>,)> =
        tx.fetch_optional("select seen_at from book where id = 1", args![]).await?;
    Ok(row.and_then(|(at,)| at))
}

/// Notes that a server is at work; never an earlier moment than is noted.
pub async fn save_seen(tx: &mut Tx, at: DateTime<Utc>) -> Result<(), StoreError> {
    tx.execute(
        "insert into book (id, created_at, seen_at) values (1, $1, $1) \
         on conflict (id) do update set seen_at = excluded.seen_at \
         where book.seen_at is null or book.seen_at < excluded.seen_at",
        args![at],
    )
    .await?;
    Ok(())
}

row! {
    struct MerchantRow {
        id: String,
        name: String,
        created_at: DateTime<Utc>,
    }
}

impl From<MerchantRow> for MerchantRecord {
    fn from(row: MerchantRow) -> Self {
        Self { id: MerchantId::stored(row.id), name: row.name, created_at: row.created_at }
    }
}

row! {
    json
    /// What of a row of `merchants` every decision begins with.
    pub(super) struct SettingsRow {
        id: String,
        time_zone: String,
        locale: String,
        currency: String,
        seller: Option<String>,
        payment_days: i64,
        purchase_on_account: bool,
        checkout_minutes: i64,
        checkout_days: i64,
        upsell_minutes: i64,
        message_gap_hours: i64,
        messages_by_consent: bool,
        return_origins: String,
        links: String,
        logo: Option<String>,
        color: Option<String>,
        portal: String,
        dunning: String,
        edit: i64,
        automated: bool,
        clock_at: Option<DateTime<Utc>>,
        works_from: i64,
    }
}

impl TryFrom<SettingsRow> for MerchantState {
    type Error = StoreError;

    fn try_from(row: SettingsRow) -> Result<Self, StoreError> {
        let SettingsRow { edit, automated, clock_at, works_from, .. } = row;
        check_works_from(works_from)?;
        Ok(Self { settings: row.try_into()?, edit, automated, clock_at })
    }
}

impl TryFrom<SettingsRow> for Settings {
    type Error = StoreError;

    fn try_from(row: SettingsRow) -> Result<Self, StoreError> {
        let place = ColumnPlace { table: "merchants", row: &row.id };
        let count = |column, value| place.need(column, u32::try_from(value).ok());
        let seller = match &row.seller {
            Some(text) => Some(place.json("seller", text)?),
            None => None,
        };
        Ok(Self {
            time_zone: place.need("time_zone", Zone::parse(&row.time_zone))?,
            currency: place.currency(&row.currency)?,
            seller,
            payment_days: count("payment_days", row.payment_days)?,
            checkout_minutes: count("checkout_minutes", row.checkout_minutes)?,
            checkout_days: count("checkout_days", row.checkout_days)?,
            upsell_minutes: count("upsell_minutes", row.upsell_minutes)?,
            message_gap_hours: count("message_gap_hours", row.message_gap_hours)?,
            return_origins: place.json("return_origins", &row.return_origins)?,
            links: place.json("links", &row.links)?,
            logo: row.logo,
            color: row.color,
            portal: place.json("portal", &row.portal)?,
            dunning: place.json("dunning", &row.dunning)?,
            purchase_on_account: row.purchase_on_account,
            messages_by_consent: row.messages_by_consent,
            locale: row.locale,
        })
    }
}
