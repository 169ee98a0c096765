//! The form of a rule whose parts are clicked together: conditions and cards among its fields, with
//! every fault at its place and all of them told above.

use crate::edge::problem::{FieldError, Problem};
use crate::pages::backend::cards::CardList;
use crate::pages::backend::condition_form::ConditionForm;
use crate::pages::backend::condition_words::ConditionReader;
use crate::pages::backend::form_values::ConcurrentEdit;
use crate::pages::backend::forms::{FormValues, Spec, concerns, form, is_within};
use crate::pages::backend::picks::Pickable;
use crate::pages::backend::rule_forms::currency;
use crate::pages::backend::session::Session;
use crate::render::backend::conditions::{Card, Cards, ConditionField};
use crate::render::backend::form::{Form, FormProblem};
use crate::render::backend::phrase::Phrase;

/// The form of a rule, as it is shown.
pub(super) struct RuleForm<'a> {
    /// What stands in it.
    pub(super) values: &'a FormValues,
    /// How many lists to pick from there are on the page.
    pub(super) lists: usize,
    reading: ConditionReader<'a>,
    problem: Option<&'a Problem>,
    /// What is wrong beside those parts.
    of_fields: Option<Problem>,
}

impl<'a> RuleForm<'a> {
    /// A form with parts at these places.
    pub(super) fn of(
        session: &'a Session,
        picks: &'a Pickable,
        values: &'a FormValues,
        problem: Option<&'a Problem>,
        parts: &[&str],
    ) -> Self {
        let names = values.pairs().into_iter().map(|(name, _)| name);
        let is_list = |name: &String| {
            name.ends_with("/of") || name.ends_with("/product") || name.contains("/suggest/")
        };
        let of_fields = problem.cloned().map(|mut problem| {
            problem.errors.retain(|error| !parts.iter().any(|at| is_within(&error.pointer, at)));
            problem
        });
        let is_told = |rest: &Problem| {
            problem.is_some_and(|problem| problem.errors.is_empty()) || !rest.errors.is_empty()
        };
        Self {
            values,
            lists: names.filter(is_list).count(),
            reading: ConditionReader { session, picks, currency: currency(values) },
            problem,
            of_fields: of_fields.filter(is_told),
        }
    }

    /// Its fields beside those parts.
    pub(super) fn form(&self, specs: &[Spec]) -> Form {
        form(specs, self.values, self.of_fields.as_ref())
    }

    /// Fields that stand in the form and are no part of what is saved.
    pub(super) fn aside(&self, form_of_all: &mut Form, specs: &[Spec]) {
        let mut values = self.values.clone();
        values.meanwhile = ConcurrentEdit::Unchanged;
        let is_own = |error: &&FieldError| specs.iter().any(|spec| concerns(error, spec));
        let own = self.problem.map(|problem| problem.errors.iter().filter(is_own).cloned());
        let own: Vec<FieldError> = own.into_iter().flatten().collect();
        let problem = Problem::any_invalid(own);
        let aside = form(specs, &values, problem.as_ref());
        form_of_all.fields.extend(aside.fields);
        form_of_all.problems.extend(aside.problems);
    }

    /// The condition at a place of it.
    pub(super) fn condition_at<'b>(
        &'b self,
        at: &'b str,
        label: &'static str,
    ) -> ConditionForm<'b> {
        let (reading, lists, problem) = (&self.reading, self.lists, self.problem);
        ConditionForm { at, label, reading, lists, problem }
    }

    /// The condition at a place of it, whose faults join those of the form.
    pub(super) fn condition(
        &self,
        form: &mut Form,
        at: &str,
        label: &'static str,
    ) -> ConditionField {
        let stored = self.values.meanwhile.now();
        let (shown, told) = self.condition_at(at, label).shown(self.values, stored);
        form.problems.extend(told);
        if let Some(changed) = form.changed.as_mut().filter(|_| !shown.stored.is_empty()) {
            changed.fields.push((shown.id.clone(), label.into()));
        }
        shown
    }

    /// A list of cards, whose faults join those of the form.
    pub(super) fn cards(
        &self,
        form: &mut Form,
        list: &CardList,
        finish: impl FnMut(&mut Card, &FormValues, &str) -> Vec<FormProblem>,
    ) -> Cards {
        let (shown, told) = list.shown(self.values, self.problem, finish);
        form.problems.extend(told);
        shown
    }

    /// The same with what somebody else has stored in the meantime, each card in a few words.
    pub(super) fn compared(
        &self,
        form: &mut Form,
        list: &CardList,
        shown: Cards,
        words: impl Fn(&FormValues) -> Phrase,
    ) -> Cards {
        let pairs =
            |cards: &[FormValues]| -> Vec<_> { cards.iter().map(FormValues::pairs).collect() };
        let now = self.values.meanwhile.now().map(|stored| list.read(stored));
        let now = now.filter(|now| pairs(now) != pairs(&list.read(self.values)));
        let (Some(now), Some(changed)) = (now, form.changed.as_mut()) else { return shown };
        changed.fields.push((shown.id.clone(), list.label.into()));
        let stored = match now.as_slice() {
            [] => "nothing".into(),
            cards => Phrase::joined(cards.iter().map(words), "{}, {}"),
        };
        Cards { stored, ..shown }
    }
}
