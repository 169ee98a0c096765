//! The nouns: values that cannot be wrong. No I/O, no clock, no randomness of their own.
//!
//! Reading order: [`names`], [`ids`], [`fault`], [`money`], [`calendar`], [`text`], [`definition`],
//! [`catalogue`], [`path`], [`subscription`], [`change`], [`checkout`], [`preview`], [`document`],
//! [`account`], [`book`], [`event`], [`plan`], [`merchant`], [`role`], [`run`], [`webhook`].

pub mod account;
pub mod book;
pub mod calendar;
pub mod catalogue;
pub mod change;
pub mod checkout;
pub mod definition;
pub mod document;
pub mod event;
pub mod fault;
pub mod ids;
pub mod merchant;
pub mod money;
pub mod names;
pub mod path;
pub mod plan;
pub mod preview;
pub mod role;
pub mod run;
pub mod subscription;
pub mod text;
pub mod webhook;
