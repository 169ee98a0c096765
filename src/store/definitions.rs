//! What a merchant defines, as far as one text serves all of it: locking, removing, counting. What
//! a noun's rows look like stands in the file of the noun.

use std::collections::BTreeMap;
use std::future::Future;

use chrono::{DateTime, Utc};

use super::merchants::next_edit;
use super::sql::args;
use super::{DependentThing, PAGE_MAX, Page, StoreError, Tx, lock_row};
use crate::domain::definition::{Definition, Kind, Lock};
use crate::domain::ids::{Identifier, MerchantId};

/// A thing as it was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedThing<D> {
    /// The thing, with what the store gave it.
    pub thing: D,
    /// Whether it is new.
    pub created: bool,
}

/// A definition that has rows.
pub trait Stored: Definition {
    /// One by its id.
    fn find<'t>(
        tx: &'t mut Tx,
        merchant: &'t MerchantId,
        id: &'t Self::Id,
    ) -> impl Future<Output = Result<Option<Self>, StoreError>> + Send + 't;

    /// A page of them, by id.
    fn list<'t>(
        tx: &'t mut Tx,
        merchant: &'t MerchantId,
        page: &'t Page,
    ) -> impl Future<Output = Result<Vec<Self>, StoreError>> + Send + 't;

    /// Stores one. What its kind locks is locked; its event is recorded next.
    fn save<'t>(
        self,
        tx: &'t mut Tx,
        merchant: &'t MerchantId,
        writing: DefinitionWrite,
    ) -> impl Future<Output = Result<SavedThing<Self>, StoreError>> + Send + 't;

    /// What keeps one from being removed, as far as the first twenty.
    fn uses<'t>(
        _tx: &'t mut Tx,
        _merchant: &'t MerchantId,
        _id: &'t Self::Id,
        _now: DateTime<Utc>,
    ) -> impl Future<Output = Result<Vec<DependentThing>, StoreError>> + Send + 't {
        async { Ok(Vec::new()) }
    }

    /// Which of these codes (as codes are compared) are taken, each with the id of whose it is.
    fn codes<'t>(
        _tx: &'t mut Tx,
        _merchant: &'t MerchantId,
        _wanted: &'t [String],
    ) -> impl Future<Output = Result<BTreeMap<String, String>, StoreError>> + Send + 't {
        async { Ok(BTreeMap::new()) }
    }

    /// Whether drafts name templates of messages and webhook endpoints.
    const SENDS: bool = false;

    /// Whether automations send what is defined, so that it must fit all of them.
    const IS_SENT: bool = false;

    /// Whether what is defined decides by which way messages of automations leave.
    const IS_WAY_OUT: bool = false;

    /// Removes one; whether it was there.
    fn delete<'t>(
        tx: &'t mut Tx,
        merchant: &'t MerchantId,
        id: &'t Self::Id,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send + 't {
        delete_row(tx, merchant, Self::KIND.table, id.as_str())
    }
}

/// A definition that is about to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DefinitionWrite {
    /// The merchant's next edit, by which the last of several is told.
    pub edit: i64,
    /// The instant, by the clock of the book.
    pub now: DateTime<Utc>,
}

/// Locks what has to be locked before a thing of this kind is written, in the one order of locks;
/// gives the merchant's next edit, or 0 where the kind is not part of the catalogue.
pub async fn lock(
    tx: &mut Tx,
    merchant: &MerchantId,
    kind: Kind,
    id: &str,
) -> Result<i64, StoreError> {
    match kind.lock {
        Lock::Catalogue => next_edit(tx, merchant).await,
        Lock::Row => {
            lock_row(tx, kind.table, merchant, id).await?;
            Ok(0)
        }
        Lock::Shelf => {
            lock_row(tx, kind.table, merchant, id).await?;
            next_edit(tx, merchant).await
        }
    }
}

/// A list of the store to its end, page by page.
pub async fn all<D: Stored>(tx: &mut Tx, merchant: &MerchantId) -> Result<Vec<D>, StoreError> {
    let mut found: Vec<D> = Vec::new();
    loop {
        let page = match found.last() {
            None => Page::first(PAGE_MAX),
            Some(last) => Page::after(last.id().as_str(), PAGE_MAX),
        };
        let some = D::list(tx, merchant, &page).await?;
        if some.is_empty() {
            return Ok(found);
        }
        found.extend(some);
    }
}

/// How many things of a kind a merchant has, or of those that are switched on.
pub async fn count(
    tx: &mut Tx,
    merchant: &MerchantId,
    kind: Kind,
    active_only: bool,
) -> Result<i64, StoreError> {
    let text = format!("select count(*) from {} where merchant_id = $1", kind.table);
    let (count,): (i64,) = if active_only {
        tx.fetch_one(format!("{text} and active = $2"), args![merchant, true]).await?
    } else {
        tx.fetch_one(text, args![merchant]).await?
    };
    Ok(count)
}

/// How much the rules of a kind say that are switched on, in characters.
pub async fn length(tx: &mut Tx, merchant: &MerchantId, kind: Kind) -> Result<i64, StoreError> {
    let text = format!(
        "select coalesce(sum(length(terms)), 0) from {} where merchant_id = $1 and active = $2",
        kind.table
    );
    let (length,): (i64,) = tx.fetch_one(text, args![merchant, true]).await?;
    Ok(length)
}

/// Removes a row of a merchant's; whether it was there.
pub(super) async fn delete_row(
    tx: &mut Tx,
    merchant: &MerchantId,
    table: &'static str,
    id: &str,
) -> Result<bool, StoreError> {
    let text = format!("delete from {table} where merchant_id = $1 and id = $2");
    Ok(tx.execute(text, args![merchant, id]).await? == 1)
}

/// The functions of a noun as its [`Stored`]: find, list, save, and what uses it where something
/// may; `as row` where it is a [`PlainRow`](super::plain::PlainRow).
macro_rules! stored {
    ($thing:ty as row $(, uses $uses:path)? $(, is_sent $is_sent:literal)?) => {
        crate::store::definitions::stored!(
            $thing,
            crate::store::plain::find,
            crate::store::plain::list,
            |tx, merchant, thing, _writing| {
                let created = crate::store::plain::save(tx, merchant, &thing).await?;
                (thing, created)
            }
            $(, uses $uses)?
            $(, is_sent $is_sent)?
        );
    };
    ($thing:ty, $find:path, $list:path, |$tx:ident, $merchant:ident, $one:ident, $writing:ident|
        $save:expr $(, uses $uses:path)? $(, codes $codes:path)? $(, delete $delete:path)?
        $(, is_sent $is_sent:literal)? $(, is_way_out $is_way_out:literal)?) => {
        impl crate::store::definitions::Stored for $thing {
            async fn find<'t>(
                tx: &'t mut crate::store::Tx,
                merchant: &'t crate::domain::ids::MerchantId,
                id: &'t Self::Id,
            ) -> Result<Option<Self>, crate::store::StoreError> {
                $find(tx, merchant, id).await
            }

            async fn list<'t>(
                tx: &'t mut crate::store::Tx,
                merchant: &'t crate::domain::ids::MerchantId,
                page: &'t crate::store::Page,
            ) -> Result<Vec<Self>, crate::store::StoreError> {
                $list(tx, merchant, page).await
            }

            async fn save<'t>(
                self,
                $tx: &'t mut crate::store::Tx,
                $merchant: &'t crate::domain::ids::MerchantId,
                $writing: crate::store::definitions::DefinitionWrite,
            ) -> Result<crate::store::definitions::SavedThing<Self>, crate::store::StoreError> {
                let $one = self;
                let (thing, created) = $save;
                Ok(crate::store::definitions::SavedThing { thing, created })
            }

            $(const IS_SENT: bool = $is_sent;)?
            $(const IS_WAY_OUT: bool = $is_way_out;)?

            $(
                async fn uses<'t>(
                    tx: &'t mut crate::store::Tx,
                    merchant: &'t crate::domain::ids::MerchantId,
                    id: &'t Self::Id,
                    now: chrono::DateTime<chrono::Utc>,
                ) -> Result<Vec<crate::store::DependentThing>, crate::store::StoreError> {
                    $uses(tx, merchant, id, now).await
                }
            )?

            $(
                async fn codes<'t>(
                    tx: &'t mut crate::store::Tx,
                    merchant: &'t crate::domain::ids::MerchantId,
                    wanted: &'t [String],
                ) -> Result<std::collections::BTreeMap<String, String>, crate::store::StoreError> {
                    $codes(tx, merchant, wanted).await
                }
            )?

            $(
                async fn delete<'t>(
                    tx: &'t mut crate::store::Tx,
                    merchant: &'t crate::domain::ids::MerchantId,
                    id: &'t Self::Id,
                ) -> Result<bool, crate::store::StoreError> {
                    $delete(tx, merchant, id).await
                }
            )?
        }
    };
}

pub(crate) use stored;
