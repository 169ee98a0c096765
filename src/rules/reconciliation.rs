//! Which invoice, or which customer, a line of a bank's statement pays: by the numbers and ids that
//! stand in its text, then by its amount. Nothing is booked by an amount alone.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::domain::document::OwedInvoice;
use crate::domain::ids::{CustomerId, InvoiceId};
use crate::domain::money::Money;

/// A line of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankLine {
    /// What the payment is called from then on; no two lines have the same.
    pub reference: String,
    /// The day on which it was booked.
    pub day: NaiveDate,
    /// What came in; below zero it went out.
    pub amount: Money,
    /// What the payer wrote, and who that is.
    pub text: String,
}

impl BankLine {
    /// The numbers in its text that may be those of invoices.
    #[must_use]
    pub fn numbers(&self) -> BTreeSet<i64> {
        let digits = self.text.split(|c: char| !c.is_ascii_digit());
        digits.filter_map(|digits| digits.parse().ok()).filter(|number| *number > 0).collect()
    }

    /// The words in its text that may be ids of customers.
    #[must_use]
    pub fn words(&self) -> BTreeSet<&str> {
        let is_of_id = |c: char| c.is_ascii_alphanumeric() || "._:-".contains(c);
        let words = self.text.split(|c: char| !is_of_id(c));
        words.map(|word| word.trim_matches(['.', ':', '-'])).filter(|it| !it.is_empty()).collect()
    }
}

/// What a decision about lines rests on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StatementFacts {
    /// The open invoices whose numbers the lines name.
    pub invoices: BTreeMap<i64, OwedInvoice>,
    /// The customers whom the lines name.
    pub customers: BTreeSet<CustomerId>,
    /// The references under which payments were booked already.
    pub booked: BTreeSet<String>,
}

/// What a line pays.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum BankMatch {
    /// An invoice that it names, to the cent.
    Exact(i64, InvoiceId),
    /// Part of an invoice that it names.
    Part(i64, InvoiceId),
    /// An invoice that it names, and more: the rest goes to the credit balance.
    Surplus(i64, InvoiceId),
    /// A customer whom it names: what they owe, by due day, then their credit balance.
    Customer(CustomerId),
    /// It was booked already.
    Booked,
    /// Money went out.
    Outgoing,
    /// It lies after today, or before the invoice that it names was issued.
    WrongDay,
    /// It names nobody.
    Unknown,
}

impl BankMatch {
    /// Whether it is booked unless somebody says otherwise: what it names fits to the cent.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        matches!(self, Self::Exact(..))
    }

    /// Whether it can be booked at all.
    #[must_use]
    pub fn is_bookable(&self) -> bool {
        matches!(self, Self::Exact(..) | Self::Part(..) | Self::Surplus(..) | Self::Customer(_))
    }
}

/// Finds what each line pays, in their order. An invoice that an earlier line pays in full is paid.
#[must_use]
pub fn decide_matches(
    lines: &[BankLine],
    facts: &StatementFacts,
    today: NaiveDate,
) -> Vec<BankMatch> {
    let mut open = facts.invoices.clone();
    let found = lines.iter().map(|line| {
        let found = decide_match(line, &open, facts, today);
        if let BankMatch::Exact(number, _) | BankMatch::Surplus(number, _) = &found {
            open.remove(number);
        }
        if let BankMatch::Part(number, _) = &found
            && let Some(invoice) = open.get_mut(number)
        {
            invoice.due.minor -= line.amount.minor;
        }
        found
    });
    found.collect()
}

fn decide_match(
    line: &BankLine,
    open: &BTreeMap<i64, OwedInvoice>,
    facts: &StatementFacts,
    today: NaiveDate,
) -> BankMatch {
    if facts.booked.contains(&line.reference) {
        return BankMatch::Booked;
    }
    if line.amount.minor <= 0 {
        return BankMatch::Outgoing;
    }
    if line.day > today {
        return BankMatch::WrongDay;
    }
    let named: Vec<(i64, &OwedInvoice)> = line
        .numbers()
        .into_iter()
        .filter_map(|number| Some((number, open.get(&number)?)))
        .filter(|(_, invoice)| invoice.due.currency == line.amount.currency)
        .collect();
    let fits = |(_, invoice): &(i64, &OwedInvoice)| invoice.due == line.amount;
    let exact: Vec<_> = named.iter().copied().filter(fits).collect();
    let found = match (exact.as_slice(), named.as_slice()) {
        ([only], _) | ([], [only]) => Some(*only),
        _ => None,
    };
    if let Some((number, invoice)) = found {
        let id = invoice.id.clone();
        return match line.amount.minor.cmp(&invoice.due.minor) {
            _ if line.day < invoice.issued_on => BankMatch::WrongDay,
            std::cmp::Ordering::Equal => BankMatch::Exact(number, id),
            std::cmp::Ordering::Less => BankMatch::Part(number, id),
            std::cmp::Ordering::Greater => BankMatch::Surplus(number, id),
        };
    }
    let words = line.words();
    let of_lines: BTreeSet<&CustomerId> = named.iter().map(|(_, it)| &it.customer).collect();
    let by_id = facts.customers.iter().filter(|id| words.contains(id.as_str()));
    let customers: BTreeSet<&CustomerId> = by_id.chain(of_lines).collect();
    match Vec::from_iter(customers).as_slice() {
        [only] => BankMatch::Customer((*only).clone()),
        _ => BankMatch::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::money::Currency;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn euro(minor: i64) -> Money {
        Money::new(minor, Currency::parse("EUR").unwrap())
    }

    fn line(reference: &str, minor: i64, text: &str) -> BankLine {
        let (reference, text) = (reference.to_owned(), text.to_owned());
        BankLine { reference, day: day("2026-02-10"), amount: euro(minor), text }
    }

    fn open(number: i64, customer: &str, minor: i64) -> (i64, OwedInvoice) {
        let id = InvoiceId::stored(format!("inv_{number}"));
        let customer = CustomerId::stored(customer.to_owned());
        (number, OwedInvoice { id, customer, due: euro(minor), issued_on: day("2026-01-31") })
    }

    fn told(found: &BankMatch) -> String {
        match found {
            BankMatch::Exact(number, _) => format!("exact {number}"),
            BankMatch::Part(number, _) => format!("part {number}"),
            BankMatch::Surplus(number, _) => format!("surplus {number}"),
            BankMatch::Customer(id) => format!("customer {id}"),
            BankMatch::Booked => "booked".to_owned(),
            BankMatch::Outgoing => "outgoing".to_owned(),
            BankMatch::WrongDay => "wrong day".to_owned(),
            BankMatch::Unknown => "unknown".to_owned(),
        }
    }

    #[test]
    fn a_line_pays_what_it_names() {
        let facts = StatementFacts {
            invoices: [open(7, "ada", 990), open(8, "ada", 500), open(2026, "bob", 990)].into(),
            customers: ["ada", "bob"].map(|id| CustomerId::stored(id.to_owned())).into(),
            booked: ["b-1".to_owned()].into(),
        };
        let today = day("2026-02-10");
        let on = |day_of: &str| BankLine { day: day(day_of), ..line("l", 990, "7") };
        let dollars = Money::new(990, Currency::parse("USD").unwrap());
        #[rustfmt::skip]
        let table = [
            ("its number, to the cent", line("l", 990, "Invoice 7"), "exact 7"),
            ("two that fit to the cent", line("l", 990, "No. 7 of 01.02.2026"), "unknown"),
            ("of two that are named the one that fits", line("l", 500, "7, 8"), "exact 8"),
            ("less", line("l", 400, "RE-7"), "part 7"),
            ("more", line("l", 1_000, "invoice 0007"), "surplus 7"),
            ("two of one customer, by the sum", line("l", 1_490, "7 and 8"), "customer ada"),
            ("two of two customers", line("l", 1_490, "7 and 2026"), "unknown"),
            ("the customer", line("l", 300, "Customer: ada."), "customer ada"),
            ("two customers", line("l", 300, "ada bob"), "unknown"),
            ("part of a word is no customer", line("l", 300, "adam"), "unknown"),
            ("nothing", line("l", 990, "thanks"), "unknown"),
            ("booked before", line("b-1", 990, "7"), "booked"),
            ("money that went out", line("l", -990, "7"), "outgoing"),
            ("tomorrow", on("2026-02-11"), "wrong day"),
            ("before it was issued", on("2026-01-30"), "wrong day"),
            ("another currency", BankLine { amount: dollars, ..line("l", 990, "7") }, "unknown"),
        ];
        for (what, line, expected) in table {
            let found = decide_matches(&[line], &facts, today);
            assert_eq!(told(&found[0]), expected, "{what}");
        }
    }

    #[test]
    fn what_an_earlier_line_has_paid_is_paid() {
        let facts = StatementFacts { invoices: [open(7, "ada", 990)].into(), ..Default::default() };
        let lines = [line("a", 400, "7"), line("b", 590, "7"), line("c", 990, "7")];
        let found = decide_matches(&lines, &facts, day("2026-02-10"));
        assert_eq!(found.iter().map(told).collect::<Vec<_>>(), ["part 7", "exact 7", "unknown"]);
        assert_eq!(found.iter().filter(|it| it.is_sure()).count(), 1);
    }
}
