//! The draft of a merchant's settings. Keys are for `app`.

use chrono_tz::TZ_VARIANTS;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::calendar::Zone;
use crate::domain::dunning::{DunningAction, DunningStep};
use crate::domain::fault::Fault;
use crate::domain::merchant::{PortalParts, Settings};
use crate::domain::money::Currency;
use crate::domain::shapes;

use super::branding::{LinksDraft, address, color, is_authority, links};
use super::fields::Faults;
use super::parties::{SellerDraft, seller};

/// How many steps of dunning there may be.
const DUNNING_MAX: usize = 10;
/// The longest origin: a host name has at most 253 characters.
const ORIGIN_LENGTH_MAX: usize = 300;

/// What holds for everything that a merchant sells. What is left out is set to its default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = Settings)]
pub struct SettingsDraft {
    /// Where the merchant's days begin.
    #[schema(value_type = shapes::TimeZone, default = "Europe/Berlin")]
    pub time_zone: String,
    /// The language of texts where the customer has none.
    #[schema(value_type = shapes::Locale, default = "en")]
    pub locale: String,
    /// The currency where none is said.
    #[schema(value_type = shapes::Currency, default = "EUR")]
    pub currency: String,
    /// Who sells: printed on documents from now on.
    pub seller: Option<SellerDraft>,
    /// Days from issue to due date.
    #[schema(value_type = u16, minimum = 0, maximum = 365, default = 14)]
    pub payment_days: i64,
    /// What becomes of an invoice that is not paid in time: each step once, in ascending order.
    #[schema(max_items = 10, default = json!([]))]
    pub dunning: Vec<DunningStepDraft>,
    /// Whether a checkout completes although something is due and nothing was paid.
    #[schema(default = false)]
    pub purchase_on_account: bool,
    /// Minutes until an open checkout expires.
    #[schema(value_type = u16, minimum = 1, maximum = 43200, default = 60)]
    pub checkout_minutes: i64,
    /// Days for which a checkout is kept that nobody has completed, once it has expired; then it
    /// is gone for good.
    #[schema(value_type = u16, minimum = 1, maximum = 3650, default = 30)]
    pub checkout_days: i64,
    /// Minutes in which an offer made after a purchase may be answered.
    #[schema(value_type = u16, minimum = 5, maximum = 120, default = 30)]
    pub upsell_minutes: i64,
    /// Hours between two messages of automations to one customer, at least.
    #[schema(value_type = u16, minimum = 0, maximum = 168, default = 0)]
    pub message_gap_hours: i64,
    /// Whether automations write only to customers who have said that they want messages.
    #[schema(default = false)]
    pub messages_by_consent: bool,
    /// The sites to which a customer may be sent back.
    #[schema(value_type = Vec<shapes::Origin>, max_items = 100, default = json!([]))]
    pub return_origins: Vec<String>,
    /// Pages of the merchant's own site that customers' pages lead to.
    pub links: LinksDraft,
    /// The address of the picture at the head of customers' pages.
    #[schema(value_type = Option<shapes::Url>)]
    pub logo: Option<String>,
    /// The colour of what customers press; white words must be readable on it.
    #[schema(value_type = Option<shapes::Color>)]
    pub color: Option<String>,
    /// What customers may do by themselves in their portal.
    #[schema(value_type = PortalParts)]
    pub portal: PortalParts,
}

impl Default for SettingsDraft {
    fn default() -> Self {
        Self {
            time_zone: "Europe/Berlin".to_owned(),
            locale: "en".to_owned(),
            currency: "EUR".to_owned(),
            seller: None,
            payment_days: 14,
            dunning: Vec::new(),
            purchase_on_account: false,
            checkout_minutes: 60,
            checkout_days: 30,
            upsell_minutes: 30,
            message_gap_hours: 0,
            messages_by_consent: false,
            return_origins: Vec::new(),
            links: LinksDraft::default(),
            logo: None,
            color: None,
            portal: PortalParts::default(),
        }
    }
}

/// A step that is taken of every overdue invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DunningStep)]
pub struct DunningStepDraft {
    /// So many days after the day by which it was to be paid.
    #[serde(default)]
    #[schema(value_type = u16, required, minimum = 1, maximum = 1000)]
    pub after_days: i64,
    /// What is done.
    #[serde(default)]
    #[schema(value_type = DunningAction, required)]
    pub action: String,
}

impl From<&Settings> for SettingsDraft {
    fn from(settings: &Settings) -> Self {
        let step = |step: &DunningStep| DunningStepDraft {
            after_days: i64::from(step.after_days),
            action: step.action.to_string(),
        };
        Self {
            time_zone: settings.time_zone.name().to_owned(),
            locale: settings.locale.clone(),
            currency: settings.currency.code().to_owned(),
            seller: settings.seller.as_ref().map(SellerDraft::from),
            payment_days: i64::from(settings.payment_days),
            dunning: settings.dunning.iter().map(step).collect(),
            purchase_on_account: settings.purchase_on_account,
            checkout_minutes: i64::from(settings.checkout_minutes),
            checkout_days: i64::from(settings.checkout_days),
            upsell_minutes: i64::from(settings.upsell_minutes),
            message_gap_hours: i64::from(settings.message_gap_hours),
            messages_by_consent: settings.messages_by_consent,
            return_origins: settings.return_origins.clone(),
            links: (&settings.links).into(),
            logo: settings.logo.clone(),
            color: settings.color.clone(),
            portal: settings.portal,
        }
    }
}

/// Decides whether a draft makes a merchant's settings.
///
/// # Errors
/// Every [`Fault`] in it.
pub fn decide_settings(draft: &SettingsDraft) -> Result<Settings, Vec<Fault>> {
    let mut faults = Faults::new();
    let time_zone = time_zone(&mut faults, &draft.time_zone);
    let locale = faults.locale("/locale", &draft.locale);
    let currency = Currency::parse(&draft.currency);
    let currency = currency.map_err(|error| faults.note("/currency", error.to_string())).ok();
    let seller = draft.seller.as_ref().map(|draft| seller(&mut faults, draft));
    let payment_days = faults.count("/payment_days", draft.payment_days, 0..=365);
    let dunning = dunning(&mut faults, &draft.dunning);
    let checkout_minutes = faults.count("/checkout_minutes", draft.checkout_minutes, 1..=43_200);
    let checkout_days = faults.count("/checkout_days", draft.checkout_days, 1..=3_650);
    let upsell_minutes = faults.count("/upsell_minutes", draft.upsell_minutes, 5..=120);
    let message_gap = faults.count("/message_gap_hours", draft.message_gap_hours, 0..=168);
    let is_short = faults.is_short("/return_origins", draft.return_origins.len());
    let origins = draft.return_origins.iter().enumerate();
    let return_origins = origins
        .filter(|_| is_short)
        .filter_map(|(place, text)| origin(&mut faults, &format!("/return_origins/{place}"), text))
        .collect();
    let links = links(&mut faults, &draft.links);
    let logo = draft.logo.as_deref().and_then(|text| address(&mut faults, "/logo", text));
    let color = draft.color.as_deref().and_then(|text| color(&mut faults, text));
    let settings = || {
        Some(Settings {
            time_zone: time_zone?,
            locale: locale?,
            currency: currency?,
            seller,
            payment_days: payment_days?,
            dunning,
            purchase_on_account: draft.purchase_on_account,
            checkout_minutes: checkout_minutes?,
            checkout_days: checkout_days?,
            upsell_minutes: upsell_minutes?,
            message_gap_hours: message_gap?,
            messages_by_consent: draft.messages_by_consent,
            return_origins,
            links,
            logo,
            color,
            portal: draft.portal,
        })
    };
    let settings = settings();
    faults.answer(settings)
}

/// Steps in ascending order of days.
fn dunning(faults: &mut Faults, drafts: &[DunningStepDraft]) -> Vec<DunningStep> {
    let mut steps: Vec<DunningStep> = Vec::new();
    for (place, draft) in drafts.iter().enumerate() {
        let at = format!("/dunning/{place}");
        if place >= DUNNING_MAX {
            faults.note(at, format!("is one too many: at most {DUNNING_MAX} steps are taken"));
            break;
        }
        let days = faults.count(&format!("{at}/after_days"), draft.after_days, 1..=1_000);
        let action = DunningAction::parse(&draft.action);
        if action.is_none() {
            let detail = format!("'{}' is neither remind nor end", draft.action);
            faults.note(format!("{at}/action"), detail);
        }
        let (Some(after_days), Some(action)) = (days, action) else { continue };
        if let Some(last) = steps.last().filter(|last| last.after_days >= after_days) {
            let detail = format!("must be more than that of the step before, {}", last.after_days);
            faults.note(format!("{at}/after_days"), detail);
        }
        steps.push(DunningStep { after_days, action });
    }
    steps
}

fn time_zone(faults: &mut Faults, text: &str) -> Option<Zone> {
    let zone = Zone::parse(text);
    if zone.is_none() {
        let hint = faults.hint(text, TZ_VARIANTS.iter().map(|zone| zone.name()));
        let detail = if hint.is_empty() { " such as Europe/Berlin" } else { &hint };
        faults.note("/time_zone", format!("'{text}' is no IANA time zone{detail}"));
    }
    zone
}

/// An origin as a browser writes it. Other schemes than those of the web are refused, for a
/// customer's browser is sent there.
fn origin(faults: &mut Faults, at: &str, text: &str) -> Option<String> {
    let authority =
        ["https://", "http://"].into_iter().find_map(|scheme| text.strip_prefix(scheme));
    let is_origin = text.len() <= ORIGIN_LENGTH_MAX && authority.is_some_and(is_authority);
    if !is_origin {
        let detail = format!(
            "'{text}' is no origin such as https://shop.example.org or http://localhost:3000: \
             scheme and host in lower case, perhaps a port, no path and no slash at the end"
        );
        faults.note(at, detail);
    }
    is_origin.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn settings(change: (&str, Value)) -> Result<Settings, Vec<Fault>> {
        let mut draft = json!({});
        draft[change.0] = change.1;
        decide_settings(&serde_json::from_value(draft).unwrap())
    }

    #[test]
    fn settings_left_out_are_those_of_the_documentation() {
        let settings = decide_settings(&SettingsDraft::default()).unwrap();
        assert_eq!(settings.time_zone.name(), "Europe/Berlin");
        assert_eq!((settings.locale.as_str(), settings.payment_days), ("en", 14));
        assert_eq!((settings.checkout_minutes, settings.upsell_minutes), (60, 30));
    }

    #[test]
    fn every_fault_of_settings_has_its_pointer() {
        #[rustfmt::skip]
        let table = [
            ("time_zone", json!("Europe/Berln"), "/time_zone", "did you mean 'Europe/Berlin'?"),
            ("time_zone", json!("Mars"), "/time_zone", "such as Europe/Berlin"),
            ("locale", json!("en_US"), "/locale", "did you mean 'en-US'?"),
            ("locale", json!("english"), "/locale", "such as en or de-AT"),
            ("currency", json!("eur"), "/currency", "'eur' is not an ISO 4217"),
            ("seller", json!({"name": "a\u{0}b"}), "/seller/name", "U+0000"),
            ("payment_days", json!(-1), "/payment_days", "is -1; must be 0 to 365"),
            ("payment_days", json!(366), "/payment_days", "must be 0 to 365"),
            ("checkout_minutes", json!(0), "/checkout_minutes", "must be 1 to 43200"),
            ("checkout_minutes", json!(43_201), "/checkout_minutes", "must be 1 to 43200"),
            ("message_gap_hours", json!(169), "/message_gap_hours", "must be 0 to 168"),
            ("upsell_minutes", json!(4), "/upsell_minutes", "must be 5 to 120"),
            ("upsell_minutes", json!(121), "/upsell_minutes", "must be 5 to 120"),
        ];
        for (field, value, pointer, detail) in table {
            let faults = settings((field, value)).unwrap_err();
            assert_eq!(faults.len(), 1, "{faults:?}");
            assert_eq!(faults[0].pointer, pointer);
            assert!(faults[0].detail.contains(detail), "{}", faults[0].detail);
        }
        let all = json!({"time_zone": "", "locale": "", "currency": "", "payment_days": 999,
            "checkout_minutes": 0, "upsell_minutes": 0, "return_origins": ["x"]});
        let faults = decide_settings(&serde_json::from_value(all).unwrap()).unwrap_err();
        assert_eq!(faults.len(), 7);
    }

    #[test]
    fn steps_of_dunning_come_in_ascending_order() {
        let step = |days: i64, action: &str| json!({"after_days": days, "action": action});
        let steps = settings(("dunning", json!([step(3, "remind"), step(30, "end")])));
        let steps: Vec<_> =
            steps.unwrap().dunning.iter().map(|it| (it.after_days, it.action.name())).collect();
        assert_eq!(steps, [(3, "remind"), (30, "end")]);
        let many: Vec<Value> = (1..=11).map(|days| step(days, "remind")).collect();
        for (steps, pointer) in [
            (json!([step(0, "remind")]), "/dunning/0/after_days"),
            (json!([step(1_001, "remind")]), "/dunning/0/after_days"),
            (json!([step(3, "remind"), step(3, "end")]), "/dunning/1/after_days"),
            (json!([step(3, "remind"), step(2, "end")]), "/dunning/1/after_days"),
            (json!([step(3, "sue")]), "/dunning/0/action"),
            (json!(many), "/dunning/10"),
        ] {
            let faults = settings(("dunning", steps)).unwrap_err();
            assert_eq!((faults.len(), faults[0].pointer.as_str()), (1, pointer), "{faults:?}");
        }
    }

    #[test]
    fn only_an_origin_of_the_web_is_returned_to() {
        for good in [
            "https://shop.example.org",
            "http://localhost:3000",
            "http://127.0.0.1",
            "https://[::1]:8443",
            "https://[2001:db8::1]",
        ] {
            let origins = settings(("return_origins", json!([good]))).unwrap().return_origins;
            assert_eq!(origins, [good]);
        }
        for bad in [
            "",
            "shop.example.org",
            "https://",
            "https://shop.example.org/",
            "https://shop.example.org/path",
            "https://shop.example.org?x",
            "https://ada@shop.example.org",
            "HTTPS://shop.example.org",
            "https://Shop.example.org",
            "javascript://alert(1)",
            "https://shop..org",
            "https://shop:0",
            "https://shop:65536",
            "https://shop:",
            "https://[::1",
            "https://[::1]8",
            "https://*.example.org",
            "null",
        ] {
            let origins = json!(["https://a", bad]);
            let faults = settings(("return_origins", origins)).unwrap_err();
            assert_eq!(faults[0].pointer, "/return_origins/1", "{bad}");
        }
    }
}
