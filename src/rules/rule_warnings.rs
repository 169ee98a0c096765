//! What a merchant should think about in a gift rule or a promotion that is allowed. Of campaigns
//! that is for `campaign_warnings`.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::domain::gift_rule::{GiftPrice, GiftRule};
use crate::domain::ids::ProductId;
use crate::domain::promotion::Promotion;
use crate::domain::validity::Validity;
use crate::selection::facts::ProductFacts;

use super::lint::Warning;

/// Every warning about a gift rule, each kind once; `goods` are the products that it gives.
#[must_use]
pub fn lint_gift_rule(
    rule: &GiftRule,
    goods: &BTreeMap<ProductId, ProductFacts>,
    today: NaiveDate,
) -> Vec<Warning> {
    let sold_out = is_sold_out(rule, goods)
        .then(|| "none of its gifts is left, so it gives nothing".to_owned());
    let priced =
        |id: &ProductId| goods.get(id).is_some_and(|it| it.price_in(rule.currency).is_some());
    let parts = rule.get.iter().filter(|gift| matches!(gift.price, GiftPrice::Off(_)));
    let without = parts.map(|gift| &gift.product).find(|id| !priced(id));
    let code = rule.currency.code();
    let no_price = without.map(|id| format!("the product '{id}' has no price in {code}"));
    warnings([
        ("over", over(&rule.validity, today)),
        ("sold_out", sold_out),
        ("no_price", no_price),
    ])
}

/// Whether none of the gifts of a rule is left; `goods` are the products that it gives.
#[must_use]
pub fn is_sold_out(rule: &GiftRule, goods: &BTreeMap<ProductId, ProductFacts>) -> bool {
    let left = |id: &ProductId| goods.get(id).and_then(|goods| goods.stock).unwrap_or(i64::MAX);
    rule.get.iter().all(|gift| gift.stock.min(left(&gift.product)) <= 0)
}

/// Every warning about a promotion, each kind once.
#[must_use]
pub fn lint_promotion(promotion: &Promotion, today: NaiveDate) -> Vec<Warning> {
    let silent = promotion.upsells.is_empty();
    let detail = "nobody is told how far it is, for it has no upsell";
    let no_upsell = silent.then(|| detail.to_owned());
    warnings([("over", over(&promotion.validity, today)), ("no_upsell", no_upsell)])
}

fn over(validity: &Validity, today: NaiveDate) -> Option<String> {
    let until = validity.until.filter(|until| *until < today)?;
    Some(format!("its last day, {until}, has passed"))
}

fn warnings<const N: usize>(rows: [(&'static str, Option<String>); N]) -> Vec<Warning> {
    let warning = |(code, detail): (_, Option<String>)| Some(Warning { code, detail: detail? });
    rows.into_iter().filter_map(warning).collect()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::domain::condition::{Condition, Selector};
    use crate::domain::gift_rule::Gift;
    use crate::domain::ids::GiftRuleId;
    use crate::domain::money::{Currency, Money, Rate};

    fn rule(price: GiftPrice, stock: i64) -> GiftRule {
        GiftRule {
            id: GiftRuleId::stored("g".to_owned()),
            edit: 1,
            edited_at: DateTime::UNIX_EPOCH,
            title: "G".to_owned(),
            currency: Currency::parse("EUR").unwrap(),
            validity: Validity::ALWAYS,
            priority: 0,
            buy: Condition::Units { of: Selector::Any, min: 1 },
            get: vec![Gift { product: mug(), quantity: 1, price, stock }],
            popup: false,
            counts_for_other_rules: false,
            applications: Some(1),
        }
    }

    fn mug() -> ProductId {
        ProductId::stored("mug".to_owned())
    }

    #[test]
    fn each_warning_comes_when_it_should_and_only_then() {
        let today = NaiveDate::from_ymd_opt(2026, 2, 10).unwrap();
        let goods = |stock, price: Option<&str>| {
            let unit_net = price.map(|code| Money::new(500, Currency::parse(code).unwrap()));
            BTreeMap::from([(mug(), ProductFacts { unit_net, stock, ..ProductFacts::default() })])
        };
        let codes = |rule: &GiftRule, goods: &BTreeMap<_, _>| {
            lint_gift_rule(rule, goods, today).into_iter().map(|it| it.code).collect::<Vec<_>>()
        };
        let none: [&str; 0] = [];
        let half = GiftPrice::Off(Rate::parse("50").unwrap());
        assert_eq!(codes(&rule(GiftPrice::At(0), 1), &goods(None, None)), none);
        assert_eq!(codes(&rule(GiftPrice::At(0), 0), &goods(None, None)), ["sold_out"]);
        assert_eq!(codes(&rule(GiftPrice::At(0), 9), &goods(Some(0), None)), ["sold_out"]);
        assert_eq!(codes(&rule(half, 1), &goods(Some(1), Some("EUR"))), none);
        assert_eq!(codes(&rule(half, 1), &goods(None, Some("USD"))), ["no_price"]);
        let mut past = rule(GiftPrice::At(0), 1);
        past.validity.until = today.pred_opt();
        assert_eq!(codes(&past, &goods(None, None)), ["over"]);
    }
}
