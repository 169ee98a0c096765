//! A condition as it is shown in a form: its tree with what was typed, every fault at its place,
//! and the buttons that change it.

use crate::domain::condition::{CONDITIONS_MAX, DEPTH_MAX};
use crate::edge::problem::{FieldError, Problem};
use crate::pages::backend::condition_words::ConditionReader;
use crate::pages::backend::conditions::{
    ADDED, CLAUSES, COUPON, ClauseKind, GroupCounting, TypedCondition,
};
use crate::pages::backend::forms::{FormValues, concerns, form, is_within, sentence};
use crate::render::backend::conditions::{
    AddableParts, ConditionField, ConditionNode, PressedButton,
};
use crate::render::backend::form::{Choice, Field, FormProblem, id_of};
use crate::render::backend::phrase::{Phrase, phrase};

/// Where a condition stands in a form, what it is called, and who reads it.
pub(super) struct ConditionForm<'a> {
    /// Its name in the form, and its pointer in the JSON of the API.
    pub(super) at: &'a str,
    pub(super) label: &'static str,
    pub(super) reading: &'a ConditionReader<'a>,
    /// How many lists to pick from there are on the page.
    pub(super) lists: usize,
    pub(super) problem: Option<&'a Problem>,
}

/// A node of the tree: where it stands in the form, where in the JSON, and how deep there.
struct ConditionPlace {
    place: String,
    pointer: String,
    depth: usize,
}

impl ConditionForm<'_> {
    /// The condition that stands in a form, with its faults as they are told above it.
    pub(super) fn shown(
        &self,
        values: &FormValues,
        stored: Option<&FormValues>,
    ) -> (ConditionField, Vec<FormProblem>) {
        let typed = TypedCondition::read(&values.within(self.at));
        let said = |tree: Option<&TypedCondition>| {
            let mut unread = Vec::new();
            tree.map(|tree| tree.json(self.at, self.reading.currency, &mut unread))
                .unwrap_or_default()
        };
        let now = stored.map(|stored| said(TypedCondition::read(&stored.within(self.at)).as_ref()));
        let own = said(typed.as_ref());
        let stored = now.filter(|now| *now != own);
        let is_full = typed.as_ref().is_some_and(|it| it.count() >= CONDITIONS_MAX);
        let mut told = Vec::new();
        let spot =
            ConditionPlace { place: self.at.to_owned(), pointer: self.at.to_owned(), depth: 1 };
        let root = typed.as_ref().map(|tree| self.node(tree, &spot, is_full, &mut told));
        let of_none = |error: &&FieldError| root.is_none() && is_within(&error.pointer, self.at);
        let problems = details(self.errors().iter().filter(of_none));
        self.tell(&mut told, &problems, &id_of(self.at));
        // What is there becomes the first of a group.
        let first = if typed.is_some() { format!("{}/1", self.at) } else { self.at.to_owned() };
        let adds = !matches!(typed, Some(TypedCondition::Group(..))) && !is_full;
        let field = ConditionField {
            id: id_of(self.at),
            label: self.label,
            told: self.reading.sentence(&own),
            stored: stored.map(|stored| self.reading.sentence(&stored)).unwrap_or_default(),
            look: PressedButton { value: format!("look {}", self.at), anchor: id_of(self.at) },
            root,
            adding: adds.then(|| adding(self.at, &first, true)),
            problems,
        };
        (field, told)
    }

    fn errors(&self) -> &[FieldError] {
        self.problem.map_or(&[], |problem| problem.errors.as_slice())
    }

    fn node(
        &self,
        tree: &TypedCondition,
        spot: &ConditionPlace,
        is_full: bool,
        told: &mut Vec<FormProblem>,
    ) -> ConditionNode {
        match tree {
            TypedCondition::Clause(clause, values) => self.clause(clause, values, spot, told),
            TypedCondition::Group(gathered, inner) => {
                self.group((*gathered, inner), spot, is_full, told)
            }
        }
    }

    fn group(
        &self,
        (gathered, inner): (GroupCounting, &[TypedCondition]),
        spot: &ConditionPlace,
        is_full: bool,
        told: &mut Vec<FormProblem>,
    ) -> ConditionNode {
        let count = inner.len();
        let spots: Vec<ConditionPlace> = (0..count)
            .map(|place| ConditionPlace {
                place: format!("{}/{place}", spot.place),
                pointer: format!("{}{}", spot.pointer, gathered.element(count, place)),
                depth: spot.depth + gathered.depth(count),
            })
            .collect();
        let is_own = |error: &&FieldError| {
            let of_one = spots.iter().any(|inner| is_within(&error.pointer, &inner.pointer));
            is_within(&error.pointer, &spot.pointer) && !of_one
        };
        let problems = details(self.errors().iter().filter(is_own));
        self.tell(told, &problems, &node_id(&spot.place));
        let below = spot.depth + gathered.depth(count + 1);
        let note: Phrase = match (is_full, below > DEPTH_MAX) {
            (true, _) => phrase!("A condition is made of at most {} parts.", CONDITIONS_MAX),
            (_, true) => phrase!("Groups lie at most {} deep in each other.", DEPTH_MAX),
            _ => Phrase::default(),
        };
        let kinds = GroupCounting::NAMED.into_iter().map(|(it, value, label)| Choice {
            value: value.to_owned(),
            label: label.into(),
            selected: it == gathered,
        });
        ConditionNode {
            label: "Group",
            kinds: kinds.collect(),
            kind: gathered.name(),
            inner: inner
                .iter()
                .zip(&spots)
                .map(|(inner, spot)| self.node(inner, spot, is_full, told))
                .collect(),
            adding: note.is_empty().then(|| {
                adding(&spot.place, &format!("{}/{count}", spot.place), below < DEPTH_MAX)
            }),
            note,
            problems,
            ..bare(&spot.place)
        }
    }

    fn clause(
        &self,
        clause: &ClauseKind,
        values: &FormValues,
        spot: &ConditionPlace,
        told: &mut Vec<FormProblem>,
    ) -> ConditionNode {
        let mut own = Vec::new();
        let mut rest = Vec::new();
        for error in self.errors() {
            if !is_within(&error.pointer, &spot.pointer) {
                continue;
            }
            let at = error.pointer[spot.pointer.len()..].to_owned();
            let inner = FieldError::new(at, error.detail.clone());
            if clause.fields.iter().any(|spec| concerns(&inner, spec)) {
                own.push(inner);
            } else {
                rest.push(error);
            }
        }
        let problem = Problem::any_invalid(own);
        let mut form = form(clause.fields, values, problem.as_ref());
        told.extend(form.problems.into_iter().map(|problem| FormProblem {
            label: Some(self.label.into()),
            detail: match &problem.label {
                Some(field) => phrase!("{}, {}: {}", clause.label, field.clone(), problem.detail),
                None => problem.detail,
            },
            anchor: problem.anchor.map(|id| format!("{}_{}", id_of(&spot.place), &id[2..])),
        }));
        let problems = details(rest.into_iter());
        self.tell(told, &problems, &node_id(&spot.place));
        let keys = clause.fields.iter().map(|spec| spec.at[1..].replace('/', "_"));
        let fields = keys.filter_map(|key| form.fields.remove(&key));
        ConditionNode {
            label: clause.label,
            kind: clause.key,
            fields: fields.map(|field| self.picked(field, clause).within(&spot.place)).collect(),
            problems,
            ..bare(&spot.place)
        }
    }

    /// A field with what can be picked in it.
    fn picked(&self, field: Field, clause: &ClauseKind) -> Field {
        match field.name.as_str() {
            "/coupon" => field.with_options(COUPON),
            name if clause.of == Some(name) => self.reading.picks.of_selectors(field, self.lists),
            _ => field,
        }
    }

    fn tell(&self, told: &mut Vec<FormProblem>, problems: &[Phrase], anchor: &str) {
        told.extend(problems.iter().map(|detail| FormProblem {
            label: Some(self.label.into()),
            detail: detail.clone(),
            anchor: Some(anchor.to_owned()),
        }));
    }
}

/// What can be added at a place, and where it will stand.
fn adding(place: &str, added: &str, may_group: bool) -> AddableParts {
    let kinds = CLAUSES.iter().map(|clause| Choice {
        value: clause.key.to_owned(),
        label: clause.label.into(),
        selected: false,
    });
    let name = format!("{place}{ADDED}");
    let pressed =
        |verb: &str| PressedButton { value: format!("{verb} {place}"), anchor: node_id(added) };
    AddableParts {
        id: id_of(&name),
        name,
        kinds: kinds.collect(),
        condition: pressed("add"),
        group: may_group.then(|| pressed("group")),
    }
}

/// What is wrong, each thing once.
fn details<'e>(errors: impl Iterator<Item = &'e FieldError>) -> Vec<Phrase> {
    let mut details: Vec<Phrase> = Vec::new();
    for error in errors {
        let detail = Phrase::told(sentence(&error.detail));
        if !details.contains(&detail) {
            details.push(detail);
        }
    }
    details
}

fn node_id(place: &str) -> String {
    format!("{}_node", id_of(place))
}

/// What stands at a place, with nothing in it.
fn bare(place: &str) -> ConditionNode {
    let within = place.rsplit_once('/').filter(|(_, step)| step.parse::<usize>().is_ok());
    let anchor = within.map_or_else(|| id_of(place), |(parent, _)| node_id(parent));
    ConditionNode {
        id: node_id(place),
        label: "",
        name: format!("{place}/kind"),
        kind: "",
        kinds: Vec::new(),
        fields: Vec::new(),
        inner: Vec::new(),
        adding: None,
        note: Phrase::default(),
        removing: PressedButton { value: format!("remove {place}"), anchor },
        problems: Vec::new(),
    }
}
