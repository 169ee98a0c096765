//! A planted fault for each check, and what must be said of it. A check that is blind fails here.

use super::items::{
    BANNED, COLUMNS_MAX, LINES_MAX, banned, dead, dialects, long_or_silent, more_than_owed,
    not_owed, riddles, twins, unexplained, unpaired, wide,
};
use super::rooms::{arrows, circles, forbidden, unlisted};
use super::source::{File, code};

fn files(files: &[(&str, &str)]) -> Vec<File> {
    files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

const PAGE: &str = "
<!-- arrows: begin -->
| folder | may look at |
|---|---|
| `domain` | – |
| `rules` | `domain` |
| `app` | `domain`, `rules` |
| `main` | `app` |
<!-- arrows: end -->";

/// What names what, in a file of `rules`: how many lines are at fault.
const LOOKS: &[(&str, &str, &[usize])] = &[
    ("downwards", "use crate::domain::Money;", &[]),
    ("at itself", "use crate::rules::lint; use self::x; use super::rules;", &[]),
    ("upwards", "use crate::app::App;", &[1]),
    ("in a list", "use crate::{domain::Money, app::App};", &[1]),
    ("in a list over lines", "use crate::{\n    domain::{Money, Day},\n    app,\n};", &[3]),
    ("in the place where it is needed", "fn a() {\n    crate::app::b();\n}", &[2]),
    ("out of the folder", "use super::app::App;", &[1]),
    ("out of the folder in a list", "use super::{domain, app::App};", &[1]),
    ("to give it on", "pub use crate::app::App;", &[1]),
    ("under another name", "use crate::app as domain;", &[1]),
    ("in a comment", "// crate::app\n/// [`crate::app::App`]\n/* crate::app */", &[]),
    ("in a text", "const A: &str = \"crate::app\"; const B: &str = r#\"\" crate::app\"#;", &[]),
    ("after a lifetime", "fn a<'a>(b: &'a crate::app::App) -> char { 'c' }", &[1]),
    ("in tests", "#[cfg(test)]\nmod tests {\n    use crate::app::App;\n}", &[]),
];

#[test]
fn a_look_where_none_may_is_seen_however_it_is_written() {
    let arrows = arrows(PAGE);
    let house = |text: &str| {
        files(&[
            ("src/lib.rs", "pub mod app; pub mod domain; pub mod rules;"),
            ("src/main.rs", "use crossgrade::app;"),
            ("src/domain/mod.rs", ""),
            ("src/app/mod.rs", "use crate::rules;"),
            ("src/rules.rs", text),
        ])
    };
    for (how, text, lines) in LOOKS {
        let wanted: Vec<String> = lines
            .iter()
            .map(|line| format!("src/rules.rs:{line}: `rules` may not look at `app`"))
            .collect();
        assert_eq!(forbidden(&house(text), &arrows), wanted, "{how}");
    }
    let deep = files(&[
        ("src/main.rs", "use crossgrade::rules;"),
        ("src/app/mod.rs", ""),
        ("src/domain.rs", ""),
        ("src/rules/deep/er.rs", "use super::super::super::app::App;"),
        ("src/other.rs", ""),
    ]);
    let wanted = [
        "src/main.rs:1: `main` may not look at `rules`",
        "src/other.rs: `other` is not in the table",
        "src/rules/deep/er.rs:1: `rules` may not look at `app`",
    ];
    let mut found = forbidden(&deep, &arrows);
    found.sort();
    // Paths from a file of the folder above, too.
    assert_eq!(found, wanted);
    let own = "<!-- arrows: begin -->\n| `a` | `a` |\n| `lib` | |\n<!-- arrows: end -->";
    let itself = [("src/lib.rs", "pub use a::X;"), ("src/a.rs", "use crate::a;")];
    assert_eq!(forbidden(&files(&itself), &super::rooms::arrows(own)), [""; 0]);
    let gone = forbidden(&files(&[("src/domain.rs", ""), ("src/rules.rs", "")]), &arrows);
    let wanted = ["app", "main"].map(|it| format!("the table knows `{it}`, which is gone"));
    assert_eq!(gone, wanted);
}

/// Folders and their rooms.
type Circles<'a> = &'a [(&'a str, &'a [&'a str])];
/// What it is called, its sources, and the circles in it.
type House<'a> = (&'a str, &'a [(&'a str, &'a str)], Circles<'a>);

#[test]
fn a_circle_is_seen_in_every_folder_and_the_list_of_them_is_no_longer_than_needed() {
    let table: &[House] = &[
        ("no circle", &[("src/a/b.rs", "use super::c;"), ("src/a/c.rs", "")], &[]),
        (
            "two",
            &[("src/a/b.rs", "use super::c;"), ("src/a/c.rs", "use crate::a::b::X;")],
            &[("a", &["b", "c"])],
        ),
        (
            "three, in lists",
            &[
                ("src/a/b.rs", "use super::{c::X, e};"),
                ("src/a/c.rs", "use crate::{a::d, e};"),
                ("src/a/d.rs", "fn x() { super::b::y() }"),
                ("src/a/e.rs", ""),
            ],
            &[("a", &["b", "c", "d"])],
        ),
        (
            "between folders",
            &[("src/a/b.rs", "use crate::e;"), ("src/e/f.rs", "use crate::a::b;")],
            &[("src", &["a", "e"])],
        ),
        (
            "a folder and its own file",
            &[("src/a/mod.rs", "mod b; fn x() { b::y() }"), ("src/a/b.rs", "use super::X;")],
            &[("a", &["b", "mod"])],
        ),
        (
            "what the own file gives on is where it comes from",
            &[
                ("src/a/mod.rs", "mod b; mod c; pub use c::X;"),
                ("src/a/b.rs", "use super::X;"),
                ("src/a/c.rs", "use crate::a::b::Y;"),
            ],
            &[("a", &["b", "c"])],
        ),
        (
            "for whom it is visible",
            &[
                ("src/a/mod.rs", "mod b; fn x() { b::y() }"),
                ("src/a/b.rs", "pub(in crate::a) fn y() {}"),
            ],
            &[],
        ),
        (
            "only for tests",
            &[
                ("src/a/mod.rs", "#[cfg(test)]\nmod b;\nmod c;\nfn x() { c::y() }"),
                ("src/a/b.rs", "use super::c;"),
                ("src/a/c.rs", "use super::b::Z;\n#[cfg(test)]\nmod tests { use super::b; }"),
            ],
            &[],
        ),
    ];
    circles_are(table);
    let circle = files(&[("src/a/b.rs", "use super::c;"), ("src/a/c.rs", "use super::b;")]);
    assert_eq!(unlisted(&circle, &[]), ["a: b, c lie in a circle"]);
    assert_eq!(unlisted(&circle, &[("a", &["b", "c"], "why")]), [""; 0]);
    let strike = "a: b, c lie in no such circle: strike it";
    assert_eq!(unlisted(&circle[..1], &[("a", &["b", "c"], "why")]), [strike]);
}

#[track_caller]
fn circles_are(table: &[House]) {
    for (what, sources, wanted) in table {
        let wanted: Vec<(String, Vec<String>)> = wanted
            .iter()
            .map(|(folder, rooms)| {
                ((*folder).to_owned(), rooms.iter().map(|room| (*room).to_owned()).collect())
            })
            .collect();
        assert_eq!(circles(&files(sources)), wanted, "{what}");
    }
}

#[test]
fn a_circle_of_methods_that_call_each_other_is_seen() {
    const B: &str = "impl App { async fn x(&self) { self.y::<u8>() } }";
    // Which other file there is, and whether it lies in a circle with that of `x`.
    let table: &[(&str, &str, bool)] = &[
        ("calls back on itself", "impl App { fn y(&self) { self.x().z() } }", true),
        ("by the name of the type", "impl App { fn y() { Self::x(); } }", true),
        ("by a path", "impl App { fn y() { list.map(App::x) } }", true),
        ("from outside the block", "fn z(app: &App) { app.x() }\nimpl App { fn y() {} }", true),
        ("on a field", "impl App { fn y() { z.app.x() } }", true),
        ("over lines", "impl App { fn y() { self\n    .x() } }", true),
        ("with generics", "impl<T: Into<u8>> App<T> where T: A { fn y() { self.x() } }", true),
        ("as a trait", "impl App { fn y() {} }\nimpl Drop for App { fn z() { self.x() } }", true),
        ("calls nobody", "impl App { fn y() { x() } }", false),
        ("calls its own", "impl App { fn y() { self.z() } fn z() {} }", false),
        ("what others have", "impl App { fn y() { z.x() } }", false),
        ("what another type has", "impl App { fn y() {} }\nimpl Z { fn z() { self.x() } }", false),
        ("of a trait", "impl X for App { fn y() { self.x() } }", false),
        ("has a field of that name", "impl App { fn y() { self.x.z() } }", false),
        ("is not called", "impl App { fn z() { self.x() } }", false),
    ];
    for (what, c, is_circle) in table {
        let circle: Circles = if *is_circle { &[("a", &["b", "c"])] } else { &[] };
        circles_are(&[(what, &[("src/a/b.rs", B), ("src/a/c.rs", c)], circle)]);
    }
    let below = ("src/a/b.rs", "use super::c; impl App { fn x() {} }");
    let twice = [("src/a/b.rs", B), ("src/a/c.rs", "impl App { fn y() { self.x() } }")];
    circles_are(&[
        ("elsewhere", &[("src/a/b.rs", B), ("src/e/c.rs", twice[1].1)], &[]),
        ("named alike", &[below, ("src/a/c.rs", "fn y(app: &Z) { app.x() }")], &[]),
        ("of two types", &[twice[0], twice[1], ("src/a/d.rs", "impl App { fn x() {} }")], &[]),
    ]);
}

#[test]
fn long_and_silent_files_and_wide_lines_are_seen() {
    let long = format!("//! Long.\n{}", "\n".repeat(LINES_MAX));
    let found =
        long_or_silent(&files(&[("a.rs", &long), ("b.rs", "fn b() {}"), ("c.rs", "//! C.")]));
    let wanted = ["a.rs: 601 lines, 600 at most", "b.rs: begin with //! and what the file owns"];
    assert_eq!(found, wanted);
    let (fits, comment) = ("é".repeat(COLUMNS_MAX), format!("//{}", " ".repeat(COLUMNS_MAX)));
    let found = wide(&files(&[("a.rs", &fits), ("b.rs", &format!("\n{comment}"))]));
    assert_eq!(found, ["b.rs:2: 102 columns"]);
}

#[test]
fn words_that_must_not_be_there_are_seen() {
    let table = [
        ("src/clock.rs", "let now = Utc::now();", vec![]),
        ("src/a.rs", "// Utc::now\nlet now = \"Utc::now\";", vec![]),
        ("src/a.rs", "// FIXME", vec!["src/a.rs: FIXME: finish it"]),
        ("src/a.rs", "x(); // fine\ntodo!()", vec!["src/a.rs: todo!: finish it"]),
        ("src/a.rs", "#[cfg(test)]\nmod tests {\n    Utc::now();\n}", vec![]),
    ];
    for (name, text, wanted) in table {
        assert_eq!(banned(&files(&[(name, text)])), wanted, "{text}");
    }
    for (word, _, remedy) in BANNED {
        let text = format!("fn a() {{ {word}(); }}");
        let found = banned(&files(&[("src/a.rs", &text)]));
        assert_eq!(found, [format!("src/a.rs: {word}: {remedy}")]);
    }
    let asks = "match dialect { Dialect::Sqlite => 1 }";
    assert_eq!(dialects(&files(&[("src/app.rs", asks)])), ["src/app.rs: asks for the dialect"]);
    assert_eq!(dialects(&files(&[("src/store/sql.rs", asks)])), [""; 0]);
}

#[test]
fn two_types_of_one_name_are_seen() {
    let (one, other) = ("src/a/b.rs", "src/c.rs");
    let fault = "Step is a type of src/a/b.rs and of src/c.rs: give one another name";
    let table: &[(&str, &str, &str, &[&str])] = &[
        (one, "pub struct Step {", "pub(super) enum Step {", &[fault]),
        (one, "    pub(in crate::a) trait Step<T> {", "pub struct Step;", &[fault]),
        (one, "pub type Step = (i64, i64);", "pub struct Step;", &[fault]),
        (one, "struct Step {", "pub struct Step {", &[]),
        (one, "pub struct Steps {", "pub struct Step {", &[]),
        (one, "#[cfg(test)]\nmod tests {\n    pub struct Step;\n}", "pub struct Step {", &[]),
        ("src/wire/b.rs", "pub struct Step {", "pub struct Step {", &[]),
    ];
    for (name, first, second, wanted) in table {
        assert_eq!(twins(&files(&[(name, first), (other, second)])), *wanted, "{first}");
    }
}

#[test]
fn a_doc_comment_that_only_asks_is_seen() {
    let table: &[(&str, &[&str])] = &[
        ("    /// Whose.\n    pub a: A,", &["src/a.rs:1: say what it is: /// Whose."]),
        ("/// A.\npub a: A,\n/// How many.\n", &["src/a.rs:3: say what it is: /// How many."]),
        ("/// The customer.\npub a: A,", &[]),
        ("/// Who.\n/// More of it.\npub a: A,", &[]),
    ];
    for (text, wanted) in table {
        assert_eq!(riddles(&files(&[("src/a.rs", text)])), *wanted, "{text}");
    }
}

#[test]
fn a_crate_without_a_reason_is_seen() {
    let manifest = "[package]\nname = \"x\"\n[dependencies]\nserde = \"1\"\nrand = \"0\"\n\
                    [dev-dependencies]\ntempfile = \"3\"\n[profile.dev]\nlto = \"off\"";
    let page = "| rand | not here | … |\n## Crates\n| crate | for | why |\n\
                | serde, tempfile | JSON | … |";
    let wanted = ["rand: say in docs/architecture.md what for, and why"];
    assert_eq!(unexplained(manifest, page), wanted);
}

#[test]
fn a_migration_of_one_database_alone_is_seen() {
    let names = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    let (both, more) = (names(&["0001_a.sql"]), names(&["0001_a.sql", "0002_b.sql"]));
    assert_eq!(unpaired(&both, &both), [""; 0]);
    assert_eq!(unpaired(&more, &both), ["postgres lacks 0002_b.sql"]);
    assert_eq!(unpaired(&both, &more), ["sqlite lacks 0002_b.sql"]);
}

#[test]
fn what_is_public_for_nobody_is_seen() {
    let table: &[(&str, &str, &[&str])] = &[
        ("pub fn used() {}", "a::used();", &[]),
        ("pub fn dead() {}", "", &["dead"]),
        ("pub fn dead() {}\nfn x() { dead() }", "// dead", &["dead"]),
        ("    pub const fn dead() {}", "", &["dead"]),
        ("pub async fn dead() {}", "", &["dead"]),
        ("pub const DEAD: u8 = 1;\npub static ALIVE: u8 = 1;", "ALIVE", &["DEAD"]),
        ("pub struct Dead;\nimpl Display for Dead {}", "", &["Dead"]),
        ("pub struct Shown;\npub fn used() -> Shown {}", "used", &[]),
        ("pub struct Shown;\npub enum Used {\n    One(Shown),\n}", "Used", &[]),
        ("pub struct Shown;\npub struct Used {\n    pub one: Shown,\n}", "Used", &[]),
        ("pub enum Dead { A }\nfn x(a: Dead) {}", "", &["Dead"]),
        ("pub(crate) fn x() {}\npub mod y;\npub use z::Z;", "", &[]),
        ("#[cfg(test)]\nmod tests {\n    pub fn x() {}\n}", "", &[]),
    ];
    for (text, other, wanted) in table {
        let found = dead(&files(&[("a.rs", text)]), &files(&[("b.rs", other)]));
        let told = |fault: &String| fault.split('`').nth(1).unwrap_or_default().to_owned();
        assert_eq!(found.iter().map(told).collect::<Vec<_>>(), *wanted, "{text}");
    }
}

#[test]
fn what_is_owed_is_no_more_than_there_is() {
    let wide = || vec!["a.rs:1: 101 columns".to_owned(), "a.rs:2: 101 columns".to_owned()];
    assert_eq!(more_than_owed(wide(), &[("a.rs", 2)]), [""; 0]);
    assert_eq!(more_than_owed(wide(), &[("a.rs", 1)]), wide());
    assert_eq!(more_than_owed(vec![], &[("a.rs", 1)]), ["a.rs: owes 0, not 1"]);
    let dead = || vec!["a.rs:1: nobody else names `x`".to_owned()];
    assert_eq!(not_owed(dead(), &["x"]), [""; 0]);
    assert_eq!(not_owed(dead(), &[]), dead());
    assert_eq!(not_owed(vec![], &["x"]), ["`x` is owed no more: strike it"]);
}

#[test]
fn comments_and_texts_are_no_code() {
    let table = [
        ("a // b\nc", "a     \nc"),
        ("a \"b // \\\" c\" d", "a             d"),
        ("'\"' a '\\'' b 'c", "    a      b  c"),
        ("r#\"a\"b\"# for_r\"", "         for_r "),
        ("/* a\nb */ c", "    \n     c"),
    ];
    for (text, wanted) in table {
        assert_eq!(code(text, true), wanted, "{text}");
    }
}
