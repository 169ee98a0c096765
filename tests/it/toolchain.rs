//! `rust-version` is true: nothing that is built in asks for a later Rust, and the Rust at hand is
//! one that will do. Whether our own code needs a later one is clippy's `incompatible_msrv` to say.
//! What a build reads is copied where an image is built.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// `1.94` and `1.94.0` as one.
fn version(text: &str) -> (u32, u32, u32) {
    let numbers = text.split(['.', '-', '+', ' ']).map_while(|part| part.parse().ok());
    let numbers: Vec<u32> = numbers.collect();
    let place = |at: usize| numbers.get(at).copied().unwrap_or(0);
    (place(0), place(1), place(2))
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn no_dependency_asks_for_a_later_rust_than_we_say() {
    let ours = version(env!("CARGO_PKG_RUST_VERSION"));
    let rustc = output("rustc", &["--version", "--verbose"]);
    let field = |name: &str| rustc.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    assert!(version(field("release: ")) >= ours, "{rustc}");
    let host = field("host: ");
    let arguments =
        ["metadata", "--format-version=1", "--locked", "--offline", "--filter-platform", host];
    let metadata: Value = serde_json::from_str(&output(env!("CARGO"), &arguments)).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 100, "{} packages", packages.len());
    let asking = packages.iter().filter_map(|package| {
        let asked = package["rust_version"].as_str()?;
        Some((version(asked), package["name"].as_str()?))
    });
    let highest = asking.max().unwrap();
    assert!(highest.0 <= ours, "{highest:?} asks for more than rust-version, {ours:?}");
    // Nor do we ask for more than we have to.
    assert_eq!((highest.0.0, highest.0.1), (ours.0, ours.1), "{highest:?}");
}

/// A path without `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        if part == Component::ParentDir {
            plain.pop();
        } else {
            plain.push(part);
        }
    }
    plain
}

/// What stands in quotes in a text and begins so.
fn quoted<'a>(text: &'a str, beginning: &'a str) -> impl Iterator<Item = &'a str> {
    text.split('"').skip(1).step_by(2).filter(move |it| it.starts_with(beginning))
}

/// The files of a folder and of those in it.
fn files_in(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_in(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// The files and folders of the repository's root that a build of the binary reads: what its
/// manifest and `build.rs` name, and what its code includes.
fn read_by_a_build(root: &Path) -> BTreeSet<String> {
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let build = std::fs::read_to_string(root.join("build.rs")).unwrap();
    let mut read: Vec<PathBuf> =
        ["Cargo.toml", "Cargo.lock", "build.rs", "src", "benches"].map(PathBuf::from).into();
    let paths = manifest.lines().filter_map(|line| line.strip_prefix("path = "));
    read.extend(paths.map(|path| PathBuf::from(path.trim_matches('"'))));
    read.extend(build.split(".join(\"").skip(1).filter_map(|rest| {
        let name = rest.split('"').next()?;
        root.join(name).exists().then(|| PathBuf::from(name))
    }));
    let mut files = Vec::new();
    files_in(&root.join("src"), &mut files);
    for file in files.iter().filter(|file| !file.ends_with("tests.rs")) {
        let text = std::fs::read_to_string(file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        for name in lines.flat_map(|line| quoted(line, "../")) {
            let path = plain(&file.parent().unwrap().join(name));
            assert!(path.exists(), "{name} in {}", file.display());
            read.push(path.strip_prefix(root).unwrap().to_owned());
        }
    }
    let first = |path: PathBuf| path.iter().next().map(|it| it.to_str().unwrap().to_owned());
    read.into_iter().filter_map(first).collect()
}

#[test]
fn an_image_can_be_built_because_all_that_a_build_reads_is_copied() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("docs/deploy/Containerfile")).unwrap();
    let lines = text.lines().filter_map(|line| line.strip_prefix("COPY "));
    let copied: BTreeSet<&str> = lines
        .filter(|line| !line.starts_with("--from"))
        .flat_map(|line| line.rsplit_once(' ').unwrap().0.split(' '))
        .collect();
    let read = read_by_a_build(root);
    for needed in ["build.rs", "src", "templates", "migrations", "tests", "benches"] {
        assert!(read.contains(needed), "{read:?}");
    }
    for name in &read {
        assert!(copied.contains(&**name), "{name} is not copied");
    }
}
