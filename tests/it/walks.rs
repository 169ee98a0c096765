//! The walks of README and `docs/` as written: their `sh` blocks are run one after the other in
//! one shell, and what they print is held against the `json` blocks beside them, in which `…`
//! stands for what differs and left-out fields are not looked at. Snippets in other languages are
//! run, too, where those are there.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cli::CATALOGUE;
use crate::cli::workspace::{ADMIN_KEY, PATIENCE, Server, Workspace};

/// What stands between two blocks in the output.
const MARK: &str = "@@@@ block ";

/// A block of commands, and the answers that the page shows to it.
#[derive(Default)]
struct Step {
    line: usize,
    commands: String,
    answers: String,
    /// What is printed besides, line by line.
    lines: String,
}

fn page(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// What stands between two marks of a page, with the number of its first line.
fn between<'p>(page: &'p str, what: &str) -> (usize, &'p str) {
    let (begin, end) = (format!("<!-- {what}: begin -->"), format!("<!-- {what}: end -->"));
    let (head, rest) = page.split_once(&begin).unwrap_or_else(|| panic!("no mark {begin}"));
    let (body, _) = rest.split_once(&end).unwrap_or_else(|| panic!("no mark {end}"));
    (head.lines().count(), body)
}

fn steps(page: &str, what: &str) -> Vec<Step> {
    let (first, body) = between(page, what);
    let mut steps: Vec<Step> = Vec::new();
    let mut fence: Option<&str> = None;
    for (line, text) in body.lines().enumerate() {
        match (fence, text.strip_prefix("```")) {
            (None, Some("sh")) => {
                let line = first + line;
                steps.push(Step { line, ..Step::default() });
                fence = Some("sh");
            }
            (None, Some(language)) => fence = Some(language),
            (Some(_), Some("")) => fence = None,
            (Some(language), None) => {
                let step = steps.last_mut();
                let kept = match language {
                    "sh" => step.map(|step| &mut step.commands),
                    "json" => step.map(|step| &mut step.answers),
                    "text" => step.map(|step| &mut step.lines),
                    _ => None,
                };
                if let Some(kept) = kept {
                    kept.push_str(text);
                    kept.push('\n');
                }
            }
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
    assert!(steps.len() > 3, "the walk has its blocks");
    steps
}

/// Where two answers differ, if they do; what is not expected is not looked at.
fn difference(expected: &Value, got: &Value, place: &str) -> Option<String> {
    let differs = || Some(format!("{place}: expected {expected}, got {got}"));
    match (expected, got) {
        (Value::String(text), _) if text == "…" => None,
        (Value::String(text), Value::String(got)) if text.contains('…') => {
            let (head, tail) = text.split_once('…')?;
            let fits = got.starts_with(head) && got.ends_with(tail);
            if fits && got.len() >= head.len() + tail.len() { None } else { differs() }
        }
        (Value::Object(fields), Value::Object(values)) => {
            fields.iter().find_map(|(name, field)| {
                let place = format!("{place}/{name}");
                match values.get(name) {
                    Some(value) => difference(field, value, &place),
                    None => Some(format!("{place} is not there")),
                }
            })
        }
        (Value::Array(items), Value::Array(values)) if items.len() == values.len() => items
            .iter()
            .zip(values)
            .enumerate()
            .find_map(|(at, (item, value))| difference(item, value, &format!("{place}/{at}"))),
        _ if expected == got => None,
        _ => differs(),
    }
}

/// The JSON documents of a text; lines that are none are left out.
fn documents(text: &str) -> Vec<Value> {
    let lines = text.lines().filter(|line| line.starts_with('{') || line.starts_with('['));
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The other lines of a text.
fn lines(text: &str) -> Vec<Value> {
    let lines = text.lines().skip(1).filter(|line| !line.starts_with(['{', '[']));
    let lines = lines.map(str::trim_end).filter(|line| !line.is_empty());
    lines.map(|line| Value::String(line.to_owned())).collect()
}

/// The program that is under test in place of `cargo run`, and ports of our own.
fn adapted(commands: &str, [port, other]: [u16; 2]) -> String {
    commands
        .replace("cargo build --release", ":")
        .replace("cargo run --release --", env!("CARGO_BIN_EXE_crossgrade"))
        // Neither is looked for in what the other has become.
        .replace("8080", "<port>")
        .replace("8081", &other.to_string())
        .replace("<port>", &port.to_string())
}

/// Runs a walk of a page as somebody does who pastes its blocks.
fn walk(name: &str, what: &str) {
    let steps = steps(&page(name), what);
    let folder = tempfile::tempdir().unwrap();
    let free = [(); 2].map(|()| std::net::TcpListener::bind("127.0.0.1:0").unwrap());
    let ports = free.each_ref().map(|free| free.local_addr().unwrap().port());
    drop(free);
    let port = ports[0];
    let mut script = format!("export CROSSGRADE_LISTEN=127.0.0.1:{port}\n");
    for (at, step) in steps.iter().enumerate() {
        script += &["echo; echo '", MARK, &at.to_string(), "'\n"].concat();
        script += &adapted(&step.commands, ports);
    }
    let (said, told) = (folder.path().join("out"), folder.path().join("err"));
    let work = folder.path().join("work");
    fs::create_dir(&work).unwrap();
    let mut shell = Command::new("bash")
        .args(["-c", &script])
        .current_dir(&work)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", &work)
        .stdin(Stdio::null())
        .stdout(fs::File::create(&said).unwrap())
        .stderr(fs::File::create(&told).unwrap())
        .process_group(0)
        .spawn()
        .unwrap();
    let begun = Instant::now();
    let ended = loop {
        match shell.try_wait().unwrap() {
            Some(status) => break Some(status),
            None if begun.elapsed() > PATIENCE => break None,
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    // Whatever the walk has left running goes with its group.
    let group = format!("-{}", shell.id());
    Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status().unwrap();
    let (said, told) = (fs::read_to_string(said).unwrap(), fs::read_to_string(told).unwrap());
    let ended = ended.unwrap_or_else(|| panic!("{name} does not end:\n{said}\n{told}"));
    assert!(ended.success(), "{name}: {ended}\n{said}\n{told}");
    assert_eq!(told, "", "{name}: nothing is said on standard error");
    let blocks: Vec<&str> = said.split(MARK).skip(1).collect();
    assert_eq!(blocks.len(), steps.len(), "{name}\n{said}");
    for (step, block) in steps.iter().zip(blocks) {
        let place = format!("{name}, line {}", step.line);
        let shown: Vec<Value> = serde_json::Deserializer::from_str(&step.answers)
            .into_iter()
            .collect::<Result<_, _>>()
            .unwrap_or_else(|error| panic!("{place}: an answer is no JSON: {error}"));
        let got = documents(block);
        for answer in &got {
            let kind = answer.get("type").and_then(Value::as_str).unwrap_or_default();
            let expected = !kind.starts_with("/problems/") || !shown.is_empty();
            assert!(expected, "{place}: {answer}");
        }
        let printed = (lines(&format!("\n{}", step.lines)), lines(block));
        for (shown, got) in [(shown, got), printed] {
            if shown.is_empty() {
                continue;
            }
            assert_eq!(shown.len(), got.len(), "{place}: so many answers\n{block}");
            for (shown, got) in shown.iter().zip(&got) {
                if let Some(told) = difference(shown, got, "") {
                    panic!("{place}: {told}\n{got}");
                }
            }
        }
    }
    let left: Vec<_> = fs::read_dir(&work).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(left.is_empty(), "{name} leaves {left:?}");
}

#[test]
fn the_walk_of_the_readme_goes_as_it_says() {
    walk("README.md", "walk");
}

#[test]
fn the_walk_of_the_integration_page_goes_as_it_says() {
    walk("docs/integration.md", "walk");
}

#[test]
fn the_walk_through_messages_goes_as_it_says() {
    if is_there("python3", "what takes messages in docs/integration.md") {
        walk("docs/integration.md", "messages");
    }
}

#[test]
fn a_difference_is_found_and_what_is_elided_is_not() {
    let table = [
        (r#"{"a":1}"#, r#"{"a":1,"b":2}"#, true),
        (r#"{"a":1}"#, r#"{"a":2}"#, false),
        (r#"{"a":1}"#, r#"{"b":1}"#, false),
        (r#"{"id":"sub_…"}"#, r#"{"id":"sub_1"}"#, true),
        (r#"{"id":"sub_…"}"#, r#"{"id":"chk_1"}"#, false),
        (r#"{"id":"…"}"#, r#"{"id":{"x":1}}"#, true),
        (r"[1,2]", r"[1]", false),
        (r#"[{"a":1}]"#, r#"[{"a":1,"b":1}]"#, true),
        (r"null", r"0", false),
    ];
    for (expected, got, fits) in table {
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let found = difference(&read(expected), &read(got), "");
        assert_eq!(found.is_none(), fits, "{expected} {got}: {found:?}");
    }
}

/// The code block between two marks of the integration page.
fn snippet(language: &str) -> String {
    let page = page("docs/integration.md");
    let (_, body) = between(&page, language);
    let (_, code) = body.split_once(&format!("```{language}\n")).expect("a code block");
    code.split_once("\n```").expect("its end").0.to_owned() + "\n"
}

/// Whether a program is there; else it is said in a line what is skipped.
fn is_there(program: &str, what: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    if std::env::split_paths(&path).any(|folder| folder.join(program).is_file()) {
        return true;
    }
    let required = std::env::var_os("CROSSGRADE_TEST_REQUIRE").is_some_and(|v| v == "all");
    assert!(!required, "no {program} found: {what} must not be skipped");
    eprintln!("no {program} found, {what} is skipped");
    false
}

/// A shop's book on a simulated clock; of the two paths to the year, the one that waits.
fn shop() -> (Workspace, Server) {
    let workspace = Workspace::new();
    let (catalogue, _) = CATALOGUE.split_once("  earlier:").unwrap();
    workspace.write("catalogue.yaml", catalogue);
    workspace.done(&["import", "catalogue.yaml"]);
    let server = workspace.serve(&["--test-clock", "2026-01-31"]);
    (workspace, server)
}

/// A signature that the specification of Standard Webhooks shows, and one that does not fit.
const SIGNED: [&str; 5] = [
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "1614265330",
    r#"{"test": 2432232314}"#,
    "v1,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
];

/// Runs a program in the shop's folder with its address and key.
fn runs(workspace: &Workspace, server: &Server, program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(workspace.folder.path())
        .env("CROSSGRADE_URL", format!("http://{}", server.address))
        .env("CROSSGRADE_KEY", ADMIN_KEY)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{program} {arguments:?}: {said}{told}");
    told
}

#[test]
fn the_python_of_the_integration_page_buys_and_verifies() {
    if !is_there("python3", "the Python of docs/integration.md") {
        return;
    }
    let (workspace, server) = shop();
    workspace.write("shop.py", &snippet("python"));
    let [secret, id, at, body, signature] = SIGNED;
    workspace.write(
        "try.py",
        &format!(
            "import json, os, shop\n\
             done = shop.buy('ada', 'month', lambda amount: 'psp-1')\n\
             print(done['status'], done['amount_due']['amount'], len(done['result']['invoices']))\n\
             done = shop.buy('ada', 'year', lambda amount: 1 / 0)\n\
             print(done['mode'], done['result']['scheduled_change'][:4])\n\
             headers = {{'webhook-id': '{id}', 'webhook-timestamp': '{at}',\n\
             \x20   'webhook-signature': '{signature}'}}\n\
             body = b'{body}'\n\
             print(shop.is_genuine('{secret}', headers, body, now={at} + 299))\n\
             print(shop.is_genuine('{secret}', headers, body, now={at} + 301))\n\
             print(shop.is_genuine('{secret}', headers, body + b' ', now={at}))\n"
        ),
    );
    let told = runs(&workspace, &server, "python3", &["try.py"]);
    assert_eq!(told, "completed 9.90 1\nreplace sch_\nTrue\nFalse\nFalse\n");
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn the_typescript_of_the_integration_page_is_sound_buys_and_verifies() {
    if !is_there("tsc", "the TypeScript of docs/integration.md")
        || !is_there("node", "the TypeScript of docs/integration.md")
    {
        return;
    }
    let (workspace, server) = shop();
    workspace.write("shop.ts", &snippet("ts"));
    workspace.write("package.json", r#"{"type":"module"}"#);
    let strict = ["--strict", "--noUncheckedIndexedAccess", "--module", "es2022"];
    let target = ["--target", "es2022", "--lib", "es2022,dom", "--moduleResolution", "node"];
    let mut arguments: Vec<&str> = strict.into_iter().chain(target).collect();
    arguments.push("shop.ts");
    runs(&workspace, &server, "tsc", &arguments);
    let [secret, id, at, body, signature] = SIGNED;
    workspace.write(
        "try.js",
        &format!(
            "import {{ shop, isGenuine }} from './shop.js';\n\
             const {{ CROSSGRADE_URL, CROSSGRADE_KEY }} = process.env;\n\
             const {{ buy }} = shop(CROSSGRADE_URL, CROSSGRADE_KEY);\n\
             let done = await buy('ada', 'month', async () => 'psp-1');\n\
             console.log(done.status, done.amount_due.amount, done.result.invoices.length);\n\
             done = await buy('ada', 'year', async () => {{ throw new Error(); }});\n\
             console.log(done.mode, done.result.scheduled_change.slice(0, 4));\n\
             const headers = new Headers({{ 'webhook-id': '{id}',\n\
             \x20 'webhook-timestamp': '{at}', 'webhook-signature': '{signature}' }});\n\
             for (const [body, now] of [['{body}', {at} + 299], ['{body}', {at} + 301],\n\
             \x20 ['{body} ', {at}]])\n\
             \x20 console.log(await isGenuine('{secret}', headers, body, now));\n"
        ),
    );
    let told = runs(&workspace, &server, "node", &["try.js"]);
    assert_eq!(told, "completed 9.90 1\nreplace sch_\ntrue\nfalse\nfalse\n");
    assert_eq!(server.terminate(), Some(0));
}
