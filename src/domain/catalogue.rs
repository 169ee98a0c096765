//! What a merchant sells: tags, taxes, products, offers, and the terms under which an offer is
//! sold. Whether a draft may become one of these is judged in `rules`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use super::calendar::{DateRange, Period};
use super::definition::{Definition, Kind, Lock, OperationTexts};
use super::event::EventKind;
use super::ids::{OfferId, ProductId, TagId, TaxId};
use super::money::{Money, Rate};
use super::names::names;
use super::translation::{ProductText, Wording, said_in};

/// A merchant's label on offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Chosen by the merchant.
    pub id: TagId,
    /// Shown in the backend.
    pub title: String,
}

/// A tax category with its dated rates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tax {
    /// Chosen by the merchant.
    pub id: TaxId,
    /// Shown in the backend.
    pub title: Option<String>,
    /// Each rate with the first day of supply for which it holds, by date.
    pub rates: Vec<(NaiveDate, Rate)>,
    /// Why no tax is charged: then every rate is 0.
    #[serde(default)]
    pub exemption: Option<Exemption>,
}

names! {
    /// Why no tax is charged.
    pub enum ExemptionKind {
        /// Taxable at a rate of 0.
        ZeroRated = "zero_rated",
        /// Exempt by law.
        Exempt = "exempt",
        /// The buyer owes the tax.
        ReverseCharge = "reverse_charge",
    }
}

/// Why no tax is charged, as documents say it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exemption {
    /// The reason in law.
    pub kind: ExemptionKind,
    /// The same in the merchant's words, such as the paragraph.
    pub reason: Option<String>,
}

impl Tax {
    /// The rate for a supply that starts on `date`; days before the first rate have the first
    /// one: tax is never 0 because nobody said what it is.
    #[must_use]
    pub fn rate_on(&self, date: NaiveDate) -> Rate {
        let in_force = self.rates.iter().filter(|(from, _)| *from <= date);
        let rate = in_force.max_by_key(|(from, _)| *from);
        rate.or_else(|| self.first()).map_or(Rate::ZERO, |(_, rate)| *rate)
    }

    /// The day from which on a rate is known; none where none is.
    #[must_use]
    pub fn known_from(&self) -> Option<NaiveDate> {
        self.first().map(|(from, _)| *from)
    }

    fn first(&self) -> Option<&(NaiveDate, Rate)> {
        self.rates.iter().min_by_key(|(from, _)| *from)
    }
}

names! {
    /// Whether something is sent or downloaded.
    pub enum ProductKind {
        /// Access.
        Digital = "digital",
        /// Goods.
        Physical = "physical",
    }
}

/// Something sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Chosen by the merchant.
    pub id: ProductId,
    /// Shown to customers.
    pub title: String,
    /// Access or goods.
    pub kind: ProductKind,
    /// The product that it is a variant of, which is no variant itself.
    pub variant_of: Option<ProductId>,
    /// Who makes it.
    pub brand: Option<String>,
    /// Its own tags, never those of its family.
    pub tags: BTreeSet<TagId>,
    /// What one costs, without tax.
    pub unit_net: Option<Money>,
    /// How many are left, from 0 to [`STOCK_MAX`](super::stock::STOCK_MAX); none is no limit.
    pub stock: Option<i64>,
    /// The countries that it is sent to, by ISO 3166; none is everywhere.
    pub ships_to: BTreeSet<String>,
    /// Its title in other languages (BCP 47).
    pub texts: BTreeMap<String, ProductText>,
}

impl Product {
    /// Its title in a locale, else as the merchant wrote it first.
    #[must_use]
    pub fn title_in(&self, locale: &str) -> &str {
        said_in(&self.texts, locale, |it| it.title.as_deref()).unwrap_or(&self.title)
    }
}

/// As much of a product as other things of the catalogue need to know of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProductOutline {
    /// Shown to customers.
    pub title: String,
    /// The product that it is a variant of.
    pub variant_of: Option<ProductId>,
    /// How many are left; none is no limit.
    pub stock: Option<i64>,
    /// Whether it has a price of its own.
    pub is_priced: bool,
    /// Its title in other languages (BCP 47).
    pub texts: BTreeMap<String, ProductText>,
}

/// What a customer agrees to when buying an offer. One version of an offer; never changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The offer.
    pub offer: OfferId,
    /// Which version of the offer, from 1.
    pub version: i64,
    /// The offer's title when sold.
    pub title: String,
    /// What it contains, with the titles when sold.
    pub products: Vec<(ProductId, String)>,
    /// For each billing period; gross if `tax_included`, else net.
    pub price: Money,
    /// How often it is booked.
    pub billing_period: Period,
    /// How long the customer is bound: a whole multiple of the billing period.
    pub term: Period,
    /// The length of later terms, where it differs.
    pub renewal_term: Option<Period>,
    /// Whether another term follows.
    pub auto_renew: bool,
    /// How long before the end of a term a cancellation must come, in days, weeks or months; none
    /// is up to its last day.
    pub notice: Option<Period>,
    /// The tax category; none is no tax.
    pub tax: Option<TaxId>,
    /// Whether the price is gross.
    pub tax_included: bool,
    /// Whether, bought in addition, it ends with its parent.
    pub requires_parent: bool,
    /// How it begins for newcomers.
    pub introduction: Introduction,
    /// What else customers read of it, and all of that in other languages, when sold.
    pub wording: Wording,
}

names! {
    /// Who is granted an introduction.
    #[derive(Default)]
    pub enum Granted {
        /// Who never had a subscription with one of the offer's products.
        #[default]
        Once = "once",
        /// Everybody.
        Always = "always",
    }
}

/// The price of the first booked periods, or of those after an earlier step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceStep {
    /// In minor units of the offer's currency; gross if the offer's price is.
    pub price: i64,
    /// For how many booked periods, from 1 to [`STEP_PERIODS_MAX`].
    pub periods: u32,
}

/// For how many periods a step holds at most.
pub const STEP_PERIODS_MAX: u32 = 120;
/// How many steps an introduction has at most.
pub const STEPS_MAX: usize = 12;

/// How an offer begins for newcomers: a free trial, then steps at their own prices, then the
/// offer's price. With neither there is no introduction.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Introduction {
    /// Who is granted it.
    pub granted: Granted,
    /// How long nothing is booked.
    pub trial: Option<Period>,
    /// What the first booked periods cost, in order.
    pub steps: Vec<PriceStep>,
}

impl Introduction {
    /// Whether there is one.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.trial.is_some() || !self.steps.is_empty()
    }

    /// How many booked periods the steps are for.
    #[must_use]
    pub fn periods(&self) -> u32 {
        self.steps.iter().map(|step| step.periods).sum()
    }

    /// The price of the next period where this many are left of those that the steps are for, in
    /// minor units; none where none is.
    #[must_use]
    pub fn price(&self, left: u32) -> Option<i64> {
        let mut before = self.periods().checked_sub(left).filter(|_| left > 0)?;
        let step = self.steps.iter().find(|step| {
            let holds = before < step.periods;
            before = before.saturating_sub(step.periods);
            holds
        });
        step.map(|step| step.price)
    }
}

impl Terms {
    /// Its title in a locale, else as the merchant wrote it first.
    #[must_use]
    pub fn title_in(&self, locale: &str) -> &str {
        let said = said_in(&self.wording.languages, locale, |it| it.title.as_deref());
        said.unwrap_or(&self.title)
    }

    /// What it is in a locale, else as the merchant wrote it first.
    #[must_use]
    pub fn summary_in(&self, locale: &str) -> Option<&str> {
        let said = said_in(&self.wording.languages, locale, |it| it.summary.as_deref());
        said.or(self.wording.summary.as_deref())
    }

    /// What the law wants to be told, in a locale, else as the merchant wrote it first.
    #[must_use]
    pub fn legal_advice_in(&self, locale: &str) -> Option<&str> {
        let said = said_in(&self.wording.languages, locale, |it| it.legal_advice.as_deref());
        said.or(self.wording.legal_advice.as_deref())
    }

    /// The titles of its products in a locale, each else as the merchant wrote it first.
    #[must_use]
    pub fn product_titles_in(&self, locale: &str) -> Vec<String> {
        let title = |(id, title): &(ProductId, String)| {
            let said = said_in(&self.wording.languages, locale, |it| it.products.get(id));
            said.unwrap_or(title).clone()
        };
        self.products.iter().map(title).collect()
    }

    /// The length of the terms after the first.
    #[must_use]
    pub fn later_term(&self) -> Period {
        self.renewal_term.unwrap_or(self.term)
    }

    /// Whether what begins under them has a trial, with their introduction or without.
    #[must_use]
    pub fn has_trial(&self, introduced: bool) -> bool {
        introduced && self.introduction.trial.is_some()
    }

    /// The first day for which what begins on `start` is booked, with their introduction or
    /// without: the day after its trial, where it has one.
    #[must_use]
    pub fn booked_from(&self, start: NaiveDate, introduced: bool) -> NaiveDate {
        let trial = self.introduction.trial.filter(|_| introduced);
        trial.map_or(start, |trial| trial.after(start, start.day()))
    }

    /// The last day on which a cancellation ends a subscription with this term: its end less the
    /// notice, by the calendar. What ends by itself needs no notice.
    #[must_use]
    pub fn cancel_by(&self, term: DateRange) -> NaiveDate {
        let notice = self.notice.filter(|_| self.auto_renew);
        notice.map_or_else(|| term.last(), |notice| notice.before(term.end, term.end.day()))
    }

    /// The first term, from this one on, with which a cancellation of a day can end a subscription:
    /// the first whose end less the notice does not lie before that.
    #[must_use]
    pub fn cancellable_term(&self, first: DateRange, anchor: u32, day: NaiveDate) -> DateRange {
        let mut term = first;
        while self.cancel_by(term) < day {
            let next = self.later_term().range(term.end, anchor);
            if !self.auto_renew || next.end <= term.end {
                break;
            }
            term = next;
        }
        term
    }
}

/// What a checkout sells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The terms of its newest version; `terms.offer` is the offer's id.
    pub terms: Terms,
    /// Its tags of today.
    pub tags: BTreeSet<TagId>,
    /// Whether a new checkout may be opened for it.
    pub active: bool,
}

impl Definition for Tag {
    type Id = TagId;

    const KIND: Kind = Kind {
        one: "tag",
        table: "tags",
        described: OperationTexts {
            group: "catalogue",
            many: "tags",
            one: "a tag",
            writing: "",
            removing: "It must not be used any more.",
        },
        saved: EventKind::TagSaved,
        deleted: Some(EventKind::TagDeleted),
        lock: Lock::Catalogue,
        refers: false,
        in_graph: false,
        weighs_uses: false,
        most: None,
    };

    fn id(&self) -> &TagId {
        &self.id
    }
}

impl Definition for Tax {
    type Id = TaxId;

    const KIND: Kind = Kind {
        one: "tax",
        table: "taxes",
        described: OperationTexts {
            group: "catalogue",
            many: "tax categories",
            one: "a tax category",
            writing: "",
            removing: "It must not be used any more.",
        },
        saved: EventKind::TaxSaved,
        deleted: Some(EventKind::TaxDeleted),
        lock: Lock::Catalogue,
        refers: false,
        in_graph: false,
        weighs_uses: true,
        most: None,
    };

    fn id(&self) -> &TaxId {
        &self.id
    }
}

impl Definition for Product {
    type Id = ProductId;

    const KIND: Kind = Kind {
        one: "product",
        table: "products",
        described: OperationTexts {
            group: "catalogue",
            many: "products",
            one: "a product",
            writing: "Its `stock` is set to what is sent; null is without limit.",
            removing: "It must not be used any more.",
        },
        saved: EventKind::ProductSaved,
        deleted: Some(EventKind::ProductDeleted),
        lock: Lock::Shelf,
        refers: true,
        in_graph: false,
        weighs_uses: false,
        most: None,
    };

    fn id(&self) -> &ProductId {
        &self.id
    }
}

impl Definition for Offer {
    type Id = OfferId;

    const KIND: Kind = Kind {
        one: "offer",
        table: "offers",
        described: OperationTexts {
            group: "catalogue",
            many: "offers",
            one: "an offer",
            writing: "What runs goes on as it was sold.",
            removing: "It must not be used any more.",
        },
        saved: EventKind::OfferSaved,
        deleted: Some(EventKind::OfferDeleted),
        lock: Lock::Catalogue,
        refers: true,
        in_graph: true,
        weighs_uses: false,
        most: None,
    };

    fn id(&self) -> &OfferId {
        &self.terms.offer
    }

    fn is_active(&self) -> bool {
        self.active
    }
}
