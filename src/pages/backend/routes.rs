//! The whole route table, who may go where, and the navigation.

use std::sync::LazyLock;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Redirect;
use axum::routing::{any, get, post};
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::App;
use crate::domain::campaign::Campaign;
use crate::domain::gift_rule::GiftRule;
use crate::domain::nouns::nouns;
use crate::domain::promotion::Promotion;
use crate::domain::webhook::Endpoint;
use crate::edge::{auth, telemetry};
use crate::pages::backend::definitions::{EditableDefinition, Noun};
use crate::pages::backend::places::{
    ACTIVITY, AUDIT, AUTOMATION_COUPON, AUTOMATION_FLOW, BANK, BILLING, CHANGES, CLOCK,
    CREDIT_NOTES, CUSTOMERS, EXPORT, EXPORT_FILE, GRAPH, HOME, IMPACT, INVOICES, KEYS, LANGUAGE,
    MESSAGES, ORDERS, PAYMENTS, REFUSED, SEARCH, SETTINGS, SIGN_IN, SIGN_OUT, SUBSCRIPTIONS, TODAY,
    WHAT_IF, WHY_NOT,
};
use crate::pages::backend::session::Pages;
use crate::pages::backend::{
    activity, automation_coupon, automation_flow, automation_reports, automation_runs, bank,
    billing, bounces, bring_over, clock, credits, customers, definitions, deliveries, documents,
    exports, graph, guard, impact, keys, language, messages, openings, orders, overview, paths,
    payments, price_changes, receipts, refusals, rule_insight, rule_reports, search, settings,
    sign_in, stock, subscription_acts, subscriptions, today, what_if, why_not,
};

macro_rules! pages_of_nouns {
    (catalogue { $($how:ident $section:ident: $noun:ty,)+ } $($others:tt)*) => {
        fn nouns_read() -> Router<App> {
            Router::new()$(.merge(definitions::reading::<$noun>()))+
        }

        /// What is written stands at its own address, what is new at one that no id is like.
        fn nouns_written() -> Router<App> {
            Router::new()$(.merge(definitions::writing::<$noun>()))+
        }

        /// All of them, as the navigation places them.
        const NOUNS: &[Noun] = &[$(<$noun as EditableDefinition>::NOUN,)+];
    };
}

nouns!(pages_of_nouns);

/// The navigation: each group with the name and address of its pages, which everybody may see.
static GROUPS: LazyLock<Vec<Pages>> = LazyLock::new(|| {
    vec![
        ("", vec![("Overview", HOME)]),
        with_nouns(
            "Selling",
            &[("Offer graph", GRAPH), ("What if", WHAT_IF), ("Why not?", WHY_NOT)],
        ),
        with_nouns("Catalogue", &[]),
        (
            "Customers",
            vec![
                ("Customers", CUSTOMERS),
                ("Orders", ORDERS),
                ("Subscriptions", SUBSCRIPTIONS),
                ("Scheduled changes", CHANGES),
                ("Refused checkouts", REFUSED),
                ("Messages", MESSAGES),
            ],
        ),
        (
            "Money",
            vec![
                ("Invoices", INVOICES),
                ("Credit notes", CREDIT_NOTES),
                ("Payments", PAYMENTS),
                ("Billing", BILLING),
            ],
        ),
        ("", vec![("Settings", SETTINGS)]),
    ]
});

/// A group of the navigation: what a merchant defines, in the places that it asks for, then the
/// other pages.
fn with_nouns(group: &'static str, others: &[(&'static str, &'static str)]) -> Pages {
    let mut nouns: Vec<&Noun> = NOUNS.iter().filter(|noun| noun.group.0 == group).collect();
    nouns.sort_by_key(|noun| noun.group.1);
    let nouns = nouns.into_iter().map(|noun| (noun.many, noun.here));
    (group, nouns.chain(others.iter().copied()).collect())
}

/// Every page of the backend.
pub(in crate::pages) fn router(app: App) -> Router {
    Router::new()
        .route(SIGN_IN, get(sign_in::ask).post(sign_in::sign_in))
        .route(LANGUAGE, post(language::pick))
        .route("/backend/", get(async || Redirect::permanent(HOME)))
        .merge(open_to(auth::READING, reading()))
        .merge(open_to(auth::CATALOGUE, catalogue()))
        .merge(open_to(auth::SELLING, selling()))
        .merge(open_to(auth::BILLING, money()))
        .merge(open_to(auth::ADMIN, administration()))
        .method_not_allowed_fallback(guard::wrong_method)
        .layer(CatchPanicLayer::custom(telemetry::panicked))
        .layer(from_fn(guard::take_form))
        .layer(guard::from_elsewhere(&app))
        .layer(from_fn_with_state((app.clone(), GROUPS.as_slice()), guard::guard))
        .with_state(app)
}

fn reading() -> Router<App> {
    nouns_read()
        .route(HOME, get(overview::show))
        .route(TODAY, get(today::list))
        .route(SEARCH, get(search::show))
        .route("/backend/{*rest}", any(guard::nowhere))
        .route(SIGN_OUT, post(sign_in::sign_out))
        .route("/backend/automations/{id}/report", get(automation_reports::show))
        .route("/backend/campaigns/{id}/report", get(rule_reports::of_campaign))
        .route("/backend/promotions/{id}/report", get(rule_reports::of_promotion))
        .route("/backend/gift-rules/{id}/report", get(rule_reports::of_gift_rule))
        .route("/backend/automations/{id}/flow", get(automation_flow::show))
        .route("/backend/automations/{id}/runs", get(automation_runs::list))
        .route(MESSAGES, get(messages::list))
        .route("/backend/messages/{id}", get(messages::show))
        .route(GRAPH, get(graph::show))
        .route(CUSTOMERS, get(customers::list))
        .route("/backend/customers/{id}", get(customers::show))
        .route(ORDERS, get(orders::list))
        .route("/backend/orders/{id}", get(orders::show))
        .route("/backend/products/{id}/stock", get(stock::show))
        .route("/backend/offers/{id}/prices", get(price_changes::show))
        .route(SUBSCRIPTIONS, get(subscriptions::list))
        .route("/backend/subscriptions/{id}", get(subscriptions::show))
        .route(CHANGES, get(subscriptions::list_changes))
        .route(REFUSED, get(refusals::list))
        .route(INVOICES, get(documents::list_invoices))
        .route("/backend/invoices/{id}", get(documents::show_invoice))
        .route(CREDIT_NOTES, get(documents::list_credit_notes))
        .route("/backend/credit-notes/{id}", get(documents::show_credit_note))
        .route(PAYMENTS, get(payments::list))
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
        .merge(definitions::reading::<Endpoint>())
        .route("/backend/settings/webhooks/{id}/deliveries", get(deliveries::show))
}

fn catalogue() -> Router<App> {
    nouns_written()
        .route(AUTOMATION_COUPON, get(automation_coupon::ask).post(automation_coupon::save))
        .route(AUTOMATION_FLOW, get(automation_flow::begin).post(automation_flow::save_first))
        .route("/backend/automations/{id}/flow", post(automation_flow::save))
        .route("/backend/automations/{id}/report", post(automation_reports::turn))
        .route("/backend/paths/{id}/check", post(paths::check))
        .route("/backend/campaigns/{id}/check", post(rule_insight::check::<Campaign>))
        .route("/backend/promotions/{id}/check", post(rule_insight::check::<Promotion>))
        .route("/backend/gift-rules/{id}/check", post(rule_insight::check::<GiftRule>))
        .route("/backend/paths/{id}/everybody", post(paths::everybody))
        .route("/backend/products/{id}/stock", post(stock::add))
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
        .route("/backend/customers/{id}/portal", post(openings::open_portal))
        .route("/backend/customers/+new", get(openings::ask_customer).post(openings::make_customer))
        .route(
            "/backend/customers/{id}/checkout",
            get(openings::ask_checkout).post(openings::open_checkout),
        )
        .route(
            "/backend/subscriptions/{id}/cancel",
            get(subscription_acts::ask_cancel).post(subscription_acts::cancel),
        )
        .route(
            "/backend/subscriptions/{id}/end",
            get(subscription_acts::ask_end).post(subscription_acts::end),
        )
        .route(
            "/backend/subscriptions/{id}/uncancel",
            get(subscription_acts::ask_uncancel).post(subscription_acts::uncancel),
        )
        .route(
            "/backend/changes/{id}/withdraw",
            get(subscription_acts::ask_withdraw).post(subscription_acts::withdraw),
        )
}

fn money() -> Router<App> {
    Router::new()
        .route("/backend/invoices/{id}/pay", get(payments::ask_paid).post(payments::paid))
        .route("/backend/invoices/{id}/bounce", get(payments::ask_bounced).post(payments::bounced))
        .route("/backend/payments/{id}/bounce", get(bounces::ask_bounced).post(bounces::bounced))
        .route("/backend/invoices/{id}/credit", get(credits::ask_credit).post(credits::credit))
        .route("/backend/offers/{id}/prices", post(price_changes::decide))
        .route("/backend/offers/{id}/prices/look", post(price_changes::look))
        .route(
            "/backend/price-changes/{id}/withdraw",
            get(price_changes::ask_withdraw).post(price_changes::withdraw),
        )
        .route(
            "/backend/subscriptions/{id}/keep-price",
            get(price_changes::ask_keep).post(price_changes::keep),
        )
        .route("/backend/customers/{id}/payout", get(openings::ask_payout).post(openings::pay_out))
        .route(
            "/backend/customers/{id}/payment",
            get(receipts::ask_receipt).post(receipts::receive),
        )
        .route(BANK, get(bank::ask).post(bank::answer))
        .route("/backend/subscriptions/+new", get(bring_over::ask).post(bring_over::bring_over))
        .route(BILLING, post(billing::start))
        .route(CLOCK, post(clock::advance))
}

fn administration() -> Router<App> {
    Router::new()
        .route(SETTINGS, post(settings::save))
        .route(KEYS, post(keys::create))
        .merge(definitions::writing::<Endpoint>())
        .route("/backend/settings/webhooks/{id}/deliveries", post(deliveries::replay))
        .route("/backend/settings/webhooks/{id}/test", post(deliveries::test))
        .route(
            "/backend/settings/webhooks/{id}/secret",
            get(deliveries::ask_secret).post(deliveries::rotate),
        )
        .route("/backend/settings/keys/{id}/revoke", get(keys::ask_revoke).post(keys::revoke))
}

/// Routes that these roles may use: the same constants as those of the API.
fn open_to(roles: auth::Roles, routes: Router<App>) -> Router<App> {
    routes.route_layer(from_fn(move |params, request, next| {
        guard::require(roles, params, request, next)
    }))
}
