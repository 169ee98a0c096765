//! Webhooks over HTTP. A name is resolved here and connected to only at addresses that may be
//! called, so that nothing lies between the check and the call; redirects and proxies are not
//! followed.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};

use crate::domain::webhook::{Attempt, EndpointReach};

use super::{BoxFuture, Call, Gateway};

/// How long resolving a name and connecting may take.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(5);
/// How long a whole call may take.
const CALL_TIME_MAX: Duration = Duration::from_secs(15);
/// How much of an answer is read, so that its connection can be used again.
const ANSWER_BYTES_MAX: usize = 16 << 10;
/// How much of what went wrong is kept, in characters.
const ERROR_LENGTH_MAX: usize = 300;
/// Connections that are kept open to one host, and for how long: there may be many hosts.
const IDLE_MAX: usize = 4;
const IDLE_TIME_MAX: Duration = Duration::from_secs(10);

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
#[error("the client for webhooks cannot be made: {0}")]
pub struct NoClient(#[from] reqwest::Error);

/// Calls over HTTP and HTTPS.
#[derive(Debug, Clone)]
pub struct HttpGateway {
    client: Client,
    reach: EndpointReach,
}

impl HttpGateway {
    /// A client that calls public addresses, or any.
    ///
    /// # Errors
    /// Where this machine has no trusted roots.
    pub fn new(reach: EndpointReach) -> Result<Self, NoClient> {
        super::choose_cryptography();
        let client = Client::builder()
            .user_agent(concat!("crossgrade/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .referer(false)
            .no_proxy()
            .connect_timeout(CONNECT_TIME_MAX)
            .timeout(CALL_TIME_MAX)
            .pool_max_idle_per_host(IDLE_MAX)
            .pool_idle_timeout(IDLE_TIME_MAX)
            .dns_resolver(Arc::new(CheckedResolver(reach)))
            .build()?;
        Ok(Self { client, reach })
    }

    async fn attempt(&self, call: Call) -> Attempt {
        // An address in the URL is connected to without being resolved.
        if !reqwest::Url::parse(&call.url).is_ok_and(|url| self.reach.covers_host(&url)) {
            return Attempt::Unanswered(REFUSED.to_owned());
        }
        let sent = self
            .client
            .post(&call.url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", &call.id)
            .header("webhook-timestamp", call.at.timestamp())
            .header("webhook-signature", &call.signature)
            .body(call.body)
            .send()
            .await;
        match sent {
            Ok(answer) => {
                let status = answer.status().as_u16();
                let wish = answer.headers().get(RETRY_AFTER).and_then(|wish| wish.to_str().ok());
                let wish = wish.map(str::to_owned);
                drain(answer).await;
                Attempt::Answered(status, wish)
            }
            Err(error) => Attempt::Unanswered(explain(&error)),
        }
    }
}

impl Gateway for HttpGateway {
    fn call(&self, call: Call) -> BoxFuture<'_, Attempt> {
        Box::pin(self.attempt(call))
    }
}

/// Reads what little an answer says. How it ends is of no interest: its status is known.
async fn drain(mut answer: Response) {
    let mut read = 0;
    while let Ok(Some(chunk)) = answer.chunk().await {
        read += chunk.len();
        if read > ANSWER_BYTES_MAX {
            break;
        }
    }
}

const REFUSED: &str = "its host has an address that is not on the public internet";

/// What went wrong, from the outside in; without the URL, which may hold a secret.
fn explain(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "there was no answer in time".to_owned();
    }
    let mut deepest: &dyn Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    let what = if error.is_connect() { "no connection" } else { "the call broke off" };
    format!("{what}: {deepest}").chars().take(ERROR_LENGTH_MAX).collect()
}

/// Resolves names to addresses that may be called. One that may not spoils the name: a host on
/// both sides of the border is not to be trusted.
#[derive(Debug, Clone, Copy)]
struct CheckedResolver(EndpointReach);

#[derive(Debug, thiserror::Error)]
#[error("{REFUSED}")]
struct RefusedAddress;

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if !found.iter().all(|address| reach.covers(address.ip())) {
                return Err(RefusedAddress.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_is_judged_by_what_it_leads_to() {
        // On every machine this name leads to the machine itself.
        let resolve = |reach| CheckedResolver(reach).resolve("localhost".parse().unwrap());
        let refused = resolve(EndpointReach::Public).await.err().unwrap();
        assert_eq!(refused.to_string(), REFUSED);
        assert!(resolve(EndpointReach::Anywhere).await.unwrap().count() > 0);
    }

    #[tokio::test]
    async fn the_client_connects_only_to_what_was_judged() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://localhost:{}/", listener.local_addr().unwrap().port());
        // Past the look at the URL, as a name of somebody else's would be.
        let web = HttpGateway::new(EndpointReach::Public).unwrap();
        let error = web.client.post(url).send().await.unwrap_err();
        assert_eq!(explain(&error), format!("no connection: {REFUSED}"));
    }
}
