//! Rows that several files read.
