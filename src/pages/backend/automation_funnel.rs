//! The figures of an automation as a picture: what made customers start, each step with who waits
//! and what became of its messages, who came to the end; and its days one by one. Each figure leads
//! to what it counts, where that can be listed.

use crate::app::automation_reports::AutomationHistory;
use crate::domain::automation::ConversionCountsAs;
use crate::domain::automation_run::{AutomationRunStatus, StepStanding};
use crate::domain::ids::AutomationId;
use crate::domain::money::Money;
use crate::pages::backend::day_charts::day_chart;
use crate::pages::backend::session::Session;
use crate::pages::backend::{automation_places as places, automation_words as words};
use crate::render::backend::automations::{
    DayChart, DayRow, Figure, HoldoutCard, StepCard, TriggerCard,
};
use crate::render::backend::frame::Link;
use crate::render::backend::phrase::{Phrase, phrase};
use crate::rules::automation_reports::{AutomationReport, DayReport, StepReport, percent};

/// The figures of a report, to be drawn.
pub(super) struct Funnel<'a> {
    session: &'a Session,
    history: &'a AutomationHistory,
    /// Whether what is counted can be listed: of all versions, and as of now.
    lists_runs: bool,
    /// Whether messages can be.
    lists_messages: bool,
}

impl<'a> Funnel<'a> {
    /// Those of a report, of all versions or of one alone.
    pub(super) fn new(
        session: &'a Session,
        history: &'a AutomationHistory,
        is_whole: bool,
    ) -> Self {
        let lists_runs = is_whole && history.is_now;
        Self { session, history, lists_runs, lists_messages: is_whole }
    }

    fn id(&self) -> &AutomationId {
        &self.history.automation.id
    }

    fn report(&self) -> &AutomationReport {
        &self.history.report
    }

    fn money(&self, minor: i64) -> String {
        self.session.money(Money::new(minor, self.session.settings.currency))
    }

    fn percent(&self, part: i64) -> String {
        in_percent(part, self.report().started)
    }

    /// A figure of runs.
    fn runs(&self, label: &'static str, text: String, href: impl FnOnce() -> String) -> Figure {
        Figure { label, text: text.into(), href: self.lists_runs.then(href), share: None }
    }

    /// Where those are listed who are counted with a status: as the automation counts.
    fn counted(&self, status: AutomationRunStatus) -> String {
        match self.history.automation.terms.conversion_counts_as {
            ConversionCountsAs::Exited => places::runs_with(self.id(), status),
            ConversionCountsAs::Completed => places::runs_converted(self.id(), status),
        }
    }

    /// The five that matter.
    pub(super) fn header(&self) -> Vec<Figure> {
        let (id, report) = (self.id(), self.report());
        let with = |status| move || self.counted(status);
        let exited = self.percent(report.exited);
        let completed = self.percent(report.completed);
        let purchased = self.percent(report.purchased);
        vec![
            self.runs("Started", report.started.to_string(), || places::runs_sent(id)),
            self.runs("Exited", exited, with(AutomationRunStatus::Exited)),
            self.runs("Completed", completed, with(AutomationRunStatus::Completed)),
            self.runs("Purchased", purchased, || places::runs_bought(id)),
            self.runs("Revenue", self.money(report.revenue), || places::runs_bought(id)),
        ]
    }

    /// What else is known of the whole.
    pub(super) fn facts(&self) -> Vec<Figure> {
        let (id, report) = (self.id(), self.report());
        let plain = |label, text: Phrase| Figure { label, text, href: None, share: None };
        let under_way = || places::runs_with(id, AutomationRunStatus::Active);
        let mut facts = vec![
            self.runs("Under way", report.active.to_string(), under_way),
            plain("Bought anything in their time", self.percent(report.bought).into()),
            plain("Paid back", self.money(report.refunded).into()),
        ];
        facts.extend(report.other_currencies.iter().map(|(code, (paid, back))| {
            let money = |minor| self.session.money(Money::new(minor, *code));
            let text = phrase!("{}, of which {} was paid back", money(*paid), money(*back));
            plain("Also paid", text)
        }));
        facts
    }

    /// What makes customers start, and how many that were.
    pub(super) fn trigger(&self) -> TriggerCard {
        let (id, report) = (self.id(), self.report());
        let first = report.first_purchases.to_string();
        let started = self.runs("Started", report.started.to_string(), || places::runs_sent(id));
        TriggerCard {
            what: words::trigger(self.history.automation.terms.trigger),
            figures: vec![
                Figure { label: "First purchases", text: first.into(), href: None, share: None },
                Figure { share: self.share(report.started), ..started },
            ],
        }
    }

    /// Its steps.
    pub(super) fn steps(&self) -> Vec<StepCard> {
        self.report().steps.iter().map(|step| self.step(step)).collect()
    }

    fn step(&self, step: &StepReport) -> StepCard {
        let terms = &self.history.automation.terms;
        let known = terms.steps.iter().find(|it| it.key == step.key);
        let (id, key) = (self.id(), &step.key);
        let stand = |label, count: i64, standing| {
            let figure = self.runs(label, count.to_string(), || places::runs_at(id, key, standing));
            Figure { share: self.share(count), ..figure }
        };
        let counts = &step.messages;
        let as_of = Some(self.history.as_of).filter(|_| !self.history.is_now);
        let became = |label, count: i64, state| Figure {
            label,
            text: count.into(),
            href: self.lists_messages.then(|| places::messages_counted(id, key, state, as_of)),
            share: self.share(count),
        };
        StepCard {
            key: key.clone(),
            delay: known.map(|it| words::elapsed(&it.delay)).unwrap_or_default(),
            says: known.map_or_else(|| Link::new("", ""), words::says),
            waits: vec![
                stand("Waiting", step.waiting, StepStanding::Waiting),
                stand("Progressed", step.progressed, StepStanding::Progressed),
                stand("Left here", step.exited_here, StepStanding::Left),
            ],
            message: vec![
                became("Sent", counts.sent, "sent"),
                became("Delivered", counts.delivered, "delivered"),
                became("Read", counts.read, "read"),
                became("Replied", counts.replied, "replied"),
                became("Bounced", counts.bounced, "bounced"),
                became("Clicked", counts.clicked, "clicked"),
            ],
            failed: became("Failed", counts.failed, "failed"),
            purchases: step.attributed_orders.to_string(),
            revenue: self.money(step.attributed_revenue),
        }
    }

    /// How many came to the end.
    pub(super) fn completed(&self) -> Vec<Figure> {
        let count = self.report().completed;
        let done = || self.counted(AutomationRunStatus::Completed);
        let figure = self.runs("Customers", count.to_string(), done);
        vec![Figure { share: self.share(count), ..figure }]
    }

    /// What comparing with those held out says.
    pub(super) fn holdout(&self) -> Option<HoldoutCard> {
        let report = self.report();
        let (held, bought) = report.holdout?;
        Some(HoldoutCard {
            started: report.started.to_string(),
            bought: self.percent(report.bought),
            held: held.to_string(),
            href: places::runs_with(self.id(), AutomationRunStatus::Holdout),
            held_bought: in_percent(bought, held),
            difference: report.difference(),
        })
    }

    /// How much of those who started that is.
    fn share(&self, count: i64) -> Option<i64> {
        let whole = self.report().started;
        (whole > 0).then(|| (count * 100 / whole).clamp(0, 100))
    }

    /// The days, drawn.
    pub(super) fn charts(&self) -> Vec<DayChart> {
        let chart = |label, count: fn(&DayReport) -> i64| {
            let days: Vec<_> = self.history.days.iter().map(|day| (day.on, count(day))).collect();
            day_chart(self.session, label, &days)
        };
        vec![
            chart("Started", |day| day.started),
            chart("Sent", |day| day.sent),
            chart("Purchased", |day| day.purchased),
        ]
    }

    /// The days on which anything happened, the last first.
    pub(super) fn days(&self) -> Vec<DayRow> {
        let row = |day: &DayReport| DayRow {
            on: self.session.day(day.on),
            started: day.started,
            sent: day.sent,
            purchased: day.purchased,
        };
        let any = |day: &&DayReport| day.started + day.sent + day.purchased > 0;
        self.history.days.iter().rev().filter(any).map(row).collect()
    }
}

fn in_percent(part: i64, whole: i64) -> String {
    let percent = percent(part, whole);
    if whole > 0 { format!("{percent} %") } else { percent }
}
