//! Promotions, as the API shows them.

use crate::domain::promotion::Promotion as Stored;
use crate::http::definitions::{Operations, Resource};
use crate::wire::promotions::Promotion;

impl Resource for Stored {
    type Made = Promotion;

    const OPERATIONS: Operations = Operations {
        at: "/v1/promotions",
        group: "campaigns",
        many: "promotions",
        one: "a promotion",
        writing: "At most 1,000 may be active.",
        removing: "Orders keep what they have earned.",
    };
}
