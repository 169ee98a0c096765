//! Webhook endpoints with what was sent to each: looked at, and sent once more where it failed.
//! They are defined through the API, which alone shows their secrets.

use axum::extract::{Path, Query};

use crate::app::reads::Page;
use crate::app::webhooks::Replayed;
use crate::domain::ids::{EndpointId, is_valid_id};
use crate::domain::webhook::{Delivery, DeliveryStatus, Endpoint, EndpointStatus};
use crate::edge::problem::{Code, Problem};
use crate::pages::backend::activity::in_words;
use crate::pages::backend::answer::{Answer, SentForm};
use crate::pages::backend::confirm::{answerable, kindly};
use crate::pages::backend::forms::FormValues;
use crate::pages::backend::lists::{Browse, SortOrder};
use crate::pages::backend::once;
use crate::pages::backend::places::{SETTINGS, WEBHOOKS};
use crate::pages::backend::session::{PageHead, Session};
use crate::pages::backend::settings::tabs;
use crate::render::backend::frame::Tone;
use crate::render::backend::parts::Badge;
use crate::render::backend::phrase::phrase;
use crate::render::backend::settings::{DeliveriesPage, DeliveryRow, EndpointRow, WebhooksPage};

/// How many endpoints are listed.
const ENDPOINTS_MAX: i64 = 200;

/// Lists the endpoints.
pub(super) async fn list(session: Session) -> Answer {
    let first = Page::first(ENDPOINTS_MAX);
    let endpoints = session.app.list::<Endpoint>(&session.merchant, first).await?;
    let page = WebhooksPage {
        tabs: tabs(WEBHOOKS),
        endpoints: endpoints.iter().map(|it| endpoint(&session, it)).collect(),
    };
    session.show(PageHead::new("Webhooks").below("Settings", SETTINGS), &page)
}

/// Shows what was sent to an endpoint, the latest first.
pub(super) async fn show(
    session: Session,
    Path(id): Path<String>,
    Query(browse): Query<Browse>,
) -> Answer {
    deliveries(&session, &id, &browse, None).await
}

/// Sends once more all that was given up.
pub(super) async fn replay(session: Session, Path(id): Path<String>, sent: SentForm) -> Answer {
    let values = FormValues::sent(sent);
    let (key, here) = (known(&id)?, format!("{WEBHOOKS}/{id}"));
    let done = "What had failed is sent once more.";
    let Some(turn) = once::begin(&session, &values).await? else {
        return session.go(&here, done);
    };
    let failed = Replayed { status: Some(DeliveryStatus::Failed), since: None, until: None };
    match turn.app.replay_webhook_deliveries(&session.merchant, &key, failed).await {
        Ok(_) => session.go(&here, done),
        Err(error) => {
            turn.give_up().await;
            let problem = answerable(error)?;
            deliveries(&session, &id, &Browse::default(), Some(&problem)).await
        }
    }
}

fn known(id: &str) -> Result<EndpointId, Problem> {
    let missing = || Problem::new(Code::NotFound, "there is no such webhook endpoint");
    is_valid_id(id).then(|| EndpointId::stored(id.to_owned())).ok_or_else(missing)
}

async fn deliveries(
    session: &Session,
    id: &str,
    browse: &Browse,
    refused: Option<&Problem>,
) -> Answer {
    let key = known(id)?;
    let found = session.app.get::<Endpoint>(&session.merchant, &key).await?;
    let page = browse.page(SortOrder::NewestFirst);
    let mut sent = session.app.webhook_deliveries(&session.merchant, &key, None, page).await?;
    let here = format!("{WEBHOOKS}/{id}");
    let pager = browse.pager(&mut sent, SortOrder::NewestFirst, &here, |it| it.id.as_str());
    let page = DeliveriesPage {
        endpoint: endpoint(session, &found),
        refused: refused.map(kindly),
        once: once::fresh(session),
        rows: sent.iter().map(|it| row(session, it)).collect(),
        pager,
    };
    let head = PageHead::new(found.id.to_string()).below("Settings", SETTINGS);
    let status = refused.map_or(axum::http::StatusCode::OK, |problem| problem.code.status());
    session.show_as(status, head.below("Webhooks", WEBHOOKS), &page)
}

fn endpoint(session: &Session, it: &Endpoint) -> EndpointRow {
    let status = match (&it.status, it.failing_since) {
        (EndpointStatus::Disabled(why), _) => {
            Badge::new(Tone::Bad, phrase!("off: {}", why.clone()))
        }
        (EndpointStatus::Enabled, Some(_)) => Badge::new(Tone::Warn, "failing"),
        (EndpointStatus::Enabled, None) => Badge::new(Tone::Good, "in use"),
    };
    EndpointRow {
        id: it.id.to_string(),
        url: it.url.clone(),
        events: it.events.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        status,
        failing: it.failing_since.map(|since| session.time(since)),
    }
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
