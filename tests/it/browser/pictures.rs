//! The README's pictures, taken of the demo. `UPDATE_GOLDEN=1` takes them anew. Pixels differ from
//! machine to machine and are not compared: a picture is stale where the page says something else
//! than it did when the picture was taken.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::{Page, demo_as_started};

/// Every picture with its width and height.
const PICTURES: [(&str, (u32, u32)); 3] =
    [("checkout", (1280, 860)), ("path", (1280, 760)), ("graph", (1280, 860))];

/// The most bytes of one.
const BYTES_MAX: usize = 150_000;

#[test]
fn the_pictures_in_the_readme_show_the_pages_of_today() {
    demo_as_started(async |page: &Page| {
        let mut texts = String::new();
        for (name, size) in PICTURES {
            show(page, name).await;
            let (png, text) = page.picture(size).await;
            hold(name, size, &png);
            // How it is broken into lines is a matter of fonts.
            let words: Vec<&str> = text.split_whitespace().collect();
            let digest = Sha256::digest(words.join(" "));
            let digest = u64::from_be_bytes(digest[..8].try_into().unwrap());
            writeln!(texts, "{name} {digest:016x}").unwrap();
        }
        let file = folder().join("texts");
        if is_update() {
            fs::write(&file, &texts).unwrap();
        }
        let noted = fs::read_to_string(&file).unwrap();
        assert_eq!(texts, noted, "a picture is stale: UPDATE_GOLDEN=1 takes them anew");
    });
}

/// Opens the page of a picture.
async fn show(page: &Page, name: &str) {
    match name {
        "checkout" => {
            page.open("/demo").await;
            page.go("li:has(input[value=ina]) button").await;
        }
        "path" => {
            page.open("/demo").await;
            page.go("form[action='/demo/backend'] button").await;
            page.open("/backend/paths/month-to-premium").await;
            page.see("#insight *").await;
        }
        _ => {
            page.open("/backend/graph").await;
            page.see("[data-drawn]").await;
        }
    }
}

/// Holds the file against the page: it is a PNG of the page's size, and not too large.
fn hold(name: &str, size: (u32, u32), png: &[u8]) {
    let file = folder().join(format!("{name}.png"));
    if is_update() {
        fs::create_dir_all(folder()).unwrap();
        fs::write(&file, png).unwrap();
    }
    let kept = fs::read(&file).unwrap();
    assert_eq!(measured(png), size, "{name} as it is now");
    assert_eq!(measured(&kept), size, "{name} as it is kept");
    assert!(kept.len() <= BYTES_MAX, "{name} has {} bytes", kept.len());
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(readme).unwrap();
    assert!(readme.contains(&format!("docs/{name}.png")), "{name} stands nowhere");
}

/// Width and height of a PNG.
fn measured(png: &[u8]) -> (u32, u32) {
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}

fn is_update() -> bool {
    std::env::var_os("UPDATE_GOLDEN").is_some()
}
