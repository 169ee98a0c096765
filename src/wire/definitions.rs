//! What a merchant defines, as it is sent and answered, whatever it is. What is sent is a part of
//! what is answered, so that what was read can be sent back, shown in a form, or written to a
//! file.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    automations, campaigns, coupons, customers, from_catalog, gift_rules, message_templates,
    offers, paths, products, promotions, tags, taxes, webhooks,
};
use crate::domain::automation::Automation;
use crate::domain::campaign::Campaign;
use crate::domain::catalogue::{Offer, Product, Tag, Tax};
use crate::domain::coupon::Coupon;
use crate::domain::definition::Definition;
use crate::domain::gift_rule::GiftRule;
use crate::domain::merchant::Customer;
use crate::domain::message_template::MessageTemplate;
use crate::domain::path::Path;
use crate::domain::promotion::Promotion;
use crate::domain::webhook::Endpoint;

/// A definition with its published shapes.
pub trait Published: Definition {
    /// What is sent to define one.
    type Body: ToSchema + 'static;
    /// What is answered: what was sent, its id, and what the engine knows about it.
    type Answer: Serialize + ToSchema + Send + 'static;

    /// What is answered, without what takes a look at other things.
    fn answer(&self) -> Self::Answer;

    /// The names of the fields that are answered, but not sent: the engine sets them.
    fn engine_fields() -> &'static BTreeSet<String>;

    /// What was sent to define it.
    fn said(&self) -> Value {
        let mut said = serde_json::to_value(self.answer()).unwrap_or_default();
        if let Some(members) = said.as_object_mut() {
            members.retain(|name, _| !Self::engine_fields().contains(name));
        }
        said
    }
}

fn fields<T: ToSchema>() -> BTreeSet<String> {
    let schema = serde_json::to_value(T::schema()).unwrap_or_default();
    let names = schema["properties"].as_object().into_iter().flatten();
    names.map(|(name, _)| name.clone()).collect()
}

macro_rules! published {
    ($($thing:ty: $body:ty => $answer:ty, |$it:ident| $show:expr;)*) => {$(
        impl Published for $thing {
            type Body = $body;
            type Answer = $answer;

            fn answer(&self) -> $answer {
                let $it = self;
                $show
            }

            fn engine_fields() -> &'static BTreeSet<String> {
                static SET: LazyLock<BTreeSet<String>> =
                    LazyLock::new(|| &fields::<$answer>() - &fields::<$body>());
                &SET
            }
        }
    )*};
}

published! {
    Tag: tags::TagBody => tags::Tag, |tag| tags::Tag {
        id: tag.id.to_string(),
        title: tag.title.clone(),
        offers: Vec::new(),
        paths: Vec::new(),
    };
    Tax: taxes::TaxBody => taxes::Tax, |tax| tax.into();
    Product: products::ProductBody => products::Product, |product| product.into();
    Offer: offers::OfferBody => offers::Offer, |offer| offer.into();
    Path: paths::PathBody => paths::Path, |path| from_catalog::path(path, 0, &[]);
    Campaign: campaigns::CampaignBody => campaigns::Campaign, |it| it.into();
    Promotion: promotions::PromotionBody => promotions::Promotion, |it| it.into();
    GiftRule: gift_rules::GiftRuleBody => gift_rules::GiftRule, |it| it.into();
    Coupon: coupons::CouponBody => coupons::Coupon, |it| it.into();
    MessageTemplate: message_templates::MessageTemplateBody =>
        message_templates::MessageTemplate, |it| it.into();
    Automation: automations::AutomationBody => automations::Automation, |it| it.into();
    Customer: customers::CustomerBody => customers::Customer,
        |it| from_catalog::customer(&it.id, &it.profile, &[]);
    Endpoint: webhooks::EndpointBody => webhooks::Endpoint, |endpoint| endpoint.into();
}
