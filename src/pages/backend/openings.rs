//! What is begun for a customer by hand: the customer themselves, a checkout that is opened for
//! them, their portal, and the payout of their credit balance.

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect};
use serde_json::Value;

use crate::app::checkouts::CheckoutDraft;
use crate::app::expected::Expected;
use crate::app::reads::Page;
use crate::app::{App, AppError};
use crate::domain::catalogue::Offer;
use crate::domain::checkout::{CheckoutRequest, CheckoutStatus};
use crate::domain::fault::Fault;
use crate::domain::ids::{CustomerId, OfferId, is_valid_id};
use crate::domain::merchant::Customer;
use crate::domain::money::{Currency, Money};
use crate::edge::drafts::Draft;
use crate::edge::problem::{FieldError, Problem};
use crate::pages::backend::answer::{Answer, Failure, SentForm};
use crate::pages::backend::confirm::{answerable, ask};
use crate::pages::backend::definitions::{PICKED_MAX, on_a_line};
use crate::pages::backend::forms::{FormValues, Spec, form};
use crate::pages::backend::naming::NEW;
use crate::pages::backend::once;
use crate::pages::backend::people;
use crate::pages::backend::places::CUSTOMERS;
use crate::pages::backend::session::{PageHead, Session};
use crate::pages::backend::settings::{CURRENCIES, LOCALES};
use crate::render::backend::confirm::{ConfirmPage, Fact};
use crate::render::backend::customers::OpenCheckout;
use crate::render::backend::form::{Form, Kind};
use crate::render::backend::phrase::Phrase;
use crate::rules::definitions::customers::CustomerDraft;
use crate::wire::customers::NewPayout;
use crate::wire::portal::NewPortalSession;

/// How many open checkouts of a customer are listed.
const OPEN_MAX: i64 = 20;

const CUSTOMER: &[Spec] = &[
    Spec::new("/id", "Id", Kind::Text)
        .hint("Names the customer in the API, for good; such as the number in your shop.")
        .required(),
    Spec::new("/name", "Name", Kind::Text).hint("Stands on documents."),
    Spec::new("/email", "Mail address", Kind::Text)
        .right("Write one mail address, such as ada@example.org."),
    Spec::new("/locale", "Language", Kind::Text)
        .hint("Such as de or en-GB.")
        .right("Write a language, such as en, or a language and a country, such as de-AT."),
];

const CHECKOUT: &[Spec] = &[
    Spec::new("/offer", "Offer", Kind::Choice).required(),
    Spec::new("/locale", "Language", Kind::Text)
        .hint("Of the customer, if left empty.")
        .right("Write a language, such as en, or a language and a country, such as de-AT."),
];

const PAYOUT: &[Spec] = &[
    Spec::new("/amount", "Amount", Kind::Money).required(),
    Spec::new("/reference", "Reference", Kind::Text)
        .hint("What the payment is called where the money moves.")
        .required(),
];

/// What is begun.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OpeningRequest {
    Checkout,
    Payout,
}

impl OpeningRequest {
    fn fields(self) -> &'static [Spec] {
        match self {
            Self::Checkout => CHECKOUT,
            Self::Payout => PAYOUT,
        }
    }

    fn step(self) -> &'static str {
        match self {
            Self::Checkout => "checkout",
            Self::Payout => "payout",
        }
    }

    fn done(self) -> &'static str {
        match self {
            Self::Checkout => "The checkout is open: send its link to the customer.",
            Self::Payout => "The payout is recorded.",
        }
    }
}

/// Asks for a new customer.
pub(super) async fn ask_customer(session: Session) -> Answer {
    new_customer(&session, &FormValues::default(), None)
}

/// Makes a customer.
pub(super) async fn make_customer(session: Session, sent: SentForm) -> Answer {
    let values = session.values(sent);
    let id = values.text("/id").trim().to_owned();
    match made(&session, &id, &values).await? {
        None => session.go(&format!("{CUSTOMERS}/{id}"), "The customer is there."),
        Some(problem) => new_customer(&session, &values, Some(&problem)),
    }
}

async fn made(
    session: &Session,
    id: &str,
    values: &FormValues,
) -> Result<Option<Problem>, Failure> {
    let wrong = |detail: &str| Some(Problem::invalid(vec![FieldError::new("/id", detail)]));
    if !is_valid_id(id) {
        return Ok(wrong(
            "write up to 128 letters from a to z, digits, dashes, dots, underscores or colons, and \
             nothing else",
        ));
    }
    let draft = match values.draft::<CustomerDraft>(&CUSTOMER[1..]) {
        Ok(draft) => draft.sent(),
        Err(problem) => return Ok(Some(problem)),
    };
    let id = CustomerId::stored(id.to_owned());
    match session.app.put::<Customer>(&session.merchant, id, draft, Expected::Nothing).await {
        Ok(_) => Ok(None),
        Err(AppError::Refused(refusal)) if refusal.code == "precondition-failed" => {
            Ok(wrong("is taken: there is such a customer already"))
        }
        Err(error) => answerable(error).map(Some),
    }
}

fn new_customer(session: &Session, values: &FormValues, problem: Option<&Problem>) -> Answer {
    let form = form(CUSTOMER, values, problem.filter(|it| !it.errors.is_empty()))
        .with_suggestions("locale", LOCALES);
    let page = ConfirmPage {
        lead: "A checkout makes a customer, too: this is for who is to be known before.",
        action: format!("{CUSTOMERS}/{NEW}"),
        button: "Add customer",
        keep: "Leave it",
        back: CUSTOMERS.to_owned(),
        ..asking(CUSTOMER, form)
    };
    ask(session, PageHead::new("Add a customer").below("Customers", CUSTOMERS), page, problem)
}

/// Asks which checkout is to be opened.
pub(super) async fn ask_checkout(session: Session, Path(id): Path<String>) -> Answer {
    question(&session, &id, OpeningRequest::Checkout, &FormValues::default(), None).await
}

/// Opens a checkout.
pub(super) async fn open_checkout(
    session: Session,
    Path(id): Path<String>,
    sent: SentForm,
) -> Answer {
    begin(session, id, OpeningRequest::Checkout, sent).await
}

/// Opens the portal of a customer, and goes there.
pub(super) async fn open_portal(session: Session, Path(id): Path<String>) -> Answer {
    let (customer, new) = (CustomerId::stored(id), NewPortalSession::default());
    let opened = session.app.open_portal(&session.merchant, &customer, new).await?;
    // The path alone: whoever looks at the backend may reach it by another name.
    let path = opened.url.strip_prefix(session.app.public_url()).unwrap_or(&opened.url);
    Ok(Redirect::to(path).into_response())
}

/// Asks what is to be paid out.
pub(super) async fn ask_payout(session: Session, Path(id): Path<String>) -> Answer {
    let customer = CustomerId::stored(id.clone());
    let (_, owed) = session.app.customer(&session.merchant, &customer).await?;
    let most = owed.into_iter().max_by_key(|owed| owed.minor).filter(|owed| owed.minor > 0);
    let blank = FormValues::default().by(session.notation());
    let values = match most {
        Some(most) => blank
            .with("/amount/amount", session.notation().write(&most.amount()))
            .with("/amount/currency", most.currency.code()),
        None => blank.with("/amount/currency", session.settings.currency.code()),
    };
    question(&session, &id, OpeningRequest::Payout, &values, None).await
}

/// Pays out.
pub(super) async fn pay_out(session: Session, Path(id): Path<String>, sent: SentForm) -> Answer {
    begin(session, id, OpeningRequest::Payout, sent).await
}

async fn begin(session: Session, id: String, what: OpeningRequest, sent: SentForm) -> Answer {
    let values = session.values(sent);
    let to = format!("{CUSTOMERS}/{id}");
    let customer = CustomerId::stored(id.clone());
    session.app.customer(&session.merchant, &customer).await?;
    let Some(turn) = once::begin(&session, &values).await? else {
        return session.go(&to, what.done());
    };
    let done = match what {
        OpeningRequest::Checkout => opened(&turn.app, &session, customer, &values).await,
        OpeningRequest::Payout => paid_out(&turn.app, &session, &customer, &values).await,
    };
    if !matches!(done, Ok(None)) {
        turn.give_up().await;
    }
    match done? {
        None => session.go(&to, what.done()),
        Some(problem) => question(&session, &id, what, &values, Some(&problem)).await,
    }
}

async fn opened(
    app: &App,
    session: &Session,
    customer: CustomerId,
    values: &FormValues,
) -> Result<Option<Problem>, Failure> {
    let offer = values.text("/offer").trim();
    if !is_valid_id(offer) {
        return Ok(Some(Problem::invalid(vec![FieldError::new("/offer", "pick one")])));
    }
    let locale = Some(values.text("/locale").trim()).filter(|it| !it.is_empty());
    let draft = CheckoutDraft {
        request: CheckoutRequest::plain(customer, OfferId::stored(offer.to_owned())),
        locale: locale.map(str::to_owned),
        metadata: None,
        return_url: None,
    };
    let done = app.open_checkout(&session.merchant, draft).await;
    done.map(|_| None).or_else(|error| answerable(error).map(Some))
}

async fn paid_out(
    app: &App,
    session: &Session,
    customer: &CustomerId,
    values: &FormValues,
) -> Result<Option<Problem>, Failure> {
    let (body, faults): (Value, _) = values.read_all(PAYOUT);
    let draft = Draft::<NewPayout, NewPayout>::with_faults(body, faults);
    let body = match draft.and_then(|draft| draft.judged(|_| Ok::<(), Vec<Fault>>(()))) {
        Ok(body) => body,
        Err(problem) => return Ok(Some(problem)),
    };
    let currency = Currency::parse(&body.amount.currency).ok();
    let amount = currency.and_then(|it| Money::parse(&body.amount.amount, it).ok());
    let Some(amount) = amount else {
        let wrong = FieldError::new("/amount/amount", "is no amount of this currency");
        return Ok(Some(Problem::invalid(vec![wrong])));
    };
    let done = app.pay_out(&session.merchant, customer, amount, body.reference).await;
    done.map(|_| None).or_else(|error| answerable(error).map(Some))
}

async fn question(
    session: &Session,
    id: &str,
    what: OpeningRequest,
    values: &FormValues,
    problem: Option<&Problem>,
) -> Answer {
    let key = CustomerId::stored(id.to_owned());
    let (customer, owed) = session.app.customer(&session.merchant, &key).await?;
    let form = form(what.fields(), values, problem.filter(|it| !it.errors.is_empty()))
        .with_suggestions("locale", LOCALES)
        .with_suggestions("amount", CURRENCIES);
    let form = match what {
        OpeningRequest::Checkout => form.with_options("offer", offers(session).await?),
        OpeningRequest::Payout => form,
    };
    let name = people::known(&customer).name;
    let mut facts = vec![Fact::new("Customer", name.clone())];
    facts.extend(owed.iter().map(|owed| match owed.minor {
        ..0 => Fact::new("Debt", session.money(Money::new(-owed.minor, owed.currency))),
        _ => Fact::new("Credit balance", session.money(*owed)),
    }));
    let (title, lead, button) = match what {
        OpeningRequest::Checkout => (
            "Open a checkout",
            "It is opened as if the customer had pressed a button in your shop; they confirm it \
             on its page.",
            "Open it",
        ),
        OpeningRequest::Payout => (
            "Pay a balance out",
            "Records that you have paid the customer back: it moves no money itself.",
            "It is paid out",
        ),
    };
    let page = ConfirmPage {
        lead,
        facts,
        action: format!("{CUSTOMERS}/{id}/{}", what.step()),
        button,
        keep: "Leave it",
        back: format!("{CUSTOMERS}/{id}"),
        once: Some(once::fresh(session)),
        ..asking(what.fields(), form)
    };
    let head = PageHead::new(title).below("Customers", CUSTOMERS);
    ask(session, head.below(name, format!("{CUSTOMERS}/{id}")), page, problem)
}

/// The fields of a form, in their order, and what is wrong with them.
fn asking(specs: &[Spec], form: Form) -> ConfirmPage {
    let mut fields: Vec<_> = form.fields.into_values().collect();
    fields.sort_by_key(|field| specs.iter().position(|spec| spec.is(&field.name)));
    ConfirmPage { fields, problems: form.problems, ..ConfirmPage::default() }
}

async fn offers(session: &Session) -> Result<Vec<(String, Phrase)>, Failure> {
    let offers = session.app.list::<Offer>(&session.merchant, Page::first(PICKED_MAX)).await?;
    let sold = offers.into_iter().filter(|offer| offer.active);
    let named = sold.map(|it| (it.terms.offer.to_string(), on_a_line(&it.terms.title).into()));
    Ok(std::iter::once((String::new(), "Pick one".into())).chain(named).collect())
}

/// The checkouts of a customer that can be completed, the latest first.
pub(super) async fn open_of(
    session: &Session,
    id: &CustomerId,
    title_of: impl Fn(&str) -> String,
) -> Result<Vec<OpenCheckout>, Failure> {
    let newest = Page::first(OPEN_MAX).reversed();
    let open = Some(CheckoutStatus::Open);
    let found = session.app.checkouts(&session.merchant, Some(id.clone()), open, newest).await?;
    let row = |it: crate::wire::checkouts::Checkout| OpenCheckout {
        title: title_of(&it.offer),
        offer: it.offer,
        until: session.time(it.expires_at),
        href: it.url,
    };
    Ok(found.into_iter().map(row).collect())
}
