//! Automations: messages after what a customer did. Who starts and what is sent is left to the
//! domain.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::domain::automation::{self as domain, Channel, ConversionCountsAs, State, Trigger};
use crate::domain::automation_run::{self, ExitReason, RunStatus, SuppressionReason};
use crate::domain::promotion::{Reward, RewardKind};
use crate::rules::automations::NotStarted;
use crate::wire::conditions::amount;
use crate::wire::message_templates::MessageText;
use crate::wire::{Amount, Currency, Id, Instant, Title, Url};

/// An elapsed time.
#[derive(Debug, ToSchema)]
#[schema(pattern = r"^P([0-9]{1,6}D)?(T([0-9]{1,6}H)?([0-9]{1,6}M)?)?$", example = "PT36H")]
struct ElapsedTime(#[expect(dead_code, reason = "only its schema is used")] String);

/// A time of day.
#[derive(Debug, ToSchema)]
#[schema(pattern = "^[0-2][0-9]:[0-5][0-9]$", example = "21:00")]
struct TimeOfDay(#[expect(dead_code, reason = "only its schema is used")] String);

/// An automation to be written: a new version, which those who start from now on go through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AutomationBody {
    /// What merchants see.
    #[schema(value_type = Title)]
    pub title: String,
    /// What makes customers start.
    pub trigger: Trigger,
    /// The coupon of each customer.
    pub coupon: Option<AutomationCoupon>,
    /// Its messages in the order in which they are sent.
    #[schema(min_items = 1, max_items = 20)]
    pub steps: Vec<AutomationStep>,
    /// When nothing is sent, in the merchant's time zone.
    pub quiet_hours: Option<QuietHours>,
    /// How long after its delivery a message may bring a purchase about: PT1H to P90D.
    #[schema(value_type = ElapsedTime)]
    pub attribution_window: String,
    /// As what those count who bought before their last step.
    #[serde(default)]
    #[schema(default = "exited")]
    pub conversion_counts_as: ConversionCountsAs,
    /// Of 100 who would start, how many are sent nothing, to compare.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 50, default = 0)]
    pub holdout_percent: u32,
}

/// The coupon of each customer: what a coupon gives, or `kind`, `value`, `currency` and `min_net`
/// of its own. Each customer has a code of theirs, which nobody else redeems.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AutomationCoupon {
    /// A coupon by its id: its codes give what it gives when they are made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Id>, nullable = false)]
    pub coupon: Option<String>,
    /// What it gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub kind: Option<RewardKind>,
    /// How much: a percentage, or an amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Amount>, nullable = false)]
    pub value: Option<String>,
    /// The currency of its amounts; the merchant's where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Currency>, nullable = false)]
    pub currency: Option<String>,
    /// The least net value of what is bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Amount>, nullable = false)]
    pub min_net: Option<String>,
    /// For how many days after the one on which its code is made.
    #[schema(minimum = 1, maximum = 365)]
    pub valid_days: u32,
    /// What its codes begin with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^[A-Z0-9]{1,16}$", example = "THANKS", nullable = false)]
    pub prefix: Option<String>,
}

impl From<&domain::PersonalCoupon> for AutomationCoupon {
    fn from(it: &domain::PersonalCoupon) -> Self {
        let bare = Self {
            coupon: None,
            kind: None,
            value: None,
            currency: None,
            min_net: None,
            valid_days: it.valid_days,
            prefix: Some(it.prefix.clone()).filter(|prefix| !prefix.is_empty()),
        };
        match &it.gives {
            domain::CouponTerms::Named { coupon } => {
                Self { coupon: Some(coupon.to_string()), ..bare }
            }
            domain::CouponTerms::Own { gives, currency, min_net } => {
                let (kind, value) = match gives {
                    Reward::FreeShipping => (RewardKind::FreeShipping, None),
                    Reward::Percent(percent) => (RewardKind::Percent, Some(percent.to_string())),
                    Reward::Amount(minor) => (RewardKind::Amount, Some(amount(*minor, *currency))),
                };
                Self {
                    kind: Some(kind),
                    value,
                    currency: Some(currency.code().to_owned()),
                    min_net: min_net.map(|minor| amount(minor, *currency)),
                    ..bare
                }
            }
        }
    }
}

/// One message of an automation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AutomationStep {
    /// Its name, once in an automation.
    #[schema(value_type = Id)]
    pub key: String,
    /// How long it waits after the message before it was sent; the first, after the start. At most
    /// P365D.
    #[schema(value_type = ElapsedTime)]
    pub delay: String,
    /// By which way it is sent.
    pub channel: Channel,
    /// The endpoint that is called; where none is named, the only one that wants `message.send`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Id>, nullable = false)]
    pub endpoint: Option<String>,
    /// Where {link} leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Url>, nullable = false)]
    pub link: Option<String>,
    /// The offer whose hosted checkout {link} opens, instead: for that customer, with their coupon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Id>, nullable = false)]
    pub checkout: Option<String>,
    /// What it says: a template by its id, which is read when a message is queued, or a text.
    pub template: StepText,
}

/// The id of a template, or a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = AutomationText)]
pub enum StepText {
    /// The id of a template.
    Named(String),
    /// A text of its own.
    Own(MessageText),
}

/// When nothing is sent, by the clock on the wall: over midnight where it begins later than it
/// ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// When they begin (inclusive).
    #[schema(value_type = TimeOfDay)]
    pub from: String,
    /// When they are over (exclusive).
    #[schema(value_type = TimeOfDay)]
    pub to: String,
}

/// An automation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Automation {
    /// Its id.
    pub id: String,
    /// What merchants see.
    pub title: String,
    /// What makes customers start.
    pub trigger: Trigger,
    /// The coupon of each customer.
    pub coupon: Option<AutomationCoupon>,
    /// Its messages.
    pub steps: Vec<AutomationStep>,
    /// When nothing is sent.
    pub quiet_hours: Option<QuietHours>,
    /// How long after its delivery a message may bring a purchase about.
    #[schema(value_type = ElapsedTime)]
    pub attribution_window: String,
    /// As what those count who bought before their last step.
    pub conversion_counts_as: ConversionCountsAs,
    /// Of 100 who would start, how many are sent nothing.
    pub holdout_percent: u32,
    /// Whether it works.
    pub state: State,
    /// The number of this version.
    pub version: i64,
    /// Since when it is live.
    #[schema(value_type = Option<Instant>)]
    pub live_since: Option<DateTime<Utc>>,
}

impl From<&domain::Automation> for Automation {
    fn from(it: &domain::Automation) -> Self {
        let terms = &it.terms;
        let time = |time: chrono::NaiveTime| time.format("%H:%M").to_string();
        Self {
            id: it.id.to_string(),
            title: terms.title.clone(),
            trigger: terms.trigger,
            coupon: terms.coupon.as_ref().map(Into::into),
            steps: terms.steps.iter().map(AutomationStep::from).collect(),
            quiet_hours: (terms.quiet_hours)
                .map(|quiet| QuietHours { from: time(quiet.from), to: time(quiet.to) }),
            attribution_window: terms.attribution_window.to_string(),
            conversion_counts_as: terms.conversion_counts_as,
            holdout_percent: terms.holdout_percent,
            state: it.state,
            version: it.version,
            live_since: it.live_since,
        }
    }
}

impl From<&domain::Step> for AutomationStep {
    fn from(it: &domain::Step) -> Self {
        Self {
            key: it.key.clone(),
            delay: it.delay.to_string(),
            channel: it.channel,
            endpoint: it.endpoint.as_ref().map(ToString::to_string),
            link: it.link.clone(),
            checkout: it.checkout.as_ref().map(ToString::to_string),
            template: match &it.says {
                domain::StepText::Named(id) => StepText::Named(id.to_string()),
                domain::StepText::Own(text) => StepText::Own(text.into()),
            },
        }
    }
}

/// Which runs are wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RunFilter {
    /// Those of this customer.
    #[param(value_type = Option<Id>, inline)]
    pub customer: Option<String>,
    /// Those with this status.
    #[param(inline)]
    pub status: Option<RunStatus>,
}

/// A customer on their way through an automation: one for each of both, ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AutomationRun {
    /// Its id.
    pub id: String,
    /// Who.
    pub customer: String,
    /// The order that started it.
    pub order: Option<String>,
    /// The subscription that started it.
    pub subscription: Option<String>,
    /// The version that they go through.
    pub version: i64,
    /// Where they stand.
    pub status: RunStatus,
    /// Why they left.
    pub exit_reason: Option<ExitReason>,
    /// The step that they wait for.
    pub step: Option<String>,
    /// When that is due; null while a message is on its way.
    #[schema(value_type = Option<Instant>)]
    pub due_at: Option<DateTime<Utc>>,
    /// Their coupon.
    pub coupon: Option<String>,
    /// When it began.
    #[schema(value_type = Instant)]
    pub started_at: DateTime<Utc>,
    /// When it ended.
    #[schema(value_type = Option<Instant>)]
    pub ended_at: Option<DateTime<Utc>>,
}

impl AutomationRun {
    /// A run with the key of the step at which it stands.
    #[must_use]
    pub fn of(run: &automation_run::Run, step: Option<String>) -> Self {
        let is_waiting = run.status == RunStatus::Active;
        Self {
            id: run.id.to_string(),
            customer: run.customer.to_string(),
            order: run.order.as_ref().map(ToString::to_string),
            subscription: run.subscription.as_ref().map(ToString::to_string),
            version: run.version,
            status: run.status,
            exit_reason: run.exit_reason,
            step: step.filter(|_| is_waiting),
            due_at: run.due_at,
            coupon: run.coupon.clone(),
            started_at: run.started_at,
            ended_at: run.ended_at,
        }
    }
}

/// Whom it is about.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhoStarts {
    /// The customer, who must be named.
    #[param(value_type = Option<Id>, inline)]
    pub customer: Option<String>,
}

/// Why a customer is on their way through an automation, or is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExplainedStart {
    /// Whether they ever started.
    pub started: bool,
    /// Their way.
    pub run: Option<AutomationRun>,
    /// The first that is missing; null where they started.
    pub reason: Option<NotStarted>,
}

/// A customer who is sent no messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Suppression {
    /// Who.
    pub customer: String,
    /// Why.
    pub reason: SuppressionReason,
    /// Since when.
    #[schema(value_type = Instant)]
    pub since: DateTime<Utc>,
}

impl From<&automation_run::Suppression> for Suppression {
    fn from(it: &automation_run::Suppression) -> Self {
        Self { customer: it.customer.to_string(), reason: it.reason, since: it.since }
    }
}

/// The data of a customer's way through an automation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
pub struct AutomationRunData {
    /// The automation.
    automation: String,
    /// Its version.
    version: i64,
    /// Where the customer stands; `holdout` where they are sent nothing, to compare.
    status: RunStatus,
    /// Why they left.
    #[schema(required)]
    exit_reason: Option<ExitReason>,
    /// The order that started it.
    #[schema(required)]
    order: Option<String>,
    /// The subscription that started it.
    #[schema(required)]
    subscription: Option<String>,
}

/// The data of a customer who is sent no messages, or is again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
pub struct SuppressionData {
    /// Why; null where messages are sent again.
    #[schema(required)]
    reason: Option<SuppressionReason>,
}
