//! Lines of a bank's statement as banks write them: CSV with a header, in English or German, with
//! whatever separator, amounts and dates they like.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use crate::domain::hex::hex;
use crate::domain::money::{Currency, Money};
use crate::rules::reconciliation::BankLine;

/// How many lines are taken at once.
pub const LINES_MAX: usize = 500;
/// The longest text of a line that is kept, in characters.
const TEXT_MAX: usize = 1_000;

/// What is wrong with a line, counted from 1 with the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankFault {
    /// Which line.
    pub line: u64,
    /// What is wrong, and what to do.
    pub detail: String,
}

/// The columns that are read, each by the names that it goes under.
const DAY: &[&str] = &[
    "date",
    "day",
    "paid_on",
    "booking date",
    "value date",
    "buchungstag",
    "buchungsdatum",
    "valuta",
    "valutadatum",
    "datum",
    "wertstellung",
];
const AMOUNT: &[&str] = &["amount", "betrag", "umsatz", "betrag (eur)", "betrag (€)"];
const CURRENCY: &[&str] = &["currency", "währung", "waehrung"];
const ID: &[&str] = &[
    "id",
    "reference",
    "transaction id",
    "bank reference",
    "referenz",
    "bankreferenz",
    "umsatz-id",
];
/// What banks write where a payer named nothing.
const NO_NAME: &[&str] = &["NOTPROVIDED", "NONREF"];
/// What a bank calls a reference is its own at one, and what the payer wrote at another.
const TEXT: &[&str] = &[
    "text",
    "reference",
    "referenz",
    "purpose",
    "description",
    "details",
    "remittance information",
    "payer",
    "name",
    "verwendungszweck",
    "buchungstext",
    "auftraggeber",
    "beguenstigter/zahlungspflichtiger",
    "begünstigter/zahlungspflichtiger",
    "name zahlungsbeteiligter",
    "kundenreferenz",
    "kundenreferenz (end-to-end)",
];

/// Reads a statement whose amounts are in `currency` unless a column says otherwise.
///
/// # Errors
/// Every line that cannot be read, and a header that lacks what is needed.
pub fn read(text: &str, currency: Currency) -> Result<Vec<BankLine>, Vec<BankFault>> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let header = text.lines().next().unwrap_or_default();
    let count = |separator: char| header.matches(separator).count();
    let separator = [';', '\t', ','].into_iter().max_by_key(|it| (count(*it), *it == ';'));
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator.and_then(|it| u8::try_from(it).ok()).unwrap_or(b','))
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let at = |line, detail: String| BankFault { line, detail };
    let columns = match reader.headers() {
        Ok(header) => Columns::of(header),
        Err(error) => return Err(vec![at(1, error.to_string())]),
    };
    let columns = columns.map_err(|detail| vec![at(1, detail)])?;
    let (mut lines, mut faults) = (Vec::new(), Vec::new());
    let mut alike = BTreeMap::<String, usize>::new();
    for (place, record) in reader.records().enumerate() {
        let number = u64::try_from(place).unwrap_or(u64::MAX).saturating_add(2);
        if place >= LINES_MAX {
            let detail = format!("is one too many: at most {LINES_MAX} lines are taken at once");
            faults.push(at(number, detail));
            break;
        }
        let line = record.map_err(|error| error.to_string());
        match line.and_then(|record| columns.line(&record, currency, &mut alike)) {
            Ok(line) => lines.push(line),
            Err(detail) => faults.push(at(number, detail)),
        }
    }
    if lines.is_empty() && faults.is_empty() {
        faults.push(at(2, "there is no line below the header".to_owned()));
    }
    if faults.is_empty() { Ok(lines) } else { Err(faults) }
}

/// Where in a line each thing stands.
struct Columns {
    day: usize,
    amount: usize,
    currency: Option<usize>,
    id: Option<usize>,
    text: Vec<usize>,
}

impl Columns {
    fn of(header: &csv::StringRecord) -> Result<Self, String> {
        let names: Vec<String> = header.iter().map(str::to_lowercase).collect();
        let find =
            |known: &[&str]| known.iter().find_map(|name| names.iter().position(|it| it == name));
        let need = |known: &[&str], what: &str| {
            find(known).ok_or_else(|| {
                format!("has no column with the {what}; call it {} or {}", known[0], known[1])
            })
        };
        let text = names.iter().enumerate().filter(|(_, name)| TEXT.contains(&name.as_str()));
        let text: Vec<usize> = text.map(|(place, _)| place).collect();
        if text.is_empty() && find(ID).is_none() {
            return Err("has no column with what the payer wrote; call it text".to_owned());
        }
        Ok(Self {
            day: need(DAY, "day")?,
            amount: need(AMOUNT, "amount")?,
            currency: find(CURRENCY),
            id: find(ID),
            text,
        })
    }

    fn line(
        &self,
        record: &csv::StringRecord,
        currency: Currency,
        alike: &mut BTreeMap<String, usize>,
    ) -> Result<BankLine, String> {
        let said = |place: usize| record.get(place).unwrap_or_default();
        let currency = match self.currency.map(said).filter(|code| !code.is_empty()) {
            Some(code) => Currency::parse(code).map_err(|error| error.to_string())?,
            None => currency,
        };
        let day = day(said(self.day))?;
        let amount = amount(said(self.amount), currency)?;
        let id = self.id.map(said).filter(|id| !id.is_empty());
        let kept = |words: &[&str]| -> String {
            words.join(" ").chars().filter(|c| !c.is_control()).take(TEXT_MAX).collect()
        };
        let mut words: Vec<&str> = self.text.iter().map(|place| said(*place)).collect();
        // What the bank calls a line is nothing that its payer wrote.
        let text = kept(if words.is_empty() { id.as_slice() } else { &words });
        words.extend(id);
        let said = format!("{day}\n{}\n{}\n{}", amount.minor, currency.code(), kept(&words));
        let times = alike.entry(said.clone()).or_default();
        *times += 1;
        let digest = Sha256::digest(format!("{said}\n{times}"));
        let reference = format!("bank-{day}-{}", hex(&digest[..12]));
        let is_name = |id: &&str| {
            let is_word = id.chars().count() <= 255 && !id.contains(char::is_control);
            is_word && !NO_NAME.iter().any(|it| it.eq_ignore_ascii_case(id))
        };
        let id = id.filter(is_name).map(str::to_owned);
        Ok(BankLine { id, reference, day, amount, text })
    }
}

/// `2026-02-10` or `10.02.2026`, with two digits of the year, too. With slashes it could be the day
/// or the month that comes first.
fn day(text: &str) -> Result<NaiveDate, String> {
    let parts: Vec<&str> = text.split('.').collect();
    let read = match parts.as_slice() {
        [day, month, year] if year.len() == 2 => format!("20{year}-{month:0>2}-{day:0>2}"),
        [day, month, year] => format!("{year}-{month:0>2}-{day:0>2}"),
        _ => text.to_owned(),
    };
    let wrong = || format!("'{text}' is no day such as 2026-02-10 or 10.02.2026");
    read.parse().map_err(|_| wrong())
}

/// With a point or a comma before the decimals and the other one, or nothing, between thousands.
fn amount(text: &str, currency: Currency) -> Result<Money, String> {
    let wrong = || format!("'{text}' is no amount such as 9.90 or 1.234,56");
    let plain: String =
        text.chars().filter(|c| !c.is_whitespace() && !"€$£".contains(*c)).collect();
    let plain = plain.trim_start_matches('+').replace('\u{2212}', "-");
    let mark = plain.rfind(['.', ',']).filter(|at| {
        let decimals = plain.len() - at - 1;
        let twice = plain.matches(&plain[*at..=*at]).count() > 1;
        let other = if plain[*at..].starts_with(',') { '.' } else { ',' };
        !twice && (decimals != 3 || plain.contains(other) || currency.exponent() == 3)
    });
    let (whole, decimals) = match mark {
        Some(at) => (&plain[..at], &plain[at + 1..]),
        None => (plain.as_str(), ""),
    };
    let whole: String = whole.chars().filter(|c| !".,'".contains(*c)).collect();
    let read = if decimals.is_empty() { whole } else { format!("{whole}.{decimals}") };
    let exponent = usize::try_from(currency.exponent()).unwrap_or_default();
    // "9,9" is nine and ninety hundredths; "990,00" are 990 yen.
    let surplus = read.rsplit_once('.').map_or(0, |(_, it)| it.len().saturating_sub(exponent));
    let (kept, rest) = read.split_at(read.len() - surplus);
    if !rest.bytes().all(|digit| digit == b'0') {
        return Err(format!("'{text}' has more decimals than {}", currency.code()));
    }
    Money::parse(kept.trim_end_matches('.'), currency).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    #[test]
    fn amounts_are_read_as_banks_write_them() {
        #[rustfmt::skip]
        let table = [
            ("9.90", "EUR", Some(990)), ("9,90", "EUR", Some(990)), ("+9,9", "EUR", Some(990)),
            ("-9,90", "EUR", Some(-990)), ("1.234,56", "EUR", Some(123_456)),
            ("1,234.56", "EUR", Some(123_456)), ("1.234", "EUR", Some(123_400)),
            ("1'234.56", "CHF", Some(123_456)), ("1 234,56 €", "EUR", Some(123_456)),
            ("1.234.567", "EUR", Some(123_456_700)), ("990", "JPY", Some(990)),
            ("990,00", "JPY", Some(990)), ("1.234", "KWD", Some(1_234)),
            ("9.905", "EUR", Some(990_500)),
            ("9.9055", "EUR", None), ("", "EUR", None), ("abc", "EUR", None), ("1e3", "EUR", None),
        ];
        for (text, code, minor) in table {
            let read = amount(text, currency(code)).ok().map(|money| money.minor);
            assert_eq!(read, minor, "{text} {code}");
        }
    }

    #[test]
    fn a_statement_is_read_in_english_and_german() {
        let english = "date,amount,text,id\n2026-02-10,9.90,Invoice 7,b-1\n";
        let german = "\u{feff}Buchungstag;Betrag;Währung;Verwendungszweck;Auftraggeber\n\
                      10.02.26;9,90;EUR;Rechnung 7;Ada\n10.02.26;9,90;EUR;Rechnung 7;Ada\n";
        let lines = read(english, currency("EUR")).unwrap();
        assert_eq!((lines[0].id.as_deref(), lines[0].amount.minor), (Some("b-1"), 990));
        assert_eq!(lines[0].text, "Invoice 7");
        let no_text = read("date,amount,id\n2026-02-10,9.90,RE-7\n", currency("EUR")).unwrap();
        assert_eq!(no_text[0].text, "RE-7");
        let lines = read(german, currency("USD")).unwrap();
        assert_eq!(
            (lines[0].text.as_str(), lines[0].amount.currency.code()),
            ("Rechnung 7 Ada", "EUR")
        );
        assert_eq!(lines[0].day.to_string(), "2026-02-10");
        // Two alike are two, and the same two when they are read again.
        assert_ne!(lines[0].reference, lines[1].reference);
        assert_eq!(read(german, currency("USD")).unwrap(), lines);
    }

    #[test]
    fn what_a_bank_calls_a_line_is_read_for_what_it_pays_too() {
        let text = "date,amount,name,reference\n2026-02-10,9.90,Ada,Abo\n\
                    2026-03-10,9.90,Ada,Abo\n2026-03-10,4.00,Bob,Invoice 7\n";
        let lines = read(text, currency("EUR")).unwrap();
        let named: Vec<_> = lines.iter().map(|line| line.id.as_deref()).collect();
        assert_eq!(named, [Some("Abo"), Some("Abo"), Some("Invoice 7")]);
        assert_ne!(lines[0].reference, lines[1].reference);
        assert_eq!(lines[2].text, "Bob Invoice 7");
        let none = read("date,amount,id\n2026-02-10,9.90,NotProvided\n", currency("EUR")).unwrap();
        assert_eq!(none[0].id, None);
    }

    #[test]
    fn what_cannot_be_read_is_named_by_its_line() {
        #[rustfmt::skip]
        let table = [
            ("", 1, "no column with what the payer wrote"),
            ("amount,text\n1,2", 1, "no column with the day"),
            ("date,text\n2026-01-01,2", 1, "no column with the amount"),
            ("date,amount,text", 2, "no line below"),
            ("date,amount,text\n2026-02-10,9.90,a\n02/10/2026,9.90,a", 3, "no day"),
            ("date,amount,text\n2026-02-10,x,a", 2, "no amount"),
            ("date,amount,currency,text\n2026-02-10,1,XXY,a", 2, "XXY"),
        ];
        for (text, line, detail) in table {
            let faults = read(text, currency("EUR")).unwrap_err();
            assert_eq!(faults[0].line, line, "{text}");
            assert!(faults[0].detail.contains(detail), "{text}: {}", faults[0].detail);
        }
        let many = format!("date,amount,text\n{}", "2026-02-10,1,a\n".repeat(LINES_MAX + 1));
        let faults = read(&many, currency("EUR")).unwrap_err();
        assert!(faults[0].detail.contains("one too many"));
    }
}
