//! Merchants and what they sell.

use std::collections::BTreeMap;

use crossgrade::domain::catalogue::{Offer, Tag, Tax, Terms};
use crossgrade::domain::definition::Definition;
use crossgrade::domain::ids::{KeyId, MerchantId, OfferId, PathId, ProductId, TaxId};
use crossgrade::domain::money::Money;
use crossgrade::domain::party::Party;
use crossgrade::domain::path::{BillingDate, Path, Proration, Transition, UnpaidSource};
use crossgrade::domain::text::Text;
use crossgrade::domain::translation::PathText;
use crossgrade::store::definitions::{self, DefinitionWrite, SavedThing, Stored};
use crossgrade::store::keys::{self, KeyRow};
use crossgrade::store::merchants::{self, BookClock};
use crossgrade::store::{Page, Store, StoreError, Tx, catalogue, paths, plain};

use super::samples::{day, merchant, now, offer, read, stock, tag, tags, tax, write};
use crate::support::both;

both! {
    settings_keys_and_the_clock_come_back_as_they_were,
    the_catalogue_comes_back_as_it_was,
    an_offer_gets_a_new_version_only_where_its_terms_differ,
    paths_come_back_as_they_were_and_in_the_order_of_edits,
    ids_are_in_the_order_of_their_bytes,
    the_uses_of_a_thing_are_named,
}

async fn settings_keys_and_the_clock_come_back_as_they_were(store: Store) {
    stock(&store).await;
    write(&store, |tx| {
        Box::pin(async move {
            let id = merchant();
            assert!(!merchants::insert_merchant(tx, &id, "Again", now()).await?);
            assert_eq!(merchants::find_merchant(tx, &id).await?.unwrap().name, "Shop");
            assert_eq!(merchants::list_merchants(tx, &Page::first(9)).await?.len(), 1);
            let mut settings = merchants::get_settings(tx, &id).await?;
            assert_eq!(settings.time_zone.name(), "Europe/Berlin");
            assert_eq!((settings.payment_days, settings.seller), (14, None));
            settings.seller = Some(Party {
                name: Some("Shop & Co".to_owned()),
                address: Some("Road 1".to_owned()),
                ..Party::default()
            });
            settings.purchase_on_account = true;
            settings.return_origins = vec!["https://shop.example".to_owned()];
            settings.links.terms = Some("https://shop.example/terms".to_owned());
            settings.logo = Some("https://shop.example/logo.svg".to_owned());
            settings.color = Some("#0b57d0".to_owned());
            merchants::save_settings(tx, &id, &settings).await?;
            assert_eq!(merchants::get_settings(tx, &id).await?, settings);
            assert!(!merchants::has_customers(tx, &id).await?);

            let key = KeyRow {
                id: KeyId::parse("key_1").unwrap(),
                merchant: id.clone(),
                role: "admin".to_owned(),
                label: None,
                last: "wxyz".to_owned(),
                created_at: now(),
                revoked_at: None,
            };
            assert!(keys::insert_key(tx, &key, &[7; 32]).await?);
            assert!(!keys::insert_key(tx, &key, &[7; 32]).await?);
            assert_eq!(keys::find_key_by_hash(tx, &[7; 32]).await?, Some(key.clone()));
            assert_eq!(keys::find_key_by_hash(tx, &[8; 32]).await?, None);
            assert!(keys::revoke_key(tx, &id, &key.id, now()).await?);
            assert!(!keys::revoke_key(tx, &id, &key.id, now()).await?);
            let listed = keys::list_keys(tx, &id, &Page::first(9)).await?;
            assert_eq!(listed[0].revoked_at, Some(now()));

            assert_eq!(merchants::get_clock(tx).await?, None);
            for date in [Some(day("2026-02-10")), None] {
                let clock = BookClock { at: now(), date };
                merchants::save_clock(tx, clock).await?;
                assert_eq!(merchants::get_clock(tx).await?, Some(clock));
            }
            Ok(())
        })
    })
    .await;
}

async fn the_catalogue_comes_back_as_it_was(store: Store) {
    stock(&store).await;
    read(&store, |tx| {
        Box::pin(async move {
            let id = merchant();
            let title = "BASIC".to_owned();
            let basic = Tag { id: tag("basic"), title };
            assert_eq!(plain::find::<Tag>(tx, &id, &tag("basic")).await?, Some(basic));
            assert_eq!(plain::find::<Tag>(tx, &id, &tag("none")).await?, None);
            assert_eq!(plain::list::<Tag>(tx, &id, &Page::after("basic", 9)).await?.len(), 1);
            let asked = tags(&["plus", "none"]);
            assert_eq!(catalogue::known_tags(tx, &id, &asked).await?, tags(&["plus"]));
            assert_eq!(plain::find::<Tax>(tx, &id, &tax().id).await?, Some(tax()));
            assert_eq!(catalogue::load_taxes(tx, &id).await?[&tax().id], tax());
            let alpha = ProductId::stored("alpha".to_owned());
            assert_eq!(catalogue::find_product(tx, &id, &alpha).await?.unwrap().title, "ALPHA");
            let titles = catalogue::find_titles(tx, &id, std::slice::from_ref(&alpha), "de");
            let titles = titles.await?;
            assert_eq!(titles[&alpha], "ALPHA");
            let year = offer("year", &["basic", "plus"]);
            assert_eq!(
                catalogue::find_offer(tx, &id, &year.terms.offer).await?,
                Some(year.clone())
            );
            assert_eq!(catalogue::all_offers(tx, &id).await?.len(), 2);
            assert_eq!(catalogue::list_offers(tx, &id, &Page::after("month", 1)).await?.len(), 1);
            let elsewhere = MerchantId::stored("other".to_owned());
            assert!(catalogue::all_offers(tx, &elsewhere).await?.is_empty());
            Ok(())
        })
    })
    .await;
}

async fn an_offer_gets_a_new_version_only_where_its_terms_differ(store: Store) {
    stock(&store).await;
    write(&store, |tx| {
        Box::pin(async move {
            let id = merchant();
            let mut month = offer("month", &["plus"]);
            month.active = false;
            assert_eq!(catalogue::save_offer(tx, &id, &month).await?, (false, 1));
            let found = catalogue::find_offer(tx, &id, &month.terms.offer).await?;
            assert_eq!(found, Some(month.clone()));
            month.terms.price = Money::new(1_090, month.terms.price.currency);
            assert_eq!(catalogue::save_offer(tx, &id, &month).await?, (false, 2));
            assert!(Offer::delete(tx, &id, &month.terms.offer).await?);
            assert!(!Offer::delete(tx, &id, &month.terms.offer).await?);
            assert_eq!(catalogue::save_offer(tx, &id, &month).await?, (true, 2));
            month.terms = Terms { tax: None, ..month.terms };
            assert_eq!(catalogue::save_offer(tx, &id, &month).await?, (false, 3));
            Ok(())
        })
    })
    .await;
}

pub(super) fn path(id: &str) -> Path {
    Path {
        id: PathId::stored(id.to_owned()),
        edit: 0,
        edited_at: now(),
        internal_title: "Up".to_owned(),
        internal_description: None,
        title: Text::parse("To {offerTitle}").unwrap(),
        description: Text::parse("<b>at</b> {{nextPayment}}").unwrap(),
        source_tags: tags(&["basic"]),
        target_tags: tags(&["basic", "plus"]),
        optional: true,
        customer_may_switch: true,
        transition: Transition::EndOfTerm,
        proration: Proration::Day,
        introduction: true,
        billing_date: BillingDate::Keep,
        unpaid_source: UnpaidSource::Allow,
        priority: -3,
        active: false,
        valid_from: None,
        valid_until: Some(day("2026-12-31")),
        texts: BTreeMap::from([(
            "de".to_owned(),
            PathText { title: Text::parse("Zu {offerTitle}").ok(), description: None },
        )]),
    }
}

async fn saved(tx: &mut Tx, path: &Path) -> Result<SavedThing<Path>, StoreError> {
    let edit = definitions::lock(tx, &merchant(), Path::KIND, path.id.as_str()).await?;
    path.clone().save(tx, &merchant(), DefinitionWrite { edit, now: now() }).await
}

async fn paths_come_back_as_they_were_and_in_the_order_of_edits(store: Store) {
    stock(&store).await;
    write(&store, |tx| {
        Box::pin(async move {
            let id = merchant();
            let mut first = path("first");
            let created = saved(tx, &first).await?;
            let second = saved(tx, &path("second")).await?;
            assert!(created.created && second.thing.edit > created.thing.edit);
            first.target_tags = tags(&["plus"]);
            let again = saved(tx, &first).await?;
            assert!(!again.created && again.thing.edit > second.thing.edit);
            first.edit = again.thing.edit;
            assert_eq!(paths::find_path(tx, &id, &first.id).await?, Some(first.clone()));
            assert_eq!(paths::list_paths_to(tx, &id, &tags(&["plus"])).await?.len(), 2);
            let basic = paths::list_paths_to(tx, &id, &tags(&["basic"])).await?;
            assert_eq!(basic[0].id.as_str(), "second");
            assert_eq!(paths::all_paths(tx, &id).await?.len(), 2);
            assert!(Path::delete(tx, &id, &first.id).await?);
            assert_eq!(paths::list_paths(tx, &id, &Page::first(9)).await?.len(), 1);
            Ok(())
        })
    })
    .await;
}

async fn ids_are_in_the_order_of_their_bytes(store: Store) {
    stock(&store).await;
    let listed = write(&store, |tx| {
        Box::pin(async move {
            for name in ["b", "B", "a_b", "a.b", "a-c", "A", "aa", "_", "9"] {
                let title = name.to_owned();
                let tag = Tag { id: tag(name), title };
                plain::save(tx, &merchant(), &tag).await?;
            }
            plain::list::<Tag>(tx, &merchant(), &Page::first(99)).await
        })
    })
    .await;
    let ids: Vec<_> = listed.into_iter().map(|tag| tag.id).collect();
    assert!(ids.is_sorted(), "{ids:?}");
}

async fn the_uses_of_a_thing_are_named(store: Store) {
    stock(&store).await;
    write(&store, |tx| {
        Box::pin(async move {
            let id = merchant();
            saved(tx, &path("up")).await?;
            let uses = catalogue::tag_uses(tx, &id, &tag("plus"), now()).await?;
            assert_eq!(uses.len(), 2);
            let taggers = catalogue::list_tag_users(tx, &id, &[tag("plus"), tag("basic")]).await?;
            assert_eq!(taggers[&tag("basic")].offers.len(), 2);
            assert_eq!(taggers[&tag("plus")].source_of.len(), 0);
            assert_eq!(taggers[&tag("plus")].target_of, [PathId::stored("up".to_owned())]);
            let alpha = ProductId::stored("alpha".to_owned());
            assert_eq!(catalogue::product_uses(tx, &id, &alpha, now()).await?.len(), 2);
            let books = TaxId::stored("books".to_owned());
            assert_eq!(catalogue::tax_uses(tx, &id, &books, now()).await?.len(), 2);
            let month = OfferId::stored("month".to_owned());
            assert!(catalogue::offer_uses(tx, &id, &month, now()).await?.is_empty());
            assert!(Offer::delete(tx, &id, &month).await?);
            assert_eq!(catalogue::tax_uses(tx, &id, &books, now()).await?.len(), 1);
            Ok(())
        })
    })
    .await;
}
