//! The templates of every page, compiled once a program.

use std::sync::{Arc, OnceLock};

use handlebars::Handlebars;

use crate::render::assets::AddressOf;
use crate::render::renderer::{Renderer, Templates};
use crate::render::words::Words;
use crate::render::{RenderError, backend};

const TEMPLATES: [(&str, &str); 18] = [
    ("layout", include_str!("../../templates/pages/layout.hbs")),
    ("checkout/preview", include_str!("../../templates/pages/checkout/preview.hbs")),
    ("checkout/choice", include_str!("../../templates/pages/checkout/choice.hbs")),
    ("checkout/document", include_str!("../../templates/pages/checkout/document.hbs")),
    ("checkout/ending", include_str!("../../templates/pages/checkout/ending.hbs")),
    ("checkout/later", include_str!("../../templates/pages/checkout/later.hbs")),
    ("checkout/done", include_str!("../../templates/pages/checkout/done.hbs")),
    ("checkout/notice", include_str!("../../templates/pages/checkout/notice.hbs")),
    ("checkout/payment", include_str!("../../templates/pages/checkout/payment.hbs")),
    ("checkout/unsubscribe", include_str!("../../templates/pages/checkout/unsubscribe.hbs")),
    ("paper", include_str!("../../templates/pages/paper.hbs")),
    ("portal/home", include_str!("../../templates/pages/portal/home.hbs")),
    ("portal/document", include_str!("../../templates/pages/portal/document.hbs")),
    ("portal/question", include_str!("../../templates/pages/portal/question.hbs")),
    ("demo", include_str!("../../templates/pages/demo.hbs")),
    ("mailbox", include_str!("../../templates/pages/mailbox.hbs")),
    ("ordered", include_str!("../../templates/pages/ordered.hbs")),
    ("shelf", include_str!("../../templates/pages/shelf.hbs")),
];

fn compile() -> Result<Templates, RenderError> {
    let (mut registry, mut german) = (empty(), empty());
    for (name, template) in TEMPLATES.iter().chain(backend::TEMPLATES) {
        registry.register_template_string(name, template).map_err(Box::new)?;
    }
    for (name, template) in backend::TEMPLATES {
        let template = backend::in_german(name, template);
        german.register_template_string(name, template).map_err(Box::new)?;
    }
    Ok(Templates { registry, german })
}

impl Renderer {
    /// Compiles the templates, in which a name that is not in the context is an error.
    ///
    /// # Errors
    /// A template that is none.
    pub fn new() -> Result<Self, RenderError> {
        let renderer = Self::by(compile);
        renderer.ready()?;
        Ok(renderer)
    }

    /// The same with another text of a template, as another release may have it.
    ///
    /// # Errors
    /// Where that is none.
    pub fn with(mut self, name: &str, template: &str) -> Result<Self, RenderError> {
        self.put(name, template)?;
        Ok(self)
    }

    /// The one of this program: its templates are compiled once, however many engines there are,
    /// and not at all where no page is asked for.
    #[must_use]
    pub fn shared() -> Arc<Self> {
        static SHARED: OnceLock<Arc<Renderer>> = OnceLock::new();
        Arc::clone(SHARED.get_or_init(|| Arc::new(Self::by(compile))))
    }
}

fn empty() -> Handlebars<'static> {
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    // Partials stand in lines of their own; HTML does not care how they are indented.
    registry.set_prevent_indent(true);
    registry.register_helper("t", Box::new(Words));
    registry.register_helper("asset", Box::new(AddressOf));
    registry.register_helper("json", Box::new(backend::Json));
    registry
}
