//! Setting up the messages after a purchase begins with the coupon that each customer gets: one
//! that is suggested, one of one's own, or none. The cards of the messages are for
//! `automation_flow`.

use axum::extract::Query;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::expected::Expected;
use crate::domain::coupon::Coupon;
use crate::domain::ids::CouponId;
use crate::domain::money::Money;
use crate::edge::drafts::Draft;
use crate::edge::problem::{Code, FieldError, Problem};
use crate::pages::backend::answer::{Answer, SentForm};
use crate::pages::backend::automation_flow;
use crate::pages::backend::coupons::read_worth;
use crate::pages::backend::definitions::{status, wrong};
use crate::pages::backend::forms::{FormValues, Spec, form};
use crate::pages::backend::naming::{NEW, named};
use crate::pages::backend::places::{AUTOMATION_COUPON, AUTOMATION_FLOW, AUTOMATIONS};
use crate::pages::backend::query::encode;
use crate::pages::backend::session::{PageHead, Session};
use crate::render::backend::form::Kind;
use crate::render::backend::frame::Link;
use crate::render::backend::set_up::{CouponPage, Suggestion};
use crate::rules::definitions::coupons::CouponDraft;
use crate::wire::definitions::Published;

/// For how many days a code is valid, unless something else is said.
const VALID_DAYS: &str = "30";
/// The least and the most of them.
const DAYS_RANGE: std::ops::RangeInclusive<i64> = 1..=365;
/// What a suggested amount comes to, in the smallest units of the currency.
const AMOUNT: i64 = 500;
/// How many coupons there may be that were suggested once and made into others since.
const SUGGESTED_MAX: usize = 20;

const DAYS: Spec = Spec::new("/valid_days", "Days valid", Kind::Number)
    .hint("After the day on which a message first shows the code: 1 to 365.")
    .required();

const SUGGESTED: &[Spec] = &[DAYS];

const CUSTOM: &[Spec] = &[
    Spec::new("/title", "Title", Kind::Text).hint("Customers do not see it.").required(),
    Spec::new("/kind", "Gives", Kind::Choice).required(),
    Spec::new("/value", "How much", Kind::Text)
        .hint("A percentage such as 12.5, or an amount; nothing with free shipping."),
    Spec::new("/min_net", "Least net value", Kind::Text),
    DAYS,
];

/// Which coupon is asked for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct CouponQuery {
    custom: Option<String>,
}

/// Asks for the coupon.
pub(super) async fn ask(session: Session, Query(wanted): Query<CouponQuery>) -> Answer {
    let values = FormValues::default().by(session.notation()).with("/valid_days", VALID_DAYS);
    let values = values.with("/suggested", "percent").with("/kind", "percent");
    let is_custom = wanted.custom.is_some();
    page(&session, is_custom, &values, None)
}

/// Keeps the coupon, and goes on to the messages.
pub(super) async fn save(session: Session, sent: SentForm) -> Answer {
    let values = session.values(sent);
    let is_custom = !values.text("custom").is_empty();
    let kept = if is_custom {
        Box::pin(keep_own(&session, &values)).await
    } else {
        match days(&values) {
            Ok(()) => Box::pin(keep_suggested(&session, values.text("/suggested"))).await,
            Err(problem) => Err(problem),
        }
    };
    match kept {
        Ok(coupon) => {
            let days = values.text("/valid_days").trim();
            let to = format!("{AUTOMATION_FLOW}?coupon={}&valid_days={days}", encode(&coupon));
            session.go(&to, "The coupon is saved.")
        }
        Err(problem) => page(&session, is_custom, &values, Some(&wrong(problem)?)),
    }
}

fn days(values: &FormValues) -> Result<(), Problem> {
    let days = values.text("/valid_days").trim().parse().ok();
    let fits = days.is_some_and(|days| DAYS_RANGE.contains(&days));
    let wrong = || Problem::invalid_field("/valid_days", "write a whole number from 1 to 365");
    fits.then_some(()).ok_or_else(wrong)
}

/// What a suggested coupon gives.
fn suggested(session: &Session, name: &str) -> Option<(CouponId, Value)> {
    let currency = session.settings.currency;
    let amount = Money::new(AMOUNT, currency);
    let (id, title, value) = match name {
        "percent" => ("ten-percent", "10 %".to_owned(), json!("10")),
        "amount" => ("an-amount", session.money(amount), json!(amount.amount())),
        "free_shipping" => ("free-shipping", "Free shipping".to_owned(), Value::Null),
        _ => return None,
    };
    let gives = json!({"title": title, "kind": name, "value": value, "currency": currency.code()});
    Some((CouponId::stored(id.to_owned()), gives))
}

/// Keeps a suggested coupon where there is none that gives the same yet; its id. What the merchant
/// has made of one that was suggested earlier is another.
async fn keep_suggested(session: &Session, name: &str) -> Result<String, Problem> {
    let pick = || Problem::invalid_field("", "Pick one of these coupons.");
    let (base, gives) = suggested(session, name).ok_or_else(pick)?;
    let (app, merchant) = (&session.app, &session.merchant);
    for place in 1..=SUGGESTED_MAX {
        let id = match place {
            1 => base.clone(),
            place => CouponId::stored(format!("{base}-{place}")),
        };
        let draft = || Draft::<CouponDraft>::of(gives.clone()).map(Draft::sent);
        let put = app.put::<Coupon>(merchant, id.clone(), draft()?, Expected::Nothing).await;
        match put.map_err(Problem::from) {
            Ok(_) => return Ok(id.to_string()),
            Err(problem) if problem.code == Code::PreconditionFailed => {
                let stored = app.get::<Coupon>(merchant, &id).await?;
                let judged = app.judge::<Coupon>(merchant, id.clone(), draft()?).await?;
                if stored.said() == judged.said() {
                    return Ok(id.to_string());
                }
            }
            Err(problem) => return Err(problem),
        }
    }
    Err(pick())
}

/// Keeps a coupon of one's own; its id.
async fn keep_own(session: &Session, values: &FormValues) -> Result<String, Problem> {
    let specs = &CUSTOM[..CUSTOM.len() - 1];
    let draft = || {
        let (mut body, mut faults) = values.read_all(specs);
        read_worth(&mut body, &mut faults, values);
        Draft::<CouponDraft>::with_faults(body, faults).map(Draft::sent)
    };
    let renamed = |fault: FieldError| {
        Problem::invalid(vec![FieldError { pointer: "/title".to_owned(), ..fault }])
    };
    let (id, days) = (named(NEW, "/title", values).map_err(renamed), days(values));
    let (app, merchant) = (&session.app, &session.merchant);
    let id = match (id, days) {
        (Ok(id), Ok(())) => CouponId::stored(id),
        (id, days) => {
            // What else is wrong is told, too.
            let mut faults: Vec<FieldError> = Vec::new();
            faults.extend(id.err().into_iter().chain(days.err()).flat_map(|it| it.errors));
            let nameless = CouponId::stored(NEW.to_owned());
            let judged = match draft() {
                Ok(draft) => {
                    app.judge::<Coupon>(merchant, nameless, draft).await.map_err(Problem::from)
                }
                Err(problem) => Err(problem),
            };
            if let Err(problem) = judged {
                let is_told = |it: &FieldError| faults.iter().any(|one| one.pointer == it.pointer);
                let more: Vec<_> = problem.errors.into_iter().filter(|it| !is_told(it)).collect();
                faults.extend(more);
            }
            return Err(Problem::invalid(faults));
        }
    };
    let put = app.put::<Coupon>(merchant, id.clone(), draft()?, Expected::Nothing).await;
    match put.map_err(Problem::from) {
        Ok(_) => Ok(id.to_string()),
        Err(problem) if problem.code == Code::PreconditionFailed => {
            // Sent twice, or another coupon of this name.
            let stored = app.get::<Coupon>(merchant, &id).await?;
            let judged = app.judge::<Coupon>(merchant, id.clone(), draft()?).await?;
            let taken = || Problem::invalid_field("/title", "is taken: write another");
            (stored.said() == judged.said()).then(|| id.to_string()).ok_or_else(taken)
        }
        Err(problem) => Err(problem),
    }
}

fn page(
    session: &Session,
    is_custom: bool,
    values: &FormValues,
    problem: Option<&Problem>,
) -> Answer {
    let specs = if is_custom { CUSTOM } else { SUGGESTED };
    let kinds =
        [("percent", "a percentage"), ("amount", "an amount"), ("free_shipping", "free shipping")];
    let mut form = form(specs, values, problem).with_options("kind", kinds);
    let keys = specs.iter().map(|spec| spec.at.trim_start_matches('/'));
    let fields = keys.filter_map(|key| form.fields.remove(key)).collect();
    let offer = |(name, about): (&'static str, &'static str)| {
        let title = suggested(session, name)?.1["title"].as_str()?.to_owned();
        let title = if name == "free_shipping" { "Free shipping".into() } else { title.into() };
        Some(Suggestion { name, title, about, picked: values.text("/suggested") == name })
    };
    let offers = [
        ("percent", "off whatever they buy next"),
        ("amount", "off, for baskets that are much alike"),
        ("free_shipping", "where shipping keeps people from buying"),
    ];
    let other = if is_custom {
        Link::new("Suggested coupons", AUTOMATION_COUPON)
    } else {
        Link::new("Create custom coupon", format!("{AUTOMATION_COUPON}?custom=yes"))
    };
    let page = CouponPage {
        action: AUTOMATION_COUPON,
        suggested: offers.into_iter().filter(|_| !is_custom).filter_map(offer).collect(),
        form,
        fields,
        other,
        skip: AUTOMATION_FLOW,
    };
    let head = PageHead::new(automation_flow::TITLE).below("Automations", AUTOMATIONS);
    session.show_as(status(problem), head.with(&["automations.css"], &[]), &page)
}
