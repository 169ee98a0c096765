//! Judges a catalogue as a whole: what it defines itself may be referred to, every fault is told
//! at its place, and what is there already is recognised. Storing it is for the parent.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::catalog::{Offer, Product, Tag, Tax};
use crate::domain::fault::Fault;
use crate::domain::ids::{BadId, CustomerId, OfferId, PathId, ProductId, TagId, TaxId};
use crate::domain::merchant::Profile;
use crate::domain::path::Path;
use crate::render::format::Locale;
use crate::rules::definitions::CatalogFacts;
use crate::rules::definitions::catalog::{decide_offer, decide_product, decide_tag, decide_tax};
use crate::rules::definitions::merchants::{decide_customer, decide_settings};
use crate::rules::definitions::paths::decide_path;
use crate::rules::taxes::{judge_rates, judge_use};
use crate::store::{
    PAGE_MAX, Page, StoreError, Tx, customers, offers, paths, products, tags, taxes,
};

use super::super::time_zone::judge_zone;
use super::super::{AppError, Context};
use super::{CatalogueDraft, Entry, Fate, Thing};

/// What the book holds already.
#[derive(Debug, Default)]
struct Known {
    tags: BTreeMap<TagId, Tag>,
    taxes: BTreeMap<TaxId, Tax>,
    products: BTreeMap<ProductId, Product>,
    offers: BTreeMap<OfferId, Offer>,
    paths: BTreeMap<PathId, Path>,
    customers: BTreeMap<CustomerId, Profile>,
}

/// Decides what every thing of a catalogue becomes.
pub(super) async fn judge(
    tx: &mut Tx,
    context: &Context,
    draft: &CatalogueDraft,
) -> Result<Vec<(Thing, Fate)>, AppError> {
    let known = known(tx, context, draft).await?;
    let facts = facts(&known, draft);
    let mut judge = Judge { faults: Vec::new(), found: Vec::new() };
    judge.settings(context, draft);
    judge.section(&draft.tags, TagId::parse, decide_tag, |tag| {
        (fate(known.tags.get(&tag.id), &tag), Thing::Tag(tag))
    });
    judge.section(&draft.taxes, TaxId::parse, decide_tax, |tax| {
        (fate(known.taxes.get(&tax.id), &tax), Thing::Tax(tax))
    });
    judge.section(&draft.products, ProductId::parse, decide_product, |product| {
        (fate(known.products.get(&product.id), &product), Thing::Product(product))
    });
    let decide = |id, draft: &_| decide_offer(id, draft, &facts);
    judge.section(&draft.offers, OfferId::parse, decide, |mut offer| {
        let before = known.offers.get(&offer.terms.offer);
        offer.terms.version = before.map_or(0, |before| before.terms.version);
        (fate(before, &offer), Thing::Offer(offer))
    });
    judge.rates(tx, context, &known, draft).await?;
    let decide = |id, draft: &_| decide_path(id, draft, &facts, context.now);
    judge.section(&draft.paths, PathId::parse, decide, |path| {
        let before = known.paths.get(&path.id);
        let same = before.map(|before| Path {
            edit: path.edit,
            edited_at: path.edited_at,
            ..before.clone()
        });
        (fate(same.as_ref(), &path), Thing::Path(path))
    });
    let decide = |id, draft: &_| {
        let profile = decide_customer(draft)?;
        check_locale(profile.locale.as_deref())?;
        Ok((id, profile))
    };
    judge.section(&draft.customers, CustomerId::parse, decide, |(id, profile)| {
        (fate(known.customers.get(&id), &profile), Thing::Customer(id, profile))
    });
    if !judge.faults.is_empty() {
        return Err(AppError::Invalid(judge.faults));
    }
    for (thing, _) in &judge.found {
        if let Thing::Settings(settings) = thing {
            judge_zone(tx, context, settings.time_zone).await?;
        }
    }
    Ok(judge.found)
}

fn fate<T: PartialEq>(before: Option<&T>, now: &T) -> Fate {
    match before {
        None => Fate::Created,
        Some(before) if before == now => Fate::Unchanged,
        Some(_) => Fate::Replaced,
    }
}

fn check_locale(tag: Option<&str>) -> Result<(), Vec<Fault>> {
    match tag {
        Some(tag) if Locale::parse(tag).is_none() => {
            let detail = format!("'{tag}' is no known language tag such as en or de-AT");
            Err(vec![Fault::new("/locale", detail)])
        }
        _ => Ok(()),
    }
}

struct Judge {
    faults: Vec<Fault>,
    found: Vec<(Thing, Fate)>,
}

impl Judge {
    fn settings(&mut self, context: &Context, draft: &CatalogueDraft) {
        let Some((pointer, draft)) = &draft.settings else {
            return;
        };
        let decided = decide_settings(draft);
        let checked = decided.and_then(|settings| {
            check_locale(Some(&settings.locale))?;
            Ok(settings)
        });
        match checked {
            Ok(settings) => {
                let fate = fate(Some(&context.settings), &settings);
                self.found.push((Thing::Settings(settings), fate));
            }
            Err(faults) => self.note(pointer, faults),
        }
    }

    /// Every offer has a tax rate today, whether its category changes or it begins to use one.
    async fn rates(
        &mut self,
        tx: &mut Tx,
        context: &Context,
        known: &Known,
        draft: &CatalogueDraft,
    ) -> Result<(), StoreError> {
        let changed = self.found.iter().filter(|(_, fate)| *fate != Fate::Unchanged);
        let (mut rates, mut offers) = (BTreeMap::new(), Vec::new());
        for (thing, _) in changed {
            match thing {
                Thing::Tax(tax) => drop(rates.insert(tax.id.clone(), tax.clone())),
                Thing::Offer(offer) => offers.push(offer.clone()),
                _ => {}
            }
        }
        for (id, tax) in &rates {
            let is_used = offers.iter().any(|offer| offer.terms.tax.as_ref() == Some(id))
                || !taxes::tax_uses(tx, &context.merchant, id).await?.is_empty();
            if let Err(fault) = judge_rates(tax, is_used, context.today) {
                self.note(pointer_of(&draft.taxes, id.as_str()), vec![fault]);
            }
        }
        for offer in &offers {
            let id = offer.terms.tax.as_ref().filter(|id| !rates.contains_key(*id));
            let before = known.offers.get(&offer.terms.offer);
            let is_new = before.is_none_or(|before| before.terms.tax.as_ref() != id);
            let Some(tax) = id.filter(|_| is_new).and_then(|id| known.taxes.get(id)) else {
                continue;
            };
            if let Err(fault) = judge_use(tax, context.today) {
                let pointer = pointer_of(&draft.offers, offer.terms.offer.as_str());
                self.note(pointer, vec![fault]);
            }
        }
        Ok(())
    }

    fn section<D, I, T>(
        &mut self,
        entries: &[Entry<D>],
        parse: impl Fn(&str) -> Result<I, BadId>,
        decide: impl Fn(I, &D) -> Result<T, Vec<Fault>>,
        place: impl Fn(T) -> (Fate, Thing),
    ) {
        let mut seen = BTreeSet::new();
        for entry in entries {
            if !seen.insert(&entry.id) {
                let detail = format!("'{}' stands there twice", entry.id);
                self.faults.push(Fault::new(&entry.id_pointer, detail));
            }
            let id = match parse(&entry.id) {
                Ok(id) => id,
                Err(bad) => {
                    self.faults.push(Fault::new(&entry.id_pointer, bad.to_string()));
                    continue;
                }
            };
            let Some(draft) = &entry.draft else { continue };
            match decide(id, draft) {
                Ok(decided) => {
                    let (fate, thing) = place(decided);
                    self.found.push((thing, fate));
                }
                Err(faults) => self.note(&entry.pointer, faults),
            }
        }
    }

    fn note(&mut self, pointer: &str, faults: Vec<Fault>) {
        let placed = faults.into_iter();
        let placed =
            placed.map(|fault| Fault::new(format!("{pointer}{}", fault.pointer), fault.detail));
        self.faults.extend(placed);
    }
}

/// Where the thing of an id stands in the file.
fn pointer_of<'a, D>(entries: &'a [Entry<D>], id: &str) -> &'a str {
    entries.iter().find(|entry| entry.id == id).map_or("", |entry| &entry.pointer)
}

/// The ids that a definition may name: those of the book and those of the file.
fn facts(known: &Known, draft: &CatalogueDraft) -> CatalogFacts {
    let mut facts = CatalogFacts {
        tags: known.tags.keys().cloned().collect(),
        taxes: known.taxes.keys().cloned().collect(),
        products: BTreeMap::new(),
    };
    let titles = known.products.values();
    facts.products.extend(titles.map(|product| (product.id.clone(), product.title.clone())));
    facts.tags.extend(draft.tags.iter().filter_map(|tag| TagId::parse(&tag.id).ok()));
    facts.taxes.extend(draft.taxes.iter().filter_map(|tax| TaxId::parse(&tax.id).ok()));
    facts.products.extend(draft.products.iter().filter_map(|product| {
        let title = product.draft.as_ref().and_then(|draft| draft.title.clone());
        Some((ProductId::parse(&product.id).ok()?, title.unwrap_or_default()))
    }));
    facts
}

async fn known(
    tx: &mut Tx,
    context: &Context,
    draft: &CatalogueDraft,
) -> Result<Known, StoreError> {
    let merchant = &context.merchant;
    let mut known = Known::default();
    let tags = all!(tags::list_tags, tx, merchant, id);
    known.tags.extend(tags.into_iter().map(|tag| (tag.id.clone(), tag)));
    let taxes = all!(taxes::list_taxes, tx, merchant, id);
    known.taxes.extend(taxes.into_iter().map(|tax| (tax.id.clone(), tax)));
    let products = all!(products::list_products, tx, merchant, id);
    known.products.extend(products.into_iter().map(|product| (product.id.clone(), product)));
    if !draft.offers.is_empty() {
        let offers = all!(offers::list_offers, tx, merchant, terms.offer);
        known.offers.extend(offers.into_iter().map(|offer| (offer.terms.offer.clone(), offer)));
    }
    if !draft.paths.is_empty() {
        let paths = all!(paths::list_paths, tx, merchant, id);
        known.paths.extend(paths.into_iter().map(|path| (path.id.clone(), path)));
    }
    for entry in &draft.customers {
        let Ok(id) = CustomerId::parse(&entry.id) else {
            continue;
        };
        if let Some(found) = customers::find_customer(tx, merchant, &id).await? {
            known.customers.insert(id, found.profile);
        }
    }
    Ok(known)
}
