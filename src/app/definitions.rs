//! What a merchant defines: settings, tags, taxes, products, offers, paths; and customers. Each
//! draft is judged as a whole, then stored or refused.

use crate::domain::catalog::{Offer, Product, Tag, Tax};
use crate::domain::event::{Event, EventKind};
use crate::domain::ids::{CustomerId, MerchantId, OfferId, PathId, ProductId, TagId, TaxId};
use crate::domain::merchant::{Profile, Settings};
use crate::domain::path::Path;
use crate::render::format::Locale;
use crate::rules::definitions::CatalogFacts;
use crate::rules::definitions::catalog::{
    OfferDraft, ProductDraft, TagDraft, TaxDraft, decide_offer, decide_product, decide_tag,
    decide_tax,
};
use crate::rules::definitions::merchants::{
    CustomerDraft, SettingsDraft, decide_customer, decide_settings,
};
use crate::rules::definitions::paths::{PathDraft, decide_path};
use crate::rules::graph::{Catalogue, Graph};
use crate::rules::lint::Warning;
use crate::rules::taxes::{judge_rates, judge_use};
use crate::store::{
    PAGE_MAX, Page, Tx, customers, events, lock_row, merchants, offers, paths, products, tags,
    taxes,
};

use super::expected::Expected;
use super::time_zone::judge_zone;
use super::{App, AppError, Context};

/// A path with what it means for the catalogue of now.
#[derive(Debug, Clone)]
pub struct JudgedPath {
    /// The path.
    pub path: Path,
    /// How many (source, target) pairs it implies.
    pub edges: usize,
    /// What a merchant should think about.
    pub warnings: Vec<Warning>,
}

impl App {
    /// Saves the settings.
    ///
    /// # Errors
    /// Every fault in the draft; refused where what is there is not as expected, or today would
    /// go back.
    pub async fn put_settings(
        &self,
        merchant: &MerchantId,
        draft: SettingsDraft,
        expected: Expected<Settings>,
    ) -> Result<Settings, AppError> {
        let settings = decide_settings(&draft)?;
        check_locale(Some(&settings.locale))?;
        let (app, merchant, saved) = (self.clone(), merchant.clone(), settings.clone());
        let zone = settings.time_zone;
        let moved = self
            .write(move |tx| {
                Box::pin(async move {
                    let mut context = app.context(tx, &merchant).await?;
                    if expected.is_set() {
                        merchants::lock_merchant(tx, &merchant).await?;
                        expected.judge(Some(&merchants::get_settings(tx, &merchant).await?))?;
                    }
                    judge_zone(tx, &context, zone).await?;
                    merchants::save_settings(tx, &merchant, &saved).await?;
                    note(tx, &mut context, EventKind::SettingsSaved, merchant.as_str()).await?;
                    if merchants::has_customers(tx, &merchant).await? {
                        return Ok(None);
                    }
                    app.start_day_in(tx, zone).await
                })
            })
            .await?;
        self.clock_moved(moved);
        Ok(settings)
    }

    /// Saves a tag; answers whether it is new.
    ///
    /// # Errors
    /// Every fault in the draft; refused where what is there is not as expected.
    pub async fn put_tag(
        &self,
        merchant: &MerchantId,
        id: TagId,
        draft: &TagDraft,
        expected: Expected<Tag>,
    ) -> Result<bool, AppError> {
        let tag = decide_tag(id, draft)?;
        let (app, merchant) = (self.clone(), merchant.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let mut context = app.context(tx, &merchant).await?;
                if expected.is_set() {
                    lock_row(tx, "tags", &merchant, tag.id.as_str()).await?;
                    let current = tags::find_tag(tx, &merchant, &tag.id).await?;
                    expected.judge(current.as_ref())?;
                }
                let created = tags::save_tag(tx, &merchant, &tag).await?;
                expected.judge_new(created)?;
                note(tx, &mut context, EventKind::TagSaved, tag.id.as_str()).await?;
                Ok(created)
            })
        })
        .await
    }

    /// Saves a tax category; answers whether it is new.
    ///
    /// # Errors
    /// Every fault in the draft, also where offers that use it would be left without a rate
    /// today; refused where what is there is not as expected.
    pub async fn put_tax(
        &self,
        merchant: &MerchantId,
        id: TaxId,
        draft: &TaxDraft,
        expected: Expected<Tax>,
    ) -> Result<bool, AppError> {
        let tax = decide_tax(id, draft)?;
        let (app, merchant) = (self.clone(), merchant.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let mut context = app.context(tx, &merchant).await?;
                // An offer may begin to use it at the same time.
                merchants::lock_merchant(tx, &merchant).await?;
                if expected.is_set() {
                    lock_row(tx, "taxes", &merchant, tax.id.as_str()).await?;
                    let current = taxes::find_tax(tx, &merchant, &tax.id).await?;
                    expected.judge(current.as_ref())?;
                }
                let is_used = !taxes::tax_uses(tx, &merchant, &tax.id).await?.is_empty();
                judge_rates(&tax, is_used, context.today).map_err(|fault| vec![fault])?;
                let created = taxes::save_tax(tx, &merchant, &tax).await?;
                expected.judge_new(created)?;
                note(tx, &mut context, EventKind::TaxSaved, tax.id.as_str()).await?;
                Ok(created)
            })
        })
        .await
    }

    /// Saves a product; answers whether it is new.
    ///
    /// # Errors
    /// Every fault in the draft; refused where what is there is not as expected.
    pub async fn put_product(
        &self,
        merchant: &MerchantId,
        id: ProductId,
        draft: &ProductDraft,
        expected: Expected<Product>,
    ) -> Result<bool, AppError> {
        let product = decide_product(id, draft)?;
        let (app, merchant) = (self.clone(), merchant.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let mut context = app.context(tx, &merchant).await?;
                if expected.is_set() {
                    lock_row(tx, "products", &merchant, product.id.as_str()).await?;
                    let current = products::find_product(tx, &merchant, &product.id).await?;
                    expected.judge(current.as_ref())?;
                }
                let created = products::save_product(tx, &merchant, &product).await?;
                expected.judge_new(created)?;
                note(tx, &mut context, EventKind::ProductSaved, product.id.as_str()).await?;
                Ok(created)
            })
        })
        .await
    }

    /// Saves an offer: another version where its terms differ; answers whether it is new.
    ///
    /// # Errors
    /// Every fault in the draft; refused where what is there is not as expected.
    pub async fn put_offer(
        &self,
        merchant: &MerchantId,
        id: OfferId,
        draft: OfferDraft,
        expected: Expected<Offer>,
    ) -> Result<(Offer, bool), AppError> {
        let (app, merchant) = (self.clone(), merchant.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let mut context = app.context(tx, &merchant).await?;
                let facts = catalog_facts(tx, &merchant).await?;
                let offer = decide_offer(id, &draft, &facts)?;
                if expected.is_set() || offer.terms.tax.is_some() {
                    merchants::lock_merchant(tx, &merchant).await?;
                    let current = offers::find_offer(tx, &merchant, &offer.terms.offer).await?;
                    expected.judge(current.as_ref())?;
                    judge_tax_of(tx, &context, &offer, current.as_ref()).await?;
                }
                let (created, _) = offers::save_offer(tx, &merchant, &offer).await?;
                note(tx, &mut context, EventKind::OfferSaved, offer.terms.offer.as_str()).await?;
                Ok((offer, created))
            })
        })
        .await
    }

    /// Saves a path, which counts as an edit; answers with it as judged, and whether it is new.
    ///
    /// # Errors
    /// Every fault in the draft; refused where what is there is not as expected.
    pub async fn put_path(
        &self,
        merchant: &MerchantId,
        id: PathId,
        draft: PathDraft,
        expected: Expected<Path>,
    ) -> Result<(JudgedPath, bool), AppError> {
        let (app, merchant) = (self.clone(), merchant.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let mut context = app.context(tx, &merchant).await?;
                let facts = catalog_facts(tx, &merchant).await?;
                let mut path = decide_path(id, &draft, &facts, context.now)?;
                if expected.is_set() {
                    merchants::lock_merchant(tx, &merchant).await?;
                    let current = paths::find_path(tx, &merchant, &path.id).await?;
                    expected.judge(current.as_ref())?;
                }
                let saved = paths::save_path(tx, &merchant, &path).await?;
                path.edit = saved.edit;
                note(tx, &mut context, EventKind::PathSaved, path.id.as_str()).await?;
                let catalogue = catalogue(tx, &merchant).await?;
                Ok((app.judged(path, &Graph::new(&catalogue), &context), saved.created))
            })
        })
        .await
    }

    /// Paths as judged against the catalogue of now.
    ///
    /// # Errors
    /// Only a breakage.
    pub async fn judge_paths(
        &self,
        merchant: &MerchantId,
        paths: Vec<Path>,
    ) -> Result<Vec<JudgedPath>, AppError> {
        let (app, merchant) = (self.clone(), merchant.clone());
        self.read(move |tx| {
            Box::pin(async move {
                let context = app.context(tx, &merchant).await?;
                let catalogue = catalogue(tx, &merchant).await?;
                let graph = Graph::new(&catalogue);
                Ok(paths.into_iter().map(|path| app.judged(path, &graph, &context)).collect())
            })
        })
        .await
    }

    /// A path with what it means for a catalogue.
    pub(super) fn judged(&self, path: Path, graph: &Graph<'_>, context: &Context) -> JudgedPath {
        let edges = graph.count_edges(&path);
        let warnings = self.inner.doubts.about(&path, graph, context);
        JudgedPath { path, edges, warnings }
    }

    /// Everything that the offer graph is drawn from.
    ///
    /// # Errors
    /// Only a breakage.
    pub async fn catalogue(&self, merchant: &MerchantId) -> Result<Catalogue, AppError> {
        let merchant = merchant.clone();
        self.read(move |tx| Box::pin(async move { catalogue(tx, &merchant).await })).await
    }

    /// The ids that a definition may name.
    ///
    /// # Errors
    /// Only a breakage.
    pub async fn catalog_facts(&self, merchant: &MerchantId) -> Result<CatalogFacts, AppError> {
        let merchant = merchant.clone();
        self.read(move |tx| Box::pin(async move { catalog_facts(tx, &merchant).await })).await
    }

    /// Saves a customer; answers whether they are new.
    ///
    /// # Errors
    /// Every fault in the draft; refused where what is there is not as expected.
    pub async fn put_customer(
        &self,
        merchant: &MerchantId,
        id: CustomerId,
        draft: &CustomerDraft,
        expected: Expected<Profile>,
    ) -> Result<bool, AppError> {
        let profile = decide_customer(draft)?;
        check_locale(profile.locale.as_deref())?;
        let (app, merchant) = (self.clone(), merchant.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let mut context = app.context(tx, &merchant).await?;
                let now = context.now;
                if expected.is_set() {
                    lock_row(tx, "customers", &merchant, id.as_str()).await?;
                    let current = customers::find_customer(tx, &merchant, &id).await?;
                    expected.judge(current.map(|current| current.profile).as_ref())?;
                }
                let created = customers::save_customer(tx, &merchant, &id, &profile, now).await?;
                expected.judge_new(created)?;
                note(tx, &mut context, EventKind::CustomerSaved, id.as_str()).await?;
                Ok(created)
            })
        })
        .await
    }
}

/// Whether an offer may use its tax category: it does already, or the category has a rate today.
async fn judge_tax_of(
    tx: &mut Tx,
    context: &Context,
    offer: &Offer,
    current: Option<&Offer>,
) -> Result<(), AppError> {
    let named = offer.terms.tax.as_ref();
    let is_new = current.is_none_or(|current| current.terms.tax.as_ref() != named);
    let Some(id) = named.filter(|_| is_new) else { return Ok(()) };
    let found = taxes::find_tax(tx, &context.merchant, id).await?;
    let judged = found.map_or(Ok(()), |tax| judge_use(&tax, context.today));
    judged.map_err(|fault| AppError::Invalid(vec![fault]))
}

/// One function that removes a thing unless something depends on it.
macro_rules! delete {
    ($($name:ident($id:ty) of $thing:ty, $what:literal in $table:literal, $find:path, $uses:path,
        $delete:path, $event:ident;)*) => {$(
        impl App {
            #[doc = concat!("Removes a ", $what, ".")]
            ///
            /// # Errors
            /// Not found; refused while something depends on it, or where it is not as expected.
            pub async fn $name(
                &self,
                merchant: &MerchantId,
                id: &$id,
                expected: Expected<$thing>,
            ) -> Result<(), AppError> {
                let (app, merchant, id) = (self.clone(), merchant.clone(), id.clone());
                self.write(move |tx| {
                    Box::pin(async move {
                        let mut context = app.context(tx, &merchant).await?;
                        if expected.is_set() {
                            lock_row(tx, $table, &merchant, id.as_str()).await?;
                            expected.judge($find(tx, &merchant, &id).await?.as_ref())?;
                        }
                        let uses = $uses(tx, &merchant, &id).await?;
                        refuse_in_use($what, &uses)?;
                        if !$delete(tx, &merchant, &id).await? {
                            return Err(AppError::NotFound($what));
                        }
                        note(tx, &mut context, EventKind::$event, id.as_str()).await
                    })
                })
                .await
            }
        }
    )*};
}

delete! {
    delete_tag(TagId) of Tag, "tag" in "tags", tags::find_tag, tags::tag_uses, tags::delete_tag,
        TagDeleted;
    delete_tax(TaxId) of Tax, "tax" in "taxes", taxes::find_tax, taxes::tax_uses,
        taxes::delete_tax, TaxDeleted;
    delete_product(ProductId) of Product, "product" in "products", products::find_product,
        products::product_uses, products::delete_product, ProductDeleted;
}

impl App {
    /// Removes an offer.
    ///
    /// # Errors
    /// Not found; refused while something depends on it.
    pub async fn delete_offer(
        &self,
        merchant: &MerchantId,
        id: &OfferId,
        expected: Expected<Offer>,
    ) -> Result<(), AppError> {
        let (app, merchant, id) = (self.clone(), merchant.clone(), id.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let mut context = app.context(tx, &merchant).await?;
                if expected.is_set() {
                    lock_row(tx, "offers", &merchant, id.as_str()).await?;
                    expected.judge(offers::find_offer(tx, &merchant, &id).await?.as_ref())?;
                }
                refuse_in_use(
                    "offer",
                    &offers::offer_uses(tx, &merchant, &id, context.now).await?,
                )?;
                if !offers::delete_offer(tx, &merchant, &id).await? {
                    return Err(AppError::NotFound("offer"));
                }
                note(tx, &mut context, EventKind::OfferDeleted, id.as_str()).await
            })
        })
        .await
    }

    /// Removes a path. What was promised on it stays promised.
    ///
    /// # Errors
    /// Not found.
    pub async fn delete_path(
        &self,
        merchant: &MerchantId,
        id: &PathId,
        expected: Expected<Path>,
    ) -> Result<(), AppError> {
        let (app, merchant, id) = (self.clone(), merchant.clone(), id.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let mut context = app.context(tx, &merchant).await?;
                if expected.is_set() {
                    lock_row(tx, "paths", &merchant, id.as_str()).await?;
                    expected.judge(paths::find_path(tx, &merchant, &id).await?.as_ref())?;
                }
                if !paths::delete_path(tx, &merchant, &id).await? {
                    return Err(AppError::NotFound("path"));
                }
                note(tx, &mut context, EventKind::PathDeleted, id.as_str()).await
            })
        })
        .await
    }
}

fn refuse_in_use(what: &str, uses: &[crate::store::Use]) -> Result<(), AppError> {
    let Some(first) = uses.first() else { return Ok(()) };
    let more = match uses.len() - 1 {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    let detail = format!("the {what} is used by {} '{}'{more}", first.kind, first.id);
    Err(AppError::refused("still-in-use", detail))
}

fn check_locale(tag: Option<&str>) -> Result<(), AppError> {
    match tag {
        Some(tag) if Locale::parse(tag).is_none() => {
            let detail = format!("'{tag}' is no known language tag such as en or de-AT");
            Err(AppError::invalid("/locale", detail))
        }
        _ => Ok(()),
    }
}

pub(super) async fn catalogue(tx: &mut Tx, merchant: &MerchantId) -> Result<Catalogue, AppError> {
    let offers = offers::all_offers(tx, merchant).await?;
    let paths = paths::all_paths(tx, merchant).await?;
    Ok(Catalogue { offers, paths })
}

/// The ids that a definition may name.
pub(crate) async fn catalog_facts(
    tx: &mut Tx,
    merchant: &MerchantId,
) -> Result<CatalogFacts, AppError> {
    let mut facts = CatalogFacts::default();
    let mut page = Page::first(PAGE_MAX);
    loop {
        let tags = tags::list_tags(tx, merchant, &page).await?;
        let Some(last) = tags.last().map(|tag| tag.id.clone()) else { break };
        facts.tags.extend(tags.into_iter().map(|tag| tag.id));
        page = Page::after(last.as_str(), PAGE_MAX);
    }
    facts.taxes.extend(taxes::load_taxes(tx, merchant).await?.into_keys());
    let mut page = Page::first(PAGE_MAX);
    loop {
        let products = products::list_products(tx, merchant, &page).await?;
        let Some(last) = products.last().map(|product| product.id.clone()) else { break };
        facts.products.extend(products.into_iter().map(|product| (product.id, product.title)));
        page = Page::after(last.as_str(), PAGE_MAX);
    }
    Ok(facts)
}

/// Records a change of what a merchant defines.
pub(super) async fn note(
    tx: &mut Tx,
    context: &mut Context,
    kind: EventKind,
    subject: &str,
) -> Result<(), AppError> {
    let Context { merchant, now, ids, .. } = context;
    Ok(events::insert_events(tx, merchant, *now, &[Event::plain(kind, subject)], ids).await?)
}
