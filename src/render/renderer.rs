//! The compiled templates, and filling one of them. Which there are is left to `templates`, what a
//! page says to its own file.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use handlebars::Handlebars;
use serde::Serialize;
use serde_json::Value;

use crate::render::RenderError;
use crate::render::format::Locale;
use crate::render::words::Language;

/// The templates, compiled once they are needed.
pub struct Renderer {
    compile: fn() -> Result<Templates, RenderError>,
    compiled: OnceLock<Templates>,
}

/// The compiled templates.
pub(super) struct Templates {
    pub(super) registry: Handlebars<'static>,
    /// The backend's in German.
    pub(super) german: Handlebars<'static>,
}

impl Renderer {
    /// Fills templates that are compiled so.
    pub(super) fn by(compile: fn() -> Result<Templates, RenderError>) -> Self {
        Self { compile, compiled: OnceLock::new() }
    }

    /// Compiles the templates now, for whoever serves pages.
    ///
    /// # Errors
    /// A template that is none.
    pub fn ready(&self) -> Result<(), RenderError> {
        self.templates().map(|_| ())
    }

    fn templates(&self) -> Result<&Templates, RenderError> {
        if let Some(compiled) = self.compiled.get() {
            return Ok(compiled);
        }
        let compiled = (self.compile)()?;
        Ok(self.compiled.get_or_init(|| compiled))
    }

    /// Compiles a template of the hosted pages under a name.
    pub(super) fn put(&mut self, name: &str, template: &str) -> Result<(), RenderError> {
        self.ready()?;
        if let Some(templates) = self.compiled.get_mut() {
            let put = templates.registry.register_template_string(name, template);
            put.map_err(Box::new)?;
        }
        Ok(())
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
        Ok(self.templates()?.registry.render(template, context).map_err(Box::new)?)
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
            Language::German => {
                Ok(self.templates()?.german.render(template, context).map_err(Box::new)?)
            }
        }
    }
}
