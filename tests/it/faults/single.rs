//! Faults in what is no single request: making a book's first merchant, importing a catalogue,
//! billing, moving the clock.

use crossgrade::app::access::DEFAULT_MERCHANT;
use crossgrade::app::error::AppError;
use crossgrade::cli::catalogue;
use crossgrade::domain::ids::MerchantId;
use serde_json::json;

use super::ground::{Ground, On, Rows, assert_same, story_of};
use super::on_both;
use crate::world::{ADMIN_KEY, World};

on_both! {
    a_first_start_that_breaks_leaves_nothing,
    an_import_that_breaks_leaves_nothing,
    a_billing_run_that_breaks_anywhere_is_taken_up_again,
    a_clock_that_stops_anywhere_goes_on_from_there,
}

/// Nothing here has as many statements.
const STATEMENTS_MAX: u32 = 400;

/// Does the work with the first statement failing, then the second, until none is left to fail.
/// After each fault the book is as it was, and it was said to be unavailable.
macro_rules! walk {
    ($ground:ident, $before:ident, $work:expr) => {{
        for n in 1.. {
            assert!(n < STATEMENTS_MAX, "the fault never stopped coming");
            let injected = $ground.store.injected();
            $ground.store.fail_at(n);
            let done = $work;
            $ground.store.fail_at(0);
            if $ground.store.injected() == injected {
                assert!(done.is_ok(), "{:?}", done.err());
                assert!(n > 4, "{n}");
                break;
            }
            assert!(matches!(done, Err(AppError::Unavailable(_))), "{n}");
            assert_same(&$ground.rows().await, &$before, &format!("statement {n}"));
        }
    }};
}

async fn a_first_start_that_breaks_leaves_nothing(on: On) {
    let Some(mut ground) = Ground::new(on).await else { return };
    let app = ground.app().await;
    let before = ground.rows().await;
    walk!(ground, before, app.bootstrap(Some(ADMIN_KEY)).await);
    let world = ground.start().await;
    assert_eq!(world.get("/v1/settings").await.status, 200);
    ground.store.close().await;
}

async fn an_import_that_breaks_leaves_nothing(on: On) {
    let Some(mut ground) = Ground::new(on).await else { return };
    let app = ground.app().await;
    app.bootstrap(Some(ADMIN_KEY)).await.unwrap();
    let before = ground.rows().await;
    let merchant = MerchantId::parse(DEFAULT_MERCHANT).unwrap();
    let file = format!("{}customers: {{ada: {{}}}}\n", crate::cli::CATALOGUE);
    let file = file.replace("payment_days: 30", "payment_days: 30, time_zone: America/New_York");
    let draft = catalogue::read(&file).unwrap().draft;
    walk!(ground, before, app.import(&merchant, draft.clone(), |_| ()).await);
    // The zone of the file has moved the start of the day, and all that at once.
    assert_eq!(app.now().to_rfc3339(), "2026-01-31T05:00:00+00:00");
    ground.store.close().await;
}

/// Customers who are booked next on the last day of February, and on the first of March.
async fn customers(world: &World) {
    world.catalogue().await;
    for n in 0..4 {
        let offer = if n == 3 { "year" } else { "month" };
        let started_on = if n == 3 { "2025-03-01" } else { "2026-01-31" };
        let body = json!({"customer": format!("c{n}"), "offer": offer, "started_on": started_on});
        world.post("/v1/subscriptions", body).await.expect(201);
    }
}

async fn a_billing_run_that_breaks_anywhere_is_taken_up_again(on: On) {
    let Some(mut calm) = Ground::new(on).await else { return };
    let world = calm.start().await;
    customers(&world).await;
    let world = calm.start_on("2026-03-01").await;
    let run = world.post("/v1/billing/runs", json!({})).await.expect(200);
    assert_eq!((&run["booked"], &run["invoices"]), (&json!(4), &json!(4)));
    let wanted = story_of(&calm.rows().await);
    let mut ground = Ground::new(on).await.unwrap();
    let world = ground.start().await;
    customers(&world).await;
    let world = ground.start_on("2026-03-01").await;
    let before = story_of(&ground.rows().await);
    let mut is_booked = false;
    for n in 1.. {
        assert!(n < STATEMENTS_MAX, "the fault never stopped coming");
        let injected = ground.store.injected();
        ground.store.fail_at(n);
        let answer = world.post("/v1/billing/runs", json!({})).await;
        ground.store.fail_at(0);
        let now = story_of(&ground.rows().await);
        is_booked |= now == wanted;
        assert_same(&now, if is_booked { &wanted } else { &before }, &format!("statement {n}"));
        if ground.store.injected() == injected {
            assert_eq!(answer.expect(200)["status"], "completed");
            break;
        }
        assert_eq!(answer.problem(503), "unavailable", "statement {n}");
    }
    assert!(is_booked);
    calm.store.close().await;
    ground.store.close().await;
}

async fn a_clock_that_stops_anywhere_goes_on_from_there(on: On) {
    // On the way there are three bookings of each month, and one of the year.
    let advance = json!({"to": "2026-04-01"});
    let Some(mut calm) = Ground::new(on).await else { return };
    let world = calm.start().await;
    customers(&world).await;
    let begun = calm.store.statements();
    world.post("/v1/test-clock/advance", advance.clone()).await.expect(200);
    let statements = u32::try_from(calm.store.statements() - begun).unwrap();
    let wanted = story_of(&calm.rows().await);
    calm.store.close().await;
    let stride = if on == On::Sqlite { 7 } else { 29 };
    for n in (1..statements).step_by(stride) {
        let mut ground = Ground::new(on).await.unwrap();
        let world = ground.start().await;
        customers(&world).await;
        ground.store.crash_at(n);
        let answer = world.post("/v1/test-clock/advance", advance.clone()).await;
        ground.store.crash_at(0);
        assert_eq!(answer.problem(503), "unavailable", "statement {n}");
        let world = ground.start().await;
        world.post("/v1/test-clock/advance", advance.clone()).await.expect(200);
        let got: Rows = story_of(&ground.rows().await);
        assert_same(&got, &wanted, &format!("statement {n}"));
        ground.store.close().await;
    }
}
