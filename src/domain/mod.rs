//! The nouns: values that cannot be wrong.
//! Deciding with them is left to `rules`, storing them to `store`.

pub mod text;
