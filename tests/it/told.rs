//! What a customer is told before: all of it, and nothing is bought that nobody was shown.

mod kept;
mod later;
mod lives;
mod seen;
mod today;
