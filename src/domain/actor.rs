//! Who acts: somebody with a key, or a customer on a page of theirs. What the engine does by itself
//! has no actor.

use super::ids::KeyId;
use super::names::names;

names! {
    /// What kind of somebody brought an event about.
    pub enum ActorKind {
        /// Somebody with an API key, or signed in to the backend with one.
        Key = "key",
        /// The customer, on a page of a checkout or of a message.
        Page = "page",
        /// The customer, in their portal.
        Portal = "portal",
    }
}

/// On whose behalf something is done.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Actor {
    /// Of whoever has this key.
    Key(KeyId),
    /// Of a customer, on a page of a checkout or of a message.
    Page,
    /// Of a customer, in their portal.
    Portal,
}

impl Actor {
    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> ActorKind {
        match self {
            Self::Key(_) => ActorKind::Key,
            Self::Page => ActorKind::Page,
            Self::Portal => ActorKind::Portal,
        }
    }

    /// The key, if there is one.
    #[must_use]
    pub const fn key(&self) -> Option<&KeyId> {
        match self {
            Self::Key(key) => Some(key),
            Self::Page | Self::Portal => None,
        }
    }
}
