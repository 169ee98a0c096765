//! Journeys in a real headless Chromium, on a real port and a real database. Without Chromium and
//! its driver they are skipped and say so; `CROSSGRADE_TEST_REQUIRE=all` makes that a failure.
//!
//! `journey` gives a story a fresh world behind a page of the one browser; stories wait for their
//! turn. `CROSSGRADE_TEST_SCREENSHOTS=DIR` keeps what was seen, at two widths and in both schemes.

mod automations;
mod backend;
mod by_hand;
mod catalogue;
mod checkout;
mod chromium;
mod clicked;
mod contracts;
mod german;
mod graph;
mod hostile;
mod keyboard;
mod money;
mod page;
mod paths;
mod phones;
mod pictures;
mod portal;
mod reference;
mod search;
mod what_if;
mod why_not;

pub(crate) use page::{Page, demo_as_started, demo_journey, journey};
