//! JSON in, JSON out: the HTTP edge.
pub mod etag;
pub mod extract;
pub mod lists;
pub mod ports;
pub mod problem;
pub mod schema;
