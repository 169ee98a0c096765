//! What we tell the outside world: every kind of event in one list, and an event as it is recorded.
//! Before that it is one of [`super::new_event`]; who is told, and when, is for [`super::webhook`].

use chrono::{DateTime, Utc};

use super::actor::ActorKind;
use super::ids::{CustomerId, EventId, KeyId};
use super::names::names;

macro_rules! kinds {
    ($($variant:ident $name:tt $data:ident $meaning:literal;)+) => {
        names! {
            /// What can happen. A name is `noun.verb` and never changes.
            pub enum EventKind {
                $(#[doc = $meaning] $variant = $name,)+
            }
        }

        impl EventKind {
            /// When it happens, in a sentence.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)+ }
            }

            /// Which fields its data has.
            #[must_use]
            pub const fn data(self) -> EventShape {
                match self { $(Self::$variant => EventShape::$data,)+ }
            }
        }
    };
}

kinds! {
    SettingsSaved "settings.saved" Nothing "The merchant's settings were saved";
    KeyCreated "key.created" Nothing "An API key was created";
    KeyRevoked "key.revoked" Nothing "An API key was revoked";
    TagSaved "tag.saved" Nothing "A tag was created or replaced";
    TagDeleted "tag.deleted" Nothing "A tag was removed";
    TaxSaved "tax.saved" Nothing "A tax category was created or replaced";
    TaxDeleted "tax.deleted" Nothing "A tax category was removed";
    ProductSaved "product.saved" Nothing "A product was created or replaced";
    ProductDeleted "product.deleted" Nothing "A product was removed";
    ProductSoldOut "product.sold_out" Nothing "The last one of a product was taken";
    OfferSaved "offer.saved" Nothing "An offer was created or replaced";
    OfferDeleted "offer.deleted" Nothing "An offer was removed";
    PathSaved "path.saved" Nothing "A path was created or replaced";
    PathDeleted "path.deleted" Nothing "A path was removed";
    CampaignSaved "campaign.saved" Nothing "A campaign was created or replaced";
    CampaignDeleted "campaign.deleted" Nothing "A campaign was removed";
    PromotionSaved "promotion.saved" Nothing "A promotion was created or replaced";
    PromotionDeleted "promotion.deleted" Nothing "A promotion was removed";
    GiftRuleSaved "gift_rule.saved" Nothing "A gift rule was created or replaced";
    GiftRuleSoldOut "gift_rule.sold_out" Nothing "The last one of a gift of a rule was given";
    GiftRuleDeleted "gift_rule.deleted" Nothing "A gift rule was removed";
    CouponSaved "coupon.saved" Nothing "A coupon was created or replaced";
    CouponDeleted "coupon.deleted" Nothing "A coupon was removed";
    CouponCodeIssued "coupon_code.issued" CouponCodeIssued
        "An automation made the code `subject` for a customer";
    CouponCodeRedeemed "coupon_code.redeemed" CouponCode
        "A customer redeemed the code `subject`";
    CouponCodeReturned "coupon_code.returned" CouponCode
        "A customer got the code `subject` back: it can be redeemed again";
    MessageTemplateSaved "message_template.saved" Nothing
        "A message template was created or replaced";
    MessageTemplateDeleted "message_template.deleted" Nothing "A message template was removed";
    AutomationSaved "automation.saved" Nothing "An automation was created or replaced";
    AutomationDeleted "automation.deleted" Nothing "An automation was removed";
    AutomationLive "automation.live" Nothing "An automation was set live";
    AutomationPaused "automation.paused" Nothing "An automation was paused";
    AutomationResumed "automation.resumed" Nothing "A paused automation goes on";
    AutomationStopped "automation.stopped" Nothing "An automation was stopped";
    RunStarted "run.started" AutomationRun "A customer began their way through an automation";
    RunExited "run.exited" AutomationRun
        "A customer left an automation before its end, for `exit_reason`";
    RunCompleted "run.completed" AutomationRun "A customer came to the end of an automation";
    MessageSend "message.send" MessageSend
        "A message is to be sent to a customer: it is told to one endpoint, and not recorded";
    MessageFailed "message.failed" MessageFailed "A message was given up";
    CustomerSuppressed "customer.suppressed" Suppression
        "A customer is sent no messages any more, for `reason`";
    CustomerUnsuppressed "customer.unsuppressed" Suppression "A customer is sent messages again";
    CustomerSaved "customer.saved" Nothing "A customer was created or replaced";
    CustomerDeleted "customer.deleted" Nothing
        "A customer's name, address and mail were taken away for good";
    SubscriptionStarted "subscription.started" Subscription "A subscription began";
    SubscriptionBroughtOver "subscription.brought_over" Subscription
        "A subscription that ran elsewhere was brought over";
    SubscriptionEnded "subscription.ended" Subscription "A subscription ended";
    SubscriptionCancelled "subscription.cancelled" Subscription
        "A subscription was cancelled: it ends on `cancel_on`";
    SubscriptionUncancelled "subscription.uncancelled" Subscription
        "A cancellation was taken back";
    SubscriptionMoved "subscription.moved" Subscription
        "An added subscription has another parent, for its parent was replaced";
    SubscriptionPriceWillChange "subscription.price_will_change" NewPrice
        "The customer is to be told that the subscription will cost `price`, from \
         `first_booking_on` on as things stand, and never before `from`";
    SubscriptionPriceChanged "subscription.price_changed" NewPrice
        "A subscription is booked at a new price from now on";
    SubscriptionPriceKept "subscription.price_kept" NewPrice
        "A new price that was told will not come, for `reason`";
    PriceChangeDecided "price_change.decided" Nothing
        "It was decided that running subscriptions on an offer pay another price";
    PriceChangeWithdrawn "price_change.withdrawn" Nothing
        "A price change was withdrawn: nobody pays it who did not by now";
    ScheduledChangePending "scheduled_change.pending" ScheduledChange
        "A change was decided and waits for its day";
    ScheduledChangeMoved "scheduled_change.moved" ScheduledChange
        "A waiting change has another source or day";
    ScheduledChangeApplied "scheduled_change.applied" ScheduledChange
        "A change was carried out";
    ScheduledChangeWithdrawn "scheduled_change.withdrawn" ScheduledChange
        "A change was taken back";
    ScheduledChangeSuperseded "scheduled_change.superseded" ScheduledChange
        "A newer change took its place";
    ScheduledChangeFailed "scheduled_change.failed" ScheduledChange
        "A change could not be carried out, for `reason`";
    CreditNoteIssued "credit_note.issued" CreditNote "A credit note was issued";
    InvoiceIssued "invoice.issued" Invoice "An invoice was issued";
    InvoiceOverdue "invoice.overdue" Invoice
        "The day by which an invoice was to be paid has passed";
    InvoiceReminderDue "invoice.reminder_due" Reminder
        "The customer is to be reminded of an overdue invoice: `step` of the setting `dunning`";
    InvoicePaid "invoice.paid" Invoice "Nothing is owed on an invoice any more";
    InvoiceCancelled "invoice.cancelled" Invoice "Every line of an invoice is credited";
    InvoiceReopened "invoice.reopened" Invoice "An invoice is unpaid again";
    PaymentReceived "payment.received" Payment
        "Money came in for the invoice `subject`, or for the balance of the customer `subject`";
    PaymentBounced "payment.bounced" Payment
        "Money that had come in for the invoice or customer `subject` came to nothing";
    PayoutMade "payout.made" Payment "Credit balance was paid out to the customer `subject`";
    OrderPlaced "order.placed" Order "An order was placed, or brought over from before";
    OrderPaid "order.paid" Order "An order was paid";
    OrderDelivered "order.delivered" Order "An order was delivered";
    OrderCancelled "order.cancelled" Order "An order was cancelled";
    OrderRefunded "order.refunded" Order "Money was paid back for an order";
    UpsellOffered "upsell.offered" Upsell "Something was offered after the order `subject`";
    UpsellAccepted "upsell.accepted" Upsell "The offer after the order `subject` was accepted";
    UpsellDeclined "upsell.declined" Upsell "The offer after the order `subject` was declined";
    UpsellExpired "upsell.expired" Upsell
        "Nobody answered the offer after the order `subject` in time";
    UpsellGone "upsell.gone" Upsell
        "What was offered after the order `subject` was sold out before it was taken";
    CheckoutRefused "checkout.refused" Refusal
        "A customer wanted an offer that could not be sold to them";
    CheckoutHeld "checkout.held" Hold
        "A checkout was held: until `held_until` nobody else touches its source";
    CheckoutReleased "checkout.released" Hold "A held checkout was let go before its time";
    CheckoutCompleted "checkout.completed" Completion "A checkout was completed";
    WebhookEndpointSaved "webhook_endpoint.saved" Nothing
        "A webhook endpoint was created or replaced";
    WebhookEndpointDeleted "webhook_endpoint.deleted" Nothing "A webhook endpoint was removed";
    WebhookEndpointRotated "webhook_endpoint.rotated" Nothing
        "A webhook endpoint was given another secret";
    WebhookEndpointTested "webhook_endpoint.tested" Nothing
        "A test was asked for: the endpoint `subject` is told, whatever it asks for, and no other";
    WebhookEndpointDisabled "webhook_endpoint.disabled" Nothing
        "A webhook endpoint answered 410 and is not called any more";
}

/// Which fields the data of an event has; its types stand in `event_data`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventShape {
    /// None: whoever wants to know more reads the subject.
    Nothing,
    /// Of a subscription.
    Subscription,
    /// Of a scheduled change.
    ScheduledChange,
    /// Of a new price of a subscription.
    NewPrice,
    /// Of a credit note.
    CreditNote,
    /// Of an invoice.
    Invoice,
    /// Of a reminder of an invoice.
    Reminder,
    /// Of money that came in or left again.
    Payment,
    /// Of an order.
    Order,
    /// Of an offer after an order.
    Upsell,
    /// Of a coupon's code.
    CouponCode,
    /// Of a code that an automation made.
    CouponCodeIssued,
    /// Of a customer's way through an automation.
    AutomationRun,
    /// Of a message that is to be sent.
    MessageSend,
    /// Of a message that was given up.
    MessageFailed,
    /// Of a customer who is sent no messages.
    Suppression,
    /// Of a checkout that was refused.
    Refusal,
    /// Of a checkout that was held or let go.
    Hold,
    /// Of a checkout that was completed.
    Completion,
}

impl EventKind {
    /// What it happens to, as its name begins: `invoice` of `invoice.paid`.
    #[must_use]
    pub fn noun(self) -> &'static str {
        self.name().split('.').next().unwrap_or_default()
    }
}

/// An event as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedEvent {
    /// Without gaps for each merchant, from 1, in the order of commits.
    pub sequence: i64,
    /// `evt_…`.
    pub id: EventId,
    /// The name of its kind, such as `invoice.issued`: what is recorded stays readable, whatever
    /// becomes of the list of kinds.
    pub kind: String,
    /// The id of what it happened to.
    pub subject: String,
    /// Whose, if a customer's.
    pub customer: Option<CustomerId>,
    /// What a reader needs to know.
    pub data: serde_json::Value,
    /// Who brought it about; none where the engine did by itself.
    pub actor: Option<ActorKind>,
    /// The key with which it was asked for, if with one.
    pub key: Option<KeyId>,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
    /// The end of the address of the page of the document that it is about.
    pub document: Option<String>,
}

/// The table of all kinds, as `docs/reference.md` shows it.
#[must_use]
pub fn markdown_table() -> String {
    let rows =
        EventKind::ALL.iter().map(|kind| format!("| `{}` | {} |\n", kind.name(), kind.meaning()));
    std::iter::once("| event | when |\n|---|---|\n".to_owned()).chain(rows).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_made_of_a_noun_and_a_verb() {
        let names: BTreeSet<_> = EventKind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), EventKind::ALL.len());
        for kind in EventKind::ALL {
            let (noun, verb) = kind.name().split_once('.').unwrap();
            let plain = |c: char| c.is_ascii_lowercase() || c == '_';
            assert!(noun.chars().all(plain) && verb.chars().all(plain), "{}", kind.name());
            assert_eq!((kind.noun(), EventKind::parse(kind.name())), (noun, Some(kind)));
        }
        assert_eq!(EventKind::parse("invoice"), None);
    }
}
