//! What every page and every operation answers, kept word for word as files in `golden`.
//!
//! Both databases must answer the same. `UPDATE_GOLDEN=1` writes anew what the first of them
//! answers: what has changed is then read in the difference, and kept or mended. `masks` is the
//! one place where what no two runs share is given a name; `pages`, `hosted` and `api` say what is
//! looked at.

mod api;
mod hosted;
mod masks;
mod pages;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::postgres;

/// The snapshots of one folder: file name → text.
#[derive(Debug, Default)]
pub(crate) struct Album(BTreeMap<String, String>);

impl Album {
    /// Keeps one. A name is given once.
    #[track_caller]
    pub(crate) fn keep(&mut self, name: &str, text: String) {
        assert!(!text.is_empty(), "{name} shows nothing");
        let before = self.0.insert(name.to_owned(), text);
        assert_eq!(before, None, "there are two of {name}");
    }

    /// Holds all of them against a folder of `golden`, which holds these and no others.
    #[track_caller]
    fn hold(&self, folder: &str) {
        let mut faults = String::new();
        let golden = golden(folder);
        for (name, text) in &self.0 {
            match golden.get(name) {
                None => writeln!(faults, "{name} is new").unwrap(),
                Some(agreed) if agreed != text => faults.push_str(&difference(name, agreed, text)),
                Some(_) => {}
            }
        }
        for name in golden.keys().filter(|name| !self.0.contains_key(*name)) {
            writeln!(faults, "{name} is shown no more").unwrap();
        }
        assert!(faults.is_empty(), "UPDATE_GOLDEN=1 accepts it:\n{faults}");
    }

    fn write(&self, folder: &str) {
        let place = place(folder);
        fs::remove_dir_all(&place).ok();
        fs::create_dir_all(&place).unwrap();
        for (name, text) in &self.0 {
            fs::write(place.join(name), text).unwrap();
        }
    }
}

fn place(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden").join(folder)
}

fn golden(folder: &str) -> BTreeMap<String, String> {
    let files = fs::read_dir(place(folder)).into_iter().flatten();
    let read = |file: std::io::Result<fs::DirEntry>| {
        let path = file.unwrap().path();
        (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(path).unwrap())
    };
    files.map(read).collect()
}

/// The first line that differs, with the line before it.
fn difference(name: &str, agreed: &str, text: &str) -> String {
    let (agreed, text): (Vec<_>, Vec<_>) = (agreed.lines().collect(), text.lines().collect());
    let longest = agreed.len().max(text.len());
    let at = (0..longest).find(|at| agreed.get(*at) != text.get(*at)).unwrap_or(longest);
    let line = |lines: &[&str]| lines.get(at).copied().unwrap_or("(the end)").to_owned();
    let before = at.checked_sub(1).map_or("", |before| text[before]);
    format!("{name}:{}:\n   {before}\n-  {}\n+  {}\n", at + 1, line(&agreed), line(&text))
}

/// Takes the pictures of a folder on both databases: an empty book's address in, an album out.
async fn compare(folder: &str, take: impl AsyncFn(String) -> Album) {
    let place = tempfile::tempdir().unwrap();
    let album = take(format!("sqlite:{}", place.path().join("book.db").display())).await;
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        album.write(folder);
    }
    album.hold(folder);
    if let Some(database) = postgres::empty().await {
        take(postgres::url_of(&database)).await.hold(folder);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_of_the_backend_and_the_demo_reads_as_agreed() {
    compare("pages", pages::take).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_of_the_hosted_checkout_reads_as_agreed_in_every_language() {
    compare("hosted", hosted::take).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_answers_as_agreed() {
    compare("api", api::take).await;
}

#[test]
fn a_snapshot_that_differs_says_where() {
    let told = difference("a", "one\ntwo\n", "one\nthree\n");
    assert_eq!(told, "a:2:\n   one\n-  two\n+  three\n");
    assert!(difference("a", "one", "one\ntwo").contains("-  (the end)\n+  two"));
}
