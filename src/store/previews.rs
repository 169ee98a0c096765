//! How a preview is stored, and how one is read that a release up to 0.3.0 stored: those kept what
//! the API answered, with its amounts as decimals and the path's texts filled.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;

use crate::domain::calendar::DateRange;
use crate::domain::candidates::CandidateShown;
use crate::domain::document::{InvoiceStatus, LineKind};
use crate::domain::ids::{ChangeId, CustomerId, InvoiceId, OfferId, PathId, SubscriptionId};
use crate::domain::money::{Currency, Money, Rate};
use crate::domain::path::{BillingDate, Proration, Transition};
use crate::domain::preview::{
    DocumentKind, DocumentShown, FilledTexts, LineShown, ModeShown, PathShown, Preview,
};
use crate::domain::purchase::Purchase;
use crate::domain::text::Text;

/// Reads a preview as this release keeps it, else as one up to 0.3.0 did; none where it is
/// neither.
pub(super) fn read_preview(text: &str) -> Option<Preview> {
    let legacy = || serde_json::from_str::<LegacyPreview>(text).ok()?.preview();
    serde_json::from_str(text).ok().or_else(legacy)
}

/// What a release up to 0.3.0 kept.
#[derive(Deserialize)]
struct LegacyPreview {
    mode: Purchase,
    modes: Vec<Purchase>,
    path: Option<PathId>,
    source_subscription: Option<SubscriptionId>,
    #[serde(default)]
    catch_up: Vec<Document>,
    preview_by_mode: BTreeMap<Purchase, Mode>,
    #[serde(default)]
    considered: Vec<CandidateShown>,
}

#[derive(Deserialize)]
struct Mode {
    transition: Option<Transition>,
    effective_on: NaiveDate,
    amount_due: Amount,
    next_payment_on: Option<NaiveDate>,
    documents: Vec<Document>,
    #[serde(default)]
    withdraws: Vec<Withdrawal>,
    supersedes: Option<ChangeId>,
    confirmation: Option<FilledTexts>,
}

#[derive(Deserialize)]
struct Amount {
    amount: String,
    currency: Currency,
}

#[derive(Deserialize)]
struct Withdrawal {
    kind: String,
    id: SubscriptionId,
}

#[derive(Deserialize)]
struct Document {
    kind: DocumentKind,
    status: String,
    customer: CustomerId,
    issued_on: NaiveDate,
    due_on: Option<NaiveDate>,
    lines: Vec<Line>,
    credit_applied: Amount,
    amount_due: Amount,
    credits: Option<InvoiceId>,
}

#[derive(Deserialize)]
struct Line {
    subscription: Option<SubscriptionId>,
    offer: OfferId,
    kind: LineKind,
    description: String,
    period: DateRange,
    net: Amount,
    tax: Amount,
    gross: Amount,
    tax_rate: Rate,
}

impl Amount {
    fn money(&self) -> Option<Money> {
        Money::parse(&self.amount, self.currency).ok()
    }

    fn minor(&self) -> Option<i64> {
        self.money().map(|money| money.minor)
    }
}

impl LegacyPreview {
    fn preview(self) -> Option<Preview> {
        let mut by_mode = self.preview_by_mode;
        let transition = by_mode.values().find_map(|mode| mode.transition);
        let nothing = Text::parse("").ok()?;
        let path = self.path.zip(transition).map(|(id, transition)| PathShown {
            is_translated: false,
            id,
            transition,
            proration: Proration::None,
            billing_date: BillingDate::Reset,
            title: nothing.clone(),
            description: nothing,
        });
        let modes = self.modes.into_iter().map(|mode| by_mode.remove(&mode)?.shown(mode));
        Some(Preview {
            gifts: Vec::new(),
            on: None,
            offer_version: None,
            path,
            source: self.source_subscription,
            legal_advice: None,
            coupon: None,
            catch_up: self.catch_up.into_iter().map(Document::shown).collect::<Option<_>>()?,
            picked: self.mode,
            by_mode: modes.collect::<Option<_>>()?,
            considered: self.considered,
        })
    }
}

impl Mode {
    fn shown(self, mode: Purchase) -> Option<ModeShown> {
        let cancellation = self.withdraws.into_iter().find(|it| it.kind == "cancellation");
        Some(ModeShown {
            mode,
            effective_on: self.effective_on,
            amount_due: self.amount_due.money()?,
            next_payment_on: self.next_payment_on,
            next_payment: None,
            balance_after: None,
            still_owed: None,
            commitment: None,
            introduction: None,
            ends: Vec::new(),
            documents: self.documents.into_iter().map(Document::shown).collect::<Option<_>>()?,
            withdraws_cancellation: cancellation.map(|it| it.id),
            supersedes: self.supersedes,
            returns_coupon: None,
            text: None,
            written: self.confirmation,
        })
    }
}

impl Document {
    fn shown(self) -> Option<DocumentShown> {
        Some(DocumentShown {
            kind: self.kind,
            status: InvoiceStatus::parse(&self.status),
            customer: self.customer,
            currency: self.amount_due.currency,
            issued_on: self.issued_on,
            due_on: self.due_on,
            lines: self.lines.into_iter().map(Line::shown).collect::<Option<_>>()?,
            credit_applied: self.credit_applied.minor()?,
            amount_due: self.amount_due.minor()?,
            credits: self.credits,
        })
    }
}

impl Line {
    fn shown(self) -> Option<LineShown> {
        Some(LineShown {
            subscription: self.subscription,
            offer: self.offer,
            kind: self.kind,
            description: self.description,
            legal_advice: None,
            period: self.period,
            net: self.net.minor()?,
            tax: self.tax.minor()?,
            gross: self.gross.minor()?,
            discount: 0,
            rate: self.tax_rate,
        })
    }
}
