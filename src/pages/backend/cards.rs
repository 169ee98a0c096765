//! Lists of cards in a form: each card stands below a place that is counted, such as `/get/0`, and
//! is a form of its own. What stands on a card is for who has the list.

use serde_json::Value;

use crate::edge::problem::{FieldError, Problem};
use crate::pages::backend::forms::{FormValues, Spec, form, is_within, sentence};
use crate::render::backend::conditions::{Card, Cards, PressedButton};
use crate::render::backend::form::{Field, FormProblem, id_of};
use crate::render::backend::phrase::{Phrase, phrase};

/// A list of cards.
pub(super) struct CardList {
    /// Where it stands in the form, and in the JSON of the API.
    pub(super) at: &'static str,
    /// What it is called.
    pub(super) label: &'static str,
    /// What a card is called, with its number.
    pub(super) one: &'static str,
    /// What the button says that adds one.
    pub(super) add: &'static str,
    /// The fields of a card.
    pub(super) fields: &'static [Spec],
    /// The most of them.
    pub(super) most: usize,
}

impl CardList {
    /// What stands on each card of a form; one more than there may be at most, so that it is told.
    pub(super) fn read(&self, values: &FormValues) -> Vec<FormValues> {
        let below = values.within(self.at);
        let places = below.places().into_iter().take(self.most + 1);
        places.map(|place| below.within(&format!("/{place}"))).collect()
    }

    /// A form with these cards, instead of those that it had.
    pub(super) fn write(&self, values: FormValues, cards: &[FormValues]) -> FormValues {
        let list = FormValues::default();
        let list = cards
            .iter()
            .enumerate()
            .fold(list, |list, (place, card)| list.with_part(&format!("/{place}"), card));
        values.with_part(self.at, &list)
    }

    /// What is stored, one card for each element, as `card` writes it.
    pub(super) fn stored(
        &self,
        values: FormValues,
        said: &Value,
        card: impl Fn(&Value) -> FormValues,
    ) -> FormValues {
        let list = said.pointer(self.at).and_then(Value::as_array).into_iter().flatten();
        let cards: Vec<FormValues> = list.map(card).collect();
        self.write(values, &cards)
    }

    /// The list as the API takes it, each card as `read` has it, whose pointers are its own.
    pub(super) fn json(
        &self,
        values: &FormValues,
        faults: &mut Vec<FieldError>,
        read: impl Fn(&FormValues) -> (Value, Vec<FieldError>),
    ) -> Value {
        let cards = self.read(values);
        let cards = cards.iter().enumerate().map(|(place, card)| {
            let (body, found) = read(card);
            let found = found.into_iter();
            faults.extend(found.map(|it| {
                FieldError::new(format!("{}/{place}{}", self.at, it.pointer), it.detail)
            }));
            body
        });
        cards.collect()
    }

    /// A form whose cards are changed by a button: `add` one as `fresh` fills it, or of the card at
    /// a place such as `/0` `remove` it, or move it `up` or `down`.
    pub(super) fn changed(
        &self,
        values: FormValues,
        (verb, place): (&str, &str),
        fresh: impl Fn(&[FormValues]) -> FormValues,
    ) -> FormValues {
        let mut cards = self.read(&values);
        let place = place.trim_start_matches('/').parse::<usize>().unwrap_or(cards.len());
        let is_there = place < cards.len();
        match verb {
            "add" if cards.len() < self.most => cards.push(fresh(&cards)),
            "remove" if is_there => {
                cards.remove(place);
            }
            "up" if is_there && place > 0 => cards.swap(place, place - 1),
            "down" if place + 1 < cards.len() => cards.swap(place, place + 1),
            _ => {}
        }
        self.write(values, &cards)
    }

    /// The list as it is shown, with its faults as they are told above it; `finish` adds to each
    /// card what is its own, by its place in the form.
    pub(super) fn shown(
        &self,
        values: &FormValues,
        problem: Option<&Problem>,
        mut finish: impl FnMut(&mut Card, &FormValues, &str) -> Vec<FormProblem>,
    ) -> (Cards, Vec<FormProblem>) {
        let errors = problem.map_or(&[][..], |problem| problem.errors.as_slice());
        let cards = self.read(values);
        let places: Vec<String> =
            (0..cards.len()).map(|place| format!("{}/{place}", self.at)).collect();
        let is_own = |error: &&FieldError| {
            let of_card = places.iter().any(|place| is_within(&error.pointer, place));
            is_within(&error.pointer, self.at) && !of_card
        };
        let problems: Vec<Phrase> = errors
            .iter()
            .filter(is_own)
            .map(|error| Phrase::told(sentence(&error.detail)))
            .collect();
        let mut told: Vec<FormProblem> = problems
            .iter()
            .map(|detail| FormProblem {
                label: Some(self.label.into()),
                detail: detail.clone(),
                anchor: Some(id_of(self.at)),
            })
            .collect();
        let count = cards.len();
        let cards = cards.iter().zip(&places).enumerate().map(|(number, (values, place))| {
            let (mut card, found) = self.card(values, place, (number, count), errors);
            told.extend(found);
            told.extend(finish(&mut card, values, place));
            card
        });
        let shown = Cards {
            id: id_of(self.at),
            label: self.label,
            cards: cards.collect(),
            add: self.add,
            adding: (count < self.most).then(|| PressedButton {
                value: format!("add {}", self.at),
                anchor: id_of(&format!("{}/{count}", self.at)),
            }),
            stored: Phrase::default(),
            problems,
        };
        (shown, told)
    }

    fn card(
        &self,
        values: &FormValues,
        place: &str,
        (number, count): (usize, usize),
        errors: &[FieldError],
    ) -> (Card, Vec<FormProblem>) {
        let own = errors.iter().filter(|error| is_within(&error.pointer, place));
        let own = own.map(|it| FieldError::new(&it.pointer[place.len()..], it.detail.clone()));
        let is_of_fields = |error: &FieldError| {
            let at = |spec: &Spec| is_within(&error.pointer, spec.at);
            error.pointer.is_empty() || self.fields.iter().any(at)
        };
        let own: Vec<FieldError> = own.filter(is_of_fields).collect();
        let problem = Problem::any_invalid(own);
        let mut form = form(self.fields, values, problem.as_ref());
        let title = Phrase::Ours(self.one.into(), vec![(number + 1).into()]);
        let mut problems = Vec::new();
        let mut told = Vec::new();
        for problem in form.problems {
            let field = problem.label.zip(problem.anchor);
            let (label, anchor) = if let Some((field, id)) = field {
                let anchor = format!("{}_{}", id_of(place), &id[2..]);
                (phrase!("{}, {}", title.clone(), field), anchor)
            } else {
                problems.push(problem.detail.clone());
                (title.clone(), id_of(place))
            };
            told.push(FormProblem { label: Some(label), anchor: Some(anchor), ..problem });
        }
        let keys = self.fields.iter().map(|spec| spec.at[1..].replace('/', "_"));
        let fields: Vec<Field> = keys.filter_map(|key| form.fields.remove(&key)).collect();
        let moved = |verb: &str, to: usize| PressedButton {
            value: format!("{verb} {place}"),
            anchor: id_of(&format!("{}/{to}", self.at)),
        };
        let card = Card {
            id: id_of(place),
            title,
            fields: fields.into_iter().map(|field| field.within(place)).collect(),
            condition: None,
            rest: Vec::new(),
            up: (number > 0).then(|| moved("up", number.saturating_sub(1))),
            down: (number + 1 < count).then(|| moved("down", number + 1)),
            removing: PressedButton { value: format!("remove {place}"), anchor: id_of(self.at) },
            problems,
        };
        (card, told)
    }
}
