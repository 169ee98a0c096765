//! `crossgrade verify`: every completed checkout decided again, with one line for each that today's
//! rules would decide otherwise.

use std::collections::BTreeMap;
use std::process::ExitCode;

use serde_json::{Value, json};

use crate::app::App;
use crate::domain::ids::{CheckoutId, MerchantId};
use crate::rules::verification::{Deviation, Undecided, VerificationOutcome};

use super::args::{Common, MerchantOption, Verify};
use super::book::{self, Access};
use super::error::CliError;
use super::say::say;

/// A value longer than this is cut where people read it.
const CHARS_MAX: usize = 120;

/// What became of all of them.
#[derive(Default)]
struct Tally {
    same: u64,
    different: u64,
    undecided: BTreeMap<Undecided, u64>,
}

pub(super) async fn run(common: &Common, options: &Verify) -> Result<ExitCode, CliError> {
    let app = book::open(common, Access::Look).await?;
    let tally = all(&app, options).await;
    app.store().close().await;
    let tally = tally?;
    say(if options.json { tally.as_json() } else { tally.in_words() });
    Ok(if tally.different == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn all(app: &App, options: &Verify) -> Result<Tally, CliError> {
    let merchants = match &options.merchant {
        None => app.every_merchant().await?,
        Some(merchant) => {
            vec![book::known_merchant(app, &MerchantOption { merchant: merchant.clone() }).await?]
        }
    };
    let mut tally = Tally::default();
    for merchant in &merchants {
        let mut after: Option<CheckoutId> = None;
        loop {
            let page = app.verify(merchant, after.as_ref()).await?;
            let Some((last, _)) = page.last() else { break };
            after = Some(last.clone());
            for (id, verified) in page {
                tally.count(&verified);
                tell(merchant, &id, &verified, options.json);
            }
        }
    }
    Ok(tally)
}

/// Says what differs, and what cannot be read.
fn tell(merchant: &MerchantId, id: &CheckoutId, verified: &VerificationOutcome, as_json: bool) {
    match verified {
        VerificationOutcome::Different(found, more) if as_json => {
            let differences: Vec<Value> = found
                .iter()
                .map(|it| json!({"field": it.field, "was": it.was, "now": it.now}))
                .collect();
            let (merchant, id) = (merchant.as_str(), id.as_str());
            say(json!({
                "merchant": merchant, "checkout": id, "differences": differences, "more": more,
            })
            .to_string());
        }
        VerificationOutcome::Different(found, more) => {
            let mut told: Vec<String> = found.iter().map(in_words).collect();
            told.extend((*more > 0).then(|| format!("{more} more")));
            say(format!("{merchant}: {id}: {}", told.join("; ")));
        }
        VerificationOutcome::Undecided(Undecided::Unreadable) if !as_json => {
            say(format!("{merchant}: {id}: {}", Undecided::Unreadable));
        }
        VerificationOutcome::Undecided(Undecided::Unreadable) => {
            let (merchant, id) = (merchant.as_str(), id.as_str());
            let reason = Undecided::Unreadable;
            let told = json!({"merchant": merchant, "checkout": id, "not_decided": reason});
            say(told.to_string());
        }
        VerificationOutcome::Undecided(_) | VerificationOutcome::Same => {}
    }
}

fn in_words(it: &Deviation) -> String {
    format!("{} was {}, now {}", it.field, short(&it.was), short(&it.now))
}

fn short(value: &Value) -> String {
    let text = match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match text.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

impl Tally {
    fn count(&mut self, verified: &VerificationOutcome) {
        match verified {
            VerificationOutcome::Same => self.same += 1,
            VerificationOutcome::Different(..) => self.different += 1,
            VerificationOutcome::Undecided(why) => *self.undecided.entry(*why).or_default() += 1,
        }
    }

    fn in_words(&self) -> String {
        let Self { same, different, undecided } = self;
        let decided = same + different;
        let counts = format!("{decided} decided again: {same} the same, {different} different");
        if undecided.is_empty() {
            return counts;
        }
        let total: u64 = undecided.values().sum();
        let why: Vec<String> = undecided.iter().map(|(why, n)| format!("{n} {why}")).collect();
        format!("{counts}; {total} that cannot be: {}", why.join(", "))
    }

    fn as_json(&self) -> String {
        let Self { same, different, undecided } = self;
        let decided = same + different;
        json!({
            "decided": decided, "same": same, "different": different, "not_decided": undecided,
        })
        .to_string()
    }
}
