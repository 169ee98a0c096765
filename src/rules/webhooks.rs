//! Webhooks: what an endpoint may be, and when a delivery is tried again or given up. Times are
//! those of the clock outside, for whoever is called lives by it.

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Url;

use crate::domain::event::EventKind;
use crate::domain::fault::{Fault, nearest};
use crate::domain::webhook::{Attempt, DeliveryFate, Endpoint, EndpointReach, Pattern, Secret};

/// How long to wait after each attempt that failed, in seconds: three days in all.
const DELAYS: [i64; 12] = [
    5,
    60,
    5 * 60,
    30 * 60,
    2 * 3600,
    5 * 3600,
    10 * 3600,
    12 * 3600,
    12 * 3600,
    12 * 3600,
    12 * 3600,
    6 * 3600 + 23 * 60 + 55,
];

/// The longest time that an endpoint's `Retry-After` may ask for.
const RETRY_AFTER_MAX: TimeDelta = TimeDelta::hours(6);

/// How long an endpoint is left alone that did not answer, once, twice and more often in a row.
const RESTS: [TimeDelta; 3] = [TimeDelta::seconds(5), TimeDelta::minutes(1), TimeDelta::minutes(5)];

/// How long calls are signed with the secret before, too, once there is another.
const OVERLAP: TimeDelta = TimeDelta::hours(24);

/// How many secrets that were replaced may be in force at once: each is a signature of every call.
pub const SECRETS_MAX: usize = 10;

/// The longest URL, in characters.
const URL_LENGTH_MAX: usize = 2_000;

/// The most patterns of one endpoint.
const PATTERNS_MAX: usize = 100;

/// The option that lets webhooks go anywhere, as errors name it.
const ALLOW: &str = "CROSSGRADE_WEBHOOK_ALLOW_PRIVATE=1";

/// What an endpoint is, once nothing is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointTerms {
    /// Where it is.
    pub url: String,
    /// What it is told.
    pub events: Vec<Pattern>,
}

/// Judges an endpoint. A name is judged by its addresses only when it is called, for they change.
///
/// # Errors
/// Every fault.
pub fn decide_endpoint(
    url: &str,
    wanted: &[String],
    reach: EndpointReach,
) -> Result<EndpointTerms, Vec<Fault>> {
    let mut faults = Vec::new();
    let url = decide_url(url, reach)
        .map_err(|detail| faults.push(Fault::new("/url", detail)))
        .unwrap_or_default();
    if wanted.is_empty() || wanted.len() > PATTERNS_MAX {
        let detail = format!("must name 1 to {PATTERNS_MAX} events; [\"*\"] is all of them");
        faults.push(Fault::new("/events", detail));
    }
    let mut events = Vec::new();
    for (place, text) in wanted.iter().take(PATTERNS_MAX).enumerate() {
        match Pattern::parse(text) {
            Some(pattern) if events.contains(&pattern) => {}
            Some(pattern) => events.push(pattern),
            None => faults.push(Fault::new(format!("/events/{place}"), unknown(text))),
        }
    }
    if faults.is_empty() { Ok(EndpointTerms { url, events }) } else { Err(faults) }
}

fn decide_url(text: &str, reach: EndpointReach) -> Result<String, String> {
    if text.chars().count() > URL_LENGTH_MAX {
        return Err(format!("must have at most {URL_LENGTH_MAX} characters"));
    }
    // Read by the parser of the client that will call it: there are no two opinions on the host.
    let Ok(url) = Url::parse(text) else {
        return Err("must be an absolute http or https URL".to_owned());
    };
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err("must be an absolute http or https URL".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a user or a password: calls are signed instead".to_owned());
    }
    if url.fragment().is_some() {
        return Err("must not have a fragment (#…), which is never sent".to_owned());
    }
    if !reach.covers_host(&url) {
        return Err(format!(
            "must not lead to a private or local address; where the operator wants that, the \
             server is started with {ALLOW}"
        ));
    }
    Ok(text.to_owned())
}

fn unknown(text: &str) -> String {
    let nouns = EventKind::ALL.iter().map(|kind| format!("{}.*", kind.noun()));
    let known: Vec<String> =
        EventKind::ALL.iter().map(|kind| kind.name().to_owned()).chain(nouns).collect();
    match nearest(text, known.iter().map(String::as_str)) {
        Some(near) => format!("there is no event '{text}', did you mean '{near}'?"),
        None => format!("there is no event '{text}'; '*' is all of them"),
    }
}

/// The secrets that stay in force beside a new one, the newest first, each until its time: those
/// that were in force, and the one that is replaced now. `None` where there are too many.
#[must_use]
pub fn decide_rotation(
    endpoint: &Endpoint,
    now: DateTime<Utc>,
) -> Option<Vec<(Secret, DateTime<Utc>)>> {
    let in_force = endpoint.previous.iter().filter(|(_, until)| now < *until).cloned();
    let replaced = (endpoint.secret.clone(), now + OVERLAP);
    let kept: Vec<_> = std::iter::once(replaced).chain(in_force).collect();
    (kept.len() <= SECRETS_MAX).then_some(kept)
}

/// What becomes of a delivery after its `attempt`-th attempt, from 1.
#[must_use]
pub fn decide_fate(ended: &Attempt, attempt: u32, now: DateTime<Utc>) -> DeliveryFate {
    let (error, wish) = match ended {
        Attempt::Answered(200..=299, _) => return DeliveryFate::Delivered,
        Attempt::Answered(410, _) => {
            return DeliveryFate::Gone { error: "answered 410: it wants no more".to_owned() };
        }
        Attempt::Answered(status @ 300..=399, _) => {
            (format!("answered {status}: redirects are not followed"), None)
        }
        Attempt::Answered(status, wish) => (format!("answered {status}"), wish.as_deref()),
        Attempt::Unanswered(error) => (error.clone(), None),
    };
    let place = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
    let Some(delay) = DELAYS.get(place) else {
        return DeliveryFate::Failed { error };
    };
    let wish = wish.and_then(|wish| retry_after(wish, now)).unwrap_or_default();
    let delay = TimeDelta::seconds(*delay).max(wish.min(RETRY_AFTER_MAX));
    DeliveryFate::Again { at: now + delay, error }
}

/// The circuit breaker of an endpoint: for how long it is left alone that answered none of its
/// calls so often in a row, from 1. Each of those calls has cost a connection and all the time that
/// there was. Then one delivery is tried; any answer ends the silence.
#[must_use]
pub fn decide_rest(silences: u32) -> TimeDelta {
    let place = usize::try_from(silences.saturating_sub(1)).unwrap_or(usize::MAX);
    RESTS[place.min(RESTS.len() - 1)]
}

/// What `Retry-After` asks for (RFC 9110, section 10.2.3): seconds, or a date.
fn retry_after(text: &str, now: DateTime<Utc>) -> Option<TimeDelta> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(TimeDelta::seconds(i64::from(seconds)));
    }
    let date = DateTime::parse_from_rfc2822(text).ok()?;
    Some(date.with_timezone(&Utc) - now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-02-10T12:00:00Z".parse().unwrap()
    }

    fn judge(
        url: &str,
        events: &[&str],
        reach: EndpointReach,
    ) -> Result<EndpointTerms, Vec<Fault>> {
        let events: Vec<String> = events.iter().map(|&it| it.to_owned()).collect();
        decide_endpoint(url, &events, reach)
    }

    #[test]
    fn urls_lead_to_public_hosts_and_hold_no_secrets() {
        let good = [
            "https://shop.example/hooks?x=1",
            "http://shop.example:8080/",
            "https://8.8.8.8/",
            "https://[2606:4700::1111]/x",
        ];
        for url in good {
            let terms = judge(url, &["*"], EndpointReach::Public).unwrap();
            assert_eq!(terms.url, url);
        }
        // What is wrong in any case.
        for url in [
            "",
            "shop.example",
            "/hooks",
            "ftp://shop.example/",
            "file:///etc/passwd",
            "https://",
            "https://user@shop.example/",
            "https://:pw@shop.example/",
            "https://shop.example/#x",
            "data:text/plain,x",
        ] {
            let faults = judge(url, &["*"], EndpointReach::Anywhere).unwrap_err();
            assert_eq!(faults[0].pointer, "/url", "{url}");
        }
        let long = format!("https://shop.example/{}", "x".repeat(URL_LENGTH_MAX));
        assert!(judge(&long, &["*"], EndpointReach::Public).is_err());
    }

    #[test]
    fn every_spelling_of_a_private_address_is_refused_unless_allowed() {
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "0",
            "10.0.0.1",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[fd00::1]",
            "[fe80::1]",
            "169.254.169.254",
            "localhost",
            "LOCALHOST",
            "localhost.",
            "x.localhost",
            "127.0.0.1.",
            "\u{ff11}27.0.0.1",
        ] {
            let url = format!("http://{host}:8080/x");
            let faults = judge(&url, &["*"], EndpointReach::Public).unwrap_err();
            assert!(faults[0].detail.contains(ALLOW), "{host}: {faults:?}");
            assert!(judge(&url, &["*"], EndpointReach::Anywhere).is_ok(), "{host}");
        }
    }

    #[test]
    fn unknown_events_are_named_with_the_nearest_known() {
        let url = "https://shop.example/";
        let events = ["invoice.payed", "nonsense", "invioce.*", "invoice.paid", "invoice.paid"];
        let faults = judge(url, &events, EndpointReach::Public).unwrap_err();
        let told: Vec<_> =
            faults.iter().map(|fault| format!("{} {}", fault.pointer, fault.detail)).collect();
        let wanted = [
            "/events/0 there is no event 'invoice.payed', did you mean 'invoice.paid'?",
            "/events/1 there is no event 'nonsense'; '*' is all of them",
            "/events/2 there is no event 'invioce.*', did you mean 'invoice.*'?",
        ];
        assert_eq!(told, wanted);
        let faults = judge(url, &[], EndpointReach::Public).unwrap_err();
        assert_eq!(faults[0].pointer, "/events");
        let terms = judge(url, &events[3..], EndpointReach::Public).unwrap();
        assert_eq!(terms.events, [Pattern::One(EventKind::InvoicePaid)]);
    }

    #[test]
    fn attempts_are_spread_over_three_days() {
        let (mut at, mut waits) = (now(), Vec::new());
        for attempt in 1.. {
            match decide_fate(&Attempt::Answered(500, None), attempt, at) {
                DeliveryFate::Again { at: next, error } => {
                    assert_eq!(error, "answered 500");
                    waits.push((next - at).num_seconds());
                    at = next;
                }
                fate @ (DeliveryFate::Delivered
                | DeliveryFate::Failed { .. }
                | DeliveryFate::Gone { .. }) => {
                    assert_eq!(fate, DeliveryFate::Failed { error: "answered 500".to_owned() });
                    break;
                }
            }
        }
        assert_eq!(at - now(), TimeDelta::days(3));
        assert_eq!(waits[..8], [5, 60, 300, 1_800, 7_200, 18_000, 36_000, 43_200]);
    }

    #[test]
    fn an_answer_decides_what_becomes_of_a_delivery() {
        let again = |seconds, error: &str| DeliveryFate::Again {
            at: now() + TimeDelta::seconds(seconds),
            error: error.to_owned(),
        };
        // The status, `Retry-After`, what becomes of it after the first attempt.
        let table = [
            (200, None, DeliveryFate::Delivered),
            (204, Some("60"), DeliveryFate::Delivered),
            (299, None, DeliveryFate::Delivered),
            (301, Some("60"), again(5, "answered 301: redirects are not followed")),
            (400, None, again(5, "answered 400")),
            (429, Some("120"), again(120, "answered 429")),
            (503, Some("1"), again(5, "answered 503")),
            (503, Some("Tue, 10 Feb 2026 12:10:00 GMT"), again(600, "answered 503")),
            (503, Some("Mon, 09 Feb 2026 12:10:00 GMT"), again(5, "answered 503")),
            (503, Some("99999999"), again(6 * 3600, "answered 503")),
            (503, Some("-5"), again(5, "answered 503")),
            (503, Some("soon"), again(5, "answered 503")),
        ];
        for (status, wish, fate) in table {
            let ended = Attempt::Answered(status, wish.map(str::to_owned));
            assert_eq!(decide_fate(&ended, 1, now()), fate, "{status} {wish:?}");
        }
        let gone = decide_fate(&Attempt::Answered(410, None), 1, now());
        assert!(matches!(gone, DeliveryFate::Gone { .. }), "{gone:?}");
        let lost = decide_fate(&Attempt::Unanswered("no route".to_owned()), 2, now());
        assert_eq!(lost, again(60, "no route"));
    }

    #[test]
    fn an_endpoint_that_is_silent_again_and_again_is_left_alone_for_minutes() {
        // How often in a row, and for how many seconds it rests.
        for (silences, rests) in [(0, 5), (1, 5), (2, 60), (3, 300), (4, 300), (u32::MAX, 300)] {
            assert_eq!(decide_rest(silences), TimeDelta::seconds(rests), "{silences}");
        }
    }
}
