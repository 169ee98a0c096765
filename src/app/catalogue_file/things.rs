//! What stands in a catalogue's file: its sections, and one thing of them with what becomes of it.

use crate::domain::definition::{Definition, Kind};
use crate::domain::event::EventKind;
use crate::domain::ids::Identifier;
use crate::domain::merchant::Settings;
use crate::domain::names::names;
use crate::domain::nouns::nouns;
use crate::rules::definitions::merchants::SettingsDraft;
use crate::rules::definitions::{Drafted, Sent};
use crate::store::definitions::{DefinitionWrite, lock};
use crate::store::{BoxFuture, StoreError, Tx, merchants};

use super::super::Context;
use super::super::definitions::{Defined, save_settings};

macro_rules! sections {
    (
        catalogue { $($how:ident $section:ident: $noun:ty,)+ }
        selling { $($sold_how:ident $sold:ident: $of_sold:ty,)+ }
        $($others:tt)*
    ) => {
        /// A catalogue as a person wrote it.
        #[derive(Debug, Clone, Default)]
        pub struct CatalogueDraft {
            /// The settings, with the pointer to them.
            pub settings: Option<(String, SettingsDraft)>,
            $(
                /// Those of this section, the one edited last at the end.
                pub $section: Vec<Entry<$noun>>,
            )+
            $(
                /// Those of this section.
                pub $sold: Vec<Entry<$of_sold>>,
            )+
        }

        impl CatalogueDraft {
            /// The sections that a catalogue may have.
            pub const SECTIONS: &[&str] =
                &["settings", $(stringify!($section),)+ $(stringify!($sold),)+];

            /// How many things it holds.
            #[must_use]
            pub fn len(&self) -> usize {
                usize::from(self.settings.is_some())
                    $(+ self.$section.len())+ $(+ self.$sold.len())+
            }

            /// Whether it holds nothing.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

            /// Reads a section of things as `reader` does; whether there is one of this name.
            ///
            /// # Errors
            /// Those of the reader.
            pub fn read<R: SectionReader>(
                &mut self,
                name: &str,
                reader: &mut R,
            ) -> Result<bool, R::Error> {
                match name {
                    $(stringify!($section) => self.$section = reader.entries(name)?,)+
                    $(stringify!($sold) => self.$sold = reader.entries(name)?,)+
                    _ => return Ok(false),
                }
                Ok(true)
            }
        }
    };
}

nouns!(sections);

/// What reads the things of a section from a file.
pub trait SectionReader {
    /// Why nothing can be read.
    type Error;

    /// The things of the section of this name.
    ///
    /// # Errors
    /// Only where the engine or its database fails: what is wrong with one of them is kept by the
    /// reader.
    fn entries<D: Drafted>(&mut self, name: &str) -> Result<Vec<Entry<D>>, Self::Error>;
}

/// One thing of a catalogue.
#[derive(Debug, Clone)]
pub struct Entry<D: Drafted> {
    /// Where it stands, as a JSON pointer such as `/offers/3`.
    pub pointer: String,
    /// Where its id stands.
    pub id_pointer: String,
    /// Its id.
    pub id: String,
    /// What it says, with what is known to be wrong with it; none where nothing of it could be
    /// read, which is known already, too: others may refer to it all the same.
    pub sent: Option<Sent<D::Draft>>,
}

impl<D: Drafted> Entry<D> {
    /// What it says, where nothing is wrong with it as it stands there.
    pub(super) fn draft(&self) -> Option<&D::Draft> {
        self.sent.as_ref().filter(|sent| sent.faults.is_empty()).map(|sent| &sent.draft)
    }
}

names! {
    /// What becomes of one thing of a catalogue.
    pub enum ImportOutcome {
        /// It is new.
        Created = "created",
        /// It takes the place of another.
        Replaced = "replaced",
        /// It is there already, and is left as it is.
        Unchanged = "unchanged",
    }
}

/// One thing of a catalogue and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Such as `offer`.
    pub kind: &'static str,
    /// Its id.
    pub id: String,
    /// What became of it.
    pub fate: ImportOutcome,
}

/// A valid thing of any kind, which knows how to store itself.
pub(super) trait CatalogueThing: Send + Sync {
    /// What kind of thing it is, in words.
    fn kind(&self) -> &'static str;
    /// The event that tells of it: the same as when it is saved alone.
    fn event(&self) -> EventKind;
    fn id(&self) -> String;
    /// Its kind, where there may be only so many of it.
    fn bounded(&self) -> Option<Kind> {
        None
    }
    fn store<'t>(
        &'t self,
        tx: &'t mut Tx,
        context: &'t Context,
    ) -> BoxFuture<'t, Result<(), StoreError>>;
}

impl<D: Defined> CatalogueThing for D {
    fn kind(&self) -> &'static str {
        D::KIND.one
    }

    fn event(&self) -> EventKind {
        D::KIND.saved
    }

    fn id(&self) -> String {
        Definition::id(self).to_string()
    }

    fn bounded(&self) -> Option<Kind> {
        D::KIND.most.map(|_| D::KIND)
    }

    fn store<'t>(
        &'t self,
        tx: &'t mut Tx,
        context: &'t Context,
    ) -> BoxFuture<'t, Result<(), StoreError>> {
        Box::pin(async move {
            let Context { merchant, now, .. } = context;
            let edit = lock(tx, merchant, D::KIND, Definition::id(self).as_str()).await?;
            self.clone().save(tx, merchant, DefinitionWrite { edit, now: *now }).await?;
            Ok(())
        })
    }
}

/// The settings, of which there is one.
pub(super) struct SettingsThing(pub(super) Settings);

impl CatalogueThing for SettingsThing {
    fn kind(&self) -> &'static str {
        "settings"
    }

    fn event(&self) -> EventKind {
        EventKind::SettingsSaved
    }

    fn id(&self) -> String {
        "settings".to_owned()
    }

    fn store<'t>(
        &'t self,
        tx: &'t mut Tx,
        context: &'t Context,
    ) -> BoxFuture<'t, Result<(), StoreError>> {
        Box::pin(async move {
            let there = merchants::get_settings(tx, &context.merchant).await?;
            save_settings(tx, context, &there, &self.0).await
        })
    }
}

/// A thing with what becomes of it.
pub(super) type JudgedThing = (Box<dyn CatalogueThing>, ImportOutcome);
