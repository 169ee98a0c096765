//! The house rules, executable: which room may look at which, that none lie in circles, how long
//! a file and a line may be, what must not stand in them, and what is public for nobody.
//!
//! The checks are functions over names and texts; `planted` holds each of them to a fault that it
//! must find. Which arrows there are is read where people read it: in `docs/architecture.md`.

#[path = "tidy/items.rs"]
mod items;
#[path = "tidy/methods.rs"]
mod methods;
#[path = "tidy/owed.rs"]
mod owed;
#[path = "tidy/planted.rs"]
mod planted;
#[path = "tidy/rooms.rs"]
mod rooms;
#[path = "tidy/source.rs"]
mod source;

use std::fs;
use std::path::Path;

use owed::{CIRCLES, UNNAMED, WIDE};
use source::{File, sources};

#[track_caller]
fn none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

fn everything() -> Vec<File> {
    ["src", "tests", "benches"].into_iter().flat_map(sources).collect()
}

#[test]
fn every_arrow_points_the_way_of_the_table() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md");
    let arrows = rooms::arrows(&fs::read_to_string(page).expect("the page"));
    none(&rooms::forbidden(&sources("src"), &arrows));
}

#[test]
fn no_folder_holds_a_circle_but_those_that_are_listed() {
    none(&rooms::unlisted(&sources("src"), CIRCLES));
}

#[test]
fn no_file_is_longer_than_a_reader_bears_and_each_says_what_it_owns() {
    none(&items::long_or_silent(&everything()));
}

#[test]
fn no_line_is_wider_than_a_reader_bears() {
    none(&items::more_than_owed(items::wide(&everything()), WIDE));
}

#[test]
fn no_two_types_share_a_name() {
    none(&items::twins(&sources("src")));
}

#[test]
fn no_doc_comment_is_a_riddle() {
    none(&items::riddles(&sources("src")));
}

#[test]
fn banned_words_stay_out() {
    none(&items::banned(&sources("src")));
}

#[test]
fn only_the_one_door_knows_the_dialect() {
    none(&items::dialects(&sources("src")));
}

#[test]
fn what_is_public_is_named_by_somebody_else() {
    let others = ["tests", "benches"].into_iter().flat_map(sources);
    // The list of what is owed names it.
    let others: Vec<File> = others.filter(|(name, _)| !name.starts_with("tests/tidy")).collect();
    none(&items::not_owed(items::dead(&sources("src"), &others), UNNAMED));
}

#[test]
fn every_crate_says_why_it_is_here() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| fs::read_to_string(root.join(name)).expect(name);
    none(&items::unexplained(&read("Cargo.toml"), &read("docs/architecture.md")));
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |folder: &str| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder);
        let mut names: Vec<String> = fs::read_dir(root)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    };
    none(&items::unpaired(&names("sqlite"), &names("postgres")));
}
