//! The ports of the edge, answered by `app`.

use crate::app::idempotency::{self as requests, RequestKey};
use crate::app::{App, AppError};
use crate::domain::ids::{KeyId, MerchantId};
use crate::http::ports::{
    Begun, Claim, Idempotency, Keys, Later, PortError, Principal, Readiness, Role, StoredAnswer,
};

/// The engine as the edge asks it.
#[derive(Clone)]
pub(super) struct Gates(pub(super) App);

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` gives it")]
fn closed(error: AppError) -> PortError {
    PortError(error.to_string())
}

fn whose(claim: &Claim) -> (MerchantId, RequestKey) {
    let api_key = KeyId::stored(claim.key_id.clone());
    let merchant = MerchantId::stored(claim.merchant.clone());
    (merchant, RequestKey { api_key, key: claim.key.clone() })
}

impl Keys for Gates {
    fn authenticate(&self, sha256: [u8; 32]) -> Later<'_, Result<Option<Principal>, PortError>> {
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
    fn begin(&self, claim: Claim) -> Later<'_, Result<Begun, PortError>> {
        Box::pin(async move {
            let (merchant, request) = whose(&claim);
            let begun = self.0.begin_request(merchant, request, claim.fingerprint).await;
            Ok(match begun.map_err(closed)? {
                requests::Begun::Fresh => Begun::First,
                requests::Begun::Running => Begun::Running,
                requests::Begun::Mismatch => Begun::Reused,
                requests::Begun::Replay(answer) => {
                    let requests::Answer { status, headers, body } = answer;
                    Begun::Replay(StoredAnswer { status, headers, body })
                }
            })
        })
    }

    fn finish(&self, claim: Claim, answer: StoredAnswer) -> Later<'_, Result<(), PortError>> {
        Box::pin(async move {
            let (merchant, request) = whose(&claim);
            let StoredAnswer { status, headers, body } = answer;
            let answer = requests::Answer { status, headers, body };
            self.0.finish_request(merchant, request, answer).await.map_err(closed)
        })
    }

    fn release(&self, claim: Claim) -> Later<'_, Result<(), PortError>> {
        Box::pin(async move {
            let (merchant, request) = whose(&claim);
            self.0.abandon_request(merchant, request).await.map_err(closed)
        })
    }
}

impl Readiness for Gates {
    fn check(&self) -> Later<'_, Result<(), PortError>> {
        Box::pin(async move { self.0.ping().await.map_err(closed) })
    }
}
