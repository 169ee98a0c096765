//! The report of an automation: figures as of a moment, from counts of runs and messages.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::domain::automation::{AutomationTerms, ConversionCountsAs};
use crate::domain::money::Currency;

/// How many runs of a version began, and what they stand at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RunCounts {
    /// How many began.
    pub started: i64,
    /// Of these, how many have left early.
    pub exited: i64,
    /// How many are at their end.
    pub completed: i64,
    /// How many have bought anything in their time.
    pub bought: i64,
}

/// What became of the messages of a step of a version.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MessageCounts {
    /// How many were queued.
    pub queued: i64,
    /// How many were taken.
    pub sent: i64,
    /// How many were given up.
    pub failed: i64,
    /// How many arrived.
    pub delivered: i64,
    /// How many came back, and had not arrived.
    pub bounced: i64,
    /// How many were read.
    pub read: i64,
    /// How many were answered.
    pub replied: i64,
    /// How many links were followed.
    pub clicked: i64,
}

/// A purchase that is put down to a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributedPurchase {
    /// The run of the message.
    pub run: String,
    /// The name of its step.
    pub step: String,
    /// The day on which it was bought.
    pub on: NaiveDate,
    /// Whether it ended that run.
    pub ended_early: bool,
    /// What was paid, and what was paid back of it.
    pub money: Option<(Currency, i64, i64)>,
}

/// What a report is made of. Counts are by version, those of steps also by the place of the step.
#[derive(Debug, Clone, Default)]
pub struct ReportFacts {
    /// What each version says, as far as it is asked for.
    pub versions: BTreeMap<i64, AutomationTerms>,
    /// Runs.
    pub runs: BTreeMap<i64, RunCounts>,
    /// Runs that are held out, of all these versions.
    pub holdout: RunCounts,
    /// Runs that left while they waited for a step.
    pub exits: BTreeMap<(i64, i64), i64>,
    /// Messages.
    pub messages: BTreeMap<(i64, i64), MessageCounts>,
    /// Purchases that are put down to these messages.
    pub attributed: Vec<AttributedPurchase>,
    /// How many customers have completed a first purchase, whether they started or not.
    pub first_purchases: i64,
}

/// What a step has come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepReport {
    /// Its name.
    pub key: String,
    /// How many came to it.
    pub entered: i64,
    /// For how many its delay is not over, or held.
    pub waiting: i64,
    /// For how many it is over, and the message queued.
    pub progressed: i64,
    /// How many left while they waited for it.
    pub exited_here: i64,
    /// What became of its messages.
    pub messages: MessageCounts,
    /// How many purchases are put down to it.
    pub attributed_orders: i64,
    /// What was paid for these, in the merchant's currency.
    pub attributed_revenue: i64,
}

/// What an automation has come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AutomationReport {
    /// How many customers have completed a first purchase.
    pub first_purchases: i64,
    /// How many began.
    pub started: i64,
    /// How many are under way.
    pub active: i64,
    /// How many left early.
    pub exited: i64,
    /// How many came to the end.
    pub completed: i64,
    /// How many bought through it.
    pub purchased: i64,
    /// How many bought anything in their time.
    pub bought: i64,
    /// What was paid for what is put down to it, in the merchant's currency.
    pub revenue: i64,
    /// What was paid back of that.
    pub refunded: i64,
    /// The same in other currencies.
    pub other_currencies: BTreeMap<Currency, (i64, i64)>,
    /// Those held out: how many, and how many of them have bought anything; none where none are.
    pub holdout: Option<(i64, i64)>,
    /// Its steps, those of the newest version first.
    pub steps: Vec<StepReport>,
}

/// Makes a report: what is asked of is what `facts` hold.
#[must_use]
pub fn report_automation(
    facts: &ReportFacts,
    counts_as: ConversionCountsAs,
    currency: Currency,
) -> AutomationReport {
    let mut report = AutomationReport {
        first_purchases: facts.first_purchases,
        steps: steps(facts),
        ..AutomationReport::default()
    };
    for counts in facts.runs.values() {
        report.started += counts.started;
        report.exited += counts.exited;
        report.completed += counts.completed;
        report.bought += counts.bought;
    }
    report.active = report.started - report.exited - report.completed;
    let mut buyers: BTreeMap<&str, bool> = BTreeMap::new();
    for purchase in &facts.attributed {
        *buyers.entry(&purchase.run).or_default() |= purchase.ended_early;
        let step = report.steps.iter_mut().find(|step| step.key == purchase.step);
        let mut revenue_of_step = 0;
        // What was credited and then bounced as a whole was not lost twice.
        match purchase.money.map(|(code, paid, back)| (code, paid, back.min(paid))) {
            Some((code, paid, back)) if code == currency => {
                report.revenue += paid;
                report.refunded += back;
                revenue_of_step = paid;
            }
            Some((code, paid, back)) => {
                let sum = report.other_currencies.entry(code).or_default();
                *sum = (sum.0 + paid, sum.1 + back);
            }
            None => {}
        }
        if let Some(step) = step {
            step.attributed_orders += 1;
            step.attributed_revenue += revenue_of_step;
        }
    }
    report.purchased = i64::try_from(buyers.len()).unwrap_or(i64::MAX);
    if counts_as == ConversionCountsAs::Completed {
        let early = buyers.values().filter(|ended_early| **ended_early).count();
        let early = i64::try_from(early).unwrap_or(i64::MAX);
        (report.exited, report.completed) = (report.exited - early, report.completed + early);
    }
    let held = facts.holdout;
    report.holdout = (held.started > 0).then_some((held.started, held.bought));
    report
}

impl AutomationReport {
    /// By how many points of a hundred more, or less, bought anything of those who were sent
    /// messages than of those held out, with a sign; none where nobody can be compared.
    #[must_use]
    pub fn difference(&self) -> Option<String> {
        let (held, bought) = self.holdout.filter(|_| self.started > 0)?;
        let points = tenths(self.bought, self.started) - tenths(bought, held);
        let sign = match points.signum() {
            1 => "+",
            -1 => "−",
            _ => "",
        };
        let points = points.abs();
        Some(format!("{sign}{}.{}", points / 10, points % 10))
    }
}

/// What has come about on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayReport {
    /// The day.
    pub on: NaiveDate,
    /// How many began.
    pub started: i64,
    /// How many messages were taken.
    pub sent: i64,
    /// How many purchases of this day are put down to its messages.
    pub purchased: i64,
}

/// The days one by one: what `started` and `sent` count by the place of the day.
#[must_use]
pub fn report_days(
    days: &[NaiveDate],
    (started, sent): (&BTreeMap<i64, i64>, &BTreeMap<i64, i64>),
    attributed: &[AttributedPurchase],
) -> Vec<DayReport> {
    let day = |(place, on): (i64, &NaiveDate)| {
        let bought = attributed.iter().filter(|purchase| purchase.on == *on).count();
        DayReport {
            on: *on,
            started: started.get(&place).copied().unwrap_or_default(),
            sent: sent.get(&place).copied().unwrap_or_default(),
            purchased: i64::try_from(bought).unwrap_or(i64::MAX),
        }
    };
    (0..).zip(days).map(day).collect()
}

/// Steps by their names, which several versions may share.
fn steps(facts: &ReportFacts) -> Vec<StepReport> {
    let mut all: Vec<StepReport> = Vec::new();
    for (version, terms) in facts.versions.iter().rev() {
        let mut entered = facts.runs.get(version).map_or(0, |counts| counts.started);
        for (place, step) in (0_i64..).zip(&terms.steps) {
            let messages = facts.messages.get(&(*version, place)).copied().unwrap_or_default();
            let exited = facts.exits.get(&(*version, place)).copied().unwrap_or_default();
            let found = all.iter().position(|it| it.key == step.key);
            let at = found.unwrap_or_else(|| {
                all.push(StepReport { key: step.key.clone(), ..StepReport::default() });
                all.len() - 1
            });
            let sum = &mut all[at];
            sum.entered += entered;
            sum.progressed += messages.queued;
            sum.exited_here += exited;
            sum.waiting += entered - messages.queued - exited;
            add(&mut sum.messages, messages);
            entered = messages.queued;
        }
    }
    all
}

fn add(sum: &mut MessageCounts, more: MessageCounts) {
    sum.queued += more.queued;
    sum.sent += more.sent;
    sum.failed += more.failed;
    sum.delivered += more.delivered;
    sum.bounced += more.bounced;
    sum.read += more.read;
    sum.replied += more.replied;
    sum.clicked += more.clicked;
}

/// A part of a whole as a percentage with one decimal, half up; a dash where there is no whole.
#[must_use]
pub fn percent(part: i64, whole: i64) -> String {
    if whole <= 0 {
        return "—".to_owned();
    }
    let tenths = tenths(part, whole);
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// How many thousandths a part is of a whole that is not nothing, half up.
fn tenths(part: i64, whole: i64) -> i64 {
    (part * 2000 + whole) / (whole * 2)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn percentages_have_one_decimal_and_are_rounded_half_up() {
        for (part, whole, wanted) in [
            (0, 0, "—"),
            (0, 3, "0.0"),
            (1, 3, "33.3"),
            (2, 3, "66.7"),
            (1, 2000, "0.1"),
            (1, 2001, "0.0"),
            (3, 3, "100.0"),
        ] {
            assert_eq!(percent(part, whole), wanted, "{part} of {whole}");
        }
    }

    fn terms(keys: &[&str]) -> AutomationTerms {
        let step = |key: &&str| {
            json!({"key": key, "delay": "P1D", "channel": "webhook", "endpoint": null,
                "link": null, "says": "t"})
        };
        serde_json::from_value(json!({
            "title": "A", "trigger": "first_order_delivered", "quiet_hours": null,
            "steps": keys.iter().map(step).collect::<Vec<_>>(),
            "attribution_window": "P1D", "conversion_counts_as": "exited", "holdout_percent": 0,
        }))
        .unwrap()
    }

    fn facts() -> ReportFacts {
        let counts = |queued, sent| MessageCounts { queued, sent, ..MessageCounts::default() };
        let euro = Currency::parse("EUR").unwrap();
        let franc = Currency::parse("CHF").unwrap();
        let bought = |run: &str, step: &str, ended_early, money| AttributedPurchase {
            run: run.to_owned(),
            step: step.to_owned(),
            on: NaiveDate::default(),
            ended_early,
            money,
        };
        ReportFacts {
            versions: [(1, terms(&["thanks", "old"])), (2, terms(&["thanks", "offer"]))].into(),
            runs: [
                (1, RunCounts { started: 10, exited: 3, completed: 4, bought: 3 }),
                (2, RunCounts { started: 5, exited: 1, completed: 0, bought: 1 }),
            ]
            .into(),
            holdout: RunCounts { started: 2, bought: 1, ..RunCounts::default() },
            exits: [((1, 1), 3), ((2, 0), 1)].into(),
            messages: [((1, 0), counts(9, 9)), ((1, 1), counts(4, 3)), ((2, 0), counts(2, 2))]
                .into(),
            attributed: vec![
                bought("r1", "thanks", true, Some((euro, 1_000, 200))),
                bought("r1", "old", false, Some((euro, 500, 0))),
                bought("r4", "old", false, Some((euro, 990, 1_290))),
                bought("r2", "offer", false, Some((franc, 700, 0))),
                bought("r3", "thanks", true, None),
            ],
            first_purchases: 20,
        }
    }

    #[test]
    fn a_report_adds_up() {
        let euro = Currency::parse("EUR").unwrap();
        let report = report_automation(&facts(), ConversionCountsAs::Exited, euro);
        assert_eq!((report.started, report.active), (15, 7));
        assert_eq!((report.exited, report.completed), (4, 4));
        assert_eq!((report.purchased, report.bought), (4, 4));
        assert_eq!((report.revenue, report.refunded), (2_490, 1_190), "no more than was paid");
        assert_eq!(report.other_currencies.len(), 1);
        assert_eq!(report.holdout, Some((2, 1)));
        assert_eq!(report.difference().as_deref(), Some("−23.3"), "26.7 of those sent, 50.0 else");
        let steps: Vec<_> = (report.steps.iter())
            .map(|it| (it.key.as_str(), it.entered, it.waiting, it.progressed, it.exited_here))
            .collect();
        let wanted = [("thanks", 15, 3, 11, 1), ("offer", 2, 2, 0, 0), ("old", 9, 2, 4, 3)];
        assert_eq!(steps, wanted);
        for (key, orders, revenue) in [("thanks", 2, 1_000), ("offer", 1, 0), ("old", 2, 1_490)] {
            let step = report.steps.iter().find(|it| it.key == key).unwrap();
            assert_eq!((step.attributed_orders, step.attributed_revenue), (orders, revenue));
            assert_eq!(step.entered, step.waiting + step.progressed + step.exited_here);
        }
    }

    #[test]
    fn days_are_counted_one_by_one() {
        let days: Vec<NaiveDate> = NaiveDate::default().iter_days().take(2).collect();
        let counted = report_days(&days, (&[(1, 7)].into(), &[(0, 3)].into()), &facts().attributed);
        let counted: Vec<_> =
            counted.iter().map(|it| (it.started, it.sent, it.purchased)).collect();
        assert_eq!(counted, [(0, 3, 5), (7, 0, 0)]);
    }

    #[test]
    fn early_buyers_may_count_as_those_who_completed() {
        let euro = Currency::parse("EUR").unwrap();
        let report = report_automation(&facts(), ConversionCountsAs::Completed, euro);
        assert_eq!((report.exited, report.completed, report.active), (2, 6, 7));
    }
}
