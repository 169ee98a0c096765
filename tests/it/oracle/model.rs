//! The nouns of the oracle: what a merchant sets up, what a life does, and the book it leaves.

use std::collections::{BTreeMap, VecDeque};

use chrono::{Datelike, NaiveDate};

use super::calendar::{Length, Span};
use super::coupons::{Coupon, Redeemed};
use super::money::{Minor, Rate, Sum};
use super::prices::Reprice;

/// What a merchant sets once.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// IANA name of the time zone.
    pub(crate) time_zone: String,
    /// Days until an invoice is to be paid.
    pub(crate) payment_days: u32,
    /// Days after the due day, and whether that ends the contract.
    pub(crate) dunning: Vec<(u32, bool)>,
    /// Whether a checkout completes without a payment.
    pub(crate) on_account: bool,
}

/// A tax category with its dated rates.
#[derive(Clone, Debug)]
pub(crate) struct Tax {
    /// Its id.
    pub(crate) id: String,
    /// First day and rate.
    pub(crate) rates: Vec<(NaiveDate, String)>,
}

/// An offer as it stands; a subscription keeps a copy of it.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "the merchant's form has as many boxes")]
pub(crate) struct Offer {
    /// Its id.
    pub(crate) id: String,
    /// Price of one billing period.
    pub(crate) price: Minor,
    /// Currency of the price.
    pub(crate) currency: String,
    /// Whether the price is without tax.
    pub(crate) is_net: bool,
    /// How often it is booked.
    pub(crate) period: Length,
    /// How long it binds.
    pub(crate) term: Length,
    /// How long it binds afterwards, if different.
    pub(crate) renewal: Option<Length>,
    /// Whether a term is followed by another.
    pub(crate) auto_renew: bool,
    /// How long before the end of a term it must be cancelled.
    pub(crate) notice: Option<Length>,
    /// Whether an addition ends with its parent.
    pub(crate) requires_parent: bool,
    /// Its tags.
    pub(crate) tags: Vec<String>,
    /// Its tax category.
    pub(crate) tax: Option<String>,
    /// What it is about: who had something about it before is no newcomer.
    pub(crate) product: String,
    /// How long newcomers have it for nothing.
    pub(crate) trial: Option<Length>,
    /// What newcomers then pay: a price, and for how many periods.
    pub(crate) steps: Vec<(Minor, u32)>,
    /// Whether everybody counts as a newcomer.
    pub(crate) welcomes_all: bool,
}

impl Offer {
    /// The first day that newcomers pay for, where they have it from a day on.
    pub(crate) fn after_trial(&self, start: NaiveDate) -> NaiveDate {
        self.trial.map_or(start, |trial| trial.after(start, start.day()))
    }

    /// What newcomers pay for one period after the other, before the regular price.
    pub(crate) fn first_prices(&self) -> VecDeque<Minor> {
        self.steps.iter().flat_map(|(price, periods)| (0..*periods).map(|_| *price)).collect()
    }
}

/// The five moments of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transition {
    Immediate,
    ImmediateNextBooking,
    LastBooking,
    NextBooking,
    EndOfTerm,
}

impl Transition {
    /// All of them.
    pub(crate) const ALL: [Self; 5] = [
        Self::Immediate,
        Self::ImmediateNextBooking,
        Self::LastBooking,
        Self::NextBooking,
        Self::EndOfTerm,
    ];

    /// The name outside.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Immediate => "immediate",
            Self::ImmediateNextBooking => "immediate_next_booking",
            Self::LastBooking => "last_booking",
            Self::NextBooking => "next_booking",
            Self::EndOfTerm => "end_of_term",
        }
    }
}

/// What a checkout does to what was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    New,
    Replace,
    Add,
}

impl Mode {
    /// The name outside.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Replace => "replace",
            Self::Add => "add",
        }
    }
}

/// One rule of change.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "the merchant's form has as many boxes")]
pub(crate) struct Path {
    pub(crate) id: String,
    pub(crate) source_tags: Vec<String>,
    pub(crate) target_tags: Vec<String>,
    pub(crate) is_optional: bool,
    pub(crate) may_switch: bool,
    pub(crate) transition: Transition,
    pub(crate) by_day: bool,
    pub(crate) keeps_date: bool,
    pub(crate) allow_unpaid: bool,
    /// Whether newcomers have the introduction in a replacement, too.
    pub(crate) introduces: bool,
    pub(crate) priority: i64,
    pub(crate) is_active: bool,
    pub(crate) valid_from: Option<NaiveDate>,
    pub(crate) valid_until: Option<NaiveDate>,
}

/// One request for a checkout, and how far it goes.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) customer: String,
    pub(crate) offer: String,
    pub(crate) pin_sub: Option<usize>,
    pub(crate) pin_path: Option<String>,
    pub(crate) mode: Option<Mode>,
    pub(crate) allow_new: bool,
    /// With which coupon, by number.
    pub(crate) coupon: Option<usize>,
    pub(crate) complete: bool,
    pub(crate) pay: bool,
}

/// A running subscription that comes from elsewhere.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    /// Whose.
    pub(crate) customer: String,
    /// On what.
    pub(crate) offer: String,
    /// How many days ago it started.
    pub(crate) started_days_ago: u32,
    /// Its price, where it is not that of the offer.
    pub(crate) price: Option<Minor>,
    /// Whether it is cancelled to the end of its term.
    pub(crate) is_cancelled: bool,
    /// Gross of the invoice written elsewhere, and whether it is paid.
    pub(crate) invoice: Option<(Minor, bool)>,
}

/// One step of a life; numbers of things count in order of creation and wrap around.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    PutOffer(Offer),
    PutPath(Path),
    Checkout(Ask),
    Hold {
        holder: Ask,
        other: Ask,
    },
    /// A checkout that is held shortly before midnight, and completed, if at all, after it.
    HoldOver(Ask),
    Pay {
        invoice: usize,
    },
    /// Some quarters of what is due; more than four are a surplus.
    PayPart {
        invoice: usize,
        quarters: u32,
    },
    Unpay {
        invoice: usize,
    },
    /// Money of a customer that is for no invoice.
    Receive {
        customer: String,
        amount: Minor,
        currency: String,
    },
    /// The last money of a customer that was not for invoices alone bounces.
    Return {
        customer: String,
    },
    /// Some quarters of what is left of a line, or of everything.
    Credit {
        invoice: usize,
        line: Option<(usize, u32)>,
    },
    Cancel {
        sub: usize,
        now: bool,
    },
    /// Ends at once, with money back.
    Quit {
        sub: usize,
        all: bool,
    },
    Uncancel {
        sub: usize,
    },
    Withdraw {
        change: usize,
    },
    /// Running subscriptions on an offer are to pay another price.
    Reprice(Reprice),
    /// One of them is not.
    KeepPrice {
        sub: usize,
    },
    /// None of them is.
    WithdrawRaise {
        raise: usize,
    },
    BringOver(Arrival),
    Advance {
        days: u32,
    },
    Downtime {
        days: u32,
    },
    Run,
    Payout {
        customer: String,
        amount: Minor,
        currency: String,
    },
}

/// A merchant and everything that happens to him.
#[derive(Clone, Debug)]
pub(crate) struct Life {
    pub(crate) start: NaiveDate,
    pub(crate) settings: Settings,
    pub(crate) taxes: Vec<Tax>,
    pub(crate) offers: Vec<Offer>,
    pub(crate) paths: Vec<Path>,
    pub(crate) coupons: Vec<Coupon>,
    pub(crate) customers: Vec<String>,
    pub(crate) steps: Vec<Step>,
}

/// What was promised for the days between access and the first booking.
#[derive(Clone, Debug)]
pub(crate) struct Bridge {
    /// Its days.
    pub(crate) span: Span,
    /// What is added to the first invoice, or credited where below zero.
    pub(crate) gross: Minor,
    /// The replaced subscription, whose line a credit would concern.
    pub(crate) replaced: Option<usize>,
}

/// A subscription; `period` is `None` until it is booked for the first time.
#[derive(Clone, Debug)]
pub(crate) struct Sub {
    pub(crate) id: Option<String>,
    pub(crate) customer: String,
    pub(crate) deal: Offer,
    pub(crate) started_on: NaiveDate,
    pub(crate) ended_on: Option<NaiveDate>,
    pub(crate) anchor: u32,
    pub(crate) period: Option<Span>,
    pub(crate) term: Span,
    pub(crate) cancel_on: Option<NaiveDate>,
    pub(crate) bridge: Option<Bridge>,
    /// The day on which its trial ends, or ended.
    pub(crate) trial_until: Option<NaiveDate>,
    /// What its next periods cost, before the regular price.
    pub(crate) first_prices: VecDeque<Minor>,
    /// What is taken off its first booking.
    pub(crate) cut: Option<Coupon>,
    pub(crate) precursor: Option<usize>,
    pub(crate) successor: Option<usize>,
    pub(crate) parent: Option<usize>,
    pub(crate) chain: usize,
}

impl Sub {
    /// Whether it runs.
    pub(crate) fn is_active(&self) -> bool {
        self.ended_on.is_none()
    }

    /// The day on which it would be booked next if nothing stood against it.
    pub(crate) fn boundary(&self) -> NaiveDate {
        self.period.map_or(self.term.start, |period| period.end)
    }

    /// Whether it is in its trial.
    pub(crate) fn is_in_trial(&self) -> bool {
        self.period.is_none() && self.trial_until.is_some()
    }
}

/// What became of a scheduled change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Pending,
    Applied,
    Withdrawn,
    Superseded,
    Failed,
}

/// A decided transition that waits for its date.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) customer: String,
    pub(crate) source: usize,
    pub(crate) target: Offer,
    pub(crate) path: String,
    pub(crate) mode: Mode,
    pub(crate) transition: Transition,
    pub(crate) effective_on: NaiveDate,
    pub(crate) fate: Fate,
    pub(crate) reason: Option<&'static str>,
    pub(crate) result: Option<usize>,
    pub(crate) withdrew: Option<NaiveDate>,
    /// Whether it begins as it does for newcomers.
    pub(crate) introduced: bool,
    /// What is taken off the first booking of what it begins.
    pub(crate) cut: Option<Coupon>,
}

impl Change {
    /// The first day that what it begins is booked for.
    pub(crate) fn first_booking(&self) -> NaiveDate {
        let trial = self.target.trial.filter(|_| self.introduced);
        trial.map_or(self.effective_on, |_| self.target.after_trial(self.effective_on))
    }
}

/// A price change of an offer.
#[derive(Clone, Debug)]
pub(crate) struct Raise {
    pub(crate) asked: Reprice,
    pub(crate) day: NaiveDate,
    pub(crate) is_withdrawn: bool,
}

/// What a price change means for a subscription.
#[derive(Clone, Debug)]
pub(crate) struct RaisedSub {
    pub(crate) raise: usize,
    pub(crate) sub: usize,
    pub(crate) price: Minor,
    pub(crate) from: NaiveDate,
    pub(crate) all: bool,
    pub(crate) fate: Fate,
}

/// What a line of a document is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineKind {
    Period,
    Bridge,
    Credit,
}

/// One line of a document.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) sub: usize,
    pub(crate) offer: String,
    pub(crate) kind: LineKind,
    pub(crate) period: Span,
    pub(crate) sum: Sum,
    pub(crate) rate: Rate,
    /// What was taken off.
    pub(crate) discount: Minor,
    pub(crate) credited: Sum,
    pub(crate) is_void: bool,
}

/// An invoice or a credit note; one written elsewhere is not listed.
#[derive(Clone, Debug)]
pub(crate) struct Doc {
    pub(crate) is_invoice: bool,
    pub(crate) is_listed: bool,
    pub(crate) customer: String,
    pub(crate) currency: String,
    pub(crate) issued_on: NaiveDate,
    pub(crate) due_on: Option<NaiveDate>,
    pub(crate) lines: Vec<Line>,
    pub(crate) applied: Minor,
    pub(crate) due: Minor,
    /// What was paid, by the receipt with which it came in.
    pub(crate) paid: BTreeMap<usize, Minor>,
    pub(crate) given: Minor,
    pub(crate) credits: Option<usize>,
    pub(crate) is_cancelled: bool,
    /// How much was said of its being overdue.
    pub(crate) told: usize,
}

impl Doc {
    /// The sum of its lines.
    pub(crate) fn sum(&self) -> Sum {
        self.lines.iter().fold(Sum::default(), |sum, line| sum.plus(line.sum))
    }
}

/// One merchant, the whole book, and today.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) today: NaiveDate,
    pub(crate) settings: Settings,
    pub(crate) taxes: Vec<Tax>,
    pub(crate) offers: BTreeMap<String, Offer>,
    /// In order of their last edit.
    pub(crate) paths: Vec<Path>,
    pub(crate) coupons: Vec<Coupon>,
    pub(crate) redeemed: Vec<Redeemed>,
    /// Each with the day up to which it is billed.
    pub(crate) customers: BTreeMap<String, NaiveDate>,
    pub(crate) subs: Vec<Sub>,
    pub(crate) changes: Vec<Change>,
    pub(crate) raises: Vec<Raise>,
    pub(crate) raised: Vec<RaisedSub>,
    /// Which price changes left out which subscriptions, because these were to end.
    pub(crate) missed: Vec<(usize, usize)>,
    pub(crate) docs: Vec<Doc>,
    pub(crate) balances: BTreeMap<(String, String), Minor>,
    pub(crate) paid_out: Minor,
    /// What came in for the balances, by receipt: whose, the currency, how much.
    pub(crate) free: BTreeMap<usize, (String, String, Minor)>,
    /// How many receipts there were.
    pub(crate) receipts: usize,
    pub(crate) held: Option<usize>,
}
