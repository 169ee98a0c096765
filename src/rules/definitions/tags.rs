//! The draft of a tag: a label that paths join.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::catalogue::Tag;
use crate::domain::fault::Fault;
use crate::domain::ids::TagId;
use crate::domain::shapes::Title;

use super::fields::Faults;
use super::{DraftFacts, Drafted};

/// A tag to be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TagBody)]
pub struct TagDraft {
    /// What merchants see.
    #[schema(value_type = Title)]
    pub title: Option<String>,
}

impl From<&Tag> for TagDraft {
    fn from(tag: &Tag) -> Self {
        Self { title: Some(tag.title.clone()) }
    }
}

impl Drafted for Tag {
    type Draft = TagDraft;

    fn decide(id: TagId, draft: &TagDraft, _: &DraftFacts) -> Result<Self, Vec<Fault>> {
        let mut faults = Faults::new();
        let title = faults.title("/title", draft.title.as_deref());
        faults.answer(title.map(|title| Self { id, title }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::definitions::samples::facts;

    #[test]
    fn tags_have_titles() {
        let tag = Tag::decide(TagId::parse("a").unwrap(), &TagDraft { title: None }, &facts());
        assert_eq!(tag.unwrap_err()[0].pointer, "/title");
    }
}
