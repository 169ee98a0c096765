//! The payment of a hosted checkout: a page that stands in for a provider of payments, in the demo
//! only. It does what an integration does: hold, take the money, complete; or release, if the
//! money does not come.

use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::app::App;
use crate::app::actor::visiting;
use crate::app::addresses;
use crate::app::checkouts::Completion;
use crate::app::hosted::Hosted;
use crate::domain::checkout::CheckoutStatus;
use crate::domain::ids::CheckoutId;
use crate::domain::money::Money;
use crate::domain::purchase::Purchase;
use crate::edge::problem::Code;
use crate::pages::answers::html_of;
use crate::pages::contexts;
use crate::pages::notices::{nowhere, refuse, tell};
use crate::render::pages::Notice;

/// The query with which the checkout says that the payment failed.
pub(super) const DECLINED: &str = "payment=declined";

/// Who takes the customer's money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PaymentProvider {
    /// Nobody here.
    None,
    /// The page below, which moves no money.
    StandIn,
}

/// What the customer picked before.
#[derive(Debug, Deserialize)]
pub(super) struct PickedForm {
    mode: String,
}

/// What the form sends.
#[derive(Debug, Deserialize)]
pub(super) struct Paid {
    mode: String,
    stamp: String,
    outcome: Outcome,
}

/// How the payment went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    /// The money came.
    Paid,
    /// It did not.
    Declined,
}

/// Holds a checkout as it was seen, and goes on to the payment: in the demo the page below,
/// otherwise the shop from which the customer came.
pub(super) async fn begin(
    app: &App,
    till: PaymentProvider,
    hosted: &Hosted,
    again: &str,
    mode: Purchase,
    seen: &str,
) -> Response {
    if hosted.stamp != seen {
        return tell(app, hosted, Code::CheckoutStale.status(), Notice::Stale, Some(again));
    }
    let id = CheckoutId::stored(hosted.checkout.id.clone());
    let merchant = &hosted.merchant;
    match visiting(merchant, app.hold_checkout(merchant, &id, Some(seen.to_owned()))).await {
        Ok(_) if till == PaymentProvider::StandIn => {
            Redirect::to(&format!("{again}/payment?mode={}", mode.name())).into_response()
        }
        // The page's policy lets its form lead there, and nowhere else.
        Ok(_) => {
            Redirect::to(contexts::till(hosted, mode).as_deref().unwrap_or(again)).into_response()
        }
        Err(error) => refuse(app, hosted, again, error),
    }
}

/// Asks for the payment of a checkout that is held.
pub(super) async fn show(
    State(app): State<App>,
    Path(token): Path<String>,
    picked: Result<Query<PickedForm>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let hosted = match app.checkout_of(&token).await {
        Ok(hosted) => hosted,
        Err(error) => return nowhere(&app, &headers, error, Notice::Unknown),
    };
    let again = addresses::checkout(&token);
    let mode = picked.ok().and_then(|Query(picked)| Purchase::parse(&picked.mode));
    match payable(&app, &hosted, &again, mode) {
        Ok((mode, due)) => {
            let page = contexts::payment(&hosted, &format!("{again}/payment"), mode, due);
            let page = app.renderer().payment_page(&hosted.locale, &page);
            html_of(&hosted.look, None, StatusCode::OK, page)
        }
        Err(response) => response,
    }
}

/// Completes the checkout with what was paid; where that failed, lets go of it: nothing has
/// changed then.
pub(super) async fn answer(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
    form: Result<Form<Paid>, FormRejection>,
) -> Response {
    let hosted = match app.checkout_of(&token).await {
        Ok(hosted) => hosted,
        Err(error) => return nowhere(&app, &headers, error, Notice::Unknown),
    };
    let again = addresses::checkout(&token);
    let Ok(Form(paid)) = form else {
        let notice = Notice::Refused(Code::InvalidFields.name().to_owned());
        return tell(&app, &hosted, Code::InvalidFields.status(), notice, Some(&again));
    };
    let (mode, due) = match payable(&app, &hosted, &again, Purchase::parse(&paid.mode)) {
        Ok(payable) => payable,
        Err(response) => return response,
    };
    let id = CheckoutId::stored(hosted.checkout.id.clone());
    let merchant = &hosted.merchant;
    let (went, to) = match paid.outcome {
        Outcome::Paid => {
            let payment = Some((format!("stand-in-{id}"), due));
            let completion = Completion { mode: Some(mode), payment, stamp: Some(paid.stamp) };
            let completed = visiting(merchant, app.complete_checkout(merchant, &id, completion));
            (completed.await, again.clone())
        }
        Outcome::Declined => {
            let released = visiting(merchant, app.release_checkout(merchant, &id)).await;
            (released, format!("{again}?{DECLINED}"))
        }
    };
    match went {
        Ok(_) => Redirect::to(&to).into_response(),
        Err(error) => refuse(&app, &hosted, &again, error),
    }
}

/// The mode and what is due in it, where the checkout waits for just that; else what to say.
#[expect(clippy::result_large_err, reason = "what is not payable is answered at once")]
fn payable(
    app: &App,
    hosted: &Hosted,
    again: &str,
    mode: Option<Purchase>,
) -> Result<(Purchase, Money), Response> {
    match hosted.checkout.status {
        CheckoutStatus::Held => {}
        CheckoutStatus::Open => {
            let status = Code::NotHeld.status();
            return Err(tell(app, hosted, status, Notice::Lapsed, Some(again)));
        }
        // It says itself what became of it.
        CheckoutStatus::Completed | CheckoutStatus::Expired => {
            return Err(Redirect::to(again).into_response());
        }
    }
    let due = mode.and_then(|mode| Some((mode, contexts::due(hosted, mode)?)));
    due.ok_or_else(|| Redirect::to(again).into_response())
}
