//! Owns how dates, amounts, lists and periods are written in a locale.
//! Which locale a person reads is left to `app`, escaping to the page.

use std::fmt;

use chrono::{Datelike, NaiveDate};
use fixed_decimal::Decimal;
use fluent_bundle::FluentValue;
use icu_calendar::{Date, Gregorian};
use icu_datetime::FixedCalendarDateTimeFormatter;
use icu_datetime::fieldsets::YMD;
use icu_decimal::DecimalFormatter;
use icu_decimal::options::DecimalFormatterOptions;
use icu_list::ListFormatter;
use icu_list::options::{ListFormatterOptions, ListLength};
use icu_locale::{
    LanguageIdentifier, LocaleCanonicalizer, LocaleExpander, TransformResult, locale,
};

use crate::domain::calendar::Unit;
use crate::render::words::{Language, words, words_in_text};

/// What stands where there is no value, such as the next payment of what is never booked again.
pub const MISSING: &str = "—";

/// The most characters of a list's items that are told.
const LIST_LENGTH_MAX: usize = 10_000;

/// A locale whose habits of writing are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locale(icu_locale::Locale);

impl Locale {
    /// Reads a BCP 47 tag; `None` where it is none, or where nothing is known about its language.
    #[must_use]
    pub fn parse(tag: &str) -> Option<Self> {
        let mut locale = icu_locale::Locale::try_from_str(tag).ok()?;
        LocaleCanonicalizer::new_common().canonicalize(&mut locale);
        // Formatters write any unknown language as the root locale would, without a word. The
        // language alone tells: only of a known one is it known where and how it is written.
        let mut language = LanguageIdentifier::from(locale.id.language);
        let expanded = LocaleExpander::new_common().maximize(&mut language);
        let known = !locale.id.language.is_unknown() && expanded == TransformResult::Modified;
        known.then_some(Self(locale))
    }

    /// The primary language subtag, such as `de`.
    #[must_use]
    pub fn language(&self) -> &str {
        self.0.id.language.as_str()
    }

    /// The language of our own words: its own, or English where we do not speak it.
    #[must_use]
    pub fn spoken(&self) -> Language {
        Language::of(self.language()).unwrap_or(Language::English)
    }

    /// Whether there are words of our own in its language.
    #[must_use]
    pub fn is_spoken(&self) -> bool {
        Language::of(self.language()).is_some()
    }

    /// Whether it writes a comma before the decimals.
    #[must_use]
    pub fn writes_comma(&self) -> bool {
        money(self, 150, 2, "EUR").contains("1,5")
    }

    fn region(&self) -> &str {
        self.0.id.region.as_ref().map_or("", |region| region.as_str())
    }
}

impl Default for Locale {
    /// English, the language of last resort.
    fn default() -> Self {
        Self(locale!("en"))
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A date in full without its weekday: `November 30, 2026`.
///
/// Always of the Gregorian calendar, in which subscriptions run, whatever calendar the locale
/// prefers.
#[must_use]
pub fn date(locale: &Locale, date: NaiveDate) -> String {
    date_as(locale, date, YMD::long())
}

/// A date for tables: `Nov 30, 2026`.
#[must_use]
pub fn short_date(locale: &Locale, date: NaiveDate) -> String {
    date_as(locale, date, YMD::medium())
}

fn date_as(locale: &Locale, date: NaiveDate, fields: YMD) -> String {
    let (month, day) = (u8::try_from(date.month()), u8::try_from(date.day()));
    let formatter =
        FixedCalendarDateTimeFormatter::<Gregorian, YMD>::try_new((&locale.0).into(), fields);
    if let (Ok(month), Ok(day), Ok(formatter)) = (month, day, formatter)
        && let Ok(gregorian) = Date::try_new_gregorian(date.year(), month, day)
    {
        return formatter.format(&gregorian).to_string();
    }
    // Years with more than four digits are beyond the formatter.
    date.to_string()
}

/// An amount with its currency: `€9.90`.
///
/// `minor` counts the currency's smallest unit, `exponent` its decimals. All of them are always
/// shown: CLDR would write some currencies without, which is not the amount that is charged.
#[must_use]
pub fn money(locale: &Locale, minor: i64, exponent: u32, code: &str) -> String {
    let number = |minor: Decimal| {
        let decimals = i16::try_from(exponent).unwrap_or(i16::MAX);
        let mut amount = minor;
        amount.multiply_pow10(-decimals);
        DecimalFormatter::try_new((&locale.0).into(), DecimalFormatterOptions::default())
            .map_or_else(|_| amount.to_string(), |formatter| formatter.format_to_string(&amount))
    };
    let unsigned = number(minor.unsigned_abs().into());
    let signed = if minor < 0 { number(minor.into()) } else { String::new() };
    // The sign as the locale writes it, with its marks of direction.
    let sign = if minor < 0 { signed.strip_suffix(unsigned.as_str()).unwrap_or("-") } else { "" };
    let symbol = symbol(locale, code);
    match placing(locale) {
        // `CHF1.00` would run together.
        SymbolPosition::Before if symbol.ends_with(char::is_alphabetic) => {
            format!("{sign}{symbol} {unsigned}")
        }
        SymbolPosition::Before => format!("{sign}{symbol}{unsigned}"),
        SymbolPosition::BeforeSpaced => format!("{sign}{symbol} {unsigned}"),
        SymbolPosition::BeforeSign => format!("{symbol} {sign}{unsigned}"),
        SymbolPosition::After => format!("{sign}{unsigned} {symbol}"),
    }
}

/// A rate in percent, given with a point: `7.0%`.
#[must_use]
pub fn percent(locale: &Locale, rate: &str) -> String {
    let number: Option<Decimal> = rate.parse().ok();
    let written = number.and_then(|number| {
        let options = DecimalFormatterOptions::default();
        let formatter = DecimalFormatter::try_new((&locale.0).into(), options).ok()?;
        Some(formatter.format_to_string(&number))
    });
    let number = written.unwrap_or_else(|| rate.to_owned());
    in_text(locale, "percent", [("number", number.as_str().into())])
        .unwrap_or_else(|| format!("{number} %"))
}

/// How something begins, part by part: free up to a day, then at each of these prices up to one,
/// inclusive.
#[must_use]
pub fn introduction(
    locale: &Locale,
    free: Option<NaiveDate>,
    prices: impl IntoIterator<Item = (String, NaiveDate)>,
) -> Vec<String> {
    let until = |key, price: &str, last| {
        let day = date(locale, last);
        let values = [("price", price.into()), ("date", day.as_str().into())];
        in_text(locale, key, values).unwrap_or(day)
    };
    let trial = free.map(|last| until("free-until", "", last));
    let steps = prices.into_iter().map(|(price, last)| until("price-until", &price, last));
    trial.into_iter().chain(steps).collect()
}

/// A price that holds from a day on.
#[must_use]
pub fn price_from(locale: &Locale, price: &str, from: NaiveDate) -> String {
    let day = date(locale, from);
    let values = [("price", price.into()), ("date", day.as_str().into())];
    in_text(locale, "price-from", values).unwrap_or_else(|| price.to_owned())
}

/// A list with "and" before its last item: `A, B, and C`. Of several, what would make it longer
/// than 10,000 characters is left out: `A, B, and …`.
#[must_use]
pub fn list(locale: &Locale, items: &[String]) -> String {
    if let [item] = items {
        return item.clone();
    }
    let mut length = 0;
    let fits = |item: &&String| {
        length += item.chars().count();
        length <= LIST_LENGTH_MAX
    };
    let told = items.iter().take_while(fits).count();
    let rest = (told < items.len()).then_some("…");
    let items: Vec<&str> = items[..told].iter().map(String::as_str).chain(rest).collect();
    let options = ListFormatterOptions::default().with_length(ListLength::Wide);
    ListFormatter::try_new_and((&locale.0).into(), options)
        .map_or_else(|_| items.join(", "), |formatter| formatter.format_to_string(items.iter()))
}

/// Our own words in the language of the locale, also where we have no pages in it; else in English.
fn in_text<const N: usize>(
    locale: &Locale,
    key: &str,
    values: [(&str, FluentValue<'_>); N],
) -> Option<String> {
    words_in_text(locale.language(), key, values.clone())
        .or_else(|| words(locale.spoken(), key, values))
}

fn key_of(unit: Unit) -> &'static str {
    match unit {
        Unit::Day => "day",
        Unit::Week => "week",
        Unit::Month => "month",
        Unit::Year => "year",
    }
}

/// A period: `month`, `3 months`.
#[must_use]
pub fn period(locale: &Locale, count: u32, unit: Unit) -> String {
    counted(locale, "period", count, unit)
}

/// A length of time as such: `one year`, `3 months`.
#[must_use]
pub fn length(locale: &Locale, count: u32, unit: Unit) -> String {
    counted(locale, "length", count, unit)
}

/// A length of time by which something is made longer, which some languages write otherwise:
/// `einen Monat`.
#[must_use]
pub fn extension(locale: &Locale, count: u32, unit: Unit) -> String {
    counted(locale, "extension", count, unit)
}

fn counted(locale: &Locale, what: &str, count: u32, unit: Unit) -> String {
    let key = format!("{what}-{}", key_of(unit));
    words(locale.spoken(), &key, [("count", count.into())])
        .unwrap_or_else(|| format!("{count} × {}", key_of(unit)))
}

/// What was written, in one piece: nothing in it is moved to the next line alone.
#[must_use]
pub fn unbroken(written: &str) -> String {
    written.replace(' ', "\u{a0}")
}

/// A price, already written, with how often it is booked: `€8.90 per 3 months`.
#[must_use]
pub fn price_per(locale: &Locale, money: &str, count: u32, unit: Unit) -> String {
    let key = format!("price-per-{}", key_of(unit));
    in_text(locale, &key, [("price", money.into()), ("count", count.into())])
        .unwrap_or_else(|| format!("{money} / {}", period(locale, count, unit)))
}

/// Where the symbol stands. The space between is a plain one, so that texts can be compared.
enum SymbolPosition {
    /// `-€1.00`
    Before,
    /// `-€ 1.00`
    BeforeSpaced,
    /// `€ -1.00`
    BeforeSign,
    /// `-1.00 €`
    After,
}

/// As CLDR 48 has it, for the languages in which subscriptions are sold; else as its root does.
fn placing(locale: &Locale) -> SymbolPosition {
    match (locale.language(), locale.region()) {
        ("de" | "en" | "it", "CH") | ("en", "NL") => SymbolPosition::BeforeSign,
        ("de" | "en", "AT") | ("de", "LI") | ("es", "AR" | "CO") => SymbolPosition::BeforeSpaced,
        ("en", "DE" | "SE" | "FI" | "DK" | "SI") | ("pt", "PT") => SymbolPosition::After,
        ("es", "CL" | "MX" | "US") => SymbolPosition::Before,
        (language, _) => placing_by_language(language),
    }
}

fn placing_by_language(language: &str) -> SymbolPosition {
    match language {
        "af" | "am" | "cy" | "en" | "fa" | "fil" | "ga" | "gu" | "hi" | "id" | "ja" | "kn"
        | "ko" | "ml" | "mr" | "ms" | "pa" | "si" | "te" | "th" | "tr" | "ur" | "zh" | "zu" => {
            SymbolPosition::Before
        }
        "nl" => SymbolPosition::BeforeSign,
        "ar" | "az" | "be" | "bg" | "bs" | "ca" | "cs" | "da" | "de" | "el" | "es" | "et"
        | "eu" | "fi" | "fr" | "gl" | "he" | "hr" | "hu" | "hy" | "is" | "it" | "ka" | "kk"
        | "lb" | "lt" | "lv" | "mk" | "nb" | "nn" | "no" | "pl" | "ro" | "ru" | "sk" | "sl"
        | "sq" | "sr" | "sv" | "uk" | "uz" | "vi" => SymbolPosition::After,
        _ => SymbolPosition::BeforeSpaced,
    }
}

/// The sign of a currency as a reader of this locale knows it, else its code.
fn symbol<'a>(locale: &Locale, code: &'a str) -> &'a str {
    match (locale.language(), locale.region(), code) {
        // At home a currency needs no country; the dollar and yen of others then do.
        ("en", "AU", "AUD")
        | ("en" | "fr", "CA", "CAD")
        | ("en", "NZ", "NZD")
        | ("es", "AR", "ARS")
        | ("es", "CL", "CLP")
        | ("es", "CO", "COP")
        | ("es", "MX", "MXN") => "$",
        ("en" | "fr", "AU" | "CA" | "NZ", "USD") | ("es", "AR" | "CL" | "CO" | "MX", "USD") => {
            "US$"
        }
        ("zh", _, "CNY") => "¥",
        ("zh", _, "JPY") => "JP¥",
        ("ja", _, "JPY") => "￥",
        ("sv", _, "SEK") | ("nb" | "nn" | "no", _, "NOK") => "kr",
        ("da", _, "DKK") | ("is", _, "ISK") => "kr.",
        ("pl", _, "PLN") => "zł",
        ("cs", _, "CZK") => "Kč",
        ("hu", _, "HUF") => "Ft",
        ("tr", _, "TRY") => "₺",
        ("ru", _, "RUB") => "₽",
        ("uk", _, "UAH") => "₴",
        ("id", _, "IDR") => "Rp",
        ("ms", _, "MYR") => "RM",
        ("de" | "th", _, "THB") => "฿",
        ("kk", _, "KZT") => "₸",
        ("ka", _, "GEL") => "₾",
        ("de", _, "AUD") => "AU$",
        (_, _, code) => symbol_abroad(code),
    }
}

/// The sign of a currency far from home.
fn symbol_abroad(code: &str) -> &str {
    match code {
        "EUR" => "€",
        "USD" => "$",
        "GBP" => "£",
        "JPY" => "¥",
        "AUD" => "A$",
        "BRL" => "R$",
        "CAD" => "CA$",
        "CNY" => "CN¥",
        "HKD" => "HK$",
        "ILS" => "₪",
        "INR" => "₹",
        "KRW" => "₩",
        "MXN" => "MX$",
        "NZD" => "NZ$",
        "PHP" => "₱",
        "TWD" => "NT$",
        "VND" => "₫",
        "XAF" => "FCFA",
        "XCD" => "EC$",
        "XOF" => "F CFA",
        "XPF" => "CFPF",
        code => code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locale(tag: &str) -> Locale {
        Locale::parse(tag).expect(tag)
    }

    #[test]
    fn dates_are_long_and_without_weekday() {
        let table = [
            ("en", "November 30, 2026"),
            ("en-GB", "30 November 2026"),
            ("de", "30. November 2026"),
            ("de-AT", "30. November 2026"),
            ("fr", "30 novembre 2026"),
            ("ja", "2026年11月30日"),
            // Not the year of the Buddha, in which no subscription runs.
            ("th", "30 พฤศจิกายน ค.ศ. 2026"),
            ("en-u-ca-hebrew", "November 30, 2026"),
        ];
        let day = NaiveDate::from_ymd_opt(2026, 11, 30).expect("a date");
        for (tag, written) in table {
            assert_eq!(date(&locale(tag), day), written, "{tag}");
        }
        assert_eq!(date(&locale("en"), NaiveDate::MAX), NaiveDate::MAX.to_string());
    }

    #[test]
    fn amounts_show_every_decimal_of_their_currency() {
        let table = [
            ("en", 990, 2, "EUR", "€9.90"),
            ("de", 990, 2, "EUR", "9,90 €"),
            ("en", 0, 2, "EUR", "€0.00"),
            ("de", 0, 2, "EUR", "0,00 €"),
            ("en", 5, 2, "EUR", "€0.05"),
            ("en", -5, 2, "EUR", "-€0.05"),
            ("de", -123_456, 2, "EUR", "-1.234,56 €"),
            ("en", 1000, 0, "JPY", "¥1,000"),
            ("en", 0, 0, "JPY", "¥0"),
            ("de", 1000, 0, "JPY", "1.000 ¥"),
            ("en", 1250, 3, "KWD", "KWD 1.250"),
            ("de", -1250, 3, "KWD", "-1,250 KWD"),
            ("en", -1250, 3, "KWD", "-KWD 1.250"),
            // CLDR would round these to whole forints and dinars.
            ("hu", 99_990, 2, "HUF", "999,90 Ft"),
            ("sr", 990, 2, "RSD", "9,90 RSD"),
            ("fr", 990, 2, "EUR", "9,90 €"),
            ("nl", -990, 2, "EUR", "€ -9,90"),
            ("de-AT", 990, 2, "EUR", "€ 9,90"),
            ("de-CH", 123_490, 2, "CHF", "CHF 1'234.90"),
            ("sv", -990, 2, "SEK", "−9,90 kr"),
            ("ja", 1000, 0, "JPY", "￥1,000"),
            ("en-AU", 990, 2, "AUD", "$9.90"),
            ("en-AU", 990, 2, "USD", "US$9.90"),
            ("en", i64::MIN, 2, "EUR", "-€92,233,720,368,547,758.08"),
            ("en", i64::MAX, 0, "XYZ", "XYZ 9,223,372,036,854,775,807"),
        ];
        for (tag, minor, exponent, code, written) in table {
            assert_eq!(money(&locale(tag), minor, exponent, code), written, "{tag} {minor}");
        }
    }

    #[test]
    fn lists_end_as_the_locale_ends_them() {
        let table: [(&str, &[&str], &str); 6] = [
            ("en", &[], ""),
            ("en", &["A"], "A"),
            ("en", &["A", "B"], "A and B"),
            ("en", &["A", "B", "C"], "A, B, and C"),
            ("de", &["A", "B", "C"], "A, B und C"),
            ("es", &["A", "Ideas"], "A e Ideas"),
        ];
        for (tag, items, written) in table {
            let items: Vec<String> = items.iter().map(ToString::to_string).collect();
            assert_eq!(list(&locale(tag), &items), written, "{tag}");
        }
    }

    #[test]
    fn a_list_is_no_longer_than_what_one_item_may_be() {
        let items = ["A".repeat(4_000), "ü".repeat(6_000), "C".to_owned(), "D".to_owned()];
        let told = |count: usize| list(&locale("en"), &items[..count]);
        assert_eq!(told(2), format!("{} and {}", items[0], items[1]));
        assert_eq!(told(4), format!("{}, {}, and …", items[0], items[1]));
        let one = vec!["A".repeat(20_000)];
        assert_eq!(list(&locale("en"), &one), one[0]);
    }

    #[test]
    fn periods_are_named_alone_and_with_a_price() {
        let table = [
            ("en", 1, Unit::Day, "day", "€1 per day"),
            ("en", 2, Unit::Week, "2 weeks", "€1 per 2 weeks"),
            ("en", 1, Unit::Month, "month", "€1 per month"),
            ("en", 3, Unit::Month, "3 months", "€1 per 3 months"),
            ("en", 1, Unit::Year, "year", "€1 per year"),
            ("de", 1, Unit::Day, "Tag", "€1 pro Tag"),
            ("de", 30, Unit::Day, "30 Tage", "€1 alle 30 Tage"),
            ("de", 1, Unit::Week, "Woche", "€1 pro Woche"),
            ("de-AT", 1, Unit::Month, "Monat", "€1 pro Monat"),
            ("de", 3, Unit::Month, "3 Monate", "€1 alle 3 Monate"),
            ("de", 2, Unit::Year, "2 Jahre", "€1 alle 2 Jahre"),
            ("fr-CA", 3, Unit::Month, "3 months", "€1 tous les 3 mois"),
            ("nn", 1, Unit::Year, "year", "€1 per år"),
            ("fi", 1, Unit::Week, "week", "€1 viikossa"),
            ("ja", 3, Unit::Month, "3 months", "€1 per 3 months"),
        ];
        for (tag, count, unit, alone, with_price) in table {
            assert_eq!(period(&locale(tag), count, unit), alone, "{tag}");
            assert_eq!(price_per(&locale(tag), "€1", count, unit), with_price, "{tag}");
        }
        let (en, de) = (locale("en"), locale("de"));
        let price = money(&en, 9900, 2, "EUR");
        assert_eq!(price_per(&en, &price, 1, Unit::Year), "€99.00 per year");
        let price = money(&de, 890, 2, "EUR");
        assert_eq!(price_per(&de, &price, 3, Unit::Month), "8,90 € alle 3 Monate");
    }

    #[test]
    fn only_tags_of_known_languages_are_locales() {
        let table = [
            ("en", Some("en")),
            ("DE-at", Some("de-AT")),
            ("de-Latn-DE", Some("de-Latn-DE")),
            ("zh-Hant-TW", Some("zh-Hant-TW")),
            ("iw", Some("he")),
            ("de-u-nu-latn", Some("de-u-nu-latn")),
            ("", None),
            ("und", None),
            ("und-DE", None),
            ("xx", None),
            ("english", None),
            ("de-", None),
            ("<b>", None),
            ("de de", None),
        ];
        for (tag, canonical) in table {
            let parsed = Locale::parse(tag).map(|locale| locale.to_string());
            assert_eq!(parsed.as_deref(), canonical, "{tag}");
        }
        assert_eq!(Locale::default(), locale("en"));
    }
}
