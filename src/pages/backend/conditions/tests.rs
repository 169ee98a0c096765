//! Trees as they are sent, read, changed and written again; some of them random.

use super::*;
use crate::pages::backend::answer::SentForm;
use crate::render::format::Locale;

/// Texts that mean something somewhere.
const HOSTILE: [&str; 14] = [
    "web",
    " web ",
    "a\nb",
    "a\r\nb",
    "\r",
    "\"",
    "\"quoted\"",
    "brand: x",
    "any: true",
    "<script>x</script>",
    "{} {0}",
    "\u{202e}txet",
    "zq&zq;'",
    "\\n",
];

/// Numbers that look random, and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(self.0 >> 40).unwrap() % end
    }

    fn text(&mut self) -> &'static str {
        HOSTILE[self.below(HOSTILE.len())]
    }

    fn texts(&mut self) -> Vec<&'static str> {
        (0..=self.below(3)).map(|_| self.text()).collect()
    }

    fn amount(&mut self, currency: Currency) -> String {
        crate::domain::money::Money::new(i64::try_from(self.below(300_000)).unwrap(), currency)
            .amount()
    }

    fn selector(&mut self) -> Value {
        let key = ["product", "brand", "tag", "offer", "any"][self.below(5)];
        if key == "any" { json!({"any": true}) } else { json!({ key: self.text() }) }
    }

    fn condition(&mut self, depth: usize, currency: Currency) -> Value {
        if depth < 6 && self.below(2) == 0 {
            let count = 1 + self.below(3);
            let inner = |it: &mut Self| it.condition(depth + 1, currency);
            return match self.below(3) {
                0 => json!({ "not": inner(self) }),
                1 => json!({ "any": (0..count).map(|_| inner(self)).collect::<Vec<_>>() }),
                _ => json!({ "all": (0..count).map(|_| inner(self)).collect::<Vec<_>>() }),
            };
        }
        match self.below(8) {
            0 => json!({ "customer_group": self.texts() }),
            1 => json!({"country": ["DE", "AT"]}),
            2 => json!({ "payment_method": self.texts() }),
            3 => json!({ "channel": self.texts() }),
            4 => json!({ "coupon": self.below(2) == 0 }),
            5 => json!({"units": {"of": self.selector(), "min": 1 + self.below(9)}}),
            6 => json!({"value": {"of": self.selector(), "min": self.amount(currency)}}),
            _ => {
                let mut net = Map::new();
                for key in ["above", "max", "min"] {
                    if self.below(2) == 0 || key == "min" && net.is_empty() {
                        net.insert(key.to_owned(), self.amount(currency).into());
                    }
                }
                json!({ "net": net })
            }
        }
    }
}

fn hand(locale: &str, code: &str) -> (Notation, Currency) {
    let currency = Currency::parse(code).unwrap();
    (Notation::of(&Locale::parse(locale).unwrap(), currency), currency)
}

/// As a browser sends it.
fn sent(values: &FormValues) -> FormValues {
    let pairs = values.pairs().into_iter().map(|(name, value)| {
        (name, value.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n"))
    });
    FormValues::sent(SentForm(pairs.collect())).by(values.notation())
}

fn typed(pairs: &[(&str, &str)]) -> FormValues {
    let own = |(name, value): &(&str, &str)| (format!("/buy{name}"), (*value).to_owned());
    FormValues::sent(SentForm(pairs.iter().map(own).collect())).by(hand("en", "EUR").0)
}

/// What the API is sent, and where it is wrong.
fn read(values: &FormValues) -> (Value, Vec<String>) {
    let (mut body, mut faults) = (json!({}), Vec::new());
    read_into(&mut body, &mut faults, (values, "/buy"), hand("en", "EUR").1.into());
    (body["buy"].take(), faults.into_iter().map(|fault| fault.pointer).collect())
}

#[test]
fn a_form_that_is_sent_as_it_came_says_what_the_api_has_said() {
    let mut numbers = Numbers(7);
    let hands = [
        hand("en", "EUR"),
        hand("de", "EUR"),
        hand("ja", "JPY"),
        hand("de", "KWD"),
        hand("en", "KWD"),
    ];
    for case in 0..3_000 {
        let (notation, currency) = hands[case % hands.len()];
        let said = json!({ "buy": numbers.condition(1, currency) });
        let values = stored(FormValues::default().by(notation), &said, "/buy");
        let (mut body, mut faults) = (json!({}), Vec::new());
        read_into(&mut body, &mut faults, (&sent(&values), "/buy"), Some(currency));
        assert!(faults.is_empty(), "{said} {faults:?}");
        assert_eq!(body, said);
    }
}

#[test]
fn a_button_changes_the_tree_and_loses_nothing_that_was_typed() {
    let clause = [("/kind", "units"), ("/units/min", "two"), ("/units/of", "product: mug")];
    let change =
        |values: FormValues, verb: &str, place: &str| changed_in(values, "/buy", (verb, place));
    // The first condition stands by itself, the second makes a group of them.
    let empty = typed(&[("/add", "country")]);
    let one = change(empty, "add", "");
    assert_eq!(one.text("/buy/kind"), "country");
    let two = change(typed(&[&clause[..], &[("/add", "coupon")]].concat()), "add", "");
    assert_eq!(two.text("/buy/kind"), "all");
    assert_eq!(two.text("/buy/0/units/min"), "two", "what cannot be read is kept");
    assert_eq!(two.text("/buy/1/coupon"), "true");
    // A group within, and a condition in that.
    let three = change(two, "group", "");
    assert_eq!(three.text("/buy/2/kind"), "all");
    let four = change(three.with("/buy/2/add", "net"), "add", "/2");
    assert_eq!(four.text("/buy/2/0/kind"), "net");
    // How a group counts is kept with what lies in it.
    let four = change(four.with("/buy/kind", "none").with("/buy/2/kind", "any"), "look", "");
    assert_eq!((four.text("/buy/kind"), four.text("/buy/2/kind")), ("none", "any"));
    let without = change(four, "remove", "/1");
    assert_eq!(without.text("/buy/1/0/kind"), "net", "those behind it move up");
    assert_eq!(without.text("/buy/2/kind"), "");
    let gone = change(without, "remove", "");
    assert_eq!(gone.pairs(), []);
    // What nobody can press does nothing.
    let same = typed(&clause);
    for (verb, place) in [("add", "/7/7"), ("remove", "/9"), ("explode", ""), ("add", "/x")] {
        let after = change(same.clone(), verb, place);
        assert_eq!(after.pairs(), same.pairs(), "{verb} {place}");
    }
}

#[test]
fn none_of_several_is_not_any_of_them() {
    let net = [("/0/kind", "net"), ("/0/net/min", "5")];
    let one = typed(&[&[("/kind", "none")], &net[..]].concat());
    assert_eq!(read(&one).0, json!({"not": {"net": {"min": "5"}}}));
    let coupon = [("/1/kind", "coupon"), ("/1/coupon", "false")];
    let two = typed(&[&[("/kind", "none")], &net[..], &coupon].concat());
    let said = json!({"not": {"any": [{"net": {"min": "5"}}, {"coupon": false}]}});
    assert_eq!(read(&two).0, said);
}

#[test]
fn what_cannot_be_read_is_told_where_the_api_would_tell_it() {
    #[rustfmt::skip]
    let table: [(&[(&str, &str)], &str); 11] = [
        (&[], "/buy"),
        (&[("/kind", "gibberish")], "/buy"),
        (&[("/kind", "all")], "/buy/all"),
        (&[("/kind", "none")], "/buy/not"),
        (&[("/kind", "any"), ("/0/kind", "none")], "/buy/any/0/not"),
        (&[("/kind", "net")], "/buy/net"),
        (&[("/kind", "net"), ("/net/max", "1,5")], "/buy/net/max"),
        (&[("/kind", "units"), ("/units/min", "x"), ("/units/of", "any: true")], "/buy/units/min"),
        (&[("/kind", "value"), ("/value/min", "1")], "/buy/value/of"),
        (&[("/kind", "country"), ("/country", " \n ")], "/buy/country"),
        (&[("/kind", "none"), ("/0/kind", "net"), ("/0/net/min", "1"), ("/3/kind", "channel")],
            "/buy/not/any/1/channel"),
    ];
    for (pairs, pointer) in table {
        assert_eq!(read(&typed(pairs)).1, [pointer], "{pairs:?}");
    }
}

#[test]
fn a_form_without_an_end_is_read_as_far_as_it_could_ever_be_saved() {
    let mut pairs = Vec::new();
    let mut place = String::new();
    for _ in 0..500 {
        pairs.push((format!("/buy{place}/kind"), "all".to_owned()));
        place.push_str("/0");
    }
    let deep = FormValues::sent(SentForm(pairs));
    let tree = TypedCondition::read(&deep.within("/buy")).unwrap();
    assert_eq!(tree.count(), READ_DEPTH_MAX);
    let wide = (0..5_000).map(|place| (format!("/buy/{place}/kind"), "coupon".to_owned()));
    let wide = wide.chain([("/buy/kind".to_owned(), "any".to_owned())]);
    let wide = FormValues::sent(SentForm(wide.collect()));
    let tree = TypedCondition::read(&wide.within("/buy")).unwrap();
    assert_eq!(tree.count(), READ_MAX);
    let full = changed_in(wide.with("/buy/add", "net"), "/buy", ("add", ""));
    assert_eq!(TypedCondition::read(&full.within("/buy")).unwrap().count(), READ_MAX);
}
