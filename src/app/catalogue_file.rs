//! A whole catalogue at once: judged as one, with every fault at its place in the file, and
//! stored in one transaction or not at all. How a file is read is for the command line; how a
//! catalogue is written out stands in [`written`].

/// A list of the store to its end, page by page; the last argument is where the id stands.
macro_rules! all {
    ($list:path, $tx:ident, $merchant:expr, $($id:ident).+) => {{
        let mut found = Vec::new();
        let mut page = Page::first(PAGE_MAX);
        loop {
            let some = $list($tx, $merchant, &page).await?;
            let Some(last) = some.last() else { break };
            page = Page::after(last.$($id).+.as_str(), PAGE_MAX);
            found.extend(some);
        }
        found
    }};
}

mod judge;
pub mod written;

use crate::domain::catalog::{Offer, Product, Tag, Tax};
use crate::domain::event::{Event, EventKind};
use crate::domain::ids::{CustomerId, MerchantId};
use crate::domain::merchant::{Profile, Settings};
use crate::domain::path::Path;
use crate::rules::definitions::catalog::{OfferDraft, ProductDraft, TagDraft, TaxDraft};
use crate::rules::definitions::merchants::{CustomerDraft, SettingsDraft};
use crate::rules::definitions::paths::PathDraft;
use crate::store::{Tx, customers, events, merchants, offers, paths, products, tags, taxes};

use super::{App, AppError, Context};

/// How many things are stored between two words about progress.
const STEP: usize = 100;

/// A catalogue as a person wrote it.
#[derive(Debug, Clone, Default)]
pub struct CatalogueDraft {
    /// The settings, with the pointer to them.
    pub settings: Option<(String, SettingsDraft)>,
    /// Tags.
    pub tags: Vec<Entry<TagDraft>>,
    /// Tax categories.
    pub taxes: Vec<Entry<TaxDraft>>,
    /// Products.
    pub products: Vec<Entry<ProductDraft>>,
    /// Offers.
    pub offers: Vec<Entry<OfferDraft>>,
    /// Paths, the one edited last at the end.
    pub paths: Vec<Entry<PathDraft>>,
    /// Customers.
    pub customers: Vec<Entry<CustomerDraft>>,
}

/// One thing of a catalogue.
#[derive(Debug, Clone)]
pub struct Entry<D> {
    /// Where it stands, as a JSON pointer such as `/offers/3`.
    pub pointer: String,
    /// Where its id stands.
    pub id_pointer: String,
    /// Its id.
    pub id: String,
    /// What it says; none where that could not even be read, which is known already: others may
    /// refer to it all the same.
    pub draft: Option<D>,
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

/// A valid thing.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Thing {
    Settings(Settings),
    Tag(Tag),
    Tax(Tax),
    Product(Product),
    Offer(Offer),
    Path(Path),
    Customer(CustomerId, Profile),
}

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
                let things = judge::judge(tx, &context, &draft).await?;
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
        let (app, merchant) = (self.clone(), merchant.clone());
        let (told, moved) = self
            .write(move |tx| {
                Box::pin(async move {
                    let mut context = app.context(tx, &merchant).await?;
                    merchants::lock_merchant(tx, &merchant).await?;
                    let may_move = !merchants::has_customers(tx, &merchant).await?;
                    let things = judge::judge(tx, &context, &draft).await?;
                    for some in things.chunks(STEP) {
                        store(tx, &mut context, some).await?;
                        progress(some.len());
                    }
                    let zone = things.iter().find_map(|(thing, _)| match thing {
                        Thing::Settings(settings) => Some(settings.time_zone),
                        _ => None,
                    });
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

async fn store(
    tx: &mut Tx,
    context: &mut Context,
    things: &[(Thing, Fate)],
) -> Result<(), AppError> {
    let changed = things.iter().filter(|(_, fate)| *fate != Fate::Unchanged);
    let mut happened = Vec::new();
    for (thing, _) in changed {
        save(tx, context, thing).await?;
        happened.push(Event::plain(thing.event(), &thing.id()));
    }
    let Context { merchant, now, ids, .. } = context;
    Ok(events::insert_events(tx, merchant, *now, &happened, ids).await?)
}

async fn save(tx: &mut Tx, context: &Context, thing: &Thing) -> Result<(), AppError> {
    let Context { merchant, now, .. } = context;
    match thing {
        Thing::Settings(settings) => merchants::save_settings(tx, merchant, settings).await?,
        Thing::Tag(tag) => drop(tags::save_tag(tx, merchant, tag).await?),
        Thing::Tax(tax) => drop(taxes::save_tax(tx, merchant, tax).await?),
        Thing::Product(product) => drop(products::save_product(tx, merchant, product).await?),
        Thing::Offer(offer) => drop(offers::save_offer(tx, merchant, offer).await?),
        Thing::Path(path) => drop(paths::save_path(tx, merchant, path).await?),
        Thing::Customer(id, profile) => {
            customers::save_customer(tx, merchant, id, profile, *now).await?;
        }
    }
    Ok(())
}

fn told((thing, fate): &(Thing, Fate)) -> Imported {
    Imported { kind: thing.kind(), id: thing.id(), fate: *fate }
}

impl Thing {
    fn kind(&self) -> &'static str {
        match self {
            Self::Settings(_) => "settings",
            Self::Tag(_) => "tag",
            Self::Tax(_) => "tax",
            Self::Product(_) => "product",
            Self::Offer(_) => "offer",
            Self::Path(_) => "path",
            Self::Customer(..) => "customer",
        }
    }

    /// The event that tells of it: the same as when it is saved alone.
    fn event(&self) -> EventKind {
        match self {
            Self::Settings(_) => EventKind::SettingsSaved,
            Self::Tag(_) => EventKind::TagSaved,
            Self::Tax(_) => EventKind::TaxSaved,
            Self::Product(_) => EventKind::ProductSaved,
            Self::Offer(_) => EventKind::OfferSaved,
            Self::Path(_) => EventKind::PathSaved,
            Self::Customer(..) => EventKind::CustomerSaved,
        }
    }

    fn id(&self) -> String {
        match self {
            Self::Settings(_) => "settings".to_owned(),
            Self::Tag(tag) => tag.id.to_string(),
            Self::Tax(tax) => tax.id.to_string(),
            Self::Product(product) => product.id.to_string(),
            Self::Offer(offer) => offer.terms.offer.to_string(),
            Self::Path(path) => path.id.to_string(),
            Self::Customer(id, _) => id.to_string(),
        }
    }
}
