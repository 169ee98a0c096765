//! Money that is told to the engine: paid, bounced, paid out.

use chrono::NaiveDate;

use crate::domain::account::Account;
use crate::domain::ids::{CustomerId, InvoiceId, MerchantId};
use crate::domain::money::Money;
use crate::rules::payments::{PaymentRefusal, decide_pay, decide_payout, decide_unpay};
use crate::store::{Tx, customers, documents, payments};
use crate::wire::customers::Payout;
use crate::wire::documents::Document;

use super::{App, AppError, Context};

impl App {
    /// Records that an invoice was paid, today unless `paid_on` is given.
    ///
    /// # Errors
    /// Not found; refused where nothing is owed, or the reference has completed another
    /// customer's checkout; invalid where `paid_on` lies before the day of issue or after today.
    pub async fn pay_invoice(
        &self,
        merchant: &MerchantId,
        id: &InvoiceId,
        reference: String,
        paid_on: Option<NaiveDate>,
    ) -> Result<Document, AppError> {
        let (app, merchant, id) = (self.clone(), merchant.clone(), id.clone());
        self.write_once(move |tx| {
            Box::pin(async move {
                let mut context = app.context(tx, &merchant).await?;
                let account = account_with(tx, &mut context, &id).await?;
                let used_by = payments::find_reference(tx, &merchant, &reference).await?;
                refuse_used(used_by.as_ref(), &account.customer)?;
                let Context { today, ids, .. } = &mut context;
                let paid_on = paid_on.unwrap_or(*today);
                let plan = decide_pay(&account, &id, &reference, paid_on, *today, ids);
                context.store(tx, plan.map_err(refusal)?).await?;
                Ok(Ok(invoice(tx, &merchant, &id).await?))
            })
        })
        .await
    }

    /// Records that a payment bounced.
    ///
    /// # Errors
    /// Not found; refused where no payment stands on the invoice.
    pub async fn unpay_invoice(
        &self,
        merchant: &MerchantId,
        id: &InvoiceId,
        reference: String,
        reason: String,
    ) -> Result<Document, AppError> {
        let (app, merchant, id) = (self.clone(), merchant.clone(), id.clone());
        self.write_once(move |tx| {
            Box::pin(async move {
                let mut context = app.context(tx, &merchant).await?;
                let account = account_with(tx, &mut context, &id).await?;
                let Context { today, ids, .. } = &mut context;
                let plan = decide_unpay(&account, &id, &reference, &reason, *today, ids);
                context.store(tx, plan.map_err(refusal)?).await?;
                Ok(Ok(invoice(tx, &merchant, &id).await?))
            })
        })
        .await
    }

    /// Pays credit balance out; answers with the payment and what is left.
    ///
    /// # Errors
    /// Not found; invalid where there is less.
    pub async fn pay_out(
        &self,
        merchant: &MerchantId,
        customer: &CustomerId,
        amount: Money,
        reference: String,
    ) -> Result<Payout, AppError> {
        if amount.minor <= 0 {
            return Err(AppError::invalid("/amount/amount", "must be more than zero"));
        }
        let (app, merchant, customer) = (self.clone(), merchant.clone(), customer.clone());
        self.write_once(move |tx| {
            Box::pin(async move {
                let mut context = app.context(tx, &merchant).await?;
                if customers::find_customer(tx, &merchant, &customer).await?.is_none() {
                    return Err(AppError::NotFound("customer"));
                }
                let account = context.account(tx, &customer).await?;
                let Context { tariff, today, ids, .. } = &mut context;
                let plan = decide_payout(&account, tariff, amount, &reference, *today, ids);
                let plan = plan.map_err(refusal)?;
                let paid = plan.payments.last().map(|payment| payment.id.clone());
                let id = paid.ok_or_else(|| AppError::broken("a payout is no payment"))?;
                context.store(tx, plan).await?;
                let balances = customers::balances(tx, &merchant, &customer).await?;
                Ok(Ok(Payout {
                    id: id.to_string(),
                    customer: customer.to_string(),
                    amount: amount.into(),
                    reference,
                    paid_at: context.now,
                    credit_balance: balances.into_iter().map(Into::into).collect(),
                }))
            })
        })
        .await
    }
}

/// Refuses a payment's reference that has completed the checkout of another customer.
pub(super) fn refuse_used(
    used_by: Option<&CustomerId>,
    customer: &CustomerId,
) -> Result<(), AppError> {
    match used_by {
        Some(other) if other != customer => {
            let detail = "a payment of this reference has completed another customer's checkout";
            Err(AppError::refused("payment-used", detail))
        }
        _ => Ok(()),
    }
}

/// The account of an invoice's customer, with that invoice in it.
async fn account_with(
    tx: &mut Tx,
    context: &mut Context,
    id: &InvoiceId,
) -> Result<Account, AppError> {
    let missing = || AppError::NotFound("invoice");
    let found = documents::find_invoice(tx, &context.merchant, id).await?.ok_or_else(missing)?;
    let mut account = context.account(tx, &found.invoice.customer).await?;
    // Read again under the lock: it may have been paid in between.
    let found = documents::find_invoice(tx, &context.merchant, id).await?.ok_or_else(missing)?;
    account.invoices.insert(id.clone(), found.invoice);
    Ok(account)
}

async fn invoice(tx: &mut Tx, merchant: &MerchantId, id: &InvoiceId) -> Result<Document, AppError> {
    let found = documents::find_invoice(tx, merchant, id).await?;
    Ok((&found.ok_or(AppError::NotFound("invoice"))?.invoice).into())
}

fn refusal(refusal: PaymentRefusal) -> AppError {
    match refusal {
        PaymentRefusal::AlreadyPaid => {
            AppError::refused("already-paid", "nothing is owed on this invoice")
        }
        PaymentRefusal::AlreadyCancelled => {
            AppError::refused("already-cancelled", "this invoice is credited in full")
        }
        PaymentRefusal::PaidOn { issued_on, today } => {
            let detail =
                format!("must lie between the day of issue, {issued_on}, and today, {today}");
            AppError::invalid("/paid_on", detail)
        }
        PaymentRefusal::NotPaid => {
            AppError::refused("not-paid", "no payment stands on this invoice")
        }
        PaymentRefusal::BalanceTooLow { balance } => {
            let detail = format!("is more than the credit balance, {balance}");
            AppError::invalid("/amount/amount", detail)
        }
    }
}
