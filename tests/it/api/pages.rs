//! Every page that links lead to, as it is sent: it loads nothing from elsewhere, and neither
//! style nor script stands in it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crossgrade::server::ServerOptions;
use crossgrade::store::Store;
use serde_json::json;

use super::backend::Visitor;
use crate::support::both;
use crate::world::{ADMIN_KEY, START, World};

both! {
    no_page_loads_anything_from_elsewhere,
}

/// More pages of one kind show nothing new.
const OF_A_KIND_MAX: usize = 4;

/// The value of an attribute of a tag.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split('"').next()
}

/// What is wrong with a page.
fn faults(html: &str) -> Vec<String> {
    let tags = html.split('<').skip(1).filter_map(|rest| rest.split('>').next());
    let is_wrong = |tag: &&str| {
        let name = tag.split([' ', '\n', '/']).next().unwrap_or_default();
        let ours = |it: Option<&str>| it.is_some_and(|it| it.starts_with("/static/"));
        let loads = attribute(tag, "src").is_some_and(|it| !it.starts_with("/static/"));
        let script = name == "script" && !ours(attribute(tag, "src"));
        let style = name == "style" || attribute(tag, "style").is_some();
        let link = name == "link" && !ours(attribute(tag, "href"));
        let handler = tag.split(' ').any(|word| word.starts_with("on") && word.contains('='));
        let runs = tag.contains("=\"javascript:");
        let frame = ["iframe", "object", "embed", "base", "frame"].contains(&name);
        loads || script || style || link || handler || runs || frame
    };
    tags.filter(is_wrong).map(str::to_owned).collect()
}

/// The paths of ours that a page leads to.
fn leads_to(html: &str) -> Vec<String> {
    let found = html.split(" href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let plain = found.map(|href| href.replace("&amp;", "&").replace("&#x3D;", "="));
    let plain = plain.map(|href| href.split('#').next().unwrap_or_default().to_owned());
    let pages = ["/backend", "/demo", "/checkout/"];
    plain.filter(|href| pages.iter().any(|page| href.starts_with(page))).collect()
}

/// A path without what differs between pages of a kind.
fn kind(path: &str) -> String {
    let plain = path.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = plain.split('/').collect();
    let is_thing = parts.len() > 3;
    let named = |(place, part): (usize, &&str)| {
        if is_thing && place == 3 { "*".to_owned() } else { (*part).to_owned() }
    };
    parts.iter().enumerate().map(named).collect::<Vec<_>>().join("/")
}

async fn no_page_loads_anything_from_elsewhere(store: Store) {
    let options = ServerOptions { is_demo: true, ..ServerOptions::default() };
    let start = Some(crossgrade::app::test_clock::ClockTarget::Date(START.parse().unwrap()));
    let world = World::serving(store, start, "http://localhost:8080", options).await;
    world.catalogue().await;
    for customer in ["ada", "bob", "<script>"] {
        if customer.starts_with('<') {
            let hostile = "\"><script src=//evil.example onload=x style=y></script>";
            let body = json!({"name": hostile, "email": "a@example.org"});
            world.put("/v1/customers/ada", body).await.expect(200);
        } else {
            world.buy(customer, "month").await;
        }
    }
    let change = world.buy("ada", "year").await;
    let open = world.open("bob", "year").await;
    world.advance("2026-02-10").await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let mut waiting = VecDeque::from(["/demo".to_owned(), "/backend".to_owned()]);
    for checkout in [change, open] {
        let url = checkout["url"].as_str().unwrap();
        waiting.extend(url.strip_prefix("http://localhost:8080").map(str::to_owned));
    }
    waiting.push_back("/checkout/nope".to_owned());
    waiting.push_back("/backend/nowhere".to_owned());
    waiting.push_back("/backend/sign-in".to_owned());
    let (mut met, mut kinds) = (BTreeSet::new(), BTreeMap::<String, usize>::new());
    while let Some(path) = waiting.pop_front() {
        let of_kind = kinds.entry(kind(&path)).or_default();
        if *of_kind >= OF_A_KIND_MAX || !met.insert(path.clone()) {
            continue;
        }
        *of_kind += 1;
        let answer = visitor.get(&path).await;
        assert!(answer.status < 500, "{path}: {answer:?}");
        if !answer.header("content-type").starts_with("text/html") {
            continue;
        }
        assert_eq!(faults(&answer.text), [""; 0], "{path}");
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        for word in ["unsafe", "http:", "https:", "*"] {
            assert!(!policy.contains(word), "{path}: {policy}");
        }
        waiting.extend(leads_to(&answer.text));
    }
    assert!(kinds.len() >= 30, "{kinds:#?}");
}
