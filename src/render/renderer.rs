//! The compiled templates, and filling one of them. Which there are is left to `templates`, what a
//! page says to its own file.

use std::collections::BTreeMap;

use handlebars::Handlebars;
use serde::Serialize;
use serde_json::Value;

use crate::render::RenderError;
use crate::render::format::Locale;
use crate::render::words::Language;

/// The compiled templates.
pub struct Renderer {
    registry: Handlebars<'static>,
    /// The backend's in German.
    german: Handlebars<'static>,
}

impl Renderer {
    /// Compiles a template of the hosted pages under a name.
    pub(super) fn put(&mut self, name: &str, template: &str) -> Result<(), RenderError> {
        Ok(self.registry.register_template_string(name, template).map_err(Box::new)?)
    }

    /// Fills templates that are compiled already.
    pub(super) fn of(registry: Handlebars<'static>, german: Handlebars<'static>) -> Self {
        Self { registry, german }
    }

    /// A page in the language of its locale, with what it does not say itself.
    pub(super) fn fill<const N: usize>(
        &self,
        template: &str,
        locale: &Locale,
        page: &impl Serialize,
        extras: [(&str, Value); N],
    ) -> Result<String, RenderError> {
        let page = serde_json::to_value(page)?;
        let language = locale.spoken().code();
        let context: BTreeMap<&str, Value> =
            extras.into_iter().chain([("language", language.into()), ("page", page)]).collect();
        self.show(template, &context)
    }

    /// A template with all that it asks for.
    pub(super) fn show(
        &self,
        template: &str,
        context: &impl Serialize,
    ) -> Result<String, RenderError> {
        Ok(self.registry.render(template, context).map_err(Box::new)?)
    }

    /// A template that holds its words itself, in a language.
    pub(super) fn show_in(
        &self,
        language: Language,
        template: &str,
        context: &impl Serialize,
    ) -> Result<String, RenderError> {
        match language {
            Language::English => self.show(template, context),
            Language::German => Ok(self.german.render(template, context).map_err(Box::new)?),
        }
    }
}
