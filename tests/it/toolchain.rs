//! `rust-version` is true: nothing that is built in asks for a later Rust, and the Rust at hand is
//! one that will do. Whether our own code needs a later one is clippy's `incompatible_msrv` to say.

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
