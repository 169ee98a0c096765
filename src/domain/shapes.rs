//! The scalars and shapes in which values are sent, answered and told: text with a published
//! schema, by which requests are judged. What a value means stands with its noun.
//!
//! A scalar's first sentence names the thing, because refusals quote it ("must be …").

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::money::{self, Money};

macro_rules! scalars {
    ($($(#[$meta:meta])+ $name:ident;)+) => {
        $(
            #[derive(Debug, ToSchema)]
            $(#[$meta])+
            pub struct $name(
                #[expect(dead_code, reason = "only its schema is used")] String,
            );
        )+
    };
}

scalars! {
    /// An id of 1 to 128 of the characters A-Z a-z 0-9 . _ : -.
    // Neither `.` nor `..`, which lead elsewhere in an address.
    #[schema(
        pattern = "^([A-Za-z0-9_:-][A-Za-z0-9._:-]{0,127}|\\.[A-Za-z0-9_:-][A-Za-z0-9._:-]{0,126}|\
                   \\.\\.[A-Za-z0-9._:-]{1,126})$",
        example = "month"
    )]
    Id;
    /// A text that is not blank.
    #[schema(pattern = r"\S", max_length = 10000, example = "The Paper")]
    Title;
    /// A text, which may be empty.
    #[schema(max_length = 10000, example = "We change it at {nextPayment}.")]
    Text;
    /// A text of 1 to 255 characters that is not blank.
    #[schema(pattern = r"\S", max_length = 255, example = "1 Row")]
    ShortText;
    /// A reference of 1 to 255 characters.
    #[schema(pattern = r"\S", max_length = 255, example = "psp-1")]
    Reference;
    /// A decimal amount in a string.
    #[schema(pattern = r"^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,9})?$", example = "9.90")]
    Amount;
    /// An ISO 4217 currency code.
    #[schema(pattern = "^[A-Z]{3}$", example = "EUR")]
    Currency;
    /// A percentage as a decimal string.
    #[schema(pattern = r"^(100(\.0{1,4})?|[1-9]?[0-9](\.[0-9]{1,4})?)$", example = "7.0")]
    Rate;
    /// A calendar date.
    #[schema(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", format = Date, example = "2026-02-28")]
    Date;
    /// An RFC 3339 instant in UTC.
    #[schema(format = DateTime, example = "2026-02-28T12:00:00Z")]
    Instant;
    /// A calendar date or an RFC 3339 instant.
    #[schema(
        pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ].{5,40})?$",
        example = "2026-02-28",
        max_length = 64
    )]
    DateOrInstant;
    /// An ISO 8601 period of 1 to 100 days, weeks, months or years.
    #[schema(pattern = "^P([1-9][0-9]?|100)[DWMY]$", example = "P1M")]
    Period;
    /// An IANA time zone.
    #[schema(pattern = r"^[A-Za-z0-9_+/-]{1,64}$", example = "Europe/Berlin")]
    TimeZone;
    /// A language tag.
    #[schema(pattern = "^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}$", example = "en")]
    Locale;
    /// An ISO 3166 country code.
    #[schema(pattern = "^[A-Z]{2}$", example = "DE")]
    Country;
    /// A mail address.
    #[schema(pattern = r"^[^\s@]+@[^\s@]+$", max_length = 320, example = "ada@example.com")]
    Email;
    /// A telephone number as E.164 writes it.
    #[schema(pattern = r"^\+[1-9][0-9]{6,14}$", example = "+4930123456")]
    Phone;
    /// An absolute http or https URL.
    #[schema(
        pattern = r"^https?://[^\s/?#]+[^\s]*$",
        max_length = 2000,
        example = "https://shop.example/thanks"
    )]
    Url;
    /// An origin, that is scheme, host and port of a site.
    #[schema(
        pattern = r"^https?://[^\s/?#@]+$",
        max_length = 300,
        example = "https://shop.example"
    )]
    Origin;
    /// A colour as six hexadecimal digits.
    #[schema(pattern = "^#[0-9A-Fa-f]{6}$", example = "#0b57d0")]
    Color;
    /// An elapsed time.
    #[schema(
        pattern = r"^P([0-9]{1,6}D)?(T([0-9]{1,6}H)?([0-9]{1,6}M)?)?$",
        example = "PT36H"
    )]
    ElapsedTime;
    /// A time of day.
    #[schema(pattern = "^[0-2][0-9]:[0-5][0-9]$", example = "21:00")]
    TimeOfDay;
}

/// An amount of money; more decimals than the currency has are refused.
// What is empty was not said, so that it is a fault among the others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Money, example = json!({"amount": "9.90", "currency": "EUR"}))]
pub struct MoneyText {
    /// The amount, never a binary fraction.
    #[serde(default)]
    #[schema(value_type = Amount, required)]
    pub amount: String,
    /// The currency, which says how many decimals there are.
    #[serde(default)]
    #[schema(value_type = Currency, required)]
    pub currency: String,
}

impl From<Money> for MoneyText {
    fn from(money: Money) -> Self {
        Self { amount: money.amount(), currency: money.currency.code().to_owned() }
    }
}

/// An amount as a decimal string with the currency's own decimals.
#[must_use]
pub fn amount(minor: i64, currency: money::Currency) -> String {
    Money::new(minor, currency).amount()
}

/// A range of dates: `start` is in it, `end` is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"start": "2026-01-31", "end": "2026-02-28"}))]
pub struct Span {
    /// The first day.
    #[schema(value_type = Date)]
    pub start: NaiveDate,
    /// The day after the last.
    #[schema(value_type = Date)]
    pub end: NaiveDate,
}

/// The quantity of what is said without one.
#[must_use]
pub const fn one() -> i64 {
    1
}

/// The value of a switch that is on unless it is said to be off.
#[must_use]
pub const fn yes() -> bool {
    true
}
