//! Hands argv to the command line.

fn main() {}
