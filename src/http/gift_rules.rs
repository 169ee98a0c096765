//! Gift rules, as the API shows them: with what is left of their gifts.

use crate::domain::gift_rule::GiftRule as Stored;
use crate::http::definitions::{Operations, Resource};
use crate::wire::gift_rules::GiftRule;

impl Resource for Stored {
    type Made = GiftRule;

    const OPERATIONS: Operations = Operations {
        at: "/v1/gift-rules",
        group: "campaigns",
        many: "gift rules",
        one: "a gift rule",
        writing: "It sets what is left of its gifts. At most 1,000 may be active.",
        removing: "Orders keep what they were given.",
    };
}
