//! What is pressed twice is done once: one after the other, and by two people at once. Whoever
//! comes second is told kindly.

use serde_json::json;

use super::book::{furnished, is_page, kept, same};
use super::table::Route;
use crate::api::backend::Visitor;
use crate::support::both_books;
use crate::world::{ADMIN_KEY, World};

both_books! {
    what_is_pressed_twice_is_done_once,
    what_two_press_at_once_is_done_once,
    a_key_is_made_once_however_often_its_form_is_sent,
}

/// What is pressed, the status of the second answer, and what that says; in an order in which
/// each can be done.
const PRESSED: &[(&str, u16, &str)] = &[
    ("/backend/settings", 303, ""),
    ("/backend/tags/{id}", 303, ""),
    ("/backend/taxes/{id}", 303, ""),
    ("/backend/products/{id}", 303, ""),
    ("/backend/offers/{id}", 303, ""),
    ("/backend/paths/{id}", 303, ""),
    ("/backend/campaigns/{id}", 303, ""),
    ("/backend/promotions/{id}", 303, ""),
    ("/backend/gift-rules/{id}", 303, ""),
    ("/backend/coupons/{id}", 303, ""),
    ("/backend/message-templates/{id}", 303, ""),
    ("/backend/automations/{id}", 303, ""),
    ("/backend/automations/{id}/flow", 303, ""),
    ("/backend/automations/+set-up", 303, ""),
    ("/backend/automations/+flow", 303, ""),
    ("/backend/customers/+new", 422, "there is such a customer already"),
    ("/backend/settings/webhooks/{id}", 303, ""),
    ("/backend/settings/webhooks/{id}/test", 303, ""),
    ("/backend/settings/webhooks/{id}/deliveries", 303, ""),
    ("/backend/settings/webhooks/{id}/secret", 409, "was sent before"),
    ("/backend/subscriptions/+new", 303, ""),
    ("/backend/customers/{id}/checkout", 303, ""),
    ("/backend/customers/{id}/payout", 303, ""),
    ("/backend/customers/{id}/payment", 303, ""),
    ("/backend/invoices/{id}/credit", 303, ""),
    ("/backend/subscriptions/{id}/keep-price", 409, "does not wait any more"),
    ("/backend/price-changes/{id}/withdraw", 303, ""),
    ("/backend/offers/{id}/prices", 303, ""),
    ("/backend/customers/{id}/edit", 303, ""),
    ("/backend/products/{id}/stock", 303, ""),
    ("/backend/orders/{id}/paid", 303, ""),
    ("/backend/orders/{id}/delivered", 303, ""),
    ("/backend/orders/{id}/refunded", 303, ""),
    ("/backend/orders/{id}/cancelled", 303, ""),
    ("/backend/changes/{id}/withdraw", 409, "does not wait any more"),
    ("/backend/subscriptions/{id}/cancel", 409, "is cancelled already"),
    ("/backend/subscriptions/{id}/end", 409, "has ended already"),
    ("/backend/subscriptions/{id}/uncancel", 409, "no cancellation to take back"),
    ("/backend/invoices/{id}/pay", 409, "Nothing is owed on this invoice"),
    ("/backend/invoices/{id}/bounce", 409, "No payment stands on this invoice"),
    ("/backend/payments/{id}/bounce", 409, "This payment has bounced already"),
    ("/backend/clock", 303, ""),
    ("/backend/campaigns/{id}/delete", 404, "may have been removed"),
    ("/backend/promotions/{id}/delete", 404, "may have been removed"),
    ("/backend/gift-rules/{id}/delete", 404, "may have been removed"),
    ("/backend/coupons/{id}/delete", 404, "may have been removed"),
    ("/backend/automations/{id}/report", 303, ""),
    ("/backend/automations/{id}/delete", 404, "may have been removed"),
    ("/backend/message-templates/{id}/delete", 404, "may have been removed"),
    ("/backend/paths/{id}/delete", 404, "may have been removed"),
    ("/backend/offers/{id}/delete", 404, "may have been removed"),
    ("/backend/products/{id}/delete", 404, "may have been removed"),
    ("/backend/tags/{id}/delete", 404, "may have been removed"),
    ("/backend/taxes/{id}/delete", 404, "may have been removed"),
    ("/backend/settings/webhooks/{id}/delete", 404, "may have been removed"),
    ("/backend/settings/keys", 409, "was sent before"),
    ("/backend/settings/keys/{id}/revoke", 404, "may have been removed"),
];

/// Those of which there may be two, each of which does nothing that the other has done.
const ASIDE: [&str; 10] = [
    "/backend/payments/bank",
    "/backend/customers/{id}/portal",
    "/backend/offers/{id}/prices/look",
    "/backend/billing",
    "/backend/sign-out",
    "/backend/paths/{id}/check",
    "/backend/campaigns/{id}/check",
    "/backend/promotions/{id}/check",
    "/backend/gift-rules/{id}/check",
    "/backend/paths/{id}/everybody",
];

fn pressed() -> Vec<(&'static Route, u16, &'static str)> {
    let route = |path: &str| {
        let mut posts = Route::inside().filter(|route| !route.is_get());
        posts.find(|route| route.path == path).expect(path)
    };
    PRESSED.iter().map(|(path, status, told)| (route(path), *status, *told)).collect()
}

#[test]
fn every_button_is_pressed_twice() {
    for route in Route::inside().filter(|route| !route.is_get()) {
        let is_pressed = PRESSED.iter().any(|(path, ..)| *path == route.path);
        assert!(is_pressed || ASIDE.contains(&route.path), "press {} twice, too", route.path);
    }
}

/// What stands in the book but for when it was written last: a second saving is another.
async fn written(url: &str) -> crate::support::dump::Dump {
    let mut book = kept(url).await;
    book.remove("idempotency");
    book
}

async fn what_is_pressed_twice_is_done_once(url: String) {
    let (world, names) = furnished(&url, "Title").await;
    let (first, second) =
        (Visitor::sign_in(&world, ADMIN_KEY).await, Visitor::sign_in(&world, ADMIN_KEY).await);
    for (route, status, told) in pressed() {
        let (name, path, form) =
            (route.name(), route.address(&names), first.filled(route, &names).await);
        let done = first.post(&path, &form, &[]).await;
        assert!(matches!(done.status, 200 | 303), "{name}: {done:?}");
        let before = written(&url).await;
        for visitor in [&first, &second] {
            let again = visitor.post(&path, &form, &[]).await;
            assert_eq!(again.status, status, "{name}: {again:?}");
            if status != 303 {
                is_page(&again, &name);
                assert!(again.text.contains(told), "{name}: {again:?}");
            }
        }
        let mut after = written(&url).await;
        if status == 303 {
            // Whoever saves the same again has saved: that is on record, and when a path was
            // edited last; as is every run of a clock that was moved.
            for table in ["counters", "events", "merchants", "paths", "billing_runs"] {
                after.insert(table.to_owned(), before[table].clone());
            }
        }
        same(&before, &after, &name);
    }
    is_sound(&world).await;
}

async fn what_two_press_at_once_is_done_once(url: String) {
    let (world, names) = furnished(&url, "Title").await;
    let (first, second) =
        (Visitor::sign_in(&world, ADMIN_KEY).await, Visitor::sign_in(&world, ADMIN_KEY).await);
    for (route, status, told) in pressed() {
        let (name, path, form) =
            (route.name(), route.address(&names), first.filled(route, &names).await);
        let both = tokio::join!(first.post(&path, &form, &[]), second.post(&path, &form, &[]));
        let mut both = [both.0, both.1];
        both.sort_by_key(|answer| answer.status);
        assert!(matches!(both[0].status, 200 | 303), "{name}: {both:?}");
        if both[1].status == 412 && path.ends_with("/delete") {
            // It was there when the second looked, and gone when it came to it.
            assert_eq!(second.get(&path).await.status, 404, "{name}: {both:?}");
            continue;
        }
        assert_eq!(both[1].status, status, "{name}: {both:?}");
        assert!(both[1].text.contains(told), "{name}: {both:?}");
    }
    // Of two runs at once one finds nothing left.
    let (path, form) = ("/backend/billing", "%2Fas_of=");
    let runs = tokio::join!(first.post(path, form, &[]), second.post(path, form, &[]));
    for run in [runs.0, runs.1] {
        assert_eq!(run.status, 303, "{run:?}");
        let page = first.get(run.header("location")).await;
        assert_eq!(page.status, 200, "{page:?}");
    }
    world.app.at_rest().await;
    let out = tokio::join!(
        first.post("/backend/sign-out", "", &[]),
        first.post("/backend/sign-out", "", &[])
    );
    assert_eq!((out.0.status, out.1.status), (303, 303), "{out:?}");
    is_sound(&world).await;
}

/// Nothing was done by halves: the book balances.
async fn is_sound(world: &World) {
    let audit = world.get("/v1/audit").await.expect(200);
    assert_eq!(audit["faults"], json!([]), "{audit:#}");
}

async fn a_key_is_made_once_however_often_its_form_is_sent(url: String) {
    let (world, _) = furnished(&url, "Title").await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let keys = "/backend/settings/keys";
    let name = |page: &str| {
        let rest = page.split("name=\"once\" value=\"").nth(1).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let count = async || -> usize {
        let listed = world.get("/v1/keys").await.expect(200);
        listed["data"].as_array().unwrap().iter().filter(|key| key["label"] == "shop").count()
    };
    let (first, second) =
        (name(&visitor.get(keys).await.text), name(&visitor.get(keys).await.text));
    assert_ne!(first, second, "each form is another");
    let form = format!("%2Frole=read&%2Flabel=shop&once={first}");
    let made = visitor.post(keys, &form, &[]).await;
    assert_eq!((made.status, made.header("cache-control")), (200, "no-store"), "{made:?}");
    let secret = made.text.split("cg_").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert!(!visitor.get(keys).await.text.contains(&secret), "it is shown once");
    // Loaded again, by way of back and forward, or changed after going back.
    for form in [form.as_str(), &form.replace("read", "admin")] {
        let again = visitor.post(keys, form, &[]).await;
        assert_eq!(again.status, 409, "{again:?}");
        assert!(again.text.contains("was sent before") && !again.text.contains(&secret));
        assert_eq!(count().await, 1);
        // What was typed is kept, in a form that can be sent.
        assert_ne!(name(&again.text), first);
        assert!(again.text.contains("value=\"shop\""), "{again:?}");
    }
    let another = visitor.post(keys, &form.replace(&first, &second), &[]).await;
    assert_eq!((another.status, count().await), (200, 2), "{another:?}");
    let book = kept(&url).await;
    let rows: Vec<&String> = book.values().flatten().collect();
    assert!(!rows.iter().any(|row| row.contains(&secret)), "it is kept nowhere");
}
