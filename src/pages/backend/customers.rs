//! Customers: looked up, shown with all that is theirs, and their profile edited.

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use serde_json::Value;

use crate::app::reads::{Changes, Documents, Page, StoredCustomer, Subscriptions};
use crate::domain::change::ChangeStatus;
use crate::domain::document::Document;
use crate::domain::ids::CustomerId;
use crate::domain::merchant::Customer;
use crate::domain::money::Money;
use crate::edge::etag::Conditions;
use crate::edge::problem::Problem;
use crate::pages::backend::definitions::met;
use crate::pages::backend::desk::{Desk, Head};
use crate::pages::backend::filters::filters;
use crate::pages::backend::forms::{Spec, Typed, form};
use crate::pages::backend::guard::{Answer, Failure, Sent};
use crate::pages::backend::lists::{Browse, Order};
use crate::pages::backend::settings::LOCALES;
use crate::pages::backend::{rows, timeline};
use crate::render::backend::customers::{
    CustomerPage, CustomerRow, CustomersPage, PossibleRow, ProfilePage,
};
use crate::render::backend::form::Kind;
use crate::rules::definitions::merchants::CustomerDraft;
use crate::wire;
use crate::wire::customers::{CustomerBody, PossibleTransition};
use crate::wire::definitions::Published;

/// Where the customers stand.
pub(super) const HERE: &str = "/backend/customers";

/// How many subscriptions stand on the page of a customer.
const SUBSCRIPTIONS_MAX: usize = 20;
/// How many invoices and credit notes.
const DOCUMENTS_MAX: usize = 12;
/// How many invoices, and how many credit notes are drawn.
const DRAWN_MAX: i64 = 200;
/// How many of the changes that wait.
const CHANGES_MAX: i64 = 50;

const FIELDS: &[Spec] = &[
    Spec::new("/name", "Name", Kind::Text).hint("Stands on documents issued from now on."),
    Spec::new("/address", "Address", Kind::Area),
    Spec::new("/country", "Country", Kind::Text)
        .hint("Two letters, such as DE.")
        .right("Write the two letters of the country, such as DE for Germany.")
        .upper(),
    Spec::new("/email", "Mail address", Kind::Text)
        .right("Write one mail address, such as ada@example.org."),
    Spec::new("/locale", "Language", Kind::Text)
        .hint("Such as de or en-GB.")
        .right("Write a language, such as en, or a language and a country, such as de-AT."),
    Spec::new("/group", "Group", Kind::Text),
];

/// Lists customers.
pub(super) async fn list(desk: Desk, Query(browse): Query<Browse>) -> Answer {
    let page = browse.page(Order::ById);
    let mut found = desk.app.customers(&desk.merchant, page).await?;
    let label = "Search by id, name or mail address";
    let (filters, here) = filters(HERE, label, browse.searched(), &[]);
    let pager = browse.pager(&mut found, Order::ById, &here, |(customer, _)| customer.id.as_str());
    let rows = found.iter().map(|(customer, owed)| row(&desk, customer, owed)).collect();
    desk.show(Head::new("Customers"), &CustomersPage { filters, rows, pager })
}

fn row(desk: &Desk, customer: &StoredCustomer, owed: &[Money]) -> CustomerRow {
    CustomerRow {
        id: customer.id.to_string(),
        name: customer.profile.name.clone(),
        email: customer.profile.email.clone(),
        balances: owed.iter().map(|owed| desk.money(*owed)).collect(),
        since: desk.time(customer.created_at),
    }
}

/// Shows a customer with all that is theirs.
pub(super) async fn show(desk: Desk, Path(id): Path<String>) -> Answer {
    let id = CustomerId::stored(id);
    let (customer, owed) = desk.app.customer(&desk.merchant, &id).await?;
    let of_customer = Subscriptions { customer: Some(id.clone()), ..Subscriptions::default() };
    let newest = Page::first(i64::try_from(SUBSCRIPTIONS_MAX + 1).unwrap_or(i64::MAX)).reversed();
    let mut contracts = desk.app.subscriptions(&desk.merchant, of_customer, newest).await?;
    let has_more_subscriptions = contracts.len() > SUBSCRIPTIONS_MAX;
    contracts.truncate(SUBSCRIPTIONS_MAX);
    let waiting = Changes {
        customer: Some(id.clone()),
        status: Some(ChangeStatus::Pending),
        ..Changes::default()
    };
    let first = Page::first(CHANGES_MAX);
    let changes = desk.app.scheduled_changes(&desk.merchant, waiting, first).await?;
    let possible = desk.app.transitions(&desk.merchant, &id).await?;
    let of_customer = Documents { customer: Some(id.clone()), ..Documents::default() };
    let documents = issued(&desk, of_customer, DRAWN_MAX).await?;
    let newest = documents.iter().take(DOCUMENTS_MAX);
    let drawn: Vec<_> = contracts.iter().collect();
    let label = format!("All subscriptions of {id}");
    let page = CustomerPage {
        address: customer.profile.address.clone(),
        locale: customer.profile.locale.clone(),
        group: customer.profile.group.clone(),
        country: customer.profile.country.clone(),
        due: customer.due_on.map(|on| desk.day(on)),
        subscriptions: contracts.iter().map(|found| rows::subscription(&desk, found)).collect(),
        has_more_subscriptions,
        changes: changes.iter().map(|change| rows::change(&desk, change)).collect(),
        documents: newest.map(|it| rows::document(&desk, it)).collect(),
        timeline: timeline::stored(&desk, &drawn, None, &documents, &label),
        possible: possible.iter().map(|possible| possible_row(&desk, possible)).collect(),
        customer: row(&desk, &customer, &owed),
    };
    let title = page.customer.name.clone().unwrap_or_else(|| page.customer.id.clone());
    desk.show(Head::new(title).below("Customers", HERE), &page)
}

/// The last invoices and the last credit notes, the newest first.
pub(super) async fn issued(
    desk: &Desk,
    of: Documents,
    limit: i64,
) -> Result<Vec<Document>, Failure> {
    let newest = || Page::first(limit).reversed();
    let invoices = desk.app.invoices(&desk.merchant, of.clone(), newest()).await?;
    let notes = desk.app.credit_notes(&desk.merchant, of, newest()).await?;
    let mut all: Vec<Document> = invoices.into_iter().chain(notes).collect();
    // Credits stand before the invoice that draws on them, so behind it where the newest is first.
    all.sort_by_key(|document| match document {
        Document::Invoice(it) => std::cmp::Reverse((it.issued_on, true, it.number)),
        Document::CreditNote(it) => std::cmp::Reverse((it.issued_on, false, it.number)),
    });
    Ok(all)
}

fn possible_row(desk: &Desk, possible: &PossibleTransition) -> PossibleRow {
    let due = possible.amount_due.clone();
    let currency = crate::domain::money::Currency::parse(&due.currency).ok();
    let money = currency.and_then(|currency| Money::parse(&due.amount, currency).ok());
    let plain = format!("{} {}", due.amount, due.currency);
    PossibleRow {
        title: possible.confirmation.title.clone(),
        offer: possible.target_offer.clone(),
        source: possible.source_subscription.clone(),
        path: possible.path.clone(),
        what: match possible.mode {
            wire::checkouts::Mode::Replace => "replaces",
            wire::checkouts::Mode::Add => "is added",
        },
        on: desk.day(possible.effective_on),
        due: money.map_or(plain, |money| desk.money(money)),
    }
}

/// Shows the form for a profile.
pub(super) async fn ask_profile(desk: Desk, Path(id): Path<String>) -> Answer {
    let id = CustomerId::stored(id);
    profile(&desk, &id, &stored(&desk, &id).await?, None)
}

/// Saves a profile.
pub(super) async fn save_profile(desk: Desk, Path(id): Path<String>, sent: Sent) -> Answer {
    let id = CustomerId::stored(id);
    // A form is for somebody who is there.
    desk.app.customer(&desk.merchant, &id).await?;
    let typed = desk.typed(sent);
    match saved(&desk, &id, &typed).await {
        Ok(()) => desk.go(&format!("{HERE}/{id}"), "The profile is saved."),
        Err(problem) => match met(FIELDS, typed, &problem, stored(&desk, &id)).await? {
            Some(typed) => profile(&desk, &id, &typed, Some(&problem)),
            None => desk.go(&format!("{HERE}/{id}"), "The profile is saved."),
        },
    }
}

async fn saved(desk: &Desk, id: &CustomerId, typed: &Typed) -> Result<(), Problem> {
    let sent = typed.draft::<CustomerBody, CustomerDraft>(FIELDS)?.sent();
    let expected = Conditions::as_seen(typed.version()).expect(read(desk, id)).await?;
    desk.app.put::<Customer>(&desk.merchant, id.clone(), sent, expected).await?;
    Ok(())
}

async fn read(desk: &Desk, id: &CustomerId) -> Result<(Customer, Value), Problem> {
    let customer = desk.app.get::<Customer>(&desk.merchant, id).await?;
    let said = customer.said();
    Ok((customer, said))
}

/// What is stored, as it stands in the form.
async fn stored(desk: &Desk, id: &CustomerId) -> Result<Typed, Problem> {
    Ok(Typed::of(FIELDS, &read(desk, id).await?.1, desk.hand()))
}

fn profile(desk: &Desk, id: &CustomerId, typed: &Typed, problem: Option<&Problem>) -> Answer {
    let status = problem.map_or(StatusCode::OK, |problem| problem.code.status());
    let form = form(FIELDS, typed, problem).with_suggestions("locale", LOCALES);
    let page = ProfilePage { id: id.to_string(), form };
    let head = Head::new("Edit profile").below("Customers", HERE);
    desk.show_as(status, head.below(id.as_str(), format!("{HERE}/{id}")), &page)
}
