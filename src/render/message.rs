//! Messages of automations, filled: values as the language writes them, harmless in a subject and
//! in HTML. Which language a customer reads is left to `app`.

use chrono::NaiveDate;

use crate::domain::message_template::MessageText;
use crate::domain::text::{MessageVariable, Text};
use crate::render::RenderError;
use crate::render::format::{self, Locale, MISSING};
use crate::render::words::{words, words_in_text};

/// What a message shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MessageValues {
    /// The customer's name.
    pub customer: Option<String>,
    /// Titles of what started the run.
    pub products: Vec<String>,
    /// Where its link leads.
    pub link: Option<String>,
    /// Where they can say that they want no more.
    pub unsubscribe: Option<String>,
    /// Whether that stands at its end, where its text does not say it.
    pub ends_with_unsubscribe: bool,
    /// Their coupon: its code and its last day.
    pub coupon: Option<(String, NaiveDate)>,
    /// When the subscription is booked next.
    pub next_payment: Option<NaiveDate>,
}

/// A message, filled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FilledMessage {
    /// One line.
    pub subject: String,
    /// As plain text.
    pub text: String,
    /// As HTML.
    pub html: Option<String>,
}

/// Fills a message.
///
/// # Errors
/// Where there are no words for a customer, which is a fault of ours.
pub fn filled(
    text: &MessageText,
    locale: &Locale,
    values: &MessageValues,
) -> Result<FilledMessage, RenderError> {
    let customer = match values.customer.as_deref().filter(|name| !name.trim().is_empty()) {
        Some(name) => name.to_owned(),
        // A word of another language in the midst of a sentence is worse than a dash.
        None => words_in_text(locale.language(), "message-customer", [])
            .unwrap_or_else(|| MISSING.to_owned()),
    };
    let mut titles: Vec<String> = Vec::new();
    for title in &values.products {
        if !titles.contains(title) {
            titles.push(title.clone());
        }
    }
    let titles = format::list(locale, &titles);
    let value = |variable: MessageVariable| match variable {
        MessageVariable::CustomerName => customer.clone(),
        MessageVariable::ProductTitle | MessageVariable::SubscriptionTitle => titles.clone(),
        MessageVariable::Link => values.link.clone().unwrap_or_default(),
        MessageVariable::NextPayment => {
            values.next_payment.map_or_else(|| MISSING.to_owned(), |on| format::date(locale, on))
        }
        MessageVariable::UnsubscribeLink => values.unsubscribe.clone().unwrap_or_default(),
        // What no automation can fill is refused when it is saved.
        MessageVariable::CouponCode => {
            values.coupon.as_ref().map(|(code, _)| code.clone()).unwrap_or_default()
        }
        MessageVariable::CouponValidUntil => values
            .coupon
            .as_ref()
            .map(|(_, until)| format::date(locale, *until))
            .unwrap_or_default(),
    };
    let mut message = FilledMessage {
        subject: text.subject.fill(|variable| one_line(&value(variable))),
        text: text.text.fill(value),
        html: text.html.as_ref().map(|html| html.fill(|variable| escaped(&value(variable)))),
    };
    if let Some(link) = values.unsubscribe.as_deref().filter(|_| values.ends_with_unsubscribe) {
        let says = |text: &Text<MessageVariable>| text.uses(MessageVariable::UnsubscribeLink);
        let word = words_in_text(locale.language(), "message-unsubscribe", [])
            .or_else(|| words(locale.spoken(), "message-unsubscribe", []))
            .ok_or(RenderError::NoWords("message-unsubscribe"))?;
        if !says(&text.text) {
            message.text = format!("{}\n\n{word}: {link}\n", message.text.trim_end());
        }
        if text.html.as_ref().is_some_and(|html| !says(html)) {
            let line = format!("<p><a href=\"{}\">{}</a></p>", escaped(link), escaped(&word));
            message.html = message.html.map(|html| with_last_line(html, &line));
        }
    }
    Ok(message)
}

/// HTML with a line at its end, within its body where it has one.
fn with_last_line(mut html: String, line: &str) -> String {
    // Lower case for ASCII alone keeps every place where it is.
    let end = html.to_ascii_lowercase().rfind("</body").unwrap_or(html.len());
    html.insert_str(end, line);
    html
}

/// A value that cannot end a line of a header.
fn one_line(value: &str) -> String {
    value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn escaped(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for letter in value.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text() -> MessageText {
        serde_json::from_value(serde_json::json!({
            "subject": "Thanks, {customerName}", "text": "{productTitle}: {link} {nextPayment}",
            "html": "<a href=\"{link}\">{customerName}</a>",
        }))
        .unwrap()
    }

    #[test]
    fn names_do_no_harm_in_a_subject_or_in_html() {
        let values = MessageValues {
            customer: Some("Ada\r\nBcc: <x@y.example>".to_owned()),
            products: ["Hat", "Mug", "Hat"].map(str::to_owned).to_vec(),
            link: Some("https://a.example/?a=1&b=\"2\"".to_owned()),
            unsubscribe: Some("https://a.example/u".to_owned()),
            ends_with_unsubscribe: false,
            coupon: None,
            next_payment: NaiveDate::from_ymd_opt(2026, 2, 28),
        };
        let message = filled(&text(), &Locale::parse("en").unwrap(), &values).unwrap();
        assert_eq!(message.subject, "Thanks, Ada  Bcc: <x@y.example>");
        assert_eq!(message.text, "Hat and Mug: https://a.example/?a=1&b=\"2\" February 28, 2026");
        let html = "<a href=\"https://a.example/?a=1&amp;b=&quot;2&quot;\">\
                    Ada\r\nBcc: &lt;x@y.example&gt;</a>";
        assert_eq!(message.html.as_deref(), Some(html));
    }

    #[test]
    fn a_mail_ends_with_the_way_out_unless_its_text_says_it() {
        let html = |html: &str| serde_json::json!({"subject": "s", "text": "t\n", "html": html});
        let values = MessageValues {
            unsubscribe: Some("https://a.example/u".to_owned()),
            ends_with_unsubscribe: true,
            ..MessageValues::default()
        };
        let fill = |text, locale: &str| {
            let text = serde_json::from_value(text).unwrap();
            filled(&text, &Locale::parse(locale).unwrap(), &values).unwrap()
        };
        let link = "<p><a href=\"https://a.example/u\">Abmelden</a></p>";
        let message = fill(html("<body>ß</BODY></html>"), "de");
        assert_eq!(message.text, "t\n\nAbmelden: https://a.example/u\n");
        assert_eq!(message.html.unwrap(), format!("<body>ß{link}</BODY></html>"));
        assert_eq!(fill(html("ß"), "de").html.unwrap(), format!("ß{link}"));
        let own = fill(html("<a href=\"{unsubscribeLink}\">no more</a>"), "en");
        assert_eq!(own.html.unwrap(), "<a href=\"https://a.example/u\">no more</a>");
        assert_eq!(own.text, "t\n\nUnsubscribe: https://a.example/u\n");
        assert_eq!(fill(html("t"), "it").text, "t\n\nAnnulla l’iscrizione: https://a.example/u\n");
    }

    #[test]
    fn who_has_no_name_is_addressed_by_the_word_of_their_language() {
        let table = [
            ("en", "Thanks, customer"),
            ("de-AT", "Thanks, Kundin oder Kunde"),
            ("fr-CA", "Thanks, cliente ou client"),
            ("nl", "Thanks, klant"),
            ("ja", "Thanks, —"),
        ];
        for (locale, subject) in table {
            let locale = Locale::parse(locale).unwrap();
            let message = filled(&text(), &locale, &MessageValues::default()).unwrap();
            assert_eq!(message.subject, subject);
        }
    }
}
