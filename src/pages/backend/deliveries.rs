//! What was sent to a webhook endpoint, and what one can do about it: send once more what was given
//! up, send a test, make another secret.

use axum::extract::{Path, Query};
use axum::http::StatusCode;

use crate::app::reads::Page;
use crate::app::webhooks::Replayed;
use crate::app::{App, AppError};
use crate::domain::ids::EndpointId;
use crate::domain::webhook::{Delivery, DeliveryStatus, Endpoint};
use crate::edge::problem::{Code, Problem};
use crate::pages::backend::activity::in_words;
use crate::pages::backend::answer::{Answer, SentForm};
use crate::pages::backend::confirm::{answerable, ask, kindly};
use crate::pages::backend::definitions::{EditableDefinition, find};
use crate::pages::backend::forms::FormValues;
use crate::pages::backend::lists::{Browse, SortOrder};
use crate::pages::backend::once;
use crate::pages::backend::session::{PageHead, Session};
use crate::pages::backend::webhooks::{deliveries_of as address, state, told_of};
use crate::render::backend::confirm::{ConfirmPage, Fact};
use crate::render::backend::frame::Tone;
use crate::render::backend::parts::Badge;
use crate::render::backend::settings::{DeliveriesPage, DeliveryRow, EndpointRow, SecretPage};

/// Shows what was sent to an endpoint, the latest first.
pub(super) async fn show(
    session: Session,
    Path(id): Path<String>,
    Query(browse): Query<Browse>,
) -> Answer {
    let endpoint = find::<Endpoint>(&session, &id).await?;
    page(&session, &endpoint, &browse, None).await
}

/// Sends once more all that was given up.
pub(super) async fn replay(session: Session, Path(id): Path<String>, sent: SentForm) -> Answer {
    let failed = Replayed { status: Some(DeliveryStatus::Failed), since: None, until: None };
    let act = async |app: &App, key: &EndpointId| {
        app.replay_webhook_deliveries(&session.merchant, key, failed).await.map(drop)
    };
    once_sent(&session, &id, sent, "What had failed is sent once more.", act).await
}

/// Sends a test.
pub(super) async fn test(session: Session, Path(id): Path<String>, sent: SentForm) -> Answer {
    let act = async |app: &App, key: &EndpointId| {
        app.test_webhook(&session.merchant, key).await.map(drop)
    };
    once_sent(&session, &id, sent, "A test is on its way.", act).await
}

/// Has something sent to an endpoint, once however often the form comes; or says why not.
async fn once_sent(
    session: &Session,
    id: &str,
    sent: SentForm,
    done: &'static str,
    act: impl AsyncFnOnce(&App, &EndpointId) -> Result<(), AppError>,
) -> Answer {
    let endpoint = find::<Endpoint>(session, id).await?;
    let Some(turn) = once::begin(session, &FormValues::sent(sent)).await? else {
        return session.go(&address(id), done);
    };
    match act(&turn.app, &endpoint.id).await {
        Ok(()) => session.go(&address(id), done),
        Err(error) => {
            turn.give_up().await;
            let problem = answerable(error)?;
            page(session, &endpoint, &Browse::default(), Some(&problem)).await
        }
    }
}

/// Asks before another secret is made.
pub(super) async fn ask_secret(session: Session, Path(id): Path<String>) -> Answer {
    let endpoint = find::<Endpoint>(&session, &id).await?;
    confirm(&session, &endpoint, None)
}

/// Makes another secret and shows it, this once.
pub(super) async fn rotate(session: Session, Path(id): Path<String>, sent: SentForm) -> Answer {
    let values = FormValues::sent(sent);
    let endpoint = find::<Endpoint>(&session, &id).await?;
    let Some(turn) = once::begin(&session, &values).await? else {
        let detail = "this form was sent before: its secret is in force. A secret is shown only \
                      once: if you have not got it, make another";
        return confirm(&session, &endpoint, Some(&Problem::new(Code::Conflict, detail)));
    };
    match turn.app.rotate_webhook_secret(&session.merchant, &endpoint.id).await {
        Ok(made) => {
            let page =
                SecretPage { secret: made.secret, about: endpoint.url.into(), back: address(&id) };
            session.show(Endpoint::NOUN.head("The new secret"), &page)
        }
        Err(error) => {
            turn.give_up().await;
            confirm(&session, &endpoint, Some(&answerable(error)?))
        }
    }
}

fn confirm(session: &Session, endpoint: &Endpoint, refused: Option<&Problem>) -> Answer {
    let id = endpoint.id.as_str();
    let page = ConfirmPage {
        lead: "For a day calls are signed with the secret before, too, so that the receiver can \
               change over.",
        facts: vec![Fact::new("Address", endpoint.url.clone())],
        action: Endpoint::NOUN.address(&format!("{id}/secret")),
        button: "Make a new secret",
        keep: "Keep the one it has",
        back: address(id),
        once: Some(once::fresh(session)),
        ..ConfirmPage::default()
    };
    ask(session, below(endpoint, "Make a new secret?"), page, refused)
}

/// The head of a page below that of an endpoint.
fn below(endpoint: &Endpoint, title: &'static str) -> PageHead {
    let id = endpoint.id.as_str();
    Endpoint::NOUN.head(title).below(id.to_owned(), Endpoint::NOUN.address(id))
}

async fn page(
    session: &Session,
    endpoint: &Endpoint,
    browse: &Browse,
    refused: Option<&Problem>,
) -> Answer {
    let here = address(endpoint.id.as_str());
    let (merchant, key) = (&session.merchant, &endpoint.id);
    let wanted: Page = browse.page(SortOrder::NewestFirst);
    let mut sent = session.app.webhook_deliveries(merchant, key, None, wanted).await?;
    let pager = browse.pager(&mut sent, SortOrder::NewestFirst, &here, |it| it.id.as_str());
    let page = DeliveriesPage {
        endpoint: EndpointRow {
            at: Endpoint::NOUN.address(endpoint.id.as_str()),
            url: endpoint.url.clone(),
            events: told_of(endpoint),
            status: state(endpoint),
            is_off: !endpoint.is_enabled(),
            failing: endpoint.failing_since.map(|since| session.time(since)),
            resting: endpoint.resting_until.map(|until| session.time(until)),
        },
        refused: refused.map(kindly),
        once: once::fresh(session),
        once_tested: once::fresh(session),
        rows: sent.iter().map(|it| row(session, it)).collect(),
        pager,
    };
    let status = refused.map_or(StatusCode::OK, |problem| problem.code.status());
    session.show_as(status, below(endpoint, "Deliveries"), &page)
}

fn row(session: &Session, it: &Delivery) -> DeliveryRow {
    let status = match it.status {
        DeliveryStatus::Pending => Badge::new(Tone::Warn, "waits"),
        DeliveryStatus::Delivered => Badge::new(Tone::Good, "delivered"),
        DeliveryStatus::Failed => Badge::new(Tone::Bad, "given up"),
    };
    DeliveryRow {
        what: in_words(&it.event.kind),
        subject: it.event.subject.clone(),
        at: session.time(it.created_at),
        status,
        attempts: it.attempts,
        answer: match (it.last_status, &it.last_error) {
            (Some(code), _) => code.to_string(),
            (None, Some(error)) => error.clone(),
            (None, None) => String::new(),
        },
        next: (it.status == DeliveryStatus::Pending).then(|| session.time(it.next_attempt_at)),
    }
}
