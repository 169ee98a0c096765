//! What can be done with a subscription: cancel it, end it at once, take a cancellation back,
//! withdraw what waits for it. Each asks once more.

use std::collections::BTreeMap;

use axum::extract::Path;
use axum::response::Response;

use crate::app::AppError;
use crate::app::reads::StoredSubscription;
use crate::domain::change::ScheduledChange;
use crate::domain::ids::{ChangeId, SubscriptionId};
use crate::edge::problem::Problem;
use crate::pages::backend::answer::{Answer, Failure, SentForm};
use crate::pages::backend::confirm::{answerable, ask};
use crate::pages::backend::forms::{FormValues, Spec, form};
use crate::pages::backend::places::{CHANGES, SUBSCRIPTIONS};
use crate::pages::backend::session::{PageHead, Session};
use crate::pages::backend::{people, rows};
use crate::render::backend::confirm::{ConfirmPage, Fact};
use crate::render::backend::form::Kind;
use crate::render::backend::parts::Person;
use crate::render::backend::phrase::{Phrase, phrase};
use crate::rules::subscriptions::{CancelCredit, CancelWhen, Cancellation};
use crate::wire::subscriptions::CancelledSubscription;

/// What is to be done.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SubscriptionAct {
    Cancel,
    End,
    Uncancel,
}

/// What can be credited at once.
const CREDITS: &[(&str, &str)] = &[
    ("none", "Nothing: what was paid stays paid"),
    ("unused", "The days from today on"),
    ("all", "All of the current period, and its bridge"),
];

const ENDED: &[Spec] = &[Spec::new("/credit", "Money back", Kind::Choice)];

impl SubscriptionAct {
    fn fields(self) -> &'static [Spec] {
        if self == Self::End { ENDED } else { &[] }
    }

    fn step(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::End => "end",
            Self::Uncancel => "uncancel",
        }
    }
}

/// Asks before a subscription is cancelled to the end of its term.
pub(super) async fn ask_cancel(session: Session, Path(id): Path<String>) -> Answer {
    question(&session, &SubscriptionId::stored(id), SubscriptionAct::Cancel, None).await
}

/// Asks before a subscription is ended at once.
pub(super) async fn ask_end(session: Session, Path(id): Path<String>) -> Answer {
    question(&session, &SubscriptionId::stored(id), SubscriptionAct::End, None).await
}

/// Asks before a cancellation is taken back.
pub(super) async fn ask_uncancel(session: Session, Path(id): Path<String>) -> Answer {
    question(&session, &SubscriptionId::stored(id), SubscriptionAct::Uncancel, None).await
}

/// Cancels to the end of the term.
pub(super) async fn cancel(session: Session, Path(id): Path<String>) -> Answer {
    let id = SubscriptionId::stored(id);
    let done =
        session.app.cancel_subscription(&session.merchant, &id, Cancellation::default()).await;
    let told = done.map(|done| told(&session, &done, SubscriptionAct::Cancel));
    finish(&session, &id, SubscriptionAct::Cancel, told).await
}

/// Ends at once, with money back where that is picked.
pub(super) async fn end(session: Session, Path(id): Path<String>, sent: SentForm) -> Answer {
    let (id, values) = (SubscriptionId::stored(id), FormValues::sent(sent));
    let credit = match values.text("/credit") {
        "" => Ok(CancelCredit::None),
        name => CancelCredit::parse(name).ok_or_else(|| AppError::invalid("/credit", "Pick one.")),
    };
    let done = match credit {
        Err(error) => Err(error),
        Ok(credit) => {
            let how = Cancellation { when: CancelWhen::Now, credit };
            session.app.cancel_subscription(&session.merchant, &id, how).await
        }
    };
    let told = done.map(|done| told(&session, &done, SubscriptionAct::End));
    finish(&session, &id, SubscriptionAct::End, told).await
}

/// Takes the cancellation back.
pub(super) async fn uncancel(session: Session, Path(id): Path<String>) -> Answer {
    let id = SubscriptionId::stored(id);
    let done = session.app.uncancel_subscription(&session.merchant, &id).await;
    let told = done.map(|_| "The cancellation is taken back: the subscription runs on.".into());
    finish(&session, &id, SubscriptionAct::Uncancel, told).await
}

fn told(session: &Session, done: &CancelledSubscription, doing: SubscriptionAct) -> Phrase {
    let it = &done.subscription;
    let on = it.ended_on.or(it.cancel_on).map(|on| session.day(on).text);
    let what = match (doing, on) {
        (SubscriptionAct::End, Some(on)) => phrase!("The subscription has ended on {}.", on),
        (SubscriptionAct::End, None) => "The subscription has ended.".into(),
        (_, Some(on)) => phrase!("The subscription is cancelled on {}.", on),
        (_, None) => "The subscription is cancelled.".into(),
    };
    let withdrew = match done.withdraws.len() {
        0 => None,
        1 => Some("This withdrew a change that waited for it.".into()),
        more => Some(phrase!("This withdrew {} changes that waited for it.", more)),
    };
    let credited = match done.credit_notes.len() {
        0 => None,
        1 => Some("A credit note was issued.".into()),
        more => Some(phrase!("{} credit notes were issued.", more)),
    };
    Phrase::joined([Some(what), withdrew, credited].into_iter().flatten(), "{} {}")
}

async fn finish(
    session: &Session,
    id: &SubscriptionId,
    doing: SubscriptionAct,
    done: Result<Phrase, AppError>,
) -> Result<Response, Failure> {
    match done {
        Ok(told) => session.go(&format!("{SUBSCRIPTIONS}/{id}"), told),
        Err(error) => question(session, id, doing, Some(&answerable(error)?)).await,
    }
}

async fn question(
    session: &Session,
    id: &SubscriptionId,
    doing: SubscriptionAct,
    refused: Option<&Problem>,
) -> Answer {
    let found = session.app.subscription(&session.merchant, id).await?;
    let (title, lead, button) = match doing {
        SubscriptionAct::Cancel => (
            "Cancel this subscription?",
            "It runs on to the end of its term, or of the first that leaves the notice, and is not \
             renewed. Changes that would replace it are withdrawn. This can be taken back until \
             then.",
            "Cancel to the end of the term",
        ),
        SubscriptionAct::End => (
            "End this subscription at once?",
            "It ends today, and all changes that wait for it are withdrawn. What is credited \
             lowers what is still due on its invoice; the rest goes to the customer's balance. \
             This cannot be taken back.",
            "End it now",
        ),
        SubscriptionAct::Uncancel => (
            "Take the cancellation back?",
            "The subscription runs on and is renewed as if it had never been cancelled.",
            "Let it run on",
        ),
    };
    let customer = people::person(session, &found.subscription.customer).await?;
    let mut facts = facts(session, &found, customer);
    if doing == SubscriptionAct::Cancel && found.subscription.is_active() {
        let end = found.subscription.cancelled_to(session.today());
        facts.push(Fact::new("Then ends on", session.day(end).text));
    }
    let problem = refused.filter(|it| !it.errors.is_empty());
    let asked = form(doing.fields(), &FormValues::default().with("/credit", "none"), problem)
        .with_options("credit", CREDITS.iter().copied());
    let page = ConfirmPage {
        lead,
        fields: asked.fields.into_values().collect(),
        problems: asked.problems,
        facts,
        action: format!("{SUBSCRIPTIONS}/{id}/{}", doing.step()),
        button,
        is_danger: doing != SubscriptionAct::Uncancel,
        keep: "Leave it as it is",
        back: format!("{SUBSCRIPTIONS}/{id}"),
        ..ConfirmPage::default()
    };
    let head = PageHead::new(title).below("Subscriptions", SUBSCRIPTIONS);
    let head = head.below(found.subscription.terms.title.clone(), format!("{SUBSCRIPTIONS}/{id}"));
    ask(session, head, page, refused)
}

fn facts(session: &Session, found: &StoredSubscription, customer: Person) -> Vec<Fact> {
    let (it, row) = (&found.subscription, rows::subscription(session, found));
    let mut facts = vec![
        Fact::new("Subscription", row.title),
        Fact::new("Customer", customer.name),
        Fact::new("Price", row.price),
        Fact::new("Status", row.status.text),
        Fact::new("Term", rows::days(session, it.current_term)),
    ];
    if let Some(period) = it.current_period {
        facts.push(Fact::new("Booked", rows::days(session, period)));
    }
    facts.extend(row.waiting.into_iter().map(|text| Fact::new("Waits for it", text)));
    facts
}

/// Asks before a change is withdrawn.
pub(super) async fn ask_withdraw(session: Session, Path(id): Path<String>) -> Answer {
    let change = session.app.scheduled_change(&session.merchant, &ChangeId::stored(id)).await?;
    let titles = rows::titles(&session, std::slice::from_ref(&change)).await?;
    withdraw_question(&session, &change, &titles, None).await
}

/// Withdraws a change.
pub(super) async fn withdraw(session: Session, Path(id): Path<String>) -> Answer {
    let id = ChangeId::stored(id);
    match session.app.withdraw_change(&session.merchant, &id).await {
        Ok(change) => {
            let to = format!("{SUBSCRIPTIONS}/{}", change.subscription);
            session.go(&to, "The change is withdrawn: the subscription runs on as it is.")
        }
        Err(error) => {
            let problem = answerable(error)?;
            let change = session.app.scheduled_change(&session.merchant, &id).await?;
            let titles = rows::titles(&session, std::slice::from_ref(&change)).await?;
            withdraw_question(&session, &change, &titles, Some(&problem)).await
        }
    }
}

async fn withdraw_question(
    session: &Session,
    change: &ScheduledChange,
    titles: &BTreeMap<SubscriptionId, String>,
    refused: Option<&Problem>,
) -> Answer {
    let row = rows::change(session, change, titles);
    let customer = people::person(session, &change.customer).await?;
    let mut facts = vec![
        Fact::new("Change", row.told()),
        Fact::new("On", row.on.text),
        Fact::new("Customer", customer.name),
        Fact::new("Status", row.status.text),
    ];
    let restored = change.withdrew_cancel_on.map(|on| session.day(on).text);
    facts.extend(restored.map(|on| Fact::new("Restores the cancellation to", on)));
    let page = ConfirmPage {
        lead: "The customer keeps what they have. A cancellation that the change had withdrawn \
               comes back.",
        facts,
        action: format!("{CHANGES}/{}/withdraw", change.id),
        button: "Withdraw the change",
        is_danger: true,
        keep: "Let it wait",
        back: format!("{SUBSCRIPTIONS}/{}", change.subscription),
        ..ConfirmPage::default()
    };
    ask(
        session,
        PageHead::new("Withdraw this change?").below("Scheduled changes", CHANGES),
        page,
        refused,
    )
}
