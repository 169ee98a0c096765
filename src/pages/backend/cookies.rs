//! The two cookies of the backend: the token of a session, and what was just done. Neither ever
//! holds a key.

use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::app::App;
use crate::app::sessions::SESSION_HOURS_MAX;
use crate::render::backend::frame::Flash;

const SESSION: &str = "cg_session";
const FLASH: &str = "cg_flash";
/// How long a sentence waits for the page that shows it.
const FLASH_SECONDS: i64 = 60;

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
        let name = self.name(name);
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|it| it.split_once('='));
        pairs.find(|(found, _)| found.trim() == name).map(|(_, value)| value.trim().to_owned())
    }

    /// Lax, not strict: a link to the backend in a mail is to work for those who are signed in.
    /// What such a link can reach changes nothing.
    fn write(self, name: &str, value: &str, seconds: i64) -> Option<HeaderValue> {
        let name = self.name(name);
        let secure = if self.over_tls { "; Secure" } else { "" };
        let text =
            format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
        HeaderValue::try_from(text).ok()
    }

    /// The token of the session.
    pub(super) fn token(self, headers: &HeaderMap) -> Option<String> {
        self.read(headers, SESSION).filter(|token| !token.is_empty())
    }

    /// Remembers a session, for as long as it may last at most.
    pub(super) fn keep_token(self, headers: &mut HeaderMap, token: &str) {
        let cookie = self.write(SESSION, token, SESSION_HOURS_MAX * 3_600);
        headers.extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
    }

    /// Forgets the session.
    pub(super) fn drop_token(self, headers: &mut HeaderMap) {
        headers.extend(self.write(SESSION, "", 0).map(|cookie| (header::SET_COOKIE, cookie)));
    }

    /// What was just done.
    pub(super) fn flash(self, headers: &HeaderMap) -> Option<Flash> {
        let bytes = URL_SAFE_NO_PAD.decode(self.read(headers, FLASH)?).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Keeps what was just done for the page that follows.
    pub(super) fn keep_flash(self, headers: &mut HeaderMap, flash: &Flash) {
        let text = serde_json::to_vec(flash).unwrap_or_default();
        let cookie = self.write(FLASH, &URL_SAFE_NO_PAD.encode(text), FLASH_SECONDS);
        headers.extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
    }

    /// Forgets it once it was shown.
    pub(super) fn drop_flash(self, headers: &mut HeaderMap) {
        headers.extend(self.write(FLASH, "", 0).map(|cookie| (header::SET_COOKIE, cookie)));
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
        let plain = "cg_session=tok; Path=/; Max-Age=43200; HttpOnly; SameSite=Lax";
        assert_eq!(written(false), plain);
        assert_eq!(written(true), format!("__Host-{plain}; Secure"));
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
