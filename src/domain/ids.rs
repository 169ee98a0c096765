//! Identifiers: one newtype a noun, and the generator of those that the engine makes.
//! Where they are unique is the store's business.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{DateTime, Utc};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

/// The longest identifier, in characters.
const ID_LENGTH_MAX: usize = 128;

/// Why a text is no identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 128 characters of A-Z, a-z, 0-9, '.', '_', ':' and '-', not dots alone")]
pub struct BadId;

/// Whether `text` may be an identifier of the caller's choice: one that can stand in an address,
/// where `.` and `..` lead elsewhere.
#[must_use]
pub fn is_valid_id(text: &str) -> bool {
    (1..=ID_LENGTH_MAX).contains(&text.len())
        && !matches!(text, "." | "..")
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(&b))
}

/// An id of the caller's choice, of one noun.
pub trait Identifier:
    Clone + Ord + std::fmt::Debug + std::fmt::Display + Send + Sync + Sized + 'static
{
    /// Checks one that comes from outside.
    ///
    /// # Errors
    /// [`BadId`] where a character or the length is not allowed.
    fn parse(text: &str) -> Result<Self, BadId>;

    /// Takes back what was stored, or was checked before.
    fn stored(text: String) -> Self;

    /// The id as text.
    fn as_str(&self) -> &str;
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident $($prefix:literal)?;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Checks an identifier that comes from outside.
            ///
            /// # Errors
            /// [`BadId`] where a character or the length is not allowed.
            pub fn parse(text: &str) -> Result<Self, BadId> {
                if is_valid_id(text) { Ok(Self(text.to_owned())) } else { Err(BadId) }
            }

            /// Takes back what was stored.
            #[must_use]
            pub fn stored(text: String) -> Self {
                Self(text)
            }

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            $(
                /// A fresh one.
                pub fn fresh(ids: &mut Ids) -> Self {
                    Self(ids.next($prefix))
                }

                /// Comes before every one made at this instant or later, after every one made
                /// before it.
                #[must_use]
                pub fn floor(at: DateTime<Utc>) -> Self {
                    let mut text = $prefix.to_owned();
                    push(&mut text, millis(at), 10);
                    Self(text)
                }
            )?
        }

        impl Identifier for $name {
            fn parse(text: &str) -> Result<Self, BadId> {
                $name::parse(text)
            }

            fn stored(text: String) -> Self {
                $name::stored(text)
            }

            fn as_str(&self) -> &str {
                $name::as_str(self)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// A merchant.
    MerchantId;
    /// A merchant's tag.
    TagId;
    /// A tax category.
    TaxId;
    /// A product.
    ProductId;
    /// An offer.
    OfferId;
    /// An up/down-selling path.
    PathId;
    /// A post-purchase campaign.
    CampaignId;
    /// A promotion.
    PromotionId;
    /// A gift rule.
    GiftRuleId;
    /// A coupon.
    CouponId;
    /// A template of messages.
    MessageTemplateId;
    /// An automation.
    AutomationId;
    /// A customer on their way through an automation, `arn_…`.
    AutomationRunId "arn_";
    /// A message of an automation, `msg_…`.
    MessageId "msg_";
    /// A customer.
    CustomerId;
    /// A subscription, `sub_…` unless it was brought over under a name of its own.
    SubscriptionId "sub_";
    /// A checkout, `chk_…`.
    CheckoutId "chk_";
    /// An order, `ord_…` unless the shop has named it.
    OrderId "ord_";
    /// An invoice, `inv_…`.
    InvoiceId "inv_";
    /// A credit note, `crn_…`.
    CreditNoteId "crn_";
    /// A scheduled change, `sch_…`.
    ChangeId "sch_";
    /// A change of the price that running subscriptions pay, `prc_…`.
    PriceChangeId "prc_";
    /// An event, `evt_…`.
    EventId "evt_";
    /// A billing run, `run_…`.
    RunId "run_";
    /// An API key, `key_…` (the name of the key, not the secret).
    KeyId "key_";
    /// A payment, `pay_…`.
    PaymentId "pay_";
    /// A webhook endpoint.
    EndpointId;
    /// A delivery to a webhook endpoint, `dlv_…`: its event's id with another prefix.
    DeliveryId;
}

impl SubscriptionId {
    /// The one that a scheduled change will begin: known before its date, so that whoever decides
    /// about what will be there by then names the same subscription, today and on the date.
    #[must_use]
    pub fn of_change(change: &ChangeId) -> Self {
        let made = change.as_str();
        Self(format!("sub_{}", made.strip_prefix("sch_").unwrap_or(made)))
    }
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Makes identifiers that sort by creation: milliseconds, then a counter, then seeded randomness.
/// The same seed, instant and counter give the same sequence.
#[derive(Debug)]
pub struct Ids {
    millis: u64,
    counter: Arc<AtomicU32>,
    random: StdRng,
}

impl Ids {
    /// A generator for one decision at `now`.
    #[must_use]
    pub fn new(now: DateTime<Utc>, seed: [u8; 32]) -> Self {
        Self::counting(now, seed, Arc::default())
    }

    /// A generator that counts on where another one with the same counter stands, so that what
    /// several decisions of one instant make still sorts by creation.
    #[must_use]
    pub fn counting(now: DateTime<Utc>, seed: [u8; 32], counter: Arc<AtomicU32>) -> Self {
        Self { millis: millis(now), counter, random: StdRng::from_seed(seed) }
    }

    fn next(&mut self, prefix: &str) -> String {
        let count = self.counter.fetch_add(1, Ordering::Relaxed);
        let mut text = String::with_capacity(prefix.len() + 25);
        text.push_str(prefix);
        push(&mut text, self.millis, 10);
        push(&mut text, u64::from(count), 6);
        push(&mut text, self.random.next_u64(), 9);
        text
    }

    /// An unguessable text of 32 characters (160 bits), for the addresses of hosted pages.
    pub fn token(&mut self) -> String {
        let mut text = String::with_capacity(32);
        for _ in 0..4 {
            push(&mut text, self.random.next_u64(), 8);
        }
        text
    }
}

fn millis(at: DateTime<Utc>) -> u64 {
    u64::try_from(at.timestamp_millis()).unwrap_or(0)
}

/// Writes the lowest 5 × `length` bits.
fn push(text: &mut String, bits: u64, length: u32) {
    for place in (0..length).rev() {
        let letter = usize::try_from((bits >> (place * 5)) & 31).unwrap_or(0);
        text.push(char::from(ALPHABET[letter]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn later(now: DateTime<Utc>) -> SubscriptionId {
        SubscriptionId::floor(now + chrono::TimeDelta::milliseconds(1))
    }

    #[test]
    fn the_same_seed_gives_the_same_ids_and_they_rise() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let (mut a, mut b) = (Ids::new(now, [7; 32]), Ids::new(now, [7; 32]));
        let first = SubscriptionId::fresh(&mut a);
        assert_eq!(first, SubscriptionId::fresh(&mut b));
        assert!(first < SubscriptionId::fresh(&mut a));
        let counter = Arc::new(AtomicU32::new(40));
        let mut one = Ids::counting(now, [1; 32], counter.clone());
        let earlier = SubscriptionId::fresh(&mut one);
        let mut other = Ids::counting(now, [9; 32], counter);
        assert!(earlier < SubscriptionId::fresh(&mut other), "also between decisions");
        assert_eq!(first.as_str().len(), 29);
        assert!(SubscriptionId::floor(now) < first && first < later(now));
    }

    #[test]
    fn only_the_allowed_characters_make_an_id() {
        for good in ["a", "A.b_c:d-9", &"x".repeat(128)] {
            assert!(is_valid_id(good), "{good}");
        }
        for bad in ["", "a b", "ä", "a/b", &"x".repeat(129)] {
            assert!(!is_valid_id(bad), "{bad}");
        }
    }
}
