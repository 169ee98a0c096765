//! The pages of the merchant backend: what each shows, and the templates that show it. Values are
//! written in the merchant's locale already; they are escaped here. The words are English and
//! stand in the templates, those of a field beside its pointer in `pages`.
//!
//! In reading order: [`frame`] (what surrounds every page), [`form`] (fields with what was typed
//! and what is wrong with it), [`parts`] (what several pages show), then one file for each noun.

pub mod course;
pub mod form;
pub mod frame;
pub mod overview;
pub mod parts;
pub mod rollout;
pub mod settings;
pub mod sign_in;
pub mod what_if;

use handlebars::{Context, Handlebars, Helper, HelperDef, RenderContext, ScopedJson};
use serde::Serialize;
use serde_json::json;

use crate::render::RenderError;
use crate::render::backend::frame::Frame;
use crate::render::pages::Renderer;

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
    template!("layout"),
    template!("parts/about"),
    template!("parts/badge"),
    template!("parts/course"),
    template!("parts/csrf"),
    template!("parts/field"),
    template!("parts/mark"),
    template!("parts/pager"),
    template!("parts/problems"),
    template!("parts/search"),
    template!("parts/tabs"),
    template!("parts/time"),
    template!("activity"),
    template!("failure"),
    template!("keys"),
    template!("key_made"),
    template!("key_revoke"),
    template!("overview"),
    template!("rollout"),
    template!("settings"),
    template!("sign_in"),
    template!("what_if"),
];

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
        let context = json!({"frame": frame, "page": page});
        Ok(self.registry.render(P::TEMPLATE, &context).map_err(Box::new)?)
    }
}
