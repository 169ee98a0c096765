//! A whole catalogue at once: judged as one, with every fault at its place in the file, and
//! stored in one transaction or not at all. How a file is read is for the command line; how a
//! catalogue is written out stands in [`written`].

mod judge;
mod things;
pub mod written;

use std::sync::Arc;

use crate::domain::definition::Kind;
use crate::domain::ids::{CouponId, CustomerId, GiftRuleId, MerchantId, ProductId};
use crate::store::coupons::lock_coupons;
use crate::store::customers::lock_customers;
use crate::store::selection_rules::lock_gift_rules;
use crate::store::stock::lock_stock;
use crate::store::{Tx, events, merchants};

use super::bounds::check_edges;
use super::channels::UnsendableSteps;
use super::definitions::{check_room, event_of, overdue, settled};
use super::{App, AppError, Context};

use things::JudgedThing;
pub use things::{CatalogueDraft, Entry, ImportOutcome, Imported, SectionReader};

/// How many things are stored between two words about progress.
const STEP: usize = 100;

impl App {
    /// Says what [`App::import`] would do, and does not do it.
    ///
    /// # Errors
    /// Every fault in the draft.
    pub async fn judge_import(
        &self,
        merchant: &MerchantId,
        draft: CatalogueDraft,
    ) -> Result<Vec<Imported>, AppError> {
        self.read(|mut tx| async move {
            let context = self.context(&mut tx, merchant).await?;
            let (things, _) = judge::judge(self, &mut tx, &context, &draft).await?;
            Ok(things.iter().map(told).collect())
        })
        .await
    }

    /// Stores a catalogue, all of it or nothing. What is there already and unchanged is left
    /// alone, so that it does not count as an edit. `progress` is told how many things were
    /// stored since it was told last.
    ///
    /// # Errors
    /// Every fault in the draft.
    pub async fn import(
        &self,
        merchant: &MerchantId,
        draft: CatalogueDraft,
        progress: impl Fn(usize) + Send + Sync + 'static,
    ) -> Result<Vec<Imported>, AppError> {
        let progress = Arc::new(progress);
        let (progress, draft) = (&progress, &draft);
        let (told, moved) = self
            .write(|mut tx| async move {
                let mut context = self.context(&mut tx, merchant).await?;
                lock_named(&mut tx, &context, draft).await?;
                let may_move = !merchants::has_customers(&mut tx, merchant).await?;
                let (things, zone) = judge::judge(self, &mut tx, &context, draft).await?;
                let before = UnsendableSteps::load(&mut tx, merchant, self.mails()).await?;
                for some in things.chunks(STEP) {
                    store(&mut tx, &mut context, some).await?;
                    progress(some.len());
                }
                let after = UnsendableSteps::load(&mut tx, merchant, self.mails()).await?;
                before.refuse_more(&after)?;
                check_edges(&mut tx, merchant).await?;
                for kind in bounded(&things) {
                    check_room(&mut tx, merchant, kind).await?;
                }
                let moved = match zone.filter(|_| may_move) {
                    Some(zone) => self.start_day_in(&mut tx, zone).await?,
                    None => None,
                };
                tx.commit((things.iter().map(told).collect(), moved)).await
            })
            .await?;
        self.clock_moved(moved);
        Ok(told)
    }
}

/// Locks what a catalogue names, in the one order of locks: customers, products, gift
/// rules, coupons, the merchant.
async fn lock_named(
    tx: &mut Tx,
    context: &Context,
    draft: &CatalogueDraft,
) -> Result<(), AppError> {
    let merchant = &context.merchant;
    let mut customers: Vec<_> =
        draft.customers.iter().filter_map(|it| CustomerId::parse(&it.id).ok()).collect();
    if let Some(saved) = draft.settings.as_ref().and_then(|(_, sent)| settled(sent).ok()) {
        customers.extend(overdue(tx, context, &saved).await?);
    }
    lock_customers(tx, merchant, &customers).await?;
    let products: Vec<_> =
        draft.products.iter().filter_map(|it| ProductId::parse(&it.id).ok()).collect();
    if !products.is_empty() {
        lock_stock(tx, merchant, &products).await?;
    }
    let rules: Vec<_> =
        draft.gift_rules.iter().filter_map(|it| GiftRuleId::parse(&it.id).ok()).collect();
    if !rules.is_empty() {
        lock_gift_rules(tx, merchant, &rules).await?;
    }
    let coupons: Vec<_> =
        draft.coupons.iter().filter_map(|it| CouponId::parse(&it.id).ok()).collect();
    if !coupons.is_empty() {
        lock_coupons(tx, merchant, &coupons).await?;
    }
    Ok(merchants::lock_merchant(tx, merchant).await?)
}

async fn store(tx: &mut Tx, context: &mut Context, things: &[JudgedThing]) -> Result<(), AppError> {
    let changed = things.iter().filter(|(_, fate)| *fate != ImportOutcome::Unchanged);
    let mut happened = Vec::new();
    for (thing, _) in changed {
        thing.store(tx, context).await?;
        happened.push(event_of(thing.event(), &thing.id()));
    }
    let Context { merchant, now, ids, .. } = context;
    events::insert_events(tx, merchant, *now, &happened, ids).await?;
    Ok(())
}

/// The kinds that have changed and of which there may be only so many, each once.
fn bounded(things: &[JudgedThing]) -> Vec<Kind> {
    let changed = things.iter().filter(|(_, fate)| *fate != ImportOutcome::Unchanged);
    let mut kinds: Vec<Kind> = Vec::new();
    for kind in changed.filter_map(|(thing, _)| thing.bounded()) {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds
}

fn told((thing, fate): &JudgedThing) -> Imported {
    Imported { kind: thing.kind(), id: thing.id(), fate: *fate }
}
