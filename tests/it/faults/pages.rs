//! Everything breaks once while somebody works in the backend: each statement and each commit of
//! each form. Afterwards nothing is there or everything, a page says so kindly, and the button on
//! it sends what was typed once more.

use super::ground::{Ground, On, Rows, assert_same, story_of};
use super::on_both;
use crate::api::backend::Visitor;
use crate::pages::book::{furnish, is_page};
use crate::pages::forms::{encoded, forms};
use crate::pages::table::Route;
use crate::world::ADMIN_KEY;

on_both! {
    every_statement_of_every_form_fails_in_turn,
    at_the_door_a_breakage_is_told_and_no_key_is_sent_back,
}

/// No form has as many statements.
const STATEMENTS_MAX: u32 = 300;

/// Each is a transaction for each step on the way, and goes on from there.
const LONG: [&str; 4] = [
    "/backend/billing",
    "/backend/clock",
    "/backend/offers/{id}/prices",
    "/backend/price-changes/{id}/withdraw",
];

fn posts() -> impl Iterator<Item = &'static Route> {
    Route::inside().filter(|route| !route.is_get())
}

/// The book but for who is signed in, and since when.
async fn rows(ground: &mut Ground) -> Rows {
    let mut rows = ground.rows().await;
    rows.remove("sessions");
    rows
}

/// What stands in an undisturbed book after each form.
async fn calm(on: On) -> Option<Vec<Rows>> {
    let mut ground = Ground::new(on).await?;
    let world = ground.start().await;
    let names = furnish(&world, "Title").await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let mut calm = Vec::new();
    for route in posts() {
        let form = visitor.filled(route, &names).await;
        let answer = visitor.post(&route.address(&names), &form, &[]).await;
        assert!(matches!(answer.status, 200 | 303), "{}: {answer:?}", route.name());
        world.app.at_rest().await;
        calm.push(story_of(&rows(&mut ground).await));
    }
    ground.store.close().await;
    Some(calm)
}

async fn every_statement_of_every_form_fails_in_turn(on: On) {
    let Some(calm) = calm(on).await else { return };
    let mut ground = Ground::new(on).await.unwrap();
    let world = ground.start().await;
    let names = furnish(&world, "Title").await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    for (at, route) in posts().enumerate() {
        let (name, path) = (route.name(), route.address(&names));
        let mut form = format!("csrf={}&{}", visitor.csrf, visitor.filled(route, &names).await);
        let is_long = LONG.contains(&route.path);
        let (before, mut is_done) = (rows(&mut ground).await, false);
        for n in 1.. {
            assert!(n < STATEMENTS_MAX, "{name}: the fault never stopped coming");
            let injected = ground.store.injected();
            ground.store.fail_at(n);
            let answer = visitor.post(&path, &form, &[]).await;
            world.app.at_rest().await;
            ground.store.fail_at(0);
            let now = rows(&mut ground).await;
            if ground.store.injected() == injected {
                let is_second = is_done && matches!(answer.status, 404 | 409);
                let is_out = is_done && route.path == "/backend/sign-out";
                let is_good = matches!(answer.status, 200 | 303) || is_second || is_out;
                assert!(is_good, "{name} after {n} faults: {answer:?}");
                assert_same(&story_of(&now), &calm[at], &name);
                break;
            }
            let told = format!("{name}, statement {n}: {answer:?}");
            if is_long && answer.status == 303 {
                // It has begun, and what broke then is taken up again.
                continue;
            }
            assert_eq!(answer.status, 503, "{told}");
            is_page(&answer, &told);
            if now != before && !is_long {
                // Done, and then not read back.
                is_done = true;
                assert_same(&story_of(&now), &calm[at], &told);
            }
            form = again(&answer.text, &path, &form, &told);
        }
    }
    ground.store.close().await;
}

/// What the page sends when its button is pressed: nothing that was typed has got lost.
fn again(html: &str, path: &str, form: &str, told: &str) -> String {
    let found = forms(html).into_iter().rfind(|form| form.is_post && form.action == path);
    let again = found.unwrap_or_else(|| panic!("no way to try again: {told}")).sent(|_| None);
    let pairs: Vec<&str> = again.split('&').collect();
    for pair in form.split('&').filter(|pair| !pair.is_empty() && !pair.ends_with('=')) {
        let (name, value) = pair.split_once('=').unwrap();
        let plain = |text: &str| encoded(&bytes_of(&text.replace('+', " ")));
        let pair = format!("{}={}", plain(name), plain(value));
        assert!(pairs.contains(&pair.as_str()), "{pair} has got lost: {told}");
    }
    again
}

/// The bytes that stand in a form.
fn bytes_of(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    bytes
}

async fn at_the_door_a_breakage_is_told_and_no_key_is_sent_back(on: On) {
    let Some(mut ground) = Ground::new(on).await else { return };
    let world = ground.start().await.with_key("");
    let form = format!("%2Fkey={ADMIN_KEY}&%2Fnext=%2Fbackend%2Foffers");
    for n in 1.. {
        let injected = ground.store.injected();
        ground.store.fail_at(n);
        let answer = crate::api::backend::send(&world, "/backend/sign-in", &[], form.clone()).await;
        ground.store.fail_at(0);
        if ground.store.injected() == injected {
            assert_eq!((answer.status, answer.header("location")), (303, "/backend/offers"));
            break;
        }
        assert_eq!((answer.status, answer.header("set-cookie")), (503, ""), "{answer:?}");
        is_page(&answer, "the door");
        assert!(!answer.text.contains(ADMIN_KEY), "{answer:?}");
        assert!(answer.text.contains("value=\"/backend/offers\""), "{answer:?}");
        assert_eq!(ground.rows().await["sessions"], "", "nobody has come in");
    }
    ground.store.close().await;
}
