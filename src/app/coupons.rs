//! Coupons by their codes: which one a code is, whether it can be redeemed, and who has.

use chrono::NaiveDate;

use crate::domain::cart::Cart;
use crate::domain::coupon::{Coupon, CouponCode};
use crate::domain::ids::{CheckoutId, CustomerId, MerchantId};
use crate::rules::coupons::{CouponFacts, CouponRefusal, Uses, Using, Wanted, redeem};
use crate::store::coupons::{
    CodeUses, count_uses, find_by_code, find_code, find_redemption, list_codes, lock_coupons,
};
use crate::store::{Page, StoreError, Tx};
use crate::wire::coupons::CartCoupon;

use super::{App, AppError, Context};

pub use crate::store::coupons::CodeFilter as Codes;

impl App {
    /// Codes with who has redeemed or holds them, and the day on which they stand so.
    ///
    /// # Errors
    /// Only a breakage.
    pub async fn coupon_codes(
        &self,
        merchant: &MerchantId,
        filter: Codes,
        page: Page,
    ) -> Result<(Vec<CouponCode>, NaiveDate), AppError> {
        let (app, merchant) = (self.clone(), merchant.clone());
        self.read(move |tx| {
            Box::pin(async move {
                let context = app.context(tx, &merchant).await?;
                let at = (context.now, context.today);
                let codes = list_codes(tx, &merchant, &filter, at, &page).await?;
                Ok((codes, context.today))
            })
        })
        .await
    }

    /// A code, and the day on which it stands so.
    ///
    /// # Errors
    /// Not found.
    pub async fn coupon_code(
        &self,
        merchant: &MerchantId,
        code: &str,
    ) -> Result<(CouponCode, NaiveDate), AppError> {
        let (app, merchant, code) = (self.clone(), merchant.clone(), code.to_owned());
        self.read(move |tx| {
            Box::pin(async move {
                let context = app.context(tx, &merchant).await?;
                let found = find_code(tx, &merchant, &code).await?;
                Ok((found.ok_or(AppError::NotFound("coupon code"))?, context.today))
            })
        })
        .await
    }
}

/// What judging the coupon with a code rests on, for whom and but for which checkout; none where
/// there is no such code.
pub(super) async fn coupon_facts(
    tx: &mut Tx,
    context: &Context,
    code: &str,
    customer: Option<&CustomerId>,
    but_for: Option<&CheckoutId>,
) -> Result<Option<CouponFacts>, AppError> {
    let found = find_by_code(tx, &context.merchant, code).await?;
    let Some(coupon) = found else { return Ok(None) };
    facts_about(tx, context, coupon, customer, but_for).await.map(Some)
}

/// The same with the coupon locked, so that it is still so when it is redeemed.
pub(super) async fn locked_coupon_facts(
    tx: &mut Tx,
    context: &Context,
    code: &str,
    customer: Option<&CustomerId>,
    but_for: Option<&CheckoutId>,
) -> Result<Option<CouponFacts>, AppError> {
    let found = find_by_code(tx, &context.merchant, code).await?;
    let Some(coupon) = found else { return Ok(None) };
    lock_coupons(tx, &context.merchant, std::slice::from_ref(&coupon.id)).await?;
    // Read under the lock: it may have been written in between.
    let facts = coupon_facts(tx, context, code, customer, but_for).await?;
    if facts.as_ref().is_some_and(|facts| facts.coupon.id != coupon.id) {
        // The code is another coupon's by now: decided again, with that one locked.
        return Err(StoreError::Stale { table: "coupons" }.into());
    }
    Ok(facts)
}

async fn facts_about(
    tx: &mut Tx,
    context: &Context,
    coupon: Coupon,
    customer: Option<&CustomerId>,
    but_for: Option<&CheckoutId>,
) -> Result<CouponFacts, AppError> {
    let Context { merchant, now, today, .. } = context;
    let code = coupon.code.clone().unwrap_or_default();
    let CodeUses { redeemed, held } = count_uses(tx, merchant, &code, *now, but_for).await?;
    let theirs = match customer {
        Some(customer) => find_redemption(tx, merchant, &code, customer).await?,
        None => None,
    };
    let own = theirs.and_then(|theirs| match theirs.held_until {
        None => Some(Using::Redeemed),
        Some(until) if until <= *now || theirs.checkout.as_ref() == but_for => None,
        Some(_) => Some(Using::Held),
    });
    Ok(CouponFacts { coupon, uses: Uses { own, redeemed, held }, today: *today })
}

/// What the coupon of a cart comes to, where it names one that there is. One that cannot be
/// redeemed is none to the rules: the cart does not name it any more.
pub(super) async fn weigh_coupon(
    tx: &mut Tx,
    context: &Context,
    cart: &mut Cart,
) -> Result<Option<CartCoupon>, AppError> {
    let Some(code) = cart.coupon.clone() else { return Ok(None) };
    let customer = cart.customer.clone();
    let facts = coupon_facts(tx, context, &code, customer.as_ref(), None).await?;
    let Some(facts) = facts else { return Ok(None) };
    let wanted = Wanted { customer: customer.as_ref(), currency: cart.currency, net: cart.net() };
    let judged = redeem(&facts, &wanted);
    if judged.is_err() {
        cart.coupon = None;
    }
    Ok(Some(CartCoupon::of(code, judged, cart.currency)))
}

/// Why a coupon is not redeemed, as it is answered.
pub(super) fn coupon_refused(refusal: CouponRefusal) -> AppError {
    AppError::refused(
        refusal.reason.name(),
        format!("the coupon is not redeemed: {}", refusal.detail),
    )
}
