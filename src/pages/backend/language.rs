//! The language in which somebody reads the backend: the one that they picked, else the one that
//! their browser asks for.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};

use crate::app::App;
use crate::pages::backend::answer::SentForm;
use crate::pages::backend::cookies::Cookies;
use crate::pages::backend::forms::FormValues;
use crate::pages::backend::sign_in::local;
use crate::pages::notices::spoken;
use crate::render::words::Language;

/// In which language the one reads who asks.
pub(super) fn of(cookies: Cookies, headers: &HeaderMap) -> Language {
    let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    cookies.language(headers).unwrap_or_else(|| spoken(asked.unwrap_or_default()).spoken())
}

/// Remembers the language that was picked, and goes back.
pub(super) async fn pick(State(app): State<App>, sent: SentForm) -> Response {
    let values = FormValues::sent(sent);
    let mut response = Redirect::to(local(values.text("back"))).into_response();
    if let Some(language) = Language::of(values.text("to")) {
        Cookies::of(&app).keep_language(response.headers_mut(), language);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::explained;
    use crate::domain::automation::State;
    use crate::domain::automation_run::{AutomationRunStatus, ExitReason};
    use crate::domain::change::ChangeStatus;
    use crate::domain::event::EventKind;
    use crate::domain::upsell::UpsellState;
    use crate::domain::verdict::Outcome;
    use crate::pages::backend::activity;
    use crate::render::backend::phrase::Phrase;
    use crate::rules::audit::FaultCode;

    fn is_german(phrase: &Phrase) -> bool {
        let english = phrase.read_in(Language::English);
        // Some words are the same.
        phrase.read_in(Language::German) != english || english == "live"
    }

    #[test]
    fn what_has_a_stable_name_is_read_in_german_too() {
        let names = ChangeStatus::ALL
            .map(ChangeStatus::name)
            .into_iter()
            .chain(State::ALL.map(State::name))
            .chain(AutomationRunStatus::ALL.map(AutomationRunStatus::name))
            .chain(Outcome::ALL.map(Outcome::name))
            .chain(UpsellState::ALL.map(UpsellState::name).into_iter().filter(|it| *it != "none"))
            .chain(FaultCode::ALL.iter().map(|code| code.means()))
            .chain(explained::meanings());
        let exits = ExitReason::ALL.map(|it| Phrase::told(it.name().replace('_', " ")));
        let events = EventKind::ALL.iter().map(|kind| activity::in_words(kind.name()));
        let all = names.map(Phrase::from).chain(exits).chain(events);
        let missing: Vec<Phrase> = all.filter(|phrase| !is_german(phrase)).collect();
        assert!(missing.is_empty(), "{missing:#?}");
    }
}
