//! Campaigns, promotions and gift rules: what they say as JSON beside the few columns by which
//! they are found, and what they name of the catalogue. How many of its gifts a rule has left
//! stands in rows of its own, for orders take them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::definitions::{DefinitionWrite, SavedThing, Stored, delete_row};
use super::query::SqlQuery;
use super::rows::{ColumnPlace, to_json};
use super::rule_edits::EditedRule;
use super::sql::{Arg, PageRows, Write, args, list, touched};
use super::{Page, StoreError, Tx};
use crate::domain::campaign::{Campaign, Offered};
use crate::domain::condition::Selector;
use crate::domain::definition::Definition;
use crate::domain::gift_rule::{GiftPrice, GiftRule};
use crate::domain::ids::{CampaignId, GiftRuleId, Identifier, MerchantId, ProductId};
use crate::domain::order::GiftMove;
use crate::domain::promotion::{Promotion, Suggestion};
use crate::domain::stock::GiftStep;

/// The most rules of one kind that are looked at for one cart or order.
const RULES_MAX: i64 = 100_000;

/// What has the text that is searched in its id or its title.
const TITLED: &str =
    "(lower(id) like lower($?) escape '!' or lower(title) like lower($?) escape '!')";

/// A thing of the catalogue that a rule names: what kind of thing it is, and its id.
type CatalogueReference = (&'static str, String);

/// A rule that is kept as JSON.
trait Rule: EditedRule + Serialize {
    fn title(&self) -> &str;

    /// The same with its place among all edits.
    fn edited(self, edit: i64) -> Self;

    /// What it names.
    fn names(&self) -> BTreeSet<CatalogueReference>;

    /// Its gifts with what is left of them.
    fn gifts(&self) -> Vec<(&str, i64)> {
        Vec::new()
    }

    /// The same with what is left of its gifts.
    fn with_left(self, _: &BTreeMap<String, i64>) -> Self {
        self
    }
}

fn named(selector: &Selector) -> Option<CatalogueReference> {
    match selector {
        Selector::Product(id) => Some(("product", id.to_string())),
        Selector::Tag(id) => Some(("tag", id.to_string())),
        Selector::Offer(id) => Some(("offer", id.to_string())),
        Selector::Brand(_) | Selector::Any => None,
    }
}

impl Rule for Campaign {
    fn title(&self) -> &str {
        &self.title
    }

    fn edited(self, edit: i64) -> Self {
        Self { edit, ..self }
    }

    fn names(&self) -> BTreeSet<CatalogueReference> {
        let excluded = self.excluded_products.iter().map(|id| ("product", id.to_string()));
        let offered = match &self.offered {
            Offered::Product(id) => ("product", id.to_string()),
            Offered::Offer(id) => ("offer", id.to_string()),
        };
        self.triggers.iter().filter_map(named).chain(excluded).chain([offered]).collect()
    }
}

impl Rule for Promotion {
    fn title(&self) -> &str {
        &self.title
    }

    fn edited(self, edit: i64) -> Self {
        Self { edit, ..self }
    }

    fn names(&self) -> BTreeSet<CatalogueReference> {
        let whens = self.upsells.iter().flat_map(|upsell| upsell.when.selectors());
        let suggested = self.upsells.iter().flat_map(|upsell| &upsell.suggest);
        let suggested = suggested.filter_map(|suggestion| match suggestion {
            Suggestion::Product(id) => Some(("product", id.to_string())),
            Suggestion::Picked(selector) => named(selector),
        });
        let all = self.qualifies.selectors().into_iter().chain(whens);
        all.filter_map(|selector| named(&selector)).chain(suggested).collect()
    }
}

impl Rule for GiftRule {
    fn title(&self) -> &str {
        &self.title
    }

    fn edited(self, edit: i64) -> Self {
        Self { edit, ..self }
    }

    fn names(&self) -> BTreeSet<CatalogueReference> {
        let gifts = self.get.iter().map(|gift| ("product", gift.product.to_string()));
        let bought = self.buy.selectors().into_iter();
        bought.filter_map(|selector| named(&selector)).chain(gifts).collect()
    }

    fn gifts(&self) -> Vec<(&str, i64)> {
        self.get.iter().map(|gift| (gift.product.as_str(), gift.stock)).collect()
    }

    fn with_left(mut self, left: &BTreeMap<String, i64>) -> Self {
        for gift in &mut self.get {
            gift.stock = left.get(gift.product.as_str()).copied().unwrap_or(0);
        }
        self
    }
}

async fn save<R: Rule>(
    tx: &mut Tx,
    merchant: &MerchantId,
    rule: R,
    writing: DefinitionWrite,
) -> Result<SavedThing<R>, StoreError> {
    let rule = rule.edited(writing.edit);
    let (table, id) = (R::KIND.table, rule.id().as_str());
    let terms = to_json(&rule)?;
    let values = || args![merchant, id, writing.edit, rule.is_active(), rule.title(), &terms];
    let insert = format!(
        "insert into {table} (merchant_id, id, edit, active, title, terms) \
         values ($1, $2, $3, $4, $5, $6) on conflict (merchant_id, id) do nothing"
    );
    let created = tx.execute(insert, values()).await? == 1;
    if !created {
        let update = format!(
            "update {table} set edit = $3, active = $4, title = $5, terms = $6 \
             where merchant_id = $1 and id = $2"
        );
        tx.execute(update, values()).await?;
        forget(tx, merchant, R::NAME, id).await?;
    }
    let rows = rule.names().into_iter();
    let rows = rows.map(|(noun, name)| args![merchant, R::NAME, id, noun, name]).collect();
    tx.insert_rows("rule_names", "merchant_id, kind, rule_id, noun, name", rows).await?;
    let rows = rule.gifts().into_iter();
    let rows = rows.map(|(product, stock)| args![merchant, id, product, stock]).collect();
    tx.insert_rows("gift_stock", "merchant_id, rule_id, product_id, stock", rows).await?;
    let rows = rule.gifts().into_iter();
    let rows = rows.map(|(product, stock)| args![merchant, id, product, stock]).collect();
    note_set(tx, rows).await?;
    Ok(SavedThing { thing: rule, created })
}

/// Records that a rule is removed, by the edit that this is.
async fn note_removed(
    tx: &mut Tx,
    merchant: &MerchantId,
    kind: &str,
    id: &str,
) -> Result<(), StoreError> {
    tx.execute(
        "insert into removed_rules (merchant_id, kind, rule_id, edit) \
         select id, $2, $3, edit from merchants where id = $1 \
         on conflict (merchant_id, kind, rule_id) do update set edit = excluded.edit",
        args![merchant, kind, id],
    )
    .await?;
    Ok(())
}

/// Takes away what a rule names, and what is left of its gifts.
async fn forget(
    tx: &mut Tx,
    merchant: &MerchantId,
    kind: &str,
    id: &str,
) -> Result<(), StoreError> {
    tx.execute(
        "delete from rule_names where merchant_id = $1 and kind = $2 and rule_id = $3",
        args![merchant, kind, id],
    )
    .await?;
    if kind == GiftRule::NAME {
        let text = "delete from gift_stock where merchant_id = $1 and rule_id = $2";
        tx.execute(text, args![merchant, id]).await?;
    }
    Ok(())
}

async fn find<R: Rule>(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &R::Id,
) -> Result<Option<R>, StoreError> {
    let table = R::KIND.table;
    let text = format!("select id, terms from {table} where merchant_id = $1 and id = $2");
    let rows = tx.fetch_all(text, args![merchant, id.as_str()]).await?;
    Ok(read(tx, merchant, rows).await?.pop())
}

async fn page<R: Rule>(
    tx: &mut Tx,
    merchant: &MerchantId,
    page: &Page,
) -> Result<Vec<R>, StoreError> {
    let text = format!("select id, terms from {} where merchant_id = $1", R::KIND.table);
    let query = SqlQuery::new(text, args![merchant]).search(TITLED, page);
    let (text, args) = query.page("id", page);
    let (mut rows, mut found) = (PageRows::of((text, args), page), Vec::new());
    while let Some(piece) = rows.next(tx).await? {
        let whole = read(tx, merchant, piece).await?;
        found.extend(rows.fitting(tx, whole, |_| 1));
    }
    Ok(found)
}

/// A page of campaigns in rank order: the highest priority first, of one priority the one edited
/// last.
pub async fn list_ranked_campaigns(
    tx: &mut Tx,
    merchant: &MerchantId,
    page: &Page,
) -> Result<Vec<Campaign>, StoreError> {
    ranked(tx, merchant, "priority", page).await
}

/// A page of gift rules by tier: priority 0 and then the lowest first, of one priority the one
/// edited last.
pub async fn list_ranked_gift_rules(
    tx: &mut Tx,
    merchant: &MerchantId,
    page: &Page,
) -> Result<Vec<GiftRule>, StoreError> {
    ranked(tx, merchant, "precedence", page).await
}

/// A page of rules: those first that have the most in a column, then those edited last. No two
/// have the same edit.
async fn ranked<R: Rule>(
    tx: &mut Tx,
    merchant: &MerchantId,
    column: &'static str,
    page: &Page,
) -> Result<Vec<R>, StoreError> {
    let table = R::KIND.table;
    let edge: Option<(i64, i64)> = match &page.after {
        None => None,
        Some(id) => {
            let text =
                format!("select {column}, edit from {table} where merchant_id = $1 and id = $2");
            tx.fetch_optional(text, args![merchant, id]).await?
        }
    };
    let (sign, order) = if page.backwards { (">", "") } else { ("<", " desc") };
    let text = format!("select id, terms from {table} where merchant_id = $1");
    let query = match edge {
        None => SqlQuery::new(text, args![merchant]),
        Some((first, edit)) => {
            let text = format!("{text} and ({column}, edit) {sign} ($2, $3)");
            SqlQuery::new(text, args![merchant, first, edit])
        }
    };
    let query = query.search(TITLED, page);
    let (text, args) = query.ordered(&format!("{column}{order}, edit{order}"), page);
    let rows = tx.fetch_all(text, args).await?;
    read(tx, merchant, rows).await
}

/// Every rule of a kind, by id; without those that are switched off, if so wished.
async fn all<R: Rule>(
    tx: &mut Tx,
    merchant: &MerchantId,
    active_only: bool,
) -> Result<Vec<R>, StoreError> {
    let text = format!(
        "select id, terms from {} where merchant_id = $1 and (active = $2 or active = $3) \
         order by id limit $4",
        R::KIND.table
    );
    let rows = tx.fetch_all(text, args![merchant, true, active_only, RULES_MAX]).await?;
    read(tx, merchant, rows).await
}

/// Those of these campaigns that exist.
pub async fn find_campaigns(
    tx: &mut Tx,
    merchant: &MerchantId,
    ids: &[&CampaignId],
) -> Result<BTreeMap<CampaignId, Campaign>, StoreError> {
    let text = "select id, terms from campaigns where (merchant_id, id) in pairs($1, $2)";
    let rows = tx.fetch_all(text, args![merchant, list(ids.iter().copied())]).await?;
    let found: Vec<Campaign> = read(tx, merchant, rows).await?;
    Ok(found.into_iter().map(|campaign| (campaign.id.clone(), campaign)).collect())
}

/// The promotions, by id; without those that are switched off, if so wished.
pub async fn all_promotions(
    tx: &mut Tx,
    merchant: &MerchantId,
    active_only: bool,
) -> Result<Vec<Promotion>, StoreError> {
    all(tx, merchant, active_only).await
}

/// The gift rules, by id; without those that are switched off, if so wished.
pub async fn all_gift_rules(
    tx: &mut Tx,
    merchant: &MerchantId,
    active_only: bool,
) -> Result<Vec<GiftRule>, StoreError> {
    all(tx, merchant, active_only).await
}

/// Locks gift rules until the transaction ends, in the order of their ids, so that what they have
/// left is taken by one at a time.
pub async fn lock_gift_rules(
    tx: &mut Tx,
    merchant: &MerchantId,
    rules: impl IntoIterator<Item = &GiftRuleId> + Send,
) -> Result<(), StoreError> {
    if tx.locks_rows() {
        let text = "select id from gift_rules where (merchant_id, id) in pairs($1, $2) \
                    order by id for no key update";
        let _locked: Vec<(String,)> = tx.fetch_all(text, args![merchant, list(rules)]).await?;
    }
    Ok(())
}

/// The number of the next move of a gift that `v` names.
macro_rules! next_move {
    () => {
        "1 + coalesce((select max(m.sequence) from gift_moves m \
         where m.merchant_id = v.merchant_id and m.rule_id = v.rule_id \
         and m.product_id = v.product_id), 0)"
    };
}

/// Records moves whose gifts say already what they leave.
macro_rules! note_moved {
    () => {
        concat!(
            "insert into gift_moves (merchant_id, rule_id, product_id, sequence, cause, change, \
             stock_left, subject) select v.merchant_id, v.rule_id, v.product_id, ",
            next_move!(),
            ", v.cause, v.change, s.stock, v.subject from v join gift_stock s \
             on s.merchant_id = v.merchant_id and s.rule_id = v.rule_id \
             and s.product_id = v.product_id "
        )
    };
}

/// Records what the merchant has set: rows of merchant, rule, gift, and how many there are.
async fn note_set(tx: &mut Tx, rows: Vec<Vec<Arg>>) -> Result<(), StoreError> {
    let insert = concat!(
        "insert into gift_moves (merchant_id, rule_id, product_id, sequence, cause, stock_left) \
         select v.merchant_id, v.rule_id, v.product_id, ",
        next_move!(),
        ", 'set', v.stock from v"
    );
    let columns = "merchant_id, rule_id, product_id, stock";
    tx.write(Write::over("gift_moves", columns, insert, rows)).await?;
    Ok(())
}

/// Takes gifts of rules that are locked, or gives them back where their rule was not written
/// since.
pub async fn move_gifts(
    tx: &mut Tx,
    merchant: &MerchantId,
    moves: &[GiftMove],
) -> Result<(), StoreError> {
    let over = |table, statement: &'static str, moves: &[&GiftMove]| {
        let row = |it: &&GiftMove| {
            args![merchant, &it.rule, &it.product, it.edit, it.change, it.cause, &it.subject]
        };
        let columns = "merchant_id, rule_id, product_id, edit, change, cause, subject";
        Write::over(table, columns, statement, moves.iter().map(row).collect())
    };
    let (taken, back): (Vec<&GiftMove>, Vec<&GiftMove>) =
        moves.iter().partition(|it| it.change < 0);
    if !taken.is_empty() {
        let take = "update gift_stock set stock = gift_stock.stock + v.change from v \
                    where gift_stock.merchant_id = v.merchant_id \
                    and gift_stock.rule_id = v.rule_id \
                    and gift_stock.product_id = v.product_id and gift_stock.stock + v.change >= 0";
        let done = tx.write(over("gift_stock", take, &taken)).await?;
        touched("gift_stock", done, taken.len())?;
        tx.write(over("gift_moves", concat!(note_moved!(), "where true"), &taken)).await?;
    }
    if !back.is_empty() {
        let give = "update gift_stock set stock = gift_stock.stock + v.change from v \
                    where gift_stock.merchant_id = v.merchant_id \
                    and gift_stock.rule_id = v.rule_id \
                    and gift_stock.product_id = v.product_id and exists (select 1 \
                    from gift_rules r where r.merchant_id = v.merchant_id and r.id = v.rule_id \
                    and r.edit = v.edit)";
        tx.write(over("gift_stock", give, &back)).await?;
        let note = concat!(
            note_moved!(),
            "where exists (select 1 from gift_rules r \
             where r.merchant_id = v.merchant_id and r.id = v.rule_id and r.edit = v.edit)"
        );
        tx.write(over("gift_moves", note, &back)).await?;
    }
    Ok(())
}

/// The moves of all gifts by rule, gift and number, at most `limit` behind one of them.
pub async fn list_gift_moves(
    tx: &mut Tx,
    merchant: &MerchantId,
    after: Option<&GiftStep>,
    limit: i64,
) -> Result<Vec<GiftStep>, StoreError> {
    let (rule, product, sequence) =
        after.map_or(("", "", 0), |it| (it.rule.as_str(), it.product.as_str(), it.sequence));
    let rows: Vec<(String, String, i64, Option<i64>, i64)> = tx
        .fetch_all(
            "select rule_id, product_id, sequence, change, stock_left from gift_moves \
             where merchant_id = $1 and (rule_id > $2 or (rule_id = $2 and (product_id > $3 \
             or (product_id = $3 and sequence > $4)))) \
             order by rule_id, product_id, sequence limit $5",
            args![merchant, rule, product, sequence, limit],
        )
        .await?;
    let step = |(rule, product, sequence, change, left)| GiftStep {
        rule: GiftRuleId::stored(rule),
        product: ProductId::stored(product),
        sequence,
        change,
        left,
    };
    Ok(rows.into_iter().map(step).collect())
}

/// What every gift rule has left of each of its gifts.
pub async fn list_gifts_left(
    tx: &mut Tx,
    merchant: &MerchantId,
) -> Result<BTreeMap<(GiftRuleId, ProductId), i64>, StoreError> {
    let rows: Vec<(String, String, i64)> = tx
        .fetch_all(
            "select rule_id, product_id, stock from gift_stock where merchant_id = $1",
            args![merchant],
        )
        .await?;
    let gift =
        |(rule, product, stock)| ((GiftRuleId::stored(rule), ProductId::stored(product)), stock);
    Ok(rows.into_iter().map(gift).collect())
}

/// The gift rules that give one of these products at a part of its price, where it has one.
pub async fn priced_for(
    tx: &mut Tx,
    merchant: &MerchantId,
    products: &[ProductId],
) -> Result<Vec<(ProductId, GiftRuleId)>, StoreError> {
    if products.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(String, String)> = tx
        .fetch_all(
            "select id, terms from gift_rules where merchant_id = $1 and id in (\
             select n.rule_id from rule_names n \
             join products p on p.merchant_id = n.merchant_id and p.id = n.name \
             where n.noun = 'product' and (n.merchant_id, n.name) in pairs($1, $2) \
             and n.kind = $3 and p.unit_net_minor is not null)",
            args![merchant, list(products), GiftRule::NAME],
        )
        .await?;
    let rules: Vec<GiftRule> = read(tx, merchant, rows).await?;
    let products: BTreeSet<&ProductId> = products.iter().collect();
    let parts = |rule: GiftRule| {
        let gifts = rule.get.into_iter().filter(|gift| matches!(gift.price, GiftPrice::Off(_)));
        let gifts = gifts.filter(|gift| products.contains(&gift.product));
        gifts.map(|gift| (gift.product, rule.id.clone())).collect::<Vec<_>>()
    };
    Ok(rules.into_iter().flat_map(parts).collect())
}

async fn read<R: Rule>(
    tx: &mut Tx,
    merchant: &MerchantId,
    rows: Vec<(String, String)>,
) -> Result<Vec<R>, StoreError> {
    let mut rules: Vec<R> = Vec::with_capacity(rows.len());
    for (id, terms) in &rows {
        rules.push(ColumnPlace { table: R::KIND.table, row: id }.json("terms", terms)?);
    }
    if R::NAME != GiftRule::NAME || rules.is_empty() {
        return Ok(rules);
    }
    with_left(tx, merchant, rules).await
}

/// Gift rules with what they have left to give now.
pub async fn with_gifts_left(
    tx: &mut Tx,
    merchant: &MerchantId,
    rules: Vec<GiftRule>,
) -> Result<Vec<GiftRule>, StoreError> {
    if rules.is_empty() { Ok(rules) } else { with_left(tx, merchant, rules).await }
}

async fn with_left<R: Rule>(
    tx: &mut Tx,
    merchant: &MerchantId,
    rules: Vec<R>,
) -> Result<Vec<R>, StoreError> {
    let ids = list(rules.iter().map(Definition::id));
    let left: Vec<(String, String, i64)> = tx
        .fetch_all(
            "select rule_id, product_id, stock from gift_stock \
             where (merchant_id, rule_id) in pairs($1, $2)",
            args![merchant, ids],
        )
        .await?;
    let mut of_rules: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
    for (rule, product, stock) in left {
        of_rules.entry(rule).or_default().insert(product, stock);
    }
    let left = |rule: R| {
        let left = of_rules.remove(rule.id().as_str()).unwrap_or_default();
        rule.with_left(&left)
    };
    Ok(rules.into_iter().map(left).collect())
}

macro_rules! rules {
    ($($rule:ty)*) => {$(
        impl Stored for $rule {
            async fn find<'t>(
                tx: &'t mut Tx,
                merchant: &'t MerchantId,
                id: &'t Self::Id,
            ) -> Result<Option<Self>, StoreError> {
                find(tx, merchant, id).await
            }

            async fn list<'t>(
                tx: &'t mut Tx,
                merchant: &'t MerchantId,
                wanted: &'t Page,
            ) -> Result<Vec<Self>, StoreError> {
                page(tx, merchant, wanted).await
            }

            async fn save<'t>(
                self,
                tx: &'t mut Tx,
                merchant: &'t MerchantId,
                writing: DefinitionWrite,
            ) -> Result<SavedThing<Self>, StoreError> {
                save(tx, merchant, self, writing).await
            }

            async fn delete<'t>(
                tx: &'t mut Tx,
                merchant: &'t MerchantId,
                id: &'t Self::Id,
            ) -> Result<bool, StoreError> {
                forget(tx, merchant, Self::NAME, id.as_str()).await?;
                note_removed(tx, merchant, Self::NAME, id.as_str()).await?;
                delete_row(tx, merchant, Self::KIND.table, id.as_str()).await
            }
        }
    )*};
}

rules! { Campaign Promotion GiftRule }
