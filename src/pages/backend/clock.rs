//! The bar that moves a simulated clock forward, on every page of a book that has one.

use crate::app::AppError;
use crate::app::test_clock::ClockTarget;
use crate::domain::run::Run;
use crate::edge::problem::Problem;
use crate::pages::backend::answer::{Answer, SentForm};
use crate::pages::backend::confirm::{answerable, kindly};
use crate::pages::backend::forms::FormValues;
use crate::pages::backend::session::Session;
use crate::pages::backend::sign_in::local;
use crate::render::backend::frame::Tone;
use crate::render::backend::phrase::{Phrase, phrase};

/// Moves the clock and does what falls due on the way.
pub(super) async fn advance(session: Session, sent: SentForm) -> Answer {
    let values = FormValues::sent(sent);
    let back = local(values.text("back")).to_owned();
    let Some(to) = ClockTarget::parse(values.text("to").trim()) else {
        return session.go_as(
            &back,
            Tone::Bad,
            phrase!("The day to move to {}.", ClockTarget::WORDS),
        );
    };
    // In a task of its own: a browser that hangs up must not leave the clock half way.
    let (app, merchant) = (session.app.clone(), session.merchant.clone());
    let work = tokio::spawn(async move { app.advance(&merchant, to).await });
    match work.await.map_err(AppError::broken).flatten() {
        Ok(run) => {
            let today = session.day(session.today()).text;
            session.go(&back, phrase!("The clock stands at {}. {}", today, done(&run)))
        }
        Err(error) => {
            let problem: Problem = answerable(error)?;
            session.go_as(&back, Tone::Bad, kindly(&problem))
        }
    }
}

fn done(run: &Run) -> Phrase {
    let parts: Vec<Phrase> = [
        (run.counts.booked, "booking", "bookings"),
        (run.counts.changes_applied, "change carried out", "changes carried out"),
        (run.counts.changes_failed, "change failed", "changes failed"),
        (run.counts.subscriptions_ended, "subscription ended", "subscriptions ended"),
        (i64::try_from(run.failures.len()).unwrap_or(i64::MAX), "failure", "failures"),
    ]
    .into_iter()
    .filter(|(count, ..)| *count > 0)
    .map(|(count, one, many)| phrase!("{} {}", count, if count == 1 { one } else { many }))
    .collect();
    if parts.is_empty() {
        return "Nothing was due on the way.".into();
    }
    phrase!("On the way: {}.", Phrase::joined(parts, "{}, {}"))
}
