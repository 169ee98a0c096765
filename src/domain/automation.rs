//! The automation: messages that follow what a customer did, step by step. Runs of it are for
//! [`super::automation_run`], what its messages say for [`super::message_template`]; who starts and
//! when a step is due is for `rules::automations`.

use std::fmt;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::definition::{Definition, DefinitionLimit, Kind, Lock, OperationTexts};
use super::event::EventKind;
use super::ids::{AutomationId, CouponId, EndpointId, MessageTemplateId, OfferId};
use super::message_template::MessageText;
use super::money::Currency;
use super::names::names;
use super::promotion::Reward;

names! {
    /// What makes customers start.
    pub enum Trigger {
        /// Their first order is delivered and paid.
        FirstOrderDelivered = "first_order_delivered",
        /// Their first subscription begins.
        SubscriptionStarted = "subscription_started",
        /// They cancel a subscription for the end of its term.
        SubscriptionCancelled = "subscription_cancelled",
    }
}

names! {
    /// By which way a message is sent.
    pub enum Channel {
        /// As a mail.
        Email = "email",
        /// As a call of one of the merchant's webhook endpoints, which sends it on.
        Webhook = "webhook",
    }
}

names! {
    /// Whether an automation works.
    #[schema(as = AutomationState)]
    pub enum State {
        /// It never did.
        Draft = "draft",
        /// Customers start, and steps are sent.
        Live = "live",
        /// Nobody starts, and steps wait.
        Paused = "paused",
        /// Nobody starts, and whoever was under way has left.
        Stopped = "stopped",
    }
}

names! {
    /// As what those count who bought before their last step.
    #[derive(Default)]
    pub enum ConversionCountsAs {
        /// As those who left early.
        #[default]
        Exited = "exited",
        /// As those who went through all steps.
        Completed = "completed",
    }
}

/// An elapsed time such as `P1D` or `PT36H`, as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Delay {
    written: String,
    minutes: i64,
}

impl Delay {
    /// Reads `P…D`, `PT…H`, `PT…M` and what they make together; days have 24 hours.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let body = text.strip_prefix('P')?;
        let (days, time) = body.split_once('T').map_or((body, None), |(d, t)| (d, Some(t)));
        let (mut minutes, mut units) = (0_i64, 0);
        let mut add = |digits: &str, each: i64| {
            let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            let count: i64 = digits.parse().ok().filter(|n| is_number && *n < 1_000_000)?;
            (minutes, units) = (minutes + count * each, units + 1);
            Some(())
        };
        if !days.is_empty() {
            add(days.strip_suffix('D')?, 24 * 60)?;
        }
        if let Some(time) = time {
            let (hours, rest) = time.split_once('H').map_or((None, time), |(h, r)| (Some(h), r));
            if let Some(hours) = hours {
                add(hours, 60)?;
            }
            if hours.is_none() || !rest.is_empty() {
                add(rest.strip_suffix('M')?, 1)?;
            }
        }
        (units > 0).then(|| Self { written: text.to_owned(), minutes })
    }

    /// How long it is, in minutes.
    #[must_use]
    pub fn minutes(&self) -> i64 {
        self.minutes
    }

    /// How long it is.
    #[must_use]
    pub fn length(&self) -> TimeDelta {
        TimeDelta::minutes(self.minutes)
    }
}

impl TryFrom<String> for Delay {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or(text)
    }
}

impl From<Delay> for String {
    fn from(delay: Delay) -> Self {
        delay.written
    }
}

impl fmt::Display for Delay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

/// When nothing is sent, by the clock on the wall of the merchant: from the one (inclusive) to the
/// other (exclusive), over midnight where that is the earlier one. They differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// When they begin.
    pub from: NaiveTime,
    /// When they are over.
    pub to: NaiveTime,
}

/// What a step says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum StepText {
    /// What a template says when the message is queued.
    Named(MessageTemplateId),
    /// A text of its own.
    Own(MessageText),
}

/// What a coupon of an automation gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum CouponTerms {
    /// What a coupon gives when a code is made.
    Named {
        /// The coupon.
        coupon: CouponId,
    },
    /// Terms of its own.
    Own {
        /// What it gives.
        gives: Reward,
        /// The currency of its amounts.
        currency: Currency,
        /// The least net value (inclusive).
        min_net: Option<i64>,
    },
}

/// The coupon that each customer gets on their way, under a code of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonalCoupon {
    /// What it gives.
    pub gives: CouponTerms,
    /// For how many days after the one on which its code is made.
    pub valid_days: u32,
    /// What its codes begin with.
    pub prefix: String,
}

/// One message of an automation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its name, once in an automation.
    pub key: String,
    /// How long it waits after the message before it was sent; the first, after the start.
    pub delay: Delay,
    /// By which way it is sent.
    pub channel: Channel,
    /// The endpoint that is called; where none is named, the only one that wants messages.
    pub endpoint: Option<EndpointId>,
    /// Where its link leads.
    pub link: Option<String>,
    /// The offer whose checkout its link opens, instead.
    #[serde(default)]
    pub checkout: Option<OfferId>,
    /// What it says.
    pub says: StepText,
}

impl Step {
    /// Whether its message has a link.
    #[must_use]
    pub fn has_link(&self) -> bool {
        self.link.is_some() || self.checkout.is_some()
    }
}

/// What a merchant says of an automation: a version of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AutomationTerms {
    /// Not shown to customers.
    pub title: String,
    /// What makes customers start.
    pub trigger: Trigger,
    /// The coupon of each customer.
    #[serde(default)]
    pub coupon: Option<PersonalCoupon>,
    /// Its messages, 1 to 20 in the order in which they are sent.
    pub steps: Vec<Step>,
    /// When nothing is sent.
    pub quiet_hours: Option<QuietHours>,
    /// How long after its delivery a message may bring a purchase about.
    pub attribution_window: Delay,
    /// As what those count who bought before their last step.
    pub conversion_counts_as: ConversionCountsAs,
    /// Of 100 who would start, how many are sent nothing, to compare.
    pub holdout_percent: u32,
}

impl AutomationTerms {
    /// How long it is from the start until no purchase is put down to it any more.
    #[must_use]
    pub fn horizon(&self) -> TimeDelta {
        let delays = self.steps.iter().map(|step| step.delay.minutes);
        TimeDelta::minutes(delays.sum::<i64>() + self.attribution_window.minutes)
    }

    /// Whether a message of it says what a template says.
    #[must_use]
    pub fn sends(&self, template: &MessageTemplateId) -> bool {
        self.steps.iter().any(|step| matches!(&step.says, StepText::Named(id) if id == template))
    }

    /// Whether a step of it names an endpoint.
    #[must_use]
    pub fn calls(&self, endpoint: &EndpointId) -> bool {
        self.steps.iter().any(|step| step.endpoint.as_ref() == Some(endpoint))
    }

    /// Whether a link of it opens the checkout of an offer.
    #[must_use]
    pub fn opens(&self, offer: &OfferId) -> bool {
        self.steps.iter().any(|step| step.checkout.as_ref() == Some(offer))
    }

    /// Whether it makes codes of a coupon.
    #[must_use]
    pub fn makes_codes_of(&self, coupon: &CouponId) -> bool {
        let gives = self.coupon.as_ref().map(|personal| &personal.gives);
        matches!(gives, Some(CouponTerms::Named { coupon: id }) if id == coupon)
    }
}

/// A time in which an automation was live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveSpan {
    /// The moment from which it holds.
    pub from: DateTime<Utc>,
    /// Until when (exclusive); none where it still is.
    pub until: Option<DateTime<Utc>>,
}

/// An automation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Automation {
    /// Chosen by the merchant.
    pub id: AutomationId,
    /// What its newest version says.
    pub terms: AutomationTerms,
    /// The number of its newest version, from 1.
    pub version: i64,
    /// Whether it works.
    pub state: State,
    /// Since when it is live; none where it is not.
    pub live_since: Option<DateTime<Utc>>,
    /// When it was live, in order.
    pub spans: Vec<LiveSpan>,
}

impl Automation {
    /// One that has never been live.
    #[must_use]
    pub fn draft(id: AutomationId, terms: AutomationTerms) -> Self {
        let (version, state, live_since, spans) = (1, State::Draft, None, Vec::new());
        Self { id, terms, version, state, live_since, spans }
    }

    /// Whether it was live at an instant.
    #[must_use]
    pub fn was_live(&self, at: DateTime<Utc>) -> bool {
        self.spans.iter().any(|span| span.from <= at && span.until.is_none_or(|until| at < until))
    }
}

impl Definition for Automation {
    type Id = AutomationId;

    const KIND: Kind = Kind {
        one: "automation",
        table: "automations",
        described: OperationTexts {
            group: "automations",
            many: "automations",
            one: "an automation",
            writing: "It publishes a version; customers who are under way finish theirs.",
            removing: "One that anybody ever started is not removed.",
        },
        saved: EventKind::AutomationSaved,
        deleted: Some(EventKind::AutomationDeleted),
        lock: Lock::Catalogue,
        refers: true,
        in_graph: false,
        weighs_uses: false,
        most: Some(DefinitionLimit::things(1_000)),
    };

    fn id(&self) -> &AutomationId {
        &self.id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elapsed_times_are_days_hours_and_minutes() {
        for (text, minutes) in [
            ("P1D", 1440),
            ("PT36H", 2160),
            ("PT1M", 1),
            ("P2DT12H", 3600),
            ("P0D", 0),
            ("PT1H30M", 90),
            ("P1DT5M", 1445),
        ] {
            let delay = Delay::parse(text).expect(text);
            assert_eq!((delay.minutes(), delay.to_string().as_str()), (minutes, text));
        }
        for text in "P PT 1D P1M P1W PD P-1D PT1D P1DT P+1D p1d".split(' ').chain([""]) {
            assert_eq!(Delay::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_automation_was_live_from_when_it_was_set_live_until_it_was_not() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let terms = serde_json::json!({
            "title": "A", "trigger": "subscription_started", "steps": [], "quiet_hours": null,
            "attribution_window": "P1D", "conversion_counts_as": "exited", "holdout_percent": 0,
        });
        let terms = serde_json::from_value(terms).unwrap();
        let mut automation = Automation::draft(AutomationId::stored("a".to_owned()), terms);
        automation.spans = vec![
            LiveSpan { from: at(10), until: Some(at(20)) },
            LiveSpan { from: at(30), until: None },
        ];
        let live: Vec<i64> = (0..=40).step_by(5).filter(|s| automation.was_live(at(*s))).collect();
        assert_eq!(live, [10, 15, 30, 35, 40]);
    }
}
