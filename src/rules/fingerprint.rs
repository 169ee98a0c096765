//! The fingerprint of what a checkout shows: two are the same where the customer would be told
//! and sold the same. It is of values, each under its name, not of rendered words or of the way in
//! which a preview is kept: a release that changes a word, a format, a template or a column makes
//! nobody's checkout stale.
//!
//! What a later release tells besides is written only where there is something to tell, so that
//! the fingerprints of what was told before stay as they are.

use std::fmt::Display;

use sha2::{Digest, Sha256};

use crate::domain::calendar::DateRange;
use crate::domain::catalogue::Terms;
use crate::domain::hex::hex;
use crate::domain::path::BillingDate;
use crate::domain::preview::{
    Commitment, DocumentKind, DocumentShown, IntroductionShown, LineShown, ModeShown, PathShown,
    Preview, TextFacts,
};
use crate::domain::promotion::Reward;
use crate::selection::gifts::Gifts;
use crate::selection::promotions::{PromotionProgress, ShownPromotion};

use super::coupons::CouponGrant;

/// The fingerprint of a preview and the terms of its target, as 64 hexadecimal digits. Which
/// other candidates there were is not part of it, nor what the customer owes elsewhere: they
/// change nothing of what is bought.
#[must_use]
pub fn fingerprint(preview: &Preview, terms: &Terms) -> String {
    let mut ink = FingerprintHasher::fresh();
    ink.some("on", preview.on.as_ref());
    ink.terms(terms);
    if let Some(path) = &preview.path {
        ink.path(path);
    }
    ink.some("source", preview.source.as_ref());
    ink.some("coupon", preview.coupon.as_ref());
    ink.documents("catch_up", &preview.catch_up);
    ink.write("picked", preview.picked);
    for mode in &preview.by_mode {
        ink.mode(mode);
    }
    for gift in &preview.gifts {
        if let Some(price) = gift.price {
            ink.write("rule", &gift.rule);
            ink.write("product", &gift.product);
            ink.write("quantity", gift.quantity);
            ink.write("price", price);
        }
    }
    ink.dry()
}

/// The stamp of what a cart was shown: what is given, and what is earned, and what its coupon
/// gives, where it has one. How far it is from the rest is not part of it.
#[must_use]
pub fn stamp(
    gifts: &Gifts<'_>,
    promotions: &[ShownPromotion<'_>],
    coupon: Option<&CouponGrant>,
) -> String {
    let mut ink = FingerprintHasher::fresh();
    for applied in &gifts.applied {
        ink.write("rule", &applied.rule.id);
        for item in &applied.items {
            ink.write("product", &item.product);
            ink.write("quantity", item.quantity);
            ink.write("price", item.price);
        }
    }
    for told in promotions.iter().filter(|told| told.standing == PromotionProgress::Earned) {
        ink.write("promotion", &told.promotion.id);
        match told.promotion.reward {
            Reward::FreeShipping => ink.write("reward", "free_shipping"),
            Reward::Percent(rate) => ink.write("percent", rate),
            Reward::Amount(minor) => ink.write("amount", minor),
        }
    }
    if let Some(CouponGrant { discount, free_shipping }) = coupon {
        ink.write("discount", discount);
        ink.write("free_shipping", free_shipping);
    }
    ink.dry()
}

/// Takes down names and values, each with its length, so that nothing runs together.
pub(super) struct FingerprintHasher(Sha256);

impl FingerprintHasher {
    /// Nothing is taken down yet.
    pub(super) fn fresh() -> Self {
        Self(Sha256::new())
    }

    /// As 64 hexadecimal digits.
    pub(super) fn dry(self) -> String {
        hex(&self.0.finalize())
    }

    pub(super) fn write(&mut self, name: &str, value: impl Display) {
        let value = value.to_string();
        self.0.update(format!("{name}:{}:", value.len()));
        self.0.update(value);
    }

    pub(super) fn some(&mut self, name: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.write(name, value);
        }
    }

    fn range(&mut self, name: &str, range: DateRange) {
        self.write(name, format_args!("{}..{}", range.start, range.end));
    }

    fn terms(&mut self, terms: &Terms) {
        self.write("offer", terms.offer.as_str());
        self.write("version", terms.version);
        self.write("title", &terms.title);
        self.write("price", terms.price);
        self.write("tax_included", terms.tax_included);
        self.write("billing_period", terms.billing_period);
        self.write("term", terms.term);
        self.some("renewal_term", terms.renewal_term);
        self.write("auto_renew", terms.auto_renew);
        self.some("notice", terms.notice);
    }

    fn path(&mut self, path: &PathShown) {
        self.write("path", path.id.as_str());
        self.write("transition", path.transition);
        self.write("proration", path.proration);
        if path.billing_date == BillingDate::Keep {
            self.write("billing_date", path.billing_date);
        }
        self.write("path_title", path.title.source());
        self.write("path_description", path.description.source());
    }

    fn mode(&mut self, shown: &ModeShown) {
        self.write("mode", shown.mode);
        self.write("effective_on", shown.effective_on);
        self.write("amount_due", shown.amount_due);
        self.some("next_payment_on", shown.next_payment_on);
        if let Some(next) = &shown.next_payment {
            self.documents("next_credit", &next.credit_notes);
            self.documents("next_payment", std::slice::from_ref(&next.document));
        }
        self.some("balance_after", shown.balance_after);
        if let Some(commitment) = &shown.commitment {
            self.commitment(commitment);
        }
        if let Some(introduction) = &shown.introduction {
            self.introduction(introduction);
        }
        for ending in &shown.ends {
            self.write("ends", format_args!("{} {}", ending.subscription.as_str(), ending.on));
        }
        self.documents("documents", &shown.documents);
        self.some("withdraws", shown.withdraws_cancellation.as_ref());
        self.some("supersedes", shown.supersedes.as_ref());
        if let Some(text) = &shown.text {
            self.text(text);
        }
    }

    fn commitment(&mut self, commitment: &Commitment) {
        let (starts_on, ends_on) = (commitment.starts_on, commitment.ends_on);
        self.write("commitment", format_args!("{starts_on}..={ends_on}"));
        self.write("total", commitment.total);
        self.write("total_tax", commitment.tax);
        self.some("renews", commitment.renews);
        self.some("notice", commitment.notice);
        self.write("cancel_by", commitment.cancel_by);
    }

    fn introduction(&mut self, introduction: &IntroductionShown) {
        if let Some(trial) = introduction.trial {
            self.range("trial", trial);
        }
        for step in &introduction.steps {
            self.write("step", step.price);
            self.range("step_days", step.days);
        }
        self.write("then_from", introduction.then_from);
    }

    fn text(&mut self, text: &TextFacts) {
        self.write("subscription", text.subscription_id.as_str());
        for title in &text.subscription_titles {
            self.write("subscription_title", title);
        }
        self.write("subscription_price", text.subscription_price);
    }

    fn documents(&mut self, name: &str, documents: &[DocumentShown]) {
        self.write(name, documents.len());
        for document in documents {
            let kind = match document.kind {
                DocumentKind::Invoice => "invoice",
                DocumentKind::CreditNote => "credit_note",
            };
            self.write("document", kind);
            self.write("currency", document.currency.code());
            self.write("issued_on", document.issued_on);
            self.some("due_on", document.due_on);
            self.write("credit_applied", document.credit_applied);
            self.write("to_pay", document.amount_due);
            self.some("credits", document.credits.as_ref());
            document.lines.iter().for_each(|line| self.line(line));
        }
    }

    fn line(&mut self, line: &LineShown) {
        self.write("line", line.kind);
        self.some("for", line.subscription.as_ref());
        self.write("of", line.offer.as_str());
        self.write("description", &line.description);
        self.some("legal_advice", line.legal_advice.as_ref());
        self.range("period", line.period);
        self.write("net", line.net);
        self.write("tax", line.tax);
        self.write("gross", line.gross);
        self.some("discount", Some(line.discount).filter(|discount| *discount != 0));
        self.write("rate", line.rate);
    }
}
