//! Lists the migrations, so that a new one is a file in each folder and nothing else; and puts
//! together and compresses the static files, so that no reader waits for that.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use brotli::BrotliCompress;
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;

/// The style sheets that begin with what they share.
const WITH_BASE: [&str; 2] = ["backend.css", "checkout.css"];

/// How hard is tried: what lies above saves a tenth, and takes twelve times as long.
const BROTLI_QUALITY: i32 = 9;

fn main() -> io::Result<()> {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    println!("cargo::rerun-if-changed=migrations");
    let mut text = String::new();
    for (name, folder) in [("POSTGRES", "postgres"), ("SQLITE", "sqlite")] {
        text += &list(name, folder, &here.join("migrations").join(folder))?;
    }
    fs::write(out.join("migrations.rs"), text)?;
    pack(&here.join("templates/static"), &out.join("static"))
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

/// Every static file, ours and those of others, as it is and compressed.
fn pack(from: &Path, to: &Path) -> io::Result<()> {
    println!("cargo::rerun-if-changed=templates/static");
    fs::create_dir_all(to)?;
    let base = fs::read(from.join("base.css"))?;
    for folder in [from, &from.join("vendor")] {
        for file in fs::read_dir(folder)? {
            let path = file?.path();
            let name = path.file_name().unwrap_or_default().display().to_string();
            if !path.extension().is_some_and(|it| ["css", "js", "svg"].iter().any(|end| it == *end))
            {
                continue;
            }
            let own = fs::read(&path)?;
            let text = if WITH_BASE.contains(&&*name) { [&*base, &*own].concat() } else { own };
            let mut small = Vec::new();
            let params =
                BrotliEncoderParams { quality: BROTLI_QUALITY, ..BrotliEncoderParams::default() };
            BrotliCompress(&mut &text[..], &mut small, &params)?;
            fs::write(to.join(format!("{name}.br")), small)?;
            let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
            gzip.write_all(&text)?;
            fs::write(to.join(format!("{name}.gz")), gzip.finish()?)?;
            fs::write(to.join(name), text)?;
        }
    }
    Ok(())
}
