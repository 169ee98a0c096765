//! Every route of the pages, with who may use it. The sources are held against the table: a page
//! that is added without a row here fails.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Every role.
pub(crate) const ROLES: [&str; 5] = ["admin", "merchant", "checkout", "billing", "read"];

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum May {
    /// The whole world.
    Anybody,
    /// Whoever is signed in, and as these.
    As(&'static [&'static str]),
}

const READING: May = May::As(&ROLES);
const CATALOGUE: May = May::As(&["admin", "merchant"]);
const SELLING: May = May::As(&["admin", "checkout"]);
const BILLING: May = May::As(&["admin", "billing"]);
const ADMIN: May = May::As(&["admin"]);

/// A route with one of its methods.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    /// `GET` or `POST`.
    pub(crate) method: &'static str,
    /// As the router knows it.
    pub(crate) path: &'static str,
    /// Who may use it.
    pub(crate) may: May,
    /// What stands in the place of its id, in the book of `book`.
    pub(crate) id: &'static str,
    /// What its form sends; the query of what is read.
    pub(crate) form: &'static str,
}

const fn row(
    method: &'static str,
    path: &'static str,
    may: May,
    id: &'static str,
    form: &'static str,
) -> Route {
    Route { method, path, may, id, form }
}

const fn read(path: &'static str, id: &'static str) -> Route {
    row("GET", path, READING, id, "")
}

/// Every route: the order is that in which what is written can be written.
pub(crate) const ROUTES: &[Route] = &[
    row("GET", "/", May::Anybody, "", ""),
    row("GET", "/docs", May::Anybody, "", ""),
    row("GET", "/backend/sign-in", May::Anybody, "", ""),
    row("POST", "/backend/sign-in", May::Anybody, "", "%2Fkey=cg_nothing"),
    row("POST", "/backend/language", May::Anybody, "", "to=en&back=%2Fbackend"),
    row("GET", "/backend/", READING, "", ""),
    read("/backend", ""),
    read("/backend/today", ""),
    row("GET", "/backend/search", READING, "", "q=ada"),
    read("/backend/paths", ""),
    read("/backend/paths/{id}", "$path"),
    read("/backend/campaigns", ""),
    read("/backend/campaigns/{id}", "$campaign"),
    row("GET", "/backend/campaigns/{id}/report", READING, "$campaign", "from=2026-01-01"),
    read("/backend/promotions", ""),
    read("/backend/promotions/{id}", "$promotion"),
    read("/backend/promotions/{id}/report", "$promotion"),
    read("/backend/gift-rules", ""),
    read("/backend/gift-rules/{id}", "$gift_rule"),
    read("/backend/gift-rules/{id}/report", "$gift_rule"),
    read("/backend/coupons", ""),
    read("/backend/coupons/{id}", "$coupon"),
    read("/backend/automations", ""),
    read("/backend/automations/{id}", "$automation"),
    row("GET", "/backend/automations/{id}/report", READING, "$automation", "customer=ada"),
    row("GET", "/backend/automations/+set-up", CATALOGUE, "", "custom=yes"),
    row("GET", "/backend/automations/+flow", CATALOGUE, "", "edit=%2B"),
    row("GET", "/backend/automations/{id}/flow", READING, "$thanks", "edit=a"),
    row("GET", "/backend/automations/{id}/runs", READING, "$thanks", "customer=eve"),
    row("GET", "/backend/messages", READING, "", "automation=thanks&state=queued"),
    read("/backend/messages/{id}", "$message"),
    read("/backend/message-templates", ""),
    read("/backend/message-templates/{id}", "$message_template"),
    read("/backend/graph", ""),
    read("/backend/offers", ""),
    read("/backend/offers/{id}", "$offer"),
    read("/backend/offers/{id}/prices", "month"),
    read("/backend/products", ""),
    read("/backend/products/{id}", "$product"),
    read("/backend/products/{id}/stock", "$stocked"),
    read("/backend/orders", ""),
    read("/backend/orders/{id}", "$order"),
    read("/backend/tags", ""),
    read("/backend/tags/{id}", "$tag"),
    read("/backend/taxes", ""),
    read("/backend/taxes/{id}", "$tax"),
    read("/backend/customers", ""),
    read("/backend/customers/{id}", "$customer"),
    read("/backend/subscriptions", ""),
    read("/backend/subscriptions/{id}", "$changing"),
    read("/backend/changes", ""),
    read("/backend/checkouts/refused", ""),
    read("/backend/invoices", ""),
    read("/backend/invoices/{id}", "$owed"),
    read("/backend/credit-notes", ""),
    read("/backend/credit-notes/{id}", "$credit"),
    read("/backend/export", ""),
    read("/backend/payments", ""),
    row("GET", "/backend/export/documents.csv", READING, "", "%2Ffrom=2026-01-01&%2Fto=2026-12-31"),
    read("/backend/billing", ""),
    read("/backend/billing/runs/{id}", "$run"),
    read("/backend/billing/runs/{id}/progress", "$run"),
    row("GET", "/backend/billing/audit", READING, "", "check=now"),
    row("GET", "/backend/what-if", READING, "", "%2Fcustomer=$customer&%2Foffer=$target"),
    row("GET", "/backend/what-if/path", READING, "", "%2Fpath=$path"),
    read("/backend/why-not", ""),
    read("/backend/settings", ""),
    read("/backend/settings/keys", ""),
    read("/backend/settings/activity", ""),
    read("/backend/settings/webhooks", ""),
    read("/backend/settings/webhooks/{id}", "$endpoint"),
    read("/backend/settings/webhooks/{id}/deliveries", "$endpoint"),
    row("POST", "/backend/taxes/{id}", CATALOGUE, "$tax", "%2Frates=2020-01-01+19"),
    row("POST", "/backend/tags/{id}", CATALOGUE, "$tag", "%2Ftitle=Tag"),
    row("POST", "/backend/products/{id}", CATALOGUE, "$product", "%2Ftitle=Paper&%2Fkind=digital"),
    row(
        "POST",
        "/backend/offers/{id}",
        CATALOGUE,
        "$offer",
        "%2Ftitle=Spare&%2Fproducts=paper&%2Fprice%2Famount=1.00&%2Fprice%2Fcurrency=EUR\
         &%2Fbilling_period%2Fcount=1&%2Fbilling_period%2Funit=M&%2Factive=true\
         &%2Fintroduction=once\
         &%2Fterm%2Fcount=1&%2Fterm%2Funit=M&%2Frenewal_term%2Fcount=1&%2Frenewal_term%2Funit=M",
    ),
    row(
        "POST",
        "/backend/campaigns/{id}",
        CATALOGUE,
        "$campaign",
        "%2Ftitle=C&%2Factive=true&%2Foffered_product=paper&%2Fquantity=1&%2Fpriority=0\
         &%2Fstock_policy=in_stock&%2Fshipping_policy=ships_to",
    ),
    row(
        "POST",
        "/backend/campaigns/{id}/check",
        CATALOGUE,
        "$campaign",
        "%2Ftitle=C&%2Factive=true&%2Foffered_product=paper&%2Fquantity=1&%2Fpriority=0\
         &%2Fstock_policy=in_stock&%2Fshipping_policy=ships_to",
    ),
    row(
        "POST",
        "/backend/promotions/{id}",
        CATALOGUE,
        "$promotion",
        "%2Ftitle=P&%2Fqualifies%2Fkind=coupon&%2Fqualifies%2Fcoupon=true\
         &%2Freward%2Fkind=free_shipping",
    ),
    row(
        "POST",
        "/backend/promotions/{id}/check",
        CATALOGUE,
        "$promotion",
        "%2Ftitle=P&%2Fqualifies%2Fkind=coupon&%2Fqualifies%2Fcoupon=true\
         &%2Freward%2Fkind=free_shipping",
    ),
    row(
        "POST",
        "/backend/gift-rules/{id}",
        CATALOGUE,
        "$gift_rule",
        "%2Ftitle=G&%2Fpriority=0&%2Fbuy%2Fkind=coupon&%2Fbuy%2Fcoupon=true&%2Fapplications=1\
         &%2Fget%2F0%2Fproduct=paper&%2Fget%2F0%2Fquantity=1",
    ),
    row(
        "POST",
        "/backend/gift-rules/{id}/check",
        CATALOGUE,
        "$gift_rule",
        "%2Ftitle=G&%2Fpriority=0&%2Fbuy%2Fkind=coupon&%2Fbuy%2Fcoupon=true&%2Fapplications=1\
         &%2Fget%2F0%2Fproduct=paper&%2Fget%2F0%2Fquantity=1",
    ),
    row(
        "POST",
        "/backend/coupons/{id}",
        CATALOGUE,
        "$coupon",
        "%2Ftitle=C&%2Factive=true&%2Fkind=percent&%2Fvalue=10&%2Fcode=TEN",
    ),
    row(
        "POST",
        "/backend/automations/{id}",
        CATALOGUE,
        "$automation",
        "%2Ftitle=A&%2Ftrigger=first_order_delivered&%2Fattribution_window=P5D\
         &%2Fconversion_counts_as=exited&%2Fholdout_percent=0\
         &%2Fsteps=%5B%7B%22key%22%3A%22a%22%2C%22delay%22%3A%22P1D%22%2C%22channel%22%3A\
         %22webhook%22%2C%22template%22%3A%22spare%22%7D%5D",
    ),
    row(
        "POST",
        "/backend/automations/{id}/flow",
        CATALOGUE,
        "$thanks",
        "step=a&%2Fwait=0&%2Funit=days&%2Ftemplate=other&%2Fchannel=webhook",
    ),
    row(
        "POST",
        "/backend/automations/+set-up",
        CATALOGUE,
        "",
        "%2Fsuggested=percent&%2Fvalid_days=30",
    ),
    row(
        "POST",
        "/backend/automations/+flow",
        CATALOGUE,
        "",
        "id=set-up&%2Fwait=1&%2Funit=days&%2Ftemplate=other&%2Fchannel=webhook",
    ),
    row(
        "POST",
        "/backend/message-templates/{id}",
        CATALOGUE,
        "$message_template",
        "%2Ftitle=T&%2Ftexts=%7B%22en%22%3A%7B%22subject%22%3A%22s%22%2C%22text%22%3A%22t%22%7D%7D",
    ),
    row("GET", "/backend/campaigns/{id}/delete", CATALOGUE, "$campaign", ""),
    row("POST", "/backend/campaigns/{id}/delete", CATALOGUE, "$campaign", ""),
    row("GET", "/backend/promotions/{id}/delete", CATALOGUE, "$promotion", ""),
    row("POST", "/backend/promotions/{id}/delete", CATALOGUE, "$promotion", ""),
    row("GET", "/backend/gift-rules/{id}/delete", CATALOGUE, "$gift_rule", ""),
    row("POST", "/backend/gift-rules/{id}/delete", CATALOGUE, "$gift_rule", ""),
    row("GET", "/backend/coupons/{id}/delete", CATALOGUE, "$coupon", ""),
    row("POST", "/backend/coupons/{id}/delete", CATALOGUE, "$coupon", ""),
    row("GET", "/backend/automations/{id}/delete", CATALOGUE, "$automation", ""),
    row("POST", "/backend/automations/{id}/report", CATALOGUE, "$automation", "turn=live"),
    row("POST", "/backend/automations/{id}/delete", CATALOGUE, "$automation", ""),
    row("GET", "/backend/message-templates/{id}/delete", CATALOGUE, "$message_template", ""),
    row("POST", "/backend/message-templates/{id}/delete", CATALOGUE, "$message_template", ""),
    row("POST", "/backend/paths/{id}/check", CATALOGUE, "$path", PATH),
    row("POST", "/backend/paths/{id}/everybody", CATALOGUE, "$path", PATH),
    row("POST", "/backend/paths/{id}", CATALOGUE, "$path", PATH),
    row("GET", "/backend/paths/{id}/delete", CATALOGUE, "$path", ""),
    row("POST", "/backend/paths/{id}/delete", CATALOGUE, "$path", ""),
    row("GET", "/backend/offers/{id}/delete", CATALOGUE, "$offer", ""),
    row("POST", "/backend/offers/{id}/delete", CATALOGUE, "$offer", ""),
    row("GET", "/backend/products/{id}/delete", CATALOGUE, "$product", ""),
    row("POST", "/backend/products/{id}/delete", CATALOGUE, "$product", ""),
    row("GET", "/backend/tags/{id}/delete", CATALOGUE, "$tag", ""),
    row("POST", "/backend/tags/{id}/delete", CATALOGUE, "$tag", ""),
    row("GET", "/backend/taxes/{id}/delete", CATALOGUE, "$tax", ""),
    row("POST", "/backend/taxes/{id}/delete", CATALOGUE, "$tax", ""),
    row(
        "POST",
        "/backend/settings/webhooks/{id}",
        ADMIN,
        "$endpoint",
        "%2Furl=https%3A%2F%2Fhooks.example%2Fmessages&%2Fevents=message.send",
    ),
    row("POST", "/backend/settings/webhooks/{id}/test", ADMIN, "$endpoint", "once=form-7"),
    row("POST", "/backend/settings/webhooks/{id}/deliveries", ADMIN, "$endpoint", "once=form-5"),
    row("GET", "/backend/settings/webhooks/{id}/secret", ADMIN, "$endpoint", ""),
    row("POST", "/backend/settings/webhooks/{id}/secret", ADMIN, "$endpoint", "once=form-8"),
    row("GET", "/backend/settings/webhooks/{id}/delete", ADMIN, "$endpoint", ""),
    row("POST", "/backend/settings/webhooks/{id}/delete", ADMIN, "$endpoint", ""),
    row("GET", "/backend/customers/+new", SELLING, "", ""),
    row("POST", "/backend/customers/+new", SELLING, "", "%2Fid=zoe&%2Fname=Zoe"),
    row("GET", "/backend/customers/{id}/checkout", SELLING, "$customer", ""),
    row(
        "POST",
        "/backend/customers/{id}/checkout",
        SELLING,
        "$customer",
        "%2Foffer=free&once=form-3",
    ),
    row("GET", "/backend/subscriptions/+new", BILLING, "", ""),
    row(
        "POST",
        "/backend/subscriptions/+new",
        BILLING,
        "",
        "%2Fcustomer=zed&%2Foffer=month&%2Fstarted_on=2026-01-15&%2Fid=from-elsewhere&once=form-6",
    ),
    row("GET", "/backend/customers/{id}/payout", BILLING, "$rich", ""),
    row(
        "POST",
        "/backend/customers/{id}/payout",
        BILLING,
        "$rich",
        "%2Famount%2Famount=1.00&%2Famount%2Fcurrency=EUR&%2Freference=back-1&once=form-4",
    ),
    row("GET", "/backend/customers/{id}/payment", BILLING, "$customer", ""),
    row(
        "POST",
        "/backend/customers/{id}/payment",
        BILLING,
        "$customer",
        "%2Famount%2Famount=1.00&%2Famount%2Fcurrency=EUR&%2Freference=in-1&once=form-9",
    ),
    row("POST", "/backend/customers/{id}/portal", SELLING, "$customer", ""),
    row("GET", "/backend/subscriptions/{id}/keep-price", BILLING, "$dearer", ""),
    row("POST", "/backend/subscriptions/{id}/keep-price", BILLING, "$dearer", ""),
    row("GET", "/backend/price-changes/{id}/withdraw", BILLING, "$raise", ""),
    row("POST", "/backend/price-changes/{id}/withdraw", BILLING, "$raise", ""),
    row("POST", "/backend/offers/{id}/prices/look", BILLING, "month", RAISE),
    row("POST", "/backend/offers/{id}/prices", BILLING, "month", RAISE),
    row("GET", "/backend/customers/{id}/edit", SELLING, "$customer", ""),
    row("POST", "/backend/customers/{id}/edit", SELLING, "$customer", "%2Fname=Ada"),
    row("POST", "/backend/products/{id}/stock", CATALOGUE, "$stocked", "%2Fadd=2&once=form-2"),
    row("GET", "/backend/orders/{id}/paid", SELLING, "$order", ""),
    row("POST", "/backend/orders/{id}/paid", SELLING, "$order", ""),
    row("GET", "/backend/orders/{id}/delivered", SELLING, "$order", ""),
    row("POST", "/backend/orders/{id}/delivered", SELLING, "$order", ""),
    row("GET", "/backend/orders/{id}/refunded", SELLING, "$order", ""),
    row("POST", "/backend/orders/{id}/refunded", SELLING, "$order", ""),
    row("GET", "/backend/orders/{id}/cancelled", SELLING, "$order", ""),
    row("POST", "/backend/orders/{id}/cancelled", SELLING, "$order", ""),
    row("GET", "/backend/changes/{id}/withdraw", SELLING, "$change", ""),
    row("POST", "/backend/changes/{id}/withdraw", SELLING, "$change", ""),
    row("GET", "/backend/subscriptions/{id}/cancel", SELLING, "$changing", ""),
    row("POST", "/backend/subscriptions/{id}/cancel", SELLING, "$changing", ""),
    row("GET", "/backend/subscriptions/{id}/uncancel", SELLING, "$cancelled", ""),
    row("POST", "/backend/subscriptions/{id}/uncancel", SELLING, "$cancelled", ""),
    row("GET", "/backend/subscriptions/{id}/end", SELLING, "$changing", ""),
    row("POST", "/backend/subscriptions/{id}/end", SELLING, "$changing", ""),
    row("GET", "/backend/invoices/{id}/pay", BILLING, "$owed", ""),
    row("POST", "/backend/invoices/{id}/pay", BILLING, "$owed", "%2Freference=bank-1"),
    row("GET", "/backend/invoices/{id}/bounce", BILLING, "$owed", ""),
    row(
        "POST",
        "/backend/invoices/{id}/bounce",
        BILLING,
        "$owed",
        "%2Freference=bank-1&%2Freason=closed",
    ),
    row("GET", "/backend/payments/{id}/bounce", BILLING, "$received", ""),
    row("POST", "/backend/payments/{id}/bounce", BILLING, "$received", "%2Freason=closed"),
    row("GET", "/backend/invoices/{id}/credit", BILLING, "$paid", ""),
    row(
        "POST",
        "/backend/invoices/{id}/credit",
        BILLING,
        "$paid",
        "%2Freason=Kind&%2Fline=0&%2Fgross%2Famount=1.00&%2Fgross%2Fcurrency=EUR&once=form-10",
    ),
    row("GET", "/backend/payments/bank", BILLING, "", ""),
    row(
        "POST",
        "/backend/payments/bank",
        BILLING,
        "",
        "%2Fstatement=date%2Camount%2Ctext%0A2026-01-31%2C1.00%2Cnothing",
    ),
    row("POST", "/backend/billing", BILLING, "", "%2Fas_of="),
    row("POST", "/backend/clock", BILLING, "", "to=2026-02-02&back=%2Fbackend%2Foffers"),
    row("POST", "/backend/settings/keys", ADMIN, "", "%2Frole=read&once=form-1"),
    row("GET", "/backend/settings/keys/{id}/revoke", ADMIN, "$key", ""),
    row("POST", "/backend/settings/keys/{id}/revoke", ADMIN, "$key", ""),
    row("POST", "/backend/settings", ADMIN, "", SETTINGS),
    row("POST", "/backend/sign-out", READING, "", ""),
    row("GET", "/documents/{token}", May::Anybody, "$paper", ""),
    row("GET", "/documents/{token}/xml", May::Anybody, "$paper", ""),
    row("GET", "/portal/{token}", May::Anybody, "$portal", "done=cancel"),
    row("GET", "/portal/{token}/cancel", May::Anybody, "$portal", "subscription=$changing"),
    row("POST", "/portal/{token}/cancel", May::Anybody, "$portal", "subscription=$owed&stamp=old"),
    row("POST", "/portal/{token}/uncancel", May::Anybody, "$portal", "subscription=$changing"),
    row("GET", "/portal/{token}/withdraw", May::Anybody, "$portal", "change=$change"),
    row("POST", "/portal/{token}/withdraw", May::Anybody, "$portal", "change=$change&stamp=old"),
    row("POST", "/portal/{token}/change", May::Anybody, "$portal", "offer=nothing"),
    row("GET", "/links/{token}", May::Anybody, "nothing", ""),
    row("GET", "/unsubscribe/{token}", May::Anybody, "nothing", ""),
    row("POST", "/unsubscribe/{token}", May::Anybody, "nothing", "List-Unsubscribe=One-Click"),
    row("GET", "/checkout/{token}", May::Anybody, "$token", ""),
    row("POST", "/checkout/{token}", May::Anybody, "$token", "mode=replace&stamp=old"),
    row("POST", "/checkout/{token}/offer", May::Anybody, "$token", "answer=decline"),
    row("GET", "/checkout/{token}/payment", May::Anybody, "$token", "mode=new"),
    row("POST", "/checkout/{token}/payment", May::Anybody, "$token", "mode=new&outcome=declined"),
    row("GET", "/demo", May::Anybody, "", ""),
    row("POST", "/demo", May::Anybody, "", "customer=ada&offer=nothing"),
    row("POST", "/demo/account", May::Anybody, "", "customer=nobody"),
    row("POST", "/demo/backend", May::Anybody, "", ""),
    row("GET", "/demo/mailbox", May::Anybody, "", "mail=nothing"),
    row("POST", "/demo/mailbox", May::Anybody, "", ""),
    row("GET", "/demo/shelf", May::Anybody, "", "of-hat=1"),
    row("POST", "/demo/shelf", May::Anybody, "", "of-nothing=1"),
    row("GET", "/demo/orders/{id}", May::Anybody, "nothing", ""),
    row("POST", "/demo/orders/{id}", May::Anybody, "nothing", "answer=decline"),
    row("GET", "/static/{name}", May::Anybody, "base.css", ""),
];

const PATH: &str = "%2Finternal_title=Spare&%2Ftitle=T&%2Fdescription=D&%2Fsource_tags=year\
                    &%2Ftarget_tags=free&%2Ftransition=immediate&%2Fproration=day&%2Fpriority=0\
                    &%2Fbilling_date=reset&%2Funpaid_source=refuse&%2Factive=true";

const RAISE: &str = "%2Feffective_from=2026-03-01&%2Fprice%2Famount=11.90\
                     &%2Fprice%2Fcurrency=EUR&%2Fsubscriptions=all&%2Fnotice_days=0";

const SETTINGS: &str = "%2Ftime_zone=Europe%2FBerlin&%2Flocale=en&%2Fcurrency=EUR\
                        &%2Fpayment_days=14&%2Fcheckout_minutes=60&%2Fupsell_minutes=30";

/// What stands in the place of names such as `$offer`.
pub(crate) type Names = BTreeMap<&'static str, String>;

impl Route {
    /// Those of the backend that somebody must be signed in for.
    pub(crate) fn inside() -> impl Iterator<Item = &'static Self> {
        ROUTES.iter().filter(|route| route.may != May::Anybody)
    }

    /// Its address in a book.
    pub(crate) fn address(&self, names: &Names) -> String {
        self.with_id(&filled(self.id, names))
    }

    /// Its address with another id.
    pub(crate) fn with_id(&self, id: &str) -> String {
        match (self.path.find('{'), self.path.find('}')) {
            (Some(start), Some(end)) => {
                format!("{}{id}{}", &self.path[..start], &self.path[end + 1..])
            }
            _ => self.path.to_owned(),
        }
    }

    /// The same with its query.
    pub(crate) fn target(&self, names: &Names) -> String {
        match self.form {
            "" => self.address(names),
            query => format!("{}?{}", self.address(names), filled(query, names)),
        }
    }

    /// What its form sends in a book.
    pub(crate) fn filled(&self, names: &Names) -> String {
        filled(self.form, names)
    }

    pub(crate) fn has_id(&self) -> bool {
        self.path.contains('{')
    }

    pub(crate) fn is_get(&self) -> bool {
        self.method == "GET"
    }

    /// Whether an address is one of this route.
    pub(crate) fn is_at(&self, address: &str) -> bool {
        let address = address.split(['?', '#']).next().unwrap();
        let (own, other) = (self.path.split('/'), address.split('/'));
        own.clone().count() == other.clone().count()
            && own.zip(other).all(|(own, other)| own == other || own.starts_with('{'))
    }

    /// The route of an address, the one without an id before those with one.
    pub(crate) fn of(method: &str, address: &str) -> Option<&'static Self> {
        let mut fits: Vec<_> =
            ROUTES.iter().filter(|it| it.method == method && it.is_at(address)).collect();
        fits.sort_by_key(|route| route.has_id());
        fits.first().copied()
    }

    pub(crate) fn is_open_to(&self, role: &str) -> bool {
        match self.may {
            May::Anybody => true,
            May::As(roles) => roles.contains(&role),
        }
    }

    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

fn filled(text: &str, names: &Names) -> String {
    names.iter().rev().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
}

fn source(file: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pages");
    fs::read_to_string(root.join(file)).unwrap()
}

/// A path as it stands in the sources: a text, or the name of one.
fn resolved(folder: &str, own: &str, word: &str) -> String {
    if let Some(text) = word.strip_prefix('"') {
        return text.trim_end_matches('"').to_owned();
    }
    let (text, name) = match word.split_once("::") {
        Some((file, name)) => (source(&format!("{folder}{file}.rs")), name),
        None if folder.is_empty() => (own.to_owned(), word),
        None => (source(&format!("{folder}places.rs")), word),
    };
    let text = text.split(&format!("const {name}: &str = \"")).nth(1).expect(word);
    text.split('"').next().unwrap().to_owned()
}

/// The routes that a file declares, each with its method and the function that it stands in.
fn declared(folder: &str) -> BTreeSet<(String, String, String)> {
    let routes = if folder.is_empty() { "mod.rs" } else { "routes.rs" };
    let text = source(&format!("{folder}{routes}"));
    let mut found = BTreeSet::new();
    for function in text.split("fn ").skip(1) {
        let name = function.split('(').next().unwrap();
        for route in function.split(".route(").skip(1) {
            let route = route.split(".merge(").next().unwrap();
            let (path, handlers) = route.split_once(',').unwrap();
            let path = resolved(folder, &text, path.trim());
            // What leads nowhere.
            if handlers.contains("any(") {
                continue;
            }
            for (method, sign) in [("GET", "get("), ("POST", "post(")] {
                if handlers.contains(sign) {
                    found.insert((name.to_owned(), method.to_owned(), path.clone()));
                }
            }
        }
    }
    if !folder.is_empty() {
        found.extend(sections().iter().flat_map(|section| of_noun(folder, &text, section)));
        // The one besides that has such pages, for who administers.
        let webhooks = of_noun(folder, &text, "webhooks").into_iter();
        found.extend(webhooks.map(|(group, method, path)| {
            let group = if group == "catalogue" { "administration".to_owned() } else { group };
            (group, method, path)
        }));
    }
    found
}

/// What has pages of the list of all that a merchant defines, by the sections of a file.
fn sections() -> Vec<String> {
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/domain/nouns.rs");
    let list = fs::read_to_string(list).unwrap();
    let list = list.split("catalogue {").nth(1).and_then(|rest| rest.split('}').next()).unwrap();
    let named = list.lines().filter_map(|line| line.trim().split_once(": "));
    named.filter_map(|(named, _)| Some(named.split_once(' ')?.1.to_owned())).collect()
}

/// The routes of a noun, whose pages are those of all definitions.
fn of_noun(folder: &str, own: &str, section: &str) -> Vec<(String, String, String)> {
    let here = resolved(folder, own, &section.to_uppercase());
    let routes = [
        ("reading", "GET", ""),
        ("reading", "GET", "/{id}"),
        ("catalogue", "POST", "/{id}"),
        ("catalogue", "GET", "/{id}/delete"),
        ("catalogue", "POST", "/{id}/delete"),
    ];
    let whole = |(group, method, rest): (&str, &str, &str)| {
        (group.to_owned(), method.to_owned(), format!("{here}{rest}"))
    };
    routes.map(whole).into()
}

#[test]
fn every_route_of_the_sources_stands_in_the_table_with_its_roles() {
    let of_group = |group: &str| match group {
        "reading" => READING,
        "catalogue" => CATALOGUE,
        "selling" => SELLING,
        "money" => BILLING,
        "administration" => ADMIN,
        _ => May::Anybody,
    };
    let listed: BTreeMap<_, _> =
        ROUTES.iter().map(|route| ((route.method, route.path), route.may)).collect();
    assert_eq!(listed.len(), ROUTES.len(), "each once");
    let declared: Vec<_> = declared("backend/").into_iter().chain(declared("")).collect();
    assert!(declared.len() > 70, "{declared:#?}");
    for (group, method, path) in &declared {
        let listed = listed.get(&(method.as_str(), path.as_str()));
        // It only leads to the first page.
        let may = if path == "/backend/" { READING } else { of_group(group) };
        assert_eq!(listed, Some(&may), "{method} {path} in the table of all routes");
    }
    for (method, path) in listed.keys() {
        let is_there =
            declared.iter().any(|(_, m, p)| (m.as_str(), p.as_str()) == (*method, *path));
        assert!(is_there, "{method} {path} is gone");
    }
}
