//! How customers' pages of a merchant look, and what they lead to.

use serde::Serialize;

use crate::domain::merchant::{Links, Settings};

/// How customers' pages of a merchant look, and what they lead to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PageBranding {
    /// Pages of the merchant's own site, at the foot.
    pub links: Links,
    /// The address of the picture at the head.
    pub logo: Option<String>,
    /// The style of what is pressed, where it has a colour of its own.
    pub style: Option<String>,
}

impl From<&Settings> for PageBranding {
    fn from(settings: &Settings) -> Self {
        let style = |color: &String| format!(":root{{--brand:{color};--on-brand:#fff}}");
        Self {
            links: settings.links.clone(),
            logo: settings.logo.clone(),
            style: settings.color.as_ref().map(style),
        }
    }
}
