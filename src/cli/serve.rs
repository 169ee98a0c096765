//! `crossgrade serve`: the API, the pages and the billing worker on one book, until told to stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::app::dispatcher::Dispatcher;
use crate::app::{App, AppError};
use crate::clock::Clock;
use crate::edge::connections::{self, Allowance};
use crate::edge::limits::Limits;
use crate::edge::{process, telemetry};
use crate::gateway::mail::{MailServer, NoServer, Smtp, sender};
use crate::gateway::webhook::HttpGateway;
use crate::jobs;
use crate::server;
use crate::store::StoreError;

use super::args::{Common, Serve};
use super::book::Access;
use super::error::CliError;
use super::{book, say::say};

/// How long the end of what is in flight is waited for, beyond the time that a request may take.
const GRACE: Duration = Duration::from_secs(5);
/// How long the first clients wait until rules are read that they may ask about; what takes longer
/// goes on beside them.
const AHEAD: Duration = Duration::from_millis(600);
/// How often old measurements are folded, which nobody else does.
const METRICS_EVERY: Duration = Duration::from_secs(5);

pub(super) async fn run(common: &Common, serve: &Serve) -> Result<(), CliError> {
    let access = if serve.no_migrate { Access::Existing } else { Access::Upgrade };
    let store = book::open_store(common, access).await?;
    let listener = listen(serve.listen).await?;
    let serve = with_address(serve, &listener)?;
    let app =
        book::start(store, serve.test_clock.as_deref(), serve.public_url(), serve.reach()).await?;
    app.check_clock(serve.accept_clock).await?;
    app.take_over().await?;
    if let Some(key) = &serve.admin_key {
        app.ensure_admin_key(key).await?;
    } else if app.every_merchant().await?.is_empty() {
        say("nobody can sign in yet: `crossgrade keys create --role admin` makes the first key");
    }
    say(format!("crossgrade listens on {}", serve.public_url()));
    host(app, listener, &serve, false).await
}

/// Takes an address; everything else waits until that worked.
pub(super) async fn listen(address: SocketAddr) -> Result<TcpListener, CliError> {
    let what = format!("cannot listen on {address}");
    TcpListener::bind(address).await.map_err(CliError::io(what))
}

/// The options with the address that was really taken, where any port would do.
pub(super) fn with_address(serve: &Serve, listener: &TcpListener) -> Result<Serve, CliError> {
    let listen = listener.local_addr().map_err(CliError::io("reading our own address"))?;
    Ok(Serve { listen, ..serve.clone() })
}

/// Serves an engine until the process is told to stop, and then ends what is in flight. A demo
/// has pages of its own.
pub(super) async fn host(
    app: App,
    listener: TcpListener,
    serve: &Serve,
    is_demo: bool,
) -> Result<(), CliError> {
    app.renderer().ready().map_err(AppError::from)?;
    let (stop, stopped) = watch::channel(false);
    let told = told_to_stop().map_err(CliError::io("listening for signals"))?;
    let (draining, drain) = (app.clone(), Duration::from_secs(serve.drain_seconds));
    let signals = tokio::spawn(async move {
        let end = tokio::select! {
            () = told => Ok(()),
            () = draining.outdated() => Err(StoreError::Newer),
        };
        // Whoever sends requests here sees that it stops before it does.
        draining.drain();
        tokio::time::sleep(drain).await;
        tracing::info!("told to stop: what is in flight is finished");
        stop.send_replace(true);
        (stop, end)
    });
    let router = router(&app, serve, is_demo, &stopped).await?;
    if let Some(mailer) = mailer(serve)? {
        app.mail_through(Arc::new(mailer));
    }
    let web =
        HttpGateway::new(serve.reach()).map_err(|error| CliError::Failed(error.to_string()))?;
    let dispatcher = Dispatcher::new(app.clone(), Arc::new(web), Clock::System);
    let worker = tokio::spawn(jobs::run(app.clone(), dispatcher, work(serve), stopped.clone()));
    let ahead = tokio::spawn(read_ahead(app.clone()));
    if tokio::time::timeout(AHEAD, ahead).await.is_err() {
        tracing::info!("there are many rules: they are read while the first requests come");
    }
    let limit = Duration::from_secs(serve.request_timeout_seconds) + GRACE;
    let served = connections::serve(listener, router, allowance(serve), until(stopped.clone()));
    tokio::select! {
        () = served => {}
        () = async { until(stopped.clone()).await; tokio::time::sleep(limit).await } => {
            tracing::warn!("some connections did not end in time and are cut");
        }
    }
    let rest = async { (worker.await, app.at_rest().await) };
    if tokio::time::timeout(limit, rest).await.is_err() {
        tracing::warn!("the workers did not end in time; the next ones go on where they stood");
    }
    app.store().close().await;
    // It has ended: nobody stops serving before it.
    let (_stop, end) = signals.await.map_err(AppError::broken)?;
    Ok(end?)
}

async fn read_ahead(app: App) {
    if let Err(error) = app.read_rules_ahead().await {
        tracing::warn!(%error, "rules were not read ahead: whoever asks about them reads them");
    }
}

/// What sends mails, where that is set up.
fn mailer(serve: &Serve) -> Result<Option<Smtp>, CliError> {
    let wrong = |error: NoServer| CliError::Wrong(format!("the mail server: {error}"));
    match (&serve.smtp_url, &serve.mail_from) {
        (Some(url), Some(from)) => {
            let server = MailServer::parse(url).map_err(wrong)?;
            Ok(Some(Smtp::new(server, sender(from).map_err(wrong)?).map_err(wrong)?))
        }
        (None, _) => Ok(None),
        (Some(_), None) => {
            Err(CliError::Wrong("`--smtp-url` needs `--mail-from`: who sends the mails".to_owned()))
        }
    }
}

fn allowance(serve: &Serve) -> Allowance {
    let head_time_max = Duration::from_secs(serve.idle_timeout_seconds);
    let proxies = serve.trusted_proxies.clone().unwrap_or_default();
    Allowance { head_time_max, proxies, ..Allowance::default() }
}

fn work(serve: &Serve) -> jobs::WorkerOptions {
    jobs::WorkerOptions {
        billing_every: Duration::from_secs(serve.billing_interval_seconds),
        workers: usize::from(serve.workers),
    }
}

/// The whole server; the metrics stand on their own address where one is given.
async fn router(
    app: &App,
    serve: &Serve,
    is_demo: bool,
    stopped: &watch::Receiver<bool>,
) -> Result<axum::Router, CliError> {
    let handle = telemetry::install_metrics()
        .map_err(|error| CliError::Failed(format!("metrics cannot be taken: {error}")))?;
    let (upkeep, store) = (handle.clone(), app.store().clone());
    let mut ended = stopped.clone();
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(METRICS_EVERY);
        while !*ended.borrow_and_update() {
            ticks.tick().await;
            upkeep.run_upkeep();
            process::note();
            telemetry::note_connections(store.connections());
        }
    });
    let metrics = match serve.metrics_listen {
        None => Some(handle),
        Some(address) => {
            let listener = listen(address).await?;
            let router = server::metrics_router(handle);
            let until = until(stopped.clone());
            tokio::spawn(connections::serve(listener, router, allowance(serve), until));
            None
        }
    };
    let options = server::ServerOptions {
        metrics,
        limits: Limits {
            requests_per_second: serve.rate_limit,
            proxies: serve.trusted_proxies.clone().unwrap_or_default(),
            ..Limits::default()
        },
        body_bytes_max: usize::try_from(serve.body_limit_bytes).unwrap_or(usize::MAX),
        request_time_max: Duration::from_secs(serve.request_timeout_seconds),
        is_demo,
    };
    Ok(server::serve_router(app.clone(), options))
}

/// Waits until the server is told to stop.
async fn until(mut stopped: watch::Receiver<bool>) {
    if stopped.wait_for(|stopped| *stopped).await.is_err() {
        tracing::debug!("nobody is left who could say stop");
    }
}

/// Listens for SIGTERM and SIGINT from now on; the future ends with the first.
#[cfg(unix)]
fn told_to_stop() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut term = signal(SignalKind::terminate())?;
    let mut int = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! { _ = term.recv() => {}, _ = int.recv() => {} }
    })
}

/// Listens for Ctrl-C.
#[cfg(not(unix))]
fn told_to_stop() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
