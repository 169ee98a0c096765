//! Paths, what they join, and the graph that they span. Which one fires is for `checkouts`.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::app::definitions::JudgedPath;
use crate::domain::ids::{MerchantId, PathId};
use crate::domain::path::Path as Stored;
use crate::edge::auth::Merchant;
use crate::edge::etag::WithEtag;
use crate::edge::extract::Id;
use crate::edge::problem::Problem;
use crate::http::definitions::Resource;
use crate::http::lists::{List, ListOf, NoFilter, PageQuery};
use crate::wire::definitions::Answer;
use crate::wire::paths::{Graph, PathEdge, PathImpact};

impl Resource for Stored {
    type Made = Answer<Self>;

    async fn show(
        app: &App,
        merchant: &MerchantId,
        paths: Vec<Self>,
    ) -> Result<Vec<Answer<Self>>, Problem> {
        let judged = app.judge_paths(merchant, paths).await?;
        let show = |it: &JudgedPath| {
            let impact = PathImpact {
                edited_at: it.path.edited_at,
                edges: u64::try_from(it.edges).unwrap_or(u64::MAX),
                warnings: it.warnings.iter().map(Into::into).collect(),
            };
            Answer::with(&it.path, impact)
        };
        Ok(judged.iter().map(show).collect())
    }
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
    let path = app.get::<Stored>(&merchant, &PathId::stored(id)).await?;
    let edition = app.catalogue(&merchant).await?;
    let find = move || {
        let mut edges = edition.catalogue.edges_of(&path);
        edges.sort_by(|a, b| (&a.source, &a.target).cmp(&(&b.source, &b.target)));
        edges
    };
    let edges = app.compute(&merchant, find).await?;
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
) -> Result<Response, Problem> {
    let edition = app.catalogue(&merchant).await?;
    // Its text is as long as it has edges.
    let write = move || {
        let catalogue = &edition.catalogue;
        let edges = catalogue.edges();
        let graph = Graph {
            offers: catalogue.offers().iter().map(Into::into).collect(),
            edges: edges.iter().map(Into::into).collect(),
        };
        WithEtag::read(graph).into_response()
    };
    Ok(app.compute(&merchant, write).await?)
}
