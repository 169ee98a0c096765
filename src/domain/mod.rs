//! The nouns: values that cannot be wrong. No I/O, no clock, no randomness of their own.
//!
//! Reading order: [`names`], [`hex`], [`ids`], [`fault`], [`money`], [`shapes`], [`calendar`],
//! [`text`], [`translation`], [`color`], [`definition`], [`catalogue`], [`stock`], [`path`],
//! [`validity`], [`condition`], [`campaign`], [`promotion`], [`gift_rule`], [`coupon`], [`cart`],
//! [`verdict`], [`upsell`], [`order`], [`subscription`], [`change`], [`price_change`],
//! [`purchase`], [`candidates`], [`preview`], [`checkout`], [`document`], [`account`],
//! [`kept_facts`], [`book`],
//! [`event`], [`event_data`], [`new_event`], [`plan`], [`order_plan`], [`party`], [`merchant`],
//! [`role`], [`run`], [`webhook`], [`nouns`].

pub mod account;
pub mod actor;
pub mod automation;
pub mod automation_run;
pub mod book;
pub mod calendar;
pub mod campaign;
pub mod candidates;
pub mod cart;
pub mod catalogue;
pub mod change;
pub mod checkout;
pub mod color;
pub mod condition;
pub mod coupon;
pub mod definition;
#[cfg(test)]
pub mod depot;
pub mod document;
pub mod dunning;
pub mod event;
pub mod event_data;
pub mod fault;
pub mod gift_rule;
pub mod hex;
pub mod ids;
pub mod kept_facts;
pub mod merchant;
pub mod message;
pub mod message_template;
pub mod money;
pub mod names;
pub mod new_event;
pub mod nouns;
pub mod order;
pub mod order_plan;
pub mod party;
pub mod path;
pub mod plan;
pub mod preview;
pub mod price_change;
pub mod promotion;
pub mod purchase;
pub mod report;
pub mod role;
pub mod run;
pub mod shapes;
pub mod stock;
pub mod subscription;
pub mod text;
pub mod translation;
pub mod upsell;
pub mod validity;
pub mod verdict;
pub mod webhook;
