//! crossgrade: the open engine for up- and down-selling in subscription checkouts. For people who
//! want to run it or sell with it there is the README; `docs/architecture.md` says more of the
//! house, and how to add to it.
//!
//! # The tour
//!
//! One idea carries the house: **a rule looks at facts and a date, and answers with a plan or a
//! refusal; the shell loads the facts, asks the rule, stores the plan in one transaction, and
//! renders the answer.** A preview is "ask and don't store"; a retry is "load and ask again"; a
//! billing run, a checkout click and a command line all go through the same door.
//!
//! From the inside out:
//!
//! - [`domain`]: the nouns. An [`Account`](domain::account::Account) is all that decisions about
//!   one customer rest on; a [`Plan`](domain::plan::Plan) is what has changed between an account
//!   before and after a decision. Nothing here does I/O.
//! - [`selection`]: which of a merchant's rules apply to a cart or an order, and why the others
//!   do not.
//! - [`rules`]: the verbs. A [`Ledger`](rules::ledger::Ledger) is an account on paper. Every
//!   decision first brings it up to date ([`rules::billing`]), then changes it
//!   ([`rules::transitions`]); [`rules::matching`] says which path fires, [`rules::lint`] what a
//!   merchant should think about.
//! - [`store`]: SQL, one text for both databases. [`render`]: how it reads in a language.
//!   [`wire`]: the shapes of the API.
//! - [`gateway`]: calls to others. [`app`]: one function for each thing that a person can do.
//! - [`edge`]: what JSON and HTML share. [`http`], [`pages`], [`jobs`]: JSON, HTML and the
//!   worker. [`server`]: JSON and HTML put together. [`cli`]: argv to a call.
//! - [`clock`] and [`config`]: the only readers of the time and of the environment.
//!
//! # Three walks
//!
//! **A merchant saves a path.** `http::paths` hands a draft to
//! [`App::put_path`](app::App::put_path), which loads what the catalogue holds, asks
//! [`rules::definitions`] for a path or for every fault at once, and stores it. The answer
//! carries the edges of [`rules::graph`] and the warnings of [`rules::lint`].
//!
//! **A checkout completes.** [`App::complete_checkout`](app::App::complete_checkout) locks the
//! customer, loads the account, asks [`rules::checkout`] again, compares the answer with what
//! was shown, and hands the plan to [`store::plans`]. Opening a checkout is the same walk without
//! the last step.
//!
//! **Billing applies a scheduled change.** [`App::bill`](app::App::bill) claims a page of
//! customers, loads them in one statement, and asks [`rules::billing`], which carries the
//! change out with the very functions that an immediate one uses.

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
pub mod edge;
pub mod gateway;
pub mod http;
pub mod jobs;
pub mod pages;
pub mod render;
pub mod rules;
pub mod selection;
pub mod server;
pub mod store;
pub mod wire;
