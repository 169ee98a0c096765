//! Products, as the API shows them. What they cost stands with `offers`.

use crate::domain::catalogue::Product as Stored;
use crate::http::definitions::{Operations, Resource};
use crate::wire::products::Product;

impl Resource for Stored {
    type Made = Product;

    const OPERATIONS: Operations = Operations {
        at: "/v1/products",
        group: "catalogue",
        many: "products",
        one: "a product",
        writing: "",
        removing: "It must not be used any more.",
    };
}
