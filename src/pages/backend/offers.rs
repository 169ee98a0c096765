//! Offers: what a checkout sells.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::app::reads::Page;
use crate::domain::calendar::Period;
use crate::domain::catalogue::{Offer, PriceStep, Product, Tax};
use crate::domain::ids::TagId;
use crate::domain::money::{Currency, Money};
use crate::edge::problem::{FieldError, Problem};
use crate::pages::backend::answer::{Answer, Failure};
use crate::pages::backend::definitions::{EditableDefinition, Noun, PICKED_MAX, on_a_line, tags};
use crate::pages::backend::forms::{FormValues, Spec, form};
use crate::pages::backend::naming::naming;
use crate::pages::backend::notation::Notation;
use crate::pages::backend::places::{OFFERS, TAGS};
use crate::pages::backend::price_changes;
use crate::pages::backend::rule_forms::{read_texts, texts, with_texts};
use crate::pages::backend::session::Session;
use crate::pages::backend::settings::CURRENCIES;
use crate::pages::backend::taxes;
use crate::render::backend::catalogue::{Cell, Section};
use crate::render::backend::form::Kind;
use crate::render::backend::frame::{Link, Tone};
use crate::render::backend::parts::Badge;
use crate::render::backend::phrase::{Phrase, phrase};
use crate::render::format;

/// How many tags of an offer a list names.
const TAGS_NAMED_MAX: usize = 5;

const NOUN: Noun = Noun {
    one: "offer",
    many: "Offers",
    group: ("Catalogue", 1),
    here: OFFERS,
    about: "What a checkout sells: products at a price for each billing period. Editing an offer \
            never changes what a running subscription pays.",
    add: "+ Add offer",
    headings: ["Add an offer", "Edit offer"],
    search: "Search offers",
    warning: "An offer can be deleted while nothing that runs depends on it. To stop selling it, \
              untick “Sold” instead.",
    more: &[],
};

const MULTIPLE: &str = "Write a whole multiple of the billing period, such as 12 months or 1 year \
                        where it is 1 month.";

const FIELDS: &[Spec] = &[
    Spec::new("/title", "Title", Kind::Text).hint("What customers see.").required(),
    Spec::new("/products", "Products", Kind::Many).required(),
    Spec::new("/active", "Sold", Kind::Flag)
        .hint("Unticked, no checkout can be opened for it; what runs goes on."),
    Spec::new("/price", "Price for each billing period", Kind::Money).required(),
    Spec::new("/billing_period", "Billing period", Kind::Period)
        .hint("How often it is booked: every 1 to 100 days, weeks, months or years.")
        .required(),
    Spec::new("/term", "Term", Kind::Period)
        .hint(
            "How long the customer is bound: a whole multiple of the billing period, which it is \
             if left empty.",
        )
        .right(MULTIPLE),
    Spec::new("/renewal_term", "Later terms", Kind::Period)
        .hint("Where they are shorter or longer than the first.")
        .right(MULTIPLE),
    Spec::new("/auto_renew", "Renewed at the end of a term", Kind::Flag),
    Spec::new("/notice", "Notice", Kind::Period)
        .hint(
            "How long before the end of a term a cancellation must come, in days, weeks or \
             months. Left empty, it may come on the last day.",
        )
        .right("Write 1 to 100 days, weeks or months, such as 1 month."),
    Spec::new("/tags", "Tags", Kind::Many).hint("Up/down-selling finds the offer by them."),
    Spec::new("/tax", "Tax category", Kind::Choice),
    Spec::new("/tax_included", "The price includes the tax", Kind::Flag),
    Spec::new("/requires_parent", "Ends with what it was added to", Kind::Flag)
        .hint("Where it was bought in addition to another subscription."),
    Spec::new("/trial", "Free trial", Kind::Period)
        .hint("How long newcomers have it before anything is booked.")
        .right("Write 1 to 100 days, weeks, months or years, such as 14 days."),
    Spec::new("/steps", "First prices", Kind::Lines)
        .hint(
            "For how many billing periods, and the price of each, such as 3 1.00. Then the price.",
        )
        .right("Write a number of billing periods, a space and a price, such as 3 1.00."),
    Spec::new("/introduction", "Who has the trial and the first prices", Kind::Choice).required(),
    Spec::new("/summary", "Summary", Kind::Area)
        .hint("What it is, in a few sentences: customers read it under the title."),
    Spec::new("/legal_advice", "Legal advice", Kind::Area)
        .hint("Stands before the button, on the invoice and in the confirmation."),
    texts(
        "For each language what is not as above, such as {\"de\": {\"title\": \"Jahr\", \
         \"summary\": \"…\"}}",
    ),
];

const GRANTED: [(&str, &str); 2] =
    [("once", "who never had one of its products"), ("always", "everybody, every time")];

impl EditableDefinition for Offer {
    const NOUN: Noun = NOUN;
    const FIELDS: &'static [Spec] = FIELDS;
    const COLUMNS: &'static [(&'static str, bool)] =
        &[("Price", true), ("Term", false), ("Tags", false), ("State", false)];

    fn title(&self) -> String {
        self.terms.title.clone()
    }

    async fn cells(session: &Session, offers: &[Self]) -> Result<Vec<Vec<Cell>>, Failure> {
        let titles: BTreeMap<String, String> = tags(session).await?.into_iter().collect();
        Ok(offers.iter().map(|offer| cells(session, offer, &titles)).collect())
    }

    fn blank(session: &Session) -> FormValues {
        FormValues::default()
            .by(session.notation())
            .with("/price/currency", session.settings.currency.code())
            .with("/billing_period/count", "1")
            .with("/billing_period/unit", "M")
            .with("/auto_renew", "true")
            .with("/tax_included", "true")
            .with("/active", "true")
            .with("/introduction", "once")
    }

    fn values(&self, notation: Notation) -> FormValues {
        let currency = self.terms.price.currency;
        let line = |step: &PriceStep| {
            let price = Money::new(step.price, currency).amount();
            format!("{} {}", step.periods, notation.write(&price))
        };
        let steps: Vec<String> = self.terms.introduction.steps.iter().map(line).collect();
        with_texts(FIELDS, self, notation).with("/steps", steps.join("\n"))
    }

    fn read(values: &FormValues) -> (Value, Vec<FieldError>) {
        let notation = values.notation();
        let currency = notation.currency(values.text("/price/currency").trim()).ok();
        let (mut body, mut faults) =
            values.read_all_lines(FIELDS, "/steps", |line| step(line, currency, notation));
        read_texts(&mut body, &mut faults);
        (body, faults)
    }

    async fn page(
        session: &Session,
        place: &str,
        values: &FormValues,
        problem: Option<&Problem>,
    ) -> Answer {
        let products =
            session.app.list::<Product>(&session.merchant, Page::first(PICKED_MAX)).await?;
        let products = products.into_iter().map(|product| (product.id.to_string(), product.title));
        let taxes = session.app.list::<Tax>(&session.merchant, Page::first(PICKED_MAX)).await?;
        let taxes =
            taxes.iter().map(|tax| (tax.id.to_string(), on_a_line(&taxes::title(tax)).into()));
        let untaxed = (String::new(), Phrase::from("No tax"));
        let mut form = form(FIELDS, values, problem)
            .with_options("products", products)
            .with_options("tags", tags(session).await?)
            .with_suggestions("price", CURRENCIES)
            .with_options("tax", std::iter::once(untaxed).chain(taxes))
            .with_options("introduction", GRANTED);
        let naming = naming(place, values, problem, &mut form);
        let mut sold = Section::of(&mut form, "What is sold", &["title", "products", "active"]);
        sold.fields.extend(naming);
        let periods = ["price", "billing_period", "term", "renewal_term", "auto_renew", "notice"];
        let sections = vec![
            sold,
            Section::of(&mut form, "Price and periods", &periods),
            Section::of(&mut form, "Tax", &["tax", "tax_included"]),
            Section::of(&mut form, "Up/down-selling", &["tags", "requires_parent"]),
            Section::of(&mut form, "For newcomers", &["trial", "steps", "introduction"]),
            Section::of(&mut form, "What customers read", &["summary", "legal_advice", "texts"]),
        ];
        NOUN.form(session, place, (form, sections), None, problem)
    }
}

/// A line of the form as the API has it.
fn step(line: &str, currency: Option<Currency>, notation: Notation) -> Result<Value, String> {
    let wrong = || "write a number of billing periods and a price, such as 3 1.00".to_owned();
    let (periods, price) = line.split_once(char::is_whitespace).ok_or_else(wrong)?;
    let periods: u32 = periods.parse().map_err(|_| wrong())?;
    // Without a currency, which is told at the price, only its form can be judged.
    let code = currency.map_or("KWD", |currency| currency.code());
    let amount = notation.amount(price.trim(), Currency::parse(code).map_err(|_| wrong())?)?;
    Ok(json!({"periods": periods, "price": {"amount": amount, "currency": code}}))
}

fn cells(session: &Session, offer: &Offer, titles: &BTreeMap<String, String>) -> Vec<Cell> {
    let terms = &offer.terms;
    let tag = |tag: &TagId| {
        let title = titles.get(tag.as_str()).map_or(tag.as_str(), String::as_str);
        Link::new(on_a_line(title), format!("{TAGS}/{tag}"))
    };
    let mut tags = Cell::links(offer.tags.iter().take(TAGS_NAMED_MAX).map(tag).collect());
    if let Some(more @ 1..) = offer.tags.len().checked_sub(TAGS_NAMED_MAX) {
        tags.badges.push(Badge::new(Tone::Plain, phrase!("{} more", more)));
    }
    let state = if offer.active {
        Badge::new(Tone::Good, "sold")
    } else {
        Badge::new(Tone::Plain, "not sold")
    };
    vec![
        Cell {
            links: vec![Link::new(
                price(session, offer),
                price_changes::address(terms.offer.as_str()),
            )],
            ..Cell::number("")
        },
        Cell::text(period(session, terms.term)),
        tags,
        Cell::badge(state),
    ]
}

/// Its price with its billing period.
pub(super) fn price(session: &Session, offer: &Offer) -> String {
    let Period { count, unit } = offer.terms.billing_period;
    format::price_per(session.locale(), &session.money(offer.terms.price), count, unit)
}

fn period(session: &Session, period: Period) -> String {
    format::period(session.locale(), period.count, period.unit)
}
