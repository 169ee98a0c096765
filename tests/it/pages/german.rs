//! The backend in German: for whoever asks for it, on every page, and only what is ours.

use std::collections::BTreeSet;

use axum::http::Method;
use crossgrade::app::test_clock::ClockTarget;
use crossgrade::server::ServerOptions;
use serde_json::{Value, json};

use super::book::furnished;
use super::table::Route;
use crate::api::backend::{Visitor, send};
use crate::support::{both_books, opened};
use crate::world::{ADMIN_KEY, Answer, START, World, offer_of, path_of};

both_books! {
    every_page_speaks_german_and_only_german,
    a_language_that_was_picked_is_remembered,
    every_warning_about_a_path_is_read_in_german,
    a_german_form_takes_amounts_with_a_comma_and_asks_again_for_what_could_be_two,
    the_preview_of_a_path_shows_its_texts_in_each_language,
}

/// English words that are no German ones.
const ENGLISH: [&str; 26] = [
    "the", "is", "of", "and", "not", "or", "for", "to", "with", "what", "you", "it", "are", "has",
    "by", "from", "this", "that", "there", "nothing", "yet", "who", "when", "which", "be", "your",
];

/// A page as it is asked for in these languages.
async fn read(visitor: &Visitor, path: &str, languages: &str) -> Answer {
    let headers = [("cookie", visitor.cookie.as_str()), ("accept-language", languages)];
    visitor.world.call(Method::GET, path, &headers, None).await
}

/// What is read on a page, tag by tag: without code, what is typed, and scripts.
fn texts(page: &str) -> Vec<String> {
    let mut page = page.to_owned();
    for (open, close) in [("<code", "</code>"), ("<textarea", "</textarea>"), ("<bdi", "</bdi>")] {
        while let Some(start) = page.find(open) {
            let end = page[start..].find(close).map_or(page.len(), |end| start + end + close.len());
            page.replace_range(start..end, " ");
        }
    }
    let spoken = ["data-label=\"", "aria-label=\"", "placeholder=\""];
    let attributes = spoken.iter().flat_map(|name| page.split(name).skip(1));
    let attributes = attributes.map(|rest| rest.split('"').next().unwrap_or_default().to_owned());
    let between = page.split('>').map(|part| part.split('<').next().unwrap_or_default().to_owned());
    attributes.chain(between).filter(|text| !text.trim().is_empty()).collect()
}

fn english_in(text: &str) -> Option<&'static str> {
    let words: Vec<String> = text
        .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .map(str::to_lowercase)
        .collect();
    ENGLISH.into_iter().find(|english| words.iter().any(|word| word == english))
}

async fn every_page_speaks_german_and_only_german(url: String) {
    let (world, names) = furnished(&url, "Qwxyz").await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let mut faults = Vec::new();
    for route in Route::inside().filter(|route| route.is_get()) {
        let answer = read(&visitor, &route.target(&names), "de-AT,de;q=0.9,en;q=0.5").await;
        if !answer.header("content-type").starts_with("text/html") {
            continue;
        }
        // A fragment has no head.
        let is_whole = answer.text.contains("<html");
        assert!(!is_whole || answer.text.contains("<html lang=\"de\">"), "{}", route.name());
        let told = texts(&answer.text);
        let english = told.iter().filter(|text| english_in(text).is_some());
        faults.extend(english.map(|text| format!("{}: {}", route.name(), text.trim())));
    }
    let missing = read(&visitor, "/backend/no/such/page", "de").await;
    assert!(missing.text.contains("an dieser Adresse gibt es keine Seite"), "{missing:?}");
    faults.dedup();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

async fn a_language_that_was_picked_is_remembered(url: String) {
    let (world, _) = furnished(&url, "Title").await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let page = read(&visitor, "/backend/offers", "fr, ja;q=0.5").await.text;
    assert!(page.contains("<html lang=\"en\">") && page.contains("Deutsch</button>"), "{page}");
    let picked = visitor.post("/backend/language", "to=de&back=%2Fbackend%2Foffers", &[]).await;
    assert_eq!((picked.status, picked.header("location")), (303, "/backend/offers"));
    let cookie = picked.header("set-cookie").split(';').next().unwrap().to_owned();
    let german = Visitor { cookie: format!("{}; {cookie}", visitor.cookie), ..visitor.at(&world) };
    let page = read(&german, "/backend/offers", "en").await.text;
    assert!(page.contains("Angebote") && page.contains("English</button>"), "{page}");
    assert!(
        page.contains("9,90") && page.contains("€ pro Monat") && page.contains(">Title<"),
        "{page}"
    );
    let saved = german.post("/backend/tags/+new", "%2Ftitle=Neu", &[]).await;
    assert_eq!(saved.status, 303, "{saved:?}");
    let wrong = german.post("/backend/tags/+new", "%2Ftitle=", &[]).await;
    assert!(wrong.text.contains("So lässt es sich nicht speichern"), "{wrong:?}");
    assert!(wrong.text.contains("Füllen Sie das aus."), "{wrong:?}");
    for (form, to) in [
        ("to=xx&back=%2Fbackend%2Ftags", "/backend/tags"),
        ("to=xx&back=https%3A%2F%2Fevil.example", "/backend"),
    ] {
        let answer = german.post("/backend/language", form, &[]).await;
        assert_eq!((answer.status, answer.header("location")), (303, to));
        assert_eq!(answer.header("set-cookie"), "", "a language that nobody speaks");
    }
    // At the door, too, where nobody is signed in yet.
    let nobody: World = world.with_key("");
    let door =
        nobody.call(Method::GET, "/backend/sign-in", &[("accept-language", "de")], None).await;
    assert!(door.text.contains("Mit einem Ihrer API-Schlüssel"), "{door:?}");
    let picked = send(&nobody, "/backend/language", &[], "to=de&back=".to_owned()).await;
    assert!(picked.header("set-cookie").starts_with("cg_language=de; "), "{picked:?}");
}

/// A merchant whose paths are doubtful in every way: who is warned of what.
async fn doubtful(world: &World) -> Vec<&'static str> {
    for tag in ["month", "year", "plus", "dollars", "bound", "tried", "pair", "gone", "lost"] {
        world.put(&format!("/v1/tags/{tag}"), json!({"title": tag})).await.expect(201);
    }
    let paper = json!({"title": "The Paper", "kind": "digital"});
    world.put("/v1/products/paper", paper).await.expect(201);
    for (id, price, period, more) in [
        ("month", "9.90", "P1M", json!({"tags": ["month", "pair"]})),
        ("year", "99.00", "P1Y", json!({})),
        ("plus", "19.90", "P1M", json!({"tags": ["plus", "pair"]})),
        ("dollars", "9.90", "P1M", json!({"price": {"amount": "9.90", "currency": "USD"}})),
        ("bound", "8.90", "P1M", json!({"term": "P1Y"})),
        ("tried", "12.90", "P1M", json!({"trial": "P14D", "introduction": "always"})),
    ] {
        let mut offer = offer_of(id, price, period);
        offer.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.put(&format!("/v1/offers/{id}"), offer).await.expect(201);
    }
    let next = "immediate_next_booking";
    let kept = json!({"proration": "day", "billing_date": "keep"});
    let paths = [
        ("unused", "month gone lost", "year", "next_booking", json!({})),
        ("nowhere", "gone lost", "year", "next_booking", json!({})),
        ("both", "pair", "pair", "next_booking", json!({})),
        ("money", "month", "dollars", "next_booking", json!({})),
        ("kept", "month", "year", "immediate", kept),
        ("hidden", "bound", "plus", "next_booking", json!({})),
        ("above", "bound", "plus", "next_booking", json!({})),
        ("lost", "month", "year", "immediate", json!({"priority": -1})),
        ("bridge", "month", "plus", next, json!({"optional": true, "customer_may_switch": true})),
        ("gained", "month", "tried", "next_booking", json!({"introduction": true})),
        ("back", "tried", "month", "next_booking", json!({})),
    ];
    for (id, from, to, transition, more) in &paths {
        let mut path = path_of(transition);
        path["internal_title"] = json!(id);
        path["source_tags"] = from.split(' ').collect::<Vec<_>>().into();
        path["target_tags"] = to.split(' ').collect::<Vec<_>>().into();
        path.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.put(&format!("/v1/paths/{id}"), path).await.expect(201);
    }
    paths.into_iter().map(|(id, ..)| id).collect()
}

/// What a warning says beside names in quotes and ids.
fn unquoted(detail: &str) -> String {
    detail.split('\'').step_by(2).collect()
}

/// A merchant who writes English.
async fn english(url: &str) -> World {
    let start = Some(ClockTarget::Date(START.parse().unwrap()));
    let options = ServerOptions::default();
    World::serving(opened(url).await, start, "http://localhost:8080", options).await
}

async fn every_warning_about_a_path_is_read_in_german(url: String) {
    let world = english(&url).await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let mut codes = BTreeSet::new();
    for path in doubtful(&world).await {
        let told = world.get(&format!("/v1/paths/{path}")).await.expect(200);
        let warnings = told["warnings"].as_array().unwrap().clone();
        codes.extend(warnings.iter().map(|it| it["code"].as_str().unwrap().to_owned()));
        let page = read(&visitor, &format!("/backend/paths/{path}"), "de").await.text;
        let listed = page.split("<ul class=\"warnings\">").nth(1).unwrap_or_default();
        let listed = listed.split("</ul>").next().unwrap().replace("&#x27;", "'");
        // As if it were saved now, no other path is newer.
        let shown = listed.matches("<li>").count();
        assert!((1..=warnings.len()).contains(&shown), "{path}: {listed}");
        let english = english_in(&unquoted(&listed));
        assert_eq!(english, None, "{path}: {listed}");
        let is_told = |it: &Value| listed.contains(it["detail"].as_str().unwrap());
        assert!(!warnings.iter().any(is_told), "{path}: {listed}");
    }
    let reference = include_str!("../../../docs/reference.md");
    let table = reference.split("<!-- warnings: begin -->").nth(1).unwrap();
    let table = table.split("<!-- warnings: end -->").next().unwrap();
    let named = table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let named: BTreeSet<String> = named.map(str::to_owned).collect();
    assert_eq!(codes, named, "all that there are");
    let list = read(&visitor, "/backend/paths", "de").await.text;
    assert!(list.contains("kostenlose Überbrückung"), "{list}");
}

async fn a_german_form_takes_amounts_with_a_comma_and_asks_again_for_what_could_be_two(
    url: String,
) {
    let world = english(&url).await;
    world.catalogue().await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let german = [("accept-language", "de")];
    let offer = |amount: &str| {
        format!(
            "%2Ftitle=Paper&%2Fproducts=paper&%2Ftags=month&%2Fprice%2Famount={amount}\
             &%2Fprice%2Fcurrency=EUR&%2Fbilling_period%2Fcount=1&%2Fbilling_period%2Funit=M\
             &%2Factive=true&%2Fintroduction=once&%2Fid=paper"
        )
    };
    for amount in ["1.000", "1.000%2C50", "1%2C000.50"] {
        let asked = visitor.post("/backend/offers/+new", &offer(amount), &german).await;
        assert_eq!(asked.status, 422, "{amount}: {asked:?}");
        assert!(asked.text.contains("ohne Tausendertrennzeichen"), "{asked:?}");
    }
    let saved = visitor.post("/backend/offers/+new", &offer("1000%2C50"), &german).await;
    assert_eq!(saved.status, 303, "{saved:?}");
    let stored = world.get("/v1/offers/paper").await.expect(200);
    assert_eq!(stored["price"]["amount"], "1000.50");
    let shown = read(&visitor, "/backend/offers/paper", "de").await.text;
    assert!(shown.contains("value=\"1000,50\""), "as it is typed: {shown}");
    let shown = read(&visitor, "/backend/offers/paper", "en").await.text;
    assert!(shown.contains("value=\"1000.50\""), "and so in English: {shown}");
    let coupon = "%2Ftitle=Off&%2Factive=true&%2Fkind=percent&%2Fvalue=12%2C5&%2Fmin_net=9%2C90";
    let saved = visitor.post("/backend/coupons/+new", coupon, &german).await;
    assert_eq!(saved.status, 303, "{saved:?}");
    let stored = world.get("/v1/coupons/off").await.expect(200);
    assert_eq!((&stored["value"], &stored["min_net"]), (&json!("12.5"), &json!("9.90")));
    let campaign = "%2Ftitle=Hat&%2Factive=true&%2Fchannels=web&%2Ftriggers=paper\
                    &%2Foffered_product=paper&%2Fquantity=1&%2Fdiscount%2Famount=1%2C50\
                    &%2Fmin_net=20%2C00&%2Fstock_policy=always&%2Fshipping_policy=always\
                    &%2Fpriority=0";
    let saved = visitor.post("/backend/campaigns/+new", campaign, &german).await;
    assert_eq!(saved.status, 303, "{saved:?}");
    let stored = world.get("/v1/campaigns/hat").await.expect(200);
    assert_eq!(stored["discount"]["amount"], "1.50");
    assert_eq!(stored["min_net"], "20.00");
}

async fn the_preview_of_a_path_shows_its_texts_in_each_language(url: String) {
    let world = english(&url).await;
    world.catalogue().await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let mut path = path_of("next_booking");
    path["texts"] = json!({"de": {
        "title": "Wechsel zu {offerTitle}", "description": "Gewechselt wird am {nextPayment}.",
    }});
    world.put("/v1/paths/month-to-year", path).await.expect(200);
    let page = read(&visitor, "/backend/paths/month-to-year", "de").await.text;
    let preview = page.split("id=\"preview\"").nth(1).unwrap().split("</section>").next().unwrap();
    assert!(preview.contains("Change to Year"), "as it was written first: {preview}");
    assert!(preview.contains("Wechsel zu Year"), "{preview}");
    assert!(preview.contains("Gewechselt wird am "), "{preview}");
}
