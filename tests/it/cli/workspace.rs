//! A folder with a book in it, the program that works on it, and the server that it becomes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

pub(crate) const ADMIN_KEY: &str = "cg_test_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A folder with a book in it, and the program that works on it.
pub(crate) struct Workspace {
    pub(crate) folder: TempDir,
}

/// A server that is stopped when it goes.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) address: String,
}

impl Workspace {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_crossgrade"));
        let url = format!("sqlite:{}", self.folder.path().join("book.db").display());
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("CROSSGRADE_DATABASE_URL", url);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs what has to work; answers with what it printed.
    pub(crate) fn done(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {:?} {said}", output.status);
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs what has to fail; answers with the one line that says why.
    pub(crate) fn refused(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        one_line(&output, code, arguments)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn serve(&self, arguments: &[&str]) -> Server {
        let arguments: Vec<&str> =
            ["serve", "--listen", "127.0.0.1:0"].iter().chain(arguments).copied().collect();
        let mut command = self.command(&arguments);
        let command = command.env("CROSSGRADE_ADMIN_KEY", ADMIN_KEY);
        Server::start(command)
    }
}

pub(crate) fn one_line(output: &Output, code: i32, what: &[&str]) -> String {
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{what:?}: {said}");
    assert_eq!(said.lines().count(), 1, "{what:?}: {said}");
    assert!(said.starts_with("crossgrade: "), "{what:?}: {said}");
    assert!(output.stdout.is_empty(), "{what:?} printed on standard output");
    said.trim_end().to_owned()
}

impl Server {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self::start_logging(command, Stdio::null())
    }

    /// The same with a place for what it logs.
    pub(crate) fn start_logging(command: &mut Command, logs: Stdio) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(logs).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines
            .by_ref()
            .map(Result::unwrap)
            .find_map(|line| Some(line.split_once("listens on http://")?.1.to_owned()));
        let address = address.expect("it says where it listens");
        // The pipe stays open for as long as the server has something to say.
        std::thread::spawn(move || lines.for_each(drop));
        let server = Self { child, address };
        let begun = Instant::now();
        while server.get("/health/ready").0 != 200 {
            assert!(begun.elapsed() < PATIENCE, "it is never ready");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    /// One request over a connection of its own.
    pub(crate) fn call(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let key = format!("authorization: Bearer {ADMIN_KEY}");
        self.send(method, path, &[&key, "content-type: application/json"], body)
    }

    /// The same with these headers.
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[&str],
        body: &str,
    ) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let (address, length) = (&self.address, body.len());
        let headers: String = headers.iter().flat_map(|line| [*line, "\r\n"]).collect();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{headers}\
             content-length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
        (status.expect("a status"), answer)
    }

    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        self.call("GET", path, "")
    }

    pub(crate) fn put_status(&self, path: &str, body: &str) -> u16 {
        self.call("PUT", path, body).0
    }

    pub(crate) fn put(&self, path: &str, body: &str) {
        let (status, answer) = self.call("PUT", path, body);
        assert!(status < 300, "{path}: {answer}");
    }

    /// Tells it to stop, as a supervisor does.
    pub(crate) fn tell_to_stop(&self) {
        let told = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(told.success());
    }

    /// Tells it to stop, and answers with the exit code.
    pub(crate) fn terminate(mut self) -> Option<i32> {
        self.tell_to_stop();
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(begun.elapsed() < PATIENCE, "it does not stop");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            self.child.kill().ok();
            self.child.wait().ok();
        }
    }
}

/// A small catalogue.
pub(crate) const CATALOGUE: &str = r#"
settings: {payment_days: 30, seller: {name: The Daily Publishing Company}}
tags:
  - {id: month, title: Month}
  - {id: year, title: Year}
taxes:
  press: {title: Press, rates: [{rate: "7.0", valid_from: 2020-01-01}]}
products:
  paper: {title: The Paper, kind: digital}
offers:
  - id: month
    title: Month
    products: [paper]
    price: {amount: "9.90", currency: EUR}
    billing_period: P1M
    tags: [month]
    tax: press
  - id: year
    title: Year
    products: [paper]
    price: {amount: "99.00", currency: EUR}
    billing_period: P1Y
    renewal_term: P1Y
    tags: [year]
paths:
  later:
    internal_title: Later
    title: "To {offerTitle}"
    description: ""
    source_tags: [month]
    target_tags: [year]
    transition: next_booking
  earlier:
    internal_title: Earlier
    title: To
    description: "At {nextPayment}.\nSee you."
    source_tags: [month]
    target_tags: [year]
    transition: immediate
    proration: day
    valid_until: 2030-12-31
"#;
