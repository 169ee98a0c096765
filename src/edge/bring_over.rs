//! Running subscriptions that are brought over, as they are sent: over HTTP one at a time, from a
//! file in bulk.

use serde_json::{Value, json};

use crate::app::bring_over::{BringOverDraft, BroughtOverInvoice};
use crate::domain::fault::Fault;
use crate::domain::ids::{CustomerId, OfferId, SubscriptionId};
use crate::edge::amounts::Amounts;
use crate::edge::drafts::take_out;
use crate::edge::extract::deserialized;
use crate::edge::problem::{FieldError, Problem};
use crate::edge::schema::BodySchema;
use crate::rules::definitions::Sent;
use crate::wire::subscriptions::NewSubscription;

/// What was sent, as far as it can be read, with what is wrong with it by its schema and with its
/// amounts.
///
/// # Errors
/// A 422 where nothing of it can be read.
pub fn sent_of(mut value: Value) -> Result<Sent<BringOverDraft>, Problem> {
    let faults = BodySchema::of_body::<NewSubscription>()?.faults(&value);
    if !faults.is_empty() {
        make_readable(&mut value, &faults);
    }
    let new = match deserialized(value) {
        Ok(new) => new,
        Err(problem) if faults.is_empty() => return Err(problem),
        Err(_) => return Err(Problem::invalid(faults)),
    };
    let sent = draft_of(new);
    let faults = faults.into_iter().map(Fault::from);
    Ok(Sent { faults: faults.chain(sent.faults).collect(), ..sent })
}

/// Takes out what does not fit, and puts something in its place where something has to stand, so
/// that the rest can be judged.
fn make_readable(value: &mut Value, faults: &[FieldError]) {
    for fault in faults {
        take_out(value, &fault.pointer);
    }
    let Some(members) = value.as_object_mut() else { return };
    let is_faulty = |at: &str| faults.iter().any(|fault| fault.pointer.starts_with(at));
    for (name, within) in [
        ("price", "/price/"),
        ("current_period", "/current_period/"),
        ("current_term", "/current_term/"),
        ("brought_over", "/brought_over/gross"),
    ] {
        if is_faulty(within) {
            members.remove(name);
        }
    }
    for (name, stand_in) in [("customer", ""), ("offer", ""), ("started_on", "1970-01-01")] {
        members.entry(name).or_insert_with(|| json!(stand_in));
    }
    if let Some(told) = members.get_mut("brought_over").and_then(Value::as_object_mut) {
        told.entry("paid").or_insert(Value::Bool(false));
    }
}

/// What was sent, with every amount that is none as a fault.
#[must_use]
pub fn draft_of(new: NewSubscription) -> Sent<BringOverDraft> {
    let (draft, amounts) = read(new);
    let wrong = amounts.finish().err().map(|problem| problem.errors).unwrap_or_default();
    let faults = wrong.into_iter().map(Fault::from).collect();
    Sent { draft, faults }
}

/// What was sent, without the amounts that are none.
fn read(new: NewSubscription) -> (BringOverDraft, Amounts) {
    let mut amounts = Amounts::default();
    let price = new.price.as_ref().map(|price| amounts.read_price("/price", price));
    let invoice = new.brought_over.map(|told| {
        let gross = amounts.read_price("/brought_over/gross", &told.gross);
        gross.map(|gross| BroughtOverInvoice { gross, paid: told.paid, number: told.number })
    });
    let draft = BringOverDraft {
        customer: CustomerId::stored(new.customer),
        offer: OfferId::stored(new.offer),
        id: new.id.map(SubscriptionId::stored),
        parent: None,
        price: price.flatten(),
        started_on: new.started_on,
        current_period: new.current_period.map(Into::into),
        current_term: new.current_term.map(Into::into),
        cancel_on: new.cancel_on,
        brought_over: invoice.flatten(),
    };
    (draft, amounts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_leaves_the_rest_to_be_judged() {
        let value = json!({
            "offer": "month", "started_on": "2026-13-01", "brand_new": 1,
            "price": {"amount": "1.001", "currency": "EUR"},
            "current_term": {"start": "2026-01-01"},
            "brought_over": {"gross": {"amount": "9.90", "currency": "EUR"}, "paid": "yes"},
        });
        let sent = sent_of(value).unwrap();
        let mut places: Vec<_> = sent.faults.iter().map(|it| it.pointer.as_str()).collect();
        places.sort_unstable();
        let wanted = [
            "/brand_new",
            "/brought_over/paid",
            "/current_term/end",
            "/customer",
            "/price/amount",
            "/started_on",
        ];
        assert_eq!(places, wanted);
        assert_eq!(sent.draft.offer.as_str(), "month");
        assert!(sent.draft.brought_over.is_some() && sent.draft.current_term.is_none());
    }
}
