//! The answer to the subscription that the page of a completed checkout offers: accepting it
//! leads to the next checkout.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::app::actor::visiting;
use crate::app::addresses;
use crate::app::{App, AppError};
use crate::domain::ids::OrderId;
use crate::edge::problem::Code;
use crate::pages::notices::{nowhere, refuse, tell};
use crate::render::pages::Notice;

/// What the form sends.
#[derive(Debug, Deserialize)]
pub(super) struct AnswerForm {
    answer: Answer,
}

/// What the customer makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    /// They want it.
    Accept,
    /// They do not.
    Decline,
}

/// Takes the answer, and goes on: to the checkout of what was accepted, or back.
pub(super) async fn answer(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
    form: Result<Form<AnswerForm>, FormRejection>,
) -> Response {
    let hosted = match app.checkout_of(&token).await {
        Ok(hosted) => hosted,
        Err(error) => return nowhere(&app, &headers, error, Notice::Unknown),
    };
    let again = addresses::checkout(&token);
    let Ok(Form(AnswerForm { answer })) = form else {
        let notice = Notice::Refused(Code::InvalidFields.name().to_owned());
        return tell(&app, &hosted, Code::InvalidFields.status(), notice, Some(&again));
    };
    let Some(order) = hosted.checkout.order.clone().map(OrderId::stored) else {
        let error = AppError::refused(Code::NothingOffered.name(), "it has made no order");
        return refuse(&app, &hosted, &again, error);
    };
    let merchant = &hosted.merchant;
    let done = match answer {
        Answer::Decline => visiting(merchant, app.decline_upsell(merchant, &order)).await,
        Answer::Accept => visiting(merchant, app.accept_upsell(merchant, &order, None)).await,
    };
    match done {
        // To a page of ours: a form may lead to no other site.
        Ok(upsell) => {
            let url = upsell.checkout.and_then(|checkout| checkout.url);
            let token = url.as_deref().and_then(|url| url.rsplit('/').next());
            Redirect::to(&token.map_or(again, addresses::checkout)).into_response()
        }
        Err(error) => refuse(&app, &hosted, &again, error),
    }
}
