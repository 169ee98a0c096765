//! The one fixture: an engine on a store, with a test clock, behind its router, and a merchant
//! whose key opens everything. What is asked of it stands with the tests.

use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU8, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, header};
use chrono::NaiveDate;
use crossgrade::app::App;
use crossgrade::app::start::Start;
use crossgrade::app::test_clock::ClockTarget;
use crossgrade::domain::webhook::EndpointReach;
use crossgrade::server::{ServerOptions, serve_router};
use crossgrade::store::Store;
use serde_json::{Value, json};
use tower::ServiceExt;

/// The key of the merchant `default`.
pub(crate) const ADMIN_KEY: &str = "cg_test_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// Where the test clock stands at first; it is the start of that day in Berlin.
pub(crate) const START: &str = "2026-01-31";

/// An engine and the key that is used.
#[derive(Clone)]
pub(crate) struct World {
    /// All of the server.
    pub(crate) router: Router,
    /// The engine behind it.
    pub(crate) app: App,
    key: String,
    peer: SocketAddr,
}

/// An answer.
pub(crate) struct Answer {
    /// Its status code.
    pub(crate) status: u16,
    /// Its headers.
    pub(crate) headers: HeaderMap,
    /// Its body as it came.
    pub(crate) text: String,
    /// Its body as JSON, or null.
    pub(crate) json: Value,
}

impl World {
    /// The engine on an empty store, on the first day.
    pub(crate) async fn new(store: Store) -> Self {
        Self::starting(store, START.parse().unwrap()).await
    }

    /// The engine on a store whose clock stands on this day, or goes on where it stood.
    pub(crate) async fn starting(store: Store, on: NaiveDate) -> Self {
        Self::on(store, Some(ClockTarget::Date(on))).await
    }

    /// The engine on a store, on a test clock or the real one.
    pub(crate) async fn on(store: Store, test_clock: Option<ClockTarget>) -> Self {
        Self::serving(store, test_clock, "http://localhost:8080", ServerOptions::default()).await
    }

    /// The engine on a store, reached at an address, as its operator wants it.
    pub(crate) async fn serving(
        store: Store,
        test_clock: Option<ClockTarget>,
        public_url: &str,
        options: ServerOptions,
    ) -> Self {
        // Two on the same book must not draw the same keys.
        static STARTS: AtomicU8 = AtomicU8::new(7);
        let seed = [STARTS.fetch_add(1, Ordering::Relaxed); 32];
        let public_url = public_url.to_owned();
        let start = Start { test_clock, seed, public_url, reach: EndpointReach::Public };
        let app = App::start(store, start).await.unwrap();
        app.bootstrap(Some(ADMIN_KEY)).await.unwrap();
        let router = serve_router(app.clone(), options);
        Self { router, ..Self::behind(app) }
    }

    /// An engine that is there already.
    pub(crate) fn behind(app: App) -> Self {
        let router = serve_router(app.clone(), ServerOptions::default());
        let peer = ([127, 0, 0, 1], 40_000).into();
        Self { router, app, key: ADMIN_KEY.to_owned(), peer }
    }

    /// The same engine with another key.
    pub(crate) fn with_key(&self, key: &str) -> Self {
        Self { key: key.to_owned(), ..self.clone() }
    }

    /// The same engine, asked from another address.
    pub(crate) fn from(&self, address: &str) -> Self {
        Self { peer: SocketAddr::new(address.parse().unwrap(), 40_000), ..self.clone() }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, &[], None).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PUT, path, &[], Some(body.to_string())).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, &[], Some(body.to_string())).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, &[], None).await
    }

    /// A request with headers of its own.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !self.key.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.key));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.extension(ConnectInfo(self.peer));
        let request = request.body(Body::from(body.unwrap_or_default())).unwrap();
        let (head, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            json: serde_json::from_str(&text).unwrap_or(Value::Null),
            text,
        }
    }

    /// Moves the test clock.
    pub(crate) async fn advance(&self, to: &str) -> Value {
        self.post("/v1/test-clock/advance", json!({"to": to})).await.expect(200)
    }

    /// A month and a year of a paper, and a path from the one to the other.
    pub(crate) async fn catalogue(&self) {
        for tag in ["month", "year"] {
            self.put(&format!("/v1/tags/{tag}"), json!({"title": tag})).await.expect(201);
        }
        let paper = json!({"title": "The Paper", "kind": "digital"});
        self.put("/v1/products/paper", paper).await.expect(201);
        for (offer, price, period) in [("month", "9.90", "P1M"), ("year", "99.00", "P1Y")] {
            let body = offer_of(offer, price, period);
            self.put(&format!("/v1/offers/{offer}"), body).await.expect(201);
        }
        self.put("/v1/paths/month-to-year", path_of("next_booking")).await.expect(201);
    }

    /// An archive that is added to the month at its next booking.
    pub(crate) async fn archive_beside_month(&self) {
        self.put("/v1/tags/archive", json!({"title": "archive"})).await.expect(201);
        let archive = offer_of("archive", "4.00", "P1M");
        self.put("/v1/offers/archive", archive).await.expect(201);
        let mut path = path_of("next_booking");
        (path["target_tags"], path["optional"]) = (json!(["archive"]), json!(true));
        self.put("/v1/paths/month-and-archive", path).await.expect(201);
    }

    /// Opens a checkout.
    pub(crate) async fn open(&self, customer: &str, offer: &str) -> Value {
        let body = json!({"customer": customer, "offer": offer});
        self.post("/v1/checkouts", body).await.expect(201)
    }

    /// Opens a checkout, pays what is due, and completes it.
    pub(crate) async fn buy(&self, customer: &str, offer: &str) -> Value {
        let checkout = self.open(customer, offer).await;
        self.post(&complete(&checkout), paid(&checkout)).await.expect(200)
    }
}

/// The path of a checkout's completion.
pub(crate) fn complete(checkout: &Value) -> String {
    format!("/v1/checkouts/{}/complete", checkout["id"].as_str().unwrap())
}

/// A completion that pays what is due, if anything is.
pub(crate) fn paid(checkout: &Value) -> Value {
    match checkout["amount_due"]["amount"].as_str().unwrap() {
        "0.00" => json!({}),
        _ => json!({"payment": {"reference": checkout["id"], "amount": checkout["amount_due"]}}),
    }
}

/// What the payment on an invoice is called.
pub(crate) async fn paid_with(world: &World, invoice: &str) -> Value {
    let payments = world.get(&format!("/v1/payments?invoice={invoice}")).await.expect(200);
    payments["data"].as_array().unwrap().last().unwrap()["reference"].clone()
}

/// A completion that pays what is due, by somebody who has seen what is shown.
pub(crate) fn seen(checkout: &Value) -> Value {
    let mut body = paid(checkout);
    body["stamp"] = checkout["stamp"].clone();
    body
}

/// Euros.
pub(crate) fn eur(amount: &str) -> Value {
    json!({"amount": amount, "currency": "EUR"})
}

/// An offer of the paper, tagged with its own name.
pub(crate) fn offer_of(id: &str, price: &str, period: &str) -> Value {
    let title = format!("{}{}", id[..1].to_uppercase(), &id[1..]);
    json!({
        "title": title, "products": ["paper"], "price": eur(price), "billing_period": period,
        "tags": [id],
    })
}

/// The path from month to year.
pub(crate) fn path_of(transition: &str) -> Value {
    json!({
        "internal_title": "Month to year", "title": "Change to {offerTitle}",
        "description": "We will carry out the change at {nextPayment}.",
        "source_tags": ["month"], "target_tags": ["year"], "transition": transition,
    })
}

impl Answer {
    /// The body, where the status is this one.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.json
    }

    /// The code of a problem with this status, of which all members are as they must be.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16) -> &str {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.json["status"], status);
        assert_eq!(self.json["request_id"], self.header("x-request-id"));
        for member in ["title", "detail"] {
            assert!(self.json[member].as_str().is_some_and(|text| !text.is_empty()), "{member}");
        }
        let kind = self.json["type"].as_str().unwrap();
        kind.rsplit('/').next().unwrap()
    }

    /// The pointers of a 422.
    #[track_caller]
    pub(crate) fn pointers(&self) -> Vec<&str> {
        assert_eq!(self.problem(422), "invalid-fields");
        let errors = self.json["errors"].as_array().unwrap();
        errors.iter().map(|error| error["pointer"].as_str().unwrap()).collect()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.text)
    }
}
