//! `crossgrade explain` for an order or a cart: what gift rules, promotions and campaigns come to
//! today, each with its verdict and the first reason.

use std::fs;
use std::path::Path;

use crate::app::explained::Explained;
use crate::domain::ids::OrderId;
use crate::domain::verdict::Outcome;
use crate::rules::definitions::Sent;
use crate::rules::definitions::carts::CartDraft;
use crate::wire::carts::Standing;
use crate::wire::upsells::UpsellOffer;

use super::args::{Common, Explain};
use super::book;
use super::book::Access;
use super::error::CliError;
use super::say::{say, table};

pub(super) async fn run(common: &Common, explain: &Explain) -> Result<(), CliError> {
    let cart = explain.cart.as_deref().map(read).transpose()?;
    let app = book::open(common, Access::Existing).await?;
    let merchant = book::known_merchant(&app, &explain.whose).await?;
    let today = app.settings(&merchant).await?.time_zone.date(app.now());
    let (what, explained) = match (&explain.order, cart) {
        (Some(order), _) => {
            let unknown = |_| CliError::Failed(format!("'{order}' is no id of an order"));
            let id = OrderId::parse(order).map_err(unknown)?;
            let explained = app.explain_order(&merchant, &id).await?;
            (format!("Order {order}, were it placed on {today}"), explained)
        }
        (None, Some(cart)) => {
            (format!("The cart on {today}"), app.explain_cart(&merchant, cart).await?)
        }
        (None, None) => return Err(CliError::Wrong("name an order or a cart".to_owned())),
    };
    say(what);
    say("");
    rules(&explained);
    say("");
    outcome(&explained);
    app.store().close().await;
    Ok(())
}

/// A cart as a file has it, YAML or JSON.
fn read(path: &Path) -> Result<Sent<CartDraft>, CliError> {
    let text = fs::read_to_string(path).map_err(CliError::io(path.display().to_string()))?;
    let draft: CartDraft = yaml_serde::from_str(&text)
        .map_err(|error| CliError::Failed(format!("{}: {error}", path.display())))?;
    Ok(draft.into())
}

/// Every rule as a row of a table.
fn rules(explained: &Explained) {
    let mut rows = vec![["kind", "id", "verdict", "reason", "clause"].map(str::to_owned)];
    let row = |kind: &str, id: &str, verdict: Outcome, reason: Option<&String>| {
        [kind, id, verdict.name(), reason.map_or("", String::as_str), ""].map(str::to_owned)
    };
    for it in &explained.cart.considered {
        let (kind, id) = match (&it.rule, &it.promotion) {
            (Some(rule), _) => ("gift rule", rule.as_str()),
            (None, promotion) => ("promotion", promotion.as_deref().unwrap_or_default()),
        };
        let mut row = row(kind, id, it.verdict, it.reason.as_ref());
        row[4] = it.clause.clone().unwrap_or_default();
        rows.push(row);
    }
    for it in &explained.offer.considered {
        rows.push(row("campaign", &it.campaign, it.verdict, it.reason.as_ref()));
    }
    if rows.len() == 1 {
        return say("There are no rules.");
    }
    table(&rows);
}

fn outcome(explained: &Explained) {
    for rule in &explained.cart.gifts {
        for gift in &rule.items {
            let (id, count, product) = (&rule.rule, gift.quantity, &gift.product);
            say(format!("Gift rule {id} gives {count} of {product} at {} each.", gift.price));
        }
    }
    for promotion in &explained.cart.promotions {
        let id = &promotion.promotion;
        match promotion.state {
            Standing::Earned => say(format!("Promotion {id} is earned.")),
            Standing::Near => {
                let messages = promotion.upsells.iter();
                messages.for_each(|it| say(format!("Promotion {id} is near: {}", it.message)));
            }
            Standing::None => {}
        }
    }
    match &explained.offer.offer {
        Some(UpsellOffer::Product(it)) => {
            say(format!("Campaign {} offers {} of {}.", it.campaign, it.quantity, it.product));
        }
        Some(UpsellOffer::Offer(it)) => {
            say(format!("Campaign {} offers {}.", it.campaign, it.offer));
        }
        None => say("No campaign offers anything."),
    }
}
