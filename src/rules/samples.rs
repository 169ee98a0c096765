//! Offers, paths and a customer for the tests of the rules. Clocks are for `examples`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};

use super::ledger::{Ledger, Tariff};
use super::transitions::DecidedChange;
use crate::domain::account::Account;
use crate::domain::calendar::{DateRange, Period};
use crate::domain::cart::Cart;
use crate::domain::catalogue::{Introduction, Offer, Terms};
use crate::domain::document::{Document, Line};
use crate::domain::ids::{CustomerId, Ids, OfferId, OrderId, PathId, SubscriptionId, TagId};
use crate::domain::money::{Currency, Money};
use crate::domain::order::{Order, OrderRequest, OrderStatus};
use crate::domain::path::{BillingDate, Mode, Path, Proration, Transition, UnpaidSource};
use crate::domain::text::Text;
use crate::domain::translation::Wording;

/// An open order in EUR of nothing, by nobody.
pub(super) fn order(id: &str, placed_at: DateTime<Utc>) -> Order {
    let cart = Cart {
        customer: None,
        customer_group: None,
        locale: None,
        channel: "web".to_owned(),
        currency: Currency::parse("EUR").unwrap(),
        shipping_country: None,
        payment_method: None,
        shipping_cost: None,
        coupon: None,
        lines: Vec::new(),
        picks: BTreeMap::new(),
    };
    Order {
        id: OrderId::stored(id.to_owned()),
        said: OrderRequest { cart, placed_at: None, expects: None, brought_over: false },
        status: OrderStatus::Open,
        lines: Vec::new(),
        gifts: Vec::new(),
        promotions: Vec::new(),
        coupon: None,
        discount: 0,
        free_shipping: false,
        paid: 0,
        refunded: 0,
        placed_at,
        paid_at: None,
        delivered_at: None,
        cancelled_at: None,
    }
}

/// An offer in EUR that carries its own id as its tag and has it, capitalised, as its title.
pub(crate) fn offer(id: &str, minor: i64, period: &str, term: &str) -> Offer {
    let (first, rest) = id.split_at(1);
    let terms = Terms {
        offer: OfferId::parse(id).unwrap(),
        version: 1,
        title: first.to_uppercase() + rest,
        products: Vec::new(),
        price: Money::new(minor, Currency::parse("EUR").unwrap()),
        billing_period: Period::parse(period).unwrap(),
        term: Period::parse(term).unwrap(),
        renewal_term: None,
        auto_renew: true,
        notice: None,
        tax: None,
        tax_included: true,
        requires_parent: false,
        introduction: Introduction::default(),
        wording: Wording::default(),
    };
    Offer { terms, tags: tags(id), active: true }
}

/// The same offer with one more tag.
pub(super) fn tagged(mut offer: Offer, tag: &str) -> Offer {
    offer.tags.extend(tags(tag));
    offer
}

/// A path between tags, which are separated by blanks.
pub(super) fn path(id: &str, source: &str, target: &str, transition: &str) -> Path {
    Path {
        id: PathId::parse(id).unwrap(),
        edit: 1,
        edited_at: DateTime::UNIX_EPOCH,
        internal_title: id.to_owned(),
        internal_description: None,
        title: Text::parse("").unwrap(),
        description: Text::parse("").unwrap(),
        source_tags: tags(source),
        target_tags: tags(target),
        optional: false,
        customer_may_switch: false,
        transition: Transition::parse(transition).unwrap(),
        proration: Proration::None,
        billing_date: BillingDate::Reset,
        introduction: false,
        unpaid_source: UnpaidSource::Refuse,
        priority: 0,
        active: true,
        valid_from: None,
        valid_until: None,
        texts: BTreeMap::new(),
    }
}

fn tags(names: &str) -> BTreeSet<TagId> {
    let names = names.split_whitespace();
    names.map(|name| TagId::parse(name).unwrap()).collect()
}

/// A customer who pays for everything on the day on which it is due.
pub(super) struct Shopper {
    pub(super) account: Account,
    pub(super) last: SubscriptionId,
    ids: Ids,
}

impl Shopper {
    pub(super) fn buys(offer: &Offer, on: NaiveDate) -> Self {
        let mut shopper = Self {
            account: Account::empty(CustomerId::parse("ada").unwrap()),
            last: SubscriptionId::stored("sub_0".to_owned()),
            ids: Ids::new(DateTime::UNIX_EPOCH, [3; 32]),
        };
        let id = shopper.last.clone();
        shopper.act(on, |ledger| {
            let anchor = chrono::Datelike::day(&on);
            let new = ledger.fresh(id.clone(), &offer.terms, on, on, anchor);
            ledger.account.subscriptions.insert(id, new);
            ledger.book(on);
        });
        shopper
    }

    pub(super) fn deal(&self, to: &Offer, mode: Mode, transition: Transition) -> DecidedChange {
        DecidedChange {
            source: self.last.clone(),
            terms: to.terms.clone(),
            path: PathId::parse("p").unwrap(),
            mode,
            transition,
            proration: Proration::None,
            billing_date: BillingDate::Reset,
            cut: None,
            introduced: false,
        }
    }

    pub(super) fn makes(&mut self, deal: &DecidedChange, on: NaiveDate) {
        let made = self.act(on, |ledger| ledger.make(deal)).unwrap();
        self.last = made.subscription.unwrap_or_else(|| self.last.clone());
    }

    pub(super) fn act<T>(
        &mut self,
        today: NaiveDate,
        what: impl FnOnce(&mut Ledger<'_>) -> T,
    ) -> T {
        let tariff = &Tariff { taxes: BTreeMap::new(), payment_days: 14, dunning: Vec::new() };
        let account = self.account.clone();
        let mut ledger = Ledger { account, tariff, today, ids: &mut self.ids };
        ledger.bring_up_to_date();
        let done = what(&mut ledger);
        self.account = ledger.account;
        done
    }

    /// What was issued since the last look, as `offer gross first..last`, credits below zero.
    pub(super) fn issued(&mut self) -> Vec<String> {
        let told = |sign: &str, line: &Line| {
            let DateRange { start, end } = line.period;
            format!("{} {sign}{} {start}..{end}", line.offer, line.gross)
        };
        let issued = std::mem::take(&mut self.account.issued);
        let lines = issued.iter().flat_map(|document| match document {
            Document::Invoice(it) => it.lines.iter().map(|l| told("", &l.line)).collect(),
            Document::CreditNote(it) => {
                it.lines.iter().map(|l| told("-", &l.line)).collect::<Vec<_>>()
            }
        });
        lines.collect()
    }

    /// All invoices less all credits.
    pub(super) fn charged(&self) -> i64 {
        let gross = |document: &Document| match document {
            Document::Invoice(it) => it.totals().gross,
            Document::CreditNote(it) => -it.totals().gross,
        };
        self.account.issued.iter().map(gross).sum()
    }
}
