//! The stand-in's way of speaking: the words of the oracle as they go over the wire, and back.

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::oracle::calendar::Length;
use crate::oracle::coupons::{Coupon, Off};
use crate::oracle::model::{Offer, Path, Transition};
use crate::oracle::money::{Minor, decimals};

/// Names of things, and the prefixes of their ids.
const KINDS: &[(&str, &str)] = &[
    ("sub#", "sub_"),
    ("change#", "sch_"),
    ("raise#", "prc_"),
    ("invoice#", "inv_"),
    ("credit#", "crn_"),
];

/// A number far from its neighbours, so that nothing rests on the order of ids.
const STRIDE: usize = 40_503;

/// Ids are numbers below this one.
const IDS_END: usize = 65_536;

/// The id of a thing.
pub(crate) fn id(name: &str) -> String {
    for (kind, prefix) in KINDS {
        if let Some(number) = name.strip_prefix(kind) {
            let number: usize = number.parse().expect("a number");
            return format!("{prefix}{:05}", number * STRIDE % IDS_END);
        }
    }
    name.to_owned()
}

/// The thing of an id.
pub(crate) fn name(id: &str) -> String {
    let kind = KINDS.iter().find_map(|(kind, prefix)| id.starts_with(prefix).then_some(kind));
    let kind = kind.expect("an id of ours");
    let is_it = |number: &usize| self::id(&format!("{kind}{number}")) == id;
    format!("{kind}{}", (0..IDS_END).find(is_it).expect("an id of ours"))
}

/// Whether a text is a span or money, and its two halves.
fn halves(text: &str, between: char) -> Option<(&str, &str)> {
    let (first, second) = text.split_once(between)?;
    let is_value = first.starts_with(|it: char| it.is_ascii_digit() || it == '-');
    is_value.then_some((first, second))
}

/// A value of the oracle as it goes over the wire.
pub(crate) fn wire(value: &Value) -> Value {
    match value {
        Value::Array(values) => values.iter().map(wire).collect(),
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| {
                let rate = value.as_str().filter(|_| name == "tax_rate");
                let rate = rate.map(|rate| {
                    let rate: Minor = rate.parse().expect("a rate");
                    json!(format!("{}.{:04}", rate / 10_000, rate % 10_000))
                });
                (name.clone(), rate.unwrap_or_else(|| wire(value)))
            };
            Value::Object(fields.iter().map(field).collect())
        }
        Value::String(text) => {
            if let Some((amount, currency)) = halves(text, ' ') {
                json!({ "amount": amount, "currency": currency })
            } else if let Some((start, end)) = halves(text, '/') {
                json!({ "start": start, "end": end })
            } else {
                json!(id(text))
            }
        }
        _ => value.clone(),
    }
}

/// A date.
pub(crate) fn date(value: &Value) -> NaiveDate {
    value.as_str().and_then(|it| it.parse().ok()).expect("a date")
}

/// Money.
pub(crate) fn money(value: &Value) -> (Minor, String) {
    let amount = value["amount"].as_str().expect("an amount");
    let currency = value["currency"].as_str().expect("a currency");
    let places = amount.split_once('.').map_or(0, |(_, part)| part.len());
    assert_eq!(places, decimals(currency), "{value}");
    (amount.replace('.', "").parse().expect("a number"), currency.to_owned())
}

/// A list of texts.
fn texts(value: &Value) -> Vec<String> {
    let values = value.as_array().expect("a list").iter();
    values.map(|it| it.as_str().expect("a text").to_owned()).collect()
}

/// An offer.
pub(crate) fn offer(id: &str, body: &Value) -> Offer {
    let length = |name: &str| body[name].as_str().map(Length::read);
    let (price, currency) = money(&body["price"]);
    Offer {
        id: id.into(),
        price,
        currency,
        is_net: body["tax_included"] == json!(false),
        period: length("billing_period").expect("a length"),
        term: length("term").expect("a length"),
        renewal: length("renewal_term"),
        notice: length("notice"),
        auto_renew: body["auto_renew"] == json!(true),
        requires_parent: body["requires_parent"] == json!(true),
        tags: texts(&body["tags"]),
        tax: body["tax"].as_str().map(Into::into),
        product: texts(&body["products"]).remove(0),
        trial: length("trial"),
        steps: body["steps"].as_array().expect("a list").iter().map(step).collect(),
        welcomes_all: body["introduction"] == "always",
    }
}

/// A step of an introduction.
fn step(body: &Value) -> (Minor, u32) {
    let periods = body["periods"].as_u64().expect("a number");
    (money(&body["price"]).0, u32::try_from(periods).expect("a small number"))
}

/// A coupon.
pub(crate) fn coupon(code: &str, body: &Value) -> Coupon {
    let currency = body["currency"].as_str().expect("a currency").to_owned();
    let minor = |value: &Value| money(&json!({ "amount": value, "currency": currency })).0;
    let off = if body["kind"] == "percent" {
        Off::Percent(body["value"].as_str().expect("a rate").to_owned())
    } else {
        Off::Amount(minor(&body["value"]))
    };
    let least = body.get("min_net").map(minor);
    let most = body["redemptions_max"].as_u64();
    let most = most.map(|most| usize::try_from(most).expect("a small number"));
    Coupon { code: code.into(), off, least, most, currency }
}

/// A path.
pub(crate) fn path(id: &str, body: &Value) -> Path {
    let moment = Transition::ALL.into_iter().find(|it| body["transition"] == it.text());
    Path {
        id: id.into(),
        source_tags: texts(&body["source_tags"]),
        target_tags: texts(&body["target_tags"]),
        is_optional: body["optional"] == json!(true),
        may_switch: body["customer_may_switch"] == json!(true),
        transition: moment.expect("one of five"),
        by_day: body["proration"] == "day",
        keeps_date: body["billing_date"] == "keep",
        allow_unpaid: body["unpaid_source"] == "allow",
        introduces: body["introduction"] == json!(true),
        priority: body["priority"].as_i64().expect("a number"),
        is_active: body["active"] == json!(true),
        valid_from: body.get("valid_from").map(date),
        valid_until: body.get("valid_until").map(date),
    }
}
