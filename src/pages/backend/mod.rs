//! The merchant backend.
//!
//! In reading order: `routes` (the whole route table, who may go where, and the navigation),
//! `places` (the addresses), `guard` (who comes in, and what is told to those who do not),
//! `cookies`, `language`, `answer` and `session` (what every handler takes, gives and works with),
//! `notation`, `form_values` and `forms` (what is typed into a form), `once` and `lists` (what
//! every page of a kind does), `definitions` (what all that a merchant defines has in common), then
//! one file for each noun. What forms of rules have beside their fields is clicked together:
//! `conditions` is the tree in the form, `condition_words` says it, `condition_form` shows it,
//! `picks` names what can be picked, `cards` are lists of forms in the form, and `rule_parts` puts
//! them among the fields. Around `automations` stand `automation_coupon`, `automation_flow` and
//! `automation_step` (set up card by card), `automation_reports` with `automation_funnel` (its
//! figures), `automation_runs` and `messages` (what these count), `automation_places` and
//! `automation_words`. `rule_insight` tells of a rule while it is written, `rule_reports` draws
//! what became of it, `day_charts` days. `bank` books a statement, `insight` tells of paths what
//! `paths` and `graph` show.
//!
//! # How to add a page
//!
//! 1. `render/backend/NOUN.rs`: a context of plain values that are written already, with
//!    `impl BackendPage`; its template in `templates/pages/backend/` and in the list
//!    `render::backend::TEMPLATES`. It begins with `{{#> backend/layout}}`.
//! 2. `pages/backend/NOUN.rs`: `async fn show(session: Session) -> Answer`, ending in
//!    `session.show(PageHead, &page)`. A form is a table of `forms::Spec`: the same table reads
//!    what was sent into the JSON of the API, has it judged by `Draft`, and shows every fault at
//!    its field again.
//!    Each sentence gets its German in `templates/i18n/de/backend.po`.
//! 3. A line in the route table, `routes`, under the roles that may; an entry in the navigation.
//! 4. A POST answers with `session.go(…)` (303) or shows its form again; every form holds
//!    `{{> backend/parts/csrf}}`.
//! 5. A journey in `tests/it/browser/`, which ends in `page.is_fine(…)`: screenshots, axe, console.

mod activity;
mod answer;
mod automation_coupon;
mod automation_flow;
mod automation_funnel;
mod automation_places;
mod automation_reports;
mod automation_runs;
mod automation_step;
mod automation_words;
mod automations;
mod bank;
mod billing;
mod bounces;
mod bring_over;
mod campaigns;
mod cards;
mod clock;
mod condition_form;
mod condition_words;
mod conditions;
mod confirm;
mod cookies;
mod coupons;
mod credits;
mod customers;
mod day_charts;
mod definitions;
mod deliveries;
#[cfg(test)]
mod depots;
mod documents;
mod exports;
mod filters;
mod form_values;
mod forms;
mod gift_rules;
mod graph;
mod guard;
mod impact;
mod insight;
mod keys;
mod language;
mod lists;
mod message_templates;
mod messages;
mod naming;
mod notation;
mod offers;
mod once;
mod openings;
mod orders;
mod overview;
mod paths;
mod payments;
mod people;
mod picks;
mod places;
mod price_changes;
mod products;
mod promotion_sample;
mod promotions;
mod query;
mod receipts;
mod refusals;
mod routes;
mod rows;
mod rule_forms;
mod rule_insight;
mod rule_parts;
mod rule_reports;
mod search;
mod session;
mod settings;
mod settings_tabs;
mod sign_in;
mod stock;
mod subscription_acts;
mod subscriptions;
mod suggestions;
mod tags;
mod taxes;
mod timeline;
mod today;
mod webhooks;
mod what_if;
mod why_not;

pub(super) use places::HOME;
pub(super) use routes::router;
pub(super) use sign_in::welcome;
