//! Writes what people read: values in their locale, then the pages that show them.
//! What there is to say is left to `app`, sending it to the edges.
//!
//! In reading order: [`words`] are our own, of `templates/i18n`; [`format`] writes dates, amounts,
//! lists and periods; [`renderer`] fills the templates, which `templates` lists; [`pages`] are
//! those of the hosted checkout, with [`links`] to documents, in a merchant's [`look`]; [`paper`]
//! is a document as its customer reads it, and an [`einvoice`] as its machines do; [`portal`] what
//! they have and do by themselves; [`message`] what an automation sends; [`demo`] is the demo's
//! shop, [`shelf`] its goods and [`mailbox`] its mails; [`backend`] fills those of the merchant
//! backend; [`assets`] are the style sheets and scripts that pages link.

pub mod assets;
pub mod backend;
pub mod demo;
pub mod einvoice;
pub mod format;
pub mod links;
pub mod look;
pub mod mailbox;
pub mod message;
pub mod pages;
pub mod paper;
pub mod portal;
pub mod renderer;
pub mod shelf;
mod templates;
#[cfg(test)]
mod tests;
pub mod words;

/// A page that could not be written.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A template that is none.
    #[error("template cannot be read: {0}")]
    Template(#[from] Box<handlebars::TemplateError>),
    /// A template that asks for what is not there.
    #[error("page cannot be filled: {0}")]
    Page(#[from] Box<handlebars::RenderError>),
    /// A context that is no tree of values.
    #[error("page context cannot be read: {0}")]
    Context(#[from] serde_json::Error),
    /// Words that are in no language.
    #[error("no words for {0}")]
    NoWords(&'static str),
    /// A page that begins with a choice it does not offer.
    #[error("mode {0:?} is not among the choices of the page")]
    NotAmongChoices(crate::domain::purchase::Purchase),
}
