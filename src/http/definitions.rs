//! The four operations on what a merchant defines, written once for all of it: a list, and one by
//! its id read, written and removed; and what the OpenAPI document says of them. A noun says here
//! what is answered ([`Resource`]); what it means is for the rules.

use std::future::Future;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, put};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::openapi::path::{
    HttpMethod, Operation, OperationBuilder, ParameterBuilder, ParameterIn, PathItem, Paths,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Required, ResponseBuilder, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use crate::app::App;
use crate::app::definitions::Defined;
use crate::app::expected::Expected;
use crate::domain::fault::pointer_step;
use crate::domain::ids::{Identifier, MerchantId};
use crate::domain::nouns::nouns;
use crate::edge::auth::Merchant;
use crate::edge::drafts::Draft;
use crate::edge::errors::found;
use crate::edge::etag::{Preconditions, WithEtag};
use crate::edge::extract::{Id, body_value};
use crate::edge::problem::{self, FieldError, Problem};
use crate::http::lists::{List, NoFilter, PageQuery};
use crate::wire::definitions::{Answer, Published};

/// A definition with its operations.
pub trait Resource: Defined + Published {
    /// What is answered to the request that makes one.
    type Made: ToSchema + 'static;

    /// What is answered for each of these.
    #[must_use]
    fn show(
        _app: &App,
        _merchant: &MerchantId,
        things: Vec<Self>,
    ) -> impl Future<Output = Result<Vec<Answer<Self>>, Problem>> + Send {
        async move { Ok(things.iter().map(Into::into).collect()) }
    }

    /// The answer to the request that made it, where that holds what is shown only once.
    fn made(&self) -> Option<Value> {
        None
    }
}

macro_rules! plain {
    ($($writers:ident { $($how:ident $section:ident: $noun:ty,)+ })+) => {
        $($(plain!(@ $how $noun);)+)+
    };
    (@ plain $noun:ty) => {
        impl Resource for $noun {
            type Made = Answer<Self>;
        }
    };
    (@ known $noun:ty) => {};
}

nouns!(plain);

/// Reading: the list, and one by its id.
pub(super) fn reading<D: Resource>() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes::<D>(
            D::KIND.address(),
            get(list::<D>),
            [(HttpMethod::Get, describe_list::<D>())],
        ))
        .routes(routes::<D>(
            one_at::<D>(),
            get(read::<D>),
            [(HttpMethod::Get, describe_read::<D>())],
        ))
}

/// Writing: one by its id, replaced or made, and removed where that is possible.
pub(super) fn writing<D: Resource>() -> OpenApiRouter<App> {
    let (at, write) = (one_at::<D>(), (HttpMethod::Put, describe_write::<D>()));
    let router = OpenApiRouter::new();
    if D::KIND.deleted.is_none() {
        return router.routes(routes::<D>(at, put(save::<D>), [write]));
    }
    let remove = (HttpMethod::Delete, describe_removal::<D>());
    router.routes(routes::<D>(at, put(save::<D>).delete(remove_one::<D>), [write, remove]))
}

async fn list<D: Resource>(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    list: List<NoFilter>,
) -> Result<Response, Problem> {
    let things = app.list::<D>(&merchant, list.page.wanted()).await?;
    let ids: Vec<String> = things.iter().map(|thing| thing.id().to_string()).collect();
    let shown = D::show(&app, &merchant, things).await?;
    let rows = ids.into_iter().zip(shown).collect();
    let key = |(id, _): &(String, _)| id.clone();
    list.page.written((&app, &merchant), rows, key, |(_, shown)| shown).await
}

async fn read<D: Resource>(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
) -> Result<WithEtag<Answer<D>>, Problem> {
    Ok(WithEtag::read(current::<D>(&app, &merchant, &D::Id::stored(id)).await?.1))
}

async fn save<D: Resource>(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
    conditions: Preconditions,
    request: Request,
) -> Result<Response, Problem> {
    let body = body_value(request, &app).await?;
    let id = D::Id::stored(id);
    let (body, engines) = without_what_is_set::<D>(body, &id)?;
    let sent = Draft::<D::Draft>::of(body)?.sent();
    let expected = conditions.expect(current::<D>(&app, &merchant, &id)).await?;
    if !engines.is_empty() && !matches!(expected, Expected::Other(_)) {
        let shown = found(current::<D>(&app, &merchant, &id).await)?.map(|(_, shown)| shown);
        check_what_is_set(&engines, shown.as_ref())?;
    }
    let saved = app.put(&merchant, id, sent, expected).await?;
    let made = saved.thing.made().filter(|_| saved.created);
    let shown = show_one(&app, &merchant, saved.thing).await?;
    let tagged = WithEtag::written(saved.created, shown);
    Ok(made.map_or_else(|| tagged.showing(&tagged.1), |made| tagged.showing(&made)))
}

async fn remove_one<D: Resource>(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
    conditions: Preconditions,
) -> Result<StatusCode, Problem> {
    let id = D::Id::stored(id);
    let expected = conditions.hold(current::<D>(&app, &merchant, &id)).await?;
    app.delete::<D>(&merchant, &id, expected).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A thing as it is stored, and as it is shown.
async fn current<D: Resource>(
    app: &App,
    merchant: &MerchantId,
    id: &D::Id,
) -> Result<(D, Answer<D>), Problem> {
    let thing = app.get::<D>(merchant, id).await?;
    let shown = show_one(app, merchant, thing.clone()).await?;
    Ok((thing, shown))
}

async fn show_one<D: Resource>(
    app: &App,
    merchant: &MerchantId,
    thing: D,
) -> Result<Answer<D>, Problem> {
    let shown = D::show(app, merchant, vec![thing]).await?;
    shown.into_iter().next().ok_or_else(Problem::internal)
}

/// A body without the fields that the engine sets, so that what was read can be sent back; and
/// those fields.
fn without_what_is_set<D: Resource>(
    mut body: Value,
    id: &D::Id,
) -> Result<(Value, Map<String, Value>), Problem> {
    let mut set = Map::new();
    let Some(members) = body.as_object_mut() else { return Ok((body, set)) };
    if let Some(named) = members.get("id").filter(|named| named.as_str() != Some(id.as_str())) {
        let detail = format!("is {named}, but this is the address of '{id}': leave it out");
        return Err(Problem::invalid(vec![FieldError::new("/id", detail)]));
    }
    for name in D::engine_fields() {
        set.extend(members.remove_entry(name));
    }
    set.remove("id");
    Ok((body, set))
}

/// Holds what the engine sets against what is there: sent back as it was read it says nothing,
/// otherwise somebody believes that it can be set.
fn check_what_is_set<S: Serialize>(
    set: &Map<String, Value>,
    shown: Option<&S>,
) -> Result<(), Problem> {
    let there = shown.and_then(|shown| serde_json::to_value(shown).ok()).unwrap_or_default();
    let differs = |(name, value): &(&String, &Value)| there.get(name.as_str()) != Some(*value);
    let faults: Vec<_> = set
        .iter()
        .filter(differs)
        .map(|(name, _)| {
            let pointer = format!("/{}", pointer_step(name));
            FieldError::new(pointer, "is set by the engine and is not so: leave it out")
        })
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(Problem::invalid(faults)) }
}

fn one_at<D: Resource>() -> String {
    format!("{}/{{id}}", D::KIND.address())
}

fn routes<D: Resource>(
    at: String,
    handlers: axum::routing::MethodRouter<App>,
    operations: impl IntoIterator<Item = (HttpMethod, Operation)>,
) -> UtoipaMethodRouter<App> {
    let mut schemas = vec![
        (D::Draft::name().into_owned(), D::Draft::schema()),
        (Answer::<D>::name().into_owned(), Answer::<D>::schema()),
        (list_name::<D>(), list_schema::<D>()),
    ];
    D::Draft::schemas(&mut schemas);
    Answer::<D>::schemas(&mut schemas);
    schemas.push((D::Made::name().into_owned(), D::Made::schema()));
    D::Made::schemas(&mut schemas);
    let mut item = PathItem::default();
    for (method, operation) in operations {
        item.merge_operations(PathItem::new(method, operation));
    }
    let mut paths = Paths::new();
    paths.paths.insert(at, item);
    (schemas, paths, handlers)
}

fn describe_list<D: Resource>() -> Operation {
    let mut operation = OperationBuilder::new();
    for parameter in PageQuery::into_params(|| Some(ParameterIn::Query)) {
        operation = operation.parameter(parameter);
    }
    describe::<D>(
        operation,
        &format!("list_{}", D::KIND.table),
        format!("Lists {}.", D::KIND.described.many),
        "",
    )
    .response("200", answer(&list_name::<D>()))
    .build()
}

fn describe_read<D: Resource>() -> Operation {
    describe_one::<D>("get", format!("Reads {}.", D::KIND.described.one), "")
        .response("200", answer(&Answer::<D>::name()))
        .build()
}

fn describe_write<D: Resource>() -> Operation {
    let body = RequestBodyBuilder::new()
        .content("application/json", json(&D::Draft::name()))
        .required(Some(Required::True));
    let summary = format!("Writes {}.", D::KIND.described.one);
    describe_one::<D>("put", summary, D::KIND.described.writing)
        .request_body(Some(body.build()))
        .response("200", answer(&Answer::<D>::name()))
        .response("201", answer(&D::Made::name()))
        .build()
}

fn describe_removal<D: Resource>() -> Operation {
    let summary = format!("Removes {}.", D::KIND.described.one);
    describe_one::<D>("delete", summary, D::KIND.described.removing)
        .response("204", ResponseBuilder::new().description("It is removed."))
        .response("409", refusal("Something that runs depends on it."))
        .build()
}

fn describe_one<D: Resource>(verb: &str, summary: String, more: &str) -> OperationBuilder {
    let id = ParameterBuilder::new()
        .name("id")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)));
    let name = D::KIND.one.replace(' ', "_");
    describe::<D>(OperationBuilder::new().parameter(id), &format!("{verb}_{name}"), summary, more)
}

fn describe<D: Resource>(
    operation: OperationBuilder,
    name: &str,
    summary: String,
    more: &str,
) -> OperationBuilder {
    operation
        .tag(D::KIND.described.group)
        .operation_id(Some(name))
        .summary(Some(summary))
        .description(Some(more).filter(|more| !more.is_empty()))
}

fn answer(schema: &str) -> RefOr<utoipa::openapi::Response> {
    let response = ResponseBuilder::new().description("It is done.");
    RefOr::T(response.content("application/json", json(schema)).build())
}

fn refusal(about: &str) -> RefOr<utoipa::openapi::Response> {
    let response = ResponseBuilder::new().description(about);
    RefOr::T(response.content(problem::MEDIA_TYPE, json("Problem")).build())
}

fn json(schema: &str) -> utoipa::openapi::Content {
    ContentBuilder::new().schema(Some(Ref::from_schema_name(schema))).build()
}

fn list_name<D: Resource>() -> String {
    format!("ListOf_{}", Answer::<D>::name())
}

fn list_schema<D: Resource>() -> RefOr<Schema> {
    let data = ArrayBuilder::new()
        .items(Ref::from_schema_name(Answer::<D>::name()))
        .description(Some("The things on this page."));
    let cursor = ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .description(Some("The `cursor` of the next page; null on the last."));
    let list = ObjectBuilder::new()
        .description(Some("One page of a list."))
        .property("data", data)
        .required("data")
        .property("next_cursor", cursor);
    RefOr::T(Schema::Object(list.build()))
}
