//! Which invoice, or which customer, a line of a bank's statement pays: by the numbers and ids that
//! stand in its text, then by its amount. Nothing is booked by an amount alone.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::domain::document::NamedInvoice;
use crate::domain::ids::{CustomerId, InvoiceId};
use crate::domain::money::Money;

use super::bank_text::numbers_in;

/// A line of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankLine {
    /// What the bank calls it; some banks write there what the payer did, or the same each time.
    pub id: Option<String>,
    /// What the payment is called otherwise, by all that the line says; no two lines have the same.
    pub reference: String,
    /// The day on which it was booked.
    pub day: NaiveDate,
    /// What came in; below zero it went out.
    pub amount: Money,
    /// What the payer wrote, and who that is.
    pub text: String,
}

impl BankLine {
    /// What its payment is called.
    #[must_use]
    pub fn name(&self) -> &str {
        self.id.as_deref().unwrap_or(&self.reference)
    }

    /// The numbers in its text that may be those of invoices.
    #[must_use]
    pub fn numbers(&self) -> BTreeSet<i64> {
        let exponent = self.amount.currency.exponent();
        numbers_in(&self.text, usize::try_from(exponent).unwrap_or_default())
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
    /// The invoices whose numbers the lines name, open or not.
    pub invoices: BTreeMap<i64, NamedInvoice>,
    /// The customers whom the lines name.
    pub customers: BTreeSet<CustomerId>,
    /// What was booked already, by its reference: when and how much each time.
    pub booked: BTreeMap<String, Vec<(NaiveDate, Money)>>,
}

/// Takes from lines what the bank calls them where that names none: it stands on several lines, or
/// something else was booked under it. A line of which the same was booked under it, on its day, is
/// that payment.
pub fn settle_names(lines: &mut [BankLine], facts: &StatementFacts) {
    let mut times = BTreeMap::<String, usize>::new();
    for id in lines.iter().filter_map(|line| line.id.clone()) {
        *times.entry(id).or_default() += 1;
    }
    let mut left = facts.booked.clone();
    for line in lines {
        let Some(id) = &line.id else { continue };
        let booked = left.get_mut(id);
        let same = booked.as_ref().and_then(|all| {
            all.iter().position(|(day, amount)| (*day, *amount) == (line.day, line.amount))
        });
        if let (Some(all), Some(place)) = (booked, same) {
            all.swap_remove(place);
            continue;
        }
        let is_name = times.get(id) == Some(&1)
            && !facts.booked.contains_key(id)
            && !facts.booked.contains_key(&line.reference);
        if !is_name {
            line.id = None;
        }
    }
}

/// What a line pays.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum BankMatch {
    /// An invoice that it names, to the cent.
    Exact(i64, InvoiceId),
    /// An open invoice that it names, to the cent; but it names somebody else, too.
    Doubtful(i64, InvoiceId),
    /// Part of an invoice that it names.
    Part(i64, InvoiceId),
    /// An invoice that it names, and more: the rest goes to the credit balance.
    Surplus(i64, InvoiceId),
    /// A customer whom it names, by their id or an invoice of theirs: what they owe, by due day,
    /// then their credit balance.
    Customer(CustomerId),
    /// It was booked already.
    Booked,
    /// Money went out.
    Outgoing,
    /// It lies after today, or before the invoice that it names was issued.
    WrongDay,
    /// It names nobody, or several.
    Unknown,
}

impl BankMatch {
    /// Whether it is booked unless somebody says otherwise: what it names fits to the cent, and
    /// all that it names is the same customer's.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        matches!(self, Self::Exact(..))
    }

    /// Whether it can be booked at all.
    #[must_use]
    pub fn is_bookable(&self) -> bool {
        let is_open = matches!(self, Self::Exact(..) | Self::Part(..) | Self::Surplus(..));
        is_open || matches!(self, Self::Doubtful(..) | Self::Customer(_))
    }
}

/// Finds what each line pays, in their order. An invoice that an earlier line pays in full is paid.
#[must_use]
pub fn decide_matches(
    lines: &[BankLine],
    facts: &StatementFacts,
    today: NaiveDate,
) -> Vec<BankMatch> {
    let mut invoices = facts.invoices.clone();
    let found = lines.iter().map(|line| {
        let found = decide_match(line, &invoices, facts, today);
        if let BankMatch::Exact(number, _)
        | BankMatch::Surplus(number, _)
        | BankMatch::Part(number, _) = &found
            && let Some(invoice) = invoices.get_mut(number)
        {
            invoice.due.minor -= line.amount.minor.min(invoice.due.minor);
        }
        found
    });
    found.collect()
}

fn decide_match(
    line: &BankLine,
    invoices: &BTreeMap<i64, NamedInvoice>,
    facts: &StatementFacts,
    today: NaiveDate,
) -> BankMatch {
    if facts.booked.contains_key(line.name()) {
        return BankMatch::Booked;
    }
    if line.amount.minor <= 0 {
        return BankMatch::Outgoing;
    }
    if line.day > today {
        return BankMatch::WrongDay;
    }
    let numbers = line.numbers().into_iter();
    let all: Vec<(i64, &NamedInvoice)> =
        numbers.filter_map(|number| Some((number, invoices.get(&number)?))).collect();
    // Nobody names what was not there yet.
    let (named, later): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|(_, invoice)| invoice.issued_on <= line.day);
    let words = line.words();
    let by_id = facts.customers.iter().filter(|id| words.contains(id.as_str()));
    let by_number = named.iter().map(|(_, invoice)| &invoice.customer);
    let customers: BTreeSet<&CustomerId> = by_id.chain(by_number).collect();
    let customers = Vec::from_iter(customers);
    if let Some((number, invoice)) = named_open(&named, line.amount) {
        let id = invoice.id.clone();
        let is_one = customers.len() == 1;
        match line.amount.minor.cmp(&invoice.due.minor) {
            Ordering::Equal if is_one => return BankMatch::Exact(number, id),
            Ordering::Equal => return BankMatch::Doubtful(number, id),
            Ordering::Less if is_one => return BankMatch::Part(number, id),
            Ordering::Greater if is_one => return BankMatch::Surplus(number, id),
            Ordering::Less | Ordering::Greater => {}
        }
    }
    match customers.as_slice() {
        [only] => BankMatch::Customer((*only).clone()),
        [] if !later.is_empty() => BankMatch::WrongDay,
        _ => BankMatch::Unknown,
    }
}

/// Of the invoices that a line names the open one that it pays: the only one that fits to the cent,
/// else the only one.
fn named_open<'a>(
    named: &[(i64, &'a NamedInvoice)],
    amount: Money,
) -> Option<(i64, &'a NamedInvoice)> {
    let is_open = |(_, invoice): &&(i64, &NamedInvoice)| {
        invoice.due.minor > 0 && invoice.due.currency == amount.currency
    };
    let open: Vec<_> = named.iter().filter(is_open).copied().collect();
    let exact: Vec<_> = open.iter().filter(|(_, it)| it.due == amount).copied().collect();
    match (exact.as_slice(), open.as_slice()) {
        ([only], _) | ([], [only]) => Some(*only),
        _ => None,
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
        BankLine { id: None, reference, day: day("2026-02-10"), amount: euro(minor), text }
    }

    fn open(number: i64, customer: &str, minor: i64) -> (i64, NamedInvoice) {
        let id = InvoiceId::stored(format!("inv_{number}"));
        let customer = CustomerId::stored(customer.to_owned());
        (number, NamedInvoice { id, customer, due: euro(minor), issued_on: day("2026-01-31") })
    }

    fn told(found: &BankMatch) -> String {
        match found {
            BankMatch::Exact(number, _) => format!("exact {number}"),
            BankMatch::Doubtful(number, _) => format!("doubtful {number}"),
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
            invoices: [
                open(5, "ada", 0),
                open(7, "ada", 990),
                open(8, "ada", 500),
                open(2026, "bob", 990),
            ]
            .into(),
            customers: ["ada", "bob"].map(|id| CustomerId::stored(id.to_owned())).into(),
            booked: [("b-1".to_owned(), Vec::new())].into(),
        };
        let today = day("2026-02-10");
        let on = |day_of: &str| BankLine { day: day(day_of), ..line("l", 990, "7") };
        let dollars = Money::new(990, Currency::parse("USD").unwrap());
        #[rustfmt::skip]
        let table = [
            ("its number, to the cent", line("l", 990, "Invoice 7"), "exact 7"),
            ("two that fit to the cent", line("l", 990, "7, 2026"), "unknown"),
            ("a year is no number", line("l", 990, "No. 7 of 01.02.2026"), "exact 7"),
            ("somebody else, too", line("l", 990, "7, customer bob"), "doubtful 7"),
            ("somebody else's invoice", line("l", 500, "8 of 2026"), "doubtful 8"),
            ("less, and somebody else, too", line("l", 400, "7, customer bob"), "unknown"),
            ("of two that are named the one that fits", line("l", 500, "7, 8"), "exact 8"),
            ("less", line("l", 400, "RE-7"), "part 7"),
            ("more", line("l", 1_000, "invoice 0007"), "surplus 7"),
            ("two of one customer, by the sum", line("l", 1_490, "7 and 8"), "customer ada"),
            ("two of two customers", line("l", 1_490, "7 and 2026"), "unknown"),
            ("the customer", line("l", 300, "Customer: ada."), "customer ada"),
            ("two customers", line("l", 300, "ada bob"), "unknown"),
            ("part of a word is no customer", line("l", 300, "adam"), "unknown"),
            ("nothing", line("l", 990, "thanks"), "unknown"),
            ("what is closed", line("l", 990, "Rechnung 5 danke"), "customer ada"),
            ("what is closed, and what is open", line("l", 400, "5 7"), "part 7"),
            ("somebody else's that is closed", line("l", 990, "5 2026"), "doubtful 2026"),
            ("booked before", line("b-1", 990, "7"), "booked"),
            ("money that went out", line("l", -990, "7"), "outgoing"),
            ("tomorrow", on("2026-02-11"), "wrong day"),
            ("before it was issued", on("2026-01-30"), "wrong day"),
            (
                "a customer, and what was not issued yet",
                BankLine { text: "bob 7".to_owned(), ..on("2026-01-30") },
                "customer bob",
            ),
            (
                "another currency",
                BankLine { amount: dollars, ..line("l", 990, "7") },
                "customer ada",
            ),
        ];
        for (what, line, expected) in table {
            let found = decide_matches(&[line], &facts, today);
            assert_eq!(told(&found[0]), expected, "{what}");
        }
    }

    #[test]
    fn a_name_of_several_lines_or_of_something_else_is_no_name() {
        let before = vec![(day("2026-02-10"), euro(990))];
        let facts = StatementFacts {
            booked: [("Abo".to_owned(), before), ("l-4".to_owned(), Vec::new())].into(),
            ..Default::default()
        };
        let named = |name: &str, reference: &str, on: &str, minor: i64| BankLine {
            id: Some(name.to_owned()),
            day: day(on),
            ..line(reference, minor, "7")
        };
        let table = [
            ("booked already", named("Abo", "l-1", "2026-02-10", 990), "Abo"),
            ("the same once more", named("Abo", "l-1b", "2026-02-10", 990), "l-1b"),
            ("a month later", named("Abo", "l-2", "2026-03-10", 990), "l-2"),
            ("another amount", named("Abo", "l-3", "2026-02-10", 400), "l-3"),
            ("by itself, before", named("b-4", "l-4", "2026-02-10", 990), "l-4"),
            ("on its own", named("b-5", "l-5", "2026-02-10", 990), "b-5"),
            ("on several lines", named("b-6", "l-6", "2026-02-10", 990), "l-6"),
            ("on several lines", named("b-6", "l-7", "2026-02-11", 990), "l-7"),
        ];
        let mut lines: Vec<BankLine> = table.iter().map(|(_, line, _)| line.clone()).collect();
        settle_names(&mut lines, &facts);
        for (line, (what, _, name)) in lines.iter().zip(&table) {
            assert_eq!(line.name(), *name, "{what}");
        }
    }

    #[test]
    fn what_an_earlier_line_has_paid_is_paid() {
        let facts = StatementFacts { invoices: [open(7, "ada", 990)].into(), ..Default::default() };
        let lines = [line("a", 400, "7"), line("b", 590, "7"), line("c", 990, "7")];
        let found = decide_matches(&lines, &facts, day("2026-02-10"));
        assert_eq!(
            found.iter().map(told).collect::<Vec<_>>(),
            ["part 7", "exact 7", "customer ada"]
        );
        assert_eq!(found.iter().filter(|it| it.is_sure()).count(), 1);
    }

    #[test]
    fn the_day_of_an_invoice_that_is_closed_pays_no_other_customer_s() {
        let facts = StatementFacts {
            invoices: [open(1, "df", 0), open(2, "dg", 990), open(4, "df", 9_900)].into(),
            customers: ["df", "dg"].map(|id| CustomerId::stored(id.to_owned())).into(),
            ..StatementFacts::default()
        };
        let line = line("l", 990, "Rechnung 1 vom 02.02.2026, Kunde df");
        let found = decide_matches(&[line], &facts, day("2026-02-10"));
        assert_eq!(told(&found[0]), "customer df");
    }
}
