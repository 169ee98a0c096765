//! What selection looks at: the cart, what it holds and what a rule may name, and the sums over
//! its lines. Loading it is for `app`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use foldhash::fast::RandomState;
use indexmap::IndexMap;

use crate::domain::cart::{Cart, Item};
use crate::domain::catalogue::{Product, ProductKind};
use crate::domain::condition::Selector;
use crate::domain::ids::{OfferId, ProductId, TagId};
use crate::domain::money::{Currency, Money};

/// All that decisions about one cart or order rest on, besides the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The day, in the merchant's time zone.
    pub today: NaiveDate,
    /// What the cart says; its group is the customer's where it names none.
    pub cart: Cart,
    /// Whether it was delivered already; a cart never was.
    pub delivered: bool,
    /// Whether nobody pays for gifts: a rule applies, and blocks, all the same, but what of it
    /// costs something is left out.
    pub premiums_only: bool,
    /// The products that it holds or a rule names, and what their variants are variants of.
    pub products: BTreeMap<ProductId, ProductFacts>,
    /// The offers that it holds.
    pub offers: BTreeMap<OfferId, OfferGoods>,
}

/// What is known of a product.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductFacts {
    /// Shown to customers.
    pub title: String,
    /// Whether it has to be sent.
    pub is_physical: bool,
    /// The product that it is a variant of.
    pub variant_of: Option<ProductId>,
    /// Who makes it.
    pub brand: Option<String>,
    /// Its own tags.
    pub tags: BTreeSet<TagId>,
    /// What one costs, without tax.
    pub unit_net: Option<Money>,
    /// How many are left; none is no limit.
    pub stock: Option<i64>,
    /// The countries that it is sent to; none is everywhere.
    pub ships_to: BTreeSet<String>,
}

/// What is known of an offer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OfferGoods {
    /// Its tags.
    pub tags: BTreeSet<TagId>,
    /// What it contains.
    pub products: Vec<ProductId>,
}

impl From<&Product> for ProductFacts {
    fn from(product: &Product) -> Self {
        Self {
            title: product.title.clone(),
            is_physical: product.kind == ProductKind::Physical,
            variant_of: product.variant_of.clone(),
            brand: product.brand.clone(),
            tags: product.tags.clone(),
            unit_net: product.unit_net,
            stock: product.stock,
            ships_to: product.ships_to.clone(),
        }
    }
}

impl ProductFacts {
    /// What one costs in a currency, in minor units; none where it has no price in it.
    #[must_use]
    pub fn price_in(&self, currency: Currency) -> Option<i64> {
        self.unit_net.filter(|price| price.currency == currency).map(|price| price.minor)
    }

    /// Every selector that picks it, as the product that it is.
    #[must_use]
    pub fn selectors(&self, product: &ProductId) -> BTreeSet<Selector> {
        let mut found = BTreeSet::from([Selector::Any, Selector::Product(product.clone())]);
        found.extend(self.variant_of.clone().map(Selector::Product));
        found.extend(self.brand.clone().map(Selector::Brand));
        found.extend(self.tags.iter().cloned().map(Selector::Tag));
        found
    }

    /// Whether it can be sent to the country that an order says.
    #[must_use]
    pub fn ships_to(&self, country: Option<&str>) -> bool {
        !self.is_physical
            || self.ships_to.is_empty()
            || country.is_some_and(|country| self.ships_to.contains(country))
    }
}

impl Facts {
    /// The head of a product's family: what it is a variant of, else itself.
    #[must_use]
    pub fn head<'a>(&'a self, product: &'a ProductId) -> &'a ProductId {
        self.products.get(product).and_then(|goods| goods.variant_of.as_ref()).unwrap_or(product)
    }

    /// The products on the lines of which these take all that there is.
    pub(super) fn taken_whole(&self) -> BTreeSet<&ProductId> {
        let mut taken: BTreeMap<&ProductId, i64> = BTreeMap::new();
        for line in &self.cart.lines {
            if let Item::Product(product) = &line.item {
                let all = taken.entry(product).or_default();
                *all = all.saturating_add(line.quantity);
            }
        }
        let left = |id: &ProductId| self.products.get(id).and_then(|goods| goods.stock);
        taken.retain(|id, taken| *taken > 0 && left(id).is_some_and(|left| left <= *taken));
        taken.into_keys().collect()
    }

    /// Every selector that picks a product.
    fn selectors_of(&self, product: &ProductId) -> BTreeSet<Selector> {
        match self.products.get(product) {
            Some(goods) => goods.selectors(product),
            None => ProductFacts::default().selectors(product),
        }
    }

    /// Every selector that picks what stands on a line: an offer by itself, by its tags and by the
    /// products in it.
    pub(super) fn selectors_of_item(&self, item: &Item) -> BTreeSet<Selector> {
        match item {
            Item::Product(product) => self.selectors_of(product),
            Item::Offer(offer) => {
                let mut found = BTreeSet::from([Selector::Any, Selector::Offer(offer.clone())]);
                if let Some(goods) = self.offers.get(offer) {
                    found.extend(goods.tags.iter().cloned().map(Selector::Tag));
                    found.extend(goods.products.iter().flat_map(|it| self.selectors_of(it)));
                }
                found
            }
        }
    }

    /// The products on the lines, those in offers, too.
    pub fn present(&self) -> impl Iterator<Item = &ProductId> {
        self.cart.lines.iter().flat_map(|line| match &line.item {
            Item::Product(product) => std::slice::from_ref(product),
            Item::Offer(offer) => {
                self.offers.get(offer).map_or(&[][..], |goods| goods.products.as_slice())
            }
        })
    }
}

/// Pieces and their net value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LineSum {
    /// The number of pieces.
    pub units: i64,
    /// What they come to, in minor units.
    pub value: i64,
}

impl LineSum {
    fn add(&mut self, other: Self) {
        self.units = self.units.saturating_add(other.units);
        self.value = self.value.saturating_add(other.value);
    }
}

/// What conditions are held against: the lines, summed up for each selector that picks some.
#[derive(Debug, Clone)]
pub struct Basket<'f> {
    facts: &'f Facts,
    /// Only looked up, never gone through.
    sums: IndexMap<Selector, LineSum, RandomState>,
}

impl<'f> Basket<'f> {
    /// What the customer has put in.
    #[must_use]
    pub fn of(facts: &'f Facts) -> Self {
        let mut basket = Self { facts, sums: IndexMap::default() };
        for line in &facts.cart.lines {
            let sum = LineSum { units: line.quantity, value: line.net() };
            basket.add(&facts.selectors_of_item(&line.item), sum);
        }
        basket
    }

    /// Adds what a rule gives; the selectors that pick it.
    pub(super) fn add_gift(
        &mut self,
        product: &ProductId,
        units: i64,
        price: i64,
    ) -> BTreeSet<Selector> {
        let sum = LineSum { units, value: units.saturating_mul(price) };
        let selectors = self.facts.selectors_of(product);
        self.add(&selectors, sum);
        selectors
    }

    fn add(&mut self, selectors: &BTreeSet<Selector>, sum: LineSum) {
        for selector in selectors {
            self.sums.entry(selector.clone()).or_default().add(sum);
        }
    }

    /// What the cart says.
    pub(super) fn cart(&self) -> &'f Cart {
        &self.facts.cart
    }

    /// What a selector picks.
    pub(super) fn sum(&self, of: &Selector) -> LineSum {
        self.sums.get(of).copied().unwrap_or_default()
    }
}

/// A basket as if some more had been bought.
#[derive(Debug)]
pub(super) struct AugmentedBasket<'b> {
    basket: &'b Basket<'b>,
    bought: Addition<'b>,
}

#[derive(Debug)]
enum Addition<'b> {
    /// The same for each of these.
    One(&'b [Selector], LineSum),
    /// What comes on top for each selector, each once.
    Each(Vec<(Selector, LineSum)>),
}

impl<'b> AugmentedBasket<'b> {
    /// Nothing more.
    pub(super) fn nothing(basket: &'b Basket<'b>) -> Self {
        Self { basket, bought: Addition::One(&[], LineSum::default()) }
    }

    /// The same on top for each selector that picks it.
    pub(super) fn one(basket: &'b Basket<'b>, (selectors, one): (&'b [Selector], LineSum)) -> Self {
        Self { basket, bought: Addition::One(selectors, one) }
    }

    /// So much more of what each selector picks: each is bought by itself, but all of it counts
    /// for the whole.
    pub(super) fn each(basket: &'b Basket<'b>, wanted: Vec<(Selector, LineSum)>) -> Self {
        let mut bought: BTreeMap<Selector, LineSum> = BTreeMap::new();
        for (of, sum) in wanted {
            let most = bought.entry(of).or_default();
            most.units = most.units.max(sum.units);
            most.value = most.value.max(sum.value);
        }
        let whole = bought.remove(&Selector::Any).unwrap_or_default();
        let mut all = LineSum::default();
        for sum in bought.values() {
            all.add(*sum);
        }
        all.units = all.units.max(whole.units);
        all.value = all.value.max(whole.value);
        bought.insert(Selector::Any, all);
        Self { basket, bought: Addition::Each(bought.into_iter().collect()) }
    }

    pub(super) fn cart(&self) -> &Cart {
        self.basket.cart()
    }

    pub(super) fn sum(&self, of: &Selector) -> LineSum {
        let mut sum = self.basket.sum(of);
        let more = match &self.bought {
            Addition::One(selectors, one) => selectors.contains(of).then_some(one),
            Addition::Each(all) => all.iter().find(|(selector, _)| selector == of).map(|it| &it.1),
        };
        if let Some(more) = more {
            sum.add(*more);
        }
        sum
    }
}
