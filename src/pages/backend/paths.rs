//! Up/down-selling: the paths, and the form of one with what it would do beside it.

use axum::extract::{Path, Query};

use crate::app::definitions::JudgedPath;
use crate::app::expected::Expected;
use crate::domain::ids::PathId;
use crate::domain::path::{Path as Stored, Transition};
use crate::domain::text::Variable;
use crate::http::drafts::Draft;
use crate::http::problem::Problem;
use crate::pages::backend::definitions::{
    NEW, Noun, both, id_at, known, named, naming, status, tags, unsaved,
};
use crate::pages::backend::desk::{Desk, Head};
use crate::pages::backend::forms::{Spec, Typed, form};
use crate::pages::backend::guard::{Answer, Failure, Sent};
use crate::pages::backend::insight::{in_full, insight};
use crate::pages::backend::lists::{Browse, Order};
use crate::render::backend::catalogue::{Cell, Row};
use crate::render::backend::form::Kind;
use crate::render::backend::frame::{Link, Tone};
use crate::render::backend::parts::Badge;
use crate::render::backend::paths::{Insight, InsightPart, PathPage, VariableRow};
use crate::rules::definitions::paths::{PathDraft, decide_path};
use crate::wire::from_catalog;
use crate::wire::paths::PathBody;

/// Where the paths stand.
pub(super) const HERE: &str = "/backend/paths";

const NOUN: Noun = Noun {
    one: "path",
    many: "Up/down-selling",
    here: HERE,
    about: "Paths from the offers that customers have to those that they can change to. A \
            checkout that is opened for a target offer takes the path by itself.",
    add: "+ Add up/down-selling",
    headings: ["Add up/down-selling", "Edit up/down-selling"],
    search: "Search up/down-selling",
    warning: "No checkout takes this path any more. What was promised on it stays promised.",
};

/// In the order of the merchant's manual.
const FIELDS: &[Spec] = &[
    Spec::new("/internal_title", "Internal title", Kind::Text)
        .hint("Not visible to customers.")
        .required(),
    Spec::new("/internal_description", "Internal description", Kind::Area)
        .hint("Not visible to customers."),
    Spec::new("/title", "Public title", Kind::Text)
        .hint("For the checkout, such as “Change from monthly to annual subscription”.")
        .required(),
    Spec::new("/description", "Description for the confirmation page", Kind::Area)
        .hint("Such as “We will carry out the change for you at {nextPayment}.”")
        .required(),
    Spec::new("/source_tags", "Sources (tags)", Kind::Many)
        .hint("From these a change can be made."),
    Spec::new("/target_tags", "Targets (tags)", Kind::Many)
        .hint("To these: a checkout is opened for an offer that carries one."),
    Spec::new("/optional", "This path is optional", Kind::Flag).hint(
        "Ticked, the target offer is purchased in addition to the source offer; otherwise it \
         replaces the source offer.",
    ),
    Spec::new("/customer_may_switch", "The customer may choose to replace instead", Kind::Flag)
        .hint("Only where the path is optional."),
    Spec::new("/transition", "Transition", Kind::Choice).required(),
    Spec::new("/proration", "Unused days", Kind::Choice)
        .hint("By the day goes with the two immediate transitions only.")
        .required(),
    Spec::new("/unpaid_source", "If the current subscription is not paid", Kind::Choice).required(),
    Spec::new("/active", "Active", Kind::Flag),
    Spec::new("/priority", "Priority", Kind::Number)
        .hint("Of several paths that fit, the one with the highest fires.")
        .required(),
    Spec::new("/valid_from", "First day", Kind::Date),
    Spec::new("/valid_until", "Last day", Kind::Date),
];

const PRORATIONS: [(&str, &str); 2] =
    [("none", "are neither credited nor charged"), ("day", "are credited and charged by the day")];

const UNPAID: [(&str, &str); 2] =
    [("refuse", "it cannot be changed"), ("allow", "it can be changed all the same")];

/// Lists paths.
pub(super) async fn list(desk: Desk, Query(browse): Query<Browse>) -> Answer {
    let mut paths = desk.app.paths(&desk.merchant, browse.page(Order::ById)).await?;
    let here = browse.address(HERE);
    let pager = browse.pager(&mut paths, Order::ById, &here, |path| path.id.as_str());
    let judged = desk.app.judge_paths(&desk.merchant, paths).await?;
    let columns = [("Transition", false), ("Edges", true), ("State", false), ("Warnings", false)];
    NOUN.list(&desk, &browse, &columns, (judged.iter().map(row).collect(), pager))
}

fn row(judged: &JudgedPath) -> Row {
    let path = &judged.path;
    let state = if path.active {
        Badge::new(Tone::Good, "active")
    } else {
        Badge::new(Tone::Plain, "inactive")
    };
    let doubt = |code: &'static str| Badge::new(Tone::Warn, code.replace('_', " "));
    let doubts = judged.warnings.iter().map(|warning| doubt(warning.code)).collect();
    Row {
        link: Link::new(path.internal_title.clone(), NOUN.address(path.id.as_str())),
        id: path.id.to_string(),
        cells: vec![
            Cell::text(in_full(path.transition)),
            Cell::number(judged.edges.to_string()),
            Cell::badge(state),
            Cell { badges: doubts, ..Cell::default() },
        ],
    }
}

/// Shows the form of a path.
pub(super) async fn show(desk: Desk, Path(place): Path<String>) -> Answer {
    let typed = if place == NEW {
        Typed::default()
            .with("/transition", Transition::NextBooking.name())
            .with("/proration", "none")
            .with("/unpaid_source", "refuse")
            .with("/priority", "0")
            .with("/active", "true")
    } else {
        Typed::of(FIELDS, &from_catalog::path(&find(&desk, &place).await?, 0, &[]))
    };
    page(&desk, &place, &typed, None).await
}

/// Saves a path, or shows what is wrong with it.
pub(super) async fn save(desk: Desk, Path(place): Path<String>, sent: Sent) -> Answer {
    let typed = Typed::sent(sent);
    match put(&desk, &place, &typed).await {
        Ok(id) => NOUN.saved(&desk, &id),
        Err(problem) => page(&desk, &place, &typed, Some(&problem)).await,
    }
}

/// Shows what a path would do before it is saved: the form again, or the part beside it alone for
/// the script that keeps it up to date.
pub(super) async fn check(desk: Desk, Path(place): Path<String>, sent: Sent) -> Answer {
    let typed = Typed::sent(sent);
    if typed.text("part") == "insight" {
        let insight = look(&desk, &place, &typed).await?;
        return desk.show(Head::new(NOUN.many), &InsightPart { insight });
    }
    let (_, judged) = judge(&desk, &place, &typed).await?;
    page(&desk, &place, &typed, judged.err().as_ref()).await
}

async fn put(desk: &Desk, place: &str, typed: &Typed) -> Result<String, Problem> {
    let (_, judged) = judge(desk, place, typed).await.map_err(|Failure(problem)| problem)?;
    let ((id, expected), draft) = both(named(place, "/internal_title", typed), judged)?;
    let put = desk.app.put_path(&desk.merchant, PathId::stored(id.clone()), draft, expected);
    put.await.map_err(|error| unsaved(place, error))?;
    Ok(id)
}

/// What was typed as a draft as far as it goes, and the draft that can be saved or every fault.
async fn judge(
    desk: &Desk,
    place: &str,
    typed: &Typed,
) -> Result<(Option<PathDraft>, Result<PathDraft, Problem>), Failure> {
    let (facts, now) = (desk.app.catalog_facts(&desk.merchant).await?, desk.app.now());
    let mut sketch = None;
    let draft = Draft::<PathBody, PathDraft>::of(typed.json(FIELDS));
    let judged = draft.and_then(|draft| {
        draft.judged(|draft| {
            sketch = Some(draft.clone());
            decide_path(PathId::stored(place.to_owned()), draft, &facts, now)
        })
    });
    Ok((sketch, judged))
}

/// What the path would do, as far as it goes.
async fn look(desk: &Desk, place: &str, typed: &Typed) -> Result<Insight, Failure> {
    let (sketch, judged) = judge(desk, place, typed).await?;
    let id = PathId::stored(place.to_owned());
    let weighed = match sketch {
        Some(sketch) => desk.app.weigh_path(&desk.merchant, id, sketch).await?,
        None => None,
    };
    Ok(insight(desk, weighed.as_ref(), judged.err().as_ref()))
}

/// Asks once more.
pub(super) async fn ask_removal(desk: Desk, Path(id): Path<String>) -> Answer {
    let path = find(&desk, &id).await?;
    NOUN.ask_removal(&desk, &id, path.internal_title, None)
}

/// Removes a path.
pub(super) async fn remove(desk: Desk, Path(id): Path<String>) -> Answer {
    let path = find(&desk, &id).await?;
    let done = desk.app.delete_path(&desk.merchant, &path.id, Expected::Anything).await;
    NOUN.removed(&desk, &id, path.internal_title, done)
}

async fn find(desk: &Desk, id: &str) -> Result<Stored, Failure> {
    let id = PathId::stored(known(id.to_owned(), NOUN.one)?);
    Ok(desk.app.path(&desk.merchant, &id).await?)
}

async fn page(desk: &Desk, place: &str, typed: &Typed, problem: Option<&Problem>) -> Answer {
    let tags = tags(desk).await?;
    let own = |(name, label): (&str, &str)| (name.to_owned(), label.to_owned());
    let transitions = Transition::ALL.map(|it| own((it.name(), in_full(it))));
    let mut form = form(FIELDS, typed, problem)
        .with_options("source_tags", tags.clone())
        .with_options("target_tags", tags)
        .with_options("transition", transitions)
        .with_options("proration", PRORATIONS.map(own))
        .with_options("unpaid_source", UNPAID.map(own));
    let naming = naming(place, typed, problem, &mut form);
    let page = PathPage {
        heading: NOUN.heading(place),
        id: id_at(place),
        action: NOUN.address(place),
        naming,
        form,
        variables: Variable::ALL.map(described).into(),
        insight: look(desk, place, typed).await?,
    };
    let head = NOUN.head(NOUN.heading(place)).with(&[], &["path.js"]);
    desk.show_as(status(problem), head, &page)
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
