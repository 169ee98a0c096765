//! What has become of campaigns, promotions and gift rules on some days: the numbers of the API's
//! reports, drawn and as a table.

use axum::extract::{Path, Query};
use chrono::{Days, NaiveDate};
use serde::Deserialize;

use crate::app::reports::ReportDays;
use crate::domain::campaign::Campaign;
use crate::domain::gift_rule::GiftRule;
use crate::domain::promotion::Promotion;
use crate::pages::backend::answer::Answer;
use crate::pages::backend::day_charts::day_chart;
use crate::pages::backend::definitions::{EditableDefinition, MorePage, find};
use crate::pages::backend::filters::asked;
use crate::pages::backend::notation::Notation;
use crate::pages::backend::picks::Pickable;
use crate::pages::backend::places::{CAMPAIGNS, GIFT_RULES, PROMOTIONS};
use crate::pages::backend::session::{PageHead, Session};
use crate::render::backend::automations::{DayChart, Figure};
use crate::render::backend::catalogue::Column;
use crate::render::backend::phrase::Phrase;
use crate::render::backend::rule_reports::{ReportRow, RuleReportPage};
use crate::rules::reports::{CampaignReport, UpsellCounts, percent};

/// How many days are counted where none are named, today among them.
const DAYS: u64 = 30;

/// How many days are drawn at most, the last of those that are counted.
const DRAWN_MAX: usize = 92;

/// Where the report of a campaign stands beside its form.
pub(super) const OF_CAMPAIGN: MorePage = ("Report", |id| format!("{CAMPAIGNS}/{id}/report"));
/// The same of a promotion.
pub(super) const OF_PROMOTION: MorePage = ("Report", |id| format!("{PROMOTIONS}/{id}/report"));
/// The same of a gift rule.
pub(super) const OF_GIFT_RULE: MorePage = ("Report", |id| format!("{GIFT_RULES}/{id}/report"));

/// The days that are counted.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ReportForm {
    from: Option<String>,
    to: Option<String>,
}

impl ReportForm {
    /// The first and the last day: those that can be read, in their order; else the last ones.
    fn days(&self, session: &Session) -> (NaiveDate, NaiveDate) {
        let read = |typed: Option<&String>| Notation::date(&asked(typed)?).ok();
        let to = read(self.to.as_ref()).unwrap_or_else(|| session.today());
        let before = to.checked_sub_days(Days::new(DAYS - 1)).unwrap_or(to);
        let from = read(self.from.as_ref()).unwrap_or(before);
        (from.min(to), from.max(to))
    }
}

/// What of a report is its own.
struct ReportParts {
    about: &'static str,
    figures: Vec<(&'static str, Phrase)>,
    charts: Vec<DayChart>,
    heading: &'static str,
    of: &'static str,
    numbers: &'static [&'static str],
    rows: Vec<ReportRow>,
}

fn page<D: EditableDefinition>(
    session: &Session,
    rule: &D,
    (from, to): (NaiveDate, NaiveDate),
    parts: ReportParts,
) -> Answer {
    let edit = D::NOUN.address(&rule.id().to_string());
    let figure = |(label, text)| Figure { label, text, href: None, share: None };
    let column = |&label: &&'static str| Column { label, number: true };
    let page = RuleReportPage {
        title: rule.title(),
        action: format!("{edit}/report"),
        edit: edit.clone(),
        from: from.to_string(),
        to: to.to_string(),
        about: parts.about,
        figures: parts.figures.into_iter().map(figure).collect(),
        charts: parts.charts,
        heading: parts.heading,
        of: parts.of,
        columns: parts.numbers.iter().map(column).collect(),
        rows: parts.rows,
    };
    let head = PageHead::new("Report").below(D::NOUN.many, D::NOUN.here);
    let head = head.below(rule.title(), edit);
    session.show(head.with(&["automations.css"], &[]), &page)
}

/// Shows what has become of the offers of a campaign.
pub(super) async fn of_campaign(
    session: Session,
    Path(id): Path<String>,
    Query(form): Query<ReportForm>,
) -> Answer {
    let campaign = find::<Campaign>(&session, &id).await?;
    let days = form.days(&session);
    let report =
        session.app.campaign_report(&session.merchant, &campaign.id, counted(days)).await?;
    let CampaignReport { all, completed, units, revenue, days: by_day } = &report;
    let sums: Vec<String> = revenue.iter().map(|it| session.money(*it)).collect();
    let rows = by_day.iter().rev().map(|(on, counts)| ReportRow {
        label: session.day(*on).text.into(),
        share: None,
        numbers: [counts.offered, counts.accepted, counts.declined, counts.expired, counts.gone]
            .map(|count| count.to_string())
            .into(),
    });
    let parts = ReportParts {
        about: "Offers by the day on which they were made.",
        figures: vec![
            ("Offered", all.offered.into()),
            ("Accepted", all.accepted.into()),
            ("Accepted of a hundred", percent(all.accepted, all.offered).into()),
            ("Declined", all.declined.into()),
            ("Not answered", all.expired.into()),
            ("Pending", all.pending.into()),
            ("Gone before", all.gone.into()),
            ("Checkouts completed", (*completed).into()),
            ("Pieces", (*units).into()),
            ("Revenue", sums.join(", ").into()),
        ],
        charts: charts(&session, &report, days),
        heading: "The same as a table",
        of: "Day",
        numbers: &["Offered", "Accepted", "Declined", "Not answered", "Gone before"],
        rows: rows.collect(),
    };
    page(&session, &campaign, days, parts)
}

fn charts(
    session: &Session,
    report: &CampaignReport,
    (from, to): (NaiveDate, NaiveDate),
) -> Vec<DayChart> {
    let most = Days::new(u64::try_from(DRAWN_MAX - 1).unwrap_or_default());
    let first = to.checked_sub_days(most).unwrap_or(from).max(from);
    let chart = |label, of: fn(&UpsellCounts) -> i64| {
        let days = first.iter_days().take_while(|day| *day <= to);
        let count = |day: NaiveDate| (day, report.days.get(&day).map_or(0, of));
        day_chart(session, label, &days.map(count).collect::<Vec<_>>())
    };
    vec![
        chart("Offered", |counts| counts.offered),
        chart("Accepted", |counts| counts.accepted),
        chart("Declined", |counts| counts.declined),
    ]
}

/// Shows what a gift rule has given.
pub(super) async fn of_gift_rule(
    session: Session,
    Path(id): Path<String>,
    Query(form): Query<ReportForm>,
) -> Answer {
    let rule = find::<GiftRule>(&session, &id).await?;
    let days = form.days(&session);
    let report = session.app.gift_rule_report(&session.merchant, &rule.id, counted(days)).await?;
    let most = report.given.iter().map(|gift| gift.quantity).max().unwrap_or_default();
    let picks = Pickable::of(&session).await?;
    let rows = report.given.iter().map(|gift| ReportRow {
        label: picks.title(&gift.product.as_str().into()),
        share: share(gift.quantity, most),
        numbers: vec![
            gift.quantity.to_string(),
            gift.left.map_or_else(|| "–".to_owned(), |left| left.to_string()),
        ],
    });
    let parts = ReportParts {
        about: "Orders by the day on which they were placed, without those that were cancelled.",
        figures: vec![
            ("Orders", report.orders.into()),
            ("Times", report.times.into()),
            ("Left out", report.left_out.into()),
        ],
        charts: Vec::new(),
        heading: "What was given",
        of: "Gift",
        numbers: &["Given", "Left"],
        rows: rows.collect(),
    };
    page(&session, &rule, days, parts)
}

/// Shows how near orders came to a promotion.
pub(super) async fn of_promotion(
    session: Session,
    Path(id): Path<String>,
    Query(form): Query<ReportForm>,
) -> Answer {
    let promotion = find::<Promotion>(&session, &id).await?;
    let days = form.days(&session);
    let report =
        session.app.promotion_report(&session.merchant, &promotion.id, counted(days)).await?;
    let row = |label: Phrase, orders: i64| ReportRow {
        label,
        share: share(orders, report.orders),
        numbers: vec![orders.to_string()],
    };
    let near = report.near.iter().map(|(upsell, orders)| row(upsell.clone().into(), *orders));
    let parts = ReportParts {
        about: "Orders by the day on which they were placed, without those that were cancelled.",
        figures: vec![
            ("Earned or near", report.orders.into()),
            ("Earned", report.earned.into()),
            ("Earned of a hundred", percent(report.earned, report.orders).into()),
        ],
        charts: Vec::new(),
        heading: "Who earned it, and who was told what",
        of: "What",
        numbers: &["Orders"],
        rows: [row("Earned".into(), report.earned)].into_iter().chain(near).collect(),
    };
    page(&session, &promotion, days, parts)
}

fn counted((from, to): (NaiveDate, NaiveDate)) -> ReportDays {
    (Some(from), Some(to))
}

fn share(part: i64, whole: i64) -> Option<i64> {
    i64::try_from(i128::from(part) * 100 / i128::from(whole.max(1))).ok().filter(|_| whole > 0)
}
