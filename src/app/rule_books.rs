//! The rules of a merchant as values, held in memory as of an edit of the catalogue: campaigns
//! compiled, promotions and gift rules that are switched on as they are. What a save has changed
//! is taken in; the others are not read again.
//!
//! Each use knows the edit from its own transaction, so what is held is never stale, on any
//! process. As with the [`super::catalogue`], only looks at what has been committed leave something
//! behind; a transaction that writes works on what is held, is broken off until that is read, or
//! reads for itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;
use tokio::task::spawn_blocking;

use crate::domain::campaign::Campaign;
use crate::domain::definition::Definition;
use crate::domain::gift_rule::GiftRule;
use crate::domain::ids::{GiftRuleId, MerchantId, PromotionId};
use crate::domain::promotion::{Promotion, Suggestion};
use crate::selection::assortment::suggestions;
use crate::selection::index::Index;
use crate::store::rule_edits::{EditedRule, removed_since, saved_since};
use crate::store::{StoreError, Tx, merchants};

use super::AppError;
use super::assortments::DatedAssortment;
use super::lanes::NamedShares;
use super::revision_cache::{AtRevision, RevisionCache};
use super::tasks::joined;

/// How many bytes the compiled campaigns of all merchants may take.
const CAMPAIGN_BYTES_MAX: usize = 512 * 1024 * 1024;

/// How many bytes the promotions and gift rules of all merchants may take.
const RULE_BYTES_MAX: usize = 128 * 1024 * 1024;

/// How many bytes what promotions may suggest may take, of all merchants.
const ASSORTMENT_BYTES_MAX: usize = 128 * 1024 * 1024;

/// About how many bytes a promotion or a gift rule takes, whatever it says,
const RULE_BYTES: usize = 4_096;
/// and how many each byte of what it says as JSON.
const BYTES_PER_BYTE: usize = 4;

/// How often rules are read that somebody edits meanwhile.
const TRIES: u32 = 4;

/// What is held of all merchants.
pub(super) struct RuleBooks {
    campaigns: RevisionCache<Campaigns>,
    cart_rules: RevisionCache<CartRules>,
    /// Who reads all rules of a merchant: others wait for what comes of it.
    readers: Arc<NamedShares>,
    assortments: RevisionCache<DatedAssortment>,
}

impl Default for RuleBooks {
    fn default() -> Self {
        Self {
            campaigns: RevisionCache::up_to(CAMPAIGN_BYTES_MAX),
            cart_rules: RevisionCache::up_to(RULE_BYTES_MAX),
            readers: NamedShares::new(1),
            assortments: RevisionCache::up_to(ASSORTMENT_BYTES_MAX),
        }
    }
}

/// Rules that are held together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum HeldRules {
    /// Campaigns.
    Campaigns,
    /// Promotions and gift rules.
    OfCarts,
}

/// The campaigns of a merchant.
pub(super) struct Campaigns {
    edit: i64,
    /// Them all.
    pub(super) index: Index,
}

/// The promotions and gift rules of a merchant that are switched on, by id. What is left of gifts
/// is not known here: orders take them, and that is no edit.
#[derive(Clone, Default)]
pub(super) struct CartRules {
    edit: i64,
    /// About how many bytes they take.
    bytes: usize,
    pub(super) gift_rules: BTreeMap<GiftRuleId, Arc<GiftRule>>,
    pub(super) promotions: BTreeMap<PromotionId, Arc<Promotion>>,
    /// What the promotions suggest.
    suggested: Arc<BTreeSet<Suggestion>>,
}

impl AtRevision for Campaigns {
    const EDITIONS: usize = 4;

    fn edit(&self) -> i64 {
        self.edit
    }

    fn bytes(&self) -> usize {
        self.index.bytes()
    }
}

impl CartRules {
    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.gift_rules.is_empty() && self.promotions.is_empty()
    }

    /// What they suggest.
    pub(super) fn suggestions(&self) -> SuggestionScope {
        SuggestionScope::ByAll(Arc::clone(&self.suggested), self.edit)
    }
}

impl AtRevision for CartRules {
    const EDITIONS: usize = 4;

    fn edit(&self) -> i64 {
        self.edit
    }

    fn bytes(&self) -> usize {
        self.bytes
    }
}

/// Rules that are read as of an edit, all or what has changed.
trait Book: AtRevision + Sized {
    /// Reads what an edit has come to.
    ///
    /// # Errors
    /// What the database or a stored row is at.
    fn read(
        tx: &mut Tx,
        merchant: &MerchantId,
        before: Option<&Self>,
        edit: i64,
    ) -> impl Future<Output = Result<Self, StoreError>> + Send;
}

impl Book for Campaigns {
    async fn read(
        tx: &mut Tx,
        merchant: &MerchantId,
        before: Option<&Self>,
        edit: i64,
    ) -> Result<Self, StoreError> {
        if let Some(before) = before {
            let removed = removed_since::<Campaign>(tx, merchant, before.edit).await?;
            let saved = saved_since::<Campaign>(tx, merchant, before.edit).await?;
            if let Some(index) = before.index.with(&removed, saved) {
                return Ok(Self { edit, index });
            }
        }
        let all: Vec<Campaign> = saved_since(tx, merchant, -1).await?;
        // A hundred thousand take most of a second.
        let compiled = joined(spawn_blocking(move || Index::of(&all))).await;
        Ok(Self { edit, index: compiled.map_err(|_| StoreError::Closed)? })
    }
}

impl Book for CartRules {
    async fn read(
        tx: &mut Tx,
        merchant: &MerchantId,
        before: Option<&Self>,
        edit: i64,
    ) -> Result<Self, StoreError> {
        let mut rules = before.cloned().unwrap_or_else(|| Self { edit: -1, ..Self::default() });
        let CartRules { edit: before, bytes, gift_rules, promotions, suggested } = &mut rules;
        take_in(tx, (merchant, *before), gift_rules, bytes).await?;
        take_in(tx, (merchant, *before), promotions, bytes).await?;
        *suggested = Arc::new(suggestions(promotions.values().map(AsRef::as_ref)));
        *before = edit;
        Ok(rules)
    }
}

/// Takes in what has become of the rules of a kind since an edit.
async fn take_in<R: EditedRule + Serialize>(
    tx: &mut Tx,
    (merchant, edit): (&MerchantId, i64),
    rules: &mut BTreeMap<R::Id, Arc<R>>,
    bytes: &mut usize,
) -> Result<(), StoreError> {
    for id in removed_since::<R>(tx, merchant, edit).await? {
        *bytes -= rules.remove(&id).as_deref().map_or(0, bytes_of);
    }
    for rule in saved_since::<R>(tx, merchant, edit).await? {
        let id = Definition::id(&rule).clone();
        let before = if rule.is_active() {
            *bytes += bytes_of(&rule);
            rules.insert(id, Arc::new(rule))
        } else {
            rules.remove(&id)
        };
        *bytes -= before.as_deref().map_or(0, bytes_of);
    }
    Ok(())
}

/// About how many bytes a rule takes.
fn bytes_of<R: Serialize>(rule: &R) -> usize {
    RULE_BYTES + BYTES_PER_BYTE * serde_json::to_vec(rule).map_or(0, |said| said.len())
}

/// The rules as this transaction sees them.
async fn current<B: Book>(
    tx: &mut Tx,
    (merchant, edit): (&MerchantId, Option<i64>),
    (held, readers): (&RevisionCache<B>, &Arc<NamedShares>),
) -> Result<Arc<B>, AppError> {
    // A look that knows the edit sees no other. Who writes decides by the rules of the edit that it
    // began with where they are held, and else by what it reads now.
    let known = edit.filter(|edit| tx.is_look() || held.find(merchant, *edit).is_some());
    let mut edit = match known {
        Some(edit) => edit,
        None => merchants::get_edit(tx, merchant).await?,
    };
    for _ in 0..TRIES {
        let mut before = held.latest(merchant, edit);
        let mut turn = None;
        if before.is_none() && tx.is_look() {
            turn = Some(readers.take(merchant.as_str()).await?);
            before = held.latest(merchant, edit);
        }
        if let Some(before) = before.as_ref().filter(|before| before.edit() == edit) {
            return Ok(Arc::clone(before));
        }
        let book = Arc::new(B::read(tx, merchant, before.as_deref(), edit).await?);
        // A look sees one state; who writes may see what others commit meanwhile.
        let now = if tx.is_look() { edit } else { merchants::get_edit(tx, merchant).await? };
        if now == edit {
            if tx.is_look() {
                held.hold(merchant, Arc::clone(&book));
            }
            drop(turn);
            return Ok(book);
        }
        edit = now;
    }
    Err(StoreError::Stale { table: "merchants" }.into())
}

impl RuleBooks {
    /// Whether rules are held as of an edit.
    pub(super) fn holds(&self, merchant: &MerchantId, kind: HeldRules, edit: i64) -> bool {
        match kind {
            HeldRules::Campaigns => self.campaigns.find(merchant, edit).is_some(),
            HeldRules::OfCarts => self.cart_rules.find(merchant, edit).is_some(),
        }
    }

    /// The campaigns as this transaction sees them; it may know the edit already.
    pub(super) async fn campaigns(
        &self,
        tx: &mut Tx,
        (merchant, edit): (&MerchantId, Option<i64>),
    ) -> Result<Arc<Campaigns>, AppError> {
        current(tx, (merchant, edit), (&self.campaigns, &self.readers)).await
    }

    /// The promotions and gift rules that are switched on, as this transaction sees them; it may
    /// know the edit already.
    pub(super) async fn cart_rules(
        &self,
        tx: &mut Tx,
        (merchant, edit): (&MerchantId, Option<i64>),
    ) -> Result<Arc<CartRules>, AppError> {
        current(tx, (merchant, edit), (&self.cart_rules, &self.readers)).await
    }

    /// What is suggested, as this transaction sees it. It is held where it is all that a merchant's
    /// promotions suggest that are switched on.
    pub(super) async fn assortment(
        &self,
        tx: &mut Tx,
        merchant: &MerchantId,
        suggested: SuggestionScope,
    ) -> Result<Arc<DatedAssortment>, AppError> {
        let (suggested, edit) = match suggested {
            SuggestionScope::ByAll(suggested, edit) => (suggested, Some(edit)),
            SuggestionScope::BySome(suggested) => (suggested, None),
        };
        let before = edit.and_then(|edit| self.assortments.latest(merchant, edit));
        if let Some(before) = before.as_ref().filter(|before| Some(before.edit()) == edit) {
            return Ok(Arc::clone(before));
        }
        let dated = (edit.unwrap_or_default(), suggested);
        let read = DatedAssortment::read(tx, merchant, before.as_deref(), dated).await?;
        let read = Arc::new(read);
        if edit.is_some() && tx.is_look() {
            self.assortments.hold(merchant, Arc::clone(&read));
        }
        Ok(read)
    }
}

/// What promotions suggest.
#[derive(Debug, Clone)]
pub(super) enum SuggestionScope {
    /// All that are switched on, as of an edit.
    ByAll(Arc<BTreeSet<Suggestion>>, i64),
    /// Some that somebody is just writing.
    BySome(Arc<BTreeSet<Suggestion>>),
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::App;
    use super::super::expected::Expected;
    use super::*;
    use crate::clock::Clock;
    use crate::domain::webhook::EndpointReach;
    use crate::store::Store;

    #[tokio::test]
    async fn rules_take_as_much_of_what_may_be_held_as_they_say() {
        // Of a book in memory nobody looks apart from who writes.
        let folder = tempfile::tempdir().unwrap();
        let book = folder.path().join("book.db");
        let store = Store::open(&format!("sqlite:{}", book.display())).await.unwrap();
        store.migrate().await.unwrap();
        let app =
            App::new(store, Clock::System, [7; 32], String::new(), EndpointReach::Public).unwrap();
        app.bootstrap(None).await.unwrap();
        let merchant = MerchantId::parse("default").unwrap();
        let held = async |message: usize| {
            let draft = json!({
                "title": "Free shipping", "reward": {"kind": "free_shipping"},
                "qualifies": {"net": {"min": "100.00"}},
                "upsells": [{"id": "near", "priority": 1, "when": {"net": {"min": "50.00"}},
                    "message": "x".repeat(message), "suggest": []}],
            });
            let draft: <Promotion as crate::rules::definitions::Drafted>::Draft =
                serde_json::from_value(draft).unwrap();
            let id = PromotionId::parse("p").unwrap();
            app.put::<Promotion>(&merchant, id, draft.into(), Expected::Anything).await.unwrap();
            app.read_rules(&merchant, HeldRules::OfCarts).await.unwrap();
            app.inner.books.cart_rules.latest(&merchant, i64::MAX).unwrap().bytes()
        };
        let short = held(10).await;
        assert!(held(1_010).await == short + BYTES_PER_BYTE * 1_000, "{short}");
        assert_eq!(held(10).await, short, "what went is not counted any more");
        let id = PromotionId::parse("p").unwrap();
        app.delete::<Promotion>(&merchant, &id, Expected::Anything).await.unwrap();
        app.read_rules(&merchant, HeldRules::OfCarts).await.unwrap();
        assert_eq!(app.inner.books.cart_rules.latest(&merchant, i64::MAX).unwrap().bytes(), 0);
    }
}
