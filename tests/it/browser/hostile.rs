//! Every page of a book in which everybody has written what breaks pages.

use std::collections::BTreeMap;

use serde_json::json;

use super::{Page, demo_journey};
use crate::pages::book::furnish;
use crate::pages::hostile::SIGNS;
use crate::pages::table::ROUTES;
use crate::world::World;

/// Looked at by the catalogue's own journey, and the reference by its own: no word in it is
/// anybody's, and its headings are those of its makers.
const LOOKED_AT: [&str; 9] = [
    "/docs",
    "/backend/offers",
    "/backend/offers/{id}",
    "/backend/products",
    "/backend/tags",
    "/backend/tags/{id}",
    "/backend/taxes",
    "/backend/paths",
    "/backend/graph",
];

#[test]
fn hostile_texts_do_no_harm_on_any_page() {
    demo_journey(async |page: &Page, world: &World| {
        // All signs, and then a word without an end.
        let names = furnish(world, &format!("{SIGNS}{}", "W".repeat(9_000))).await;
        let tame = "return window.gone === undefined && !document.querySelector('main img')";
        let mut faults = BTreeMap::new();
        page.sign_in().await;
        for route in ROUTES.iter().filter(|route| route.is_get()) {
            let is_page =
                !["/progress", "documents.csv"].iter().any(|end| route.path.ends_with(end));
            let is_new = !LOOKED_AT.contains(&route.path) && !route.path.starts_with("/static");
            if !is_page || !is_new || ["/backend/", "/backend/sign-in"].contains(&route.path) {
                continue;
            }
            page.open(&route.target(&names)).await;
            page.see("h1").await;
            let name = route.path.replace("/backend/", "").replace(['/', '{', '}'], "-");
            let found = page.faults_on_a_phone(&format!("signs-{}", name.trim_matches('-'))).await;
            if found != json!([]) {
                faults.insert(route.path, found);
            }
            let is_tame = page.client.execute(tame, Vec::new()).await.unwrap();
            assert_eq!(is_tame, json!(true), "{}", route.path);
        }
        assert!(faults.is_empty(), "{faults:#?}");
    });
}
