//! The search in the head of every page of the backend.

use serde_json::json;

use super::{Page, journey};
use crate::world::World;

#[test]
fn everything_is_searched_from_every_page_and_without_a_script() {
    journey(async |page: &Page, world: &World| {
        world.catalogue().await;
        let name = "A name that goes on and on ".repeat(9);
        for n in 0..12 {
            let profile = json!({"name": name, "email": format!("month-{n}@example.org")});
            world.put(&format!("/v1/customers/month-{n:02}"), profile).await.expect(201);
        }
        world.buy("month-00", "month").await;
        page.sign_in().await;
        page.without_scripts(true).await;
        page.open("/backend/offers/month").await;
        page.fill(".find input", "month").await;
        page.go(".find button").await;
        assert_eq!(page.path().await, "/backend/search?q=month");
        page.without_scripts(false).await;
        page.open("/backend/search?q=month").await;
        let heads = page.client.find_all(fantoccini::Locator::Css("main h2")).await.unwrap();
        let mut kinds = Vec::new();
        for head in heads {
            kinds.push(head.text().await.unwrap());
        }
        assert_eq!(kinds, ["Customers", "Offers", "Up/down-selling", "Tags"]);
        page.is_fine("search").await;
        page.go("section[aria-label=Customers] .card-head a").await;
        assert_eq!(page.path().await, "/backend/customers?q=month");
        page.fill(".find input", "nobody at all").await;
        page.go(".find button").await;
        assert_eq!(page.text(".empty").await, "Nothing is called so.");
        page.is_fine("search-empty").await;
    });
}
