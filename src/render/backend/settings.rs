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

/// A secret that was just made and is shown this once: that of a key, or of a webhook endpoint.
#[derive(Clone, Debug, Serialize)]
pub struct SecretPage {
    /// The secret.
    pub secret: String,
    /// What it is for.
    pub about: Phrase,
    /// Where one goes on.
    pub back: String,
}

impl BackendPage for SecretPage {
    const TEMPLATE: &'static str = "backend/secret";
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
    /// The moment of it.
    pub at: Time,
    /// What, in words.
    pub what: Phrase,
    /// To what, by id.
    pub subject: String,
    /// With which key: its label or id; none where the engine or a command line did it.
    pub key: Option<String>,
}

/// A webhook endpoint.
#[derive(Clone, Debug, Serialize)]
pub struct EndpointRow {
    /// Where it is edited, and done with.
    pub at: String,
    /// Where it is called.
    pub url: String,
    /// What it is told of.
    pub events: String,
    /// Whether it is called, in a word.
    pub status: Badge,
    /// Whether it is not called any more.
    pub is_off: bool,
    /// Since when every call has failed.
    pub failing: Option<Time>,
    /// Until when it is left alone, for it does not answer.
    pub resting: Option<Time>,
}

/// What was sent to a webhook endpoint.
#[derive(Clone, Debug, Serialize)]
pub struct DeliveriesPage {
    /// The endpoint.
    pub endpoint: EndpointRow,
    /// Why nothing was sent once more, if that was refused.
    pub refused: Option<Phrase>,
    /// What names the form that sends once more.
    pub once: String,
    /// What names the form that sends a test.
    pub once_tested: String,
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
