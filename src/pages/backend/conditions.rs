//! Conditions as fields of a form: a tree in which each group and each clause stands at a place of
//! its own, such as `/buy/0/1`, whatever it is. So a group keeps what lies in it when it is to hold
//! otherwise, and what was typed is kept as it was typed, read or not.
//!
//! How a tree is shown is for `condition_form`, how it is said for `condition_words`.

use serde_json::{Map, Value, json};

use crate::domain::condition::{CONDITIONS_MAX, DEPTH_MAX};
use crate::domain::money::Currency;
use crate::edge::problem::FieldError;
use crate::pages::backend::forms::{FormValues, Spec};
use crate::pages::backend::notation::Notation;
use crate::pages::backend::picks::{plain, read_selector, unquoted, written};
use crate::pages::backend::rule_forms::read_amount;
use crate::render::backend::form::Kind;

/// Says what stands at a place.
const KIND: &str = "/kind";

/// Says what is to be added at a place.
pub(super) const ADDED: &str = "/add";

/// How deep a form is read, and how much of it: enough for what is too much to be told.
const READ_DEPTH_MAX: usize = DEPTH_MAX + 1;
const READ_MAX: usize = CONDITIONS_MAX + 1;

/// A condition as it is typed.
#[derive(Clone, Debug)]
pub(super) enum TypedCondition {
    /// Several, and how they count.
    Group(GroupCounting, Vec<Self>),
    /// A clause with what was typed in its fields.
    Clause(&'static ClauseKind, FormValues),
}

/// How the conditions of a group count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GroupCounting {
    /// Every one has to hold.
    All,
    /// One is enough.
    Any,
    /// None may hold.
    None,
}

impl GroupCounting {
    /// All of them, with their names in forms and in words.
    pub(super) const NAMED: [(Self, &'static str, &'static str); 3] = [
        (Self::All, "all", "All of these hold"),
        (Self::Any, "any", "At least one of these holds"),
        (Self::None, "none", "None of these holds"),
    ];

    fn of(name: &str) -> Option<Self> {
        Self::NAMED.into_iter().find(|(_, own, _)| *own == name).map(|(it, ..)| it)
    }

    /// Its name in forms.
    pub(super) fn name(self) -> &'static str {
        Self::NAMED.into_iter().find(|(it, ..)| *it == self).map_or("", |(_, name, _)| name)
    }

    /// Where the list of its conditions stands in the JSON of the API, of so many.
    pub(super) fn list(self, count: usize) -> &'static str {
        match (self, count) {
            (Self::All, _) => "/all",
            (Self::Any, _) => "/any",
            (Self::None, 0 | 1) => "/not",
            (Self::None, _) => "/not/any",
        }
    }

    /// Where one of so many stands there.
    pub(super) fn element(self, count: usize, place: usize) -> String {
        match (self, count) {
            (Self::None, 0 | 1) => self.list(count).to_owned(),
            _ => format!("{}/{place}", self.list(count)),
        }
    }

    /// By how much deeper than the group its conditions lie, of so many.
    pub(super) fn depth(self, count: usize) -> usize {
        if self == Self::None && count > 1 { 2 } else { 1 }
    }
}

/// What a clause is about. Its fields stand where the API has them.
#[derive(Debug)]
pub(super) struct ClauseKind {
    /// Its key in the JSON of the API.
    pub(super) key: &'static str,
    /// What it is called.
    pub(super) label: &'static str,
    /// Its fields.
    pub(super) fields: &'static [Spec],
    /// Where it says what it counts.
    pub(super) of: Option<&'static str>,
}

/// Everything that a clause can be about.
pub(super) const CLAUSES: &[ClauseKind] = &[
    ClauseKind {
        key: "units",
        label: "Number of pieces",
        fields: &[
            Spec::new("/units/min", "At least", Kind::Number).required(),
            Spec::new("/units/of", "Of what", Kind::Choice).required(),
        ],
        of: Some("/units/of"),
    },
    ClauseKind {
        key: "value",
        label: "Net value of some of it",
        fields: &[
            Spec::new("/value/min", "At least", Kind::Text).required(),
            Spec::new("/value/of", "Of what", Kind::Choice).required(),
        ],
        of: Some("/value/of"),
    },
    ClauseKind {
        key: "net",
        label: "Net value of the cart",
        fields: &[
            Spec::new("/net/min", "At least", Kind::Text),
            Spec::new("/net/above", "More than", Kind::Text),
            Spec::new("/net/max", "At most", Kind::Text),
        ],
        of: None,
    },
    ClauseKind {
        key: "country",
        label: "Shipping country",
        fields: &[Spec::new("/country", "One of", Kind::Lines)
            .hint("One a line, such as DE.")
            .required()],
        of: None,
    },
    ClauseKind {
        key: "customer_group",
        label: "Customer group",
        fields: &[Spec::new("/customer_group", "One of", Kind::Lines)
            .hint("One a line.")
            .required()],
        of: None,
    },
    ClauseKind {
        key: "payment_method",
        label: "Payment method",
        fields: &[Spec::new("/payment_method", "One of", Kind::Lines)
            .hint("One a line.")
            .required()],
        of: None,
    },
    ClauseKind {
        key: "channel",
        label: "Channel",
        fields: &[Spec::new("/channel", "One of", Kind::Lines).hint("One a line.").required()],
        of: None,
    },
    ClauseKind {
        key: "coupon",
        label: "Coupon",
        fields: &[Spec::new("/coupon", "The order", Kind::Choice).required()],
        of: None,
    },
];

/// What a clause about coupons can say.
pub(super) const COUPON: [(&str, &str); 2] =
    [("true", "redeems a coupon"), ("false", "redeems no coupon")];

impl TypedCondition {
    /// What stands in a form, from its root on.
    pub(super) fn read(values: &FormValues) -> Option<Self> {
        let mut left = READ_MAX;
        Self::read_at(values, 1, &mut left)
    }

    fn read_at(values: &FormValues, depth: usize, left: &mut usize) -> Option<Self> {
        if depth > READ_DEPTH_MAX || *left == 0 {
            return None;
        }
        let kind = values.text(KIND);
        if let Some(clause) = CLAUSES.iter().find(|clause| clause.key == kind) {
            *left -= 1;
            return Some(Self::Clause(clause, clause.typed(values)));
        }
        let gathered = GroupCounting::of(kind)?;
        *left -= 1;
        let mut inner = Vec::new();
        for place in values.places() {
            if *left == 0 {
                break;
            }
            inner.extend(Self::read_at(&values.within(&format!("/{place}")), depth + 1, left));
        }
        Some(Self::Group(gathered, inner))
    }

    /// What the API has said, as this hand would write it.
    pub(super) fn of(said: &Value, notation: Notation) -> Option<Self> {
        let (key, value) = said.as_object()?.iter().next()?;
        let several = |list: &Value| -> Vec<Self> {
            let list = list.as_array().into_iter().flatten();
            list.filter_map(|inner| Self::of(inner, notation)).collect()
        };
        match key.as_str() {
            "all" => Some(Self::Group(GroupCounting::All, several(value))),
            "any" => Some(Self::Group(GroupCounting::Any, several(value))),
            "not" => {
                let inner = Self::of(value, notation).into_iter().collect();
                Some(Self::Group(GroupCounting::None, inner))
            }
            key => {
                let clause = CLAUSES.iter().find(|clause| clause.key == key)?;
                Some(Self::Clause(clause, clause.stored(said, notation)))
            }
        }
    }

    /// It, as fields of a form.
    pub(super) fn fields(&self) -> FormValues {
        match self {
            Self::Group(gathered, inner) => {
                let values = FormValues::default().with(KIND, gathered.name());
                inner.iter().enumerate().fold(values, |values, (place, inner)| {
                    values.with_part(&format!("/{place}"), &inner.fields())
                })
            }
            Self::Clause(clause, values) => values.clone().with(KIND, clause.key),
        }
    }

    /// It, as the API takes it, with what cannot be read in it, by its pointers from `at` on.
    pub(super) fn json(
        &self,
        at: &str,
        currency: Option<Currency>,
        faults: &mut Vec<FieldError>,
    ) -> Value {
        let (gathered, inner) = match self {
            Self::Group(gathered, inner) => (*gathered, inner),
            Self::Clause(clause, values) => return clause.json(values, (at, currency), faults),
        };
        let count = inner.len();
        if inner.is_empty() {
            let pointer = format!("{at}{}", gathered.list(count));
            faults.push(FieldError::new(pointer, "Add a condition to this group, or remove it."));
        }
        let each = inner.iter().enumerate().map(|(place, inner)| {
            inner.json(&format!("{at}{}", gathered.element(count, place)), currency, faults)
        });
        let mut each: Vec<Value> = each.collect();
        match gathered {
            GroupCounting::All => json!({ "all": each }),
            GroupCounting::Any => json!({ "any": each }),
            GroupCounting::None if count == 1 => json!({ "not": each.pop() }),
            GroupCounting::None => json!({ "not": { "any": each } }),
        }
    }

    /// How many conditions it is made of, as the API counts them.
    pub(super) fn count(&self) -> usize {
        match self {
            Self::Group(gathered, inner) => {
                gathered.depth(inner.len()) + inner.iter().map(Self::count).sum::<usize>()
            }
            Self::Clause(..) => 1,
        }
    }

    /// The same with one more in the group at a place; what is no group becomes one.
    fn with_added(self, way: &[usize], added: Self) -> Self {
        match (self, way) {
            (Self::Group(gathered, mut inner), [first, rest @ ..]) => {
                if *first < inner.len() {
                    let changed = inner.remove(*first).with_added(rest, added);
                    inner.insert(*first, changed);
                }
                Self::Group(gathered, inner)
            }
            (Self::Group(gathered, mut inner), []) => {
                inner.push(added);
                Self::Group(gathered, inner)
            }
            (clause, _) => Self::Group(GroupCounting::All, vec![clause, added]),
        }
    }

    /// The same without what stands at a place; nothing is left where that is its root.
    fn without(self, way: &[usize]) -> Option<Self> {
        match (self, way) {
            (_, []) => None,
            (Self::Group(gathered, mut inner), [first, rest @ ..]) => {
                if *first < inner.len() {
                    let left = inner.remove(*first).without(rest);
                    if let Some(left) = left {
                        inner.insert(*first, left);
                    }
                }
                Some(Self::Group(gathered, inner))
            }
            (clause, _) => Some(clause),
        }
    }
}

impl ClauseKind {
    /// A new one, with what is most often meant.
    fn fresh(&'static self) -> TypedCondition {
        let values = FormValues::default().with("/units/min", "1").with("/coupon", "true");
        TypedCondition::Clause(self, self.typed(&values))
    }

    /// What was typed in its own fields.
    fn typed(&self, values: &FormValues) -> FormValues {
        let own = FormValues::default().by(values.notation());
        self.fields.iter().fold(own, |own, spec| own.with(spec.at, values.text(spec.at)))
    }

    /// What the API has said in them.
    fn stored(&self, said: &Value, notation: Notation) -> FormValues {
        let own = FormValues::default().by(notation);
        self.fields.iter().fold(own, |own, spec| {
            let text = said.pointer(spec.at).map(|value| match value {
                Value::Array(names) => {
                    let names = names.iter().filter_map(Value::as_str).map(plain);
                    names.collect::<Vec<_>>().join("\n")
                }
                Value::Object(_) => written(value),
                Value::String(amount) => notation.write(amount),
                other => other.to_string(),
            });
            own.with(spec.at, text.unwrap_or_default())
        })
    }

    fn json(
        &self,
        values: &FormValues,
        (at, currency): (&str, Option<Currency>),
        faults: &mut Vec<FieldError>,
    ) -> Value {
        let (mut body, mut found) = values.read_all(self.fields);
        for spec in self.fields {
            let Some(value) = body.pointer_mut(spec.at) else { continue };
            match spec.kind {
                Kind::Lines => {
                    for name in value.as_array_mut().into_iter().flatten() {
                        *name = unquoted(name.as_str().unwrap_or_default());
                    }
                }
                Kind::Choice if self.of == Some(spec.at) => {
                    *value = read_selector(value.as_str().unwrap_or_default());
                }
                Kind::Text => {
                    read_amount(value, (spec.at, values.notation(), currency), &mut found);
                }
                _ => {}
            }
        }
        let members = body.as_object().map_or(0, Map::len);
        if members == 0 {
            body = Value::Object(Map::from_iter([(self.key.to_owned(), json!({}))]));
            found.push(FieldError::new(format!("/{}", self.key), "Fill in at least one of these."));
        }
        if self.key == "country" {
            in_capitals(&mut body["country"]);
        }
        let found = found.into_iter();
        faults.extend(found.map(|it| FieldError::new(format!("{at}{}", it.pointer), it.detail)));
        body
    }
}

fn in_capitals(names: &mut Value) {
    for name in names.as_array_mut().into_iter().flatten() {
        *name = Value::String(name.as_str().unwrap_or_default().to_uppercase());
    }
}

/// Reads the condition at a place of a form into the body of a draft.
pub(super) fn read_into(
    body: &mut Value,
    faults: &mut Vec<FieldError>,
    (values, at): (&FormValues, &str),
    currency: Option<Currency>,
) {
    let Some(members) = body.as_object_mut() else { return };
    let key = at.trim_start_matches('/').to_owned();
    match TypedCondition::read(&values.within(at)) {
        Some(condition) => {
            members.insert(key, condition.json(at, currency, faults));
        }
        None => faults.push(FieldError::new(at, "Add a condition.")),
    }
}

/// What is stored at a place, as fields of a form.
pub(super) fn stored(values: FormValues, said: &Value, at: &str) -> FormValues {
    let condition = said.pointer(at).and_then(|it| TypedCondition::of(it, values.notation()));
    match condition {
        Some(condition) => values.with_part(at, &condition.fields()),
        None => values,
    }
}

/// A form whose condition at `at` is changed by a button: `add` a clause or a `group` to what
/// stands at a place of it, such as `/0/1`, or `remove` that.
pub(super) fn changed_in(values: FormValues, at: &str, (verb, place): (&str, &str)) -> FormValues {
    let condition = changed(&values.within(at), verb, place);
    let fields = condition.map_or_else(FormValues::default, |condition| condition.fields());
    values.with_part(at, &fields)
}

fn changed(values: &FormValues, verb: &str, place: &str) -> Option<TypedCondition> {
    let condition = TypedCondition::read(values);
    let way: Vec<usize> = place.split('/').filter_map(|step| step.parse().ok()).collect();
    let is_full = condition.as_ref().is_some_and(|it| it.count() >= CONDITIONS_MAX);
    let added = match verb {
        "add" => {
            let wanted = values.text(&format!("{place}{ADDED}"));
            CLAUSES.iter().find(|clause| clause.key == wanted).map(ClauseKind::fresh)
        }
        "group" => Some(TypedCondition::Group(GroupCounting::All, Vec::new())),
        _ => None,
    };
    match (condition, added) {
        (condition, _) if verb == "remove" => condition.and_then(|it| it.without(&way)),
        (None, added) => added,
        (Some(condition), Some(added)) if !is_full => Some(condition.with_added(&way, added)),
        (condition, _) => condition,
    }
}

#[cfg(test)]
mod tests;
