//! How a campaign would fare with the last orders, as it is saved and as it is being written. What
//! is left of products is not looked at, and nothing is stored.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::campaign::Campaign;
use crate::domain::cart::Cart;
use crate::domain::ids::{CampaignId, CustomerId, MerchantId, OfferId, OrderId, ProductId};
use crate::selection::facts::{Facts, ProductFacts};
use crate::selection::index::{Index, IndexedOrder};
use crate::store::rule_edits::saved_since;
use crate::store::selection_rules::find_campaigns;
use crate::store::{Tx, customers, orders, products};

use super::selection::{contained, find_offers};
use super::{App, AppError, Context};

/// On how many orders it is tried.
const ORDERS_MAX: i64 = 1_000;

/// How many of the last orders a campaign would win.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CampaignTrial {
    /// How many orders there are, at most a thousand.
    pub orders: usize,
    /// Of how many it would be the first that fits, as it is saved; none where it is new.
    pub before: Option<usize>,
    /// The same as it is being written.
    pub now: usize,
}

impl App {
    /// Tries a campaign on the last orders, as if they were placed today with the catalogue and
    /// the other campaigns of now.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn try_campaign(
        &self,
        merchant: &MerchantId,
        campaign: Campaign,
    ) -> Result<CampaignTrial, AppError> {
        self.read(|mut tx| async move {
            let context = self.context(&mut tx, merchant).await?;
            let known = context.campaigns(&mut tx).await?;
            let id = campaign.id.clone();
            let is_saved = !find_campaigns(&mut tx, merchant, &[&id]).await?.is_empty();
            // Whoever saves it, saves it last.
            let written = Campaign { edit: i64::MAX, ..campaign };
            let now = known.index.with(&[], vec![written.clone()]);
            let now = if let Some(now) = now {
                now
            } else {
                let mut all: Vec<Campaign> = saved_since(&mut tx, merchant, -1).await?;
                all.retain(|it| it.id != id);
                Index::of(all.iter().chain([&written]))
            };
            let asked = (ORDERS_MAX, BTreeSet::new());
            let Some((carts, facts)) = last_orders(&mut tx, &context, asked).await? else {
                return Ok(CampaignTrial::default());
            };
            let carts = carts.into_iter().map(|(_, cart)| cart).collect();
            let work = move || {
                let before = is_saved.then_some(&known.index);
                tried((before, &now), &id, carts, facts)
            };
            self.compute(merchant, work).await
        })
        .await
    }
}

/// The last so many orders, the latest first, and what rules that name these products look at in
/// any of them; none where there is no order.
pub(super) async fn last_orders(
    tx: &mut Tx,
    context: &Context,
    (most, more): (i64, BTreeSet<ProductId>),
) -> Result<Option<(Vec<(OrderId, Cart)>, Facts)>, AppError> {
    let merchant = &context.merchant;
    let orders = orders::list_latest(tx, merchant, most).await?;
    let mut carts: Vec<(OrderId, Cart)> =
        orders.into_iter().map(|order| (order.id, order.said.cart)).collect();
    let asked = carts.iter().map(|(_, cart)| cart).filter(|cart| cart.customer_group.is_none());
    let whose: BTreeSet<CustomerId> = asked.filter_map(|cart| cart.customer.clone()).collect();
    let groups = customers::groups_of(tx, merchant, &whose.into_iter().collect::<Vec<_>>()).await?;
    for (_, cart) in carts.iter_mut().filter(|(_, cart)| cart.customer_group.is_none()) {
        cart.customer_group = cart.customer.as_ref().and_then(|id| groups.get(id)).cloned();
    }
    let lines = || carts.iter().flat_map(|(_, cart)| &cart.lines);
    let offers: BTreeSet<OfferId> = lines().filter_map(|line| line.item.offer().cloned()).collect();
    let offers = find_offers(tx, context, offers).await?;
    let offers: BTreeMap<_, _> = offers.iter().map(contained).collect();
    let mut named: BTreeSet<ProductId> =
        lines().filter_map(|line| line.item.product().cloned()).collect();
    named.extend(offers.values().flat_map(|goods| goods.products.iter().cloned()));
    named.extend(more);
    let named: Vec<ProductId> = named.into_iter().collect();
    let found = products::find_products(tx, merchant, &named).await?;
    let mut goods: BTreeMap<ProductId, ProductFacts> =
        found.iter().map(|(id, product)| (id.clone(), product.into())).collect();
    let head = |id: &ProductId| {
        let of = goods.get(id).and_then(|goods| goods.variant_of.clone());
        of.unwrap_or_else(|| id.clone())
    };
    let heads: BTreeSet<ProductId> = named.iter().map(head).collect();
    let families = products::list_families(tx, merchant, &heads).await?;
    goods.extend(families.iter().map(|product| (product.id.clone(), product.into())));
    let Some((_, cart)) = carts.first().cloned() else { return Ok(None) };
    let facts = Facts {
        today: context.today,
        cart,
        delivered: false,
        premiums_only: false,
        products: goods,
        offers,
    };
    Ok(Some((carts, facts)))
}

/// Of how many orders the campaign is the first that fits: among those that are saved, if it is
/// one of them, and among them as it is being written.
fn tried(
    (saved, written): (Option<&Index>, &Index),
    id: &CampaignId,
    carts: Vec<Cart>,
    mut facts: Facts,
) -> CampaignTrial {
    let orders = carts.len();
    let mut trial = CampaignTrial { orders, before: saved.map(|_| 0), now: 0 };
    for cart in carts {
        facts.cart = cart;
        let wins = |index| IndexedOrder::of(index, &facts).survivors().next() == Some(id);
        if let Some((saved, before)) = saved.zip(trial.before.as_mut()) {
            *before += usize::from(wins(saved));
        }
        trial.now += usize::from(wins(written));
    }
    trial
}
