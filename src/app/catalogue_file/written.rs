//! A catalogue written out, in the fields of the API, so that reading it gives the same catalogue
//! again. Customers and webhook endpoints, which have secrets, are not part of it.

use serde::Serialize;

use crate::domain::definition::Definition;
use crate::domain::ids::MerchantId;
use crate::domain::nouns::nouns;
use crate::rules::definitions::Drafted;
use crate::rules::definitions::merchants::SettingsDraft;
use crate::store::{Tx, merchants};

use super::super::definitions::{Defined, all};
use super::super::{App, AppError};

macro_rules! written {
    (catalogue { $($how:ident $section:ident: $noun:ty,)+ } $($others:tt)*) => {
        /// A whole catalogue.
        #[derive(Debug, Serialize)]
        pub struct WrittenCatalogue {
            /// The settings.
            pub settings: SettingsDraft,
            $(
                /// Those of this section, in the order of their last edit where that decides
                /// between them, else by id.
                pub $section: Vec<NamedThing<$noun>>,
            )+
        }

        async fn written(tx: &mut Tx, merchant: &MerchantId) -> Result<WrittenCatalogue, AppError> {
            Ok(WrittenCatalogue {
                settings: (&merchants::get_settings(tx, merchant).await?).into(),
                $($section: section(tx, merchant).await?,)+
            })
        }
    };
}

nouns!(written);

/// A thing with its id.
#[derive(Debug, Serialize)]
#[serde(bound = "")]
pub struct NamedThing<D: Drafted> {
    /// Its id.
    pub id: String,
    /// What it says.
    #[serde(flatten)]
    pub said: D::Draft,
}

impl App {
    /// The whole catalogue of a merchant, at one moment.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn written_catalogue(
        &self,
        merchant: &MerchantId,
    ) -> Result<WrittenCatalogue, AppError> {
        self.read(|mut tx| async move { written(&mut tx, merchant).await }).await
    }
}

async fn section<D: Defined>(
    tx: &mut Tx,
    merchant: &MerchantId,
) -> Result<Vec<NamedThing<D>>, AppError> {
    let mut things = all::<D>(tx, merchant).await?;
    things.sort_by_key(Definition::edit_number);
    Ok(things.iter().map(named).collect())
}

fn named<D: Drafted>(thing: &D) -> NamedThing<D> {
    NamedThing { id: thing.id().to_string(), said: thing.into() }
}
