//! A noun that is made up goes through the whole server: saved, listed, published, edited in the
//! backend, exported, imported, removed. It is four files of one name (`depot`), its table, and a
//! line in `domain::nouns`; all else is written once for every noun.

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, header};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{Router, ServerOptions, serve_router};
use crate::app::App;
use crate::app::catalogue_file::ImportOutcome;
use crate::cli::catalogue;
use crate::clock::Clock;
use crate::domain::ids::MerchantId;
use crate::domain::webhook::EndpointReach;
use crate::store::Store;

const KEY: &str = "cg_test_0123456789012345678901234567890123456789";

struct House {
    app: App,
    router: Router,
    cookie: String,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect("JSON")
    }

    /// What a form sends unseen.
    fn hidden(&self, name: &str) -> String {
        let field = self.text.split("<input ").find(|it| it.contains(&format!("name=\"{name}\"")));
        let value = field.and_then(|it| it.split("value=\"").nth(1)?.split('"').next());
        value.map(|it| it.replace("&quot;", "\"")).unwrap_or_default()
    }
}

impl House {
    async fn new() -> Self {
        let store = Store::open("sqlite::memory:").await.unwrap();
        store.migrate().await.unwrap();
        let url = "http://localhost:8080".to_owned();
        let app = App::new(store, Clock::System, [7; 32], url, EndpointReach::Public).unwrap();
        app.bootstrap(Some(KEY)).await.unwrap();
        let router = serve_router(app.clone(), ServerOptions::default());
        let mut house = Self { app, router, cookie: String::new() };
        let entered = house.send("/backend/sign-in", &[("/key", KEY)]).await;
        assert_eq!(entered.status, 303);
        let cookie = entered.headers[header::SET_COOKIE].to_str().unwrap();
        cookie.split(';').next().unwrap().clone_into(&mut house.cookie);
        house
    }

    async fn call(&self, method: Method, at: &str, kind: &str, body: String) -> Answer {
        let mut request = Request::builder().method(method).uri(at);
        request = if at.starts_with("/backend") {
            request.header(header::COOKIE, &self.cookie)
        } else {
            request.header(header::AUTHORIZATION, format!("Bearer {KEY}"))
        };
        let request = request.header(header::CONTENT_TYPE, kind).body(Body::from(body)).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let (status, headers) = (parts.status.as_u16(), parts.headers);
        Answer { status, headers, text: String::from_utf8(body.to_vec()).unwrap() }
    }

    async fn get(&self, at: &str) -> Answer {
        self.call(Method::GET, at, "", String::new()).await
    }

    async fn put(&self, id: &str, body: Value) -> Answer {
        let at = format!("/v1/depots/{id}");
        self.call(Method::PUT, &at, "application/json", body.to_string()).await
    }

    /// Sends a form.
    async fn send(&self, at: &str, fields: &[(&str, &str)]) -> Answer {
        let coded = |text: &str| percent_encoding::utf8_percent_encode(text, ALL).to_string();
        let pairs = fields.iter().map(|(name, value)| format!("{}={}", coded(name), coded(value)));
        let body = pairs.collect::<Vec<_>>().join("&");
        self.call(Method::POST, at, "application/x-www-form-urlencoded", body).await
    }

    /// Fills in the form of a page, and sends it.
    async fn fill(&self, page: &str, at: &str, fields: &[(&str, &str)]) -> Answer {
        let form = self.get(page).await;
        assert_eq!(form.status, 200, "{page}");
        let (csrf, version) = (form.hidden("csrf"), form.hidden("version"));
        let unseen = [("csrf", csrf.as_str()), ("version", version.as_str())];
        self.send(at, &[&unseen, fields].concat()).await
    }
}

const ALL: &percent_encoding::AsciiSet = percent_encoding::NON_ALPHANUMERIC;

#[tokio::test]
async fn a_made_up_noun_has_the_four_operations_and_their_description() {
    let house = House::new().await;
    let made = house.put("north", json!({"title": "North", "pallets": 3})).await;
    assert_eq!((made.status, made.headers.contains_key(header::ETAG)), (201, true));
    let shown = json!({"id": "north", "title": "North", "pallets": 3});
    assert_eq!(house.get("/v1/depots/north").await.json(), shown);
    assert_eq!(house.get("/v1/depots").await.json()["data"], json!([shown]));
    assert_eq!(house.put("north", json!({"title": "N", "pallets": 4})).await.status, 200);
    let wrong = house.put("south", json!({"title": "South", "pallets": 0})).await;
    assert_eq!((wrong.status, &wrong.json()["errors"][0]["pointer"]), (422, &json!("/pallets")));
    house.put("south", json!({"title": "South", "pallets": 1})).await;
    let third = house.put("west", json!({"title": "West", "pallets": 1})).await;
    assert_eq!((third.status, &third.json()["code"]), (409, &json!("conflict")));
    let gone = house.call(Method::DELETE, "/v1/depots/north", "", String::new()).await;
    assert_eq!(gone.status, 204);
    assert_eq!(house.get("/v1/depots/north").await.status, 404);
    let document = house.get("/openapi.json").await.json();
    let (all, one) = (&document["paths"]["/v1/depots"], &document["paths"]["/v1/depots/{id}"]);
    assert_eq!(all["get"]["summary"], "Lists depots.");
    for method in ["get", "put", "delete"] {
        assert!(one[method]["operationId"].is_string(), "{method}");
    }
    let body = &document["components"]["schemas"]["DepotBody"]["properties"];
    assert_eq!(body["pallets"]["description"], "How many pallets it holds.");
    assert!(document["components"]["schemas"]["Depot"]["properties"]["id"].is_object());
}

#[tokio::test]
async fn a_made_up_noun_has_its_list_its_form_and_its_removal_in_the_backend() {
    let house = House::new().await;
    let (list, new) = ("/backend/depots", "/backend/depots/+new");
    let wrong = house.fill(new, new, &[("/title", "North"), ("/pallets", "0")]).await;
    assert!(wrong.text.contains("ust be at least 1"), "at its field");
    let made = house.fill(new, new, &[("/title", "North"), ("/pallets", "3")]).await;
    assert_eq!(made.status, 303, "{}", made.text);
    assert_eq!(house.get("/v1/depots/north").await.json()["pallets"], 3);
    let page = house.get(list).await.text;
    assert!(page.contains("href=\"/backend/depots/north\"") && page.contains(">3<"), "{page}");
    assert!(house.get("/backend").await.text.contains("href=\"/backend/depots\""), "navigation");
    let one = "/backend/depots/north";
    let saved = house.fill(one, one, &[("/title", "North"), ("/pallets", "5")]).await;
    assert_eq!((saved.status, saved.text.as_str()), (303, ""));
    assert_eq!(house.get("/v1/depots/north").await.json()["pallets"], 5);
    let delete = "/backend/depots/north/delete";
    assert_eq!(house.fill(delete, delete, &[]).await.status, 303);
    assert_eq!(house.get(one).await.status, 404);
}

#[tokio::test]
async fn a_made_up_noun_is_exported_and_imported_with_the_catalogue() {
    let (from, to) = (House::new().await, House::new().await);
    let merchant = MerchantId::parse("default").unwrap();
    from.put("north", json!({"title": "North", "pallets": 3})).await;
    let written = from.app.written_catalogue(&merchant).await.unwrap();
    let written = yaml_serde::to_string(&written).unwrap();
    let import = async || {
        let read = catalogue::read(&written).unwrap();
        assert!(read.faults.is_empty(), "{:?}", read.faults);
        let told = to.app.import(&merchant, read.draft, |_| ()).await.unwrap();
        told.into_iter().find(|it| it.kind == "depot").map(|it| it.fate)
    };
    assert_eq!(import().await, Some(ImportOutcome::Created));
    assert_eq!(import().await, Some(ImportOutcome::Unchanged));
    assert_eq!(to.get("/v1/depots/north").await.json()["title"], "North");
    let wrong = catalogue::read("depots: [{id: a, title: A, pallets: 0}]").unwrap();
    let refused = to.app.import(&merchant, wrong.draft, |_| ()).await.unwrap_err();
    assert!(format!("{refused:?}").contains("/depots/0/pallets"), "{refused:?}");
}
