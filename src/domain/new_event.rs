//! An event before it is recorded, and what is told of the codes of coupons. What else is told
//! stands with the decisions that bring it about.

use super::coupon::{DiscountSource, FirstLineDiscount, PersonalCode, Redemption};
use super::event::EventKind;
use super::event_data::{CouponCodeData, CouponCodeIssuedData, EventData, PlainData};
use super::ids::{CheckoutId, CustomerId, OrderId};

/// Something that happened, for the append-only record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// The id of what it happened to.
    pub subject: String,
    /// Whose, if a customer's.
    pub customer: Option<CustomerId>,
    /// What a reader needs to know, of the shape that [`EventKind::data`] has.
    pub data: EventData,
}

impl Event {
    /// An event of which there is nothing more to say, and that is no customer's.
    #[must_use]
    pub fn plain(kind: EventKind, subject: &str) -> Self {
        Self { kind, subject: subject.to_owned(), customer: None, data: PlainData {}.into() }
    }

    /// What happened to something of a customer, or of nobody who is known.
    #[must_use]
    pub fn of(
        kind: EventKind,
        subject: &str,
        customer: Option<&CustomerId>,
        data: impl Into<EventData>,
    ) -> Self {
        Self { kind, subject: subject.to_owned(), customer: customer.cloned(), data: data.into() }
    }
}

impl PersonalCode {
    /// What is told of it.
    #[must_use]
    pub fn event(&self) -> Event {
        let data = CouponCodeIssuedData {
            coupon: self.coupon.id.clone(),
            automation: self.automation.clone(),
            run: self.run.clone(),
            valid_until: self.coupon.validity.until,
        };
        let code = self.coupon.code.as_deref().unwrap_or("");
        Event::of(EventKind::CouponCodeIssued, code, Some(&self.owner), data)
    }
}

impl FirstLineDiscount {
    /// What is told of it where it is redeemed, or given back.
    #[must_use]
    pub fn event(&self, customer: &CustomerId, back: bool) -> Option<Event> {
        let DiscountSource::Coupon { checkout, .. } = &self.by else { return None };
        Some(self.redemption(customer, back)?.event(None, checkout.as_ref()))
    }
}

impl Redemption {
    /// What is told of it, by which order or checkout.
    #[must_use]
    pub fn event(&self, order: Option<&OrderId>, checkout: Option<&CheckoutId>) -> Event {
        let Self { code, coupon, customer, back, .. } = self;
        let kind =
            if *back { EventKind::CouponCodeReturned } else { EventKind::CouponCodeRedeemed };
        let data = CouponCodeData {
            coupon: coupon.clone(),
            order: order.cloned(),
            checkout: checkout.cloned(),
        };
        Event::of(kind, code, Some(customer), data)
    }
}
