//! `crossgrade explain`: what a checkout would do today, and each candidate with its verdict. What
//! rules come to for carts and orders stands in `explain_rules`.

use crate::domain::checkout::CheckoutRequest;
use crate::domain::document::Document;
use crate::domain::ids::{CustomerId, OfferId};
use crate::domain::money::Money;
use crate::domain::preview::{LostIntroduction, ModeShown, Preview};
use crate::rules::checkout::{CheckoutDecision, CheckoutOutcome, CheckoutRefusal};
use crate::rules::matching::JudgedPair;

use super::args::{Common, Explain};
use super::book::Access;
use super::error::CliError;
use super::say::{say, table};
use super::{book, explain_rules};

pub(super) async fn run(common: &Common, explain: &Explain) -> Result<(), CliError> {
    let named = |what: &str, text: &str| CliError::Failed(format!("'{text}' is no id of {what}"));
    let (Some(customer), Some(offer)) = (&explain.customer, &explain.offer) else {
        return explain_rules::run(common, explain).await;
    };
    let plain = CheckoutRequest::plain(
        CustomerId::parse(customer).map_err(|_| named("a customer", customer))?,
        OfferId::parse(offer).map_err(|_| named("an offer", offer))?,
    );
    let request = CheckoutRequest { coupon: explain.coupon.clone(), ..plain };
    let app = book::open(common, Access::Existing).await?;
    let merchant = book::known_merchant(&app, &explain.whose).await?;
    let decided = app.explain(&merchant, request).await?;
    let today = app.settings(&merchant).await?.time_zone.date(app.now());
    say(format!("A checkout of {offer} for {customer} on {today}"));
    say("");
    match decided {
        Ok((decision, preview)) => {
            candidates(&decision.considered);
            say("");
            told(&decision, &preview);
        }
        Err(refusal) => {
            candidates(&refusal.considered);
            say("");
            refused(&refusal);
        }
    }
    app.store().close().await;
    Ok(())
}

/// Every candidate as a row of a table.
fn candidates(considered: &[JudgedPair]) {
    if considered.is_empty() {
        say("No path leads there from what the customer has.");
        return;
    }
    let mut rows = vec![["path", "subscription", "verdict", "reason"].map(str::to_owned)];
    rows.extend(considered.iter().map(|candidate| {
        let verdict = candidate.verdict.outcome().name();
        let reason = candidate.verdict.code().unwrap_or_default();
        let (path, subscription) = (candidate.path.to_string(), candidate.subscription.to_string());
        [path, subscription, verdict.to_owned(), reason.to_owned()]
    }));
    table(&rows);
}

fn told(decision: &CheckoutDecision, preview: &Preview) {
    let (what, when) = match (&decision.path, &decision.source) {
        (Some(path), Some(source)) => {
            let (offer, id) = (&source.terms.offer, &source.id);
            (format!("path {} from {offer} ({id})", path.id), path.transition.name())
        }
        _ => ("an ordinary purchase".to_owned(), "at once"),
    };
    say(format!("It would be {what}, {when}."));
    if let Some(source) = &decision.source {
        for price in decision.before.new_prices_of(source) {
            let (id, from) = (&source.id, price.from);
            say(format!("{id} costs {} from {from} on at the earliest.", price.price));
        }
    }
    if !decision.catch_up.is_empty() {
        say("Billing is behind; it would issue first:");
        decision.catch_up.iter().for_each(document);
    }
    for (place, outcome) in decision.by_mode.iter().enumerate() {
        let default = if place == decision.picked { "" } else { ", if picked" };
        mode(outcome, default);
        if let Some(shown) = preview.mode(outcome.mode) {
            later(shown);
        }
    }
}

fn mode(outcome: &CheckoutOutcome, default: &str) {
    let next = outcome
        .next_payment_on
        .map_or_else(|| "nothing is booked later".to_owned(), |on| format!("next payment on {on}"));
    say(format!(
        "{}{default}: takes effect on {}, {} due now, {next}.",
        outcome.mode.name(),
        outcome.effective_on,
        outcome.amount_due,
    ));
    outcome.documents.iter().for_each(document);
    if let Some(id) = &outcome.withdraws_cancellation {
        say(format!("  withdraws the cancellation of {id}"));
    }
    if let Some(id) = &outcome.supersedes {
        say(format!("  supersedes {id}"));
    }
}

/// What comes of it later.
fn later(shown: &ModeShown) {
    if let Some(next) = &shown.next_payment {
        say(format!("  next payment: {} on {}, as things stand", next.amount_due, next.on));
        for line in &next.document.lines {
            let gross = Money::new(line.gross, next.document.currency);
            let (start, end) = (line.period.start, line.period.end);
            say(format!("    {} {gross} for {start} to {end}", line.description));
        }
        if next.document.credit_applied != 0 {
            let applied = Money::new(next.document.credit_applied, next.document.currency);
            say(format!("    draws {applied} on the balance"));
        }
        for note in &next.credit_notes {
            let credited = Money::new(note.totals().gross, note.currency);
            say(format!("    {credited} of what was paid is credited before"));
        }
    }
    if let Some(balance) = shown.balance_after {
        say(format!("  balance afterwards: {balance}"));
    }
    if let Some(owed) = shown.still_owed.filter(|owed| owed.minor > 0) {
        say(format!("  still owed on earlier invoices: {owed}"));
    }
    if let Some(binds) = shown.commitment {
        let renews = binds.renews.map_or_else(
            || "it then ends".to_owned(),
            |period| {
                let end = binds.cancellable_to.map(|on| format!(" to end on {on}"));
                let (by, end) = (binds.cancel_by, end.unwrap_or_default());
                format!("renews by {period} unless cancelled by {by}{end}")
            },
        );
        let (first, last) = (binds.starts_on, binds.ends_on);
        say(format!("  binds from {first} to {last} for {}, {renews}", binds.total));
    }
    for ending in &shown.ends {
        let days = match ending.lost_days {
            0 => String::new(),
            days => format!(", {days} booked days of it are lost"),
        };
        let introduction = ending.lost_introduction.map_or_else(String::new, |lost| {
            let LostIntroduction { trial_days, periods } = lost;
            format!(", {trial_days} days of its trial and {periods} first prices are lost")
        });
        say(format!("  ends {} at {}{days}{introduction}", ending.subscription, ending.on));
    }
}

fn document(document: &Document) {
    let (name, currency, lines): (_, _, Vec<_>) = match document {
        Document::Invoice(invoice) => {
            ("invoice", invoice.currency, invoice.lines.iter().map(|line| &line.line).collect())
        }
        Document::CreditNote(note) => {
            ("credit note", note.currency, note.lines.iter().map(|line| &line.line).collect())
        }
    };
    for line in lines {
        let gross = Money::new(line.gross, currency);
        let (start, end) = (line.period.start, line.period.end);
        let off = match line.discount {
            0 => String::new(),
            minor => format!(", after {} off", Money::new(minor, currency)),
        };
        say(format!("  {name}: {} {gross} for {start} to {end}{off}", line.description));
    }
}

fn refused(refusal: &CheckoutRefusal) {
    say(format!("It would be refused: {}.", refusal.code.name()));
}
