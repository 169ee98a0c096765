//! Compares what was expected with what came: only what a scenario states is looked at. Which
//! things may be stated stands in the tables here; what came is gathered elsewhere.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::domain::fault::nearest;

use super::book::decimal;

/// What may stand below a key.
enum NestedKeys {
    /// A value.
    Value,
    /// A value, or a thing with these keys.
    Thing(Keys),
    /// A list of things with these keys.
    List(Keys),
    /// Things with these keys, under names of their own.
    Named(Keys),
}

type Keys = &'static [(&'static str, NestedKeys)];

use NestedKeys::Value as V;

const LINE: Keys = &[
    ("offer", V),
    ("kind", V),
    ("gross", V),
    ("net", V),
    ("tax", V),
    ("tax_rate", V),
    ("period", V),
    ("description", V),
];

const DOCUMENT: Keys = &[
    ("kind", V),
    ("customer", V),
    ("number", V),
    ("status", V),
    ("issued_on", V),
    ("due_on", V),
    ("gross", V),
    ("net", V),
    ("tax", V),
    ("due", V),
    ("owed", V),
    ("credit_applied", V),
    ("credits", V),
    ("lines", NestedKeys::List(LINE)),
];

const SUBSCRIPTION: Keys = &[
    ("id", V),
    ("offer", V),
    ("title", V),
    ("status", V),
    ("price", V),
    ("billing_period", V),
    ("term", V),
    ("started_on", V),
    ("ended_on", V),
    ("period", V),
    ("current_term", V),
    ("next_booking_on", V),
    ("anchor_day", V),
    ("cancel_on", V),
    ("cancel_by", V),
    ("cancellable_to", V),
    ("trial_until", V),
    ("steps_left", V),
    ("new_price", NestedKeys::Thing(NEW_PRICE)),
    ("parent", V),
    ("precursor", V),
    ("successor", V),
];

const NEW_PRICE: Keys = &[("price", V), ("from", V), ("first_booking_on", V), ("told_on", V)];

const PRICE_CHANGE: Keys = &[
    ("price", V),
    ("status", V),
    ("effective_from", V),
    ("subscriptions", V),
    ("notice_days", V),
    ("withdrawn_on", V),
    ("pending", V),
    ("applied", V),
    ("withdrawn", V),
    ("superseded", V),
    ("dropped", V),
    ("left_out", NestedKeys::List(LEFT_AS_IS)),
    ("monthly_before", V),
    ("monthly_after", V),
];

const LEFT_AS_IS: Keys = &[("reason", V), ("subscriptions", V)];

const CHANGE: Keys = &[
    ("offer", V),
    ("source", V),
    ("path", V),
    ("mode", V),
    ("transition", V),
    ("effective_on", V),
    ("status", V),
    ("reason", V),
];

const CANDIDATE: Keys = &[
    ("path", V),
    ("source", V),
    ("campaign", V),
    ("rule", V),
    ("promotion", V),
    ("verdict", V),
    ("reason", V),
    ("clause", V),
];

const RUN: Keys = &[
    ("booked", V),
    ("changes_applied", V),
    ("changes_failed", V),
    ("subscriptions_ended", V),
    ("invoices", V),
    ("credit_notes", V),
    ("status", V),
    ("as_of", V),
];

const GIFT: Keys = &[("rule", V), ("times", V), ("product", V), ("quantity", V), ("price", V)];

const LEFT_OUT: Keys = &[("rule", V), ("product", V), ("quantity", V)];

const PROMOTION: Keys = &[
    ("promotion", V),
    ("title", V),
    ("state", V),
    ("reward", V),
    ("upsells", NestedKeys::List(PROMOTION_UPSELL)),
];

const PROMOTION_UPSELL: Keys = &[
    ("upsell", V),
    ("message", V),
    ("media", V),
    ("missing", V),
    ("products", NestedKeys::List(SUGGESTED)),
];

const SUGGESTED: Keys = &[("product", V), ("title", V), ("unit_net", V), ("closes_gap", V)];

const OFFERED: Keys = &[
    ("campaign", V),
    ("product", V),
    ("quantity", V),
    ("price", V),
    ("offer", V),
    ("mode", V),
    ("transition", V),
    ("amount_due", V),
];

const ORDER_LINE: Keys =
    &[("product", V), ("offer", V), ("quantity", V), ("unit_net", V), ("campaign", V)];

const ORDER: Keys = &[
    ("status", V),
    ("lines", NestedKeys::List(ORDER_LINE)),
    ("gifts", NestedKeys::List(GIFT)),
    ("gifts_left_out", NestedKeys::List(LEFT_OUT)),
    ("promotions", NestedKeys::List(PROMOTION)),
    ("net", V),
    ("discount", V),
    ("total", V),
    ("paid", V),
    ("refunded", V),
    ("placed_at", V),
    ("paid_at", V),
    ("delivered_at", V),
    ("cancelled_at", V),
];

const MESSAGE: Keys = &[
    ("automation", V),
    ("step", V),
    ("channel", V),
    ("to", V),
    ("subject", V),
    ("status", V),
    ("attempts", V),
    ("error", V),
    ("sent_at", V),
    ("delivered_at", V),
    ("bounced_at", V),
    ("read_at", V),
    ("replied_at", V),
    ("clicked_at", V),
];

const WAY: Keys = &[
    ("automation", V),
    ("version", V),
    ("status", V),
    ("exit_reason", V),
    ("step", V),
    ("due_at", V),
    ("started_at", V),
    ("ended_at", V),
];

const REPORT: Keys = &[
    ("as_of", V),
    ("trigger", NestedKeys::Thing(&[("first_purchases", V), ("started", V)])),
    ("started", V),
    ("active", V),
    ("exited", V),
    ("completed", V),
    ("exited_pct", V),
    ("completed_pct", V),
    ("purchased_pct", V),
    ("bought_pct", V),
    ("revenue", V),
    ("refunded", V),
    ("other_currencies", V),
    ("holdout", V),
    ("steps", NestedKeys::List(STEP_REPORT)),
];

const STEP_REPORT: Keys = &[
    ("key", V),
    ("entered", V),
    ("waiting", V),
    ("progressed", V),
    ("exited_here", V),
    ("sent", V),
    ("failed", V),
    ("delivered", V),
    ("bounced", V),
    ("read", V),
    ("replied", V),
    ("clicked", V),
    ("attributed_orders", V),
    ("attributed_revenue", V),
];

const NEXT_PAYMENT: Keys = &[
    ("on", V),
    ("due", V),
    ("document", NestedKeys::Thing(DOCUMENT)),
    ("credit_notes", NestedKeys::List(DOCUMENT)),
    ("balance_after", V),
];

const COMMITMENT: Keys = &[
    ("starts_on", V),
    ("ends_on", V),
    ("total", V),
    ("renews", V),
    ("notice", V),
    ("cancel_by", V),
    ("cancellable_to", V),
];

const INTRODUCTION: Keys = &[("trial", V), ("steps", NestedKeys::List(STEP)), ("then_from", V)];

const STEP: Keys = &[("price", V), ("periods", V), ("period", V)];

const PREVIEW: Keys = &[
    ("due", V),
    ("next_payment", NestedKeys::Thing(NEXT_PAYMENT)),
    ("balance_after", V),
    ("still_owed", V),
    ("commitment", NestedKeys::Thing(COMMITMENT)),
    ("introduction", NestedKeys::Thing(INTRODUCTION)),
    ("effective_on", V),
    ("transition", V),
    ("title", V),
    ("text", V),
    ("documents", NestedKeys::List(DOCUMENT)),
    ("withdraws", V),
    ("supersedes", V),
];

const EXPECT: Keys = &[
    ("documents", NestedKeys::List(DOCUMENT)),
    ("catch_up", NestedKeys::List(DOCUMENT)),
    ("due", V),
    ("next_payment", NestedKeys::Thing(NEXT_PAYMENT)),
    ("balance_after", V),
    ("still_owed", V),
    ("commitment", NestedKeys::Thing(COMMITMENT)),
    ("introduction", NestedKeys::Thing(INTRODUCTION)),
    ("effective_on", V),
    ("transition", V),
    ("title", V),
    ("text", V),
    ("mode", V),
    ("modes", V),
    ("path", V),
    ("source", V),
    ("status", V),
    ("withdraws", V),
    ("supersedes", V),
    ("considered", NestedKeys::List(CANDIDATE)),
    ("by_mode", NestedKeys::Named(PREVIEW)),
    ("gifts", NestedKeys::List(GIFT)),
    ("choices", NestedKeys::List(GIFT)),
    ("gifts_left_out", NestedKeys::List(LEFT_OUT)),
    ("promotions", NestedKeys::List(PROMOTION)),
    ("lines", NestedKeys::List(ORDER_LINE)),
    ("net", V),
    ("discount", V),
    ("total", V),
    ("paid", V),
    ("refunded", V),
    ("placed_at", V),
    ("paid_at", V),
    ("delivered_at", V),
    ("cancelled_at", V),
    ("order", NestedKeys::Thing(ORDER)),
    ("offer", NestedKeys::Thing(OFFERED)),
    ("state", V),
    ("expires_at", V),
    ("rejected", V),
    ("customer", V),
    ("subscriptions", NestedKeys::List(SUBSCRIPTION)),
    ("changes", NestedKeys::List(CHANGE)),
    ("invoices", NestedKeys::List(DOCUMENT)),
    ("balance", V),
    ("price_change", NestedKeys::Thing(PRICE_CHANGE)),
    ("run", NestedKeys::Named(&[])),
    ("messages", NestedKeys::List(MESSAGE)),
    ("runs", NestedKeys::List(WAY)),
    ("report", NestedKeys::Thing(REPORT)),
];

/// Where what was expected and what came part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mismatch {
    pub(super) place: String,
    pub(super) expected: String,
    pub(super) got: String,
}

impl Mismatch {
    pub(super) fn new(place: &str, expected: &Value, got: &Value) -> Self {
        Self { place: place.to_owned(), expected: told(expected), got: told(got) }
    }
}

/// Notes every key that nobody would look at.
pub(super) fn check_keys(expected: &Map<String, Value>, place: &str, faults: &mut Vec<String>) {
    check(expected, EXPECT, place, faults);
    if let Some(Value::Object(run)) = expected.get("run") {
        check(run, RUN, &format!("{place}.run"), faults);
    }
}

fn check(given: &Map<String, Value>, keys: Keys, place: &str, faults: &mut Vec<String>) {
    for (name, value) in given {
        let at = format!("{place}.{name}");
        let Some((_, below)) = keys.iter().find(|(known, _)| known == name) else {
            let names = keys.iter().map(|(known, _)| *known);
            let remedy = nearest(name, names.clone()).map_or_else(
                || format!("known keys are {}", names.collect::<Vec<_>>().join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            faults.push(format!("{at}: unknown key: {remedy}"));
            continue;
        };
        match below {
            NestedKeys::Value => {}
            NestedKeys::Thing(keys) => {
                if let Value::Object(fields) = value {
                    check(fields, keys, &at, faults);
                }
            }
            NestedKeys::List(keys) => match value {
                Value::Array(items) => {
                    for (place, item) in items.iter().enumerate() {
                        check_thing(item, keys, &format!("{at}[{place}]"), faults);
                    }
                }
                _ => faults.push(format!("{at}: must be a list")),
            },
            NestedKeys::Named(keys) => match value {
                Value::Object(things) if !keys.is_empty() => {
                    for (name, thing) in things {
                        check_thing(thing, keys, &format!("{at}.{name}"), faults);
                    }
                }
                Value::Object(_) => {}
                _ => faults.push(format!("{at}: must be a mapping")),
            },
        }
    }
}

fn check_thing(thing: &Value, keys: Keys, place: &str, faults: &mut Vec<String>) {
    match thing {
        Value::Object(fields) => check(fields, keys, place, faults),
        _ => faults.push(format!("{place}: must be a mapping")),
    }
}

/// Compares a value with what came at the same place.
pub(super) fn compare(place: &str, expected: &Value, got: &Value) -> Result<(), Mismatch> {
    let differ = || Err(Mismatch::new(place, expected, got));
    match (expected, got) {
        (Value::Object(fields), Value::Object(_)) => {
            for (name, value) in fields {
                compare(&format!("{place}/{name}"), value, &got[name.as_str()])?;
            }
            Ok(())
        }
        (Value::Array(items), Value::Array(came)) => {
            if items.len() != came.len() {
                return differ();
            }
            let pairs = items.iter().zip(came).enumerate();
            for (at, (item, came)) in pairs {
                compare(&format!("{place}/{at}"), item, came)?;
            }
            Ok(())
        }
        _ if is_alike(expected, got) => Ok(()),
        _ => differ(),
    }
}

/// Compares things whose order means nothing: each one stated has one of its own among those
/// that came, and of these all that `must` be stated are.
pub(super) fn compare_all(
    place: &str,
    expected: &Value,
    got: &[Value],
    must: impl Fn(&Value) -> bool,
) -> Result<(), Mismatch> {
    let mut left: Vec<&Value> = got.iter().collect();
    for (at, item) in expected.as_array().into_iter().flatten().enumerate() {
        let place = format!("{place}/{at}");
        let fits = left.iter().position(|came| compare(&place, item, came).is_ok());
        let Some(fits) = fits else {
            let likely = left.iter().find(|came| is_alike(&item["offer"], &came["offer"]));
            if let Some(likely) = likely {
                compare(&place, item, likely)?;
            }
            return Err(Mismatch::new(&place, item, &Value::Array(got.to_vec())));
        };
        left.remove(fits);
    }
    match left.into_iter().find(|came| must(came)) {
        Some(more) => Err(Mismatch::new(place, &Value::from("nothing more"), more)),
        None => Ok(()),
    }
}

/// Whether a single value says the same: money as its amount, with or without its currency; a
/// period as `start..end`; numbers by their value.
fn is_alike(expected: &Value, got: &Value) -> bool {
    if expected == got {
        return true;
    }
    match (expected, got) {
        (Value::String(_) | Value::Number(_), Value::Object(fields)) => {
            if let (Some(amount), Some(currency)) = (fields.get("amount"), fields.get("currency")) {
                return is_money(expected, amount, currency);
            }
            // A payment to come is known by its day.
            if let (Value::String(day), Some(Value::String(on))) = (expected, fields.get("on")) {
                return day == on;
            }
            told(got) == told(expected)
        }
        (Value::String(_) | Value::Number(_), Value::String(_) | Value::Number(_)) => {
            matches!((number(expected), number(got)), (Some(one), Some(other)) if one == other)
        }
        _ => false,
    }
}

fn number(value: &Value) -> Option<Decimal> {
    decimal(value)
}

fn is_money(expected: &Value, amount: &Value, currency: &Value) -> bool {
    let plain = match expected.as_str().and_then(|text| text.split_once(' ')) {
        Some((plain, code)) if currency == code => Value::from(plain),
        Some(_) => return false,
        None => expected.clone(),
    };
    number(&plain).is_some_and(|plain| Some(plain) == number(amount))
}

/// A value as a person writes it in a scenario.
fn told(value: &Value) -> String {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    match value {
        Value::Object(fields) => {
            let both = |one, other| Some((text(fields.get(one)?)?, text(fields.get(other)?)?));
            if let Some((amount, currency)) = both("amount", "currency") {
                return format!("{amount} {currency}").trim_end().to_owned();
            }
            if let Some((start, end)) = both("start", "end") {
                return format!("{start}..{end}");
            }
            let known = |name: &&String| !name.ends_with("_id") && *name != "amount_due";
            let shown = fields.iter().filter(|(name, value)| known(name) && !value.is_null());
            let shown = shown.map(|(name, value)| format!("{name}: {}", told(value)));
            format!("{{{}}}", shown.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(told).collect::<Vec<_>>().join(", "))
        }
        Value::String(text) => text.clone(),
        Value::Null => "nothing".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// What was expected at a place, and what came instead.
pub(super) fn mismatch(place: &str, expected: &str, got: &str) -> Mismatch {
    let (place, expected, got) = (place.to_owned(), expected.to_owned(), got.to_owned());
    Mismatch { place, expected, got }
}
