//! Every page of the backend on a phone: what a table says of a thing stands below its name, and
//! nothing is pushed out of sight to the right.

use serde_json::{Value, json};

use super::{Page, demo_journey};
use crate::pages::book::furnish;
use crate::pages::table::Route;
use crate::world::World;

/// What is wider than its place: the page, and each table, those that are folded away included.
const WIDE: &str = "
    document.querySelectorAll('details').forEach((it) => { it.open = true; });
    const wide = document.documentElement.scrollWidth - window.innerWidth;
    const page = wide > 0 ? [`the page by ${wide}`] : [];
    const tables = [...document.querySelectorAll('main table')].filter((it) =>
        it.getBoundingClientRect().width > it.parentElement.getBoundingClientRect().width + 1 ||
        it.scrollWidth > it.clientWidth + 1);
    return page.concat(tables.map((it) => it.innerText.slice(0, 80)));
";

#[test]
fn no_table_is_scrolled_sideways_on_a_phone() {
    demo_journey(async |page: &Page, world: &World| {
        let names = furnish(world, "A title of four words").await;
        let mut faults = Vec::new();
        page.sign_in().await;
        for route in Route::inside().filter(|route| route.is_get()) {
            let is_page =
                !["/progress", "documents.csv"].iter().any(|end| route.path.ends_with(end));
            if !is_page || route.path == "/backend/" {
                continue;
            }
            page.open(&route.target(&names)).await;
            page.see("h1").await;
            page.on_phone().await;
            let wide: Value = page.client.execute(WIDE, Vec::new()).await.unwrap();
            if wide != json!([]) {
                faults.push(format!("{}: {wide}", route.name()));
            }
        }
        page.at_desk().await;
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    });
}
