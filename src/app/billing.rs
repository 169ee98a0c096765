//! Billing runs: claim a page of customers, load them in a handful of queries, decide, store,
//! commit, next page. Memory is flat in the size of the book. A customer who cannot be billed
//! stops nobody else: it is recorded, and tried again ever later.

use std::time::Instant;

use chrono::{NaiveDate, SecondsFormat};
use tracing::Instrument;

use crate::domain::change::ChangeStatus;
use crate::domain::document::LineKind;
use crate::domain::event::EventKind;
use crate::domain::ids::{CustomerId, MerchantId, RunId};
use crate::domain::plan::Plan;
use crate::rules::billing::{decide_billing, retry_after};
use crate::store::accounts::{Depth, claim_due, claim_one, load_accounts};
use crate::store::runs::{Run, RunFailure, RunStatus};
use crate::store::{BoxFuture, Tx, customers, plans, runs};

use super::{App, AppError};

/// How many customers are decided and stored in one transaction.
const PAGE: i64 = 500;

/// The most failures that a run keeps by name.
const FAILURES_MAX: usize = 1_000;

/// What a page of customers came to.
#[derive(Debug, Default)]
struct Tally {
    last: Option<CustomerId>,
    customers: usize,
    booked: i64,
    changes_applied: i64,
    changes_failed: i64,
    subscriptions_ended: i64,
    invoices: i64,
    credit_notes: i64,
    failures: Vec<RunFailure>,
}

/// Whom a run tries of those who could not be billed before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// All of them: somebody asked.
    All,
    /// Those whose time has come.
    Ripe,
}

/// What a worker works through.
#[derive(Debug, Clone)]
struct Work {
    merchant: MerchantId,
    as_of: NaiveDate,
}

impl App {
    /// Opens a billing run and does it. `progress` is told how many customers each page had.
    ///
    /// # Errors
    /// Invalid where `as_of` lies after today; a breakage that is not one customer's alone.
    pub async fn bill(
        &self,
        merchant: &MerchantId,
        as_of: Option<NaiveDate>,
        workers: usize,
        progress: impl Fn(usize) + Clone + Send + 'static,
    ) -> Result<Run, AppError> {
        let run = self.open_run(merchant, as_of, Retry::All).await?;
        self.carry_out_run(merchant, run, workers, progress).await
    }

    /// What the worker does by itself: a billing run up to today that leaves customers alone who
    /// could not be billed and wait for their next try.
    ///
    /// # Errors
    /// A breakage that is not one customer's alone.
    pub async fn bill_ripe(&self, merchant: &MerchantId, workers: usize) -> Result<Run, AppError> {
        let run = self.open_run(merchant, None, Retry::Ripe).await?;
        self.carry_out_run(merchant, run, workers, |_| ()).await
    }

    /// Records a billing run that is about to begin.
    ///
    /// # Errors
    /// Invalid where `as_of` lies after today.
    pub async fn open_run(
        &self,
        merchant: &MerchantId,
        as_of: Option<NaiveDate>,
        retry: Retry,
    ) -> Result<Run, AppError> {
        let (app, merchant) = (self.clone(), merchant.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let mut context = app.context(tx, &merchant).await?;
                let as_of = as_of.unwrap_or(context.today);
                if as_of > context.today {
                    let detail = format!("must not lie after today, {}", context.today);
                    return Err(AppError::invalid("/as_of", detail));
                }
                let run = Run::opened(RunId::fresh(&mut context.ids), as_of, context.now);
                runs::insert_run(tx, &merchant, &run).await?;
                if retry == Retry::All {
                    customers::retry_all(tx, &merchant).await?;
                }
                Ok(run)
            })
        })
        .await
    }

    /// Does a run that was opened, with several workers where the database can serve them.
    ///
    /// # Errors
    /// A breakage that is not one customer's alone; the run is then recorded as failed.
    pub async fn carry_out_run(
        &self,
        merchant: &MerchantId,
        mut run: Run,
        workers: usize,
        progress: impl Fn(usize) + Clone + Send + 'static,
    ) -> Result<Run, AppError> {
        let started = Instant::now();
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..workers.max(1) {
            let work = Work { merchant: merchant.clone(), as_of: run.as_of };
            let (app, progress) = (self.clone(), progress.clone());
            tasks.spawn(async move { app.work_through(&work, progress).await });
        }
        let mut broken = None;
        while let Some(done) = tasks.join_next().await {
            match done.map_err(AppError::broken).and_then(|tally| tally) {
                Ok(tally) => add(&mut run, tally),
                Err(error) => broken = Some(error),
            }
        }
        run.status = if broken.is_none() { RunStatus::Completed } else { RunStatus::Failed };
        run.duration_ms = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
        let (id, saved) = (merchant.clone(), run.clone());
        self.write(move |tx| Box::pin(async move { Ok(runs::save_run(tx, &id, &saved).await?) }))
            .await?;
        broken.map_or(Ok(run), Err)
    }

    /// One worker: page after page until nobody unclaimed is left.
    async fn work_through(&self, work: &Work, progress: impl Fn(usize)) -> Result<Tally, AppError> {
        let mut all = Tally::default();
        loop {
            let page = match self.bill_page(work, all.last.clone()).await {
                Err(AppError::Broken(_)) => self.bill_one_by_one(work, all.last.clone()).await?,
                other => other?,
            };
            if page.last.is_none() {
                return Ok(all);
            }
            progress(page.customers);
            merge(&mut all, page);
        }
    }

    async fn bill_page(&self, work: &Work, after: Option<CustomerId>) -> Result<Tally, AppError> {
        let (app, Work { merchant, as_of }) = (self.clone(), work.clone());
        self.bill_apart(move |tx| {
            Box::pin(async move {
                let now = app.now();
                let due = claim_due(tx, &merchant, as_of, now, after.as_ref(), PAGE).await?;
                app.bill_customers(tx, &merchant, as_of, &due).await
            })
        })
        .await
    }

    /// A page that broke, again with a transaction for each customer, so that only the damaged
    /// one is left behind.
    async fn bill_one_by_one(
        &self,
        work: &Work,
        after: Option<CustomerId>,
    ) -> Result<Tally, AppError> {
        let (app, Work { merchant, as_of }) = (self.clone(), work.clone());
        let due = self
            .write(move |tx| {
                Box::pin(async move {
                    let now = app.now();
                    Ok(claim_due(tx, &merchant, as_of, now, after.as_ref(), PAGE).await?)
                })
            })
            .await?;
        let mut all = Tally::default();
        for customer in due {
            match self.bill_one(work, customer.clone()).await {
                Ok(page) => merge(&mut all, page),
                Err(AppError::Broken(error)) => {
                    let failure = self.note_failure(&work.merchant, customer.clone(), &*error);
                    all.failures.extend(failure.await?);
                    all.customers += 1;
                }
                Err(other) => return Err(other),
            }
            all.last = Some(customer);
        }
        Ok(all)
    }

    async fn bill_one(&self, work: &Work, customer: CustomerId) -> Result<Tally, AppError> {
        let (app, Work { merchant, as_of }) = (self.clone(), work.clone());
        self.bill_apart(move |tx| {
            Box::pin(async move {
                let now = app.now();
                let is_due = claim_one(tx, &merchant, as_of, now, &customer).await?;
                let due: Vec<_> = Some(customer).filter(|_| is_due).into_iter().collect();
                app.bill_customers(tx, &merchant, as_of, &due).await
            })
        })
        .await
    }

    /// Bills in a task of its own, so that a panic breaks this transaction alone.
    async fn bill_apart<F>(&self, work: F) -> Result<Tally, AppError>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<Tally, AppError>> + Send + 'static,
    {
        let app = self.clone();
        let task = tokio::spawn(async move { app.write(work).await }.in_current_span());
        task.await.map_err(AppError::broken)?
    }

    /// Notes that a customer could not be billed, and when the worker is to try again. None where
    /// another worker did so.
    async fn note_failure(
        &self,
        merchant: &MerchantId,
        customer: CustomerId,
        error: &(dyn std::error::Error + Send + Sync),
    ) -> Result<Option<RunFailure>, AppError> {
        tracing::error!(customer.id = %customer, %error, "customer cannot be billed");
        let (merchant, id, now) = (merchant.clone(), customer.clone(), self.now());
        let retry_at = self
            .write(move |tx| {
                Box::pin(async move {
                    let attempts = customers::count_attempt(tx, &merchant, &id, now).await?;
                    let Some(attempts) = attempts else { return Ok::<_, AppError>(None) };
                    let at = now + retry_after(attempts);
                    customers::save_retry(tx, &merchant, &id, at).await?;
                    Ok(Some(at))
                })
            })
            .await?;
        Ok(retry_at.map(|at| {
            let at = at.to_rfc3339_opts(SecondsFormat::Secs, true);
            let remedy = format!("mend this and bill again; the worker tries it by itself at {at}");
            RunFailure { customer, reason: format!("{error}: {remedy}") }
        }))
    }

    /// Bills customers that this transaction has claimed, and so locked.
    async fn bill_customers(
        &self,
        tx: &mut Tx,
        merchant: &MerchantId,
        as_of: NaiveDate,
        due: &[CustomerId],
    ) -> Result<Tally, AppError> {
        if due.is_empty() {
            return Ok(Tally::default());
        }
        let mut context = self.context(tx, merchant).await?;
        let accounts = load_accounts(tx, merchant, due, Depth::Billing).await?;
        let (tariff, ids, today) = (&context.tariff, &mut context.ids, context.today);
        let decided: Vec<Plan> = accounts
            .iter()
            .map(|account| decide_billing(account, tariff, as_of, ids, today))
            .filter(|plan| !plan.is_empty())
            .collect();
        plans::store_plans(tx, merchant, context.now, &decided, &mut context.ids).await?;
        let mut tally = tally(&decided);
        tally.customers = due.len();
        tally.last = due.last().cloned();
        Ok(tally)
    }
}

fn tally(plans: &[Plan]) -> Tally {
    let mut tally = Tally::default();
    for plan in plans {
        for invoice in plan.invoices.iter().filter(|invoice| invoice.is_new) {
            let lines = invoice.row.lines.iter();
            let booked = lines.filter(|line| line.line.kind == LineKind::Period).count();
            tally.booked += i64::try_from(booked).unwrap_or(i64::MAX);
            tally.invoices += 1;
        }
        tally.credit_notes += i64::try_from(plan.credit_notes.len()).unwrap_or(i64::MAX);
        for change in &plan.changes {
            match change.row.status {
                ChangeStatus::Applied => tally.changes_applied += 1,
                ChangeStatus::Failed => tally.changes_failed += 1,
                ChangeStatus::Pending | ChangeStatus::Withdrawn | ChangeStatus::Superseded => {}
            }
        }
        let ended =
            plan.events.iter().filter(|event| event.kind == EventKind::SubscriptionEnded).count();
        tally.subscriptions_ended += i64::try_from(ended).unwrap_or(i64::MAX);
    }
    tally
}

fn merge(all: &mut Tally, page: Tally) {
    all.last = page.last.or(all.last.take());
    all.customers += page.customers;
    all.booked += page.booked;
    all.changes_applied += page.changes_applied;
    all.changes_failed += page.changes_failed;
    all.subscriptions_ended += page.subscriptions_ended;
    all.invoices += page.invoices;
    all.credit_notes += page.credit_notes;
    all.failures.extend(page.failures);
    all.failures.truncate(FAILURES_MAX);
}

fn add(run: &mut Run, tally: Tally) {
    run.booked += tally.booked;
    run.changes_applied += tally.changes_applied;
    run.changes_failed += tally.changes_failed;
    run.subscriptions_ended += tally.subscriptions_ended;
    run.invoices += tally.invoices;
    run.credit_notes += tally.credit_notes;
    run.failures.extend(tally.failures);
}
