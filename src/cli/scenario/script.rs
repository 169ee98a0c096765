//! What a scenario file says. A key that is not known is refused with its place, so that a
//! mistyped expectation never passes unseen.

use serde::Deserialize;
use serde_json::{Map, Value as Json};
use yaml_serde::{Mapping, Value};

use super::{ScenarioFailure, expect};

/// A scenario.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// What it shows, as a sentence.
    pub title: String,
    /// More about it, for readers.
    #[serde(default)]
    pub description: Option<String>,
    /// The date, or the instant, on which it begins.
    pub start: String,
    #[serde(default)]
    settings: Value,
    #[serde(default)]
    tags: Value,
    #[serde(default)]
    taxes: Value,
    #[serde(default)]
    products: Value,
    #[serde(default)]
    offers: Value,
    #[serde(default)]
    paths: Value,
    #[serde(default)]
    campaigns: Value,
    #[serde(default)]
    promotions: Value,
    #[serde(default)]
    gift_rules: Value,
    #[serde(default)]
    coupons: Value,
    #[serde(default)]
    message_templates: Value,
    #[serde(default)]
    automations: Value,
    #[serde(default)]
    customers: Value,
    /// What happens, in order.
    pub steps: Vec<ScriptStep>,
}

/// One step: at most one thing that is done, and what is expected.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScriptStep {
    /// The date or instant of the step; where the last one left off unless given.
    pub on: Option<String>,
    /// Who does what falls due on the way there.
    pub worker: Worker,
    /// A remark for readers.
    pub note: Option<String>,
    /// Buys.
    pub checkout: Option<CheckoutStep>,
    /// Completes the checkout that was opened last.
    pub complete: Option<Complete>,
    /// Lets go of the checkout that was held.
    pub release: Option<Nothing>,
    /// Records a payment.
    pub pay: Option<Pay>,
    /// Records a payment that bounced.
    pub unpay: Option<Unpay>,
    /// Records that the last money of a customer bounced which was for no invoice.
    pub bounce: Option<Bounce>,
    /// Pays a balance out.
    pub payout: Option<Payout>,
    /// Takes money of a customer that fits no invoice.
    pub receive: Option<Payout>,
    /// Credits an invoice by hand.
    pub credit: Option<Credit>,
    /// Cancels a subscription.
    pub cancel: Option<Cancel>,
    /// Takes a cancellation back.
    pub uncancel: Option<SubscriptionPick>,
    /// Withdraws a scheduled change.
    pub withdraw: Option<SubscriptionPick>,
    /// Lets running subscriptions on an offer pay another price: the fields of the API, and
    /// `offer`.
    pub price_change: Option<Map<String, Json>>,
    /// Withdraws the price that waits for a subscription.
    pub keep_price: Option<SubscriptionPick>,
    /// Withdraws the last price change of an offer.
    pub withdraw_price_change: Option<OfferReference>,
    /// Brings a running subscription over: the fields of the API.
    pub bring_over: Option<Map<String, Json>>,
    /// Works out what a cart gets: the fields of the API.
    pub cart: Option<Map<String, Json>>,
    /// Places an order: the fields of the API.
    pub order: Option<Map<String, Json>>,
    /// An order was paid.
    pub paid: Option<OrderNews>,
    /// An order was delivered.
    pub delivered: Option<OrderNews>,
    /// An order was cancelled.
    pub cancelled: Option<OrderNews>,
    /// Money was paid back for an order.
    pub refunded: Option<OrderNews>,
    /// Asks what is offered after an order, or answers it.
    pub upsell: Option<UpsellStep>,
    /// Sets an automation live, pauses it, goes on with it or stops it.
    pub automation: Option<TurnStep>,
    /// Lets an order arrive, paid.
    pub deliver: Option<DeliverStep>,
    /// Tells what became of a message.
    pub message: Option<MessageStep>,
    /// Asks what an automation has come to.
    pub report: Option<ReportStep>,
    /// Moves the clock with the worker at work.
    pub advance: Option<String>,
    /// Bills.
    pub bill: Option<BillStep>,
    /// Changes the catalogue: sections as at the top.
    pub edit: Option<Mapping>,
    /// What is expected.
    pub expect: Option<Map<String, Json>>,
}

/// Who does what falls due while the date moves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Worker {
    /// The worker, day by day.
    #[default]
    Running,
    /// Nobody: the server was down.
    Behind,
}

/// A checkout, opened and, unless said otherwise, completed with what is due paid.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "four switches, as they are written")]
pub struct CheckoutStep {
    /// Who buys.
    pub customer: String,
    /// The offer.
    pub offer: String,
    /// The only source that will do: its id, or its offer.
    #[serde(default)]
    pub subscription: Option<String>,
    /// The only path that will do.
    #[serde(default)]
    pub path: Option<String>,
    /// What the customer picked.
    #[serde(default)]
    pub mode: Option<String>,
    /// Whether an ordinary purchase will do, too.
    #[serde(default)]
    pub allow_new: bool,
    /// The language of its texts.
    #[serde(default)]
    pub locale: Option<String>,
    /// How the order is placed that it makes: the fields of the API.
    #[serde(default)]
    pub order: Option<Map<String, Json>>,
    /// The code of a coupon.
    #[serde(default)]
    pub coupon: Option<String>,
    /// Whether what is due is paid.
    #[serde(default = "yes")]
    pub pay: bool,
    /// Whether it is completed.
    #[serde(default = "yes")]
    pub complete: bool,
    /// Whether it is held first; not completed then, unless said.
    #[serde(default)]
    pub hold: bool,
}

const fn yes() -> bool {
    true
}

/// The completion of a checkout that was opened in an earlier step.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Complete {
    /// What the customer picked.
    #[serde(default)]
    pub mode: Option<String>,
    /// Whether what is due is paid.
    #[serde(default = "yes")]
    pub pay: bool,
}

/// Nothing more to say.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Nothing {}

/// Something that has happened to an order.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrderNews {
    /// To which one; the last unless given.
    pub order: Option<String>,
    /// When; now unless given.
    pub at: Option<String>,
    /// How much, as the API has it; all unless given.
    pub amount: Option<Json>,
    /// The shop's name for it.
    pub event_id: Option<String>,
}

/// What is done about the offer after an order: a word for the last order, or more.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    untagged,
    expecting = "is look, ask, accept or decline, or has these as act, with order and unit_net"
)]
pub enum UpsellStep {
    /// Of the last order.
    Word(UpsellAct),
    /// Of any.
    Of(UpsellOf),
}

/// What is done about the offer after an order.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpsellOf {
    /// After which order; the last unless given.
    #[serde(default)]
    pub order: Option<String>,
    /// What is done.
    pub act: UpsellAct,
    /// What one costs, where only the shop knows.
    #[serde(default)]
    pub unit_net: Option<String>,
}

/// What can be done about the offer after an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UpsellAct {
    /// It is looked at, and not asked for.
    Look,
    /// It is asked for.
    Ask,
    /// It is accepted.
    Accept,
    /// It is declined.
    Decline,
}

/// Which invoice: `last`, or its number.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum InvoicePick {
    /// By its number.
    Number(i64),
    /// `last`.
    Word(String),
}

/// A payment.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pay {
    /// Of which invoice.
    pub invoice: InvoicePick,
    /// When; today unless given.
    #[serde(default)]
    pub paid_on: Option<String>,
    /// How much, as the API has it; what is due unless given.
    #[serde(default)]
    pub amount: Option<Json>,
    /// Where what is more than is due goes.
    #[serde(default)]
    pub surplus: Option<String>,
    /// What it is called; a name of its own unless given.
    #[serde(default)]
    pub reference: Option<String>,
}

/// A payment that bounced.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unpay {
    /// Of which invoice.
    pub invoice: InvoicePick,
    /// The reason.
    #[serde(default)]
    pub reason: Option<String>,
    /// The payment that bounced; the last one on the invoice unless given.
    #[serde(default)]
    pub reference: Option<String>,
}

/// Money of a customer that bounced.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounce {
    /// From whom it came.
    pub customer: String,
    /// The reason.
    #[serde(default)]
    pub reason: Option<String>,
}

/// A credit by hand.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credit {
    /// Of which invoice.
    pub invoice: InvoicePick,
    /// The reason.
    #[serde(default)]
    pub reason: Option<String>,
    /// Which lines, as the API has them; all that is left unless given.
    #[serde(default)]
    pub lines: Option<Json>,
}

/// A payout, or money that comes in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payout {
    /// To whom, or from whom.
    pub customer: String,
    /// How much, as the API has it.
    pub amount: Json,
}

/// A cancellation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    /// The customer it belongs to.
    #[serde(default)]
    pub customer: Option<String>,
    /// The offer it is for.
    #[serde(default)]
    pub offer: Option<String>,
    /// The id, where it has one that is known.
    #[serde(default)]
    pub subscription: Option<String>,
    /// `end_of_term` or `now`.
    #[serde(default)]
    pub when: Option<String>,
    /// At once: what is credited.
    #[serde(default)]
    pub credit: Option<String>,
}

/// Whose subscription, or whose waiting change to which offer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubscriptionPick {
    /// The customer it belongs to.
    #[serde(default)]
    pub customer: Option<String>,
    /// On, or to, which offer.
    #[serde(default)]
    pub offer: Option<String>,
    /// The id, where it has one that is known.
    #[serde(default)]
    pub subscription: Option<String>,
}

/// Something of an offer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfferReference {
    /// Of which one.
    pub offer: String,
}

/// What is done with an automation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TurnStep {
    /// Its id.
    pub id: String,
    /// `live`, `pause`, `resume` or `stop`; `live` unless given.
    #[serde(default = "live")]
    pub turn: String,
}

fn live() -> String {
    "live".to_owned()
}

/// An order that arrives.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliverStep {
    /// Its id.
    pub order: String,
    /// When; now unless given.
    #[serde(default)]
    pub at: Option<String>,
    /// Whether it is paid then, too.
    #[serde(default = "yes")]
    pub pay: bool,
}

/// What a provider tells of the last message of a step to a customer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageStep {
    /// To whom; the customer of the step before unless given.
    #[serde(default)]
    pub customer: Option<String>,
    /// Of which step.
    pub step: String,
    /// `sent`, `delivered`, `read`, `replied`, `clicked`, `bounced` or `failed`.
    pub kind: String,
    /// When; now unless given.
    #[serde(default)]
    pub at: Option<String>,
}

/// The report of an automation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportStep {
    /// Its id.
    pub automation: String,
    /// As of which moment; now unless given.
    #[serde(default)]
    pub as_of: Option<String>,
}

/// A billing run.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BillStep {
    /// The day up to which is billed.
    pub as_of: Option<String>,
}

impl Script {
    /// The catalogue as a file of its own would have it.
    #[must_use]
    pub fn catalogue(&self) -> Mapping {
        let sections = [
            ("settings", &self.settings),
            ("tags", &self.tags),
            ("taxes", &self.taxes),
            ("products", &self.products),
            ("offers", &self.offers),
            ("paths", &self.paths),
            ("campaigns", &self.campaigns),
            ("promotions", &self.promotions),
            ("gift_rules", &self.gift_rules),
            ("coupons", &self.coupons),
            ("message_templates", &self.message_templates),
            ("automations", &self.automations),
            ("customers", &self.customers),
        ];
        let given = sections.into_iter().filter(|(_, section)| !section.is_null());
        given.map(|(name, section)| (Value::from(name), section.clone())).collect()
    }
}

impl ScriptStep {
    /// The names of what is done in it: one at most in a sound file.
    #[must_use]
    pub fn actions(&self) -> Vec<&'static str> {
        let all = [
            ("checkout", self.checkout.is_some()),
            ("complete", self.complete.is_some()),
            ("release", self.release.is_some()),
            ("pay", self.pay.is_some()),
            ("unpay", self.unpay.is_some()),
            ("bounce", self.bounce.is_some()),
            ("payout", self.payout.is_some()),
            ("receive", self.receive.is_some()),
            ("credit", self.credit.is_some()),
            ("cancel", self.cancel.is_some()),
            ("uncancel", self.uncancel.is_some()),
            ("withdraw", self.withdraw.is_some()),
            ("price_change", self.price_change.is_some()),
            ("keep_price", self.keep_price.is_some()),
            ("withdraw_price_change", self.withdraw_price_change.is_some()),
            ("bring_over", self.bring_over.is_some()),
            ("cart", self.cart.is_some()),
            ("order", self.order.is_some()),
            ("paid", self.paid.is_some()),
            ("delivered", self.delivered.is_some()),
            ("cancelled", self.cancelled.is_some()),
            ("refunded", self.refunded.is_some()),
            ("upsell", self.upsell.is_some()),
            ("automation", self.automation.is_some()),
            ("deliver", self.deliver.is_some()),
            ("message", self.message.is_some()),
            ("report", self.report.is_some()),
            ("advance", self.advance.is_some()),
            ("bill", self.bill.is_some()),
            ("edit", self.edit.is_some()),
        ];
        all.into_iter().filter(|(_, is_done)| *is_done).map(|(name, _)| name).collect()
    }
}

/// Reads a scenario file.
///
/// # Errors
/// Every fault that can be seen without playing it.
pub fn read(text: &str) -> Result<Script, ScenarioFailure> {
    let script: Script = yaml_serde::from_str(text)
        .map_err(|error| ScenarioFailure::Unreadable(vec![error.to_string()]))?;
    let mut faults = Vec::new();
    for (at, step) in script.steps.iter().enumerate() {
        let place = format!("steps[{at}]");
        let actions = step.actions();
        if actions.len() > 1 {
            faults
                .push(format!("{place}: does {} at once; do one thing a step", actions.join(", ")));
        }
        if step.advance.is_some() && step.worker == Worker::Behind {
            faults.push(format!(
                "{place}: advance is the worker at work; use `on` where it is behind"
            ));
        }
        if let Some(expected) = &step.expect {
            expect::check_keys(expected, &format!("{place}.expect"), &mut faults);
        }
    }
    if faults.is_empty() { Ok(script) } else { Err(ScenarioFailure::Unreadable(faults)) }
}
