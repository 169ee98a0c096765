//! What orders and carts get, in the words of a scenario: of both the same.

use serde_json::{Map, Value, json};

/// What an order got.
pub(super) fn placed(order: &Value) -> Map<String, Value> {
    let earned = list(&order["promotions"])
        .map(|it| json!({"promotion": it["promotion"], "title": it["title"], "state": "earned"}));
    let mut got = Map::new();
    got.insert("gifts".to_owned(), order["gifts"].clone());
    got.insert("gifts_left_out".to_owned(), order["gifts_left_out"].clone());
    got.insert("promotions".to_owned(), earned.collect());
    got.insert("total".to_owned(), order["total"].clone());
    got
}

/// What a cart gets.
pub(super) fn evaluated(cart: &Value) -> Map<String, Value> {
    let gifts = list(&cart["gifts"]).flat_map(|rule| {
        list(&rule["items"]).map(|item| {
            json!({
                "rule": rule["rule"], "times": rule["times"], "product": item["product"],
                "quantity": item["quantity"], "price": item["price"],
            })
        })
    });
    let promotions = list(&cart["promotions"]).map(
        |it| json!({"promotion": it["promotion"], "title": it["title"], "state": it["state"]}),
    );
    let mut got = Map::new();
    got.insert("gifts".to_owned(), gifts.collect());
    got.insert("promotions".to_owned(), promotions.collect());
    got
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
