//! Compares what a step came to with what its file expects: the refusal and the documents. What
//! has become of the customer is compared in `play`.

use serde_json::{Map, Value};

use super::book::{IssuedPapers, previewed_all};
use super::done::StepResult;
use super::expect::{Mismatch, compare, mismatch};

/// A step is refused where that is expected, and nowhere else.
pub(super) fn refusal(expected: &Map<String, Value>, done: &StepResult) -> Result<(), Mismatch> {
    match (expected.get("rejected"), &done.refused) {
        (None, None) => Ok(()),
        (Some(wanted), None) => Err(mismatch("rejected", &plain(wanted), "it was done")),
        (None, Some(body)) => Err(mismatch("rejected", "no refusal", &problem(body))),
        (Some(wanted), Some(body)) => {
            let reasons = body["considered"].as_array().into_iter().flatten();
            let fits = reasons.map(|candidate| &candidate["reason"]).any(|r| r == wanted)
                || wanted.as_str().is_some_and(|code| is_code(body, code));
            if fits {
                return Ok(());
            }
            Err(mismatch("rejected", &plain(wanted), &problem(body)))
        }
    }
}

/// What was issued, and for a checkout what was shown beforehand, too.
pub(super) fn documents(
    expected: &Map<String, Value>,
    done: &StepResult,
    own: &[Value],
    catch_up: &[Value],
) -> Result<(), Mismatch> {
    if let Some(wanted) = expected.get("documents") {
        if let Some(shown) = &done.shown {
            compare(
                "documents, as shown",
                wanted,
                &shown_of(&previewed_all(&shown["documents"]), wanted),
            )?;
        }
        if done.shown.is_none() || done.is_completed {
            compare("documents", wanted, &Value::from(own.to_vec()))?;
        }
    }
    if let Some(wanted) = expected.get("catch_up") {
        let shown = done.shown.as_ref().filter(|_| !done.is_completed);
        let mut came = catch_up.to_vec();
        if let Some(Value::Array(more)) = shown.map(|shown| previewed_all(&shown["catch_up"])) {
            came.extend(more);
        }
        compare("catch_up", wanted, &Value::from(came))?;
    }
    Ok(())
}

/// The documents of a step's own, and those that billing would have issued anyway.
pub(super) fn split(
    way: IssuedPapers,
    acted: IssuedPapers,
    done: &StepResult,
) -> (Vec<Value>, Vec<Value>) {
    let mut catch_up: Vec<Value> = way.into_iter().map(|(_, document)| document).collect();
    let Some(result) = &done.result else {
        return (acted.into_iter().map(|(_, document)| document).collect(), catch_up);
    };
    let listed =
        |list: &Value, id: &str| list.as_array().is_some_and(|ids| ids.iter().any(|one| one == id));
    let is_own = |id: &str| listed(&result["invoices"], id) || listed(&result["credit_notes"], id);
    let (own, more): (IssuedPapers, IssuedPapers) =
        acted.into_iter().partition(|(id, _)| is_own(id));
    catch_up.extend(more.into_iter().map(|(_, document)| document));
    (own.into_iter().map(|(_, document)| document).collect(), catch_up)
}

/// What a preview says of its documents; what only stored ones have is taken as expected.
fn shown_of(shown: &Value, wanted: &Value) -> Value {
    let mut shown = shown.clone();
    let pairs =
        shown.as_array_mut().into_iter().flatten().zip(wanted.as_array().into_iter().flatten());
    for (document, wanted) in pairs {
        for name in ["number", "status", "owed", "credits"] {
            document[name] = wanted[name].clone();
        }
    }
    shown
}

fn is_code(problem: &Value, code: &str) -> bool {
    let kind = problem["type"].as_str().unwrap_or_default();
    kind.rsplit('/').next() == Some(code)
}

/// A problem in a line.
pub(super) fn problem(body: &Value) -> String {
    let code = body["type"].as_str().and_then(|kind| kind.rsplit('/').next());
    let Some(code) = code else {
        return body.to_string();
    };
    let detail = body["detail"].as_str().unwrap_or_default();
    let mut said = format!("{code} ({detail})");
    for fault in body["errors"].as_array().into_iter().flatten() {
        let (place, detail) = (plain(&fault["pointer"]), plain(&fault["detail"]));
        said = format!("{said}; {place} {detail}");
    }
    for candidate in body["considered"].as_array().into_iter().flatten() {
        let (path, verdict) = (plain(&candidate["path"]), plain(&candidate["verdict"]));
        said = format!("{said}; {path} {verdict} {}", plain(&candidate["reason"]));
    }
    said
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
