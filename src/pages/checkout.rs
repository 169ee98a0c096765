//! The hosted checkout: looked at, confirmed, done. It completes what leaves nothing to pay, or
//! what the merchant sells on account. Anything else it holds while the money is taken elsewhere:
//! in the demo on the page of `payment`, otherwise by the merchant's own shop, to which the
//! customer is led back.

use axum::extract::rejection::{FormRejection, RawPathParamsRejection};
use axum::extract::{Form, Path, RawPathParams, RawQuery, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::app::actor::visiting;
use crate::app::addresses;
use crate::app::checkouts::Completion;
use crate::app::hosted::Hosted;
use crate::app::{App, AppError};
use crate::domain::checkout::CheckoutStatus;
use crate::domain::ids::{CheckoutId, is_valid_id};
use crate::domain::purchase::Purchase;
use crate::edge::problem::Code;
use crate::pages::answers::html_of;
use crate::pages::contexts;
use crate::pages::notices::{nowhere, refuse, tell};
use crate::pages::payment::{self, PaymentProvider};
use crate::pages::portal_cookie::way_back;
use crate::render::pages::{Note, Notice};

/// What the form sends.
#[derive(Debug, Deserialize)]
pub(super) struct Confirmation {
    mode: String,
    stamp: String,
}

/// Shows a checkout, or what became of it.
pub(super) async fn show(
    State(app): State<App>,
    State(till): State<PaymentProvider>,
    Path(token): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let hosted = match visited(&app, &headers, &token).await {
        Ok(hosted) => hosted,
        Err(error) => return nowhere(&app, &headers, error, Notice::Unknown),
    };
    let locale = &hosted.locale;
    match hosted.checkout.status {
        status @ (CheckoutStatus::Open | CheckoutStatus::Held) => {
            let note = match status {
                CheckoutStatus::Held => Some(Note::Held),
                _ => query.filter(|query| query == payment::DECLINED).map(|_| Note::Declined),
            };
            let is_payable = is_payable(till, &hosted);
            let page = contexts::preview(&hosted, &addresses::checkout(&token), note, is_payable);
            let onward = hosted.checkout.return_url.as_deref();
            let page = app.renderer().checkout_page(locale, &page);
            html_of(&hosted.look, onward, StatusCode::OK, page)
        }
        CheckoutStatus::Completed => {
            // Looking at what was bought must not fail because of what could be bought next.
            let next = app.next_offer(&hosted).await.unwrap_or_else(|error| {
                tracing::error!(%error, "what is offered after an order cannot be asked");
                None
            });
            let next = next.map(|next| {
                let (action, onward) =
                    (format!("{}/offer", addresses::checkout(&token)), next.token.as_deref());
                let onward = onward.map(addresses::checkout);
                contexts::next(&next, action, onward, (locale, &hosted.said_in))
            });
            let page = contexts::done(&hosted, next);
            let Some(page) = page else {
                return tell(&app, &hosted, StatusCode::OK, Notice::Completed, None);
            };
            html_of(&hosted.look, None, StatusCode::OK, app.renderer().done_page(locale, &page))
        }
        CheckoutStatus::Expired => tell(&app, &hosted, StatusCode::GONE, Notice::Expired, None),
    }
}

/// Completes a checkout as it was seen, if nothing is to be paid or it is sold on account; else
/// holds it and goes on to the payment, where there is one.
pub(super) async fn confirm(
    State(app): State<App>,
    State(till): State<PaymentProvider>,
    Path(token): Path<String>,
    headers: HeaderMap,
    form: Result<Form<Confirmation>, FormRejection>,
) -> Response {
    let hosted = match visited(&app, &headers, &token).await {
        Ok(hosted) => hosted,
        Err(error) => return nowhere(&app, &headers, error, Notice::Unknown),
    };
    let again = addresses::checkout(&token);
    let form = form.ok().and_then(|Form(form)| Some((Purchase::parse(&form.mode)?, form.stamp)));
    let Some((mode, stamp)) = form else {
        let notice = Notice::Refused(Code::InvalidFields.name().to_owned());
        return tell(&app, &hosted, StatusCode::UNPROCESSABLE_ENTITY, notice, Some(&again));
    };
    let is_over = hosted.checkout.status == CheckoutStatus::Completed;
    if is_over && hosted.stamp != stamp {
        return tell(&app, &hosted, StatusCode::OK, Notice::Completed, Some(&again));
    }
    let is_free = hosted.on_account || contexts::due(&hosted, mode).is_none();
    // Where there is nobody to take the money, holding would only keep others waiting.
    if is_payable(till, &hosted) && !is_free && !is_over {
        return payment::begin(&app, till, &hosted, &again, mode, &stamp).await;
    }
    let id = CheckoutId::stored(hosted.checkout.id.clone());
    let completion = Completion { mode: Some(mode), payment: None, stamp: Some(stamp) };
    let merchant = &hosted.merchant;
    match visiting(merchant, app.complete_checkout(merchant, &id, completion)).await {
        // Loading the page again must not send the form again.
        Ok(_) => Redirect::to(&again).into_response(),
        Err(error) => refuse(&app, &hosted, &again, error),
    }
}

/// A checkout with the way back for whoever came to it from a portal.
async fn visited(app: &App, headers: &HeaderMap, token: &str) -> Result<Hosted, AppError> {
    let hosted = app.checkout_of(token).await?;
    Ok(Hosted { portal: way_back(app, headers, &hosted).await, ..hosted })
}

/// Whether the page leads on to somebody who takes the money.
fn is_payable(till: PaymentProvider, hosted: &Hosted) -> bool {
    till == PaymentProvider::StandIn || hosted.checkout.return_url.is_some()
}

/// Lets pass what can be the token of a checkout: not every text is one to the database.
pub(super) async fn sift(
    State(app): State<App>,
    params: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
    next: Next,
) -> Response {
    if params.is_ok_and(|params| params.iter().all(|(_, token)| is_valid_id(token))) {
        return next.run(request).await;
    }
    nowhere(&app, request.headers(), AppError::NotFound("checkout"), Notice::Unknown)
}
