//! The pages of the merchant backend about customers and money, as something else than a browser
//! asks for them.

use serde_json::json;

use super::backend::Visitor;
use crate::support::both;
use crate::world::{ADMIN_KEY, World};
use crossgrade::store::Store;

both! {
    documents_of_a_period_are_taken_out_whole_and_harmless,
    lists_are_narrowed_down_and_keep_that_over_their_pages,
}

async fn documents_of_a_period_are_taken_out_whole_and_harmless(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let profile = json!({"name": "=HYPERLINK(\"x\"), Ltd\nÄ"});
    world.put("/v1/customers/ada", profile).await.expect(201);
    world.buy("ada", "month").await;
    world.buy("bob", "month").await;
    world.advance("2026-04-15").await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let path = "/backend/export/documents.csv";
    let file = visitor.get(&format!("{path}?%2Ffrom=2026-02-01&%2Fto=2026-02-28")).await;
    assert_eq!(file.status, 200, "{file:?}");
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8; header=present");
    let name = "attachment; filename=\"documents-2026-02-01-2026-02-28.csv\"";
    assert_eq!(file.header("content-disposition"), name);
    let rows: Vec<&str> = file.text.split_terminator("\r\n").collect();
    assert_eq!(rows.len(), 3, "the head and what was booked on 28 February:\n{}", file.text);
    assert!(rows[0].starts_with("kind,number,id,issued_on,"));
    let ada = rows.iter().find(|row| row.contains(",ada,")).unwrap();
    assert!(ada.contains("\"'=HYPERLINK(\"\"x\"\"), Ltd\nÄ\""), "{ada}");
    assert!(ada.contains(",2026-02-28,2026-03-30,EUR,0,9.90,0.00,9.90,1"), "{ada}");
    let all = visitor.get(&format!("{path}?%2Ffrom=2026-01-01&%2Fto=2026-12-31")).await;
    assert_eq!(all.text.split_terminator("\r\n").count(), 1 + 2 * 3);
    let wrong = visitor.get(&format!("{path}?%2Ffrom=2026-02-02&%2Fto=2026-02-01")).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("ust not lie before the first day, 2026-02-02"));
}

async fn lists_are_narrowed_down_and_keep_that_over_their_pages(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    for number in 0..60 {
        let profile = json!({"name": format!("Reader {number:02}_%!")});
        world.put(&format!("/v1/customers/c{number:02}"), profile).await.expect(201);
    }
    world.buy("c07", "month").await;
    world.buy("c08", "year").await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let rows = |text: &str| text.matches("<tr><th scope=\"row\">").count();
    let first = visitor.get("/backend/customers?q=READER").await;
    assert_eq!(rows(&first.text), 50);
    let next = "/backend/customers?q=READER&after=c49";
    let text = first.text.replace("&amp;", "&").replace("&#x3D;", "=");
    assert!(text.contains(&format!("rel=\"next\" href=\"{next}\"")), "{text}");
    let second = visitor.get(next).await;
    assert_eq!(rows(&second.text), 10);
    for (path, count) in [
        ("/backend/customers?q=07_%25!", 1),
        ("/backend/customers?q=c0%25", 0),
        ("/backend/subscriptions", 2),
        ("/backend/subscriptions?q=reader+07", 1),
        ("/backend/subscriptions?offer=year&status=active", 1),
        ("/backend/subscriptions?customer=c08&status=ended", 0),
        ("/backend/invoices?q=2", 1),
        ("/backend/invoices?q=two", 0),
        ("/backend/invoices?customer=c07&status=paid", 1),
        ("/backend/changes?status=no-such-status", 0),
    ] {
        let found = visitor.get(path).await;
        assert_eq!((found.status, rows(&found.text)), (200, count), "{path}\n{}", found.text);
    }
}
