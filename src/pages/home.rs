//! The page at `/`: where to go from there.

use axum::response::Html;

use crate::pages::statics::link;

/// What is found where: the address, its name, what it is.
const PLACES: [(&str, &str, &str); 3] = [
    ("/backend", "Backend", "The merchant’s pages: customers, offers, paths, documents."),
    ("/docs", "API reference", "Every operation, made from the OpenAPI document."),
    ("/openapi.json", "OpenAPI document", "The same for generators of clients."),
];
/// The same of a demo.
const SHOP: (&str, &str, &str) = ("/demo", "Shop", "The demo’s shop, which opens checkouts.");

/// The page; a demo has a shop, too.
pub(super) fn page(is_demo: bool) -> Html<String> {
    let places = is_demo.then_some(SHOP).into_iter().chain(PLACES);
    let places = places.map(|(address, name, about)| {
        format!("<li><a href=\"{address}\">{name}</a>: {about}</li>")
    });
    Html(format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>crossgrade</title><link rel=\"stylesheet\" href=\"{}\"></head>\
         <body><main class=\"home\"><h1>crossgrade</h1>\
         <p>The open engine for up- and down-selling in subscription checkouts.</p>\
         <ul>{}</ul></main></body></html>\n",
        link("docs.css"),
        places.collect::<String>()
    ))
}
