//! The backend in German: for whoever asks for it, on every page, and only what is ours.

use axum::http::Method;

use super::book::furnished;
use super::table::Route;
use crate::api::backend::{Visitor, send};
use crate::support::both_books;
use crate::world::{ADMIN_KEY, Answer, World};

both_books! {
    every_page_speaks_german_and_only_german,
    a_language_that_was_picked_is_remembered,
}

/// English words that are no German ones.
const ENGLISH: [&str; 26] = [
    "the", "is", "of", "and", "not", "or", "for", "to", "with", "what", "you", "it", "are", "has",
    "by", "from", "this", "that", "there", "nothing", "yet", "who", "when", "which", "be", "your",
];

/// A page as it is asked for in these languages.
async fn read(visitor: &Visitor, path: &str, languages: &str) -> Answer {
    let headers = [("cookie", visitor.cookie.as_str()), ("accept-language", languages)];
    visitor.world.call(Method::GET, path, &headers, None).await
}

/// What is read on a page, tag by tag: without code, what is typed, and scripts.
fn texts(page: &str) -> Vec<String> {
    let mut page = page.to_owned();
    for (open, close) in [("<code", "</code>"), ("<textarea", "</textarea>"), ("<bdi", "</bdi>")] {
        while let Some(start) = page.find(open) {
            let end = page[start..].find(close).map_or(page.len(), |end| start + end + close.len());
            page.replace_range(start..end, " ");
        }
    }
    let spoken = ["data-label=\"", "aria-label=\"", "placeholder=\""];
    let attributes = spoken.iter().flat_map(|name| page.split(name).skip(1));
    let attributes = attributes.map(|rest| rest.split('"').next().unwrap_or_default().to_owned());
    let between = page.split('>').map(|part| part.split('<').next().unwrap_or_default().to_owned());
    attributes.chain(between).filter(|text| !text.trim().is_empty()).collect()
}

fn english_in(text: &str) -> Option<&'static str> {
    let words: Vec<String> = text
        .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .map(str::to_lowercase)
        .collect();
    ENGLISH.into_iter().find(|english| words.iter().any(|word| word == english))
}

async fn every_page_speaks_german_and_only_german(url: String) {
    let (world, names) = furnished(&url, "Qwxyz").await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let mut faults = Vec::new();
    for route in Route::inside().filter(|route| route.is_get()) {
        let answer = read(&visitor, &route.target(&names), "de-AT,de;q=0.9,en;q=0.5").await;
        if !answer.header("content-type").starts_with("text/html") {
            continue;
        }
        // A fragment has no head.
        let is_whole = answer.text.contains("<html");
        assert!(!is_whole || answer.text.contains("<html lang=\"de\">"), "{}", route.name());
        let told = texts(&answer.text);
        let english = told.iter().filter(|text| english_in(text).is_some());
        faults.extend(english.map(|text| format!("{}: {}", route.name(), text.trim())));
    }
    let missing = read(&visitor, "/backend/no/such/page", "de").await;
    assert!(missing.text.contains("an dieser Adresse gibt es keine Seite"), "{missing:?}");
    faults.dedup();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

async fn a_language_that_was_picked_is_remembered(url: String) {
    let (world, _) = furnished(&url, "Title").await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let page = read(&visitor, "/backend/offers", "fr, ja;q=0.5").await.text;
    assert!(page.contains("<html lang=\"en\">") && page.contains("Deutsch</button>"), "{page}");
    let picked = visitor.post("/backend/language", "to=de&back=%2Fbackend%2Foffers", &[]).await;
    assert_eq!((picked.status, picked.header("location")), (303, "/backend/offers"));
    let cookie = picked.header("set-cookie").split(';').next().unwrap().to_owned();
    let german = Visitor { cookie: format!("{}; {cookie}", visitor.cookie), ..visitor.at(&world) };
    let page = read(&german, "/backend/offers", "en").await.text;
    assert!(page.contains("Angebote") && page.contains("English</button>"), "{page}");
    assert!(
        page.contains("9,90") && page.contains("€ pro Monat") && page.contains(">Title<"),
        "{page}"
    );
    let saved = german.post("/backend/tags/+new", "%2Ftitle=Neu", &[]).await;
    assert_eq!(saved.status, 303, "{saved:?}");
    let wrong = german.post("/backend/tags/+new", "%2Ftitle=", &[]).await;
    assert!(wrong.text.contains("So lässt es sich nicht speichern"), "{wrong:?}");
    assert!(wrong.text.contains("Füllen Sie das aus."), "{wrong:?}");
    for (form, to) in [
        ("to=xx&back=%2Fbackend%2Ftags", "/backend/tags"),
        ("to=xx&back=https%3A%2F%2Fevil.example", "/backend"),
    ] {
        let answer = german.post("/backend/language", form, &[]).await;
        assert_eq!((answer.status, answer.header("location")), (303, to));
        assert_eq!(answer.header("set-cookie"), "", "a language that nobody speaks");
    }
    // At the door, too, where nobody is signed in yet.
    let nobody: World = world.with_key("");
    let door =
        nobody.call(Method::GET, "/backend/sign-in", &[("accept-language", "de")], None).await;
    assert!(door.text.contains("Mit einem Ihrer API-Schlüssel"), "{door:?}");
    let picked = send(&nobody, "/backend/language", &[], "to=de&back=".to_owned()).await;
    assert!(picked.header("set-cookie").starts_with("cg_language=de; "), "{picked:?}");
}
