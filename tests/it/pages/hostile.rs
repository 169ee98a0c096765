//! Texts that would break a page that does not mind them: everything that a merchant or a
//! customer can write is written so, and every page is looked at.

use serde_json::json;

use super::book::{furnished, is_page};
use super::forms::{attribute, forms};
use super::table::ROUTES;
use crate::api::backend::{Visitor, send};
use crate::support::both_books;
use crate::world::{ADMIN_KEY, Answer, World};

both_books! {
    no_page_takes_a_text_for_anything_else,
    no_checkout_takes_a_text_for_anything_else,
    no_exported_text_is_a_formula_or_ends_its_field,
    what_cannot_be_saved_is_kept_and_told_at_its_field,
}

/// Every sign that means something somewhere, between letters that nobody else writes.
pub(crate) const SIGNS: &str = "uq<uq><script>window.gone=1</script><img src=x \
    onerror=window.gone=1>\
     uq\"uq'uq`uq&uq&lt;uq{{uq}}{{{uq}}}uq{offerTitle}uq</textarea></title>uq</script>uq\\uq-->uq\
     \u{202e}desrever\u{2066}\u{5e9}\u{5dc}\u{5d5}\u{5dd}Z\u{351}\u{36b}\u{343}a\u{36b}lgo\
     \u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467}\u{1f3f4}.";

/// Fails where a sign has kept its meaning. No id that the engine makes has a `u`, so that none
/// stands before a sign of the page itself by chance.
#[track_caller]
fn is_harmless(answer: &Answer, what: &str) {
    let text = &answer.text;
    for sign in ["uq<", "uq>", "uq\"", "uq'", "uq&uq", "<script>w", "<img src=x", "uq</"] {
        if let Some(at) = text.find(sign) {
            let start = (0..=at.saturating_sub(300)).rev().find(|at| text.is_char_boundary(*at));
            panic!("{what}: {sign} stands in the page: {:.600}", &text[start.unwrap()..]);
        }
    }
    // A variable is filled in a path's texts alone, and there by what it stands for.
    for script in text.split("<script").skip(1) {
        let (head, body) = script.split_once('>').unwrap();
        assert!(
            attribute(head, "src").is_some() && body.starts_with("</script>"),
            "{what}: {head}"
        );
    }
    for handler in [" onclick=", " onerror=\"", " style=", "javascript:"] {
        assert!(!text.contains(handler), "{what}: {handler}");
    }
}

async fn no_page_takes_a_text_for_anything_else(url: String) {
    let (world, names) = furnished(&url, SIGNS).await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let mut seen = 0;
    for route in ROUTES.iter().filter(|route| route.is_get() && route.path.starts_with("/backend"))
    {
        let answer = visitor.get(&route.target(&names)).await;
        assert!(answer.status < 400, "{}: {answer:?}", route.name());
        if !answer.header("content-type").starts_with("text/html") {
            continue;
        }
        is_harmless(&answer, &route.name());
        seen += usize::from(answer.text.contains("uq&lt;uq"));
    }
    assert!(seen > 30, "the text stands on {seen} pages only");
    for path in [
        "/backend/offers?q=uq%3Cuq%3E",
        "/backend/customers?q=uq%22uq%27",
        "/backend/tags?q=%3Cimg",
    ] {
        let found = visitor.get(path).await;
        is_harmless(&found, path);
        assert!(found.text.contains("uq&lt;uq"), "{path}");
    }
}

async fn no_checkout_takes_a_text_for_anything_else(url: String) {
    let (world, names) = furnished(&url, SIGNS).await;
    for locale in ["en", "de"] {
        let settings = |on_account: bool| {
            json!({
                "purchase_on_account": on_account, "locale": locale,
                "return_origins": ["https://shop.example", "http://localhost:8080"],
                "seller": {"name": SIGNS},
            })
        };
        world.put("/v1/settings", settings(false)).await.expect(200);
        let demo = world.with_key("").get("/demo").await;
        is_harmless(&demo, "demo");
        assert!(demo.text.contains("uq&lt;uq"));
        let wish = format!("customer=guest-{locale}&offer=month&locale={locale}");
        let opened = send(&world.with_key(""), "/demo", &[], wish).await;
        let pages = walked(&world, opened.header("location")).await;
        assert!(pages.last().unwrap().text.contains("uq&lt;uq"), "{pages:?}");
        // From what they have to another, with the texts of a path.
        let body = json!({
            "customer": format!("guest-{locale}"), "offer": "year", "locale": locale,
            "return_url": "https://shop.example/?a=uq<uq>uq\"uq'uq&uq.",
        });
        let opened = world.post("/v1/checkouts", body).await.expect(201);
        let address = opened["url"].as_str().unwrap().split("8080").nth(1).unwrap().to_owned();
        walked(&world, &address).await;
    }
    portals(&world, &names["$changing"], &names["$change"]).await;
    for wish in [format!("customer={SIGNS}&offer=month"), format!("customer=ada&offer={SIGNS}")] {
        let wish = wish.replace(['\u{202e}', '\u{2066}'], "").replace('%', "%25");
        let refused = send(&world.with_key(""), "/demo", &[], wish).await;
        assert!(refused.status >= 400, "{refused:?}");
        is_harmless(&refused, "demo, refused");
    }
    let stale =
        send(&world, &format!("/checkout/{}", names["$token"]), &[], "mode=uq<uq.".into()).await;
    is_harmless(&stale, "checkout, refused");
}

/// Every page of the portal of somebody who has something, and whose change waits.
async fn portals(world: &World, subscription: &str, change: &str) {
    for locale in ["en", "de"] {
        let body = json!({"locale": locale, "return_url": "https://shop.example/?a=uq<uq>uq\"uq'"});
        let opened = world.post("/v1/customers/ada/portal-sessions", body).await.expect(201);
        let here = opened["url"].as_str().unwrap().split("8080").nth(1).unwrap();
        let asks = [
            String::new(),
            format!("/cancel?subscription={subscription}"),
            format!("/withdraw?change={change}"),
        ];
        for ask in asks {
            let page = world.with_key("").get(&format!("{here}{ask}")).await;
            assert_eq!(page.status, 200, "{page:?}");
            is_harmless(&page, &ask);
            assert!(page.text.contains("uq&lt;uq"), "{ask}: {page:?}");
        }
        for (step, form) in [
            ("cancel", "subscription=uq<uq>&stamp=uq\"uq"),
            ("cancel", &format!("subscription={subscription}&stamp=uq\"uq'uq<uq>")),
            ("change", "offer=uq<uq>"),
        ] {
            let page = send(&world.with_key(""), &format!("{here}/{step}"), &[], form.into()).await;
            assert!(page.status >= 400, "{page:?}");
            is_harmless(&page, step);
        }
    }
}

/// Goes through a checkout to its end, declining once.
async fn walked(world: &World, address: &str) -> Vec<Answer> {
    let world = world.with_key("");
    let mut pages = vec![world.get(address).await];
    let mut declined = false;
    for _ in 0..5 {
        let page = pages.last().unwrap();
        assert_eq!(page.status, 200, "{page:?}");
        is_harmless(page, address);
        let forms = forms(&page.text);
        let Some(form) = forms.first() else { break };
        let mut sent = form.sent(|_| None);
        if form.action.ends_with("/payment") {
            sent = format!("{sent}&outcome={}", if declined { "paid" } else { "declined" });
            declined = true;
        }
        let answer = send(&world, &form.action, &[], sent).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        let next = world.get(answer.header("location")).await;
        pages.push(next);
    }
    let last = pages.last().unwrap();
    assert!(forms(&last.text).is_empty(), "it is done: {last:?}");
    pages
}

async fn no_exported_text_is_a_formula_or_ends_its_field(url: String) {
    // What is typed, and how it is written: a program may split it at another sign than ours.
    const FORMULAS: [(&str, &str); 5] = [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+1+1\";\"=1", "'+1+1\";\"'=1"),
        ("@SUM(1),\r\n=2", "'@SUM(1),\r\n'=2"),
        ("\t-1;=3", "'\t'-1;'=3"),
        ("\u{ff1d}1+1 \u{202e}", "'\u{ff1d}1+1 \u{202e}"),
    ];
    let (world, _) = furnished(&url, "=HYPERLINK(\"http://evil.example\",\"x\")").await;
    for (n, (text, _)) in FORMULAS.iter().enumerate() {
        let customer = format!("f{n}");
        world.put(&format!("/v1/customers/{customer}"), json!({"name": text})).await.expect(201);
        let offer = json!({
            "title": text, "products": ["paper"], "price": {"amount": "1.00", "currency": "EUR"},
            "billing_period": "P1M",
        });
        world.put(&format!("/v1/offers/{customer}"), offer).await.expect(201);
        world.buy(&customer, &customer).await;
    }
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let file = "/backend/export/documents.csv?%2Ffrom=2026-01-01&%2Fto=2026-12-31";
    let text = visitor.get(file).await.text;
    let rows = parsed(&text);
    assert!(rows.len() > FORMULAS.len() + 3, "{text}");
    for row in &rows {
        assert_eq!(row.len(), 21, "{row:?}");
        for (place, field) in row.iter().enumerate() {
            let first = field.trim_start().chars().next();
            let is_amount = (16..=18).contains(&place);
            let is_formula =
                first.is_some_and(|it| "=+@\u{ff1d}".contains(it) || it == '-' && !is_amount);
            assert!(!is_formula && !field.starts_with('\t'), "{field:?} in {row:?}");
        }
    }
    for (text, written) in FORMULAS {
        let kept = rows.iter().filter(|row| row[7] == written).count();
        assert_eq!(kept, 1, "{text:?} is kept, and said to be a text");
    }
}

/// The fields of comma-separated values.
fn parsed(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
    let (mut is_quoted, mut letters) = (false, text.chars().peekable());
    while let Some(letter) = letters.next() {
        match letter {
            '"' if is_quoted && letters.peek() == Some(&'"') => {
                letters.next();
                field.push('"');
            }
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => row.push(std::mem::take(&mut field)),
            '\r' if !is_quoted && letters.peek() == Some(&'\n') => {
                letters.next();
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            other => field.push(other),
        }
    }
    assert!(!is_quoted && row.is_empty() && field.is_empty(), "it ends with its last row");
    rows
}

/// Forms whose every field is filled with what it cannot take.
async fn what_cannot_be_saved_is_kept_and_told_at_its_field(url: String) {
    let (world, names) = furnished(&url, "Title").await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let long = format!("uq<uq{}.", "x".repeat(10_000));
    let owed = format!("/backend/invoices/{}", names["$owed"]);
    let came = format!("/backend/payments/{}/bounce", names["$received"]);
    for (page, action) in [
        ("/backend/offers/+new".to_owned(), "/backend/offers/+new".to_owned()),
        ("/backend/offers/spare".to_owned(), "/backend/offers/spare".to_owned()),
        ("/backend/products/+new".to_owned(), "/backend/products/+new".to_owned()),
        ("/backend/tags/+new".to_owned(), "/backend/tags/+new".to_owned()),
        ("/backend/taxes/+new".to_owned(), "/backend/taxes/+new".to_owned()),
        ("/backend/paths/+new".to_owned(), "/backend/paths/+new".to_owned()),
        ("/backend/gift-rules/spare".to_owned(), "/backend/gift-rules/spare".to_owned()),
        ("/backend/promotions/spare".to_owned(), "/backend/promotions/spare".to_owned()),
        ("/backend/settings".to_owned(), "/backend/settings".to_owned()),
        ("/backend/settings/keys".to_owned(), "/backend/settings/keys".to_owned()),
        ("/backend/customers/ada/edit".to_owned(), "/backend/customers/ada/edit".to_owned()),
        (format!("{owed}/pay"), format!("{owed}/pay")),
        (format!("{owed}/bounce"), format!("{owed}/bounce")),
        (came.clone(), came.clone()),
        ("/backend/billing".to_owned(), "/backend/billing".to_owned()),
    ] {
        let html = visitor.get(&page).await.text;
        let form = forms(&html).into_iter().find(|form| form.is_post && form.action == action);
        let form = form.unwrap_or_else(|| panic!("{page}: {html}"));
        for text in [long.as_str(), SIGNS] {
            let is_own = |name: &str| name.starts_with('/');
            let sent = form.sent(|name| is_own(name).then(|| text.to_owned()));
            let answer = visitor.post(&action, &sent, &[]).await;
            // A sign or two is no fault of a title, or of a reference to what was never paid.
            if matches!(answer.status, 303 | 409) {
                assert!(text == SIGNS, "{page}: {answer:?}");
                is_harmless(&answer, &page);
                continue;
            }
            assert_eq!(answer.status, 422, "{page}: {answer:?}");
            is_page(&answer, &page);
            is_harmless(&answer, &page);
            assert!(answer.text.contains("uq&lt;uq"), "{page} keeps what was typed: {answer:?}");
            assert!(answer.text.contains("-wrong\""), "{page} tells it at the field: {answer:?}");
            let told = answer.text.split("class=\"problems\"").nth(1).unwrap_or_default();
            let told = told.split("</ul>").next().unwrap();
            assert!(told.contains("<li><a href=\"#f-"), "{page} leads to the field: {told}");
        }
    }
}
