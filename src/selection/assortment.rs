//! The assortment: the products that upsells of promotions may suggest, by what picks them and in
//! the order in which they are suggested. It rests on what merchants define alone, so that it is
//! worked out once for many carts; what is in stock is for each cart to ask.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::catalogue::Product;
use crate::domain::condition::Selector;
use crate::domain::ids::{OfferId, ProductId};
use crate::domain::money::Currency;
use crate::domain::promotion::{Promotion, Suggestion};
use crate::domain::translation::{ProductText, said_in};

use super::facts::{LineSum, ProductFacts};

/// A product that may be suggested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Article {
    /// The product.
    pub id: ProductId,
    /// What is known of it; of its stock only whether it has a limit.
    pub goods: ProductFacts,
    texts: BTreeMap<String, ProductText>,
    /// All that picks it.
    selectors: Vec<Selector>,
}

/// What a suggestion stands for.
#[derive(Debug, Clone, Default)]
struct SuggestedArticles {
    /// Those that have a price, by the currency of it; then by price, then by id.
    priced: Vec<(Currency, Vec<Arc<Article>>)>,
    /// All of them, by id.
    all: Vec<Arc<Article>>,
}

/// The products that a merchant's upsells may suggest.
#[derive(Debug, Clone, Default)]
pub struct Assortment {
    articles: BTreeMap<ProductId, Arc<Article>>,
    picked: BTreeMap<Suggestion, SuggestedArticles>,
}

impl From<Product> for Article {
    fn from(product: Product) -> Self {
        let goods = ProductFacts::from(&product);
        Self::new(product.id, goods, product.texts)
    }
}

impl Article {
    /// A product with its titles in other languages.
    #[must_use]
    pub fn new(id: ProductId, goods: ProductFacts, texts: BTreeMap<String, ProductText>) -> Self {
        let selectors = goods.selectors(&id).into_iter().collect();
        Self { id, goods, texts, selectors }
    }

    /// Its title in a locale, else as the merchant wrote it first.
    #[must_use]
    pub fn title_in(&self, locale: &str) -> &str {
        let said = said_in(&self.texts, locale, |it| it.title.as_deref());
        said.unwrap_or(&self.goods.title)
    }

    /// One more of it at a price in minor units: what picks that, and what it adds there.
    pub(super) fn one_more(&self, price: i64) -> (&[Selector], LineSum) {
        (&self.selectors, LineSum { units: 1, value: price })
    }
}

/// What the upsells of some promotions suggest, each once.
#[must_use]
pub fn suggestions<'p>(
    promotions: impl IntoIterator<Item = &'p Promotion>,
) -> BTreeSet<Suggestion> {
    let upsells = promotions.into_iter().flat_map(|promotion| &promotion.upsells);
    upsells.flat_map(|upsell| upsell.suggest.iter().cloned()).collect()
}

impl Assortment {
    /// Those of some products that are suggested. Of an offer that picks products it has to be
    /// said which it contains.
    #[must_use]
    pub fn of(
        suggested: &BTreeSet<Suggestion>,
        offers: &BTreeMap<OfferId, Vec<ProductId>>,
        products: impl IntoIterator<Item = Arc<Article>>,
    ) -> Self {
        let mut holding: BTreeMap<&ProductId, Vec<&OfferId>> = BTreeMap::new();
        for (offer, contained) in offers {
            for product in contained {
                holding.entry(product).or_default().push(offer);
            }
        }
        let mut assortment = Self::default();
        let mut products: Vec<Arc<Article>> = products.into_iter().collect();
        products.sort_by(|one, two| one.id.cmp(&two.id));
        for article in products {
            let by_itself = Suggestion::Product(article.id.clone());
            let picked = article.selectors.iter().cloned().map(Suggestion::Picked);
            let offers = holding.get(&article.id).into_iter().flatten();
            let offers = offers.map(|offer| Suggestion::Picked(Selector::Offer((*offer).clone())));
            let all = std::iter::once(by_itself).chain(picked).chain(offers);
            let mut is_suggested = false;
            for suggestion in all.filter(|it| suggested.contains(it)) {
                is_suggested = true;
                assortment.picked.entry(suggestion).or_default().add(&article);
            }
            if is_suggested {
                assortment.articles.insert(article.id.clone(), article);
            }
        }
        for picked in assortment.picked.values_mut() {
            picked.sort();
        }
        assortment
    }

    /// All that is in it.
    #[must_use]
    pub fn articles(&self) -> impl ExactSizeIterator<Item = &Arc<Article>> {
        self.articles.values()
    }

    /// What a suggestion stands for: what has a price in this currency by price, then by id, and
    /// then the others by id. Given are the places to begin at, by price.
    pub(super) fn picked(
        &self,
        suggestion: &Suggestion,
        currency: Currency,
    ) -> (&[Arc<Article>], impl Iterator<Item = &Arc<Article>>) {
        let picked = self.picked.get(suggestion);
        let priced = picked.and_then(|it| it.priced.iter().find(|(code, _)| *code == currency));
        let others = picked.map_or(&[][..], |it| it.all.as_slice()).iter();
        let others = others.filter(move |it| it.goods.price_in(currency).is_none());
        (priced.map_or(&[][..], |(_, articles)| articles.as_slice()), others)
    }
}

impl SuggestedArticles {
    fn add(&mut self, article: &Arc<Article>) {
        self.all.push(Arc::clone(article));
        let Some(price) = article.goods.unit_net else { return };
        match self.priced.iter_mut().find(|(code, _)| *code == price.currency) {
            Some((_, articles)) => articles.push(Arc::clone(article)),
            None => self.priced.push((price.currency, vec![Arc::clone(article)])),
        }
    }

    fn sort(&mut self) {
        for (currency, articles) in &mut self.priced {
            // They stand by id.
            articles.sort_by_key(|it| it.goods.price_in(*currency));
        }
    }
}
