//! A form that is done once, however often it is sent: where doing it again would make another.
//! The same door as the API's `Idempotency-Key`, whose part a hidden field of the form plays.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use sha2::{Digest, Sha256};

use crate::app::idempotency::{Claim, ClaimOutcome, IdempotentRequest, KeptAnswer};
use crate::app::{App, AppError};
use crate::domain::ids::is_valid_id;
use crate::pages::backend::forms::FormValues;
use crate::pages::backend::session::Session;

/// The field that names the form, one for each time that it is shown.
pub(super) const FIELD: &str = "once";

/// A form that is being done.
pub(super) struct FormTurn {
    /// The engine, which notes in one transaction what it does and that the form is done.
    pub(super) app: App,
    claim: Claim,
}

/// What the field holds in a form that is shown now.
pub(super) fn fresh(session: &Session) -> String {
    session.app.ids().token()
}

/// The turn of a form; none where it was sent before.
///
/// # Errors
/// Only where the engine or its database fails.
pub(super) async fn begin(
    session: &Session,
    values: &FormValues,
) -> Result<Option<FormTurn>, AppError> {
    let name = Some(values.text(FIELD)).filter(|name| is_valid_id(name));
    // A form that names itself as none of ours is a form of its own each time.
    let name = name.map_or_else(|| fresh(session), str::to_owned);
    let claim = Claim {
        merchant: session.merchant.clone(),
        api_key: session.key.clone(),
        hash: Sha256::digest(&name).into(),
        key: format!("form-{name}"),
        attempt: session.app.ids().token(),
    };
    let begun = session.app.begin_request(claim.clone()).await?;
    // What was answered may hold a secret, and is not kept.
    let render = |_: Result<&str, &AppError>| KeptAnswer {
        status: 200,
        headers: Vec::new(),
        body: String::new(),
    };
    let kept = Arc::new(AtomicBool::new(false));
    let once =
        IdempotentRequest { claim: claim.clone(), is_noted: true, render: Arc::new(render), kept };
    let turn = FormTurn { app: session.app.for_request(once), claim };
    Ok(Some(turn).filter(|_| begun == ClaimOutcome::Fresh))
}

impl FormTurn {
    /// Lets the form be sent again, where nothing came of it.
    pub(super) async fn give_up(self) {
        if let Err(error) = self.app.abandon_request(self.claim).await {
            tracing::debug!(%error, "a claim is left to its lease");
        }
    }
}
