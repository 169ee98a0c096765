//! Customers: who they are and what they are owed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};

use super::definitions::stored;
use super::merchants::{MerchantState, STATE, SettingsRow};
use super::query::SqlQuery;
use super::rows::{ColumnPlace, all, to_json};
use super::sql::{Arg, AskedQuery, Write, args, list, row};
use super::{DependentThing, Page, StoreError, Tx, USES_MAX};
use crate::domain::ids::{CustomerId, MerchantId};
use crate::domain::merchant::{self, Profile};
use crate::domain::money::{Currency, Money};
use crate::domain::party::PostalAddress;

/// A customer as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCustomer {
    /// Chosen by the merchant.
    pub id: CustomerId,
    /// As the merchant knows them.
    pub profile: Profile,
    /// When billing has something to do next.
    pub due_on: Option<NaiveDate>,
    /// When they became known.
    pub created_at: DateTime<Utc>,
}

/// Stores a profile; whether the customer is new.
pub async fn save_customer(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &CustomerId,
    profile: &Profile,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let created = ensure_customer(tx, merchant, id, now).await?;
    tx.execute(
        "update customers set email = $3, name = $4, address = $5, locale = $6, \
         customer_group = $7, country = $8, phone = $9, messages = $10, vat_id = $11, \
         reference = $12, postal_address = $13 \
         where merchant_id = $1 and id = $2",
        [args![merchant, id], profile_values(profile)?].concat(),
    )
    .await?;
    Ok(created)
}

/// The columns of a profile.
pub(super) const PROFILE: [&str; 11] = [
    "email",
    "name",
    "address",
    "locale",
    "customer_group",
    "country",
    "phone",
    "messages",
    "vat_id",
    "reference",
    "postal_address",
];

/// What stands in them.
pub(super) fn profile_values(profile: &Profile) -> Result<Vec<Arg>, StoreError> {
    let postal = profile.postal_address.as_ref().map(to_json).transpose()?;
    Ok(args![
        &profile.email,
        &profile.name,
        &profile.address,
        &profile.locale,
        &profile.group,
        &profile.country,
        &profile.phone,
        profile.messages,
        &profile.vat_id,
        &profile.reference,
        postal,
    ])
}

stored!(merchant::Customer, find_profile, list_profiles, |tx, merchant, customer, writing| {
    let merchant::Customer { id, profile } = &customer;
    let created = save_customer(tx, merchant, id, profile, writing.now).await?;
    (customer, created)
}, uses customer_uses, delete forget_customer);

/// What keeps a customer from being forgotten: what runs, what waits, and what is owed either way.
async fn customer_uses(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &CustomerId,
    now: DateTime<Utc>,
) -> Result<Vec<DependentThing>, StoreError> {
    tx.fetch_all(
        "select 'subscription' as kind, id from subscriptions \
         where merchant_id = $1 and customer_id = $2 and status = 'active' union all \
         select 'scheduled change' as kind, id from scheduled_changes \
         where merchant_id = $1 and customer_id = $2 and status = 'pending' union all \
         select 'checkout' as kind, id from checkouts \
         where merchant_id = $1 and customer_id = $2 and status = 'held' and held_until > $3 \
         union all \
         select 'invoice' as kind, id from invoices \
         where merchant_id = $1 and customer_id = $2 and status = 'open' union all \
         select 'balance' as kind, currency as id from balances \
         where merchant_id = $1 and customer_id = $2 and minor <> 0 limit $4",
        args![merchant, id, now, USES_MAX],
    )
    .await
}

/// Takes away for good who a customer is. Their id stands in documents and subscriptions, which
/// keep what the law wants kept.
async fn forget_customer(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &CustomerId,
) -> Result<bool, StoreError> {
    tx.execute(
        "delete from portal_sessions where merchant_id = $1 and customer_id = $2",
        args![merchant, id],
    )
    .await?;
    let text = "update customers set email = null, name = null, address = null, locale = null, \
                customer_group = null, country = null, phone = null, messages = null, \
                vat_id = null, reference = null, postal_address = null \
                where merchant_id = $1 and id = $2";
    Ok(tx.execute(text, args![merchant, id]).await? == 1)
}

/// What these customers are called, of those that are there: by their name, or else by their mail
/// address. Who has neither is left out.
pub async fn names_of_customers(
    tx: &mut Tx,
    merchant: &MerchantId,
    ids: &BTreeSet<CustomerId>,
) -> Result<BTreeMap<CustomerId, String>, StoreError> {
    let rows: Vec<(String, Option<String>, Option<String>)> = tx
        .fetch_all(
            "select id, name, email from customers where (merchant_id, id) in pairs($1, $2)",
            args![merchant, list(ids)],
        )
        .await?;
    let named = rows.into_iter().filter_map(|(id, name, email)| {
        let told = [name, email].into_iter().flatten().find(|text| !text.trim().is_empty())?;
        Some((CustomerId::stored(id), told))
    });
    Ok(named.collect())
}

async fn find_profile(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &CustomerId,
) -> Result<Option<merchant::Customer>, StoreError> {
    Ok(find_customer(tx, merchant, id).await?.map(StoredCustomer::known))
}

async fn list_profiles(
    tx: &mut Tx,
    merchant: &MerchantId,
    page: &Page,
) -> Result<Vec<merchant::Customer>, StoreError> {
    let found = list_customers(tx, merchant, page).await?;
    Ok(found.into_iter().map(StoredCustomer::known).collect())
}

impl StoredCustomer {
    /// As the merchant defines them.
    fn known(self) -> merchant::Customer {
        merchant::Customer { id: self.id, profile: self.profile }
    }
}

/// Makes a customer without a profile where there is none yet; whether it was needed.
pub async fn ensure_customer(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &CustomerId,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let added = tx
        .execute(
            "insert into customers (merchant_id, id, created_at) values ($1, $2, $3) \
             on conflict (merchant_id, id) do nothing",
            args![merchant, id, now],
        )
        .await?;
    Ok(added == 1)
}

/// A customer.
pub async fn find_customer(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &CustomerId,
) -> Result<Option<StoredCustomer>, StoreError> {
    let row: Option<CustomerRow> = tx
        .fetch_optional(
            "select id, email, name, address, locale, customer_group, country, phone, messages, \
             vat_id, reference, postal_address, due_on, created_at from customers \
             where merchant_id = $1 and id = $2",
            args![merchant, id],
        )
        .await?;
    row.map(StoredCustomer::try_from).transpose()
}

/// The groups of those of these customers who are in one.
pub async fn groups_of(
    tx: &mut Tx,
    merchant: &MerchantId,
    ids: &[CustomerId],
) -> Result<BTreeMap<CustomerId, String>, StoreError> {
    let rows: Vec<(String, String)> = tx
        .fetch_all(
            "select id, customer_group from customers \
             where (merchant_id, id) in pairs($1, $2) and customer_group is not null",
            args![merchant, list(ids)],
        )
        .await?;
    Ok(rows.into_iter().map(|(id, group)| (CustomerId::stored(id), group)).collect())
}

/// Customers, by id. Searched are their ids, names and mail addresses.
pub async fn list_customers(
    tx: &mut Tx,
    merchant: &MerchantId,
    page: &Page,
) -> Result<Vec<StoredCustomer>, StoreError> {
    let query = "select id, email, name, address, locale, customer_group, country, phone, \
                 messages, vat_id, reference, postal_address, due_on, created_at from customers \
                 where merchant_id = $1";
    let (text, args) = SqlQuery::new(query, args![merchant])
        .search(
            "(lower(id) like lower($?) escape '!' or lower(name) like lower($?) escape '!' \
             or lower(email) like lower($?) escape '!')",
            page,
        )
        .page("id", page);
    let rows: Vec<CustomerRow> = tx.fetch_page((text, args), page).await?;
    all(rows)
}

/// Which of these are customers.
pub async fn known_customers(
    tx: &mut Tx,
    merchant: &MerchantId,
    ids: &[String],
) -> Result<BTreeSet<CustomerId>, StoreError> {
    let rows: Vec<(String,)> = tx
        .fetch_all(
            "select id from customers where (merchant_id, id) in pairs($1, $2)",
            args![merchant, list(ids)],
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| CustomerId::stored(id)).collect())
}

/// Keeps everyone else from deciding about these customers until the transaction ends. To be
/// called before their accounts are loaded; it locks in the order of the ids.
pub async fn lock_customers(
    tx: &mut Tx,
    merchant: &MerchantId,
    ids: &[CustomerId],
) -> Result<(), StoreError> {
    if !tx.locks_rows() || ids.is_empty() {
        return Ok(());
    }
    let _locked: Vec<(String,)> = tx
        .fetch_all(
            "select id from customers where (merchant_id, id) in pairs($1, $2) \
             order by id for update",
            args![merchant, list(ids)],
        )
        .await?;
    Ok(())
}

/// What a decision of a merchant's begins with, and whether the customer is there whom it is
/// about: they are locked as by [`lock_customers`].
pub async fn lock_customer(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &CustomerId,
) -> Result<(MerchantState, bool), StoreError> {
    let with = "with l as materialized (select id from customers \
                where merchant_id = $1 and id = $2 for update)";
    let questions =
        [AskedQuery::of::<SettingsRow>(STATE), AskedQuery::of::<IdRow>("select id from l")];
    let mut found = tx.ask(with, &questions, args![merchant, id]).await?;
    let is_there = found.take::<IdRow>(1)?.iter().any(|row| row.id == id.as_str());
    Ok((found.take_one::<SettingsRow>(0)?.try_into()?, is_there))
}

/// How often checkouts have held a customer since a plan was last stored for them.
pub async fn count_holds(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &CustomerId,
) -> Result<i64, StoreError> {
    let text = "select holds from customers where merchant_id = $1 and id = $2";
    let row: Option<(i64,)> = tx.fetch_optional(text, args![merchant, id]).await?;
    Ok(row.map_or(0, |(holds,)| holds))
}

/// Notes until when a checkout holds a customer; none where it let go.
pub async fn save_hold(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &CustomerId,
    held_until: Option<DateTime<Utc>>,
) -> Result<(), StoreError> {
    let statement = "update customers set held_until = v.held_until, \
         holds = customers.holds + v.holds from v \
         where customers.merchant_id = v.merchant_id and customers.id = v.id";
    let rows = vec![args![merchant, id, held_until, i64::from(held_until.is_some())]];
    let columns = "merchant_id, id, held_until, holds";
    tx.gather([Write::over("customers", columns, statement, rows)]).await
}

/// Notes that a customer could not be billed once more; how often in a row by now. None where
/// another worker has met and noted the same, so that the next try is later than `now`.
pub async fn count_attempt(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &CustomerId,
    now: DateTime<Utc>,
) -> Result<Option<u32>, StoreError> {
    let attempts: Option<(i64,)> = tx
        .fetch_optional(
            "update customers set billing_attempts = billing_attempts + 1 \
             where merchant_id = $1 and id = $2 \
             and (billing_retry_at is null or billing_retry_at <= $3) returning billing_attempts",
            args![merchant, id, now],
        )
        .await?;
    Ok(attempts.map(|(attempts,)| u32::try_from(attempts).unwrap_or(u32::MAX)))
}

/// Notes when the worker tries to bill a customer again. What is stored of them later clears it.
pub async fn save_retry(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &CustomerId,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    tx.execute(
        "update customers set billing_retry_at = $3 where merchant_id = $1 and id = $2",
        args![merchant, id, at],
    )
    .await?;
    Ok(())
}

/// Whoever could not be billed is tried again by the next run.
pub async fn retry_all(tx: &mut Tx, merchant: &MerchantId) -> Result<(), StoreError> {
    tx.execute(
        "update customers set billing_retry_at = null \
         where merchant_id = $1 and billing_retry_at is not null",
        args![merchant],
    )
    .await?;
    Ok(())
}

/// The last day on which something was decided about any customer; none where nothing was.
pub async fn last_day_seen(
    tx: &mut Tx,
    merchant: &MerchantId,
) -> Result<Option<NaiveDate>, StoreError> {
    let (last,): (Option<NaiveDate>,) = tx
        .fetch_one("select max(seen_on) from customers where merchant_id = $1", args![merchant])
        .await?;
    Ok(last)
}

/// What a customer is owed, by currency.
pub async fn balances(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &CustomerId,
) -> Result<Vec<Money>, StoreError> {
    let all = balances_of(tx, merchant, std::slice::from_ref(id)).await?;
    let balances = all.into_values().flatten();
    Ok(balances.map(|(code, minor)| Money::new(minor, code)).collect())
}

/// What each of these customers is owed; those who are owed nothing are left out.
pub async fn balances_of(
    tx: &mut Tx,
    merchant: &MerchantId,
    ids: &[CustomerId],
) -> Result<BTreeMap<CustomerId, BTreeMap<Currency, i64>>, StoreError> {
    let rows: Vec<BalanceRow> = tx
        .fetch_all(
            "select customer_id, currency, minor from balances \
             where (merchant_id, customer_id) in pairs($1, $2) and minor <> 0",
            args![merchant, list(ids)],
        )
        .await?;
    let mut found = BTreeMap::<CustomerId, BTreeMap<Currency, i64>>::new();
    for (customer, currency, minor) in balances_in(rows)? {
        found.entry(customer).or_default().insert(currency, minor);
    }
    Ok(found)
}

/// Balances as values.
pub(super) fn balances_in(
    rows: Vec<BalanceRow>,
) -> Result<Vec<(CustomerId, Currency, i64)>, StoreError> {
    let value = |row: BalanceRow| {
        let currency =
            ColumnPlace { table: "balances", row: &row.customer_id }.currency(&row.currency)?;
        Ok((CustomerId::stored(row.customer_id), currency, row.minor))
    };
    rows.into_iter().map(value).collect()
}

row! {
    json
    /// A row of `balances`.
    pub(super) struct BalanceRow {
        customer_id: String,
        currency: String,
        minor: i64,
    }
}

row! {
    json struct IdRow {
        id: String,
    }
}

row! {
    struct CustomerRow {
        id: String,
        email: Option<String>,
        name: Option<String>,
        address: Option<String>,
        locale: Option<String>,
        customer_group: Option<String>,
        country: Option<String>,
        phone: Option<String>,
        messages: Option<bool>,
        vat_id: Option<String>,
        reference: Option<String>,
        postal_address: Option<String>,
        due_on: Option<NaiveDate>,
        created_at: DateTime<Utc>,
    }
}

impl TryFrom<CustomerRow> for StoredCustomer {
    type Error = StoreError;

    fn try_from(row: CustomerRow) -> Result<Self, StoreError> {
        let place = ColumnPlace { table: "customers", row: &row.id };
        let postal_address = postal_address(&place, row.postal_address.as_deref())?;
        Ok(Self {
            id: CustomerId::stored(row.id),
            profile: Profile {
                email: row.email,
                name: row.name,
                address: row.address,
                locale: row.locale,
                group: row.customer_group,
                country: row.country,
                phone: row.phone,
                messages: row.messages,
                vat_id: row.vat_id,
                reference: row.reference,
                postal_address,
            },
            due_on: row.due_on,
            created_at: row.created_at,
        })
    }
}

/// What [`profile_values`] wrote of an address by its parts.
pub(super) fn postal_address(
    place: &ColumnPlace<'_>,
    text: Option<&str>,
) -> Result<Option<PostalAddress>, StoreError> {
    text.map(|text| place.json("postal_address", text)).transpose()
}
