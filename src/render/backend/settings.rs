//! Settings, keys, and the record of who changed what.

use serde::Serialize;

use crate::render::backend::BackendPage;
use crate::render::backend::form::Form;
use crate::render::backend::parts::{Badge, Pager, Tab};
use crate::render::backend::phrase::Phrase;
use crate::render::backend::time::Time;

/// The form of the settings.
#[derive(Clone, Debug, Serialize)]
pub struct SettingsPage {
    /// The pages of the settings.
    pub tabs: Vec<Tab>,
    /// A field for each setting.
    pub form: Form,
}

impl BackendPage for SettingsPage {
    const TEMPLATE: &'static str = "backend/settings";
}

/// The keys, and the form that makes one.
#[derive(Clone, Debug, Serialize)]
pub struct KeysPage {
    /// The pages of the settings.
    pub tabs: Vec<Tab>,
    /// The keys in force.
    pub keys: Vec<KeyRow>,
    /// The way through them.
    pub pager: Pager,
    /// `role` and `label`.
    pub form: Form,
    /// What the form calls itself, so that it is done once.
    pub once: String,
}

impl BackendPage for KeysPage {
    const TEMPLATE: &'static str = "backend/keys";
}

/// A key, without its secret.
#[derive(Clone, Debug, Serialize)]
pub struct KeyRow {
    /// By which it is revoked.
    pub id: String,
    /// What it is for.
    pub label: Option<String>,
    /// What it may do.
    pub role: Badge,
    /// The last characters of the secret.
    pub last: String,
    /// When it was made.
    pub made: Time,
    /// Whether one is signed in with it.
    pub own: bool,
}

/// A key that was just made: the secret is shown this once.
#[derive(Clone, Debug, Serialize)]
pub struct KeyMadePage {
    /// The secret.
    pub secret: String,
    /// What it may do.
    pub role: &'static str,
    /// What it is for.
    pub label: Option<String>,
}

impl BackendPage for KeyMadePage {
    const TEMPLATE: &'static str = "backend/key_made";
}

/// Asks once more before a key is revoked.
#[derive(Clone, Debug, Serialize)]
pub struct KeyRevokePage {
    /// The key.
    pub key: KeyRow,
    /// What is wrong with it, if it was refused.
    pub refused: Option<Phrase>,
}

impl BackendPage for KeyRevokePage {
    const TEMPLATE: &'static str = "backend/key_revoke";
}

/// The record of who changed what.
#[derive(Clone, Debug, Serialize)]
pub struct ActivityPage {
    /// The pages of the settings.
    pub tabs: Vec<Tab>,
    /// What was done, the latest first.
    pub entries: Vec<ActivityRow>,
    /// The way through it.
    pub pager: Pager,
}

impl BackendPage for ActivityPage {
    const TEMPLATE: &'static str = "backend/activity";
}

/// Something that was done.
#[derive(Clone, Debug, Serialize)]
pub struct ActivityRow {
    /// When.
    pub at: Time,
    /// What, in words.
    pub what: Phrase,
    /// To what, by id.
    pub subject: String,
    /// With which key: its label or id; none where the engine or a command line did it.
    pub key: Option<String>,
}

/// The webhook endpoints.
#[derive(Clone, Debug, Serialize)]
pub struct WebhooksPage {
    /// The pages of the settings.
    pub tabs: Vec<Tab>,
    /// The endpoints, by id.
    pub endpoints: Vec<EndpointRow>,
}

impl BackendPage for WebhooksPage {
    const TEMPLATE: &'static str = "backend/webhooks";
}

/// A webhook endpoint.
#[derive(Clone, Debug, Serialize)]
pub struct EndpointRow {
    /// By which it is found.
    pub id: String,
    /// Where it is called.
    pub url: String,
    /// What it is told of.
    pub events: String,
    /// Whether it is called.
    pub status: Badge,
    /// Since when every call has failed.
    pub failing: Option<Time>,
}

/// What was sent to a webhook endpoint.
#[derive(Clone, Debug, Serialize)]
pub struct DeliveriesPage {
    /// The endpoint.
    pub endpoint: EndpointRow,
    /// Why nothing was sent once more, if that was refused.
    pub refused: Option<Phrase>,
    /// What names the form.
    pub once: String,
    /// The deliveries, the latest first.
    pub rows: Vec<DeliveryRow>,
    /// The way through them.
    pub pager: Pager,
}

impl BackendPage for DeliveriesPage {
    const TEMPLATE: &'static str = "backend/deliveries";
}

/// An event on its way to an endpoint.
#[derive(Clone, Debug, Serialize)]
pub struct DeliveryRow {
    /// What it tells, in words.
    pub what: Phrase,
    /// Of what, by id.
    pub subject: String,
    /// When it was made.
    pub at: Time,
    /// Where it stands.
    pub status: Badge,
    /// How often it was tried.
    pub attempts: u32,
    /// What was answered last, or why nothing was.
    pub answer: String,
    /// When it is tried next.
    pub next: Option<Time>,
}
