//! What a life says over HTTP: the bodies of its requests.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::lives::reading::Names;
use crate::oracle::book::{change_name, raise_name, sub_name};
use crate::oracle::calendar::{Span, later};
use crate::oracle::coupons::{Coupon, Off};
use crate::oracle::model::{Arrival, Ask, Life, Offer, Path, Step, Tax, World};
use crate::oracle::money::{Minor, amount};
use crate::oracle::prices::Reprice;

/// A path and a body.
pub(crate) type Call = (String, Value);

/// Money as it goes over the wire.
fn money(minor: Minor, currency: &str) -> Value {
    json!({ "amount": amount(minor, currency), "currency": currency })
}

/// A span as it goes over the wire.
fn span(span: Span) -> Value {
    json!({ "start": span.start.to_string(), "end": span.end.to_string() })
}

/// All that stands before the first step.
pub(crate) fn set_up(life: &Life) -> Vec<Call> {
    let step = |(days, ends): &(u32, bool)| {
        let action = if *ends { "end" } else { "remind" };
        json!({ "after_days": days, "action": action })
    };
    let steps: Vec<Value> = life.settings.dunning.iter().map(step).collect();
    let settings = json!({
        "dunning": steps,
        "time_zone": life.settings.time_zone,
        "locale": "en",
        "currency": "EUR",
        "payment_days": life.settings.payment_days,
        "purchase_on_account": life.settings.on_account,
    });
    let mut calls = vec![("/v1/settings".to_owned(), settings)];
    let mut tags = BTreeSet::new();
    let later_offers = life.steps.iter().filter_map(|step| match step {
        Step::PutOffer(offer) => Some(offer),
        _ => None,
    });
    let later_paths = life.steps.iter().filter_map(|step| match step {
        Step::PutPath(path) => Some(path),
        _ => None,
    });
    tags.extend(life.offers.iter().chain(later_offers).flat_map(|offer| &offer.tags));
    let paths = life.paths.iter().chain(later_paths);
    tags.extend(paths.flat_map(|path| path.source_tags.iter().chain(&path.target_tags)));
    for tag in tags {
        calls.push((format!("/v1/tags/{tag}"), json!({ "title": tag })));
    }
    calls.extend(life.taxes.iter().map(tax));
    let products: BTreeSet<&String> = life.offers.iter().map(|offer| &offer.product).collect();
    for product in products {
        let body = json!({ "title": format!("The {product}"), "kind": "digital" });
        calls.push((format!("/v1/products/{product}"), body));
    }
    calls.extend(life.offers.iter().map(offer));
    calls.extend(life.paths.iter().map(path));
    calls.extend(life.coupons.iter().map(coupon));
    for customer in &life.customers {
        calls.push((format!("/v1/customers/{customer}"), json!({ "name": customer })));
    }
    calls
}

/// A tax category.
fn tax(tax: &Tax) -> Call {
    let rate = |(day, rate): &(chrono::NaiveDate, String)| {
        let valid_from = day.to_string();
        json!({ "rate": rate, "valid_from": valid_from })
    };
    let rates: Vec<Value> = tax.rates.iter().map(rate).collect();
    (format!("/v1/taxes/{}", tax.id), json!({ "title": tax.id, "rates": rates }))
}

/// An offer.
fn offer(offer: &Offer) -> Call {
    let step = |(price, periods): &(Minor, u32)| {
        let price = money(*price, &offer.currency);
        json!({ "price": price, "periods": periods })
    };
    let mut body = json!({
        "title": offer.id,
        "products": [offer.product],
        "price": money(offer.price, &offer.currency),
        "billing_period": offer.period.text(),
        "term": offer.term.text(),
        "auto_renew": offer.auto_renew,
        "tags": offer.tags,
        "tax_included": !offer.is_net,
        "requires_parent": offer.requires_parent,
        "introduction": if offer.welcomes_all { "always" } else { "once" },
        "steps": offer.steps.iter().map(step).collect::<Vec<_>>(),
        "active": true,
    });
    if let Some(renewal) = offer.renewal {
        body["renewal_term"] = json!(renewal.text());
    }
    if let Some(notice) = offer.notice {
        body["notice"] = json!(notice.text());
    }
    if let Some(trial) = offer.trial {
        body["trial"] = json!(trial.text());
    }
    if let Some(tax) = &offer.tax {
        body["tax"] = json!(tax);
    }
    (format!("/v1/offers/{}", offer.id), body)
}

/// A coupon with its code.
fn coupon(coupon: &Coupon) -> Call {
    let (kind, value) = match &coupon.off {
        Off::Percent(percent) => ("percent", percent.clone()),
        Off::Amount(minor) => ("amount", amount(*minor, &coupon.currency)),
    };
    let mut body = json!({
        "title": coupon.code, "kind": kind, "value": value, "currency": coupon.currency,
        "code": coupon.code,
    });
    if let Some(least) = coupon.least {
        body["min_net"] = json!(amount(least, &coupon.currency));
    }
    if let Some(most) = coupon.most {
        body["redemptions_max"] = json!(most);
    }
    (format!("/v1/coupons/{}", coupon.code), body)
}

/// A path.
fn path(path: &Path) -> Call {
    let mut body = json!({
        "internal_title": path.id,
        "title": "Change to {offerTitle}",
        "description": "We change your subscription at {nextPayment}.",
        "source_tags": path.source_tags,
        "target_tags": path.target_tags,
        "optional": path.is_optional,
        "customer_may_switch": path.may_switch,
        "transition": path.transition.text(),
        "proration": if path.by_day { "day" } else { "none" },
        "billing_date": if path.keeps_date { "keep" } else { "reset" },
        "introduction": path.introduces,
        "unpaid_source": if path.allow_unpaid { "allow" } else { "refuse" },
        "priority": path.priority,
        "active": path.is_active,
    });
    if let Some(day) = path.valid_from {
        body["valid_from"] = json!(day.to_string());
    }
    if let Some(day) = path.valid_until {
        body["valid_until"] = json!(day.to_string());
    }
    (format!("/v1/paths/{}", path.id), body)
}

/// The request for a checkout.
pub(crate) fn ask(world: &World, names: &Names, ask: &Ask) -> Value {
    let mut body = json!({
        "customer": ask.customer,
        "offer": ask.offer,
        "allow_new": ask.allow_new,
    });
    let pin = ask.pin_sub.and_then(|number| world.own_sub(&ask.customer, number));
    if let Some(pin) = pin {
        body["subscription"] = json!(names.id(&sub_name(pin)));
    }
    if let Some(path) = &ask.pin_path {
        body["path"] = json!(path);
    }
    if let Some(number) = ask.coupon.filter(|_| !world.coupons.is_empty()) {
        // Codes are read without case.
        body["coupon"] = json!(world.coupons[number % world.coupons.len()].code.to_lowercase());
    }
    if let Some(mode) = ask.mode {
        body["mode"] = json!(mode.text());
    }
    body
}

/// The completion of a checkout as it was shown, paid where something is due and the asker pays.
pub(crate) fn paid(ask: &Ask, shown: &Value) -> Value {
    let due = shown["amount_due"]["amount"].as_str().unwrap_or_default();
    let is_due = due.bytes().any(|digit| (b'1'..=b'9').contains(&digit));
    if ask.pay && is_due {
        json!({ "payment": { "reference": bank(&ask.customer), "amount": shown["amount_due"] } })
    } else {
        json!({})
    }
}

/// The requests of a step that is no checkout, from the world before it.
pub(crate) fn requests(world: &World, names: &Names, step: &Step) -> Vec<Call> {
    let of_sub = |number: usize, verb: &str, body: Value| {
        let at = world.numbered_sub(number)?;
        Some((format!("/v1/subscriptions/{}/{verb}", names.id(&sub_name(at))), body))
    };
    let of_invoice = |number: usize, verb: &str, body: Value| {
        let name = world.doc_name(world.listed_invoice(number)?)?;
        Some((format!("/v1/invoices/{}/{verb}", names.id(&name)), body))
    };
    let call = match step {
        Step::PutOffer(new) => Some(offer(new)),
        Step::PutPath(new) => Some(path(new)),
        Step::Pay { invoice } => of_invoice(*invoice, "pay", by_bank(world, *invoice, json!({}))),
        Step::PayPart { invoice, quarters } => {
            world.part_due(*invoice, *quarters).and_then(|(doc, amount)| {
                let amount = money(amount, &world.docs[doc].currency);
                let body = json!({ "amount": amount, "surplus": "balance" });
                of_invoice(*invoice, "pay", by_bank(world, *invoice, body))
            })
        }
        Step::Unpay { invoice } => {
            let body = json!({ "reason": "bounced" });
            of_invoice(*invoice, "unpay", by_bank(world, *invoice, body))
        }
        Step::Receive { customer, amount, currency } => {
            let body = json!({ "amount": money(*amount, currency), "reference": bank(customer) });
            Some((format!("/v1/customers/{customer}/payments"), body))
        }
        Step::Credit { invoice, line } => {
            let body = credit(world, *invoice, *line);
            body.and_then(|body| of_invoice(*invoice, "credit", body))
        }
        Step::Cancel { sub, now } => {
            let when = if *now { "now" } else { "end_of_term" };
            of_sub(*sub, "cancel", json!({ "when": when }))
        }
        Step::Quit { sub, all } => {
            let credit = if *all { "all" } else { "unused" };
            of_sub(*sub, "cancel", json!({ "when": "now", "credit": credit }))
        }
        Step::Uncancel { sub } => of_sub(*sub, "uncancel", json!({})),
        Step::Withdraw { change } => world.numbered_change(*change).map(|at| {
            let id = names.id(&change_name(at));
            (format!("/v1/scheduled-changes/{id}/withdraw"), json!({}))
        }),
        Step::Reprice(asked) => Some(reprice(world, asked)),
        Step::KeepPrice { sub } => of_sub(*sub, "keep-price", json!({})),
        Step::WithdrawRaise { raise } => world.numbered_raise(*raise).map(|at| {
            let id = names.id(&raise_name(at));
            (format!("/v1/price-changes/{id}/withdraw"), json!({}))
        }),
        Step::BringOver(arrival) => bring_over(world, arrival),
        Step::Payout { customer, amount, currency } => {
            let body = json!({ "amount": money(*amount, currency), "reference": "bank" });
            Some((format!("/v1/customers/{customer}/payouts"), body))
        }
        Step::Run => Some(run()),
        Step::Advance { days } => {
            let to = later(world.today, *days).to_string();
            let advance = ("/v1/test-clock/advance".to_owned(), json!({ "to": to }));
            return if world.is_behind() { vec![run(), advance] } else { vec![advance] };
        }
        Step::Downtime { .. }
        | Step::Checkout(_)
        | Step::Hold { .. }
        | Step::HoldOver(_)
        | Step::Return { .. } => None,
    };
    call.into_iter().collect()
}

/// What all payments of a customer are called: what bounces then bounces as a whole.
fn bank(customer: &str) -> String {
    format!("bank-{customer}")
}

/// A body with the name of what the customer of an invoice pays.
fn by_bank(world: &World, invoice: usize, mut body: Value) -> Value {
    if let Some(doc) = world.listed_invoice(invoice) {
        body["reference"] = json!(bank(&world.docs[doc].customer));
    }
    body
}

/// A credit by hand; none where nothing is left of the line.
fn credit(world: &World, invoice: usize, line: Option<(usize, u32)>) -> Option<Value> {
    let doc = world.listed_invoice(invoice)?;
    if line.is_none() || world.docs[doc].is_cancelled {
        return Some(json!({ "reason": "goodwill" }));
    }
    let (line, gross) = world.part_left(doc, line)?;
    let gross = money(gross, &world.docs[doc].currency);
    Some(json!({ "reason": "goodwill", "lines": [{ "line": line, "gross": gross }] }))
}

/// A billing run.
fn run() -> Call {
    ("/v1/billing/runs".into(), json!({}))
}

/// A price change.
fn reprice(world: &World, asked: &Reprice) -> Call {
    let body = json!({
        "effective_from": later(world.today, asked.days).to_string(),
        "price": money(asked.price, &world.offers[&asked.offer].currency),
        "subscriptions": if asked.all { "all" } else { "no_longer_bound" },
        "notice_days": asked.notice,
    });
    (format!("/v1/offers/{}/price-changes", asked.offer), body)
}

/// An arrival; one in three leaves its periods to the engine.
fn bring_over(world: &World, arrival: &Arrival) -> Option<Call> {
    let times = world.times(arrival)?;
    let currency = &world.offers[&arrival.offer].currency;
    let mut body = json!({
        "customer": arrival.customer,
        "offer": arrival.offer,
        "started_on": times.started_on.to_string(),
    });
    if !arrival.started_days_ago.is_multiple_of(3) {
        body["current_period"] = span(times.period);
        body["current_term"] = span(times.term);
    }
    if let Some(price) = arrival.price {
        body["price"] = money(price, currency);
    }
    if arrival.is_cancelled {
        body["cancel_on"] = json!(times.term.end.to_string());
    }
    if let Some((gross, is_paid)) = arrival.invoice {
        body["brought_over"] = json!({ "gross": money(gross, currency), "paid": is_paid });
    }
    Some(("/v1/subscriptions".into(), body))
}
