//! The pages of the merchant backend: what each shows, and the templates that show it. Values are
//! written in the merchant's locale already; they are escaped here. The words are English and
//! stand in the templates, those of a field beside its pointer in `pages`; their German is found
//! by them ([`phrase`]).
//!
//! In reading order: [`frame`] (what surrounds every page), [`form`] (fields with what was typed
//! and what is wrong with it), [`parts`] (what several pages show), then one file for each noun.

pub mod automations;
pub mod billing;
pub mod bring_over;
pub mod catalogue;
pub mod conditions;
pub mod confirm;
pub mod customers;
pub mod documents;
pub mod form;
pub mod frame;
mod german;
pub mod impact;
pub mod messages;
pub mod orders;
pub mod overview;
pub mod parts;
pub mod paths;
pub mod payments;
pub mod phrase;
pub mod price_changes;
pub mod refusals;
pub mod rule_reports;
pub mod search;
pub mod set_up;
pub mod settings;
pub mod sign_in;
pub mod subscriptions;
pub mod time;
pub mod timeline;
pub mod what_if;
pub mod why_not;

use handlebars::{Context, Handlebars, Helper, HelperDef, RenderContext, ScopedJson};
use serde::Serialize;
use serde_json::json;

use crate::render::RenderError;
use crate::render::backend::frame::Frame;
use crate::render::renderer::Renderer;

/// A page of the backend: its fields are `page` in the template.
pub trait BackendPage: Serialize {
    /// The name of the template.
    const TEMPLATE: &'static str;
}

/// One template of the backend, by its path below `templates/pages/backend`.
macro_rules! template {
    ($name:literal) => {
        (
            concat!("backend/", $name),
            include_str!(concat!("../../../templates/pages/backend/", $name, ".hbs")),
        )
    };
}

/// Every template: a page adds its own here.
pub(super) const TEMPLATES: &[(&str, &str)] = &[
    template!("parts/about"),
    template!("parts/adding"),
    template!("parts/badge"),
    template!("parts/changes"),
    template!("parts/cards"),
    template!("parts/clock"),
    template!("parts/condition"),
    template!("parts/condition_node"),
    template!("parts/condition_nodes"),
    template!("parts/timeline"),
    template!("parts/csrf"),
    template!("parts/rule_insight"),
    template!("parts/documents"),
    template!("parts/edges"),
    template!("parts/field"),
    template!("parts/filters"),
    template!("parts/happened"),
    template!("parts/insight"),
    template!("parts/language"),
    template!("parts/mark"),
    template!("parts/needed"),
    template!("parts/navigation"),
    template!("parts/pager"),
    template!("parts/person"),
    template!("parts/problems"),
    template!("parts/impact"),
    template!("parts/run"),
    template!("parts/runs"),
    template!("parts/figures"),
    template!("parts/share"),
    template!("parts/step_form"),
    template!("parts/search"),
    template!("parts/subscriptions"),
    template!("parts/tabs"),
    template!("parts/time"),
    template!("parts/version"),
    template!("activity"),
    template!("audit"),
    template!("billing"),
    template!("bring_over"),
    template!("changes"),
    template!("automation"),
    template!("automation_coupon"),
    template!("automation_flow"),
    template!("automation_runs"),
    template!("confirm"),
    template!("customer"),
    template!("customers"),
    template!("definition"),
    template!("definitions"),
    template!("document"),
    template!("documents"),
    template!("bank"),
    template!("payments"),
    template!("everybody"),
    template!("export"),
    template!("failure"),
    template!("graph"),
    template!("secret"),
    template!("key_revoke"),
    template!("keys"),
    template!("layout"),
    template!("message"),
    template!("messages"),
    template!("order"),
    template!("orders"),
    template!("overview"),
    template!("path"),
    template!("path_insight"),
    template!("prices"),
    template!("profile"),
    template!("removal"),
    template!("impact"),
    template!("rule_insight"),
    template!("rule_report"),
    template!("run"),
    template!("refusals"),
    template!("search"),
    template!("settings"),
    template!("sign_in"),
    template!("stock"),
    template!("subscription"),
    template!("subscriptions"),
    template!("deliveries"),
    template!("today"),
    template!("what_if"),
    template!("why_not"),
];

pub(super) use german::template as in_german;

/// `{{json value}}`: a value as JSON, for an attribute that a script reads.
pub(super) struct Json;

impl HelperDef for Json {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, handlebars::RenderError> {
        let value = helper.param(0).map_or_else(|| "null".to_owned(), |it| it.value().to_string());
        Ok(ScopedJson::Derived(value.into()))
    }
}

impl Renderer {
    /// A page of the backend within its frame.
    ///
    /// # Errors
    /// A template that asks for what is not there.
    pub fn backend_page<P: BackendPage>(
        &self,
        frame: &Frame,
        page: &P,
    ) -> Result<String, RenderError> {
        let context = phrase::read_in(frame.language, json!({"frame": frame, "page": page}));
        self.show_in(frame.language, P::TEMPLATE, &context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands between two marks, each time.
    fn between<'a>(text: &'a str, open: &'a str, close: &'a str) -> impl Iterator<Item = &'a str> {
        text.split(open).skip(1).map(move |rest| rest.split(close).next().unwrap_or_default())
    }

    #[test]
    fn on_a_phone_every_cell_of_a_table_says_what_it_is() {
        let mut silent = Vec::new();
        for (name, source) in TEMPLATES {
            for table in between(source, "<table", "</table>") {
                let Some((head, rows)) = table.split_once("</thead>") else {
                    silent.push(format!("{name}: a table without heads"));
                    continue;
                };
                // A column of buttons has no name to be seen.
                let unnamed = head.matches("<th scope=\"col\"><span class=\"unseen\">").count();
                let is_slim = head.starts_with(" class=\"slim\">");
                let cells = between(rows, "<td", ">")
                    .filter(|cell| !cell.contains("data-label") && !cell.contains("colspan"));
                let cells: Vec<&str> = cells.collect();
                if !is_slim && cells.len() > unnamed {
                    silent.push(format!("{name}: {cells:?}"));
                }
            }
        }
        assert!(silent.is_empty(), "data-label is missing\n{}", silent.join("\n"));
    }
}
