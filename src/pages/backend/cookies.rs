//! The three cookies of the backend: the token of a session, what was just done, and the language
//! that was picked. None ever holds a key.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::app::App;
use crate::app::sessions::SESSION_HOURS_MAX;
use crate::render::backend::frame::Flash;
use crate::render::words::Language;

const SESSION: &str = "cg_session";
const FLASH: &str = "cg_flash";
const LANGUAGE: &str = "cg_language";
/// How long a sentence waits for the page that shows it.
const FLASH_SECONDS: u64 = 60;
/// How long a language is remembered: a year.
const LANGUAGE_SECONDS: u64 = 365 * 24 * 3_600;

/// How cookies are written for a browser that reaches us over TLS, or not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cookies {
    over_tls: bool,
}

impl Cookies {
    pub(super) fn of(app: &App) -> Self {
        Self { over_tls: app.public_url().starts_with("https://") }
    }

    /// Over TLS a browser itself sees to it that nobody else can have set them.
    fn name(self, name: &str) -> String {
        if self.over_tls { format!("__Host-{name}") } else { name.to_owned() }
    }

    fn read(self, headers: &HeaderMap, name: &str) -> Option<String> {
        CookieJar::from_headers(headers).get(&self.name(name)).map(|it| it.value().to_owned())
    }

    /// Lax, not strict: a link to the backend in a mail is to work for those who are signed in.
    /// What such a link can reach changes nothing.
    fn write(self, headers: &mut HeaderMap, name: &str, value: &str, seconds: u64) {
        let lasting = Duration::from_secs(seconds).try_into();
        let cookie = Cookie::build((self.name(name), value.to_owned()))
            .path("/")
            .max_age(lasting.unwrap_or_default())
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.over_tls);
        let cookie = HeaderValue::try_from(cookie.to_string()).ok();
        headers.extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
    }

    /// The token of the session.
    pub(super) fn token(self, headers: &HeaderMap) -> Option<String> {
        self.read(headers, SESSION).filter(|token| !token.is_empty())
    }

    /// Remembers a session, for as long as it may last at most.
    pub(super) fn keep_token(self, headers: &mut HeaderMap, token: &str) {
        self.write(headers, SESSION, token, SESSION_HOURS_MAX.unsigned_abs() * 3_600);
    }

    /// Forgets the session.
    pub(super) fn drop_token(self, headers: &mut HeaderMap) {
        self.write(headers, SESSION, "", 0);
    }

    /// The language that was picked.
    pub(super) fn language(self, headers: &HeaderMap) -> Option<Language> {
        Language::of(&self.read(headers, LANGUAGE)?)
    }

    /// Remembers a language.
    pub(super) fn keep_language(self, headers: &mut HeaderMap, language: Language) {
        self.write(headers, LANGUAGE, language.code(), LANGUAGE_SECONDS);
    }

    /// What was just done.
    pub(super) fn flash(self, headers: &HeaderMap) -> Option<Flash> {
        let bytes = URL_SAFE_NO_PAD.decode(self.read(headers, FLASH)?).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Keeps what was just done for the page that follows.
    pub(super) fn keep_flash(self, headers: &mut HeaderMap, flash: &Flash) {
        let text = serde_json::to_vec(flash).unwrap_or_default();
        self.write(headers, FLASH, &URL_SAFE_NO_PAD.encode(text), FLASH_SECONDS);
    }

    /// Forgets it once it was shown.
    pub(super) fn drop_flash(self, headers: &mut HeaderMap) {
        self.write(headers, FLASH, "", 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::backend::frame::Tone;

    fn written(over_tls: bool) -> String {
        let mut headers = HeaderMap::new();
        Cookies { over_tls }.keep_token(&mut headers, "tok");
        headers[header::SET_COOKIE].to_str().unwrap().to_owned()
    }

    #[test]
    fn a_session_is_out_of_reach_for_scripts_and_other_sites() {
        let plain = "cg_session=tok; HttpOnly; SameSite=Lax";
        let rest = "Path=/; Max-Age=43200";
        assert_eq!(written(false), format!("{plain}; {rest}"));
        assert_eq!(written(true), format!("__Host-{plain}; Secure; {rest}"));
    }

    #[test]
    fn what_was_written_is_read_back() {
        let cookies = Cookies { over_tls: true };
        let flash = Flash { tone: Tone::Good, text: "Saved; \"well\" — done".to_owned() };
        let mut answer = HeaderMap::new();
        cookies.keep_token(&mut answer, "tok");
        cookies.keep_flash(&mut answer, &flash);
        let pairs = answer
            .get_all(header::SET_COOKIE)
            .iter()
            .map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap().to_owned());
        let line = pairs.collect::<Vec<_>>().join("; ");
        let mut request = HeaderMap::new();
        request.insert(header::COOKIE, line.parse().unwrap());
        assert_eq!(cookies.token(&request).as_deref(), Some("tok"));
        assert_eq!(cookies.flash(&request), Some(flash));
        assert_eq!(Cookies { over_tls: false }.token(&request), None, "not set over TLS");
    }
}
