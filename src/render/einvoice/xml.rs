//! Elements of UBL, and how they are written.

use std::fmt::Display;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

const NAMESPACES: [(&str, &str); 2] = [
    ("xmlns:cac", "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"),
    ("xmlns:cbc", "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"),
];

/// An element with its prefix.
pub(super) struct Element {
    name: &'static str,
    attribute: Option<(&'static str, String)>,
    content: Content,
}

enum Content {
    Text(String),
    Parts(Vec<Element>),
}

impl Element {
    /// With an attribute.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attribute = Some((name, value.into()));
        self
    }
}

/// An element with a value; characters that XML cannot have are left out.
pub(super) fn text(name: &'static str, value: impl Display) -> Element {
    let mut value = value.to_string();
    value.retain(is_of_xml);
    Element { name, attribute: None, content: Content::Text(value) }
}

/// An element with others in it.
pub(super) fn group(name: &'static str, parts: Vec<Element>) -> Element {
    Element { name, attribute: None, content: Content::Parts(parts) }
}

/// A document with its namespaces, indented.
pub(super) fn written(root: &Element) -> String {
    let namespace = format!("urn:oasis:names:specification:ubl:schema:xsd:{}-2", root.name);
    let mut events = vec![Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None))];
    let mut start = BytesStart::new(root.name).with_attributes(NAMESPACES);
    start.push_attribute(("xmlns", namespace.as_str()));
    add(root, start, &mut events);
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    for event in events {
        // Memory takes whatever is written to it.
        let _ = writer.write_event(event);
    }
    String::from_utf8(writer.into_inner()).unwrap_or_default()
}

fn add<'a>(element: &'a Element, start: BytesStart<'a>, events: &mut Vec<Event<'a>>) {
    events.push(Event::Start(start));
    match &element.content {
        Content::Text(value) => events.push(Event::Text(BytesText::new(value))),
        Content::Parts(parts) => {
            for part in parts {
                let mut start = BytesStart::new(part.name);
                if let Some((name, value)) = &part.attribute {
                    start.push_attribute((*name, value.as_str()));
                }
                add(part, start, events);
            }
        }
    }
    events.push(Event::End(BytesEnd::new(element.name)));
}

/// As XML 1.0 has it (2.2).
fn is_of_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{fffd}' | '\u{10000}'..)
}
