//! What has become of a merchant's rules since an edit: those that were saved, and those that
//! were removed. From the first edit on these are all rules.

use serde::de::DeserializeOwned;
use tokio::task::{JoinHandle, spawn_blocking};

use super::rows::ColumnPlace;
use super::sql::args;
use super::{StoreError, Tx};
use crate::domain::campaign::Campaign;
use crate::domain::definition::Definition;
use crate::domain::gift_rule::GiftRule;
use crate::domain::ids::{Identifier, MerchantId};
use crate::domain::promotion::Promotion;

/// How many rules are read at once.
const READ_AT_ONCE: i64 = 5_000;

/// A rule that is told from others of its kind.
pub trait EditedRule: Definition + DeserializeOwned {
    /// Its kind, as removed ones are recorded, and as those are told of it whom it keeps from being
    /// removed.
    const NAME: &'static str;

    /// Where it stands among all edits.
    fn edit(&self) -> i64;
}

macro_rules! kept {
    ($($rule:ty, $name:literal;)*) => {$(
        impl EditedRule for $rule {
            const NAME: &'static str = $name;

            fn edit(&self) -> i64 {
                self.edit
            }
        }
    )*};
}

kept! {
    Campaign, "campaign";
    Promotion, "promotion";
    GiftRule, "gift_rule";
}

/// Rules that are being made out of what was read.
type ParsedRules<R> = Result<Vec<R>, StoreError>;

/// The rules of a kind that were saved by a later edit than this, in the order of their edits.
/// What is left of gifts is not told. While many are parsed, those behind them are read.
pub async fn saved_since<R: EditedRule>(
    tx: &mut Tx,
    merchant: &MerchantId,
    edit: i64,
) -> Result<Vec<R>, StoreError> {
    let text = format!(
        "select id, edit, terms from {} where merchant_id = $1 \
         and (edit > $2 or (edit = $2 and id > $3)) order by edit, id limit $4",
        R::KIND.table
    );
    let mut parsed: Vec<JoinHandle<ParsedRules<R>>> = Vec::new();
    // No id comes behind this one.
    let (mut edit, mut id) = (edit, "\u{10ffff}".to_owned());
    let last = loop {
        let rows: Vec<(String, i64, String)> =
            tx.fetch_all(text.clone(), args![merchant, edit, &id, READ_AT_ONCE]).await?;
        let is_full = i64::try_from(rows.len()).is_ok_and(|count| count == READ_AT_ONCE);
        match rows.last() {
            Some((last, at, _)) if is_full => (id, edit) = (last.clone(), *at),
            _ => break rows,
        }
        parsed.push(spawn_blocking(move || parse(&rows)));
    };
    let mut saved = Vec::new();
    for parsed in parsed {
        saved.append(&mut parsed.await.map_err(|_| StoreError::Closed)??);
    }
    saved.append(&mut parse(&last)?);
    Ok(saved)
}

fn parse<R: EditedRule>(rows: &[(String, i64, String)]) -> ParsedRules<R> {
    let rule = |(id, _, terms): &(String, i64, String)| {
        ColumnPlace { table: R::KIND.table, row: id }.json("terms", terms)
    };
    rows.iter().map(rule).collect()
}

/// The merchants with the most rules, those with more first.
pub async fn merchants_with_most(tx: &mut Tx, limit: i64) -> Result<Vec<MerchantId>, StoreError> {
    let rows: Vec<(String, i64)> = tx
        .fetch_all(
            "select merchant_id, cast(sum(own) as bigint) as rules from ( \
             select merchant_id, count(*) as own from campaigns group by merchant_id union all \
             select merchant_id, count(*) as own from promotions group by merchant_id union all \
             select merchant_id, count(*) as own from gift_rules group by merchant_id) r \
             group by merchant_id order by rules desc, merchant_id limit $1",
            args![limit],
        )
        .await?;
    Ok(rows.into_iter().map(|(merchant, _)| MerchantId::stored(merchant)).collect())
}

/// The ids of the rules of a kind that were removed by a later edit than this; some may be there
/// again.
pub async fn removed_since<R: EditedRule>(
    tx: &mut Tx,
    merchant: &MerchantId,
    edit: i64,
) -> Result<Vec<R::Id>, StoreError> {
    let rows: Vec<(String,)> = tx
        .fetch_all(
            "select rule_id from removed_rules where merchant_id = $1 and kind = $2 and edit > $3",
            args![merchant, R::NAME, edit],
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| R::Id::stored(id)).collect())
}
