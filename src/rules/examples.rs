//! The worked examples of the domain as tests of the rules alone, with the numbers as a person
//! computes them. The same examples stand as scenario files; this table needs no database.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate};

use crate::domain::account::Account;
use crate::domain::calendar::Period;
use crate::domain::catalogue::{Introduction, Offer, Terms};
use crate::domain::checkout::CheckoutRequest;
use crate::domain::document::Document;
use crate::domain::ids::{CustomerId, Ids, OfferId, PathId, ProductId, SubscriptionId, TagId};
use crate::domain::money::{Currency, Money};
use crate::domain::path::{BillingDate, Path, Proration, Transition, UnpaidSource};
use crate::domain::text::Text;
use crate::domain::translation::Wording;

use super::checkout::{CheckoutDecision, CheckoutFacts, CheckoutRefusal, decide_checkout};
use super::ledger::Tariff;
use super::matching::MatchFacts;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn offer(id: &str, minor: i64, period: &str, term: &str) -> Offer {
    let period = Period::parse(period).unwrap();
    let terms = Terms {
        offer: OfferId::parse(id).unwrap(),
        version: 1,
        title: id.to_owned(),
        products: vec![(ProductId::parse("paper").unwrap(), "The Paper".to_owned())],
        price: Money::new(minor, Currency::parse("EUR").unwrap()),
        billing_period: period,
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
    Offer { terms, tags: BTreeSet::from([TagId::parse(id).unwrap()]), active: true }
}

fn path(source: &str, target: &str, transition: Transition, proration: Proration) -> Path {
    Path {
        id: PathId::parse("path").unwrap(),
        edit: 1,
        edited_at: DateTime::UNIX_EPOCH,
        internal_title: String::new(),
        internal_description: None,
        title: Text::parse("").unwrap(),
        description: Text::parse("").unwrap(),
        source_tags: BTreeSet::from([TagId::parse(source).unwrap()]),
        target_tags: BTreeSet::from([TagId::parse(target).unwrap()]),
        optional: target == "archive",
        customer_may_switch: false,
        transition,
        proration,
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

fn catalogue() -> Vec<Offer> {
    vec![
        offer("month", 990, "P1M", "P1M"),
        offer("year", 9_900, "P1Y", "P1Y"),
        offer("year-m", 890, "P1M", "P1Y"),
        offer("archive", 400, "P1M", "P1M"),
    ]
}

/// A customer and a clock that only moves forward.
struct ExampleCustomer {
    account: Account,
    paths: Vec<Path>,
    tariff: Tariff,
    held: BTreeSet<SubscriptionId>,
    ids: Ids,
}

impl ExampleCustomer {
    fn new(paths: Vec<Path>) -> Self {
        Self {
            account: Account::empty(CustomerId::parse("ada").unwrap()),
            paths,
            tariff: Tariff { taxes: BTreeMap::new(), payment_days: 14, dunning: Vec::new() },
            held: BTreeSet::new(),
            ids: Ids::new(DateTime::UNIX_EPOCH, [1; 32]),
        }
    }

    fn decide(&mut self, on: &str, target: &str) -> Result<CheckoutDecision, CheckoutRefusal> {
        let offers = catalogue();
        let facts = CheckoutFacts {
            account: self.account.clone(),
            tariff: self.tariff.clone(),
            matching: MatchFacts {
                target: offers.iter().find(|o| o.terms.offer.as_str() == target).unwrap().clone(),
                paths: self.paths.clone(),
                tags: offers.iter().map(|o| (o.terms.offer.clone(), o.tags.clone())).collect(),
                held: self.held.clone(),
                known_products: BTreeSet::new(),
            },
            cut: None,
        };
        let request =
            CheckoutRequest::plain(self.account.customer.clone(), OfferId::parse(target).unwrap());
        decide_checkout(&facts, &request, &mut self.ids, day(on))
    }

    fn buy(&mut self, on: &str, target: &str) -> CheckoutDecision {
        let decision = self.decide(on, target).unwrap();
        self.account = decision.outcome().account.clone();
        let open: Vec<_> = self.account.invoices.keys().cloned().collect();
        let received =
            super::payments::IncomingPayment { reference: "psp", paid_on: day(on), checkout: None };
        super::payments::settle(&mut self.account, &open, &received, &mut self.ids);
        self.account.issued.clear();
        decision
    }

    fn bill(&mut self, on: &str) -> Vec<String> {
        let tariff = self.tariff.clone();
        let mut ledger = super::ledger::Ledger {
            account: self.account.clone(),
            tariff: &tariff,
            today: day(on),
            ids: &mut self.ids,
        };
        ledger.bring_up_to_date();
        let documents = told(&ledger.account.issued);
        self.account = ledger.account;
        self.account.issued.clear();
        documents
    }
}

fn told(documents: &[Document]) -> Vec<String> {
    let lines = |lines: Vec<&crate::domain::document::Line>| {
        let line = lines.iter().map(|line| {
            format!("{} {} {}..{}", line.offer, line.gross, line.period.start, line.period.end)
        });
        line.collect::<Vec<_>>().join(" + ")
    };
    let tell = |document: &Document| match document {
        Document::Invoice(invoice) => format!(
            "invoice {} due {}",
            lines(invoice.lines.iter().map(|line| &line.line).collect()),
            invoice.amount_due
        ),
        Document::CreditNote(note) => {
            format!("credit {}", lines(note.lines.iter().map(|line| &line.line).collect()))
        }
    };
    documents.iter().map(tell).collect()
}

/// Target, transition, proration, documents at once, effective on, documents at the boundary.
type Row =
    (&'static str, Transition, Proration, Vec<&'static str>, &'static str, Vec<&'static str>);

#[test]
fn the_worked_examples_from_the_month() {
    use Transition as T;
    let (none, by_day) = (Proration::None, Proration::Day);
    let year = "invoice year 9900 2026-02-28..2027-02-28 due 9900";
    #[rustfmt::skip]
    let table: Vec<Row> = vec![
        ("year", T::NextBooking, none, vec![], "2026-02-28", vec![year]),
        ("year", T::Immediate, none, vec!["invoice year 9900 2026-02-10..2027-02-10 due 9900"],
            "2026-02-10", vec![]),
        ("year", T::Immediate, by_day, vec!["credit month 636 2026-02-10..2026-02-28",
            "invoice year 9900 2026-02-10..2027-02-10 due 9264"], "2026-02-10", vec![]),
        ("year", T::LastBooking, none, vec!["credit month 990 2026-01-31..2026-02-28",
            "invoice year 9900 2026-01-31..2027-01-31 due 8910"], "2026-01-31", vec![]),
        ("year", T::ImmediateNextBooking, none, vec![], "2026-02-10", vec![year]),
        ("archive", T::ImmediateNextBooking, none, vec![], "2026-02-10",
            vec!["invoice month 990 2026-02-28..2026-03-31 + archive 400 2026-02-28..2026-03-31 \
            due 1390"]),
    ];
    for (target, transition, proration, now, effective, at_the_boundary) in table {
        let mut shop = ExampleCustomer::new(vec![path("month", target, transition, proration)]);
        shop.buy("2026-01-31", "month");
        let decision = shop.buy("2026-02-10", target);
        let case = format!("{target} {transition:?} {proration:?}");
        assert_eq!(told(&decision.outcome().documents), now, "{case}");
        assert_eq!(decision.outcome().effective_on, day(effective), "{case}");
        assert!(shop.bill("2026-02-27").is_empty(), "{case}");
        assert_eq!(shop.bill("2026-02-28"), at_the_boundary, "{case}");
    }
}

#[test]
fn a_yearly_term_paid_monthly_runs_to_its_end_or_is_broken() {
    for (transition, breaks_on, texts_say) in [
        (Transition::EndOfTerm, "2027-01-31", "2026-03-31"),
        (Transition::NextBooking, "2026-03-31", "2026-03-31"),
    ] {
        let mut shop =
            ExampleCustomer::new(vec![path("year-m", "month", transition, Proration::None)]);
        shop.buy("2026-01-31", "year-m");
        let decision = shop.buy("2026-03-05", "month");
        assert_eq!(told(&decision.catch_up).len(), 1, "February was due and is shown apart");
        assert_eq!(decision.outcome().effective_on, day(breaks_on));
        assert_eq!(decision.outcome().next_payment_on, Some(day(texts_say)));
        let booked = shop.bill("2027-01-31");
        let months = booked.iter().filter(|told| told.contains("year-m 890")).count();
        assert_eq!(months, if transition == Transition::EndOfTerm { 10 } else { 0 });
        assert!(booked.last().unwrap().starts_with("invoice month 990 2027-01-31..2027-02-28"));
    }
}

#[test]
fn a_customer_has_as_many_subscriptions_as_one_may_and_replaces_them() {
    use super::checkout::RefusalCode::TooManySubscriptions;
    use super::subscriptions::{RunningElsewhere, SUBSCRIPTIONS_MAX, decide_bring_overs};
    let step = path("month", "year", Transition::Immediate, Proration::None);
    let more = path("month", "archive", Transition::NextBooking, Proration::None);
    let mut shop = ExampleCustomer::new(vec![step, more]);
    shop.buy("2026-01-31", "month");
    let extra = RunningElsewhere {
        id: None,
        parent: None,
        terms: offer("year-m", 890, "P1M", "P1Y").terms,
        price: None,
        started_on: day("2026-02-01"),
        current_period: None,
        current_term: None,
        cancel_on: None,
        brought_over: None,
        may_double: true,
    };
    let (told, nobody) = (vec![extra; SUBSCRIPTIONS_MAX], BTreeSet::new());
    let (tariff, ids) = (&shop.tariff, &mut shop.ids);
    let on = day("2026-02-10");
    let (plan, made) = decide_bring_overs(&shop.account, tariff, &told, &nobody, on, ids);
    let refused: Vec<_> = made.iter().filter_map(|made| made.as_ref().err()).collect();
    assert_eq!(refused.len(), 1, "one of them is there already");
    assert_eq!(refused[0][0].pointer, "/customer");
    for new in plan.subscriptions {
        shop.account.subscriptions.insert(new.row.0.id.clone(), new.row.0);
    }
    assert_eq!(shop.account.active().len(), SUBSCRIPTIONS_MAX);
    assert_eq!(shop.decide("2026-02-10", "archive").unwrap_err().code, TooManySubscriptions);
    shop.buy("2026-02-10", "year");
    assert_eq!(shop.account.active().len(), SUBSCRIPTIONS_MAX);
}

#[test]
fn a_source_that_another_checkout_holds_is_rejected() {
    use super::checkout::RefusalCode;
    use super::matching::Reason;
    use crate::domain::verdict::Verdict;
    let step = path("month", "year", Transition::NextBooking, Proration::None);
    let mut shop = ExampleCustomer::new(vec![step]);
    shop.buy("2026-01-31", "month");
    let source = shop.account.subscriptions.keys().next().unwrap().clone();
    shop.held.insert(source);
    let refusal = shop.decide("2026-02-10", "year").unwrap_err();
    assert_eq!(refusal.code, RefusalCode::ChangeNotPossible);
    assert_eq!(refusal.considered[0].verdict, Verdict::Rejected(Reason::SourceHeld));
    shop.held.clear();
    assert!(shop.decide("2026-02-10", "year").is_ok());
}
