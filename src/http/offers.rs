//! Offers, as the API shows them. What a checkout makes of them is for `checkouts`.

use crate::domain::catalogue::Offer as Stored;
use crate::http::definitions::{Operations, Resource};
use crate::wire::definitions::Answer;

impl Resource for Stored {
    type Made = Answer<Self>;

    const OPERATIONS: Operations = Operations {
        at: "/v1/offers",
        group: "catalogue",
        many: "offers",
        one: "an offer",
        writing: "What runs goes on as it was sold.",
        removing: "It must not be used any more.",
    };
}
