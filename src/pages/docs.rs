//! The API reference at `/docs`: Swagger UI as its makers publish it, over the document of this
//! server. What it says is left to the document.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};

use crate::pages::statics::link;

/// Our own scripts and styles, the pictures that stand in those styles, and the document.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                      img-src 'self' data:; connect-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// The page. What stands in it is filled in by its scripts.
pub(super) async fn page() -> Response {
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <title>crossgrade API</title>\n\
         <link rel=\"icon\" href=\"{}\">\n\
         <link rel=\"stylesheet\" href=\"{}\">\n<link rel=\"stylesheet\" href=\"{}\">\n\
         <script src=\"{}\" defer></script>\n<script src=\"{}\" defer></script>\n\
         </head>\n<body>\n<div id=\"reference\"></div>\n\
         <noscript>The same as data: <a href=\"/openapi.json\">openapi.json</a>.</noscript>\n\
         </body>\n</html>\n",
        link("mark.svg"),
        link("swagger-ui.css"),
        link("docs.css"),
        link("swagger-ui.js"),
        link("docs.js"),
    );
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    (headers, Html(page)).into_response()
}
