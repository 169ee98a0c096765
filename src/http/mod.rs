//! JSON in, JSON out: the HTTP edge.
pub mod ports;
pub mod problem;
