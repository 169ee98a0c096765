//! What the hosted page of a checkout shows besides the checkout itself. Completing it is the
//! same as elsewhere.

use std::collections::BTreeMap;

use crate::domain::calendar::Period;
use crate::domain::catalogue::Terms;
use crate::domain::checkout::Checkout;
use crate::domain::document::InvoiceStatus;
use crate::domain::ids::{CreditNoteId, InvoiceId, MerchantId, ProductId, SubscriptionId};
use crate::domain::money::Money;
use crate::domain::preview::Preview;
use crate::domain::purchase::Purchase;
use crate::render::format::Locale;
use crate::render::look::PageBranding;
use crate::store::documents::{DocumentFilter, FoundInvoice};
use crate::store::subscriptions::FoundSubscription;
use crate::store::{PAGE_MAX, Page, Tx, checkouts, documents, offers, products, subscriptions};
use crate::wire::checkouts as wire;

use super::customer_documents::{RelatedDocument, named};
use super::opening::is_return_url;
use super::previews::{confirmation_on_page, known_locale, page_locale};
use super::{App, AppError, Context, up_to_date};

/// A checkout with what its page shows.
#[derive(Debug, Clone)]
pub struct Hosted {
    /// Whose it is.
    pub merchant: MerchantId,
    /// As it was shown last.
    pub checkout: wire::Checkout,
    /// The same as values.
    pub preview: Preview,
    /// The path's texts, filled, in each mode.
    pub texts: BTreeMap<Purchase, wire::Confirmation>,
    /// The fingerprint of what is shown.
    pub stamp: String,
    /// How the page is written: English in all of it where our words are in no other language. The
    /// path's texts, which are the merchant's, are filled as the checkout says.
    pub locale: Locale,
    /// The language of the merchant's own texts: the checkout's.
    pub said_in: String,
    /// How pages of the merchant look, and what they lead to.
    pub look: PageBranding,
    /// Who sells.
    pub seller: String,
    /// The subscription that it starts from.
    pub source: Option<HostedSource>,
    /// What it sells; none where the offer was removed since.
    pub target: Option<Terms>,
    /// What its completion issued, with the address of each.
    pub issued: Vec<RelatedDocument>,
    /// The invoices that its completion left open beside those, as they are now.
    pub left_open: Vec<RelatedDocument>,
    /// Whether it may be completed without a payment.
    pub on_account: bool,
    /// What is given with it.
    pub gifts: Vec<HostedGift>,
    /// The portal that it was opened from, for whoever came from there.
    pub portal: Option<String>,
    /// The titles of the subscriptions that it ends.
    pub titles: BTreeMap<SubscriptionId, String>,
}

/// Something given with a checkout.
#[derive(Debug, Clone)]
pub struct HostedGift {
    /// Its title.
    pub title: String,
    /// The number of pieces.
    pub quantity: i64,
    /// What all of them cost.
    pub price: Money,
}

/// The subscription that a checkout starts from.
#[derive(Debug, Clone)]
pub struct HostedSource {
    /// Its title.
    pub title: String,
    /// What a billing period costs.
    pub price: Money,
    /// How often it is booked.
    pub period: Period,
    /// What it will cost, and its first booking at that.
    pub new_price: Option<(Money, chrono::NaiveDate)>,
    /// What it still costs at the beginning, each price with the first booking after it.
    pub steps: Vec<(Money, chrono::NaiveDate)>,
    /// When it is booked next.
    pub next_booking_on: Option<chrono::NaiveDate>,
    /// When it ends, where it was cancelled.
    pub cancel_on: Option<chrono::NaiveDate>,
}

impl App {
    /// The checkout of a hosted page.
    ///
    /// # Errors
    /// Not found.
    pub async fn checkout_of(&self, token: &str) -> Result<Hosted, AppError> {
        let token = token.to_owned();
        self.read(|mut tx| async move {
            let found = checkouts::find_checkout_by_token(&mut tx, &token).await?;
            let (merchant, stored) = found.ok_or(AppError::NotFound("checkout"))?;
            let mut checkout = self.shown(&stored, self.now())?;
            let context = self.context(&mut tx, &merchant).await?;
            let settings = &context.settings;
            // An origin may have left the list since.
            checkout.return_url.take_if(|url| !is_return_url(settings, url));
            let basis = stored.held.as_ref().filter(|_| stored.is_held(self.now()));
            let on_account = match basis {
                Some(basis) => basis.purchase_on_account,
                None => settings.purchase_on_account,
            };
            let look = PageBranding::from(settings);
            let seller = settings.seller.clone().unwrap_or_default();
            let seller = named(&mut tx, &merchant, seller).await?;
            let texts_in = known_locale(&stored.locale);
            let preview = &stored.preview;
            let texts = preview.by_mode.iter().filter_map(|shown| {
                let texts = confirmation_on_page(preview.path.as_ref(), shown, &texts_in)?;
                Some((shown.mode, texts))
            });
            let ends = preview.by_mode.iter().flat_map(|shown| &shown.ends);
            let ends = ends.map(|ending| &ending.subscription).collect();
            let titles =
                subscriptions::titles_of_subscriptions(&mut tx, &merchant, &ends, &stored.locale);
            let titles = titles.await?;
            Ok(Hosted {
                texts: texts.collect(),
                source: source(&mut tx, &context, &checkout, &stored.locale).await?,
                portal: None,
                titles,
                gifts: gifts(&mut tx, &merchant, &stored.preview, &stored.locale).await?,
                issued: issued(&mut tx, &merchant, checkout.result.as_ref()).await?,
                left_open: left_open(&mut tx, &merchant, &stored).await?,
                target: target(&mut tx, &merchant, &stored).await?,
                said_in: stored.locale.clone(),
                locale: page_locale(texts_in),
                preview: stored.preview,
                stamp: stored.stamp,
                look,
                on_account,
                merchant,
                checkout,
                seller: seller.name.unwrap_or_default(),
            })
        })
        .await
    }
}

/// What is given with a checkout, with titles of now.
async fn gifts(
    tx: &mut Tx,
    merchant: &MerchantId,
    preview: &Preview,
    locale: &str,
) -> Result<Vec<HostedGift>, AppError> {
    let Some(shown) = preview.mode(preview.picked).filter(|_| !preview.gifts.is_empty()) else {
        return Ok(Vec::new());
    };
    let ids: Vec<ProductId> = preview.gifts.iter().map(|gift| gift.product.clone()).collect();
    let titles = products::find_titles(tx, merchant, &ids, locale).await?;
    let gifts = preview.gifts.iter().filter_map(|gift| {
        let sum = gift.quantity.saturating_mul(gift.price?);
        let title = titles.get(&gift.product);
        Some(HostedGift {
            title: title.cloned().unwrap_or_else(|| gift.product.to_string()),
            quantity: gift.quantity,
            price: Money::new(sum, shown.amount_due.currency),
        })
    });
    Ok(gifts.collect())
}

/// The terms that were shown; those of now where an older release showed them.
async fn target(
    tx: &mut Tx,
    merchant: &MerchantId,
    checkout: &Checkout,
) -> Result<Option<Terms>, AppError> {
    let offer = &checkout.request.offer;
    if let Some(version) = checkout.preview.offer_version {
        return Ok(offers::find_terms(tx, merchant, offer, version).await?);
    }
    Ok(offers::find_offer(tx, merchant, offer).await?.map(|offer| offer.terms))
}

async fn source(
    tx: &mut Tx,
    context: &Context,
    checkout: &wire::Checkout,
    locale: &str,
) -> Result<Option<HostedSource>, AppError> {
    let Some(id) = &checkout.source_subscription else {
        return Ok(None);
    };
    let id = SubscriptionId::stored(id.clone());
    let found = up_to_date::find(tx, context, &id).await?;
    Ok(found.map(|found| HostedSource {
        new_price: new_price(&found),
        steps: found.subscription.steps_to_come(),
        title: found.subscription.terms.title_in(locale).to_owned(),
        price: found.subscription.price,
        period: found.subscription.terms.billing_period,
        next_booking_on: found.next_booking_on,
        cancel_on: found.subscription.cancel_on,
    }))
}

/// The price that waits for a subscription, where it will be booked at it as things stand.
fn new_price(found: &FoundSubscription) -> Option<(Money, chrono::NaiveDate)> {
    let next = super::subscriptions::shown(found).new_price?;
    let waiting = found.new_prices.iter();
    let mut waiting = waiting.filter(|it| it.change.as_str() == next.price_change);
    Some((waiting.next()?.price, next.first_booking_on?))
}

/// The invoices in the currency of a completed checkout that are open beside its own, where it has
/// told that there are any.
async fn left_open(
    tx: &mut Tx,
    merchant: &MerchantId,
    checkout: &Checkout,
) -> Result<Vec<RelatedDocument>, AppError> {
    let shown = checkout.preview.mode(checkout.preview.picked);
    let owed = shown.and_then(|it| it.still_owed).filter(|owed| owed.minor > 0);
    let Some((result, owed)) = checkout.result.as_ref().zip(owed) else {
        return Ok(Vec::new());
    };
    let open = DocumentFilter {
        customer: Some(checkout.request.customer.clone()),
        status: Some(InvoiceStatus::Open),
        ..DocumentFilter::default()
    };
    let mut found = documents::list_invoices(tx, merchant, &open, &Page::first(PAGE_MAX)).await?;
    found.retain(|FoundInvoice { invoice, .. }| {
        let is_own = result.invoices.iter().any(|id| id == invoice.id.as_str());
        invoice.currency == owed.currency && invoice.amount_due > 0 && !is_own
    });
    Ok(found.into_iter().map(RelatedDocument::from).collect())
}

async fn issued(
    tx: &mut Tx,
    merchant: &MerchantId,
    result: Option<&wire::CheckoutResult>,
) -> Result<Vec<RelatedDocument>, AppError> {
    let mut issued = Vec::new();
    let Some(result) = result else {
        return Ok(issued);
    };
    for id in &result.credit_notes {
        let id = CreditNoteId::stored(id.clone());
        let found = documents::find_credit_note(tx, merchant, &id).await?;
        issued.extend(found.map(RelatedDocument::from));
    }
    for id in &result.invoices {
        let id = InvoiceId::stored(id.clone());
        let found = documents::find_invoice(tx, merchant, &id).await?;
        issued.extend(found.map(RelatedDocument::from));
    }
    Ok(issued)
}
