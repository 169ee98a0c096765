//! How a page is sent.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::render::RenderError;
use crate::render::look::PageBranding;

/// A page as it is sent.
pub(super) fn html(status: StatusCode, page: Result<String, RenderError>) -> Response {
    match page {
        Ok(page) => (status, Html(page)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be written");
            (StatusCode::INTERNAL_SERVER_ERROR, "something broke on our side\n").into_response()
        }
    }
}

/// A page that looks as its merchant's settings say; its form may lead on to the site of `onward`.
pub(super) fn html_of(
    look: &PageBranding,
    onward: Option<&str>,
    status: StatusCode,
    page: Result<String, RenderError>,
) -> Response {
    let mut response = html(status, page);
    if let Ok(policy) = HeaderValue::from_str(&policy(look, onward)) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// The policy of every page, with the merchant's own style by its digest, the site of their logo,
/// and the one site to which the form may lead.
fn policy(look: &PageBranding, onward: Option<&str>) -> String {
    let digest = |style: &String| format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(style)));
    let style = look.style.as_ref().map(digest).unwrap_or_default();
    let logo = look.logo.as_deref().and_then(origin);
    let logo = logo.map(|origin| format!("img-src {origin}; ")).unwrap_or_default();
    let onward = onward.and_then(origin).map(|origin| format!(" {origin}")).unwrap_or_default();
    format!(
        "default-src 'none'; style-src 'self'{style}; {logo}form-action 'self'{onward}; \
         base-uri 'none'; frame-ancestors 'none'"
    )
}

/// Scheme, host and port of an address on the web, as long as they cannot end a policy's part.
fn origin(address: &str) -> Option<&str> {
    let start = address.find("://")? + 3;
    let end = address[start..].find(['/', '?', '#']).map_or(address.len(), |end| start + end);
    let origin = &address[..end];
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:/[]".contains(&byte);
    (origin.starts_with("http") && origin.bytes().all(is_plain)).then_some(origin)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::headers::PAGE_POLICY;

    #[test]
    fn a_page_without_a_look_of_its_own_has_the_policy_of_all_pages() {
        assert_eq!(policy(&PageBranding::default(), None), PAGE_POLICY);
    }

    #[test]
    fn a_policy_names_the_sites_of_logo_and_return_and_no_more() {
        let look = PageBranding {
            logo: Some("https://cdn.example.org/a.svg?v=1".to_owned()),
            style: Some(":root{}".to_owned()),
            ..PageBranding::default()
        };
        let policy = policy(&look, Some("https://shop.example.org:8443/thanks#top"));
        assert!(policy.contains("img-src https://cdn.example.org; "), "{policy}");
        let leads = "form-action 'self' https://shop.example.org:8443; ";
        assert!(policy.contains(leads), "{policy}");
        assert!(policy.contains("style-src 'self' 'sha256-"), "{policy}");
        for bad in ["javascript:alert(1)", "https://a;script-src *", "https://a b", "//a"] {
            assert_eq!(origin(bad), None, "{bad}");
        }
    }
}
