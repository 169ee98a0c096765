//! Judges a catalogue as a whole: what it defines itself may be referred to, every fault is told
//! at its place, and what is there already is recognised. Storing it is for the parent.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::calendar::Zone;
use crate::domain::catalogue::Product;
use crate::domain::definition::Lock;
use crate::domain::fault::Fault;
use crate::domain::ids::{
    AutomationId, CouponId, Identifier, MessageTemplateId, OfferId, ProductId, TagId, TaxId,
};
use crate::domain::message_template::MessageTemplate;
use crate::domain::nouns::nouns;
use crate::rules::definitions::{CatalogueFacts, DraftFacts, Drafted, decide_whole};
use crate::store::automations::list_used;
use crate::store::selection_rules::{list_gifts_left, priced_for};
use crate::store::{StoreError, Tx};

use super::super::definitions::{Defined, all, catalogue_facts, message_facts, settled};
use super::super::time_zone::judge_zone;
use super::super::{App, AppError, Context};
use super::things::{CatalogueDraft, Entry, ImportOutcome, JudgedThing, SettingsThing};

/// Decides what every thing of a catalogue becomes; with the time zone that it sets, if any.
pub(super) async fn judge(
    app: &App,
    tx: &mut Tx,
    context: &Context,
    draft: &CatalogueDraft,
) -> Result<(Vec<JudgedThing>, Option<Zone>), AppError> {
    let known = catalogue_facts(tx, context).await?;
    let mut facts = app.facts_with(with_those_of(known, draft), context);
    facts.keeps_stock = true;
    if !draft.gift_rules.is_empty() {
        facts.gifts_left = list_gifts_left(tx, &context.merchant).await?;
    }
    let unpriced = draft.products.iter().filter(|it| it.draft().is_some_and(Product::is_unpriced));
    let unpriced: Vec<ProductId> =
        unpriced.filter_map(|it| ProductId::parse(&it.id).ok()).collect();
    // Those of the file are judged themselves, by the prices of the file.
    let mut held = priced_for(tx, &context.merchant, &unpriced).await?;
    held.retain(|(_, rule)| draft.gift_rules.iter().all(|it| it.id != rule.as_str()));
    facts.priced_for = held.into_iter().collect();
    // What the file says of a category is judged there, with the offers that the file has of it.
    facts.taxes.retain(|id, _| draft.taxes.iter().all(|tax| tax.id != id.as_str()));
    let offers = draft.offers.iter().filter_map(Entry::draft);
    let used = offers.filter_map(|offer| offer.tax.clone()).collect();
    let mut judge =
        CatalogueJudge { tx, context, facts, used, faults: Vec::new(), found: Vec::new() };
    let zone = judge.settings(draft);
    judge.sections(draft).await?;
    let CatalogueJudge { faults, found, .. } = judge;
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults));
    }
    if let Some(zone) = zone {
        judge_zone(tx, context, zone).await?;
    }
    Ok((found, zone))
}

macro_rules! sections_judged {
    (
        catalogue { $($how:ident $section:ident: $noun:ty,)+ }
        selling { $($sold_how:ident $sold:ident: $of_sold:ty,)+ }
        $($others:tt)*
    ) => {
        impl CatalogueJudge<'_> {
            /// Judges every section, in their order.
            async fn sections(&mut self, draft: &CatalogueDraft) -> Result<(), StoreError> {
                $(self.section(draft, &draft.$section).await?;)+
                $(self.section(draft, &draft.$sold).await?;)+
                Ok(())
            }
        }
    };
}

nouns!(sections_judged);

struct CatalogueJudge<'j> {
    tx: &'j mut Tx,
    context: &'j Context,
    facts: DraftFacts,
    /// What the things of the file refer to, of the kinds whose rule asks.
    used: BTreeSet<String>,
    faults: Vec<Fault>,
    found: Vec<JudgedThing>,
}

impl CatalogueJudge<'_> {
    fn settings(&mut self, draft: &CatalogueDraft) -> Option<Zone> {
        let (pointer, draft) = draft.settings.as_ref()?;
        match settled(draft) {
            Ok(settings) => {
                let same = settings == self.context.settings;
                let fate = if same { ImportOutcome::Unchanged } else { ImportOutcome::Replaced };
                let zone = settings.time_zone;
                // Of rules that name none.
                self.facts.currency = settings.currency;
                self.found.push((Box::new(SettingsThing(settings)), fate));
                Some(zone)
            }
            Err(faults) => {
                self.note(pointer, faults);
                None
            }
        }
    }

    async fn section<D: Defined>(
        &mut self,
        draft: &CatalogueDraft,
        entries: &[Entry<D>],
    ) -> Result<(), StoreError> {
        if D::SENDS && !entries.is_empty() {
            self.learn_messages(draft).await?;
        }
        if D::IS_SENT && !entries.is_empty() {
            // Those of the file are judged themselves, by the templates of the file.
            let of_file =
                |id: &AutomationId| draft.automations.iter().any(|entry| entry.id == id.as_str());
            let used = list_used(self.tx, &self.context.merchant).await?.into_iter();
            let others = used.filter(|it| it.is_under_way || !of_file(&it.automation));
            self.facts.messages.automations = others.map(|it| (it.automation, it.terms)).collect();
        }
        let known = self.known(entries).await?;
        let mut seen = BTreeSet::new();
        // What the file says of the codes of its things stands.
        let drafts = entries.iter().filter_map(Entry::draft);
        let wanted: Vec<String> = drafts.filter_map(D::wanted_code).collect();
        self.facts.codes = match wanted.as_slice() {
            [] => BTreeMap::new(),
            wanted => D::codes(self.tx, &self.context.merchant, wanted).await?,
        };
        self.facts.codes.retain(|_, whose| entries.iter().all(|entry| entry.id != *whose));
        for entry in entries {
            if !seen.insert(&entry.id) {
                let detail = format!("'{}' stands there twice", entry.id);
                self.faults.push(Fault::new(&entry.id_pointer, detail));
            }
            let id = match D::Id::parse(&entry.id) {
                Ok(id) => id,
                Err(bad) => {
                    self.faults.push(Fault::new(&entry.id_pointer, bad.to_string()));
                    continue;
                }
            };
            let Some(sent) = &entry.sent else { continue };
            if D::KIND.weighs_uses {
                let Context { merchant, now, .. } = self.context;
                let uses = D::uses(self.tx, merchant, &id, *now).await?;
                self.facts.is_used = !uses.is_empty() || self.used.contains(&entry.id);
            }
            match sent.decide(|draft| decide_whole::<D>(id, draft, &self.facts)) {
                Ok(thing) => {
                    let code = thing.code().map(|code| (code, entry.id.clone()));
                    self.facts.codes.extend(code);
                    let fate = match known.get(thing.id()) {
                        None => ImportOutcome::Created,
                        // What the engine gives it is no difference.
                        Some(before) if D::Draft::from(before) == (&thing).into() => {
                            ImportOutcome::Unchanged
                        }
                        Some(_) => ImportOutcome::Replaced,
                    };
                    self.found.push((Box::new(thing), fate));
                }
                // What is known to be wrong is told by whoever has read it.
                Err(faults) => {
                    let known = sent.faults.len();
                    self.note(&entry.pointer, faults.into_iter().skip(known).collect());
                }
            }
        }
        Ok(())
    }

    /// What messages can be made of: what the book has, and the coupons and templates of the file.
    async fn learn_messages(&mut self, draft: &CatalogueDraft) -> Result<(), StoreError> {
        self.facts.messages = message_facts(self.tx, &self.context.merchant).await?;
        let coupons = draft.coupons.iter().filter_map(|it| CouponId::parse(&it.id).ok());
        self.facts.messages.coupons.extend(coupons);
        for entry in &draft.message_templates {
            let said = MessageTemplateId::parse(&entry.id).ok().zip(entry.draft());
            let made = said.map(|(id, draft)| MessageTemplate::decide(id, draft, &self.facts));
            if let Some(Ok(template)) = made {
                self.facts.messages.templates.insert(template.id.clone(), template);
            }
        }
        Ok(())
    }

    /// What the book holds of these already: all of a catalogue, which is bounded, but of others
    /// only those that are named.
    async fn known<D: Defined>(
        &mut self,
        entries: &[Entry<D>],
    ) -> Result<BTreeMap<D::Id, D>, StoreError> {
        let merchant = &self.context.merchant;
        let mut found = Vec::new();
        if D::KIND.lock == Lock::Row {
            for id in entries.iter().filter_map(|entry| D::Id::parse(&entry.id).ok()) {
                found.extend(D::find(self.tx, merchant, &id).await?);
            }
        } else if !entries.is_empty() {
            found = all(self.tx, merchant).await?;
        }
        Ok(found.into_iter().map(|thing| (thing.id().clone(), thing)).collect())
    }

    fn note(&mut self, pointer: &str, faults: Vec<Fault>) {
        let placed = faults.into_iter();
        let placed =
            placed.map(|fault| Fault::new(format!("{pointer}{}", fault.pointer), fault.detail));
        self.faults.extend(placed);
    }
}

/// The ids that a definition may name: those of the book and those of the file.
fn with_those_of(mut facts: CatalogueFacts, draft: &CatalogueDraft) -> CatalogueFacts {
    facts.tags.extend(draft.tags.iter().filter_map(|tag| TagId::parse(&tag.id).ok()));
    facts.taxes.extend(draft.taxes.iter().filter_map(|tax| TaxId::parse(&tax.id).ok()));
    facts.offers.extend(draft.offers.iter().filter_map(|it| OfferId::parse(&it.id).ok()));
    for product in &draft.products {
        let Ok(id) = ProductId::parse(&product.id) else { continue };
        // What the file says of it stands; what it could not say is left as it is.
        let known = facts.products.entry(id).or_default();
        if let Some(draft) = product.draft() {
            let parent = draft.variant_of.as_deref().and_then(|id| ProductId::parse(id).ok());
            known.title = draft.title.clone().unwrap_or_else(|| std::mem::take(&mut known.title));
            known.variant_of = parent;
            known.is_priced = draft.unit_net.is_some();
        }
    }
    facts
}
