//! Plans: stored in bulk, found again as accounts, lists and documents.

use chrono::TimeDelta;
use crossgrade::domain::catalogue::Terms;
use crossgrade::domain::change::{ChangeStatus, ScheduledChange};
use crossgrade::domain::document::{CreditLine, CreditNote, InvoiceStatus, Payment, PaymentKind};
use crossgrade::domain::ids::{ChangeId, CheckoutId, CreditNoteId, OfferId, PathId, PaymentId};
use crossgrade::domain::money::Money;
use crossgrade::domain::path::{Mode, Transition};
use crossgrade::domain::plan::Plan;
use crossgrade::domain::subscription::{BridgeCharge, BroughtOver, Status};
use crossgrade::store::accounts::{self, AccountDepth};
use crossgrade::store::changes::{self, ChangeFilter};
use crossgrade::store::documents::{self, DocumentFilter};
use crossgrade::store::subscriptions::{self, SubscriptionFilter};
use crossgrade::store::{
    Gathered, PAGE_BYTES_MAX, Page, Store, catalogue, customers, events, payments,
};

use super::samples::{
    buyer, buyers, customer, day, euro, ids, merchant, now, profile, purchase, range, read, saved,
    stock, store, subscription, terms, write,
};
use crate::support::both;

both! {
    a_purchase_comes_back_as_it_was,
    a_replacement_in_bulk_comes_back_as_it_was,
    statements_do_not_grow_with_the_batch,
    due_customers_are_claimed_by_id_unless_held,
    lists_are_filtered_and_paged,
    a_page_of_long_invoices_ends_early,
}

async fn a_purchase_comes_back_as_it_was(book: Store) {
    stock(&book).await;
    buyers(&book, 1).await;
    let plan = purchase(0, &mut ids(1));
    let stored = store(&book, vec![plan.clone()], 2).await;
    let invoice_id = plan.invoices[0].row.id.clone();
    assert_eq!(stored.invoices[&invoice_id], 1);
    read(&book, move |tx| {
        Box::pin(async move {
            let id = merchant();
            let all = [customer(0), customer(7)];
            let accounts =
                accounts::load_accounts(tx, &id, &all, AccountDepth::Full).await?.accounts;
            assert_eq!(accounts.len(), 2);
            assert!(accounts[1].subscriptions.is_empty());
            let (wanted, next) = &plan.subscriptions[0].row;
            assert_eq!(&accounts[0].subscriptions[&wanted.id], wanted);
            assert_eq!(accounts[0].sequence, 1);
            let mut invoice = plan.invoices[0].row.clone();
            invoice.number = Some(1);
            assert_eq!(accounts[0].invoices[&invoice_id], invoice);
            let found = subscriptions::find_subscription(tx, &id, &wanted.id).await?.unwrap();
            assert_eq!((&found.subscription, found.next_booking_on), (wanted, *next));
            let found = documents::find_invoice(tx, &id, &invoice_id).await?.unwrap();
            assert_eq!(found.invoice, invoice);
            assert_eq!(found.buyer.name, profile().name);
            let days = range("2026-02-01", "2026-02-02");
            let lines = documents::list_service_lines(tx, &id, &wanted.id, days).await?;
            assert_eq!((lines.len(), &lines[0].at), (1, &(invoice_id, 0)));
            let recorded = events::list_events(tx, &id, 0, 9).await?;
            let numbers: Vec<_> = recorded.iter().map(|event| event.sequence).collect();
            assert_eq!(numbers, [1, 2]);
            let told = plan.events[1].data.clone().numbered(1);
            assert_eq!(recorded[1].data, serde_json::to_value(told).unwrap());
            let again = events::find_event(tx, &id, &recorded[0].id).await?;
            assert_eq!(again.as_ref(), Some(&recorded[0]));
            assert_eq!(
                accounts::earliest_due(tx, &id, now(), day("2026-01-31"), now()).await?,
                plan.due_on
            );
            let uses = catalogue::offer_uses(tx, &id, &wanted.terms.offer, now()).await?;
            assert_eq!(uses[0].kind, "subscription");
            Ok(())
        })
    })
    .await;
}

/// What follows a purchase: the invoice is paid, then credited in full; another subscription in
/// its bridge replaces the first; two changes wait.
fn replacement(before: &Plan, seed: u8) -> Plan {
    let mut ids = ids(seed);
    let mut source = before.subscriptions[0].row.0.clone();
    let mut target = subscription(0, &mut ids);
    target.sequence = 2;
    target.terms = Terms { version: 1, ..terms("year") };
    target.price = Money::new(12_345, euro());
    target.customer = source.customer.clone();
    target.current_period = None;
    target.current_term = range("2026-02-28", "2027-02-28");
    target.precursor_id = Some(source.id.clone());
    target.chain_id = source.id.clone();
    target.bridge_charge = Some(BridgeCharge { gross: -17 });
    target.brought_over = Some(BroughtOver {
        gross: 0,
        paid: true,
        number: Some("A-1".to_owned()),
        credited_gross: 0,
        credited_tax: 0,
        cancelled: true,
    });
    source.status = Status::Ended;
    source.ended_on = Some(day("2026-02-10"));
    source.successor_id = Some(target.id.clone());
    source.cancel_on = Some(day("2027-01-31"));
    let mut invoice = before.invoices[0].row.clone();
    let credited = invoice.lines[0].credit(990, range("2026-01-31", "2026-02-28"));
    invoice.status = InvoiceStatus::Cancelled;
    (invoice.amount_due, invoice.paid, invoice.given_to_balance) = (0, 990, 990);
    let note = CreditNote {
        id: CreditNoteId::fresh(&mut ids),
        number: None,
        customer: source.customer.clone(),
        currency: euro(),
        issued_on: day("2026-02-10"),
        credits: Some(invoice.id.clone()),
        lines: vec![CreditLine { line: credited, of: Some(0) }],
        reason: None,
    };
    let payment = |kind, amount, invoice, reason: Option<&str>, ids: &mut _| {
        let id = PaymentId::fresh(ids);
        Payment {
            receipt: id.clone(),
            id,
            kind,
            invoice,
            checkout: (amount > 0).then(|| CheckoutId::stored("chk_1".to_owned())),
            amount,
            currency: euro(),
            reference: "ch_1".to_owned(),
            reason: reason.map(str::to_owned),
            paid_on: day("2026-02-10"),
        }
    };
    let change = |mode, ids: &mut _| ScheduledChange {
        introduced: true,
        id: ChangeId::fresh(ids),
        sequence: 3,
        customer: source.customer.clone(),
        subscription: source.id.clone(),
        terms: terms("year"),
        path: PathId::stored("up".to_owned()),
        mode,
        transition: Transition::NextBooking,
        effective_on: day("2026-02-28"),
        status: ChangeStatus::Pending,
        reason: Some("because".to_owned()),
        result_subscription: None,
        withdrew_cancel_on: Some(day("2027-01-31")),
        cut: None,
    };
    Plan {
        locale: Some("de".to_owned()),
        profile: None,
        trials_cancelled: Vec::new(),
        returned: Vec::new(),
        buyer: buyer(),
        customer: source.customer.clone(),
        sequence: 4,
        seen_on: Some(day("2026-02-10")),
        due_on: None,
        new_prices: Vec::new(),
        prolonged: Vec::new(),
        changes: vec![
            saved(true, change(Mode::Replace, &mut ids)),
            saved(true, change(Mode::Add, &mut ids)),
        ],
        payments: vec![
            payment(PaymentKind::Payment, 990, Some(invoice.id.clone()), None, &mut ids),
            payment(PaymentKind::Payout, -1, None, Some("payout"), &mut ids),
        ],
        invoices: vec![saved(false, invoice)],
        credit_notes: vec![note],
        balances: vec![(euro(), 989)],
        subscriptions: vec![
            saved(false, (source.clone(), None)),
            saved(true, (target, Some(day("2026-02-28")))),
        ],
        events: before.events.clone(),
    }
}

async fn a_replacement_in_bulk_comes_back_as_it_was(book: Store) {
    stock(&book).await;
    buyers(&book, 1).await;
    let first = purchase(0, &mut ids(1));
    let second = replacement(&first, 3);
    // Both at once: the later plan of a customer rests on the earlier one.
    let plans = vec![first.clone(), second.clone()];
    let stored = store(&book, plans, 2).await;
    assert_eq!(stored.credit_notes[&second.credit_notes[0].id], 1);
    read(&book, move |tx| {
        Box::pin(async move {
            let id = merchant();
            let mut invoice = second.invoices[0].row.clone();
            invoice.number = Some(1);
            for depth in [AccountDepth::Full, AccountDepth::Billing] {
                let all = [customer(0)];
                let loaded = accounts::load_accounts(tx, &id, &all, depth).await?;
                let account = &loaded.accounts[0];
                for saved in &second.subscriptions {
                    let wanted = &saved.row.0;
                    assert_eq!(&account.subscriptions[&wanted.id], wanted);
                }
                for saved in &second.changes {
                    assert_eq!(&account.changes[&saved.row.id], &saved.row);
                }
                assert_eq!(account.invoices[&invoice.id], invoice);
                assert_eq!(account.balance(euro()), 989);
                assert_eq!(account.sequence, 4);
            }
            assert!(tx.statements() <= 14, "{}", tx.statements());
            let note = &second.credit_notes[0];
            let mut numbered = note.clone();
            numbered.number = Some(1);
            let found = documents::find_credit_note(tx, &id, &note.id).await?.unwrap();
            assert_eq!(found.note, numbered);
            let of = documents::list_credit_notes_of(tx, &id, &invoice.id).await?;
            assert_eq!(of, [found]);
            let source = &second.subscriptions[0].row.0;
            let days = range("2026-01-01", "2027-01-01");
            let credits = documents::list_service_credits(tx, &id, &source.id, days).await?;
            assert_eq!(credits[0].of, Some((invoice.id.clone(), 0)));
            let found = subscriptions::find_subscription(tx, &id, &source.id).await?.unwrap();
            assert_eq!(found.scheduled_changes.len(), 2);
            let paid = payments::payments_of(tx, &id, std::slice::from_ref(&invoice.id)).await?;
            assert_eq!(paid[&invoice.id], second.payments[..1]);
            let together = payments::list_receipts(tx, &id, &invoice.id, "ch_1").await?;
            assert_eq!(together, second.payments[..1]);
            let of = payments::PaymentFilter { customer: Some(customer(0)), ..<_>::default() };
            let all = payments::list_payments(tx, &id, &of, &Page::first(9)).await?;
            let all: Vec<_> = all.into_iter().map(|found| found.payment).collect();
            assert_eq!(all, second.payments);
            let balances = customers::balances(tx, &id, &customer(0)).await?;
            assert_eq!(balances, [Money::new(989, euro())]);
            let change = &second.changes[0].row;
            assert_eq!(changes::find_change(tx, &id, &change.id).await?.as_ref(), Some(change));
            Ok(())
        })
    })
    .await;
}

async fn statements_do_not_grow_with_the_batch(book: Store) {
    stock(&book).await;
    let mut counts = Vec::new();
    for (seed, customers) in [(1, 0..2), (2, 2..302)] {
        let mut ids_of_batch = ids(seed);
        let batch: Vec<_> = customers.clone().map(|n| purchase(n, &mut ids_of_batch)).collect();
        let before = book.statements();
        store(&book, batch, seed + 10).await;
        let written = book.statements() - before;
        let read_in = read(&book, move |tx| {
            Box::pin(async move {
                let all: Vec<_> = customers.map(customer).collect();
                let loaded =
                    accounts::load_accounts(tx, &merchant(), &all, AccountDepth::Full).await?;
                assert!(loaded.accounts.iter().all(|a| a.invoices.len() == 1));
                Ok(tx.statements())
            })
        })
        .await;
        counts.push((written, read_in));
    }
    // A few decisions are written at once, many table by table; by SQLite 128 rows at a time, in
    // texts that it knows: 300 are 128, 128, 32, 8 and 4.
    let parts = if book.writes_apart() { 1 } else { 5 };
    assert!(counts[0].0 <= 3 && counts[1].0 <= 9 * parts, "{counts:?}");
    assert!(counts.iter().all(|(_, read)| *read == 1), "{counts:?}");
}

async fn due_customers_are_claimed_by_id_unless_held(book: Store) {
    stock(&book).await;
    let mut fresh = ids(1);
    let plans: Vec<_> = (0..5).map(|n| purchase(n, &mut fresh)).collect();
    store(&book, plans, 2).await;
    let due = day("2026-02-28");
    write(&book, move |tx| {
        Box::pin(async move {
            let id = merchant();
            let none = accounts::claim_due(tx, &id, day("2026-02-27"), now(), None, 9).await?;
            assert!(none.is_empty());
            let first = accounts::claim_due(tx, &id, due, now(), None, 2).await?;
            assert_eq!(first, [customer(0), customer(1)]);
            let rest = accounts::claim_due(tx, &id, due, now(), Some(&customer(1)), 9).await?;
            assert_eq!(rest, [customer(2), customer(3), customer(4)]);
            assert_eq!(accounts::count_due(tx, &id, due, now()).await?, 5);
            customers::lock_customers(tx, &id, &rest).await?;
            let until = now() + TimeDelta::minutes(15);
            customers::save_hold(tx, &id, &customer(0), Some(until)).await?;
            assert_eq!(accounts::count_due(tx, &id, due, now()).await?, 4);
            let first = accounts::claim_due(tx, &id, due, now(), None, 1).await?;
            assert_eq!(first, [customer(1)]);
            assert_eq!(accounts::earliest_lapse(tx, &id, now(), due).await?, Some(until));
            assert_eq!(accounts::earliest_lapse(tx, &id, until, due).await?, None);
            let first = accounts::claim_due(tx, &id, due, until, None, 1).await?;
            assert_eq!(first, [customer(0)]);
            Ok(())
        })
    })
    .await;
}

async fn lists_are_filtered_and_paged(book: Store) {
    stock(&book).await;
    let mut fresh = ids(1);
    let first: Vec<_> = (0..5).map(|n| purchase(n, &mut fresh)).collect();
    let second = replacement(&first[0], 3);
    let all = first.into_iter().chain([second]).collect();
    store(&book, all, 2).await;
    read(&book, |tx| {
        Box::pin(async move {
            let id = merchant();
            for (filter, count) in [
                (SubscriptionFilter::default(), 6),
                (SubscriptionFilter { customer: Some(customer(0)), ..Default::default() }, 2),
                (SubscriptionFilter { status: Some(Status::Ended), ..Default::default() }, 1),
                (
                    SubscriptionFilter {
                        customer: Some(customer(1)),
                        status: Some(Status::Active),
                        offer: Some(OfferId::stored("month".to_owned())),
                    },
                    1,
                ),
            ] {
                let mut page = Page::first(2);
                let mut seen = Vec::new();
                loop {
                    let found = subscriptions::list_subscriptions(tx, &id, &filter, &page).await?;
                    let Some(last) = found.last() else { break };
                    page = Page::after(last.subscription.id.as_str(), 2);
                    seen.extend(found.into_iter().map(|found| found.subscription.id));
                }
                assert!(seen.is_sorted());
                assert_eq!(seen.len(), count, "{filter:?}");
            }
            for (filter, invoices, notes) in [
                (DocumentFilter::default(), 5, 1),
                (DocumentFilter { customer: Some(customer(0)), ..Default::default() }, 1, 1),
                (DocumentFilter { status: Some(InvoiceStatus::Open), ..Default::default() }, 4, 1),
            ] {
                let page = Page::first(99);
                let found = documents::list_invoices(tx, &id, &filter, &page).await?;
                assert_eq!(found.len(), invoices, "{filter:?}");
                let found = documents::list_credit_notes(tx, &id, &filter, &page).await?;
                assert_eq!(found.len(), notes, "{filter:?}");
                let subscription = Some(found[0].note.lines[0].line.subscription.clone());
                let filter = DocumentFilter { subscription, ..Default::default() };
                let found = documents::list_invoices(tx, &id, &filter, &page).await?;
                assert_eq!(found.len(), 1);
                let found = documents::list_credit_notes(tx, &id, &filter, &page).await?;
                assert_eq!(found.len(), 1);
            }
            let status = Some(ChangeStatus::Pending);
            let filter = ChangeFilter { customer: Some(customer(0)), status, on: None };
            let found = changes::list_changes(tx, &id, &filter, &Page::first(9)).await?;
            assert_eq!(found.len(), 2);
            assert_eq!(customers::list_customers(tx, &id, &Page::first(3)).await?.len(), 3);
            Ok(())
        })
    })
    .await;
}

/// What hangs on the rows of a page is a part of it.
async fn a_page_of_long_invoices_ends_early(book: Store) {
    stock(&book).await;
    buyers(&book, 40).await;
    let mut made = ids(9);
    let long = (0..40).map(|n| {
        let mut plan = purchase(n, &mut made);
        let lines = &mut plan.invoices[0].row.lines;
        lines[0].line.description = "x".repeat(1_000);
        *lines = vec![lines[0].clone(); 300];
        plan
    });
    let long: Vec<Plan> = long.collect();
    store(&book, long, 3).await;
    let (mut seen, mut pages, mut after) = (Vec::new(), 0, None);
    loop {
        let gathered = Gathered::default();
        let page = Page { after: after.take(), ..Page::first(200).gathering(&gathered) };
        let found = read(&book, move |tx| {
            Box::pin(async move {
                let all = DocumentFilter::default();
                documents::list_invoices(tx, &merchant(), &all, &page).await
            })
        });
        let found = found.await;
        assert!(gathered.bytes() < PAGE_BYTES_MAX * 2, "{}", gathered.bytes());
        pages += 1;
        seen.extend(found.iter().map(|it| it.invoice.id.clone()));
        if !gathered.ended_early() {
            break;
        }
        after = found.last().map(|it| it.invoice.id.to_string());
    }
    seen.dedup();
    assert_eq!(seen.len(), 40, "each once");
    assert!((3..=5).contains(&pages), "{pages}");
}
