//! What pages say of automations and runs, in words.

use crate::domain::automation::{Delay, State, Step, StepText, Trigger};
use crate::domain::automation_run::{AutomationRunStatus, ExitReason};
use crate::pages::backend::definitions::on_a_line;
use crate::pages::backend::places::MESSAGE_TEMPLATES;
use crate::render::backend::frame::{Link, Tone};
use crate::render::backend::parts::Badge;
use crate::render::backend::phrase::{Phrase, phrase};
use crate::wire::automations::AutomationRun;

/// Where an automation stands.
pub(super) fn state(state: State) -> Badge {
    let tone = match state {
        State::Draft => Tone::Plain,
        State::Live => Tone::Good,
        State::Paused => Tone::Warn,
        State::Stopped => Tone::Bad,
    };
    Badge::new(tone, state.name())
}

/// When customers start.
pub(super) fn trigger(trigger: Trigger) -> &'static str {
    match trigger {
        Trigger::FirstOrderDelivered => "when the first order is delivered and paid",
        Trigger::SubscriptionStarted => "when the first subscription begins",
        Trigger::SubscriptionCancelled => "when a subscription is cancelled",
    }
}

/// What a step says: a template, or a subject of its own.
pub(super) fn says(step: &Step) -> Link {
    match &step.says {
        StepText::Named(id) => Link::new(id.to_string(), format!("{MESSAGE_TEMPLATES}/{id}")),
        StepText::Own(text) => Link::new(on_a_line(&String::from(text.subject.clone())), ""),
    }
}

/// An elapsed time.
pub(super) fn elapsed(delay: &Delay) -> Phrase {
    let minutes = delay.minutes();
    let parts = [
        (minutes / (24 * 60), "day", "days"),
        (minutes / 60 % 24, "hour", "hours"),
        (minutes % 60, "minute", "minutes"),
    ];
    let said = parts.into_iter().filter(|(count, ..)| *count > 0);
    let mut said = said
        .map(|(count, one, many)| phrase!("{} {}", count, if count == 1 { one } else { many }))
        .peekable();
    if said.peek().is_none() { "at once".into() } else { Phrase::joined(said, "{}, {}") }
}

/// Where somebody stands, with the step or the reason.
pub(super) fn standing(run: &AutomationRun) -> Phrase {
    match (run.status, &run.step, run.exit_reason) {
        (AutomationRunStatus::Active, Some(step), _) => phrase!("under way, at {}", step),
        (AutomationRunStatus::Exited, _, Some(why)) => phrase!("exited: {}", reason(why)),
        (other, ..) => status(other).into(),
    }
}

/// Where somebody stands.
pub(super) fn status(status: AutomationRunStatus) -> &'static str {
    match status {
        AutomationRunStatus::Active => "under way",
        AutomationRunStatus::Exited => "exited",
        AutomationRunStatus::Completed => "completed",
        AutomationRunStatus::Holdout => "held out",
    }
}

/// Why somebody left.
pub(super) fn reason(reason: ExitReason) -> &'static str {
    match reason {
        ExitReason::Purchased => "purchased",
        ExitReason::Unsubscribed => "unsubscribed",
        ExitReason::Undeliverable => "undeliverable",
        ExitReason::OrderCancelled => "order cancelled",
        ExitReason::Stopped => "stopped",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elapsed_times_are_told_in_words() {
        for (written, told) in [
            ("P1D", "1 day"),
            ("PT36H", "1 day, 12 hours"),
            ("PT90M", "1 hour, 30 minutes"),
            ("P0D", "at once"),
        ] {
            assert!(Delay::parse(written).is_some_and(|it| elapsed(&it) == told), "{told}");
        }
    }
}
