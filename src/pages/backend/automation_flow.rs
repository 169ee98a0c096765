//! An automation card by card: what makes customers start, and each message with its delay, its
//! template and what it would say; one more is added below. The first message makes the automation.

use axum::extract::{Path, Query};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::app::expected::Expected;
use crate::app::message_texts::PreviewedStep;
use crate::app::reads::Page;
use crate::domain::automation::{Automation, Channel, Delay, State, StepText, Trigger};
use crate::domain::catalogue::Offer;
use crate::domain::ids::{AutomationId, is_valid_id};
use crate::domain::message_template::MessageTemplate;
use crate::edge::drafts::Draft;
use crate::edge::etag::{Preconditions, version_of};
use crate::edge::problem::{Code, Problem};
use crate::pages::backend::answer::{Answer, Failure, SentForm};
use crate::pages::backend::automation_step::{Change, FIELDS, in_form};
use crate::pages::backend::definitions::{PICKED_MAX, status, wrong};
use crate::pages::backend::filters::asked;
use crate::pages::backend::forms::{FormValues, form};
use crate::pages::backend::places::{AUTOMATION_COUPON, AUTOMATION_FLOW, AUTOMATIONS};
use crate::pages::backend::query::encode;
use crate::pages::backend::session::{PageHead, Session};
use crate::pages::backend::{automation_places as places, automation_words as words};
use crate::render::backend::frame::{Link, Tone};
use crate::render::backend::parts::Badge;
use crate::render::backend::phrase::{Phrase, phrase};
use crate::render::backend::set_up::{FlowPage, FlowStep, Preview, StepForm};
use crate::rules::definitions::automations::AutomationDraft;
use crate::wire::definitions::Published;

/// What is set up.
pub(super) const TITLE: &str = "Post-purchase upsell";
/// Under which id, with a number behind it where there is one already.
const ID: &str = "post-purchase-upsell";
/// More of them than anybody sets up.
const IDS_MAX: usize = 200;
/// How long after its delivery a message may bring a purchase about, to begin with.
const WINDOW: &str = "PT120H";
/// Asks for one more message.
const NEXT: &str = "+";

/// The coupon that was chosen for an automation which is not there yet, and which form is open.
#[derive(Debug, Default, Deserialize)]
pub(super) struct FlowQuery {
    coupon: Option<String>,
    valid_days: Option<String>,
    edit: Option<String>,
}

/// What is set up: something new with the coupon that was chosen for it, or what is there.
enum Flow {
    New { id: String, coupon: Option<(String, i64)> },
    Stored(Box<Automation>),
}

impl Flow {
    /// What the API would take for it.
    fn said(&self) -> Value {
        match self {
            Self::Stored(automation) => automation.said(),
            Self::New { coupon, .. } => json!({
                "title": TITLE,
                "trigger": Trigger::FirstOrderDelivered.name(),
                "coupon": coupon.as_ref().map(|(id, days)| {
                    json!({"coupon": id, "valid_days": days})
                }),
                "steps": [],
                "attribution_window": WINDOW,
            }),
        }
    }

    fn id(&self) -> &str {
        match self {
            Self::New { id, .. } => id,
            Self::Stored(automation) => automation.id.as_str(),
        }
    }

    /// Its page.
    fn address(&self) -> String {
        match self {
            Self::New { coupon: None, .. } => AUTOMATION_FLOW.to_owned(),
            Self::New { coupon: Some((id, days)), .. } => {
                format!("{AUTOMATION_FLOW}?coupon={}&valid_days={days}", encode(id))
            }
            Self::Stored(automation) => places::flow(&automation.id),
        }
    }

    /// Its page with a form open.
    fn editing(&self, key: &str) -> String {
        let address = self.address();
        let sign = if address.contains('?') { '&' } else { '?' };
        format!("{address}{sign}edit={}", encode(key))
    }

    /// Where its forms are sent.
    fn action(&self) -> String {
        match self {
            Self::New { .. } => AUTOMATION_FLOW.to_owned(),
            Self::Stored(automation) => places::flow(&automation.id),
        }
    }
}

/// Shows the cards of one that is not there yet.
pub(super) async fn begin(session: Session, Query(wanted): Query<FlowQuery>) -> Answer {
    let coupon = chosen(wanted.coupon.as_ref(), wanted.valid_days.as_ref());
    let flow = Flow::New { id: free_id(&session).await?, coupon };
    let open = wanted.edit.is_some().then(|| (NEXT.to_owned(), blank(&session)));
    page(&session, &flow, open, None).await
}

/// Saves its first message, and so makes it.
pub(super) async fn save_first(session: Session, sent: SentForm) -> Answer {
    let values = session.values(sent);
    let coupon = Some(values.text("coupon").to_owned());
    let coupon = chosen(coupon.as_ref(), Some(&values.text("valid_days").to_owned()));
    let id = match values.text("id") {
        id if is_valid_id(id) => id.to_owned(),
        _ => free_id(&session).await?,
    };
    saved(&session, &Flow::New { id, coupon }, &values).await
}

/// Shows the cards of one that is there.
pub(super) async fn show(
    session: Session,
    Path(id): Path<String>,
    Query(wanted): Query<FlowQuery>,
) -> Answer {
    let flow = stored(&session, &AutomationId::stored(id)).await?;
    let Flow::Stored(automation) = &flow else { return page(&session, &flow, None, None).await };
    let edited = asked(wanted.edit.as_ref()).filter(|_| session.may().catalogue);
    let open = edited.map(|key| {
        let values = match automation.terms.steps.iter().position(|step| step.key == key) {
            Some(place) => values_of(&session, automation, place),
            None => blank(&session),
        };
        (key, values.with("version", version_of(&automation.said())))
    });
    page(&session, &flow, open, None).await
}

/// Saves one of its messages, adds one, or takes one out.
pub(super) async fn save(session: Session, Path(id): Path<String>, sent: SentForm) -> Answer {
    let flow = stored(&session, &AutomationId::stored(id)).await?;
    saved(&session, &flow, &session.values(sent)).await
}

async fn stored(session: &Session, id: &AutomationId) -> Result<Flow, Failure> {
    let automation = session.app.get::<Automation>(&session.merchant, id).await?;
    Ok(Flow::Stored(Box::new(automation)))
}

fn chosen(coupon: Option<&String>, days: Option<&String>) -> Option<(String, i64)> {
    let coupon = asked(coupon).filter(|id| is_valid_id(id))?;
    Some((coupon, asked(days)?.parse().ok()?))
}

async fn free_id(session: &Session) -> Result<String, Failure> {
    let all = Page::first(PICKED_MAX);
    let taken = session.app.list::<Automation>(&session.merchant, all).await?;
    let is_free = |id: &String| !taken.iter().any(|it| it.id.as_str() == id);
    let numbered = (2..IDS_MAX).map(|number| format!("{ID}-{number}"));
    let mut ids = [ID.to_owned()].into_iter().chain(numbered);
    Ok(ids.find(is_free).unwrap_or_default())
}

/// What came of a form that was sent.
async fn saved(session: &Session, flow: &Flow, values: &FormValues) -> Answer {
    let id = AutomationId::stored(flow.id().to_owned());
    let (change, faults) = Change::of(flow.said(), values);
    let done = if faults.is_empty() {
        Box::pin(put(session, flow, &id, (&change, values))).await
    } else {
        Err(Problem::invalid(faults))
    };
    let problem = match done {
        Ok(()) => return session.go(&places::flow(&id), change.told()),
        Err(problem) if problem.code == Code::PreconditionFailed => {
            let now = stored(session, &id).await?;
            if change.is_in(&now.said()) {
                // It was sent twice.
                return session.go(&places::flow(&id), change.told());
            }
            let words = "Somebody has changed this in the meantime: look at it once more.";
            let problem = Problem::new(Code::PreconditionFailed, words);
            let values = values.clone().with("version", version_of(&now.said()));
            let open = Some((open_key(&values), values));
            return page(session, &now, open, Some(&problem)).await;
        }
        Err(problem) => in_form(wrong(problem)?, change.place),
    };
    page(session, flow, Some((open_key(values), values.clone())), Some(&problem)).await
}

fn open_key(values: &FormValues) -> String {
    match values.text("step") {
        "" => NEXT.to_owned(),
        key => key.to_owned(),
    }
}

async fn put(
    session: &Session,
    flow: &Flow,
    id: &AutomationId,
    (change, values): (&Change, &FormValues),
) -> Result<(), Problem> {
    let sent = Draft::<AutomationDraft>::of(change.body.clone())?.sent();
    let expected = match flow {
        Flow::New { .. } => Expected::Nothing,
        Flow::Stored(_) if values.version().is_empty() => Expected::Anything,
        Flow::Stored(automation) => {
            let current = async { Ok(((**automation).clone(), automation.said())) };
            Preconditions::as_seen(values.version()).expect(current).await?
        }
    };
    session.app.put::<Automation>(&session.merchant, id.clone(), sent, expected).await?;
    Ok(())
}

/// What stands in the form of one more message.
fn blank(session: &Session) -> FormValues {
    let channel = if session.app.mails() { Channel::Email } else { Channel::Webhook };
    FormValues::default()
        .by(session.notation())
        .with("/wait", "1")
        .with("/unit", "days")
        .with("/channel", channel.name())
}

/// What stands in the form of a message.
fn values_of(session: &Session, automation: &Automation, place: usize) -> FormValues {
    let values = FormValues::default().by(session.notation());
    let Some(step) = automation.terms.steps.get(place) else { return values };
    let (wait, unit) = waited(&step.delay);
    let template = match &step.says {
        StepText::Named(id) => id.to_string(),
        StepText::Own(_) => String::new(),
    };
    values
        .with("step", &step.key)
        .with("/wait", wait.to_string())
        .with("/unit", unit)
        .with("/template", template)
        .with("/channel", step.channel.name())
        .with("/link", step.link.clone().unwrap_or_default())
        .with("/checkout", step.checkout.as_ref().map(ToString::to_string).unwrap_or_default())
}

fn waited(delay: &Delay) -> (i64, &'static str) {
    let minutes = delay.minutes();
    match minutes {
        _ if minutes % (24 * 60) == 0 => (minutes / (24 * 60), "days"),
        _ if minutes % 60 == 0 => (minutes / 60, "hours"),
        _ => (minutes, "minutes"),
    }
}

async fn page(
    session: &Session,
    flow: &Flow,
    open: Option<(String, FormValues)>,
    problem: Option<&Problem>,
) -> Answer {
    let (app, merchant) = (&session.app, &session.merchant);
    let all = || Page::first(PICKED_MAX);
    let templates = app.list::<MessageTemplate>(merchant, all()).await?;
    let needs_templates = templates.is_empty();
    let templates = templates.into_iter().map(|it| (it.id.to_string(), it.title));
    let offers = app.list::<Offer>(merchant, all()).await?;
    let offers = offers.into_iter().map(|it| (it.terms.offer.to_string(), it.terms.title));
    let none = || (String::new(), "–".to_owned());
    let choices = Choices {
        templates: [none()].into_iter().chain(templates).collect(),
        offers: [none()].into_iter().chain(offers).collect(),
    };
    let (open_at, values) = open.unzip();
    let step_form = |key: &str| {
        let values = values.as_ref().filter(|_| open_at.as_deref() == Some(key))?;
        Some(filled_form(flow, key, values, problem, &choices))
    };
    let previews = match flow {
        Flow::New { .. } => Vec::new(),
        Flow::Stored(automation) => app.preview_steps(merchant, &automation.id).await?,
    };
    let steps = match flow {
        Flow::New { .. } => Vec::new(),
        Flow::Stored(it) => cards(flow, it, previews, step_form),
    };
    let is_known = |key: &str| steps.iter().any(|step| step.key == key);
    let next = open_at.as_deref().filter(|key| !is_known(key)).and_then(step_form);
    let (trigger, started, state, live) = match flow {
        Flow::New { .. } => {
            let trigger = Trigger::FirstOrderDelivered;
            (trigger, None, Badge::new(Tone::Plain, "new"), None)
        }
        Flow::Stored(it) => {
            let report = app.automation_report(merchant, &it.id, (None, None)).await?;
            let at = places::report(&it.id);
            let started = Link::new(report.started.to_string(), at.clone());
            let sleeps = matches!(it.state, State::Draft | State::Stopped);
            (it.terms.trigger, Some(started), words::state(it.state), sleeps.then_some(at))
        }
    };
    let title = match flow {
        Flow::New { .. } => Phrase::from(TITLE),
        Flow::Stored(automation) => automation.terms.title.clone().into(),
    };
    let edit = match flow {
        Flow::New { .. } => None,
        Flow::Stored(automation) => Some(format!("{AUTOMATIONS}/{}", automation.id)),
    };
    let shown = FlowPage {
        title: title.clone(),
        state,
        action: flow.action(),
        coupon: coupon_words(flow),
        coupon_at: edit.is_none().then(|| AUTOMATION_COUPON.to_owned()),
        trigger: words::trigger(trigger),
        first_purchases: app.count_triggered(merchant, trigger).await?.to_string(),
        started,
        steps,
        next,
        add: flow.editing(NEXT),
        live,
        edit,
        needs_templates,
    };
    let head = PageHead::new(title).below("Automations", AUTOMATIONS);
    session.show_as(status(problem), head.with(&["automations.css"], &[]), &shown)
}

fn cards(
    flow: &Flow,
    automation: &Automation,
    previews: Vec<PreviewedStep>,
    form: impl Fn(&str) -> Option<StepForm>,
) -> Vec<FlowStep> {
    let card = |(step, previewed): (&crate::domain::automation::Step, PreviewedStep)| FlowStep {
        key: step.key.clone(),
        delay: words::elapsed(&step.delay),
        channel: match step.channel {
            Channel::Email => "Mail",
            Channel::Webhook => "Webhook",
        },
        says: words::says(step),
        edit: flow.editing(&step.key),
        previews: previewed.languages.into_iter().map(preview).collect(),
        form: form(&step.key),
    };
    automation.terms.steps.iter().zip(previews).map(card).collect()
}

fn preview((language, says): (String, crate::wire::messages::PreviewedMessage)) -> Preview {
    Preview { language, subject: says.subject, text: says.text }
}

/// What the coupon of an automation is, in words.
fn coupon_words(flow: &Flow) -> Phrase {
    let said = flow.said();
    let Some(coupon) = said["coupon"].as_object() else {
        return "No coupon.".into();
    };
    let days = &coupon["valid_days"];
    let gives = named_or_own(coupon);
    phrase!(
        "Each customer gets {}, under a code of their own, valid for {} days.",
        gives,
        days.to_string()
    )
}

fn named_or_own(coupon: &Map<String, Value>) -> Phrase {
    let text = |name: &str| coupon.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    match (text("coupon").as_str(), text("kind").as_str()) {
        ("", "percent") => phrase!("{} % off", text("value")),
        ("", "amount") => phrase!("{} {} off", text("value"), text("currency")),
        ("", _) => "free shipping".into(),
        (coupon, _) => phrase!("what the coupon “{}” gives", coupon.to_owned()),
    }
}

/// What can be picked in a form.
struct Choices {
    templates: Vec<(String, String)>,
    offers: Vec<(String, String)>,
}

fn filled_form(
    flow: &Flow,
    key: &str,
    values: &FormValues,
    problem: Option<&Problem>,
    choices: &Choices,
) -> StepForm {
    let units = [("days", "days"), ("hours", "hours"), ("minutes", "minutes")];
    let channels = [("email", "a mail"), ("webhook", "a call of a webhook endpoint")];
    let mut form = form(FIELDS, values, problem)
        .with_options("unit", units)
        .with_options("channel", channels)
        .with_options("template", choices.templates.clone())
        .with_options("checkout", choices.offers.clone());
    let keys = FIELDS.iter().map(|spec| spec.at.trim_start_matches('/'));
    let fields = keys.filter_map(|key| form.fields.remove(key)).collect();
    let hidden = match flow {
        Flow::Stored(_) => Vec::new(),
        Flow::New { id, coupon } => {
            let (coupon, days) = coupon.clone().unwrap_or_default();
            let days = if coupon.is_empty() { String::new() } else { days.to_string() };
            let named = [("id", id.clone()), ("coupon", coupon), ("valid_days", days)];
            named.into_iter().map(|(name, value)| Link::new(name.to_owned(), value)).collect()
        }
    };
    let is_one_of_many = match flow {
        Flow::New { .. } => false,
        Flow::Stored(automation) => automation.terms.steps.len() > 1,
    };
    StepForm {
        action: flow.action(),
        step: if key == NEXT { String::new() } else { key.to_owned() },
        hidden,
        form,
        fields,
        can_go: is_one_of_many && key != NEXT,
        back: flow.address(),
    }
}
