//! Rows that several files read, and how they become values again. What a check constraint
//! forbids is checked once more here.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoreError;
use crate::domain::calendar::{DateRange, Period};
use crate::domain::catalogue::{Introduction, Terms};
use crate::domain::change::ScheduledChange;
use crate::domain::ids::{ChangeId, CustomerId, OfferId, PathId, SubscriptionId, TaxId};
use crate::domain::money::{Currency, Money};
use crate::domain::names::Named;
use crate::domain::subscription::{BridgeCharge, BroughtOver, Subscription};

/// Where a value was read, to name it if it is corrupt.
pub(super) struct ColumnPlace<'a> {
    pub(super) table: &'static str,
    pub(super) row: &'a str,
}

impl ColumnPlace<'_> {
    /// The value, or that its column is corrupt.
    pub(super) fn need<T>(&self, column: &'static str, value: Option<T>) -> Result<T, StoreError> {
        value.ok_or_else(|| StoreError::Corrupt {
            table: self.table,
            column,
            row: self.row.to_owned(),
        })
    }

    /// The value of a stable name.
    pub(super) fn named<T: Named>(
        &self,
        column: &'static str,
        name: &str,
    ) -> Result<T, StoreError> {
        self.need(column, T::parse(name))
    }

    /// What JSON says.
    pub(super) fn json<T: DeserializeOwned>(
        &self,
        column: &'static str,
        text: &str,
    ) -> Result<T, StoreError> {
        self.need(column, serde_json::from_str(text).ok())
    }

    /// A currency.
    pub(super) fn currency(&self, code: &str) -> Result<Currency, StoreError> {
        self.need("currency", Currency::parse(code).ok())
    }

    /// Both ends of a range, or neither.
    fn range(
        &self,
        column: &'static str,
        start: Option<NaiveDate>,
        end: Option<NaiveDate>,
    ) -> Result<Option<DateRange>, StoreError> {
        match (start, end) {
            (None, None) => Ok(None),
            (Some(start), Some(end)) => Ok(Some(DateRange { start, end })),
            _ => self.need(column, None),
        }
    }
}

/// A value as JSON.
pub(super) fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|e| StoreError::Sql(sqlx::Error::Encode(Box::new(e))))
}

/// The columns of [`TermsRow`], of offer versions named `v`.
macro_rules! terms {
    () => {
        "v.offer_id, v.version as offer_version, v.title as offer_title, v.products, \
         v.price_minor as offer_price, v.currency, v.billing_period, v.term, v.renewal_term, \
         v.auto_renew, v.tax_id, v.tax_included, v.requires_parent, v.notice, \
         v.trial, v.steps, v.introduction, v.wording"
    };
}
pub(super) use terms;

super::sql::row! {
    json
    /// A row of `offer_versions`.
    pub(super) struct TermsRow {
        pub(super) offer_id: String,
        offer_version: i64,
        offer_title: String,
        products: String,
        offer_price: i64,
        currency: String,
        billing_period: String,
        term: String,
        renewal_term: Option<String>,
        auto_renew: bool,
        tax_id: Option<String>,
        tax_included: bool,
        requires_parent: bool,
        notice: Option<String>,
        trial: Option<String>,
        steps: Option<String>,
        introduction: String,
        wording: Option<String>,
    }
}

impl TermsRow {
    /// Which version of which offer it is.
    pub(super) fn version(&self) -> (OfferId, i64) {
        (OfferId::stored(self.offer_id.clone()), self.offer_version)
    }
}

impl TryFrom<TermsRow> for Terms {
    type Error = StoreError;

    fn try_from(row: TermsRow) -> Result<Self, StoreError> {
        let place = ColumnPlace { table: "offer_versions", row: &row.offer_id };
        let length = |column, text: &Option<String>| {
            let text = text.as_deref();
            text.map(|text| place.need(column, Period::parse(text))).transpose()
        };
        let renewal_term = length("renewal_term", &row.renewal_term)?;
        let notice = length("notice", &row.notice)?;
        let steps = row.steps.as_deref().map(|text| place.json("steps", text)).transpose()?;
        let introduction = Introduction {
            granted: place.named("introduction", &row.introduction)?,
            trial: length("trial", &row.trial)?,
            steps: steps.unwrap_or_default(),
        };
        let wording = row.wording.as_deref().map(|text| place.json("wording", text));
        Ok(Self {
            wording: wording.transpose()?.unwrap_or_default(),
            products: place.json("products", &row.products)?,
            price: Money::new(row.offer_price, place.currency(&row.currency)?),
            billing_period: place.need("billing_period", Period::parse(&row.billing_period))?,
            term: place.need("term", Period::parse(&row.term))?,
            renewal_term,
            version: row.offer_version,
            title: row.offer_title,
            auto_renew: row.auto_renew,
            notice,
            tax: row.tax_id.map(TaxId::stored),
            tax_included: row.tax_included,
            requires_parent: row.requires_parent,
            introduction,
            offer: OfferId::stored(row.offer_id),
        })
    }
}

/// Selects [`SubscriptionRow`]s from subscriptions named `s`, as far as the `where`; or those
/// `found`, which a `with` has named `s`, before their terms are looked at.
macro_rules! select_subscriptions {
    (found) => {
        select_subscriptions!(
            @ "from s cross join offer_versions v where v.merchant_id = s.merchant_id \
               and v.offer_id = s.offer_id and v.version = s.offer_version"
        )
    };
    ($rest:literal) => {
        concat!(
            select_subscriptions!(
                @ "from subscriptions s join offer_versions v on v.merchant_id = s.merchant_id \
                   and v.offer_id = s.offer_id and v.version = s.offer_version "
            ),
            $rest
        )
    };
    (@ $from:literal) => {
        concat!(
            "select s.id, s.customer_id, s.sequence, s.price_minor, s.status, s.started_on, \
             s.first_booking_on, s.ended_on, s.anchor_day, s.period_start, s.period_end, \
             s.term_start, s.term_end, \
             s.cancel_on, s.precursor_id, s.successor_id, s.parent_id, s.chain_id, \
             s.bridge_gross, s.brought_gross, s.brought_paid, s.brought_number, \
             s.brought_credited_gross, s.brought_credited_tax, s.brought_cancelled, \
             s.is_brought_over, \
             s.next_booking_on, s.created_at, s.cut, s.trial_until, s.steps_left, ",
            $crate::store::rows::terms!(),
            " ",
            $from
        )
    };
}
pub(super) use select_subscriptions;

super::sql::row! {
    json
    /// A row of `subscriptions`.
    pub(super) struct SubscriptionRow {
        pub(super) id: String,
        pub(super) customer_id: String,
        sequence: i64,
        price_minor: i64,
        status: String,
        started_on: NaiveDate,
        first_booking_on: Option<NaiveDate>,
        ended_on: Option<NaiveDate>,
        anchor_day: i64,
        period_start: Option<NaiveDate>,
        period_end: Option<NaiveDate>,
        term_start: NaiveDate,
        term_end: NaiveDate,
        cancel_on: Option<NaiveDate>,
        precursor_id: Option<String>,
        successor_id: Option<String>,
        parent_id: Option<String>,
        chain_id: String,
        bridge_gross: Option<i64>,
        brought_gross: Option<i64>,
        brought_paid: Option<bool>,
        brought_number: Option<String>,
        brought_credited_gross: Option<i64>,
        brought_credited_tax: Option<i64>,
        brought_cancelled: Option<bool>,
        is_brought_over: bool,
        pub(super) next_booking_on: Option<NaiveDate>,
        pub(super) created_at: DateTime<Utc>,
        cut: Option<String>,
        trial_until: Option<NaiveDate>,
        steps_left: i64,
        terms: TermsRow,
    }
}

impl TryFrom<SubscriptionRow> for Subscription {
    type Error = StoreError;

    fn try_from(row: SubscriptionRow) -> Result<Self, StoreError> {
        let place = ColumnPlace { table: "subscriptions", row: &row.id };
        let terms = Terms::try_from(row.terms)?;
        let brought_over = match row.brought_gross {
            None => None,
            Some(gross) => Some(BroughtOver {
                gross,
                paid: place.need("brought_paid", row.brought_paid)?,
                number: row.brought_number,
                credited_gross: place.need("brought_credited_gross", row.brought_credited_gross)?,
                credited_tax: place.need("brought_credited_tax", row.brought_credited_tax)?,
                cancelled: place.need("brought_cancelled", row.brought_cancelled)?,
            }),
        };
        let cut = row.cut.as_deref().map(|text| place.json("cut", text)).transpose()?;
        let anchor_day = u32::try_from(row.anchor_day).ok();
        let steps_left = u32::try_from(row.steps_left).ok();
        Ok(Self {
            status: place.named("status", &row.status)?,
            anchor_day: place.need("anchor_day", anchor_day)?,
            current_period: place.range("period_end", row.period_start, row.period_end)?,
            current_term: DateRange { start: row.term_start, end: row.term_end },
            first_booking_on: place.need("first_booking_on", row.first_booking_on)?,
            is_brought_over: row.is_brought_over,
            brought_over,
            cut,
            trial_until: row.trial_until,
            steps_left: place.need("steps_left", steps_left)?,
            sequence: row.sequence,
            price: Money::new(row.price_minor, terms.price.currency),
            terms,
            customer: CustomerId::stored(row.customer_id),
            started_on: row.started_on,
            ended_on: row.ended_on,
            cancel_on: row.cancel_on,
            precursor_id: row.precursor_id.map(SubscriptionId::stored),
            successor_id: row.successor_id.map(SubscriptionId::stored),
            parent_id: row.parent_id.map(SubscriptionId::stored),
            chain_id: SubscriptionId::stored(row.chain_id),
            bridge_charge: row.bridge_gross.map(|gross| BridgeCharge { gross }),
            id: SubscriptionId::stored(row.id),
        })
    }
}

/// Selects [`ChangeRow`]s from scheduled changes named `c`, as far as the `where`; `found` as with
/// subscriptions.
macro_rules! select_changes {
    (found) => {
        select_changes!(
            @ "from c cross join offer_versions v where v.merchant_id = c.merchant_id \
               and v.offer_id = c.offer_id and v.version = c.offer_version"
        )
    };
    ($rest:literal) => {
        concat!(
            select_changes!(
                @ "from scheduled_changes c join offer_versions v on v.merchant_id = c.merchant_id \
                   and v.offer_id = c.offer_id and v.version = c.offer_version "
            ),
            $rest
        )
    };
    (@ $from:literal) => {
        concat!(
            "select c.id, c.sequence, c.customer_id, c.subscription_id, c.path_id, c.mode, \
             c.transition, c.effective_on, c.status, c.reason, c.result_subscription_id, \
             c.withdrew_cancel_on, c.cut, c.introduced, ",
            $crate::store::rows::terms!(),
            " ",
            $from
        )
    };
}
pub(super) use select_changes;

super::sql::row! {
    json
    /// A row of `scheduled_changes`.
    pub(super) struct ChangeRow {
        id: String,
        sequence: i64,
        pub(super) customer_id: String,
        subscription_id: String,
        path_id: String,
        mode: String,
        transition: String,
        effective_on: NaiveDate,
        status: String,
        reason: Option<String>,
        result_subscription_id: Option<String>,
        withdrew_cancel_on: Option<NaiveDate>,
        cut: Option<String>,
        introduced: bool,
        terms: TermsRow,
    }
}

impl TryFrom<ChangeRow> for ScheduledChange {
    type Error = StoreError;

    fn try_from(row: ChangeRow) -> Result<Self, StoreError> {
        let place = ColumnPlace { table: "scheduled_changes", row: &row.id };
        Ok(Self {
            mode: place.named("mode", &row.mode)?,
            cut: row.cut.as_deref().map(|text| place.json("cut", text)).transpose()?,
            introduced: row.introduced,
            transition: place.named("transition", &row.transition)?,
            status: place.named("status", &row.status)?,
            sequence: row.sequence,
            customer: CustomerId::stored(row.customer_id),
            subscription: SubscriptionId::stored(row.subscription_id),
            terms: Terms::try_from(row.terms)?,
            path: PathId::stored(row.path_id),
            effective_on: row.effective_on,
            reason: row.reason,
            result_subscription: row.result_subscription_id.map(SubscriptionId::stored),
            withdrew_cancel_on: row.withdrew_cancel_on,
            id: ChangeId::stored(row.id),
        })
    }
}

/// Turns all rows into values.
pub(super) fn all<R, T>(rows: Vec<R>) -> Result<Vec<T>, StoreError>
where
    T: TryFrom<R, Error = StoreError>,
{
    rows.into_iter().map(T::try_from).collect()
}
