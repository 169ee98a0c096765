//! The program itself as a server that can be killed at any moment, and what is said to it over
//! plain connections.
//!
//! It belongs to a shell script that waits for the end of its input, a pipe which this process
//! holds open. However this process ends, the pipe closes, and the script kills the server.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::world::ADMIN_KEY;

/// How long anything may take before the test fails.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// Starts the program with the arguments after the first, which is a command to run before.
const SCRIPT: &str = r#"
eval "$1"
shift
"$@" &
echo "pid $!"
read -r _ || true
kill -9 $! 2>/dev/null
wait $! 2>/dev/null
"#;

/// A book and the folder in which its servers log.
pub(crate) struct House {
    pub(crate) url: String,
    pub(crate) folder: tempfile::TempDir,
}

/// A server that lives until it is dropped.
pub(crate) struct Host {
    script: Child,
    pub(crate) pid: u32,
    pub(crate) address: String,
}

/// A status and a body.
pub(crate) type Told = (u16, String);

impl House {
    /// A book in a file.
    pub(crate) fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("book.db").display());
        Self { url, folder }
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// A server; `before` is run by its shell first.
    pub(crate) fn serve(&self, before: &str, arguments: &[&str]) -> Host {
        let log = File::options().append(true).create(true).open(self.log()).unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_crossgrade"));
        let mut script = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "sh", before])
            .arg(program)
            .args(["serve", "--listen", "127.0.0.1:0", "--log-format", "json"])
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("CROSSGRADE_DATABASE_URL", &self.url)
            .env("CROSSGRADE_ADMIN_KEY", ADMIN_KEY)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(script.stdout.take().unwrap()).lines().map(Result::unwrap);
        let pid = lines.next().unwrap();
        let pid = pid.strip_prefix("pid ").unwrap().parse().unwrap();
        let address =
            lines.find_map(|line| Some(line.split_once("listens on http://")?.1.to_owned()));
        let said = || std::fs::read_to_string(self.log()).unwrap_or_default();
        let address = address.unwrap_or_else(|| panic!("it did not start: {}", said()));
        // The pipe stays open for as long as the server has something to say.
        std::thread::spawn(move || lines.for_each(drop));
        Host { script, pid, address }
    }

    /// Runs a command on the book: exit code and what it printed.
    pub(crate) fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_crossgrade"));
        let done = command
            .args(arguments)
            .env_clear()
            .env("CROSSGRADE_DATABASE_URL", &self.url)
            .output()
            .unwrap();
        let said =
            [done.stdout, done.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        (done.status.code(), said.concat())
    }
}

impl Host {
    /// Kills the server, and waits until it is gone.
    pub(crate) fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        drop(self.script.stdin.take());
        self.script.wait().ok();
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.end();
    }
}

/// One request over a connection of its own; nothing where the server went away.
pub(crate) fn call(
    address: &str,
    request: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Option<(Told, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut head = format!(
        "{request} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\nauthorization: Bearer \
         {ADMIN_KEY}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    stream.write_all(format!("{head}\r\n{body}").as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
    if length.parse() != Ok(body.len()) {
        return None;
    }
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(((status, body.to_owned()), head.to_owned()))
}

/// A request that has to succeed.
#[track_caller]
pub(crate) fn done(address: &str, request: &str, body: &str) -> Value {
    let ((status, text), _) = call(address, request, &[], body).expect("an answer");
    assert!((200..300).contains(&status), "{request}: {status} {text}");
    serde_json::from_str(&text).unwrap_or(Value::Null)
}
