//! One search through all that a merchant has: a few rows of each kind, in one statement. What
//! there may be millions of is found along an index, by its beginning, its number or its whole
//! reference; what a merchant defines in moderate numbers also by any part of its title.

use super::StoreError;
use super::sql::{AskedQuery, Tx, args, row};
use crate::domain::coupon::folded;
use crate::domain::ids::MerchantId;

/// What kind of thing was found; in the order in which they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SearchHitKind {
    /// By the beginning of id, name or mail address.
    Customer,
    /// By the beginning of its id.
    Subscription,
    /// By the beginning of its id.
    Order,
    /// By its number, or by the beginning of its id.
    Invoice,
    /// The same.
    CreditNote,
    /// By its whole reference or id.
    Payment,
    /// By the beginning of its id.
    ScheduledChange,
    /// By its whole id.
    BillingRun,
    /// By any part of id or title, as all that follows but products and campaigns.
    Offer,
    /// Also by its public title.
    Path,
    /// By the beginning of id or title.
    Product,
    /// By the beginning of id or title.
    Campaign,
    /// By any part.
    Promotion,
    /// By any part.
    GiftRule,
    /// By any part.
    Coupon,
    /// By the whole code, as customers may write it.
    CouponCode,
    /// By any part.
    Automation,
    /// By any part.
    MessageTemplate,
    /// By any part.
    Tag,
    /// By any part.
    Tax,
    /// By any part of id or address.
    WebhookEndpoint,
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchHit {
    /// What it is.
    pub kind: SearchHitKind,
    /// Its id.
    pub id: String,
    /// What people call it: a title, a name, a number or a reference; may be empty.
    pub title: String,
    /// Whose it is; empty where it is nobody's.
    pub customer: String,
    /// The id of that on whose page it stands; empty where it has one of its own.
    pub stands_at: String,
}

/// Begins with what is searched, by a column whose order is that of bytes.
macro_rules! begins {
    ($column:literal) => {
        concat!($column, " >= $2 and ", $column, " < $3")
    };
}

/// A text of people as it is found: whatever its case, in the order of bytes, and as much of it as
/// an index takes.
macro_rules! as_found {
    ($column:literal) => {
        concat!("lower(substr(", $column, ", 1, 200)) collate \"C\"")
    };
}

/// Begins with what is searched, whatever its case.
macro_rules! begins_in_any_case {
    ($column:literal) => {
        concat!(as_found!($column), " >= lower($2) and ", as_found!($column), " < lower($3)")
    };
}

/// What has an id and a title, both searched by their beginning, from a large table.
macro_rules! beginning {
    ($table:literal) => {
        concat!(
            "select id, title, '' as customer, '' as stands_at from (\
             select * from (select id, title from ",
            $table,
            " where merchant_id = $1 and ",
            begins!("id"),
            " order by id limit $5) a union \
             select * from (select id, title from ",
            $table,
            " where merchant_id = $1 and ",
            begins_in_any_case!("title"),
            " order by ",
            as_found!("title"),
            " limit $5) b) c"
        )
    };
}

/// What has an id and a title, both searched by any part, from a table of moderate size.
macro_rules! containing {
    ($table:literal, $title:literal) => {
        concat!(
            "select id, ",
            $title,
            " as title, '' as customer, '' as stands_at from ",
            $table,
            " where merchant_id = $1 and (lower(id) like lower($4) escape '!' or lower(",
            $title,
            ") like lower($4) escape '!') order by id limit $5"
        )
    };
}

/// Customers by one of their texts.
macro_rules! customers_by {
    ($column:literal) => {
        concat!(
            "select * from (select id, name, email from customers where merchant_id = $1 and ",
            $column,
            " is not null and ",
            begins_in_any_case!($column),
            " order by ",
            as_found!($column),
            " limit $5) ",
            $column
        )
    };
}

/// Documents by number or by the beginning of their id.
macro_rules! documents {
    ($table:literal) => {
        concat!(
            "select id, cast(number as text) as title, customer_id as customer, '' as stands_at \
             from (select * from (select id, number, customer_id from ",
            $table,
            " where merchant_id = $1 and number = $6) a union \
             select * from (select id, number, customer_id from ",
            $table,
            " where merchant_id = $1 and ",
            begins!("id"),
            " order by id limit $5) b) c"
        )
    };
}

/// `$1` is the merchant, `$2` what is searched, `$3` behind all that begins with it, `$4` the
/// pattern of all that contains it, `$5` how many of each, `$6` the number that it is, `$7` it as a
/// code.
#[rustfmt::skip]
const QUERIES: &[(SearchHitKind, &str)] = &[
    (SearchHitKind::Customer, concat!(
        "select id, coalesce(name, email, '') as title, id as customer, '' as stands_at from (\
         select * from (select id, name, email from customers where merchant_id = $1 and ",
        begins!("id"), " order by id limit $5) a union ", customers_by!("name"), " union ",
        customers_by!("email"), ") c",
    )),
    (SearchHitKind::Subscription, concat!(
        "select s.id, v.title, s.customer_id as customer, '' as stands_at from subscriptions s \
         join offer_versions v on v.merchant_id = s.merchant_id and v.offer_id = s.offer_id \
         and v.version = s.offer_version where s.merchant_id = $1 and ",
        begins!("s.id"), " order by s.id limit $5",
    )),
    (SearchHitKind::Order, concat!(
        "select id, '' as title, customer_id as customer, '' as stands_at from orders \
         where merchant_id = $1 and ", begins!("id"), " order by id limit $5",
    )),
    (SearchHitKind::Invoice, documents!("invoices")),
    (SearchHitKind::CreditNote, documents!("credit_notes")),
    (SearchHitKind::Payment,
        "select id, coalesce(reference, '') as title, customer_id as customer, \
         coalesce(invoice_id, '') as stands_at from (\
         select * from (select id, reference, customer_id, invoice_id from payments \
         where merchant_id = $1 and reference = $2 order by id limit $5) a union \
         select id, reference, customer_id, invoice_id from payments \
         where merchant_id = $1 and id = $2) c"),
    (SearchHitKind::ScheduledChange, concat!(
        "select id, offer_id as title, customer_id as customer, subscription_id as stands_at \
         from scheduled_changes where merchant_id = $1 and ", begins!("id"),
        " order by id limit $5",
    )),
    (SearchHitKind::BillingRun,
        "select id, '' as title, '' as customer, '' as stands_at from billing_runs \
         where merchant_id = $1 and id = $2"),
    (SearchHitKind::Offer,
        "select o.id, v.title, '' as customer, '' as stands_at from offers o \
         join offer_versions v on v.merchant_id = o.merchant_id and v.offer_id = o.id \
         and v.version = o.version \
         where o.merchant_id = $1 and (lower(o.id) like lower($4) escape '!' \
         or lower(v.title) like lower($4) escape '!') order by o.id limit $5"),
    (SearchHitKind::Path,
        "select id, internal_title as title, '' as customer, '' as stands_at from paths \
         where merchant_id = $1 and (lower(id) like lower($4) escape '!' \
         or lower(internal_title) like lower($4) escape '!' \
         or lower(title) like lower($4) escape '!') order by id limit $5"),
    (SearchHitKind::Product, beginning!("products")),
    (SearchHitKind::Campaign, beginning!("campaigns")),
    (SearchHitKind::Promotion, containing!("promotions", "title")),
    (SearchHitKind::GiftRule, containing!("gift_rules", "title")),
    (SearchHitKind::Coupon, containing!("coupons", "title")),
    (SearchHitKind::CouponCode,
        "select id, spelled as title, coalesce(owner_id, customer_id, '') as customer, \
         coupon_id as stands_at from coupon_codes \
         where merchant_id = $1 and code = $7 order by customer_id limit $5"),
    (SearchHitKind::Automation, containing!("automations", "title")),
    (SearchHitKind::MessageTemplate, containing!("message_templates", "title")),
    (SearchHitKind::Tag, containing!("tags", "title")),
    (SearchHitKind::Tax, containing!("taxes", "title")),
    (SearchHitKind::WebhookEndpoint, containing!("webhook_endpoints", "url")),
];

row! {
    json struct FoundRow {
        id: String,
        title: String,
        customer: String,
        stands_at: String,
    }
}

/// Up to `limit` things of each kind, by kind and id.
pub async fn search(
    tx: &mut Tx,
    merchant: &MerchantId,
    text: &str,
    limit: i64,
) -> Result<Vec<SearchHit>, StoreError> {
    let questions: Vec<AskedQuery> =
        QUERIES.iter().map(|(_, query)| AskedQuery::of::<FoundRow>(query)).collect();
    let behind = format!("{text}{}", char::MAX);
    let pattern = super::query::pattern(text);
    let number = text.parse::<i64>().ok();
    let code = folded(text);
    let args = args![merchant, text, &behind, &pattern, limit, number, &code];
    let mut answers = tx.ask("", &questions, args).await?;
    let mut found = Vec::new();
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    for (place, (kind, _)) in QUERIES.iter().enumerate() {
        let mut rows: Vec<FoundRow> = answers.take(place)?;
        rows.sort_by(|a, b| a.id.cmp(&b.id));
        rows.truncate(most);
        found.extend(rows.into_iter().map(|FoundRow { id, title, customer, stands_at }| {
            SearchHit { kind: *kind, id, title, customer, stands_at }
        }));
    }
    Ok(found)
}
