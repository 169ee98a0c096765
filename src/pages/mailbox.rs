//! The demo's mailbox: the mails that its automations have sent, to whomever. A day can be let
//! pass, so that what waits for its delay is sent.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::TimeDelta;
use serde::Deserialize;

use crate::app::channels::SentMail;
use crate::app::test_clock::ClockTarget;
use crate::app::{App, AppError};
use crate::edge::problem::Problem;
use crate::pages::answers::html;
use crate::pages::demo::{merchant, path_of};
use crate::render::format::{self, Locale};
use crate::render::look::PageBranding;
use crate::render::mailbox::{Letter, LetterPiece, LetterRow, MailboxPage};

/// Where it is found.
pub(super) const HERE: &str = "/demo/mailbox";

/// Which mail is opened.
#[derive(Debug, Default, Deserialize)]
pub(super) struct MailboxQuery {
    mail: Option<String>,
}

/// Shows the mails, and one of them.
pub(super) async fn show(State(app): State<App>, Query(wanted): Query<MailboxQuery>) -> Response {
    match look(&app, wanted.mail.as_deref()).await {
        Ok(page) => html(StatusCode::OK, app.renderer().mailbox_page(&page)),
        Err(error) => Problem::from(error).into_response(),
    }
}

/// Lets a day pass.
pub(super) async fn wait(State(app): State<App>) -> Response {
    match pass_a_day(&app).await {
        Ok(()) => Redirect::to(HERE).into_response(),
        Err(error) => Problem::from(error).into_response(),
    }
}

async fn pass_a_day(app: &App) -> Result<(), AppError> {
    let tomorrow = ClockTarget::Instant(app.now() + TimeDelta::days(1));
    app.advance(&merchant()?, tomorrow).await?;
    Ok(())
}

async fn look(app: &App, wanted: Option<&str>) -> Result<MailboxPage, AppError> {
    let locale = Locale::default();
    let settings = app.settings(&merchant()?).await?;
    let mails = app.sent_mails();
    let opened = mails.iter().find(|mail| wanted == Some(mail.id.as_str()));
    let to = |mail: &SentMail| match &mail.name {
        Some(name) => format!("{name} <{}>", mail.to),
        None => mail.to.clone(),
    };
    let row = |mail: &SentMail| LetterRow {
        href: format!("{HERE}?mail={}", mail.id),
        to: to(mail),
        subject: mail.subject.clone(),
    };
    Ok(MailboxPage {
        look: PageBranding::default(),
        seller: settings.seller.and_then(|seller| seller.name).unwrap_or_default(),
        today: format::date(&locale, settings.time_zone.date(app.now())),
        opened: opened.map(|mail| Letter {
            to: to(mail),
            subject: mail.subject.clone(),
            pieces: pieces(app, &mail.text),
        }),
        mails: mails.iter().map(row).collect(),
    })
}

/// A text in pieces, those that lead to a page of ours as links.
fn pieces(app: &App, text: &str) -> Vec<LetterPiece> {
    let ours = format!("{}/", app.public_url());
    let piece = |word: &str| {
        let href = word.trim_end().starts_with(&ours).then(|| path_of(app, word.trim_end()));
        LetterPiece { text: word.to_owned(), href }
    };
    text.split_inclusive(char::is_whitespace).map(piece).collect()
}
