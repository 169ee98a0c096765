//! The offer after an order: asked for, looked at, answered, or over. Which campaign makes it is
//! for `selection::campaigns`; here stands what that looks at, and in which transaction.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::checkout::CheckoutRequest;
use crate::domain::coupon::{DiscountSource, FirstLineDiscount};
use crate::domain::event::EventKind;
use crate::domain::ids::{MerchantId, OrderId};
use crate::domain::money::Money;
use crate::domain::order::Order;
use crate::domain::order_plan::OrderPlan;
use crate::domain::upsell::{ShownUpsell, Upsell, UpsellState};
use crate::rules::stock::StockOnPaper;
use crate::rules::upsells::{
    UpsellDecision, UpsellRefusal, decide_accept, decide_decline, event, expire, made, plan,
};
use crate::store::orders::{
    claim_overdue, find_order, lock_order_and_offer, save_offered, save_order,
};
use crate::store::{PAGE_MAX, Page, Tx, checkouts, customers, events, merchants, stock, upsells};
use crate::wire::upsells as wire;

use super::addresses;
use super::campaign_choice::{OrderAsked, choose};
use super::explained::every_campaign;
use super::intents::CheckoutDraft;
use super::opening::{is_return_url, open};
use super::{App, AppError, Context};

/// How many offers end in one transaction.
const ENDED_AT_ONCE: i64 = 500;

impl App {
    /// Asks what is offered after an order; what was offered once stays so. Where all is to be
    /// told, that is every campaign as it stands now.
    ///
    /// # Errors
    /// Not found.
    pub async fn ask_upsell(
        &self,
        merchant: &MerchantId,
        id: &OrderId,
        all: bool,
    ) -> Result<wire::Upsell, AppError> {
        // Nobody who writes waits for that.
        let every = &if all { Some(self.every_campaign(merchant, id).await?) } else { None };
        let explained = |told: wire::Upsell| match every.clone() {
            Some(considered) => wire::Upsell { considered, ..told },
            None => told,
        };
        let app = &self.deciding_beside();
        app.write(|mut tx| async move {
            let mut context = app.context(&mut tx, merchant).await?;
            let (order, offered) = locked_with_offer(&mut tx, merchant, id).await?;
            if let Some(upsell) = offered {
                let upsell = end_if_over(&mut tx, &mut context, &order, upsell).await?;
                let done = app.told(&mut tx, &context, &order, &upsell).await?;
                return tx.answer(explained(done)).await;
            }
            if !order.may_be_offered() {
                return tx.answer(explained(wire::Upsell::none(&[]))).await;
            }
            let question = OrderAsked {
                cart: order.said.cart.clone().into(),
                delivered: order.delivered_at.is_some(),
                all: false,
            };
            let choice = choose(app, &mut tx, &mut context, question).await?;
            let Some((campaign, shown)) = choice.offer else {
                return tx.answer(explained(wire::Upsell::none(&choice.considered))).await;
            };
            let minutes = TimeDelta::minutes(i64::from(context.settings.upsell_minutes));
            let upsell = Upsell {
                campaign: campaign.id,
                shown,
                state: UpsellState::Pending,
                offered_at: context.now,
                expires_at: context.now + minutes,
                ended_at: None,
                unit_net: None,
                checkout: None,
                considered: choice.considered,
            };
            keep(&mut tx, &mut context, &made(&order, upsell.clone())).await?;
            let done = app.told(&mut tx, &context, &order, &upsell).await?;
            tx.answer(explained(done)).await
        })
        .await
    }

    /// What was offered after an order, without asking for it; where all is to be told, with every
    /// campaign as it stands now.
    ///
    /// # Errors
    /// Not found.
    pub async fn upsell(
        &self,
        merchant: &MerchantId,
        id: &OrderId,
        all: bool,
    ) -> Result<wire::Upsell, AppError> {
        self.read(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            let order = find_order(&mut tx, merchant, id).await?;
            let order = order.ok_or(AppError::NotFound("order"))?;
            let mut told = match upsells::find_upsell(&mut tx, merchant, id).await? {
                Some(upsell) => self.told(&mut tx, &context, &order, &upsell).await?,
                None => wire::Upsell::none(&[]),
            };
            if all {
                let choice = every_campaign(self, &mut tx, &mut context, &order).await?;
                told.considered = choice.considered.iter().map(Into::into).collect();
            }
            Ok(told)
        })
        .await
    }

    /// Accepts what was offered after an order. Goods are added to it; of a subscription a
    /// checkout is opened for the order's customer.
    ///
    /// # Errors
    /// Not found; a fault in the price; refused where it was answered otherwise, is over or gone.
    pub async fn accept_upsell(
        &self,
        merchant: &MerchantId,
        id: &OrderId,
        unit_net: Option<String>,
    ) -> Result<wire::Upsell, AppError> {
        let (app, unit_net) = (&self.deciding_beside(), unit_net.as_deref());
        app.write(|mut tx| async move {
            let mut context = app.context(&mut tx, merchant).await?;
            // In the one order of locks: the customer, the order, what is on the shelf.
            lock_buyer(&mut tx, merchant, id).await?;
            let (order, offered) = locked_with_offer(&mut tx, merchant, id).await?;
            let unit_net = unit_net.map(|text| price(&order, text)).transpose()?;
            let product = match offered.as_ref().map(|upsell| &upsell.shown) {
                Some(ShownUpsell::Product { product, .. }) => Some(product),
                Some(ShownUpsell::Offer { .. }) | None => None,
            };
            let left = match product {
                Some(product) => stock::lock_stock(&mut tx, merchant, [product]).await?,
                None => BTreeMap::new(),
            };
            let stocked = StockOnPaper::new(left);
            let now = context.now;
            let done = decide_accept(&order, offered.as_ref(), unit_net, stocked, now);
            let answered = app.answered(&mut tx, &mut context, &order, (offered, done)).await?;
            tx.settle(answered).await
        })
        .await
    }

    /// Declines what was offered after an order.
    ///
    /// # Errors
    /// Not found; refused where it was answered otherwise, or is over.
    pub async fn decline_upsell(
        &self,
        merchant: &MerchantId,
        id: &OrderId,
    ) -> Result<wire::Upsell, AppError> {
        self.write(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            let (order, offered) = locked_with_offer(&mut tx, merchant, id).await?;
            let done = decide_decline(&order, offered.as_ref(), context.now);
            let answered = self.answered(&mut tx, &mut context, &order, (offered, done)).await?;
            tx.settle(answered).await
        })
        .await
    }

    /// Stores what an answer comes to, and shows it.
    async fn answered(
        &self,
        tx: &mut Tx,
        context: &mut Context,
        order: &Order,
        (offered, done): (Option<Upsell>, Result<UpsellDecision, UpsellRefusal>),
    ) -> Result<Result<wire::Upsell, AppError>, AppError> {
        let plan = match done {
            Ok(UpsellDecision::Before) => {
                let offered = offered.ok_or_else(|| AppError::broken("an answer to nothing"))?;
                return Ok(Ok(self.told(tx, context, order, &offered).await?));
            }
            Ok(UpsellDecision::Now(plan)) => plan,
            Ok(UpsellDecision::Checkout(upsell)) => {
                match self.opened_for(tx, context, order, *upsell).await? {
                    Ok(plan) => Box::new(plan),
                    Err(refused) => return Ok(Err(refused)),
                }
            }
            Err(refusal) => {
                let (refused, traces) = refusal_of(refusal);
                let Some(traces) = traces else { return Err(refused) };
                keep(tx, context, &traces).await?;
                return Ok(Err(refused));
            }
        };
        keep(tx, context, &plan).await?;
        let upsell = plan.upsell.ok_or_else(|| AppError::broken("an answer without an offer"))?;
        Ok(Ok(self.told(tx, context, &plan.order, &upsell).await?))
    }

    /// Opens the checkout of an offer that was accepted. Where a checkout made the order, it makes
    /// one as that did, with what rules give for it, and leads back to where that came from.
    async fn opened_for(
        &self,
        tx: &mut Tx,
        context: &mut Context,
        order: &Order,
        upsell: Upsell,
    ) -> Result<Result<OrderPlan, AppError>, AppError> {
        let (ShownUpsell::Offer { offer, version, discount, .. }, Some(customer)) =
            (&upsell.shown, &order.said.cart.customer)
        else {
            return Err(AppError::broken("a subscription was offered to nobody"));
        };
        let by = || DiscountSource::Campaign(upsell.campaign.clone());
        let bought_by = checkouts::list_by_orders(tx, &context.merchant, [&order.id]).await?.pop();
        let (order_terms, return_url) =
            bought_by.map_or((None, None), |it| (it.request.order, it.return_url));
        let draft = CheckoutDraft {
            request: CheckoutRequest {
                offered: discount.map(|off| FirstLineDiscount { by: by(), off }),
                version: *version,
                order: order_terms,
                ..CheckoutRequest::plain(customer.clone(), offer.clone())
            },
            locale: order.said.cart.locale.clone(),
            metadata: None,
            return_url: return_url.filter(|url| is_return_url(&context.settings, url)),
        };
        Ok(open(self, tx, context, draft).await?.map(|checkout| {
            let accepted = Upsell { checkout: Some(checkout.id), ..upsell };
            let told = event(EventKind::UpsellAccepted, order, &accepted);
            plan(order, accepted, vec![told])
        }))
    }

    /// An offer as it is shown now, with the way to its checkout.
    async fn told(
        &self,
        tx: &mut Tx,
        context: &Context,
        order: &Order,
        upsell: &Upsell,
    ) -> Result<wire::Upsell, AppError> {
        let checkout = match &upsell.checkout {
            Some(id) => checkouts::find_checkout(tx, &context.merchant, id).await?,
            None => None,
        };
        let url = checkout.map(|it| self.url_of(&addresses::checkout(&it.token)));
        Ok(wire::Upsell::of(order, upsell, url, context.now))
    }

    /// Ends the offers that nobody has answered in time; how many.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn end_overdue_upsells(&self) -> Result<usize, AppError> {
        let all = self
            .read(|mut tx| async move {
                Ok(merchants::list_merchants(&mut tx, &Page::first(PAGE_MAX)).await?)
            })
            .await?;
        let mut ended = 0;
        for merchant in all {
            loop {
                let some = self.end_some(&merchant.id).await?;
                ended += some;
                if some == 0 {
                    break;
                }
            }
        }
        Ok(ended)
    }

    async fn end_some(&self, merchant: &MerchantId) -> Result<usize, AppError> {
        self.write(|mut tx| async move {
            let now = self.now();
            let over = claim_overdue(&mut tx, merchant, now, ENDED_AT_ONCE).await?;
            let ended: Vec<_> = (over.iter())
                .filter_map(|(order, upsell)| Some((order, expire(order, upsell, now)?)))
                .collect();
            let rows: Vec<_> =
                ended.iter().map(|(order, (upsell, _))| (&order.id, upsell)).collect();
            upsells::save_upsells(&mut tx, merchant, &rows).await?;
            let told: Vec<_> = ended.iter().map(|(_, (_, told))| told.clone()).collect();
            events::insert_events(&mut tx, merchant, now, &told, &mut self.ids()).await?;
            tx.commit(told.len()).await
        })
        .await
    }

    /// Moves the simulated clock to the end of each offer, of each hold that keeps gifts, and to
    /// each step and message that is due, up to an instant, and does it.
    pub(super) async fn end_upsells_until(&self, until: DateTime<Utc>) -> Result<(), AppError> {
        loop {
            let first = self
                .read(|mut tx| async move {
                    let offer = upsells::earliest_expiry(&mut tx, until).await?;
                    let hold = checkouts::earliest_lapse_of_gifts(&mut tx, until).await?;
                    Ok(offer.into_iter().chain(hold).min())
                })
                .await?;
            let messages = self.automations_due(until).await?;
            let Some(at) = first.into_iter().chain(messages).min() else { return Ok(()) };
            self.set_clock(at, None).await?;
            let ended = self.end_overdue_upsells().await?
                + self.release_lapsed_gifts().await?
                + self.work_automations().await?;
            if ended == 0 {
                return Ok(());
            }
        }
    }
}

/// Stores what has become of an order, or of the offer after it.
async fn keep(tx: &mut Tx, context: &mut Context, plan: &OrderPlan) -> Result<(), AppError> {
    let Context { merchant, now, ids, .. } = context;
    if plan.new_lines.is_empty() {
        return Ok(save_offered(tx, merchant, *now, plan, ids).await?);
    }
    Ok(save_order(tx, merchant, *now, plan, ids).await?)
}

async fn end_if_over(
    tx: &mut Tx,
    context: &mut Context,
    order: &Order,
    upsell: Upsell,
) -> Result<Upsell, AppError> {
    let is_over = upsell.state_at(context.now) == UpsellState::Expired;
    let over = Some(&upsell).filter(|_| is_over);
    let Some((ended, told)) = over.and_then(|it| expire(order, it, context.now)) else {
        return Ok(upsell);
    };
    keep(tx, context, &plan(order, ended.clone(), vec![told])).await?;
    Ok(ended)
}

/// An order that nobody else changes until the transaction ends, with what was offered after it.
async fn locked_with_offer(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &OrderId,
) -> Result<(Order, Option<Upsell>), AppError> {
    lock_order_and_offer(tx, merchant, id).await?.ok_or(AppError::NotFound("order"))
}

/// Locks who will get a checkout, where a subscription was offered.
async fn lock_buyer(tx: &mut Tx, merchant: &MerchantId, id: &OrderId) -> Result<(), AppError> {
    let buyer = upsells::find_buyer(tx, merchant, id).await?;
    if let Some(customer) = buyer {
        customers::lock_customers(tx, merchant, &[customer]).await?;
    }
    Ok(())
}

fn price(order: &Order, text: &str) -> Result<i64, AppError> {
    let invalid = |detail: String| AppError::invalid("/unit_net", detail);
    let money = Money::parse_price(text, order.said.cart.currency);
    let money = money.map_err(|error| invalid(error.to_string()))?;
    if money.minor < 0 {
        return Err(invalid("must not be negative".to_owned()));
    }
    Ok(money.minor)
}

/// Why an answer does nothing, as it is answered, and what has to be stored of that.
fn refusal_of(refusal: UpsellRefusal) -> (AppError, Option<Box<OrderPlan>>) {
    let refused = AppError::refused;
    match refusal {
        UpsellRefusal::Invalid(fault) => (AppError::Invalid(vec![fault]), None),
        UpsellRefusal::Nothing => {
            (refused("nothing-offered", "nothing was offered after this order"), None)
        }
        UpsellRefusal::Answered => {
            (refused("offer-answered", "the offer was answered otherwise before"), None)
        }
        UpsellRefusal::Expired(traces) => {
            (refused("offer-expired", "it is too late to answer this offer"), traces)
        }
        UpsellRefusal::Gone(traces) => {
            (refused("offer-gone", "what was offered is sold out by now, or was removed"), traces)
        }
    }
}
