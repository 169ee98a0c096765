//! Drafts of carts and orders, which say the same: who buys, where, and what.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::domain::cart::{Cart, CartLine, Item, LINES_MAX, QUANTITY_MAX};
use crate::domain::fault::Fault;
use crate::domain::ids::{CustomerId, GiftRuleId, OfferId, OrderId, ProductId};
use crate::domain::money::{Currency, Money, PRICE_MAX};
use crate::domain::order::OrderRequest;

use super::fields::Faults;

/// A cart or an order as sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CartDraft {
    /// The id of an order, if it has one.
    pub id: Option<String>,
    /// Who buys.
    pub customer: Option<String>,
    /// The customer's group.
    pub customer_group: Option<String>,
    /// BCP 47.
    pub locale: Option<String>,
    /// Where it comes from.
    pub channel: Option<String>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// ISO 3166.
    pub shipping_country: Option<String>,
    /// How it is paid.
    pub payment_method: Option<String>,
    /// What shipping costs.
    pub shipping_cost: Option<String>,
    /// The code of a coupon.
    pub coupon: Option<String>,
    /// What is bought.
    pub lines: Vec<LineDraft>,
    /// What is picked of the gifts of a rule.
    pub picks: BTreeMap<String, String>,
    /// When an order was placed.
    pub placed_at: Option<DateTime<Utc>>,
    /// The stamp of the evaluation that was seen.
    pub expects: Option<String>,
    /// Whether an order was bought elsewhere.
    pub brought_over: bool,
}

/// A line as sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LineDraft {
    /// The product.
    pub product: Option<String>,
    /// The number of pieces.
    pub quantity: Option<i64>,
    /// What one costs.
    pub unit_net: Option<String>,
    /// An offer instead.
    pub offer: Option<String>,
}

impl CartDraft {
    /// The products on its lines, as far as they can be ids.
    #[must_use]
    pub fn products(&self) -> BTreeSet<ProductId> {
        let named = self.lines.iter().filter_map(|line| line.product.as_deref());
        named.filter_map(|id| ProductId::parse(id).ok()).collect()
    }

    /// The offers on its lines, as far as they can be ids.
    #[must_use]
    pub fn offers(&self) -> BTreeSet<OfferId> {
        let named = self.lines.iter().filter_map(|line| line.offer.as_deref());
        named.filter_map(|id| OfferId::parse(id).ok()).collect()
    }
}

/// What a cart may name.
#[derive(Debug, Clone, Default)]
pub struct CartFacts {
    /// The products that there are; none where every one is believed.
    pub products: Option<BTreeSet<ProductId>>,
    /// What one billing period of each offer costs today, without tax.
    pub offers: BTreeMap<OfferId, Money>,
    /// Whether the code that it names is no coupon's.
    pub is_unknown_coupon: bool,
}

/// Decides whether a draft makes a cart.
///
/// # Errors
/// Every [`Fault`] in it.
pub fn decide_cart(draft: &CartDraft, facts: &CartFacts) -> Result<Cart, Vec<Fault>> {
    let mut faults = Faults::new();
    let cart = cart(&mut faults, draft, facts, TakesOffers::Yes);
    faults.answer(cart)
}

/// Decides whether a draft makes an order, and which id it has, if any.
///
/// # Errors
/// Every [`Fault`] in it.
pub fn decide_request(
    draft: &CartDraft,
    facts: &CartFacts,
) -> Result<(Option<OrderId>, OrderRequest), Vec<Fault>> {
    let mut faults = Faults::new();
    let id = draft.id.as_deref().and_then(|text| {
        let id = OrderId::parse(text);
        id.map_err(|error| faults.note("/id", error.to_string())).ok()
    });
    if draft.brought_over && draft.coupon.is_some() {
        faults.note("/coupon", "does not go with brought_over: nothing is redeemed by it");
    }
    if draft.lines.is_empty() {
        faults.note("/lines", "must hold at least one line");
    }
    let request = cart(&mut faults, draft, facts, TakesOffers::No).map(|cart| OrderRequest {
        cart,
        placed_at: draft.placed_at,
        expects: draft.expects.clone(),
        brought_over: draft.brought_over,
    });
    faults.answer(request.map(|request| (id, request)))
}

/// Whether subscriptions to be may stand among the lines.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TakesOffers {
    Yes,
    No,
}

fn cart(
    faults: &mut Faults,
    draft: &CartDraft,
    facts: &CartFacts,
    takes: TakesOffers,
) -> Option<Cart> {
    let customer = draft.customer.as_deref().and_then(|text| {
        let id = CustomerId::parse(text);
        id.map_err(|error| faults.note("/customer", error.to_string())).ok()
    });
    let mut name = |at: &str, text: Option<&String>| {
        text.and_then(|text| faults.title(at, Some(text.as_str())))
    };
    let customer_group = name("/customer_group", draft.customer_group.as_ref());
    let payment_method = name("/payment_method", draft.payment_method.as_ref());
    let channel = faults.title("/channel", draft.channel.as_deref());
    let locale = draft.locale.as_deref().and_then(|text| faults.locale("/locale", text));
    let country = draft.shipping_country.as_deref();
    let shipping_country = country.and_then(|text| faults.country("/shipping_country", text));
    if draft.coupon.is_some() && facts.is_unknown_coupon {
        faults.note("/coupon", "is no code that is known here");
    }
    let code = faults.required("/currency", draft.currency.as_deref());
    let currency = code.and_then(|code| {
        let parsed = Currency::parse(code);
        parsed.map_err(|error| faults.note("/currency", error.to_string())).ok()
    });
    let shipping_cost = draft.shipping_cost.as_deref();
    let shipping_cost =
        shipping_cost.and_then(|text| amount(faults, "/shipping_cost", text, currency));
    let lines = lines(faults, draft, facts, (currency, takes));
    let picks = draft.picks.iter().filter_map(|(rule, product)| {
        Some((GiftRuleId::parse(rule).ok()?, ProductId::parse(product).ok()?))
    });
    let cart = Cart {
        customer,
        customer_group,
        locale,
        channel: channel?,
        currency: currency?,
        shipping_country,
        payment_method,
        shipping_cost,
        coupon: draft.coupon.clone(),
        lines: lines?,
        picks: picks.collect(),
    };
    if cart.net() > PRICE_MAX {
        faults.note("/lines", "add up to more than a price may be (10^15 minor units)");
    }
    Some(cart)
}

/// The lines; none where one of them is wrong.
fn lines(
    faults: &mut Faults,
    draft: &CartDraft,
    facts: &CartFacts,
    (currency, takes): (Option<Currency>, TakesOffers),
) -> Option<Vec<CartLine>> {
    if draft.lines.len() > LINES_MAX {
        let detail = format!("has {} lines; at most {LINES_MAX} are taken", draft.lines.len());
        faults.note("/lines", detail);
        return None;
    }
    let lines: Vec<Option<CartLine>> = (draft.lines.iter().enumerate())
        .map(|(place, line)| {
            let at = format!("/lines/{place}");
            match (&line.product, &line.offer) {
                (Some(product), None) => goods(faults, &at, product, line, facts, currency),
                (None, Some(_)) if takes == TakesOffers::No => {
                    let detail = "subscriptions are bought in a checkout, not in an order";
                    faults.note(format!("{at}/offer"), detail);
                    None
                }
                (None, Some(offer)) => subscription(faults, &at, offer, line, facts, currency),
                _ => {
                    faults.note(at, "names either a product or an offer");
                    None
                }
            }
        })
        .collect();
    lines.into_iter().collect()
}

fn goods(
    faults: &mut Faults,
    at: &str,
    product: &str,
    line: &LineDraft,
    facts: &CartFacts,
    currency: Option<Currency>,
) -> Option<CartLine> {
    let is_known =
        |id: &ProductId| facts.products.as_ref().is_none_or(|products| products.contains(id));
    let id = ProductId::parse(product).ok().filter(is_known);
    if id.is_none() {
        let known = facts.products.iter().flatten().map(ProductId::as_str);
        faults.unknown(&format!("{at}/product"), "product", product, known);
    }
    let quantity_at = format!("{at}/quantity");
    if line.quantity.is_none() {
        faults.note(&quantity_at, "is missing");
    }
    let quantity = line.quantity;
    let quantity =
        quantity.and_then(|quantity| faults.number(&quantity_at, quantity, 1..=QUANTITY_MAX));
    let price_at = format!("{at}/unit_net");
    let text = faults.required(&price_at, line.unit_net.as_deref());
    let unit_net = text.and_then(|text| amount(faults, &price_at, text, currency));
    Some(CartLine { item: Item::Product(id?), quantity: quantity?, unit_net: unit_net? })
}

fn subscription(
    faults: &mut Faults,
    at: &str,
    offer: &str,
    line: &LineDraft,
    facts: &CartFacts,
    currency: Option<Currency>,
) -> Option<CartLine> {
    for (field, is_there) in
        [("quantity", line.quantity.is_some()), ("unit_net", line.unit_net.is_some())]
    {
        if is_there {
            faults.note(format!("{at}/{field}"), "does not go with an offer: it is one, as priced");
        }
    }
    let at = format!("{at}/offer");
    let id = OfferId::parse(offer).ok();
    let Some((id, net)) = id.and_then(|id| facts.offers.get_key_value(&id)) else {
        faults.unknown(&at, "offer", offer, facts.offers.keys().map(OfferId::as_str));
        return None;
    };
    if currency.is_some_and(|currency| currency != net.currency) {
        faults.note(at, format!("is sold in {}", net.currency.code()));
        return None;
    }
    Some(CartLine { item: Item::Offer(id.clone()), quantity: 1, unit_net: net.minor })
}

/// An amount in the currency of the cart, which is not negative; without a currency only its form
/// can be judged.
fn amount(faults: &mut Faults, at: &str, text: &str, currency: Option<Currency>) -> Option<i64> {
    match Money::parse_price(text, currency?) {
        Err(error) => {
            faults.note(at, error.to_string());
            None
        }
        Ok(money) if money.minor < 0 => {
            faults.note(at, format!("{} must not be negative", money.amount()));
            None
        }
        Ok(money) => Some(money.minor),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn facts() -> CartFacts {
        let id = |id: &str| ProductId::parse(id).unwrap();
        let eur = Currency::parse("EUR").unwrap();
        CartFacts {
            products: Some(BTreeSet::from([id("pin"), id("hat")])),
            offers: BTreeMap::from([(OfferId::parse("month").unwrap(), Money::new(925, eur))]),
            is_unknown_coupon: true,
        }
    }

    fn draft(change: &Value) -> CartDraft {
        let mut draft = json!({
            "channel": "web", "currency": "EUR",
            "lines": [{"product": "pin", "quantity": 2, "unit_net": "4.90"}],
        });
        for (field, value) in change.as_object().unwrap() {
            draft[field] = value.clone();
        }
        serde_json::from_value(draft).unwrap()
    }

    #[test]
    fn a_cart_holds_goods_and_subscriptions_to_be() {
        let lines = json!([
            {"product": "pin", "quantity": 2, "unit_net": "4.90"},
            {"offer": "month"},
            {"product": "hat", "quantity": 1, "unit_net": "0"},
        ]);
        let cart = decide_cart(&draft(&json!({"lines": lines})), &facts()).unwrap();
        let nets: Vec<i64> = cart.lines.iter().map(CartLine::net).collect();
        assert_eq!((nets, cart.net()), (vec![980, 925, 0], 1_905));
        let empty = decide_cart(&draft(&json!({"lines": []})), &facts()).unwrap();
        assert_eq!(empty.net(), 0);
        let picks = json!({"rule": "hat", "no rule": "hat", "other": "no product"});
        let cart = decide_cart(&draft(&json!({"picks": picks})), &facts()).unwrap();
        assert_eq!(cart.picks.len(), 1, "what fits nothing is passed over");
    }

    #[test]
    fn every_fault_of_a_cart_or_an_order_has_its_pointer() {
        let line = |change: Value| {
            let mut line = json!({"product": "pin", "quantity": 1, "unit_net": "1.00"});
            for (field, value) in change.as_object().unwrap() {
                line[field] = value.clone();
            }
            json!({"lines": [{"product": "hat", "quantity": 1, "unit_net": "1"}, line]})
        };
        let many = vec![json!({"product": "pin", "quantity": 1, "unit_net": "1"}); 201];
        let dear = json!({"product": "pin", "quantity": 2, "unit_net": "5000000000000.01"});
        #[rustfmt::skip]
        let table = [
            (json!({"id": "a b"}), "/id", "1 to 128 characters"),
            (json!({"customer": "a b"}), "/customer", "1 to 128 characters"),
            (json!({"customer_group": " "}), "/customer_group", "must not be blank"),
            (json!({"locale": "en_US"}), "/locale", "did you mean 'en-US'?"),
            (json!({"channel": null}), "/channel", "is missing"),
            (json!({"currency": "eur"}), "/currency", "'eur' is not an ISO 4217"),
            (json!({"shipping_country": "de"}), "/shipping_country", "upper case"),
            (json!({"payment_method": ""}), "/payment_method", "must not be blank"),
            (json!({"shipping_cost": "1.999"}), "/shipping_cost", "more decimals"),
            (json!({"coupon": "SUMMER"}), "/coupon", "no code that is known"),
            (json!({"lines": []}), "/lines", "at least one line"),
            (json!({"lines": many}), "/lines", "at most 200"),
            (json!({"lines": [dear]}), "/lines", "add up to more than a price may be"),
            (json!({"lines": [{"quantity": 1}]}), "/lines/0", "either a product or an offer"),
            (json!({"lines": [{"offer": "month"}]}), "/lines/0/offer", "bought in a checkout"),
            (line(json!({"product": "pni"})), "/lines/1/product", "did you mean 'pin'?"),
            (line(json!({"quantity": 0})), "/lines/1/quantity", "must be 1 to 1000000"),
            (line(json!({"quantity": 1_000_001})), "/lines/1/quantity", "must be 1 to 1000000"),
            (line(json!({"quantity": null})), "/lines/1/quantity", "is missing"),
            (line(json!({"unit_net": "-0.01"})), "/lines/1/unit_net", "must not be negative"),
            (line(json!({"unit_net": "1.001"})), "/lines/1/unit_net", "more decimals"),
            (line(json!({"unit_net": null})), "/lines/1/unit_net", "is missing"),
        ];
        for (change, pointer, detail) in table {
            let faults = decide_request(&draft(&change), &facts()).unwrap_err();
            assert_eq!(faults.len(), 1, "{change} {faults:?}");
            assert_eq!(faults[0].pointer, pointer, "{change}");
            assert!(faults[0].detail.contains(detail), "{}", faults[0].detail);
        }
    }

    #[test]
    fn an_offer_line_has_neither_quantity_nor_price() {
        let lines = json!([{"offer": "month", "quantity": 1}, {"offer": "yaer"}]);
        let faults = decide_cart(&draft(&json!({"lines": lines})), &facts()).unwrap_err();
        let pointers: Vec<&str> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(pointers, ["/lines/0/quantity", "/lines/1/offer"]);
        let lines = json!([{"offer": "month"}]);
        let usd = draft(&json!({"lines": lines, "currency": "USD"}));
        assert_eq!(decide_cart(&usd, &facts()).unwrap_err()[0].pointer, "/lines/0/offer");
    }
}
