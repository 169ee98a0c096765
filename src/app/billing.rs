//! Billing runs: claim a page of customers, load them in a handful of queries, decide, store,
//! commit, next page. Memory is flat in the size of the book.

use std::time::Instant;

use chrono::NaiveDate;

use crate::domain::change::ChangeStatus;
use crate::domain::document::LineKind;
use crate::domain::event::EventKind;
use crate::domain::ids::{CustomerId, MerchantId, RunId};
use crate::domain::plan::Plan;
use crate::rules::billing::decide_billing;
use crate::store::accounts::{Depth, claim_due, load_accounts};
use crate::store::runs::{Run, RunFailure, RunStatus};
use crate::store::{Tx, plans, runs};

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
        let run = self.open_run(merchant, as_of).await?;
        self.carry_out_run(merchant, run, workers, progress).await
    }

    /// Records a billing run that is about to begin.
    ///
    /// # Errors
    /// Invalid where `as_of` lies after today.
    pub async fn open_run(
        &self,
        merchant: &MerchantId,
        as_of: Option<NaiveDate>,
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
            let (app, merchant, progress) = (self.clone(), merchant.clone(), progress.clone());
            let as_of = run.as_of;
            tasks.spawn(async move { app.work_through(&merchant, as_of, progress).await });
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
    async fn work_through(
        &self,
        merchant: &MerchantId,
        as_of: NaiveDate,
        progress: impl Fn(usize),
    ) -> Result<Tally, AppError> {
        let mut all = Tally::default();
        loop {
            let page = self.bill_page(merchant, as_of, all.last.clone(), PAGE).await;
            let page = match page {
                Err(AppError::Broken(_)) => {
                    self.bill_one_by_one(merchant, as_of, all.last.clone()).await?
                }
                other => other?,
            };
            if page.customers == 0 {
                return Ok(all);
            }
            progress(page.customers);
            merge(&mut all, page);
        }
    }

    /// A page that broke, again with a transaction for each customer, so that only the damaged
    /// one is left behind.
    async fn bill_one_by_one(
        &self,
        merchant: &MerchantId,
        as_of: NaiveDate,
        mut after: Option<CustomerId>,
    ) -> Result<Tally, AppError> {
        let mut all = Tally::default();
        for _ in 0..PAGE {
            let peek = self.peek(merchant, as_of, after.clone()).await?;
            let Some(customer) = peek else { break };
            match self.bill_page(merchant, as_of, after.clone(), 1).await {
                Ok(page) if page.customers == 0 => break,
                Ok(page) => merge(&mut all, page),
                Err(AppError::Broken(error)) => {
                    tracing::error!(customer.id = %customer, %error, "customer cannot be billed");
                    all.customers += 1;
                    all.failures
                        .push(RunFailure { customer: customer.clone(), reason: error.to_string() });
                    all.last = Some(customer);
                }
                Err(other) => return Err(other),
            }
            after.clone_from(&all.last);
        }
        Ok(all)
    }

    async fn peek(
        &self,
        merchant: &MerchantId,
        as_of: NaiveDate,
        after: Option<CustomerId>,
    ) -> Result<Option<CustomerId>, AppError> {
        let (merchant, now) = (merchant.clone(), self.now());
        self.write(move |tx| {
            Box::pin(async move {
                let due = claim_due(tx, &merchant, as_of, now, after.as_ref(), 1).await?;
                Ok(due.into_iter().next())
            })
        })
        .await
    }

    async fn bill_page(
        &self,
        merchant: &MerchantId,
        as_of: NaiveDate,
        after: Option<CustomerId>,
        limit: i64,
    ) -> Result<Tally, AppError> {
        let (app, merchant) = (self.clone(), merchant.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let now = app.now();
                let due = claim_due(tx, &merchant, as_of, now, after.as_ref(), limit).await?;
                if due.is_empty() {
                    return Ok(Tally::default());
                }
                app.bill_customers(tx, &merchant, as_of, &due).await
            })
        })
        .await
    }

    /// Bills customers that this transaction has claimed, and so locked.
    async fn bill_customers(
        &self,
        tx: &mut Tx,
        merchant: &MerchantId,
        as_of: NaiveDate,
        due: &[CustomerId],
    ) -> Result<Tally, AppError> {
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
