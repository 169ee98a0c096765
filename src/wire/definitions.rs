//! What a merchant defines, as it is answered, whatever it is: its id, what was sent to define it,
//! and what the engine knows about it. What is sent is a part of what is answered, so that what
//! was read can be sent back, shown in a form, or written to a file.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::schema::{Object, ObjectBuilder, OneOf, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::rules::definitions::Drafted;

/// A definition with its published answer.
pub trait Published: Drafted {
    /// What the engine knows about one.
    type Known: Serialize + ToSchema + std::fmt::Debug + Send + 'static;
    /// What the answer holds beside what was sent: the end of the sentence that begins with what
    /// it is.
    const BESIDE: &'static str = "";

    /// What the engine knows about it without a look at other things.
    fn known(&self) -> Self::Known;

    /// The names of the fields that are answered, but not sent: the engine sets them.
    fn engine_fields() -> &'static BTreeSet<String>;

    /// What was sent to define it.
    fn said(&self) -> Value {
        serde_json::to_value(Self::Draft::from(self)).unwrap_or_default()
    }
}

/// What is answered: the id, what was sent, and what the engine knows.
#[derive(Debug, Serialize)]
#[serde(bound = "")]
pub struct Answer<D: Published> {
    /// Its id.
    pub id: String,
    /// What was sent to define it.
    #[serde(flatten)]
    pub said: D::Draft,
    /// What the engine knows about it.
    #[serde(flatten)]
    pub known: D::Known,
}

impl<D: Published> Answer<D> {
    /// A thing with what is known of it.
    #[must_use]
    pub fn with(thing: &D, known: D::Known) -> Self {
        Self { id: thing.id().to_string(), said: thing.into(), known }
    }
}

impl<D: Published> From<&D> for Answer<D> {
    fn from(thing: &D) -> Self {
        Self::with(thing, thing.known())
    }
}

/// One object of all fields, each of which is always there: so it is no different from a shape
/// that was written by hand.
impl<D: Published> PartialSchema for Answer<D> {
    fn schema() -> RefOr<Schema> {
        let mut said = object::<D::Draft>().properties;
        for name in D::FILLED {
            if let Some(field) = said.get_mut(*name) {
                *field = without_null(field.clone());
            }
        }
        let id = ObjectBuilder::new().schema_type(Type::String).description(Some("Its id."));
        let known = object::<D::Known>().properties;
        let fields = said.into_iter().chain(known);
        let whole = ObjectBuilder::new().description(Some(about::<D>())).property("id", id);
        let whole = fields.fold(whole.required("id"), |whole, (name, field)| {
            whole.property(name.clone(), field).required(name)
        });
        RefOr::T(Schema::Object(whole.build()))
    }
}

impl<D: Published> ToSchema for Answer<D> {
    fn name() -> Cow<'static, str> {
        let draft = D::Draft::name();
        Cow::Owned(draft.strip_suffix("Body").unwrap_or(&draft).to_owned())
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        D::Draft::schemas(schemas);
        D::Known::schemas(schemas);
    }
}

/// What the answer is, in a sentence.
fn about<D: Published>() -> String {
    let one = D::KIND.described.one;
    let (article, noun) = one.split_once(' ').unwrap_or(("", one));
    let article = if article == "an" { "An" } else { "A" };
    format!("{article} {noun}{}.", D::BESIDE)
}

/// The schema of a type that is an object.
pub(super) fn object<T: ToSchema>() -> Object {
    match T::schema() {
        RefOr::T(Schema::Object(object)) => object,
        _ => Object::new(),
    }
}

/// The schema of a value that may be null, once it never is.
fn without_null(field: RefOr<Schema>) -> RefOr<Schema> {
    let RefOr::T(Schema::OneOf(OneOf { items, description, .. })) = field else { return field };
    let mut items = items.into_iter().filter(|item| !is_null(item));
    match items.next() {
        Some(RefOr::Ref(mut one)) => {
            one.description = description.unwrap_or_default();
            RefOr::Ref(one)
        }
        Some(other) => other,
        None => RefOr::T(Schema::Object(Object::new())),
    }
}

fn is_null(item: &RefOr<Schema>) -> bool {
    match item {
        RefOr::T(Schema::Object(it)) => it.schema_type == Type::Null.into(),
        _ => false,
    }
}
