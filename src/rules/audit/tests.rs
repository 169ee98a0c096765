//! A book made by the rules is sound; bent in any way it is not, and the fault has its name.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate};

use super::*;
use crate::domain::account::Account;
use crate::domain::book::WrittenDocument;
use crate::domain::calendar::DateRange;
use crate::domain::campaign::Discount;
use crate::domain::change::{ChangeStatus, ScheduledChange};
use crate::domain::coupon::{DiscountSource, FirstLineDiscount};
use crate::domain::document::{Document, Invoice, InvoiceStatus, LineKind};
use crate::domain::ids::{
    ChangeId, CheckoutId, CouponId, CustomerId, Ids, InvoiceId, PathId, PriceChangeId,
    SubscriptionId,
};
use crate::domain::path::{BillingDate, Mode, Proration, Transition};
use crate::domain::price_change::{NewPrice, NewPriceStatus, PriceScope};
use crate::domain::subscription::{BroughtOver, Subscription};
use crate::rules::ledger::{Ledger, Tariff};
use crate::rules::payments::{IncomingPayment, settle};
use crate::rules::samples::offer;
use crate::rules::transitions::DecidedChange;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn deal(
    source: &SubscriptionId,
    target: &str,
    mode: Mode,
    transition: Transition,
) -> DecidedChange {
    let by_day = matches!(transition, Transition::Immediate | Transition::ImmediateNextBooking);
    DecidedChange {
        source: source.clone(),
        terms: offer(target, 400, "P1M", "P1M").terms,
        path: PathId::parse("path").unwrap(),
        mode,
        transition,
        proration: if by_day { Proration::Day } else { Proration::None },
        billing_date: BillingDate::Reset,
        introduced: false,
        cut: None,
    }
}

fn pay_all(ledger: &mut Ledger<'_>) {
    let open: Vec<InvoiceId> = ledger
        .account
        .invoices
        .values()
        .filter(|invoice| invoice.status == InvoiceStatus::Open)
        .map(|invoice| invoice.id.clone())
        .collect();
    let received = IncomingPayment { reference: "psp", paid_on: ledger.today, checkout: None };
    settle(&mut ledger.account, &open, &received, ledger.ids);
}

/// A month from 31 January with an archive beside it from 10 February, prorated, both booked on
/// the 28th and paid; on 10 March the month becomes a year at once, prorated, which stays unpaid.
/// A month from elsewhere gets an addition back to the start of its period. Two changes wait.
fn account() -> Account {
    let tariff = Tariff { taxes: BTreeMap::new(), payment_days: 14, dunning: Vec::new() };
    let mut ids = Ids::new(DateTime::UNIX_EPOCH, [3; 32]);
    let account = Account::empty(CustomerId::parse("ada").unwrap());
    let today = day("2026-01-31");
    let mut ledger = Ledger { account, tariff: &tariff, today, ids: &mut ids };
    let first = SubscriptionId::parse("month").unwrap();
    let terms = offer("month", 990, "P1M", "P1M").terms;
    let month = ledger.fresh(first.clone(), &terms, today, today, 31);
    ledger.account.subscriptions.insert(first.clone(), month);
    ledger.book(today);
    pay_all(&mut ledger);
    ledger.today = day("2026-02-10");
    let bridge = deal(&first, "archive", Mode::Add, Transition::ImmediateNextBooking);
    let archive = ledger.make(&bridge).unwrap().subscription.unwrap();
    ledger.today = day("2026-03-10");
    ledger.bring_up_to_date();
    pay_all(&mut ledger);
    ledger.make(&deal(&first, "year", Mode::Replace, Transition::Immediate)).unwrap();
    let from = day("2026-02-15");
    let id = SubscriptionId::parse("over").unwrap();
    let over = ledger.fresh(
        id.clone(),
        &offer("over", 700, "P1M", "P1M").terms,
        day("2025-12-15"),
        day("2026-03-15"),
        15,
    );
    let booked = DateRange { start: from, end: day("2026-03-15") };
    let over = Subscription {
        current_period: Some(booked),
        current_term: booked,
        is_brought_over: true,
        brought_over: Some(BroughtOver {
            gross: 700,
            paid: true,
            number: None,
            credited_gross: 0,
            credited_tax: 0,
            cancelled: false,
        }),
        ..over
    };
    ledger.account.subscriptions.insert(id.clone(), over);
    ledger.make(&deal(&id, "extra", Mode::Add, Transition::LastBooking)).unwrap();
    ledger.make(&deal(&archive, "more", Mode::Replace, Transition::NextBooking)).unwrap();
    ledger.make(&deal(&archive, "also", Mode::Add, Transition::EndOfTerm)).unwrap();
    ledger.account
}

fn book() -> CustomerBook {
    book_of(account())
}

/// A month from 31 January, and an archive beside it from 10 February that keeps the billing date.
fn kept() -> CustomerBook {
    let tariff = Tariff { taxes: BTreeMap::new(), payment_days: 14, dunning: Vec::new() };
    let mut ids = Ids::new(DateTime::UNIX_EPOCH, [3; 32]);
    let account = Account::empty(CustomerId::parse("ada").unwrap());
    let today = day("2026-01-31");
    let mut ledger = Ledger { account, tariff: &tariff, today, ids: &mut ids };
    let first = SubscriptionId::parse("month").unwrap();
    let terms = offer("month", 990, "P1M", "P1M").terms;
    let month = ledger.fresh(first.clone(), &terms, today, today, 31);
    ledger.account.subscriptions.insert(first.clone(), month);
    ledger.book(today);
    ledger.today = day("2026-02-10");
    let deal = deal(&first, "archive", Mode::Add, Transition::Immediate);
    ledger.make(&DecidedChange { billing_date: BillingDate::Keep, ..deal }).unwrap();
    pay_all(&mut ledger);
    book_of(ledger.account)
}

fn book_of(account: Account) -> CustomerBook {
    let mut book = CustomerBook::empty(account.customer.clone());
    book.sequence = account.sequence;
    book.due_on = account.due_on();
    for (id, one) in &account.subscriptions {
        book.subscriptions.insert(id.clone(), (one.clone(), account.next_booking_on(one)));
    }
    book.changes = account.changes.values().cloned().collect();
    let places = |lines: usize| (0..).take(lines).collect();
    for invoice in account.invoices.values().cloned() {
        let (totals, places) = (invoice.totals(), places(invoice.lines.len()));
        book.invoices.push(WrittenDocument { document: invoice, totals, places });
    }
    for document in &account.issued {
        if let Document::CreditNote(note) = document.clone() {
            let (totals, places) = (note.totals(), places(note.lines.len()));
            book.credit_notes.push(WrittenDocument { document: note, totals, places });
        }
    }
    let price = |id: &str, of: &Subscription, status, applied_on| NewPrice {
        change: PriceChangeId::stored(id.to_owned()),
        subscription: of.id.clone(),
        customer: account.customer.clone(),
        before: of.price,
        price: of.price,
        from: day("2026-02-15"),
        told_on: day("2026-01-01"),
        scope: PriceScope::All,
        status,
        reason: None,
        applied_on,
        withdrawn_on: None,
    };
    let named = |offer: &str| {
        let mut all = account.subscriptions.values();
        all.find(|it| it.terms.offer.as_str() == offer && it.is_active())
    };
    if let (Some(extra), Some(archive)) = (named("extra"), named("archive")) {
        let start = extra.current_period.map(|period| period.start);
        book.new_prices = vec![
            price("prc_1", extra, NewPriceStatus::Applied, start),
            price("prc_2", archive, NewPriceStatus::Pending, None),
        ];
    }
    book.payments = account.payments;
    book.balances = account.balances;
    let source = book.subscriptions.keys().next().unwrap().clone();
    book.held.push((CheckoutId::parse("chk").unwrap(), source));
    let checkout = CheckoutId::parse("chk_ten").unwrap();
    let by = DiscountSource::Coupon {
        coupon: CouponId::stored("ten".to_owned()),
        code: "Ten".to_owned(),
        checkout: Some(checkout.clone()),
    };
    if let Some(change) = book.changes.first_mut() {
        change.cut = Some(FirstLineDiscount { by, off: Discount::Amount(100) });
        book.redeemed.push(("TEN".to_owned(), checkout, true));
    }
    book
}

#[test]
fn the_rest_of_a_period_is_sound_and_any_other_part_of_it_is_not() {
    assert_eq!(codes(&kept()), "");
    let bent = |bend: fn(&mut Subscription)| {
        let mut book = kept();
        bend(of(&mut book, "archive"));
        codes(&book)
    };
    let early = bent(|it| it.current_period.as_mut().unwrap().start = day("2026-02-01"));
    assert!(early.contains("period-wrong"), "{early}");
    let late = bent(|it| it.current_period.as_mut().unwrap().end = day("2026-02-27"));
    assert!(late.contains("period-wrong"), "{late}");
    let elsewhere = bent(|it| it.anchor_day = 20);
    assert!(elsewhere.contains("period-wrong"), "{elsewhere}");
    let unbooked = bent(|it| it.current_term.start = day("2026-02-10"));
    assert!(unbooked.contains("term-wrong"), "{unbooked}");
}

/// Of what a book holds, by offer: the first subscription, its name.
fn of<'b>(book: &'b mut CustomerBook, offer: &str) -> &'b mut Subscription {
    let mut all = book.subscriptions.values_mut().map(|(one, _)| one);
    all.find(|one| one.terms.offer.as_str() == offer).unwrap()
}

fn invoice(book: &mut CustomerBook, place: usize) -> &mut Invoice {
    &mut book.invoices[place].document
}

fn stranger() -> SubscriptionId {
    SubscriptionId::parse("stranger").unwrap()
}

fn codes(book: &CustomerBook) -> String {
    let mut codes: Vec<_> = audit_customer(book).into_iter().map(|fault| fault.code).collect();
    codes.sort();
    codes.dedup();
    codes.iter().map(|code| code.name()).collect::<Vec<_>>().join(" ")
}

#[test]
fn what_the_rules_make_is_sound() {
    let book = book();
    assert_eq!(audit_customer(&book), []);
    assert_eq!((book.subscriptions.len(), book.invoices.len(), book.credit_notes.len()), (5, 4, 2));
    assert!(book.payments.len() > 1 && book.changes.len() == 2);
    assert_eq!(book.things(), 1 + 5 + 2 + 2 + 4 + 2 + book.payments.len());
}

/// How a book is bent, and the codes of what is then wrong.
type DamageCase = (&'static str, fn(&mut CustomerBook), &'static str);

const BENT: &[DamageCase] = &[
    ("a line moved", |b| invoice(b, 0).lines[0].line.period.end = day("2026-02-20"), "day-unpaid"),
    (
        "a line copied",
        |b| {
            let copy = b.invoices[1].document.lines[0].clone();
            invoice(b, 0).lines.push(copy);
        },
        "day-paid-twice line-credits-differ totals-wrong amount-due-wrong balance-wrong",
    ),
    (
        "a line ahead",
        |b| invoice(b, 2).lines[0].line.period.end = day("2028-01-01"),
        "day-not-booked",
    ),
    ("tax that is not in it", |b| invoice(b, 0).lines[0].line.tax = 1, "line-wrong totals-wrong"),
    (
        "a stranger's line",
        |b| invoice(b, 0).lines[0].line.subscription = stranger(),
        "day-unpaid line-astray",
    ),
    (
        "a credit too high",
        |b| b.credit_notes[0].document.lines[0].line.gross = 5_000,
        "line-wrong line-over-credited line-credits-differ totals-wrong balance-wrong",
    ),
    (
        "a credit forgotten",
        |b| invoice(b, 1).lines[0].credited_gross = 0,
        "line-credits-differ amount-due-wrong",
    ),
    (
        "a credit of no line",
        |b| b.credit_notes[0].document.lines[0].of = Some(9),
        "line-credits-differ credit-astray",
    ),
    (
        "a credit of no invoice",
        |b| b.credit_notes[0].document.credits = None,
        "line-credits-differ credit-astray",
    ),
    ("a note deleted", |b| drop(b.credit_notes.remove(0)), "line-credits-differ balance-wrong"),
    (
        "an elsewhere note deleted",
        |b| drop(b.credit_notes.remove(1)),
        "day-paid-twice line-credits-differ balance-wrong",
    ),
    ("totals", |b| b.invoices[0].totals.gross += 1, "totals-wrong"),
    ("a line lost from the middle", |b| b.invoices[1].places = vec![0, 2], "totals-wrong"),
    (
        "more due",
        |b| invoice(b, 2).amount_due += 1,
        "amount-due-wrong invoice-status-wrong balance-wrong",
    ),
    (
        "paid for nothing",
        |b| invoice(b, 0).status = InvoiceStatus::Open,
        "invoice-status-wrong due-wrong",
    ),
    ("less paid", |b| invoice(b, 0).paid -= 1, "amount-due-wrong paid-wrong"),
    ("a payment lost", |b| drop(b.payments.remove(0)), "paid-wrong balance-wrong"),
    (
        "a payment astray",
        |b| b.payments[0].invoice = Some(InvoiceId::parse("x").unwrap()),
        "paid-wrong payment-astray",
    ),
    ("a payment taken for a payout", |b| b.payments[0].invoice = None, "paid-wrong"),
    ("a balance", |b| b.balances.values_mut().for_each(|minor| *minor += 7), "balance-wrong"),
    ("a successor lost", |b| of(b, "month").successor_id = None, "chain-broken"),
    ("a precursor lost", |b| of(b, "year").precursor_id = None, "chain-broken"),
    ("another chain", |b| of(b, "year").chain_id = stranger(), "chain-broken"),
    (
        "its own precursor",
        |b| {
            let id = of(b, "archive").id.clone();
            of(b, "archive").precursor_id = Some(id);
        },
        "chain-broken",
    ),
    (
        "its own parent",
        |b| {
            let id = of(b, "archive").id.clone();
            of(b, "archive").parent_id = Some(id);
        },
        "parent-broken",
    ),
    (
        "a parent left behind",
        |b| {
            let id = of(b, "month").id.clone();
            of(b, "archive").parent_id = Some(id);
        },
        "parent-broken",
    ),
    ("an end lost", |b| of(b, "month").ended_on = None, "day-unpaid chain-broken dates-wrong"),
    (
        "an end before the start",
        |b| of(b, "month").ended_on = Some(day("2026-01-01")),
        "chain-broken dates-wrong",
    ),
    (
        "cancelled for a day within what is booked",
        |b| of(b, "archive").cancel_on = Some(day("2026-03-11")),
        "dates-wrong",
    ),
    (
        "booked before the start",
        |b| of(b, "year").first_booking_on = day("2026-01-01"),
        "dates-wrong",
    ),
    ("another anchor", |b| of(b, "archive").anchor_day = 5, "period-wrong term-wrong"),
    ("a longer term", |b| of(b, "archive").current_term.end = day("2027-01-01"), "term-wrong"),
    (
        "a period without its line",
        |b| {
            of(b, "extra").current_period =
                Some(DateRange { start: day("2026-03-15"), end: day("2026-04-15") });
        },
        "day-unpaid term-wrong next-booking-wrong",
    ),
    (
        "a bridge without its line",
        |b| invoice(b, 1).lines.retain(|line| line.line.kind != LineKind::Bridge),
        "day-unpaid totals-wrong amount-due-wrong balance-wrong",
    ),
    (
        "a next booking",
        |b| b.subscriptions.values_mut().for_each(|(_, next)| *next = None),
        "next-booking-wrong",
    ),
    ("due", |b| b.due_on = None, "due-wrong"),
    ("a sequence that was never given", |b| b.sequence -= 1, "sequence-wrong"),
    ("a sequence given twice", |b| b.changes[1].sequence = b.changes[0].sequence, "sequence-wrong"),
    (
        "a change of a stranger",
        |b| b.changes[0].subscription = stranger(),
        "next-booking-wrong change-astray",
    ),
    (
        "a change of what has ended",
        |b| {
            let id = of(b, "month").id.clone();
            b.changes[0].subscription = id;
        },
        "next-booking-wrong change-astray",
    ),
    (
        "two replacements",
        |b| {
            let id = ChangeId::parse("twin").unwrap();
            let twin = ScheduledChange { id, sequence: 0, ..b.changes[0].clone() };
            b.changes.push(twin);
        },
        "change-doubled",
    ),
    (
        "applied, and nothing began",
        |b| b.changes[0].status = ChangeStatus::Applied,
        "next-booking-wrong change-result-wrong",
    ),
    (
        "pending, and something began",
        |b| b.changes[0].result_subscription = Some(stranger()),
        "change-result-wrong",
    ),
    (
        "a new price of what has ended",
        |b| {
            let id = of(b, "month").id.clone();
            b.new_prices[1].subscription = id;
        },
        "new-price-astray",
    ),
    (
        "two new prices",
        |b| {
            let twin = b.new_prices[1].clone();
            b.new_prices.push(twin);
        },
        "new-price-astray",
    ),
    ("another price than the new one", |b| of(b, "extra").price.minor = 1, "price-wrong"),
    ("booked too early", |b| b.new_prices[0].from = day("2026-02-16"), "price-wrong"),
    (
        "booked at another price",
        |b| {
            of(b, "extra").price.minor = 1;
            b.new_prices[0].price.minor = 1;
        },
        "price-wrong",
    ),
    ("a coupon that nobody redeemed", |b| b.redeemed.clear(), "coupon-astray"),
    ("a coupon redeemed without a purchase", |b| b.redeemed[0].2 = false, "coupon-astray"),
    (
        "a coupon kept once it is booked",
        |b| of(b, "year").cut = b.changes[0].cut.clone(),
        "coupon-astray",
    ),
    ("a hold on a stranger", |b| b.held[0].1 = stranger(), "hold-astray"),
];

#[test]
fn every_way_to_bend_a_book_has_its_name() {
    let mut seen = std::collections::BTreeSet::new();
    let mut wrong = Vec::new();
    for (how, bend, expected) in BENT {
        let mut bent = book();
        bend(&mut bent);
        let found = codes(&bent);
        seen.extend(found.split(' ').map(str::to_owned));
        if found != *expected {
            wrong.push(format!("{how}: {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let elsewhere = [
        "number-gap",
        "number-counter-wrong",
        "event-gap",
        "event-counter-wrong",
        "unreadable",
        "more-faults",
        // Of what a shop sells: bent in the database, where they are.
        "order-total-wrong",
        "order-refund-wrong",
        "order-offer-wrong",
        "order-coupon-wrong",
        "stock-wrong",
        "gift-stock-wrong",
    ];
    for code in FaultCode::ALL {
        let code = code.name();
        assert!(seen.contains(code) != elsewhere.contains(&code), "{code}");
    }
}

#[test]
fn what_is_held_may_begin_with_a_change_that_waits() {
    let mut book = book();
    book.held[0].1 = SubscriptionId::of_change(&book.changes[0].id);
    assert_eq!(codes(&book), "");
}

#[test]
fn numbers_count_from_one_and_the_counter_stands_at_the_last() {
    let numbers =
        |counter, count, highest, missing| NumberSequence { counter, count, highest, missing };
    for (numbers, expected) in [
        (numbers(0, 0, 0, 1), ""),
        (numbers(3, 3, 3, 4), ""),
        (numbers(3, 2, 3, 2), "number-gap"),
        (numbers(3, 2, 2, 3), "number-counter-wrong"),
        (numbers(2, 2, 3, 1), "number-gap number-counter-wrong"),
    ] {
        let faults = audit_numbers(NumbersOf::Invoices, "default", numbers);
        let codes: Vec<_> = faults.iter().map(|fault| fault.code.name()).collect();
        assert_eq!(codes.join(" "), expected, "{numbers:?}");
    }
}
