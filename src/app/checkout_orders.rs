//! The order that a checkout makes, where it was opened with one: its gifts, which are shown, kept
//! by a hold, let go, and taken; and what becomes of it when billing, a payment or a withdrawal
//! decides about the subscription that it waits for.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::domain::cart::{Cart, CartLine, Item};
use crate::domain::catalogue::{ProductKind, Terms};
use crate::domain::checkout::{Checkout, CheckoutRequest, CheckoutStatus};
use crate::domain::document::InvoiceStatus;
use crate::domain::ids::{MerchantId, OfferId, OrderId, ProductId, SubscriptionId};
use crate::domain::order::{AwaitedSubscription, OrderGift, OrderRequest};
use crate::domain::order_plan::OrderPlan;
use crate::domain::plan::Plan;
use crate::domain::stock::StockLevel;
use crate::rules::checkout::CheckoutDecision;
use crate::rules::checkout_orders::{
    CheckoutOrderChanges, KeptGifts, behind, decide_bought, decide_followed, first_net, keep_gifts,
    let_go,
};
use crate::rules::ledger::Tariff;
use crate::rules::orders::{OrderFacts, ReportedOrderEvent, decide_cancelled, taken_by_product};
use crate::rules::stock::StockOnPaper;
use crate::store::checkout_orders::{first_invoices, insert_subscribed, list_subscribed};
use crate::store::checkouts::{list_by_orders, list_lapsed, save_checkout};
use crate::store::orders::{insert_order, lock_orders, save_orders};
use crate::store::selection_rules::{lock_gift_rules, move_gifts};
use crate::store::{Tx, events, products, stock, upsells};

use super::automation_starts::order_changed;
use super::gifts::earned_under_locks;
use super::orders::refusal;
use super::selection::{Scope, find_offers, weigh};
use super::weighing::GrantedRewards;
use super::{App, AppError, Context};

/// How many lapsed holds are looked for at a time.
const LAPSED_AT_ONCE: i64 = 100;

/// An order that is about to be made.
pub(super) struct PendingOrder {
    plan: OrderPlan,
    subscribed: AwaitedSubscription,
    is_begun: bool,
}

/// The cart of a checkout: one line with its offer. None where it makes no order.
fn cart(
    context: &Context,
    request: &CheckoutRequest,
    locale: &str,
    target: &Terms,
) -> Option<Cart> {
    let terms = request.order.as_ref()?;
    let net = context.tariff.net_price(target, context.today);
    let line =
        CartLine { item: Item::Offer(target.offer.clone()), quantity: 1, unit_net: net.minor };
    Some(Cart {
        customer: Some(request.customer.clone()),
        customer_group: terms.customer_group.clone(),
        locale: Some(locale.to_owned()),
        channel: terms.channel.clone(),
        currency: net.currency,
        shipping_country: terms.shipping_country.clone(),
        payment_method: terms.payment_method.clone(),
        shipping_cost: None,
        coupon: request.coupon.clone(),
        lines: vec![line],
        picks: BTreeMap::new(),
    })
}

/// What checkouts have made of these orders, as the rules judge it: their offers at the regular
/// price of today, and the coupon that they redeem. None of orders that no checkout has made.
pub(super) async fn carts_of_orders(
    tx: &mut Tx,
    context: &Context,
    orders: impl IntoIterator<Item = &OrderId> + Send,
) -> Result<BTreeMap<OrderId, Cart>, AppError> {
    let made = list_by_orders(tx, &context.merchant, orders).await?;
    let wanted = made.iter().map(|checkout| checkout.request.offer.clone()).collect();
    let offers = find_offers(tx, context, wanted).await?;
    let offers: BTreeMap<&OfferId, &Terms> =
        offers.iter().map(|offer| (&offer.terms.offer, &offer.terms)).collect();
    let carts = made.iter().filter_map(|Checkout { request, locale, order, .. }| {
        let target = offers.get(&request.offer)?;
        Some((order.clone()?, cart(context, request, locale, target)?))
    });
    Ok(carts.collect())
}

/// What gift rules give with a checkout that is opened; nothing is locked.
pub(super) async fn shown_gifts(
    tx: &mut Tx,
    context: &Context,
    request: &CheckoutRequest,
    locale: &str,
    target: &Terms,
) -> Result<Vec<OrderGift>, AppError> {
    match cart(context, request, locale, target) {
        Some(cart) => {
            let weighing = weigh(tx, context, cart, Scope::Checkout).await?;
            Ok(context.outcome(weighing)?.rewards.gifts)
        }
        None => Ok(Vec::new()),
    }
}

/// What gift rules give with a checkout that is held or completed, with that locked.
pub(super) async fn gifts_now(
    tx: &mut Tx,
    context: &Context,
    checkout: &Checkout,
    target: &Terms,
) -> Result<Vec<OrderGift>, AppError> {
    match cart(context, &checkout.request, &checkout.locale, target) {
        Some(cart) => Ok(earned_under_locks(tx, context, &cart).await?.0.gifts),
        None => Ok(Vec::new()),
    }
}

/// Takes the gifts that a checkout shows, which is held now; they are locked.
pub(super) async fn keep(
    tx: &mut Tx,
    context: &mut Context,
    checkout: &mut Checkout,
    target: &Terms,
) -> Result<(), AppError> {
    let Some(cart) = cart(context, &checkout.request, &checkout.locale, target) else {
        return Ok(());
    };
    let (GrantedRewards { gifts, gifts_left, .. }, left) =
        earned_under_locks(tx, context, &cart).await?;
    let kept = keep_gifts(&checkout.id, &gifts, &gifts_left, StockOnPaper::new(left));
    checkout.keeps_gifts = !kept.gift_moves.is_empty();
    checkout.preview.gifts = gifts;
    store(tx, context, &kept).await
}

/// Gives back the gifts that a checkout keeps.
pub(super) async fn release(
    tx: &mut Tx,
    context: &mut Context,
    checkout: &mut Checkout,
) -> Result<(), AppError> {
    if !checkout.keeps_gifts {
        return Ok(());
    }
    let left = lock_kept(tx, context, checkout).await?;
    let taken = stock::list_moves_for(tx, &context.merchant, checkout.id.as_str()).await?;
    let back = let_go(&checkout.id, &checkout.preview.gifts, &taken, StockOnPaper::new(left));
    checkout.keeps_gifts = false;
    store(tx, context, &back).await
}

/// Gives back the gifts of a checkout whose hold has lapsed: it is open again.
pub(super) async fn lapse(
    tx: &mut Tx,
    context: &mut Context,
    checkout: &mut Checkout,
) -> Result<(), AppError> {
    if !checkout.keeps_gifts || checkout.is_held(context.now) {
        return Ok(());
    }
    release(tx, context, checkout).await?;
    checkout.status = CheckoutStatus::Open;
    (checkout.held_until, checkout.held) = (None, None);
    Ok(save_checkout(tx, &context.merchant, checkout).await?)
}

async fn lock_kept(
    tx: &mut Tx,
    context: &Context,
    checkout: &Checkout,
) -> Result<BTreeMap<ProductId, StockLevel>, AppError> {
    let gifts = &checkout.preview.gifts;
    let products: BTreeSet<&ProductId> = gifts.iter().map(|gift| &gift.product).collect();
    let left = stock::lock_stock(tx, &context.merchant, products).await?;
    let rules: BTreeSet<_> = gifts.iter().map(|gift| &gift.rule).collect();
    lock_gift_rules(tx, &context.merchant, rules).await?;
    Ok(left)
}

async fn store(tx: &mut Tx, context: &mut Context, kept: &KeptGifts) -> Result<(), AppError> {
    let Context { merchant, now, ids, .. } = context;
    move_gifts(tx, merchant, &kept.gift_moves).await?;
    if !kept.moves.is_empty() {
        stock::save_moves(tx, merchant, *now, &kept.moves).await?;
    }
    events::insert_events(tx, merchant, *now, &kept.events, ids).await?;
    Ok(())
}

/// Decides the order of a checkout that completes, before anything is stored: what it takes is
/// locked. None where it makes none.
pub(super) async fn buy(
    tx: &mut Tx,
    context: &mut Context,
    checkout: &Checkout,
    decision: &CheckoutDecision,
    tariff: &Tariff,
) -> Result<Option<PendingOrder>, AppError> {
    let (request, target) = (&checkout.request, &decision.target);
    let Some(mut cart) = cart(context, request, &checkout.locale, target) else {
        return Ok(None);
    };
    let outcome = decision.outcome();
    let later = outcome.change.as_ref().map(SubscriptionId::of_change);
    let subscription = outcome.subscription.clone().or(later);
    let subscription = subscription.ok_or_else(|| AppError::broken("nothing was bought"))?;
    let (mine, left, taken) = if checkout.keeps_gifts {
        let left = lock_kept(tx, context, checkout).await?;
        let taken = stock::list_moves_for(tx, &context.merchant, checkout.id.as_str()).await?;
        let weighing = weigh(tx, context, cart.clone(), Scope::Checkout).await?;
        let promotions = context.outcome(weighing)?.rewards.promotions;
        let gifts = checkout.preview.gifts.clone();
        (GrantedRewards { gifts, promotions, gifts_left: BTreeMap::new() }, left, Some(taken))
    } else {
        let (mine, left) = earned_under_locks(tx, context, &cart).await?;
        (mine, left, None)
    };
    if let Some(net) = first_net(decision, &subscription, tariff) {
        cart.lines.iter_mut().for_each(|line| line.unit_net = net);
    }
    let digital = is_digital(tx, context, target, &mine.gifts).await?;
    let GrantedRewards { gifts, gifts_left, promotions } = mine;
    let id = OrderId::fresh(&mut context.ids);
    // It is redeemed by the checkout.
    cart.coupon = None;
    let said = OrderRequest { cart, placed_at: None, expects: None, brought_over: false };
    let shelf = StockOnPaper::new(left);
    let facts =
        OrderFacts { id: id.clone(), said, shelf, gifts, gifts_left, promotions, coupon: None };
    let held = taken.as_deref().map(|taken| (&checkout.id, taken));
    let plan = decide_bought(facts, held, context.now).map_err(refusal)?;
    let subscribed = AwaitedSubscription {
        order: id,
        checkout: checkout.id.clone(),
        subscription,
        change: outcome.change.clone(),
        digital,
    };
    Ok(Some(PendingOrder { plan, subscribed, is_begun: outcome.subscription.is_some() }))
}

/// Whether there is nothing in an order that has to be sent.
async fn is_digital(
    tx: &mut Tx,
    context: &Context,
    target: &Terms,
    gifts: &[OrderGift],
) -> Result<bool, AppError> {
    let given = gifts.iter().filter(|gift| gift.price.is_some()).map(|gift| &gift.product);
    let all = target.products.iter().map(|(id, _)| id).chain(given);
    let all: BTreeSet<ProductId> = all.cloned().collect();
    let all: Vec<ProductId> = all.into_iter().collect();
    let found = products::find_products(tx, &context.merchant, &all).await?;
    Ok(found.values().all(|product| product.kind == ProductKind::Digital))
}

impl PendingOrder {
    /// Whether a plan pays for what was bought at once.
    pub(super) fn is_paid_by(&self, plan: &Plan) -> bool {
        let of_it = &self.subscribed.subscription;
        let paid = plan.invoices.iter().filter(|saved| saved.row.status == InvoiceStatus::Paid);
        let mut lines = paid.flat_map(|saved| &saved.row.lines);
        let news = CheckoutOrderChanges::of(std::slice::from_ref(plan));
        news.pays(of_it, None) && lines.any(|line| line.line.subscription == *of_it)
    }

    /// The same behind what has become of other orders in its transaction, which was not known
    /// when it was decided: what those gave back is on the shelf again.
    pub(super) fn behind(self, others: &[OrderPlan]) -> Self {
        Self { plan: behind(self.plan, others), ..self }
    }

    /// The order that is made.
    pub(super) fn order(&self) -> &OrderId {
        &self.subscribed.order
    }

    /// Stores the order, after the plan of its checkout; its id.
    pub(super) async fn store(
        self,
        tx: &mut Tx,
        context: &mut Context,
        is_paid: bool,
    ) -> Result<OrderId, AppError> {
        let Self { plan, subscribed, is_begun } = self;
        let Context { merchant, now, ids, .. } = context;
        if !insert_order(tx, merchant, *now, &plan, ids).await? {
            return Err(AppError::broken("an order has the id of another"));
        }
        insert_subscribed(tx, merchant, &subscribed).await?;
        let is_delivered = is_begun && subscribed.digital;
        let then = decide_followed(&plan.order, (is_paid, is_delivered), *now);
        let then = then.map_err(refusal)?;
        save_orders(tx, merchant, *now, &then, ids).await?;
        if let Some(last) = then.last() {
            order_changed(tx, context, &last.order).await?;
        }
        Ok(subscribed.order)
    }
}

/// What becomes of orders that checkouts have made where these plans are stored. What that moves
/// is locked, before the plans take the merchant's counters.
pub(super) async fn follow(
    tx: &mut Tx,
    merchant: &MerchantId,
    now: DateTime<Utc>,
    plans: &[Plan],
) -> Result<Vec<OrderPlan>, AppError> {
    let news = CheckoutOrderChanges::of(plans);
    let (subscriptions, mut followed) = (news.subscriptions(), Vec::new());
    if subscriptions.is_empty() && news.ended.is_empty() {
        return Ok(followed);
    }
    let waiting = list_subscribed(tx, merchant, &subscriptions, &news.ended).await?;
    if waiting.is_empty() {
        return Ok(followed);
    }
    let ids: Vec<OrderId> = waiting.iter().map(|it| it.order.clone()).collect();
    let orders = lock_orders(tx, merchant, &ids).await?;
    let bought: Vec<_> = waiting.iter().map(|it| it.subscription.clone()).collect();
    let first = first_invoices(tx, merchant, &bought).await?;
    let by_id: BTreeMap<&OrderId, &AwaitedSubscription> =
        waiting.iter().map(|it| (&it.order, it)).collect();
    // What those before have given back already, and what is not stored yet.
    let mut given_back: BTreeMap<ProductId, StockLevel> = BTreeMap::new();
    for order in orders {
        let Some(it) = by_id.get(&order.id) else { continue };
        if news.disappoints(it) {
            let taken = stock::list_moves_for(tx, merchant, order.id.as_str()).await?;
            let products = taken_by_product(&taken).into_keys();
            let mut left = stock::lock_stock(tx, merchant, products).await?;
            for (id, left) in &mut left {
                *left = given_back.get(id).copied().unwrap_or(*left);
            }
            let rules: BTreeSet<_> = order.gifts.iter().map(|gift| &gift.rule).collect();
            lock_gift_rules(tx, merchant, rules).await?;
            let upsell = upsells::find_upsell(tx, merchant, &order.id).await?;
            let (shelf, told) = (StockOnPaper::new(left), (&ReportedOrderEvent::default(), now));
            let plan = decide_cancelled(&order, &taken, shelf, upsell.as_ref(), told);
            let plan = plan.map_err(refusal)?;
            let moves = plan.iter().flat_map(|plan| &plan.moves);
            given_back.extend(
                moves.map(|it| {
                    (it.product.clone(), StockLevel { stock: it.left, moves: it.sequence })
                }),
            );
            followed.extend(plan);
            continue;
        }
        let is_paid = news.pays(&it.subscription, first.get(&it.subscription));
        let is_delivered = it.digital && news.begun.contains(&it.subscription);
        followed.extend(decide_followed(&order, (is_paid, is_delivered), now).map_err(refusal)?);
    }
    Ok(followed)
}

/// Stores what has become of orders.
pub(super) async fn keep_followed(
    tx: &mut Tx,
    context: &mut Context,
    followed: &[OrderPlan],
) -> Result<(), AppError> {
    let Context { merchant, now, ids, .. } = &mut *context;
    save_orders(tx, merchant, *now, followed, ids).await?;
    for plan in followed {
        order_changed(tx, context, &plan.order).await?;
    }
    Ok(())
}

impl App {
    /// Gives back the gifts of holds that have lapsed; how many holds.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn release_lapsed_gifts(&self) -> Result<usize, AppError> {
        let now = self.now();
        let lapsed = self
            .read(|mut tx| async move { Ok(list_lapsed(&mut tx, now, LAPSED_AT_ONCE).await?) })
            .await?;
        let count = lapsed.len();
        for (merchant, id) in lapsed {
            let (merchant, id) = (&merchant, &id);
            self.write(|mut tx| async move {
                let found = self.context_of_checkout(&mut tx, merchant, id).await?;
                let (mut context, _, mut checkout) = found;
                lapse(&mut tx, &mut context, &mut checkout).await?;
                tx.commit(()).await
            })
            .await?;
        }
        Ok(count)
    }
}
