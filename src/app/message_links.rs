//! The links of messages, followed: where the one that a message shows leads, and that its customer
//! wants no more. Looking at either changes nothing but what is known of the message; links to
//! somebody whose data were deleted lead nowhere.

use crate::domain::automation_run::SuppressionReason;
use crate::domain::checkout::{CheckoutRequest, CheckoutStatus};
use crate::domain::ids::{CustomerId, MerchantId, OfferId};
use crate::domain::message::{Message, MessageEventKind};
use crate::domain::promotion::Reward;
use crate::render::format::Locale;
use crate::render::look::PageBranding;
use crate::rules::messages::take_in;
use crate::store::automation_runs::addressees;
use crate::store::coupons::find_personal;
use crate::store::messages::{find_by_token, lock_messages, save_messages, save_opened};
use crate::store::suppressions::find_suppression;
use crate::store::{Tx, merchants};

use super::actor::visiting;
use super::customer_documents::named;
use super::intents::CheckoutDraft;
use super::opening::open;
use super::previews::page_locale;
use super::suppressions::suppress;
use super::{App, AppError, addresses};

pub use crate::store::messages::MessageKey;

/// What the page shows on which a customer says that they want no more.
#[derive(Debug, Clone)]
pub struct Unsubscribing {
    /// Who sends.
    pub seller: String,
    /// The language.
    pub locale: Locale,
    /// How pages of the merchant look.
    pub look: PageBranding,
}

/// How somebody follows a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Following {
    /// Whether it counts as a click: a person does it.
    pub counts: bool,
    /// Whether the message's coupon is to be redeemed.
    pub with_coupon: bool,
}

/// What somebody can be told in who follows a link, as far as we speak it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkLanguages {
    /// The customer's own language.
    pub own: Option<Locale>,
    /// That of the message.
    pub message: Option<Locale>,
}

impl App {
    /// Who asks to unsubscribe by a link, and from whom.
    ///
    /// # Errors
    /// Not found.
    pub async fn unsubscribing(&self, token: &str) -> Result<Unsubscribing, AppError> {
        let token = token.to_owned();
        self.read(|mut tx| async move {
            let (merchant, message) = found(&mut tx, MessageKey::Unsubscribe(&token)).await?;
            let settings = merchants::get_settings(&mut tx, &merchant).await?;
            let look = PageBranding::from(&settings);
            let seller = named(&mut tx, &merchant, settings.seller.unwrap_or_default()).await?;
            let spoken = Locale::parse(&message.content.locale).unwrap_or_default();
            let seller = seller.name.unwrap_or_default();
            Ok(Unsubscribing { seller, locale: page_locale(spoken), look })
        })
        .await
    }

    /// Sends a customer no messages any more, because they say so.
    ///
    /// # Errors
    /// Not found.
    pub async fn unsubscribe(&self, token: &str) -> Result<(), AppError> {
        let wanted = token.to_owned();
        let (merchant, message) = self
            .read(|mut tx| async move { found(&mut tx, MessageKey::Unsubscribe(&wanted)).await })
            .await?;
        let (whose, customer) = (&merchant, &message.customer);
        let suppressing = self.write(|mut tx| async move {
            let mut context = self.context(&mut tx, whose).await?;
            suppress(&mut tx, &mut context, customer, SuppressionReason::Unsubscribed).await?;
            tx.commit(()).await
        });
        visiting(&merchant, suppressing).await
    }

    /// Where the link of a message leads. Where a person follows it, it counts.
    ///
    /// # Errors
    /// Not found; why the checkout that it leads to cannot be opened.
    pub async fn follow_link(
        &self,
        token: &str,
        Following { counts, with_coupon }: Following,
    ) -> Result<String, AppError> {
        let wanted = token.to_owned();
        let (merchant, message) = self
            .read(|mut tx| async move { found(&mut tx, MessageKey::Link(&wanted)).await })
            .await?;
        if counts && message.moments.clicked.is_none() {
            visiting(&merchant, self.count_click(&merchant, &message)).await?;
        }
        match message.content.checkout.clone() {
            Some(offer) => {
                let coupon = message.coupon.clone().filter(|_| with_coupon);
                visiting(&merchant, self.open_linked(&merchant, message, (offer, coupon))).await
            }
            None => message.content.target.ok_or(AppError::NotFound("link")),
        }
    }

    /// The hosted checkout of an offer, for the customer of a message with this coupon: the one
    /// that was opened last while it can be completed, else another.
    async fn open_linked(
        &self,
        merchant: &MerchantId,
        message: Message,
        (offer, coupon): (OfferId, Option<String>),
    ) -> Result<String, AppError> {
        if let Some(token) = &message.opened {
            let opened = self.checkout_of(token).await?.checkout;
            let has_another = coupon.is_none() && opened.coupon.is_some();
            if opened.status != CheckoutStatus::Expired && !has_another {
                return Ok(addresses::checkout(token));
            }
        }
        let Message { id, customer, content, .. } = message;
        let draft = CheckoutDraft {
            request: CheckoutRequest { coupon, ..CheckoutRequest::plain(customer, offer) },
            locale: Some(content.locale),
            metadata: None,
            return_url: None,
        };
        let (app, id, draft) = (&self.deciding_beside(), &id, &draft);
        let opened = app
            .write(|mut tx| async move {
                let mut context = app.context(&mut tx, merchant).await?;
                let mut draft = draft.clone();
                draft.request.coupon =
                    for_checkout(&mut tx, merchant, draft.request.coupon).await?;
                let opened = open(app, &mut tx, &mut context, draft).await?;
                if let Ok(checkout) = &opened {
                    save_opened(&mut tx, merchant, id, &checkout.token).await?;
                }
                tx.commit(opened).await
            })
            .await;
        match opened {
            Ok(Ok(opened)) => Ok(addresses::checkout(&opened.token)),
            // What cannot be asked for any more is ours, not the customer's: the offer is gone.
            Ok(Err(AppError::Invalid(_))) | Err(AppError::Invalid(_)) => {
                Err(AppError::NotFound("link"))
            }
            Ok(Err(error)) | Err(error) => Err(error),
        }
    }

    /// The languages in which whoever follows a link can be told why it leads nowhere; none where
    /// nobody is known by it.
    pub async fn languages_of_link(&self, link: MessageKey<'_>) -> LinkLanguages {
        let found = self.read(|mut tx| async move {
            let (merchant, message) = found(&mut tx, link).await?;
            let who = std::slice::from_ref(&message.customer);
            let known = addressees(&mut tx, &merchant, who).await?.into_values().next();
            Ok((known.and_then(|it| it.locale), message.content.locale))
        });
        let Ok((own, message)) = found.await else { return LinkLanguages::default() };
        let spoken = |tag: &str| Locale::parse(tag).filter(Locale::is_spoken);
        LinkLanguages { own: own.as_deref().and_then(spoken), message: spoken(&message) }
    }

    async fn count_click(&self, merchant: &MerchantId, message: &Message) -> Result<(), AppError> {
        let id = &message.id;
        self.write(|mut tx| async move {
            let now = self.context(&mut tx, merchant).await?.now;
            let locked = lock_messages(&mut tx, merchant, std::slice::from_ref(id)).await?;
            let clicked = locked
                .iter()
                .map(|message| take_in(message, MessageEventKind::Clicked, now, false))
                // What is still on its way is not taken off it by a click.
                .zip(&locked)
                .map(|(taken, before)| Message { status: before.status, ..taken });
            let clicked: Vec<Message> = clicked.collect();
            save_messages(&mut tx, merchant, &clicked, now).await?;
            tx.commit(()).await
        })
        .await
    }
}

/// The code of a message as far as a checkout can redeem it: a subscription has no shipping that
/// could be free, so one for that stays for an order.
async fn for_checkout(
    tx: &mut Tx,
    merchant: &MerchantId,
    code: Option<String>,
) -> Result<Option<String>, AppError> {
    let Some(code) = code else { return Ok(None) };
    let known = find_personal(tx, merchant, &code, false).await?;
    let is_of_orders = known.is_some_and(|(coupon, _)| coupon.gives == Reward::FreeShipping);
    Ok((!is_of_orders).then_some(code))
}

async fn found(tx: &mut Tx, token: MessageKey<'_>) -> Result<(MerchantId, Message), AppError> {
    let missing = || AppError::NotFound("link");
    let (merchant, message) = find_by_token(tx, token).await?.ok_or_else(missing)?;
    if is_forgotten(tx, &merchant, &message.customer).await? {
        return Err(missing());
    }
    Ok((merchant, message))
}

async fn is_forgotten(
    tx: &mut Tx,
    merchant: &MerchantId,
    customer: &CustomerId,
) -> Result<bool, AppError> {
    let found = find_suppression(tx, merchant, customer).await?;
    Ok(found.is_some_and(|it| it.reason == SuppressionReason::Forgotten))
}
