//! Connections: how many there may be, how long one may take to say what it wants, and how they
//! end when the server does.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::connect_info::ConnectInfo;
use axum::{Extension, Router};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tower::Layer;

/// How many connections there may be at a time, unless told otherwise: below the number of open
/// files that most machines allow a process.
const CONNECTIONS_MAX: u32 = 900;
/// How long the head of a request may take, from when the server waits for it, unless told
/// otherwise; as long may a connection rest between two requests.
const HEAD_TIME_MAX: Duration = Duration::from_secs(30);
/// How long to wait where the machine has no more connections to give.
const OUT_OF_FILES: Duration = Duration::from_millis(500);

/// What connections may take.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    /// How many there may be at a time; more wait until one ends.
    pub connections_max: u32,
    /// How long the head of a request may take; after that the connection is closed.
    pub head_time_max: Duration,
}

impl Default for Allowance {
    fn default() -> Self {
        Self { connections_max: CONNECTIONS_MAX, head_time_max: HEAD_TIME_MAX }
    }
}

/// Serves until `stop`; then nobody else is let in, requests that have begun are answered, and
/// it returns when all connections have ended.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    allowance: Allowance,
    stop: impl Future<Output = ()>,
) {
    let seats = Arc::new(Semaphore::new(allowance.connections_max as usize));
    let (closing, closed) = watch::channel(false);
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(allowance.head_time_max);
    let mut stop = std::pin::pin!(stop);
    loop {
        let guest = async {
            let seat = Arc::clone(&seats).acquire_owned().await;
            (accept(&listener).await, seat)
        };
        let ((stream, address), seat) = tokio::select! {
            () = &mut stop => break,
            guest = guest => guest,
        };
        let router = router.clone();
        let (builder, closed) = (builder.clone(), closed.clone());
        tokio::spawn(async move {
            talk(&builder, stream, address, router, closed).await;
            drop(seat);
        });
    }
    drop(listener);
    closing.send_replace(true);
    // All seats are free again when all have gone.
    let _all = seats.acquire_many(allowance.connections_max).await;
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(OUT_OF_FILES).await;
            }
        }
    }
}

/// One connection from its first request to its last.
async fn talk(
    builder: &Builder<TokioExecutor>,
    stream: TcpStream,
    address: SocketAddr,
    router: Router,
    mut closed: watch::Receiver<bool>,
) {
    let service = TowerToHyperService::new(Extension(ConnectInfo(address)).layer(router));
    let talk = builder.serve_connection(TokioIo::new(stream), service);
    let mut talk = std::pin::pin!(talk);
    // The one who would say so cannot be gone before it is said.
    let told = async { closed.wait_for(|closed| *closed).await.is_ok() };
    let ended = tokio::select! {
        ended = &mut talk => ended,
        _ = told => {
            talk.as_mut().graceful_shutdown();
            talk.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}
