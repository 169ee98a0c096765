//! What customers' pages of a merchant look like and lead to: the addresses and the colour in a
//! draft of their settings.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::color::Color;
use crate::domain::merchant::Links;
use crate::domain::shapes::Url;

use super::fields::Faults;

/// The longest address.
const ADDRESS_LENGTH_MAX: usize = 2_000;

/// The least contrast of white words to what they stand on, in hundredths (WCAG 2.2, AA).
const CONTRAST_MIN: u64 = 450;

/// Pages of a merchant's own site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = Links)]
pub struct LinksDraft {
    /// What customers agree to.
    #[schema(value_type = Option<Url>)]
    pub terms: Option<String>,
    /// How they withdraw from it.
    #[schema(value_type = Option<Url>)]
    pub withdrawal: Option<String>,
    /// What becomes of their data.
    #[schema(value_type = Option<Url>)]
    pub privacy: Option<String>,
    /// Who sells.
    #[schema(value_type = Option<Url>)]
    pub imprint: Option<String>,
}

impl From<&Links> for LinksDraft {
    fn from(links: &Links) -> Self {
        Self {
            terms: links.terms.clone(),
            withdrawal: links.withdrawal.clone(),
            privacy: links.privacy.clone(),
            imprint: links.imprint.clone(),
        }
    }
}

/// Pages of the merchant's own site.
pub(super) fn links(faults: &mut Faults, draft: &LinksDraft) -> Links {
    let mut link = |at: &str, text: &Option<String>| {
        text.as_deref().and_then(|text| address(faults, at, text))
    };
    Links {
        terms: link("/links/terms", &draft.terms),
        withdrawal: link("/links/withdrawal", &draft.withdrawal),
        privacy: link("/links/privacy", &draft.privacy),
        imprint: link("/links/imprint", &draft.imprint),
    }
}

/// An address on the web: scheme and host as browsers write them, then whatever browsers send.
pub(super) fn address(faults: &mut Faults, at: &str, text: &str) -> Option<String> {
    let rest = ["https://", "http://"].into_iter().find_map(|scheme| text.strip_prefix(scheme));
    let is_sent = |byte: u8| byte.is_ascii_graphic() && !b"\"'<>\\^`{|};,".contains(&byte);
    let is_address = text.len() <= ADDRESS_LENGTH_MAX
        && text.bytes().all(is_sent)
        && rest.is_some_and(|rest| {
            let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
            is_authority(&rest[..end])
        });
    if !is_address {
        let detail = format!(
            "'{text}' is no address such as https://shop.example.org/terms: scheme and host in \
             lower case, and what is not a plain letter written as %20"
        );
        faults.note(at, detail);
    }
    is_address.then(|| text.to_owned())
}

/// A colour on which white words can be read.
pub(super) fn color(faults: &mut Faults, text: &str) -> Option<String> {
    const AT: &str = "/color";
    let Some(color) = Color::parse(text) else {
        faults.note(AT, format!("'{text}' is no colour such as #0b57d0"));
        return None;
    };
    let contrast = color.contrast_to_white();
    if contrast < CONTRAST_MIN {
        let (whole, tenths) = (contrast / 100, contrast % 100 / 10);
        let detail = format!(
            "the contrast of white words on '{text}' is {whole}.{tenths}, and 4.5 is the least \
             that everybody can read: darken it, for example to {}",
            color.darkened_to(CONTRAST_MIN)
        );
        faults.note(AT, detail);
        return None;
    }
    Some(color.to_string())
}

/// `host`, `host:port` or `[v6]:port`.
pub(super) fn is_authority(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, rest)) => {
            if host.parse::<std::net::Ipv6Addr>().is_err() {
                return false;
            }
            match rest.strip_prefix(':') {
                None => return rest.is_empty(),
                Some(port) => ("v6", Some(port)),
            }
        }
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let is_label = |label: &str| {
        let plain =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
        !label.is_empty() && label.bytes().all(plain)
    };
    let is_port = |port: &str| {
        port.bytes().all(|byte| byte.is_ascii_digit())
            && port.parse::<u16>().is_ok_and(|port| port > 0)
    };
    host.split('.').all(is_label) && port.is_none_or(is_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_that_white_cannot_be_read_on_is_refused_with_one_that_can() {
        for (text, detail) in [
            ("#ffcc00", "is 1.5, and 4.5 is the least that everybody can read: darken it"),
            ("#777777", "is 4.4"),
            ("blue", "is no colour such as #0b57d0"),
        ] {
            let mut faults = Faults::new();
            assert_eq!(color(&mut faults, text), None);
            let faults = faults.answer(None::<()>).unwrap_err();
            assert_eq!(faults[0].pointer, "/color");
            assert!(faults[0].detail.contains(detail), "{}", faults[0].detail);
            if let Some((_, remedy)) = faults[0].detail.split_once("for example to ") {
                assert!(color(&mut Faults::new(), remedy).is_some(), "{remedy}");
            }
        }
        assert_eq!(color(&mut Faults::new(), "#0B57D0").as_deref(), Some("#0b57d0"));
    }

    #[test]
    fn an_address_is_one_of_the_web_and_nothing_that_breaks_out_of_it() {
        for good in [
            "https://shop.example.org",
            "https://shop.example.org/terms?lang=de#top",
            "http://localhost:3000/",
            "http://[::1]:80/a%20b",
        ] {
            assert!(address(&mut Faults::new(), "/logo", good).is_some(), "{good}");
        }
        for bad in [
            "",
            "shop.example.org",
            "javascript:alert(1)",
            "https://",
            "https://a b.example",
            "https://a.example/;script-src *",
            "https://a.example/\"><b>",
            "https://A.example",
            "https://a.example/\u{e4}",
            "data:image/png;base64,AAAA",
            "https://u:p@a.example",
        ] {
            assert!(address(&mut Faults::new(), "/logo", bad).is_none(), "{bad}");
        }
    }
}
