//! Whoever sends, in a process of its own.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossgrade::app::App;
use crossgrade::clock::Clock;
use crossgrade::domain::webhook::{Attempt, EndpointReach};
use crossgrade::gateway::memory::Memory;
use crossgrade::store::Store;
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::limit::{CLAIM, Link, SENT};
use crate::smtp::MailClient;
use crate::world::mailer;
use crate::{option, told};

/// So many connections to the mail server are kept.
const CONNECTIONS: usize = 8;
/// What tells a book in which nothing is left to do.
const LEFT: &str = "select cast(count(*) as text) from messages where status = 'queued'";

/// What a process that sends came to.
#[derive(Default)]
pub(crate) struct Sent {
    pub(crate) took: Duration,
    /// The processor's time, by user and system.
    pub(crate) busy: Duration,
    /// The peak of its memory in kilobytes.
    pub(crate) peak: usize,
}

/// A process that waits for its start.
pub(crate) struct Worker {
    process: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Worker {
    /// One that sends through the engine, or with `source`, the engine's book, by the plain loop.
    pub(crate) fn start(url: &str, port: u16, source: Option<&str>) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(["--worker", url, "--port", &port.to_string()]);
        command.args(source.iter().flat_map(|source| ["--source", source]));
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("a process");
        let output = process.stdout.take().expect("a pipe");
        let mut lines = BufReader::new(output).lines();
        lines.next().expect("a line").expect("it is ready");
        Self { process, lines }
    }

    pub(crate) fn go(&mut self) {
        writeln!(self.process.stdin.as_mut().expect("a pipe"), "go").expect("it listens");
    }

    /// Waits until nothing is left to do.
    pub(crate) fn done(mut self) -> Sent {
        let line = self.lines.next().expect("a line").expect("what it came to");
        let mut numbers = line.split(' ').map(|it| it.parse::<u64>().expect("a number"));
        let mut next = || numbers.next().expect("three numbers");
        let (took, busy) = (Duration::from_micros(next()), Duration::from_millis(next()));
        let peak = usize::try_from(next()).expect("a number");
        self.process.wait().expect("its end");
        Sent { took, busy, peak }
    }
}

/// What the process does.
pub(crate) async fn work(url: &str) {
    let port = u16::try_from(option("--port", 0)).expect("a port");
    let source = told("--source");
    let took = match &source {
        Some(source) => plainly(url, source, port).await,
        None => through_engine(url, port).await,
    };
    let read = |file: &str| std::fs::read_to_string(format!("/proc/self/{file}")).expect("Linux");
    let (stat, status) = (read("stat"), read("status"));
    // In hundredths of a second, behind the name of the program.
    let numbers: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks: u64 = numbers[11..13].iter().map(|it| it.parse::<u64>().expect("ticks")).sum();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|it| it.split_whitespace().next()).expect("a peak");
    println!("{} {} {peak}", took.as_micros(), ticks * 10);
}

fn wait_for_start() {
    println!("ready");
    std::io::stdin().lock().read_line(&mut String::new()).expect("a line");
}

async fn through_engine(url: &str, port: u16) -> Duration {
    let store = Store::open(url).await.expect("a store");
    let seed: [u8; 32] = std::array::from_fn(|at| std::process::id().to_le_bytes()[at % 4]);
    let here = "http://localhost".to_owned();
    let app = App::new(store, Clock::System, seed, here, EndpointReach::Public).expect("an app");
    app.send_through(Arc::new(Memory::answering(|_| Attempt::Answered(204, None))));
    app.mail_through(mailer(port));
    let mut link = Link::open(url, None).await;
    wait_for_start();
    let begun = Instant::now();
    let before = app.store().statements();
    let mut took = Duration::ZERO;
    loop {
        let done = app.work_automations().await.expect("work");
        took = if done > 0 { begun.elapsed() } else { took };
        if done == 0 && link.texts(LEFT).await == ["0"] {
            break;
        }
    }
    eprintln!("  {} statements", app.store().statements() - before);
    took
}

/// Every message as one would send it by hand: taken in hand, handed over, and what became of it
/// written. SQLite writes for one at a time.
async fn plainly(url: &str, source: &str, port: u16) -> Duration {
    let mut link = Link::open(url, Some(source)).await;
    let ids = link.texts("select id from messages where status = 'queued' order by id").await;
    let one = Arc::new(Mutex::new(link));
    let mut clients = Vec::new();
    for _ in 0..CONNECTIONS {
        let link = if url.starts_with("sqlite:") {
            one.clone()
        } else {
            Arc::new(Mutex::new(Link::open(url, None).await))
        };
        clients.push((link, MailClient::connect(port).await));
    }
    wait_for_start();
    let (begun, mut tasks) = (Instant::now(), JoinSet::new());
    for (place, (link, mut client)) in clients.into_iter().enumerate() {
        let share: Vec<String> = ids.iter().skip(place).step_by(CONNECTIONS).cloned().collect();
        tasks.spawn(async move {
            for id in share {
                link.lock().await.commit(CLAIM, &[&id]).await;
                client.send(&id).await;
                link.lock().await.commit(SENT, &[&id]).await;
            }
        });
    }
    tasks.join_all().await;
    begun.elapsed()
}
