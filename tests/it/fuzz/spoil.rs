//! Requests made from schemas, and the many ways to spoil one.

use serde_json::{Value, json};

use crate::document::{Document, Known, Operation};
use crate::oracle::generate::Dice;

/// A request as it is sent.
pub(super) struct Sent {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) headers: Vec<(String, Vec<u8>)>,
    pub(super) body: Vec<u8>,
}

impl std::fmt::Debug for Sent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let body = String::from_utf8_lossy(&self.body);
        write!(f, "{} {:.300} {:?} {body:.2000}", self.method, self.target, self.headers)
    }
}

/// A request that fits, in half of the cases spoilt somewhere.
pub(super) fn request(
    document: &Document,
    operation: &Operation,
    known: &Known,
    dice: &mut Dice,
) -> Sent {
    let mut target = path(operation, known, dice);
    let mut headers = vec![("content-type".to_owned(), b"application/json".to_vec())];
    let body = operation.body.as_ref().map(|schema| document.sample(schema, known, dice));
    let mut body = body.unwrap_or(Value::Null);
    let mut pairs = Vec::new();
    for (name, schema) in &operation.query {
        if dice.one_in(3) {
            let value = document.sample(schema, known, dice);
            pairs.push((name.clone(), value.as_str().map_or(value.to_string(), str::to_owned)));
        }
    }
    match dice.below(10) {
        0 => pairs.push(odd_pair(operation, dice)),
        1 => headers.push(odd_header(dice)),
        2 => headers[0].1 = (*dice.pick(MEDIA_TYPES)).to_vec(),
        3..=5 => spoil(&mut body, dice),
        _ => {}
    }
    if !pairs.is_empty() {
        let pairs: Vec<_> = pairs.iter().map(|(n, v)| format!("{}={}", n, encoded(v))).collect();
        target = format!("{target}?{}", pairs.join("&"));
    }
    let mut text = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    if dice.one_in(8) {
        text = odd_text(text, dice);
    }
    Sent { method: operation.method.clone(), target, headers, body: text }
}

/// A path to something that is there, or to something that can hardly be.
fn path(operation: &Operation, known: &Known, dice: &mut Dice) -> String {
    let mut path = String::new();
    let mut list = "";
    for step in operation.path.split('/').skip(1) {
        let name = format!("{{{list}}}");
        let there = known.get(name.as_str()).filter(|ids| !ids.is_empty());
        let id = match (step.starts_with('{'), there) {
            (false, _) => step.to_owned(),
            (true, Some(ids)) if !dice.one_in(5) => dice.pick(ids).as_str().unwrap().to_owned(),
            (true, _) => match dice.below(3) {
                0 => encoded(&odd(dice)),
                1 => (*dice.pick(ODD_IDS)).to_owned(),
                _ => format!("new-{}", dice.below(3)),
            },
        };
        path = format!("{path}/{id}");
        list = step;
    }
    path
}

const ODD_IDS: &[&str] = &[
    "%00",
    "%ff",
    "%c0%af",
    "%",
    "%zz",
    "..",
    "%2e%2e",
    "%2F",
    "a%2Fb",
    "%F0%9F%92%A9",
    "a+b",
    "a%20b",
    "*",
    "'",
    "%27%20or%201%3D1--",
    "null",
    "0",
    "-1",
    ";x=1",
];

pub(super) const MEDIA_TYPES: &[&[u8]] = &[
    b"text/plain",
    b"application/xml",
    b"multipart/form-data; boundary=x",
    b"",
    b"\xff",
    b"application/json; charset=utf-16",
    b"application/x-www-form-urlencoded",
    b"json",
];

/// Texts that are hard to bear.
pub(super) fn texts() -> Vec<String> {
    let mut texts = vec![
        String::new(),
        " ".to_owned(),
        "\0".to_owned(),
        "a\0b".to_owned(),
        "\u{7f}\u{1b}[31m\r\n".to_owned(),
        "\u{202e}\u{2066}desrever".to_owned(),
        "\u{feff}\u{200b}\u{ad}".to_owned(),
        "\u{10ffff}\u{e000}\u{fdd0}\u{ffff}".to_owned(),
        "\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467}".to_owned(),
        "Z\u{351}\u{36b}\u{343}a\u{36b}lgo".to_owned(),
        "x".repeat(10_000),
        "\u{1f9ea}".repeat(10_000),
        "x".repeat(10_001),
        "{".repeat(2_000),
        "{offerTitle".to_owned(),
        "<nextPayment>{{amountDue}}{unknown}".to_owned(),
        "'; drop table customers; --".to_owned(),
        "<script>alert(1)</script>".to_owned(),
        "NaN".to_owned(),
        "1e400".to_owned(),
        "-0".to_owned(),
        "99999999999999.99".to_owned(),
        "100000000000000".to_owned(),
        "999999999999999".to_owned(),
        "0.123456789".to_owned(),
        "9223372036854775807".to_owned(),
        "P0D".to_owned(),
        "P101Y".to_owned(),
        "P100Y".to_owned(),
        "XXX".to_owned(),
        "KWD".to_owned(),
        "0000-01-01".to_owned(),
        "0001-01-01".to_owned(),
        "9999-12-31".to_owned(),
        "+10000-01-01".to_owned(),
        "10000-01-01".to_owned(),
        "2026-02-30".to_owned(),
        "2026-02-28T24:00:00Z".to_owned(),
        "0001-01-01T00:00:00+23:59".to_owned(),
        "9999-12-31T23:59:60Z".to_owned(),
        "9999-12-31T23:59:59-23:59".to_owned(),
        "https://shop.example/\u{202e}".to_owned(),
        "javascript:alert(1)".to_owned(),
        "ada".to_owned(),
        "Etc/GMT-14".to_owned(),
    ];
    // One from every plane.
    let planes = (0..17_u32).filter_map(|plane| char::from_u32(plane * 0x1_0000 + 0x1234));
    texts.push(planes.collect());
    texts
}

fn odd(dice: &mut Dice) -> String {
    dice.pick(&texts()).clone()
}

fn odd_value(dice: &mut Dice) -> Value {
    match dice.below(12) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(dice.pick(&[0, -1, 1, i64::MAX, i64::MIN, 2_147_483_648, 1 << 53])),
        3 => json!(u64::MAX),
        4 => json!(dice.pick(&[0.5, 1e308, -0.0, 1.0, 1e20])),
        5 => json!([]),
        6 => json!({}),
        7 => nested(Value::Null, 100),
        8 => json!(vec!["month"; 101]),
        _ => json!(odd(dice)),
    }
}

fn nested(inner: Value, depth: usize) -> Value {
    (0..depth).fold(inner, |inner, n| if n % 2 == 0 { json!([inner]) } else { json!({"a": inner}) })
}

/// Replaces, removes or adds something somewhere.
fn spoil(body: &mut Value, dice: &mut Dice) {
    let mut places = Vec::new();
    pointers(body, String::new(), &mut places);
    let place = dice.pick(&places).clone();
    let Some(it) = body.pointer_mut(&place) else { return };
    match (dice.below(5), it) {
        (0, Value::Object(members)) => {
            members.insert(odd(dice), odd_value(dice));
        }
        (1, Value::Object(members)) => {
            let names: Vec<_> = members.keys().cloned().collect();
            if !names.is_empty() {
                members.remove(dice.pick(&names));
            }
        }
        (2, Value::Array(elements)) => {
            let again = elements.first().cloned().unwrap_or_else(|| odd_value(dice));
            elements.push(again);
        }
        (3, Value::String(text)) => text.push_str(&odd(dice)),
        (_, it) => *it = odd_value(dice),
    }
}

fn pointers(value: &Value, place: String, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let step = name.replace('~', "~0").replace('/', "~1");
                pointers(member, format!("{place}/{step}"), found);
            }
        }
        Value::Array(elements) => {
            for (n, element) in elements.iter().enumerate() {
                pointers(element, format!("{place}/{n}"), found);
            }
        }
        _ => {}
    }
    found.push(place);
}

/// Text that is no JSON any more, or such that no two readers agree on it.
fn odd_text(text: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    let text = if text.is_empty() { b"{}".to_vec() } else { text };
    let half = text.len() / 2;
    let with = |end: &[u8]| [&text[..], end].concat();
    let first = |start: &[u8]| [start, &text[1..]].concat();
    match dice.below(14) {
        0 => text[..half].to_vec(),
        1 => with(b"x"),
        2 => with(b"\0"),
        3 => [b"\xef\xbb\xbf", &text[..]].concat(),
        4 => first(b"{\"title\":\"a\",\"title\":\"b\","),
        5 => first(b"{\"id\":\"\\ud800\","),
        6 => first(b"{\"title\":\"\\udc00\\ud800x\","),
        7 => first(b"{\"x\":NaN,"),
        8 => first(b"{\"priority\":1e999,"),
        9 => first(b"{\"title\":\"\xff\xfe\","),
        10 => "[".repeat(100_000).into_bytes(),
        11 => first(b"{\"priority\":123456789012345678901234567890,"),
        12 => nested(json!({}), 120).to_string().into_bytes(),
        _ => vec![b' '; 3],
    }
}

fn odd_pair(operation: &Operation, dice: &mut Dice) -> (String, String) {
    let names: Vec<_> = operation.query.keys().cloned().chain(["limitt".to_owned()]).collect();
    (dice.pick(&names).clone(), odd(dice))
}

fn odd_header(dice: &mut Dice) -> (String, Vec<u8>) {
    let headers: [(&str, &[u8]); 10] = [
        ("idempotency-key", b""),
        ("idempotency-key", b"\xff\xfe"),
        ("idempotency-key", b"the same key"),
        ("idempotency-key", b"same"),
        ("if-match", b"*"),
        ("if-match", b"\"nope\", W/\"x\""),
        ("if-match", b"\xff"),
        ("if-none-match", b"*"),
        ("x-request-id", b"\xff"),
        ("accept", b"text/nothing"),
    ];
    let (name, value) = dice.pick(&headers);
    ((*name).to_owned(), value.to_vec())
}

/// Percent-encoded as far as it must be.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:~".contains(&byte);
    let kept = |byte: u8| plain(byte).then(|| char::from(byte).to_string());
    let one = |byte: u8| kept(byte).unwrap_or_else(|| format!("%{byte:02X}"));
    text.bytes().take(3_000).map(one).collect()
}
