//! Offers, products, tags and taxes, as a merchant writes them.

use serde_json::json;

use super::{Page, journey};
use crate::world::World;

/// Names that would break a page that does not escape them.
const HOSTILE: [&str; 4] = [
    "<script>document.title = 'gone'</script>",
    "\"'></textarea><img src=x onerror=alert(1)>",
    "\u{202e}detrevni \u{5e9}\u{5dc}\u{5d5}\u{5dd}",
    "{{offer}} & {\"json\": '</div>'}",
];

#[test]
fn a_merchant_builds_an_offer_from_nothing() {
    journey(async |page: &Page, _: &World| {
        page.sign_in().await;
        page.open("/backend/products").await;
        page.is_fine("products-empty").await;
        page.go(".head .button").await;
        page.fill("#f-title", "The Paper").await;
        page.go("main button[type=submit]").await;
        assert_eq!(page.text(".flash").await, "The product “The Paper” is saved.");
        page.open("/backend/taxes/+new").await;
        page.fill("#f-title", "Press").await;
        page.fill("#f-rates", "2020-01-01 7.0 %\n2026-13-01 x").await;
        page.go("main button[type=submit]").await;
        let wrong = page.text("#f-rates-wrong").await;
        assert!(wrong.contains("Line 2: "), "{wrong}");
        page.is_fine("tax-wrong").await;
        page.fill("#f-rates", "2020-01-01 7.0 %").await;
        page.go("main button[type=submit]").await;
        assert_eq!(page.value("#f-rates").await, "2020-01-01 7.0");
        page.open("/backend/tags/+new").await;
        page.fill("#f-title", "Up-/Down-Selling/Month").await;
        page.fill("#f-id", "month").await;
        page.go("main button[type=submit]").await;
        page.open("/backend/offers/+new").await;
        page.is_fine("offer-new").await;
        page.fill("#f-title", "Month").await;
        page.fill("#f-price", "9,90").await;
        page.go("main button[type=submit]").await;
        assert_eq!(page.text(".problems li:first-child a").await, "Products");
        assert!(page.text("#f-price-wrong").await.contains("decimal"));
        assert_eq!(page.value("#f-price").await, "9,90", "what was typed is kept");
        page.is_fine("offer-wrong").await;
        page.fill("#f-price", "9.90").await;
        for value in ["the-paper", "month"] {
            page.see(&format!("input[value={value}]")).await.click().await.unwrap();
        }
        page.pick("#f-tax", "press").await;
        page.go("main button[type=submit]").await;
        assert_eq!(page.text(".flash").await, "The offer “Month” is saved.");
        assert_eq!(page.count("#f-tags input:checked, #f-products input:checked").await, 2);
        page.is_fine("offer").await;
        page.open("/backend/offers").await;
        assert!(page.text("tbody tr").await.contains("€9.90 per month"));
        page.is_fine("offers").await;
    });
}

#[test]
fn nothing_new_takes_the_place_of_another_thing() {
    journey(async |page: &Page, world: &World| {
        world.catalogue().await;
        page.sign_in().await;
        page.open("/backend/tags/+new").await;
        page.fill("#f-title", "Month").await;
        page.go("main button[type=submit]").await;
        assert!(page.text("#f-id-wrong").await.starts_with("Is taken"));
        page.is_fine("tag-taken").await;
        assert_eq!(world.get("/v1/tags/month").await.json["title"], "month");
        page.fill("#f-id", "not an id").await;
        page.go("main button[type=submit]").await;
        assert!(page.text("#f-id-wrong").await.contains("up to 128 letters"));
    });
}

#[test]
fn a_tag_shows_who_uses_it_and_stays_as_long_as_anybody_does() {
    journey(async |page: &Page, world: &World| {
        world.catalogue().await;
        page.sign_in().await;
        page.open("/backend/tags").await;
        page.is_fine("tags").await;
        page.go("tbody tr:first-child a").await;
        assert_eq!(page.text("ul[aria-labelledby=users-offers]").await, "Month");
        assert_eq!(page.text("ul[aria-labelledby=users-sources]").await, "Month to year");
        page.is_fine("tag").await;
        page.go("main a[href$=delete]").await;
        page.is_fine("tag-delete").await;
        page.go("button.danger").await;
        assert!(page.text(".flash").await.contains("is used by"));
        page.is_fine("tag-in-use").await;
        world.put("/v1/tags/spare", json!({"title": "Spare"})).await.expect(201);
        page.open("/backend/tags/spare/delete").await;
        page.go("button.danger").await;
        assert_eq!(page.text(".flash").await, "The tag “Spare” is deleted.");
        page.open("/backend/tags/spare").await;
        assert_eq!(page.text("h1").await, "There is no such thing");
    });
}

#[test]
fn a_long_list_is_searched_and_leafed_through() {
    journey(async |page: &Page, world: &World| {
        for n in 0..120 {
            let title = format!("Tag {n} is {}%", n * 7);
            world.put(&format!("/v1/tags/t-{n:03}"), json!({"title": title})).await.expect(201);
        }
        page.sign_in().await;
        page.open("/backend/tags").await;
        page.see("tbody tr").await;
        assert_eq!(page.count("tbody tr").await, 50);
        page.go("a[rel=next]").await;
        page.go("a[rel=next]").await;
        assert_eq!(page.count("tbody tr").await, 20);
        page.fill("main input[name=q]", "IS 7%").await;
        page.go(".search button").await;
        assert_eq!(page.count("tbody tr").await, 1, "a sign of the database's is no sign here");
        assert_eq!(page.value("main input[name=q]").await, "IS 7%");
        page.fill("main input[name=q]", "tag 1").await;
        page.go(".search button").await;
        assert_eq!(page.count("tbody tr").await, 31, "1, 10 to 19, and 100 to 119");
    });
}

#[test]
fn hostile_titles_do_no_harm_in_the_catalogue() {
    journey(async |page: &Page, world: &World| {
        let long = "W".repeat(10_000);
        let titles = HOSTILE.iter().copied().chain([long.as_str()]);
        for (n, title) in titles.enumerate() {
            world.put(&format!("/v1/tags/t{n}"), json!({"title": title})).await.expect(201);
            let product = json!({"title": title, "kind": "digital"});
            world.put(&format!("/v1/products/p{n}"), product).await.expect(201);
            let tax = json!({"title": title, "rates": [{"rate": "7", "valid_from": "2020-01-01"}]});
            world.put(&format!("/v1/taxes/x{n}"), tax).await.expect(201);
            let offer = json!({
                "title": title, "products": [format!("p{n}")], "tax": format!("x{n}"),
                "price": {"amount": "1.00", "currency": "EUR"}, "billing_period": "P1M",
                "tags": [format!("t{n}")],
            });
            world.put(&format!("/v1/offers/o{n}"), offer).await.expect(201);
            let path = json!({
                "internal_title": title, "internal_description": title, "title": "x",
                "description": "{offerTitle} {subscriptionTitle}", "transition": "immediate",
                "source_tags": [format!("t{n}")], "target_tags": ["t0"],
            });
            world.put(&format!("/v1/paths/h{n}"), path).await.expect(201);
        }
        page.sign_in().await;
        let lists = ["offers", "products", "tags", "taxes", "paths"];
        for list in lists {
            page.open(&format!("/backend/{list}")).await;
            page.is_fine(&format!("hostile-{list}")).await;
        }
        page.open("/backend/offers?q=%3Cscript%3E").await;
        assert_eq!(page.text("tbody th a").await, HOSTILE[0]);
        for (n, title) in HOSTILE.iter().enumerate() {
            for (list, prefix) in [("offers", "o"), ("tags", "t"), ("paths", "h")] {
                page.open(&format!("/backend/{list}/{prefix}{n}")).await;
                let field = if list == "paths" { "#f-internal_title" } else { "#f-title" };
                assert_eq!(page.value(field).await, *title);
                let name = page.client.title().await.unwrap();
                assert!(name.ends_with("crossgrade"), "{name}");
            }
        }
        for path in ["offers/o4", "tags/t4", "tags/t4/delete", "paths/h4", "graph"] {
            page.open(&format!("/backend/{path}")).await;
            page.is_fine(&format!("hostile-{}", path.replace('/', "-"))).await;
        }
    });
}
