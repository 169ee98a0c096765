//! Why not: what becomes of each rule for an order that is there, or for a cart typed in by hand.
//! The question stands in the address, so that it can be sent to a colleague.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use crate::app::explained::{Explained, RuleKind, meaning};
use crate::app::rule_over_orders::VerdictOverOrders;
use crate::domain::ids::OrderId;
use crate::domain::verdict::Outcome;
use crate::edge::problem::{FieldError, Problem};
use crate::pages::backend::answer::{Answer, Failure, SentForm};
use crate::pages::backend::definitions::MorePage;
use crate::pages::backend::forms::{FormValues, Spec, form};
use crate::pages::backend::places::{CAMPAIGNS, GIFT_RULES, PROMOTIONS, WHY_NOT};
use crate::pages::backend::session::{PageHead, Session};
use crate::render::backend::form::Kind;
use crate::render::backend::frame::{Link, Tone};
use crate::render::backend::parts::Badge;
use crate::render::backend::phrase::{Phrase, phrase};
use crate::render::backend::why_not::{
    Answer as Told, RoundArrow, RoundBox, RoundColumn, RoundRow, RoundsPicture, RuleAlone, RuleRow,
    VerdictRow, WhyNotPage,
};
use crate::rules::definitions::carts::CartDraft;
use crate::wire::carts::{AppliedRule, Standing};
use crate::wire::upsells::UpsellOffer;

/// How many rounds are drawn.
const COLUMNS_MAX: usize = 12;
/// How many rules are drawn of one.
const BOXES_MAX: usize = 12;
/// How many letters fit into a box.
const LETTERS_MAX: usize = 22;

/// How many rules are shown.
const ROWS_MAX: usize = 200;

const FIELDS: &[Spec] = &[
    Spec::new("/order", "Order", Kind::Text).hint("An order that is there, or a cart below."),
    Spec::new("/rule", "Rule", Kind::Text).hint("The id of one; all without it."),
    Spec::new("/lines", "Cart", Kind::Lines)
        .hint("One a line: product, pieces, net price of one. Or such as offer: month."),
    Spec::new("/channel", "Channel", Kind::Text),
    Spec::new("/currency", "Currency", Kind::Text).upper(),
    Spec::new("/customer", "Customer", Kind::Text),
    Spec::new("/customer_group", "Customer group", Kind::Text),
    Spec::new("/shipping_country", "Ships to", Kind::Text).upper().hint("Such as DE."),
    Spec::new("/payment_method", "Paid by", Kind::Text),
    Spec::new("/coupon", "Coupon", Kind::Text),
];

/// Where it is asked why not of an order, or of a rule.
pub(super) fn address(field: &str, id: &str) -> String {
    // Ids hold nothing that would have to be written otherwise.
    format!("{WHY_NOT}?%2F{field}={id}")
}

/// Where a rule has the question on its own page.
pub(super) const OF_RULE: MorePage = ("Why not?", |id| address("rule", id));

/// Asks and answers.
pub(super) async fn show(
    session: Session,
    asked: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Answer {
    let pairs = asked.map(|Query(pairs)| pairs).unwrap_or_default();
    let values = FormValues::sent(SentForm(pairs)).by(session.notation());
    let said = |at: &str| values.text(at).trim();
    let is_asked = ["/order", "/lines", "/channel"].into_iter().any(|at| !said(at).is_empty());
    let (mut wrong, mut told, mut alone) = (None, None, Vec::new());
    if !is_asked && !said("/rule").is_empty() {
        alone = rule_alone(&session, said("/rule")).await?;
        if alone.is_empty() {
            let error = FieldError::new("/rule", "there is no such rule");
            wrong = Some(Problem::invalid(vec![error]));
        }
    }
    if is_asked {
        match ask(&session, &values).await {
            Ok(explained) => told = Some(answer(&values, &explained)),
            Err(problem) if problem.code.status() == StatusCode::UNPROCESSABLE_ENTITY => {
                wrong = Some(problem);
            }
            Err(problem) => return Err(problem.into()),
        }
    }
    let status = wrong.as_ref().map_or(StatusCode::OK, |problem| problem.code.status());
    let values = match said("/currency") {
        "" => values.with("/currency", session.settings.currency.code()),
        _ => values,
    };
    let form = form(FIELDS, &values, wrong.as_ref());
    let head = PageHead::new("Why not?").with(&["automations.css"], &[]);
    session.show_as(status, head, &WhyNotPage { form, answer: told, alone })
}

/// What a rule by itself comes to for the last orders.
async fn rule_alone(session: &Session, id: &str) -> Result<Vec<RuleAlone>, Failure> {
    let found = session.app.rules_over_orders(&session.merchant, id).await?;
    let alone = found.into_iter().map(|over| {
        let (kind, place) = named(over.kind);
        let row = |it: &VerdictOverOrders| VerdictRow {
            verdict: badge(it.verdict),
            reason: it.reason.unwrap_or_default().to_owned(),
            meaning: it.reason.and_then(|code| told(over.kind, code)).unwrap_or_default(),
            clause: it.clause.clone().unwrap_or_default(),
            orders: it.orders.to_string(),
            share: i64::try_from(it.orders * 100 / over.orders.max(1)).ok(),
            last: Link::new(
                it.last.to_string(),
                format!("{}&%2Frule={id}", address("order", it.last.as_str())),
            ),
        };
        let of = match over.orders {
            0 => "By itself".into(),
            1 => "For the only order".into(),
            many => phrase!("For the last {} orders", many),
        };
        let rule = Link::new(id.to_owned(), format!("{place}/{id}"));
        let ignores_stock = over.kind == RuleKind::Campaign;
        RuleAlone { kind, rule, of, ignores_stock, rows: over.told.iter().map(row).collect() }
    });
    Ok(alone.collect())
}

/// What a kind of rules is called, and where they stand.
fn named(kind: RuleKind) -> (&'static str, &'static str) {
    match kind {
        RuleKind::Campaign => ("campaign", CAMPAIGNS),
        RuleKind::Promotion => ("promotion", PROMOTIONS),
        RuleKind::GiftRule => ("gift rule", GIFT_RULES),
    }
}

async fn ask(session: &Session, values: &FormValues) -> Result<Explained, Problem> {
    let order = values.text("/order").trim();
    if !order.is_empty() {
        let besides = said_besides(session, values);
        if !besides.is_empty() {
            return Err(Problem::invalid(besides));
        }
        let unknown =
            || Problem::invalid(vec![FieldError::new("/order", "there is no such order")]);
        let id = OrderId::parse(order).map_err(|_| unknown())?;
        return match session.app.explain_order(&session.merchant, &id).await {
            Err(crate::app::AppError::NotFound(_)) => Err(unknown()),
            explained => Ok(explained?),
        };
    }
    let (lines, errors) = lines(values.text("/lines"));
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let mut cart = Map::new();
    cart.insert("lines".to_owned(), lines);
    let fields = FIELDS.iter().filter(|spec| !["/order", "/rule", "/lines"].contains(&spec.at));
    for spec in fields {
        let text = values.text(spec.at).trim();
        if !text.is_empty() {
            cart.insert(spec.at[1..].to_owned(), text.into());
        }
    }
    let currency = session.settings.currency.code();
    cart.entry("currency").or_insert_with(|| currency.into());
    let draft: CartDraft = serde_json::from_value(Value::Object(cart))
        .map_err(|error| Problem::invalid(vec![FieldError::new("/lines", error.to_string())]))?;
    Ok(session.app.explain_cart(&session.merchant, draft.into()).await?)
}

/// What is said of a cart where an order is named, that says all of it itself. The currency stands
/// in the form from the beginning.
fn said_besides(session: &Session, values: &FormValues) -> Vec<FieldError> {
    let usual = session.settings.currency.code();
    let said = FIELDS.iter().map(|spec| spec.at).filter(|at| {
        let text = values.text(at).trim();
        match *at {
            "/order" | "/rule" => false,
            "/currency" => !text.is_empty() && !text.eq_ignore_ascii_case(usual),
            _ => !text.is_empty(),
        }
    });
    let detail = "must be empty where an order is named, which says it itself";
    said.map(|at| FieldError::new(at, detail)).collect()
}

/// The lines of a cart as they are typed, and what is wrong with them.
pub(super) fn lines(text: &str) -> (Value, Vec<FieldError>) {
    let (mut lines, mut errors) = (Vec::new(), Vec::new());
    let typed = text.lines().map(str::trim).filter(|line| !line.is_empty());
    for (place, line) in typed.enumerate() {
        let parts: Vec<&str> = line.split(',').map(str::trim).collect();
        let offer = line.strip_prefix("offer:").map(str::trim);
        match (offer, parts.as_slice()) {
            (Some(offer), _) => lines.push(json!({"offer": offer})),
            (None, [product, pieces, price]) if pieces.parse::<i64>().is_ok() => {
                let pieces = pieces.parse::<i64>().unwrap_or_default();
                lines.push(json!({"product": product, "quantity": pieces, "unit_net": price}));
            }
            _ => {
                let detail = "must be product, pieces, net price, such as mug, 2, 9.90";
                errors.push(FieldError::new(format!("/lines/{place}"), detail));
            }
        }
    }
    (Value::Array(lines), errors)
}

fn answer(values: &FormValues, explained: &Explained) -> Told {
    let order = values.text("/order").trim();
    let of = match order {
        "" => "This cart".into(),
        order => phrase!("Order {}, were it placed now", order.to_owned()),
    };
    let wanted = values.text("/rule").trim();
    let mut rules: Vec<RuleRow> = rows(explained);
    if !wanted.is_empty() {
        rules.retain(|row| row.rule.label == *wanted);
    }
    let more = rules.len().saturating_sub(ROWS_MAX);
    rules.truncate(ROWS_MAX);
    let rounds = rounds(explained);
    let picture = picture(&rounds);
    Told { of, outcome: outcome(explained), rules, more, rounds, picture }
}

fn rows(explained: &Explained) -> Vec<RuleRow> {
    let row = |kind, id: &str, (verdict, reason): (Outcome, Option<&String>)| {
        let (name, place) = named(kind);
        RuleRow {
            kind: name,
            rule: Link::new(id.to_owned(), format!("{place}/{id}")),
            verdict: badge(verdict),
            reason: reason.cloned().unwrap_or_default(),
            meaning: reason.and_then(|code| told(kind, code)).unwrap_or_default(),
            clause: String::new(),
        }
    };
    let campaigns = explained.offer.considered.iter();
    let campaigns =
        campaigns.map(|it| row(RuleKind::Campaign, &it.campaign, (it.verdict, it.reason.as_ref())));
    let others = explained.cart.considered.iter().map(|it| {
        let (kind, id) = match (&it.rule, &it.promotion) {
            (Some(rule), _) => (RuleKind::GiftRule, rule.as_str()),
            (None, promotion) => (RuleKind::Promotion, promotion.as_deref().unwrap_or_default()),
        };
        let row = row(kind, id, (it.verdict, it.reason.as_ref()));
        RuleRow { clause: it.clause.clone().unwrap_or_default(), ..row }
    });
    campaigns.chain(others).collect()
}

fn badge(verdict: Outcome) -> Badge {
    let tone = match verdict {
        Outcome::Chosen => Tone::Good,
        Outcome::Unavailable => Tone::Warn,
        Outcome::Outranked | Outcome::Rejected => Tone::Plain,
    };
    Badge::new(tone, verdict.name())
}

/// What a reason means for a rule of a kind.
pub(super) fn told(kind: RuleKind, code: &str) -> Option<&'static str> {
    meaning(kind, code).or(match code {
        "lower-priority" => Some("Another comes first by its priority"),
        "edited-earlier" => Some("Another of the same priority was edited later"),
        "lower-tier" => Some("A lower tier was applied, and blocks it"),
        _ => None,
    })
}

fn outcome(explained: &Explained) -> Vec<Phrase> {
    let offered = match &explained.offer.offer {
        Some(UpsellOffer::Product(it)) => {
            phrase!(
                "Campaign {} offers {} of {}.",
                it.campaign.clone(),
                it.quantity,
                it.product.clone(),
            )
        }
        Some(UpsellOffer::Offer(it)) => {
            phrase!("Campaign {} offers {}.", it.campaign.clone(), it.offer.clone())
        }
        None => "No campaign offers anything.".into(),
    };
    let mut told = vec![offered];
    for promotion in &explained.cart.promotions {
        match promotion.state {
            Standing::Earned => {
                told.push(phrase!("Promotion {} is earned.", promotion.promotion.clone()));
            }
            Standing::Near => told.extend(promotion.upsells.iter().map(|upsell| {
                phrase!(
                    "Promotion {} is near: {}",
                    promotion.promotion.clone(),
                    upsell.message.clone(),
                )
            })),
            Standing::None => {}
        }
    }
    if explained.cart.gifts.is_empty() {
        told.push("No gift rule applies.".into());
    }
    told
}

fn rounds(explained: &Explained) -> Vec<RoundRow> {
    let applied = |id: &str| explained.cart.gifts.iter().find(|it| it.rule == id);
    let row = |(round, id): &(usize, crate::domain::ids::GiftRuleId)| {
        let applied = applied(id.as_str())?;
        Some(RoundRow {
            round: *round,
            rule: Link::new(id.to_string(), format!("{GIFT_RULES}/{id}")),
            times: applied.times.to_string().into(),
            gives: gives(applied),
        })
    };
    explained.rounds.iter().filter_map(row).collect()
}

/// As much of what a rule gives as fits into a box.
fn in_short(gives: &Phrase) -> Phrase {
    match gives {
        Phrase::Ours(_, values) if !values.is_empty() => "one of several".into(),
        gives => gives.clone().shortened(LETTERS_MAX),
    }
}

/// The rounds as a picture, as far as there is room; none where there is but one rule.
fn picture(rows: &[RoundRow]) -> Option<RoundsPicture> {
    const COLUMN: usize = 232;
    const LINE: usize = 60;
    const TOP: usize = 28;
    let mut columns: Vec<RoundColumn> = Vec::new();
    let mut last = 0;
    for row in rows {
        if row.round != last {
            if columns.len() == COLUMNS_MAX {
                break;
            }
            last = row.round;
            let (x, label) = (columns.len() * COLUMN, phrase!("Round {}", row.round));
            columns.push(RoundColumn { x, label, boxes: Vec::new() });
        }
        let Some(column) = columns.last_mut() else { continue };
        if column.boxes.len() == BOXES_MAX {
            continue;
        }
        let y = TOP + column.boxes.len() * LINE;
        let name = row.rule.label.clone();
        column.boxes.push(RoundBox {
            x: column.x,
            y,
            first: y + 20,
            second: y + 38,
            rule: phrase!("{} × {}", row.times.clone(), name.clone().shortened(LETTERS_MAX)),
            gives: in_short(&row.gives),
            title: phrase!("{}: {}", name, row.gives.clone()),
        });
    }
    let most = columns.iter().map(|column| column.boxes.len()).max().filter(|_| rows.len() > 1)?;
    let arrow =
        |at: usize| RoundArrow { from: at * COLUMN + 200, to: (at + 1) * COLUMN - 4, y: TOP + 24 };
    Some(RoundsPicture {
        width: columns.len() * COLUMN,
        height: TOP + most * LINE,
        arrows: (0..columns.len() - 1).map(arrow).collect(),
        columns,
    })
}

fn gives(applied: &AppliedRule) -> Phrase {
    let items = applied.items.iter().map(|it| format!("{} × {}", it.quantity, it.product));
    let items: Vec<String> = items.collect();
    let choices: Vec<&str> = applied.choices.iter().map(|it| it.product.as_str()).collect();
    match (items.is_empty(), choices.is_empty()) {
        (false, _) => items.join(", ").into(),
        (true, false) => phrase!("one of {}, once it is picked", choices.join(", ")),
        (true, true) => "nothing".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_product_with_pieces_and_price_or_an_offer() {
        let (read, errors) = lines("mug, 2, 9.90\n\noffer: month\ncap\nhat, two, 1");
        assert_eq!(
            read,
            json!([{"product": "mug", "quantity": 2, "unit_net": "9.90"}, {"offer": "month"}])
        );
        let places: Vec<&str> = errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(places, ["/lines/2", "/lines/3"]);
    }
}
