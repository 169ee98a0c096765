//! All that is stored about one customer's subscriptions and money, and the numbers of a merchant:
//! what an audit looks at. What must hold of it is for `rules::audit`.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::change::ScheduledChange;
use super::document::{CreditNote, Invoice, Payment, Totals};
use super::ids::{CheckoutId, CustomerId, SubscriptionId};
use super::money::Currency;
use super::order::{Order, Refund};
use super::price_change::NewPrice;
use super::subscription::Subscription;
use super::upsell::Upsell;

/// One customer's book. Unlike an [`Account`](super::account::Account) it holds everything, and
/// derived values as they are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerBook {
    /// The customer it belongs to.
    pub customer: CustomerId,
    /// The highest sequence given to a subscription or change, as stored.
    pub sequence: i64,
    /// When billing has something to do next, as stored.
    pub due_on: Option<NaiveDate>,
    /// Each with the date on which it is booked next, as stored.
    pub subscriptions: BTreeMap<SubscriptionId, (Subscription, Option<NaiveDate>)>,
    /// All of them.
    pub changes: Vec<ScheduledChange>,
    /// All new prices, whatever became of them, in the order of their price changes.
    pub new_prices: Vec<NewPrice>,
    /// In the order of their numbers.
    pub invoices: Vec<WrittenDocument<Invoice>>,
    /// In the order of their numbers.
    pub credit_notes: Vec<WrittenDocument<CreditNote>>,
    /// Payments, bounced payments and payouts.
    pub payments: Vec<Payment>,
    /// Minor units.
    pub balances: BTreeMap<Currency, i64>,
    /// What checkouts that are held, or were until a while ago, hold.
    pub held: Vec<(CheckoutId, SubscriptionId)>,
    /// The codes that checkouts have redeemed, as codes are compared, each with whether its
    /// checkout is completed.
    pub redeemed: Vec<(String, CheckoutId, bool)>,
}

impl CustomerBook {
    /// A customer of whom nothing is known but the name.
    #[must_use]
    pub fn empty(customer: CustomerId) -> Self {
        Self {
            customer,
            sequence: 0,
            due_on: None,
            subscriptions: BTreeMap::new(),
            changes: Vec::new(),
            new_prices: Vec::new(),
            invoices: Vec::new(),
            credit_notes: Vec::new(),
            payments: Vec::new(),
            balances: BTreeMap::new(),
            held: Vec::new(),
            redeemed: Vec::new(),
        }
    }

    /// How many things it holds, the customer included.
    #[must_use]
    pub fn things(&self) -> usize {
        1 + self.subscriptions.len()
            + self.changes.len()
            + self.new_prices.len()
            + self.invoices.len()
            + self.credit_notes.len()
            + self.payments.len()
    }
}

/// A document with what its row says besides its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenDocument<T> {
    /// The document.
    pub document: T,
    /// The sums that its row states.
    pub totals: Totals,
    /// The places of its lines as stored, in order; whole, they count from 0.
    pub places: Vec<i64>,
}

/// A sequence of numbers of a merchant, as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberSequence {
    /// Where the merchant's counter stands.
    pub counter: i64,
    /// How many numbers are in use.
    pub count: i64,
    /// The highest in use; 0 where there is none.
    pub highest: i64,
    /// The lowest from 1 that is not in use.
    pub missing: i64,
}

/// An order as it is written down, with all that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderBook {
    /// The order with its lines and gifts.
    pub order: Order,
    /// What it says that its lines come to, in minor units.
    pub net: i64,
    /// What it says that it comes to, in minor units.
    pub total: i64,
    /// How many codes of coupons it has redeemed and not given back.
    pub redemptions: i64,
    /// What was paid back for it.
    pub refunds: Vec<Refund>,
    /// What was offered after it.
    pub upsell: Option<Upsell>,
}
