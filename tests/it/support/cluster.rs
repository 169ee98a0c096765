//! A PostgreSQL cluster in a folder of its own, for as long as this process lives.
//!
//! It belongs to a shell script that waits for the end of its input, a pipe which this process
//! holds open. However this process ends, the pipe closes, and the script stops the cluster and
//! removes its folder.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// What starts the cluster, says where, waits, and stops it. `$1` is the folder of the
/// binaries, `$2` more settings.
const SCRIPT: &str = r#"
set -eu
bin=$1
settings=$2
trap '' INT HUP PIPE
dir=$(mktemp -d "${TMPDIR:-/tmp}/cg.XXXXXX")
trap '"$bin/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1; rm -rf "$dir"' EXIT
trap 'exit 1' TERM
init() { "$bin/initdb" -D "$dir/data" -U crossgrade -A trust -E UTF8 -N "$@" >"$dir/log" 2>&1; }
# A collation unlike the bytes, where there is one: the order of ids must not depend on it.
init --locale=C --locale-provider=icu --icu-locale=en-US || init --locale=C
options="-k $dir -c listen_addresses='' -c max_connections=400 $settings"
start() { "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w start -o "$options" >/dev/null; }
start
echo "$dir"
while read -r order; do
  case $order in
    start) start ;;
    kill) "$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null ;;
  esac
  echo "$order"
done
"#;

/// A cluster that runs.
#[derive(Debug)]
pub(crate) struct Cluster {
    folder: String,
    /// Holds the script's input open.
    script: Child,
    output: BufReader<ChildStdout>,
}

impl Cluster {
    /// Starts one where PostgreSQL is found.
    pub(crate) fn start(settings: &str) -> Option<Self> {
        binaries().map(|bin| start(&bin, settings))
    }

    /// Ends the cluster as a crash would, until it is started again.
    pub(crate) fn kill(&mut self) {
        self.order("kill");
    }

    /// Starts it again.
    pub(crate) fn restart(&mut self) {
        self.order("start");
    }

    fn order(&mut self, order: &str) {
        let input = self.script.stdin.as_mut().expect("a pipe");
        writeln!(input, "{order}").expect("the script listens");
        let mut done = String::new();
        self.output.read_line(&mut done).expect("a line");
        assert_eq!(done.trim(), order, "PostgreSQL does not do as told");
    }

    /// The address of a database.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://crossgrade@localhost/{database}?host={}", self.folder)
    }
}

/// One of the programs that PostgreSQL comes with; by its name alone where only a server's address
/// is known.
pub(crate) fn tool(name: &str) -> PathBuf {
    binaries().map_or_else(|| name.into(), |bin| bin.join(name))
}

/// The newest PostgreSQL's folder of binaries.
fn binaries() -> Option<PathBuf> {
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut versions: Vec<PathBuf> = debian.flatten().map(|e| e.path().join("bin")).collect();
    versions.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    versions.reverse();
    versions.extend(std::env::split_paths(&path));
    let complete = |dir: &PathBuf| dir.join("initdb").exists() && dir.join("pg_ctl").exists();
    versions.into_iter().find(complete)
}

fn start(bin: &Path, settings: &str) -> Cluster {
    let am_root = Command::new("id").arg("-u").output().expect("id").stdout == b"0\n";
    // The server refuses to run as root.
    let mut command = if am_root {
        let mut command = Command::new("su");
        command.args(["postgres", "-s", "/bin/sh", "-c", SCRIPT, "--", "sh"]);
        command
    } else {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SCRIPT, "sh"]);
        command
    };
    let mut script = command
        .args([bin.as_os_str(), settings.as_ref()])
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a shell");
    let mut dir = String::new();
    let mut output = BufReader::new(script.stdout.take().expect("a pipe"));
    output.read_line(&mut dir).expect("a line");
    assert!(!dir.trim().is_empty(), "PostgreSQL in {} did not start", bin.display());
    Cluster { folder: dir.trim().to_owned(), script, output }
}
