//! Drafts of products: whether one makes a product, and what family it belongs to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::catalogue::{Product, ProductKind};
use crate::domain::fault::Fault;
use crate::domain::ids::ProductId;
use crate::domain::shapes::{Country, Id, MoneyText, Title};
use crate::domain::stock::STOCK_MAX;

use super::fields::{Faults, texts};
use super::texts::{ProductTextDraft, known, of_product, product_texts};
use super::{CatalogueFacts, DraftFacts, Drafted};

/// A product to be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProductBody)]
pub struct ProductDraft {
    /// What customers see.
    #[schema(value_type = Title)]
    pub title: Option<String>,
    /// Whether it is sent or downloaded.
    #[schema(value_type = ProductKind)]
    pub kind: Option<String>,
    /// The id of the product that it is a variant of, which is no variant itself.
    #[schema(value_type = Option<Id>)]
    pub variant_of: Option<String>,
    /// Who makes it.
    #[schema(value_type = Option<Title>)]
    pub brand: Option<String>,
    /// The ids of its tags.
    #[serde(default)]
    #[schema(value_type = Vec<Id>, max_items = 100, default = json!([]))]
    pub tags: Vec<String>,
    /// What one costs, without tax.
    pub unit_net: Option<MoneyText>,
    /// How many there are; null is without limit, and so is what is left out.
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 1_000_000_000_000_i64)]
    pub stock: StockDraft,
    /// The countries that it is sent to; empty is everywhere.
    #[serde(default)]
    #[schema(value_type = Vec<Country>, max_items = 300, default = json!([]))]
    pub ships_to: Vec<String>,
    /// Its title by language, such as `de`: up to 50 of them.
    #[serde(default)]
    #[schema(default = json!({}))]
    pub texts: BTreeMap<String, ProductTextDraft>,
}

/// What a draft says of a stock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Option<i64>", into = "Option<i64>")]
pub enum StockDraft {
    /// Nothing.
    #[default]
    Unsaid,
    /// So many, or that there is no limit.
    Said(Option<i64>),
}

impl From<Option<i64>> for StockDraft {
    fn from(stock: Option<i64>) -> Self {
        Self::Said(stock)
    }
}

impl From<StockDraft> for Option<i64> {
    fn from(draft: StockDraft) -> Self {
        match draft {
            StockDraft::Unsaid => None,
            StockDraft::Said(stock) => stock,
        }
    }
}

impl From<&Product> for ProductDraft {
    fn from(product: &Product) -> Self {
        Self {
            title: Some(product.title.clone()),
            kind: Some(product.kind.to_string()),
            variant_of: product.variant_of.as_ref().map(ToString::to_string),
            brand: product.brand.clone(),
            tags: texts(&product.tags),
            unit_net: product.unit_net.map(Into::into),
            stock: StockDraft::Said(product.stock),
            ships_to: texts(&product.ships_to),
            texts: of_product(&product.texts),
        }
    }
}

impl Drafted for Product {
    type Draft = ProductDraft;

    fn decide(id: ProductId, draft: &ProductDraft, facts: &DraftFacts) -> Result<Self, Vec<Fault>> {
        let mut product = decide_product(id, draft, &facts.catalogue)?;
        known(&draft.texts, facts)?;
        if let Some(rule) = facts.priced_for.get(&product.id).filter(|_| Self::is_unpriced(draft)) {
            let detail =
                format!("is missing: gift rule '{rule}' gives the product at a part of its price");
            return Err(vec![Fault::new("/unit_net", detail)]);
        }
        if facts.keeps_stock && draft.stock == StockDraft::Unsaid {
            let known = facts.catalogue.products.get(&product.id);
            product.stock = known.and_then(|known| known.stock);
        }
        Ok(product)
    }

    fn is_unpriced(draft: &ProductDraft) -> bool {
        draft.unit_net.is_none()
    }
}

fn decide_product(
    id: ProductId,
    draft: &ProductDraft,
    facts: &CatalogueFacts,
) -> Result<Product, Vec<Fault>> {
    let mut faults = Faults::new();
    let title = faults.title("/title", draft.title.as_deref());
    let kind = faults.required("/kind", draft.kind.as_deref());
    let kind = kind.and_then(|kind| faults.named("/kind", kind));
    let parent = draft.variant_of.as_deref();
    let variant_of = parent.and_then(|parent| parent_of(&mut faults, &id, parent, facts));
    let brand = draft.brand.as_deref().and_then(|brand| faults.title("/brand", Some(brand)));
    let tags = faults.tags("/tags", &draft.tags, facts);
    let unit_net = draft.unit_net.as_ref().and_then(|price| faults.price("/unit_net", price));
    let stock = Option::from(draft.stock);
    let stock = stock.and_then(|stock| faults.number("/stock", stock, 0..=STOCK_MAX));
    let is_short = faults.is_short("/ships_to", draft.ships_to.len());
    let countries = draft.ships_to.iter().enumerate().filter(|_| is_short);
    let ships_to = countries
        .filter_map(|(place, text)| faults.country(&format!("/ships_to/{place}"), text))
        .collect();
    let texts = product_texts(&mut faults, &draft.texts);
    faults.answer(title.zip(kind).map(|(title, kind)| Product {
        id,
        title,
        kind,
        variant_of,
        brand,
        tags,
        unit_net,
        stock,
        ships_to,
        texts,
    }))
}

/// The parent of a variant. A family has two generations: its parent is no variant, and a variant
/// has none itself.
fn parent_of(
    faults: &mut Faults,
    id: &ProductId,
    named: &str,
    facts: &CatalogueFacts,
) -> Option<ProductId> {
    const AT: &str = "/variant_of";
    if named == id.as_str() {
        faults.note(AT, "is the product itself");
        return None;
    }
    let parent = ProductId::parse(named).ok();
    let found = parent.and_then(|parent| facts.products.get_key_value(&parent));
    let Some((parent, outline)) = found else {
        faults.unknown(AT, "product", named, facts.products.keys().map(ProductId::as_str));
        return None;
    };
    if let Some(first) = &outline.variant_of {
        faults.note(AT, format!("'{parent}' is a variant itself, of '{first}': name that"));
        return None;
    }
    let mut variants = facts.products.iter();
    if let Some((variant, _)) = variants.find(|(_, it)| it.variant_of.as_ref() == Some(id)) {
        let detail = format!("'{id}' has variants, such as '{variant}': it cannot become one");
        faults.note(AT, detail);
        return None;
    }
    Some(parent.clone())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use serde_json::{Value, json};

    use super::*;
    use crate::domain::catalogue::ProductOutline;
    use crate::domain::ids::TagId;

    /// A shirt with a red one of it, and a hat.
    fn facts() -> CatalogueFacts {
        let id = |id: &str| ProductId::parse(id).unwrap();
        let product = |own: &str, parent: Option<&str>| {
            (id(own), ProductOutline { variant_of: parent.map(id), ..ProductOutline::default() })
        };
        CatalogueFacts {
            tags: BTreeSet::from([TagId::parse("summer").unwrap()]),
            products: BTreeMap::from([
                product("shirt", None),
                product("shirt-red", Some("shirt")),
                product("hat", None),
            ]),
            ..CatalogueFacts::default()
        }
    }

    fn judge(id: &str, change: &Value) -> Result<Product, Vec<Fault>> {
        let mut draft = json!({"title": "A", "kind": "physical"});
        for (field, value) in change.as_object().unwrap() {
            draft[field] = value.clone();
        }
        let draft: ProductDraft = serde_json::from_value(draft).unwrap();
        decide_product(ProductId::parse(id).unwrap(), &draft, &facts())
    }

    #[test]
    fn a_product_takes_the_defaults_of_the_api() {
        let product = judge("shoe", &json!({})).unwrap();
        assert_eq!(product.kind, ProductKind::Physical);
        assert_eq!((product.stock, product.unit_net, product.brand), (None, None, None));
        assert!(product.tags.is_empty() && product.ships_to.is_empty());
        let full = judge(
            "shirt-blue",
            &json!({
                "variant_of": "shirt", "brand": "X", "tags": ["summer", "summer"], "stock": 0,
                "unit_net": {"amount": "9.90", "currency": "EUR"}, "ships_to": ["DE", "AT", "DE"],
            }),
        )
        .unwrap();
        assert_eq!(full.variant_of, ProductId::parse("shirt").ok());
        assert_eq!((full.stock, full.unit_net.map(|net| net.minor)), (Some(0), Some(990)));
        assert_eq!((full.tags.len(), full.ships_to.len()), (1, 2));
    }

    #[test]
    fn what_is_not_named_is_told_from_what_is_without_limit() {
        let stock = |draft: Value| serde_json::from_value::<ProductDraft>(draft).unwrap().stock;
        assert_eq!(stock(json!({})), StockDraft::Unsaid);
        assert_eq!(stock(json!({"stock": null})), StockDraft::Said(None));
        assert_eq!(stock(json!({"stock": 3})), StockDraft::Said(Some(3)));
    }

    #[test]
    fn every_fault_of_a_product_has_its_pointer() {
        #[rustfmt::skip]
        let table = [
            ("a", json!({"title": null}), "/title", "is missing"),
            ("a", json!({"kind": "digtal"}), "/kind",
                "'digtal' is none of digital, physical: did you mean 'digital'?"),
            ("a", json!({"variant_of": "shrit"}), "/variant_of", "did you mean 'shirt'?"),
            ("a", json!({"variant_of": "a"}), "/variant_of", "is the product itself"),
            ("a", json!({"variant_of": "shirt-red"}), "/variant_of",
                "'shirt-red' is a variant itself, of 'shirt'"),
            ("shirt", json!({"variant_of": "hat"}), "/variant_of",
                "'shirt' has variants, such as 'shirt-red'"),
            ("a", json!({"brand": " "}), "/brand", "must not be blank"),
            ("a", json!({"tags": ["summer", "smmer"]}), "/tags/1", "did you mean 'summer'?"),
            ("a", json!({"unit_net": {"amount": "9.901", "currency": "EUR"}}),
                "/unit_net/amount", "more decimals"),
            ("a", json!({"unit_net": {"amount": "-1", "currency": "EUR"}}), "/unit_net/amount",
                "must not be negative"),
            ("a", json!({"unit_net": {"amount": "1"}}), "/unit_net/currency", "is missing"),
            ("a", json!({"stock": -1}), "/stock", "is -1; must be 0 to"),
            ("a", json!({"stock": STOCK_MAX + 1}), "/stock", "must be 0 to"),
            ("a", json!({"ships_to": ["DE", "de"]}), "/ships_to/1", "must be in upper case: 'DE'"),
            ("a", json!({"ships_to": ["Germany"]}), "/ships_to/0", "two letters such as DE"),
        ];
        for (id, change, pointer, detail) in table {
            let faults = judge(id, &change).unwrap_err();
            assert_eq!(faults.len(), 1, "{change} {faults:?}");
            assert_eq!(faults[0].pointer, pointer, "{change}");
            assert!(faults[0].detail.contains(detail), "{}", faults[0].detail);
        }
    }
}
