//! Paths, what they join, and the graph that they span. Which one fires is for `checkouts`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::app::definitions::JudgedPath;
use crate::domain::ids::{MerchantId, PathId};
use crate::domain::path::Path as Stored;
use crate::edge::auth::Merchant;
use crate::edge::drafts::Draft;
use crate::edge::etag::{Conditions, Tagged};
use crate::edge::extract::Id;
use crate::edge::problem::Problem;
use crate::http::lists::{List, ListOf, NoFilter, PageQuery};
use crate::rules::definitions::paths::{PathDraft, decide_path};
use crate::rules::graph::Graph as OfferGraph;
use crate::wire::from_catalog;
use crate::wire::paths::{Graph, Path, PathBody, PathEdge};

/// Lists paths.
#[utoipa::path(get, path = "/v1/paths", tag = "paths", params(PageQuery),
    responses((status = 200, body = ListOf<Path>)))]
pub(super) async fn list_paths(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    list: List<NoFilter>,
) -> Result<Json<ListOf<Path>>, Problem> {
    let rows = app.paths(&merchant, list.page.wanted()).await?;
    let rows = app.judge_paths(&merchant, rows).await?;
    Ok(Json(list.page.answer(rows, |row| row.path.id.to_string(), |row| show(&row))))
}

/// Reads a path.
#[utoipa::path(get, path = "/v1/paths/{id}", tag = "paths", params(("id" = String, Path)),
    responses((status = 200, body = Path)))]
pub(super) async fn get_path(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
) -> Result<Tagged<Path>, Problem> {
    Ok(Tagged::read(read(&app, &merchant, &PathId::stored(id)).await?.1))
}

/// Writes a path.
#[utoipa::path(put, path = "/v1/paths/{id}", tag = "paths", params(("id" = String, Path)),
    request_body = PathBody,
    responses((status = 200, body = Path), (status = 201, body = Path)))]
pub(super) async fn put_path(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
    conditions: Conditions,
    draft: Draft<PathBody, PathDraft>,
) -> Result<Tagged<Path>, Problem> {
    let id = PathId::stored(id);
    let (facts, now) = (app.catalog_facts(&merchant).await?, app.now());
    let draft = draft.judged(|draft| decide_path(id.clone(), draft, &facts, now))?;
    let expected = conditions.hold(read(&app, &merchant, &id)).await?;
    let (path, created) = app.put_path(&merchant, id, draft, expected).await?;
    Ok(Tagged::written(created, show(&path)))
}

/// Removes a path. What was promised on it stays promised.
#[utoipa::path(delete, path = "/v1/paths/{id}", tag = "paths", params(("id" = String, Path)),
    responses((status = 204)))]
pub(super) async fn delete_path(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
    conditions: Conditions,
) -> Result<StatusCode, Problem> {
    let id = PathId::stored(id);
    let expected = conditions.hold(read(&app, &merchant, &id)).await?;
    app.delete_path(&merchant, &id, expected).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists the pairs of offers that a path joins.
#[utoipa::path(get, path = "/v1/paths/{id}/edges", tag = "paths",
    params(("id" = String, Path), PageQuery),
    responses((status = 200, body = ListOf<PathEdge>)))]
pub(super) async fn list_edges(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
    list: List<NoFilter>,
) -> Result<Json<ListOf<PathEdge>>, Problem> {
    let path = app.path(&merchant, &PathId::stored(id)).await?;
    let catalogue = app.catalogue(&merchant).await?;
    let mut edges = OfferGraph::new(&catalogue).edges_of(&path);
    edges.sort_by(|a, b| (&a.source, &a.target).cmp(&(&b.source, &b.target)));
    let key = |source: &str, target: &str| format!("{source} {target}");
    let rows = edges
        .into_iter()
        .map(|edge| PathEdge { source: edge.source.to_string(), target: edge.target.to_string() });
    let is_next = |edge: &PathEdge| {
        let after = list.page.after.as_deref().and_then(|after| after.split_once(' '));
        after.is_none_or(|after| (edge.source.as_str(), edge.target.as_str()) > after)
    };
    let rows = rows.filter(is_next).take(usize::from(list.page.rows())).collect();
    Ok(Json(list.page.answer(rows, |edge| key(&edge.source, &edge.target), |edge| edge)))
}

/// Shows all offers and what joins them.
#[utoipa::path(get, path = "/v1/graph", tag = "paths", responses((status = 200, body = Graph)))]
pub(super) async fn get_graph(
    State(app): State<App>,
    Merchant(merchant): Merchant,
) -> Result<Tagged<Graph>, Problem> {
    let catalogue = app.catalogue(&merchant).await?;
    let edges = OfferGraph::new(&catalogue).edges();
    Ok(Tagged::read(Graph {
        offers: catalogue.offers.iter().map(Into::into).collect(),
        edges: edges.iter().map(Into::into).collect(),
    }))
}

fn show(judged: &JudgedPath) -> Path {
    from_catalog::path(&judged.path, judged.edges, &judged.warnings)
}

async fn read(app: &App, merchant: &MerchantId, id: &PathId) -> Result<(Stored, Path), Problem> {
    let path = app.path(merchant, id).await?;
    let judged = app.judge_paths(merchant, vec![path.clone()]).await?;
    Ok((path, judged.first().map(show).ok_or_else(Problem::internal)?))
}
