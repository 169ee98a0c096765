//! The whole route table of the API, by the role that a route needs.
//!
//! What a route does stands in the file of its noun.

use std::sync::LazyLock;

use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::domain::nouns::nouns;
use crate::edge::auth::{ADMIN, BILLING, CATALOGUE, READING, SELLING};
use crate::edge::problem::Problem;
use crate::http::describe::{SCHEME, allow, in_several};
use crate::http::{
    audit, automations, billing, campaigns, carts, changes, checkouts, coupons, customers,
    definitions, documents, events, exports, gift_rules, keys, merchants, messages, orders, paths,
    payments, portal, price_changes, products, promotions, settings, subscriptions, test_clock,
    webhooks,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "crossgrade",
        description = "The open engine for up- and down-selling in subscription checkouts."
    ),
    components(schemas(Problem, crate::wire::carts::Explain))
)]
struct Document;

/// An empty route table that carries the head of the OpenAPI document.
#[must_use]
pub fn table<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S> {
    let mut document = Document::openapi();
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An API key. Its role decides what it may do."))
        .build();
    document
        .components
        .get_or_insert_default()
        .add_security_scheme(SCHEME, SecurityScheme::Http(bearer));
    OpenApiRouter::with_openapi(document)
}

/// Every route of the API. They are described once, however many servers there are.
#[must_use]
pub fn api() -> OpenApiRouter<App> {
    static API: LazyLock<OpenApiRouter<App>> = LazyLock::new(described);
    API.clone()
}

fn described() -> OpenApiRouter<App> {
    let mut api = table()
        .merge(allow(READING, reading()))
        .merge(allow(ADMIN, administration()))
        .merge(allow(CATALOGUE, catalogue()))
        .merge(allow(SELLING, selling()))
        .merge(allow(BILLING, money()))
        .merge(in_several(allow(BILLING, long_work())));
    webhooks::describe_events(api.get_openapi_mut());
    api
}

macro_rules! routes_of_nouns {
    ($($writers:ident { $($how:ident $section:ident: $noun:ty,)+ })+) => {
        fn nouns_read() -> OpenApiRouter<App> {
            OpenApiRouter::new()$($(.merge(definitions::reading::<$noun>()))+)+
        }

        /// Writing them, by those who may.
        mod nouns_written {
            use super::{App, OpenApiRouter, definitions};

            $(
                pub(super) fn $writers() -> OpenApiRouter<App> {
                    OpenApiRouter::new()$(.merge(definitions::writing::<$noun>()))+
                }
            )+
        }
    };
}

nouns!(routes_of_nouns);

fn reading() -> OpenApiRouter<App> {
    nouns_read()
        .routes(routes!(automations::list_automation_runs))
        .routes(routes!(automations::explain))
        .routes(routes!(automations::report))
        .routes(routes!(automations::preview))
        .routes(routes!(messages::list_messages))
        .routes(routes!(messages::get_message))
        .routes(routes!(messages::list_suppressions))
        .routes(routes!(coupons::list_codes))
        .routes(routes!(coupons::get_code))
        .routes(routes!(settings::get_settings))
        .routes(routes!(products::list_moves))
        .routes(routes!(orders::list_orders))
        .routes(routes!(orders::get_order))
        .routes(routes!(orders::get_upsell))
        .routes(routes!(campaigns::report_campaign))
        .routes(routes!(gift_rules::report_gift_rule))
        .routes(routes!(promotions::report_promotion))
        .routes(routes!(keys::list_keys))
        .routes(routes!(merchants::list_merchants))
        .routes(routes!(paths::list_edges))
        .routes(routes!(paths::get_graph))
        .routes(routes!(customers::list_transitions))
        .routes(routes!(customers::list_customer_offers))
        .routes(routes!(subscriptions::list_subscriptions))
        .routes(routes!(subscriptions::get_subscription))
        .routes(routes!(subscriptions::list_days))
        .routes(routes!(price_changes::list_price_changes))
        .routes(routes!(price_changes::get_price_change))
        .routes(routes!(price_changes::list_new_prices))
        .routes(routes!(price_changes::preview_price_change))
        .routes(routes!(changes::list_changes))
        .routes(routes!(changes::get_change))
        .routes(routes!(documents::list_invoices))
        .routes(routes!(documents::get_invoice))
        .routes(routes!(documents::get_invoice_xml))
        .routes(routes!(documents::list_credit_notes))
        .routes(routes!(documents::get_credit_note))
        .routes(routes!(documents::get_credit_note_xml))
        .routes(routes!(payments::list_payments))
        .routes(routes!(exports::export_documents))
        .routes(routes!(exports::export_payments))
        .routes(routes!(checkouts::list_checkouts))
        .routes(routes!(checkouts::get_checkout))
        .routes(routes!(billing::list_runs))
        .routes(routes!(billing::get_run))
        .routes(routes!(audit::audit))
        .routes(routes!(events::list_events))
        .routes(routes!(webhooks::list_webhook_deliveries))
        .routes(routes!(carts::evaluate_cart))
        .routes(routes!(carts::evaluate_upsell))
        .routes(routes!(test_clock::get_clock))
}

fn administration() -> OpenApiRouter<App> {
    nouns_written::administration()
        .routes(routes!(settings::put_settings))
        .routes(routes!(keys::create_key))
        .routes(routes!(keys::revoke_key))
        .routes(routes!(merchants::create_merchant))
        .routes(routes!(webhooks::rotate_webhook_secret))
        .routes(routes!(webhooks::replay_webhook_delivery))
        .routes(routes!(webhooks::replay_webhook_deliveries))
        .routes(routes!(webhooks::test_webhook))
}

fn catalogue() -> OpenApiRouter<App> {
    nouns_written::catalogue()
        .routes(routes!(products::move_stock))
        .routes(routes!(automations::set_live))
        .routes(routes!(automations::pause))
        .routes(routes!(automations::resume))
        .routes(routes!(automations::stop))
        .routes(routes!(messages::suppress, messages::unsuppress))
}

fn selling() -> OpenApiRouter<App> {
    nouns_written::selling()
        .routes(routes!(subscriptions::cancel))
        .routes(routes!(subscriptions::uncancel))
        .routes(routes!(changes::withdraw))
        .routes(routes!(messages::tell_message))
        .routes(routes!(portal::open_portal))
        .routes(routes!(orders::place_order))
        .routes(routes!(orders::pay_order))
        .routes(routes!(orders::deliver_order))
        .routes(routes!(orders::cancel_order))
        .routes(routes!(orders::refund_order))
        .routes(routes!(orders::ask_upsell))
        .routes(routes!(orders::accept_upsell))
        .routes(routes!(orders::decline_upsell))
        .routes(routes!(checkouts::open_checkout))
        .routes(routes!(checkouts::hold_checkout))
        .routes(routes!(checkouts::release_checkout))
        .routes(routes!(checkouts::complete_checkout))
}

fn money() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(customers::pay_out))
        .routes(routes!(subscriptions::bring_over))
        .routes(routes!(price_changes::keep_price))
        .routes(routes!(documents::pay))
        .routes(routes!(documents::unpay))
        .routes(routes!(documents::credit))
        .routes(routes!(payments::receive_payment))
        .routes(routes!(payments::unpay_payment))
}

/// What takes several transactions; all else keeps its answer in the one that does it, or stores
/// nothing.
fn long_work() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(price_changes::change_price))
        .routes(routes!(price_changes::withdraw_price_change))
        .routes(routes!(billing::start_run))
        .routes(routes!(test_clock::advance))
}
