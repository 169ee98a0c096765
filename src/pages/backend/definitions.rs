//! The pages of what a merchant defines, written once for all of it: a list that can be searched,
//! a form under an id, and a question before something is removed. A noun says what is its own
//! ([`EditableDefinition`]).

use std::future::Future;

use axum::Router;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde::Serialize;
use serde_json::Value;

use crate::app::definitions::{Defined, SavedThing};
use crate::app::expected::Expected;
use crate::app::reads::Page;
use crate::app::{App, AppError};
use crate::domain::catalogue::Tag;
use crate::domain::ids::Identifier;
use crate::edge::drafts::Draft;
use crate::edge::etag::{Preconditions, version_of};
use crate::edge::problem::{Code, FieldError, Problem};
use crate::pages::backend::answer::{Answer, Failure, SentForm};
use crate::pages::backend::forms::{FormValues, Spec, sentence};
use crate::pages::backend::lists::{Browse, SortOrder};
use crate::pages::backend::naming::{NEW, id_at, known, named};
use crate::pages::backend::notation::Notation;
use crate::pages::backend::places::SETTINGS;
use crate::pages::backend::session::{PageHead, Session};
use crate::pages::backend::settings_tabs::tabs;
use crate::render::backend::catalogue::{
    Cell, Column, DefinitionPage, DefinitionsPage, RemovalPage, Row, RuleInsight, Section, SetUp,
    TagUsage, Trial,
};
use crate::render::backend::form::Form;
use crate::render::backend::frame::Link;
use crate::render::backend::parts::{Pager, Search};
use crate::render::backend::phrase::{Phrase, phrase};
use crate::render::backend::settings::SecretPage;
use crate::rules::definitions;
use crate::wire::definitions::Published;

/// The name of the button that tries what is typed and saves nothing.
pub(super) const TRY: &str = "try";

/// The name of the buttons that change what is typed and save nothing: what they do, and where.
const CHANGE: &str = "change";

/// How many tags or products a form lets one pick from.
pub(super) const PICKED_MAX: i64 = 1_000;

/// How much of a title stands where there is room for one line.
const LINE_LENGTH_MAX: usize = 80;

/// A page beside the form of a thing: what it is called, and where it stands by the thing's id.
pub(super) type MorePage = (&'static str, fn(&str) -> String);

/// A kind of things that a merchant defines.
pub(super) struct Noun {
    /// One of them, such as `offer`.
    pub(super) one: &'static str,
    /// All of them, as a heading.
    pub(super) many: &'static str,
    /// In which group of the navigation it stands, and at which place among those of the group.
    pub(super) group: (&'static str, u8),
    /// The list.
    pub(super) here: &'static str,
    /// What they are, in a sentence.
    pub(super) about: &'static str,
    /// What the button says that adds one.
    pub(super) add: &'static str,
    /// The heading over the form of a new one, then of one that is there.
    pub(super) headings: [&'static str; 2],
    /// What searching is called.
    pub(super) search: &'static str,
    /// What removing one means.
    pub(super) warning: &'static str,
    /// What else there is to see of one.
    pub(super) more: &'static [MorePage],
}

/// A definition with its pages: a list that can be searched, a form, a question before it goes.
pub(super) trait EditableDefinition: Defined + Published {
    /// What it is called.
    const NOUN: Noun;
    /// The fields of its form, in the order of the page.
    const FIELDS: &'static [Spec];
    /// The columns of its list, behind its title and id, and whether they hold numbers.
    const COLUMNS: &'static [(&'static str, bool)];
    /// Whether its form can be tried before it is saved; the page then looks for [`TRY`].
    const IS_TRIED: bool = false;
    /// What can be set up step by step instead of being written at once.
    const SET_UP: Option<SetUp> = None;
    /// The field from which the id of a new one is made.
    const NAMED_BY: &'static str = "/title";

    /// What it is called in lists.
    fn title(&self) -> String;

    /// A page of them, as they are listed: by id.
    fn listed(
        session: &Session,
        page: Page,
    ) -> impl Future<Output = Result<Vec<Self>, AppError>> + Send {
        session.app.list::<Self>(&session.merchant, page)
    }

    /// What a list says of each, in the order of [`EditableDefinition::COLUMNS`].
    fn cells(
        session: &Session,
        things: &[Self],
    ) -> impl Future<Output = Result<Vec<Vec<Cell>>, Failure>> + Send;

    /// What is shown once, when it was made: a secret of which only this page tells.
    fn secret(&self) -> Option<&str> {
        None
    }

    /// The form of a new one.
    fn blank(_session: &Session) -> FormValues {
        FormValues::default()
    }

    /// What is stored, as it stands in the form.
    fn values(&self, notation: Notation) -> FormValues {
        FormValues::of(Self::FIELDS, &self.said(), notation)
    }

    /// What was typed, as the API takes it, with what could not be read.
    fn read(values: &FormValues) -> (Value, Vec<FieldError>) {
        values.read_all(Self::FIELDS)
    }

    /// What was typed, as a button changes it at a place of the form.
    fn changed(values: FormValues, _verb: &str, _at: &str) -> FormValues {
        values
    }

    /// The page with the form.
    fn page(
        session: &Session,
        place: &str,
        values: &FormValues,
        problem: Option<&Problem>,
    ) -> impl Future<Output = Answer> + Send;
}

/// The pages that look: the list, and the form.
pub(super) fn reading<D: EditableDefinition>() -> Router<App> {
    Router::new()
        .route(D::NOUN.here, get(list::<D>))
        .route(&D::NOUN.address("{id}"), get(show::<D>))
}

/// The pages that change something: what is written stands at its own address, what is new at one
/// that no id is like.
pub(super) fn writing<D: EditableDefinition>() -> Router<App> {
    Router::new()
        .route(&D::NOUN.address("{id}"), post(save::<D>))
        .route(&D::NOUN.address("{id}/delete"), get(ask_removal::<D>).post(remove::<D>))
}

/// Lists them.
async fn list<D: EditableDefinition>(session: Session, Query(browse): Query<Browse>) -> Answer {
    let page = browse.page(SortOrder::Ascending);
    let mut things = D::listed(&session, page).await?;
    let here = browse.address(D::NOUN.here);
    let pager = browse.pager(&mut things, SortOrder::Ascending, &here, |thing| thing.id().as_str());
    let cells = D::cells(&session, &things).await?;
    let row = |(thing, cells): (&D, Vec<Cell>)| Row {
        link: Link::new(thing.title(), D::NOUN.address(thing.id().as_str())),
        id: thing.id().to_string(),
        cells,
    };
    let rows = things.iter().zip(cells).map(row).collect();
    D::NOUN.list(&session, &browse, (D::COLUMNS, D::SET_UP), (rows, pager))
}

/// Shows the form of one, or of a new one.
async fn show<D: EditableDefinition>(session: Session, Path(place): Path<String>) -> Answer {
    let values = match place.as_str() {
        NEW => D::blank(&session),
        id => stored::<D>(&session, id).await?,
    };
    D::page(&session, &place, &values, None).await
}

/// Saves one, or shows what is wrong with it.
async fn save<D: EditableDefinition>(
    session: Session,
    Path(place): Path<String>,
    sent: SentForm,
) -> Answer {
    let values = session.values(sent);
    if let Some((verb, at)) = values.text(CHANGE).split_once(' ') {
        let (verb, at) = (verb.to_owned(), at.to_owned());
        let values = D::changed(values, &verb, &at);
        return D::page(&session, &place, &values, None).await;
    }
    if D::IS_TRIED && !values.text(TRY).is_empty() {
        return D::page(&session, &place, &values, None).await;
    }
    match put::<D>(&session, &place, &values).await {
        Ok(saved) => match saved.thing.secret().filter(|_| saved.created) {
            Some(secret) => {
                let page = SecretPage {
                    secret: secret.to_owned(),
                    about: saved.thing.title().into(),
                    back: D::NOUN.address(saved.thing.id().as_str()),
                };
                session.show(D::NOUN.head("Its secret"), &page)
            }
            None => D::NOUN.saved(&session, &saved.thing),
        },
        Err(problem) => {
            let decided = decided::<D>(&session, &place, &values, &problem).await;
            let stored = stored::<D>(&session, &place);
            let read = |values: &FormValues| D::read(values).0;
            match met(read, (values, decided), &problem, stored).await? {
                Some(values) => D::page(&session, &place, &values, Some(&problem)).await,
                None => D::NOUN.saved(&session, &find::<D>(&session, &place).await?),
            }
        }
    }
}

/// Asks once more before one is removed.
async fn ask_removal<D: EditableDefinition>(session: Session, Path(id): Path<String>) -> Answer {
    let thing = find::<D>(&session, &id).await?;
    D::NOUN.ask_removal(&session, (&id, thing.title()), version_of(&thing.said()), None)
}

/// Removes one.
async fn remove<D: EditableDefinition>(
    session: Session,
    Path(id): Path<String>,
    sent: SentForm,
) -> Answer {
    let thing = find::<D>(&session, &id).await?;
    let (title, said) = (thing.title(), thing.said());
    let version = version_of(&said);
    let key = thing.id().clone();
    let done = match expected(&FormValues::sent(sent), async { Ok((thing, said)) }).await {
        Ok(expected) => {
            session.app.delete::<D>(&session.merchant, &key, expected).await.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    D::NOUN.removed(&session, (&id, title), version, done)
}

/// What was typed, to be decided.
///
/// # Errors
/// Where nothing of it can be read.
pub(super) fn draft<D: EditableDefinition>(values: &FormValues) -> Result<Sendable<D>, Problem> {
    let (body, faults) = D::read(values);
    Ok(Draft::<D::Draft>::with_faults(body, faults)?.sent())
}

/// What is sent to define one.
pub(super) type Sendable<D> = definitions::Sent<<D as definitions::Drafted>::Draft>;

async fn put<D: EditableDefinition>(
    session: &Session,
    place: &str,
    values: &FormValues,
) -> Result<SavedThing<D>, Problem> {
    let sent = draft::<D>(values)?;
    let id = match named(place, D::NAMED_BY, values) {
        Ok(id) => id,
        Err(fault) => {
            let id = D::Id::stored(place.to_owned());
            let found = match session.app.judge::<D>(&session.merchant, id, sent).await {
                Ok(_) => Vec::new(),
                Err(error) => wrong(error.into()).map_err(|Failure(problem)| problem)?.errors,
            };
            return Err(Problem::invalid(found.into_iter().chain([fault]).collect()));
        }
    };
    let current = async {
        let thing = find::<D>(session, &id).await?;
        let said = thing.said();
        Ok((thing, said))
    };
    let expected = Preconditions::as_seen(values.version()).expect(current).await?;
    let saved = session.app.put::<D>(&session.merchant, D::Id::stored(id), sent, expected).await;
    saved.map_err(|error| unsaved(place, error.into()))
}

/// What was typed, as it is decided to be, where something else is stored by now: what was left
/// empty stands there with what it came to.
async fn decided<D: EditableDefinition>(
    session: &Session,
    place: &str,
    values: &FormValues,
    problem: &Problem,
) -> Option<FormValues> {
    if problem.code != Code::PreconditionFailed {
        return None;
    }
    let (sent, id) = (draft::<D>(values).ok()?, D::Id::stored(place.to_owned()));
    let thing = session.app.judge::<D>(&session.merchant, id, sent).await.ok()?;
    Some(thing.values(session.notation()))
}

/// A problem that is about what was typed.
///
/// # Errors
/// Any other, which no form can show.
pub(super) fn wrong(problem: Problem) -> Result<Problem, Failure> {
    if problem.code == Code::InvalidFields { Ok(problem) } else { Err(problem.into()) }
}

/// One that is there.
///
/// # Errors
/// Not found.
pub(super) async fn find<D: EditableDefinition>(session: &Session, id: &str) -> Result<D, Problem> {
    let id = D::Id::stored(known(id.to_owned(), D::NOUN.one)?);
    Ok(session.app.get::<D>(&session.merchant, &id).await?)
}

async fn stored<D: EditableDefinition>(
    session: &Session,
    place: &str,
) -> Result<FormValues, Problem> {
    Ok(find::<D>(session, place).await?.values(session.notation()))
}

impl Noun {
    /// Where one of them is looked at and edited.
    pub(super) fn address(&self, place: &str) -> String {
        format!("{}/{place}", self.here)
    }

    /// The heading of a form.
    pub(super) fn heading(&self, place: &str) -> &'static str {
        self.headings[usize::from(place != NEW)]
    }

    /// The head of a page below the list.
    pub(super) fn head(&self, title: impl Into<Phrase>) -> PageHead {
        let head = PageHead::new(title);
        let head = if self.is_of_settings() { head.below("Settings", SETTINGS) } else { head };
        head.below(self.many, self.here)
    }

    /// Whether its list is one of the pages of the settings.
    fn is_of_settings(&self) -> bool {
        self.here.starts_with(SETTINGS)
    }

    /// Whether a visitor may write one: what belongs to the settings is for who administers.
    fn may_write(&self, session: &Session) -> bool {
        let may = session.may();
        if self.is_of_settings() { may.admin } else { may.catalogue }
    }

    /// Shows the list.
    pub(super) fn list(
        &self,
        session: &Session,
        browse: &Browse,
        (columns, set_up): (&[(&'static str, bool)], Option<SetUp>),
        (rows, pager): (Vec<Row>, Pager),
    ) -> Answer {
        let page = DefinitionsPage {
            tabs: if self.is_of_settings() { tabs(self.here) } else { Vec::new() },
            may_write: self.may_write(session),
            heading: self.many,
            about: self.about,
            add: Link::new(self.add, self.address(NEW)),
            set_up,
            search: Search {
                label: self.search,
                action: self.here.to_owned(),
                text: browse.searched().unwrap_or_default(),
            },
            columns: columns.iter().map(|&(label, number)| Column { label, number }).collect(),
            rows,
            pager,
        };
        let head = PageHead::new(self.many);
        let head = if self.is_of_settings() { head.below("Settings", SETTINGS) } else { head };
        session.show(head, &page)
    }

    /// Shows the form of what stands at a place.
    pub(super) fn form(
        &self,
        session: &Session,
        place: &str,
        parts: (Form, Vec<Section>),
        users: Option<TagUsage>,
        problem: Option<&Problem>,
    ) -> Answer {
        self.shown(session, place, parts, (users, None, None), problem)
    }

    /// The same of a rule, which may be tried, and is looked at while it is written.
    pub(super) fn tried(
        &self,
        session: &Session,
        place: &str,
        parts: (Form, Vec<Section>),
        (trial, insight): (Option<Trial>, RuleInsight),
        problem: Option<&Problem>,
    ) -> Answer {
        self.shown(session, place, parts, (None, trial, Some(insight)), problem)
    }

    fn shown(
        &self,
        session: &Session,
        place: &str,
        (form, sections): (Form, Vec<Section>),
        (users, trial, insight): (Option<TagUsage>, Option<Trial>, Option<RuleInsight>),
        problem: Option<&Problem>,
    ) -> Answer {
        let scripts: &'static [&'static str] = if insight.is_some() { &["path.js"] } else { &[] };
        let page = DefinitionPage {
            may_write: self.may_write(session),
            writers: if self.is_of_settings() {
                "A key with role admin may change this."
            } else {
                "A key with role merchant or admin may change this."
            },
            heading: self.heading(place),
            id: id_at(place),
            action: self.address(place),
            form,
            is_clicked: sections.iter().any(Section::is_clicked),
            sections,
            users,
            trial,
            insight,
            more: id_at(place).map_or_else(Vec::new, |id| {
                self.more.iter().map(|(label, address)| Link::new(*label, address(&id))).collect()
            }),
        };
        let head = self.head(self.heading(place)).with(&[], scripts);
        session.show_as(status(problem), head, &page)
    }

    /// Asks once more before something is removed, or says why it was not.
    pub(super) fn ask_removal(
        &self,
        session: &Session,
        (id, title): (&str, String),
        version: String,
        refused: Option<&Problem>,
    ) -> Answer {
        let heading = phrase!("Delete this {}?", self.one);
        let why = |problem: &Problem| match problem.code {
            Code::PreconditionFailed => {
                phrase!(
                    "Somebody has changed this {} in the meantime: look at it once more.",
                    self.one
                )
            }
            _ => Phrase::told(sentence(&problem.detail)),
        };
        let page = RemovalPage {
            heading: heading.clone(),
            warning: self.warning,
            title,
            id: id.to_owned(),
            version,
            action: format!("{}/delete", self.address(id)),
            back: self.address(id),
            refused: refused.map(why),
        };
        session.show_as(status(refused), self.head(heading), &page)
    }

    /// Answers what came of removing something.
    pub(super) fn removed(
        &self,
        session: &Session,
        of: (&str, String),
        version: String,
        done: Result<(), Problem>,
    ) -> Answer {
        match done {
            Ok(()) => session
                .go(self.here, phrase!("The {} “{}” is deleted.", self.one, on_a_line(&of.1))),
            Err(problem) if matches!(problem.code.status().as_u16(), 409 | 412) => {
                self.ask_removal(session, of, version, Some(&problem))
            }
            Err(problem) => Err(problem.into()),
        }
    }

    /// Answers what came of saving something: its page, or its form again.
    fn saved<D: EditableDefinition>(&self, session: &Session, thing: &D) -> Answer {
        let told = phrase!("The {} “{}” is saved.", self.one, on_a_line(&thing.title()));
        session.go(&self.address(thing.id().as_str()), told)
    }
}

/// The status with which a form is shown.
pub(super) fn status(problem: Option<&Problem>) -> StatusCode {
    problem.map_or(StatusCode::OK, |problem| problem.code.status())
}

/// What is expected to be there: what the form was made from, unchanged; nothing, where it was
/// made from nothing.
///
/// # Errors
/// A 412 where somebody else has changed it.
pub(super) async fn expected<T, S: Serialize>(
    values: &FormValues,
    read: impl Future<Output = Result<(T, S), Problem>>,
) -> Result<Expected<T>, Problem> {
    Preconditions::as_seen(values.version()).hold(read).await
}

/// What was typed, held against what is stored where that has changed since; none where just that,
/// or what it is decided to be, is stored by now: then it was sent twice.
///
/// # Errors
/// Only where the engine or its database fails.
pub(super) async fn met(
    read: impl Fn(&FormValues) -> Value,
    (values, decided): (FormValues, Option<FormValues>),
    problem: &Problem,
    stored: impl Future<Output = Result<FormValues, Problem>>,
) -> Result<Option<FormValues>, Failure> {
    if problem.code != Code::PreconditionFailed {
        return Ok(Some(values));
    }
    match stored.await {
        Ok(stored) if read(&stored) == read(decided.as_ref().unwrap_or(&values)) => Ok(None),
        Ok(stored) => Ok(Some(values.against(Some(stored)))),
        Err(problem) if problem.code == Code::NotFound => Ok(Some(values.against(None))),
        Err(problem) => Err(problem.into()),
    }
}

/// Why something was not saved; what is new and meets another of its id is told so at the field.
pub(super) fn unsaved(place: &str, problem: Problem) -> Problem {
    if place == NEW && problem.code == Code::PreconditionFailed {
        return Problem::invalid_field(
            "/id",
            "is taken: there is one with this id already, write another",
        );
    }
    problem
}

/// The tags that can be picked.
pub(super) async fn tags(session: &Session) -> Result<Vec<(String, String)>, Failure> {
    let tags = session.app.list::<Tag>(&session.merchant, Page::first(PICKED_MAX)).await?;
    Ok(tags.into_iter().map(|tag| (tag.id.to_string(), tag.title)).collect())
}

/// As much of a text as stands on a line.
pub(super) fn on_a_line(text: &str) -> String {
    let mut letters = text.chars();
    let line: String = letters.by_ref().take(LINE_LENGTH_MAX).collect();
    if letters.next().is_some() { format!("{line}…") } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_on_a_line_is_cut() {
        assert_eq!(on_a_line("short"), "short");
        assert_eq!(on_a_line(&"ä".repeat(10_000)).chars().count(), LINE_LENGTH_MAX + 1);
    }
}
