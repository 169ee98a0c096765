//! The catalogue under one name: tags, taxes, products and offers. Each has its own file.

pub use super::offers::{
    all_offers, find_offer, find_offers, list_offers, offer_uses, save_offer, tags_of,
};
pub use super::products::{
    find_product, find_products, find_titles, list_products, product_uses, save_product,
};
pub use super::tags::{TagUsers, known_tags, list_tag_users, tag_uses};
pub use super::taxes::{load_taxes, tax_uses};
