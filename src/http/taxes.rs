//! Tax categories, as the API shows them. Which rate holds when is for the domain.

use crate::domain::catalogue::Tax as Stored;
use crate::http::definitions::{Operations, Resource};
use crate::wire::definitions::Answer;

impl Resource for Stored {
    type Made = Answer<Self>;

    const OPERATIONS: Operations = Operations {
        at: "/v1/taxes",
        group: "catalogue",
        many: "tax categories",
        one: "a tax category",
        writing: "",
        removing: "It must not be used any more.",
    };
}
