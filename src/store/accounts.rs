//! What a decision rests on: the accounts of many customers at once, in one statement. And which
//! customers billing has something to do for.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::customers::{BalanceRow, balances_in, postal_address};
use super::invoices::{
    InvoiceLineRow, InvoiceRow, lines_by_invoice, select_invoices, select_lines,
};
use super::new_prices::{NewPriceRow, select_new_prices};
use super::rows::{
    ChangeRow, ColumnPlace, SubscriptionRow, all, select_changes, select_subscriptions,
};
use super::sql::{Answers, AskedQuery, args, list, row};
use super::{StoreError, Tx};
use crate::domain::account::Account;
use crate::domain::change::ScheduledChange;
use crate::domain::ids::{CustomerId, MerchantId};
use crate::domain::merchant::Profile;
use crate::domain::party::Party;
use crate::domain::price_change::NewPrice;
use crate::domain::subscription::Subscription;

/// How much of an account is loaded; see [`Account`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountDepth {
    /// What billing needs: of the paid invoices only those of the precursors of bridges.
    Billing,
    /// Everything.
    Full,
}

/// The accounts of customers, and the edit of the catalogue at the moment at which they were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// In the order in which they were asked for; an unknown customer's is empty.
    pub accounts: Vec<Account>,
    /// See [`MerchantState::edit`](super::merchants::MerchantState::edit).
    pub edit: i64,
}

/// What is there of customers, up to the subscriptions that matter: the active ones, and those
/// that these and the pending changes refer to (parents, the precursors of bridges, the sources of
/// changes). Each step gives the merchant along, so that the next one is an index lookup whatever
/// a planner believes of how many rows a merchant has.
macro_rules! subscriptions {
    ($rest:literal) => {
        concat!(
            "with a as materialized (select * from subscriptions \
             where (merchant_id, customer_id) in pairs($1, $2) and status = 'active'), \
             c as materialized (select * from scheduled_changes \
             where (merchant_id, customer_id) in pairs($1, $2) and status = 'pending'), \
             r (merchant_id, id) as materialized (select merchant_id, parent_id from a \
             union select merchant_id, precursor_id from a \
             where period_start is null and trial_until is null \
             union select merchant_id, subscription_id from c), \
             s as materialized (select * from a union all select e.* from r cross join \
             subscriptions e where e.merchant_id = r.merchant_id and e.id = r.id \
             and not exists (select 1 from a where a.id = e.id)), ",
            $rest
        )
    };
}

/// The invoices that are open, and those with a line for the current period of a subscription; of
/// all that matter, or of the precursors of bridges.
const FULL: &str = subscriptions!(
    "k (merchant_id, id) as materialized (select merchant_id, id from invoices \
     where (merchant_id, customer_id) in pairs($1, $2) and status = 'open' \
     union select l.merchant_id, l.invoice_id from s cross join invoice_lines l \
     where l.merchant_id = s.merchant_id and l.subscription_id = s.id \
     and l.period_start = s.period_start and l.kind = 'period')"
);
const BILLING: &str = subscriptions!(
    "k (merchant_id, id) as materialized (select merchant_id, id from invoices \
     where (merchant_id, customer_id) in pairs($1, $2) and status = 'open' \
     union select l.merchant_id, l.invoice_id from a cross join s cross join invoice_lines l \
     where a.period_start is null and a.trial_until is null and s.id = a.precursor_id \
     and l.merchant_id = s.merchant_id and l.subscription_id = s.id \
     and l.period_start = s.period_start and l.kind = 'period')"
);

/// The accounts of these customers: one statement, however many they are.
pub async fn load_accounts(
    tx: &mut Tx,
    merchant: &MerchantId,
    customers: &[CustomerId],
    depth: AccountDepth,
) -> Result<Loaded, StoreError> {
    let with = match depth {
        AccountDepth::Full => FULL,
        AccountDepth::Billing => BILLING,
    };
    let questions = [
        AskedQuery::of::<EditRow>("select edit from merchants where id = $1"),
        AskedQuery::of::<HeadRow>(
            "select id, sequence, seen_on, held_until, name, address, email, \
             country, vat_id, reference, postal_address, \
             locale, (select locale from merchants where id = $1) as merchants_locale \
             from customers \
             where (merchant_id, id) in pairs($1, $2)",
        ),
        AskedQuery::of::<BalanceRow>(
            "select customer_id, currency, minor from balances \
             where (merchant_id, customer_id) in pairs($1, $2) and minor <> 0",
        ),
        AskedQuery::of::<SubscriptionRow>(select_subscriptions!(found)),
        AskedQuery::of::<ChangeRow>(select_changes!(found)),
        AskedQuery::of::<InvoiceRow>(select_invoices!(found)),
        AskedQuery::of::<InvoiceLineRow>(select_lines!(found)),
        AskedQuery::of::<NewPriceRow>(select_new_prices!(
            "where (n.merchant_id, n.customer_id) in pairs($1, $2) and n.status = 'pending'"
        )),
    ];
    let mut found = tx.ask(with, &questions, args![merchant, list(customers)]).await?;
    let edit = found.take::<EditRow>(0)?.first().map_or(0, |row| row.edit);
    let mut accounts: BTreeMap<CustomerId, Account> =
        (customers.iter()).map(|id| (id.clone(), Account::empty(id.clone()))).collect();
    for row in found.take::<HeadRow>(1)? {
        if let Some(account) = accounts.get_mut(&CustomerId::stored(row.id.clone())) {
            account.sequence = row.sequence;
            (account.seen_on, account.held_until) = (row.seen_on, row.held_until);
            account.has_locale = row.locale.is_some();
            account.locale = row.locale.clone().or_else(|| row.merchants_locale.clone());
            account.buyer = row.buyer()?;
        }
    }
    for (customer, currency, minor) in balances_in(found.take(2)?)? {
        if let Some(account) = accounts.get_mut(&customer) {
            account.balances.insert(currency, minor);
        }
    }
    fill_subscriptions(&mut found, &mut accounts)?;
    let rows = found.take::<InvoiceRow>(5).map_err(|e| e.reading("invoices"))?;
    let lines = found.take(6).map_err(|e| e.reading("invoice_lines"))?;
    let mut lines = lines_by_invoice(lines)?;
    for row in rows {
        let lines = lines.remove(&row.id).unwrap_or_default();
        let invoice = row.invoice(lines)?;
        if let Some(account) = accounts.get_mut(&invoice.customer) {
            account.invoices.insert(invoice.id.clone(), invoice);
        }
    }
    let accounts = customers.iter().filter_map(|id| accounts.remove(id)).collect();
    Ok(Loaded { accounts, edit })
}

/// Puts subscriptions, and what waits for them, into the accounts of their customers.
fn fill_subscriptions(
    found: &mut Answers,
    accounts: &mut BTreeMap<CustomerId, Account>,
) -> Result<(), StoreError> {
    let rows = found.take::<SubscriptionRow>(3).map_err(|e| e.reading("subscriptions"))?;
    for row in all::<_, Subscription>(rows)? {
        if let Some(account) = accounts.get_mut(&row.customer) {
            account.subscriptions.insert(row.id.clone(), row);
        }
    }
    let rows = found.take::<ChangeRow>(4).map_err(|e| e.reading("scheduled_changes"))?;
    for row in all::<_, ScheduledChange>(rows)? {
        if let Some(account) = accounts.get_mut(&row.customer) {
            account.changes.insert(row.id.clone(), row);
        }
    }
    let rows = found.take::<NewPriceRow>(7).map_err(|e| e.reading("new_prices"))?;
    for row in all::<_, NewPrice>(rows)? {
        if let Some(account) = accounts.get_mut(&row.customer) {
            account.new_prices.insert((row.change.clone(), row.subscription.clone()), row);
        }
    }
    Ok(())
}

row! {
    json struct EditRow {
        edit: i64,
    }
}

row! {
    json struct HeadRow {
        id: String,
        sequence: i64,
        seen_on: Option<NaiveDate>,
        held_until: Option<DateTime<Utc>>,
        name: Option<String>,
        address: Option<String>,
        email: Option<String>,
        country: Option<String>,
        vat_id: Option<String>,
        reference: Option<String>,
        postal_address: Option<String>,
        locale: Option<String>,
        merchants_locale: Option<String>,
    }
}

impl HeadRow {
    /// As documents name the customer.
    fn buyer(self) -> Result<Party, StoreError> {
        let place = ColumnPlace { table: "customers", row: &self.id };
        let postal_address = postal_address(&place, self.postal_address.as_deref())?;
        let profile = Profile {
            name: self.name,
            address: self.address,
            email: self.email,
            country: self.country,
            vat_id: self.vat_id,
            reference: self.reference,
            postal_address,
            ..Profile::default()
        };
        Ok(profile.buyer())
    }
}

/// Customers for whom billing has something to do up to `until`, by id, behind `after`; locked
/// until the transaction ends. Those that another worker has locked are left out, and those whom a
/// checkout holds at `now`, or who could not be billed and wait for the next try.
pub async fn claim_due(
    tx: &mut Tx,
    merchant: &MerchantId,
    until: NaiveDate,
    now: DateTime<Utc>,
    after: Option<&CustomerId>,
    limit: i64,
) -> Result<Vec<CustomerId>, StoreError> {
    let after = after.map_or("", CustomerId::as_str);
    let rows: Vec<(String,)> = tx
        .fetch_all(
            "select id from customers where merchant_id = $1 and id > $2 \
             and due_on is not null and due_on <= $3 \
             and (held_until is null or held_until <= $4) \
             and (billing_retry_at is null or billing_retry_at <= $4) order by id limit $5 \
             for update skip locked",
            args![merchant, after, until, now, limit],
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| CustomerId::stored(id)).collect())
}

/// Customers whom [`claim_due`] would claim if nobody had locked them, by id; not locked.
pub async fn list_due(
    tx: &mut Tx,
    merchant: &MerchantId,
    until: NaiveDate,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<CustomerId>, StoreError> {
    let rows: Vec<(String,)> = tx
        .fetch_all(
            "select id from customers where merchant_id = $1 \
             and due_on is not null and due_on <= $2 \
             and (held_until is null or held_until <= $3) \
             and (billing_retry_at is null or billing_retry_at <= $3) order by id limit $4",
            args![merchant, until, now, limit],
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| CustomerId::stored(id)).collect())
}

/// Of these customers those for whom billing has something to do up to `until`, whoever holds them.
pub async fn due_among(
    tx: &mut Tx,
    merchant: &MerchantId,
    customers: &[&CustomerId],
    until: NaiveDate,
) -> Result<Vec<CustomerId>, StoreError> {
    let rows: Vec<(String,)> = tx
        .fetch_all(
            "select id from customers where (merchant_id, id) in pairs($1, $2) \
             and due_on is not null and due_on <= $3 order by id",
            args![merchant, list(customers.iter().copied()), until],
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| CustomerId::stored(id)).collect())
}

/// Customers for whom billing has something to do up to `until`, but whom a checkout holds at
/// `now`; by id, each with the moment to which.
pub async fn list_held(
    tx: &mut Tx,
    merchant: &MerchantId,
    until: NaiveDate,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(CustomerId, DateTime<Utc>)>, StoreError> {
    let rows: Vec<(String, DateTime<Utc>)> = tx
        .fetch_all(
            "select id, held_until from customers where merchant_id = $1 \
             and due_on is not null and due_on <= $2 and held_until > $3 order by id limit $4",
            args![merchant, until, now, limit],
        )
        .await?;
    Ok(rows.into_iter().map(|(id, at)| (CustomerId::stored(id), at)).collect())
}

/// Claims one customer, if [`claim_due`] would.
pub async fn claim_one(
    tx: &mut Tx,
    merchant: &MerchantId,
    until: NaiveDate,
    now: DateTime<Utc>,
    customer: &CustomerId,
) -> Result<bool, StoreError> {
    let row: Option<(String,)> = tx
        .fetch_optional(
            "select id from customers where merchant_id = $1 and id = $2 \
             and due_on is not null and due_on <= $3 \
             and (held_until is null or held_until <= $4) \
             and (billing_retry_at is null or billing_retry_at <= $4) for update skip locked",
            args![merchant, customer, until, now],
        )
        .await?;
    Ok(row.is_some())
}

/// The first date on which billing has something to do for a customer whom no checkout holds at
/// `now`, or who is due after `soon`, when no hold of now lasts; and who does not wait for a try
/// after `retry_by`.
pub async fn earliest_due(
    tx: &mut Tx,
    merchant: &MerchantId,
    now: DateTime<Utc>,
    soon: NaiveDate,
    retry_by: DateTime<Utc>,
) -> Result<Option<NaiveDate>, StoreError> {
    let row: Option<(NaiveDate,)> = tx
        .fetch_optional(
            "select due_on from customers where merchant_id = $1 and due_on is not null \
             and (held_until is null or held_until <= $2 or due_on > $3) \
             and (billing_retry_at is null or billing_retry_at <= $4) \
             order by due_on limit 1",
            args![merchant, now, soon, retry_by],
        )
        .await?;
    Ok(row.map(|(due_on,)| due_on))
}

/// When the first hold ends that keeps billing from a customer who is due up to `soon`.
pub async fn earliest_lapse(
    tx: &mut Tx,
    merchant: &MerchantId,
    now: DateTime<Utc>,
    soon: NaiveDate,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let row: Option<(DateTime<Utc>,)> = tx
        .fetch_optional(
            "select held_until from customers where merchant_id = $1 and held_until is not null \
             and held_until > $2 and due_on is not null and due_on <= $3 \
             order by held_until limit 1",
            args![merchant, now, soon],
        )
        .await?;
    Ok(row.map(|(held_until,)| held_until))
}

/// For how many customers billing has something to do up to `until`; not for those that a
/// checkout holds at `now`.
pub async fn count_due(
    tx: &mut Tx,
    merchant: &MerchantId,
    until: NaiveDate,
    now: DateTime<Utc>,
) -> Result<i64, StoreError> {
    let (count,): (i64,) = tx
        .fetch_one(
            "select count(*) from customers where merchant_id = $1 and due_on is not null \
             and due_on <= $2 and (held_until is null or held_until <= $3)",
            args![merchant, until, now],
        )
        .await?;
    Ok(count)
}
