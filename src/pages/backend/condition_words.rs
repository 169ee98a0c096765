//! A condition as a sentence, whoever reads it: "The cart contains at least 2 of Mug, and the
//! country is DE or AT." Read from the JSON of the API, as far as that is filled in.

use serde_json::Value;

use crate::domain::money::{Currency, Money};
use crate::pages::backend::definitions::on_a_line;
use crate::pages::backend::picks::Pickable;
use crate::pages::backend::session::Session;
use crate::render::backend::phrase::{Phrase, phrase};

/// Stands where nothing was filled in yet.
const OPEN: &str = "…";

/// Who reads a condition, and in which currency its amounts are.
pub(super) struct ConditionReader<'a> {
    pub(super) session: &'a Session,
    pub(super) picks: &'a Pickable,
    pub(super) currency: Option<Currency>,
}

impl ConditionReader<'_> {
    /// A condition in a sentence; nothing where there is none.
    pub(super) fn sentence(&self, said: &Value) -> Phrase {
        if said.is_null() {
            return Phrase::default();
        }
        told(said, &|pick| self.picks.title(pick), &|text| self.amount(text)).as_sentence()
    }

    fn amount(&self, text: &str) -> Phrase {
        let money = self.currency.and_then(|currency| Money::parse_price(text, currency).ok());
        match money {
            Some(money) => self.session.money(money).into(),
            None => typed(text),
        }
    }
}

fn typed(text: &str) -> Phrase {
    match text.trim() {
        "" => OPEN.into(),
        text => on_a_line(text).into(),
    }
}

/// How something is said that stands in the JSON as what picks lines, and as an amount.
type ValueTitles<'a> = &'a dyn Fn(&Value) -> Phrase;
type Priced<'a> = &'a dyn Fn(&str) -> Phrase;

fn told(said: &Value, title: ValueTitles<'_>, amount: Priced<'_>) -> Phrase {
    let Some((key, value)) = said.as_object().and_then(|it| it.iter().next()) else {
        return OPEN.into();
    };
    match key.as_str() {
        "all" => several(value, "{}, and {}", (title, amount)),
        "any" => several(value, "{}, or {}", (title, amount)),
        "not" => match value.pointer("/any") {
            Some(list) => {
                phrase!("none of this holds: ({})", several(list, "{}, or {}", (title, amount)))
            }
            None => phrase!("this does not hold: {}", inner(value, (title, amount))),
        },
        "net" => net(value, amount),
        "units" => units(value, title),
        "value" => phrase!(
            "the net value of {} is at least {}",
            title(&value["of"]),
            amount(value["min"].as_str().unwrap_or_default()),
        ),
        "country" => phrase!("the country is {}", names(value)),
        "customer_group" => phrase!("the customer group is {}", names(value)),
        "payment_method" => phrase!("the payment method is {}", names(value)),
        "channel" => phrase!("the channel is {}", names(value)),
        "coupon" if value == &Value::Bool(false) => "no coupon is redeemed".into(),
        "coupon" => "a coupon is redeemed".into(),
        _ => OPEN.into(),
    }
}

/// The conditions of a group, one after another.
fn several(
    list: &Value,
    pair: &'static str,
    (title, amount): (ValueTitles<'_>, Priced<'_>),
) -> Phrase {
    let list = list.as_array().map_or(&[][..], Vec::as_slice);
    match list {
        [] => OPEN.into(),
        [one] => told(one, title, amount),
        list => Phrase::joined(list.iter().map(|it| inner(it, (title, amount))), pair),
    }
}

/// A condition within another: what has several parts stands in brackets.
fn inner(said: &Value, (title, amount): (ValueTitles<'_>, Priced<'_>)) -> Phrase {
    let list = said.get("all").or_else(|| said.get("any")).and_then(Value::as_array);
    let whole = told(said, title, amount);
    if list.is_some_and(|list| list.len() > 1) { phrase!("({})", whole) } else { whole }
}

fn net(bounds: &Value, amount: Priced<'_>) -> Phrase {
    let bound = |key: &str| bounds[key].as_str().map(amount);
    let parts = [
        bound("min").map(|it| phrase!("at least {}", it)),
        bound("above").map(|it| phrase!("more than {}", it)),
        bound("max").map(|it| phrase!("at most {}", it)),
    ];
    let parts: Vec<Phrase> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        return phrase!("the net value is {}", OPEN);
    }
    phrase!("the net value is {}", Phrase::joined(parts, "{} and {}"))
}

fn units(clause: &Value, title: ValueTitles<'_>) -> Phrase {
    let min = match &clause["min"] {
        Value::Number(number) => number.to_string().into(),
        other => typed(other.as_str().unwrap_or_default()),
    };
    if clause.pointer("/of/any").is_some() {
        return phrase!("the cart contains at least {} pieces", min);
    }
    phrase!("the cart contains at least {} of {}", min, title(&clause["of"]))
}

/// Names of which one is enough.
fn names(list: &Value) -> Phrase {
    let names = list.as_array().into_iter().flatten();
    let mut names: Vec<Phrase> =
        names.map(|name| typed(name.as_str().unwrap_or_default())).collect();
    let Some(end) = names.pop() else { return OPEN.into() };
    if names.is_empty() {
        return end;
    }
    phrase!("{} or {}", Phrase::joined(names, "{}, {}"), end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::words::Language;
    use serde_json::json;

    fn read(said: &Value, language: Language) -> String {
        let title = |pick: &Value| Pickable::default().title(pick);
        told(said, &title, &|text| format!("{text} €").into()).as_sentence().read_in(language)
    }

    #[test]
    fn a_condition_is_read_as_a_sentence_in_both_languages() {
        let mugs = json!({"units": {"of": {"product": "Mug"}, "min": 2}});
        let country = json!({"country": ["DE", "AT", "CH"]});
        let net = |bounds: Value| json!({ "net": bounds });
        let table = [
            (
                json!({"all": [mugs, country]}),
                "The cart contains at least 2 of Mug, and the country is DE, AT or CH.",
                "Der Warenkorb enthält mindestens 2 von Mug und das Land ist DE, AT oder CH.",
            ),
            (
                net(json!({"min": "10.00", "above": "5.00", "max": "20.00"})),
                "The net value is at least 10.00 € and more than 5.00 € and at most 20.00 €.",
                "Der Nettowert ist mindestens 10.00 € und mehr als 5.00 € und höchstens 20.00 €.",
            ),
            (
                json!({"any": [net(json!({"min": "1"})), {"all": [mugs, {"coupon": false}]}]}),
                "The net value is at least 1 €, or (the cart contains at least 2 of Mug, and no \
                 coupon is redeemed).",
                "Der Nettowert ist mindestens 1 € oder (der Warenkorb enthält mindestens 2 von \
                 Mug und kein Gutschein wird eingelöst).",
            ),
            (
                json!({"not": {"channel": ["web"]}}),
                "This does not hold: the channel is web.",
                "Das gilt nicht: der Kanal ist web.",
            ),
            (
                json!({"not": {"any": [{"coupon": true}, {"customer_group": ["press"]}]}}),
                "None of this holds: (a coupon is redeemed, or the customer group is press).",
                "Nichts davon gilt: (ein Gutschein wird eingelöst oder die Kundengruppe ist \
                 press).",
            ),
            (
                json!({"units": {"of": {"any": true}, "min": 3}}),
                "The cart contains at least 3 pieces.",
                "Der Warenkorb enthält mindestens 3 Stück.",
            ),
            (
                json!({"value": {"of": {"brand": "Acme"}, "min": "9.90"}}),
                "The net value of the brand “Acme” is at least 9.90 €.",
                "Der Nettowert von der Marke „Acme“ ist mindestens 9.90 €.",
            ),
            (
                json!({"value": {"of": {"tag": "sale"}, "min": "9.90"}}),
                "The net value of what is tagged “sale” is at least 9.90 €.",
                "Der Nettowert von Ware mit dem Schlagwort „sale“ ist mindestens 9.90 €.",
            ),
        ];
        for (said, english, german) in table {
            assert_eq!(read(&said, Language::English), english);
            assert_eq!(read(&said, Language::German), german);
        }
    }

    #[test]
    fn what_is_not_filled_in_yet_is_left_open() {
        for (said, english) in [
            (json!({"all": []}), "…"),
            (json!({}), "…"),
            (json!({"net": {}}), "The net value is …"),
            (json!({"units": {"min": "x", "of": ""}}), "The cart contains at least x of …"),
            (json!({"country": []}), "The country is …"),
            (json!({"payment_method": ["{} {0}"]}), "The payment method is {} {0}."),
        ] {
            assert_eq!(read(&said, Language::English), english);
        }
    }
}
