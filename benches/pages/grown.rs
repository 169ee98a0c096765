//! A grown-up book, and somebody signed in to its backend.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, header};
use crossgrade::app::App;
use crossgrade::domain::ids::MerchantId;
use crossgrade::edge::limits::Limits;
use crossgrade::server::{ServerOptions, serve_router};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::asks::Ask;
use crate::book::Server;
use crate::seed::{KEY, open, seed};

/// Tags that join offers; five offers carry each, and all carry one more.
const TAGS: usize = 60;
const OFFERS: usize = 300;
/// Each leads from five offers to five.
const PATHS: usize = 80;
/// Subscriptions of the one customer who has many.
const MANY: usize = 40;
/// How each path in turn takes effect, and what becomes of unused days.
const TRANSITIONS: [(&str, &str); 5] = [
    ("next_booking", "none"),
    ("end_of_term", "none"),
    ("immediate", "day"),
    ("next_booking", "none"),
    ("immediate_next_booking", "none"),
];

/// Somebody who looks at pages.
pub(crate) struct Visitor {
    pub(crate) app: App,
    /// The page of an open checkout.
    pub(crate) checkout: String,
    router: Router,
    cookie: String,
    csrf: String,
}

/// Where the paths of a tag's offers lead, as far as the first path of each tag.
fn target_of(tag: usize) -> usize {
    (tag * 7 + 11) % TAGS
}

async fn call(
    router: &Router,
    method: Method,
    path: &str,
    headers: &[(header::HeaderName, String)],
    body: String,
) -> (HeaderMap, String) {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let peer: std::net::SocketAddr = ([127, 0, 0, 1], 40_000).into();
    let request = request.extension(ConnectInfo(peer)).body(Body::from(body)).expect("a request");
    let (head, body) = router.clone().oneshot(request).await.expect("an answer").into_parts();
    let bytes = to_bytes(body, usize::MAX).await.expect("a body");
    let text = String::from_utf8(bytes.to_vec()).expect("UTF-8");
    assert!(head.status.as_u16() < 400, "{path}: {} {text}", head.status);
    (head.headers, text)
}

async fn api(router: &Router, method: &str, path: &str, body: Value) -> Value {
    let headers = [
        (header::AUTHORIZATION, format!("Bearer {KEY}")),
        (header::CONTENT_TYPE, "application/json".to_owned()),
    ];
    let method = method.parse().expect("a method");
    let (_, text) = call(router, method, path, &headers, body.to_string()).await;
    serde_json::from_str(&text).expect("JSON")
}

fn router_of(app: &App) -> Router {
    let limits = Limits { requests_per_second: 0, ..Limits::default() };
    serve_router(app.clone(), ServerOptions { limits, ..ServerOptions::default() })
}

async fn catalogue(router: &Router) {
    for tag in (0..TAGS).map(|tag| format!("g{tag:02}")).chain(["all".to_owned()]) {
        let title = format!("Up-/Down-Selling/{tag}");
        api(router, "PUT", &format!("/v1/tags/{tag}"), json!({"title": title})).await;
    }
    let rates = json!({"rates": [{"rate": "7.0", "valid_from": "2020-01-01"}]});
    api(router, "PUT", "/v1/taxes/press", rates).await;
    let paper = json!({"title": "The Paper", "kind": "digital"});
    api(router, "PUT", "/v1/products/paper", paper).await;
    for offer in 0..OFFERS {
        let tag = format!("g{:02}", offer / 5);
        let body = json!({
            "title": format!("The Paper No. {offer}"), "products": ["paper"], "tax": "press",
            "price": {"amount": format!("{}.{}0", 5 + offer / 5, 9 - offer % 5), "currency": "EUR"},
            "billing_period": "P1M", "tags": [tag, "all"],
        });
        api(router, "PUT", &format!("/v1/offers/o{offer:03}"), body).await;
    }
    for path in 0..PATHS {
        let (transition, proration) = TRANSITIONS[path % 5];
        let target = if path < TAGS { target_of(path) } else { (path * 11 + 5) % TAGS };
        let body = json!({
            "internal_title": format!("Path No. {path}"), "title": "Change to {offerTitle}",
            "description": "We will carry out the change at {nextPayment}.",
            "source_tags": [format!("g{:02}", path % TAGS)],
            "target_tags": [format!("g{target:02}")],
            "transition": transition, "proration": proration, "unpaid_source": "allow",
        });
        api(router, "PUT", &format!("/v1/paths/p{path:02}"), body).await;
    }
}

/// Builds the book and signs in.
pub(crate) async fn build(server: &Server, book: &str, customers: usize) -> Visitor {
    server.create(book).await;
    let app = open(server, book, "2026-02-10T09:00:00Z").await;
    catalogue(&router_of(&app)).await;
    app.store().close().await;
    let offer = match server {
        Server::Sqlite(_) => format!("'o' || printf('%03d', i % {OFFERS})"),
        Server::Postgres(_) => format!("'o' || lpad(cast(i % {OFFERS} as text), 3, '0')"),
    };
    seed(server, book, customers, &offer).await;
    let many = format!(
        "update subscriptions set customer_id = 'c0000000', \
         sequence = cast(substr(id, 5) as integer) + 1 where id < 'sub_{MANY:07}'"
    );
    let none =
        format!("update customers set due_on = null where id > 'c0000000' and id < 'c{MANY:07}'");
    let one = format!("update customers set sequence = {MANY} where id = 'c0000000'");
    server.run(book, &[&many, &none, &one]).await;
    let app = open(server, book, "2026-02-10T09:00:00Z").await;
    let merchant = MerchantId::stored("default".to_owned());
    let bill = async || app.bill(&merchant, None, 1, |_| ()).await.expect("a run");
    bill().await;
    let clock = app.clock().as_simulated().expect("a clock");
    clock.set("2026-03-10T09:00:00Z".parse().expect("an instant"));
    bill().await;
    let router = router_of(&app);
    for customer in (0..customers / 10).map(|n| n + 100) {
        change(&router, customer).await;
    }
    // Some are always behind.
    let paid = "update invoices set status = 'paid', paid_minor = amount_due_minor, \
                amount_due_minor = 0 where status = 'open' and number % 50 <> 0";
    server.run(book, &[paid, "analyze"]).await;
    let body = json!({"customer": "c0000099", "offer": format!("o{:03}", target_of(19) * 5)});
    let checkout = api(&router, "POST", "/v1/checkouts", body).await;
    let url = checkout["url"].as_str().expect("an address").replace("http://localhost", "");
    sign_in(app, router, url).await
}

/// Takes the path that leads away from what a customer has.
async fn change(router: &Router, customer: usize) {
    let target = target_of(customer % OFFERS / 5) * 5;
    let body = json!({"customer": format!("c{customer:07}"), "offer": format!("o{target:03}")});
    let checkout = api(router, "POST", "/v1/checkouts", body).await;
    let id = checkout["id"].as_str().expect("an id");
    let due = &checkout["amount_due"];
    let body = match due["amount"].as_str() {
        Some("0.00") => json!({}),
        _ => json!({"payment": {"reference": id, "amount": due}}),
    };
    api(router, "POST", &format!("/v1/checkouts/{id}/complete"), body).await;
}

async fn sign_in(app: App, router: Router, checkout: String) -> Visitor {
    let form = (header::CONTENT_TYPE, "application/x-www-form-urlencoded".to_owned());
    let door = "/backend/sign-in";
    let (headers, _) = call(&router, Method::POST, door, &[form], format!("%2Fkey={KEY}")).await;
    let cookie = headers[header::SET_COOKIE].to_str().expect("a cookie");
    let cookie = cookie.split(';').next().expect("a pair").to_owned();
    let mut visitor = Visitor { app, checkout, router, cookie, csrf: String::new() };
    let page = visitor.get("/backend").await;
    let csrf = page.split("name=\"csrf\" value=\"").nth(1).expect("a token");
    csrf.split('"').next().expect("its end").clone_into(&mut visitor.csrf);
    visitor
}

impl Visitor {
    /// A page.
    pub(crate) async fn get(&self, path: &str) -> String {
        let cookie = [(header::COOKIE, self.cookie.clone())];
        call(&self.router, Method::GET, path, &cookie, String::new()).await.1
    }

    /// What is asked for, whole.
    pub(crate) async fn ask(&self, ask: &Ask) {
        let Some(form) = &ask.form else {
            self.get(&ask.path).await;
            return;
        };
        let headers = [
            (header::COOKIE, self.cookie.clone()),
            (header::CONTENT_TYPE, "application/x-www-form-urlencoded".to_owned()),
        ];
        let form = format!("csrf={}&{form}", self.csrf);
        call(&self.router, Method::POST, &ask.path, &headers, form).await;
    }
}
