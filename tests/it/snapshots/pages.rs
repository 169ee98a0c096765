//! Every route of the table of routes, as a merchant with something of everything sees it; and
//! forms as they are when nothing, or nonsense, stands in them.

use std::fmt::Write as _;

use super::Album;
use super::masks::{lines, masked, without_frame};
use crate::api::backend::Visitor;
use crate::pages::book::{furnished, key};
use crate::pages::table::{Names, ROUTES, Route};
use crate::world::{ADMIN_KEY, Answer};

/// More pages of the routes, with other things or none: name, address.
const MORE: &[(&str, &str)] = &[
    ("path-new", "/backend/paths/+new"),
    ("path-used", "/backend/paths/up"),
    ("offer-new", "/backend/offers/+new"),
    ("offer-used", "/backend/offers/month"),
    ("product-new", "/backend/products/+new"),
    ("product-used", "/backend/products/paper"),
    ("tag-new", "/backend/tags/+new"),
    ("tag-used", "/backend/tags/month"),
    ("tax-new", "/backend/taxes/+new"),
    ("tax-used", "/backend/taxes/press"),
    ("customer-with-credit", "/backend/customers/dan"),
    ("customer-who-owes", "/backend/customers/bob"),
    ("customer-without-anything", "/backend/customers/eve"),
    ("customers-found", "/backend/customers?q=ada"),
    ("customers-none", "/backend/customers?q=nobody"),
    ("subscriptions-active", "/backend/subscriptions?status=active"),
    ("subscription-cancelled", "/backend/subscriptions/$cancelled"),
    ("invoice-paid", "/backend/invoices/$paid"),
    ("invoices-open", "/backend/invoices?status=open"),
    ("changes-pending", "/backend/changes?status=pending"),
    ("what-if-empty", "/backend/what-if?"),
    ("nothing-there", "/backend/offers/nothing"),
    ("no-such-page", "/backend/nowhere"),
    ("static-gone", "/static/nothing.css"),
];

/// What is refused: name, address, what is sent.
const REFUSED: &[(&str, &str, &str)] = &[
    ("path-empty", "/backend/paths/refused", ""),
    (
        "path-wrong",
        "/backend/paths/refused",
        "%2Finternal_title=&%2Ftitle={offer}&%2Fdescription={nothing}&%2Fsource_tags=nothing\
         &%2Ftarget_tags=free&%2Ftransition=sideways&%2Fproration=day&%2Fpriority=x\
         &%2Fvalid_from=2026-02-30",
    ),
    ("offer-empty", "/backend/offers/refused", ""),
    (
        "offer-wrong",
        "/backend/offers/refused",
        "%2Ftitle=+&%2Fproducts=nothing&%2Fprice%2Famount=9,999&%2Fprice%2Fcurrency=XXX\
         &%2Fbilling_period%2Fcount=0&%2Fbilling_period%2Funit=M&%2Ftags=nothing",
    ),
    ("product-wrong", "/backend/products/refused", "%2Ftitle=&%2Fkind=gas"),
    ("tag-wrong", "/backend/tags/refused", "%2Ftitle="),
    ("tax-wrong", "/backend/taxes/refused", "%2Frates=2026-13-01+x"),
    ("customer-wrong", "/backend/customers/ada/edit", "%2Femail=no&%2Fcountry=Germany"),
    ("settings-wrong", "/backend/settings", "%2Ftime_zone=Mars&%2Flocale=x&%2Fcurrency=x"),
    ("tag-in-use", "/backend/tags/month/delete", ""),
    ("clock-back", "/backend/clock", "to=2020-01-01&back=%2Fbackend"),
    ("run-of-tomorrow", "/backend/billing", "%2Fas_of=2027-01-01"),
    ("payment-of-nothing", "/backend/invoices/$owed/pay", "%2Freference="),
];

/// Looks at everything, then does everything.
pub(super) async fn take(url: String) -> Album {
    let (world, names) = furnished(&url, "Title").await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let mut album = Album::default();
    for route in ROUTES.iter().filter(|route| route.is_get() && inside(route)) {
        album.keep(&name(route), text(&visitor.get(&route.target(&names)).await, &names));
    }
    let filled =
        |address: &str| names.iter().fold(address.to_owned(), |it, (n, v)| it.replace(n, v));
    for (name, address) in MORE {
        let answer = visitor.get(&filled(address)).await;
        album.keep(&format!("more-{name}.html"), text(&answer, &names));
    }
    for (name, address, form) in REFUSED {
        let page = visitor.get(&filled(address)).await.text;
        let form = format!("{form}&version={}", version(&page));
        let answer = visitor.post(&filled(address), &form, &[]).await;
        album.keep(&format!("refused-{name}.html"), text(&answer, &names));
    }
    for role in ["admin", "read"] {
        let visitor = Visitor::sign_in(&world, &key(&world, role).await).await;
        let page = visitor.get("/backend/settings/activity").await;
        album.keep(&format!("frame-of-{role}.html"), whole(&page, &names));
    }
    let stranger = world.with_key("").get("/backend/sign-in").await;
    album.keep("more-sign-in.html", text(&stranger, &names));
    let stranger = world.with_key("").get("/backend/offers").await;
    album.keep("more-without-a-session.html", text(&stranger, &names));
    for route in ROUTES.iter().filter(|route| !route.is_get() && inside(route)) {
        let form = visitor.filled(route, &names).await;
        let answer = visitor.post(&route.address(&names), &form, &[]).await;
        album.keep(&name(route), text(&answer, &names));
    }
    album
}

/// The version of what a page's form changes, as it is sent.
fn version(html: &str) -> String {
    let version = html.split("name=\"version\" value=\"").nth(1).unwrap_or("\"");
    version.split('"').next().unwrap().replace("&quot;", "%22")
}

/// The pages of a checkout are those of `hosted`.
fn inside(route: &Route) -> bool {
    !route.path.starts_with("/checkout/")
}

/// The file of a route.
fn name(route: &Route) -> String {
    let path = route.path.replace(['{', '}'], "");
    let words: Vec<_> =
        path.split('/').skip(1).map(|it| if it.is_empty() { "root" } else { it }).collect();
    format!("{}-{}.html", words.join("-"), route.method.to_lowercase())
}

/// The head of an answer that matters, and its body.
pub(super) fn text(answer: &Answer, names: &Names) -> String {
    without_frame(&whole(answer, names))
}

/// The same with all that is around it.
fn whole(answer: &Answer, names: &Names) -> String {
    let mut text = format!("<!-- {} {}", answer.status, answer.header("content-type"));
    for name in ["location", "cache-control", "content-disposition"] {
        let value = answer.header(name);
        if !value.is_empty() {
            write!(text, "\n     {name}: {value}").unwrap();
        }
    }
    text += " -->\n";
    let is_file = answer.header("content-type").starts_with("text/css");
    let body = if is_file { "(the file)\n".to_owned() } else { lines(&answer.text) };
    masked(&(text + &body), names)
}
