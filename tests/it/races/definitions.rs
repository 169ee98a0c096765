//! Sixteen clients who save, remove and use the same seven kinds of things at once: each is told
//! that it is done, that there is no such thing, that it is in use, or that it was changed; nobody
//! waits in a circle, and nothing is lost.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use crossgrade::store::Store;
use serde_json::{Value, json};

use super::MANY;
use crate::oracle::generate::Dice;
use crate::support::both;
use crate::world::{Answer, World, eur};

/// How often each client does something.
const TIMES: u32 = 25;

both! {
    whoever_defines_and_uses_things_at_once_is_never_told_to_come_back,
}

/// The kinds, each with what is sent.
fn kinds() -> Vec<(&'static str, Value)> {
    let path = json!({
        "internal_title": "Up", "title": "Change to {offerTitle}", "description": "Done.",
        "source_tags": ["month"], "target_tags": ["year"], "transition": "immediate",
    });
    let offer = json!({
        "title": "Plus", "products": ["paper", "more"], "price": eur("19.90"), "tax": "reduced",
        "billing_period": "P1M", "tags": ["month", "plus"],
    });
    vec![
        ("tags/plus", json!({"title": "Plus"})),
        ("taxes/reduced", json!({"rates": [{"rate": "7.0", "valid_from": "2020-01-01"}]})),
        ("products/more", json!({"title": "More", "kind": "digital"})),
        ("offers/plus", offer),
        ("paths/up", path),
        ("customers/ada", json!({"name": "Ada"})),
        ("webhook-endpoints/shop", json!({"url": "https://shop.example/hook"})),
    ]
}

/// The field in which each writing says which it is.
fn marked(place: &str) -> &'static str {
    match place.split('/').next().unwrap() {
        "paths" => "internal_title",
        "customers" => "name",
        "webhook-endpoints" => "url",
        _ => "title",
    }
}

/// What somebody did, and what came of it.
struct Done {
    what: String,
    place: &'static str,
    /// What was written, where something was.
    mark: Option<String>,
    /// The version that was to be there.
    version: Option<String>,
    answer: Answer,
}

async fn act(world: World, seed: u64) -> Vec<Done> {
    let mut dice = Dice::new(seed);
    let (kinds, mut told) = (kinds(), Vec::new());
    for time in 0..TIMES {
        let (place, mut body) = dice.pick(&kinds).clone();
        let mark = format!("https://shop.example/{seed}-{time}");
        body[marked(place)] = json!(mark);
        let path = format!("/v1/{place}");
        let version = if dice.one_in(2) {
            world.get(&path).await.header("etag").to_owned()
        } else {
            String::new()
        };
        let headers: Vec<_> = Some(("if-match", version.as_str()))
            .filter(|(_, tag)| !tag.is_empty())
            .into_iter()
            .collect();
        let what = dice.below(4);
        let mut wrote = None;
        let answer = match what {
            0 if !place.starts_with("customers") => {
                world.call(Method::DELETE, &path, &headers, None).await
            }
            1 => {
                let customer = format!("c{}", dice.below(4));
                let body = json!({"customer": customer, "offer": "plus", "allow_new": true});
                world.post("/v1/checkouts", body).await
            }
            _ => {
                wrote = Some(mark);
                world.call(Method::PUT, &path, &headers, Some(body.to_string())).await
            }
        };
        let is_conditional = what != 1 && !version.is_empty();
        let version = is_conditional.then_some(version);
        told.push(Done { what: format!("{what} {place}"), place, mark: wrote, version, answer });
    }
    told
}

async fn whoever_defines_and_uses_things_at_once_is_never_told_to_come_back(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    for (place, body) in kinds() {
        world.put(&format!("/v1/{place}"), body).await.expect(201);
    }
    let tasks: Vec<_> =
        (0..MANY as u64).map(|seed| tokio::spawn(act(world.clone(), seed))).collect();
    let mut statuses = BTreeMap::<u16, usize>::new();
    let mut written = BTreeMap::<&str, BTreeSet<String>>::new();
    let mut replaced = BTreeSet::new();
    for task in tasks {
        for Done { what, place, mark, version, answer } in task.await.unwrap() {
            if answer.status < 300 {
                written.entry(place).or_default().extend(mark);
                let first = version.is_none_or(|version| replaced.insert((place, version)));
                assert!(first, "{what}: two have replaced one version: {answer:?}");
            }
            *statuses.entry(answer.status).or_default() += 1;
            // 422: what it names has just been removed.
            let fits = matches!(answer.status, 200 | 201 | 204 | 404 | 409 | 412 | 422);
            assert!(fits, "{what}: {answer:?}");
        }
    }
    assert!(statuses.keys().any(|status| *status < 300), "{statuses:?}");
    // What is there was acknowledged, whole, and can be sent back as it was read.
    for (place, mut body) in kinds() {
        let path = format!("/v1/{place}");
        let there = world.get(&path).await;
        if there.status == 200 {
            let field = marked(place);
            let mark = there.json[field].clone();
            let is_first = body.get(field) == Some(&mark) || mark.is_null();
            let known = mark.as_str().is_some_and(|mark| written[place].contains(mark));
            assert!(is_first || known, "{place}: {mark} was never acknowledged");
            body[field] = mark;
            for (name, value) in body.as_object().unwrap() {
                let is_list = value.is_array() || value.is_object();
                assert!(is_list || there.json[name] == *value, "{place}: {name} of {there:?}");
            }
        } else {
            assert_eq!(there.status, 404, "{place}: {there:?}");
        }
        if body[marked(place)].is_null() {
            body.as_object_mut().unwrap().remove(marked(place));
        }
        let put = world.put(&path, body).await;
        assert!(matches!(put.status, 200 | 201), "{put:?}");
        let read = world.get(&path).await.expect(200);
        let again = world.put(&path, read.clone()).await.expect(200);
        let same = |it: &Value| {
            it.as_object()
                .unwrap()
                .clone()
                .into_iter()
                .filter(|(name, _)| name != "edited_at")
                .collect::<BTreeMap<_, _>>()
        };
        assert_eq!(same(&again), same(&read), "{place}");
    }
    let refused = world.call(Method::PUT, "/v1/tags/plus", &[], None).await;
    assert_eq!(refused.problem(400), "invalid-json");
    let other = world.put("/v1/tags/plus", json!({"id": "minus", "title": "Plus"})).await;
    assert_eq!(other.pointers(), ["/id"]);
    for place in ["/v1/settings", "/v1/customers/ada"] {
        let before = world.get(place).await.expect(200);
        assert_eq!(world.call(Method::PUT, place, &[], None).await.problem(400), "invalid-json");
        assert_eq!(world.get(place).await.expect(200), before, "nothing is wiped");
    }
    let audit = world.get("/v1/audit").await;
    assert!(audit.json["ok"] == json!(true), "{audit:?}");
}
