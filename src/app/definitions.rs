//! What a merchant defines, saved, removed and read, whatever it is; and the settings, of which
//! there is one. Each draft is judged as a whole, then stored or refused.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::domain::catalogue::Tag;
use crate::domain::coupon::Coupon;
use crate::domain::definition::Kind;
use crate::domain::event::EventKind;
use crate::domain::fault::Fault;
use crate::domain::ids::{CustomerId, Identifier, MerchantId, ProductId};
use crate::domain::merchant::Settings;
use crate::domain::message_template::MessageTemplate;
use crate::domain::new_event::Event;
use crate::domain::path::Path;
use crate::gateway::mail::can_be_mailed;
use crate::render::format::Locale;
use crate::rules::definitions::merchants::{SettingsDraft, decide_settings};
use crate::rules::definitions::{
    CatalogueFacts, DraftFacts, Drafted, MessageFacts, Sent, decide_whole, names_in,
    unknown_language,
};
use crate::rules::graph::Catalogue;
use crate::rules::lint::Warning;
use crate::store::automations::{endpoint_ids, list_used};
use crate::store::definitions::{self, DefinitionWrite, Stored};
use crate::store::selection_rules::priced_for;
use crate::store::{Page, StoreError, Tx, customers, events, merchants, offers, products, tags};

use super::automation_starts::forgotten;
use super::bounds::check_edges;
use super::channels::UnsendableSteps;
use super::expected::Expected;
use super::idempotency::time_outside;
use super::suppressions::customer_saved;
use super::time_zone::judge_zone;
use super::{App, AppError, Context};

pub use crate::store::definitions::SavedThing;
pub(super) use crate::store::definitions::all;

/// What a merchant defines: decided from a draft, and stored.
pub trait Defined: Drafted + Stored {}
impl<D: Drafted + Stored> Defined for D {}

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
    /// Every fault in the draft; refused where what is there is not as expected.
    pub async fn put_settings(
        &self,
        merchant: &MerchantId,
        draft: SettingsDraft,
        expected: Expected<Settings>,
    ) -> Result<Settings, AppError> {
        let settings = settled(&draft)?;
        let saved = &settings;
        let zone = settings.time_zone;
        let expected = &expected;
        let moved = self
            .write(|mut tx| async move {
                let mut context = self.context(&mut tx, merchant).await?;
                let overdue = overdue(&mut tx, &context, saved).await?;
                customers::lock_customers(&mut tx, merchant, &overdue).await?;
                merchants::lock_merchant(&mut tx, merchant).await?;
                let there = merchants::get_settings(&mut tx, merchant).await?;
                expected.judge(Some(&there))?;
                judge_zone(&mut tx, &context, zone).await?;
                save_settings(&mut tx, &context, &there, saved).await?;
                note(&mut tx, &mut context, EventKind::SettingsSaved, merchant.as_str()).await?;
                if merchants::has_customers(&mut tx, merchant).await? {
                    return tx.commit(None).await;
                }
                let begun = self.start_day_in(&mut tx, zone).await?;
                tx.commit(begun).await
            })
            .await?;
        self.clock_moved(moved);
        Ok(settings)
    }

    /// Saves a thing that the merchant defines: what was sent is decided once, against what is
    /// there when it is stored.
    ///
    /// # Errors
    /// Every fault in what was sent; refused where what is there is not as expected, or where
    /// there are as many as there may be.
    pub async fn put<D: Defined>(
        &self,
        merchant: &MerchantId,
        id: D::Id,
        sent: Sent<D::Draft>,
        expected: Expected<D>,
    ) -> Result<SavedThing<D>, AppError> {
        let (id, sent, expected) = (&id, &sent, &expected);
        self.write(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            let edit = definitions::lock(&mut tx, merchant, D::KIND, id.as_str()).await?;
            let thing = self.decided::<D>(&mut tx, id, sent, &context).await?;
            if expected.is_set() {
                expected.judge(D::find(&mut tx, merchant, id).await?.as_ref())?;
            }
            let before = self.ways_out::<D>(&mut tx, merchant).await?;
            let writing = DefinitionWrite { edit, now: context.now };
            let saved = thing.save(&mut tx, merchant, writing).await?;
            before.refuse_more(&self.ways_out::<D>(&mut tx, merchant).await?)?;
            if D::KIND.in_graph {
                check_edges(&mut tx, merchant).await?;
            }
            expected.judge_new(saved.created)?;
            if saved.created || saved.thing.is_active() {
                check_room(&mut tx, merchant, D::KIND).await?;
            }
            // Last, for it takes the merchant's counters.
            note(&mut tx, &mut context, D::KIND.saved, id.as_str()).await?;
            tx.commit(saved).await
        })
        .await
    }

    /// Removes a thing that the merchant defines. What was promised on it stays promised.
    ///
    /// # Errors
    /// Not found; refused while something depends on it, or where it is not as expected.
    pub async fn delete<D: Defined>(
        &self,
        merchant: &MerchantId,
        id: &D::Id,
        expected: Expected<D>,
    ) -> Result<(), AppError> {
        let expected = &expected;
        self.write(|mut tx| async move {
            let missing = || AppError::NotFound(D::KIND.one);
            let deleted = D::KIND.deleted.ok_or_else(missing)?;
            let mut context = self.context(&mut tx, merchant).await?;
            definitions::lock(&mut tx, merchant, D::KIND, id.as_str()).await?;
            if expected.is_set() {
                expected.judge(D::find(&mut tx, merchant, id).await?.as_ref())?;
            }
            let uses = D::uses(&mut tx, merchant, id, context.now).await?;
            refuse_in_use(D::KIND.one, &uses)?;
            let before = self.ways_out::<D>(&mut tx, merchant).await?;
            if !D::delete(&mut tx, merchant, id).await? {
                return Err(missing());
            }
            before.refuse_more(&self.ways_out::<D>(&mut tx, merchant).await?)?;
            note(&mut tx, &mut context, deleted, id.as_str()).await?;
            tx.commit(()).await
        })
        .await
    }

    /// A thing that the merchant defines.
    ///
    /// # Errors
    /// Not found.
    pub async fn get<D: Defined>(&self, merchant: &MerchantId, id: &D::Id) -> Result<D, AppError> {
        self.read(|mut tx| async move {
            let found = D::find(&mut tx, merchant, id).await?;
            found.ok_or(AppError::NotFound(D::KIND.one))
        })
        .await
    }

    /// A page of what the merchant defines, by id.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn list<D: Defined>(
        &self,
        merchant: &MerchantId,
        page: Page,
    ) -> Result<Vec<D>, AppError> {
        self.read(|mut tx| async move { Ok(D::list(&mut tx, merchant, &page).await?) }).await
    }

    /// What a draft comes to, or every fault in it: what saving it would say, and nothing stored.
    ///
    /// # Errors
    /// Every fault in what was sent.
    pub async fn judge<D: Defined>(
        &self,
        merchant: &MerchantId,
        id: D::Id,
        sent: Sent<D::Draft>,
    ) -> Result<D, AppError> {
        self.read(|mut tx| async move {
            let context = self.context(&mut tx, merchant).await?;
            self.decided::<D>(&mut tx, &id, &sent, &context).await
        })
        .await
    }

    /// What was sent, decided by as much of the catalogue as it names. Where something is wrong
    /// with it, by all of it: a name that nobody has is answered with one that is nearly the same.
    async fn decided<D: Defined>(
        &self,
        tx: &mut Tx,
        id: &D::Id,
        sent: &Sent<D::Draft>,
        context: &Context,
    ) -> Result<D, AppError> {
        let mut facts = self.facts::<D>(tx, id, &sent.draft, context).await?;
        let decided = sent.decide(|draft| decide_whole::<D>(id.clone(), draft, &facts));
        if decided.is_ok() || !D::KIND.refers {
            return Ok(decided?);
        }
        facts.catalogue = catalogue_facts(tx, context).await?;
        Ok(sent.decide(|draft| decide_whole::<D>(id.clone(), draft, &facts))?)
    }

    /// The steps of live automations that cannot be sent, where a kind decides about that.
    async fn ways_out<D: Defined>(
        &self,
        tx: &mut Tx,
        merchant: &MerchantId,
    ) -> Result<UnsendableSteps, AppError> {
        if D::IS_WAY_OUT {
            UnsendableSteps::load(tx, merchant, self.mails()).await
        } else {
            Ok(UnsendableSteps::default())
        }
    }

    /// What judging a draft of a kind rests on.
    async fn facts<D: Defined>(
        &self,
        tx: &mut Tx,
        id: &D::Id,
        draft: &D::Draft,
        context: &Context,
    ) -> Result<DraftFacts, AppError> {
        let Context { merchant, now, .. } = context;
        let mut facts = self.facts_with(CatalogueFacts::default(), context);
        if D::KIND.refers {
            facts.catalogue = named_facts(tx, context, id.as_str(), draft).await?;
        }
        if let Some(code) = D::wanted_code(draft) {
            facts.codes = D::codes(tx, merchant, &[code]).await?;
        }
        if D::is_unpriced(draft) {
            let product = ProductId::stored(id.as_str().to_owned());
            facts.priced_for = priced_for(tx, merchant, &[product]).await?.into_iter().collect();
        }
        if D::SENDS {
            facts.messages = message_facts(tx, merchant).await?;
        }
        if D::IS_SENT {
            let used = list_used(tx, merchant).await?.into_iter();
            facts.messages.automations = used.map(|it| (it.automation, it.terms)).collect();
        }
        if let Some(address) = D::mail_address(draft).filter(|it| !can_be_mailed(it)) {
            // One that is there stays, so that whatever else of its owner can be saved.
            let there = D::find(tx, merchant, id).await?;
            facts.is_unmailable = there.is_none_or(|it| it.known_address() != Some(address));
        }
        if D::KIND.weighs_uses {
            facts.is_used = !D::uses(tx, merchant, id, *now).await?.is_empty();
        }
        Ok(facts)
    }

    pub(super) fn facts_with(&self, catalogue: CatalogueFacts, context: &Context) -> DraftFacts {
        DraftFacts {
            catalogue,
            currency: context.settings.currency,
            taxes: context.tariff.taxes.clone(),
            keeps_stock: false,
            gifts_left: BTreeMap::new(),
            priced_for: BTreeMap::new(),
            codes: BTreeMap::new(),
            messages: MessageFacts::default(),
            is_used: false,
            is_unmailable: false,
            now: context.now,
            today: context.today,
            outside: time_outside(),
            reach: self.reach(),
            seed: self.random_bytes(),
            is_language: |tag| Locale::parse(tag).is_some(),
        }
    }

    /// Paths as judged against the catalogue of now.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn judge_paths(
        &self,
        merchant: &MerchantId,
        paths: Vec<Path>,
    ) -> Result<Vec<JudgedPath>, AppError> {
        self.read(|mut tx| async move {
            let context = self.context(&mut tx, merchant).await?;
            let edition = self.committed_catalogue(&mut tx, merchant).await?;
            let judge = self.clone();
            let judged = move || {
                let judged = |path| judge.judged(path, &edition.catalogue, &context);
                paths.into_iter().map(judged).collect()
            };
            self.compute(merchant, judged).await
        })
        .await
    }

    /// A path with what it means for a catalogue.
    pub(super) fn judged(
        &self,
        path: Path,
        catalogue: &Catalogue,
        context: &Context,
    ) -> JudgedPath {
        let edges = catalogue.count_edges(&path);
        let rests_on = (&context.merchant, &context.tariff, context.today);
        let warnings = self.inner.path_warnings.about(&path, catalogue, rests_on);
        JudgedPath { path, edges, warnings }
    }
}

/// Refuses what has turned out to be one too many.
pub(super) async fn check_room(
    tx: &mut Tx,
    merchant: &MerchantId,
    kind: Kind,
) -> Result<(), AppError> {
    let Some(most) = kind.most else { return Ok(()) };
    let active = if most.active_only { "active " } else { "" };
    if definitions::count(tx, merchant, kind, most.active_only).await? > most.count {
        let detail = format!("there are {} {active}{}s, as many as may be", most.count, kind.one);
        return Err(AppError::refused(most.code, detail));
    }
    let Some(characters) = most.characters else { return Ok(()) };
    if definitions::length(tx, merchant, kind).await? > characters {
        let detail = format!(
            "all {active}{}s together would say more than {characters} characters, as much as may \
             be: switch some off, or shorten them",
            kind.one
        );
        return Err(AppError::refused(most.code, detail));
    }
    Ok(())
}

fn refuse_in_use(what: &str, uses: &[crate::store::DependentThing]) -> Result<(), AppError> {
    // Named in an order of ours: databases put together what they find in orders of theirs.
    let first = uses.iter().min_by_key(|one| (&one.kind, &one.id));
    let Some(first) = first else { return Ok(()) };
    let more = match uses.len() - 1 {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    let detail = format!("the {what} is used by {} '{}'{more}", first.kind, first.id);
    Err(AppError::refused("still-in-use", detail))
}

/// Decides whether a draft makes settings, in a language that can be written.
pub(super) fn settled(draft: &SettingsDraft) -> Result<Settings, Vec<Fault>> {
    let settings = decide_settings(draft)?;
    match Locale::parse(&settings.locale) {
        Some(_) => Ok(settings),
        None => Err(vec![Fault::new("/locale", unknown_language(&settings.locale))]),
    }
}

/// Of what a definition may name, what one's draft does.
pub(super) async fn named_facts(
    tx: &mut Tx,
    context: &Context,
    own: &str,
    draft: &impl Serialize,
) -> Result<CatalogueFacts, AppError> {
    let Context { merchant, tariff, .. } = context;
    let named = names_in(draft);
    let own = ProductId::stored(own.to_owned());
    Ok(CatalogueFacts {
        tags: tags::known_tags(tx, merchant, &ids(&named)).await?,
        taxes: tariff.taxes.keys().cloned().collect(),
        offers: offers::known_offers(tx, merchant, &ids(&named)).await?,
        products: products::outline_named(tx, merchant, &ids(&named), &own).await?,
    })
}

fn ids<I: Identifier + Ord>(names: &BTreeSet<String>) -> BTreeSet<I> {
    names.iter().filter_map(|name| I::parse(name).ok()).collect()
}

/// All that a definition may name.
pub(super) async fn catalogue_facts(
    tx: &mut Tx,
    context: &Context,
) -> Result<CatalogueFacts, AppError> {
    let Context { merchant, tariff, .. } = context;
    let tags: Vec<Tag> = all(tx, merchant).await?;
    Ok(CatalogueFacts {
        tags: tags.into_iter().map(|tag| tag.id).collect(),
        taxes: tariff.taxes.keys().cloned().collect(),
        offers: offers::offer_ids(tx, merchant).await?,
        products: products::outline_products(tx, merchant).await?,
    })
}

/// What messages can be made of.
pub(super) async fn message_facts(
    tx: &mut Tx,
    merchant: &MerchantId,
) -> Result<MessageFacts, StoreError> {
    let templates: Vec<MessageTemplate> = all(tx, merchant).await?;
    let templates = templates.into_iter().map(|it| (it.id.clone(), it)).collect();
    let coupons: Vec<Coupon> = all(tx, merchant).await?;
    let coupons = coupons.into_iter().map(|it| it.id).collect();
    let endpoints = endpoint_ids(tx, merchant).await?;
    Ok(MessageFacts { templates, coupons, endpoints, automations: Vec::new() })
}

/// What is told of a thing that is defined: of a customer, whose it is.
pub(super) fn event_of(kind: EventKind, subject: &str) -> Event {
    let is_of_customer = kind == EventKind::CustomerSaved;
    let customer = is_of_customer.then(|| CustomerId::stored(subject.to_owned()));
    Event { customer, ..Event::plain(kind, subject) }
}

/// Records a change of what a merchant defines.
pub(super) async fn note(
    tx: &mut Tx,
    context: &mut Context,
    kind: EventKind,
    subject: &str,
) -> Result<(), AppError> {
    let event = event_of(kind, subject);
    let customer = event.customer.clone();
    let mut told = vec![event];
    if let Some(customer) = customer {
        told.extend(customer_saved(tx, context, &customer).await?);
    }
    if kind == EventKind::CustomerDeleted {
        forgotten(tx, context, &CustomerId::stored(subject.to_owned())).await?;
    }
    let Context { merchant, now, ids, .. } = context;
    events::insert_events(tx, merchant, *now, &told, ids).await?;
    Ok(())
}

/// Whose overdue invoices are looked at again once these settings are saved: nobody's where the
/// steps of dunning are as before. They are locked before the merchant is.
pub(super) async fn overdue(
    tx: &mut Tx,
    context: &Context,
    saved: &Settings,
) -> Result<Vec<CustomerId>, StoreError> {
    if context.settings.dunning == saved.dunning {
        return Ok(Vec::new());
    }
    merchants::list_overdue(tx, &context.merchant).await
}

/// Saves the settings of a merchant who is locked, in the place of those that are there. Where the
/// steps of dunning are others than before, [`overdue`] invoices are looked at again on the next
/// day.
///
/// # Errors
/// Stale where the steps seemed to be as before and others have saved other ones meanwhile, so that
/// the customers concerned are not locked.
pub(super) async fn save_settings(
    tx: &mut Tx,
    context: &Context,
    there: &Settings,
    saved: &Settings,
) -> Result<(), StoreError> {
    if there.dunning != saved.dunning && context.settings.dunning == saved.dunning {
        return Err(StoreError::Stale { table: "merchants" });
    }
    merchants::save_settings(tx, &context.merchant, saved).await?;
    match context.today.succ_opt().filter(|_| there.dunning != saved.dunning) {
        Some(on) => merchants::look_at_overdue(tx, &context.merchant, on).await,
        None => Ok(()),
    }
}
