//! The addresses of the pages, where each may know those of the others.

/// The first page.
pub(in crate::pages) const HOME: &str = "/backend";
/// Where one signs in.
pub(super) const SIGN_IN: &str = "/backend/sign-in";
/// Where a session is ended.
pub(super) const SIGN_OUT: &str = "/backend/sign-out";
/// Where the clock is moved.
pub(super) const CLOCK: &str = "/backend/clock";
/// Where the record stands.
pub(super) const ACTIVITY: &str = "/backend/settings/activity";
/// Where the audit stands.
pub(super) const AUDIT: &str = "/backend/billing/audit";
/// Where the coupon of an automation is chosen that is set up.
pub(super) const AUTOMATION_COUPON: &str = "/backend/automations/+set-up";
/// Where the cards of an automation stand that is not there yet.
pub(super) const AUTOMATION_FLOW: &str = "/backend/automations/+flow";
/// Where the automations stand.
pub(super) const AUTOMATIONS: &str = "/backend/automations";
/// Where a bank's statement is booked.
pub(super) const BANK: &str = "/backend/payments/bank";
/// Where the runs stand.
pub(super) const BILLING: &str = "/backend/billing";
/// Where the campaigns stand.
pub(super) const CAMPAIGNS: &str = "/backend/campaigns";
/// Where the scheduled changes stand.
pub(super) const CHANGES: &str = "/backend/changes";
/// Where the pages of credit notes stand.
pub(super) const CREDIT_NOTES: &str = "/backend/credit-notes";
/// Where the coupons stand.
pub(super) const COUPONS: &str = "/backend/coupons";
/// Where the customers stand.
pub(super) const CUSTOMERS: &str = "/backend/customers";
/// Where it is asked for.
pub(super) const EXPORT: &str = "/backend/export";
/// The file.
pub(super) const EXPORT_FILE: &str = "/backend/export/documents.csv";
/// Where the gift rules stand.
pub(super) const GIFT_RULES: &str = "/backend/gift-rules";
/// Where the graph stands.
pub(super) const GRAPH: &str = "/backend/graph";
/// Where it is found.
pub(super) const IMPACT: &str = "/backend/what-if/path";
/// Where the pages of invoices stand.
pub(super) const INVOICES: &str = "/backend/invoices";
/// Where the keys stand.
pub(super) const KEYS: &str = "/backend/settings/keys";
/// Where a language is picked.
pub(super) const LANGUAGE: &str = "/backend/language";
/// Where the messages stand.
pub(super) const MESSAGES: &str = "/backend/messages";
/// Where the message templates stand.
pub(super) const MESSAGE_TEMPLATES: &str = "/backend/message-templates";
/// Where the offers stand.
pub(super) const OFFERS: &str = "/backend/offers";
/// Where the orders stand.
pub(super) const ORDERS: &str = "/backend/orders";
/// Where the payments stand.
pub(super) const PAYMENTS: &str = "/backend/payments";
/// Where the paths stand.
pub(super) const PATHS: &str = "/backend/paths";
/// Where the products stand.
pub(super) const PRODUCTS: &str = "/backend/products";
/// Where the promotions stand.
pub(super) const PROMOTIONS: &str = "/backend/promotions";
/// Where the checkouts that were refused stand.
pub(super) const REFUSED: &str = "/backend/checkouts/refused";
/// Where everything is searched.
pub(super) const SEARCH: &str = "/backend/search";
/// Where the settings stand.
pub(super) const SETTINGS: &str = "/backend/settings";
/// Where the subscriptions stand.
pub(super) const SUBSCRIPTIONS: &str = "/backend/subscriptions";
/// Where the tags stand.
pub(super) const TAGS: &str = "/backend/tags";
/// Where the tax categories stand.
pub(super) const TAXES: &str = "/backend/taxes";
/// Where it stands.
pub(super) const TODAY: &str = "/backend/today";
/// Where the webhook endpoints stand.
pub(super) const WEBHOOKS: &str = "/backend/settings/webhooks";
/// Where it is found.
pub(super) const WHAT_IF: &str = "/backend/what-if";
/// Where it is found.
pub(super) const WHY_NOT: &str = "/backend/why-not";
