//! The lines of a bank's statement: what each pays is found first and shown, then booked.

use std::collections::BTreeSet;

use crate::domain::ids::MerchantId;
use crate::rules::reconciliation::{
    BankLine, BankMatch, StatementFacts, decide_matches, settle_names,
};
use crate::store::{Tx, customers, documents, merchants, payments};

use super::payments::PaymentDraft;
use super::{App, AppError};

impl App {
    /// What each of these lines pays, in their order; nothing is booked.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn match_lines(
        &self,
        merchant: &MerchantId,
        mut lines: Vec<BankLine>,
    ) -> Result<Vec<(BankLine, BankMatch)>, AppError> {
        self.read(|mut tx| async move {
            let now = self.now_in(&mut tx).await?;
            let zone = merchants::get_settings(&mut tx, merchant).await?.time_zone;
            let facts = facts(&mut tx, merchant, &lines).await?;
            settle_names(&mut lines, &facts);
            let found = decide_matches(&lines, &facts, zone.date(now));
            Ok(lines.into_iter().zip(found).collect())
        })
        .await
    }

    /// Books what a line pays, as it was found.
    ///
    /// # Errors
    /// As [`App::pay_invoice`] and [`App::receive_payment`]; invalid where it pays nothing.
    pub async fn book_line(
        &self,
        merchant: &MerchantId,
        line: &BankLine,
        found: &BankMatch,
    ) -> Result<(), AppError> {
        let draft = |surplus_to_balance| PaymentDraft {
            reference: line.name().to_owned(),
            paid_on: Some(line.day),
            amount: Some(line.amount),
            surplus_to_balance,
        };
        match found {
            BankMatch::Exact(_, id) | BankMatch::Doubtful(_, id) | BankMatch::Part(_, id) => {
                self.pay_invoice(merchant, id, draft(false)).await?;
            }
            BankMatch::Surplus(_, id) => {
                self.pay_invoice(merchant, id, draft(true)).await?;
            }
            BankMatch::Customer(id) => {
                let (reference, day) = (line.name().to_owned(), Some(line.day));
                self.receive_payment(merchant, id, line.amount, reference, day).await?;
            }
            BankMatch::Booked | BankMatch::Outgoing | BankMatch::WrongDay | BankMatch::Unknown => {
                return Err(AppError::invalid("/line", "pays nothing that is known"));
            }
        }
        Ok(())
    }
}

async fn facts(
    tx: &mut Tx,
    merchant: &MerchantId,
    lines: &[BankLine],
) -> Result<StatementFacts, AppError> {
    let numbers: BTreeSet<i64> = lines.iter().flat_map(BankLine::numbers).collect();
    let numbers: Vec<i64> = numbers.into_iter().collect();
    let words: BTreeSet<&str> = lines.iter().flat_map(BankLine::words).collect();
    let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
    let references = lines.iter().flat_map(|line| line.id.iter().chain([&line.reference]));
    let references: Vec<String> = references.cloned().collect();
    Ok(StatementFacts {
        invoices: documents::find_by_number(tx, merchant, &numbers).await?,
        customers: customers::known_customers(tx, merchant, &words).await?,
        booked: payments::booked_under(tx, merchant, &references).await?,
    })
}
