//! What if: a question, what the checkout would do, and pictures of what would come of it.

use serde::Serialize;

use crate::render::backend::BackendPage;
use crate::render::backend::form::Form;
use crate::render::backend::parts::{Badge, Tab};
use crate::render::backend::phrase::{Phrase, ours};
use crate::render::backend::time::Time;
use crate::render::backend::timeline::Timeline;

/// The page.
#[derive(Clone, Debug, Serialize)]
pub struct WhatIfPage {
    /// The ways to ask.
    pub tabs: Vec<Tab>,
    /// The question.
    pub form: Form,
    /// The answer, once there is a question that has one.
    pub answer: Option<Answer>,
}

impl BackendPage for WhatIfPage {
    const TEMPLATE: &'static str = "backend/what_if";
}

/// What would be.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// What the checkout would be, in a sentence.
    pub told: Phrase,
    /// Whether there would be one.
    pub verdict: Badge,
    /// Every path and subscription that was looked at.
    pub candidates: Vec<Candidate>,
    /// What the customer may pick, the default first.
    pub choices: Vec<Outcome>,
    /// What comes without the checkout.
    pub without: Timeline,
}

/// A path and a subscription that were looked at.
#[derive(Clone, Debug, Serialize)]
pub struct Candidate {
    /// The path's internal title.
    pub path: String,
    /// The subscription's title, or its id.
    pub subscription: Phrase,
    /// What became of it.
    pub verdict: Badge,
    /// The reason.
    #[serde(serialize_with = "ours")]
    pub reason: &'static str,
}

/// What comes of one way of completing the checkout.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// By which it is found on the page.
    pub id: &'static str,
    /// What it is called.
    #[serde(serialize_with = "ours")]
    pub heading: &'static str,
    /// When it takes effect.
    pub effective_on: Time,
    /// What is due at once.
    pub amount_due: String,
    /// When something is booked next.
    pub next_payment: Option<Time>,
    /// What is to be paid then.
    pub next_amount: Option<String>,
    /// What stands on the balance afterwards, where that is something.
    pub balance: Option<Phrase>,
    /// What stays to be paid on earlier invoices, where that is something.
    pub still_owed: Option<String>,
    /// To what it binds.
    pub commitment: Option<Commitment>,
    /// What ends by it.
    pub ends: Vec<Ending>,
    /// What it does beyond itself.
    pub consequences: Vec<Phrase>,
    /// The path's title, filled.
    pub title: Option<String>,
    /// The path's text, filled.
    pub text: Option<String>,
    /// What comes with it.
    pub timeline: Timeline,
}

/// To what a customer is bound.
#[derive(Clone, Debug, Serialize)]
pub struct Commitment {
    /// The first day of the term.
    pub from: Time,
    /// The last.
    pub to: Time,
    /// What it comes to in the term.
    pub total: String,
    /// For how long it renews; none where it then ends.
    pub renews: Option<String>,
    /// The last day on which a cancellation ends it then, or with its trial.
    pub cancel_by: Time,
    /// The end that such a cancellation has.
    pub cancellable_to: Option<Time>,
}

/// A subscription that ends.
#[derive(Clone, Debug, Serialize)]
pub struct Ending {
    /// Its title.
    pub title: String,
    /// The day after its last.
    pub on: Time,
    /// What is lost with it.
    pub lost: Vec<Phrase>,
}
