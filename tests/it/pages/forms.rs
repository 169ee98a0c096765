//! The forms of a page, read as a browser reads them.

/// A form, and what it sends when its button is pressed.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    /// Whether it changes anything.
    pub(crate) is_post: bool,
    /// Where it is sent.
    pub(crate) action: String,
    /// Its fields with what stands in them.
    pub(crate) fields: Vec<(String, String)>,
    /// The names of all that somebody can fill in or tick, ticked or not.
    pub(crate) names: Vec<String>,
}

/// The forms of a page that can be sent.
pub(crate) fn forms(html: &str) -> Vec<Form> {
    let mut found = Vec::new();
    for form in html.split("<form ").skip(1) {
        let (head, body) = form.split_once('>').unwrap();
        let body = body.split("</form>").next().unwrap();
        if body.contains("<fieldset disabled") || !body.contains("<button") {
            continue;
        }
        let mut form = Form {
            is_post: attribute(head, "method").as_deref() == Some("post"),
            action: attribute(head, "action").unwrap(),
            fields: Vec::new(),
            names: Vec::new(),
        };
        for (place, _) in body.match_indices('<') {
            form.read(&body[place + 1..]);
        }
        found.push(form);
    }
    found
}

impl Form {
    fn read(&mut self, tag: &str) {
        let kind = tag.split([' ', '>', '\n']).next().unwrap();
        let (head, rest) = tag.split_once('>').unwrap_or((tag, ""));
        let Some(name) = attribute(head, "name") else { return };
        let value = match kind {
            "input" => {
                let input = attribute(head, "type").unwrap_or_default();
                let is_ticked = head.split_whitespace().any(|word| word == "checked");
                if input != "hidden" {
                    self.names.push(name.clone());
                }
                if matches!(input.as_str(), "checkbox" | "radio") && !is_ticked {
                    return;
                }
                attribute(head, "value").unwrap_or_default()
            }
            "textarea" => {
                self.names.push(name.clone());
                let text = rest.split("</textarea>").next().unwrap();
                decoded(text.strip_prefix('\n').unwrap_or(text))
            }
            "select" => {
                self.names.push(name.clone());
                let options: Vec<&str> =
                    rest.split("</select>").next().unwrap().split("<option ").skip(1).collect();
                let head = |option: &&&str| option.split('>').next().unwrap().ends_with("selected");
                let Some(option) = options.iter().find(head).or(options.first()) else { return };
                attribute(option, "value").unwrap()
            }
            _ => return,
        };
        self.fields.push((name, value));
    }

    /// What is sent, with other values where they are given.
    pub(crate) fn sent(&self, other: impl Fn(&str) -> Option<String>) -> String {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for (name, value) in &self.fields {
            let value = other(name).unwrap_or_else(|| value.clone());
            pairs.push((name.clone(), value));
        }
        for name in &self.names {
            if let Some(value) = other(name).filter(|_| !pairs.iter().any(|(it, _)| it == name)) {
                pairs.push((name.clone(), value));
            }
        }
        let pair = |(name, value): &(String, String)| {
            format!("{}={}", encoded(name.as_bytes()), encoded(value.as_bytes()))
        };
        pairs.iter().map(pair).collect::<Vec<_>>().join("&")
    }
}

/// The value of an attribute.
pub(crate) fn attribute(tag: &str, name: &str) -> Option<String> {
    let value = tag.split(&format!(" {name}=\"")).nth(1);
    let value = value.or_else(|| tag.strip_prefix(&format!("{name}=\"")))?;
    Some(decoded(value.split('"').next()?))
}

/// Text as it was before it became part of a page.
pub(crate) fn decoded(text: &str) -> String {
    let named = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'")];
    let more = [("&#x3D;", "="), ("&#x60;", "`"), ("&amp;", "&")];
    let all = named.iter().chain(&more);
    all.fold(text.to_owned(), |text, (name, letter)| text.replace(name, letter))
}

/// Bytes as part of a form.
pub(crate) fn encoded(bytes: &[u8]) -> String {
    let letter = |byte: &u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => char::from(*byte).to_string(),
        other => format!("%{other:02X}"),
    };
    bytes.iter().map(letter).collect()
}
