//! A running subscription that is brought over from elsewhere by hand: looked at first, then done.

use axum::http::StatusCode;
use serde_json::json;

use crate::app::App;
use crate::app::bring_over::{BringOverDraft, BringOverPreview};
use crate::app::reads::Page;
use crate::domain::catalogue::Offer;
use crate::domain::fault::Fault;
use crate::edge::bring_over::draft_of;
use crate::edge::drafts::Draft;
use crate::edge::problem::{Code, FieldError, Problem};
use crate::pages::backend::answer::{Answer, Failure, SentForm};
use crate::pages::backend::confirm::{answerable, kindly};
use crate::pages::backend::definitions::{PICKED_MAX, on_a_line};
use crate::pages::backend::forms::{FormValues, Spec, form};
use crate::pages::backend::naming::NEW;
use crate::pages::backend::places::SUBSCRIPTIONS;
use crate::pages::backend::session::{PageHead, Session};
use crate::pages::backend::settings::CURRENCIES;
use crate::pages::backend::{once, rows};
use crate::render::backend::bring_over::BringOverPage;
use crate::render::backend::confirm::Fact;
use crate::render::backend::form::Kind;
use crate::render::backend::phrase::{Phrase, phrase};
use crate::wire::subscriptions::NewSubscription;

/// The name of the button that only looks.
const LOOK: &str = "look";

const DONE: &str = "The subscription is brought over.";

const FIELDS: &[Spec] = &[
    Spec::new("/customer", "Customer", Kind::Text)
        .hint("By id; whoever is not known yet is added.")
        .required(),
    Spec::new("/offer", "Offer", Kind::Choice).right("Pick one.").required(),
    Spec::new("/started_on", "Started on", Kind::Date)
        .hint("Its first day, not after today.")
        .required(),
    Spec::new("/id", "Id", Kind::Text)
        .hint("Names the subscription in the API, for good; made up if left empty."),
    Spec::new("/price", "Price", Kind::Money).hint("Of a billing period, if not the offer's."),
    Spec::new("/current_period/start", "Period from", Kind::Date)
        .hint("The billing period that was invoiced elsewhere last; computed if left empty."),
    Spec::new("/current_period/end", "Period until", Kind::Date).hint("The day after its last."),
    Spec::new("/current_term/start", "Term from", Kind::Date).hint("Computed if left empty."),
    Spec::new("/current_term/end", "Term until", Kind::Date).hint("The day after its last."),
    Spec::new("/cancel_on", "Ends on", Kind::Date).hint("Where it is cancelled already."),
    Spec::new("/brought_over/gross", "Invoiced elsewhere", Kind::Money)
        .hint("What the invoice of that period came to, tax included."),
    Spec::new("/brought_over/paid", "That invoice is paid", Kind::Flag),
    Spec::new("/brought_over/number", "Its number there", Kind::Text),
];

/// Asks what is brought over.
pub(super) async fn ask(session: Session) -> Answer {
    let currency = session.settings.currency.code();
    let values = FormValues::default()
        .by(session.notation())
        .with("/price/currency", currency)
        .with("/brought_over/gross/currency", currency);
    question(&session, &values, None, None).await
}

/// Looks at what would come of it, or brings it over.
pub(super) async fn bring_over(session: Session, sent: SentForm) -> Answer {
    let values = session.values(sent);
    let draft = match draft(&values) {
        Ok(draft) => draft,
        Err(problem) => return question(&session, &values, Some(&problem), None).await,
    };
    let problem = if values.text(LOOK).is_empty() {
        let Some(turn) = once::begin(&session, &values).await? else {
            return session.go(SUBSCRIPTIONS, DONE);
        };
        let done = brought(&turn.app, &session, draft).await;
        if !matches!(done, Ok(Ok(_))) {
            turn.give_up().await;
        }
        match done? {
            Ok(id) => return session.go(&format!("{SUBSCRIPTIONS}/{id}"), DONE),
            Err(problem) => problem,
        }
    } else {
        match session.app.preview_bring_over(&session.merchant, draft).await {
            Ok(looked) => return question(&session, &values, None, Some(&looked)).await,
            Err(error) => at_its_field(answerable(error)?),
        }
    };
    question(&session, &values, Some(&problem), None).await
}

async fn brought(
    app: &App,
    session: &Session,
    draft: BringOverDraft,
) -> Result<Result<String, Problem>, Failure> {
    match app.bring_over(&session.merchant, draft).await {
        Ok(made) => Ok(Ok(made.id)),
        Err(error) => answerable(error).map(|problem| Err(at_its_field(problem))),
    }
}

/// What was typed, in the shape of the API.
fn draft(values: &FormValues) -> Result<BringOverDraft, Problem> {
    let (mut body, faults) = values.read_all(FIELDS);
    // A box that is not ticked says nothing where there is no invoice.
    let is_blank = body["brought_over"] == json!({"paid": false});
    if let Some(body) = body.as_object_mut().filter(|_| is_blank) {
        body.remove("brought_over");
    }
    let draft = Draft::<NewSubscription>::with_faults(body, faults)?;
    let sent = draft_of(draft.judged(|_| Ok::<(), Vec<Fault>>(()))?);
    Ok(sent.decide(|draft| Ok(draft.clone()))?)
}

/// An id that is taken is a fault of its field.
fn at_its_field(problem: Problem) -> Problem {
    match problem.code {
        Code::Conflict => Problem::invalid(vec![FieldError::new("/id", problem.detail)]),
        _ => problem,
    }
}

async fn question(
    session: &Session,
    values: &FormValues,
    problem: Option<&Problem>,
    looked: Option<&BringOverPreview>,
) -> Answer {
    let form = form(FIELDS, values, problem.filter(|it| !it.errors.is_empty()))
        .with_suggestions("price", CURRENCIES)
        .with_suggestions("brought_over_gross", CURRENCIES)
        .with_options("offer", offers(session).await?);
    let page = BringOverPage {
        form,
        refused: problem.filter(|it| it.errors.is_empty()).map(kindly),
        facts: looked.map_or_else(Vec::new, |looked| facts(session, looked)),
        action: format!("{SUBSCRIPTIONS}/{NEW}"),
        back: SUBSCRIPTIONS,
        once: once::fresh(session),
    };
    let status = problem.map_or(StatusCode::OK, |problem| problem.code.status());
    let head = PageHead::new("Bring a subscription over").below("Subscriptions", SUBSCRIPTIONS);
    session.show_as(status, head, &page)
}

/// What would come of it.
fn facts(session: &Session, looked: &BringOverPreview) -> Vec<Fact> {
    let it = &looked.subscription;
    let mut facts = vec![
        Fact::new("Subscription", on_a_line(&it.terms.title)),
        Fact::new("Costs", rows::price(session, it)),
        Fact::new("Started", session.day(it.started_on).text),
    ];
    if let Some(period) = it.current_period {
        facts.push(Fact::new("Current period", rows::days(session, period)));
    }
    facts.push(Fact::new("Term", rows::days(session, it.current_term)));
    facts.push(match (looked.next_booking_on, it.cancel_on.or(it.ended_on)) {
        (Some(on), _) => Fact::new("Next invoice", session.day(on).text),
        (None, Some(on)) => Fact::new("Ends", session.day(on).text),
        (None, None) => Fact::new("Next invoice", "none to come"),
    });
    let at_once = looked.invoices.iter().map(|it| rows::invoice(session, it).gross);
    facts.extend(at_once.map(|gross| Fact::new("Invoiced at once", gross)));
    facts
}

/// The offers that can be picked, also those that are not sold any more.
async fn offers(session: &Session) -> Result<Vec<(String, Phrase)>, Failure> {
    let offers = session.app.list::<Offer>(&session.merchant, Page::first(PICKED_MAX)).await?;
    let named = offers.into_iter().map(|it| {
        let title = on_a_line(&it.terms.title);
        let label = if it.active { title.into() } else { phrase!("{} (not sold any more)", title) };
        (it.terms.offer.to_string(), label)
    });
    Ok(std::iter::once((String::new(), "Pick one".into())).chain(named).collect())
}
