//! The door of the merchant backend, as something else than a browser may try it.

use axum::http::Method;
use chrono::{DateTime, TimeDelta, Utc};
use crossgrade::domain::ids::{KeyId, MerchantId};
use crossgrade::store::{Store, StoreError, sessions};
use serde_json::json;

use crate::pages::table::{Names, Route};
use crate::support::both;
use crate::world::{ADMIN_KEY, Answer, World};

both! {
    nobody_comes_in_without_a_session,
    only_our_own_forms_change_anything,
    a_role_is_offered_and_may_do_what_the_api_allows,
    a_session_ends_by_itself,
    who_changed_something_is_on_record,
    only_keys_for_the_catalogue_write_it,
    lists_are_searched_by_id_and_title,
    the_overview_leads_to_what_happened,
}

/// A browser's requests, with its cookies.
pub(crate) struct Visitor {
    pub(crate) world: World,
    pub(crate) cookie: String,
    pub(crate) csrf: String,
}

pub(crate) async fn send(
    world: &World,
    path: &str,
    headers: &[(&str, &str)],
    form: String,
) -> Answer {
    let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
    all.extend_from_slice(headers);
    world.with_key("").call(Method::POST, path, &all, Some(form)).await
}

impl Visitor {
    pub(crate) async fn sign_in(world: &World, key: &str) -> Self {
        let world = world.with_key("");
        let form = format!("%2Fkey={key}&%2Fnext=%2F%2Fevil.example");
        let answer = send(&world, "/backend/sign-in", &[], form).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/backend"), "{answer:?}");
        let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
        let mut visitor = Self { world, cookie, csrf: String::new() };
        let page = visitor.get("/backend").await.text;
        let csrf = page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        csrf.clone_into(&mut visitor.csrf);
        visitor
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.world.call(Method::GET, path, &[("cookie", &self.cookie)], None).await
    }

    /// The same session at another server.
    pub(crate) fn at(&self, world: &World) -> Self {
        let (cookie, csrf) = (self.cookie.clone(), self.csrf.clone());
        Self { world: world.with_key(""), cookie, csrf }
    }

    /// What the form of a route sends, with the version of what its page shows, where it has one.
    pub(crate) async fn filled(&self, route: &Route, names: &Names) -> String {
        let (form, page) = (route.filled(names), self.get(&route.address(names)).await.text);
        let Some((_, version)) = page.split_once("name=\"version\" value=\"") else { return form };
        let version = version.split('"').next().unwrap().replace("&quot;", "%22");
        format!("{form}&version={version}")
    }

    /// Sends a form, with the token unless another one is given.
    pub(crate) async fn post(&self, path: &str, form: &str, headers: &[(&str, &str)]) -> Answer {
        let mut all = vec![("cookie", self.cookie.as_str())];
        all.extend_from_slice(headers);
        let form = if form.contains("csrf=") {
            form.to_owned()
        } else {
            format!("csrf={}&{form}", self.csrf)
        };
        send(&self.world, path, &all, form).await
    }
}

async fn nobody_comes_in_without_a_session(store: Store) {
    let world = World::new(store).await.with_key("");
    for path in ["/backend", "/backend/settings/keys", "/backend/no/such/page"] {
        let answer = world.get(path).await;
        assert_eq!(answer.status, 303, "{path}: {answer:?}");
        assert!(answer.header("location").starts_with("/backend/sign-in"), "{answer:?}");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    // A key of the API is no session.
    assert_eq!(world.with_key(ADMIN_KEY).get("/backend").await.status, 303);
    let forged = [("cookie", "cg_session=00000000000000000000000000000000")];
    assert_eq!(world.call(Method::GET, "/backend", &forged, None).await.status, 303);
    let wrong = send(&world, "/backend/sign-in", &[], "%2Fkey=cg_wrong".to_owned()).await;
    assert_eq!((wrong.status, wrong.header("set-cookie")), (401, ""));
    assert!(!wrong.text.contains("cg_wrong"), "a key is never sent back");
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let lost = visitor.get("/backend/no/such/page").await;
    assert_eq!(lost.status, 404);
    assert!(lost.text.contains("Sign out"), "they are still inside: {lost:?}");
    let out = visitor.post("/backend/sign-out", "", &[]).await;
    assert_eq!((out.status, out.header("location")), (303, "/backend/sign-in"));
    assert_eq!(visitor.get("/backend").await.status, 303, "the cookie opens nothing any more");
}

async fn only_our_own_forms_change_anything(store: Store) {
    let world = World::new(store).await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let keys = "/backend/settings/keys";
    let form = "%2Frole=read";
    let refused: [(&str, &[(&str, &str)]); 6] = [
        ("csrf=&%2Frole=read", &[]),
        ("csrf=0000&%2Frole=read", &[]),
        (form, &[("sec-fetch-site", "cross-site")]),
        (form, &[("sec-fetch-site", "same-site")]),
        (form, &[("origin", "https://evil.example"), ("host", "localhost:8080")]),
        (form, &[("origin", "null"), ("host", "localhost:8080")]),
    ];
    for (form, headers) in refused {
        let answer = visitor.post(keys, form, headers).await;
        assert_eq!(answer.status, 403, "{form} {headers:?}");
    }
    let cross = [("sec-fetch-site", "cross-site")];
    let form_of_key = format!("%2Fkey={ADMIN_KEY}");
    assert_eq!(send(&world, "/backend/sign-in", &cross, form_of_key).await.status, 403);
    let other = Visitor::sign_in(&world, ADMIN_KEY).await;
    let stolen = format!("csrf={}&%2Frole=read", other.csrf);
    assert_eq!(visitor.post(keys, &stolen, &[]).await.status, 403, "another session's token");
    assert_eq!(world.get("/v1/keys").await.json["data"].as_array().unwrap().len(), 1);
    let fine: [&[(&str, &str)]; 3] = [
        &[("sec-fetch-site", "same-origin")],
        &[("origin", "http://10.0.0.7:8080"), ("host", "10.0.0.7:8080")],
        &[("origin", "http://localhost:8080"), ("host", "behind.a.proxy")],
    ];
    for headers in fine {
        assert_eq!(visitor.post(keys, form, headers).await.status, 200, "{headers:?}");
    }
}

async fn a_role_is_offered_and_may_do_what_the_api_allows(store: Store) {
    let world = World::new(store).await;
    for (role, is_admin) in [("admin", true), ("merchant", false), ("read", false)] {
        let made = world.post("/v1/keys", json!({"role": role})).await.expect(201);
        let visitor = Visitor::sign_in(&world, made["key"].as_str().unwrap()).await;
        let settings = visitor.get("/backend/settings").await;
        assert_eq!(settings.text.contains("Save settings"), is_admin, "{role}");
        assert_eq!(settings.text.contains("<fieldset disabled>"), !is_admin, "{role}");
        let version = settings.text.split("name=\"version\" value=\"&quot;").nth(1).unwrap();
        let version = version.split("&quot;").next().unwrap();
        let form = format!(
            "version=%22{version}%22&%2Ftime_zone=Europe%2FBerlin&%2Flocale=en&%2Fcurrency=EUR\
             &%2Fpayment_days=14&%2Fcheckout_minutes=60&%2Fupsell_minutes=30"
        );
        let saved = visitor.post("/backend/settings", &form, &[]).await;
        assert_eq!(saved.status, if is_admin { 303 } else { 403 }, "{role}: {saved:?}");
    }
}

async fn a_session_ends_by_itself(store: Store) {
    World::new(store.clone()).await;
    let now: DateTime<Utc> = "2026-01-31T12:00:00Z".parse().unwrap();
    let merchant = MerchantId::parse("default").unwrap();
    let (begun, seen) = (now - TimeDelta::hours(12), now - TimeDelta::hours(2));
    let found = crate::support::written(&store, move |tx| {
        Box::pin(async move {
            let (key,): (KeyId,) = (sessions_key(tx).await?,);
            let mut found = Vec::new();
            // Begun and last seen so many hours ago.
            for (age, rest) in [(11, 1), (13, 1), (11, 3)] {
                let hash = [age * 16 + rest; 32];
                let hours = |hours: u8| TimeDelta::hours(i64::from(hours));
                sessions::insert_session(tx, &merchant, &key, &hash, now - hours(age)).await?;
                sessions::touch_session(tx, &merchant, &hash, now - hours(rest)).await?;
                found.push(sessions::find_session(tx, &hash, begun, seen).await?.is_some());
            }
            let purged = sessions::purge_sessions(tx, begun, seen).await?;
            Ok::<_, StoreError>((found, purged))
        })
    })
    .await
    .unwrap();
    assert_eq!(found, (vec![true, false, false], 2));
}

async fn sessions_key(tx: &mut crossgrade::store::Tx) -> Result<KeyId, StoreError> {
    let merchant = MerchantId::parse("default").unwrap();
    let page = crossgrade::store::Page::first(1);
    let keys = crossgrade::store::keys::list_keys(tx, &merchant, &page).await?;
    Ok(keys[0].id.clone())
}

async fn who_changed_something_is_on_record(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let made = world.post("/v1/keys", json!({"role": "admin", "label": "the boss"})).await;
    let visitor = Visitor::sign_in(&world, made.json["key"].as_str().unwrap()).await;
    visitor.post("/backend/settings/keys", "%2Frole=read&%2Flabel=x", &[]).await;
    let record = visitor.get("/backend/settings/activity").await.text;
    let rows: Vec<&str> = record.split("<tr>").skip(2).collect();
    assert!(rows[0].contains("Key created") && rows[0].contains("the boss"), "{}", rows[0]);
    assert!(rows[1].contains("Key created") && rows[1].contains("first"), "{}", rows[1]);
    assert!(rows[2].contains("Path saved") && rows[2].contains("month-to-year"), "{}", rows[2]);
}

async fn only_keys_for_the_catalogue_write_it(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let forms = [
        ("tags/new-tag", "%2Ftitle=New"),
        ("products/new-product", "%2Ftitle=New&%2Fkind=digital"),
        ("taxes/vat", "%2Frates=2020-01-01+19"),
        ("paths/%2Bnew/check", "part=insight"),
    ];
    for (role, may) in
        [("read", false), ("checkout", false), ("billing", false), ("merchant", true)]
    {
        let made = world.post("/v1/keys", json!({"role": role})).await.expect(201);
        let visitor = Visitor::sign_in(&world, made["key"].as_str().unwrap()).await;
        for (path, form) in forms {
            let answer = visitor.post(&format!("/backend/{path}"), form, &[]).await;
            assert_eq!(answer.status == 403, !may, "{role} {path}: {answer:?}");
            assert!(answer.status < 404, "{role} {path}: {answer:?}");
        }
        let removal = visitor.post("/backend/paths/month-to-year/delete", "", &[]).await;
        assert_eq!(removal.status, if may { 412 } else { 403 }, "{role}: {removal:?}");
        for page in ["offers", "offers/month", "paths", "products/paper", "tags/month", "graph"] {
            let seen = visitor.get(&format!("/backend/{page}")).await;
            assert_eq!(seen.status, 200, "{role} {page}: {seen:?}");
            assert!(may || !seen.text.contains(">Save</button>"), "{role} {page}");
        }
        assert_eq!(visitor.get("/backend/offers/no%20id").await.status, 404);
    }
}

async fn lists_are_searched_by_id_and_title(store: Store) {
    let world = World::new(store).await;
    for (id, title) in [("a_1", "Monatlich 100%"), ("ab1", "MONATLICH 1000"), ("c", "Jährlich !")]
    {
        world.put(&format!("/v1/tags/{id}"), json!({"title": title})).await.expect(201);
    }
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    for (text, found) in [
        ("monat", "a_1 ab1"),
        ("100%25", "a_1"),
        ("A_1", "a_1"),
        ("J%C3%A4hr", "c"),
        ("!", "c"),
        ("%5C", ""),
        ("%00", "a_1 ab1 c"),
    ] {
        let page = visitor.get(&format!("/backend/tags?q={text}")).await.text;
        let is_there = |id: &&str| page.contains(&format!("href=\"/backend/tags/{id}\""));
        let ids: Vec<&str> = ["a_1", "ab1", "c"].into_iter().filter(is_there).collect();
        assert_eq!(ids.join(" "), found, "{text}");
    }
    for list in ["offers", "products", "taxes", "paths"] {
        assert_eq!(visitor.get(&format!("/backend/{list}?q=x")).await.status, 200, "{list}");
    }
}

async fn the_overview_leads_to_what_happened(store: Store) {
    let world = World::new(store).await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let page = async |path: &str| {
        let answer = visitor.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.text
    };
    let empty = page("/backend").await;
    assert!(empty.contains("What to do first") && !empty.contains("Due bookings"), "{empty}");
    world.catalogue().await;
    world.buy("ada", "month").await;
    world.advance("2026-02-10").await;
    world.buy("ada", "year").await;
    let seller = json!({"seller": {"name": "The Daily Planet"}});
    world.put("/v1/settings", seller).await.expect(200);
    let path = "href=\"/backend/paths/month-to-year\"";
    let full = page("/backend").await;
    assert!(!full.contains("What to do first") && full.contains(path), "{full}");
    assert!(full.contains("/backend/today?kind&#x3D;scheduled_change.pending"), "{full}");
    let decided = page("/backend/today?kind=decisions").await;
    assert_eq!(decided.matches("Checkout completed</th>").count(), 1, "{decided}");
    assert!(decided.contains(path) && decided.contains("/backend/customers/ada"), "{decided}");
    let waits = page("/backend/today?kind=scheduled_change.pending").await;
    assert!(waits.contains(path) && waits.contains("/backend/subscriptions/sub_"), "{waits}");
    assert!(page("/backend/today?kind=no.such").await.contains("Nothing of the kind"));
    let on = async |day: &str| page(&format!("/backend/changes?status=pending&on={day}")).await;
    assert!(on("2026-02-28").await.contains("Year"));
    assert!(on("2026-03-01").await.contains("No change fits"));
    world.delete("/v1/paths/month-to-year").await.expect(204);
    let removed = page("/backend/today").await;
    assert!(!removed.contains(path) && removed.contains("Path deleted"), "{removed}");
}
