//! The pages: the hosted checkout that a merchant's customers see, the backend that the merchant
//! sees, the demo's shop, and the static files of all of them.
//!
//! In reading order: `checkout` (what is answered when), `next_offer`, `payment` (the demo's),
//! `contexts` (how it is written), `notices` (what is told instead of a page), `paper` (documents),
//! `portal` (with `portal_contexts` and `portal_cookie`), `message_links`, `demo`, its `shelf` and
//! its `mailbox`, `home`, `docs`, `backend` (with a route table of its own), `statics`; `tokens`
//! read addresses. What a page looks like is for `render`.

mod answers;
mod backend;
mod checkout;
mod contexts;
mod demo;
mod docs;
mod home;
mod mailbox;
mod message_links;
mod next_offer;
mod notices;
mod paper;
mod payment;
mod portal;
mod portal_contexts;
mod portal_cookie;
mod shelf;
mod statics;
mod tokens;

use axum::Router;
use axum::extract::{FromRef, Request};
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};

use crate::app::App;
use crate::edge::headers::PAGE_POLICY;
use crate::pages::demo::ShopKeyDigest;
use crate::pages::payment::PaymentProvider;

/// What the pages of customers stand on.
#[derive(Clone)]
struct PageState {
    app: App,
    till: PaymentProvider,
    ring: ShopKeyDigest,
}

impl FromRef<PageState> for ShopKeyDigest {
    fn from_ref(shop: &PageState) -> Self {
        Self::clone(&shop.ring)
    }
}

impl FromRef<PageState> for App {
    fn from_ref(shop: &PageState) -> Self {
        shop.app.clone()
    }
}

impl FromRef<PageState> for PaymentProvider {
    fn from_ref(shop: &PageState) -> Self {
        shop.till
    }
}

/// Every page; those of the demo only where this is one.
pub fn router(app: App, is_demo: bool) -> Router {
    let till = if is_demo { PaymentProvider::StandIn } else { PaymentProvider::None };
    let mut pages =
        Router::new().route("/checkout/{token}", get(checkout::show).post(checkout::confirm));
    pages = pages.route("/checkout/{token}/offer", post(next_offer::answer));
    if is_demo {
        pages = pages.route("/checkout/{token}/payment", get(payment::show).post(payment::answer));
    }
    pages = pages
        .route_layer(from_fn_with_state(app.clone(), checkout::sift))
        .route("/documents/{token}", get(paper::show))
        .route("/documents/{token}/xml", get(paper::einvoice))
        .route("/portal/{token}", get(portal::show))
        .route("/portal/{token}/cancel", get(portal::ask_cancel).post(portal::cancel))
        .route("/portal/{token}/uncancel", post(portal::uncancel))
        .route("/portal/{token}/withdraw", get(portal::ask_withdraw).post(portal::withdraw))
        .route("/portal/{token}/change", post(portal::change))
        .route("/links/{token}", get(message_links::follow))
        .route("/unsubscribe/{token}", get(message_links::ask).post(message_links::confirm))
        .route_layer(from_fn(tokens::for_its_page))
        .route_layer(from_fn_with_state(app.clone(), tokens::count_guesses))
        .route("/", get(async move || home::page(is_demo)))
        .route("/static/{name}", get(statics::file));
    if is_demo {
        pages = pages
            .route(demo::HERE, get(demo::show).post(demo::open))
            .route(demo::ACCOUNT, post(demo::account))
            .route(demo::ENTER, post(demo::enter))
            .route(mailbox::HERE, get(mailbox::show).post(mailbox::wait))
            .route(shelf::HERE, get(shelf::show).post(shelf::place))
            .route(shelf::ORDERED, get(shelf::ordered).post(shelf::answer));
    }
    pages
        .layer(from_fn(restrict))
        .with_state(PageState { app: app.clone(), till, ring: ShopKeyDigest::default() })
        .route("/docs", get(docs::page))
        .merge(backend::router(app))
}

/// The pages' own policy; what else guards every answer is added further out.
async fn restrict(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let policy = HeaderValue::from_static(PAGE_POLICY);
    // A page of a merchant's may look and lead as their settings say.
    response.headers_mut().entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    response
}
