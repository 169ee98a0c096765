//! Owns merchant text with holes: which variables exist where a text stands, and how a text is
//! parsed and filled. What the values are and how they are written is left to `render`, escaping
//! to the page.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::names::{Named, names};

/// More faults than this in one text are not collected: it is no text, and nobody reads on.
const FAULTS_MAX: usize = 50;

/// The variables that are known in one kind of text; there is at least one.
pub trait Vocabulary: Named + PartialEq + fmt::Debug + Send + Sync {}

impl Vocabulary for Variable {}
impl Vocabulary for PromotionVariable {}
impl Vocabulary for MessageVariable {}

names! {
    /// A value that the texts of a path may show.
    pub enum Variable {
        /// Title of the target offer.
        OfferTitle = "offerTitle",
        /// The next date on which the customer is booked once the checkout is completed.
        NextPayment = "nextPayment",
        /// Id of the source subscription.
        SubscriptionId = "subscriptionId",
        /// Titles of the products in the source subscription.
        SubscriptionTitle = "subscriptionTitle",
        /// Monthly price of the source subscription.
        SubscriptionPrice = "subscriptionPrice",
        /// The date on which the change takes effect.
        EffectiveDate = "effectiveDate",
        /// The target's price with its period.
        TargetPrice = "targetPrice",
        /// What is due now.
        AmountDue = "amountDue",
        /// The introduction of the target: each step with its price and its last day.
        Introduction = "introduction",
    }
}

names! {
    /// A value that the messages of a promotion may show.
    pub enum PromotionVariable {
        /// What is still to be bought.
        Missing = "missing",
        /// What shipping costs.
        ShippingCost = "shippingCost",
        /// Title of the promotion.
        PromotionTitle = "promotionTitle",
        /// Titles of the products that are suggested.
        Products = "products",
    }
}

names! {
    /// A value that messages after a purchase may show.
    pub enum MessageVariable {
        /// The customer's name.
        CustomerName = "customerName",
        /// Titles of what was bought.
        ProductTitle = "productTitle",
        /// The code of the customer's coupon.
        CouponCode = "couponCode",
        /// The last day on which the coupon can be redeemed.
        CouponValidUntil = "couponValidUntil",
        /// The link of the message.
        Link = "link",
        /// Where the customer wants no more messages.
        UnsubscribeLink = "unsubscribeLink",
        /// Titles of the products in the subscription.
        SubscriptionTitle = "subscriptionTitle",
        /// The next date on which the customer is booked for it.
        NextPayment = "nextPayment",
    }
}

/// A merchant's text, parsed: every hole in it is a variable that is known where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String", bound = "V: Vocabulary")]
pub struct Text<V: Vocabulary = Variable> {
    source: String,
    pieces: Vec<Piece<V>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece<V> {
    Plain(String),
    Hole(V),
}

impl<V: Vocabulary> Default for Text<V> {
    /// A text that says nothing.
    fn default() -> Self {
        Self { source: String::new(), pieces: Vec::new() }
    }
}

impl<V: Vocabulary> From<Text<V>> for String {
    fn from(text: Text<V>) -> Self {
        text.source
    }
}

impl<V: Vocabulary> TryFrom<String> for Text<V> {
    type Error = UnknownVariable;

    fn try_from(source: String) -> Result<Self, UnknownVariable> {
        Self::parse(&source).map_err(|mut unknown| unknown.remove(0))
    }
}

impl<V: Vocabulary> Text<V> {
    /// Parses a text as the merchant wrote it.
    ///
    /// `{name}`, `{{name}}` and `<name>` are holes, blanks around the name allowed. In braces any
    /// identifier must be a known name, in angle brackets all but the elements of HTML that a text
    /// may be marked up with (`<b>`), unless they look like a mistyped name. Everything else is
    /// plain text.
    ///
    /// # Errors
    /// The unknown variables, each at every place where it stands, in order.
    pub fn parse(source: &str) -> Result<Self, Vec<UnknownVariable>> {
        let mut pieces = Vec::new();
        let mut unknown: Vec<UnknownVariable> = Vec::new();
        let mut plain = String::new();
        let mut rest = source;
        while let Some(start) = rest.find(['{', '<']) {
            let (before, at) = rest.split_at(start);
            plain.push_str(before);
            let Some(bracketed) = Bracketed::at_start_of(at) else {
                // Both brackets are one byte long.
                plain.push_str(&at[..1]);
                rest = &at[1..];
                continue;
            };
            let (written, after) = at.split_at(bracketed.length);
            match bracketed.judge() {
                Verdict::Hole(variable) => {
                    if !plain.is_empty() {
                        pieces.push(Piece::Plain(std::mem::take(&mut plain)));
                    }
                    pieces.push(Piece::Hole(variable));
                }
                Verdict::Plain => plain.push_str(written),
                Verdict::Unknown(nearest) => {
                    let name = bracketed.name.to_owned();
                    let before = source.len() - at.len();
                    let at = 1 + source[..before].chars().count();
                    unknown.push(UnknownVariable { name, at, nearest });
                }
            }
            if unknown.len() == FAULTS_MAX {
                return Err(unknown);
            }
            rest = after;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            pieces.push(Piece::Plain(plain));
        }
        if unknown.is_empty() {
            Ok(Self { source: source.to_owned(), pieces })
        } else {
            Err(unknown)
        }
    }

    /// The text as the merchant wrote it.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether the text shows this variable anywhere.
    #[must_use]
    pub fn uses(&self, variable: V) -> bool {
        self.pieces.contains(&Piece::Hole(variable))
    }

    /// How many variables it shows, each as often as it stands there.
    #[must_use]
    pub fn holes(&self) -> usize {
        self.pieces.iter().filter(|piece| matches!(piece, Piece::Hole(_))).count()
    }

    /// The text with every hole filled. Values are put in as they are: not escaped, and not
    /// looked into for further holes.
    #[must_use]
    pub fn fill(&self, value_of: impl Fn(V) -> String) -> String {
        let mut filled = String::with_capacity(self.source.len());
        for piece in &self.pieces {
            match piece {
                Piece::Plain(plain) => filled.push_str(plain),
                Piece::Hole(variable) => filled.push_str(&value_of(*variable)),
            }
        }
        filled
    }
}

/// An identifier in brackets, such as `{ name }`.
struct Bracketed<'a> {
    name: &'a str,
    braces: bool,
    /// Bytes, brackets included.
    length: usize,
}

enum Verdict<V> {
    Hole(V),
    Plain,
    /// The known name most like it.
    Unknown(&'static str),
}

impl<'a> Bracketed<'a> {
    /// The longer bracket first, so that `{{name}}` leaves no brace behind.
    fn at_start_of(text: &'a str) -> Option<Self> {
        [("{{", "}}"), ("{", "}"), ("<", ">")].into_iter().find_map(|(open, close)| {
            let inner = text.strip_prefix(open)?.trim_start();
            let name_length = inner.find(|c| !is_in_name(c)).unwrap_or(inner.len());
            let (name, after) = inner.split_at(name_length);
            let after = after.trim_start().strip_prefix(close)?;
            name.starts_with(|c: char| c.is_alphabetic() || c == '_').then(|| Self {
                name,
                braces: open != "<",
                length: text.len() - after.len(),
            })
        })
    }

    fn judge<V: Vocabulary>(&self) -> Verdict<V> {
        if let Some(variable) = V::parse(self.name) {
            return Verdict::Hole(variable);
        }
        let (nearest, is_near) = nearest::<V>(self.name);
        if !self.braces && !is_near && is_element(self.name) {
            return Verdict::Plain;
        }
        Verdict::Unknown(nearest.name())
    }
}

/// Dots and dashes belong to the ways of naming that other systems taught the merchant
/// (`{offer.title}`, `{next-payment}`): refusing them beats showing them to a customer.
fn is_in_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.')
}

/// Whether a name in angle brackets is an element of HTML that stands in running text.
fn is_element(name: &str) -> bool {
    const ELEMENTS: &str = "a abbr b big blockquote br center code del div em font h1 h2 h3 h4 h5 \
                            h6 hr i img ins li mark ol p pre q s script small span strike strong \
                            style sub sup table tbody td th thead tr tt u ul wbr html head body \
                            title header footer section article main dl dt dd figure \
                            figcaption caption nav picture xml";
    ELEMENTS.split(' ').any(|element| element.eq_ignore_ascii_case(name))
}

/// The variable most like a name, case and separators aside (of equals the one documented
/// first), and whether the name is a typing mistake of it rather than another word.
fn nearest<V: Vocabulary>(name: &str) -> (V, bool) {
    let plain_name = without_style(name);
    let mut nearest = (V::ALL[0], 0.0);
    for &variable in V::ALL {
        let score = strsim::jaro_winkler(&plain_name, &without_style(variable.name()));
        if score > nearest.1 {
            nearest = (variable, score);
        }
    }
    (nearest.0, nearest.1 >= 0.85)
}

fn without_style(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A hole in a merchant's text that names no variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownVariable {
    /// The name as written.
    pub name: String,
    /// Where its bracket opens: the place of that character in the text, from 1.
    pub at: usize,
    /// The known name most like it.
    pub nearest: &'static str,
}

impl fmt::Display for UnknownVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, at, nearest } = self;
        write!(f, "unknown variable {{{name}}} at character {at}: did you mean {{{nearest}}}?")
    }
}

impl std::error::Error for UnknownVariable {}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(variable: Variable) -> String {
        format!("[{}]", variable.name())
    }

    #[test]
    fn every_way_of_writing_a_hole_is_filled_and_nothing_else() {
        let table = [
            ("", ""),
            ("at {nextPayment} .", "at [nextPayment] ."),
            ("{offerTitle}<offerTitle>{{offerTitle}}", "[offerTitle][offerTitle][offerTitle]"),
            ("{ nextPayment }", "[nextPayment]"),
            ("{{ nextPayment\t}}", "[nextPayment]"),
            ("< amountDue >", "[amountDue]"),
            ("{{{offerTitle}}}", "{[offerTitle]}"),
            ("{offerTitle}}", "[offerTitle]}"),
            ("{{offerTitle}", "{[offerTitle]"),
            ("<<offerTitle>>", "<[offerTitle]>"),
            ("{<offerTitle>}", "{[offerTitle]}"),
            ("<b>Now</b> <br/> <sub>2</sub>", "<b>Now</b> <br/> <sub>2</sub>"),
            ("<a href=\"{offerTitle}\">", "<a href=\"[offerTitle]\">"),
            ("<script>", "<script>"),
            ("{nextPayment", "{nextPayment"),
            ("nextPayment}", "nextPayment}"),
            ("{nextPayment>", "{nextPayment>"),
            ("{} {{}} <> { } {{", "{} {{}} <> { } {{"),
            ("{1} {10 €} {next payment}", "{1} {10 €} {next payment}"),
            ("1 < 2 > 0 <3 {:-}", "1 < 2 > 0 <3 {:-}"),
            ("größer {offerTitle} 🎉", "größer [offerTitle] 🎉"),
            ("${subscriptionPrice}", "$[subscriptionPrice]"),
        ];
        for (source, filled) in table {
            let text = Text::parse(source).expect(source);
            assert_eq!(text.fill(named), filled, "{source}");
            assert_eq!(text.source(), source);
        }
    }

    #[test]
    fn every_variable_can_be_written_in_all_three_ways() {
        for variable in Variable::ALL {
            let name = variable.name();
            let text = Text::parse(&format!("{{{name}}}<{name}>{{{{{name}}}}}")).expect(name);
            assert_eq!(text.fill(named), named(variable).repeat(3));
            for other in Variable::ALL {
                assert_eq!(text.uses(other), other == variable, "{name}");
            }
        }
    }

    #[test]
    fn an_unknown_variable_is_refused_with_the_nearest_known_one() {
        let table = [
            ("{nextPaymet}", "{nextPaymet} at character 1: did you mean {nextPayment}?"),
            ("{{ nextPaymet }}", "{nextPaymet} at character 1: did you mean {nextPayment}?"),
            ("am <nextPaymet>", "{nextPaymet} at character 4: did you mean {nextPayment}?"),
            ("{OfferTitle}", "{OfferTitle} at character 1: did you mean {offerTitle}?"),
            (
                "für {effective_date}",
                "{effective_date} at character 5: did you mean {effectiveDate}?",
            ),
            ("{amount-due}", "{amount-due} at character 1: did you mean {amountDue}?"),
            ("{offer.title}", "{offer.title} at character 1: did you mean {offerTitle}?"),
        ];
        for (source, message) in table {
            let faults = Text::<Variable>::parse(source).expect_err(source);
            let [fault] = faults.as_slice() else { panic!("{source}: {faults:?}") };
            let message = format!("unknown variable {message}");
            assert_eq!(fault.to_string(), message);
        }
    }

    #[test]
    fn every_fault_is_named_at_each_place_where_it_stands() {
        let faults = Text::<Variable>::parse("{b1} {offerTitle} {a1} {b1} <b> <nextPaymnt>")
            .expect_err("faults");
        let names: Vec<_> = faults.iter().map(|fault| (fault.name.as_str(), fault.at)).collect();
        assert_eq!(names, [("b1", 1), ("a1", 19), ("b1", 24), ("nextPaymnt", 33)]);
        let many: Vec<String> = (0..1000).map(|index| format!("{{a{index}}}")).collect();
        assert_eq!(Text::<Variable>::parse(&many.concat()).expect_err("faults").len(), FAULTS_MAX);
    }

    #[test]
    fn values_are_not_looked_into_for_holes() {
        let text = Text::<Variable>::parse("{offerTitle} {nextPayment}").expect("text");
        assert_eq!(text.fill(|_| "{amountDue}<b>".into()), "{amountDue}<b> {amountDue}<b>");
    }

    #[test]
    fn which_variables_are_known_depends_on_where_a_text_stands() {
        let message = "Spend another {missing}: {products}";
        assert!(Text::<PromotionVariable>::parse(message).is_ok());
        let faults = Text::<Variable>::parse(message).expect_err(message);
        assert_eq!(faults.len(), 2);
        let faults = Text::<PromotionVariable>::parse("{offerTitle}").expect_err("of paths");
        assert_eq!(faults[0].nearest, "promotionTitle");
    }
}
