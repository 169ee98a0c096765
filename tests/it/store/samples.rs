//! Things to store.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use crossgrade::domain::calendar::{DateRange, Period};
use crossgrade::domain::catalogue::{
    Exemption, ExemptionKind, Granted, Introduction, Offer, PriceStep, Product, ProductKind, Tag,
    Tax, Terms,
};
use crossgrade::domain::document::{Invoice, InvoiceLine, InvoiceStatus, Line, LineKind};
use crossgrade::domain::event::EventKind;
use crossgrade::domain::event_data::{InvoiceData, SubscriptionData};
use crossgrade::domain::ids::{
    CustomerId, Ids, InvoiceId, MerchantId, OfferId, ProductId, SubscriptionId, TagId, TaxId,
};
use crossgrade::domain::merchant::Profile;
use crossgrade::domain::money::{Currency, Money, Rate};
use crossgrade::domain::new_event::Event;
use crossgrade::domain::party::{Party, PostalAddress};
use crossgrade::domain::plan::{Plan, SavedRow};
use crossgrade::domain::shapes::MoneyText;
use crossgrade::domain::subscription::{Status, Subscription};
use crossgrade::domain::translation::{OfferText, Wording};
use crossgrade::store::definitions::DefinitionWrite;
use crossgrade::store::{
    BoxFuture, Store, StoreError, Tx, catalogue, customers, merchants, plain, plans,
};

pub(crate) fn now() -> DateTime<Utc> {
    "2026-02-10T09:30:00.123456Z".parse().unwrap()
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn range(start: &str, end: &str) -> DateRange {
    let (start, end) = (day(start), day(end));
    DateRange { start, end }
}

pub(crate) fn ids(seed: u8) -> Ids {
    Ids::new(now(), [seed; 32])
}

pub(crate) fn merchant() -> MerchantId {
    MerchantId::stored("default".to_owned())
}

pub(crate) fn customer(n: usize) -> CustomerId {
    CustomerId::stored(format!("c{n:05}"))
}

pub(crate) fn tag(id: &str) -> TagId {
    TagId::stored(id.to_owned())
}

pub(crate) fn tags(ids: &[&str]) -> BTreeSet<TagId> {
    ids.iter().map(|id| tag(id)).collect()
}

pub(crate) fn euro() -> Currency {
    Currency::parse("EUR").unwrap()
}

pub(crate) async fn write<T: Send + 'static>(
    store: &Store,
    work: impl for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, StoreError>> + Send + 'static,
) -> T {
    crate::support::written(store, work).await.unwrap()
}

pub(crate) async fn read<T: Send + 'static>(
    store: &Store,
    work: impl for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, StoreError>> + Send + 'static,
) -> T {
    work(&mut store.read().await.unwrap()).await.unwrap()
}

pub(crate) fn terms(offer: &str) -> Terms {
    let period = |text| Period::parse(text).unwrap();
    Terms {
        introduction: Introduction {
            granted: Granted::Always,
            trial: Period::parse("P14D"),
            steps: vec![PriceStep { price: 100, periods: 3 }],
        },
        offer: OfferId::stored(offer.to_owned()),
        version: 1,
        title: format!("The {offer}"),
        products: vec![
            (ProductId::stored("zeta".to_owned()), "Zeta, 'quoted'".to_owned()),
            (ProductId::stored("alpha".to_owned()), "Älpha".to_owned()),
        ],
        price: Money::new(990, euro()),
        billing_period: period("P1M"),
        term: period("P1Y"),
        renewal_term: Some(period("P3M")),
        auto_renew: true,
        notice: Some(period("P6W")),
        tax: Some(TaxId::stored("books".to_owned())),
        tax_included: true,
        requires_parent: false,
        wording: Wording {
            summary: Some("All of it.".to_owned()),
            legal_advice: None,
            languages: BTreeMap::from([(
                "de".to_owned(),
                OfferText {
                    title: Some("Alles".to_owned()),
                    products: BTreeMap::from([(
                        ProductId::stored("alpha".to_owned()),
                        "Älpha, deutsch".to_owned(),
                    )]),
                    ..OfferText::default()
                },
            )]),
        },
    }
}

pub(crate) fn offer(id: &str, on: &[&str]) -> Offer {
    Offer { terms: terms(id), tags: tags(on), active: true }
}

/// A merchant with two tags, a tax, two products and the offers `month` and `year`.
pub(crate) async fn stock(store: &Store) {
    write(store, |tx| {
        Box::pin(async move {
            let id = merchant();
            assert!(merchants::insert_merchant(tx, &id, "Shop", now()).await?);
            for name in ["basic", "plus"] {
                let title = name.to_uppercase();
                let id = tag(name);
                plain::save(tx, &merchant(), &Tag { id, title }).await?;
            }
            plain::save(tx, &id, &tax()).await?;
            for name in ["zeta", "alpha"] {
                let product = Product {
                    id: ProductId::stored(name.to_owned()),
                    title: name.to_uppercase(),
                    kind: ProductKind::Physical,
                    variant_of: None,
                    brand: None,
                    tags: BTreeSet::new(),
                    unit_net: None,
                    stock: None,
                    ships_to: BTreeSet::new(),
                    texts: BTreeMap::new(),
                };
                let writing = DefinitionWrite { edit: 1, now: now() };
                catalogue::save_product(tx, &id, &product, writing).await?;
            }
            catalogue::save_offer(tx, &id, &offer("month", &["basic"])).await?;
            catalogue::save_offer(tx, &id, &offer("year", &["basic", "plus"])).await?;
            Ok(())
        })
    })
    .await;
}

pub(crate) fn tax() -> Tax {
    Tax {
        id: TaxId::stored("books".to_owned()),
        title: Some("Books".to_owned()),
        rates: vec![
            (day("2020-01-01"), Rate::parse("5").unwrap()),
            (day("2026-01-01"), Rate::parse("7.0").unwrap()),
        ],
        exemption: Some(exemption()),
    }
}

fn exemption() -> Exemption {
    Exemption { kind: ExemptionKind::Exempt, reason: Some("By law".to_owned()) }
}

pub(crate) fn profile() -> Profile {
    Profile {
        email: Some("ada@example.org".to_owned()),
        name: Some("Ada".to_owned()),
        address: Some("1 Street\nTown".to_owned()),
        locale: Some("de-AT".to_owned()),
        group: Some("vip".to_owned()),
        country: Some("AT".to_owned()),
        phone: Some("+43112345".to_owned()),
        messages: Some(true),
        vat_id: Some("ATU12345678".to_owned()),
        reference: Some("Order 7".to_owned()),
        postal_address: Some(PostalAddress {
            line1: Some("1 Street".to_owned()),
            city: Some("Town".to_owned()),
            country: Some("AT".to_owned()),
            ..PostalAddress::default()
        }),
    }
}

/// Who [`profile`] is, as documents say it.
pub(crate) fn buyer() -> Party {
    let Profile { name, address, email, vat_id, reference, postal_address, .. } = profile();
    Party { name, address, email, vat_id, reference, postal_address, ..Party::default() }
}

pub(crate) async fn buyers(store: &Store, count: usize) {
    write(store, move |tx| {
        Box::pin(async move {
            for n in 0..count {
                customers::save_customer(tx, &merchant(), &customer(n), &profile(), now()).await?;
            }
            Ok(())
        })
    })
    .await;
}

pub(crate) fn subscription(n: usize, ids: &mut Ids) -> Subscription {
    let id = SubscriptionId::fresh(ids);
    Subscription {
        trial_until: None,
        steps_left: 2,
        chain_id: id.clone(),
        id,
        sequence: 1,
        customer: customer(n),
        terms: terms("month"),
        price: Money::new(990, euro()),
        status: Status::Active,
        started_on: day("2026-01-31"),
        first_booking_on: day("2026-01-31"),
        ended_on: None,
        anchor_day: 31,
        current_period: Some(range("2026-01-31", "2026-02-28")),
        current_term: range("2026-01-31", "2027-01-31"),
        cancel_on: None,
        precursor_id: None,
        successor_id: None,
        parent_id: None,
        bridge_charge: None,
        is_brought_over: false,
        brought_over: None,
        cut: None,
    }
}

pub(crate) fn line(subscription: &Subscription) -> Line {
    Line {
        subscription: subscription.id.clone(),
        offer: subscription.terms.offer.clone(),
        kind: LineKind::Period,
        description: subscription.terms.title.clone(),
        legal_advice: Some("You may withdraw.".to_owned()),
        period: subscription.current_period.unwrap(),
        net: 925,
        tax: 65,
        gross: 990,
        discount: 0,
        rate: Rate::parse("7.0").unwrap(),
        exemption: Some(exemption()),
    }
}

pub(crate) fn invoice(subscription: &Subscription, ids: &mut Ids) -> Invoice {
    Invoice {
        id: InvoiceId::fresh(ids),
        number: None,
        customer: subscription.customer.clone(),
        currency: euro(),
        issued_on: day("2026-01-31"),
        due_on: day("2026-02-14"),
        lines: vec![InvoiceLine::new(line(subscription))],
        credit_applied: 0,
        amount_due: 990,
        paid: 0,
        given_to_balance: 0,
        dunned: 0,
        dunning_on: None,
        status: InvoiceStatus::Open,
    }
}

pub(crate) fn saved<T>(is_new: bool, row: T) -> SavedRow<T> {
    SavedRow { is_new, row }
}

/// What a purchase stores: a subscription, its invoice, two events.
pub(crate) fn purchase(n: usize, ids: &mut Ids) -> Plan {
    let subscription = subscription(n, ids);
    let invoice = invoice(&subscription, ids);
    let buyer_id = customer(n);
    let started = SubscriptionData {
        offer: subscription.terms.offer.clone(),
        started_on: subscription.started_on,
        ended_on: None,
        cancel_on: None,
        precursor_id: None,
        successor_id: None,
        parent_id: None,
        reason: Some("ä'\"".to_owned()),
    };
    let owed = InvoiceData {
        number: None,
        gross: MoneyText::default(),
        amount_due: MoneyText::default(),
        due_on: day("2026-02-14"),
        subscriptions: BTreeSet::from([subscription.id.clone()]),
        url: None,
    };
    Plan {
        locale: Some("de".to_owned()),
        profile: None,
        trials_cancelled: Vec::new(),
        returned: Vec::new(),
        buyer: buyer(),
        customer: customer(n),
        sequence: 1,
        seen_on: Some(day("2026-01-31")),
        due_on: Some(day("2026-02-28")),
        events: vec![
            Event::of(
                EventKind::SubscriptionStarted,
                subscription.id.as_str(),
                Some(&buyer_id),
                started,
            ),
            Event::of(EventKind::InvoiceIssued, invoice.id.as_str(), Some(&buyer_id), owed),
        ],
        subscriptions: vec![saved(true, (subscription, Some(day("2026-02-28"))))],
        new_prices: Vec::new(),
        prolonged: Vec::new(),
        changes: Vec::new(),
        invoices: vec![saved(true, invoice)],
        credit_notes: Vec::new(),
        payments: Vec::new(),
        balances: Vec::new(),
    }
}

pub(crate) async fn store(book: &Store, all: Vec<Plan>, seed: u8) -> plans::IssuedNumbers {
    write(book, move |tx| {
        Box::pin(async move {
            plans::store_plans(tx, (&merchant(), None), now(), &all, &mut ids(seed)).await
        })
    })
    .await
}
