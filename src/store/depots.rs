//! The table of the made-up noun.

use super::StoreError;
use super::definitions::stored;
use super::plain::PlainRow;
use super::sql::{Arg, args, row};
use crate::domain::depot::Depot;
use crate::domain::ids::TagId;

/// What is applied after all others.
pub(super) const MIGRATION: (&str, &str) = (
    "9999_depots",
    "create table depots (merchant_id text not null, id text not null, title text not null, \
     pallets integer not null, primary key (merchant_id, id)) strict",
);

row! {
    json
    /// A row of `depots`.
    pub struct DepotRow {
        id: String,
        title: String,
        pallets: i64,
    }
}

impl PlainRow for Depot {
    type Row = DepotRow;

    fn of_row(row: DepotRow) -> Result<Self, StoreError> {
        let DepotRow { id, title, pallets } = row;
        Ok(Self { id: TagId::stored(id), title, pallets })
    }

    fn values(&self) -> Result<Vec<Arg>, StoreError> {
        Ok(args![&self.id, &self.title, self.pallets])
    }
}

stored!(Depot as row);
