//! The record of everything that happened.

use axum::Json;
use axum::extract::State;

use crate::app::{App, AppError};
use crate::domain::ids::{EventId, MerchantId};
use crate::edge::auth::Merchant;
use crate::edge::problem::Problem;
use crate::http::lists::{List, ListOf, PageQuery};
use crate::wire::events::{Event, EventFilter};

/// Lists events in the order in which they were recorded. Whoever follows the record asks for
/// those `after` the last event seen, by its id or its `sequence`.
#[utoipa::path(get, path = "/v1/events", tag = "events", params(EventFilter, PageQuery),
    responses((status = 200, body = ListOf<Event>)))]
pub(super) async fn list_events(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    list: List<EventFilter>,
) -> Result<Json<ListOf<Event>>, Problem> {
    let cursor = list.page.after.as_deref().and_then(|key| key.parse().ok());
    let after = match (cursor, &list.filter.after) {
        (Some(sequence), _) => sequence,
        (None, Some(event)) => sequence_of(&app, &merchant, event).await?,
        (None, None) => 0,
    };
    let rows = app.events(&merchant, after, i64::from(list.page.rows())).await?;
    Ok(Json(list.page.answer(rows, |row| row.sequence.to_string(), |row| app.event_as_told(&row))))
}

async fn sequence_of(app: &App, merchant: &MerchantId, event: &str) -> Result<i64, Problem> {
    if let Ok(sequence) = event.parse() {
        return Ok(sequence);
    }
    match app.event_sequence(merchant, &EventId::stored(event.to_owned())).await {
        Err(AppError::NotFound(_)) => {
            Err(Problem::invalid_field("/after", format!("there is no event `{event}`")))
        }
        other => Ok(other?),
    }
}
