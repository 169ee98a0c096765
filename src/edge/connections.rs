//! Connections: how many there may be, in all and from one address, how long one may take to say
//! what it wants and to take what it is given, and how they end when the server does.
//!
//! Who is behind a proxy is asked of `clients`; who has a seat, of `seats`; who is let in without
//! one, of `lobby`; how long
//! an answer waits for its reader, of `write_timeout`.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::connect_info::ConnectInfo;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tower::Layer;

use crate::edge::clients::{self, Proxies};
use crate::edge::lobby::{Lobby, Place};
use crate::edge::problem::{Code, Problem};
use crate::edge::seats::{Seat, Seats};
use crate::edge::shares::Shares;
use crate::edge::write_timeout::WriteTimeout;

/// How many connections there may be at a time, unless told otherwise: below the number of open
/// files that most machines allow a process.
const CONNECTIONS_MAX: u32 = 900;
/// How many of them one address may have, unless told otherwise.
const PER_ADDRESS_MAX: u32 = 300;
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
    seats: Arc<Seats>,
    shares: Arc<Shares>,
    lobby: Arc<Lobby>,
    router: Router,
}

/// Where a connection stands.
#[derive(Clone)]
enum Standing {
    /// It has a seat.
    Seated(Arc<Seat>),
    /// It waits for one.
    Waiting(Arc<Place>),
    /// It gets none: its address has all that it may.
    TooMany,
}

impl ConnectionTable {
    fn new(router: Router, allowance: Allowance) -> Self {
        let seats = Seats::new(allowance.connections_max);
        let shares = Arc::new(Shares::new(allowance.per_address_max));
        let behind =
            ProxiedClients { proxies: allowance.proxies.clone(), shares: Arc::clone(&shares) };
        let router = router
            .layer(from_fn_with_state(Arc::new(behind), count_behind_proxies))
            .layer(from_fn_with_state(Arc::clone(&seats), let_in));
        Self { allowance, seats, shares, lobby: Arc::default(), router }
    }

    /// One connection, from where it is shown to its seat to its last answer.
    async fn receive(&self, stream: TcpStream, address: SocketAddr, closed: watch::Receiver<bool>) {
        let ip = clients::widened(address.ip().to_canonical());
        let is_counted = !self.allowance.proxies.trusts(address.ip());
        let share = is_counted.then(|| self.shares.take(ip));
        let has_all = matches!(share, Some(None));
        if let Some(seat) = (!has_all).then(|| self.seats.take(ip)).flatten() {
            let builder = builder(self.allowance.head_time_max);
            self.talk(&builder, stream, address, Standing::Seated(seat), closed).await;
            drop(share);
            return;
        }
        let place = Arc::new(self.lobby.enter(ip, is_counted));
        let builder = builder(self.allowance.head_time_max.min(LOBBY_TIME_MAX));
        let standing =
            if has_all { Standing::TooMany } else { Standing::Waiting(Arc::clone(&place)) };
        tokio::select! {
            () = place.lost() => tracing::debug!(%ip, "a connection without a seat gave way"),
            () = self.talk(&builder, stream, address, standing, closed) => {}
        }
        drop(share);
    }

    /// One connection from its first request to its last.
    async fn talk(
        &self,
        builder: &Builder<TokioExecutor>,
        stream: TcpStream,
        address: SocketAddr,
        standing: Standing,
        mut closed: watch::Receiver<bool>,
    ) {
        let seat = match &standing {
            Standing::Seated(seat) => Some(Arc::clone(seat)),
            Standing::Waiting(_) | Standing::TooMany => None,
        };
        let service = Extension(standing).layer(self.router.clone());
        let service = Extension(ConnectInfo(address)).layer(service);
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
            has_asked = gives_way(seat.as_deref()) => {
                tracing::debug!(%address, "a connection that rested gave way");
                // One that has never asked would be waited for.
                if !has_asked {
                    return;
                }
                talk.as_mut().graceful_shutdown();
                talk.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended early");
        }
    }
}

/// Ends when a seat is to be given up; whether something was ever asked from it.
async fn gives_way(seat: Option<&Seat>) -> bool {
    let Some(seat) = seat else { return std::future::pending().await };
    seat.lost().await;
    seat.has_asked()
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

/// Answers a request of one who has a seat, which goes behind those who wait after many in a row.
/// Without one, what asks after the server's health is
/// answered at once, anything else when there is a seat, or turned away; and then no other on this
/// connection.
async fn let_in(
    State(seats): State<Arc<Seats>>,
    Extension(standing): Extension<Standing>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = match standing {
        Standing::Seated(seat) => {
            let asking = seat.ask();
            let response = next.run(request).await;
            drop(asking);
            if !seat.has_had_its_turn() {
                return response;
            }
            response
        }
        _ if asks_for_health(&request) => next.run(request).await,
        Standing::Waiting(place) if is_seated(&place, &seats).await => next.run(request).await,
        Standing::Waiting(_) => {
            Problem::new(Code::Unavailable, "all connections are taken: come again").into_response()
        }
        Standing::TooMany => {
            let detail = "this address has too many connections: use those that there are";
            Problem::new(Code::TooManyRequests, detail).into_response()
        }
    };
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Whether there was a seat in time; it is kept as long as the place.
async fn is_seated(place: &Place, seats: &Seats) -> bool {
    if !place.wait() {
        return false;
    }
    if let Some(seat) = seats.wait(LOBBY_TIME_MAX).await {
        place.sit(seat);
        return true;
    }
    place.wait_no_more();
    false
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
