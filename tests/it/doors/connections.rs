//! Clients that take their time.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::{get, post};
use crossgrade::app::App;
use crossgrade::clock::Clock;
use crossgrade::domain::webhook::EndpointReach;
use crossgrade::edge::connections::{Allowance, serve};
use crossgrade::server::{ServerOptions, serve_router};
use crossgrade::store::Store;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Far longer than anything here should take.
const PATIENCE: Duration = Duration::from_mins(1);
const KEY: &str = "cg_test_0123456789012345678901234567890123456789";
const GET: &[u8] = b"GET /who HTTP/1.1\r\nhost: x\r\n\r\n";

struct Served {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

/// Far more than the buffers of two sockets hold.
const LONG: usize = 16 << 20;

async fn served(allowance: Allowance) -> Served {
    let who = |info: axum::extract::ConnectInfo<SocketAddr>| async move { info.0.ip().to_string() };
    let router =
        Router::new().route("/who", get(who)).route("/echo", post(async |body: String| body));
    let router = router
        .route("/long", get(async || "x".repeat(LONG)))
        .route("/health/live", get(async || "live"));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let until = async { stopped.await.unwrap_or_default() };
    let ended = tokio::spawn(serve(listener, router, allowance, until));
    Served { address, stop, ended }
}

/// What comes until the connection ends or an answer with this end is there.
async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut text = String::new();
    let mut buffer = [0; 1024];
    while end.is_empty() || !text.ends_with(end) {
        let read = tokio::time::timeout(PATIENCE, stream.read(&mut buffer)).await.expect("in time");
        match read {
            Ok(0) | Err(_) => break,
            Ok(read) => text.push_str(&String::from_utf8_lossy(&buffer[..read])),
        }
    }
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_a_head_is_waited_for_no_longer_than_allowed_and_others_are_served() {
    let head_time_max = Duration::from_millis(300);
    let served = served(Allowance { head_time_max, ..Allowance::default() }).await;
    let begun = Instant::now();
    let mut slow = Vec::new();
    for head in ["", "GET /who HT", "GET /who HTTP/1.1\r\nhost: x\r\nx-slow: "] {
        let mut stream = TcpStream::connect(served.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        slow.push(stream);
    }
    let mut quick = TcpStream::connect(served.address).await.unwrap();
    quick.write_all(GET).await.unwrap();
    assert!(read_until(&mut quick, "127.0.0.1").await.starts_with("HTTP/1.1 200"));
    for stream in &mut slow {
        read_until(stream, "").await;
    }
    assert!(begun.elapsed() >= head_time_max, "{:?}", begun.elapsed());
}

/// The whole server on a book of its own, where nothing may take longer than this.
async fn whole_server(request_time_max: Duration) -> SocketAddr {
    let store = Store::open("sqlite::memory:").await.unwrap();
    store.migrate().await.unwrap();
    let clock = Clock::simulated("2026-01-31T09:00:00Z".parse().unwrap());
    let reach = EndpointReach::Public;
    let app = App::new(store, clock, [7; 32], "http://localhost".to_owned(), reach).unwrap();
    app.bootstrap(Some(KEY)).await.unwrap();
    let options = ServerOptions { request_time_max, ..ServerOptions::default() };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let until = std::future::pending();
    tokio::spawn(serve(listener, serve_router(app, options), Allowance::default(), until));
    address
}

/// Whoever sends a head, a byte, and then no more is told so, and has no connection any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_never_comes_ends_its_connection() {
    let address = whole_server(Duration::from_millis(500)).await;
    let head = |line: &str, kind: &str| {
        format!(
            "{line} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {KEY}\r\n\
             content-type: {kind}\r\ncontent-length: 900\r\n\r\n"
        )
    };
    let mut waiting = Vec::new();
    for (line, kind, begins) in [
        ("POST /backend/sign-in", "application/x-www-form-urlencoded", "k"),
        ("POST /backend/language", "application/x-www-form-urlencoded", "l"),
        ("PUT /v1/tags/month", "application/json", "{"),
        ("PUT /v1/settings", "application/json", "{"),
        ("POST /v1/checkouts", "application/json", "{"),
        ("POST /v1/carts/evaluate", "application/json", "{"),
        ("POST /v1/billing/runs", "application/json", "{"),
    ] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(format!("{}{begins}", head(line, kind)).as_bytes()).await.unwrap();
        waiting.push((line, stream));
    }
    for (line, mut stream) in waiting {
        // `read_until` fails where it does not end.
        let told = read_until(&mut stream, "").await;
        assert!(told.starts_with("HTTP/1.1 504"), "{line}: {told}");
    }
}

/// Asks for something that is answered once `pong` has come, and is under way.
async fn under_way(address: SocketAddr) -> TcpStream {
    let mut busy = TcpStream::connect(address).await.unwrap();
    let head =
        b"POST /echo HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\n";
    busy.write_all(head).await.unwrap();
    // The handler has begun where the body is asked for.
    assert!(read_until(&mut busy, "\r\n\r\n").await.starts_with("HTTP/1.1 100"));
    busy
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_are_no_more_connections_than_allowed_and_the_next_waits_its_turn() {
    let served = served(Allowance { connections_max: 1, ..Allowance::default() }).await;
    let mut first = under_way(served.address).await;
    let mut second = TcpStream::connect(served.address).await.unwrap();
    second.write_all(GET).await.unwrap();
    // While something is asked on it, the first has the only seat.
    let early = tokio::time::timeout(Duration::from_millis(500), second.read(&mut [0; 1])).await;
    assert!(early.is_err(), "{early:?}");
    first.write_all(b"pong").await.unwrap();
    assert!(read_until(&mut first, "pong").await.contains("HTTP/1.1 200"));
    assert!(read_until(&mut second, "127.0.0.1").await.starts_with("HTTP/1.1 200"));
}

/// Small answers fit into the buffers on the way, so nothing waits to be read: each of these
/// connections only rests.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_rest_in_all_seats_keep_nobody_out() {
    let allowance = Allowance { connections_max: 12, per_address_max: 3, ..Allowance::default() };
    let served = served(allowance).await;
    let mut resting = Vec::new();
    for own in 1..=4 {
        for says in [GET.repeat(60), GET.to_vec(), Vec::new()] {
            let socket = TcpSocket::new_v4().unwrap();
            socket.bind((Ipv4Addr::new(127, 0, 0, own), 0).into()).unwrap();
            let mut stream = socket.connect(served.address).await.unwrap();
            stream.write_all(&says).await.unwrap();
            resting.push(stream);
        }
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let begun = Instant::now();
    for _ in 0..6 {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::new(127, 0, 0, 9), 0).into()).unwrap();
        let mut newcomer = socket.connect(served.address).await.unwrap();
        newcomer.write_all(GET).await.unwrap();
        let answer = read_until(&mut newcomer, "127.0.0.9").await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

/// One who sends one request after the other has the seat for so many, and no longer where
/// others wait.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_asks_again_and_again_goes_behind_those_who_wait() {
    let served = served(Allowance { connections_max: 1, ..Allowance::default() }).await;
    let mut first = TcpStream::connect(served.address).await.unwrap();
    first.write_all(GET).await.unwrap();
    read_until(&mut first, "127.0.0.1").await;
    let address = served.address;
    let second = tokio::spawn(async move {
        let mut second = TcpStream::connect(address).await.unwrap();
        second.write_all(GET).await.unwrap();
        read_until(&mut second, "127.0.0.1").await
    });
    let mut told = String::new();
    while !told.contains("connection: close") {
        let is_said = first.write_all(GET).await.is_ok();
        told = read_until(&mut first, "127.0.0.1").await;
        // On a slow machine it may seem to rest.
        if !is_said || told.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert!(second.await.unwrap().starts_with("HTTP/1.1 200"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_begun_is_answered_before_the_server_ends() {
    let served = served(Allowance::default()).await;
    let mut idle = TcpStream::connect(served.address).await.unwrap();
    idle.write_all(GET).await.unwrap();
    read_until(&mut idle, "127.0.0.1").await;
    let mut busy = under_way(served.address).await;
    served.stop.send(()).unwrap();
    // One that rests between two requests is closed at once.
    assert_eq!(read_until(&mut idle, "").await, "");
    assert!(TcpStream::connect(served.address).await.is_err());
    busy.write_all(b"pong").await.unwrap();
    let answer = read_until(&mut busy, "").await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("pong"), "{answer}");
    tokio::time::timeout(PATIENCE, served.ended).await.expect("it ends").unwrap();
}

/// Asks for more than it ever reads.
async fn deaf(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // It may be closed before all of this is written.
    let _ = stream.write_all(&b"GET /long HTTP/1.1\r\nhost: x\r\n\r\n".repeat(20)).await;
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_who_reads_no_answer_keeps_no_seat() {
    let write_time_max = Duration::from_millis(300);
    let allowance = Allowance { connections_max: 3, write_time_max, ..Allowance::default() };
    let served = served(allowance).await;
    let mut deaf_ones = Vec::new();
    for _ in 0..3 {
        deaf_ones.push(deaf(served.address).await);
    }
    let mut other = TcpStream::connect(served.address).await.unwrap();
    other.write_all(GET).await.unwrap();
    assert!(read_until(&mut other, "127.0.0.1").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_who_reads_no_answer_does_not_keep_the_server_from_ending() {
    let write_time_max = Duration::from_millis(300);
    let served = served(Allowance { write_time_max, ..Allowance::default() }).await;
    let _deaf = deaf(served.address).await;
    served.stop.send(()).unwrap();
    tokio::time::timeout(PATIENCE, served.ended).await.expect("it ends").unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_read_slowly_arrives_whole() {
    let write_time_max = Duration::from_millis(300);
    let served = served(Allowance { write_time_max, ..Allowance::default() }).await;
    let mut slow = TcpStream::connect(served.address).await.unwrap();
    slow.write_all(b"GET /long HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let (mut read, mut buffer) = (0, vec![0; 1 << 20]);
    loop {
        match slow.read(&mut buffer).await.unwrap() {
            0 => break,
            more => read += more,
        }
        // In all far longer than the server waits for any part.
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    assert!(read > LONG, "{read}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_has_no_more_than_its_share() {
    let served = served(Allowance { per_address_max: 2, ..Allowance::default() }).await;
    let mut own = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(served.address).await.unwrap();
        stream.write_all(GET).await.unwrap();
        assert!(read_until(&mut stream, "127.0.0.1").await.starts_with("HTTP/1.1 200"));
        own.push(stream);
    }
    let mut more = TcpStream::connect(served.address).await.unwrap();
    more.write_all(GET).await.unwrap();
    let answer = read_until(&mut more, "").await;
    assert!(answer.starts_with("HTTP/1.1 429"), "{answer}");
    drop(own);
    let mut answer = String::new();
    while !answer.starts_with("HTTP/1.1 200") {
        let mut again = TcpStream::connect(served.address).await.unwrap();
        // It may be closed before this is written.
        let _ = again.write_all(GET).await;
        answer = read_until(&mut again, "127.0.0.1").await;
    }
}

/// How many connections of a flood are open at a time.
const FLOOD: usize = 200;

/// Opens connections from these addresses for ever, one after the other: each says this and
/// nothing more, and reads no answer.
async fn flood(address: SocketAddr, from: Vec<Ipv4Addr>, says: Vec<u8>) {
    let mut open = VecDeque::new();
    for own in from.iter().cycle() {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((*own, 0).into()).unwrap();
        let mut stream = socket.connect(address).await.unwrap();
        // It may be closed before all of this is written.
        let _ = tokio::time::timeout(Duration::from_millis(5), stream.write_all(&says)).await;
        open.push_back(stream);
        if open.len() > FLOOD {
            open.pop_front();
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Asks after the health on a connection of its own: whether it was told at once.
async fn is_told_of_health(address: SocketAddr) -> bool {
    let begun = Instant::now();
    let mut probe = TcpStream::connect(address).await.unwrap();
    probe.write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let answer = read_until(&mut probe, "").await;
    let is_told = answer.starts_with("HTTP/1.1 200") && answer.ends_with("live");
    is_told && begun.elapsed() < Duration::from_secs(1)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_floods_the_server_it_is_still_told_of_the_health() {
    let deaf = b"GET /long HTTP/1.1\r\nhost: x\r\n\r\n".repeat(20);
    for says in [b"".to_vec(), b"GET /who HTTP/1.1\r\nx: ".to_vec(), deaf] {
        for addresses in [1, 20] {
            let served = served(Allowance {
                connections_max: 8,
                per_address_max: 5,
                write_time_max: PATIENCE,
                ..Allowance::default()
            });
            let served = served.await;
            // The probe is of an address that floods, too.
            let from = (1..=addresses).map(|n| Ipv4Addr::new(127, 0, 0, n)).collect();
            let flooding = tokio::spawn(flood(served.address, from, says.clone()));
            tokio::time::sleep(Duration::from_millis(500)).await;
            let mut best = 0;
            // A busy machine spoils a round; a server that is starved, every one.
            for _ in 0..3 {
                let mut told = 0;
                for _ in 0..20 {
                    told += usize::from(is_told_of_health(served.address).await);
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                best = best.max(told);
                if best >= 18 {
                    break;
                }
            }
            flooding.abort();
            // One or the other may meet a moment in which this machine does something else.
            let said = String::from_utf8_lossy(&says[..says.len().min(20)]).into_owned();
            assert!(best >= 18, "{best} of 20 beside {addresses} that say {said:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_is_told_when_all_seats_are_taken() {
    let served = served(Allowance { connections_max: 1, ..Allowance::default() }).await;
    let mut first = TcpStream::connect(served.address).await.unwrap();
    first.write_all(GET).await.unwrap();
    read_until(&mut first, "127.0.0.1").await;
    let mut probe = TcpStream::connect(served.address).await.unwrap();
    probe.write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let answer = read_until(&mut probe, "").await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("live"), "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_behind_a_trusted_proxy_have_a_share_each() {
    let allowance = Allowance {
        per_address_max: 1,
        proxies: "127.0.0.0/8".parse().unwrap(),
        ..Allowance::default()
    };
    let served = served(allowance).await;
    let post = "POST /echo HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 4\r\n";
    let mut busy = TcpStream::connect(served.address).await.unwrap();
    let of_one = format!("{post}x-forwarded-for: 203.0.113.1\r\n\r\n");
    busy.write_all(of_one.as_bytes()).await.unwrap();
    assert!(read_until(&mut busy, "\r\n\r\n").await.starts_with("HTTP/1.1 100"));
    for (client, status) in [("203.0.113.1", 429), ("203.0.113.2", 200)] {
        let mut stream = TcpStream::connect(served.address).await.unwrap();
        let head = format!(
            "GET /who HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-forwarded-for: {client}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let answer = read_until(&mut stream, "").await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{client}: {answer}");
    }
}
