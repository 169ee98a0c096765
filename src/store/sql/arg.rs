//! The values that a statement is given: few types, the same for both databases. How each
//! database is handed them is for the parent module.

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::ids::{
    AutomationId, AutomationRunId, CampaignId, ChangeId, CheckoutId, CouponId, CreditNoteId,
    CustomerId, DeliveryId, EndpointId, EventId, GiftRuleId, InvoiceId, KeyId, MerchantId,
    MessageId, MessageTemplateId, OfferId, OrderId, PathId, PaymentId, PriceChangeId, ProductId,
    PromotionId, RunId, SubscriptionId, TagId, TaxId,
};
use crate::domain::money::Currency;
use crate::domain::names::Named;

/// One value. `None` is a null that still has its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arg {
    /// A text.
    Text(Option<String>),
    /// A whole number.
    Int(Option<i64>),
    /// A flag.
    Bool(Option<bool>),
    /// A date.
    Date(Option<NaiveDate>),
    /// An instant.
    At(Option<DateTime<Utc>>),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Texts, for `(merchant_id, id) in pairs($1, $n)`.
    List(Vec<String>),
}

/// Builds a `Vec<Arg>` from anything that is an [`Arg`] or becomes one.
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::store::sql::Arg::from($value)),*] };
}
pub(crate) use args;

/// The ids in a slice as one argument for `in pairs($1, $n)`.
pub(crate) fn list<'a, T: ToString + 'a>(ids: impl IntoIterator<Item = &'a T>) -> Arg {
    Arg::List(ids.into_iter().map(ToString::to_string).collect())
}

macro_rules! from {
    ($($from:ty, $value:ident => $arg:expr;)*) => {$(
        impl From<$from> for Arg {
            fn from($value: $from) -> Self {
                $arg
            }
        }
    )*};
}

from! {
    String, value => Self::Text(Some(value));
    &str, value => Self::Text(Some(value.to_owned()));
    &String, value => Self::Text(Some(value.clone()));
    Option<String>, value => Self::Text(value);
    Option<&str>, value => Self::Text(value.map(str::to_owned));
    &Option<String>, value => Self::Text(value.clone());
    Currency, value => Self::from(value.code());
    i64, value => Self::Int(Some(value));
    u32, value => Self::Int(Some(i64::from(value)));
    Option<i64>, value => Self::Int(value);
    bool, value => Self::Bool(Some(value));
    Option<bool>, value => Self::Bool(value);
    NaiveDate, value => Self::Date(Some(value));
    Option<NaiveDate>, value => Self::Date(value);
    DateTime<Utc>, value => Self::At(Some(value));
    Option<DateTime<Utc>>, value => Self::At(value);
    &[u8], value => Self::Bytes(value.to_vec());
    &[u8; 32], value => Self::Bytes(value.to_vec());
}

impl<T: Named> From<T> for Arg {
    fn from(value: T) -> Self {
        Self::from(value.name())
    }
}

macro_rules! from_ids {
    ($($id:ident)*) => {$(
        impl From<&$id> for Arg {
            fn from(id: &$id) -> Self {
                Self::from(id.as_str())
            }
        }

        impl From<Option<&$id>> for Arg {
            fn from(id: Option<&$id>) -> Self {
                Self::from(id.map($id::as_str))
            }
        }
    )*};
}

from_ids! {
    CampaignId ChangeId CheckoutId CouponId CreditNoteId CustomerId DeliveryId EndpointId EventId
    GiftRuleId InvoiceId KeyId MerchantId OfferId OrderId PathId PaymentId ProductId PromotionId
    RunId SubscriptionId PriceChangeId TagId TaxId AutomationId AutomationRunId MessageId
    MessageTemplateId
}
