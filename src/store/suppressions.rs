//! Customers who are sent no messages.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::query::SqlQuery;
use super::rows::{ColumnPlace, all};
use super::sql::{Write, args, list, row};
use super::{Page, StoreError, Tx};
use crate::domain::automation_run::{Suppression, SuppressionReason};
use crate::domain::ids::{CustomerId, MerchantId};

/// Sends a customer no messages any more; false where they are sent none already. Of one whose
/// address gave a message back, the address is kept.
pub async fn insert_suppression(
    tx: &mut Tx,
    merchant: &MerchantId,
    suppression: &Suppression,
) -> Result<bool, StoreError> {
    let is_bounce = suppression.reason == SuppressionReason::Bounced;
    let added = tx
        .execute(
            "insert into suppressions (merchant_id, customer_id, reason, email, since_at) \
             select $1, $2, $3, (select email from customers \
             where merchant_id = $1 and id = $2 and $5), $4 \
             where true on conflict (merchant_id, customer_id) do nothing",
            args![
                merchant,
                &suppression.customer,
                suppression.reason,
                suppression.since,
                is_bounce,
            ],
        )
        .await?;
    if added == 0 && is_bounce {
        // What a profile says is kept with it: should it say so no more, the address is no better.
        tx.execute(
            "update suppressions set reason = $3, email = (select email from customers \
             where merchant_id = $1 and id = $2) \
             where merchant_id = $1 and customer_id = $2 and reason = 'profile'",
            args![merchant, &suppression.customer, suppression.reason],
        )
        .await?;
    }
    if added == 0 && !is_bounce {
        // What the customer wants weighs more than what became of an address.
        tx.execute(
            "update suppressions set reason = $3, email = null \
             where merchant_id = $1 and customer_id = $2 \
             and (reason = 'bounced' or reason = 'profile' and $3 <> 'profile' \
             or $3 = 'forgotten')",
            args![merchant, &suppression.customer, suppression.reason],
        )
        .await?;
    }
    Ok(added == 1)
}

/// Sends a customer messages again, also where their profile says no; false where they are sent
/// them.
pub async fn delete_suppression(
    tx: &mut Tx,
    merchant: &MerchantId,
    customer: &CustomerId,
) -> Result<bool, StoreError> {
    tx.execute(
        "update customers set messages = null where merchant_id = $1 and id = $2 \
         and messages = $3 and exists (select 1 from suppressions s \
         where s.merchant_id = $1 and s.customer_id = $2)",
        args![merchant, customer, false],
    )
    .await?;
    let gone = tx
        .execute(
            "delete from suppressions where merchant_id = $1 and customer_id = $2",
            args![merchant, customer],
        )
        .await?;
    Ok(gone == 1)
}

/// How these customers are suppressed, as far as they are; of one whose address gave a message back
/// with that address.
pub async fn reasons_of(
    tx: &mut Tx,
    merchant: &MerchantId,
    customers: &[CustomerId],
) -> Result<BTreeMap<CustomerId, (SuppressionReason, Option<String>)>, StoreError> {
    let rows: Vec<(String, String, Option<String>)> = tx
        .fetch_all(
            "select customer_id, reason, email from suppressions \
             where (merchant_id, customer_id) in pairs($1, $2)",
            args![merchant, list(customers)],
        )
        .await?;
    let read = |(id, reason, email): (String, String, Option<String>)| {
        let place = ColumnPlace { table: "suppressions", row: &id };
        let reason = place.named("reason", &reason)?;
        Ok((CustomerId::stored(id), (reason, email)))
    };
    rows.into_iter().map(read).collect()
}

/// Sends these customers no messages any more, none of whom is suppressed, because their profiles
/// say so.
pub async fn suppress_unwilling(
    tx: &mut Tx,
    merchant: &MerchantId,
    customers: &[CustomerId],
    since: DateTime<Utc>,
) -> Result<(), StoreError> {
    let rows = customers
        .iter()
        .map(|customer| args![merchant, customer, SuppressionReason::Profile, since]);
    let columns = "merchant_id, customer_id, reason, since_at";
    let conflict = "on conflict (merchant_id, customer_id) do nothing";
    tx.write(Write::upsert("suppressions", columns, conflict, rows.collect())).await?;
    Ok(())
}

/// Sends these customers messages again, as far as nothing but their suppression forbids it.
pub async fn lift_suppressions(
    tx: &mut Tx,
    merchant: &MerchantId,
    customers: &[CustomerId],
) -> Result<(), StoreError> {
    if !customers.is_empty() {
        let text = "delete from suppressions where (merchant_id, customer_id) in pairs($1, $2)";
        tx.execute(text, args![merchant, list(customers)]).await?;
    }
    Ok(())
}

/// Which of these customers are sent no messages, and why: their suppression, else what their
/// profile says or does not say.
pub async fn suppressed(
    tx: &mut Tx,
    merchant: &MerchantId,
    customers: &[CustomerId],
) -> Result<BTreeMap<CustomerId, SuppressionReason>, StoreError> {
    let rows: Vec<(String, Option<String>)> = tx
        .fetch_all(
            "select customer_id, reason from suppressions \
             where (merchant_id, customer_id) in pairs($1, $2) union all \
             select c.id, null from customers c join merchants h on h.id = c.merchant_id \
             where (c.merchant_id, c.id) in pairs($1, $2) \
             and coalesce(c.messages, not h.messages_by_consent) = $3",
            args![merchant, list(customers), false],
        )
        .await?;
    let mut found = BTreeMap::new();
    for (id, reason) in rows {
        let place = ColumnPlace { table: "suppressions", row: &id };
        let known = reason.map(|name| place.named("reason", &name)).transpose()?;
        let customer = CustomerId::stored(id);
        if let Some(reason) = known {
            found.insert(customer, reason);
        } else {
            found.entry(customer).or_insert(SuppressionReason::Unsubscribed);
        }
    }
    Ok(found)
}

/// How a customer is suppressed.
pub async fn find_suppression(
    tx: &mut Tx,
    merchant: &MerchantId,
    customer: &CustomerId,
) -> Result<Option<Suppression>, StoreError> {
    let row: Option<SuppressionRow> = tx
        .fetch_optional(
            "select customer_id, reason, since_at from suppressions \
             where merchant_id = $1 and customer_id = $2",
            args![merchant, customer],
        )
        .await?;
    row.map(Suppression::try_from).transpose()
}

/// Those who are sent no messages, by customer.
pub async fn list_suppressions(
    tx: &mut Tx,
    merchant: &MerchantId,
    page: &Page,
) -> Result<Vec<Suppression>, StoreError> {
    let text = "select customer_id, reason, since_at from suppressions where merchant_id = $1";
    let (text, args) = SqlQuery::new(text, args![merchant]).page("customer_id", page);
    let rows: Vec<SuppressionRow> = tx.fetch_page((text, args), page).await?;
    all(rows)
}

row! {
    struct SuppressionRow {
        customer_id: String,
        reason: String,
        since_at: DateTime<Utc>,
    }
}

impl TryFrom<SuppressionRow> for Suppression {
    type Error = StoreError;

    fn try_from(row: SuppressionRow) -> Result<Self, StoreError> {
        let place = ColumnPlace { table: "suppressions", row: &row.customer_id };
        Ok(Self {
            reason: place.named("reason", &row.reason)?,
            since: row.since_at,
            customer: CustomerId::stored(row.customer_id),
        })
    }
}
