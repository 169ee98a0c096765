//! Up/down-selling and the offer graph, as a merchant works with them.

use serde_json::json;

use super::{Page, journey};
use crate::world::{World, offer_of, path_of};

/// Waits until what stands beside the form says this.
pub(super) async fn insight_says(page: &Page, css: &str, text: &str) {
    let mut seen = String::new();
    for _ in 0..600 {
        let read = "return document.querySelector(arguments[0])?.textContent ?? ''";
        let found = page.client.execute(read, vec![json!(css)]).await.unwrap();
        seen = found.as_str().unwrap().to_owned();
        if seen.contains(text) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{css} says {seen:?}, not {text:?}");
}

async fn tick(page: &Page, css: &str) {
    page.see(css).await.click().await.unwrap();
}

#[test]
fn up_down_selling_is_added_with_a_preview_that_follows_the_typing() {
    journey(async |page: &Page, world: &World| {
        world.catalogue().await;
        world.delete("/v1/paths/month-to-year").await.expect(204);
        page.sign_in().await;
        page.open("/backend/paths").await;
        page.is_fine("paths-empty").await;
        page.go(".head .button").await;
        page.is_fine("path-new").await;
        page.fill("#f-internal_title", "Month to year").await;
        page.fill("#f-title", "Change to {offerTitel}").await;
        insight_says(page, "#insight", "did you mean {offerTitle}?").await;
        page.fill("#f-title", "Change to ").await;
        tick(page, ".variables button").await;
        assert_eq!(page.value("#f-title").await, "Change to {offerTitle}");
        page.fill("#f-description", "Done at {nextPayment}.").await;
        tick(page, "#f-source_tags input[value=month]").await;
        tick(page, "#f-target_tags input[value=year]").await;
        insight_says(page, ".sample-title", "Change to Year").await;
        insight_says(page, ".sample-text", "Done at ").await;
        insight_says(page, "#insight .card-head", "1 edge").await;
        page.pick("#f-transition", "immediate").await;
        insight_says(page, ".warnings", "forfeits paid time").await;
        page.is_fine("path-warned").await;
        page.pick("#f-proration", "day").await;
        insight_says(page, ".warnings", "misleading date").await;
        page.fill("#f-description", "Done at {effectiveDate}.").await;
        insight_says(page, "[aria-labelledby=warnings]", "Nothing looks doubtful.").await;
        let stored = world.get("/v1/paths").await.json;
        assert_eq!(stored["data"], json!([]), "looking stores nothing");
        page.go("main button[type=submit]").await;
        assert_eq!(page.text(".flash").await, "The path “Month to year” is saved.");
        let saved = world.get("/v1/paths/month-to-year").await.expect(200);
        assert_eq!((&saved["edges"], &saved["warnings"]), (&json!(1), &json!([])));
        page.is_fine("path").await;
        page.open("/backend/paths").await;
        let row = page.text("tbody tr").await;
        assert!(row.contains("Immediately (with immediate start of invoicing)"), "{row}");
        page.is_fine("paths").await;
        page.open("/backend/paths/month-to-year/delete").await;
        page.is_fine("path-delete").await;
        page.go("button.danger").await;
        assert_eq!(page.text(".flash").await, "The path “Month to year” is deleted.");
    });
}

#[test]
fn on_a_phone_what_a_path_would_do_stands_above_the_button_that_saves_it() {
    journey(async |page: &Page, world: &World| {
        world.catalogue().await;
        page.sign_in().await;
        for is_phone in [true, false] {
            if is_phone {
                page.on_phone().await;
            } else {
                page.at_desk().await;
            }
            page.open("/backend/paths/month-to-year").await;
            page.see("#insight .warnings, #insight .empty").await;
            let tops = "return ['#f-valid_until', '#insight', 'main button[type=submit]']\
                .map((it) => document.querySelector(it).getBoundingClientRect().top)";
            let tops = page.client.execute(tops, Vec::new()).await.unwrap();
            let tops: Vec<f64> = serde_json::from_value(tops).unwrap();
            assert!(tops[0] < tops[2], "the form comes first: {tops:?}");
            assert_eq!(tops[0] < tops[1], is_phone, "{tops:?}");
            assert!(tops[1] < tops[2], "{tops:?}");
        }
    });
}

#[test]
fn variables_come_to_the_cursor_by_keyboard_and_nothing_typed_offline_is_lost() {
    journey(async |page: &Page, world: &World| {
        world.catalogue().await;
        page.sign_in().await;
        page.open("/backend/paths/month-to-year").await;
        insight_says(page, ".sample-title", "Change to Year").await;
        page.fill("#f-title", "At , change").await;
        let place = "const field = document.querySelector('#f-title'); \
                     field.focus(); field.setSelectionRange(3, 3); \
                     document.querySelector('[aria-label=\"Insert {nextPayment}\"]').focus()";
        page.client.execute(place, Vec::new()).await.unwrap();
        let button = page.client.active_element().await.unwrap();
        button.send_keys("\u{e007}").await.unwrap();
        assert_eq!(page.value("#f-title").await, "At {nextPayment}, change");
        let back = page.client.active_element().await.unwrap();
        assert_eq!(back.attr("id").await.unwrap().as_deref(), Some("f-title"), "typing goes on");
        insight_says(page, ".sample-title", "2026, change").await;
        // As it is where nothing answers.
        let cut = "window.answering = window.fetch; \
                   window.fetch = () => Promise.reject(new TypeError('offline'))";
        page.client.execute(cut, Vec::new()).await.unwrap();
        page.fill("#f-title", "Typed in a tunnel").await;
        insight_says(page, "#insight-stale:not([hidden])", "not current").await;
        page.is_fine("path-offline").await;
        tick(page, "main button[type=submit]").await;
        insight_says(page, "#insight-stale:not([hidden])", "still here").await;
        assert_eq!(page.value("#f-title").await, "Typed in a tunnel");
        page.client.execute("window.fetch = window.answering", Vec::new()).await.unwrap();
        insight_says(page, ".sample-title", "Typed in a tunnel").await;
        page.see("#insight-stale[hidden]").await;
        page.go("main button[type=submit]").await;
        assert_eq!(page.text(".flash").await, "The path “Month to year” is saved.");
        assert_eq!(world.get("/v1/paths/month-to-year").await.json["title"], "Typed in a tunnel");
    });
}

#[test]
fn what_a_colleague_saved_meanwhile_is_shown_beside_what_was_typed() {
    journey(async |page: &Page, world: &World| {
        world.catalogue().await;
        page.sign_in().await;
        page.open("/backend/paths/month-to-year").await;
        page.fill("#f-title", "Mine").await;
        let mut theirs = path_of("immediate");
        theirs["title"] = json!("Theirs");
        world.put("/v1/paths/month-to-year", theirs).await.expect(200);
        page.go("main button[type=submit]").await;
        assert!(page.text(".problems h2").await.starts_with("Somebody has changed this"));
        assert_eq!(page.text(".problems ul").await, "Public title\nTransition");
        assert_eq!(page.text("#f-title-stored").await, "Saved meanwhile: Theirs");
        assert_eq!(page.value("#f-title").await, "Mine");
        page.is_fine("path-conflict").await;
        assert_eq!(world.get("/v1/paths/month-to-year").await.json["title"], "Theirs");
        page.go("main button[type=submit]").await;
        assert_eq!(page.text(".flash").await, "The path “Month to year” is saved.");
        let saved = world.get("/v1/paths/month-to-year").await.json;
        assert_eq!(
            (&saved["title"], &saved["transition"]),
            (&json!("Mine"), &json!("next_booking"))
        );
        page.go("main a[href$=delete]").await;
        world.put("/v1/paths/month-to-year", path_of("immediate")).await.expect(200);
        page.go("button.danger").await;
        assert!(page.text(".flash.bad").await.contains("look at it once more"));
        page.is_fine("path-delete-conflict").await;
        page.go("button.danger").await;
        assert_eq!(page.text(".flash").await, "The path “Month to year” is deleted.");
    });
}

#[test]
fn one_of_three_hundred_tags_is_found_by_typing() {
    journey(async |page: &Page, world: &World| {
        world.catalogue().await;
        for n in 0..300 {
            let title = json!({"title": format!("Campaign {n}")});
            world.put(&format!("/v1/tags/c-{n:03}"), title).await.expect(201);
        }
        page.sign_in().await;
        page.open("/backend/paths/month-to-year").await;
        let first = page.text("#f-source_tags li:first-child").await;
        assert_eq!(first, "month", "what is picked stands first");
        page.is_fine("path-many-tags").await;
        page.fill("#f-source_tags input[type=search]", "campaign 27").await;
        assert_eq!(page.count("#f-source_tags li:not([hidden])").await, 1 + 11);
        tick(page, "#f-source_tags input[value=c-277]").await;
        let told = page.text("#f-source_tags [role=status]").await;
        assert_eq!(told, "11 of 302 found, 2 ticked");
        page.go("main button[type=submit]").await;
        let saved = world.get("/v1/paths/month-to-year").await.json;
        assert_eq!(saved["source_tags"], json!(["c-277", "month"]));
    });
}

#[test]
fn a_wrong_path_keeps_what_was_typed_and_tells_each_fault() {
    journey(async |page: &Page, world: &World| {
        world.catalogue().await;
        page.sign_in().await;
        page.open("/backend/paths/+new").await;
        page.fill("#f-title", "{nextPaymet}").await;
        page.fill("#f-priority", "high").await;
        tick(page, "#f-customer_may_switch").await;
        page.pick("#f-proration", "day").await;
        page.go("button[formaction]").await;
        let problems = page.text(".problems").await;
        assert_eq!(page.count(".problems li").await, 7, "{problems}");
        page.is_fine("path-wrong").await;
        assert_eq!(page.value("#f-priority").await, "high");
        assert!(page.text("#f-proration-wrong").await.contains("Immediately"));
        assert!(page.text("#f-title-wrong").await.contains("{nextPayment}"));
    });
}

#[test]
fn the_offer_graph_leads_to_offers_and_paths() {
    journey(async |page: &Page, world: &World| {
        world.catalogue().await;
        world.put("/v1/tags/archive", json!({"title": "Archive"})).await.expect(201);
        world.put("/v1/offers/archive", offer_of("archive", "4.00", "P1M")).await.expect(201);
        let path = |internal: &str, from: &str, to: &str, transition: &str, optional: bool| {
            json!({
                "internal_title": internal, "title": "x", "description": "", "source_tags": [from],
                "target_tags": [to], "transition": transition, "optional": optional,
            })
        };
        let back = path("Back", "year", "month", "end_of_term", false);
        world.put("/v1/paths/back", back).await.expect(201);
        let beside = path("Beside", "month", "archive", "immediate_next_booking", true);
        world.put("/v1/paths/beside", beside).await.expect(201);
        page.sign_in().await;
        page.open("/backend/graph").await;
        page.see("[data-drawn='3']").await;
        let table = page.text("section[aria-labelledby=table] tbody").await;
        assert!(
            table.contains("down") && table.contains("up") && table.contains("add-on"),
            "{table}"
        );
        page.is_fine("graph").await;
        page.pick("#by-transition", "end_of_term").await;
        page.go(".filters button").await;
        page.see("[data-drawn='1']").await;
        assert_eq!(page.count("section[aria-labelledby=table] tbody tr").await, 1);
        page.go("section[aria-labelledby=table] tbody td:last-child a").await;
        assert_eq!(page.path().await, "/backend/paths/back");
        page.open("/backend/graph?tag=archive").await;
        page.see("[data-drawn='1']").await;
        assert_eq!(page.text(".head .quiet").await, "2 offers, 1 edges");
    });
}

#[test]
fn a_large_offer_graph_is_drawn() {
    journey(async |page: &Page, world: &World| {
        world.catalogue().await;
        for group in 0..30 {
            let tag = format!("g{group}");
            world.put(&format!("/v1/tags/{tag}"), json!({"title": tag})).await.expect(201);
            for n in 0..10 {
                let mut offer = offer_of(&format!("o{group}-{n}"), "9.90", "P1M");
                offer["tags"] = json!([tag]);
                world.put(&format!("/v1/offers/o{group}-{n}"), offer).await.expect(201);
            }
        }
        for n in 0..20 {
            let path = json!({
                "internal_title": format!("Path {n}"), "title": "x", "description": "",
                "source_tags": [format!("g{n}")], "target_tags": [format!("g{}", n + 1)],
                "transition": "next_booking",
            });
            world.put(&format!("/v1/paths/p{n}"), path).await.expect(201);
        }
        page.sign_in().await;
        page.open("/backend/graph").await;
        page.see("[data-drawn='2001']").await;
        let took = "return Math.round(performance.getEntriesByName('graph-drawn')[0].startTime)";
        println!("drawn after {} ms", page.client.execute(took, Vec::new()).await.unwrap());
        page.is_fine("graph-large").await;
    });
}
