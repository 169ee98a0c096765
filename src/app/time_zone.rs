//! Whether a merchant's time zone may be set: today never goes back.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};

use crate::domain::calendar::Zone;
use crate::store::{Tx, checkouts, customers};

use super::{AppError, Context};

/// Refuses a time zone in which today is an earlier day than one on which something was decided
/// about a customer, or than one on which a checkout was decided that is held: it completes as of
/// that day.
///
/// A checkout that is open is decided anew on the day on which it is completed, and an order keeps
/// instants: neither has seen a day.
///
/// # Errors
/// Refused, saying from when on the zone can be set.
pub(super) async fn judge_zone(tx: &mut Tx, context: &Context, zone: Zone) -> Result<(), AppError> {
    if zone == context.settings.time_zone {
        return Ok(());
    }
    let today = zone.date(context.now);
    let (merchant, now) = (&context.merchant, context.now);
    if let Some(seen) = customers::last_day_seen(tx, merchant).await?.filter(|seen| today < *seen) {
        return Err(day_again(zone, today, seen));
    }
    match checkouts::held_from_later(tx, merchant, now, today).await? {
        Some((day, until)) => Err(day_held(zone, today, day, until)),
        None => Ok(()),
    }
}

fn day_again(zone: Zone, today: NaiveDate, seen: NaiveDate) -> AppError {
    let from = zone.start_of(seen).to_rfc3339_opts(SecondsFormat::Secs, true);
    let name = zone.name();
    let detail = format!(
        "in {name} it is still {today}, and customers have been served on {seen}: days never come \
         twice; this time zone can be set from {from} on, when it is {seen} there, too"
    );
    AppError::refused("conflict", detail)
}

fn day_held(zone: Zone, today: NaiveDate, day: NaiveDate, until: DateTime<Utc>) -> AppError {
    let until = until.min(zone.start_of(day)).to_rfc3339_opts(SecondsFormat::Secs, true);
    let name = zone.name();
    let detail = format!(
        "in {name} it is still {today}, and a checkout is held that is of {day}: days never come \
         twice; this time zone can be set from {until} on, when the hold has ended or it is {day} \
         there, too, unless the checkout is completed"
    );
    AppError::refused("conflict", detail)
}
