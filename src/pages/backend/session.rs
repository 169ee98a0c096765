//! What a handler works with: who asks, how they read dates and amounts, and how a page is put
//! into its frame.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect};
use chrono::{DateTime, NaiveDate, Utc};

use crate::app::App;
use crate::app::sessions::{SignedIn, StoredSession};
use crate::domain::ids::{KeyId, MerchantId};
use crate::domain::merchant::Settings;
use crate::domain::money::Money;
use crate::domain::role::Role;
use crate::edge::auth::{ADMIN, BILLING, CATALOGUE, SELLING};
use crate::edge::problem::{Code, Problem};
use crate::pages::answers::html;
use crate::pages::backend::answer::{Answer, Failure, SentForm};
use crate::pages::backend::cookies::Cookies;
use crate::pages::backend::forms::FormValues;
use crate::pages::backend::notation::Notation;
use crate::pages::backend::places::{CLOCK, HOME, LANGUAGE, SIGN_OUT};
use crate::render::backend::BackendPage;
use crate::render::backend::frame::{
    ClockBar, Entry, Flash, Frame, Group, Link, Permissions, Tone, Visitor,
};
use crate::render::backend::phrase::Phrase;
use crate::render::backend::time::Time;
use crate::render::format::{self, Locale};
use crate::render::words::Language;

/// A group of the navigation, with the name and address of its pages.
pub(super) type Pages = (&'static str, Vec<(&'static str, &'static str)>);

/// The navigation, which everybody may see.
pub(super) type Navigation = &'static [Pages];

/// Somebody who is signed in, at work.
#[derive(Clone)]
pub(super) struct Session {
    /// The engine.
    pub(super) app: App,
    /// What leads from here to the other pages.
    pub(super) groups: Navigation,
    /// Whose backend it is.
    pub(super) merchant: MerchantId,
    /// The merchant's settings.
    pub(super) settings: Settings,
    /// The key that was signed in with.
    pub(super) key: KeyId,
    /// What it may do.
    pub(super) role: Role,
    /// What forms send back.
    pub(super) csrf: String,
    /// The token of the session.
    pub(super) token: String,
    /// The session, as it is stored.
    pub(super) stored: StoredSession,
    /// In which language it is read.
    language: Language,
    name: String,
    /// How dates and amounts are read.
    locale: Locale,
    path: String,
    flash: Option<Flash>,
}

/// What a page says of itself.
#[derive(Clone, Debug, Default)]
pub(super) struct PageHead {
    title: Phrase,
    crumbs: Vec<Link>,
    styles: &'static [&'static str],
    scripts: &'static [&'static str],
}

impl PageHead {
    /// A page with this heading.
    pub(super) fn new(title: impl Into<Phrase>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// The same below another page.
    pub(super) fn below(mut self, label: impl Into<Phrase>, href: impl Into<String>) -> Self {
        self.crumbs.push(Link::new(label, href));
        self
    }

    /// The same with files of its own, by their names in `render::assets`; scripts run before
    /// `backend.js`.
    pub(super) fn with(
        self,
        styles: &'static [&'static str],
        scripts: &'static [&'static str],
    ) -> Self {
        Self { styles, scripts, ..self }
    }
}

impl Session {
    pub(super) fn of(
        (app, groups): (App, Navigation),
        visit: SignedIn,
        csrf: String,
        token: String,
        path: String,
        (language, flash): (Language, Option<Flash>),
    ) -> Result<Self, Failure> {
        let SignedIn { session: stored, merchant: name, settings } = visit;
        let role = Role::parse(&stored.role).ok_or_else(|| {
            tracing::error!(key.id = %stored.key, role = stored.role, "a key has no known role");
            Failure(Problem::internal())
        })?;
        let locale = read_as(&settings, language);
        let (merchant, key) = (stored.merchant.clone(), stored.key.clone());
        let session = Self {
            app,
            groups,
            merchant,
            settings,
            key,
            role,
            csrf,
            token,
            stored,
            language,
            name,
            locale,
            path,
            flash,
        };
        Ok(session)
    }

    /// Whether the role may do what these roles may.
    pub(super) fn may(&self) -> Permissions {
        Permissions {
            catalogue: CATALOGUE.contains(&self.role),
            selling: SELLING.contains(&self.role),
            billing: BILLING.contains(&self.role),
            admin: ADMIN.contains(&self.role),
        }
    }

    /// What surrounds a page.
    pub(super) fn frame(&self, head: PageHead) -> Frame {
        let all = self.groups.iter().flat_map(|(_, entries)| entries);
        let at = all.filter(|(_, href)| is_at_or_below(&self.path, href));
        let at = at.max_by_key(|(_, href)| href.len());
        let entry = |it: &(&'static str, &'static str)| Entry {
            label: it.0,
            href: it.1,
            current: at == Some(it),
        };
        let group = |(label, entries): &Pages| Group {
            label,
            entries: entries.iter().map(entry).collect(),
        };
        let stored = &self.stored;
        let moves_clock = self.app.moves_clock(&self.merchant);
        Frame {
            title: head.title,
            merchant: self.name.clone(),
            groups: self.groups.iter().map(group).collect(),
            at: at.map_or("", |(label, _)| label),
            crumbs: head.crumbs,
            flash: self.flash.clone(),
            visitor: Some(Visitor {
                key: stored.label.clone().unwrap_or_else(|| stored.key.to_string()),
                role: self.role.name(),
            }),
            may: self.may(),
            csrf: self.csrf.clone(),
            language: self.language,
            back: self.back().to_owned(),
            clock: moves_clock
                .then(|| ClockBar { today: self.day(self.today()), back: self.back().to_owned() }),
            styles: head.styles,
            scripts: head.scripts,
        }
    }

    /// The page to come back to: not every address that was sent a form is one.
    fn back(&self) -> &str {
        let path = self.path.strip_suffix("/check").unwrap_or(&self.path);
        if [CLOCK, LANGUAGE, SIGN_OUT].contains(&path) { HOME } else { path }
    }

    /// A page.
    pub(super) fn show<P: BackendPage>(&self, head: PageHead, page: &P) -> Answer {
        self.show_as(StatusCode::OK, head, page)
    }

    /// A page with a status of its own.
    #[expect(clippy::unnecessary_wraps, reason = "what a handler answers")]
    pub(super) fn show_as<P: BackendPage>(
        &self,
        status: StatusCode,
        head: PageHead,
        page: &P,
    ) -> Answer {
        Ok(html(status, self.app.renderer().backend_page(&self.frame(head), page)))
    }

    /// To another page, which says what was done.
    pub(super) fn go(&self, to: &str, done: impl Into<Phrase>) -> Answer {
        self.go_as(to, Tone::Good, done)
    }

    /// To another page, which says what came of it.
    #[expect(clippy::unnecessary_wraps, reason = "what a handler answers")]
    pub(super) fn go_as(&self, to: &str, tone: Tone, told: impl Into<Phrase>) -> Answer {
        let mut response = Redirect::to(to).into_response();
        let flash = Flash { tone, text: told.into().read_in(self.language) };
        Cookies::of(&self.app).keep_flash(response.headers_mut(), &flash);
        Ok(response)
    }

    /// The merchant's date.
    pub(super) fn today(&self) -> NaiveDate {
        self.settings.time_zone.date(self.app.now())
    }

    /// A date.
    pub(super) fn day(&self, date: NaiveDate) -> Time {
        Time { iso: date.to_string(), text: format::short_date(&self.locale, date) }
    }

    /// An instant, in the merchant's zone.
    pub(super) fn time(&self, at: DateTime<Utc>) -> Time {
        let local = self.settings.time_zone.local(at);
        let text = format!("{}, {}", self.day(local.date()).text, local.format("%H:%M"));
        Time { iso: at.format("%Y-%m-%dT%H:%M:%SZ").to_string(), text }
    }

    /// An amount.
    pub(super) fn money(&self, money: Money) -> String {
        let (exponent, code) = (money.currency.exponent(), money.currency.code());
        format::money(&self.locale, money.minor, exponent, code)
    }

    /// A percentage with a point, as it is read.
    pub(super) fn percent(&self, part: &str) -> String {
        format!("{} %", self.decimal(part))
    }

    /// A number with a point, as it is read.
    pub(super) fn decimal(&self, number: &str) -> String {
        match self.language {
            Language::English => number.to_owned(),
            Language::German => number.replace('.', ","),
        }
    }

    /// How amounts are written in forms: with a comma where the merchant's locale or the language
    /// that is read has one. A point before one or two decimals is then read as well, and what
    /// could mean two things is refused.
    pub(super) fn notation(&self) -> Notation {
        let merchants = Locale::parse(&self.settings.locale).unwrap_or_default();
        let hand = if merchants.writes_comma() { &merchants } else { &self.locale };
        Notation::of(hand, self.settings.currency)
    }

    /// What was sent, as the merchant writes.
    pub(super) fn values(&self, sent: SentForm) -> FormValues {
        FormValues::sent(sent).by(self.notation())
    }

    /// The locale of our words alone, whatever the merchant's is.
    pub(super) fn spoken(&self) -> Locale {
        Locale::parse(self.language.code()).unwrap_or_default()
    }

    /// How dates and amounts are read.
    pub(super) fn locale(&self) -> &Locale {
        &self.locale
    }
}

/// The merchant's locale where it is read in its own language; else that of the language.
fn read_as(settings: &Settings, language: Language) -> Locale {
    let merchants = Locale::parse(&settings.locale).unwrap_or_default();
    if Language::of(merchants.language()) == Some(language) {
        return merchants;
    }
    Locale::parse(language.code()).unwrap_or(merchants)
}

fn is_at_or_below(path: &str, href: &str) -> bool {
    path.strip_prefix(href).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl<S: Send + Sync> FromRequestParts<S> for Session {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let nobody = || Failure(Problem::new(Code::Unauthorized, "sign in first"));
        parts.extensions.get::<Self>().cloned().ok_or_else(nobody)
    }
}
