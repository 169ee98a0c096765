//! What a merchant defines: written, read, listed, removed, and refused with every fault.

use axum::http::Method;
use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::support::both;
use crate::world::{World, eur, offer_of, path_of};

both! {
    everything_is_created_then_replaced_then_read_as_it_was_written,
    what_is_in_use_stays_and_what_is_not_goes,
    every_fault_of_a_definition_is_told_at_its_place,
    an_edit_of_what_changed_meanwhile_is_refused,
    what_the_engine_sets_is_passed_over_where_it_is_so,
    what_cannot_be_read_is_told_at_its_place,
    lists_go_on_where_the_page_before_ended,
    the_graph_shows_what_paths_join,
    settings_take_defaults_and_refuse_what_makes_no_sense,
    a_file_is_told_what_is_wrong_at_once_whichever_stage_finds_it,
}

async fn everything_is_created_then_replaced_then_read_as_it_was_written(store: Store) {
    let world = World::new(store).await;
    let table = [
        ("/v1/tags/month", json!({"title": "Month"})),
        ("/v1/tags/year", json!({"title": "Year"})),
        (
            "/v1/taxes/reduced",
            json!({"title": "Books", "rates": [
                {"rate": "7", "valid_from": "2020-01-01"}, {"rate": "5.5",
                    "valid_from": "2026-07-01"},
            ]}),
        ),
        ("/v1/products/paper", json!({"title": "The Paper", "kind": "physical"})),
        ("/v1/offers/month", {
            let mut offer = offer_of("month", "9.90", "P1M");
            offer["tax"] = json!("reduced");
            offer
        }),
        ("/v1/paths/up", path_of("end_of_term")),
        (
            "/v1/customers/ada",
            json!({"email": "ada@example.com", "locale": "de-AT", "country": "AT"}),
        ),
    ];
    for (path, body) in table {
        let created = world.put(path, body.clone()).await.expect(201);
        let replaced = world.put(path, body.clone()).await.expect(200);
        let read = world.get(path).await.expect(200);
        assert_eq!(read, replaced, "{path}");
        let id = path.rsplit('/').next().unwrap();
        assert_eq!((&created["id"], &read["id"]), (&json!(id), &json!(id)));
        for (name, value) in body.as_object().unwrap() {
            assert_eq!(&read[name], value, "{path} {name}");
        }
    }
    let offer = world.get("/v1/offers/month").await.json;
    assert_eq!((&offer["term"], &offer["auto_renew"]), (&json!("P1M"), &json!(true)));
    let path = world.get("/v1/paths/up").await.json;
    assert_eq!((&path["edges"], &path["proration"]), (&json!(0), &json!("none")));
    let tag = world.get("/v1/tags/month").await.json;
    assert_eq!((&tag["offers"], &tag["paths"]), (&json!(["month"]), &json!(["up"])));
    assert_eq!(world.get("/v1/customers/ada").await.json["credit_balance"], json!([]));
}

async fn what_is_in_use_stays_and_what_is_not_goes(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    for used in ["tags/month", "tags/year", "products/paper"] {
        let answer = world.delete(&format!("/v1/{used}")).await;
        assert_eq!(answer.problem(409), "still-in-use", "{used}");
    }
    world.buy("ada", "month").await;
    assert_eq!(world.delete("/v1/offers/month").await.problem(409), "still-in-use");
    for path in ["/v1/paths/month-to-year", "/v1/offers/year", "/v1/tags/year"] {
        let gone = world.delete(path).await;
        assert_eq!((gone.status, gone.text.as_str()), (204, ""), "{path}");
        assert_eq!(world.delete(path).await.problem(404), "not-found");
        assert_eq!(world.get(path).await.problem(404), "not-found");
    }
}

async fn every_fault_of_a_definition_is_told_at_its_place(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let offer = json!({
        "titel": "Month", "products": ["nope", "paper"], "price": eur("-1.00"),
        "billing_period": "P101M", "tags": ["month", "nope"], "tax": "nope", "active": "yes",
    });
    let answer = world.put("/v1/offers/new", offer).await;
    let places = [
        "/active",
        "/billing_period",
        "/price/amount",
        "/products/0",
        "/tags/1",
        "/tax",
        "/titel",
        "/title",
    ];
    assert_eq!(answer.pointers(), places);
    assert!(answer.text.contains("did you mean `title`?"), "{answer:?}");
    let path = json!({
        "internal_title": "x", "title": "{offerTitel}", "description": "", "source_tags": [],
        "target_tags": ["nope"], "transition": "sometime", "valid_from": "2026-02-30",
        "customer_may_switch": true,
    });
    let answer = world.put("/v1/paths/new", path).await;
    let places = [
        "/customer_may_switch",
        "/source_tags",
        "/target_tags/0",
        "/title",
        "/transition",
        "/valid_from",
    ];
    assert_eq!(answer.pointers(), places);
    let table = [
        ("/v1/offers/x", json!({"price": eur("9.901")}), "/price/amount"),
        ("/v1/offers/x", json!({"price": {"amount": 9.9, "currency": "EUR"}}), "/price/amount"),
        (
            "/v1/offers/x",
            json!({"price": {"amount": "9.90", "currency": "EEE"}}),
            "/price/currency",
        ),
        ("/v1/offers/x", json!({"term": "P40D"}), "/term"),
        ("/v1/taxes/x", json!({"rates": []}), "/rates"),
        (
            "/v1/taxes/x",
            json!({"rates": [{"rate": "101", "valid_from": "2026-01-01"}]}),
            "/rates/0/rate",
        ),
        ("/v1/products/x", json!({"title": " ", "kind": "digital"}), "/title"),
        ("/v1/customers/x", json!({"locale": "no_such"}), "/locale"),
        ("/v1/customers/x", json!({"country": "de"}), "/country"),
        ("/v1/tags/x", json!([]), ""),
    ];
    for (path, change, place) in table {
        let mut body = change.clone();
        if path.starts_with("/v1/offers") {
            body = offer_of("month", "9.90", "P1M");
            for (name, value) in change.as_object().unwrap() {
                body[name] = value.clone();
            }
        }
        assert_eq!(world.put(path, body).await.pointers(), [place], "{path} {change}");
    }
    let long = "x".repeat(129);
    assert_eq!(
        world.put(&format!("/v1/tags/{long}"), json!({"title": "T"})).await.pointers(),
        ["/id"]
    );
}

async fn an_edit_of_what_changed_meanwhile_is_refused(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    for path in ["/v1/tags/month", "/v1/offers/month", "/v1/paths/month-to-year", "/v1/settings"] {
        let read = world.get(path).await;
        let tag = read.header("etag").to_owned();
        assert!(tag.starts_with('"'), "{path}");
        let unchanged = world.call(Method::GET, path, &[("if-none-match", &tag)], None).await;
        assert_eq!((unchanged.status, unchanged.text.as_str()), (304, ""), "{path}");
        let mut body = read.json;
        for computed in ["id", "offers", "paths", "edges", "warnings", "edited_at"] {
            body.as_object_mut().unwrap().remove(computed);
        }
        let title = if path == "/v1/settings" { "payment_days" } else { "title" };
        body[title] = if title == "title" { json!("Renamed") } else { json!(30) };
        let text = Some(body.to_string());
        let headers = [("if-match", tag.as_str())];
        let fits = world.call(Method::PUT, path, &headers, text.clone()).await;
        assert_eq!(fits.status, 200, "{path} {fits:?}");
        let late = world.call(Method::PUT, path, &headers, text).await;
        assert_eq!(late.problem(412), "precondition-failed", "{path}");
        if path != "/v1/settings" {
            let late = world.call(Method::DELETE, path, &headers, None).await;
            assert_eq!(late.problem(412), "precondition-failed", "{path}");
        }
    }
    let only_new = [("if-none-match", "*")];
    let body = || Some(json!({"title": "T"}).to_string());
    world.call(Method::PUT, "/v1/tags/new", &only_new, body()).await.expect(201);
    let there = world.call(Method::PUT, "/v1/tags/new", &only_new, body()).await;
    assert_eq!(there.problem(412), "precondition-failed");
}

async fn what_the_engine_sets_is_passed_over_where_it_is_so(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.put("/v1/customers/ada", json!({"name": "Ada"})).await.expect(201);
    let table = [
        ("/v1/paths/month-to-year", "edges", json!(99)),
        ("/v1/paths/month-to-year", "edited_at", json!("2000-01-01T00:00:00Z")),
        ("/v1/paths/month-to-year", "warnings", json!([{"code": "x", "detail": "y"}])),
        ("/v1/tags/month", "offers", json!(["x"])),
        ("/v1/customers/ada", "credit_balance", json!([eur("5.00")])),
    ];
    for (path, field, wrong) in table {
        let read = world.get(path).await.expect(200);
        world.put(path, read.clone()).await.expect(200);
        let mut body = world.get(path).await.expect(200);
        body[field] = wrong;
        let refused = world.put(path, body).await;
        assert_eq!(refused.pointers(), [format!("/{field}")], "{path}");
        assert!(refused.text.contains("leave it out"), "{refused:?}");
    }
    let new = json!({"title": "New", "offers": ["month"]});
    assert_eq!(world.put("/v1/tags/new", new).await.pointers(), ["/offers"]);
}

async fn what_cannot_be_read_is_told_at_its_place(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let whole = "{\"title\": \"Pin\", \"kind\": \"physical\", \"stock\": 1.0}".to_owned();
    let refused = world.call(Method::PUT, "/v1/products/pin", &[], Some(whole)).await;
    assert_eq!((refused.status, refused.pointers()), (422, vec!["/stock"]));
    assert!(refused.text.contains("must be a whole number"), "{refused:?}");
    for id in ["%2E", "%2E%2E"] {
        let refused = world.put(&format!("/v1/tags/{id}"), json!({"title": "T"})).await;
        assert_eq!(refused.status, 422, "{id}: {refused:?}");
    }
    let order = json!({
        "id": "..", "channel": "web", "currency": "EUR",
        "lines": [{"product": "paper", "quantity": 1, "unit_net": "1.00"}],
    });
    assert_eq!(world.post("/v1/orders", order).await.pointers(), ["/id"]);
    let checkout = json!({"customer": "..", "offer": "month"});
    assert_eq!(world.post("/v1/checkouts", checkout).await.pointers(), ["/customer"]);
}

async fn lists_go_on_where_the_page_before_ended(store: Store) {
    let world = World::new(store).await;
    let ids: Vec<String> = (0..7).map(|n| format!("tag-{n}")).collect();
    for id in &ids {
        world.put(&format!("/v1/tags/{id}"), json!({"title": id})).await.expect(201);
    }
    let mut seen = Vec::new();
    let mut query = "?limit=3".to_owned();
    for length in [3, 3, 1] {
        let page = world.get(&format!("/v1/tags{query}")).await.expect(200);
        let data = page["data"].as_array().unwrap();
        assert_eq!(data.len(), length);
        seen.extend(data.iter().map(|tag| tag["id"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(cursor) => query = format!("?limit=3&cursor={cursor}"),
            None => assert_eq!(length, 1),
        }
    }
    assert_eq!(seen, ids);
    let cursor = query.split("cursor=").nth(1).unwrap();
    for wrong in ["?limit=0", "?limit=201", "?limit=x", "?cursor=x", "?nope=1"] {
        assert_eq!(world.get(&format!("/v1/tags{wrong}")).await.pointers().len(), 1, "{wrong}");
    }
    let elsewhere = world.get(&format!("/v1/offers?cursor={cursor}")).await;
    assert_eq!(elsewhere.pointers(), ["/cursor"]);
}

async fn the_graph_shows_what_paths_join(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let graph = world.get("/v1/graph").await.expect(200);
    let edge = json!({
        "source": "month", "target": "year", "path": "month-to-year",
        "transition": "next_booking", "optional": false,
    });
    assert_eq!(graph["edges"], json!([edge]));
    let offer = |id: &str, title: &str| json!({"id": id, "title": title, "tags": [id]});
    assert_eq!(graph["offers"], json!([offer("month", "Month"), offer("year", "Year")]));
    let edges = world.get("/v1/paths/month-to-year/edges").await.expect(200);
    assert_eq!(edges["data"], json!([{"source": "month", "target": "year"}]));
    assert_eq!(world.get("/v1/paths/nope/edges").await.problem(404), "not-found");
    assert_eq!(world.get("/v1/paths/month-to-year").await.json["edges"], 1);
}

async fn settings_take_defaults_and_refuse_what_makes_no_sense(store: Store) {
    let world = World::new(store).await;
    let defaults = world.get("/v1/settings").await.expect(200);
    let saved = world.put("/v1/settings", json!({})).await.expect(200);
    assert_eq!(defaults, saved);
    let wanted = json!({
        "time_zone": "Europe/Berlin", "locale": "en", "currency": "EUR", "seller": Value::Null,
        "payment_days": 14, "purchase_on_account": false, "checkout_minutes": 60,
        "checkout_days": 30, "upsell_minutes": 30, "return_origins": [], "dunning": [],
        "message_gap_hours": 0, "messages_by_consent": false, "logo": Value::Null,
        "color": Value::Null, "links": {
            "terms": Value::Null, "withdrawal": Value::Null, "privacy": Value::Null,
            "imprint": Value::Null,
        },
        "portal": {"cancel": true, "withdraw": true, "documents": true},
    });
    assert_eq!(defaults, wanted);
    let wrong = json!({
        "time_zone": "Europe/Berlim", "locale": "xx_y", "currency": "EU", "payment_days": 366,
        "checkout_minutes": 0, "return_origins": ["https://a.example/", "ftp://b.example"],
    });
    let answer = world.put("/v1/settings", wrong).await;
    let places = [
        "/checkout_minutes",
        "/currency",
        "/locale",
        "/payment_days",
        "/return_origins/0",
        "/return_origins/1",
        "/time_zone",
    ];
    assert_eq!(answer.pointers(), places);
    assert!(answer.text.contains("Europe/Berlin"), "{answer:?}");
}

async fn a_file_is_told_what_is_wrong_at_once_whichever_stage_finds_it(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let file = json!({
        "offers": {"bad": {
            "titel": "Bad", "products": ["nope"], "price": eur("1.00"), "billing_period": "1M",
            "tags": ["gone"],
        }},
        "paths": {"worse": {
            "internal_title": "Worse", "title": "To {offerTitel}", "description": "At {nextPaymet}",
            "source_tags": ["month"], "target_tags": ["gone"], "transition": "immediate",
            "priority": "high",
        }},
    });
    let read = crossgrade::cli::catalogue::read(&file.to_string()).unwrap();
    let merchant = crossgrade::domain::ids::MerchantId::parse("default").unwrap();
    let judged = world.app.judge_import(&merchant, read.draft).await;
    let Err(crossgrade::app::AppError::Invalid(more)) = judged else { panic!("{judged:?}") };
    let mut told: Vec<_> = read.faults.into_iter().chain(more).map(|it| it.pointer).collect();
    told.sort_unstable();
    let wanted = [
        "/offers/bad/billing_period",
        "/offers/bad/products/0",
        "/offers/bad/tags/0",
        "/offers/bad/titel",
        "/offers/bad/title",
        "/paths/worse/description",
        "/paths/worse/priority",
        "/paths/worse/target_tags/0",
        "/paths/worse/title",
    ];
    assert_eq!(told, wanted);
}
