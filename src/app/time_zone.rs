//! Whether a merchant's time zone may be set: today never goes back.

use chrono::SecondsFormat;

use crate::domain::calendar::Zone;
use crate::store::{Tx, customers};

use super::{AppError, Context};

/// Refuses a time zone in which today is an earlier day than one on which something was decided
/// about a customer.
///
/// # Errors
/// Refused, saying from when on the zone can be set.
pub(super) async fn judge_zone(tx: &mut Tx, context: &Context, zone: Zone) -> Result<(), AppError> {
    if zone == context.settings.time_zone {
        return Ok(());
    }
    let today = zone.date(context.now);
    let Some(seen) = customers::last_day_seen(tx, &context.merchant).await? else {
        return Ok(());
    };
    if today >= seen {
        return Ok(());
    }
    let from = zone.start_of(seen).to_rfc3339_opts(SecondsFormat::Secs, true);
    let name = zone.name();
    let detail = format!(
        "in {name} it is still {today}, and customers have been served on {seen}: days never come \
         twice; this time zone can be set from {from} on, when it is {seen} there, too"
    );
    Err(AppError::refused("conflict", detail))
}
