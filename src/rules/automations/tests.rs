//! Who starts, what happens when a step is due, who leaves.

use serde_json::{Value, json};

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn terms(change: &Value) -> AutomationTerms {
    let mut terms = json!({
        "title": "A", "trigger": "first_order_delivered", "quiet_hours": null, "steps": [
            {"key": "a", "delay": "P1D", "channel": "webhook", "endpoint": null, "link": null,
                "says": "t"},
            {"key": "b", "delay": "PT36H", "channel": "webhook", "endpoint": null, "link": null,
                "says": "t"},
        ],
        "attribution_window": "P1D", "conversion_counts_as": "exited", "holdout_percent": 0,
    });
    for (name, value) in change.as_object().unwrap() {
        terms[name] = value.clone();
    }
    serde_json::from_value(terms).unwrap()
}

fn automation() -> Automation {
    Automation::draft(AutomationId::stored("a".to_owned()), terms(&json!({})))
}

fn turned(turns: &[(AutomationTurn, &str)]) -> Automation {
    turns.iter().fold(automation(), |automation, (turn, when)| {
        decide_turn(&automation, *turn, at(when)).unwrap().unwrap()
    })
}

#[test]
fn an_automation_goes_where_its_turns_lead_and_nowhere_else() {
    // What each turn makes of each state: `=` where it stands there, `-` where it is refused.
    let table = [
        (State::Draft, ["live", "-", "-", "-"]),
        (State::Live, ["=", "paused", "=", "stopped"]),
        (State::Paused, ["-", "=", "live", "stopped"]),
        (State::Stopped, ["live", "-", "-", "="]),
    ];
    for (state, wanted) in table {
        let from = Automation { state, ..automation() };
        for (turn, wanted) in AutomationTurn::ALL.into_iter().zip(wanted) {
            let got = match decide_turn(&from, turn, at("2026-01-01T00:00:00Z")) {
                Ok(None) => "=",
                Ok(Some(turned)) => turned.state.name(),
                Err(WrongState(stands)) => {
                    assert_eq!(stands, state);
                    "-"
                }
            };
            assert_eq!(got, wanted, "{} {}", state.name(), turn.name());
        }
    }
}

#[test]
fn when_it_was_live_is_remembered() {
    let automation = turned(&[
        (AutomationTurn::Live, "2026-01-01T00:00:00Z"),
        (AutomationTurn::Pause, "2026-01-02T00:00:00Z"),
        (AutomationTurn::Resume, "2026-01-03T00:00:00Z"),
        (AutomationTurn::Stop, "2026-01-04T00:00:00Z"),
    ]);
    assert_eq!((automation.spans.len(), automation.live_since), (2, None));
    let live = |day: &str| automation.was_live(at(&format!("2026-01-{day}T12:00:00Z")));
    assert_eq!([live("01"), live("02"), live("03"), live("04")], [true, false, true, false]);
}

/// Paid, delivered (hours of the first days of 2026; 99 is never), first, brought over,
/// suppressed, and what that comes to.
type Case = (i64, i64, bool, bool, bool, Result<i64, &'static str>);

#[test]
fn who_starts_is_who_buys_for_the_first_time_and_has_got_and_paid_it() {
    // Live from hour 10, paused from hour 20 to 30.
    let hour = |n: i64| at("2026-01-01T00:00:00Z") + TimeDelta::hours(n);
    let turns = [
        (AutomationTurn::Live, "2026-01-01T10:00:00Z"),
        (AutomationTurn::Pause, "2026-01-01T20:00:00Z"),
        (AutomationTurn::Resume, "2026-01-02T06:00:00Z"),
    ];
    let live = turned(&turns);
    #[rustfmt::skip]
    let table: &[Case] = &[
        (12, 15, true, false, false, Ok(15)),
        (15, 12, true, false, false, Ok(15)),
        (10, 10, true, false, false, Ok(10)),
        (99, 12, true, false, false, Err("not-paid")),
        (12, 99, true, false, false, Err("not-delivered")),
        (99, 99, false, true, true, Err("not-paid")),
        (9, 12, true, false, false, Err("not-live-then")),
        (12, 25, true, false, false, Err("not-live-then")),
        (12, 35, true, false, false, Ok(35)),
        (12, 15, false, true, true, Err("not-the-first")),
        (12, 15, true, true, true, Err("brought-over")),
        (12, 15, true, false, true, Err("suppressed")),
    ];
    for (paid, delivered, is_first, brought_over, suppressed, wanted) in table.iter().copied() {
        let then = |n: i64| (n < 99).then(|| hour(n));
        let cause = Some(Cause::Order { paid: then(paid), delivered: then(delivered) });
        let facts = StartFacts { cause, is_first, brought_over, suppressed };
        let got = decide_start(&live, &facts).map_err(NotStarted::name);
        assert_eq!(got, wanted.map(hour), "paid {paid}, delivered {delivered}");
    }
    let nothing =
        StartFacts { cause: None, is_first: true, brought_over: false, suppressed: false };
    assert_eq!(decide_start(&live, &nothing), Err(NotStarted::NothingBought));
    let begun = StartFacts { cause: Some(Cause::Subscription(hour(12))), ..nothing };
    assert_eq!(decide_start(&live, &begun), Ok(hour(12)));
    let paused = turned(&turns[..2]);
    assert_eq!(decide_start(&paused, &begun), Err(NotStarted::NotLive));
}

#[test]
fn about_so_many_of_a_hundred_are_held_out_and_always_the_same() {
    let id = AutomationId::stored("thanks".to_owned());
    for percent in [0, 10, 50] {
        let held = (0..2000)
            .filter(|n| is_held_out(&id, &CustomerId::stored(format!("c{n}")), percent))
            .count();
        let wanted = usize::try_from(percent).unwrap() * 20;
        assert!(held.abs_diff(wanted) <= 80 * usize::from(percent > 0), "{percent}: {held}");
    }
    let ada = CustomerId::stored("ada".to_owned());
    let thresholds: Vec<u32> = (0..=100).filter(|n| is_held_out(&id, &ada, *n)).collect();
    assert_eq!(thresholds.last(), Some(&100));
    assert!(thresholds.windows(2).all(|pair| pair[0] + 1 == pair[1]), "who is held out stays so");
}

fn step(quiet: Option<(&str, &str)>, zone: &str) -> StepFacts {
    let time = |text: &str| NaiveTime::parse_from_str(text, "%H:%M").unwrap();
    StepFacts {
        suppressed: None,
        has_address: true,
        pace: MessagePace {
            quiet_hours: quiet.map(|(from, to)| QuietHours { from: time(from), to: time(to) }),
            zone: Zone::parse(zone).unwrap(),
            last_message: None,
            gap: TimeDelta::zero(),
        },
    }
}

#[test]
fn nothing_is_sent_in_quiet_hours() {
    let night = Some(("21:00", "08:00"));
    let siesta = Some(("12:00", "14:00"));
    #[rustfmt::skip]
    let table = [
        (None, "2026-01-10T02:00:00Z", None),
        // Berlin is an hour ahead in winter.
        (night, "2026-01-10T19:59:59Z", None),
        (night, "2026-01-10T20:00:00Z", Some("2026-01-11T07:00:00Z")),
        (night, "2026-01-11T02:00:00Z", Some("2026-01-11T07:00:00Z")),
        (night, "2026-01-11T06:59:59Z", Some("2026-01-11T07:00:00Z")),
        (night, "2026-01-11T07:00:00Z", None),
        (siesta, "2026-01-10T11:00:00Z", Some("2026-01-10T13:00:00Z")),
        (siesta, "2026-01-10T13:00:00Z", None),
        // The night of 29 March is an hour shorter, that of 25 October an hour longer.
        (night, "2026-03-28T20:30:00Z", Some("2026-03-29T06:00:00Z")),
        (night, "2026-10-24T20:30:00Z", Some("2026-10-25T07:00:00Z")),
        // 02:30 is skipped: 03:00 is the next that there is, at 01:00 UTC.
        (Some(("21:00", "02:30")), "2026-03-28T23:00:00Z", Some("2026-03-29T01:00:00Z")),
        (Some(("02:30", "05:00")), "2026-03-29T01:10:00Z", Some("2026-03-29T03:00:00Z")),
        // 02:30 comes twice: the first counts, at 00:30 UTC.
        (Some(("21:00", "02:30")), "2026-10-25T00:10:00Z", Some("2026-10-25T00:30:00Z")),
        (Some(("21:00", "02:30")), "2026-10-25T01:10:00Z", None),
        (Some(("02:30", "05:00")), "2026-10-25T01:10:00Z", Some("2026-10-25T04:00:00Z")),
    ];
    for (quiet, now, until) in table {
        let decided = decide_step(&step(quiet, "Europe/Berlin"), at(now));
        assert_eq!(decided, until.map_or(DueStep::Send, |until| DueStep::Hold(at(until))), "{now}");
    }
}

#[test]
fn messages_keep_their_distance_and_then_the_night() {
    let mut facts = step(Some(("21:00", "08:00")), "Europe/Berlin");
    facts.pace.last_message = Some(at("2026-01-10T10:00:00Z"));
    facts.pace.gap = TimeDelta::hours(12);
    let decide = |facts: &StepFacts, now: &str| decide_step(facts, at(now));
    let free = at("2026-01-11T07:00:00Z");
    assert_eq!(decide(&facts, "2026-01-10T12:00:00Z"), DueStep::Hold(free));
    let mut by_day = facts;
    by_day.pace.quiet_hours = None;
    assert_eq!(decide(&by_day, "2026-01-10T12:00:00Z"), DueStep::Hold(at("2026-01-10T22:00:00Z")));
    assert_eq!(decide(&by_day, "2026-01-10T22:00:00Z"), DueStep::Send);
}

#[test]
fn who_cannot_be_sent_anything_leaves() {
    let facts = step(Some(("00:00", "23:59")), "UTC");
    let now = at("2026-01-10T12:00:00Z");
    let table = [
        (Some(SuppressionReason::Unsubscribed), true, ExitReason::Unsubscribed),
        (Some(SuppressionReason::Merchant), true, ExitReason::Unsubscribed),
        (Some(SuppressionReason::Bounced), false, ExitReason::Undeliverable),
        (None, false, ExitReason::Undeliverable),
    ];
    for (suppressed, has_address, reason) in table {
        let facts = StepFacts { suppressed, has_address, ..facts };
        assert_eq!(decide_step(&facts, now), DueStep::Leave(reason));
    }
}

#[test]
fn the_next_delay_counts_from_when_the_message_before_was_sent() {
    let now = at("2026-01-10T12:00:00Z");
    let run = AutomationRun {
        id: crate::domain::ids::AutomationRunId::stored("arn_1".to_owned()),
        automation: AutomationId::stored("a".to_owned()),
        version: 1,
        customer: CustomerId::stored("ada".to_owned()),
        order: None,
        subscription: None,
        status: AutomationRunStatus::Active,
        exit_reason: None,
        step: 1,
        due_at: None,
        coupon: None,
        started_at: now,
        ended_at: None,
    };
    let terms = terms(&json!({}));
    let next = gone_on(&run, &terms, now);
    assert_eq!(
        (next.due_at, next.status),
        (Some(now + TimeDelta::hours(36)), AutomationRunStatus::Active)
    );
    let last = gone_on(&AutomationRun { step: 2, ..run.clone() }, &terms, now);
    assert_eq!((last.ended_at, last.status), (Some(now), AutomationRunStatus::Completed));
    assert_eq!(run_event(&last).kind, EventKind::RunCompleted);
    let gone = left(&run, ExitReason::Purchased, now);
    assert_eq!((gone.step, gone.due_at, gone.ended_at), (1, None, Some(now)));
    let told = serde_json::to_value(run_event(&gone).data).unwrap();
    assert_eq!(told["exit_reason"], "purchased");
}

#[test]
fn a_personal_code_is_the_prefix_and_what_nobody_guesses_for_so_many_days() {
    let terms = terms(&json!({"coupon": {
        "gives": {"gives": {"percent": "10"}, "currency": "EUR", "min_net": 500},
        "valid_days": 30, "prefix": "THX",
    }}));
    let run = AutomationRun {
        id: crate::domain::ids::AutomationRunId::stored("arn_1".to_owned()),
        automation: AutomationId::stored("a".to_owned()),
        version: 1,
        customer: CustomerId::stored("ada".to_owned()),
        order: None,
        subscription: None,
        status: AutomationRunStatus::Active,
        exit_reason: None,
        step: 0,
        due_at: None,
        coupon: None,
        started_at: at("2026-01-10T12:00:00Z"),
        ended_at: None,
    };
    let day = NaiveDate::from_ymd_opt(2026, 1, 31).unwrap();
    let personal = terms.coupon.unwrap();
    let random = "0123456789abcdefghjkmnpqrstvwxyz";
    let code = personal_coupon(&run, &personal, None, (random, day)).unwrap();
    assert_eq!(code.coupon.code.as_deref(), Some("THX0123456789"));
    assert_eq!(code.coupon.validity.until, NaiveDate::from_ymd_opt(2026, 3, 2));
    assert_eq!((code.coupon.min_net, code.coupon.redemptions_max), (Some(500), Some(1)));
    assert_eq!((code.owner, code.coupon.id.as_str()), (run.customer.clone(), "a"));
    let gives = CouponTerms::Named { coupon: CouponId::stored("ten".to_owned()) };
    let named = PersonalCoupon { gives, ..personal };
    assert_eq!(personal_coupon(&run, &named, None, (random, day)), None, "it is gone");
}
