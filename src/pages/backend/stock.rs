//! The stock of a product: what is left, every move of it, and some added or taken away by hand.

use axum::extract::{Path, Query};
use axum::http::StatusCode;

use crate::app::App;
use crate::app::reads::Page;
use crate::domain::catalogue::Product;
use crate::domain::ids::ProductId;
use crate::domain::stock::{RecordedMove, StockCause};
use crate::edge::problem::Problem;
use crate::pages::backend::answer::{Answer, Failure, SentForm};
use crate::pages::backend::confirm::{answerable, kindly};
use crate::pages::backend::definitions::{find, status, wrong};
use crate::pages::backend::forms::{FormValues, Spec, form};
use crate::pages::backend::lists::{Browse, SortOrder};
use crate::pages::backend::once;
use crate::pages::backend::places::{ORDERS, PRODUCTS};
use crate::pages::backend::session::{PageHead, Session};
use crate::render::backend::form::Kind;
use crate::render::backend::frame::Link;
use crate::render::backend::orders::{MoveRow, StockPage};
use crate::render::backend::phrase::phrase;
use crate::wire::products::RestockBody;

const FIELDS: &[Spec] = &[Spec::new("/add", "How many", Kind::Number)
    .hint("Less than nothing, such as -2, takes some away.")
    .right("Write a whole number of pieces, such as 20 or -2.")
    .required()];

/// Where the stock of a product stands.
pub(super) fn address(product: &str) -> String {
    format!("{PRODUCTS}/{product}/stock")
}

/// Shows what is left, and the moves.
pub(super) async fn show(
    session: Session,
    Path(id): Path<String>,
    Query(browse): Query<Browse>,
) -> Answer {
    page(&session, &id, &browse, (&FormValues::default(), None)).await
}

/// Adds some, or takes some away.
pub(super) async fn add(session: Session, Path(id): Path<String>, sent: SentForm) -> Answer {
    let values = session.values(sent);
    let Some(turn) = once::begin(&session, &values).await? else {
        return session.go(&address(&id), "The stock is moved.");
    };
    let done = moved(&turn.app, &session, &id, &values).await;
    if !matches!(done, Ok(None)) {
        turn.give_up().await;
    }
    match done? {
        None => session.go(&address(&id), "The stock is moved."),
        Some(problem) => page(&session, &id, &Browse::default(), (&values, Some(&problem))).await,
    }
}

/// Moves the stock; or says what is wrong with that, where somebody can answer to it.
async fn moved(
    app: &App,
    session: &Session,
    id: &str,
    values: &FormValues,
) -> Result<Option<Problem>, Failure> {
    let product = find::<Product>(session, id).await?;
    let draft = values.draft::<RestockBody>(FIELDS);
    let body = match draft.and_then(|draft| draft.judged(|_| Ok(()))) {
        Ok(body) => body,
        Err(problem) => return Ok(Some(wrong(problem)?)),
    };
    match app.move_stock(&session.merchant, &product.id, body.add).await {
        Ok(_) => Ok(None),
        Err(error) => Ok(Some(answerable(error)?)),
    }
}

async fn page(
    session: &Session,
    id: &str,
    browse: &Browse,
    (values, problem): (&FormValues, Option<&Problem>),
) -> Answer {
    let product = find::<Product>(session, id).await?;
    let wanted: Page = browse.page(SortOrder::NewestFirst);
    let key = ProductId::stored(id.to_owned());
    let moves = session.app.stock_moves(&session.merchant, &key, wanted).await?;
    let mut rows: Vec<(String, RecordedMove)> =
        moves.into_iter().map(|it| (it.what.sequence.to_string(), it)).collect();
    let here = browse.address(&address(id));
    let pager = browse.pager(&mut rows, SortOrder::NewestFirst, &here, |(sequence, _)| sequence);
    let is_field = |problem: &&Problem| problem.code.status() == StatusCode::UNPROCESSABLE_ENTITY;
    let page = StockPage {
        id: id.to_owned(),
        title: product.title.clone(),
        left: product.stock.map_or_else(|| "no limit".into(), std::convert::Into::into),
        is_limited: product.stock.is_some(),
        action: address(id),
        once: once::fresh(session),
        refused: problem.filter(|problem| !is_field(problem)).map(kindly),
        form: form(FIELDS, values, problem.filter(is_field)),
        rows: rows.iter().map(|(_, it)| row(session, it)).collect(),
        pager,
    };
    let head =
        PageHead::new(phrase!("Stock of {}", product.title.clone())).below("Products", PRODUCTS);
    session.show_as(status(problem), head, &page)
}

fn row(session: &Session, RecordedMove { what, at }: &RecordedMove) -> MoveRow {
    let cause = match what.cause {
        StockCause::Set => "set",
        StockCause::Add => "added",
        StockCause::Order => "sold",
        StockCause::Gift => "given",
        StockCause::Upsell => "sold after an order",
        StockCause::Hold => "held",
        StockCause::Cancelled => "order cancelled",
    };
    let order = what.subject.as_ref().filter(|_| what.cause != StockCause::Hold);
    MoveRow {
        at: session.time(*at),
        cause,
        change: what.change.map(|change| format!("{change:+}")).unwrap_or_default(),
        left: what.left.map_or_else(|| "no limit".into(), std::convert::Into::into),
        order: order.map(|id| Link::new(id.clone(), format!("{ORDERS}/{id}"))),
    }
}
