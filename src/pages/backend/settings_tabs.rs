//! The pages that belong to the settings.

use crate::pages::backend::places::{ACTIVITY, KEYS, SETTINGS, WEBHOOKS};
use crate::render::backend::frame::Link;
use crate::render::backend::parts::Tab;

/// The pages that belong to the settings.
pub(super) fn tabs(current: &str) -> Vec<Tab> {
    [("General", SETTINGS), ("API keys", KEYS), ("Webhooks", WEBHOOKS), ("Activity", ACTIVITY)]
        .into_iter()
        .map(|(label, href)| Tab { link: Link::new(label, href), current: href == current })
        .collect()
}
