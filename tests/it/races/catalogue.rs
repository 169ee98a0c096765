//! The catalogue is held in memory, and never stale: two servers on one book.

use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::support::both;
use crate::world::{World, eur, offer_of, path_of};

both! {
    what_another_server_saves_counts_with_its_answer,
    a_catalogue_that_is_held_decides_as_one_that_is_asked_for,
}

/// Looks at the catalogue, which is held from then on.
async fn look(world: &World) {
    world.get("/v1/graph").await.expect(200);
}

/// Another server on the same book, which holds the catalogue of now.
async fn warmed(store: &Store) -> World {
    let world = World::new(store.clone()).await;
    let opened = world.open("warm", "month").await;
    assert_eq!(opened["amount_due"], eur("9.90"));
    look(&world).await;
    world
}

async fn what_another_server_saves_counts_with_its_answer(store: Store) {
    let here = World::new(store.clone()).await;
    here.catalogue().await;
    here.buy("ada", "month").await;
    let there = warmed(&store).await;
    let shown = |field: &'static str| {
        let there = &there;
        async move { there.open("ada", "year").await[field].clone() }
    };
    assert_eq!(shown("transition").await, "next_booking");
    here.put("/v1/paths/month-to-year", path_of("immediate")).await.expect(200);
    assert_eq!(shown("transition").await, "immediate");
    assert_eq!(shown("amount_due").await, eur("99.00"));
    look(&there).await;
    let mut dearer = offer_of("year", "120.00", "P1Y");
    dearer["tax"] = json!("books");
    let rates = |rate: &str| json!({"rates": [{"rate": rate, "valid_from": "2020-01-01"}]});
    here.put("/v1/taxes/books", rates("7.0")).await.expect(201);
    here.put("/v1/offers/year", dearer).await.expect(200);
    assert_eq!(shown("amount_due").await, eur("120.00"));
    look(&there).await;
    let rate = |documents: Value| documents[0]["lines"][0]["tax_rate"].clone();
    assert_eq!(rate(shown("documents").await), "7.0");
    here.put("/v1/taxes/books", rates("19.0")).await.expect(200);
    assert_eq!(rate(shown("documents").await), "19.0");
    look(&there).await;
    here.delete("/v1/paths/month-to-year").await.expect(204);
    assert_eq!(shown("mode").await, "new");
}

async fn a_catalogue_that_is_held_decides_as_one_that_is_asked_for(store: Store) {
    let world = World::new(store.clone()).await;
    world.catalogue().await;
    world.buy("ada", "month").await;
    look(&world).await;
    for offer in ["year", "month"] {
        let request = json!({"customer": "ada", "offer": offer, "allow_new": true});
        let held = world.post("/v1/checkouts", request.clone()).await;
        // A server that has just been started holds nothing.
        let asked = World::new(store.clone()).await.post("/v1/checkouts", request).await;
        assert_eq!(held.status, asked.status, "{offer}: {held:?} {asked:?}");
        assert_eq!(held.json["stamp"], asked.json["stamp"], "{offer}");
        assert_eq!(held.json["considered"], asked.json["considered"], "{offer}");
    }
}
