//! The shelf of the demo's shop: plays a shop's own cart and checkout of goods, which ask what the
//! merchant's rules make of a cart, place the order as it was shown, and offer one thing more.

use std::collections::BTreeMap;

use axum::extract::rejection::{FormRejection, PathRejection};
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::json;

use crate::app::reads::Page;
use crate::app::{App, AppError};
use crate::domain::catalogue::Product;
use crate::domain::ids::{OrderId, ProductId};
use crate::domain::money::{Currency, Money};
use crate::domain::promotion::RewardKind;
use crate::edge::problem::{Code, Problem};
use crate::pages::answers::html;
use crate::pages::contexts::money;
use crate::pages::demo::merchant;
use crate::render::format::Locale;
use crate::render::look::PageBranding;
use crate::render::shelf::{
    OrderedOffer, OrderedPage, ShelfCart, ShelfChoice, ShelfField, ShelfGift, ShelfGoods,
    ShelfLine, ShelfMessage, ShelfPage,
};
use crate::rules::definitions::carts::CartDraft;
use crate::wire::carts::{AppliedRule, CartEvaluation, GiftItem, Standing};
use crate::wire::upsells::{UpsellOffer, UpsellState};

/// Where it is found.
pub(super) const HERE: &str = "/demo/shelf";
/// Where it thanks for an order.
pub(super) const ORDERED: &str = "/demo/orders/{id}";

/// The channel that its orders come from.
const CHANNEL: &str = "shelf";
/// What shipping costs where no promotion makes it free, in minor units of the euro.
const SHIPPING: i64 = 490;
/// More goods than the demo has.
const GOODS_MAX: i64 = 200;
/// The most of one thing in a cart.
const QUANTITY_MAX: i64 = 99;

/// What begins the name of a field that says how many of a product.
const OF: &str = "of-";
/// What begins the name of a field that says which gift of a rule.
const PICK: &str = "pick-";

/// A cart as its form says it.
#[derive(Debug, Default)]
struct ShopCart {
    /// How many of which product, in their order.
    of: BTreeMap<String, i64>,
    /// Which gift of which rule.
    picks: BTreeMap<String, String>,
    /// The id that its order will have: sent twice it is placed once.
    order: Option<String>,
    /// The stamp of what was shown.
    expects: Option<String>,
}

impl ShopCart {
    fn read(fields: Vec<(String, String)>) -> Self {
        let mut basket = Self::default();
        for (name, value) in fields {
            if let Some(product) = name.strip_prefix(OF) {
                let wanted = value.trim().parse().unwrap_or(0);
                let quantity = i64::clamp(wanted, 0, QUANTITY_MAX);
                if quantity > 0 {
                    basket.of.insert(product.to_owned(), quantity);
                }
            } else if let Some(rule) = name.strip_prefix(PICK) {
                basket.picks.insert(rule.to_owned(), value);
            } else if name == "order" {
                basket.order = Some(value);
            } else if name == "expects" {
                basket.expects = Some(value);
            }
        }
        basket
    }

    /// What is sent of it, with what the shop charges for each product.
    fn draft(&self, goods: &ShopProducts) -> Result<CartDraft, AppError> {
        let lines = self.of.iter().filter_map(|(id, quantity)| {
            let price = goods.get(id.as_str())?.unit_net?;
            Some(json!({"product": id, "quantity": quantity, "unit_net": price.amount()}))
        });
        let shipping = Money::new(SHIPPING, currency()?).amount();
        Ok(serde_json::from_value(json!({
            "id": self.order, "channel": CHANNEL, "currency": "EUR", "shipping_country": "DE",
            "shipping_cost": shipping, "lines": lines.collect::<Vec<_>>(), "picks": self.picks,
            "expects": self.expects,
        }))?)
    }
}

/// The products of the shop by id.
type ShopProducts = BTreeMap<String, Product>;

fn currency() -> Result<Currency, AppError> {
    Currency::parse("EUR").map_err(AppError::broken)
}

/// Shows the shelf, and the cart that the address says.
pub(super) async fn show(
    State(app): State<App>,
    Query(fields): Query<Vec<(String, String)>>,
) -> Response {
    shelf(&app, StatusCode::OK, &ShopCart::read(fields), None).await
}

/// Places the order, as it was shown, and goes to the page that thanks for it.
pub(super) async fn place(
    State(app): State<App>,
    form: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> Response {
    let basket = ShopCart::read(form.map(|Form(fields)| fields).unwrap_or_default());
    match order(&app, &basket).await {
        Ok(id) => Redirect::to(&ORDERED.replace("{id}", &id)).into_response(),
        Err(error) => back(&app, &basket, error).await,
    }
}

/// The shelf again, with what went wrong.
async fn back(app: &App, basket: &ShopCart, error: AppError) -> Response {
    let problem = Problem::from(error);
    shelf(app, problem.code.status(), basket, Some(in_words(&problem))).await
}

async fn order(app: &App, basket: &ShopCart) -> Result<String, AppError> {
    let (merchant, shelf) = (merchant()?, stocked(app).await?);
    let placed = app.place_order(&merchant, basket.draft(&shelf)?.into()).await?;
    // Asked here and not by the page that shows it: looking at a page offers nothing.
    app.ask_upsell(&merchant, &OrderId::parse(&placed.order.id)?, false).await?;
    Ok(placed.order.id)
}

fn in_words(problem: &Problem) -> String {
    match problem.code {
        Code::OutOfStock => {
            "Somebody was quicker: there is not enough left. Put less in.".to_owned()
        }
        Code::CartChanged => {
            "What comes with the cart has changed meanwhile. This is what it is now.".to_owned()
        }
        Code::NotFound => "There is no such order.".to_owned(),
        _ => format!("That did not work: {}.", problem.detail),
    }
}

async fn stocked(app: &App) -> Result<ShopProducts, AppError> {
    let products = app.list::<Product>(&merchant()?, Page::first(GOODS_MAX)).await?;
    Ok(products.into_iter().map(|product| (product.id.to_string(), product)).collect())
}

async fn shelf(
    app: &App,
    status: StatusCode,
    basket: &ShopCart,
    problem: Option<String>,
) -> Response {
    match look(app, basket, problem).await {
        Ok(page) => html(status, app.renderer().shelf_page(&page)),
        Err(error) => Problem::from(error).into_response(),
    }
}

async fn look(
    app: &App,
    basket: &ShopCart,
    problem: Option<String>,
) -> Result<ShelfPage, AppError> {
    let merchant = merchant()?;
    let settings = app.settings(&merchant).await?;
    let shelf = stocked(app).await?;
    let goods = shelf.iter().filter_map(|(id, product)| {
        Some(ShelfGoods {
            field: format!("{OF}{id}"),
            title: product.title.clone(),
            price: told(product.unit_net?),
            left: product.stock,
            quantity: basket.of.get(id).copied().unwrap_or(0),
        })
    });
    let goods = goods.collect();
    let mut draft = basket.draft(&shelf)?;
    (draft.id, draft.expects) = (None, None);
    let cart = if draft.lines.is_empty() {
        None
    } else {
        let evaluation = app.evaluate_cart(&merchant, draft.into(), false).await?;
        Some(cart(app, basket, &shelf, &evaluation)?)
    };
    let look = PageBranding::default();
    let seller = settings.seller.and_then(|seller| seller.name).unwrap_or_default();
    Ok(ShelfPage { seller, look, goods, cart, problem })
}

fn cart(
    app: &App,
    basket: &ShopCart,
    shelf: &ShopProducts,
    evaluation: &CartEvaluation,
) -> Result<ShelfCart, AppError> {
    let mut lines = Vec::new();
    let mut total = Money::new(0, currency()?);
    for (id, quantity) in &basket.of {
        let Some((product, price)) = shelf.get(id).and_then(|it| Some((it, it.unit_net?))) else {
            continue;
        };
        let price = Money::new(price.minor * quantity, price.currency);
        total.minor += price.minor;
        lines.push(ShelfLine {
            quantity: *quantity,
            title: product.title.clone(),
            price: told(price),
        });
    }
    let is_earned = |of: &Standing| *of == Standing::Earned;
    let free = RewardKind::FreeShipping.name();
    let is_free = evaluation
        .promotions
        .iter()
        .any(|it| is_earned(&it.state) && it.reward.kind.as_deref() == Some(free));
    let shipping = Money::new(if is_free { 0 } else { SHIPPING }, total.currency);
    total.minor += shipping.minor;
    let messages = evaluation.promotions.iter().flat_map(|it| {
        let earned = is_earned(&it.state)
            .then(|| ShelfMessage { text: format!("Earned: {}", it.title), earned: true });
        let near = it.upsells.iter().map(|upsell| &upsell.message);
        earned
            .into_iter()
            .chain(near.map(|text| ShelfMessage { text: text.clone(), earned: false }))
    });
    let given = evaluation.gifts.iter().flat_map(|rule| &rule.items);
    let choices = evaluation.gifts.iter().filter(|rule| rule.popup && !rule.choices.is_empty());
    Ok(ShelfCart {
        lines,
        gifts: given.map(|item| gift(shelf, item)).collect(),
        choices: choices.map(|rule| choice(basket, shelf, rule)).collect(),
        messages: messages.collect(),
        shipping: told(shipping),
        total: told(total),
        fields: fields(app, basket, evaluation),
    })
}

fn gift(shelf: &ShopProducts, item: &GiftItem) -> ShelfLine {
    ShelfLine {
        quantity: item.quantity,
        title: title(shelf, &item.product),
        price: in_euros(&item.price),
    }
}

fn choice(basket: &ShopCart, shelf: &ShopProducts, rule: &AppliedRule) -> ShelfChoice {
    let picked = basket.picks.get(&rule.rule);
    let gift = |item: &GiftItem| ShelfGift {
        id: item.product.clone(),
        title: title(shelf, &item.product),
        picked: picked == Some(&item.product),
    };
    ShelfChoice {
        field: format!("{PICK}{}", rule.rule),
        title: rule.title.clone(),
        gifts: rule.choices.iter().map(gift).collect(),
    }
}

/// What the form says that places the order: the cart, what it was shown as, and its id.
fn fields(app: &App, basket: &ShopCart, evaluation: &CartEvaluation) -> Vec<ShelfField> {
    let field = |name: String, value: String| ShelfField { name, value };
    let of = basket.of.iter().map(|(id, n)| field(format!("{OF}{id}"), n.to_string()));
    let picks = basket.picks.iter().map(|(rule, id)| field(format!("{PICK}{rule}"), id.clone()));
    let id = OrderId::fresh(&mut app.ids()).to_string();
    let shown = [("order", id), ("expects", evaluation.stamp.clone())];
    of.chain(picks).chain(shown.map(|(name, value)| field(name.to_owned(), value))).collect()
}

fn title(shelf: &ShopProducts, id: &str) -> String {
    shelf.get(id).map_or_else(|| id.to_owned(), |product| product.title.clone())
}

fn told(price: Money) -> String {
    money(&Locale::default(), price)
}

fn in_euros(amount: &str) -> String {
    let price = currency().ok().and_then(|euro| Money::parse(amount, euro).ok());
    price.map_or_else(|| amount.to_owned(), told)
}

/// What the form says.
#[derive(Debug, Deserialize)]
pub(super) struct OfferForm {
    answer: String,
}

/// The id of an order in an address; one that is no text is nobody's.
fn named(id: Result<Path<String>, PathRejection>) -> Result<String, AppError> {
    id.map(|Path(id)| id).map_err(|_| AppError::NotFound("order"))
}

/// Thanks for an order, and shows what is offered after it.
pub(super) async fn ordered(
    State(app): State<App>,
    id: Result<Path<String>, PathRejection>,
) -> Response {
    let thanks = async { thank(&app, &named(id)?).await };
    match thanks.await {
        Ok(page) => html(StatusCode::OK, app.renderer().ordered_page(&page)),
        Err(error) => back(&app, &ShopCart::default(), error).await,
    }
}

/// Takes the answer to what was offered, and shows the order as it is then.
pub(super) async fn answer(
    State(app): State<App>,
    id: Result<Path<String>, PathRejection>,
    form: Result<Form<OfferForm>, FormRejection>,
) -> Response {
    let id = named(id).unwrap_or_default();
    let answered = async {
        let (merchant, order) = (merchant()?, OrderId::parse(&id)?);
        match form {
            Ok(Form(form)) if form.answer == "accept" => {
                app.accept_upsell(&merchant, &order, None).await
            }
            Ok(Form(form)) if form.answer == "decline" => {
                app.decline_upsell(&merchant, &order).await
            }
            _ => Err(AppError::invalid("/answer", "is accept or decline")),
        }
    };
    match answered.await {
        // One that was answered otherwise, or is over, is told by the page.
        Ok(_) | Err(AppError::Refused(_)) => {
            Redirect::to(&ORDERED.replace("{id}", &id)).into_response()
        }
        Err(error) => back(&app, &ShopCart::default(), error).await,
    }
}

async fn thank(app: &App, id: &str) -> Result<OrderedPage, AppError> {
    let (merchant, id) = (merchant()?, OrderId::parse(id)?);
    let order = app.order(&merchant, &id).await?;
    if order.said.cart.channel != CHANNEL {
        return Err(AppError::NotFound("order"));
    }
    let settings = app.settings(&merchant).await?;
    let upsell = app.upsell(&merchant, &id, false).await?;
    let shelf = stocked(app).await?;
    let name = |product: Option<&ProductId>| {
        title(&shelf, product.map(ProductId::as_str).unwrap_or_default())
    };
    let lines = order.lines.iter().map(|line| ShelfLine {
        quantity: line.quantity,
        title: name(line.item.product()),
        price: told(order.money(line.unit_net * line.quantity)),
    });
    let gifts = order.gifts.iter().filter_map(|gift| {
        let price = told(order.money(gift.price? * gift.quantity));
        Some(ShelfLine { quantity: gift.quantity, title: name(Some(&gift.product)), price })
    });
    let answered = match upsell.state {
        UpsellState::Accepted => Some("It is added to the order, at the price that was shown."),
        UpsellState::Declined => Some("All right: nothing was added, and you are not asked again."),
        UpsellState::Expired => Some("The offer has expired."),
        UpsellState::Gone => Some("Somebody was quicker: what was offered is sold out."),
        UpsellState::None | UpsellState::Pending => None,
    };
    let offer = upsell.offer.filter(|_| upsell.state == UpsellState::Pending);
    let offer = offer.and_then(|offer| match offer {
        UpsellOffer::Product(offered) => {
            let usual = shelf.get(&offered.product).and_then(|product| product.unit_net);
            let (price, usual) = (in_euros(&offered.price?), usual.map(told));
            let usual = usual.filter(|usual| *usual != price);
            Some(OrderedOffer { title: title(&shelf, &offered.product), usual, price })
        }
        // It takes a customer, and these orders have none.
        UpsellOffer::Offer(_) => None,
    });
    Ok(OrderedPage {
        look: PageBranding::default(),
        seller: settings.seller.and_then(|seller| seller.name).unwrap_or_default(),
        order: id.to_string(),
        lines: lines.collect(),
        gifts: gifts.collect(),
        total: told(order.money(order.total())),
        offer,
        answered: answered.map(str::to_owned),
    })
}
