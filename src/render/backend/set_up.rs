//! Setting up an automation card by card: first its coupon, then what makes customers start, and
//! its messages with what each would say.

use serde::Serialize;

use crate::render::backend::BackendPage;
use crate::render::backend::form::{Field, Form};
use crate::render::backend::frame::Link;
use crate::render::backend::parts::Badge;
use crate::render::backend::phrase::{Phrase, ours};

/// The coupon that each customer gets.
#[derive(Clone, Debug, Serialize)]
pub struct CouponPage {
    /// Where the form is sent.
    pub action: &'static str,
    /// Those that are suggested; none where one's own is made.
    pub suggested: Vec<Suggestion>,
    /// What is wrong, if anything.
    pub form: Form,
    /// The fields, in order.
    pub fields: Vec<Field>,
    /// The other way: a coupon of one's own, or back to those that are suggested.
    pub other: Link,
    /// On without a coupon.
    pub skip: &'static str,
}

impl BackendPage for CouponPage {
    const TEMPLATE: &'static str = "backend/automation_coupon";
}

/// A coupon that is suggested.
#[derive(Clone, Debug, Serialize)]
pub struct Suggestion {
    /// What is sent.
    pub name: &'static str,
    /// What it gives.
    pub title: Phrase,
    /// When that is right.
    #[serde(serialize_with = "ours")]
    pub about: &'static str,
    /// Whether it is picked.
    pub picked: bool,
}

/// An automation, card by card.
#[derive(Clone, Debug, Serialize)]
pub struct FlowPage {
    /// Its title.
    pub title: Phrase,
    /// Where it stands.
    pub state: Badge,
    /// Where a message is sent to be saved.
    pub action: String,
    /// What its coupon is.
    pub coupon: Phrase,
    /// Where the coupon is chosen.
    pub coupon_at: Option<String>,
    /// What makes customers start.
    #[serde(serialize_with = "ours")]
    pub trigger: &'static str,
    /// How many have done that.
    pub first_purchases: String,
    /// How many have started; none where it is not saved yet.
    pub started: Option<Link>,
    /// Its messages.
    pub steps: Vec<FlowStep>,
    /// The form of one more message.
    pub next: Option<StepForm>,
    /// Where the form of one more message is asked for.
    pub add: String,
    /// Where it is set live: none where it is, or where there is nothing to be sent.
    pub live: Option<String>,
    /// Where it is edited as a whole; none where it is not saved yet.
    pub edit: Option<String>,
    /// Whether there are no templates to choose from.
    pub needs_templates: bool,
}

impl BackendPage for FlowPage {
    const TEMPLATE: &'static str = "backend/automation_flow";
}

/// A message of an automation.
#[derive(Clone, Debug, Serialize)]
pub struct FlowStep {
    /// Its key.
    pub key: String,
    /// How long it waits.
    pub delay: Phrase,
    /// By which way it is sent.
    #[serde(serialize_with = "ours")]
    pub channel: &'static str,
    /// What it says: a template, or a subject of its own.
    pub says: Link,
    /// Where its form is asked for.
    pub edit: String,
    /// What it would say, in each language.
    pub previews: Vec<Preview>,
    /// Its form, where that is asked for.
    pub form: Option<StepForm>,
}

/// What a message would say in a language.
#[derive(Clone, Debug, Serialize)]
pub struct Preview {
    /// The language.
    pub language: String,
    /// One line.
    pub subject: String,
    /// As plain text.
    pub text: String,
}

/// The form of a message.
#[derive(Clone, Debug, Serialize)]
pub struct StepForm {
    /// Where it is sent.
    pub action: String,
    /// The key of the message; empty for one more.
    pub step: String,
    /// What is sent besides, unseen: by name and value.
    pub hidden: Vec<Link>,
    /// What is wrong, if anything.
    pub form: Form,
    /// The fields, in order.
    pub fields: Vec<Field>,
    /// Whether it can be taken away.
    pub can_go: bool,
    /// Back, with nothing changed.
    pub back: String,
}
