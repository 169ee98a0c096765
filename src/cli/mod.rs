//! The command line: what can be typed; what the commands do stands in one file each.

pub mod args;
