//! What has become of a rule about orders: its figures, its days as bars, and the same as a table.

use serde::Serialize;

use crate::render::backend::BackendPage;
use crate::render::backend::automations::{DayChart, Figure};
use crate::render::backend::catalogue::Column;
use crate::render::backend::phrase::{Phrase, ours};

/// The report of a campaign, a promotion or a gift rule.
#[derive(Clone, Debug, Serialize)]
pub struct RuleReportPage {
    /// The title of the rule.
    pub title: String,
    /// Where it is edited.
    pub edit: String,
    /// Where the page is.
    pub action: String,
    /// The first day that is counted.
    pub from: String,
    /// The last one.
    pub to: String,
    /// What is counted, in a sentence.
    #[serde(serialize_with = "ours")]
    pub about: &'static str,
    /// What it has come to.
    pub figures: Vec<Figure>,
    /// The days, drawn; none where nothing is counted by the day.
    pub charts: Vec<DayChart>,
    /// What the rows are.
    #[serde(serialize_with = "ours")]
    pub heading: &'static str,
    /// What a row of the table is of.
    #[serde(serialize_with = "ours")]
    pub of: &'static str,
    /// What its numbers are.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<ReportRow>,
}

impl BackendPage for RuleReportPage {
    const TEMPLATE: &'static str = "backend/rule_report";
}

/// A row of a report.
#[derive(Clone, Debug, Serialize)]
pub struct ReportRow {
    /// What it is of.
    pub label: Phrase,
    /// How much of a hundred its first number is of the greatest, as a bar.
    pub share: Option<i64>,
    /// Its numbers.
    pub numbers: Vec<String>,
}
