//! The API reference, under the policy that our own pages go by.

use serde_json::json;

use super::{Page, journey};
use crate::world::World;

/// Looks of the page at its own heart: operations, and the height of it all in pixels.
const OPERATIONS: &str = "return document.querySelectorAll('.opblock').length";
const HEIGHT: &str = "return document.documentElement.scrollHeight";

#[test]
fn the_reference_shows_every_operation_and_says_nothing_in_the_console() {
    journey(async |page: &Page, world: &World| {
        let document = world.with_key("").get("/openapi.json").await.expect(200);
        let items = ["paths", "webhooks"].into_iter().filter_map(|it| document[it].as_object());
        let methods = items.flat_map(|it| it.values()).filter_map(|it| it.as_object());
        let told = methods.flat_map(|it| it.keys()).filter(|it| *it != "parameters").count();
        page.open("/docs").await;
        page.see("#operations-tags-put_tag, .opblock").await;
        let shown = page.client.execute(OPERATIONS, Vec::new()).await.unwrap();
        assert_eq!(shown, json!(told));
        let height = page.client.execute(HEIGHT, Vec::new()).await.unwrap();
        assert!(height.as_u64().unwrap() < 20_000, "{height}");
        page.see(".opblock-summary-control").await.click().await.unwrap();
        page.see(".opblock-body .responses-wrapper").await;
        assert_eq!(page.count(".try-out__btn").await, 0, "nothing is sent from it");
        page.fits("reference").await;
    });
}
