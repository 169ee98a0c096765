//! The portal: what a customer has, what waits, what they can change to, their documents; and the
//! question before something is done. Values are written in the customer's language already; they
//! are escaped here.

use serde::Serialize;

use crate::render::RenderError;
use crate::render::format::Locale;
use crate::render::links::DocumentLink;
use crate::render::look::PageBranding;
use crate::render::pages::{own_words, web_address};
use crate::render::renderer::Renderer;

/// What a customer has and can do.
#[derive(Clone, Debug, Serialize)]
pub struct PortalPage {
    /// Who sells.
    pub seller: String,
    /// Who the customer is.
    pub name: Option<String>,
    /// The page's own path, without a slash at the end.
    pub here: String,
    /// What was just done.
    pub note: Option<PortalNote>,
    /// What is to be paid next.
    pub next: Option<NextPayment>,
    /// What is still to be paid of invoices, each currency by itself.
    pub owed: Vec<OpenSum>,
    /// What the seller owes the customer, each currency by itself.
    pub credits: Vec<String>,
    /// What the customer owes beside invoices, each currency by itself.
    pub debts: Vec<String>,
    /// What runs.
    pub subscriptions: Vec<SubscriptionCard>,
    /// What waits.
    pub changes: Vec<ChangeCard>,
    /// What they can change to.
    pub targets: Vec<TargetCard>,
    /// Whether there is something that they can change to only once everything is paid.
    pub waits_for_payment: bool,
    /// Whether they see their documents.
    pub has_documents: bool,
    /// Their last documents, the newest first.
    pub documents: Vec<DocumentLink>,
    /// Those before.
    pub earlier: Vec<DocumentLink>,
    /// How the page looks.
    pub look: PageBranding,
    /// Where the customer came from; linked only if it is a web address.
    pub return_url: Option<String>,
}

/// What was just done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PortalNote {
    /// Something was cancelled.
    Cancelled,
    /// A cancellation was taken back.
    Uncancelled,
    /// A change was withdrawn.
    Withdrawn,
}

/// What is still to be paid in a currency.
#[derive(Clone, Debug, Serialize)]
pub struct OpenSum {
    /// On all invoices.
    pub amount: String,
    /// On those of them that are still to be issued.
    pub to_be_issued: Option<String>,
}

/// A payment that comes.
#[derive(Clone, Debug, Serialize)]
pub struct NextPayment {
    /// The day of it.
    pub on: String,
    /// The amount.
    pub amount: String,
    /// What is left on the balance, where something is credited on that day.
    pub balance: Option<String>,
}

/// A price that waits for its first booking.
#[derive(Clone, Debug, Serialize)]
pub struct ComingPrice {
    /// The price with its period.
    pub price: String,
    /// The day of that booking.
    pub on: String,
}

/// Something that a customer has.
#[derive(Clone, Debug, Serialize)]
pub struct SubscriptionCard {
    /// By which it is meant.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its price with its period.
    pub price: String,
    /// What it still costs at the beginning, in place of this price.
    pub introduction: Vec<String>,
    /// The prices that wait for it with its period, each with its first booking at that.
    pub new_prices: Vec<ComingPrice>,
    /// The last day of its trial.
    pub trial_until: Option<String>,
    /// When it is booked next, if it is.
    pub next_payment: Option<String>,
    /// The last day to which it binds.
    pub bound_until: Option<String>,
    /// When it ends, if it does.
    pub ends_on: Option<String>,
    /// The last day on which it can be cancelled to end with its term.
    pub cancel_by: Option<String>,
    /// When it would end if it were cancelled today.
    pub cancellable_to: Option<String>,
    /// Whether it was cancelled.
    pub is_cancelled: bool,
    /// Whether the customer cancels it here.
    pub can_cancel: bool,
    /// What is sent to take the cancellation back, where they may.
    pub uncancel: Option<String>,
}

/// A change that waits.
#[derive(Clone, Debug, Serialize)]
pub struct ChangeCard {
    /// By which it is meant.
    pub id: String,
    /// What is begun.
    pub title: String,
    /// What that costs.
    pub price: String,
    /// How it begins, where that is not at this price.
    pub introduction: Vec<String>,
    /// What it replaces, or is added to.
    pub source: String,
    /// `replace` or `add`.
    pub mode: &'static str,
    /// The day of it.
    pub on: String,
    /// The day on which what it begins is booked first.
    pub next_payment: String,
    /// Whether the customer withdraws it here.
    pub can_withdraw: bool,
}

/// Something that a customer can change to.
#[derive(Clone, Debug, Serialize)]
pub struct TargetCard {
    /// The offer, by id.
    pub offer: String,
    /// What it is called.
    pub title: String,
    /// What it is.
    pub summary: Option<String>,
    /// Its price with its period.
    pub price: String,
    /// How it would begin, where that is not at this price.
    pub introduction: Vec<String>,
    /// What it would replace, or be added to.
    pub source: String,
    /// `replace` or `add`.
    pub mode: &'static str,
    /// What the merchant says of the change.
    pub text: Option<String>,
    /// When it would take effect.
    pub effective_on: String,
    /// What would be due now, if anything.
    pub due: Option<String>,
    /// What would still be to pay on earlier invoices, if anything.
    pub still_owed: Option<String>,
}

/// Asks once more before something is done.
#[derive(Clone, Debug, Serialize)]
pub struct PortalQuestion {
    /// Who sells.
    pub seller: String,
    /// What is asked.
    pub kind: QuestionKind,
    /// Where the form is sent.
    pub action: String,
    /// The name of the field that says what is meant: `subscription` or `change`.
    pub field: &'static str,
    /// What is meant, by id.
    pub id: String,
    /// By what is known again what is shown.
    pub stamp: String,
    /// The title of what is meant.
    pub title: String,
    /// Its price with its period.
    pub price: String,
    /// The day on which it ends, or on which the change would have been carried out.
    pub on: String,
    /// The last day on which it can be cancelled to end with its term, while that lies ahead.
    pub cancel_by: Option<String>,
    /// The day on which it ends again, where the change had withdrawn a cancellation.
    pub restores: Option<String>,
    /// The changes that are carried out no more, by the titles of what they would begin.
    pub lost: Vec<String>,
    /// What ends with it.
    pub ends: Vec<EndingCard>,
    /// The way back: the portal.
    pub back: String,
    /// How the page looks.
    pub look: PageBranding,
}

/// Something that ends with something else.
#[derive(Clone, Debug, Serialize)]
pub struct EndingCard {
    /// Its title.
    pub title: String,
    /// The day of it.
    pub on: String,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum QuestionKind {
    /// Whether a subscription is to be cancelled.
    Cancel,
    /// Whether a change is to be withdrawn.
    Withdraw,
}

impl Renderer {
    /// The portal.
    ///
    /// # Errors
    /// A template that asks for what is not there.
    pub fn portal_page(&self, locale: &Locale, page: &PortalPage) -> Result<String, RenderError> {
        let extras = [
            ("heading", own_words(locale, "portal-heading")?.into()),
            ("return_url", web_address(page.return_url.as_deref())),
        ];
        self.fill("portal/home", locale, page, extras)
    }

    /// The question before something is done.
    ///
    /// # Errors
    /// A template that asks for what is not there.
    pub fn portal_question(
        &self,
        locale: &Locale,
        page: &PortalQuestion,
    ) -> Result<String, RenderError> {
        let heading = match page.kind {
            QuestionKind::Cancel => "portal-cancel-heading",
            QuestionKind::Withdraw => "portal-withdraw-heading",
        };
        let extras = [("heading", own_words(locale, heading)?.into())];
        self.fill("portal/question", locale, page, extras)
    }
}
