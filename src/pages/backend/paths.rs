//! Up/down-selling: the paths, and the form of one with what it would do beside it.

use axum::extract::Path;
use serde_json::Value;

use crate::app::definitions::JudgedPath;
use crate::domain::ids::{OfferId, PathId};
use crate::domain::path::{Path as Stored, Transition};
use crate::domain::text::Variable;
use crate::domain::validity::Validity;
use crate::edge::problem::{FieldError, Problem};
use crate::pages::backend::answer::{Answer, Failure, SentForm};
use crate::pages::backend::definitions::{
    EditableDefinition, Noun, draft, on_a_line, status, tags, wrong,
};
use crate::pages::backend::forms::{FormValues, Spec, form};
use crate::pages::backend::impact;
use crate::pages::backend::insight::{in_full, insight};
use crate::pages::backend::naming::{id_at, naming};
use crate::pages::backend::notation::Notation;
use crate::pages::backend::places::PATHS;
use crate::pages::backend::rule_forms::{read_texts, state, texts, with_texts};
use crate::pages::backend::session::{PageHead, Session};
use crate::render::backend::catalogue::Cell;
use crate::render::backend::form::{Choice, Kind};
use crate::render::backend::frame::Tone;
use crate::render::backend::impact::EverybodyPage;
use crate::render::backend::parts::Badge;
use crate::render::backend::paths::{Insight, InsightPart, PathPage, VariableRow};
use crate::render::backend::phrase::Phrase;
use crate::rules::definitions::paths::PathDraft;

const NOUN: Noun = Noun {
    one: "path",
    many: "Up/down-selling",
    group: ("Selling", 1),
    here: PATHS,
    about: "Paths from the offers that customers have to those that they can change to. A \
            checkout that is opened for a target offer takes the path by itself.",
    add: "+ Add up/down-selling",
    headings: ["Add up/down-selling", "Edit up/down-selling"],
    search: "Search up/down-selling",
    warning: "No checkout takes this path any more. What was promised on it stays promised.",
    more: &[],
};

/// In the order of the merchant’s manual.
const FIELDS: &[Spec] = &[
    Spec::new("/internal_title", "Internal title", Kind::Text)
        .hint("Names it for you; not visible to customers.")
        .required(),
    Spec::new("/internal_description", "Internal description", Kind::Area)
        .hint("Not visible to customers."),
    Spec::new("/title", "Public title", Kind::Text)
        .hint(
            "For the checkout process, such as “Change from monthly subscription to annual \
             subscription”.",
        )
        .required(),
    Spec::new("/description", "Description for confirmation page", Kind::Area)
        .hint(
            "Such as “We will carry out the desired change of offer for you after your order \
             has been completed at {nextPayment}.”",
        )
        .sent(),
    Spec::new("/source_tags", "Sources (tags)", Kind::Many)
        .hint("The tags from which a change can be made. Several can be selected.")
        .required(),
    Spec::new("/target_tags", "Targets (tags)", Kind::Many)
        .hint("The possible targets: a checkout is opened for an offer that carries one.")
        .required(),
    Spec::new("/optional", "This path is optional", Kind::Flag).hint(
        "Ticked, the target offer is purchased in addition to the source offer; otherwise it \
         replaces the source offer.",
    ),
    Spec::new("/customer_may_switch", "The customer may choose to replace instead", Kind::Flag)
        .hint("Only where the path is optional.")
        .right(
            "Tick “This path is optional”, too, or untick this: what is not optional always \
            replaces.",
        ),
    Spec::new("/transition", "Transition", Kind::Choice)
        .hint("The time of the offer change.")
        .right("Pick one of the five transitions.")
        .required(),
    Spec::new("/proration", "Unused days", Kind::Choice)
        .hint("By the day goes with the two immediate transitions only.")
        .right(
            "By the day goes only with the two transitions that begin with “Immediately”: \
             pick one of them, or pick that unused days are neither credited nor charged.",
        )
        .required(),
    Spec::new("/billing_date", "The next billing date", Kind::Choice)
        .hint("It can stay only where an immediate change goes by the day.")
        .right(
            "It can stay only where the change comes immediately and unused days are credited \
             and charged by the day: pick both, or pick that it starts anew.",
        )
        .required(),
    Spec::new("/introduction", "Those who replace have the introduction, too", Kind::Flag).hint(
        "The trial and the first prices of the target offer, where the customer is granted them.",
    ),
    Spec::new("/unpaid_source", "If the current subscription is not paid", Kind::Choice)
        .right("Pick one of the two.")
        .required(),
    Spec::new("/active", "Active", Kind::Flag).hint("Unticked, no checkout takes it."),
    Spec::new("/priority", "Priority", Kind::Number)
        .hint("Of several paths that fit, the one with the highest fires.")
        .right("Write a whole number from -1000000 to 1000000, such as 0 or 10.")
        .required(),
    Spec::new("/valid_from", "First day", Kind::Date).hint("From the beginning, if left empty."),
    Spec::new("/valid_until", "Last day", Kind::Date)
        .hint("For good, if left empty.")
        .right("The last day lies before the first day: pick a later one."),
    texts(
        "For each language what customers read, such as {\"de\": {\"title\": \"Wechsel zu \
         {offerTitle}\"}}",
    ),
];

const PRORATIONS: [(&str, &str); 2] =
    [("none", "are neither credited nor charged"), ("day", "are credited and charged by the day")];

const BILLING_DATES: [(&str, &str); 2] = [
    ("reset", "starts anew on the day of the change"),
    ("keep", "stays that of the current subscription"),
];

const UNPAID: [(&str, &str); 2] =
    [("refuse", "it cannot be changed"), ("allow", "it can be changed all the same")];

impl EditableDefinition for Stored {
    const NOUN: Noun = NOUN;
    const FIELDS: &'static [Spec] = FIELDS;
    const COLUMNS: &'static [(&'static str, bool)] =
        &[("Transition", false), ("Edges", true), ("State", false), ("Warnings", false)];
    const NAMED_BY: &'static str = "/internal_title";

    fn title(&self) -> String {
        self.internal_title.clone()
    }

    async fn cells(session: &Session, paths: &[Self]) -> Result<Vec<Vec<Cell>>, Failure> {
        let judged = session.app.judge_paths(&session.merchant, paths.to_vec()).await?;
        Ok(judged.iter().map(|path| cells(session, path)).collect())
    }

    fn blank(_: &Session) -> FormValues {
        FormValues::default()
            .with("/transition", Transition::NextBooking.name())
            .with("/proration", "none")
            .with("/billing_date", "reset")
            .with("/unpaid_source", "refuse")
            .with("/priority", "0")
            .with("/active", "true")
    }

    fn values(&self, notation: Notation) -> FormValues {
        with_texts(FIELDS, self, notation)
    }

    fn read(values: &FormValues) -> (Value, Vec<FieldError>) {
        let (mut body, mut faults) = values.read_all(FIELDS);
        read_texts(&mut body, &mut faults);
        (body, faults)
    }

    async fn page(
        session: &Session,
        place: &str,
        values: &FormValues,
        problem: Option<&Problem>,
    ) -> Answer {
        let tags = tags(session).await?;
        let transitions = Transition::ALL.map(|it| (it.name(), in_full(it)));
        let mut form = form(FIELDS, values, problem)
            .with_options("source_tags", tags.clone())
            .with_options("target_tags", tags)
            .with_options("transition", transitions)
            .with_options("proration", PRORATIONS)
            .with_options("billing_date", BILLING_DATES)
            .with_options("unpaid_source", UNPAID);
        let naming = naming(place, values, problem, &mut form);
        let page = PathPage {
            heading: NOUN.heading(place),
            id: id_at(place),
            action: NOUN.address(place),
            naming,
            form,
            transitions: Transition::ALL.map(|it| (in_full(it).into(), meaning(it).into())).into(),
            variables: Variable::ALL.iter().copied().map(described).collect(),
            insight: look(session, place, values).await?,
        };
        let head = NOUN.head(NOUN.heading(place)).with(&[], &["path.js"]);
        session.show_as(status(problem), head, &page)
    }
}

fn cells(session: &Session, judged: &JudgedPath) -> Vec<Cell> {
    let path = &judged.path;
    let (from, until) = (path.valid_from, path.valid_until);
    let validity = Validity { active: path.active, from, until };
    let named = |code: &'static str| Phrase::told(code.replace('_', " "));
    let badge = |code: &'static str| Badge::new(Tone::Warn, named(code));
    let warnings = judged.warnings.iter().map(|warning| badge(warning.code)).collect();
    vec![
        Cell::text(in_full(path.transition)),
        Cell::number(judged.edges.to_string()),
        Cell::badge(state(session, &validity)),
        Cell { badges: warnings, ..Cell::default() },
    ]
}

/// Shows what a path would do before it is saved: the form again, or the part beside it alone for
/// the script that keeps it up to date.
pub(super) async fn check(session: Session, Path(place): Path<String>, sent: SentForm) -> Answer {
    let values = session.values(sent);
    if values.text("part") == "insight" {
        let insight = look(&session, &place, &values).await?;
        return session.show(PageHead::new(NOUN.many), &InsightPart { insight });
    }
    let judged = judge(&session, &place, &values).await?;
    Stored::page(&session, &place, &values, judged.path.err().as_ref()).await
}

/// Shows what a path would mean for everybody before it is saved, or what is wrong with it.
pub(super) async fn everybody(
    session: Session,
    Path(place): Path<String>,
    sent: SentForm,
) -> Answer {
    let values = session.values(sent);
    let path = match judge(&session, &place, &values).await?.path {
        Ok(path) => path,
        Err(problem) => return Stored::page(&session, &place, &values, Some(&problem)).await,
    };
    let target = OfferId::parse(values.text("target")).ok();
    let impact = session.app.impact_of(&session.merchant, path, target).await?;
    let targets = impact.others.iter().map(|offer| Choice {
        value: offer.terms.offer.to_string(),
        label: on_a_line(&offer.terms.title).into(),
        selected: false,
    });
    let page = EverybodyPage {
        action: NOUN.address(&place),
        values: values.pairs(),
        targets: targets.collect(),
        answer: impact::told(&session, &impact),
    };
    session.show(NOUN.head("What it would mean for everybody"), &page)
}

/// What was typed, as far as it goes.
struct JudgedPathForm {
    /// A draft without what is wrong.
    sketch: Option<PathDraft>,
    /// The path that it makes, or every fault.
    path: Result<Stored, Problem>,
}

async fn judge(
    session: &Session,
    place: &str,
    values: &FormValues,
) -> Result<JudgedPathForm, Failure> {
    let sent = match draft::<Stored>(values) {
        Ok(sent) => sent,
        Err(problem) => return Ok(JudgedPathForm { sketch: None, path: Err(wrong(problem)?) }),
    };
    let sketch = Some(sent.draft.clone());
    let id = PathId::stored(place.to_owned());
    let path = match session.app.judge::<Stored>(&session.merchant, id, sent).await {
        Ok(path) => Ok(path),
        Err(error) => Err(wrong(error.into())?),
    };
    Ok(JudgedPathForm { sketch, path })
}

/// What the path would do, as far as it goes.
async fn look(session: &Session, place: &str, values: &FormValues) -> Result<Insight, Failure> {
    let judged = judge(session, place, values).await?;
    let id = PathId::stored(place.to_owned());
    let weighed = match judged.sketch {
        Some(sketch) => session.app.weigh_path(&session.merchant, id, sketch).await?,
        None => None,
    };
    Ok(insight(session, weighed.as_ref(), judged.path.err().as_ref()))
}

/// What a transition does, as the merchant's manual has it.
fn meaning(transition: Transition) -> &'static str {
    match transition {
        Transition::Immediate => {
            "Changes immediately upon completion of the checkout process, and invoices at once."
        }
        Transition::ImmediateNextBooking => {
            "Changes immediately upon completion of the checkout process. However, the invoice is \
             not issued until the next booking date."
        }
        Transition::LastBooking => {
            "Starts with the last accounting period: the last invoice is cancelled completely, \
             and a new one with a longer term is issued, based on the last accounting period."
        }
        Transition::NextBooking => {
            "The change is noted, but not carried out until the next billing date of the current \
             subscription."
        }
        Transition::EndOfTerm => "The change takes place at the end of the subscription interval.",
    }
}

fn described(variable: Variable) -> VariableRow {
    let (name, about) = match variable {
        Variable::OfferTitle => ("{offerTitle}", "the title of the target offer"),
        Variable::NextPayment => ("{nextPayment}", "the next due date"),
        Variable::SubscriptionId => ("{subscriptionId}", "the id of the current subscription"),
        Variable::SubscriptionTitle => {
            ("{subscriptionTitle}", "the titles of the products in the current subscription")
        }
        Variable::SubscriptionPrice => {
            ("{subscriptionPrice}", "the monthly price of the current subscription")
        }
        Variable::EffectiveDate => ("{effectiveDate}", "the day of the change"),
        Variable::TargetPrice => ("{targetPrice}", "the price of the target with its period"),
        Variable::AmountDue => ("{amountDue}", "what is due now"),
        Variable::Introduction => ("{introduction}", "the trial and the first prices"),
    };
    VariableRow { name, about }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variable_is_written_as_it_is_read() {
        for variable in Variable::ALL {
            assert_eq!(described(variable).name, format!("{{{}}}", variable.name()));
        }
    }
}
