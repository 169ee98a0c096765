//! Nouns that are rows of their table and nothing else: their statements follow from the fields of
//! a row. What names them, or uses them, stands with the noun.

use super::query::SqlQuery;
use super::sql::{Arg, Columns, Fetch, args, names_of};
use super::{Page, StoreError, Tx};
use crate::domain::definition::Definition;
use crate::domain::ids::{Identifier, MerchantId};

/// A noun that is a row.
pub trait PlainRow: Definition {
    /// The row: `id`, `title` and what else it holds.
    type Row: Fetch + Columns;

    /// The noun of a row.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] where a column holds what it may not.
    fn of_row(row: Self::Row) -> Result<Self, StoreError>;

    /// What its row holds, in the order of its fields, with the id first.
    ///
    /// # Errors
    /// That a value cannot be written.
    fn values(&self) -> Result<Vec<Arg>, StoreError>;
}

/// Stores one; whether it is new.
///
/// # Errors
/// That it could not be stored.
pub async fn save<D: PlainRow>(
    tx: &mut Tx,
    merchant: &MerchantId,
    thing: &D,
) -> Result<bool, StoreError> {
    let (table, names) = (D::KIND.table, names_of::<D::Row>());
    let mut values = args![merchant];
    values.extend(thing.values()?);
    let binds: Vec<String> = (1..=values.len()).map(|place| format!("${place}")).collect();
    let insert = format!(
        "insert into {table} (merchant_id, {}) values ({}) \
         on conflict (merchant_id, id) do nothing",
        names.join(", "),
        binds.join(", "),
    );
    if tx.execute(insert, values.clone()).await? == 1 {
        return Ok(true);
    }
    let others = names.iter().zip(&binds[1..]).skip(1);
    let set: Vec<String> = others.map(|(name, bind)| format!("{name} = {bind}")).collect();
    let update =
        format!("update {table} set {} where merchant_id = $1 and id = $2", set.join(", "));
    tx.execute(update, values).await?;
    Ok(false)
}

/// One by its id.
///
/// # Errors
/// Only where the engine or its database fails.
pub async fn find<D: PlainRow>(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &D::Id,
) -> Result<Option<D>, StoreError> {
    let text = format!("{} and id = $2", selected::<D>());
    let row: Option<D::Row> = tx.fetch_optional(text, args![merchant, id.as_str()]).await?;
    row.map(D::of_row).transpose()
}

/// A page of them, by id.
///
/// # Errors
/// Only where the engine or its database fails.
pub async fn list<D: PlainRow>(
    tx: &mut Tx,
    merchant: &MerchantId,
    page: &Page,
) -> Result<Vec<D>, StoreError> {
    let query = SqlQuery::new(selected::<D>(), args![merchant]).search(
        "(lower(id) like lower($?) escape '!' or lower(title) like lower($?) escape '!')",
        page,
    );
    let (text, args) = query.page("id", page);
    let rows: Vec<D::Row> = tx.fetch_page((text, args), page).await?;
    rows.into_iter().map(D::of_row).collect()
}

fn selected<D: PlainRow>() -> String {
    let names = names_of::<D::Row>().join(", ");
    format!("select {names} from {} where merchant_id = $1", D::KIND.table)
}
