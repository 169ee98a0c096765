//! The merchant backend: the whole route table, who may go where, and the navigation.
//!
//! In reading order: `guard` (who comes in, and what is told to those who do not), `cookies`,
//! `session` (what every handler works with), `notation`, `form_values` and `forms` (what is typed
//! into a form), `once` and `lists` (what every page of a kind does), `definitions` (what all that
//! a merchant defines has in common), then one file for each noun.
//! `insight` tells of paths what `paths` and `graph` show.
//!
//! # How to add a page
//!
//! 1. `render/backend/NOUN.rs`: a context of plain values that are written already, with
//!    `impl BackendPage`; its template in `templates/pages/backend/` and in the list
//!    `render::backend::TEMPLATES`. It begins with `{{#> backend/layout}}`.
//! 2. `pages/backend/NOUN.rs`: `async fn show(desk: Session) -> Answer`, ending in `desk.show(Head,
//!    &page)`. A form is a table of `forms::Spec`: the same table reads what was sent into the
//!    JSON of the API, has it judged by `Draft`, and shows every fault at its field again.
//! 3. A line in the route table below, under the roles that may; an entry in [`GROUPS`].
//! 4. A POST answers with `desk.go(…)` (303) or shows its form again; every form holds
//!    `{{> backend/parts/csrf}}`.
//! 5. A journey in `tests/it/browser/`, which ends in `page.is_fine(…)`: screenshots, axe, console.

mod activity;
mod billing;
mod campaigns;
mod clock;
mod confirm;
mod contracts;
mod cookies;
mod coupons;
mod customers;
mod definitions;
mod documents;
mod exports;
mod filters;
mod form_values;
mod forms;
mod gift_rules;
mod graph;
mod guard;
mod impact;
mod insight;
mod keys;
mod lists;
mod notation;
mod offers;
mod once;
mod orders;
mod overview;
mod paths;
mod payments;
mod products;
mod promotions;
mod query;
mod rows;
mod rule_forms;
mod session;
mod settings;
mod sign_in;
mod stock;
mod subscriptions;
mod tags;
mod taxes;
mod timeline;
mod today;
mod what_if;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Redirect;
use axum::routing::{any, get, post};
use tower_http::catch_panic::CatchPanicLayer;

pub(super) use sign_in::welcome;

use crate::app::App;
use crate::domain::campaign::Campaign;
use crate::domain::catalogue::{Offer, Product, Tag, Tax};
use crate::domain::coupon::Coupon;
use crate::domain::gift_rule::GiftRule;
use crate::domain::path::Path;
use crate::domain::promotion::Promotion;
use crate::edge::auth::{ADMIN, BILLING, CATALOGUE, READING, Roles, SELLING};
use crate::edge::observe;

/// The first page.
pub(super) const HOME: &str = "/backend";
/// Where one signs in.
const SIGN_IN: &str = "/backend/sign-in";
/// Where a session is ended.
const SIGN_OUT: &str = "/backend/sign-out";

/// The navigation: each group with the name and address of its pages, which everybody may see.
const GROUPS: &[(&str, &[(&str, &str)])] = &[
    ("", &[("Overview", HOME)]),
    (
        "Selling",
        &[
            ("Up/down-selling", paths::HERE),
            ("Campaigns", campaigns::HERE),
            ("Promotions", promotions::HERE),
            ("Gift rules", gift_rules::HERE),
            ("Coupons", coupons::HERE),
            ("Offer graph", graph::HERE),
            ("What if", what_if::HERE),
        ],
    ),
    (
        "Catalogue",
        &[
            ("Offers", offers::HERE),
            ("Products", products::HERE),
            ("Tags", tags::HERE),
            ("Taxes", taxes::HERE),
        ],
    ),
    (
        "Customers",
        &[
            ("Customers", customers::HERE),
            ("Orders", orders::HERE),
            ("Subscriptions", subscriptions::HERE),
            ("Scheduled changes", subscriptions::CHANGES),
        ],
    ),
    (
        "Money",
        &[
            ("Invoices", rows::INVOICES),
            ("Credit notes", rows::CREDIT_NOTES),
            ("Billing", billing::HERE),
        ],
    ),
    ("", &[("Settings", settings::HERE)]),
];

/// Every page of the backend.
pub(super) fn router(app: App) -> Router {
    Router::new()
        .route(SIGN_IN, get(sign_in::ask).post(sign_in::sign_in))
        .route("/backend/", get(async || Redirect::permanent(HOME)))
        .merge(open_to(READING, reading()))
        .merge(open_to(CATALOGUE, catalogue()))
        .merge(open_to(SELLING, selling()))
        .merge(open_to(BILLING, money()))
        .merge(open_to(ADMIN, administration()))
        .method_not_allowed_fallback(guard::wrong_method)
        .layer(CatchPanicLayer::custom(observe::panicked))
        .layer(from_fn(guard::take_form))
        .layer(guard::from_elsewhere(&app))
        .layer(from_fn_with_state(app.clone(), guard::guard))
        .with_state(app)
}

fn reading() -> Router<App> {
    Router::new()
        .route(HOME, get(overview::show))
        .route(today::HERE, get(today::list))
        .route("/backend/{*rest}", any(guard::nowhere))
        .route(SIGN_OUT, post(sign_in::sign_out))
        .merge(definitions::reading::<Path>())
        .merge(definitions::reading::<Campaign>())
        .merge(definitions::reading::<Promotion>())
        .merge(definitions::reading::<GiftRule>())
        .merge(definitions::reading::<Coupon>())
        .route(graph::HERE, get(graph::show))
        .merge(definitions::reading::<Offer>())
        .merge(definitions::reading::<Product>())
        .merge(definitions::reading::<Tag>())
        .merge(definitions::reading::<Tax>())
        .route(customers::HERE, get(customers::list))
        .route("/backend/customers/{id}", get(customers::show))
        .route(orders::HERE, get(orders::list))
        .route("/backend/orders/{id}", get(orders::show))
        .route("/backend/products/{id}/stock", get(stock::show))
        .route(subscriptions::HERE, get(subscriptions::list))
        .route("/backend/subscriptions/{id}", get(subscriptions::show))
        .route(subscriptions::CHANGES, get(subscriptions::list_changes))
        .route(rows::INVOICES, get(documents::list_invoices))
        .route("/backend/invoices/{id}", get(documents::show_invoice))
        .route(rows::CREDIT_NOTES, get(documents::list_credit_notes))
        .route("/backend/credit-notes/{id}", get(documents::show_credit_note))
        .route(exports::HERE, get(exports::ask))
        .route(exports::FILE, get(exports::send))
        .route(billing::HERE, get(billing::list))
        .route("/backend/billing/runs/{id}", get(billing::show))
        .route("/backend/billing/runs/{id}/progress", get(billing::fragment))
        .route(billing::AUDIT, get(billing::audit))
        .route(what_if::HERE, get(what_if::show))
        .route(impact::HERE, get(impact::show))
        .route(settings::HERE, get(settings::show))
        .route(keys::HERE, get(keys::list))
        .route(activity::HERE, get(activity::list))
}

/// What is written stands at its own address, what is new at one that no id is like.
fn catalogue() -> Router<App> {
    Router::new()
        .merge(definitions::writing::<Path>())
        .merge(definitions::writing::<Campaign>())
        .merge(definitions::writing::<Promotion>())
        .merge(definitions::writing::<GiftRule>())
        .merge(definitions::writing::<Coupon>())
        .route("/backend/paths/{id}/check", post(paths::check))
        .route("/backend/paths/{id}/everybody", post(paths::everybody))
        .merge(definitions::writing::<Offer>())
        .merge(definitions::writing::<Product>())
        .route("/backend/products/{id}/stock", post(stock::add))
        .merge(definitions::writing::<Tag>())
        .merge(definitions::writing::<Tax>())
}

fn selling() -> Router<App> {
    Router::new()
        .route("/backend/orders/{id}/paid", get(orders::ask_paid).post(orders::paid))
        .route("/backend/orders/{id}/delivered", get(orders::ask_delivered).post(orders::delivered))
        .route("/backend/orders/{id}/refunded", get(orders::ask_refunded).post(orders::refunded))
        .route("/backend/orders/{id}/cancelled", get(orders::ask_cancelled).post(orders::cancelled))
        .route(
            "/backend/customers/{id}/edit",
            get(customers::ask_profile).post(customers::save_profile),
        )
        .route(
            "/backend/subscriptions/{id}/cancel",
            get(contracts::ask_cancel).post(contracts::cancel),
        )
        .route("/backend/subscriptions/{id}/end", get(contracts::ask_end).post(contracts::end))
        .route(
            "/backend/subscriptions/{id}/uncancel",
            get(contracts::ask_uncancel).post(contracts::uncancel),
        )
        .route(
            "/backend/changes/{id}/withdraw",
            get(contracts::ask_withdraw).post(contracts::withdraw),
        )
}

fn money() -> Router<App> {
    Router::new()
        .route("/backend/invoices/{id}/pay", get(payments::ask_paid).post(payments::paid))
        .route("/backend/invoices/{id}/bounce", get(payments::ask_bounced).post(payments::bounced))
        .route(billing::HERE, post(billing::start))
        .route(clock::HERE, post(clock::advance))
}

fn administration() -> Router<App> {
    Router::new()
        .route(settings::HERE, post(settings::save))
        .route(keys::HERE, post(keys::create))
        .route("/backend/settings/keys/{id}/revoke", get(keys::ask_revoke).post(keys::revoke))
}

/// Routes that these roles may use: the same constants as those of the API.
fn open_to(roles: Roles, routes: Router<App>) -> Router<App> {
    routes.route_layer(from_fn(move |params, request, next| {
        guard::require(roles, params, request, next)
    }))
}
