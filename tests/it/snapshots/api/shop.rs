//! The part of the story in which goods are sold: their stock, orders, what is offered after one,
//! and what carts come to.

use serde_json::json;

use super::Story;
use crate::world::eur;

impl Story {
    pub(super) async fn keeps_stock(&mut self) {
        let pin = json!({
            "title": "Pin", "kind": "physical", "brand": "X", "tags": ["free"], "stock": 5,
            "unit_net": eur("4.90"), "ships_to": ["DE"],
        });
        self.put("put-product-stocked", "/v1/products/pin", pin).await;
        let path = "/v1/products/pin/stock";
        self.post("move-stock", path, json!({"add": 20})).await;
        self.post("move-stock-wrong", path, json!({"add": 0})).await;
        self.post("out-of-stock", path, json!({"add": -26})).await;
        self.post("unlimited-stock", "/v1/products/paper/stock", json!({"add": 1})).await;
        self.get("list-moves", path).await;
        self.takes_orders().await;
    }

    async fn takes_orders(&mut self) {
        let line =
            |quantity: i64| json!({"product": "pin", "quantity": quantity, "unit_net": "4.90"});
        let order = |id: &str, quantity: i64| {
            json!({
                "id": id, "customer": "ada", "channel": "web", "currency": "EUR",
                "shipping_country": "DE", "payment_method": "card", "lines": [line(quantity)],
            })
        };
        let path = "/v1/orders";
        self.post("place-order", path, order("order-1", 2)).await;
        self.post("place-order-again", path, order("order-1", 2)).await;
        self.post("order-exists", path, order("order-1", 3)).await;
        self.post("place-order-short", path, order("order-2", 100)).await;
        let mut expecting = order("order-2", 1);
        expecting["expects"] = json!("what was shown before");
        self.post("cart-changed", path, expecting).await;
        let wrong = json!({
            "channel": "web", "currency": "EUR", "lines": [{"offer": "month"}, {"quantity": 0}],
        });
        self.post("place-order-wrong", path, wrong).await;
        self.post("refund-unpaid", "/v1/orders/order-1/refunded", json!({})).await;
        let paid = json!({"amount": eur("9.80"), "event_id": "psp-9"});
        self.post("pay-order", "/v1/orders/order-1/paid", paid).await;
        let back = json!({"amount": eur("4.90"), "event_id": "psp-10"});
        self.post("refund-order", "/v1/orders/order-1/refunded", back).await;
        self.post("deliver-order", "/v1/orders/order-1/delivered", json!({})).await;
        self.post("place-order-two", path, order("order-2", 1)).await;
        self.post("cancel-order", "/v1/orders/order-2/cancelled", json!({})).await;
        self.post("order-cancelled", "/v1/orders/order-2/paid", json!({})).await;
        self.get("get-order", "/v1/orders/order-1").await;
        self.get("list-orders", "/v1/orders?customer=ada&status=open").await;
        self.offers_something_after_an_order().await;
    }

    async fn offers_something_after_an_order(&mut self) {
        let hat = json!({
            "title": "Hat", "kind": "physical", "stock": 1, "unit_net": eur("10.00"),
        });
        self.put("put-product-offered", "/v1/products/hat", hat).await;
        let hats = json!({
            "title": "Hats", "channels": ["web"], "offered_product": "hat",
            "discount": {"percent": "10"},
        });
        self.put("put-campaign-hats", "/v1/campaigns/hats", hats).await;
        let line = json!({"product": "paper", "quantity": 1, "unit_net": "1.00"});
        for id in ["bare", "yes", "no", "gone", "late"] {
            let body = json!({"id": id, "channel": "web", "currency": "EUR", "lines": [line]});
            self.world.post("/v1/orders", body).await.expect(201);
        }
        self.post("nothing-offered", "/v1/orders/bare/upsell/accept", json!({})).await;
        for id in ["no", "gone", "late"] {
            self.world.post(&format!("/v1/orders/{id}/upsell"), json!({})).await.expect(200);
        }
        self.get("get-upsell-unasked", "/v1/orders/yes/upsell").await;
        self.post("ask-upsell", "/v1/orders/yes/upsell", json!({})).await;
        self.post("accept-upsell", "/v1/orders/yes/upsell/accept", json!({})).await;
        self.post("decline-upsell", "/v1/orders/no/upsell/decline", json!({})).await;
        self.post("offer-answered", "/v1/orders/no/upsell/accept", json!({})).await;
        self.post("offer-gone", "/v1/orders/gone/upsell/accept", json!({})).await;
        self.get("get-upsell", "/v1/orders/yes/upsell").await;
        self.get("report-campaign", "/v1/campaigns/hats/report").await;
        self.post("advance-past-offers", "/v1/test-clock/advance", json!({"to": "2026-03-11"}))
            .await;
        self.post("offer-expired", "/v1/orders/late/upsell/accept", json!({})).await;
        self.evaluates_carts().await;
    }

    async fn evaluates_carts(&mut self) {
        let wrong = json!({"title": "", "offered_product": "nothing", "priority": -1});
        self.put("put-campaign-wrong", "/v1/campaigns/wrong", wrong).await;
        let ship = json!({
            "title": "Free shipping", "qualifies": {"net": {"min": "20.00"}},
            "reward": {"kind": "free_shipping"},
            "upsells": [{
                "id": "near", "priority": 1, "when": {"net": {"min": "5.00"}},
                "message": "Noch {missing}: {products}", "suggest": ["pin"],
            }],
        });
        self.put("put-promotion", "/v1/promotions/ship", ship).await;
        let wrong = json!({
            "title": "Wrong", "qualifies": {"all": [{"net": {"min": "9.00", "max": "1.00"}}]},
            "reward": {"kind": "percent"}, "upsells": [],
        });
        self.put("put-promotion-wrong", "/v1/promotions/wrong", wrong).await;
        let gift = json!({
            "title": "A pin with two", "applications": "unlimited",
            "buy": {"units": {"of": {"product": "paper"}, "min": 2}},
            "get": [{"product": "pin", "stock": 7}],
        });
        self.put("put-gift-rule", "/v1/gift-rules/pin", gift).await;
        let wrong = json!({
            "title": "Wrong", "buy": {"any": [], "coupon": true}, "get": [{"product": "nothing"}],
        });
        self.put("put-gift-rule-wrong", "/v1/gift-rules/wrong", wrong).await;
        self.coupons().await;
        for (one, noun, id) in [
            ("campaign", "campaigns", "hats"),
            ("promotion", "promotions", "ship"),
            ("gift-rule", "gift-rules", "pin"),
            ("coupon", "coupons", "ten"),
            ("message-template", "message-templates", "thanks"),
        ] {
            self.get(&format!("list-{noun}"), &format!("/v1/{noun}")).await;
            self.get(&format!("get-{one}"), &format!("/v1/{noun}/{id}")).await;
            if ["promotion", "gift-rule"].contains(&one) {
                self.get(&format!("report-{one}"), &format!("/v1/{noun}/{id}/report")).await;
            }
        }
        let cart = json!({
            "channel": "web", "currency": "EUR", "locale": "de",
            "lines": [{"product": "paper", "quantity": 5, "unit_net": "3.00"}],
        });
        self.post("evaluate-cart", "/v1/carts/evaluate", cart.clone()).await;
        let wrong = json!({"channel": "web", "currency": "EUR", "coupon": "NONE", "lines": [{}]});
        self.post("evaluate-cart-wrong", "/v1/carts/evaluate", wrong).await;
        self.post("evaluate-upsell", "/v1/upsells/evaluate", cart).await;
    }

    async fn message_templates(&mut self) {
        let thanks = json!({"title": "Thanks", "texts": {
            "en": {"subject": "Thank you, {customerName}", "text": "Enjoy {productTitle}."},
            "de": {"subject": "Danke", "text": "{link}", "html": "<a href=\"{link}\">Los</a>"},
        }});
        self.put("put-message-template", "/v1/message-templates/thanks", thanks).await;
        let wrong = json!({"title": "Wrong", "texts": {
            "en": {"subject": "a\nb", "text": "{costumerName}"}, "xx-": {"subject": "s"},
        }});
        self.put("put-message-template-wrong", "/v1/message-templates/wrong", wrong).await;
    }

    /// What follows a first order, to an endpoint that is called.
    pub(super) async fn automations(&mut self) {
        self.message_templates().await;
        let step = |key: &str, delay: &str| {
            json!({"key": key, "delay": delay, "channel": "webhook", "endpoint": "shop",
                "link": "https://shop.example/more", "template": "thanks"})
        };
        let mut body = json!({
            "title": "After the first order", "trigger": "first_order_delivered",
            "attribution_window": "PT120H", "quiet_hours": {"from": "21:00", "to": "20:00"},
            "steps": [step("thanks", "PT0M"), step("more", "PT36H")],
        });
        self.put("put-automation-spare", "/v1/automations/spare", body.clone()).await;
        body["quiet_hours"] = json!(null);
        let put = self.put("put-automation", "/v1/automations/thanks", body.clone()).await;
        assert_eq!(put.status, 201, "{put:?}");
        body["steps"] = json!([{"key": "thanks", "delay": "1 day", "channel": "mail"}]);
        self.put("put-automation-wrong", "/v1/automations/wrong", body.clone()).await;
        body["steps"] = json!([step("mail", "P1D")]);
        body["steps"][0]["channel"] = json!("email");
        body["steps"][0].as_object_mut().unwrap().remove("endpoint");
        self.put("put-automation-mail", "/v1/automations/mail", body).await;
        self.post("live-automation-mail", "/v1/automations/mail/live", json!({})).await;
        self.post("pause-automation-wrong", "/v1/automations/thanks/pause", json!({})).await;
        let live = self.post("live-automation", "/v1/automations/thanks/live", json!({})).await;
        assert_eq!(live.status, 200, "{live:?}");
        self.post("pause-automation", "/v1/automations/thanks/pause", json!({})).await;
        self.post("resume-automation", "/v1/automations/thanks/resume", json!({})).await;
        let order = json!({
            "id": "first", "customer": "newcomer", "channel": "mail", "currency": "EUR",
            "lines": [{"product": "paper", "quantity": 1, "unit_net": "1.00"}],
        });
        self.world.post("/v1/orders", order).await.expect(201);
        for step in ["paid", "delivered"] {
            self.world.post(&format!("/v1/orders/first/{step}"), json!({})).await.expect(200);
        }
        self.world.app.work_automations().await.unwrap();
        self.get("list-automations", "/v1/automations").await;
        self.get("get-automation", "/v1/automations/thanks").await;
        let explain = "/v1/automations/thanks/explain?customer=newcomer";
        let why = self.get("explain-automation", explain).await;
        assert_eq!(why.json["started"], true, "{why:?}");
        let runs = self.get("list-automation-runs", "/v1/automations/thanks/runs").await;
        self.call("$way", &runs.json["data"][0]["id"]);
        let step = json!({"step": "thanks", "locale": "de"});
        self.post("preview-message", "/v1/automations/thanks/preview", step).await;
        self.get("report-automation", "/v1/automations/thanks/report").await;
        let messages = self.get("list-messages", "/v1/messages").await;
        self.call("$message", &messages.json["data"][0]["id"]);
        let told = json!({"event_id": "e-1", "kind": "clicked", "at": self.world.app.now()});
        self.post("tell-message", "/v1/messages/$message/events", told).await;
        self.get("get-message", "/v1/messages/$message").await;
        self.put("suppress", "/v1/suppressions/newcomer", json!({})).await;
        self.get("list-suppressions", "/v1/suppressions").await;
        self.delete("unsuppress", "/v1/suppressions/newcomer").await;
        self.post("stop-automation", "/v1/automations/thanks/stop", json!({})).await;
        let spare = json!({"title": "S", "texts": {"en": {"subject": "S", "text": "T"}}});
        self.put("put-message-template-spare", "/v1/message-templates/spare", spare).await;
    }

    async fn coupons(&mut self) {
        let ten = json!({
            "title": "Ten off", "kind": "percent", "value": "10", "code": "Ten",
            "min_net": "5.00", "redemptions_max": 2,
        });
        self.put("put-coupon", "/v1/coupons/ten", ten).await;
        let wrong = json!({"title": "Wrong", "kind": "free_shipping", "value": "1", "code": "TEN"});
        self.put("put-coupon-wrong", "/v1/coupons/wrong", wrong).await;
        let over = json!({
            "title": "Over", "kind": "free_shipping", "code": "OVER", "valid_until": "2020-01-01",
        });
        self.put("put-coupon-over", "/v1/coupons/over", over).await;
        let order = |id: &str, code: &str, unit_net: &str| {
            json!({
                "id": id, "customer": "coupon-fan", "channel": "mail", "currency": "EUR",
                "coupon": code,
                "lines": [{"product": "paper", "quantity": 1, "unit_net": unit_net}],
            })
        };
        for (name, id, code, unit_net) in [
            ("coupon-not-applicable", "c-1", "TEN", "4.99"),
            ("coupon-expired", "c-2", "over", "9.00"),
            ("place-order-with-coupon", "c-3", "TEN", "9.95"),
            ("coupon-used", "c-4", "ten", "9.95"),
        ] {
            self.post(name, "/v1/orders", order(id, code, unit_net)).await;
        }
        self.get("list-coupon-codes", "/v1/coupon-codes").await;
        self.get("get-coupon-code", "/v1/coupon-codes/ten").await;
    }
}
