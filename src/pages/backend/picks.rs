//! What a rule picks from the catalogue: as a line such as `brand: Acme`, which says all that the
//! API can say and is read back as just that, and as a list of titles to pick from.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::app::reads::Page;
use crate::domain::catalogue::{Offer, Product, Tag};
use crate::pages::backend::answer::Failure;
use crate::pages::backend::definitions::{PICKED_MAX, on_a_line};
use crate::pages::backend::form_values::lines;
use crate::pages::backend::session::Session;
use crate::render::backend::form::{Field, Kind};
use crate::render::backend::phrase::{Phrase, phrase};

/// How many options all lists of a page may have together; with more of them, it is typed.
const OPTIONS_MAX: usize = 20_000;

/// By what products can be picked.
const KEYS: [&str; 4] = ["product", "brand", "tag", "offer"];

/// What can be picked, with its titles.
#[derive(Default)]
pub(super) struct Pickable {
    products: BTreeMap<String, String>,
    brands: BTreeSet<String>,
    tags: BTreeMap<String, String>,
    offers: BTreeMap<String, String>,
    /// Whether there is nothing more.
    is_whole: bool,
}

impl Pickable {
    /// All of it, as far as forms name things.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub(super) async fn of(session: &Session) -> Result<Self, Failure> {
        let all = || Page::first(PICKED_MAX);
        let (app, merchant) = (&session.app, &session.merchant);
        let products = app.list::<Product>(merchant, all()).await?;
        let tags = app.list::<Tag>(merchant, all()).await?;
        let offers = app.list::<Offer>(merchant, all()).await?;
        let most = usize::try_from(PICKED_MAX).unwrap_or(usize::MAX);
        let is_whole = [products.len(), tags.len(), offers.len()].into_iter().all(|it| it < most);
        let brands = products.iter().filter_map(|product| product.brand.clone()).collect();
        Ok(Self {
            products: products.iter().map(|it| (it.id.to_string(), on_a_line(&it.title))).collect(),
            brands,
            tags: tags.iter().map(|it| (it.id.to_string(), on_a_line(&it.title))).collect(),
            offers: offers
                .iter()
                .map(|it| (it.terms.offer.to_string(), on_a_line(&it.terms.title)))
                .collect(),
            is_whole,
        })
    }

    /// What is picked, in words.
    pub(super) fn title(&self, pick: &Value) -> Phrase {
        let named = |titles: &BTreeMap<String, String>, id: &str| -> Phrase {
            let known = titles.get(id).cloned();
            match id {
                "" => "…".into(),
                id => known.unwrap_or_else(|| on_a_line(id)).into(),
            }
        };
        if let Some(id) = pick.as_str() {
            return named(&self.products, id);
        }
        let Some((key, value)) = pick.as_object().and_then(|members| members.iter().next()) else {
            return "…".into();
        };
        let id = value.as_str().unwrap_or_default();
        match key.as_str() {
            "product" => named(&self.products, id),
            "brand" => phrase!("the brand “{}”", on_a_line(id)),
            "tag" => phrase!("what is tagged “{}”", named(&self.tags, id)),
            "offer" => phrase!("the offer “{}”", named(&self.offers, id)),
            _ => "everything".into(),
        }
    }

    /// A field that picks a product, as a list of titles if so many of them have room on a page.
    pub(super) fn of_products(&self, field: Field, lists: usize) -> Field {
        let options = self.products.iter().map(|(id, title)| (id.clone(), title.clone().into()));
        self.picker(field, lists, options.collect(), "The id of a product.")
    }

    /// A field that picks lines of an order.
    pub(super) fn of_selectors(&self, field: Field, lists: usize) -> Field {
        let options = std::iter::once(option(&json!({"any": true}), "Everything".into()))
            .chain(self.products.iter().map(|(id, title)| {
                option(&json!({ "product": id }), phrase!("Product: {}", title))
            }))
            .chain(self.others());
        self.picker(field, lists, options.collect(), SELECTOR)
    }

    /// A field that picks a product as such, or what picks some.
    pub(super) fn of_suggestions(&self, field: Field, lists: usize) -> Field {
        let products = self.products.iter();
        let options = products
            .map(|(id, title)| option(&json!(id), phrase!("Product: {}", title)))
            .chain(self.others())
            .chain([option(&json!({"any": true}), "Everything".into())]);
        self.picker(field, lists, options.collect(), SUGGESTION)
    }

    fn others(&self) -> impl Iterator<Item = (String, Phrase)> {
        let brands = self.brands.iter();
        let brands = brands
            .map(|name| option(&json!({ "brand": name }), phrase!("Brand: {}", on_a_line(name))));
        let tags = self.tags.iter();
        let tags = tags.map(|(id, title)| option(&json!({ "tag": id }), phrase!("Tag: {}", title)));
        let offers = self.offers.iter();
        let offers =
            offers.map(|(id, title)| option(&json!({ "offer": id }), phrase!("Offer: {}", title)));
        brands.chain(tags).chain(offers)
    }

    fn picker(
        &self,
        field: Field,
        lists: usize,
        options: Vec<(String, Phrase)>,
        typed: &'static str,
    ) -> Field {
        if !self.is_whole || lists.saturating_mul(options.len()) > OPTIONS_MAX {
            return Field { kind: Kind::Text, hint: typed, options: Vec::new(), ..field };
        }
        let none = if field.required { "Pick one" } else { "Nothing more" };
        let named = options.iter().any(|(value, _)| *value == field.value);
        // What was picked in another way has its title, too.
        let kept = Some(field.value.clone()).filter(|value| !named && !value.is_empty());
        let kept = kept.map(|line| (line.clone(), self.title(&read(&line))));
        let first = std::iter::once((String::new(), Phrase::from(none)));
        field.with_options(first.chain(options).chain(kept))
    }
}

const SELECTOR: &str = "Such as product: mug, brand: Acme, tag: sale, offer: month, or any: true.";
const SUGGESTION: &str = "The id of a product, or such as brand: Acme, tag: sale or offer: month.";

fn option(pick: &Value, label: Phrase) -> (String, Phrase) {
    (written(pick), label)
}

/// What is picked as a line: a product by its id, or such as `brand: Acme`.
pub(super) fn written(pick: &Value) -> String {
    if let Some(id) = pick.as_str() {
        return if key_of(id).is_some() { json!(id).to_string() } else { plain(id) };
    }
    let words = pick.as_object().into_iter().flatten().map(|(key, value)| {
        format!("{key}: {}", value.as_str().map_or_else(|| value.to_string(), plain))
    });
    words.collect::<Vec<_>>().join(", ")
}

/// Such a line, as the API takes it.
pub(super) fn read(line: &str) -> Value {
    let line = line.trim();
    match key_of(line) {
        Some(("any", _)) => json!({"any": true}),
        Some((key, name)) => Value::Object(Map::from_iter([(key.to_owned(), unquoted(name))])),
        None => unquoted(line),
    }
}

/// The same where it can only be what picks lines of an order.
pub(super) fn read_selector(line: &str) -> Value {
    match read(line) {
        Value::String(product) => json!({ "product": product }),
        selector => selector,
    }
}

/// By what a line picks, and which.
fn key_of(line: &str) -> Option<(&str, &str)> {
    let (key, name) = line.split_once(':')?;
    let (key, name) = (key.trim(), name.trim());
    let is_all = key == "any" && name == "true";
    (KEYS.contains(&key) || is_all).then_some((key, name))
}

/// A name on a line of its own; in quotes, as JSON has it, where it would be read as another.
pub(super) fn plain(name: &str) -> String {
    let is_plain = name.trim() == name
        && !name.is_empty()
        && !name.starts_with('"')
        && !name.contains(char::is_control);
    if is_plain { name.to_owned() } else { json!(name).to_string() }
}

/// A name that may stand in quotes.
pub(super) fn unquoted(line: &str) -> Value {
    let quoted = Some(line).filter(|line| line.starts_with('"'));
    let quoted = quoted.and_then(|line| serde_json::from_str::<String>(line).ok());
    Value::String(quoted.unwrap_or_else(|| line.to_owned()))
}

/// A list of products and of what picks some, a line each.
pub(super) fn picks_as_lines(said: &Value, at: &str) -> String {
    let picks = said.pointer(at).and_then(Value::as_array).into_iter().flatten();
    picks.map(written).collect::<Vec<_>>().join("\n")
}

/// Such lines, as the API takes them.
pub(super) fn picks_of_lines(typed: &str) -> Value {
    lines(typed).map(|(_, line)| read(line)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::backend::forms::{FormValues, Spec, form};

    #[test]
    fn what_picks_products_is_read_as_it_is_written() {
        let said =
            json!({"triggers": ["shirt", {"brand": "A: B"}, {"tag": "sale"}, {"offer": "m"}]});
        let lines = picks_as_lines(&said, "/triggers");
        assert_eq!(lines, "shirt\nbrand: A: B\ntag: sale\noffer: m");
        assert_eq!(picks_of_lines(&lines), said["triggers"]);
    }

    #[test]
    fn whatever_is_picked_is_one_line_and_read_back_as_just_that() {
        let names = [
            "a",
            " a ",
            "any: true",
            "any",
            "tag: x",
            "\"",
            "\"a\"",
            "a\nb\r\nc\td",
            "\u{85}",
            "\u{202e}",
            "brand:",
            ":",
            "a, b",
            "{}",
            "\\",
            "\u{a0}a",
            "product : p",
            "\u{2028}",
        ];
        for name in names {
            let selectors = KEYS.map(|key| json!({ key: name }));
            for pick in selectors.into_iter().chain([json!(name), json!({"any": true})]) {
                let line = written(&pick);
                assert_eq!(line.lines().count(), 1, "{line}");
                assert_eq!(read(&line), pick, "{line}");
                assert_eq!(picks_of_lines(&format!(" {line} \n")), json!([pick]), "{line}");
            }
        }
    }

    #[test]
    fn a_bare_id_where_lines_are_picked_is_a_product() {
        for (line, selector) in [
            ("mug", json!({"product": "mug"})),
            (" brand : Acme ", json!({"brand": "Acme"})),
            ("any: true", json!({"any": true})),
            ("any: thing", json!({"product": "any: thing"})),
        ] {
            assert_eq!(read_selector(line), selector, "{line}");
        }
    }

    #[test]
    fn what_has_no_room_in_lists_is_typed_in_the_same_words() {
        const OF: &[Spec] = &[Spec::new("/of", "Of what", Kind::Choice).required()];
        let field = |line: &str| {
            let values = FormValues::default().with("/of", line);
            form(OF, &values, None).fields.remove("of").unwrap()
        };
        let mug = BTreeMap::from([("mug".to_owned(), "Mug".to_owned())]);
        let whole = Pickable { products: mug, is_whole: true, ..Pickable::default() };
        let picked = |field: &Field| -> Vec<Phrase> {
            let picked = field.options.iter().filter(|choice| choice.selected);
            picked.map(|choice| choice.label.clone()).collect()
        };
        let listed = whole.of_selectors(field("product: mug"), 1);
        assert_eq!(
            (listed.kind, picked(&listed)),
            (Kind::Choice, vec![phrase!("Product: {}", "Mug".to_owned())])
        );
        let gone = whole.of_selectors(field("tag: gone"), 1);
        assert_eq!(picked(&gone), ["what is tagged “gone”"], "what is stored stays picked");
        let more = Pickable { is_whole: false, ..Pickable::default() };
        for (known, lists) in [(&more, 1), (&whole, OPTIONS_MAX)] {
            let typed = known.of_selectors(field("product: mug"), lists);
            assert_eq!((typed.kind, typed.value.as_str()), (Kind::Text, "product: mug"));
            assert!(typed.options.is_empty() && typed.hint.contains("brand: Acme"));
        }
    }

    #[test]
    fn titles_stand_in_place_of_ids_where_they_are_known() {
        let one = |id: &str, title: &str| BTreeMap::from([(id.to_owned(), title.to_owned())]);
        let known = Pickable {
            products: one("mug", "Mug"),
            tags: one("sale", "Sale"),
            offers: one("month", "Month"),
            ..Pickable::default()
        };
        for (pick, told) in [
            (json!("mug"), "Mug"),
            (json!({"product": "cap"}), "cap"),
            (json!({"tag": "sale"}), "what is tagged “Sale”"),
            (json!({"offer": "month"}), "the offer “Month”"),
            (json!({"brand": "Acme"}), "the brand “Acme”"),
            (json!({"any": true}), "everything"),
            (json!({}), "…"),
            (json!({"product": ""}), "…"),
        ] {
            assert_eq!(known.title(&pick), told, "{pick}");
        }
    }
}
