//! Clients that take their time.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::{get, post};
use crossgrade::http::connections::{Allowance, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Far longer than anything here should take.
const PATIENCE: Duration = Duration::from_mins(1);
const GET: &[u8] = b"GET /who HTTP/1.1\r\nhost: x\r\n\r\n";

struct Served {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

async fn served(allowance: Allowance) -> Served {
    let who = |info: axum::extract::ConnectInfo<SocketAddr>| async move { info.0.ip().to_string() };
    let router =
        Router::new().route("/who", get(who)).route("/echo", post(async |body: String| body));
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_are_no_more_connections_than_allowed_and_the_next_waits_its_turn() {
    let served = served(Allowance { connections_max: 1, ..Allowance::default() }).await;
    let mut first = TcpStream::connect(served.address).await.unwrap();
    first.write_all(GET).await.unwrap();
    read_until(&mut first, "127.0.0.1").await;
    let mut second = TcpStream::connect(served.address).await.unwrap();
    second.write_all(GET).await.unwrap();
    // The first still has the only seat and can use it.
    first.write_all(GET).await.unwrap();
    assert!(read_until(&mut first, "127.0.0.1").await.starts_with("HTTP/1.1 200"));
    drop(first);
    assert!(read_until(&mut second, "127.0.0.1").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_begun_is_answered_before_the_server_ends() {
    let served = served(Allowance::default()).await;
    let mut idle = TcpStream::connect(served.address).await.unwrap();
    idle.write_all(GET).await.unwrap();
    read_until(&mut idle, "127.0.0.1").await;
    let mut busy = TcpStream::connect(served.address).await.unwrap();
    let head =
        b"POST /echo HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\n";
    busy.write_all(head).await.unwrap();
    // The handler has begun where the body is asked for.
    assert!(read_until(&mut busy, "\r\n\r\n").await.starts_with("HTTP/1.1 100"));
    served.stop.send(()).unwrap();
    // One that rests between two requests is closed at once.
    assert_eq!(read_until(&mut idle, "").await, "");
    assert!(TcpStream::connect(served.address).await.is_err());
    busy.write_all(b"pong").await.unwrap();
    let answer = read_until(&mut busy, "").await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("pong"), "{answer}");
    tokio::time::timeout(PATIENCE, served.ended).await.expect("it ends").unwrap();
}
