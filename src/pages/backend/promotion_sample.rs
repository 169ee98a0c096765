//! What a promotion tells for a sample cart, as it stands in its form and before it is saved.

use serde_json::json;

use crate::app::explained::RuleKind;
use crate::domain::ids::PromotionId;
use crate::domain::promotion::Promotion;
use crate::edge::problem::{FieldError, Problem};
use crate::pages::backend::answer::Failure;
use crate::pages::backend::definitions::{TRY, draft, wrong};
use crate::pages::backend::forms::{FormValues, Spec};
use crate::pages::backend::rule_forms::currency;
use crate::pages::backend::session::Session;
use crate::pages::backend::why_not::{lines, told as meaning};
use crate::render::backend::form::Kind;
use crate::render::backend::phrase::{Phrase, phrase};
use crate::rules::definitions::carts::CartDraft;
use crate::wire::carts::{CartEvaluation, Standing};

/// Where the cart stands in the form; the promotion itself knows nothing of it.
pub(super) const SAMPLE: &str = "/sample";

/// What it costs to ship it.
pub(super) const SHIPPING: &str = "/sample_shipping";

/// What is typed of it.
pub(super) const FIELDS: &[Spec] = &[
    Spec::new(SAMPLE, "Sample cart", Kind::Lines)
        .hint("One a line: product, pieces, net price of one. Or such as offer: month."),
    Spec::new(SHIPPING, "Its shipping cost", Kind::Text),
];

/// What it tells, where that is asked, or what is wrong with it.
///
/// # Errors
/// Only where the engine or its database fails.
pub(super) async fn told(
    session: &Session,
    place: &str,
    values: &FormValues,
) -> Result<Result<Option<Phrase>, Problem>, Failure> {
    if values.text(TRY).is_empty() {
        return Ok(Ok(None));
    }
    Ok(tried(session, place, values).await?.map(Some))
}

/// What it tells while the cart is typed; none where there is no cart yet, or something is wrong.
///
/// # Errors
/// Only where the engine or its database fails.
pub(super) async fn at_once(
    session: &Session,
    place: &str,
    values: &FormValues,
) -> Result<Option<Phrase>, Failure> {
    if values.text(SAMPLE).trim().is_empty() {
        return Ok(None);
    }
    Ok(tried(session, place, values).await?.ok())
}

async fn tried(
    session: &Session,
    place: &str,
    values: &FormValues,
) -> Result<Result<Phrase, Problem>, Failure> {
    let sent = match draft::<Promotion>(values) {
        Ok(sent) => sent,
        Err(problem) => return Ok(Err(problem)),
    };
    let (app, merchant) = (&session.app, &session.merchant);
    let id = PromotionId::stored(place.to_owned());
    let promotion = match app.judge::<Promotion>(merchant, id, sent).await {
        Ok(promotion) => promotion,
        Err(error) => return wrong(error.into()).map(Err),
    };
    let cart = match cart(values, promotion.currency.code()) {
        Ok(cart) => cart,
        Err(problem) => return Ok(Err(problem)),
    };
    match app.try_promotion(merchant, promotion, cart.into()).await {
        Ok(evaluation) => Ok(Ok(in_words(&evaluation))),
        Err(error) => wrong(error.into()).map(|problem| Err(at_its_field(problem))),
    }
}

/// The cart that was typed.
fn cart(values: &FormValues, code: &str) -> Result<CartDraft, Problem> {
    let (lines, errors) = lines(values.text(SAMPLE));
    let mut found: Vec<FieldError> = errors;
    let shipping = values.text(SHIPPING).trim();
    let shipping = match (shipping, currency(values)) {
        ("", _) => None,
        (text, None) => Some(text.to_owned()),
        (text, Some(currency)) => values
            .notation()
            .amount(text, currency)
            .map_err(|words| found.push(FieldError::new(SHIPPING, words)))
            .ok(),
    };
    if !found.is_empty() {
        return Err(at_its_field(Problem::invalid(found)));
    }
    let cart = json!({"lines": lines, "currency": code, "channel": "web",
        "shipping_cost": shipping});
    serde_json::from_value(cart)
        .map_err(|error| Problem::invalid(vec![FieldError::new(SAMPLE, error.to_string())]))
}

/// A problem of a cart, as it stands in this form.
fn at_its_field(mut problem: Problem) -> Problem {
    for error in &mut problem.errors {
        if let Some(rest) = error.pointer.strip_prefix("/lines") {
            error.pointer = format!("{SAMPLE}{rest}");
        } else if error.pointer == "/shipping_cost" {
            SHIPPING.clone_into(&mut error.pointer);
        }
    }
    problem
}

fn in_words(evaluation: &CartEvaluation) -> Phrase {
    let standing = evaluation.promotions.first();
    let reason = evaluation.considered.first().and_then(|it| it.reason.as_deref());
    match standing.map(|it| (it.state, &it.upsells)) {
        Some((Standing::Earned, _)) => "This cart earns it: nothing more is told.".into(),
        Some((Standing::Near, upsells)) => {
            let messages = upsells.iter().map(|it| phrase!("“{}”", it.message.clone()));
            phrase!("This cart is told: {}", Phrase::joined(messages, "{} {}"))
        }
        _ => {
            let meaning = reason.and_then(|code| meaning(RuleKind::Promotion, code));
            phrase!("This cart is told nothing. {}", meaning.unwrap_or_default())
        }
    }
}
