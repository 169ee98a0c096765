//! The forms of the merchant backend, filled in without a browser: nobody overwrites what
//! somebody else has written, every fault is told in the words of the form, and a path is looked
//! at before it is saved.

use crossgrade::store::Store;
use serde_json::{Value, json};

use super::backend::Visitor;
use crate::support::both;
use crate::world::{ADMIN_KEY, Answer, World, eur, offer_of, path_of};

both! {
    what_somebody_else_has_changed_is_overwritten_only_knowingly,
    what_somebody_else_has_deleted_is_made_anew_only_knowingly,
    nothing_is_deleted_that_has_changed_meanwhile,
    of_two_who_saw_the_same_one_is_told,
    every_fault_is_told_in_the_words_of_the_form,
    amounts_are_read_and_written_as_the_merchant_does,
    every_warning_about_a_path_is_told_while_it_is_written,
    what_a_path_would_mean_is_told_before_it_is_saved,
}

/// A form as it is sent.
fn encoded(fields: &[(&str, &str)]) -> String {
    let mut form = form_urlencoded(fields[0]);
    for field in &fields[1..] {
        form.push('&');
        form.push_str(&form_urlencoded(*field));
    }
    form
}

fn form_urlencoded((name, value): (&str, &str)) -> String {
    let encode = |text: &str| -> String {
        let byte = |byte: u8| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        };
        text.bytes().map(byte).collect()
    };
    format!("{}={}", encode(name), encode(value))
}

/// The version that a form sends back.
fn version(page: &Answer) -> String {
    let rest = page.text.split("name=\"version\" value=\"").nth(1);
    let rest = rest.unwrap_or_else(|| panic!("no version in {page:?}"));
    rest.split("\">").next().unwrap().replace("&quot;", "\"")
}

/// What stands under a field.
fn told<'a>(page: &'a Answer, id: &str) -> &'a str {
    let rest = page.text.split(&format!("id=\"{id}\">")).nth(1);
    rest.map_or("", |rest| rest.split("</p>").next().unwrap())
}

async fn world(store: Store) -> (World, Visitor) {
    let world = World::new(store).await;
    world.catalogue().await;
    let rates = json!([{"rate": "7", "valid_from": "2020-01-01"}]);
    world.put("/v1/taxes/press", json!({"title": "Press", "rates": rates})).await.expect(201);
    world.put("/v1/customers/ada", json!({"name": "Ada", "country": "DE"})).await.expect(201);
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    (world, visitor)
}

/// A thing that is edited: its page, its address in the API, what somebody types into its form,
/// what somebody else writes meanwhile, where the two differ and how that is told there, and
/// what the API then has of what was typed.
struct Edit {
    form: &'static str,
    thing: &'static str,
    typed: Vec<(&'static str, &'static str)>,
    other: Value,
    differs: (&'static str, &'static str),
    saved: (&'static str, Value),
}

#[expect(clippy::too_many_lines, reason = "a table of all forms")]
fn edits() -> Vec<Edit> {
    let mut offer = offer_of("month", "10.90", "P1M");
    offer["title"] = json!("Month");
    let mut path = path_of("immediate");
    path["priority"] = json!(5);
    vec![
        Edit {
            form: "tags/month",
            thing: "tags/month",
            typed: vec![("/title", "Mine")],
            other: json!({"title": "Theirs"}),
            differs: ("f-title", "<bdi>Theirs</bdi>"),
            saved: ("/title", json!("Mine")),
        },
        Edit {
            form: "products/paper",
            thing: "products/paper",
            typed: vec![("/title", "The Paper"), ("/kind", "digital")],
            other: json!({"title": "The Paper", "kind": "physical"}),
            differs: ("f-kind", "<bdi>physical: goods</bdi>"),
            saved: ("/kind", json!("digital")),
        },
        Edit {
            form: "taxes/press",
            thing: "taxes/press",
            typed: vec![("/title", "Press"), ("/rates", "2020-01-01 7\r\n2026-07-01 5.5 %")],
            other: json!({"title": "Press", "rates": [
                {"rate": "7", "valid_from": "2020-01-01"}, {"rate": "9",
                    "valid_from": "2027-01-01"},
            ]}),
            differs: ("f-rates", "<bdi>2020-01-01 7</bdi>, <bdi>2027-01-01 9</bdi>"),
            saved: ("/rates/1/rate", json!("5.5")),
        },
        Edit {
            form: "offers/month",
            thing: "offers/month",
            typed: vec![
                ("/title", "Month"),
                ("/products", "paper"),
                ("/price/amount", "12"),
                ("/price/currency", "eur"),
                ("/billing_period/count", "1"),
                ("/billing_period/unit", "M"),
                ("/auto_renew", "true"),
                ("/tags", "month"),
                ("/tax_included", "true"),
                ("/introduction", "once"),
                ("/active", "true"),
            ],
            other: offer,
            differs: ("f-price", "<bdi>10.90 EUR</bdi>"),
            saved: ("/price", eur("12.00")),
        },
        Edit {
            form: "paths/month-to-year",
            thing: "paths/month-to-year",
            typed: vec![
                ("/internal_title", "Mine"),
                ("/title", "Change to {offerTitle}"),
                ("/description", "We will carry out the change at {nextPayment}."),
                ("/source_tags", "month"),
                ("/target_tags", "year"),
                ("/transition", "next_booking"),
                ("/proration", "none"),
                ("/billing_date", "reset"),
                ("/unpaid_source", "refuse"),
                ("/priority", "5"),
                ("/active", "true"),
            ],
            other: path,
            differs: ("f-transition", "<bdi>Immediately (with immediate start of invoicing)</bdi>"),
            saved: ("/internal_title", json!("Mine")),
        },
        Edit {
            form: "settings",
            thing: "settings",
            typed: vec![
                ("/time_zone", "Europe/Berlin"),
                ("/locale", "en"),
                ("/currency", "EUR"),
                ("/payment_days", "30"),
                ("/checkout_minutes", "60"),
                ("/upsell_minutes", "30"),
            ],
            other: json!({"payment_days": 7}),
            differs: ("f-payment_days", "<bdi>7</bdi>"),
            saved: ("/payment_days", json!(30)),
        },
        Edit {
            form: "customers/ada/edit",
            thing: "customers/ada",
            typed: vec![("/name", "Ada Lovelace"), ("/country", "gb")],
            other: json!({"name": "Ada", "locale": "fr"}),
            differs: ("f-country", "Saved meanwhile: nothing"),
            saved: ("/country", json!("GB")),
        },
    ]
}

async fn what_somebody_else_has_changed_is_overwritten_only_knowingly(store: Store) {
    let (world, visitor) = world(store).await;
    for edit in edits() {
        let (form, thing) = (format!("/backend/{}", edit.form), format!("/v1/{}", edit.thing));
        let seen = version(&visitor.get(&form).await);
        world.put(&thing, edit.other).await.expect(200);
        let theirs = world.get(&thing).await.json;
        let mut typed = edit.typed;
        typed.push(("version", &seen));
        let refused = visitor.post(&form, &encoded(&typed), &[]).await;
        assert_eq!(refused.status, 412, "{form}: {refused:?}");
        assert_eq!(world.get(&thing).await.json, theirs, "{form}: nothing is overwritten");
        assert!(refused.text.contains("Somebody has changed this in the meantime"), "{form}");
        assert!(!refused.text.contains("cannot be saved"), "{form}");
        let (field, stored) = edit.differs;
        assert!(refused.text.contains(&format!("<a href=\"#{field}\">")), "{form}: {refused:?}");
        let differs = told(&refused, &format!("{field}-stored"));
        assert!(differs.contains(stored), "{form}: {differs}");
        let new = version(&refused);
        assert_ne!(new, seen, "{form}");
        typed.pop();
        typed.push(("version", &new));
        let saved = visitor.post(&form, &encoded(&typed), &[]).await;
        assert_eq!(saved.status, 303, "{form}: {saved:?}");
        let (pointer, value) = edit.saved;
        assert_eq!(world.get(&thing).await.json.pointer(pointer), Some(&value), "{form}");
    }
}

async fn what_somebody_else_has_deleted_is_made_anew_only_knowingly(store: Store) {
    let (world, visitor) = world(store).await;
    world.put("/v1/tags/spare", json!({"title": "Spare"})).await.expect(201);
    let seen = version(&visitor.get("/backend/tags/spare").await);
    world.delete("/v1/tags/spare").await.expect(204);
    let form = |version: &str| encoded(&[("/title", "Mine"), ("version", version)]);
    let gone = visitor.post("/backend/tags/spare", &form(&seen), &[]).await;
    assert_eq!(gone.status, 412, "{gone:?}");
    assert!(gone.text.contains("Somebody has deleted this in the meantime"), "{gone:?}");
    assert_eq!((world.get("/v1/tags/spare").await.status, version(&gone).as_str()), (404, ""));
    assert_eq!(visitor.post("/backend/tags/spare", &form(""), &[]).await.status, 303);
    assert_eq!(world.get("/v1/tags/spare").await.json["title"], "Mine");
    // A form without a version has seen nothing.
    let unseen = visitor.post("/backend/tags/spare", "%2Ftitle=Other", &[]).await;
    assert_eq!(unseen.status, 412);
    let taken = visitor.post("/backend/tags/%2Bnew", "%2Ftitle=Other&%2Fid=spare", &[]).await;
    assert_eq!(taken.status, 422);
    assert!(told(&taken, "f-id-wrong").starts_with("Is taken"), "{taken:?}");
    assert_eq!(world.get("/v1/tags/spare").await.json["title"], "Mine");
}

async fn nothing_is_deleted_that_has_changed_meanwhile(store: Store) {
    let (world, visitor) = world(store).await;
    world.put("/v1/tags/spare", json!({"title": "Spare"})).await.expect(201);
    world.put("/v1/products/spare", json!({"title": "Spare", "kind": "digital"})).await.expect(201);
    world
        .put("/v1/offers/spare", {
            let mut offer = offer_of("spare", "1.00", "P1M");
            offer["tags"] = json!([]);
            offer
        })
        .await
        .expect(201);
    let mut offer = offer_of("spare", "2.00", "P1M");
    offer["tags"] = json!([]);
    let rates = json!([{"rate": "8", "valid_from": "2020-01-01"}]);
    for (thing, other) in [
        ("tags/spare", json!({"title": "Theirs"})),
        ("products/spare", json!({"title": "Theirs", "kind": "digital"})),
        ("offers/spare", offer),
        ("taxes/press", json!({"rates": rates})),
        ("paths/month-to-year", path_of("immediate")),
    ] {
        let form = format!("/backend/{thing}/delete");
        let seen = version(&visitor.get(&form).await);
        world.put(&format!("/v1/{thing}"), other).await.expect(200);
        for stale in [seen.as_str(), ""] {
            let asked = visitor.post(&form, &encoded(&[("version", stale)]), &[]).await;
            assert_eq!(asked.status, 412, "{thing}: {asked:?}");
            assert!(asked.text.contains("look at it once more"), "{thing}: {asked:?}");
            assert_eq!(world.get(&format!("/v1/{thing}")).await.status, 200, "{thing}");
        }
        let new = version(&visitor.get(&form).await);
        let gone = visitor.post(&form, &encoded(&[("version", &new)]), &[]).await;
        assert_eq!((gone.status, gone.text.as_str()), (303, ""), "{thing}: {gone:?}");
        assert_eq!(world.get(&format!("/v1/{thing}")).await.status, 404, "{thing}");
    }
    let form = "/backend/tags/month/delete";
    let used = version(&visitor.get(form).await);
    let used = visitor.post(form, &encoded(&[("version", &used)]), &[]).await;
    assert_eq!(used.status, 409, "{used:?}");
}

async fn of_two_who_saw_the_same_one_is_told(store: Store) {
    let (_, visitor) = world(store).await;
    let seen = version(&visitor.get("/backend/tags/month").await);
    let form = |title: &str| encoded(&[("/title", title), ("version", &seen)]);
    let (one, two) = (form("One"), form("Two"));
    let both = tokio::join!(
        visitor.post("/backend/tags/month", &one, &[]),
        visitor.post("/backend/tags/month", &two, &[]),
    );
    let mut statuses = [both.0.status, both.1.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 412], "{both:?}");
}

/// Words that a merchant need not know.
const JARGON: [&str; 13] = [
    "ISO",
    "BCP",
    "IANA",
    "JSON",
    "string",
    "P1M",
    "pattern",
    "field `",
    "optional: true",
    "_",
    "must be one of",
    "is missing",
    "minor units",
];

async fn every_fault_is_told_in_the_words_of_the_form(store: Store) {
    let (_, visitor) = world(store).await;
    let offer = "offers/%2Bnew";
    let path = "paths/%2Bnew";
    #[rustfmt::skip]
    let table = [
        ("tags/%2Bnew", "/title", "  ", "f-title", "Fill this in."),
        ("products/%2Bnew", "/kind", "", "f-kind", "Pick one."),
        ("taxes/%2Bnew", "/rates", "", "f-rates", "Fill this in."),
        ("taxes/%2Bnew", "/rates", "2026-01-01 7\n\n01.02.2026 7", "f-rates",
            "Line 3: Write a day that there is as year-month-day, such as 2026-02-28."),
        ("taxes/%2Bnew", "/rates", "2026-01-01 7,0", "f-rates",
            "Line 1: Write the percentage as a number from 0 to 100, such as 7.0."),
        ("taxes/%2Bnew", "/rates", "2026-01-01 7.00000001", "f-rates",
            "Line 1: Write the percentage"),
        ("taxes/%2Bnew", "/rates", "2026-01-01 7\n2026-01-01 8", "f-rates",
            "Line 2: 2026-01-01 stands there twice; a day has one rate."),
        (offer, "/price/amount", "", "f-price", "Write the amount, such as 9.90."),
        (offer, "/price/amount", "9,90", "f-price", "digits and one decimal point, such as 9.90"),
        (offer, "/price/amount", "-3", "f-price", "must not be negative"),
        (offer, "/price/amount", "9.999", "f-price", "EUR has 2 decimals"),
        (offer, "/price/currency", "Euro", "f-price",
            "Write the three letters of a currency, such as EUR."),
        (offer, "/products", "gone", "f-products",
            "There is no \u{201c}gone\u{201d} any more: untick it."),
        (offer, "/title", "", "f-title", "Fill this in."),
        (offer, "/tags", "gone", "f-tags", "There is no \u{201c}gone\u{201d} any more: untick it."),
        (offer, "/tax", "gone", "f-tax", "Unknown tax"),
        (offer, "/steps", "3 1.00\nthree", "f-steps", "Line 2: Write a number of billing periods"),
        (offer, "/trial/count", "0", "f-trial", "Write a whole number from 1 to 100"),
        (offer, "/billing_period/count", "0", "f-billing_period",
            "Write a whole number from 1 to 100"),
        (offer, "/billing_period/count", "", "f-billing_period",
            "Write a whole number from 1 to 100"),
        (offer, "/term/count", "7.5", "f-term", "Write a whole number from 1 to 100"),
        (offer, "/term/count", "3", "f-term", "Write a whole multiple of the billing period"),
        (offer, "/id", "no id", "f-id", "up to 128 letters"),
        (path, "/source_tags", "gone", "f-source_tags",
            "There is no \u{201c}gone\u{201d} any more: untick it."),
        (path, "/internal_title", "", "f-internal_title", "Fill this in."),
        (path, "/title", "{offerTitel}", "f-title",
            "Unknown variable {offerTitel} at character 1: did you mean {offerTitle}?"),
        (path, "/description", "{x}", "f-description", "Unknown variable {x}"),
        (path, "/customer_may_switch", "true", "f-customer_may_switch",
            "Tick \u{201c}This path is optional\u{201d}, too"),
        (path, "/transition", "later", "f-transition", "Pick one of the five transitions."),
        (path, "/transition", "", "f-transition", "Pick one."),
        (path, "/proration", "day", "f-proration", "By the day goes only with the two transitions"),
        (path, "/priority", "high", "f-priority", "Write a whole number from -1000000 to 1000000"),
        (path, "/priority", "9999999", "f-priority",
            "Write a whole number from -1000000 to 1000000"),
        (path, "/valid_from", "28.2.2026", "f-valid_from",
            "Write a day that there is as year-month-day"),
        (path, "/valid_until", "2026-02-30", "f-valid_until", "Write a day that there is"),
        (path, "/valid_until", "2020-01-01", "f-valid_until",
            "The last day lies before the first day"),
        ("settings", "/time_zone", "Europe/Berln", "f-time_zone", "Did you mean Europe/Berlin?"),
        ("settings", "/time_zone", "", "f-time_zone", "Write a time zone as region and city"),
        ("settings", "/locale", "german", "f-locale", "Write a language, such as en"),
        ("settings", "/locale", "xx", "f-locale", "Write a language, such as en"),
        ("settings", "/currency", "euro", "f-currency", "three letters of a currency"),
        ("settings", "/payment_days", "400", "f-payment_days", "from 0 to 365, such as 14"),
        ("settings", "/payment_days", "two", "f-payment_days", "from 0 to 365, such as 14"),
        ("settings", "/upsell_minutes", "", "f-upsell_minutes", "from 5 to 120"),
        ("settings", "/return_origins", "https://a.example\n\nHttps://b.example/",
            "f-return_origins", "Line 3: write the site as a browser shows it"),
        ("settings", "/seller/address", "Somewhere 1", "f-seller_name", "Write the name, too"),
        ("customers/ada/edit", "/country", "Germany", "f-country",
            "two letters of the country, such as DE"),
        ("customers/ada/edit", "/email", "ada", "f-email", "such as ada@example.org"),
        ("customers/ada/edit", "/locale", "english", "f-locale", "Write a language, such as en"),
    ];
    let good = [
        ("/title", "T"),
        ("/internal_title", "T"),
        ("/products", "paper"),
        ("/price/amount", "9.90"),
        ("/price/currency", "EUR"),
        ("/billing_period/count", "2"),
        ("/billing_period/unit", "M"),
        ("/term/unit", "M"),
        ("/source_tags", "month"),
        ("/target_tags", "year"),
        ("/transition", "next_booking"),
        ("/proration", "none"),
        ("/billing_date", "reset"),
        ("/introduction", "once"),
        ("/unpaid_source", "refuse"),
        ("/priority", "0"),
        ("/time_zone", "Europe/Berlin"),
        ("/locale", "en"),
        ("/currency", "EUR"),
        ("/payment_days", "14"),
        ("/checkout_minutes", "60"),
        ("/upsell_minutes", "30"),
        ("/kind", "digital"),
        ("/valid_from", "2026-01-01"),
    ];
    for (form, name, value, field, words) in table {
        let mut typed: Vec<_> = good.iter().copied().filter(|(it, _)| *it != name).collect();
        typed.push((name, value));
        let version = match form {
            "settings" => version(&visitor.get("/backend/settings").await),
            "customers/ada/edit" => version(&visitor.get("/backend/customers/ada/edit").await),
            _ => String::new(),
        };
        typed.push(("version", &version));
        let page = visitor.post(&format!("/backend/{form}"), &encoded(&typed), &[]).await;
        assert_eq!(page.status, 422, "{form} {name} {value}: {page:?}");
        let wrong = told(&page, &format!("{field}-wrong")).replace("&#x27;", "'");
        assert!(wrong.contains(words), "{form} {name} {value}: {wrong:?}");
        for jargon in JARGON {
            assert!(!wrong.contains(jargon), "{form} {name} {value} says {jargon}: {wrong}");
        }
        assert!(page.text.contains(&format!("<a href=\"#{field}\">")), "{form} {name}: {page:?}");
        assert!(page.text.contains(&format!("{field}-wrong\"")), "{form} {name}: {page:?}");
    }
}

async fn amounts_are_read_and_written_as_the_merchant_does(store: Store) {
    let (world, visitor) = world(store).await;
    world.put("/v1/settings", json!({"locale": "de"})).await.expect(200);
    let page = visitor.get("/backend/offers/month").await;
    assert!(page.text.contains("name=\"/price/amount\" value=\"9,90\""), "{page:?}");
    let rates = json!([{"rate": "5.5", "valid_from": "2020-01-01"}]);
    world.put("/v1/taxes/press", json!({"rates": rates})).await.expect(200);
    let tax = visitor.get("/backend/taxes/press").await;
    assert!(tax.text.contains("2020-01-01 5,5</textarea>"), "{tax:?}");
    let form = encoded(&[("/rates", "2020-01-01 7,0 %"), ("version", &version(&tax))]);
    assert_eq!(visitor.post("/backend/taxes/press", &form, &[]).await.status, 303);
    let seen = version(&page);
    let form = |amount: &str| {
        encoded(&[
            ("/title", "Month"),
            ("/products", "paper"),
            ("/price/amount", amount),
            ("/price/currency", "EUR"),
            ("/billing_period/count", "1"),
            ("/billing_period/unit", "M"),
            ("/tags", "month"),
            ("/introduction", "once"),
            ("version", &seen),
        ])
    };
    let wrong = visitor.post("/backend/offers/month", &form("1.000"), &[]).await;
    let words = told(&wrong, "f-price-wrong").to_owned();
    assert!(words.contains("one decimal comma, such as 9,90: no separators"), "{words}");
    assert!(wrong.text.contains("value=\"1.000\""), "what was typed is kept");
    assert_eq!(visitor.post("/backend/offers/month", &form("1000,5"), &[]).await.status, 303);
    assert_eq!(world.get("/v1/offers/month").await.json["price"], eur("1000.50"));
}

async fn every_warning_about_a_path_is_told_while_it_is_written(store: Store) {
    let (world, visitor) = world(store).await;
    let mut bound = offer_of("bound", "8.90", "P1M");
    bound["term"] = json!("P1Y");
    let mut yen = offer_of("yen", "1000", "P1M");
    yen["price"] = json!({"amount": "1000", "currency": "JPY"});
    let premium = offer_of("premium", "28.00", "P1M");
    for (id, offer) in [("bound", bound), ("yen", yen), ("premium", premium)] {
        world.put(&format!("/v1/tags/{id}"), json!({"title": id})).await.expect(201);
        world.put(&format!("/v1/offers/{id}"), offer).await.expect(201);
    }
    world.put("/v1/tags/empty", json!({"title": "empty"})).await.expect(201);
    let bridge = "immediate_next_booking";
    #[rustfmt::skip]
    let table = [
        ("tag unused", "empty", "year", "next_booking", ""),
        ("no edges", "empty", "year", "next_booking", ""),
        ("tag on both sides", "month", "month", "next_booking", ""),
        ("currency mismatch", "month", "yen", "next_booking", ""),
        ("shadowed", "month", "year", "end_of_term", "-1"),
        ("breaks term", "bound", "year", "next_booking", ""),
        ("forfeits paid time", "month", "year", "immediate", ""),
        ("free bridge", "month", "premium", bridge, ""),
        ("misleading date", "bound", "year", "end_of_term", ""),
        ("arbitrage", "month", "premium", bridge, ""),
    ];
    for (warning, source, target, transition, priority) in table {
        let form = encoded(&[
            ("/title", "at {nextPayment}"),
            ("/source_tags", source),
            ("/target_tags", target),
            ("/transition", transition),
            ("/proration", "none"),
            ("/billing_date", "reset"),
            ("/unpaid_source", "refuse"),
            ("/priority", if priority.is_empty() { "0" } else { priority }),
            ("/active", "true"),
            ("part", "insight"),
        ]);
        let seen = visitor.post("/backend/paths/%2Bnew/check", &form, &[]).await;
        assert_eq!(seen.status, 200, "{seen:?}");
        let badge = format!("<span class=\"badge warn\">{warning}</span>");
        assert!(seen.text.contains(&badge), "{warning}: {}", seen.text);
    }
    assert_eq!(world.get("/v1/paths").await.json["data"].as_array().unwrap().len(), 1);
}

async fn what_a_path_would_mean_is_told_before_it_is_saved(store: Store) {
    let (world, visitor) = world(store).await;
    let mut dollar = offer_of("dollar", "5.00", "P1M");
    (dollar["price"], dollar["tags"]) =
        (json!({"amount": "5.00", "currency": "USD"}), json!(["month"]));
    world.put("/v1/offers/dollar", dollar).await.expect(201);
    for (customer, offer) in [("ada", "month"), ("ben", "month"), ("carla", "dollar")] {
        world.buy(customer, offer).await;
    }
    world.advance("2026-02-10").await;
    let form = |title: &str, transition: &str, proration: &str| {
        encoded(&[
            ("/internal_title", title),
            ("/title", "Say \"hello\"\r\n<b>"),
            ("/source_tags", "month"),
            ("/target_tags", "year"),
            ("/transition", transition),
            ("/proration", proration),
            ("/billing_date", "reset"),
            ("/unpaid_source", "refuse"),
            ("/priority", "0"),
            ("/valid_from", "2030-01-01"),
            ("version", "\"seen\""),
        ])
    };
    let events = world.get("/v1/events?limit=200").await.json;
    for place in ["%2Bnew", "month-to-year"] {
        let at = format!("/backend/paths/{place}/everybody");
        let told = visitor.post(&at, &form("Edited", "immediate", "day"), &[]).await;
        assert_eq!(told.status, 200, "{told:?}");
        let table = told.text.split("<tbody>").nth(1).unwrap();
        let cells: Vec<_> =
            table.split("class=\"number\">").map(|it| it.split('<').next().unwrap()).collect();
        // Three have a source, of which one is in dollars. Each pays 99.00 less 18 of 28 days of
        // 9.90, and twice 9.90 becomes twice 8.25.
        assert_eq!(cells[1..3], ["3", "2"], "{table}");
        assert_eq!(
            cells[3..],
            ["\u{20ac}185.28", "\u{20ac}19.80", "\u{20ac}16.50", "-\u{20ac}3.30"]
        );
        assert!(table.contains("1: the two are priced in different currencies"), "{table}");
        assert!(table.contains("in other currencies, $5.00 a month"), "{table}");
        assert!(told.text.contains("3 customers were looked at"), "{told:?}");
        // All that was typed goes back.
        for kept in [
            "name=\"/title\" value=\"Say &quot;hello&quot;\n&lt;b&gt;\"",
            "name=\"/valid_from\" value=\"2030-01-01\"",
            "name=\"version\" value=\"&quot;seen&quot;\"",
            "name=\"/source_tags\" value=\"month\"",
        ] {
            assert!(told.text.contains(kept), "{kept}: {told:?}");
        }
        let wrong = visitor.post(&at, &form("", "next_booking", "day"), &[]).await;
        assert_eq!(wrong.status, 422);
        for field in ["f-internal_title-wrong", "f-proration-wrong"] {
            assert!(!self::told(&wrong, field).is_empty(), "{field}: {wrong:?}");
        }
    }
    assert_eq!(world.get("/v1/events?limit=200").await.json, events, "nothing is stored");
    let entry = visitor.get("/backend/what-if/path?%2Fpath=month-to-year").await;
    assert!(entry.text.contains("href=\"/backend/paths/month-to-year\""), "{entry:?}");
    let lost = visitor.get("/backend/what-if/path?%2Fpath=gone&%2Foffer=x").await;
    assert_eq!(lost.status, 422);
}
