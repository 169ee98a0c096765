//! Whether a coupon may be redeemed, and what it takes off an order. What it takes off the first
//! booking of a subscription is for the ledger.

use chrono::NaiveDate;

use crate::domain::campaign::Discount;
use crate::domain::coupon::{Coupon, DiscountSource, FirstLineDiscount};
use crate::domain::ids::{CheckoutId, CustomerId};
use crate::domain::money::Currency;
use crate::domain::names::names;
use crate::domain::promotion::Reward;
use crate::domain::validity::ValidityLapse;

/// What judging a coupon rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CouponFacts {
    /// The coupon.
    pub coupon: Coupon,
    /// Who alone may redeem it; none where all may.
    pub owner: Option<CustomerId>,
    /// Who has redeemed its code, or holds it.
    pub uses: Redemptions,
    /// The day, in the merchant's time zone.
    pub today: NaiveDate,
}

/// Who has redeemed a code, or holds it; without whoever asks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Redemptions {
    /// How this customer uses it.
    pub own: Option<CodeUse>,
    /// How often it has been redeemed.
    pub redeemed: i64,
    /// How many hold it.
    pub held: i64,
}

impl Redemptions {
    /// The same for whoever takes the code over from a change of theirs that keeps it, and gives it
    /// up.
    #[must_use]
    pub fn taken_over(self) -> Self {
        match self.own {
            Some(CodeUse::Redeemed) => Self { own: None, redeemed: self.redeemed - 1, ..self },
            Some(CodeUse::Held) | None => self,
        }
    }
}

/// How a customer uses a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeUse {
    /// They have redeemed it.
    Redeemed,
    /// A checkout of theirs is held with it.
    Held,
}

/// What a coupon is to be redeemed for.
#[derive(Debug, Clone, Copy)]
pub struct RedeemedFor<'a> {
    /// Who would redeem it.
    pub customer: Option<&'a CustomerId>,
    /// The currency of what is bought.
    pub currency: Currency,
    /// Its net value, in minor units.
    pub net: i64,
}

names! {
    /// Why a coupon is not redeemed.
    pub enum CouponReason {
        /// It was, as often as it can be.
        Used = "coupon-used",
        /// It was made for somebody else.
        NotYours = "coupon-not-yours",
        /// A checkout that is held keeps it.
        Held = "coupon-held",
        /// Its last day has passed.
        Expired = "coupon-expired",
        /// It is not for this.
        NotApplicable = "coupon-not-applicable",
    }
}

/// A coupon that is not redeemed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CouponRefusal {
    /// The reason.
    pub reason: CouponReason,
    /// For people.
    pub detail: &'static str,
}

/// What a coupon gives to an order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CouponGrant {
    /// What it takes off the net of the lines, in minor units.
    pub discount: i64,
    /// Whether shipping costs nothing.
    pub free_shipping: bool,
}

/// Decides what redeeming a coupon gives to an order.
///
/// # Errors
/// A [`CouponRefusal`].
pub fn redeem(facts: &CouponFacts, wanted: &RedeemedFor<'_>) -> Result<CouponGrant, CouponRefusal> {
    judge(facts, wanted)?;
    Ok(match facts.coupon.gives {
        Reward::FreeShipping => CouponGrant { discount: 0, free_shipping: true },
        Reward::Percent(percent) => {
            CouponGrant { discount: percent.part_of(wanted.net), free_shipping: false }
        }
        Reward::Amount(amount) => {
            CouponGrant { discount: amount.min(wanted.net), free_shipping: false }
        }
    })
}

/// Decides whether a coupon may be redeemed.
///
/// # Errors
/// A [`CouponRefusal`]: the first that holds, in the order of [`CouponReason`].
fn judge(facts: &CouponFacts, wanted: &RedeemedFor<'_>) -> Result<(), CouponRefusal> {
    let CouponFacts { coupon, owner, uses, today } = facts;
    let no = |reason, detail| Err(CouponRefusal { reason, detail });
    let most = coupon.redemptions_max.unwrap_or(i64::MAX);
    if uses.own == Some(CodeUse::Redeemed) {
        return no(CouponReason::Used, "the customer has redeemed it before");
    }
    if uses.redeemed >= most {
        return no(CouponReason::Used, "it has been redeemed as often as it can be");
    }
    let is_theirs =
        owner.is_none() || wanted.customer.is_none() || owner.as_ref() == wanted.customer;
    if !is_theirs {
        return no(CouponReason::NotYours, "it was made for another customer");
    }
    if uses.own == Some(CodeUse::Held) {
        return no(CouponReason::Held, "a checkout of the customer is held with it");
    }
    if uses.redeemed.saturating_add(uses.held) >= most {
        return no(CouponReason::Held, "checkouts that are held keep the last of it");
    }
    let lapse = coupon.validity.judge(*today);
    if lapse == Err(ValidityLapse::Expired) {
        return no(CouponReason::Expired, "its last day has passed");
    }
    let not_for_this = |detail| no(CouponReason::NotApplicable, detail);
    if lapse == Err(ValidityLapse::Inactive) {
        return not_for_this("it is switched off");
    }
    if lapse == Err(ValidityLapse::NotYetValid) {
        return not_for_this("its first day is still to come");
    }
    if wanted.customer.is_none() {
        return not_for_this("it is redeemed by a customer, and none is named");
    }
    if coupon.has_amounts() && coupon.currency != wanted.currency {
        return not_for_this("it is for another currency");
    }
    if coupon.min_net.is_some_and(|min| wanted.net < min) {
        return not_for_this("the net value is below its min_net");
    }
    Ok(())
}

/// Decides what redeeming a coupon takes off the first line that books a subscription, for a
/// checkout where there is one already.
///
/// # Errors
/// A [`CouponRefusal`].
pub fn cut(
    facts: &CouponFacts,
    wanted: &RedeemedFor<'_>,
    checkout: Option<&CheckoutId>,
) -> Result<FirstLineDiscount, CouponRefusal> {
    judge(facts, wanted)?;
    let coupon = &facts.coupon;
    let off = match coupon.gives {
        Reward::Percent(percent) => Discount::Percent(percent),
        Reward::Amount(minor) => Discount::Amount(minor),
        Reward::FreeShipping => {
            let detail = "a subscription has no shipping that could be free";
            return Err(CouponRefusal { reason: CouponReason::NotApplicable, detail });
        }
    };
    let code = coupon.code.clone().unwrap_or_default();
    let by =
        DiscountSource::Coupon { coupon: coupon.id.clone(), code, checkout: checkout.cloned() };
    Ok(FirstLineDiscount { by, off })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::CouponId;
    use crate::domain::money::Rate;
    use crate::domain::validity::Validity;

    type Change = fn(&mut CouponFacts);

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 2, day).unwrap()
    }

    fn facts(change: impl FnOnce(&mut CouponFacts)) -> CouponFacts {
        let coupon = Coupon {
            id: CouponId::stored("summer".to_owned()),
            title: "Summer".to_owned(),
            currency: Currency::parse("EUR").unwrap(),
            validity: Validity { active: true, from: Some(day(3)), until: Some(day(5)) },
            gives: Reward::Amount(500),
            min_net: Some(1_000),
            code: Some("SUMMER".to_owned()),
            redemptions_max: Some(3),
        };
        let mut facts =
            CouponFacts { coupon, owner: None, uses: Redemptions::default(), today: day(3) };
        change(&mut facts);
        facts
    }

    #[test]
    fn the_first_reason_that_holds_is_told() {
        let ada = CustomerId::stored("ada".to_owned());
        let euro = Currency::parse("EUR").unwrap();
        let wanted = RedeemedFor { customer: Some(&ada), currency: euro, net: 1_000 };
        let judged = |change: fn(&mut CouponFacts), wanted: RedeemedFor<'_>| {
            redeem(&facts(change), &wanted).map_err(|refusal| refusal.reason)
        };
        let ok = Ok(CouponGrant { discount: 500, free_shipping: false });
        assert_eq!(judged(|_| {}, wanted), ok);
        assert_eq!(judged(|it| it.today = day(5), wanted), ok, "the last day is one of them");
        let not = Err(CouponReason::NotApplicable);
        let dollar = Currency::parse("USD").unwrap();
        assert_eq!(judged(|_| {}, RedeemedFor { net: 999, ..wanted }), not);
        assert_eq!(judged(|_| {}, RedeemedFor { customer: None, ..wanted }), not);
        assert_eq!(judged(|_| {}, RedeemedFor { currency: dollar, ..wanted }), not);
        #[rustfmt::skip]
        let table: [(Change, CouponReason); 8] = [
            (|it| it.today = day(2), CouponReason::NotApplicable),
            (|it| it.coupon.validity.active = false, CouponReason::NotApplicable),
            (|it| it.today = day(6), CouponReason::Expired),
            (|it| it.uses.own = Some(CodeUse::Held), CouponReason::Held),
            (|it| it.uses = Redemptions { redeemed: 2, held: 1, ..it.uses }, CouponReason::Held),
            (|it| it.uses.redeemed = 3, CouponReason::Used),
            (|it| it.uses.own = Some(CodeUse::Redeemed), CouponReason::Used),
            (|it| { it.uses.redeemed = 3; it.today = day(6); }, CouponReason::Used),
        ];
        for (place, (change, reason)) in table.into_iter().enumerate() {
            assert_eq!(judged(change, wanted), Err(reason), "row {place}");
        }
    }

    #[test]
    fn what_has_no_amount_is_for_every_currency() {
        let ada = CustomerId::stored("ada".to_owned());
        let yen = Currency::parse("JPY").unwrap();
        let ten = Rate::parse("10").unwrap();
        let off = facts(|it| {
            it.coupon.min_net = None;
            it.coupon.gives = Reward::Percent(ten);
        });
        // Halves are rounded up; an amount takes off all there is at most.
        for (net, discount) in [(1_000, 100), (5, 1), (4, 0), (0, 0)] {
            let given = redeem(&off, &RedeemedFor { customer: Some(&ada), currency: yen, net });
            assert_eq!(given, Ok(CouponGrant { discount, free_shipping: false }), "{net}");
        }
        let free = facts(|it| it.coupon.gives = Reward::FreeShipping);
        let euro = free.coupon.currency;
        let wanted = RedeemedFor { customer: Some(&ada), currency: euro, net: 1_000 };
        assert_eq!(redeem(&free, &wanted), Ok(CouponGrant { discount: 0, free_shipping: true }));
        let all = facts(|it| it.coupon.min_net = None);
        let given = redeem(&all, &RedeemedFor { net: 499, ..wanted });
        assert_eq!(given, Ok(CouponGrant { discount: 499, free_shipping: false }));
    }
}
