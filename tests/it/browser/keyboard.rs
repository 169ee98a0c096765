//! The backend without a mouse, and without scripts.

use std::time::Duration;

use fantoccini::key::Key;
use serde_json::json;

use super::{Page, journey};
use crate::world::{ADMIN_KEY, World};

/// How many stops there are at most before what is looked for.
const STOPS_MAX: usize = 60;

/// How often a stop is looked at until its focus is seen.
const LOOKS_MAX: usize = 100;

/// Ada's change to the year waits.
async fn book(world: &World) {
    world.catalogue().await;
    world.buy("ada", "month").await;
    world.buy("bob", "month").await;
    world.advance("2026-02-10").await;
    world.buy("ada", "year").await;
}

/// Goes on with the tabulator until this has the focus. At each stop the focus is seen, and no
/// stop lies before the last one.
async fn tab_to(page: &Page, css: &str) {
    let look = "const it = document.activeElement; \
                const last = window.stop_before; \
                const style = getComputedStyle(it); \
                const place = it.getBoundingClientRect(); \
                const seen = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 \
                && place.width > 0 && place.right > 0 && place.bottom > 0 \
                && place.top < innerHeight && place.left < innerWidth; \
                const follows = !last || !last.isConnected || last === it \
                || (last.compareDocumentPosition(it) & 4) > 0; \
                if (seen) window.stop_before = it; \
                return [it.matches(arguments[0]), seen, follows, it.outerHTML.slice(0, 200), \
                it === document.body];";
    for _ in 0..STOPS_MAX {
        page.press(&Key::Tab).await;
        let mut found = page.client.execute(look, vec![json!(css)]).await.unwrap();
        for _ in 0..LOOKS_MAX {
            if found[1] == true || found[4] == true {
                break;
            }
            // The page may still be moving.
            tokio::time::sleep(Duration::from_millis(40)).await;
            found = page.client.execute(look, vec![json!(css)]).await.unwrap();
        }
        if found[4] == true {
            // What had the focus has turned out to have nothing to scroll.
            continue;
        }
        assert_eq!(found[1], true, "the focus is seen: {found}");
        assert_eq!(found[2], true, "in the order of the page: {found}");
        if found[0] == true {
            return;
        }
    }
    panic!("{css} is not reached");
}

#[test]
fn a_change_is_withdrawn_with_the_keyboard_alone() {
    journey(async |page: &Page, world: &World| {
        book(world).await;
        page.open("/backend/sign-in").await;
        tab_to(page, "#f-key").await;
        page.press(ADMIN_KEY).await;
        page.press_to(&Key::Enter).await;
        assert_eq!(page.path().await, "/backend");
        // The navigation comes soon, the content even sooner.
        tab_to(page, ".side a[href='/backend/customers']").await;
        page.press_to(&Key::Enter).await;
        tab_to(page, ".skip").await;
        page.press(&Key::Enter).await;
        tab_to(page, "main input[name=q]").await;
        page.press("ada").await;
        page.press_to(&Key::Enter).await;
        tab_to(page, ".skip").await;
        page.press(&Key::Enter).await;
        tab_to(page, "tbody a[href='/backend/customers/ada']").await;
        page.press_to(&Key::Enter).await;
        assert_eq!(page.text("h1").await, "ada");
        // The table beside the picture opens, too.
        tab_to(page, "main summary").await;
        page.press(" ").await;
        assert!(page.text("main details tbody").await.contains("Year is to replace Month"));
        tab_to(page, "a[href$=withdraw]").await;
        page.press_to(&Key::Enter).await;
        tab_to(page, "button.danger").await;
        page.press_to(&Key::Enter).await;
        assert!(page.text(".flash").await.contains("withdrawn"));
    });
}

#[test]
fn the_menu_of_a_phone_is_opened_and_used_with_the_keyboard() {
    journey(async |page: &Page, world: &World| {
        book(world).await;
        page.sign_in().await;
        page.on_phone().await;
        page.open("/backend/customers").await;
        assert!(page.text(".menu summary").await.contains("Customers"));
        tab_to(page, ".menu summary").await;
        page.press(" ").await;
        let settings = page.see(".menu a[href='/backend/settings']").await;
        assert!(settings.is_displayed().await.unwrap());
        page.is_fine("menu").await;
        page.on_phone().await;
        tab_to(page, ".menu a[href='/backend/subscriptions']").await;
        page.press_to(&Key::Enter).await;
        assert_eq!(page.text("h1").await, "Subscriptions");
        tab_to(page, "select[name=status]").await;
        page.press(&Key::Down).await;
        tab_to(page, ".filters button").await;
        page.press_to(" ").await;
        assert_eq!(page.path().await, "/backend/subscriptions?q=&status=active&offer=&customer=");
        assert_eq!(page.count("tbody tr").await, 2);
    });
}

#[test]
fn the_backend_works_without_scripts() {
    journey(async |page: &Page, world: &World| {
        book(world).await;
        page.without_scripts(true).await;
        page.sign_in().await;
        assert!(page.text(".chart").await.contains("the table below says the same"));
        page.open("/backend/changes").await;
        page.pick("select[name=status]", "pending").await;
        page.go(".filters button").await;
        assert_eq!(page.count("tbody tr").await, 1);
        page.go("tbody a[href$=withdraw]").await;
        page.go("button.danger").await;
        assert!(page.text(".flash").await.contains("withdrawn"));
        page.open("/backend/customers/ada/edit").await;
        page.fill("#f-email", "no address").await;
        page.go("main form button").await;
        page.see("#f-email-wrong").await;
        page.open("/backend/billing").await;
        page.fill(".clock input[type=date]", "02272026").await;
        page.go(".clock button").await;
        assert_eq!(page.path().await, "/backend/billing");
        assert!(page.text(".flash").await.contains("Feb 27, 2026"));
        page.go("section[aria-labelledby=start] button").await;
        // Whoever has no script looks again until it is done.
        while page.count("noscript a").await > 0 {
            page.go("noscript a").await;
        }
        assert!(page.text("main").await.contains("completed"));
        page.without_scripts(false).await;
    });
}
