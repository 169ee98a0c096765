//! The demo's shop: plays the merchant's own site, which opens checkouts for its customers.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use tokio::sync::OnceCell;

use crate::app::access::{DEFAULT_MERCHANT, digest};
use crate::app::checkouts::CheckoutDraft;
use crate::app::reads::{Page, Subscriptions};
use crate::app::{App, AppError};
use crate::domain::catalogue::Offer;
use crate::domain::checkout::{CheckoutRequest, OrderTerms};
use crate::domain::ids::{CustomerId, MerchantId, OfferId};
use crate::domain::subscription::Status;
use crate::edge::problem::{Code, Problem};
use crate::pages::answers::html;
use crate::pages::backend;
use crate::pages::contexts::per;
use crate::render::demo::{DemoCustomer, DemoOffer, DemoPage, Suggestion};
use crate::render::format::{self, Locale};
use crate::render::look::PageBranding;
use crate::wire::portal::NewPortalSession;

/// Where it is found.
pub(super) const HERE: &str = "/demo";
/// Where it leads to the account of a customer.
pub(super) const ACCOUNT: &str = "/demo/account";
/// Where it leads into the backend.
pub(super) const ENTER: &str = "/demo/backend";

/// The digest of the key with which the shop signs in to the backend, once there is one.
pub(super) type ShopKeyDigest = Arc<OnceCell<[u8; 32]>>;

/// The channel that its checkouts come from.
const CHANNEL: &str = "web";
/// More customers or offers than a newcomer makes.
const ROWS_MAX: i64 = 200;

/// What is worth looking at: who, which offer, what that is, and what it shows.
const SUGGESTIONS: &[(&str, &str, &str, &str)] = &[
    (
        "ada",
        "year",
        "From the month to the year",
        "Ada changes at her next booking. Nothing is due now; her change waits for its day, and \
         a mug comes with the year.",
    ),
    (
        "ina",
        "premium",
        "Up to Premium, at once",
        "Ina pays the difference: what is left of her month is credited to the day.",
    ),
    (
        "jon",
        "sunday",
        "Keep both, or switch",
        "Jon takes the Sunday edition beside his month, or in its place: his choice.",
    ),
    (
        "hugo",
        "month",
        "A payment that fails",
        "Hugo is new and buys Month. Let his bank decline: nothing has changed then. Try \
         again, and the year is offered to him.",
    ),
    (
        "carla",
        "year-churn",
        "Won back",
        "Carla has cancelled. A cheaper year keeps her, and withdraws the cancellation.",
    ),
    (
        "ben",
        "month",
        "Back to the month",
        "Ben steps down. His year is paid, so the month begins when it ends.",
    ),
];

/// What the form sends.
#[derive(Debug, Deserialize)]
pub(super) struct DemoForm {
    customer: String,
    offer: String,
    locale: Option<String>,
}

/// Whose account is wanted.
#[derive(Debug, Deserialize)]
pub(super) struct AccountForm {
    customer: String,
    locale: Option<String>,
}

/// Shows the shop.
pub(super) async fn show(State(app): State<App>) -> Response {
    shop(&app, StatusCode::OK, None).await
}

/// Opens a checkout and goes there.
pub(super) async fn open(
    State(app): State<App>,
    form: Result<Form<DemoForm>, FormRejection>,
) -> Response {
    let opened = match form {
        Ok(Form(wish)) => begin(&app, wish).await,
        Err(_) => Err(AppError::invalid("", "pick a customer and an offer")),
    };
    match opened {
        Ok(path) => Redirect::to(&path).into_response(),
        Err(error) => {
            let problem = Problem::from(error);
            shop(&app, problem.code.status(), Some(in_words(&problem))).await
        }
    }
}

/// Opens the portal of a customer, and goes there: their account at the shop.
pub(super) async fn account(
    State(app): State<App>,
    form: Result<Form<AccountForm>, FormRejection>,
) -> Response {
    let opened = match form {
        Ok(Form(wish)) => enter_portal(&app, wish).await,
        Err(_) => Err(AppError::invalid("", "pick a customer")),
    };
    match opened {
        Ok(path) => Redirect::to(&path).into_response(),
        Err(error) => {
            let problem = Problem::from(error);
            let told = format!("The account did not open: {}.", problem.detail);
            shop(&app, problem.code.status(), Some(told)).await
        }
    }
}

async fn enter_portal(app: &App, wish: AccountForm) -> Result<String, AppError> {
    let new = NewPortalSession {
        return_url: Some(format!("{}{HERE}", app.public_url())),
        locale: wish.locale,
    };
    let customer = CustomerId::parse(&wish.customer)?;
    Ok(path_of(app, &app.open_portal(&merchant()?, &customer, new).await?.url))
}

/// The path alone: whoever looks at the shop may reach it by another name.
pub(super) fn path_of(app: &App, url: &str) -> String {
    url.strip_prefix(app.public_url()).unwrap_or(url).to_owned()
}

/// Signs in to the backend with a key of the shop's own, made when it is first asked for.
pub(super) async fn enter(State(app): State<App>, State(ring): State<ShopKeyDigest>) -> Response {
    match sign_in(&app, &ring).await {
        Ok(Some(token)) => backend::welcome(&app, &token, ""),
        // Somebody has tried out how a key is revoked.
        Ok(None) => Redirect::to(backend::HOME).into_response(),
        Err(error) => Problem::from(error).into_response(),
    }
}

async fn sign_in(app: &App, ring: &ShopKeyDigest) -> Result<Option<String>, AppError> {
    let make = async || {
        let (_, key) = app.create_key(&merchant()?, "admin", Some("demo shop".to_owned())).await?;
        Ok::<_, AppError>(digest(&key))
    };
    let key = ring.get_or_try_init(make).await?;
    app.sign_in(*key).await
}

async fn begin(app: &App, wish: DemoForm) -> Result<String, AppError> {
    let draft = CheckoutDraft {
        request: CheckoutRequest {
            // The shop tells where it sells, so that premiums and the next offer follow.
            order: Some(OrderTerms {
                channel: CHANNEL.to_owned(),
                payment_method: None,
                shipping_country: Some("DE".to_owned()),
                customer_group: None,
            }),
            ..CheckoutRequest::plain(
                CustomerId::parse(&wish.customer)?,
                OfferId::parse(&wish.offer)?,
            )
        },
        locale: wish.locale,
        metadata: None,
        return_url: Some(format!("{}{HERE}", app.public_url())),
    };
    let opened = app.open_checkout(&merchant()?, draft).await?;
    Ok(path_of(app, &opened.url.unwrap_or_default()))
}

/// Whose shop it is.
pub(super) fn merchant() -> Result<MerchantId, AppError> {
    Ok(MerchantId::parse(DEFAULT_MERCHANT)?)
}

fn in_words(problem: &Problem) -> String {
    match problem.code {
        Code::AlreadySubscribed => {
            "This customer has that offer already, or it is about to begin. Nothing was opened."
        }
        Code::ChangeNotPossible => {
            "A path leads there, but not as things stand with this customer. What if, in the \
             merchant\u{2019}s backend, says why."
        }
        _ => return format!("The checkout did not open: {}.", problem.detail),
    }
    .to_owned()
}

async fn shop(app: &App, status: StatusCode, problem: Option<String>) -> Response {
    match look(app, problem).await {
        Ok(page) => html(status, app.renderer().demo_page(&page)),
        Err(error) => Problem::from(error).into_response(),
    }
}

async fn look(app: &App, problem: Option<String>) -> Result<DemoPage, AppError> {
    let (merchant, locale) = (merchant()?, Locale::default());
    let settings = app.settings(&merchant).await?;
    let offers = app.list::<Offer>(&merchant, Page::first(ROWS_MAX)).await?;
    let customers = app.customers(&merchant, Page::first(ROWS_MAX)).await?;
    let running = Subscriptions { status: Some(Status::Active), ..Subscriptions::default() };
    let mut had = BTreeMap::<CustomerId, Vec<String>>::new();
    for found in app.subscriptions(&merchant, running, Page::first(ROWS_MAX)).await? {
        let terms = &found.subscription.terms;
        let price = per(&locale, found.subscription.price, terms.billing_period);
        let has = had.entry(found.subscription.customer.clone()).or_default();
        has.push(format!("{} at {price}", terms.title));
    }
    let customers = customers.into_iter().map(|(customer, _)| DemoCustomer {
        has: had.remove(&customer.id).unwrap_or_default(),
        id: customer.id.to_string(),
    });
    let customers: Vec<DemoCustomer> = customers.collect();
    let account = customers.iter().find(|customer| !customer.has.is_empty());
    let active = offers.into_iter().filter(|offer| offer.active);
    let offers: Vec<DemoOffer> = active
        .map(|offer| DemoOffer {
            id: offer.terms.offer.to_string(),
            price: per(&locale, offer.terms.price, offer.terms.billing_period),
            title: offer.terms.title,
        })
        .collect();
    let suggestions = SUGGESTIONS
        .iter()
        .filter(|(_, wanted, ..)| offers.iter().any(|offer| offer.id == *wanted))
        .map(|(customer, offer, title, what)| Suggestion {
            customer: (*customer).to_owned(),
            offer: (*offer).to_owned(),
            title: (*title).to_owned(),
            what: (*what).to_owned(),
        });
    Ok(DemoPage {
        look: PageBranding::default(),
        seller: settings.seller.and_then(|seller| seller.name).unwrap_or_default(),
        today: format::date(&locale, settings.time_zone.date(app.now())),
        problem,
        suggestions: suggestions.collect(),
        account: account.map(|customer| customer.id.clone()),
        customers,
        offers,
    })
}
