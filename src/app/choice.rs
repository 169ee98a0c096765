//! Which campaign's offer an order gets: what campaigns look at is loaded here, and whether a
//! subscription could be bought is asked only for those that could win. Nothing is stored.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::campaign::{Campaign, Discount, Offered, StockPolicy};
use crate::domain::cart::Cart;
use crate::domain::checkout::CheckoutRequest;
use crate::domain::condition::Selector;
use crate::domain::coupon::{Cut, CutBy};
use crate::domain::ids::{CampaignId, CustomerId, MerchantId, OfferId, ProductId};
use crate::domain::money::Currency;
use crate::domain::purchase::Purchase;
use crate::domain::upsell::{Shown, Weighed};
use crate::rules::definitions::Sent;
use crate::rules::definitions::carts::CartDraft;
use crate::rules::preview::preview;
use crate::selection::campaigns::{
    Considered, Unavailable, judge_product, offered_price, select_campaign,
};
use crate::selection::facts::Facts;
use crate::store::Tx;
use crate::store::selection_rules::all_campaigns;
use crate::wire::carts::UpsellEvaluation;

use super::facts::facts_of as checkout_facts;
use super::opening::decide;
use super::selection::{CONSIDERED_MAX, facts_of, read_cart};
use super::{App, AppError, Context};

/// An order, as far as it decides what is offered after it.
pub(super) struct Asked {
    /// What it says.
    pub(super) cart: Cart,
    /// Whether it was delivered.
    pub(super) delivered: bool,
    /// Whether every campaign is told, those that cannot win, too; else the first of those that
    /// are switched on and run on its channel.
    pub(super) all: bool,
}

/// What an order is offered, and what became of the campaigns.
pub(super) struct Choice {
    /// The campaign that wins, and what it shows.
    pub(super) offer: Option<(Campaign, Shown)>,
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
        let (app, merchant) = (self.clone(), merchant.clone());
        self.read(move |tx| {
            Box::pin(async move {
                let mut context = app.context(tx, &merchant).await?;
                let cart = read_cart(tx, &context, &sent).await?;
                let currency = cart.currency;
                let asked = Asked { cart, delivered: false, all };
                Ok(choose(tx, &mut context, asked).await?.shown(currency))
            })
        })
        .await
    }
}

/// Picks what an order is offered: qualified in memory, availability asked for only of those that
/// could win.
pub(super) async fn choose(
    tx: &mut Tx,
    context: &mut Context,
    asked: Asked,
) -> Result<Choice, AppError> {
    let Asked { cart, delivered, all } = asked;
    let campaigns = all_campaigns(tx, &context.merchant, !all).await?;
    let campaigns: Vec<Campaign> =
        campaigns.into_iter().filter(|it| all || it.channels.contains(&cart.channel)).collect();
    let (facts, _) = facts_of(tx, context, cart, named(&campaigns)).await?;
    let facts = Facts { delivered, ..facts };
    let mut known: BTreeMap<CampaignId, Result<Shown, Unavailable>> = BTreeMap::new();
    loop {
        let mut unknown: Option<(Campaign, OfferId)> = None;
        let (winner, considered) =
            select_campaign(&campaigns, &facts, |campaign| match &campaign.offered {
                Offered::Product(product) => judge_product(campaign, product, &facts),
                Offered::Offer(offer) => match known.get(&campaign.id) {
                    Some(Ok(_)) => Ok(()),
                    Some(Err(why)) => Err(*why),
                    None => {
                        unknown = Some((campaign.clone(), offer.clone()));
                        Ok(())
                    }
                },
            });
        if let Some((campaign, offer)) = unknown {
            let customer = facts.cart.customer.as_ref();
            let shown = subscription(tx, context, customer, (&campaign, &offer)).await?;
            known.insert(campaign.id, shown);
            continue;
        }
        let offer = winner.and_then(|campaign| {
            let shown = match &campaign.offered {
                Offered::Product(product) => Shown::Product {
                    product: product.clone(),
                    quantity: campaign.quantity,
                    price: offered_price(campaign, product, &facts),
                    always: campaign.stock_policy == StockPolicy::Always,
                },
                Offered::Offer(_) => known.get(&campaign.id)?.clone().ok()?,
            };
            Some((campaign.clone(), shown))
        });
        let most = if all { usize::MAX } else { CONSIDERED_MAX };
        let considered = considered.iter().take(most).map(weighed).collect();
        return Ok(Choice { offer, considered });
    }
}

/// The products that campaigns name.
fn named(campaigns: &[Campaign]) -> BTreeSet<ProductId> {
    let mut named = BTreeSet::new();
    for campaign in campaigns {
        named.extend(campaign.excluded_products.iter().cloned());
        named.extend(campaign.triggers.iter().filter_map(|trigger| match trigger {
            Selector::Product(product) => Some(product.clone()),
            _ => None,
        }));
        if let Offered::Product(product) = &campaign.offered {
            named.insert(product.clone());
        }
    }
    named
}

fn weighed(considered: &Considered) -> Weighed {
    Weighed {
        campaign: considered.campaign.clone(),
        verdict: considered.verdict.outcome(),
        reason: considered.verdict.code().map(str::to_owned),
    }
}

/// What a checkout of an offer would show the order's customer now, with what its campaign takes
/// off, or why there is none.
async fn subscription(
    tx: &mut Tx,
    context: &mut Context,
    customer: Option<&CustomerId>,
    (campaign, offer): (&Campaign, &OfferId),
) -> Result<Result<Shown, Unavailable>, AppError> {
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
    let by = || CutBy::Campaign(campaign.id.clone());
    facts.cut = discount.map(|off| Cut { by: by(), off });
    match decide(context, &facts, &request) {
        Err(refusal) => refused(refusal.code.name()),
        Ok(decision) => {
            let shown = preview(&decision, &facts.tariff);
            let mode = match decision.outcome().mode {
                Purchase::New => None,
                picked => picked.mode(),
            };
            Ok(Ok(Shown::Offer {
                offer: offer.clone(),
                mode,
                transition: shown.path.as_ref().map(|path| path.transition),
                amount_due: decision.outcome().amount_due,
                discount,
            }))
        }
    }
}
