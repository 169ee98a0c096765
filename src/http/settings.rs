//! The settings of a merchant.

use axum::extract::{Request, State};

use crate::app::App;
use crate::domain::ids::MerchantId;
use crate::domain::merchant::Settings as Stored;
use crate::edge::auth::Merchant;
use crate::edge::drafts::Draft;
use crate::edge::etag::{Preconditions, WithEtag};
use crate::edge::extract::body_value;
use crate::edge::problem::Problem;
use crate::rules::definitions::merchants::{SettingsDraft, decide_settings};

/// Reads the settings.
#[utoipa::path(get, path = "/v1/settings", tag = "merchant",
    responses((status = 200, body = SettingsDraft)))]
pub(super) async fn get_settings(
    State(app): State<App>,
    Merchant(merchant): Merchant,
) -> Result<WithEtag<SettingsDraft>, Problem> {
    Ok(WithEtag::read(read(&app, &merchant).await?.1))
}

/// Writes the settings. What is left out is set to its default.
#[utoipa::path(put, path = "/v1/settings", tag = "merchant", request_body = SettingsDraft,
    responses((status = 200, body = SettingsDraft), (status = 409, body = Problem)))]
pub(super) async fn put_settings(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    conditions: Preconditions,
    request: Request,
) -> Result<WithEtag<SettingsDraft>, Problem> {
    // No body at all is a mistake, not the wish to go back to the defaults.
    let body = body_value(request, &app).await?;
    let draft = Draft::<SettingsDraft>::of(body)?.judged(decide_settings)?;
    let expected = conditions.hold(read(&app, &merchant)).await?;
    let saved = app.put_settings(&merchant, draft, expected).await?;
    Ok(WithEtag::read((&saved).into()))
}

async fn read(app: &App, merchant: &MerchantId) -> Result<(Stored, SettingsDraft), Problem> {
    let stored = app.settings(merchant).await?;
    let shown = (&stored).into();
    Ok((stored, shown))
}
