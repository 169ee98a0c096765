//! The settings of a merchant.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::domain::calendar::Zone;
use crate::domain::dunning::DunningStep;
use crate::domain::merchant::Settings as Stored;
use crate::edge::drafts::Draft;
use crate::edge::problem::Problem;
use crate::pages::backend::answer::{Answer, SentForm};
use crate::pages::backend::definitions::{expected, met};
use crate::pages::backend::forms::{FormValues, Spec, form};
use crate::pages::backend::places::SETTINGS;
use crate::pages::backend::session::{PageHead, Session};
use crate::pages::backend::settings_tabs::tabs;
use crate::render::backend::form::Kind;
use crate::render::backend::settings::SettingsPage;
use crate::rules::definitions::merchants::{SettingsDraft, decide_settings};

/// Languages that are offered while one is typed; any other may be written.
pub(super) const LOCALES: [&str; 16] = [
    "en", "en-GB", "en-US", "de", "de-AT", "de-CH", "fr", "fr-CH", "it", "es", "nl", "pl", "pt",
    "sv", "da", "cs",
];

/// Currencies that are offered while one is typed; any other may be written.
pub(super) const CURRENCIES: [&str; 12] =
    ["EUR", "USD", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "CAD", "JPY"];

const FIELDS: &[Spec] = &[
    Spec::new("/time_zone", "Time zone", Kind::Text)
        .hint("Where your days begin, such as Europe/Berlin.")
        .right(
            "Write a time zone as region and city, such as Europe/Berlin: type a city to find \
            it.",
        )
        .required(),
    Spec::new("/locale", "Language", Kind::Text)
        .hint(
            "For customers without one of their own, and for amounts and dates here; such as en \
            or de-AT.",
        )
        .right("Write a language, such as en, or a language and a country, such as de-AT.")
        .required(),
    Spec::new("/currency", "Currency", Kind::Text)
        .hint("Three letters, such as EUR.")
        .right("Write the three letters of a currency, such as EUR.")
        .upper()
        .required(),
    Spec::new("/seller/name", "Name", Kind::Text)
        .hint("Printed on documents from now on.")
        .right("Write the name, too: documents cannot name a seller without one."),
    Spec::new("/seller/address", "Address", Kind::Area),
    Spec::new("/seller/vat_id", "VAT number", Kind::Text).hint("Such as DE123456789."),
    Spec::new("/seller/tax_number", "Tax number", Kind::Text).hint("Where you have no VAT number."),
    Spec::new("/seller/postal_address/line1", "Street and number", Kind::Text)
        .hint("Electronic invoices want the address part by part."),
    Spec::new("/seller/postal_address/line2", "Second line", Kind::Text),
    Spec::new("/seller/postal_address/postal_code", "Postal code", Kind::Text),
    Spec::new("/seller/postal_address/city", "City", Kind::Text),
    Spec::new("/seller/postal_address/region", "Region", Kind::Text),
    Spec::new("/seller/postal_address/country", "Country", Kind::Text)
        .hint("Two letters, such as DE.")
        .right(COUNTRY)
        .upper(),
    Spec::new("/seller/contact/name", "Who answers questions", Kind::Text)
        .hint("A person or a department, such as Customer service."),
    Spec::new("/seller/contact/phone", "Telephone", Kind::Text),
    Spec::new("/seller/contact/email", "Mail address", Kind::Text)
        .right("Write one mail address, such as service@example.org."),
    Spec::new("/seller/bank/iban", "IBAN", Kind::Text)
        .hint("Where customers send their money.")
        .right(
            "Write the IBAN of the account, such as DE89 3704 0044 0532 0130 00: look for a \
                letter or digit that is missing or exchanged.",
        ),
    Spec::new("/seller/bank/bic", "BIC", Kind::Text)
        .right("Write the 8 or 11 characters of the bank, such as COBADEFFXXX.")
        .upper(),
    Spec::new("/seller/bank/holder", "Whose account it is", Kind::Text)
        .hint("Where it is not in your name above."),
    Spec::new("/payment_days", "Days to pay", Kind::Number)
        .hint("From issue to due date, 0 to 365.")
        .right("Write a whole number of days from 0 to 365, such as 14.")
        .required(),
    Spec::new("/dunning", "When an invoice is not paid", Kind::Lines).hint(
        "One step a line: so many days after the due date, and remind or end; such as 3 \
               remind. End ends the subscriptions on the invoice.",
    ),
    Spec::new("/purchase_on_account", "Sell on account", Kind::Flag)
        .hint("A checkout completes although something is due and nothing was paid."),
    Spec::new("/checkout_minutes", "Minutes a checkout stays open", Kind::Number)
        .hint("1 to 43200, which is thirty days.")
        .right("Write a whole number of minutes from 1 to 43200, such as 60.")
        .required(),
    Spec::new("/checkout_days", "Days an expired checkout is kept", Kind::Number)
        .hint("1 to 3650, left empty 30; one that was completed is kept for good.")
        .right("Write a whole number of days from 1 to 3650, such as 30."),
    Spec::new("/upsell_minutes", "Minutes an offer after a purchase stays open", Kind::Number)
        .hint("5 to 120.")
        .right("Write a whole number of minutes from 5 to 120, such as 30.")
        .required(),
    Spec::new("/message_gap_hours", "Hours between two messages to one customer", Kind::Number)
        .hint("0 to 168: automations keep this distance; left empty, none.")
        .right("Write a whole number of hours from 0 to 168, such as 24."),
    Spec::new("/messages_by_consent", "Messages by consent", Kind::Flag)
        .hint("Automations write only to customers who have said that they want messages."),
    Spec::new("/return_origins", "Sites to return to", Kind::Lines)
        .hint("One a line, such as https://shop.example.org. Customers are sent back only there.")
        .right(
            "write the site as a browser shows it, such as https://shop.example.org: in lower \
             case, without a path and without a slash at the end.",
        ),
    Spec::new("/links/terms", "Terms and conditions", Kind::Text)
        .hint("Where customers read what they agree to, such as https://shop.example.org/terms.")
        .right(ADDRESS),
    Spec::new("/links/withdrawal", "Right of withdrawal", Kind::Text).right(ADDRESS),
    Spec::new("/links/privacy", "Privacy", Kind::Text).right(ADDRESS),
    Spec::new("/links/imprint", "Imprint", Kind::Text).right(ADDRESS),
    Spec::new("/logo", "Logo", Kind::Text)
        .hint("The address of a picture, shown 40 pixels high at the head of customers’ pages.")
        .right(ADDRESS),
    Spec::new("/color", "Colour of buttons", Kind::Text)
        .hint("Six hexadecimal digits, such as #0b57d0. Their words are white."),
    Spec::new("/portal/cancel", "Customers cancel by themselves", Kind::Flag)
        .hint("In their portal, and take a cancellation back there."),
    Spec::new("/portal/withdraw", "Customers withdraw changes by themselves", Kind::Flag),
    Spec::new("/portal/documents", "Customers see their invoices", Kind::Flag),
];

/// What a country is written like.
pub(super) const COUNTRY: &str = "Write the two letters of the country, such as DE for Germany.";

const ADDRESS: &str =
    "Write an address as a browser shows it, such as https://shop.example.org/terms.";

/// Shows the settings.
pub(super) async fn show(session: Session) -> Answer {
    page(&session, &stored(&session).await?, None)
}

/// Saves the settings, or shows what is wrong with them.
pub(super) async fn save(session: Session, sent: SentForm) -> Answer {
    let mut values = session.values(sent);
    // What may be left empty is stored as what that means.
    for (field, meant) in [("/message_gap_hours", "0"), ("/checkout_days", "30")] {
        if values.text(field).is_empty() {
            values = values.with(field, meant);
        }
    }
    match Box::pin(put(&session, &values)).await {
        Ok(()) => session.go(SETTINGS, "The settings are saved."),
        Err(problem) => {
            let read = |values: &FormValues| values.json(FIELDS);
            match met(read, (values, None), &problem, stored(&session)).await? {
                Some(values) => page(&session, &values, Some(&problem)),
                None => session.go(SETTINGS, "The settings are saved."),
            }
        }
    }
}

async fn put(session: &Session, values: &FormValues) -> Result<(), Problem> {
    let (body, faults) = values.read_all_lines(FIELDS, "/dunning", step);
    let draft = Draft::<SettingsDraft>::with_faults(body, faults)?;
    let draft = draft.judged(decide_settings)?;
    let expected = Box::pin(expected(values, read(session))).await?;
    session.app.put_settings(&session.merchant, draft, expected).await?;
    Ok(())
}

/// A line of the form as the API has it.
fn step(line: &str) -> Result<Value, &'static str> {
    let (days, action) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    match (days.parse::<u32>(), action.trim()) {
        (Ok(after_days), action @ ("remind" | "end")) => {
            Ok(json!({"after_days": after_days, "action": action}))
        }
        _ => Err("write a number of days, then remind or end, such as 3 remind"),
    }
}

async fn read(session: &Session) -> Result<(Stored, SettingsDraft), Problem> {
    let settings = session.app.settings(&session.merchant).await?;
    let shown = (&settings).into();
    Ok((settings, shown))
}

/// What is stored, as it stands in the form.
async fn stored(session: &Session) -> Result<FormValues, Problem> {
    let (stored, shown) = read(session).await?;
    let line = |step: &DunningStep| format!("{} {}", step.after_days, step.action.name());
    let steps: Vec<String> = stored.dunning.iter().map(line).collect();
    let values = FormValues::of(FIELDS, &shown, session.notation());
    Ok(values.with("/dunning", steps.join("\n")))
}

fn page(session: &Session, values: &FormValues, problem: Option<&Problem>) -> Answer {
    let status = problem.map_or(StatusCode::OK, |problem| problem.code.status());
    let form = form(FIELDS, values, problem)
        .with_suggestions("time_zone", Zone::names())
        .with_suggestions("locale", LOCALES)
        .with_suggestions("currency", CURRENCIES);
    let page = SettingsPage { tabs: tabs(SETTINGS), form };
    session.show_as(status, PageHead::new("Settings"), &page)
}
