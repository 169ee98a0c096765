//! Coupons by their codes: which one a code is, whether it can be redeemed, and who has.

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::cart::Cart;
use crate::domain::catalogue::Terms;
use crate::domain::checkout::{Checkout, CheckoutRequest};
use crate::domain::coupon::{Coupon, CouponCode, DiscountSource, FirstLineDiscount, folded};
use crate::domain::ids::{CheckoutId, CustomerId, MerchantId, SubscriptionId};
use crate::domain::money::Money;
use crate::domain::new_event::Event;
use crate::domain::plan::Plan;
use crate::rules::checkout::{CheckoutDecision, CheckoutFacts};
use crate::rules::coupons::{
    CodeUse, CouponFacts, CouponReason, CouponRefusal, RedeemedFor, Redemptions, cut, redeem,
};
use crate::store::checkouts::find_beginning;
use crate::store::coupons::{
    CodeUses, Redeemer, count_uses, find_by_code, find_code, find_personal, find_redemption,
    list_codes, lock_by_code, lock_coupons, save_redemptions,
};
use crate::store::{Page, StoreError, Tx};

use super::weighing::WeighedCoupon;
use super::{App, AppError, Context};

pub use crate::store::coupons::CodeFilter as Codes;

/// What is said of a code that no coupon has.
const UNKNOWN_CODE: &str = "is no code that is known here";

impl App {
    /// Codes with who has redeemed or holds them, and the day on which they stand so.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn coupon_codes(
        &self,
        merchant: &MerchantId,
        filter: Codes,
        page: Page,
    ) -> Result<(Vec<CouponCode>, NaiveDate), AppError> {
        self.read(|mut tx| async move {
            let context = self.context(&mut tx, merchant).await?;
            let at = (context.now, context.today);
            let codes = list_codes(&mut tx, merchant, &filter, at, &page).await?;
            Ok((codes, context.today))
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
        let code = code.to_owned();
        self.read(|mut tx| async move {
            let context = self.context(&mut tx, merchant).await?;
            let found = find_code(&mut tx, merchant, &code).await?;
            let found = found.ok_or(AppError::NotFound("coupon code"))?;
            // A code for one customer is told as they use it.
            let theirs = match &found.owner {
                Some(owner) => find_redemption(&mut tx, merchant, &code, owner).await?,
                None => None,
            };
            let theirs = theirs.filter(|it| it.held_until.is_none_or(|until| context.now < until));
            Ok((theirs.unwrap_or(found), context.today))
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
    let merchant = &context.merchant;
    let known = match find_by_code(tx, merchant, code).await? {
        Some(coupon) => Some((coupon, None)),
        None => owned(find_personal(tx, merchant, code, false).await?),
    };
    let Some(known) = known else { return Ok(None) };
    facts_about(tx, context, known, customer, but_for).await.map(Some)
}

/// The same with the coupon locked, so that it is still so when it is redeemed.
pub(super) async fn locked_coupon_facts(
    tx: &mut Tx,
    context: &Context,
    code: &str,
    customer: Option<&CustomerId>,
    but_for: Option<&CheckoutId>,
) -> Result<Option<CouponFacts>, AppError> {
    let merchant = &context.merchant;
    let known = match lock_by_code(tx, merchant, code).await? {
        Some(coupon) => Some((coupon, None)),
        None => owned(find_personal(tx, merchant, code, true).await?),
    };
    let Some((coupon, owner)) = known else { return Ok(None) };
    if coupon.code.as_deref().map(folded) != Some(folded(code)) {
        // It was written in between, and has another code: decided again.
        return Err(StoreError::Stale { table: "coupons" }.into());
    }
    facts_about(tx, context, (coupon, owner), customer, but_for).await.map(Some)
}

fn owned(found: Option<(Coupon, CustomerId)>) -> Option<(Coupon, Option<CustomerId>)> {
    found.map(|(coupon, owner)| (coupon, Some(owner)))
}

async fn facts_about(
    tx: &mut Tx,
    context: &Context,
    (coupon, owner): (Coupon, Option<CustomerId>),
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
        None => Some(CodeUse::Redeemed),
        Some(until) if until <= *now || theirs.checkout.as_ref() == but_for => None,
        Some(_) => Some(CodeUse::Held),
    });
    Ok(CouponFacts { coupon, owner, uses: Redemptions { own, redeemed, held }, today: *today })
}

/// What the coupon of a cart comes to, where it names one that there is; `known` is what judging it
/// rests on, where that is known. One that cannot be redeemed is none to the rules: the cart does
/// not name it any more.
pub(super) async fn weigh_coupon(
    tx: &mut Tx,
    context: &Context,
    cart: &mut Cart,
    known: Option<&CouponFacts>,
) -> Result<Option<WeighedCoupon>, AppError> {
    let Some(code) = cart.coupon.clone() else { return Ok(None) };
    let customer = cart.customer.clone();
    let looked_up = match known {
        Some(_) => None,
        None => coupon_facts(tx, context, &code, customer.as_ref(), None).await?,
    };
    let Some(facts) = known.or(looked_up.as_ref()) else { return Ok(None) };
    let wanted =
        RedeemedFor { customer: customer.as_ref(), currency: cart.currency, net: cart.net() };
    let judged = redeem(facts, &wanted);
    if judged.is_err() {
        cart.coupon = None;
    }
    Ok(Some(WeighedCoupon { code, judged }))
}

/// What is taken off in a checkout that is only shown, or opened: nothing is locked.
///
/// # Errors
/// A code that is not known; refused where the coupon is not redeemed.
pub(super) async fn shown_cut(
    tx: &mut Tx,
    context: &Context,
    request: &CheckoutRequest,
    basis: &CheckoutFacts,
) -> Result<Option<FirstLineDiscount>, AppError> {
    let Some(code) = &request.coupon else { return Ok(request.offered.clone()) };
    let facts = coupon_facts(tx, context, code, Some(&request.customer), None).await?;
    let facts = facts.ok_or_else(|| AppError::invalid("/coupon", UNKNOWN_CODE))?;
    let facts = but_for_a_change(facts, code, basis);
    let judged = cut(&facts, &wanted(context, request, &basis.matching.target.terms), None);
    judged.map(Some).map_err(coupon_refused)
}

/// What is taken off in a checkout as things stand, with its coupon locked. A coupon that can be
/// redeemed no more is dropped: then the checkout is not what it was. One that another checkout
/// holds may be free again soon.
///
/// # Errors
/// Refused where another checkout holds the coupon, or where its last day has passed.
pub(super) async fn standing_cut(
    tx: &mut Tx,
    context: &Context,
    checkout: &mut Checkout,
    basis: &CheckoutFacts,
) -> Result<Option<FirstLineDiscount>, AppError> {
    let request = &checkout.request;
    let Some(code) = &request.coupon else { return Ok(request.offered.clone()) };
    let (customer, id) = (Some(&request.customer), Some(&checkout.id));
    let facts = locked_coupon_facts(tx, context, code, customer, id).await?;
    let facts = facts.map(|facts| but_for_a_change(facts, code, basis));
    let judged =
        facts.map(|facts| cut(&facts, &wanted(context, request, &basis.matching.target.terms), id));
    match judged {
        Some(Ok(cut)) => Ok(Some(cut)),
        Some(Err(refusal))
            if matches!(refusal.reason, CouponReason::Held | CouponReason::Expired) =>
        {
            Err(coupon_refused(refusal))
        }
        Some(Err(_)) | None => {
            checkout.request.coupon = None;
            Ok(None)
        }
    }
}

/// The facts about a code that a change of the customer's may keep: whether what is bought takes it
/// over with the place of that is decided with the rest.
fn but_for_a_change(facts: CouponFacts, code: &str, basis: &CheckoutFacts) -> CouponFacts {
    match basis.account.change_with(code) {
        Some(_) => CouponFacts { uses: facts.uses.taken_over(), ..facts },
        None => facts,
    }
}

fn wanted<'a>(context: &Context, request: &'a CheckoutRequest, target: &Terms) -> RedeemedFor<'a> {
    let Money { minor: net, currency } = context.tariff.net_price(target, context.today);
    RedeemedFor { customer: Some(&request.customer), currency, net }
}

/// Redeems what is taken off in a checkout, whose coupon is locked, and says what is told of it. A
/// code that a change kept whose place is taken goes on from there.
pub(super) async fn redeem_cut(
    tx: &mut Tx,
    context: &Context,
    decision: &CheckoutDecision,
    checkout: &Checkout,
) -> Result<Option<Event>, AppError> {
    let (customer, cut) = (&checkout.request.customer, decision.cut.as_ref());
    let Some(redemption) = cut.and_then(|cut| cut.redemption(customer, false)) else {
        return Ok(None);
    };
    let told = redemption.event(None, Some(&checkout.id));
    let by = Redeemer::Checkout(&checkout.id, None);
    let back = cut.filter(|_| decision.code_taken_over().is_some());
    let back = back.and_then(|cut| cut.redemption(customer, true));
    let redemptions: Vec<_> = back.into_iter().chain([redemption]).collect();
    save_redemptions(tx, &context.merchant, context.now, &redemptions, by).await?;
    Ok(Some(told))
}

/// Has what is taken off in a checkout, whose coupon is locked, held until an instant. A code that
/// a change keeps whose place would be taken is kept as long as that waits.
pub(super) async fn hold_cut(
    tx: &mut Tx,
    context: &Context,
    decision: &CheckoutDecision,
    checkout: &Checkout,
    until: DateTime<Utc>,
) -> Result<(), AppError> {
    let (customer, cut) = (&checkout.request.customer, decision.cut.as_ref());
    let redemption = cut.and_then(|cut| cut.redemption(customer, false));
    let redemption = redemption.filter(|_| decision.code_taken_over().is_none());
    let by = Redeemer::Checkout(&checkout.id, Some(until));
    let held = redemption.as_slice();
    Ok(save_redemptions(tx, &context.merchant, context.now, held, by).await?)
}

/// Locks the coupon that a held checkout redeems now. Where its hold is over by then, by the
/// clock, others may have redeemed the last of it meanwhile: then it is decided again.
pub(super) async fn lock_held_cut(
    app: &App,
    tx: &mut Tx,
    context: &Context,
    checkout: &Checkout,
) -> Result<(), AppError> {
    let held = checkout.held.as_ref().and_then(|basis| basis.cut.as_ref());
    let Some(DiscountSource::Coupon { coupon, .. }) = held.map(|cut| &cut.by) else {
        return Ok(());
    };
    lock_coupons(tx, &context.merchant, std::slice::from_ref(coupon)).await?;
    if checkout.is_held(app.now()) {
        Ok(())
    } else {
        Err(StoreError::Stale { table: "coupons" }.into())
    }
}

/// Gives a subscription whose cancellation is taken back within its trial what its first booking
/// was to have less: what a campaign offered stays promised, and a coupon, which was given back, is
/// redeemed once more where it can be. Else the booking costs its price.
pub(super) async fn promise_again(
    tx: &mut Tx,
    context: &Context,
    plan: &mut Plan,
    id: &SubscriptionId,
) -> Result<(), AppError> {
    let mut saved = plan.subscriptions.iter_mut().map(|saved| &mut saved.row.0);
    let Some(subscription) = saved.find(|it| it.id == *id) else { return Ok(()) };
    if !subscription.is_in_trial() || subscription.cut.is_some() {
        return Ok(());
    }
    let (merchant, customer) = (&context.merchant, subscription.customer.clone());
    let Some(begun) = find_beginning(tx, merchant, (&customer, id)).await? else {
        return Ok(());
    };
    let Some(code) = &begun.request.coupon else {
        subscription.cut.clone_from(&begun.request.offered);
        return Ok(());
    };
    let by = Some(&begun.id);
    let facts = locked_coupon_facts(tx, context, code, Some(&customer), by).await?;
    let wanted = wanted(context, &begun.request, &subscription.terms);
    let judged = facts.and_then(|facts| cut(&facts, &wanted, by).ok());
    if let Some(judged) = judged
        && let Some(redemption) = judged.redemption(&customer, false)
    {
        subscription.cut = Some(judged);
        plan.events.push(redemption.event(None, by));
        let by = Redeemer::Checkout(&begun.id, None);
        save_redemptions(tx, merchant, context.now, &[redemption], by).await?;
    }
    Ok(())
}

/// Lets go of what a held checkout would take off.
pub(super) async fn release_cut(
    tx: &mut Tx,
    context: &Context,
    checkout: &Checkout,
) -> Result<(), AppError> {
    let (customer, merchant) = (&checkout.request.customer, &context.merchant);
    let cut = checkout.held.as_ref().and_then(|basis| basis.cut.as_ref());
    let mut back = cut.and_then(|cut| cut.redemption(customer, true));
    if let Some(it) = &back {
        // What a change keeps was never held.
        let theirs = find_redemption(tx, merchant, &it.code, customer).await?;
        let is_own = theirs.is_some_and(|theirs| theirs.checkout.as_ref() == Some(&checkout.id));
        back = back.filter(|_| is_own);
    }
    let by = Redeemer::Checkout(&checkout.id, None);
    let back = back.as_slice();
    Ok(save_redemptions(tx, merchant, context.now, back, by).await?)
}

/// Why a coupon is not redeemed, as it is answered.
pub(super) fn coupon_refused(refusal: CouponRefusal) -> AppError {
    AppError::refused(
        refusal.reason.name(),
        format!("the coupon is not redeemed: {}", refusal.detail),
    )
}
