//! The record of who changed what.

use axum::extract::Query;

use crate::app::overview::Activity;
use crate::app::reads::StoredKey;
use crate::domain::event::RecordedEvent;
use crate::pages::backend::answer::Answer;
use crate::pages::backend::lists::{Browse, SortOrder};
use crate::pages::backend::places::{ACTIVITY, SETTINGS};
use crate::pages::backend::session::{PageHead, Session};
use crate::pages::backend::settings_tabs::tabs;
use crate::render::backend::phrase::Phrase;
use crate::render::backend::settings::{ActivityPage, ActivityRow};

/// Shows what was defined, changed or removed, the latest first.
pub(super) async fn list(session: Session, Query(browse): Query<Browse>) -> Answer {
    let page = browse.page(SortOrder::NewestFirst);
    let Activity { mut events, keys } = session.app.activity(&session.merchant, page).await?;
    let pager =
        browse.pager(&mut events, SortOrder::NewestFirst, ACTIVITY, |event| event.id.as_str());
    let page = ActivityPage {
        tabs: tabs(ACTIVITY),
        entries: events.iter().map(|event| row(&session, event, &keys)).collect(),
        pager,
    };
    session.show(PageHead::new("Activity").below("Settings", SETTINGS), &page)
}

fn row(session: &Session, event: &RecordedEvent, keys: &[StoredKey]) -> ActivityRow {
    let key = event.key.as_ref().map(|id| {
        let known = keys.iter().find(|key| key.id == *id);
        known.and_then(|key| key.label.clone()).unwrap_or_else(|| id.to_string())
    });
    ActivityRow {
        at: session.time(event.created_at),
        what: in_words(&event.kind),
        subject: event.subject.clone(),
        key,
    }
}

/// A kind of event as people say it: `scheduled_change.applied` is "Scheduled change applied".
pub(super) fn in_words(kind: &str) -> Phrase {
    let words = kind.replace(['.', '_'], " ");
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    Phrase::told(first.unwrap_or_default() + letters.as_str())
}
