//! The merchant backend: its door, the overview and the settings.

use serde_json::json;

use super::{Page, journey};
use crate::world::{ADMIN_KEY, World};

/// A key with this role, and its id.
async fn key(world: &World, role: &str) -> (String, String) {
    let made = world.post("/v1/keys", json!({"role": role, "label": role})).await.expect(201);
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (text("key"), text("id"))
}

#[test]
fn a_merchant_signs_in_looks_around_and_signs_out() {
    journey(async |page: &Page, world: &World| {
        world.catalogue().await;
        for customer in ["ada", "bob", "eve"] {
            world.buy(customer, "month").await;
        }
        world.advance("2026-02-10").await;
        world.buy("ada", "year").await;
        world.buy("bob", "year").await;
        page.open("/backend/settings?x=1").await;
        assert_eq!(page.path().await, "/backend/sign-in?next=%2Fbackend%2Fsettings%3Fx%3D1");
        page.is_fine("sign-in").await;
        page.fill("#f-key", "cg_no_such_key").await;
        page.go("button[type=submit]").await;
        let wrong = page.text("#f-key-wrong").await;
        assert!(wrong.contains("opens nothing"), "{wrong}");
        assert_eq!(page.value("#f-key").await, "", "a key is never sent back");
        page.is_fine("sign-in-wrong").await;
        page.fill("#f-key", ADMIN_KEY).await;
        page.go("button[type=submit]").await;
        assert_eq!(page.path().await, "/backend/settings?x=1", "where they wanted to go");
        let cookies = page.client.get_all_cookies().await.unwrap();
        let cookie = cookies.iter().find(|cookie| cookie.name() == "cg_session").unwrap();
        assert_eq!(cookie.http_only(), Some(true));
        assert!(!cookie.value().contains(ADMIN_KEY));
        page.open("/backend").await;
        assert_eq!(page.text("h1").await, "Overview");
        page.see(".chart canvas").await;
        assert_eq!(page.text(".figures div:nth-child(2) dd").await, "2");
        let taken = page.text("section[aria-labelledby=paths] tbody").await;
        assert!(taken.contains("Month to year") && taken.ends_with('2'), "{taken}");
        assert!(page.text("section[aria-labelledby=today]").await.contains("Checkout completed 2"));
        let decided = page.text("section[aria-labelledby=decided] tbody").await.replace('\n', " ");
        assert!(decided.starts_with("Checkout completed bob Year"), "{decided}");
        page.is_fine("overview").await;
        page.see("section[aria-labelledby=changes] summary").await.click().await.unwrap();
        page.go("section[aria-labelledby=changes] tbody a").await;
        assert_eq!(page.path().await, "/backend/changes?status=pending&on=2026-02-28");
        assert_eq!(page.count("tbody tr").await, 2);
        page.open("/backend").await;
        page.go("section[aria-labelledby=decided] .card-head a").await;
        assert_eq!(page.count("tbody tr").await, 2);
        page.is_fine("today").await;
        page.go("tbody a[href='/backend/paths/month-to-year']").await;
        assert_eq!(page.value("#f-internal_title").await, "Month to year");
        page.go(".who button").await;
        assert_eq!(page.path().await, "/backend/sign-in");
        page.open("/backend").await;
        assert_eq!(page.path().await, "/backend/sign-in", "the session has ended");
    });
}

#[test]
fn a_revoked_key_ends_its_sessions_at_once() {
    journey(async |page: &Page, world: &World| {
        let (secret, id) = key(world, "read").await;
        page.sign_in_with(&secret).await;
        assert_eq!(page.text("h1").await, "Overview");
        page.open("/backend/settings/keys").await;
        page.see("section[aria-labelledby=keys] tbody tr").await;
        assert_eq!(page.count("a[href$=revoke], section[aria-labelledby=new]").await, 0);
        page.open(&format!("/backend/settings/keys/{id}/revoke")).await;
        assert_eq!(page.text("h1").await, "The role of this key does not allow it");
        page.is_fine("forbidden").await;
        world.delete(&format!("/v1/keys/{id}")).await.expect(204);
        page.open("/backend").await;
        assert_eq!(page.path().await, "/backend/sign-in");
    });
}

#[test]
fn a_wrong_setting_is_told_at_its_field_and_what_was_typed_is_kept() {
    journey(async |page: &Page, world: &World| {
        page.sign_in().await;
        let first = page.text("section[aria-labelledby=first] li").await;
        assert!(first.starts_with("Add a product"), "{first}");
        assert_eq!(page.count("section[aria-labelledby=first] li").await, 5);
        page.is_fine("overview-empty").await;
        page.open("/backend/settings").await;
        page.is_fine("settings").await;
        page.fill("#f-time_zone", "Europe/Berln").await;
        page.fill("#f-payment_days", "soon").await;
        page.fill("#f-seller_name", "The Daily <Planet> & \"Sons\"").await;
        page.fill("#f-return_origins", "https://shop.example.org\nhttps://shop/x").await;
        page.go("main button[type=submit]").await;
        let wrong = page.text("#f-time_zone-wrong").await;
        assert!(wrong.ends_with("Did you mean Europe/Berlin?"), "{wrong}");
        let wrong = page.text("#f-payment_days-wrong").await;
        assert!(wrong.contains("whole number"), "{wrong}");
        assert_eq!(page.text(".problems li:nth-child(3) a").await, "Sites to return to");
        assert_eq!(page.value("#f-payment_days").await, "soon");
        assert_eq!(page.value("#f-seller_name").await, "The Daily <Planet> & \"Sons\"");
        page.is_fine("settings-wrong").await;
        page.fill("#f-time_zone", "Europe/Berlin").await;
        page.fill("#f-payment_days", "30").await;
        page.fill("#f-return_origins", "https://shop.example.org").await;
        page.go("main button[type=submit]").await;
        assert_eq!(page.text(".flash").await, "The settings are saved.");
        let saved = world.get("/v1/settings").await.expect(200);
        assert_eq!(saved["payment_days"], 30);
        assert_eq!(saved["seller"]["name"], "The Daily <Planet> & \"Sons\"");
        page.open("/backend/settings").await;
        page.see("h1").await;
        assert_eq!(page.count(".flash").await, 0, "it is said once");
        page.open("/backend/settings/activity").await;
        let entry = page.text("section[aria-labelledby=activity] tbody tr").await;
        assert!(entry.contains("Settings saved") && entry.contains("first"), "{entry}");
        page.is_fine("activity").await;
    });
}

#[test]
fn a_key_is_shown_once_and_revoked_after_asking() {
    journey(async |page: &Page, world: &World| {
        page.sign_in().await;
        page.open("/backend/settings/keys").await;
        page.pick("#f-role", "billing").await;
        page.fill("#f-label", "cron").await;
        page.go("main button[type=submit]").await;
        let secret = page.text("#secret").await;
        page.is_fine("key-made").await;
        assert_eq!(world.with_key(&secret).get("/v1/keys").await.status, 200);
        page.go("main .button").await;
        assert!(!page.client.source().await.unwrap().contains(&secret), "never again");
        assert!(page.text("tbody tr:first-child").await.starts_with("cron billing"));
        assert_eq!(page.count("section[aria-labelledby=keys] tbody tr").await, 2);
        page.is_fine("keys").await;
        page.go("tbody tr:first-child a").await;
        page.is_fine("key-revoke").await;
        page.go("button.danger").await;
        assert!(page.text(".flash").await.contains("revoked"));
        assert_eq!(world.with_key(&secret).get("/v1/keys").await.status, 401);
    });
}
