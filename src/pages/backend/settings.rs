//! The settings of a merchant.

use axum::http::StatusCode;

use crate::app::expected::Expected;
use crate::http::drafts::Draft;
use crate::http::problem::Problem;
use crate::pages::backend::desk::{Desk, Head};
use crate::pages::backend::forms::{Spec, Typed, form};
use crate::pages::backend::guard::{Answer, Sent};
use crate::pages::backend::{activity, keys};
use crate::render::backend::form::Kind;
use crate::render::backend::frame::Link;
use crate::render::backend::parts::Tab;
use crate::render::backend::settings::SettingsPage;
use crate::rules::definitions::merchants::{SettingsDraft, decide_settings};
use crate::wire::settings::Settings;

/// Where the settings stand.
pub(super) const HERE: &str = "/backend/settings";

const FIELDS: &[Spec] = &[
    Spec::new("/time_zone", "Time zone", Kind::Text)
        .hint("Where your days begin, such as Europe/Berlin.")
        .required(),
    Spec::new("/locale", "Language", Kind::Text)
        .hint("For customers without one of their own, such as en or de-AT.")
        .required(),
    Spec::new("/currency", "Currency", Kind::Text).hint("Three letters, such as EUR.").required(),
    Spec::new("/seller/name", "Name", Kind::Text).hint("Printed on documents from now on."),
    Spec::new("/seller/address", "Address", Kind::Area),
    Spec::new("/seller/vat_id", "VAT number", Kind::Text),
    Spec::new("/payment_days", "Days to pay", Kind::Number)
        .hint("From issue to due date, 0 to 365.")
        .required(),
    Spec::new("/purchase_on_account", "Sell on account", Kind::Flag)
        .hint("A checkout completes although something is due and nothing was paid."),
    Spec::new("/checkout_minutes", "Minutes a checkout stays open", Kind::Number).required(),
    Spec::new("/upsell_minutes", "Minutes an offer after a purchase stays open", Kind::Number)
        .required(),
    Spec::new("/return_origins", "Sites to return to", Kind::Lines)
        .hint("One a line, such as https://shop.example.org. Customers are sent back only there."),
];

/// The pages that belong to the settings.
pub(super) fn tabs(current: &str) -> Vec<Tab> {
    [("General", HERE), ("API keys", keys::HERE), ("Activity", activity::HERE)]
        .into_iter()
        .map(|(label, href)| Tab { link: Link::new(label, href), current: href == current })
        .collect()
}

/// Shows the settings.
pub(super) async fn show(desk: Desk) -> Answer {
    let saved: Settings = (&desk.settings).into();
    page(&desk, &Typed::of(FIELDS, &saved), None)
}

/// Saves the settings, or shows what is wrong with them.
pub(super) async fn save(desk: Desk, sent: Sent) -> Answer {
    let typed = Typed::sent(sent);
    match put(&desk, &typed).await {
        Ok(()) => desk.go(HERE, "The settings are saved."),
        Err(problem) => page(&desk, &typed, Some(&problem)),
    }
}

async fn put(desk: &Desk, typed: &Typed) -> Result<(), Problem> {
    let draft = Draft::<Settings, SettingsDraft>::of(typed.json(FIELDS))?;
    let draft = draft.judged(decide_settings)?;
    desk.app.put_settings(&desk.merchant, draft, Expected::Anything).await?;
    Ok(())
}

fn page(desk: &Desk, typed: &Typed, problem: Option<&Problem>) -> Answer {
    let status = problem.map_or(StatusCode::OK, |problem| problem.code.status());
    let page = SettingsPage { tabs: tabs(HERE), form: form(FIELDS, typed, problem) };
    desk.show_as(status, Head::new("Settings"), &page)
}
