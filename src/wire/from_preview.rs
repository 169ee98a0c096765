//! How a preview is written on the wire. Its texts are filled where they are asked for.

use crate::domain::document::Totals;
use crate::domain::money::Money;
use crate::domain::preview::{
    Commitment, DocumentShown, Ending, IntroductionShown, LineShown, LostIntroduction, ModeShown,
    PaymentShown,
};
use crate::wire::from_domain::taxes;
use crate::wire::{checkouts, documents};

impl From<&DocumentShown> for documents::Document {
    fn from(shown: &DocumentShown) -> Self {
        let money = |minor| Money::new(minor, shown.currency).into();
        let Totals { net, tax, gross } = shown.totals();
        let line = |line: &LineShown| documents::Line {
            subscription: line.subscription.as_ref().map(ToString::to_string),
            offer: line.offer.to_string(),
            kind: line.kind,
            description: line.description.clone(),
            legal_advice: line.legal_advice.clone(),
            period: line.period.into(),
            net: money(line.net),
            tax: money(line.tax),
            gross: money(line.gross),
            discount: (line.discount != 0).then(|| money(line.discount)),
            tax_rate: line.rate.to_string(),
            exemption: None,
        };
        let part = |line: &LineShown| {
            (line.rate, Totals { net: line.net, tax: line.tax, gross: line.gross })
        };
        Self {
            id: None,
            url: None,
            number: None,
            kind: shown.kind,
            status: shown.status.map_or(documents::DocumentStatus::Issued, Into::into),
            customer: shown.customer.to_string(),
            seller: None,
            buyer: None,
            issued_on: shown.issued_on,
            due_on: shown.due_on,
            reason: None,
            lines: shown.lines.iter().map(line).collect(),
            taxes: taxes(shown.lines.iter().map(part), shown.currency),
            net: money(net),
            tax: money(tax),
            gross: money(gross),
            credit_applied: money(shown.credit_applied),
            amount_due: money(shown.amount_due),
            credits: shown.credits.as_ref().map(ToString::to_string),
            payments: None,
        }
    }
}

impl From<&PaymentShown> for checkouts::NextPayment {
    fn from(shown: &PaymentShown) -> Self {
        Self {
            on: shown.on,
            amount_due: shown.amount_due.into(),
            credit_notes: shown.credit_notes.iter().map(Into::into).collect(),
            document: (&shown.document).into(),
            balance_after: shown.balance_after.map(Into::into),
        }
    }
}

impl From<&Commitment> for checkouts::Commitment {
    fn from(commitment: &Commitment) -> Self {
        Self {
            starts_on: commitment.starts_on,
            ends_on: commitment.ends_on,
            total: commitment.total.into(),
            renews: commitment.renews.map(|period| period.to_string()),
            notice: commitment.notice.map(|period| period.to_string()),
            cancel_by: commitment.cancel_by,
            cancellable_to: commitment.cancellable_to,
        }
    }
}

impl From<&IntroductionShown> for checkouts::Introduction {
    fn from(shown: &IntroductionShown) -> Self {
        let steps = shown.steps.iter().map(|step| checkouts::IntroductionStep {
            price: step.price.into(),
            periods: step.periods,
            period: step.days.into(),
        });
        Self {
            trial: shown.trial.map(Into::into),
            steps: steps.collect(),
            then_from: shown.then_from,
        }
    }
}

impl From<&Ending> for checkouts::Ending {
    fn from(ending: &Ending) -> Self {
        let lost = ending.lost_introduction;
        Self {
            subscription: ending.subscription.to_string(),
            on: ending.on,
            lost_days: ending.lost_days,
            lost_introduction: lost.map(|LostIntroduction { trial_days, periods }| {
                checkouts::LostIntroduction { trial_days, periods }
            }),
        }
    }
}

/// What completing in a mode takes back.
#[must_use]
pub fn withdrawals(shown: &ModeShown) -> Vec<checkouts::Withdrawal> {
    let cancellation = shown.withdraws_cancellation.iter().map(|id| checkouts::Withdrawal {
        kind: checkouts::WithdrawalKind::Cancellation,
        id: id.to_string(),
    });
    cancellation.collect()
}
