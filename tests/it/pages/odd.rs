//! Strange addresses: ids that are none, queries that say nothing sensible. None breaks a page.

use super::book::{furnished, is_page};
use super::table::{ROUTES, Route};
use crate::api::backend::{Visitor, send};
use crate::support::both_books;
use crate::world::ADMIN_KEY;

both_books! {
    an_id_that_can_be_none_leads_nowhere,
    a_strange_query_breaks_no_page,
    an_address_that_takes_no_such_request_says_so_kindly,
}

/// As they stand in an address.
const IDS: [&str; 14] = [
    "%00",
    "a%00b",
    "%ff",
    "%c0%af",
    "%2F",
    "..%2F..%2Fetc",
    "%E2%80%AE%D7%A9",
    "%F0%9F%92%A9",
    "a%20b",
    "%27%20or%201=1--",
    "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
    "+",
    "sub_none",
    "%2e%2e",
];

async fn an_id_that_can_be_none_leads_nowhere(url: String) {
    let (world, names) = furnished(&url, "Title").await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let long = "x".repeat(10_000);
    for route in ROUTES.iter().filter(|route| route.has_id()) {
        for id in IDS.iter().copied().chain([long.as_str()]) {
            let what = format!("{} {id:.40}", route.name());
            let path = route.with_id(id);
            let answer = if !route.path.starts_with("/backend") && !route.is_get() {
                send(&world.with_key(""), &path, &[], route.filled(&names)).await
            } else if route.is_get() {
                visitor.get(&path).await
            } else {
                visitor.post(&path, &route.filled(&names), &[]).await
            };
            // Something new may be saved under it.
            let is_made = id == "sub_none";
            assert!(answer.status >= 400 || is_made, "{what}: {answer:?}");
            assert!(answer.status < 500, "{what}: {answer:?}");
            if !route.path.starts_with("/static") && answer.status >= 400 {
                is_page(&answer, &what);
            }
            assert!(!answer.text.contains("<script>alert"), "{what}");
        }
    }
}

async fn a_strange_query_breaks_no_page(url: String) {
    const NAMES: [&str; 24] = [
        "after",
        "before",
        "q",
        "customer",
        "status",
        "of",
        "check",
        "tag",
        "path",
        "transition",
        "from",
        "to",
        "on",
        "by",
        "next",
        "%2Ffrom",
        "%2Fto",
        "%2Fcustomer",
        "%2Foffer",
        "%2Fon",
        "%2Fhas",
        "%2Fsince",
        "%2Fpath",
        "%2Fmode",
    ];
    const VALUES: [&str; 18] = [
        "",
        "%00",
        "a%00b",
        "%ff",
        "%",
        "99999999999999999999999999",
        "-1",
        "0001-01-01",
        "9999-12-31",
        "%2B262142-12-31",
        "-262143-01-01",
        "2026-02-30",
        "%E2%80%AE%F0%9F%92%A9",
        "%25_%5C%27%22%3C",
        "ada",
        "year",
        "2026-02-28",
        "[]",
    ];
    let (world, names) = furnished(&url, "Title").await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let long = "x".repeat(10_000);
    let values: Vec<&str> = VALUES.iter().copied().chain([long.as_str()]).collect();
    for route in ROUTES.iter().filter(|route| route.is_get()) {
        let address = route.address(&names);
        let mut queries = Vec::new();
        for (turn, value) in values.iter().enumerate() {
            // All names at once, and each in turn with something else in the others.
            let all = |value: &str| NAMES.map(|name| format!("{name}={value}")).join("&");
            queries.push(all(value));
            let mixed = (0..NAMES.len()).map(|at| {
                let value = values[(at * 7 + turn * 5) % values.len()];
                format!("{}={value}", NAMES[at])
            });
            queries.push(mixed.collect::<Vec<_>>().join("&"));
        }
        let twice = NAMES.map(|name| format!("{name}=a&{name}=b")).join("&");
        queries.extend([twice, "&&&===&%".to_owned(), "after[]=1&after[x]=2".to_owned()]);
        for query in queries.iter().filter(|query| query.len() < 60_000) {
            let what = format!("{} ?{query:.300}", route.name());
            let Ok(target) = format!("{address}?{query}").parse::<axum::http::Uri>() else {
                continue;
            };
            let answer = visitor.get(&target.to_string()).await;
            assert!(answer.status < 500, "{what}: {answer:?}");
            let is_file = answer.header("content-type").starts_with("text/csv");
            let is_page_of_ours = answer.text.contains("<h1") || answer.text.contains("<h2");
            let is_other = answer.status == 304 || route.path.starts_with("/static");
            assert!(
                is_file
                    || is_page_of_ours
                    || is_other
                    || answer.status / 100 == 3
                    || answer.text.contains("</"),
                "{what}: {answer:?}"
            );
        }
    }
}

async fn an_address_that_takes_no_such_request_says_so_kindly(url: String) {
    let (world, _) = furnished(&url, "Title").await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    for (path, status) in [
        ("/backend/clock", 405),
        ("/backend/sign-out", 405),
        ("/backend/paths/spare/check", 405),
        ("/backend/offers/month/", 404),
        ("/backend//offers", 404),
        ("/backend/OFFERS", 404),
    ] {
        let answer = visitor.get(path).await;
        assert_eq!(answer.status, status, "{path}: {answer:?}");
        is_page(&answer, path);
        assert!(answer.text.contains("Sign out"), "{path}: they are still inside");
    }
    let home = visitor.get("/backend/").await;
    assert_eq!((home.status, home.header("location")), (308, "/backend"));
    for method in [axum::http::Method::PUT, axum::http::Method::DELETE, axum::http::Method::OPTIONS]
    {
        let cookie = [("cookie", visitor.cookie.as_str())];
        let answer =
            world.with_key("").call(method.clone(), "/backend/offers", &cookie, None).await;
        assert!((400..500).contains(&answer.status), "{method}: {answer:?}");
        is_page(&answer, method.as_str());
    }
    assert!(Route::of("GET", "/backend/clock").is_none());
}
