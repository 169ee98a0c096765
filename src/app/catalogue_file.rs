//! A whole catalogue at once: judged as one, with every fault at its place in the file, and
//! stored in one transaction or not at all. How a file is read is for the command line; how a
//! catalogue is written out stands in [`written`].

mod judge;
pub mod written;

use std::sync::Arc;

use crate::domain::definition::{Definition, Kind};
use crate::domain::event::EventKind;
use crate::domain::ids::{CouponId, CustomerId, GiftRuleId, Identifier, MerchantId, ProductId};
use crate::domain::merchant::Settings;
use crate::domain::nouns::nouns;
use crate::domain::told::Event;
use crate::rules::definitions::Drafted;
use crate::rules::definitions::merchants::SettingsDraft;
use crate::store::coupons::lock_coupons;
use crate::store::customers::lock_customers;
use crate::store::definitions::{Writing, lock};
use crate::store::selection_rules::lock_gift_rules;
use crate::store::stock::lock_stock;
use crate::store::{BoxFuture, StoreError, Tx, events, merchants};

use super::bounds::check_edges;
use super::definitions::{Defined, check_room, overdue, save_settings, settled};
use super::{App, AppError, Context};

/// How many things are stored between two words about progress.
const STEP: usize = 100;

macro_rules! sections {
    (
        catalogue { $($section:ident: $noun:ty,)+ }
        selling { $($sold:ident: $of_sold:ty,)+ }
        $($others:tt)*
    ) => {
        /// A catalogue as a person wrote it.
        #[derive(Debug, Clone, Default)]
        pub struct CatalogueDraft {
            /// The settings, with the pointer to them.
            pub settings: Option<(String, SettingsDraft)>,
            $(
                /// Those of this section, the one edited last at the end.
                pub $section: Vec<Entry<$noun>>,
            )+
            $(
                /// Those of this section.
                pub $sold: Vec<Entry<$of_sold>>,
            )+
        }

        impl CatalogueDraft {
            /// The sections that a catalogue may have.
            pub const SECTIONS: &[&str] =
                &["settings", $(stringify!($section),)+ $(stringify!($sold),)+];

            /// How many things it holds.
            #[must_use]
            pub fn len(&self) -> usize {
                usize::from(self.settings.is_some())
                    $(+ self.$section.len())+ $(+ self.$sold.len())+
            }

            /// Whether it holds nothing.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

            /// Reads a section of things as `reader` does; whether there is one of this name.
            ///
            /// # Errors
            /// Those of the reader.
            pub fn read<R: SectionReader>(
                &mut self,
                name: &str,
                reader: &mut R,
            ) -> Result<bool, R::Error> {
                match name {
                    $(stringify!($section) => self.$section = reader.entries(name)?,)+
                    $(stringify!($sold) => self.$sold = reader.entries(name)?,)+
                    _ => return Ok(false),
                }
                Ok(true)
            }
        }

        impl judge::Judge<'_> {
            /// Judges every section, in their order.
            async fn sections(&mut self, draft: &CatalogueDraft) -> Result<(), StoreError> {
                $(self.section(draft, &draft.$section).await?;)+
                $(self.section(draft, &draft.$sold).await?;)+
                Ok(())
            }
        }
    };
}

nouns!(sections);

/// What reads the things of a section from a file.
pub trait SectionReader {
    /// Why nothing can be read.
    type Error;

    /// The things of the section of this name.
    ///
    /// # Errors
    /// Only a breakage: what is wrong with one of them is kept by the reader.
    fn entries<D: Drafted>(&mut self, name: &str) -> Result<Vec<Entry<D>>, Self::Error>;
}

/// One thing of a catalogue.
#[derive(Debug, Clone)]
pub struct Entry<D: Drafted> {
    /// Where it stands, as a JSON pointer such as `/offers/3`.
    pub pointer: String,
    /// Where its id stands.
    pub id_pointer: String,
    /// Its id.
    pub id: String,
    /// What it says; none where that could not even be read, which is known already: others may
    /// refer to it all the same.
    pub draft: Option<D::Draft>,
}

/// What becomes of one thing of a catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It is new.
    Created,
    /// It takes the place of another.
    Replaced,
    /// It is there already, and is left as it is.
    Unchanged,
}

impl Fate {
    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Replaced => "replaced",
            Self::Unchanged => "unchanged",
        }
    }
}

/// One thing of a catalogue and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Such as `offer`.
    pub kind: &'static str,
    /// Its id.
    pub id: String,
    /// What became of it.
    pub fate: Fate,
}

/// A valid thing of any kind, which knows how to store itself.
trait Thing: Send + Sync {
    /// What kind of thing it is, in words.
    fn kind(&self) -> &'static str;
    /// The event that tells of it: the same as when it is saved alone.
    fn event(&self) -> EventKind;
    fn id(&self) -> String;
    /// Its kind, where there may be only so many of it.
    fn bounded(&self) -> Option<Kind> {
        None
    }
    fn store<'t>(
        &'t self,
        tx: &'t mut Tx,
        context: &'t Context,
    ) -> BoxFuture<'t, Result<(), StoreError>>;
}

impl<D: Defined> Thing for D {
    fn kind(&self) -> &'static str {
        D::KIND.one
    }

    fn event(&self) -> EventKind {
        D::KIND.saved
    }

    fn id(&self) -> String {
        Definition::id(self).to_string()
    }

    fn bounded(&self) -> Option<Kind> {
        D::KIND.most.map(|_| D::KIND)
    }

    fn store<'t>(
        &'t self,
        tx: &'t mut Tx,
        context: &'t Context,
    ) -> BoxFuture<'t, Result<(), StoreError>> {
        Box::pin(async move {
            let Context { merchant, now, .. } = context;
            let edit = lock(tx, merchant, D::KIND, Definition::id(self).as_str()).await?;
            self.clone().save(tx, merchant, Writing { edit, now: *now }).await?;
            Ok(())
        })
    }
}

/// The settings, of which there is one.
struct TheSettings(Settings);

impl Thing for TheSettings {
    fn kind(&self) -> &'static str {
        "settings"
    }

    fn event(&self) -> EventKind {
        EventKind::SettingsSaved
    }

    fn id(&self) -> String {
        "settings".to_owned()
    }

    fn store<'t>(
        &'t self,
        tx: &'t mut Tx,
        context: &'t Context,
    ) -> BoxFuture<'t, Result<(), StoreError>> {
        Box::pin(async move {
            let there = merchants::get_settings(tx, &context.merchant).await?;
            save_settings(tx, context, &there, &self.0).await
        })
    }
}

/// A thing with what becomes of it.
type Judged = (Box<dyn Thing>, Fate);

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
        let (app, merchant) = (self.clone(), merchant.clone());
        self.read(move |tx| {
            Box::pin(async move {
                let context = app.context(tx, &merchant).await?;
                let (things, _) = judge::judge(&app, tx, &context, &draft).await?;
                Ok(things.iter().map(told).collect())
            })
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
        let (app, merchant, progress) = (self.clone(), merchant.clone(), Arc::new(progress));
        let (told, moved) = self
            .write(move |tx| {
                Box::pin(async move {
                    let mut context = app.context(tx, &merchant).await?;
                    lock_named(tx, &context, &draft).await?;
                    let may_move = !merchants::has_customers(tx, &merchant).await?;
                    let (things, zone) = judge::judge(&app, tx, &context, &draft).await?;
                    for some in things.chunks(STEP) {
                        store(tx, &mut context, some).await?;
                        progress(some.len());
                    }
                    check_edges(tx, &merchant).await?;
                    for kind in bounded(&things) {
                        check_room(tx, &merchant, kind).await?;
                    }
                    let moved = match zone.filter(|_| may_move) {
                        Some(zone) => app.start_day_in(tx, zone).await?,
                        None => None,
                    };
                    Ok((things.iter().map(told).collect(), moved))
                })
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

async fn store(tx: &mut Tx, context: &mut Context, things: &[Judged]) -> Result<(), AppError> {
    let changed = things.iter().filter(|(_, fate)| *fate != Fate::Unchanged);
    let mut happened = Vec::new();
    for (thing, _) in changed {
        thing.store(tx, context).await?;
        happened.push(Event::plain(thing.event(), &thing.id()));
    }
    let Context { merchant, now, ids, .. } = context;
    events::insert_events(tx, merchant, *now, &happened, ids).await?;
    Ok(())
}

/// The kinds that have changed and of which there may be only so many, each once.
fn bounded(things: &[Judged]) -> Vec<Kind> {
    let changed = things.iter().filter(|(_, fate)| *fate != Fate::Unchanged);
    let mut kinds: Vec<Kind> = Vec::new();
    for kind in changed.filter_map(|(thing, _)| thing.bounded()) {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds
}

fn told((thing, fate): &Judged) -> Imported {
    Imported { kind: thing.kind(), id: thing.id(), fate: *fate }
}
