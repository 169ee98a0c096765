//! Lists the migrations, so that a new one is a file in each folder and nothing else.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    println!("cargo::rerun-if-changed=migrations");
    let mut text = String::new();
    for (name, folder) in [("POSTGRES", "postgres"), ("SQLITE", "sqlite")] {
        text += &list(name, folder, &here.join("migrations").join(folder))?;
    }
    fs::write(out.join("migrations.rs"), text)
}

/// The names and texts of a folder's files, in the order of their names.
fn list(name: &str, folder: &str, place: &Path) -> io::Result<String> {
    println!("cargo::rerun-if-changed=migrations/{folder}");
    let files = fs::read_dir(place)?.map(|file| file.map(|file| file.path()));
    let mut files = files.collect::<io::Result<Vec<_>>>()?;
    files.retain(|file| file.extension().is_some_and(|ending| ending == "sql"));
    files.sort();
    let mut text = format!("pub(super) static {name}: &[(&str, &str)] = &[\n");
    for file in files {
        let file = file.file_stem().unwrap_or_default().display().to_string();
        let path = format!("/migrations/{folder}/{file}.sql");
        let path = format!("concat!(env!(\"CARGO_MANIFEST_DIR\"), {path:?})");
        writeln!(text, "    ({file:?}, include_str!({path})),").map_err(io::Error::other)?;
    }
    text += "];\n";
    Ok(text)
}
