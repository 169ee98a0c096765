//! Billing: runs with how far they are and who could not be billed; starting one; and the audit
//! of the book.

use std::fmt::Write as _;

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use serde::Deserialize;

use crate::domain::fault::Fault;
use crate::domain::ids::RunId;
use crate::domain::run::{Run, RunStatus};
use crate::edge::drafts::Draft;
use crate::edge::problem::Problem;
use crate::edge::runs::{begin, leave};
use crate::pages::backend::answer::{Answer, Failure, SentForm};
use crate::pages::backend::confirm::answerable;
use crate::pages::backend::forms::{FormValues, Spec, form};
use crate::pages::backend::lists::{Browse, SortOrder};
use crate::pages::backend::people;
use crate::pages::backend::places::{AUDIT, BILLING, CREDIT_NOTES, INVOICES, SUBSCRIPTIONS};
use crate::pages::backend::query::encode;
use crate::pages::backend::session::{PageHead, Session};
use crate::render::backend::billing::{
    AuditFindings, AuditPage, BillingPage, FailureRow, FaultRow, Progress, RunFragment, RunPage,
    RunRow,
};
use crate::render::backend::form::Kind;
use crate::render::backend::frame::{Link, Tone};
use crate::render::backend::parts::{Badge, Person, Tab};
use crate::render::backend::phrase::Phrase;
use crate::rules::audit::{AuditFault, FaultCode};
use crate::wire::billing::NewBillingRun;

const FIELDS: &[Spec] =
    &[Spec::new("/as_of", "Up to", Kind::Date).hint("Today, if left empty; no later day.")];

/// Whether the audit is to be made.
#[derive(Debug, Default, Deserialize)]
pub(super) struct CheckQuery {
    check: Option<String>,
}

fn tabs(here: &str) -> Vec<Tab> {
    let all = [("Runs", BILLING), ("Audit", AUDIT)];
    all.map(|(label, href)| Tab { link: Link::new(label, href), current: href == here }).into()
}

/// Lists the runs.
pub(super) async fn list(session: Session, Query(browse): Query<Browse>) -> Answer {
    page(&session, &browse, &FormValues::default(), None).await
}

/// Starts a run and goes where it can be watched.
pub(super) async fn start(session: Session, sent: SentForm) -> Answer {
    let values = FormValues::sent(sent);
    match started(&session, &values).await? {
        Ok(to) => session.go(&to, "The billing run has begun."),
        Err(problem) => page(&session, &Browse::default(), &values, Some(&problem)).await,
    }
}

async fn started(
    session: &Session,
    values: &FormValues,
) -> Result<Result<String, Problem>, Failure> {
    let draft = Draft::<NewBillingRun>::of(values.json(FIELDS));
    let new = match draft.and_then(|draft| draft.judged(|_| Ok::<(), Vec<Fault>>(()))) {
        Ok(new) => new,
        Err(problem) => return Ok(Err(problem)),
    };
    match begin(&session.app, &session.merchant, new.as_of).await {
        Ok((run, work)) => {
            leave(work);
            Ok(Ok(format!("{BILLING}/runs/{}", run.id)))
        }
        Err(error) => answerable(error).map(Err),
    }
}

async fn page(
    session: &Session,
    browse: &Browse,
    values: &FormValues,
    problem: Option<&Problem>,
) -> Answer {
    let status = problem.map_or(StatusCode::OK, |problem| problem.code.status());
    let mut runs = session.app.runs(&session.merchant, browse.page(SortOrder::NewestFirst)).await?;
    let pager = browse.pager(&mut runs, SortOrder::NewestFirst, BILLING, |run| run.id.as_str());
    let page = BillingPage {
        tabs: tabs(BILLING),
        due: session.app.count_due(&session.merchant, None).await?,
        form: form(FIELDS, values, problem),
        rows: runs.iter().map(|run| row(session, run)).collect(),
        pager,
    };
    session.show_as(status, PageHead::new("Billing"), &page)
}

/// Shows a run.
pub(super) async fn show(session: Session, Path(id): Path<String>) -> Answer {
    let page = run_page(&session, &RunId::stored(id)).await?;
    session.show(PageHead::new("Billing run").below("Billing", BILLING), &page)
}

/// The part of that page which changes while the run goes on.
pub(super) async fn fragment(session: Session, Path(id): Path<String>) -> Answer {
    let page = run_page(&session, &RunId::stored(id)).await?;
    session.show(PageHead::new("Billing run"), &RunFragment(page))
}

async fn run_page(session: &Session, id: &RunId) -> Result<RunPage, Failure> {
    let run = session.app.run(&session.merchant, id).await?;
    let mut progress = None;
    if run.status == RunStatus::Running {
        let due = session.app.count_due(&session.merchant, Some(run.as_of)).await?;
        // Who could not be billed is still due.
        let failed = u64::try_from(run.failures.len()).unwrap_or_default();
        let (done, left) =
            (u64::try_from(run.counts.customers).unwrap_or_default(), due.saturating_sub(failed));
        let again = format!("{BILLING}/runs/{id}/progress");
        let here = format!("{BILLING}/runs/{id}");
        progress = Some(Progress { done, of: done + left, left, again, here });
    }
    let failed = run.failures.iter().map(|failure| FailureRow {
        customer: Person::of(&failure.customer),
        reason: Phrase::told(failure.reason.clone()),
    });
    let mut failed: Vec<_> = failed.collect();
    people::name(session, failed.iter_mut().map(|row| &mut row.customer)).await?;
    Ok(RunPage { failed, progress, run: row(session, &run) })
}

/// How a run goes or went.
pub(super) fn status(run: &Run) -> Badge {
    match (run.status, run.failures.len()) {
        (RunStatus::Running, _) => Badge::new(Tone::Warn, "running"),
        (RunStatus::Failed, _) => Badge::new(Tone::Bad, "broken off"),
        (RunStatus::Completed, 0) => Badge::new(Tone::Good, "completed"),
        (RunStatus::Completed, _) => Badge::new(Tone::Warn, "with failures"),
    }
}

fn row(session: &Session, run: &Run) -> RunRow {
    RunRow {
        id: run.id.to_string(),
        at: session.time(run.created_at),
        as_of: session.day(run.as_of),
        status: status(run),
        booked: run.counts.booked,
        changes: run.counts.changes_applied,
        changes_failed: run.counts.changes_failed,
        ended: run.counts.subscriptions_ended,
        invoices: run.counts.invoices,
        credit_notes: run.counts.credit_notes,
        failures: run.failures.len(),
        took: session.decimal(&took(run.duration_ms)),
    }
}

/// A duration in seconds and tenths.
fn took(millis: i64) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write!(text, "{}.{} s", millis / 1_000, millis % 1_000 / 100);
    text
}

/// Shows what the audit is, and what it finds where it is asked for.
pub(super) async fn audit(session: Session, Query(check): Query<CheckQuery>) -> Answer {
    let mut found = None;
    if check.check.is_some() {
        let audited = session.app.audit(&session.merchant).await?;
        found = Some(AuditFindings {
            checked: audited.checked,
            is_good: audited.faults.is_empty(),
            faults: audited.faults.iter().map(fault).collect(),
        });
    }
    let page = AuditPage { tabs: tabs(AUDIT), found };
    session.show(PageHead::new("Audit").below("Billing", BILLING), &page)
}

fn fault(fault: &AuditFault) -> FaultRow {
    FaultRow {
        code: fault.code.name(),
        means: fault.code.means(),
        subject: fault.subject.clone(),
        href: page_of(fault),
        detail: Phrase::told(fault.detail.clone()),
    }
}

/// The page of what is wrong, as far as the prefix of its id tells. What has none was named by the
/// merchant: it is looked for.
fn page_of(fault: &AuditFault) -> Option<String> {
    let of_whole_book = [
        FaultCode::NumberGap,
        FaultCode::NumberCounterWrong,
        FaultCode::EventGap,
        FaultCode::EventCounterWrong,
        FaultCode::MoreFaults,
    ];
    if of_whole_book.contains(&fault.code) {
        return None;
    }
    let subject = &fault.subject;
    let list = match subject.split_once('_').map(|(prefix, _)| prefix) {
        Some("sub") => SUBSCRIPTIONS,
        Some("inv") => INVOICES,
        Some("crn") => CREDIT_NOTES,
        Some("sch" | "pay" | "chk" | "evt") => return None,
        _ => return Some(format!("{}?q={}", SUBSCRIPTIONS, encode(subject))),
    };
    Some(format!("{list}/{subject}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_told_in_tenths_of_a_second() {
        assert_eq!((took(0), took(12_399)), ("0.0 s".to_owned(), "12.3 s".to_owned()));
    }

    #[test]
    fn a_fault_leads_to_what_is_wrong() {
        let page = |code, subject| page_of(&AuditFault::new(code, subject, ""));
        let paid = page(FaultCode::PaidWrong, "inv_1");
        assert_eq!(paid.as_deref(), Some("/backend/invoices/inv_1"));
        let balance = page(FaultCode::BalanceWrong, "ada b");
        assert_eq!(balance.as_deref(), Some("/backend/subscriptions?q=ada%20b"));
        assert_eq!(page(FaultCode::NumberGap, "default"), None);
    }
}
