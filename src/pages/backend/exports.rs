//! Documents of a period as a file: asked for here, written in [`crate::edge::exports`].

use axum::extract::Query;
use axum::http::StatusCode;
use chrono::{Datelike, NaiveDate};
use serde::Deserialize;

use crate::domain::calendar::DateRange;
use crate::edge::exports::{self, ExportDays};
use crate::edge::problem::{FieldError, Problem};
use crate::pages::backend::answer::Answer;
use crate::pages::backend::documents::tabs;
use crate::pages::backend::forms::{FormValues, Spec, form};
use crate::pages::backend::notation::Notation;
use crate::pages::backend::places::{EXPORT, INVOICES};
use crate::pages::backend::session::{PageHead, Session};
use crate::render::backend::documents::ExportPage;
use crate::render::backend::form::Kind;

/// The last year that has four digits.
const YEAR_MAX: i32 = 9999;

const FIELDS: &[Spec] = &[
    Spec::new("/from", "From", Kind::Date).required().hint("The first day of issue."),
    Spec::new("/to", "Until", Kind::Date).required().hint("The last day of issue."),
];

/// The period, as typed. The names are those of the fields.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ExportPeriod {
    #[serde(rename = "/from")]
    from: Option<String>,
    #[serde(rename = "/to")]
    to: Option<String>,
}

/// Asks for the period: the month before, to begin with.
pub(super) async fn ask(session: Session) -> Answer {
    let month = session.today().with_day(1).unwrap_or(session.today());
    let last = month.pred_opt().unwrap_or(month);
    let first = last.with_day(1).unwrap_or(last);
    let values =
        FormValues::default().with("/from", first.to_string()).with("/to", last.to_string());
    page(&session, &values, None)
}

fn page(session: &Session, values: &FormValues, problem: Option<&Problem>) -> Answer {
    let status = problem.map_or(StatusCode::OK, |problem| problem.code.status());
    let page = ExportPage { tabs: tabs(EXPORT), form: form(FIELDS, values, problem) };
    session.show_as(status, PageHead::new("Export documents").below("Documents", INVOICES), &page)
}

/// Sends the file.
pub(super) async fn send(session: Session, Query(period): Query<ExportPeriod>) -> Answer {
    let days = match read(&period) {
        Ok(days) => days,
        Err(problem) => {
            let values = FormValues::default()
                .with("/from", period.from.unwrap_or_default())
                .with("/to", period.to.unwrap_or_default());
            return page(&session, &values, Some(&problem));
        }
    };
    let days = ExportDays { from: Some(days.start), to: Some(days.last()) };
    Ok(exports::documents(&session.app, &session.merchant, days))
}

fn read(period: &ExportPeriod) -> Result<DateRange, Problem> {
    let mut faults = Vec::new();
    let mut day = |at: &str, text: Option<&String>| {
        let text = text.map_or("", |text| text.trim());
        let has_next = |date: &NaiveDate| date.succ_opt().is_some_and(|it| it.year() <= YEAR_MAX);
        let date = Notation::date(text);
        let last = || format!("Write a day before the end of the year {YEAR_MAX}.");
        let date = date.and_then(|date| if has_next(&date) { Ok(date) } else { Err(last()) });
        date.map_err(|words| faults.push(FieldError::new(at, words))).ok()
    };
    let days = day("/from", period.from.as_ref()).zip(day("/to", period.to.as_ref()));
    match days.and_then(|(from, to)| Some((from, to, to.succ_opt()?))) {
        Some((from, to, end)) if from <= to => Ok(DateRange { start: from, end }),
        Some((from, ..)) => {
            let detail = format!("must not lie before the first day, {from}");
            Err(Problem::invalid(vec![FieldError::new("/to", detail)]))
        }
        None => Err(Problem::invalid(faults)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(from: &str, to: &str) -> Result<String, Vec<String>> {
        let period = ExportPeriod { from: Some(from.to_owned()), to: Some(to.to_owned()) };
        let pointers = |problem: Problem| {
            problem.errors.into_iter().map(|error| error.pointer).collect::<Vec<_>>()
        };
        let told = |days: DateRange| format!("{} {}", days.start, days.end);
        read(&period).map(told).map_err(pointers)
    }

    #[test]
    fn both_days_belong_to_the_period() {
        assert_eq!(period("2026-02-01", "2026-02-28").unwrap(), "2026-02-01 2026-03-01");
        assert_eq!(period("2026-02-01", "2026-02-01").unwrap(), "2026-02-01 2026-02-02");
        assert_eq!(period("x", "").unwrap_err(), ["/from", "/to"]);
        assert_eq!(period("-0044-03-15", "9999-12-31").unwrap_err(), ["/from", "/to"]);
        assert_eq!(period("0001-01-01", "+10000-01-01").unwrap_err(), ["/to"]);
        assert_eq!(period("2026-02-02", "2026-02-01").unwrap_err(), ["/to"]);
    }
}
