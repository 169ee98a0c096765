//! What other systems export, read as lines of `bring-over`: the subscriptions of Stripe, Chargebee
//! and `WooCommerce` Subscriptions. Whether a line is right is for those who read ours.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use clap::ValueEnum;
use csv::StringRecord;
use serde_json::{Map, Value, json};

use crate::app::bring_over::ExportedPrice;
use crate::domain::calendar::{Period, Zone};
use crate::domain::fault::Fault;
use crate::domain::money::{Currency, Money, Rate};

/// Who wrote the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum System {
    /// Stripe: the subscriptions of its dashboard.
    Stripe,
    /// Chargebee: the subscriptions of its exports.
    Chargebee,
    /// The exporter of `WooCommerce` Subscriptions.
    Woocommerce,
}

/// How a file of another system is read.
#[derive(Clone, Debug)]
pub(super) struct Mapping {
    /// The system that the rows come from.
    pub(super) system: System,
    /// Our offers by what they are called there; what is not named is called the same.
    pub(super) offers: BTreeMap<String, String>,
    /// The zone in which its instants become days.
    pub(super) zone: Zone,
}

/// What a row says.
pub(super) enum ExportedRow {
    /// A subscription that runs, in our fields; with what is known of the tax in its price.
    Runs(Value, Option<ExportedPrice>),
    /// One that does not.
    Over,
}

impl ExportedRow {
    /// The same with what is known of its price.
    fn priced(self, exported: Option<ExportedPrice>) -> Self {
        match self {
            Self::Runs(said, _) => Self::Runs(said, exported),
            Self::Over => Self::Over,
        }
    }
}

/// What its columns are called in a file: as they stand there, and as they are looked for.
pub(super) struct ExportFields {
    written: Vec<String>,
    plain: Vec<String>,
}

impl ExportFields {
    /// Those of a head. Capitals and whatever is neither letter nor digit make no difference:
    /// `subscription[id]` is `Subscription Id`.
    pub(super) fn of(head: &[String]) -> Self {
        let plain = |name: &String| {
            let letters =
                |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
            let parts: String = name.chars().map(letters).collect();
            parts.split('_').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_")
        };
        Self { plain: head.iter().map(plain).collect(), written: head.to_vec() }
    }

    /// The first needed column that is not there, by its name.
    pub(super) fn missing(&self, system: System) -> Option<&'static str> {
        let needed = match system {
            System::Stripe => STRIPE_NEEDED,
            System::Chargebee => CHARGEBEE_NEEDED,
            System::Woocommerce => WOOCOMMERCE_NEEDED,
        };
        let is_there =
            |names: &&[&str]| names.iter().any(|name| self.plain.iter().any(|it| it == name));
        needed.iter().find(|names| !is_there(names)).and_then(|names| names.first().copied())
    }
}

const STRIPE_NEEDED: &[&[&str]] = &[&["id"], &["customer_id"], PLAN, &["status"], STRIPE_STARTED];
const STRIPE_STARTED: &[&str] = &["start_date_utc", "start_utc", "created_utc"];
const PLAN: &[&str] = &[
    "plan",
    "subscription_plan_id",
    "subscriptions_plan_id",
    "plan_id",
    "subscription_items_item_price_id_0",
    "item_price_id",
];
const CHARGEBEE_NEEDED: &[&[&str]] = &[SUBSCRIPTION, CUSTOMER, PLAN, STATUS, CHARGEBEE_STARTED];
const SUBSCRIPTION: &[&str] = &["subscription_id", "subscriptions_id", "id"];
const CUSTOMER: &[&str] = &["customer_id", "subscription_customer_id", "customers_id"];
const STATUS: &[&str] = &["subscription_status", "subscriptions_status", "status"];
const CHARGEBEE_STARTED: &[&str] = &[
    "subscription_started_at",
    "subscriptions_started_at",
    "started_at",
    "subscription_start_date",
    "start_date",
    "subscription_created_at",
    "created_at",
];
const WOOCOMMERCE_NEEDED: &[&[&str]] = &[
    &["subscription_id"],
    &["subscription_status"],
    &["customer_id"],
    WOO_STARTED,
    &["order_items"],
];
const WOO_STARTED: &[&str] = &["start_date", "date_created"];

/// Reads a row.
///
/// # Errors
/// What cannot be read, at its column.
pub(super) fn read(
    mapping: &Mapping,
    columns: &ExportFields,
    fields: &StringRecord,
) -> Result<ExportedRow, Fault> {
    let row = Row { mapping, columns, fields };
    match mapping.system {
        System::Stripe => row.stripe(),
        System::Chargebee => row.chargebee(),
        System::Woocommerce => row.woocommerce(),
    }
}

struct Row<'a> {
    mapping: &'a Mapping,
    columns: &'a ExportFields,
    fields: &'a StringRecord,
}

/// Where a subscription stands there.
#[derive(Clone, Copy)]
enum ExportedStatus {
    Runs,
    /// It ends with its period.
    Ends,
    Over,
}

impl Row<'_> {
    fn stripe(&self) -> Result<ExportedRow, Fault> {
        let standing = match self.text(&["status"]) {
            Some("active" | "trialing" | "past_due" | "unpaid") => ExportedStatus::Runs,
            Some("canceled" | "incomplete" | "incomplete_expired" | "ended") => {
                ExportedStatus::Over
            }
            _ => return Err(self.stands_still(&["status"])),
        };
        self.alone(&["quantity"])?;
        let ends =
            self.text(&["cancel_at_period_end"]).is_some_and(|it| it.eq_ignore_ascii_case("true"));
        let standing = if ends && matches!(standing, ExportedStatus::Runs) {
            ExportedStatus::Ends
        } else {
            standing
        };
        let name = ["customer_name", "customer_description"];
        let mut said = self.person(&["customer_email"], self.text(&name).map(str::to_owned));
        let price = self.price(&["amount"], &["currency"]);
        let taxed = self.text(&["tax_percent"]).map(|percent| Rate::parse(&amount(percent)));
        let taxed = taxed.filter(|rate| !rate.is_some_and(Rate::is_zero));
        let is_trial = self.text(&["status"]) == Some("trialing");
        if let Some(price) = price.clone().filter(|_| taxed.is_none() && !is_trial) {
            let is_paid = self.text(&["status"]) == Some("active");
            said.insert("brought_over".to_owned(), json!({"gross": price, "paid": is_paid}));
        }
        said.extend(price.map(|price| ("price".to_owned(), price)));
        let period = (&["current_period_start_utc"][..], &["current_period_end_utc"][..]);
        let started = self.day(STRIPE_STARTED)?;
        let who = (&["id"][..], &["customer_id"][..]);
        let told = self.told(said, standing, who, PLAN, started, self.period(period)?)?;
        let without_tax = self.money(&["amount"], &["currency"]);
        let exported = without_tax.zip(taxed).map(|(net, rate)| ExportedPrice {
            with_tax: rate.map(|rate| Money { minor: net.minor + rate.tax_on(net.minor), ..net }),
            without_tax,
        });
        Ok(told.priced(exported))
    }

    fn chargebee(&self) -> Result<ExportedRow, Fault> {
        let standing = match self.text(STATUS) {
            Some("active" | "in_trial" | "Active" | "In Trial") => ExportedStatus::Runs,
            Some("non_renewing" | "Non Renewing") => ExportedStatus::Ends,
            Some("cancelled" | "Cancelled" | "transferred") => ExportedStatus::Over,
            _ => return Err(self.stands_still(STATUS)),
        };
        self.alone(&["subscription_plan_quantity", "plan_quantity"])?;
        let first = self.text(&["customer_first_name", "customers_first_name", "first_name"]);
        let last = self.text(&["customer_last_name", "customers_last_name", "last_name"]);
        let mail = ["customer_email", "customers_email", "email"];
        let mut said = self.person(&mail, full(first, last));
        let locale = self.text(&["customer_locale", "customers_locale", "locale"]);
        said.extend(locale.map(|locale| ("locale".to_owned(), json!(locale))));
        let country = ["billing_address_country", "customer_billing_address_country", "country"];
        said.extend(self.text(&country).map(|country| ("country".to_owned(), json!(country))));
        let begun = [
            "subscription_current_term_start",
            "subscriptions_current_term_start",
            "current_term_start",
        ];
        let over =
            ["subscription_current_term_end", "subscriptions_current_term_end", "current_term_end"];
        let (started, period) = (self.day(CHARGEBEE_STARTED)?, self.period((&begun, &over))?);
        self.told(said, standing, (SUBSCRIPTION, CUSTOMER), PLAN, started, period)
    }

    fn woocommerce(&self) -> Result<ExportedRow, Fault> {
        let status = self.text(&["subscription_status"]).unwrap_or_default();
        let standing = match status.strip_prefix("wc-").unwrap_or(status) {
            "active" => ExportedStatus::Runs,
            "pending-cancel" => ExportedStatus::Ends,
            "cancelled" | "expired" | "switched" | "pending" | "trash" => ExportedStatus::Over,
            _ => return Err(self.stands_still(&["subscription_status"])),
        };
        let name = full(self.text(&["billing_first_name"]), self.text(&["billing_last_name"]));
        let mut said = self.person(&["billing_email", "customer_email"], name);
        said.extend(self.text(&["billing_country"]).map(|it| ("country".to_owned(), json!(it))));
        said.extend(self.address().map(|it| ("address".to_owned(), json!(it))));
        if let Some(price) = self.price(&["order_total"], &["order_currency"]) {
            said.insert("price".to_owned(), price.clone());
            said.insert("brought_over".to_owned(), json!({"gross": price, "paid": true}));
        }
        let started = self.day(WOO_STARTED)?;
        let end = match self.day(&["next_payment_date"])? {
            None => self.day(&["end_date"])?,
            end => end,
        };
        let begun = self.day(&["last_payment_date", "last_order_date_created"])?;
        let period = end.map(|end| {
            (begun.unwrap_or_else(|| self.before(end).max(started.unwrap_or(end))), end)
        });
        let who = (&["subscription_id"][..], &["customer_id"][..]);
        let told = self.told(said, standing, who, &["order_items"], started, period)?;
        let total = self.money(&["order_total"], &["order_currency"]);
        let exported = total
            .map(|total| ExportedPrice { with_tax: Some(total), without_tax: self.net_of(total) });
        Ok(told.priced(exported))
    }

    /// What an order of `WooCommerce` comes to without its tax: that of its one item where it comes
    /// to all of it, else the total less the order's tax where nothing else is taxed.
    fn net_of(&self, total: Money) -> Option<Money> {
        let currency = total.currency;
        let read = |text: &str| Money::parse(&amount(text.trim()), currency).ok();
        let item = |name: &str| {
            let items = self.text(&["order_items"])?;
            read(items.split('|').find_map(|part| part.strip_prefix(name))?)
        };
        if let Some((net, tax)) = item("total:").zip(item("tax:"))
            && net.minor.checked_add(tax.minor) == Some(total.minor)
        {
            return Some(net);
        }
        let others = ["order_shipping_tax", "fee_tax_total"].into_iter();
        let mut others = others.filter_map(|name| self.text(&[name]));
        let tax = read(self.text(&["order_tax"])?)?;
        let is_all = others.all(|text| read(text).is_some_and(|tax| tax.minor == 0));
        let net = total.minor.checked_sub(tax.minor).filter(|net| is_all && *net >= 0);
        net.map(|minor| Money { minor, currency })
    }

    /// The line in our fields.
    fn told(
        &self,
        mut said: Map<String, Value>,
        standing: ExportedStatus,
        (id, customer): (&[&str], &[&str]),
        offer: &[&str],
        started: Option<NaiveDate>,
        period: Option<(NaiveDate, NaiveDate)>,
    ) -> Result<ExportedRow, Fault> {
        let mut put = |name: &str, value: Option<Value>| {
            said.extend(value.map(|value| (name.to_owned(), value)));
        };
        let cancel_on = match standing {
            ExportedStatus::Over => return Ok(ExportedRow::Over),
            ExportedStatus::Ends => {
                Some(period.ok_or_else(|| self.wrong(id, "does not say when it ends"))?.1)
            }
            ExportedStatus::Runs => None,
        };
        put("id", self.text(id).map(Value::from));
        put("customer", self.text(customer).map(Value::from));
        put("offer", Some(Value::from(self.offer(offer)?)));
        put("started_on", started.map(|date| json!(date)));
        put("current_period", period.map(|(start, end)| json!({"start": start, "end": end})));
        put("cancel_on", cancel_on.map(|date| json!(date)));
        Ok(ExportedRow::Runs(Value::Object(said), None))
    }

    /// Our offer, by what it is called there: of an order's items the one product.
    fn offer(&self, at: &[&str]) -> Result<String, Fault> {
        let text = self.text(at).ok_or_else(|| self.wrong(at, "is empty"))?;
        let theirs = if self.mapping.system == System::Woocommerce {
            if text.contains(';') {
                return Err(self.wrong(at, "holds several products: an offer is one"));
            }
            let part = |name: &str| text.split('|').find_map(|part| part.strip_prefix(name));
            if part("quantity:").is_some_and(|many| many.trim() != "1") {
                return Err(self.wrong(at, "holds several of a product: make an offer of them"));
            }
            let product = part("product_id:").map(str::trim);
            product.ok_or_else(|| self.wrong(at, "does not begin with product_id:"))?
        } else {
            text
        };
        Ok(self.mapping.offers.get(theirs).map_or(theirs, String::as_str).to_owned())
    }

    fn person(&self, mail: &[&str], name: Option<String>) -> Map<String, Value> {
        let mail = self.text(mail).map(|mail| ("email".to_owned(), json!(mail)));
        mail.into_iter().chain(name.map(|name| ("name".to_owned(), json!(name)))).collect()
    }

    fn address(&self) -> Option<String> {
        let road = [self.text(&["billing_address_1"]), self.text(&["billing_address_2"])];
        let town = full(self.text(&["billing_postcode"]), self.text(&["billing_city"]));
        let lines: Vec<String> =
            road.into_iter().flatten().map(str::to_owned).chain(town).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    fn price(&self, at: &[&str], currency: &[&str]) -> Option<Value> {
        let (text, currency) = (self.text(at)?, self.text(currency)?);
        Some(json!({"amount": amount(text), "currency": currency.to_uppercase()}))
    }

    /// The same as an amount, where it is one: what is wrong with it is told at the line.
    fn money(&self, at: &[&str], currency: &[&str]) -> Option<Money> {
        let (text, currency) = (self.text(at)?, self.text(currency)?);
        let currency = Currency::parse(&currency.to_uppercase()).ok()?;
        Money::parse_price(&amount(text), currency).ok()
    }

    fn period(
        &self,
        (start, end): (&[&str], &[&str]),
    ) -> Result<Option<(NaiveDate, NaiveDate)>, Fault> {
        Ok(self.day(start)?.zip(self.day(end)?))
    }

    /// The day that lies a billing period before.
    fn before(&self, end: NaiveDate) -> NaiveDate {
        use chrono::Datelike as _;
        let unit = match self.text(&["billing_period"]) {
            Some("day") => "D",
            Some("week") => "W",
            Some("year") => "Y",
            _ => "M",
        };
        let count = self.text(&["billing_interval"]).unwrap_or("1");
        let period = Period::parse(&format!("P{count}{unit}"));
        period.map_or(end, |period| period.before(end, end.day()))
    }

    /// One of it only: a quantity has no place in an offer's price.
    fn alone(&self, at: &[&str]) -> Result<(), Fault> {
        match self.text(at) {
            None | Some("1") => Ok(()),
            Some(many) => {
                Err(self.wrong(at, &format!("is {many}: make an offer of so many, and say 1")))
            }
        }
    }

    fn stands_still(&self, at: &[&str]) -> Fault {
        let status = self.text(at).unwrap_or_default();
        self.wrong(
            at,
            &format!("is '{status}', which neither runs nor has ended: resume or end it there"),
        )
    }

    /// A day, of an instant in UTC or of a date; what is empty or 0 is none.
    fn day(&self, at: &[&str]) -> Result<Option<NaiveDate>, Fault> {
        let Some(text) = self.text(at).filter(|text| *text != "0") else { return Ok(None) };
        let instants = [
            "%Y-%m-%d %H:%M:%S",
            "%Y-%m-%d %H:%M",
            "%Y-%m-%dT%H:%M:%SZ",
            "%m/%d/%Y %H:%M:%S",
            "%m/%d/%Y %H:%M",
        ];
        let instant =
            instants.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
        if let Some(instant) = instant {
            return Ok(Some(self.mapping.zone.date(instant.and_utc())));
        }
        let date = ["%Y-%m-%d", "%m/%d/%Y"]
            .iter()
            .find_map(|form| NaiveDate::parse_from_str(text, form).ok());
        match date {
            Some(date) => Ok(Some(date.and_time(NaiveTime::MIN).date())),
            None => Err(self
                .wrong(at, &format!("'{text}' is no day such as 2026-02-28 or 2026-02-28 09:12"))),
        }
    }

    /// What stands in the first of these columns that says something.
    fn text(&self, at: &[&str]) -> Option<&str> {
        self.place(at).and_then(|place| self.fields.get(place)).map(str::trim)
    }

    fn place(&self, at: &[&str]) -> Option<usize> {
        let says =
            |place: &usize| self.fields.get(*place).is_some_and(|text| !text.trim().is_empty());
        let known = |name: &&str| self.columns.plain.iter().position(|it| it == name);
        at.iter().filter_map(known).find(says)
    }

    fn wrong(&self, at: &[&str], detail: &str) -> Fault {
        let known = |name: &&str| self.columns.plain.iter().position(|it| it == name);
        let place = self.place(at).or_else(|| at.iter().find_map(known));
        let column = place.and_then(|place| self.columns.written.get(place));
        Fault::new(format!("/{}", column.map_or("", String::as_str)), detail)
    }
}

fn full(first: Option<&str>, last: Option<&str>) -> Option<String> {
    let parts: Vec<&str> = first.into_iter().chain(last).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// A decimal as we write it: exports write `1,234.50` and, for some, `9,90`.
fn amount(text: &str) -> String {
    if text.contains('.') { text.replace(',', "") } else { text.replace(',', ".") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(system: System, text: &str) -> Vec<Result<Option<Value>, Fault>> {
        let zone = Zone::parse("Europe/Berlin").unwrap();
        let offers = [
            ("price_month", "month"),
            ("month-eur", "month"),
            ("12", "month"),
            ("price_year", "year"),
            ("year-eur", "year"),
            ("13", "year"),
        ];
        let own = |(theirs, ours): (&str, &str)| (theirs.to_owned(), ours.to_owned());
        let mapping = Mapping { system, offers: offers.map(own).into(), zone };
        let mut rows = csv::Reader::from_reader(text.as_bytes());
        let head: Vec<String> = rows.headers().unwrap().iter().map(str::to_owned).collect();
        let columns = ExportFields::of(&head);
        assert_eq!(columns.missing(system), None, "{head:?}");
        let read = rows.records().map(|row| match read(&mapping, &columns, &row.unwrap())? {
            ExportedRow::Runs(said, _) => Ok(Some(said)),
            ExportedRow::Over => Ok(None),
        });
        read.collect()
    }

    #[test]
    fn the_same_book_comes_out_of_the_samples_of_all_three() {
        for (system, sample) in [
            (System::Stripe, include_str!("../../docs/samples/stripe.csv")),
            (System::Chargebee, include_str!("../../docs/samples/chargebee.csv")),
            (System::Woocommerce, include_str!("../../docs/samples/woocommerce.csv")),
        ] {
            let read = read_all(system, sample);
            let [Ok(Some(ada)), Ok(Some(ben)), Ok(None)] = read.as_slice() else {
                panic!("{system:?}: {read:?}");
            };
            assert_eq!(
                (&ada["offer"], &ada["email"]),
                (&json!("month"), &json!("ada@example.com"))
            );
            assert_eq!(ada["started_on"], "2025-10-31", "{system:?}");
            let period = json!({"start": "2026-02-28", "end": "2026-03-31"});
            assert_eq!(ada["current_period"], period, "{system:?}");
            assert_eq!(ada.get("cancel_on"), None, "{system:?}");
            assert_eq!((&ben["offer"], &ben["cancel_on"]), (&json!("year"), &json!("2026-06-10")));
            // Half past ten in the evening in UTC is the next day in Berlin.
            assert_eq!(ben["started_on"], "2025-06-10", "{system:?}");
            if system != System::Chargebee {
                assert_eq!(ada["price"], json!({"amount": "8.90", "currency": "EUR"}));
                assert_eq!(ada["brought_over"]["paid"], true);
            }
        }
    }

    #[test]
    fn what_cannot_be_brought_over_is_told_at_its_column() {
        let stripe = include_str!("../../docs/samples/stripe.csv");
        let woo = include_str!("../../docs/samples/woocommerce.csv");
        for (system, sample, from, to, pointer) in [
            (System::Stripe, stripe, ",1,eur,month", ",3,eur,month", "/Quantity"),
            (System::Stripe, stripe, "8.90,active", "8.90,paused", "/Status"),
            (
                System::Stripe,
                stripe,
                "2026-02-28 09:12",
                "28.02.2026",
                "/Current Period Start (UTC)",
            ),
            (System::Woocommerce, woo, "wc-active", "wc-on-hold", "/subscription_status"),
            (System::Woocommerce, woo, "tax:0.58", "tax:0.58;product_id:14|name:x", "/order_items"),
        ] {
            let changed = sample.replacen(from, to, 1);
            assert_ne!(changed, sample, "{from}");
            let read = read_all(system, &changed);
            let fault = read[0].as_ref().unwrap_err();
            assert_eq!(fault.pointer, pointer, "{fault:?}");
        }
        assert_eq!(amount("1,234.50"), "1234.50");
        assert_eq!(amount("9,90"), "9.90");
    }

    #[test]
    fn a_file_of_another_kind_is_told_by_the_column_that_it_lacks() {
        let head = ["id", "Customer ID", "Plan", "Status"].map(str::to_owned);
        assert_eq!(ExportFields::of(&head).missing(System::Stripe), Some("start_date_utc"));
        assert_eq!(ExportFields::of(&head).missing(System::Woocommerce), Some("subscription_id"));
    }
}
