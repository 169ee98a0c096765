//! Which campaign's offer an order gets: what campaigns look at is loaded here, and whether a
//! subscription could be bought is asked only for those that could win. Nothing is stored.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::campaign::{Campaign, Discount, Offered, StockPolicy};
use crate::domain::checkout::CheckoutRequest;
use crate::domain::coupon::{DiscountSource, FirstLineDiscount};
use crate::domain::document::LineKind;
use crate::domain::ids::{CampaignId, CustomerId, MerchantId, OfferId, ProductId};
use crate::domain::money::{Currency, Money};
use crate::domain::preview::ModeShown;
use crate::domain::purchase::Purchase;
use crate::domain::upsell::{DiscountedLine, ShownUpsell, Weighed};
use crate::rules::definitions::Sent;
use crate::rules::definitions::carts::CartDraft;
use crate::rules::orders::LATER;
use crate::selection::campaigns::{ConsideredCampaign, Unavailable, judge_product, offered_price};
use crate::selection::facts::Facts;
use crate::selection::index::IndexedOrder;
use crate::store::selection_rules::find_campaigns;
use crate::store::{StoreError, Tx, products};
use crate::wire::carts::UpsellEvaluation;

use super::checkout_facts::facts_of as checkout_facts;
use super::selection::{ReadCart, facts_of, offered, read_cart};
use super::weighing::CONSIDERED_MAX;
use super::{App, AppError, Context};

/// Of how many campaigns it is asked at once whether they can be had.
const ASKED_AT_ONCE: usize = 64;

/// An order, as far as it decides what is offered after it.
pub(super) struct OrderAsked {
    /// What it says.
    pub(super) cart: ReadCart,
    /// Whether it was delivered.
    pub(super) delivered: bool,
    /// Whether every campaign is told, those that cannot win, too; else the first of those that
    /// are switched on and run on its channel.
    pub(super) all: bool,
}

/// What an order is offered, and what became of the campaigns.
pub(super) struct Choice {
    /// The campaign that wins, and what it shows.
    pub(super) offer: Option<(Campaign, ShownUpsell)>,
    /// Each campaign in rank order.
    pub(super) considered: Vec<Weighed>,
}

impl Choice {
    /// What it comes to, as it is shown.
    pub(super) fn shown(&self, currency: Currency) -> UpsellEvaluation {
        let offer = self.offer.as_ref();
        UpsellEvaluation {
            offer: offer.map(|(it, shown)| (&it.id, shown, None, currency).into()),
            considered: self.considered.iter().map(Into::into).collect(),
        }
    }
}

impl App {
    /// What an order would be offered, were it placed as sent; nothing is stored.
    ///
    /// # Errors
    /// Every fault in what was sent.
    pub async fn evaluate_upsell(
        &self,
        merchant: &MerchantId,
        sent: Sent<CartDraft>,
        all: bool,
    ) -> Result<UpsellEvaluation, AppError> {
        self.read(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            let cart = read_cart(&mut tx, &context, &sent).await?;
            if sent.draft.placed_at.is_some_and(|at| at > context.now) {
                return Err(AppError::invalid("/placed_at", LATER));
            }
            if sent.draft.brought_over {
                return Ok(UpsellEvaluation { offer: None, considered: Vec::new() });
            }
            let currency = cart.cart.currency;
            let asked = OrderAsked { cart, delivered: false, all };
            Ok(choose(self, &mut tx, &mut context, asked).await?.shown(currency))
        })
        .await
    }
}

/// Picks what an order is offered: those that qualify are found in memory, and whether they can be
/// had is asked of the database in rank order, of no more than it takes to find the first.
pub(super) async fn choose(
    app: &App,
    tx: &mut Tx,
    context: &mut Context,
    asked: OrderAsked,
) -> Result<Choice, AppError> {
    let OrderAsked { cart, delivered, all } = asked;
    let campaigns = context.campaigns(tx).await?;
    let (facts, _) = facts_of(tx, context, cart).await?;
    let mut facts = Facts { delivered, ..facts };
    let heads: BTreeSet<ProductId> =
        facts.present().map(|product| facts.head(product).clone()).collect();
    let families = products::list_families(tx, &context.merchant, &heads).await?;
    facts.products.extend(families.iter().map(|product| (product.id.clone(), product.into())));
    let question = IndexedOrder::of(&campaigns.index, &facts);
    let mut survivors = question.survivors();
    let mut known: BTreeMap<CampaignId, Unavailable> = BTreeMap::new();
    let (mut offer, mut size) = (None, 1);
    while offer.is_none() {
        let some: Vec<&CampaignId> = survivors.by_ref().take(size).collect();
        if some.is_empty() {
            break;
        }
        // The first is the likeliest; where it cannot be had, many may be sold out.
        size = (size * 4).min(ASKED_AT_ONCE);
        for (campaign, shown) in available(app, tx, context, (&mut facts, &some)).await? {
            match shown {
                Ok(shown) => {
                    offer = Some((campaign, shown));
                    break;
                }
                Err(why) => {
                    known.insert(campaign.id, why);
                }
            }
        }
    }
    let most = (!all).then_some(CONSIDERED_MAX);
    let considered = question.considered(most, |id| known.get(id).map_or(Ok(()), |why| Err(*why)));
    Ok(Choice { offer, considered: considered.iter().map(weighed).collect() })
}

/// What these campaigns would show an order for which they qualify, or why that cannot be had; no
/// further than to the first that can.
async fn available(
    app: &App,
    tx: &mut Tx,
    context: &mut Context,
    (facts, ids): (&mut Facts, &[&CampaignId]),
) -> Result<Vec<(Campaign, Result<ShownUpsell, Unavailable>)>, AppError> {
    let mut campaigns = find_campaigns(tx, &context.merchant, ids).await?;
    let offered: Vec<ProductId> = campaigns.values().filter_map(offered).collect();
    let products = products::find_products(tx, &context.merchant, &offered).await?;
    facts.products.extend(products.iter().map(|(id, product)| (id.clone(), product.into())));
    let mut judged = Vec::new();
    for id in ids {
        // Somebody removed it since.
        let gone = || StoreError::Stale { table: "campaigns" };
        let campaign = campaigns.remove(*id).ok_or_else(gone)?;
        let shown = match campaign.offered.clone() {
            Offered::Product(product) => goods(&campaign, product, facts),
            Offered::Offer(offer) => {
                let customer = facts.cart.customer.as_ref();
                subscription(app, tx, context, customer, (&campaign, &offer)).await?
            }
        };
        let is_there = shown.is_ok();
        judged.push((campaign, shown));
        if is_there {
            break;
        }
    }
    Ok(judged)
}

/// What a campaign shows that offers a product, or why that cannot be had.
fn goods(
    campaign: &Campaign,
    product: ProductId,
    facts: &Facts,
) -> Result<ShownUpsell, Unavailable> {
    judge_product(campaign, &product, facts)?;
    Ok(ShownUpsell::Product {
        quantity: campaign.quantity,
        price: offered_price(campaign, &product, facts),
        always: campaign.stock_policy == StockPolicy::Always,
        product,
    })
}

fn weighed(considered: &ConsideredCampaign) -> Weighed {
    Weighed {
        campaign: considered.campaign.clone(),
        verdict: considered.verdict.outcome(),
        reason: considered.verdict.code().map(str::to_owned),
    }
}

/// What a checkout of an offer would show the order's customer now, with what its campaign takes
/// off, or why there is none.
async fn subscription(
    app: &App,
    tx: &mut Tx,
    context: &mut Context,
    customer: Option<&CustomerId>,
    (campaign, offer): (&Campaign, &OfferId),
) -> Result<Result<ShownUpsell, Unavailable>, AppError> {
    let refused = |code| Ok(Err(Unavailable::Checkout(code)));
    let Some(customer) = customer else { return refused("no-customer") };
    let request = CheckoutRequest::plain(customer.clone(), offer.clone());
    let account = context.look_at(tx, customer).await?;
    let mut facts = match checkout_facts(tx, context, &request, account).await {
        // It was removed since.
        Err(AppError::Invalid(_)) => return refused("offer-inactive"),
        facts => facts?,
    };
    let discount = campaign.discount;
    let currency = facts.matching.target.terms.price.currency;
    if matches!(discount, Some(Discount::Amount(_))) && currency != campaign.currency {
        return Ok(Err(Unavailable::NoPrice));
    }
    let by = || DiscountSource::Campaign(campaign.id.clone());
    facts.cut = discount.map(|off| FirstLineDiscount { by: by(), off });
    match app.decide_within(context, &facts, &request).await? {
        Err(refusal) => refused(refusal.code.name()),
        Ok((decision, shown)) => {
            let mode = match decision.outcome().mode {
                Purchase::New => None,
                picked => picked.mode(),
            };
            Ok(Ok(ShownUpsell::Offer {
                offer: offer.clone(),
                version: Some(decision.target.version),
                mode,
                transition: shown.path.as_ref().map(|path| path.transition),
                amount_due: decision.outcome().amount_due,
                discount,
                first_line: shown
                    .mode(decision.outcome().mode)
                    .and_then(|shown| discounted(shown, offer)),
            }))
        }
    }
}

/// The line of an offer from which something is taken off: now, or where it is booked next.
fn discounted(shown: &ModeShown, offer: &OfferId) -> Option<DiscountedLine> {
    let later = shown.next_payment.iter().map(|payment| &payment.document);
    shown.documents.iter().chain(later).find_map(|document| {
        let mut own = document.lines.iter().filter(|line| line.offer == *offer);
        let line = own.find(|line| line.kind == LineKind::Period && line.discount > 0)?;
        let money = |minor: i64| Money::new(minor, document.currency);
        Some(DiscountedLine { amount: money(line.gross), discount: money(line.discount) })
    })
}
