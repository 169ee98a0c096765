//! One search through all that the merchant has: a few of each kind, with links.

use axum::extract::Query;

use crate::app::search::{SearchHit, SearchHitKind};
use crate::pages::backend::answer::Answer;
use crate::pages::backend::definitions::on_a_line;
use crate::pages::backend::lists::Browse;
use crate::pages::backend::people;
use crate::pages::backend::places::{
    AUTOMATIONS, BILLING, CAMPAIGNS, CHANGES, COUPONS, CREDIT_NOTES, CUSTOMERS, GIFT_RULES,
    INVOICES, MESSAGE_TEMPLATES, OFFERS, ORDERS, PATHS, PRODUCTS, PROMOTIONS, SUBSCRIPTIONS, TAGS,
    TAXES, WEBHOOKS,
};
use crate::pages::backend::session::{PageHead, Session};
use crate::render::backend::parts::Person;
use crate::render::backend::search::{FoundGroup, FoundRow, SearchPage};

/// How many of a kind are shown.
const ROWS_MAX: usize = 8;

/// Shows what is found.
pub(super) async fn show(session: Session, Query(browse): Query<Browse>) -> Answer {
    let text = browse.searched().unwrap_or_default();
    let found = if text.is_empty() {
        Vec::new()
    } else {
        let limit = i64::try_from(ROWS_MAX + 1).unwrap_or(i64::MAX);
        session.app.search(&session.merchant, text.clone(), limit).await?
    };
    let mut groups: Vec<FoundGroup> = found
        .chunk_by(|a, b| a.kind == b.kind)
        .map(|all| {
            let (label, list) = list_of(all[0].kind);
            FoundGroup {
                label,
                rows: all.iter().take(ROWS_MAX).map(row).collect(),
                is_more: all.len() > ROWS_MAX,
                list: browse.address(list),
            }
        })
        .collect();
    let rows = groups.iter_mut().flat_map(|group| group.rows.iter_mut());
    people::name(&session, rows.filter_map(|row| row.customer.as_mut())).await?;
    session.show(PageHead::new("Search"), &SearchPage { text, groups })
}

/// What things of a kind are called, and their list.
fn list_of(kind: SearchHitKind) -> (&'static str, &'static str) {
    match kind {
        SearchHitKind::Customer => ("Customers", CUSTOMERS),
        SearchHitKind::Subscription => ("Subscriptions", SUBSCRIPTIONS),
        SearchHitKind::Order => ("Orders", ORDERS),
        SearchHitKind::Invoice => ("Invoices", INVOICES),
        SearchHitKind::CreditNote => ("Credit notes", CREDIT_NOTES),
        SearchHitKind::Payment => ("Payments", INVOICES),
        SearchHitKind::ScheduledChange => ("Scheduled changes", CHANGES),
        SearchHitKind::BillingRun => ("Billing runs", BILLING),
        SearchHitKind::Offer => ("Offers", OFFERS),
        SearchHitKind::Path => ("Up/down-selling", PATHS),
        SearchHitKind::Product => ("Products", PRODUCTS),
        SearchHitKind::Campaign => ("Campaigns", CAMPAIGNS),
        SearchHitKind::Promotion => ("Promotions", PROMOTIONS),
        SearchHitKind::GiftRule => ("Gift rules", GIFT_RULES),
        SearchHitKind::Coupon => ("Coupons", COUPONS),
        SearchHitKind::CouponCode => ("Coupon codes", COUPONS),
        SearchHitKind::Automation => ("Automations", AUTOMATIONS),
        SearchHitKind::MessageTemplate => ("Message templates", MESSAGE_TEMPLATES),
        SearchHitKind::Tag => ("Tags", TAGS),
        SearchHitKind::Tax => ("Taxes", TAXES),
        SearchHitKind::WebhookEndpoint => ("Webhook endpoints", WEBHOOKS),
    }
}

/// Where something stands: on a page of its own, or on that of what it belongs to.
fn page_of(found: &SearchHit) -> String {
    match found.kind {
        SearchHitKind::Payment if found.stands_at.is_empty() => {
            format!("{CUSTOMERS}/{}", found.customer)
        }
        SearchHitKind::Payment => format!("{INVOICES}/{}", found.stands_at),
        SearchHitKind::ScheduledChange => format!("{SUBSCRIPTIONS}/{}", found.stands_at),
        SearchHitKind::CouponCode => format!("{COUPONS}/{}", found.stands_at),
        SearchHitKind::BillingRun => format!("{BILLING}/runs/{}", found.id),
        kind => format!("{}/{}", list_of(kind).1, found.id),
    }
}

fn row(found: &SearchHit) -> FoundRow {
    let title = on_a_line(&found.title);
    let is_titled = !title.trim().is_empty();
    let customer = Some(&found.customer).filter(|id| !id.is_empty() && **id != found.id);
    FoundRow {
        href: page_of(found),
        id: Some(found.id.clone()).filter(|_| is_titled),
        title: if is_titled { title } else { found.id.clone() },
        customer: customer.map(Person::of),
    }
}
