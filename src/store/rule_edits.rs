//! What has become of a merchant's rules since an edit: those that were saved, and those that
//! were removed. From the first edit on these are all rules.

use serde::de::DeserializeOwned;

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

/// The rules of a kind that were saved by a later edit than this, in the order of their edits.
/// What is left of gifts is not told.
pub async fn saved_since<R: EditedRule>(
    tx: &mut Tx,
    merchant: &MerchantId,
    edit: i64,
) -> Result<Vec<R>, StoreError> {
    let table = R::KIND.table;
    let text = format!(
        "select id, terms from {table} where merchant_id = $1 \
         and (edit > $2 or (edit = $2 and id > $3)) order by edit, id limit $4"
    );
    let mut saved: Vec<R> = Vec::new();
    // No id comes behind this one.
    let (mut edit, mut id) = (edit, "\u{10ffff}".to_owned());
    loop {
        let rows: Vec<(String, String)> =
            tx.fetch_all(text.clone(), args![merchant, edit, &id, READ_AT_ONCE]).await?;
        let is_last = i64::try_from(rows.len()).is_ok_and(|count| count < READ_AT_ONCE);
        for (id, terms) in &rows {
            saved.push(ColumnPlace { table, row: id }.json("terms", terms)?);
        }
        match saved.last() {
            Some(last) if !is_last => (edit, id) = (last.edit(), last.id().as_str().to_owned()),
            _ => return Ok(saved),
        }
    }
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
