//! Customers: looked up, shown with all that is theirs, and their profile edited.

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use serde_json::Value;

use crate::app::reads::{
    Changes, Documents, Page, StoredCustomer, StoredSubscription, Subscriptions,
};
use crate::domain::change::ChangeStatus;
use crate::domain::document::Document;
use crate::domain::ids::{CustomerId, OfferId, SubscriptionId};
use crate::domain::merchant::Customer;
use crate::domain::money::Money;
use crate::domain::path::Mode;
use crate::edge::etag::Preconditions;
use crate::edge::problem::Problem;
use crate::pages::backend::answer::{Answer, Failure, SentForm};
use crate::pages::backend::definitions::{met, on_a_line};
use crate::pages::backend::filters::filters;
use crate::pages::backend::forms::{FormValues, Spec, form};
use crate::pages::backend::lists::{Browse, SortOrder};
use crate::pages::backend::places::CUSTOMERS;
use crate::pages::backend::session::{PageHead, Session};
use crate::pages::backend::settings::{COUNTRY, LOCALES};
use crate::pages::backend::what_if::rejected;
use crate::pages::backend::{openings, people, rows, timeline};
use crate::render::backend::customers::{
    CustomerPage, CustomerRow, CustomersPage, PossibleRow, ProfilePage, RefusedRow,
};
use crate::render::backend::form::Kind;
use crate::render::backend::phrase::{Phrase, phrase};
use crate::render::backend::subscriptions::{ChangeRow, SubscriptionRow};
use crate::rules::definitions::customers::CustomerDraft;
use crate::rules::matching::Reason;
use crate::wire;
use crate::wire::customers::{PossibleTransition, RefusedTransition, Transitions};
use crate::wire::definitions::Published;

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
        .right(COUNTRY)
        .upper(),
    Spec::new("/email", "Mail address", Kind::Text)
        .right("Write one mail address, such as ada@example.org."),
    Spec::new("/locale", "Language", Kind::Text)
        .hint("Such as de or en-GB.")
        .right("Write a language, such as en, or a language and a country, such as de-AT."),
    Spec::new("/group", "Group", Kind::Text),
    Spec::new("/phone", "Telephone", Kind::Text)
        .hint("Such as +4930123456.")
        .right("Write the number with its country, such as +4930123456."),
    Spec::new("/vat_id", "VAT number", Kind::Text).hint("Such as FR12345678901."),
    Spec::new("/reference", "Reference on documents", Kind::Text)
        .hint("What the customer wants to read there, such as an order number or a Leitweg-ID."),
    Spec::new("/postal_address/line1", "Street and number", Kind::Text)
        .hint("Electronic invoices want the address part by part."),
    Spec::new("/postal_address/line2", "Second line", Kind::Text),
    Spec::new("/postal_address/postal_code", "Postal code", Kind::Text),
    Spec::new("/postal_address/city", "City", Kind::Text),
    Spec::new("/postal_address/region", "Region", Kind::Text),
    Spec::new("/postal_address/country", "Country of the address", Kind::Text)
        .hint("Two letters; left empty, the customer\u{2019}s.")
        .right(COUNTRY)
        .upper(),
    Spec::new("/messages", "Messages of automations", Kind::Choice)
        .hint("Left open, automations write unless the settings ask for consent."),
];

/// Lists customers.
pub(super) async fn list(session: Session, Query(browse): Query<Browse>) -> Answer {
    let page = browse.page(SortOrder::Ascending);
    let mut found = session.app.customers(&session.merchant, page).await?;
    let label = "Search by id, name or mail address";
    let (filters, here) = filters(CUSTOMERS, label, browse.searched(), &[]);
    let pager =
        browse.pager(&mut found, SortOrder::Ascending, &here, |(customer, _)| customer.id.as_str());
    let rows = found.iter().map(|(customer, owed)| row(&session, customer, owed)).collect();
    session.show(PageHead::new("Customers"), &CustomersPage { filters, rows, pager })
}

fn row(session: &Session, customer: &StoredCustomer, owed: &[Money]) -> CustomerRow {
    let (balances, debts): (Vec<Money>, Vec<Money>) =
        owed.iter().copied().partition(|owed| owed.minor > 0);
    let written = |all: Vec<Money>| all.into_iter().map(|it| session.money(it)).collect();
    CustomerRow {
        id: customer.id.to_string(),
        name: customer.profile.name.clone(),
        email: customer.profile.email.clone(),
        balances: written(balances),
        debts: written(debts.iter().map(|it| Money::new(-it.minor, it.currency)).collect()),
        since: session.time(customer.created_at),
    }
}

/// Shows a customer with all that is theirs.
pub(super) async fn show(session: Session, Path(id): Path<String>) -> Answer {
    let id = CustomerId::stored(id);
    let (customer, owed) = session.app.customer(&session.merchant, &id).await?;
    let of_customer = Subscriptions { customer: Some(id.clone()), ..Subscriptions::default() };
    let newest = Page::first(i64::try_from(SUBSCRIPTIONS_MAX + 1).unwrap_or(i64::MAX)).reversed();
    let mut held = session.app.subscriptions(&session.merchant, of_customer, newest).await?;
    let has_more_subscriptions = held.len() > SUBSCRIPTIONS_MAX;
    held.truncate(SUBSCRIPTIONS_MAX);
    let waiting = Changes {
        customer: Some(id.clone()),
        status: Some(ChangeStatus::Pending),
        ..Changes::default()
    };
    let first = Page::first(CHANGES_MAX);
    let changes = session.app.scheduled_changes_by_day(&session.merchant, waiting, first).await?;
    let titles = rows::titles(&session, &changes).await?;
    let targets =
        session.app.transitions(&session.merchant, &id, None, Page::first(CHANGES_MAX)).await?;
    let targets = Transitions::of(targets, None);
    let of_customer = Documents { customer: Some(id.clone()), ..Documents::default() };
    let documents = issued(&session, of_customer, DRAWN_MAX).await?;
    let newest = documents.iter().take(DOCUMENTS_MAX);
    let drawn: Vec<_> = held.iter().collect();
    let label = phrase!("All subscriptions of {}", people::known(&customer).name);
    let edition = session.app.catalogue(&session.merchant).await?;
    let title_of = |id: &str| {
        let offer = edition.catalogue.offer(&OfferId::stored(id.to_owned()));
        offer.map_or_else(|| id.to_owned(), |it| on_a_line(&it.terms.title))
    };
    let who = || people::known(&customer);
    let title = who().name;
    let page = CustomerPage {
        address: Some(customer.profile.clone().buyer().address_lines().join("\n"))
            .filter(|address| !address.is_empty()),
        vat_id: customer.profile.vat_id.clone(),
        reference: customer.profile.reference.clone(),
        locale: customer.profile.locale.clone(),
        group: customer.profile.group.clone(),
        country: customer.profile.country.clone(),
        phone: customer.profile.phone.clone(),
        messages: customer
            .profile
            .messages
            .map(|wanted| Phrase::from(if wanted { "yes" } else { "no" })),
        due: customer.due_on.map(|on| session.day(on)),
        subscriptions: held
            .iter()
            .map(|it| SubscriptionRow { customer: who(), ..rows::subscription(&session, it) })
            .collect(),
        has_more_subscriptions,
        changes: changes
            .iter()
            .map(|it| ChangeRow { customer: who(), ..rows::change(&session, it, &titles) })
            .collect(),
        documents: newest.map(|it| rows::document(&session, it)).collect(),
        timeline: timeline::stored(&session, &drawn, None, &documents, label),
        possible: (targets.data.iter())
            .map(|it| possible_row(&session, it, title_of(&it.target_offer), &held))
            .collect(),
        open: openings::open_of(&session, &id, title_of).await?,
        refused: targets.refused.iter().flat_map(|it| refused_rows(it, &held)).collect(),
        customer: row(&session, &customer, &owed),
    };
    session.show(PageHead::new(title).below("Customers", CUSTOMERS), &page)
}

/// The last invoices and the last credit notes, the newest first.
pub(super) async fn issued(
    session: &Session,
    of: Documents,
    limit: i64,
) -> Result<Vec<Document>, Failure> {
    let newest = || Page::first(limit).reversed();
    let invoices = session.app.invoices_in_full(&session.merchant, of.clone(), newest()).await?;
    let notes = session.app.credit_notes_in_full(&session.merchant, of, newest()).await?;
    let invoices = invoices.into_iter().map(|found| Document::Invoice(found.invoice));
    let notes = notes.into_iter().map(|found| Document::CreditNote(found.note));
    let mut all: Vec<Document> = invoices.chain(notes).collect();
    // Credits stand before the invoice that draws on them, so behind it where the newest is first.
    all.sort_by_key(|document| match document {
        Document::Invoice(it) => std::cmp::Reverse((it.issued_on, true, it.number)),
        Document::CreditNote(it) => std::cmp::Reverse((it.issued_on, false, it.number)),
    });
    Ok(all)
}

fn possible_row(
    session: &Session,
    possible: &PossibleTransition,
    offer_title: String,
    held: &[StoredSubscription],
) -> PossibleRow {
    let is_source =
        |it: &&StoredSubscription| it.subscription.id.as_str() == possible.source_subscription;
    let source = held.iter().find(is_source);
    let source_title = source.map(|it| it.subscription.terms.title.clone());
    let due = possible.amount_due.clone();
    let currency = crate::domain::money::Currency::parse(&due.currency).ok();
    let money = currency.and_then(|currency| Money::parse(&due.amount, currency).ok());
    let plain = format!("{} {}", due.amount, due.currency);
    PossibleRow {
        title: possible.confirmation.title.clone(),
        offer: possible.target_offer.clone(),
        offer_title,
        source_title: source_title.unwrap_or_else(|| possible.source_subscription.clone()),
        source: possible.source_subscription.clone(),
        path: possible.path.clone(),
        what: match possible.mode {
            Mode::Replace => "replaces",
            Mode::Add => "is added",
        },
        on: session.day(possible.effective_on),
        due: money.map_or(plain, |money| session.money(money)),
    }
}

/// Why a target is refused: a row for each path and subscription that was looked at.
fn refused_rows(refused: &RefusedTransition, held: &[StoredSubscription]) -> Vec<RefusedRow> {
    let of = |id: &SubscriptionId| held.iter().find(|it| it.subscription.id == *id);
    let row = |candidate: &wire::checkouts::Candidate| {
        let code = candidate.reason.as_deref().unwrap_or_default();
        let known = Reason::ALL.iter().find(|reason| reason.name() == code);
        let source = of(&candidate.subscription).map(|it| it.subscription.terms.title.clone());
        RefusedRow {
            offer: refused.offer.clone(),
            title: refused.title.clone(),
            source: source.unwrap_or_else(|| candidate.subscription.to_string()),
            path: candidate.path.to_string(),
            why: known.map_or("another comes first", |reason| rejected(*reason)),
        }
    };
    refused.considered.iter().map(row).collect()
}

/// Shows the form for a profile.
pub(super) async fn ask_profile(session: Session, Path(id): Path<String>) -> Answer {
    let id = CustomerId::stored(id);
    profile(&session, &id, &stored(&session, &id).await?, None)
}

/// Saves a profile.
pub(super) async fn save_profile(
    session: Session,
    Path(id): Path<String>,
    sent: SentForm,
) -> Answer {
    let id = CustomerId::stored(id);
    // A form is for somebody who is there.
    session.app.customer(&session.merchant, &id).await?;
    let values = session.values(sent);
    match Box::pin(saved(&session, &id, &values)).await {
        Ok(()) => session.go(&format!("{CUSTOMERS}/{id}"), "The profile is saved."),
        Err(problem) => {
            let read = |values: &FormValues| values.json(FIELDS);
            match met(read, (values, None), &problem, stored(&session, &id)).await? {
                Some(values) => profile(&session, &id, &values, Some(&problem)),
                None => session.go(&format!("{CUSTOMERS}/{id}"), "The profile is saved."),
            }
        }
    }
}

async fn saved(session: &Session, id: &CustomerId, values: &FormValues) -> Result<(), Problem> {
    let sent = values.draft::<CustomerDraft>(FIELDS)?.sent();
    let expected = Preconditions::as_seen(values.version());
    let expected = Box::pin(expected.expect(read(session, id))).await?;
    session.app.put::<Customer>(&session.merchant, id.clone(), sent, expected).await?;
    Ok(())
}

async fn read(session: &Session, id: &CustomerId) -> Result<(Customer, Value), Problem> {
    let customer = session.app.get::<Customer>(&session.merchant, id).await?;
    let said = customer.said();
    Ok((customer, said))
}

/// What is stored, as it stands in the form.
async fn stored(session: &Session, id: &CustomerId) -> Result<FormValues, Problem> {
    Ok(FormValues::of(FIELDS, &read(session, id).await?.1, session.notation()))
}

fn profile(
    session: &Session,
    id: &CustomerId,
    values: &FormValues,
    problem: Option<&Problem>,
) -> Answer {
    let status = problem.map_or(StatusCode::OK, |problem| problem.code.status());
    let form = form(FIELDS, values, problem)
        .with_suggestions("locale", LOCALES)
        .with_options("messages", [("", "not said"), ("true", "wanted"), ("false", "not wanted")]);
    let page = ProfilePage { id: id.to_string(), form };
    let head = PageHead::new("Edit profile").below("Customers", CUSTOMERS);
    session.show_as(status, head.below(id.to_string(), format!("{CUSTOMERS}/{id}")), &page)
}
