//! The whole route table, who may go where, and the navigation.

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Redirect;
use axum::routing::{any, get, post};
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::App;
use crate::domain::automation::Automation;
use crate::domain::campaign::Campaign;
use crate::domain::catalogue::{Offer, Product, Tag, Tax};
use crate::domain::coupon::Coupon;
use crate::domain::gift_rule::GiftRule;
use crate::domain::message_template::MessageTemplate;
use crate::domain::path::Path;
use crate::domain::promotion::Promotion;
use crate::edge::{auth, observe};
use crate::pages::backend::places::{
    ACTIVITY, AUDIT, AUTOMATIONS, BILLING, CAMPAIGNS, CHANGES, CLOCK, COUPONS, CREDIT_NOTES,
    CUSTOMERS, EXPORT, EXPORT_FILE, GIFT_RULES, GRAPH, HOME, IMPACT, INVOICES, KEYS,
    MESSAGE_TEMPLATES, OFFERS, ORDERS, PATHS, PRODUCTS, PROMOTIONS, SETTINGS, SIGN_IN, SIGN_OUT,
    SUBSCRIPTIONS, TAGS, TAXES, TODAY, WEBHOOKS, WHAT_IF, WHY_NOT,
};
use crate::pages::backend::session::Groups;
use crate::pages::backend::{
    activity, automation_reports, billing, clock, contracts, customers, definitions, documents,
    exports, graph, guard, impact, keys, openings, orders, overview, paths, payments, settings,
    sign_in, stock, subscriptions, today, webhooks, what_if, why_not,
};

/// The navigation: each group with the name and address of its pages, which everybody may see.
const GROUPS: Groups = &[
    ("", &[("Overview", HOME)]),
    (
        "Selling",
        &[
            ("Up/down-selling", PATHS),
            ("Campaigns", CAMPAIGNS),
            ("Promotions", PROMOTIONS),
            ("Gift rules", GIFT_RULES),
            ("Coupons", COUPONS),
            ("Automations", AUTOMATIONS),
            ("Message templates", MESSAGE_TEMPLATES),
            ("Offer graph", GRAPH),
            ("What if", WHAT_IF),
            ("Why not?", WHY_NOT),
        ],
    ),
    ("Catalogue", &[("Offers", OFFERS), ("Products", PRODUCTS), ("Tags", TAGS), ("Taxes", TAXES)]),
    (
        "Customers",
        &[
            ("Customers", CUSTOMERS),
            ("Orders", ORDERS),
            ("Subscriptions", SUBSCRIPTIONS),
            ("Scheduled changes", CHANGES),
        ],
    ),
    ("Money", &[("Invoices", INVOICES), ("Credit notes", CREDIT_NOTES), ("Billing", BILLING)]),
    ("", &[("Settings", SETTINGS)]),
];

/// Every page of the backend.
pub(in crate::pages) fn router(app: App) -> Router {
    Router::new()
        .route(SIGN_IN, get(sign_in::ask).post(sign_in::sign_in))
        .route("/backend/", get(async || Redirect::permanent(HOME)))
        .merge(open_to(auth::READING, reading()))
        .merge(open_to(auth::CATALOGUE, catalogue()))
        .merge(open_to(auth::SELLING, selling()))
        .merge(open_to(auth::BILLING, money()))
        .merge(open_to(auth::ADMIN, administration()))
        .method_not_allowed_fallback(guard::wrong_method)
        .layer(CatchPanicLayer::custom(observe::panicked))
        .layer(from_fn(guard::take_form))
        .layer(guard::from_elsewhere(&app))
        .layer(from_fn_with_state((app.clone(), GROUPS), guard::guard))
        .with_state(app)
}

fn reading() -> Router<App> {
    Router::new()
        .route(HOME, get(overview::show))
        .route(TODAY, get(today::list))
        .route("/backend/{*rest}", any(guard::nowhere))
        .route(SIGN_OUT, post(sign_in::sign_out))
        .merge(definitions::reading::<Path>())
        .merge(definitions::reading::<Campaign>())
        .merge(definitions::reading::<Promotion>())
        .merge(definitions::reading::<GiftRule>())
        .merge(definitions::reading::<Coupon>())
        .merge(definitions::reading::<MessageTemplate>())
        .merge(definitions::reading::<Automation>())
        .route("/backend/automations/{id}/report", get(automation_reports::show))
        .route(GRAPH, get(graph::show))
        .merge(definitions::reading::<Offer>())
        .merge(definitions::reading::<Product>())
        .merge(definitions::reading::<Tag>())
        .merge(definitions::reading::<Tax>())
        .route(CUSTOMERS, get(customers::list))
        .route("/backend/customers/{id}", get(customers::show))
        .route(ORDERS, get(orders::list))
        .route("/backend/orders/{id}", get(orders::show))
        .route("/backend/products/{id}/stock", get(stock::show))
        .route(SUBSCRIPTIONS, get(subscriptions::list))
        .route("/backend/subscriptions/{id}", get(subscriptions::show))
        .route(CHANGES, get(subscriptions::list_changes))
        .route(INVOICES, get(documents::list_invoices))
        .route("/backend/invoices/{id}", get(documents::show_invoice))
        .route(CREDIT_NOTES, get(documents::list_credit_notes))
        .route("/backend/credit-notes/{id}", get(documents::show_credit_note))
        .route(EXPORT, get(exports::ask))
        .route(EXPORT_FILE, get(exports::send))
        .route(BILLING, get(billing::list))
        .route("/backend/billing/runs/{id}", get(billing::show))
        .route("/backend/billing/runs/{id}/progress", get(billing::fragment))
        .route(AUDIT, get(billing::audit))
        .route(WHAT_IF, get(what_if::show))
        .route(IMPACT, get(impact::show))
        .route(WHY_NOT, get(why_not::show))
        .route(SETTINGS, get(settings::show))
        .route(KEYS, get(keys::list))
        .route(ACTIVITY, get(activity::list))
        .route(WEBHOOKS, get(webhooks::list))
        .route("/backend/settings/webhooks/{id}", get(webhooks::show))
}

/// What is written stands at its own address, what is new at one that no id is like.
fn catalogue() -> Router<App> {
    Router::new()
        .merge(definitions::writing::<Path>())
        .merge(definitions::writing::<Campaign>())
        .merge(definitions::writing::<Promotion>())
        .merge(definitions::writing::<GiftRule>())
        .merge(definitions::writing::<Coupon>())
        .merge(definitions::writing::<MessageTemplate>())
        .merge(definitions::writing::<Automation>())
        .route("/backend/automations/{id}/report", post(automation_reports::turn))
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
        .route("/backend/customers/+new", get(openings::ask_customer).post(openings::make_customer))
        .route(
            "/backend/customers/{id}/checkout",
            get(openings::ask_checkout).post(openings::open_checkout),
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
        .route("/backend/customers/{id}/payout", get(openings::ask_payout).post(openings::pay_out))
        .route(BILLING, post(billing::start))
        .route(CLOCK, post(clock::advance))
}

fn administration() -> Router<App> {
    Router::new()
        .route(SETTINGS, post(settings::save))
        .route(KEYS, post(keys::create))
        .route("/backend/settings/webhooks/{id}", post(webhooks::replay))
        .route("/backend/settings/keys/{id}/revoke", get(keys::ask_revoke).post(keys::revoke))
}

/// Routes that these roles may use: the same constants as those of the API.
fn open_to(roles: auth::Roles, routes: Router<App>) -> Router<App> {
    routes.route_layer(from_fn(move |params, request, next| {
        guard::require(roles, params, request, next)
    }))
}
