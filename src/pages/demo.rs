//! The demo's shop: plays the merchant's own site, which opens checkouts for its customers.

use std::collections::BTreeMap;

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::app::access::DEFAULT_MERCHANT;
use crate::app::checkouts::CheckoutDraft;
use crate::app::reads::{Page, Subscriptions};
use crate::app::{App, AppError};
use crate::domain::checkout::CheckoutRequest;
use crate::domain::ids::{CustomerId, MerchantId, OfferId};
use crate::domain::money::Money;
use crate::domain::subscription::Status;
use crate::http::problem::{Code, Problem};
use crate::pages::checkout::html;
use crate::render::demo::{DemoCustomer, DemoOffer, DemoPage, Suggestion};
use crate::render::format::{self, Locale};

/// Where it is found.
pub(super) const HERE: &str = "/demo";

/// More customers or offers than a newcomer makes.
const ROWS_MAX: i64 = 200;

/// What is worth looking at: who, which offer, and what that shows.
const SUGGESTIONS: &[(&str, &str, &str)] = &[
    ("ada", "year", "Ada reads by the month and takes the year from the next booking on."),
    ("ada", "premium", "Ada goes up to Premium at once and pays the rest of the month only."),
    ("ada", "sunday", "Ada adds the Sunday edition, or switches to it: her choice."),
    ("ben", "month", "Ben goes back from the year to the month when his year ends."),
    ("carla", "year-churn", "Carla has cancelled; a cheaper year wins her back."),
    ("hugo", "month", "Hugo is new and buys Month: he pays, or his bank declines."),
];

/// What the form sends.
#[derive(Debug, Deserialize)]
pub(super) struct Wish {
    customer: String,
    offer: String,
    locale: Option<String>,
}

/// Shows the shop.
pub(super) async fn show(State(app): State<App>) -> Response {
    shop(&app, StatusCode::OK, None).await
}

/// Opens a checkout and goes there.
pub(super) async fn open(
    State(app): State<App>,
    form: Result<Form<Wish>, FormRejection>,
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

async fn begin(app: &App, wish: Wish) -> Result<String, AppError> {
    let draft = CheckoutDraft {
        request: CheckoutRequest {
            customer: CustomerId::parse(&wish.customer)?,
            offer: OfferId::parse(&wish.offer)?,
            subscription: None,
            path: None,
            mode: None,
            allow_new: false,
        },
        locale: wish.locale,
        metadata: None,
        return_url: Some(format!("{}{HERE}", app.public_url())),
    };
    let opened = app.open_checkout(&merchant()?, draft).await?;
    // The path alone: whoever looks at the shop may reach it by another name.
    let path = opened.url.strip_prefix(app.public_url()).unwrap_or(&opened.url);
    Ok(path.to_owned())
}

fn merchant() -> Result<MerchantId, AppError> {
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
    let offers = app.offers(&merchant, Page::first(ROWS_MAX)).await?;
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
        .filter(|(_, wanted, _)| offers.iter().any(|offer| offer.id == *wanted))
        .map(|(customer, offer, what)| Suggestion {
            customer: (*customer).to_owned(),
            offer: (*offer).to_owned(),
            what: (*what).to_owned(),
        });
    Ok(DemoPage {
        seller: settings.seller.and_then(|seller| seller.name).unwrap_or_default(),
        today: format::date(&locale, settings.time_zone.date(app.now())),
        problem,
        suggestions: suggestions.collect(),
        customers: customers.collect(),
        offers,
    })
}

fn per(locale: &Locale, price: Money, period: crate::domain::calendar::Period) -> String {
    let (exponent, code) = (price.currency.exponent(), price.currency.code());
    let price = format::money(locale, price.minor, exponent, code);
    format::price_per(locale, &price, period.count, period.unit)
}
