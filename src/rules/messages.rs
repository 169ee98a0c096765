//! Messages of automations: when one that was not taken is tried again or given up, and what is
//! known of one by what its provider tells, in whatever order. Times are those of the book.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::automation::Channel;
use crate::domain::event::EventKind;
use crate::domain::event_data::MessageFailedData;
use crate::domain::message::{
    Content, HandOverResult, Message, MessageEventKind, MessageStatus, MessageTimes,
};
use crate::domain::new_event::Event;
use crate::domain::webhook::Attempt;

use super::automations::MessagePace;

/// How long to wait after each attempt that failed, in minutes; after that every twelve hours.
const DELAYS: [i64; 6] = [1, 5, 30, 2 * 60, 5 * 60, 10 * 60];

/// For how long a message is tried.
const TRIED: TimeDelta = TimeDelta::days(3);

/// What becomes of a message after an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageFate {
    /// It was taken.
    Sent,
    /// It is tried again.
    Again {
        /// The instant of it.
        at: DateTime<Utc>,
        /// Why it was not taken.
        error: String,
    },
    /// It is given up: why it was not taken.
    Failed(String),
    /// It is given up, and so is its recipient: why.
    Undeliverable(String),
}

/// How handing a message over to an endpoint ended.
#[must_use]
pub fn handed(ended: Attempt) -> HandOverResult {
    match ended {
        Attempt::Answered(status, _) if (200..300).contains(&status) => HandOverResult::Taken,
        Attempt::Answered(status, _) => HandOverResult::NotYet(format!("answered with {status}")),
        Attempt::Unanswered(why) => HandOverResult::NotYet(why),
    }
}

/// Decides what becomes of a message that was tried, for the `attempt`-th time.
#[must_use]
pub fn decide_message_fate(
    ended: &HandOverResult,
    attempt: u32,
    queued_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> MessageFate {
    let error = match ended {
        HandOverResult::Taken => return MessageFate::Sent,
        HandOverResult::Undeliverable(why) => return MessageFate::Undeliverable(why.clone()),
        HandOverResult::TooLate(why) => return MessageFate::Failed(why.clone()),
        HandOverResult::NotYet(why) => why.clone(),
    };
    let failed = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
    let at = now + TimeDelta::minutes(DELAYS.get(failed).copied().unwrap_or(12 * 60));
    if at > queued_at + TRIED {
        return MessageFate::Failed(error);
    }
    MessageFate::Again { at, error }
}

/// When a message may be tried whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptTime {
    /// Now.
    Now,
    /// Not before then.
    Later(DateTime<Utc>),
    /// Never: what holds it lasts for longer than it is tried.
    Never,
}

/// Decides when a message is tried whose turn it is: attempts keep the pace, as steps do.
#[must_use]
pub fn decide_attempt(
    pace: &MessagePace,
    queued_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> AttemptTime {
    match pace.held_until(now) {
        None => AttemptTime::Now,
        Some(until) if until <= queued_at + TRIED => AttemptTime::Later(until),
        Some(_) => AttemptTime::Never,
    }
}

/// Whether a message that came back says something of where its customer is reached now: by the
/// mail address that it went to, and where an endpoint has sent it on, by that telephone, too.
#[must_use]
pub fn concerns(message: &Message, email: Option<&str>, phone: Option<&str>) -> bool {
    let Content { email: went_to, phone: called, .. } = &message.content;
    let is_called_there = message.channel == Channel::Email || called.as_deref() == phone;
    let is_mailed_there = match (went_to, email) {
        (Some(one), Some(other)) => is_same_address(one, other),
        (one, other) => one.is_none() && other.is_none(),
    };
    is_mailed_there && is_called_there
}

/// Whether two mail addresses are one, but for the case in which they are written.
#[must_use]
fn is_same_address(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// Whether a customer whose address gave a message back is reached by another one now. That they
/// have none any more is no such thing.
#[must_use]
pub fn has_another_address(bounced: Option<&str>, now: Option<&str>) -> bool {
    now.is_some_and(|now| bounced.is_none_or(|bounced| !is_same_address(bounced, now)))
}

/// What is told of a message that was given up.
#[must_use]
pub fn failed_event(message: &Message) -> Event {
    let data = MessageFailedData {
        automation: message.automation.clone(),
        run: message.run.clone(),
        step: message.key.clone(),
        error: message.error.clone(),
    };
    Event::of(EventKind::MessageFailed, message.id.as_str(), Some(&message.customer), data)
}

/// What a message is once its provider has told something of it: read means delivered, delivered
/// means sent; each moment is the earliest that is told or implied, and none is before it was
/// handed over. What `bot`s do is no reading and no click.
#[must_use]
pub fn take_in(message: &Message, kind: MessageEventKind, at: DateTime<Utc>, bot: bool) -> Message {
    let at = at.max(message.accepted_at.unwrap_or(message.queued_at));
    let earliest = |moment: Option<DateTime<Utc>>| Some(moment.map_or(at, |known| known.min(at)));
    let mut moments = message.moments;
    let is_persons = !bot
        || !matches!(
            kind,
            MessageEventKind::Read | MessageEventKind::Clicked | MessageEventKind::Replied
        );
    if !is_persons {
        return message.clone();
    }
    let MessageTimes { sent, delivered, bounced, read, replied, clicked } = &mut moments;
    *sent = earliest(*sent);
    match kind {
        MessageEventKind::Sent => {}
        MessageEventKind::Bounced | MessageEventKind::Failed => *bounced = earliest(*bounced),
        MessageEventKind::Delivered => *delivered = earliest(*delivered),
        MessageEventKind::Read => (*delivered, *read) = (earliest(*delivered), earliest(*read)),
        MessageEventKind::Replied | MessageEventKind::Clicked => {
            (*delivered, *read) = (earliest(*delivered), earliest(*read));
            let own = if kind == MessageEventKind::Replied { replied } else { clicked };
            *own = earliest(*own);
        }
    }
    Message { moments, status: MessageStatus::Sent, ..message.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::automation::QuietHours;
    use crate::domain::calendar::Zone;
    use crate::domain::ids::{AutomationId, AutomationRunId, CustomerId, MessageId};
    use crate::domain::message::Tokens;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + minutes * 60, 0).unwrap()
    }

    #[test]
    fn a_message_is_tried_for_three_days() {
        let no = handed(Attempt::Answered(503, None));
        let (mut now, mut waits) = (0, Vec::new());
        for attempt in 1..=20 {
            match decide_message_fate(&no, attempt, at(0), at(now)) {
                MessageFate::Again { at: next, error } => {
                    assert_eq!(error, "answered with 503");
                    let wait = (next - at(now)).num_minutes();
                    waits.push(wait);
                    now += wait;
                }
                MessageFate::Failed(error) => {
                    assert_eq!(error, "answered with 503");
                    break;
                }
                MessageFate::Sent | MessageFate::Undeliverable(_) => {
                    unreachable!("it was neither sent nor impossible")
                }
            }
        }
        assert_eq!(waits, [1, 5, 30, 120, 300, 600, 720, 720, 720, 720]);
        assert!(now <= 3 * 24 * 60 && now + 720 > 3 * 24 * 60, "{now}");
        for (ended, fate) in [
            (handed(Attempt::Answered(204, None)), MessageFate::Sent),
            (
                handed(Attempt::Unanswered("no connection".to_owned())),
                MessageFate::Again { at: at(1), error: "no connection".to_owned() },
            ),
            (
                HandOverResult::Undeliverable("550 nobody".to_owned()),
                MessageFate::Undeliverable("550 nobody".to_owned()),
            ),
        ] {
            assert_eq!(decide_message_fate(&ended, 1, at(0), at(0)), fate);
        }
    }

    fn message() -> Message {
        Message {
            id: MessageId::stored("msg_1".to_owned()),
            automation: AutomationId::stored("a".to_owned()),
            run: AutomationRunId::stored("arn_1".to_owned()),
            step: 0,
            key: "thanks".to_owned(),
            customer: CustomerId::stored("ada".to_owned()),
            channel: Channel::Webhook,
            endpoint: None,
            status: MessageStatus::Queued,
            attempts: 0,
            error: None,
            queued_at: at(0),
            next_attempt_at: at(0),
            accepted_at: None,
            moments: MessageTimes::default(),
            window_minutes: 60,
            tokens: Tokens::default(),
            coupon: None,
            opened: None,
            content: Content {
                email: None,
                phone: None,
                name: None,
                locale: "en".to_owned(),
                subject: "s".to_owned(),
                text: "t".to_owned(),
                html: None,
                link: None,
                target: None,
                checkout: None,
                unsubscribe: None,
                quiet_hours: None,
            },
        }
    }

    #[test]
    fn attempts_keep_the_distance_and_the_quiet_of_steps() {
        let time = |text: &str| -> DateTime<Utc> { format!("2026-03-0{text}Z").parse().unwrap() };
        let night =
            QuietHours { from: "21:00:00".parse().unwrap(), to: "08:00:00".parse().unwrap() };
        let pace = |last: Option<&str>, gap, quiet_hours| MessagePace {
            quiet_hours,
            zone: Zone::parse("UTC").unwrap(),
            last_message: last.map(time),
            gap: TimeDelta::hours(gap),
        };
        let queued = time("1T20:00:00");
        // The last message, the hours after it, whether it is quiet at night, now, until when.
        #[rustfmt::skip]
        let table = [
            (None, 0, false, "1T22:36:00", "now"),
            (None, 0, true, "1T22:36:00", "2T08:00:00"),
            (None, 0, true, "2T08:00:00", "now"),
            (Some("1T20:00:00"), 24, false, "1T22:36:00", "2T20:00:00"),
            (Some("1T20:00:00"), 24, false, "2T20:00:00", "now"),
            (Some("1T22:00:00"), 24, true, "1T22:36:00", "3T08:00:00"),
            (Some("4T12:00:00"), 24, false, "4T13:00:00", "never"),
            (None, 0, true, "4T21:00:00", "never"),
        ];
        for (last, gap, is_quiet, now, wanted) in table {
            let pace = pace(last, gap, is_quiet.then_some(night));
            let wanted = match wanted {
                "now" => AttemptTime::Now,
                "never" => AttemptTime::Never,
                until => AttemptTime::Later(time(until)),
            };
            assert_eq!(decide_attempt(&pace, queued, time(now)), wanted, "{last:?} {now}");
        }
    }

    #[test]
    fn what_comes_back_from_an_address_that_nobody_has_any_more_says_nothing() {
        let sent = |channel, email: Option<&str>, phone: Option<&str>| {
            let mut message = Message { channel, ..message() };
            message.content.email = email.map(str::to_owned);
            message.content.phone = phone.map(str::to_owned);
            message
        };
        let (old, new, phone) = (Some("old@a.example"), Some("new@a.example"), Some("+491"));
        for (message, email, number, wanted) in [
            (sent(Channel::Email, old, None), old, None, true),
            (sent(Channel::Email, old, None), Some("OLD@A.Example"), None, true),
            (sent(Channel::Email, old, None), new, None, false),
            (sent(Channel::Email, old, None), None, None, false),
            (sent(Channel::Email, old, phone), old, None, true),
            (sent(Channel::Webhook, old, phone), old, phone, true),
            (sent(Channel::Webhook, old, phone), new, phone, false),
            (sent(Channel::Webhook, None, phone), None, Some("+492"), false),
        ] {
            assert_eq!(concerns(&message, email, number), wanted, "{email:?} {number:?}");
        }
    }

    #[test]
    fn an_address_that_is_gone_or_spelled_otherwise_is_no_other() {
        for (bounced, now, wanted) in [
            (Some("b3@e.org"), Some("b3@e.org"), false),
            (Some("b3@e.org"), Some("B3@E.org"), false),
            (Some("b3@e.org"), None, false),
            (Some("b3@e.org"), Some("b4@e.org"), true),
            (None, Some("b4@e.org"), true),
            (None, None, false),
        ] {
            assert_eq!(has_another_address(bounced, now), wanted, "{bounced:?} {now:?}");
        }
    }

    /// All orders of a few things.
    fn orders<T: Clone>(things: &[T]) -> Vec<Vec<T>> {
        if things.is_empty() {
            return vec![Vec::new()];
        }
        let first = |place: usize| {
            let mut rest = things.to_vec();
            let one = rest.remove(place);
            orders(&rest).into_iter().map(move |order| [vec![one.clone()], order].concat())
        };
        (0..things.len()).flat_map(first).collect()
    }

    #[test]
    fn in_whatever_order_it_is_told_the_same_became_of_a_message() {
        let told: Vec<(MessageEventKind, i64)> =
            MessageEventKind::ALL.into_iter().zip([10, 30, 20, 50, 40, 60, 70]).collect();
        // Every part of what may be told, in every order.
        for mask in 1_u32..128 {
            let part: Vec<_> = (0..7)
                .filter(|place| mask & (1 << place) != 0)
                .map(|place: usize| told[place])
                .collect();
            let mut seen: Option<MessageTimes> = None;
            for order in orders(&part) {
                let taken = order.iter().fold(message(), |message, (kind, minutes)| {
                    take_in(&message, *kind, at(*minutes), false)
                });
                assert_eq!(*seen.get_or_insert(taken.moments), taken.moments, "{order:?}");
            }
            let MessageTimes { sent, delivered, bounced, read, replied, clicked } = seen.unwrap();
            assert!(sent.is_some());
            for (later, earlier) in [
                (delivered, sent),
                (bounced, sent),
                (read, delivered),
                (replied, read),
                (clicked, read),
            ] {
                let is_in_order = |later| earlier.is_some_and(|earlier| earlier <= later);
                assert!(later.is_none_or(is_in_order), "{part:?}");
            }
        }
    }

    #[test]
    fn what_is_told_as_earlier_counts_as_the_moment_of_handing_over() {
        let sent = Message { accepted_at: Some(at(5)), ..message() };
        let read = take_in(&sent, MessageEventKind::Read, at(-60), false);
        assert_eq!(read.moments.read, Some(at(5)));
        assert_eq!(read.moments.sent, Some(at(5)));
    }

    #[test]
    fn bots_read_and_click_nothing() {
        for kind in [MessageEventKind::Read, MessageEventKind::Clicked] {
            assert_eq!(take_in(&message(), kind, at(1), true), message());
        }
        let delivered = take_in(&message(), MessageEventKind::Delivered, at(1), true);
        assert_eq!(delivered.moments.delivered, Some(at(1)));
    }
}
