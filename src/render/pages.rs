//! Owns the pages of the hosted checkout: their contexts, and the templates that show them.
//! Writing the values in a locale is left to `format` and its callers, serving to the edges.

use serde::Serialize;
use serde_json::Value;

use crate::domain::purchase::Purchase;
use crate::render::RenderError;
use crate::render::demo::DemoPage;
use crate::render::format::Locale;
use crate::render::links::{DocumentKind, DocumentLink};
use crate::render::look::PageBranding;
use crate::render::mailbox::MailboxPage;
use crate::render::renderer::Renderer;
use crate::render::shelf::{OrderedPage, ShelfPage};
use crate::render::words::words;

/// What a customer sees before confirming. Values are written in the customer's locale already;
/// they are escaped here.
#[derive(Clone, Debug, Serialize)]
pub struct CheckoutPage {
    /// Who sells.
    pub seller: String,
    /// Where the form is sent: the page's own path.
    pub action: String,
    /// Fingerprint of what is shown, sent back so that nothing else is confirmed.
    pub stamp: String,
    /// The subscription that the change starts from.
    pub current: Option<Current>,
    /// What the checkout sells.
    pub target: Target,
    /// Documents that would be issued up to today without this checkout, too.
    pub catch_up: Vec<Document>,
    /// What is given with it.
    pub gifts: Vec<Line>,
    /// What the customer may pick, in order; the only one is not asked for.
    pub choices: Vec<Choice>,
    /// The mode picked to begin with.
    pub chosen: Purchase,
    /// What happened before it is shown once more.
    pub note: Option<Note>,
    /// What the law wants to be told before it is bought.
    pub legal_advice: Option<String>,
    /// How the page looks.
    pub look: PageBranding,
    /// The portal that they came from: the way back then.
    pub portal: Option<String>,
    /// Where the customer came from; linked only if it is a web address.
    pub return_url: Option<String>,
}

/// What a customer is told above a checkout that they look at once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Note {
    /// The payment failed; nothing was charged.
    Declined,
    /// A payment has begun and was not finished.
    Held,
}

/// The subscription that a customer has.
#[derive(Clone, Debug, Serialize)]
pub struct Current {
    /// Its title.
    pub title: String,
    /// Its price with its period.
    pub price: String,
    /// The price that waits for it, with its period, and the first booking at it.
    pub new_price: Option<NewPriceFrom>,
    /// When it would be booked next, if it would.
    pub next_payment: Option<String>,
    /// When it ends, where it was cancelled.
    pub ends_on: Option<String>,
}

/// A price from a day on.
#[derive(Clone, Debug, Serialize)]
pub struct NewPriceFrom {
    /// With its period.
    pub price: String,
    /// The day.
    pub on: String,
}

/// The offer that a customer gets.
#[derive(Clone, Debug, Serialize)]
pub struct Target {
    /// Its title.
    pub title: String,
    /// What it is.
    pub summary: Option<String>,
    /// Its price with its period.
    pub price: String,
    /// How long it binds, where it is known.
    pub term: Option<String>,
}

/// One way of completing the checkout, and all that depends on it.
#[derive(Clone, Debug, Serialize)]
pub struct Choice {
    /// What is sent when this is picked.
    pub mode: Purchase,
    /// The path's title, filled.
    pub title: Option<String>,
    /// The path's text, filled.
    pub text: Option<String>,
    /// When the change takes effect.
    pub effective_on: String,
    /// What is to be paid now.
    pub amount_due: String,
    /// Whether confirming obliges to pay, which the button then has to say.
    pub obliges: bool,
    /// By when it is to be paid, where something is due that is sold on account.
    pub pay_by: Option<String>,
    /// Whether what is due can be paid nowhere that this page leads to.
    pub unpayable: bool,
    /// What comes of it later.
    pub later: LaterEffect,
    /// What ends by it.
    pub ends: Vec<Ending>,
    /// What the change does beyond itself.
    pub consequences: Vec<Consequence>,
    /// What is issued on completion.
    pub documents: Vec<Document>,
}

/// What comes of a checkout later.
#[derive(Clone, Debug, Serialize)]
pub struct LaterEffect {
    /// The day of the next payment, or [`MISSING`](crate::render::format::MISSING).
    pub next_payment: String,
    /// What is to be paid on that day, where that is known.
    pub next_amount: Option<String>,
    /// What is credited on that day.
    pub next_credits: Vec<Document>,
    /// The invoice of that day.
    pub next_document: Option<Document>,
    /// What is left on the balance on that day, where something is credited then.
    pub next_balance: Option<String>,
    /// How it begins: each part with its price and its last day; empty without an introduction.
    pub introduction: Vec<String>,
    /// What is paid from then on, each price with its period; none where nothing is.
    pub afterwards: Option<String>,
    /// What is left on the balance, where that is something.
    pub balance: Option<Balance>,
    /// What stays to be paid on earlier invoices, where that is something.
    pub still_owed: Option<String>,
    /// To what the customer is bound.
    pub binds: Option<Binds>,
}

/// What is left on a balance.
#[derive(Clone, Debug, Serialize)]
pub struct Balance {
    /// Whose it is.
    pub kind: BalanceKind,
    /// The amount.
    pub amount: String,
}

/// Whose a balance is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BalanceKind {
    /// The customer's.
    Credit,
    /// The seller's.
    Debt,
}

/// To what a customer is bound.
#[derive(Clone, Debug, Serialize)]
pub struct Binds {
    /// Its length, in words.
    pub length: String,
    /// How long before its end a cancellation has to come, in words, where that binds for longer.
    pub notice: Option<String>,
    /// The last day.
    pub until: String,
    /// What it comes to in that time.
    pub total: String,
    /// The tax in that, where there is some.
    pub tax: Option<String>,
    /// By how much it becomes longer each time; none where it then ends.
    pub extension: Option<String>,
    /// By when it can be cancelled so as to end then.
    pub cancel_by: String,
    /// By when it can be cancelled so that nothing is ever paid.
    pub free_until: Option<String>,
    /// What it cannot be without.
    pub needs: Option<Needed>,
}

/// What an addition was added to, and cannot be without.
#[derive(Clone, Debug, Serialize)]
pub struct Needed {
    /// Its title.
    pub title: String,
    /// Whether there are days before the first payment, for which nothing is charged where it ends
    /// within them.
    pub is_paid_later: bool,
}

/// A subscription that ends.
#[derive(Clone, Debug, Serialize)]
pub struct Ending {
    /// Its title.
    pub title: String,
    /// The day of it.
    pub on: String,
    /// How many paid days are lost, where any are.
    pub lost_days: Option<String>,
    /// How many days of its trial are lost, where any are.
    pub lost_trial: Option<String>,
    /// How many bookings at a first price are lost, where any are.
    pub lost_periods: Option<String>,
}

/// What a change does beyond itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Consequence {
    /// A pending cancellation is withdrawn.
    WithdrawsCancellation,
    /// A pending change is withdrawn.
    WithdrawsChange,
    /// A pending replacement gives way to this one.
    SupersedesChange,
    /// The coupon of that replacement is given back.
    ReturnsCoupon,
}

/// A document that would be issued.
#[derive(Clone, Debug, Serialize)]
pub struct Document {
    /// Which kind.
    pub kind: DocumentKind,
    /// What it says, line by line.
    pub lines: Vec<Line>,
    /// What it draws on the customer's balance, if anything.
    pub credit_applied: Option<String>,
    /// What of an earlier debt it takes up, if anything.
    pub debt_applied: Option<String>,
    /// What its lines, the credit and the debt come to.
    pub total: String,
}

/// A line of a document.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// What it is for.
    pub description: String,
    /// The dates that it covers.
    pub period: Option<String>,
    /// What was taken off the price.
    pub discount: Option<String>,
    /// Its gross amount.
    pub amount: String,
}

/// What a customer sees once a checkout is completed.
#[derive(Clone, Debug, Serialize)]
pub struct DonePage {
    /// Who sells.
    pub seller: String,
    /// Title of what was bought.
    pub target: String,
    /// Its price with its period.
    pub price: String,
    /// The path's title, filled.
    pub title: Option<String>,
    /// The path's text, filled.
    pub text: Option<String>,
    /// When the change takes effect.
    pub effective_on: String,
    /// What was paid, if anything.
    pub paid: Option<String>,
    /// What is still to be paid, if anything.
    pub amount_due: Option<String>,
    /// By when, if anything is.
    pub pay_by: Option<String>,
    /// What comes of it later.
    pub later: LaterEffect,
    /// What ended, or will end, by it.
    pub ends: Vec<Ending>,
    /// What it did beyond itself.
    pub consequences: Vec<Consequence>,
    /// What is given with it.
    pub gifts: Vec<Line>,
    /// What was issued.
    pub documents: Vec<Issued>,
    /// What is to be paid beside that, on earlier invoices.
    pub left_open: Vec<DocumentLink>,
    /// What is offered next.
    pub next: Option<FollowUpOffer>,
    /// What the law wants to be told of what was bought.
    pub legal_advice: Option<String>,
    /// How the page looks.
    pub look: PageBranding,
    /// The portal that they came from: the way back then.
    pub portal: Option<String>,
    /// Where the customer came from; linked only if it is a web address.
    pub return_url: Option<String>,
}

/// A subscription that is offered after an order.
#[derive(Clone, Debug, Serialize)]
pub struct FollowUpOffer {
    /// Where the answer is sent.
    pub action: String,
    /// Its title.
    pub title: String,
    /// Its price with its period.
    pub price: String,
    /// What is due at once, if anything.
    pub amount_due: Option<String>,
    /// What it costs at first, where something is taken off.
    pub at_first: Option<DiscountedPrice>,
    /// Its checkout, once it is accepted.
    pub onward: Option<String>,
}

/// A price from which something is taken off.
#[derive(Clone, Debug, Serialize)]
pub struct DiscountedPrice {
    /// What is left of it.
    pub amount: String,
    /// What is taken off.
    pub discount: String,
}

/// A document that was issued.
#[derive(Clone, Debug, Serialize)]
pub struct Issued {
    /// Which kind.
    pub kind: DocumentKind,
    /// Its number.
    pub number: String,
    /// Its gross amount.
    pub amount: String,
    /// Its page.
    pub href: String,
}

/// What a customer sees when there is nothing to confirm.
#[derive(Clone, Debug, Serialize)]
pub struct NoticePage {
    /// Who sells.
    pub seller: String,
    /// Why there is nothing to confirm.
    pub notice: Notice,
    /// How the page looks.
    pub look: PageBranding,
    /// Where to look at the checkout again, while that makes sense.
    pub again_url: Option<String>,
    /// The portal that they came from: the way back then.
    pub portal: Option<String>,
    /// Where the customer came from; linked only if it is a web address.
    pub return_url: Option<String>,
}

/// Why there is nothing to confirm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Notice {
    /// Its time has run out.
    Expired,
    /// There is none at this address.
    Unknown,
    /// There is no document at this address.
    NoDocument,
    /// A link of a message leads nowhere.
    NoLink,
    /// There is no portal at this address, or not any more.
    NoPortal,
    /// What the portal showed no longer holds.
    PortalStale,
    /// The merchant does not let customers do it by themselves.
    PortalForbidden,
    /// It is not the customer's, or not there.
    PortalMissing,
    /// What was wanted in the portal is refused; the reason is its stable code.
    PortalRefused(String),
    /// It was completed in another window.
    Completed,
    /// What it showed no longer holds.
    Stale,
    /// The time in which it could be paid has run out.
    Lapsed,
    /// A rule says no; the reason is its stable code.
    Refused(String),
    /// Only its coupon stands in the way; the reason is its stable code.
    Coupon(String),
}

/// Where the demo takes the payment of what is due.
#[derive(Clone, Debug, Serialize)]
pub struct PaymentPage {
    /// Who sells.
    pub seller: String,
    /// Where the form is sent: the page's own path.
    pub action: String,
    /// Fingerprint of what is paid for.
    pub stamp: String,
    /// What the customer picked.
    pub mode: Purchase,
    /// How the page looks.
    pub look: PageBranding,
    /// Title of what is bought.
    pub target: String,
    /// What is to be paid.
    pub amount: String,
}

/// Where somebody says that they want no messages any more.
#[derive(Clone, Debug, Serialize)]
pub struct UnsubscribePage {
    /// Who sends them.
    pub seller: String,
    /// Where the form is sent: the page's own path; none once it was.
    pub action: Option<String>,
    /// How the page looks.
    pub look: PageBranding,
}

impl Renderer {
    /// The page on which a checkout is looked at and confirmed.
    ///
    /// # Errors
    /// A page without the choice it begins with, or a template that asks for what is not there.
    pub fn checkout_page(
        &self,
        locale: &Locale,
        page: &CheckoutPage,
    ) -> Result<String, RenderError> {
        let chosen = page.choices.iter().find(|choice| choice.mode == page.chosen);
        let chosen = chosen.ok_or(RenderError::NotAmongChoices(page.chosen))?;
        let several = page.choices.len() > 1;
        let heading = match (&chosen.title, chosen.mode) {
            // Each choice then shows its own.
            (Some(title), _) if !several => title.clone(),
            (_, Purchase::New) => own_words(locale, "checkout-heading-new")?,
            (_, Purchase::Replace | Purchase::Add) => own_words(locale, "checkout-heading-change")?,
        };
        // Where one choice obliges and another does not, there is a button for each, of which the
        // style sheet shows the one that fits; where it cannot, the one that warns.
        let obliges = page.choices.iter().any(|choice| choice.obliges && !choice.unpayable);
        let free = page.choices.iter().any(|choice| !choice.obliges);
        let confirm = match chosen.mode {
            Purchase::New => "checkout-order-free",
            Purchase::Replace | Purchase::Add => "checkout-confirm",
        };
        let extras = [
            ("heading", heading.into()),
            ("several", several.into()),
            ("obliges", obliges.into()),
            ("adds", (chosen.mode == Purchase::Add).into()),
            ("mixed", (obliges && free).into()),
            ("confirm", Some(confirm).filter(|_| free).into()),
            ("return_url", web_address(page.return_url.as_deref())),
        ];
        self.fill("checkout/preview", locale, page, extras)
    }

    /// The demo's page that takes a payment.
    ///
    /// # Errors
    /// A template that asks for what is not there.
    pub fn payment_page(&self, locale: &Locale, page: &PaymentPage) -> Result<String, RenderError> {
        let extras = [("heading", own_words(locale, "payment-heading")?.into())];
        self.fill("checkout/payment", locale, page, extras)
    }

    /// The demo's shop. Its words are English.
    ///
    /// # Errors
    /// A template that asks for what is not there.
    pub fn demo_page(&self, page: &DemoPage) -> Result<String, RenderError> {
        self.fill("demo", &Locale::default(), page, [("heading", "A shop to try it in".into())])
    }

    /// The shelf of the demo's shop. Its words are English.
    ///
    /// # Errors
    /// A template that asks for what is not there.
    pub fn shelf_page(&self, page: &ShelfPage) -> Result<String, RenderError> {
        self.fill("shelf", &Locale::default(), page, [("heading", "The shelf".into())])
    }

    /// The mailbox of the demo. Its words are English.
    ///
    /// # Errors
    /// A template that asks for what is not there.
    pub fn mailbox_page(&self, page: &MailboxPage) -> Result<String, RenderError> {
        self.fill("mailbox", &Locale::default(), page, [("heading", "The mailbox".into())])
    }

    /// The page of the demo's shop that thanks for an order of goods.
    ///
    /// # Errors
    /// A template that asks for what is not there.
    pub fn ordered_page(&self, page: &OrderedPage) -> Result<String, RenderError> {
        self.fill("ordered", &Locale::default(), page, [("heading", "Thank you".into())])
    }

    /// The page that confirms what was done.
    ///
    /// # Errors
    /// A template that asks for what is not there.
    pub fn done_page(&self, locale: &Locale, page: &DonePage) -> Result<String, RenderError> {
        let heading = match &page.title {
            Some(title) => title.clone(),
            None => own_words(locale, "done-heading")?,
        };
        let extras =
            [("heading", heading.into()), ("return_url", web_address(page.return_url.as_deref()))];
        self.fill("checkout/done", locale, page, extras)
    }

    /// The page that says why there is nothing to confirm.
    ///
    /// # Errors
    /// A template that asks for what is not there.
    pub fn notice_page(&self, locale: &Locale, page: &NoticePage) -> Result<String, RenderError> {
        let (heading, text, again) = match &page.notice {
            Notice::Expired => ("notice-expired", "notice-expired-text", "notice-again"),
            Notice::Unknown => ("notice-unknown", "notice-unknown-text", "notice-again"),
            Notice::NoDocument => ("document-unknown", "document-unknown-text", "notice-again"),
            Notice::NoLink => ("link-unknown", "link-unknown-text", "notice-again"),
            Notice::NoPortal => ("portal-unknown", "portal-unknown-text", "portal-again"),
            Notice::PortalStale => ("portal-stale", "portal-stale-text", "portal-again"),
            Notice::PortalForbidden => {
                ("portal-forbidden", "portal-forbidden-text", "portal-again")
            }
            Notice::PortalMissing => ("portal-missing", "portal-missing-text", "portal-again"),
            Notice::PortalRefused(_) => ("portal-refused", "portal-refused-text", "portal-again"),
            Notice::Completed => ("notice-completed", "notice-completed-text", "notice-again"),
            Notice::Stale => ("notice-stale", "notice-stale-text", "notice-stale-again"),
            Notice::Lapsed => ("notice-lapsed", "notice-lapsed-text", "notice-again"),
            Notice::Refused(_) => ("notice-refused", "notice-refused-text", "notice-again"),
            Notice::Coupon(_) => ("notice-coupon", "notice-coupon-text", "notice-coupon-again"),
        };
        let reason = match &page.notice {
            Notice::Refused(reason) | Notice::Coupon(reason) | Notice::PortalRefused(reason) => {
                Some(reason.as_str())
            }
            _ => None,
        };
        // Of some reasons a customer can make nothing; those are shown as their code alone.
        let explained =
            reason.and_then(|code| words(locale.spoken(), &format!("refused-{code}"), []));
        let code = reason.filter(|_| explained.is_none());
        let extras = [
            ("heading", own_words(locale, heading)?.into()),
            ("explained", explained.into()),
            ("text", own_words(locale, text)?.into()),
            ("reason", code.into()),
            ("again", own_words(locale, again)?.into()),
            ("return_url", web_address(page.return_url.as_deref())),
        ];
        self.fill("checkout/notice", locale, page, extras)
    }

    /// The page on which somebody says that they want no messages any more, or has.
    ///
    /// # Errors
    /// A template that asks for what is not there.
    pub fn unsubscribe_page(
        &self,
        locale: &Locale,
        page: &UnsubscribePage,
    ) -> Result<String, RenderError> {
        let (heading, text) = match page.action {
            Some(_) => ("unsubscribe-heading", "unsubscribe-text"),
            None => ("unsubscribe-done", "unsubscribe-done-text"),
        };
        let extras = [
            ("heading", own_words(locale, heading)?.into()),
            ("text", own_words(locale, text)?.into()),
        ];
        self.fill("checkout/unsubscribe", locale, page, extras)
    }
}

pub(super) fn own_words(locale: &Locale, key: &'static str) -> Result<String, RenderError> {
    words(locale.spoken(), key, []).ok_or(RenderError::NoWords(key))
}

/// An address that is safe to link. One such as `javascript:…` would be a script on our page.
pub(super) fn web_address(url: Option<&str>) -> Value {
    url.filter(|url| url.starts_with("https://") || url.starts_with("http://")).into()
}
