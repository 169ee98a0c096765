//! Money that is told to the engine: paid, bounced, paid out, credited by hand.

use chrono::NaiveDate;
use serde_json::json;

use crate::domain::account::Account;
use crate::domain::document::{Payment as Stored, PaymentKind};
use crate::domain::fault::Fault;
use crate::domain::ids::{CustomerId, InvoiceId, MerchantId, PaymentId};
use crate::domain::money::Money;
use crate::rules::credits::{CreditItem, CreditRefusal, ItemFault, decide_credit};
use crate::rules::payments::{
    BouncedPayment, BouncedReceipt, IncomingPayment, PaymentRefusal, decide_bounce, decide_pay,
    decide_payout, decide_receive, decide_unpay,
};
use crate::store::{Tx, customers, documents, payments};
use crate::wire::customers::Payout;
use crate::wire::documents::Document;
use crate::wire::payments::{Payment, ReceivedPayment, ReturnedPayment};

use super::documents::{credit_note, invoice};
use super::{App, AppError, Context};

/// What is told of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentDraft {
    /// What it is called where the money moves.
    pub reference: String,
    /// The day; today unless given.
    pub paid_on: Option<NaiveDate>,
    /// How much; what is due unless given.
    pub amount: Option<Money>,
    /// Whether what is more than is due goes to the balance.
    pub surplus_to_balance: bool,
}

impl App {
    /// Records that an invoice was paid, all of it or part.
    ///
    /// # Errors
    /// Not found; refused where nothing is owed, or the reference has completed another
    /// customer's checkout; invalid where `paid_on` lies before the day of issue or after today,
    /// or the amount does not fit.
    pub async fn pay_invoice(
        &self,
        merchant: &MerchantId,
        id: &InvoiceId,
        draft: PaymentDraft,
    ) -> Result<Document, AppError> {
        more_than_zero(draft.amount)?;
        let draft = &draft;
        self.write(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            let account = account_with(&mut tx, &mut context, id).await?;
            let reference = draft.reference.as_str();
            let used_by = payments::find_reference(&mut tx, merchant, reference).await?;
            refuse_used(used_by.as_ref(), &account.customer)?;
            let Context { today, ids, .. } = &mut context;
            let paid_on = draft.paid_on.unwrap_or(*today);
            let received = IncomingPayment { reference, paid_on, checkout: None };
            let (amount, surplus) = (draft.amount, draft.surplus_to_balance);
            let plan = decide_pay(&account, id, amount, surplus, &received, *today, ids);
            context.store(&mut tx, plan.map_err(refusal)?).await?;
            let done = invoice(self, &mut tx, merchant, id).await?;
            tx.answer(done).await
        })
        .await
    }

    /// Records money of a customer that fits no invoice.
    ///
    /// # Errors
    /// Not found; refused where the reference has completed another customer's checkout; invalid
    /// where the day lies after today or the amount is not more than zero.
    pub async fn receive_payment(
        &self,
        merchant: &MerchantId,
        customer: &CustomerId,
        amount: Money,
        reference: String,
        paid_on: Option<NaiveDate>,
    ) -> Result<ReceivedPayment, AppError> {
        more_than_zero(Some(amount))?;
        let reference = &reference;
        self.write(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            let account = account_of_known(&mut tx, &mut context, customer).await?;
            let used_by = payments::find_reference(&mut tx, merchant, reference).await?;
            refuse_used(used_by.as_ref(), customer)?;
            let Context { tariff, today, ids, .. } = &mut context;
            let paid_on = paid_on.unwrap_or(*today);
            let received = IncomingPayment { reference, paid_on, checkout: None };
            let plan = decide_receive(&account, tariff, amount, &received, *today, ids);
            let plan = plan.map_err(refusal)?;
            let parts = plan.payments.iter().map(|part| Payment::of(customer, part));
            let parts: Vec<Payment> = parts.collect();
            let first = parts.first().map(|part| part.id.clone());
            let id = first.ok_or_else(|| AppError::broken("money came in as no payment"))?;
            context.store(&mut tx, plan).await?;
            let balances = customers::balances(&mut tx, merchant, customer).await?;
            tx.answer(ReceivedPayment {
                id,
                customer: customer.to_string(),
                amount: amount.into(),
                reference: reference.clone(),
                paid_on,
                payments: parts,
                credit_balance: balances.into_iter().map(Into::into).collect(),
            })
            .await
        })
        .await
    }

    /// Records that a payment bounced, with all that came in together with it.
    ///
    /// # Errors
    /// Not found; refused where no payment stands on the invoice, or several of this reference do
    /// and none is named; invalid where none of this reference does, or another is named.
    pub async fn unpay_invoice(
        &self,
        merchant: &MerchantId,
        id: &InvoiceId,
        reference: String,
        payment: Option<PaymentId>,
        reason: String,
    ) -> Result<Document, AppError> {
        let (reason, reference, payment) = (&reason, &reference, payment.as_ref());
        self.write(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            let mut account = account_with(&mut tx, &mut context, id).await?;
            let mut reference = reference.as_str();
            let mut of = payments::list_receipts(&mut tx, merchant, id, reference).await?;
            if of.is_empty() {
                // Spaces around it were kept once.
                reference = reference.trim();
                of = payments::list_receipts(&mut tx, merchant, id, reference).await?;
            }
            add_invoices_of(&mut tx, &context, &mut account, &of).await?;
            let Context { today, ids, .. } = &mut context;
            let reason = reason.as_str();
            let bounced = BouncedPayment { invoice: id, reference, payment, reason, of: &of };
            let plan = decide_unpay(&account, &bounced, *today, ids);
            let plan = plan.map_err(|refused| match refused {
                PaymentRefusal::SeveralOfReference => several(&bounced),
                other => refusal(other),
            });
            context.store(&mut tx, plan?).await?;
            let done = invoice(self, &mut tx, merchant, id).await?;
            tx.answer(done).await
        })
        .await
    }

    /// Records that money bounced, whatever it was for, with all that came in together with it.
    ///
    /// # Errors
    /// Not found; refused where it is no money that came in, or has bounced.
    pub async fn unpay_payment(
        &self,
        merchant: &MerchantId,
        id: &PaymentId,
        reason: String,
    ) -> Result<ReturnedPayment, AppError> {
        let reason = reason.as_str();
        self.write(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            let found = payments::find_payment(&mut tx, merchant, id).await?;
            let found = found.ok_or(AppError::NotFound("payment"))?;
            let (customer, payment) = (&found.customer, &found.payment);
            let mut account = context.account(&mut tx, customer).await?;
            let of = payments::list_receipt(&mut tx, merchant, &payment.receipt).await?;
            add_invoices_of(&mut tx, &context, &mut account, &of).await?;
            let Context { tariff, today, ids, .. } = &mut context;
            let bounced = BouncedReceipt { payment, reason, of: &of };
            let plan = decide_bounce(&account, tariff, &bounced, *today, ids);
            let plan = plan.map_err(refusal)?;
            let parts = plan.payments.iter().map(|part| Payment::of(customer, part)).collect();
            let gone = plan.payments.iter().map(|part| -part.amount).sum();
            context.store(&mut tx, plan).await?;
            let balances = customers::balances(&mut tx, merchant, customer).await?;
            tx.answer(ReturnedPayment {
                id: id.to_string(),
                customer: customer.to_string(),
                amount: Money::new(gone, payment.currency).into(),
                reference: payment.reference.clone(),
                reason: reason.to_owned(),
                payments: parts,
                credit_balance: balances.into_iter().map(Into::into).collect(),
            })
            .await
        })
        .await
    }

    /// Credits lines of an invoice by hand, all that is left of it where none are named; answers
    /// with the credit note.
    ///
    /// # Errors
    /// Not found; refused where it is credited in full; invalid where a line does not fit.
    pub async fn credit_invoice(
        &self,
        merchant: &MerchantId,
        id: &InvoiceId,
        items: Vec<CreditItem>,
        reason: String,
    ) -> Result<Document, AppError> {
        let (items, reason) = (&items, &reason);
        self.write(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            let account = account_with(&mut tx, &mut context, id).await?;
            let Context { tariff, today, ids, .. } = &mut context;
            let plan = decide_credit(&account, tariff, id, items, reason, *today, ids);
            let plan = plan.map_err(uncreditable)?;
            let note = plan.credit_notes.last().map(|note| note.id.clone());
            let note = note.ok_or_else(|| AppError::broken("a credit has no note"))?;
            context.store(&mut tx, plan).await?;
            let done = credit_note(self, &mut tx, merchant, &note).await?;
            tx.answer(done).await
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
        more_than_zero(Some(amount))?;
        let reference = &reference;
        self.write(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            let account = account_of_known(&mut tx, &mut context, customer).await?;
            let Context { tariff, today, ids, .. } = &mut context;
            let plan = decide_payout(&account, tariff, amount, reference, *today, ids);
            let plan = plan.map_err(refusal)?;
            let paid = plan.payments.last().map(|payment| payment.id.clone());
            let id = paid.ok_or_else(|| AppError::broken("a payout is no payment"))?;
            context.store(&mut tx, plan).await?;
            let balances = customers::balances(&mut tx, merchant, customer).await?;
            tx.answer(Payout {
                id: id.to_string(),
                kind: PaymentKind::Payout,
                paid_on: context.today,
                customer: customer.to_string(),
                amount: amount.into(),
                reference: reference.clone(),
                paid_at: context.now,
                credit_balance: balances.into_iter().map(Into::into).collect(),
            })
            .await
        })
        .await
    }
}

/// Refuses a payment's reference that has completed the checkout of another customer.
fn refuse_used(used_by: Option<&CustomerId>, customer: &CustomerId) -> Result<(), AppError> {
    match used_by {
        Some(other) if other != customer => Err(used()),
        _ => Ok(()),
    }
}

/// The refusal of a reference that is another customer's.
pub(super) fn used() -> AppError {
    let detail = "a payment of this reference has completed another customer's checkout, or paid \
                  an invoice of theirs";
    AppError::refused("payment-used", detail)
}

fn more_than_zero(amount: Option<Money>) -> Result<(), AppError> {
    match amount {
        Some(amount) if amount.minor <= 0 => {
            Err(AppError::invalid("/amount/amount", "must be more than zero"))
        }
        _ => Ok(()),
    }
}

/// The account of a customer who is there.
async fn account_of_known(
    tx: &mut Tx,
    context: &mut Context,
    customer: &CustomerId,
) -> Result<Account, AppError> {
    let found = customers::find_customer(tx, &context.merchant, customer).await?;
    found.ok_or(AppError::NotFound("customer"))?;
    context.account(tx, customer).await
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

/// Adds the invoices that payments are for to the account.
async fn add_invoices_of(
    tx: &mut Tx,
    context: &Context,
    account: &mut Account,
    payments: &[Stored],
) -> Result<(), AppError> {
    for id in payments.iter().filter_map(|payment| payment.invoice.as_ref()) {
        if !account.invoices.contains_key(id) {
            let found = documents::find_invoice(tx, &context.merchant, id).await?;
            account.invoices.extend(found.map(|found| (id.clone(), found.invoice)));
        }
    }
    Ok(())
}

const SEVERAL: &str =
    "several payments of this reference stand on the invoice: name the one that bounced as payment";

/// The same with the payments that can be named.
fn several(bounced: &BouncedPayment<'_>) -> AppError {
    let has_bounced = |receipt: &PaymentId| {
        bounced.of.iter().any(|it| it.kind == PaymentKind::Bounce && it.receipt == *receipt)
    };
    let payments = bounced.of.iter().filter(|it| {
        it.kind == PaymentKind::Payment
            && it.invoice.as_ref() == Some(bounced.invoice)
            && it.reference == bounced.reference
            && !has_bounced(&it.receipt)
    });
    let payments = payments.map(|it| {
        let amount = crate::wire::Money::from(Money::new(it.amount, it.currency));
        json!({"id": it.id, "amount": amount, "paid_on": it.paid_on})
    });
    AppError::refused_with("conflict", SEVERAL, [("payments", payments.collect())])
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
            let detail = issued_on.map_or_else(
                || format!("must not lie after today, {today}"),
                |on| format!("must lie between the day of issue, {on}, and today, {today}"),
            );
            AppError::invalid("/paid_on", detail)
        }
        PaymentRefusal::PaidLongAgo { earliest } => {
            let detail = format!("must not lie before {earliest}, when nothing of it was owed yet");
            AppError::invalid("/paid_on", detail)
        }
        PaymentRefusal::OtherCurrency { currency } => {
            let detail = format!("must be that of the invoice, {}", currency.code());
            AppError::invalid("/amount/currency", detail)
        }
        PaymentRefusal::MoreThanDue { due } => {
            let detail = format!(
                "is more than is due, {due}: with surplus \"balance\" the rest goes to the \
                 customer's balance"
            );
            AppError::invalid("/amount/amount", detail)
        }
        PaymentRefusal::UnknownReference => {
            AppError::invalid("/reference", "no payment of this reference stands on the invoice")
        }
        PaymentRefusal::SeveralOfReference => AppError::refused("conflict", SEVERAL),
        PaymentRefusal::UnknownPayment => AppError::invalid(
            "/payment",
            "is no payment of this reference that stands on the invoice",
        ),
        PaymentRefusal::NotPaid => {
            AppError::refused("not-paid", "no payment stands on this invoice")
        }
        PaymentRefusal::AlreadyBounced => {
            AppError::refused("already-bounced", "it bounced, with all that came in with it")
        }
        PaymentRefusal::NotReceived => {
            AppError::refused("not-paid", "it is no money that came in, so it cannot bounce")
        }
        PaymentRefusal::BalanceTooLow { balance } => {
            let detail = format!("is more than the credit balance, {balance}");
            AppError::invalid("/amount/amount", detail)
        }
    }
}

fn uncreditable(refusal: CreditRefusal) -> AppError {
    let faults = match refusal {
        CreditRefusal::AlreadyCancelled => {
            return AppError::refused("already-cancelled", "this invoice is credited in full");
        }
        CreditRefusal::Items(faults) => faults,
    };
    let told = faults.into_iter().map(|(place, fault)| {
        let at = |field: &str| format!("/lines/{place}/{field}");
        match fault {
            ItemFault::NoLine => Fault::new(at("line"), "the invoice has no such line"),
            ItemFault::Twice => Fault::new(at("line"), "is named twice"),
            ItemFault::NothingLeft => Fault::new(at("line"), "nothing is left of this line"),
            ItemFault::OtherCurrency { currency } => {
                let detail = format!("must be that of the invoice, {}", currency.code());
                Fault::new(at("gross/currency"), detail)
            }
            ItemFault::NotWithin { left } => {
                let detail = format!("must be more than zero and at most what is left, {left}");
                Fault::new(at("gross/amount"), detail)
            }
        }
    });
    AppError::Invalid(told.collect())
}
