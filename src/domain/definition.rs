//! What all that a merchant defines under an id of its own has in common: see
//! [`super::nouns`] for the list. What a noun keeps to itself stands with
//! the noun; how a draft is judged stands in `rules::definitions`, how it is stored in
//! `store::definitions`.

use std::fmt;

use super::event::EventKind;
use super::ids::Identifier;

/// Something that a merchant defines.
pub trait Definition: Clone + PartialEq + fmt::Debug + Send + Sync + 'static {
    /// Its id.
    type Id: Identifier;

    /// What kind of thing it is.
    const KIND: Kind;

    /// Its id, which the merchant has chosen.
    fn id(&self) -> &Self::Id;

    /// Whether it is switched on, where it can be.
    fn is_active(&self) -> bool {
        true
    }

    /// Its place in the order of edits, where that decides between two of a kind.
    fn edit_number(&self) -> Option<i64> {
        None
    }

    /// The code by which customers name it, as codes are compared; no two things of a kind have
    /// the same.
    fn code(&self) -> Option<String> {
        None
    }
}

/// A kind of thing that a merchant defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// One of them, in words and in the names of events, such as `tag`.
    pub one: &'static str,
    /// The table that holds them, and with hyphens the last step of their addresses.
    pub table: &'static str,
    /// What is said of the operations on them.
    pub described: OperationTexts,
    /// Told when one is saved.
    pub saved: EventKind,
    /// Told when one is removed; none where they never are.
    pub deleted: Option<EventKind>,
    /// What is locked before one is written.
    pub lock: Lock,
    /// Whether a draft may name other things of the catalogue.
    pub refers: bool,
    /// Whether the offer graph is made of it.
    pub in_graph: bool,
    /// Whether its rule asks if something depends on it.
    pub weighs_uses: bool,
    /// How many a merchant may have; none where that is not bounded.
    pub most: Option<DefinitionLimit>,
}

impl Kind {
    /// The address of their list in the API.
    #[must_use]
    pub fn address(&self) -> String {
        format!("/v1/{}", self.table.replace('_', "-"))
    }
}

/// How the operations on a kind are described where the API is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperationTexts {
    /// The group that they belong to.
    pub group: &'static str,
    /// Several of them, in words: the list's `Lists …`.
    pub many: &'static str,
    /// One of them, in words, with its article: `Reads …`, `Writes …`.
    pub one: &'static str,
    /// What else there is to say of writing one.
    pub writing: &'static str,
    /// What else there is to say of removing one, after `Removes …`.
    pub removing: &'static str,
}

/// How much the rules of a kind may say that are switched on, in characters: 10,000 for each of a
/// thousand.
const RULE_CHARACTERS_MAX: i64 = 10_000_000;

/// How many of a kind a merchant may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DefinitionLimit {
    /// So many.
    pub count: i64,
    /// Whether only those count that are switched on.
    pub active_only: bool,
    /// How much those may say together, in characters as they are kept; none where that is bounded
    /// by their number.
    pub characters: Option<i64>,
    /// The code with which one more is refused.
    pub code: &'static str,
}

impl DefinitionLimit {
    /// So many rules that are switched on: each order is held against all of them, so what they
    /// say together is bounded, too.
    #[must_use]
    pub const fn active_rules(count: i64) -> Self {
        Self {
            count,
            active_only: true,
            characters: Some(RULE_CHARACTERS_MAX),
            code: "too-many-rules",
        }
    }

    /// So many things, whatever they are like.
    #[must_use]
    pub const fn things(count: i64) -> Self {
        Self { count, active_only: false, characters: None, code: "conflict" }
    }
}

/// What is locked before a thing is written.
///
/// There is one order for all who lock several things, so that nobody waits in a circle:
/// customers by id, then webhook endpoints, then orders, then what is taken from (products by id,
/// gift rules by id, coupons), then runs of automations by id and their messages, then the
/// merchant's row (edits of the catalogue), then what the catalogue holds, then the merchant's
/// counters (numbers of documents and events). Whoever changes the catalogue begins with the
/// merchant's row, whatever is saved or removed, unless it has a stock of its own; whoever decides
/// about a customer or an order ends with the counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// The merchant's row: it is part of the catalogue, which is edited by one at a time.
    Catalogue,
    /// Its own row: whoever works with it locks it, too, before the merchant's row.
    Row,
    /// Its own row, for something is taken of it where no catalogue is edited; then the
    /// merchant's row.
    Shelf,
}
