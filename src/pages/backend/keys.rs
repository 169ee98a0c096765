//! API keys: made, shown once, revoked.

use axum::extract::{Path, Query};
use axum::http::StatusCode;

use crate::app::AppError;
use crate::app::reads::{Page, StoredKey};
use crate::domain::fault::Fault;
use crate::domain::ids::KeyId;
use crate::domain::role::Role;
use crate::edge::drafts::Draft;
use crate::edge::problem::{Code, Problem};
use crate::pages::backend::answer::{Answer, Failure, SentForm};
use crate::pages::backend::forms::{FormValues, Spec, form};
use crate::pages::backend::lists::{Browse, SortOrder};
use crate::pages::backend::once;
use crate::pages::backend::places::{KEYS, SETTINGS};
use crate::pages::backend::session::{PageHead, Session};
use crate::pages::backend::settings_tabs::tabs;
use crate::render::backend::form::Kind;
use crate::render::backend::frame::Tone;
use crate::render::backend::parts::Badge;
use crate::render::backend::phrase::{Phrase, phrase};
use crate::render::backend::settings::{KeyRevokePage, KeyRow, KeysPage, SecretPage};
use crate::wire::keys::NewKey;

const FIELDS: &[Spec] = &[
    Spec::new("/role", "What it may do", Kind::Choice).required(),
    Spec::new("/label", "Where it is used", Kind::Text)
        .hint("For your own orientation, such as “shop, live”."),
];

/// What each role may do, in words.
const ROLES: [(Role, &str); 5] = [
    (Role::Checkout, "checkout: customers, checkouts, cancelling"),
    (Role::Billing, "billing: billing runs, payments, payouts"),
    (Role::Merchant, "merchant: catalogue and paths"),
    (Role::Read, "read: looking only"),
    (Role::Admin, "admin: everything"),
];

/// Lists the keys in force.
pub(super) async fn list(session: Session, Query(browse): Query<Browse>) -> Answer {
    page(&session, &browse, &FormValues::default(), None).await
}

/// Makes a key and shows it, this once.
pub(super) async fn create(session: Session, sent: SentForm) -> Answer {
    let values = FormValues::sent(sent);
    let new = match judged(&values) {
        Ok(new) => new,
        Err(problem) => return page(&session, &Browse::default(), &values, Some(&problem)).await,
    };
    let Some(turn) = once::begin(&session, &values).await? else {
        let detail = "this form was sent before: its key stands in the list. A key is shown only \
                      once: if you have not got it, revoke it and make another";
        let problem = Problem::new(Code::Conflict, detail);
        return page(&session, &Browse::default(), &values, Some(&problem)).await;
    };
    let made = turn.app.create_key(&session.merchant, new.role.name(), new.label).await;
    let (row, secret) = match made {
        Ok(made) => made,
        Err(error) => {
            turn.give_up().await;
            return Err(error.into());
        }
    };
    let role = new.role.name();
    let about = match row.label {
        Some(label) => phrase!("{}, role {}", label, role.to_owned()),
        None => phrase!("role {}", role.to_owned()),
    };
    let page = SecretPage { secret, about, back: KEYS.to_owned() };
    session.show(PageHead::new("Your new key").below("API keys", KEYS), &page)
}

fn judged(values: &FormValues) -> Result<NewKey, Problem> {
    Draft::<NewKey>::of(values.json(FIELDS))?.judged(|_| Ok::<(), Vec<Fault>>(()))
}

/// Asks once more.
pub(super) async fn ask_revoke(session: Session, Path(id): Path<String>) -> Answer {
    confirm(&session, &KeyId::stored(id), None).await
}

/// Revokes a key, at once; who is signed in with it is signed out.
pub(super) async fn revoke(session: Session, Path(id): Path<String>) -> Answer {
    let id = KeyId::stored(id);
    match session.app.revoke_key(&session.merchant, &id).await {
        Ok(()) => session.go(KEYS, "The key is revoked. It opens nothing any more."),
        Err(AppError::Refused(refusal)) => confirm(&session, &id, Some((*refusal).into())).await,
        Err(error) => Err(error.into()),
    }
}

async fn confirm(session: &Session, id: &KeyId, refused: Option<Problem>) -> Answer {
    let keys = session.app.keys(&session.merchant, Page::first(1_000)).await?;
    let key = keys.iter().find(|key| key.id == *id).ok_or(AppError::NotFound("key"))?;
    let status = refused.as_ref().map_or(StatusCode::OK, |problem| problem.code.status());
    let refused = refused.map(|problem| Phrase::told(problem.detail));
    let page = KeyRevokePage { key: row(session, key), refused };
    session.show_as(status, PageHead::new("Revoke this key?").below("API keys", KEYS), &page)
}

async fn page(
    session: &Session,
    browse: &Browse,
    values: &FormValues,
    problem: Option<&Problem>,
) -> Result<axum::response::Response, Failure> {
    let status = problem.map_or(StatusCode::OK, |problem| problem.code.status());
    let mut keys = session.app.keys(&session.merchant, browse.page(SortOrder::NewestFirst)).await?;
    let pager = browse.pager(&mut keys, SortOrder::NewestFirst, KEYS, |key| key.id.as_str());
    let roles = ROLES.map(|(role, label)| (role.name(), label));
    let page = KeysPage {
        tabs: tabs(KEYS),
        keys: keys.iter().map(|key| row(session, key)).collect(),
        pager,
        once: once::fresh(session),
        form: form(FIELDS, values, problem).with_options("role", roles),
    };
    session.show_as(status, PageHead::new("API keys").below("Settings", SETTINGS), &page)
}

fn row(session: &Session, key: &StoredKey) -> KeyRow {
    let tone = if key.role == Role::Admin.name() { Tone::Warn } else { Tone::Plain };
    KeyRow {
        id: key.id.to_string(),
        label: key.label.clone(),
        role: Badge::new(tone, key.role.clone()),
        last: key.last.clone(),
        made: session.time(key.created_at),
        own: key.id == session.key,
    }
}
