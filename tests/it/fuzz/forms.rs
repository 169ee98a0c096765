//! Forms with anything in their fields, and bodies that are no forms.

use std::collections::BTreeSet;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use tower::ServiceExt;

use super::{PATIENCE, number, spoil};
use crate::api::backend::Visitor;
use crate::oracle::generate::Dice;
use crate::pages::book::{furnished, kept, same};
use crate::pages::forms::{encoded, forms};
use crate::pages::table::{Names, ROUTES, Route};
use crate::support::both_books;
use crate::world::{ADMIN_KEY, World};

both_books! {
    no_form_breaks_a_page_or_leaves_something_behind_when_refused,
}

/// What fits here and there, so that not everything is refused for the same reason.
const FITTING: [&str; 22] = [
    "",
    "true",
    "1",
    "0",
    "-1",
    "9.90",
    "EUR",
    "USD",
    "M",
    "Y",
    "month",
    "year",
    "free",
    "paper",
    "press",
    "replace",
    "new",
    "day",
    "none",
    "immediate",
    "2026-02-28",
    "{offerTitle}",
];

async fn no_form_breaks_a_page_or_leaves_something_behind_when_refused(url: String) {
    let (world, names) = furnished(&url, "Title").await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let rounds = number("CROSSGRADE_TEST_FUZZ", 1);
    let tries = if url.starts_with("sqlite") { 30 } else { 8 };
    let first = number("CROSSGRADE_TEST_FUZZ_SEED", 1);
    let mut seen = BTreeSet::new();
    // Whoever is out sends no more forms.
    let posts = ROUTES.iter().filter(|it| !it.is_get() && it.path != "/backend/sign-out");
    for (place, route) in posts.enumerate() {
        let fields = fields(&visitor, route, &names).await;
        for seed in first..first + rounds {
            let mut dice = Dice::new(seed * 1_000 + place as u64);
            for _ in 0..tries {
                let (kind, body) = body(&visitor.csrf, &fields, &mut dice);
                let mut path = route.address(&names);
                if route.path.starts_with("/backend") && route.has_id() && dice.one_in(4) {
                    path =
                        route.with_id(dice.pick::<&str>(&["+new", "%2Bnew", "none", "%00", ".."]));
                }
                // A run goes on behind its answer.
                world.app.at_rest().await;
                let before = kept(&url).await;
                let (status, text) = answer(&world, &visitor, &path, &kind, &body).await;
                let body = String::from_utf8_lossy(&body);
                let told =
                    format!("seed {seed}: {path} {kind:?} {body:.1500}\n{status} {text:.1500}");
                assert!(status < 500, "{told}");
                seen.insert(status);
                if status < 400 {
                    continue;
                }
                assert!(text.contains("<h1"), "{told}");
                assert!(!text.contains("<script>alert"), "{told}");
                if status == 422 && route.path.starts_with("/backend") {
                    assert!(
                        text.contains("-wrong\"") || text.contains("class=\"problems\""),
                        "{told}"
                    );
                }
                let now = kept(&url).await;
                if status == 422 || status == 403 || status == 415 {
                    same(&before, &now, &told);
                }
            }
        }
    }
    for status in [303, 403, 404, 415, 422] {
        assert!(seen.contains(&status), "no answer was a {status}: {seen:?}");
    }
    world.app.at_rest().await;
}

/// The names of the fields of a form, as its page has them.
async fn fields(visitor: &Visitor, route: &Route, names: &Names) -> Vec<String> {
    let mut found: BTreeSet<String> = route
        .form
        .split('&')
        .filter_map(|pair| Some(pair.split_once('=')?.0.replace("%2F", "/")))
        .collect();
    let path = route.address(names);
    let page = visitor.get(path.strip_suffix("/check").unwrap_or(&path)).await;
    for form in forms(&page.text).into_iter().filter(|form| form.is_post && form.action == path) {
        found.extend(form.names);
        found.extend(form.fields.into_iter().map(|(name, _)| name));
    }
    found.into_iter().filter(|name| name != "csrf").collect()
}

/// A content type and a body.
fn body(csrf: &str, fields: &[String], dice: &mut Dice) -> (Vec<u8>, Vec<u8>) {
    let form = b"application/x-www-form-urlencoded".to_vec();
    let odd = spoil::texts();
    let mut text = format!("csrf={csrf}");
    for name in fields.iter().map(String::as_str).chain(["unknown", "/", "/price", "//"]) {
        for _ in 0..[1, 1, 1, 1, 1, 0, 2][usize::try_from(dice.below(7)).unwrap()] {
            let value = if dice.one_in(3) {
                dice.pick(&odd).clone()
            } else {
                (*dice.pick(&FITTING)).to_owned()
            };
            // A clock that goes on for centuries takes its time.
            let value = if name == "to" && value.starts_with("99") {
                "2026-03-01".to_owned()
            } else {
                value
            };
            text = format!("{text}&{}={}", encoded(name.as_bytes()), encoded(value.as_bytes()));
        }
    }
    let mut bytes = text.into_bytes();
    match dice.below(12) {
        0 => return (dice.pick(spoil::MEDIA_TYPES).to_vec(), bytes),
        1 => bytes.extend(b"&%ff=%c3%28&%zz&=&==&\xff\xfe\0"),
        2 => bytes.truncate(usize::try_from(dice.below(40)).unwrap()),
        3 => bytes = vec![b'%'; 3_000],
        _ => {}
    }
    (form, bytes)
}

async fn answer(
    world: &World,
    visitor: &Visitor,
    path: &str,
    kind: &[u8],
    body: &[u8],
) -> (u16, String) {
    let request = Request::builder().method("POST").uri(path);
    let request = request.header("cookie", &visitor.cookie).header("content-type", kind);
    let request = request.body(Body::from(body.to_vec())).unwrap();
    let answer = tokio::time::timeout(PATIENCE, world.router.clone().oneshot(request)).await;
    let answer = answer.unwrap_or_else(|_| panic!("no answer in time: {path}")).unwrap();
    let (head, body) = answer.into_parts();
    let text = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
    (head.status.as_u16(), text)
}
