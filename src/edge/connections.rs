//! Connections: how many there may be, in all and from one address, how long one may take to say
//! what it wants and to take what it is given, and how they end when the server does.
//!
//! Who is behind a proxy is asked of `clients`; how long an answer waits for its reader, of
//! `write_timeout`.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::connect_info::ConnectInfo;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tower::Layer;

use crate::edge::clients::{self, Proxies};
use crate::edge::problem::{Code, Problem};
use crate::edge::shares::Shares;
use crate::edge::write_timeout::WriteTimeout;

/// How many connections there may be at a time, unless told otherwise: below the number of open
/// files that most machines allow a process.
const CONNECTIONS_MAX: u32 = 900;
/// How many of them one address may have, unless told otherwise.
const PER_ADDRESS_MAX: u32 = 300;
/// How many more may wait in the lobby when all seats are taken, or all that an address may have:
/// there health and metrics are answered, everything else waits for a seat or is turned away.
const LOBBY_SEATS: u32 = 32;
/// How many of them one address may have.
const LOBBY_PER_ADDRESS: u32 = 8;
/// How long one waits in the lobby for a seat.
const LOBBY_TIME_MAX: Duration = Duration::from_secs(5);
/// How long the head of a request may take, from when the server waits for it, unless told
/// otherwise; as long may a connection rest between two requests.
const HEAD_TIME_MAX: Duration = Duration::from_secs(30);
/// How long a client may take nothing of an answer, unless told otherwise.
const WRITE_TIME_MAX: Duration = Duration::from_secs(10);
/// How long to wait where the machine has no more connections to give.
const OUT_OF_FILES: Duration = Duration::from_millis(500);

/// What connections may take.
#[derive(Clone, Debug)]
pub struct Allowance {
    /// How many there may be at a time; more wait until one ends.
    pub connections_max: u32,
    /// How many of them one address may have; more are turned away. An IPv6 address stands for its
    /// /64.
    pub per_address_max: u32,
    /// How long the head of a request may take; after that the connection is closed.
    pub head_time_max: Duration,
    /// How long a client may take nothing of what it is answered; after that the connection is
    /// closed.
    pub write_time_max: Duration,
    /// The proxies that are trusted: their connections are not counted, but the requests that they
    /// pass on are, each for the address that it comes from.
    pub proxies: Proxies,
}

impl Default for Allowance {
    fn default() -> Self {
        Self {
            connections_max: CONNECTIONS_MAX,
            per_address_max: PER_ADDRESS_MAX,
            head_time_max: HEAD_TIME_MAX,
            write_time_max: WRITE_TIME_MAX,
            proxies: Proxies::default(),
        }
    }
}

/// What all connections share.
struct ConnectionTable {
    allowance: Allowance,
    seats: Arc<Semaphore>,
    lobby: Arc<Semaphore>,
    shares: Arc<Shares>,
    lobby_shares: Arc<Shares>,
    /// For those who have a seat.
    router: Router,
    /// For those who wait for one.
    lobby_router: Router,
    /// For those whose address has all that it may.
    health_router: Router,
}

impl ConnectionTable {
    fn new(router: Router, allowance: Allowance) -> Self {
        let seats = Arc::new(Semaphore::new(allowance.connections_max as usize));
        let shares = Arc::new(Shares::new(allowance.per_address_max));
        let behind =
            ProxiedClients { proxies: allowance.proxies.clone(), shares: Arc::clone(&shares) };
        let router = router.layer(from_fn_with_state(Arc::new(behind), count_behind_proxies));
        let waiting = from_fn_with_state(Arc::clone(&seats), wait_for_seat);
        Self {
            lobby: Arc::new(Semaphore::new(LOBBY_SEATS as usize)),
            lobby_shares: Arc::new(Shares::new(LOBBY_PER_ADDRESS)),
            lobby_router: router.clone().layer(waiting),
            health_router: router.clone().layer(from_fn(turn_away)),
            seats,
            shares,
            router,
            allowance,
        }
    }

    /// One connection, from where it is shown to its seat to its last answer.
    async fn receive(&self, stream: TcpStream, address: SocketAddr, closed: watch::Receiver<bool>) {
        let ip = clients::widened(address.ip().to_canonical());
        let is_counted = !self.allowance.proxies.trusts(address.ip());
        let share = is_counted.then(|| self.shares.take(ip));
        let has_all = matches!(share, Some(None));
        let seat = Arc::clone(&self.seats).try_acquire_owned();
        if let Some(seat) = seat.ok().filter(|_| !has_all) {
            let builder = builder(self.allowance.head_time_max);
            self.talk(&builder, stream, address, &self.router, closed).await;
            drop((seat, share));
            return;
        }
        let lobby_share = is_counted.then(|| self.lobby_shares.take(ip));
        if matches!(lobby_share, Some(None)) {
            tracing::debug!(%ip, "an address has all its connections");
        } else if let Ok(seat) = Arc::clone(&self.lobby).try_acquire_owned() {
            let builder = builder(self.allowance.head_time_max.min(LOBBY_TIME_MAX));
            let router = if has_all { &self.health_router } else { &self.lobby_router };
            self.talk(&builder, stream, address, router, closed).await;
            drop(seat);
        } else {
            tracing::warn!("the server has no seat left, not even in the lobby");
        }
        drop((share, lobby_share));
    }

    /// One connection from its first request to its last.
    async fn talk(
        &self,
        builder: &Builder<TokioExecutor>,
        stream: TcpStream,
        address: SocketAddr,
        router: &Router,
        mut closed: watch::Receiver<bool>,
    ) {
        let service = Extension(ConnectInfo(address)).layer(router.clone());
        let stream = WriteTimeout::new(stream, self.allowance.write_time_max);
        let service = TowerToHyperService::new(service);
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
}

fn builder(head_time_max: Duration) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(head_time_max);
    builder
}

/// Serves until `stop`; then nobody else is let in, requests that have begun are answered, and
/// it returns when all connections have ended.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    allowance: Allowance,
    stop: impl Future<Output = ()>,
) {
    let house = Arc::new(ConnectionTable::new(router, allowance));
    let (closing, closed) = watch::channel(false);
    let mut stop = std::pin::pin!(stop);
    loop {
        let (stream, address) = tokio::select! {
            () = &mut stop => break,
            guest = accept(&listener) => guest,
        };
        let (house, closed) = (Arc::clone(&house), closed.clone());
        tokio::spawn(async move { house.receive(stream, address, closed).await });
    }
    drop(listener);
    drop(closed);
    closing.send_replace(true);
    // Nobody listens any more when all have gone.
    closing.closed().await;
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

/// Answers a request in the lobby: what asks after the server's health at once, anything else
/// when there is a seat, and then no other on this connection.
async fn wait_for_seat(
    State(seats): State<Arc<Semaphore>>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = if asks_for_health(&request) {
        next.run(request).await
    } else {
        match tokio::time::timeout(LOBBY_TIME_MAX, seats.acquire()).await {
            Ok(Ok(_seat)) => next.run(request).await,
            _ => Problem::new(Code::Unavailable, "all connections are taken: come again")
                .into_response(),
        }
    };
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Answers a request of an address that has all that it may: only what asks after the server's
/// health, and then no other on this connection.
async fn turn_away(request: Request, next: Next) -> Response {
    let mut response = if asks_for_health(&request) {
        next.run(request).await
    } else {
        let detail = "this address has too many connections: use those that there are";
        Problem::new(Code::TooManyRequests, detail).into_response()
    };
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

fn asks_for_health(request: &Request) -> bool {
    let path = request.uri().path();
    path.starts_with("/health/") || path == "/metrics"
}

/// Who is counted behind a trusted proxy, and how many there are.
struct ProxiedClients {
    proxies: Proxies,
    shares: Arc<Shares>,
}

/// Gives those behind a trusted proxy a share of its requests, as others have of the connections.
async fn count_behind_proxies(
    State(behind): State<Arc<ProxiedClients>>,
    request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    if !peer.is_some_and(|ConnectInfo(peer)| behind.proxies.trusts(peer.ip())) {
        return next.run(request).await;
    }
    let client: IpAddr = behind.proxies.client(request.extensions(), request.headers());
    // A proxy that names nobody asks for itself.
    let share = (!behind.proxies.trusts(client)).then(|| behind.shares.take(client));
    match share {
        Some(None) => {
            let detail = "this address has too many requests under way: wait for their answers";
            Problem::new(Code::TooManyRequests, detail).into_response()
        }
        _held => next.run(request).await,
    }
}
