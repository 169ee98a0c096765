//! `crossgrade demo`: a server on a fresh book with a publisher's catalogue, customers with a
//! past, and a clock to play with. What the customers did stands in `story`.

mod story;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::app::access::DEFAULT_MERCHANT;
use crate::app::{App, AppError};
use crate::domain::ids::MerchantId;
use crate::edge::limits::REQUESTS_PER_SECOND;
use crate::store::Store;

use super::args::{Demo, Serve};
use super::error::CliError;
use super::{book, say::say, serve};
use story::StoryTold;

/// The first day of the story.
const START: &str = "2026-01-31";

pub(super) async fn run(demo: &Demo) -> Result<(), CliError> {
    let listener = serve::listen(demo.listen).await?;
    let serve = serve::with_address(&options(demo.listen), &listener)?;
    let folder = fresh_folder()?;
    let went = host(&folder, listener, &serve).await;
    // A demo that broke off is thrown away all the same.
    if let Err(error) = std::fs::remove_dir_all(&folder) {
        tracing::warn!(%error, "{} could not be removed", folder.display());
    }
    went
}

async fn host(
    folder: &Path,
    listener: tokio::net::TcpListener,
    serve: &Serve,
) -> Result<(), CliError> {
    let file = folder.join("book.db");
    let store = Store::open(&format!("sqlite:{}", file.display())).await?;
    store.migrate().await?;
    let app =
        book::start(store, serve.test_clock.as_deref(), serve.public_url(), serve.reach()).await?;
    app.bootstrap(None).await?;
    let merchant = MerchantId::parse(DEFAULT_MERCHANT).map_err(AppError::from)?;
    let (_, key) = app.create_key(&merchant, "admin", Some("demo".to_owned())).await?;
    app.keep_mails();
    let told = Box::pin(story::tell(&app, &merchant)).await?;
    introduce(&app, &serve.public_url(), &key, &file, &told);
    serve::host(app, listener, serve, true).await
}

/// The options of a server for which nothing was said but its address.
fn options(listen: SocketAddr) -> Serve {
    Serve {
        listen,
        test_clock: Some(START.to_owned()),
        no_migrate: false,
        drain_seconds: 0,
        accept_clock: false,
        admin_key: None,
        public_url: None,
        metrics_listen: None,
        rate_limit: REQUESTS_PER_SECOND,
        trusted_proxies: None,
        idle_timeout_seconds: 30,
        request_timeout_seconds: 30,
        body_limit_bytes: 1 << 20,
        workers: 1,
        billing_interval_seconds: 60,
        webhook_allow_private: false,
        smtp_url: None,
        mail_from: None,
    }
}

/// A folder of our own among the system's temporary files.
fn fresh_folder() -> Result<PathBuf, CliError> {
    let folder = std::env::temp_dir().join(format!("crossgrade-demo-{}", std::process::id()));
    let what = || format!("making {}", folder.display());
    if folder.exists() {
        std::fs::remove_dir_all(&folder).map_err(CliError::io(what()))?;
    }
    std::fs::create_dir(&folder).map_err(CliError::io(what()))?;
    Ok(folder)
}

/// Says where to look, how to sign in, and what to try.
fn introduce(app: &App, address: &str, key: &str, file: &Path, told: &StoryTold) {
    say(format!("crossgrade demo listens on {address}"));
    say("");
    say(format!("  Begin here: {address}/demo"));
    say("");
    say(format!("  backend         {address}/backend (the shop's button signs you in)"));
    say(format!("  admin key       {key}"));
    say(format!("  API reference   {address}/docs"));
    say(format!("  book            {} (removed at the end)", file.display()));
    say(format!("  test clock      {}", app.now().format("%Y-%m-%d %H:%M UTC")));
    say("");
    say("Customers:");
    for (customer, story) in &told.customers {
        say(format!("  {customer:6} {story}"));
    }
    say("");
    say("Checkouts to click:");
    for (what, url) in &told.checkouts {
        say(format!("  {what}"));
        say(format!("    {url}"));
    }
    say("");
    say("Requests to try:");
    say(format!("  export KEY={key}"));
    for line in requests(address) {
        say(format!("  {line}"));
    }
    say("");
    say("Ctrl-C ends it.");
}

/// What can be tried with `curl`.
fn requests(address: &str) -> [String; 4] {
    let sign = "-H \"Authorization: Bearer $KEY\"";
    let json = "-H 'Content-Type: application/json'";
    [
        format!("curl -s {sign} '{address}/v1/subscriptions?status=active'"),
        format!("curl -s {sign} '{address}/v1/customers/ada/transitions'"),
        format!(
            "curl -s {sign} {json} '{address}/v1/checkouts' \
             -d '{{\"customer\":\"ada\",\"offer\":\"year\"}}'"
        ),
        format!(
            "curl -s {sign} {json} '{address}/v1/test-clock/advance' \
             -d '{{\"to\":\"2026-02-28\"}}'"
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_tried_is_taken_by_every_shell_as_it_stands() {
        for line in requests("http://127.0.0.1:8080") {
            // Outside of quotes nothing is left that a shell looks for files with.
            let bare = line.split('\'').step_by(2).collect::<String>();
            assert!(!bare.contains(['?', '*', '{', '&']), "{line}");
            assert_eq!(line.matches('\'').count() % 2, 0, "{line}");
        }
    }
}
