//! Orders: placed, paid, delivered, cancelled, paid back. What is offered after one stands in
//! `upsells`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::domain::ids::{CustomerId, GiftRuleId, MerchantId, OrderId};
use crate::domain::order::Order;
use crate::domain::order_plan::OrderPlan;
use crate::rules::definitions::Sent;
use crate::rules::definitions::carts::{CartDraft, CartFacts, decide_request};
use crate::rules::orders::{
    OrderFacts, OrderRefusal, ReportedOrderEvent, decide_cancelled, decide_delivered, decide_order,
    decide_paid, decide_refunded, taken_by_product,
};
use crate::rules::stock::StockOnPaper;
use crate::store::orders::{
    OrderFilter, find_order, insert_order, list_orders, list_refunds, lock_order, save_order,
};
use crate::store::{Page, Tx, customers, selection_rules, stock, upsells};
use crate::wire::orders as wire;

use super::automation_starts::{order_changed, order_placed};
use super::coupons::{coupon_refused, locked_coupon_facts};
use super::selection::{Scope, weigh, weigh_with};
use super::weighing::{GrantedRewards, PossibleGiftRules, RuleEvaluation, RuleOutcome};
use super::{App, AppError, Context};

pub use crate::store::orders::OrderFilter as Orders;

/// An order that a shop has told of, and whether that was new.
#[derive(Debug, Clone)]
pub struct PlacedOrder {
    /// The order.
    pub order: wire::Order,
    /// Whether it was placed now.
    pub created: bool,
}

/// What can happen to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderStep {
    /// It was paid.
    Paid,
    /// It was delivered.
    Delivered,
    /// It was cancelled.
    Cancelled,
    /// Money was paid back.
    Refunded,
}

impl App {
    /// Places an order: all of it or nothing. The same one sent again is the same order.
    ///
    /// # Errors
    /// Every fault in what was sent; refused where there is not enough of something, or where
    /// another order has this id.
    pub async fn place_order(
        &self,
        merchant: &MerchantId,
        sent: Sent<CartDraft>,
    ) -> Result<PlacedOrder, AppError> {
        if let Some(known) = self.known_order(merchant, &sent).await? {
            return Ok(known);
        }
        let (app, draft) = (&self.deciding_beside(), &sent);
        let placed = app
            .write(|mut tx| async move {
                let mut context = app.context(&mut tx, merchant).await?;
                let plan = place(&mut tx, &mut context, draft).await?;
                order_placed(&mut tx, &mut context, &plan.order).await?;
                let Context { merchant, now, ids, .. } = &mut context;
                if !insert_order(&mut tx, merchant, *now, &plan, ids).await? {
                    return Err(order_exists(&plan.order.id));
                }
                tx.answer(wire::Order::from(&plan.order)).await
            })
            .await;
        match placed {
            // Somebody else placed it in between: perhaps it is this very order.
            Err(AppError::Refused(why)) if why.code == ORDER_EXISTS => {
                let known = self.known_order(merchant, &sent).await?;
                known.ok_or(AppError::Refused(why))
            }
            // What it comes to now is worked out where nobody who writes waits for it.
            Err(AppError::Refused(why)) if why.code == CART_CHANGED => {
                let fresh = self.evaluate_cart(merchant, sent, false).await?;
                let cart = serde_json::to_value(fresh)?;
                Err(AppError::refused_with(why.code, why.detail, [("cart", cart)]))
            }
            placed => Ok(PlacedOrder { order: placed?, created: true }),
        }
    }

    /// The order that was placed with this id, if any; it must be this one.
    async fn known_order(
        &self,
        merchant: &MerchantId,
        sent: &Sent<CartDraft>,
    ) -> Result<Option<PlacedOrder>, AppError> {
        let Some(id) = sent.draft.id.as_deref().and_then(|id| OrderId::parse(id).ok()) else {
            return Ok(None);
        };
        let wanted = &id;
        let found = self
            .read(|mut tx| async move { Ok(find_order(&mut tx, merchant, wanted).await?) })
            .await?;
        let Some(order) = found else { return Ok(None) };
        // What was known then may be gone by now: only whether it is the same is asked.
        let facts = CartFacts::default();
        let (_, said) = sent.decide(|draft| decide_request(draft, &facts))?;
        if said.is_same(&order.said) {
            return Ok(Some(PlacedOrder { order: (&order).into(), created: false }));
        }
        Err(order_exists(&id))
    }

    /// Takes in what has happened to an order; told again, nothing changes.
    ///
    /// # Errors
    /// Not found; a fault in what was told; refused where it cannot have happened.
    pub async fn order_step(
        &self,
        merchant: &MerchantId,
        id: &OrderId,
        step: OrderStep,
        told: ReportedOrderEvent,
    ) -> Result<wire::Order, AppError> {
        let told = &told;
        self.write(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            let order = locked_order(&mut tx, merchant, id).await?;
            let plan = decide_step(&mut tx, &context, &order, (step, told)).await?;
            let Some(plan) = plan else { return tx.answer((&order).into()).await };
            // Nobody begins by what is paid back of an order, only with what it lacked.
            if step != OrderStep::Refunded || plan.order.is_paid_back() {
                order_changed(&mut tx, &mut context, &plan.order).await?;
            }
            let Context { merchant, now, ids, .. } = &mut context;
            save_order(&mut tx, merchant, *now, &plan, ids).await?;
            tx.answer((&plan.order).into()).await
        })
        .await
    }

    /// An order.
    ///
    /// # Errors
    /// Not found.
    pub async fn order(&self, merchant: &MerchantId, id: &OrderId) -> Result<Order, AppError> {
        self.read(|mut tx| async move {
            find_order(&mut tx, merchant, id).await?.ok_or(AppError::NotFound("order"))
        })
        .await
    }

    /// Orders, by id.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn orders(
        &self,
        merchant: &MerchantId,
        filter: OrderFilter,
        page: Page,
    ) -> Result<Vec<Order>, AppError> {
        self.read(|mut tx| async move { Ok(list_orders(&mut tx, merchant, &filter, &page).await?) })
            .await
    }
}

/// An order that nobody else changes until the transaction ends.
pub(super) async fn locked_order(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &OrderId,
) -> Result<Order, AppError> {
    lock_order(tx, merchant, id).await?.ok_or(AppError::NotFound("order"))
}

const ORDER_EXISTS: &str = "order-exists";

const CART_CHANGED: &str = "cart-changed";

fn order_exists(id: &OrderId) -> AppError {
    let detail = format!("there is an order '{id}' already, and it says something else");
    AppError::refused(ORDER_EXISTS, detail)
}

/// Decides a new order on what is there: what it takes stock of is locked.
async fn place(
    tx: &mut Tx,
    context: &mut Context,
    sent: &Sent<CartDraft>,
) -> Result<OrderPlan, AppError> {
    let merchant = context.merchant.clone();
    if let Some(customer) = customer_of(sent) {
        customers::ensure_customer(tx, &merchant, &customer, context.now).await?;
    }
    let mut wanted = sent.draft.products();
    let weighed = weighed(tx, context, sent).await?;
    let giving = weighed.as_ref().map(|it| it.could_give.clone()).unwrap_or_default();
    wanted.extend(giving.values().flatten().cloned());
    // In the one order of locks: products, then the rules that give some of them.
    let left = stock::lock_stock(tx, &merchant, &wanted).await?;
    if !giving.is_empty() {
        selection_rules::lock_gift_rules(tx, &merchant, giving.keys()).await?;
    }
    let customer = customer_of(sent);
    let coupon = match &sent.draft.coupon {
        Some(code) => locked_coupon_facts(tx, context, code, customer.as_ref(), None).await?,
        None => None,
    };
    let facts = CartFacts {
        products: Some(left.keys().cloned().collect()),
        is_unknown_coupon: coupon.is_none(),
        ..CartFacts::default()
    };
    let (id, said) = sent.decide(|draft| decide_request(draft, &facts))?;
    let id = id.unwrap_or_else(|| OrderId::fresh(&mut context.ids));
    let shelf = StockOnPaper::new(left);
    let (gifts, promotions) = (Vec::new(), Vec::new());
    let gifts_left = BTreeMap::new();
    let bare = OrderFacts { id, said, shelf, gifts, gifts_left, promotions, coupon };
    // Where nothing is given, nothing has to stay as it was.
    let weighed = weighed.filter(|_| giving.is_empty() && sent.draft.coupon.is_none());
    let facts = if bare.said.brought_over {
        bare
    } else {
        earning(tx, context, bare, (weighed, &giving)).await?
    };
    decide_order(facts, context.now).map_err(refusal)
}

/// What an order comes to before anything is locked: of the rules that could give something with
/// it, what they look at is locked before it is decided. None where no rule counts.
async fn weighed(
    tx: &mut Tx,
    context: &Context,
    sent: &Sent<CartDraft>,
) -> Result<Option<RuleOutcome>, AppError> {
    let believing = CartFacts::default();
    // What is wrong with it is told once it is known what there is.
    let Ok((_, said)) = sent.decide(|draft| decide_request(draft, &believing)) else {
        return Ok(None);
    };
    if said.brought_over {
        return Ok(None);
    }
    // Where there is no rule, nobody needs to know what one would look at.
    let weighing = if sent.draft.coupon.is_none() && context.cart_rules(tx).await?.is_empty() {
        RuleEvaluation::without_rules(context.today, said.cart)
    } else {
        weigh(tx, context, said.cart, Scope::Active).await?
    };
    Ok(Some(context.outcome(weighing.expecting(said.expects))?))
}

/// What an order gets of the merchant's rules: as it was weighed, else as things stand under the
/// locks.
async fn earning(
    tx: &mut Tx,
    context: &Context,
    facts: OrderFacts,
    (weighed, locked): (Option<RuleOutcome>, &PossibleGiftRules),
) -> Result<OrderFacts, AppError> {
    let outcome = if let Some(weighed) = weighed {
        weighed
    } else {
        let (cart, coupon) = (facts.said.cart.clone(), facts.coupon.as_ref());
        let weighing = weigh_with(tx, context, cart, coupon, Scope::Active).await?;
        context.outcome(weighing.expecting(facts.said.expects.clone()))?
    };
    outcome.refuse_unlocked(locked)?;
    if !outcome.is_as_shown {
        let detail = "what is given or earned is not what was shown any more: nothing was taken";
        return Err(AppError::refused(CART_CHANGED, detail));
    }
    let GrantedRewards { gifts, gifts_left, promotions } = outcome.rewards;
    Ok(OrderFacts { gifts, gifts_left, promotions, ..facts })
}

async fn decide_step(
    tx: &mut Tx,
    context: &Context,
    order: &Order,
    (step, told): (OrderStep, &ReportedOrderEvent),
) -> Result<Option<OrderPlan>, AppError> {
    let Context { merchant, now, .. } = context;
    let decided = match step {
        OrderStep::Paid => decide_paid(order, told, *now),
        OrderStep::Delivered => decide_delivered(order, told, *now),
        OrderStep::Refunded => {
            let known = list_refunds(tx, merchant, &order.id).await?;
            decide_refunded(order, &known, told, *now)
        }
        OrderStep::Cancelled => {
            let taken = stock::list_moves_for(tx, merchant, order.id.as_str()).await?;
            let products = taken_by_product(&taken).into_keys();
            let left = stock::lock_stock(tx, merchant, products).await?;
            let rules: BTreeSet<&GiftRuleId> = order.gifts.iter().map(|gift| &gift.rule).collect();
            selection_rules::lock_gift_rules(tx, merchant, rules).await?;
            let upsell = upsells::find_upsell(tx, merchant, &order.id).await?;
            decide_cancelled(order, &taken, StockOnPaper::new(left), upsell.as_ref(), (told, *now))
        }
    };
    decided.map_err(refusal)
}

fn customer_of(sent: &Sent<CartDraft>) -> Option<CustomerId> {
    CustomerId::parse(sent.draft.customer.as_deref()?).ok()
}

/// Why an order is not placed, or does not become what was told, as it is answered.
pub(super) fn refusal(refusal: OrderRefusal) -> AppError {
    match refusal {
        OrderRefusal::Coupon(refusal) => coupon_refused(refusal),
        OrderRefusal::Invalid(fault) => AppError::Invalid(vec![fault]),
        OrderRefusal::Cancelled => {
            AppError::refused("order-cancelled", "the order was cancelled before")
        }
        OrderRefusal::NotPaid => {
            AppError::refused("not-paid", "nothing was paid for the order that could go back")
        }
        OrderRefusal::OutOfStock(short) => {
            let named: Vec<String> = (short.iter())
                .map(|it| format!("{} of '{}' at /lines/{}", it.left, it.product, it.line))
                .collect();
            let lines = short.iter().map(|it| {
                json!(wire::ShortLine {
                    line: it.line,
                    product: it.product.to_string(),
                    wanted: it.wanted,
                    left: it.left,
                })
            });
            let detail = format!("there are only {}: nothing was taken", named.join(", "));
            AppError::refused_with("out-of-stock", detail, [("lines", lines.collect())])
        }
    }
}
