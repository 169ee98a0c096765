//! Billing runs: claim a page of customers, load them in a handful of queries, decide, store,
//! commit, next page. Memory is flat in the size of the book. A customer who cannot be billed
//! stops nobody else: it is recorded, and tried again ever later.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use chrono::{NaiveDate, SecondsFormat, TimeDelta};
use tracing::Instrument;

use crate::domain::change::ChangeStatus;
use crate::domain::document::LineKind;
use crate::domain::event::EventKind;
use crate::domain::ids::{CustomerId, MerchantId, RunId};
use crate::domain::plan::Plan;
use crate::domain::run::{BillingCounts, Run, RunFailure, RunStatus};
use crate::rules::billing::{decide_billing, retry_after};
use crate::store::accounts::{
    AccountDepth, claim_due, claim_one, list_due, list_held, load_accounts,
};
use crate::store::{Tx, customers, plans, runs};

use super::checkout_orders::{follow, keep_followed};
use super::idempotency::time_outside;
use super::{App, AppError, Context, actor};

/// How many customers are decided and stored in one transaction.
const PAGE: i64 = 500;

/// The most failures that a run keeps by name.
pub(super) const FAILURES_MAX: usize = 1_000;

/// How many of the customers whom it passed over a run looks at together.
const LEFT_MAX: i64 = 1_000;

/// How long a run waits for customers whom others hold while nothing moves.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long it waits between two looks at them.
const PAUSE: Duration = Duration::from_millis(50);

/// A run at work is heard of with every page; silent for so long, it was cut off.
const SILENCE: TimeDelta = TimeDelta::minutes(10);

/// A page of customers that was gone through.
#[derive(Debug, Default)]
struct BilledPage {
    last: Option<CustomerId>,
    customers: usize,
}

/// Whom a run tries of those who could not be billed before, and whom it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// All of them: somebody asked. Whoever is left out because a checkout holds them is named.
    All,
    /// Those whose time has come. The worker bills whom a checkout holds once the hold has ended.
    Ripe,
}

/// What a worker works through.
#[derive(Debug, Clone)]
struct BillingWork {
    merchant: MerchantId,
    run: RunId,
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
        self.carry_out_run(merchant, run, Retry::All, workers, progress).await
    }

    /// What the worker does by itself: a billing run up to today that leaves customers alone who
    /// could not be billed and wait for their next try.
    ///
    /// # Errors
    /// A breakage that is not one customer's alone.
    pub async fn bill_ripe(&self, merchant: &MerchantId, workers: usize) -> Result<Run, AppError> {
        let run = self.open_run(merchant, None, Retry::Ripe).await?;
        self.carry_out_run(merchant, run, Retry::Ripe, workers, |_| ()).await
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
        self.write(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            let as_of = as_of.unwrap_or(context.today);
            if as_of > context.today {
                let detail = format!("must not lie after today, {}", context.today);
                return Err(AppError::invalid("/as_of", detail));
            }
            let id = RunId::fresh(&mut context.ids);
            let run = Run::opened(id, as_of, context.now, time_outside());
            runs::insert_run(&mut tx, merchant, &run).await?;
            if retry == Retry::All {
                customers::retry_all(&mut tx, merchant).await?;
            }
            tx.commit(run).await
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
        run: Run,
        retry: Retry,
        workers: usize,
        progress: impl Fn(usize) + Clone + Send + 'static,
    ) -> Result<Run, AppError> {
        let started = Instant::now();
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..workers.max(1) {
            let (merchant, id) = (merchant.clone(), run.id.clone());
            let work = BillingWork { merchant, run: id, as_of: run.as_of };
            let (app, progress) = (self.clone(), progress.clone());
            tasks.spawn(actor::carry(async move { app.work_through(&work, progress).await }));
        }
        let mut broken = None;
        while let Some(done) = tasks.join_next().await {
            broken = done.map_err(AppError::broken).flatten().err().or(broken);
        }
        if broken.is_none() {
            let work =
                BillingWork { merchant: merchant.clone(), run: run.id.clone(), as_of: run.as_of };
            broken = self.come_back(&work, progress).await.err();
            if broken.is_none() && retry == Retry::All {
                broken = self.note_held(&work).await.err();
            }
        }
        let status = if broken.is_none() { RunStatus::Completed } else { RunStatus::Failed };
        let took = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
        let run = &run;
        let closed = self.write(|mut tx| async move {
            runs::close_run(&mut tx, merchant, &run.id, status, took).await?;
            let closed = runs::find_run(&mut tx, merchant, &run.id).await?;
            tx.commit(closed.ok_or(AppError::NotFound("billing run"))?).await
        });
        let closed = closed.await?;
        broken.map_or(Ok(closed), Err)
    }

    /// Records the runs as failed whose process was cut off. What they have counted stays; whoever
    /// they did not reach is still due.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn close_lost_runs(&self) -> Result<u64, AppError> {
        let before = time_outside() - SILENCE;
        self.write(|mut tx| async move {
            let done = runs::close_lost_runs(&mut tx, before).await?;
            tx.commit(done).await
        })
        .await
    }

    /// One worker: page after page until nobody unclaimed is left.
    async fn work_through(
        &self,
        work: &BillingWork,
        progress: impl Fn(usize),
    ) -> Result<(), AppError> {
        let mut after = None;
        loop {
            let page = match self.bill_page(work, after.clone()).await {
                Err(AppError::Broken(_)) => self.bill_one_by_one(work, after).await?,
                other => other?,
            };
            if page.last.is_none() {
                return Ok(());
            }
            progress(page.customers);
            after = page.last;
        }
    }

    /// Comes back to the customers whom others had locked when their page was claimed, until
    /// nobody is left. Whoever stays locked without an end is named as a failure.
    async fn come_back(
        &self,
        work: &BillingWork,
        progress: impl Fn(usize),
    ) -> Result<(), AppError> {
        let (mut done, mut before) = (BTreeSet::new(), Vec::new());
        let mut since = Instant::now();
        loop {
            let left = self.passed_over(work, &done).await?;
            if left.is_empty() {
                return Ok(());
            }
            if left != before {
                since = Instant::now();
            } else if since.elapsed() >= PATIENCE {
                for customer in left {
                    progress(1);
                    self.note_locked(work, customer).await?;
                }
                return Ok(());
            } else {
                tokio::time::sleep(PAUSE).await;
            }
            for customer in &left {
                let billed = match self.bill_one(work, customer.clone()).await {
                    Err(AppError::Broken(error)) => {
                        self.note_failure(work, customer.clone(), &*error).await?;
                        1
                    }
                    other => other?.customers,
                };
                if billed > 0 {
                    progress(billed);
                    done.insert(customer.clone());
                }
            }
            before = left;
        }
    }

    /// Customers for whom there is still something to do, and who were not come back to.
    async fn passed_over(
        &self,
        work: &BillingWork,
        done: &BTreeSet<CustomerId>,
    ) -> Result<Vec<CustomerId>, AppError> {
        let due = self.read(|mut tx| async move {
            Ok(list_due(&mut tx, &work.merchant, work.as_of, self.now(), LEFT_MAX).await?)
        });
        let mut left = due.await?;
        left.retain(|customer| !done.contains(customer));
        Ok(left)
    }

    /// Names a customer whom others held all the time. The worker finds them due the next time.
    async fn note_locked(&self, work: &BillingWork, customer: CustomerId) -> Result<(), AppError> {
        tracing::error!(customer.id = %customer, "customer is locked by another all the time");
        let (BillingWork { merchant, run, .. }, customer) = (work, &customer);
        self.write(|mut tx| async move {
            let one = BillingCounts { customers: 1, ..BillingCounts::default() };
            runs::count_in_run(&mut tx, merchant, run, &one, time_outside()).await?;
            let reason = "somebody else held this customer all the time: bill again".to_owned();
            let failure = vec![RunFailure { customer: customer.clone(), reason }];
            runs::add_failures(&mut tx, merchant, run, failure, FAILURES_MAX).await?;
            tx.commit(()).await
        })
        .await
    }

    /// Names the customers who were left out because a checkout holds their subscription.
    async fn note_held(&self, work: &BillingWork) -> Result<(), AppError> {
        let BillingWork { merchant, run, as_of } = work;
        let held = &self.left_out(merchant, *as_of).await?;
        if held.is_empty() {
            return Ok(());
        }
        self.write(|mut tx| async move {
            runs::add_failures(&mut tx, merchant, run, held.clone(), FAILURES_MAX).await?;
            tx.commit(()).await
        })
        .await
    }

    /// For whom billing has something to do up to a day, but a checkout holds their subscription
    /// now.
    pub(super) async fn left_out(
        &self,
        merchant: &MerchantId,
        as_of: NaiveDate,
    ) -> Result<Vec<RunFailure>, AppError> {
        let now = self.now();
        let held = self.read(|mut tx| async move {
            Ok(list_held(&mut tx, merchant, as_of, now, LEFT_MAX).await?)
        });
        let named = held.await?.into_iter().map(|(customer, until)| {
            let until = until.to_rfc3339_opts(SecondsFormat::Secs, true);
            let reason = format!(
                "a checkout holds this customer until {until}: bill again then, or the worker does \
                 it by itself"
            );
            RunFailure { customer, reason }
        });
        Ok(named.collect())
    }

    async fn bill_page(
        &self,
        work: &BillingWork,
        after: Option<CustomerId>,
    ) -> Result<BilledPage, AppError> {
        let (app, work) = (self.clone(), work.clone());
        apart(async move {
            let (app, work, after) = (&app, &work, after.as_ref());
            app.write(|mut tx| async move {
                let (now, BillingWork { merchant, as_of, .. }) = (app.now(), work);
                let due = claim_due(&mut tx, merchant, *as_of, now, after, PAGE).await?;
                let billed = app.bill_customers(&mut tx, work, &due).await?;
                tx.commit(billed).await
            })
            .await
        })
        .await
    }

    /// A page that broke, again with a transaction for each customer, so that only the damaged
    /// one is left behind.
    async fn bill_one_by_one(
        &self,
        work: &BillingWork,
        after: Option<CustomerId>,
    ) -> Result<BilledPage, AppError> {
        let (BillingWork { merchant, as_of, .. }, after) = (work, after.as_ref());
        let due = self
            .write(|mut tx| async move {
                let now = self.now();
                let done = claim_due(&mut tx, merchant, *as_of, now, after, PAGE).await?;
                tx.commit(done).await
            })
            .await?;
        let mut all = BilledPage::default();
        for customer in due {
            match self.bill_one(work, customer.clone()).await {
                Ok(page) => all.customers += page.customers,
                Err(AppError::Broken(error)) => {
                    self.note_failure(work, customer.clone(), &*error).await?;
                    all.customers += 1;
                }
                Err(other) => return Err(other),
            }
            all.last = Some(customer);
        }
        Ok(all)
    }

    async fn bill_one(
        &self,
        work: &BillingWork,
        customer: CustomerId,
    ) -> Result<BilledPage, AppError> {
        let (app, work) = (self.clone(), work.clone());
        apart(async move {
            let (app, work, customer) = (&app, &work, &customer);
            app.write(|mut tx| async move {
                let now = app.now();
                let is_due = claim_one(&mut tx, &work.merchant, work.as_of, now, customer).await?;
                let due: Vec<_> = is_due.then(|| customer.clone()).into_iter().collect();
                let billed = app.bill_customers(&mut tx, work, &due).await?;
                tx.commit(billed).await
            })
            .await
        })
        .await
    }

    /// Notes that a customer could not be billed, in the run and for the worker, which is to try
    /// again later. Nothing where another worker did so.
    async fn note_failure(
        &self,
        work: &BillingWork,
        customer: CustomerId,
        error: &(dyn std::error::Error + Send + Sync),
    ) -> Result<(), AppError> {
        tracing::error!(customer.id = %customer, %error, "customer cannot be billed");
        let error = error.to_string();
        let now = self.now();
        let (customer, error) = (&customer, &error);
        self.write(|mut tx| async move {
            let BillingWork { merchant, run, .. } = work;
            let attempts = customers::count_attempt(&mut tx, merchant, customer, now).await?;
            let Some(attempts) = attempts else { return tx.commit(()).await };
            let at = now + retry_after(attempts);
            customers::save_retry(&mut tx, merchant, customer, at).await?;
            let at = at.to_rfc3339_opts(SecondsFormat::Secs, true);
            let reason =
                format!("{error}: mend this and bill again; the worker tries it by itself at {at}");
            let one = BillingCounts { customers: 1, ..BillingCounts::default() };
            runs::count_in_run(&mut tx, merchant, run, &one, time_outside()).await?;
            let failure = vec![RunFailure { customer: customer.clone(), reason }];
            runs::add_failures(&mut tx, merchant, run, failure, FAILURES_MAX).await?;
            tx.commit(()).await
        })
        .await
    }

    /// Bills customers that this transaction has claimed, and so locked.
    async fn bill_customers(
        &self,
        tx: &mut Tx,
        work: &BillingWork,
        due: &[CustomerId],
    ) -> Result<BilledPage, AppError> {
        if due.is_empty() {
            return Ok(BilledPage::default());
        }
        let BillingWork { merchant, run, as_of } = work;
        let mut context = self.context(tx, merchant).await?;
        let accounts = load_accounts(tx, merchant, due, AccountDepth::Billing).await?.accounts;
        let (tariff, ids, today) = (&context.tariff, &mut context.ids, context.today);
        let decided: Vec<Plan> = accounts
            .iter()
            .map(|account| decide_billing(account, tariff, *as_of, ids, today))
            .filter(|plan| !plan.is_empty())
            .collect();
        let followed = follow(tx, merchant, context.now, &decided).await?;
        let Context { settings, now, ids, .. } = &mut context;
        let by = (merchant, settings.seller.as_ref());
        plans::store_plans(tx, by, *now, &decided, ids).await?;
        keep_followed(tx, &mut context, &followed).await?;
        let customers = i64::try_from(due.len()).unwrap_or(i64::MAX);
        let counts = BillingCounts { customers, ..count(&decided) };
        runs::count_in_run(tx, merchant, run, &counts, time_outside()).await?;
        Ok(BilledPage { last: due.last().cloned(), customers: due.len() })
    }
}

/// What plans come to.
fn count(plans: &[Plan]) -> BillingCounts {
    let mut counts = BillingCounts::default();
    for plan in plans {
        for invoice in plan.invoices.iter().filter(|invoice| invoice.is_new) {
            let lines = invoice.row.lines.iter();
            let booked = lines.filter(|line| line.line.kind == LineKind::Period).count();
            counts.booked += i64::try_from(booked).unwrap_or(i64::MAX);
            counts.invoices += 1;
        }
        counts.credit_notes += i64::try_from(plan.credit_notes.len()).unwrap_or(i64::MAX);
        for change in &plan.changes {
            match change.row.status {
                ChangeStatus::Applied => counts.changes_applied += 1,
                ChangeStatus::Failed => counts.changes_failed += 1,
                ChangeStatus::Pending | ChangeStatus::Withdrawn | ChangeStatus::Superseded => {}
            }
        }
        let ended =
            plan.events.iter().filter(|event| event.kind == EventKind::SubscriptionEnded).count();
        counts.subscriptions_ended += i64::try_from(ended).unwrap_or(i64::MAX);
    }
    counts
}

/// Bills in a task of its own, so that a panic breaks this transaction alone.
async fn apart(
    billing: impl Future<Output = Result<BilledPage, AppError>> + Send + 'static,
) -> Result<BilledPage, AppError> {
    let task = tokio::spawn(actor::carry(billing.in_current_span()));
    task.await.map_err(AppError::broken)?
}
