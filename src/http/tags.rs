//! Tags. What a path makes of them is for `paths`.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::domain::catalog::Tag as Stored;
use crate::domain::ids::{MerchantId, TagId};
use crate::edge::auth::Merchant;
use crate::edge::drafts::Draft;
use crate::edge::etag::{Conditions, Tagged};
use crate::edge::extract::Id;
use crate::edge::problem::Problem;
use crate::http::lists::{List, ListOf, NoFilter, PageQuery};
use crate::rules::definitions::catalog::{TagDraft, decide_tag};
use crate::wire::tags::{Tag, TagBody};

/// Lists tags.
#[utoipa::path(get, path = "/v1/tags", tag = "catalogue", params(PageQuery),
    responses((status = 200, body = ListOf<Tag>)))]
pub(super) async fn list_tags(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    list: List<NoFilter>,
) -> Result<Json<ListOf<Tag>>, Problem> {
    let rows = app.tags(&merchant, list.page.wanted()).await?;
    let shown = show(&app, &merchant, rows).await?;
    Ok(Json(list.page.answer(shown, |tag| tag.id.clone(), |tag| tag)))
}

/// Reads a tag.
#[utoipa::path(get, path = "/v1/tags/{id}", tag = "catalogue", params(("id" = String, Path)),
    responses((status = 200, body = Tag)))]
pub(super) async fn get_tag(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
) -> Result<Tagged<Tag>, Problem> {
    Ok(Tagged::read(read(&app, &merchant, &TagId::stored(id)).await?.1))
}

/// Writes a tag.
#[utoipa::path(put, path = "/v1/tags/{id}", tag = "catalogue", params(("id" = String, Path)),
    request_body = TagBody,
    responses((status = 200, body = Tag), (status = 201, body = Tag)))]
pub(super) async fn put_tag(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
    conditions: Conditions,
    draft: Draft<TagBody, TagDraft>,
) -> Result<Tagged<Tag>, Problem> {
    let id = TagId::stored(id);
    let draft = draft.judged(|draft| decide_tag(id.clone(), draft))?;
    let expected = conditions.hold(read(&app, &merchant, &id)).await?;
    let created = app.put_tag(&merchant, id.clone(), &draft, expected).await?;
    Ok(Tagged::written(created, read(&app, &merchant, &id).await?.1))
}

/// Removes a tag that nothing uses.
#[utoipa::path(delete, path = "/v1/tags/{id}", tag = "catalogue", params(("id" = String, Path)),
    responses((status = 204), (status = 409, body = Problem)))]
pub(super) async fn delete_tag(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
    conditions: Conditions,
) -> Result<StatusCode, Problem> {
    let id = TagId::stored(id);
    let expected = conditions.hold(read(&app, &merchant, &id)).await?;
    app.delete_tag(&merchant, &id, expected).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn read(app: &App, merchant: &MerchantId, id: &TagId) -> Result<(Stored, Tag), Problem> {
    let tag = app.tag(merchant, id).await?;
    let shown = show(app, merchant, vec![tag.clone()]).await?;
    Ok((tag, shown.into_iter().next().ok_or_else(Problem::internal)?))
}

async fn show(app: &App, merchant: &MerchantId, tags: Vec<Stored>) -> Result<Vec<Tag>, Problem> {
    let ids = tags.iter().map(|tag| tag.id.clone()).collect();
    let mut users = app.tag_users(merchant, ids).await?;
    let shown = tags.into_iter().map(|tag| {
        let users = users.remove(&tag.id).unwrap_or_default();
        let paths: BTreeSet<_> = users.source_of.into_iter().chain(users.target_of).collect();
        Tag {
            id: tag.id.to_string(),
            title: tag.title,
            offers: users.offers.iter().map(ToString::to_string).collect(),
            paths: paths.iter().map(ToString::to_string).collect(),
        }
    });
    Ok(shown.collect())
}
