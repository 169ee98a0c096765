//! The merchant backend: the whole route table, who may go where, and the navigation.
//!
//! In reading order: `guard` (who comes in, and what is told to those who do not), `cookies`,
//! `desk` (what every handler works with), `forms` and `lists` (what every page of a kind does),
//! then one file for each noun.
//!
//! # How to add a page
//!
//! 1. `render/backend/NOUN.rs`: a context of plain values that are written already, with
//!    `impl BackendPage`; its template in `templates/pages/backend/` and in the list
//!    `render::backend::TEMPLATES`. It begins with `{{#> backend/layout}}`.
//! 2. `pages/backend/NOUN.rs`: `async fn show(desk: Desk) -> Answer`, ending in `desk.show(Head,
//!    &page)`. A form is a table of `forms::Spec`: the same table reads what was sent into the
//!    JSON of the API, has it judged by `Draft`, and shows every fault at its field again.
//! 3. A line in the route table below, under the roles that may; an entry in [`ENTRIES`].
//! 4. A POST answers with `desk.go(…)` (303) or shows its form again; every form holds
//!    `{{> backend/parts/csrf}}`.
//! 5. A journey in `tests/it/browser/`, which ends in `page.is_fine(…)`: screenshots, axe, console.

mod activity;
mod cookies;
mod course;
mod desk;
mod forms;
mod guard;
mod keys;
mod lists;
mod overview;
mod rollout;
mod settings;
mod sign_in;
mod what_if;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{any, get, post};

use crate::app::App;
use crate::http::auth::{ADMIN, READING, Roles};

/// The first page.
const HOME: &str = "/backend";
/// Where one signs in.
const SIGN_IN: &str = "/backend/sign-in";

/// The navigation: name and address of each page that everybody may see, in order.
const ENTRIES: &[(&str, &str)] =
    &[("Overview", HOME), ("What if", what_if::HERE), ("Settings", settings::HERE)];

/// Every page of the backend.
pub(super) fn router(app: App) -> Router {
    Router::new()
        .route(SIGN_IN, get(sign_in::ask).post(sign_in::sign_in))
        .merge(open_to(READING, reading()))
        .merge(open_to(ADMIN, administration()))
        .layer(from_fn_with_state(app.clone(), guard::guard))
        .with_state(app)
}

fn reading() -> Router<App> {
    Router::new()
        .route(HOME, get(overview::show))
        .route("/backend/{*rest}", any(guard::nowhere))
        .route("/backend/sign-out", post(sign_in::sign_out))
        .route(what_if::HERE, get(what_if::show))
        .route(rollout::HERE, get(rollout::show))
        .route(settings::HERE, get(settings::show))
        .route(keys::HERE, get(keys::list))
        .route(activity::HERE, get(activity::list))
}

fn administration() -> Router<App> {
    Router::new()
        .route(settings::HERE, post(settings::save))
        .route(keys::HERE, post(keys::create))
        .route("/backend/settings/keys/{id}/revoke", get(keys::ask_revoke).post(keys::revoke))
}

/// Routes that these roles may use: the same constants as those of the API.
fn open_to(roles: Roles, routes: Router<App>) -> Router<App> {
    routes.route_layer(from_fn(move |request, next| guard::require(roles, request, next)))
}
