//! Keys: what one looks like, what is kept of it, and what becomes of it when it is revoked.

use std::collections::BTreeSet;

use crossgrade::app::access::{KEY_PREFIX, digest};
use crossgrade::domain::ids::{KeyId, MerchantId};
use crossgrade::server::ServerOptions;
use crossgrade::store::keys::{KeyRow, find_key_by_hash, insert_key};
use crossgrade::store::{Store, StoreError};
use serde_json::{Value, json};

use crate::support::dump::dump;
use crate::support::{both, both_books, opened};
use crate::world::{ADMIN_KEY, World};

both! {
    a_key_is_recognised_and_cannot_be_guessed,
    the_last_admin_key_of_a_merchant_stays,
    keys_with_nearly_the_same_hash_are_told_apart,
}

both_books! {
    a_key_is_shown_once_and_kept_as_its_hash_only,
    a_revoked_key_opens_nothing_in_any_process,
    two_admins_cannot_revoke_each_other_at_once,
}

async fn made(world: &World, role: &str) -> (String, String) {
    let made = world.post("/v1/keys", json!({"role": role})).await.expect(201);
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (text("id"), text("key"))
}

async fn second(url: &str) -> World {
    let address = "http://localhost:8080";
    World::serving(opened(url).await, None, address, ServerOptions::default()).await
}

async fn a_key_is_recognised_and_cannot_be_guessed(store: Store) {
    let world = World::new(store).await;
    let mut letters = BTreeSet::new();
    let mut keys = BTreeSet::new();
    for _ in 0..20 {
        let (_, key) = made(&world, "read").await;
        let secret = key.strip_prefix(KEY_PREFIX).unwrap().to_owned();
        // 40 letters of 32 are 200 bits.
        assert_eq!(secret.len(), 40);
        letters.extend(secret.chars());
        keys.insert(secret);
    }
    assert_eq!((keys.len(), letters.len()), (20, 32));
}

async fn a_key_is_shown_once_and_kept_as_its_hash_only(url: String) {
    let world = second(&url).await;
    let (id, key) = made(&world, "merchant").await;
    let listed = world.get("/v1/keys").await;
    assert!(listed.text.contains(&id) && !listed.text.contains(&key));
    let book = dump(&url).await;
    let rows: Vec<&String> = book.values().flatten().collect();
    assert!(rows.iter().any(|row| row.contains(&id)));
    for secret in [key.as_str(), ADMIN_KEY] {
        assert!(!rows.iter().any(|row| row.contains(secret)), "{secret}");
        let hash = digest(secret).map(|byte| format!("{byte:02x}")).concat();
        let kept = book["api_keys"].iter().any(|row| row.to_lowercase().contains(&hash));
        assert!(kept, "{:?}", book["api_keys"]);
    }
}

async fn a_revoked_key_opens_nothing_in_any_process(url: String) {
    let (first, second) = (second(&url).await, second(&url).await);
    let (id, key) = made(&first, "read").await;
    for world in [&first, &second] {
        assert_eq!(world.with_key(&key).get("/v1/tags").await.status, 200);
    }
    assert_eq!(second.delete(&format!("/v1/keys/{id}")).await.status, 204);
    for world in [&first, &second] {
        let refused = world.with_key(&key).get("/v1/tags").await;
        assert_eq!(refused.problem(401), "unauthorized");
    }
}

async fn the_last_admin_key_of_a_merchant_stays(store: Store) {
    let world = World::new(store).await;
    let listed = world.get("/v1/keys").await.expect(200);
    let first = format!("/v1/keys/{}", listed["data"][0]["id"].as_str().unwrap());
    made(&world, "merchant").await;
    let refused = world.delete(&first).await;
    assert_eq!(refused.problem(409), "conflict");
    assert!(refused.text.contains("make another one first"), "{refused:?}");
    let (_, other) = made(&world, "admin").await;
    assert_eq!(world.delete(&first).await.status, 204);
    assert_eq!(world.get("/v1/keys").await.problem(401), "unauthorized");
    assert_eq!(world.with_key(&other).get("/v1/keys").await.status, 200);
}

async fn two_admins_cannot_revoke_each_other_at_once(url: String) {
    let (first, second) = (second(&url).await, second(&url).await);
    let listed = first.get("/v1/keys").await.expect(200);
    let first_id = listed["data"][0]["id"].as_str().unwrap().to_owned();
    let (second_id, key) = made(&first, "admin").await;
    let second = second.with_key(&key);
    let (one, other) = (format!("/v1/keys/{second_id}"), format!("/v1/keys/{first_id}"));
    let (one, other) = tokio::join!(first.delete(&one), second.delete(&other));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    // The second to come is refused, or was revoked before it could ask.
    assert!(matches!(statuses, [204, 401 | 409]), "{statuses:?}");
    let keys = [first.get("/v1/keys").await, second.get("/v1/keys").await];
    let open: Vec<&Value> = keys.iter().filter(|it| it.status == 200).map(|it| &it.json).collect();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0]["data"].as_array().map(Vec::len), Some(1));
}

async fn keys_with_nearly_the_same_hash_are_told_apart(store: Store) {
    World::new(store.clone()).await;
    let row = |id: &str| KeyRow {
        id: KeyId::stored(id.to_owned()),
        merchant: MerchantId::stored("default".to_owned()),
        role: "read".to_owned(),
        label: None,
        last: "abcd".to_owned(),
        created_at: "2026-01-31T00:00:00Z".parse().unwrap(),
        revoked_at: None,
    };
    let mut hashes = [[5; 32]; 3];
    hashes[1][31] = 6;
    hashes[2][8] = 4;
    let found = crate::support::written(&store, move |tx| {
        Box::pin(async move {
            let mut found = Vec::new();
            for (id, hash) in ["key_0", "key_1"].iter().zip(&hashes) {
                assert!(insert_key(tx, &row(id), hash).await?);
            }
            for hash in &hashes {
                let key = find_key_by_hash(tx, hash).await?;
                found.push(key.map(|key| key.id.to_string()));
            }
            Ok::<_, StoreError>(found)
        })
    })
    .await
    .unwrap();
    assert_eq!(found, [Some("key_0".to_owned()), Some("key_1".to_owned()), None]);
}
