//! Asking once more: shown before something is done, and again where it was refused.

use axum::http::StatusCode;

use crate::app::AppError;
use crate::edge::problem::{Code, Problem};
use crate::pages::backend::answer::{Answer, Failure};
use crate::pages::backend::session::{PageHead, Session};
use crate::render::backend::confirm::ConfirmPage;
use crate::render::backend::phrase::Phrase;

/// Shows the question; with what was wrong, if it was answered already.
pub(super) fn ask(
    session: &Session,
    head: PageHead,
    page: ConfirmPage,
    refused: Option<&Problem>,
) -> Answer {
    let status = refused.map_or(StatusCode::OK, |problem| problem.code.status());
    let refused = refused.filter(|problem| problem.errors.is_empty()).map(kindly);
    session.show_as(status, head, &ConfirmPage { refused, ..page })
}

/// What somebody can answer to: a no, or a field that is wrong. Anything else is a failure.
pub(super) fn answerable(error: AppError) -> Result<Problem, Failure> {
    match error {
        AppError::Refused(_) | AppError::Invalid(_) => Ok(error.into()),
        other => Err(other.into()),
    }
}

/// A no, with what to do about it.
pub(super) fn kindly(problem: &Problem) -> Phrase {
    let text = match problem.code {
        Code::AlreadyEnded => "This subscription has ended already. There is nothing left to do.",
        Code::AlreadyCancelled => {
            "This subscription is cancelled already. To end it sooner, end it at once."
        }
        Code::NotCancelled => {
            "There is no cancellation to take back: somebody has done it already, or a change \
             has withdrawn it."
        }
        Code::NotPending => {
            "This change does not wait any more: it was carried out, withdrawn or replaced by a \
             newer one in the meantime."
        }
        Code::SourceHeld => {
            "The customer is just completing a checkout that rests on this subscription. Try again \
             in a few minutes."
        }
        Code::AlreadyPaid => "Nothing is owed on this invoice: it is paid or cancelled already.",
        Code::NotPaid => "No payment stands on this invoice that could bounce.",
        Code::AlreadyBounced => "This payment has bounced already, with all that came in with it.",
        Code::ClockBackwards => "The clock only moves forward. Pick a later day.",
        _ => return Phrase::told(problem.detail.clone()),
    };
    text.into()
}
