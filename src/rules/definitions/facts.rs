//! What judging a draft rests on.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::automation::AutomationTerms;
use crate::domain::catalogue::{ProductOutline, Tax};
use crate::domain::ids::{
    AutomationId, CouponId, EndpointId, GiftRuleId, MessageTemplateId, OfferId, ProductId, TagId,
    TaxId,
};
use crate::domain::message_template::MessageTemplate;
use crate::domain::money::Currency;
use crate::domain::webhook::EndpointReach;

/// The most elements that one list of a draft may have.
pub const LIST_MAX: usize = 1_000;

/// What the catalogue holds already, as far as drafts refer to it.
#[derive(Debug, Clone, Default)]
pub struct CatalogueFacts {
    /// Every tag.
    pub tags: BTreeSet<TagId>,
    /// Every tax category.
    pub taxes: BTreeSet<TaxId>,
    /// Every offer.
    pub offers: BTreeSet<OfferId>,
    /// Every product, as far as others may refer to it.
    pub products: BTreeMap<ProductId, ProductOutline>,
}

/// What there is of what automations name.
#[derive(Debug, Clone, Default)]
pub struct MessageFacts {
    /// The templates of messages.
    pub templates: BTreeMap<MessageTemplateId, MessageTemplate>,
    /// The coupons.
    pub coupons: BTreeSet<CouponId>,
    /// The webhook endpoints.
    pub endpoints: BTreeSet<EndpointId>,
    /// What automations say to somebody, where a draft is something that they send.
    pub automations: Vec<(AutomationId, AutomationTerms)>,
}

/// All that judging a draft rests on.
#[derive(Debug, Clone)]
pub struct DraftFacts {
    /// What the catalogue holds, where a draft may refer to it.
    pub catalogue: CatalogueFacts,
    /// The merchant's, for rules that name none.
    pub currency: Currency,
    /// Whether a stock that a draft does not name stays as it is: so a file means it.
    pub keeps_stock: bool,
    /// What gift rules have left, where a stock that a draft does not name stays as it is.
    pub gifts_left: BTreeMap<(GiftRuleId, ProductId), i64>,
    /// Products whose price is there for a gift rule, which gives them at a part of it, each with
    /// such a rule: where a draft takes a price away.
    pub priced_for: BTreeMap<ProductId, GiftRuleId>,
    /// The tax categories with their rates.
    pub taxes: BTreeMap<TaxId, Tax>,
    /// The codes of things of its kind, as they are compared, each with the id of whose it is.
    pub codes: BTreeMap<String, String>,
    /// What messages can be made of, where a draft may name it.
    pub messages: MessageFacts,
    /// Whether something depends on the thing already, where its rule asks.
    pub is_used: bool,
    /// Whether it names a mail address that is new and that no mail can be sent to.
    pub is_unmailable: bool,
    /// The instant, by the clock of the book.
    pub now: DateTime<Utc>,
    /// The day, by the clock of the book in the merchant's time zone.
    pub today: NaiveDate,
    /// The instant, by the clock outside, for what lives by that.
    pub outside: DateTime<Utc>,
    /// Where webhook endpoints may be.
    pub reach: EndpointReach,
    /// Randomness for what has a secret.
    pub seed: [u8; 32],
    /// Whether anything is known of the language of this tag: how it is written.
    pub is_language: fn(&str) -> bool,
}
