//! The ports of the edge, answered by `app`.

use std::time::Duration;

use crate::app::{App, AppError, caller};
use crate::edge::ports::{
    BoxFuture, Claim, ClaimOutcome, Idempotency, KeptAnswer, KeyLookup, PortError, Principal,
    Readiness, RequestNeeds, Role,
};
use crate::edge::problem::Problem;

/// A database that takes longer to answer is not ready.
const READY_WITHIN: Duration = Duration::from_secs(2);

/// The engine as the edge asks it.
#[derive(Clone)]
pub(crate) struct Gates(pub(crate) App);

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` gives it")]
fn closed(error: AppError) -> PortError {
    PortError(error.to_string())
}

/// A claim whose lease ends by itself does no harm, and what broke the request is in the log.
fn unless_lost(settled: Result<(), AppError>) {
    if let Err(error) = settled {
        tracing::debug!(%error, "a claim is left to its lease");
    }
}

impl KeyLookup for Gates {
    fn authenticate(
        &self,
        sha256: [u8; 32],
    ) -> BoxFuture<'_, Result<Option<Principal>, PortError>> {
        Box::pin(async move {
            let Some(key) = self.0.authenticate(sha256).await.map_err(closed)? else {
                return Ok(None);
            };
            let unknown = || PortError(format!("key {} has the unknown role {}", key.id, key.role));
            let role = Role::parse(&key.role).ok_or_else(unknown)?;
            let (merchant, key_id) = (key.merchant.to_string(), key.id.to_string());
            Ok(Some(Principal { merchant, key_id, role }))
        })
    }
}

impl Idempotency for Gates {
    fn begin(
        &self,
        claim: Claim,
        takes: RequestNeeds,
    ) -> BoxFuture<'_, Result<ClaimOutcome, Problem>> {
        Box::pin(async move {
            Ok(match takes {
                RequestNeeds::OneTransaction => self.0.look_at_request(claim).await?,
                RequestNeeds::Several => self.0.begin_request(claim).await?,
            })
        })
    }

    fn renew(&self, claim: Claim) -> BoxFuture<'_, ()> {
        Box::pin(async move { unless_lost(caller::alone(self.0.renew_request(claim)).await) })
    }

    fn finish(&self, claim: Claim, answer: KeptAnswer) -> BoxFuture<'_, Result<(), Problem>> {
        Box::pin(async move { Ok(caller::alone(self.0.finish_request(claim, answer)).await?) })
    }

    fn release(&self, claim: Claim) -> BoxFuture<'_, ()> {
        Box::pin(async move { unless_lost(caller::alone(self.0.abandon_request(claim)).await) })
    }
}

impl Readiness for Gates {
    fn check(&self) -> BoxFuture<'_, Result<(), PortError>> {
        Box::pin(async move {
            if self.0.is_draining() {
                return Err(PortError("the server is about to stop".to_owned()));
            }
            let late = || PortError(format!("no answer within {} s", READY_WITHIN.as_secs()));
            let answer = tokio::time::timeout(READY_WITHIN, self.0.ping()).await;
            answer.map_err(|_| late())?.map_err(closed)
        })
    }
}
