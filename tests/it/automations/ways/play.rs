//! The same done to the engine: what is asked of it, and how that is answered.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::Method;
use crossgrade::domain::webhook::Attempt;
use crossgrade::gateway::memory::Memory;
use crossgrade::store::Store;
use serde_json::{Value, json};

use super::counting::euros;
use super::hears::{self, instant};
use super::model::{Code, Minute, News, Payment, Refusal, Shop, State, Trigger, Version};
use super::random;
use super::telling::{Action, Answered, TRIED};
use crate::automations::mail_server::MailServer;
use crate::automations::mails::mailer;
use crate::oracle::generate::Dice;
use crate::webhooks::fixture::text;
use crate::world::{Answer, World, complete, paid, paid_with};

/// How a mail server that is told to refuses each customer.
const NOT_NOW: &str = "450 4.2.0 come back later";
const NOBODY: &str = "550 5.1.1 nobody of that name";

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const GOOGLEBOT: &str = "Googlebot/2.1 (+http://www.google.com/bot.html)";

/// What the engine calls a subscription, and its first invoice.
#[derive(Debug)]
pub(crate) struct Begun {
    pub(crate) id: String,
    invoice: String,
}

/// A shop in both tellings.
pub(crate) struct Play {
    pub(crate) world: World,
    pub(crate) memory: Arc<Memory>,
    pub(crate) server: MailServer,
    pub(crate) shop: Shop,
    pub(crate) begun: Vec<Begun>,
    /// Where the messages of this id say how to get no more.
    pub(crate) links: BTreeMap<String, String>,
    /// And where they lead on.
    pub(crate) tracked: BTreeMap<String, String>,
    pub(crate) opened: Minute,
    payments: usize,
}

impl Play {
    /// A shop that opens.
    pub(crate) async fn open(store: Store, seed: u64, dice: &mut Dice) -> Self {
        let (day, zone) = random::opening(seed);
        let world = World::starting(store, day.parse().unwrap()).await;
        let memory = Arc::new(Memory::answering(|_| Attempt::Answered(204, None)));
        world.app.send_through(memory.clone());
        let server = MailServer::start().await;
        world.app.mail_through(mailer(&server.url("")));
        let mut shop = random::shop(dice, zone, 0);
        let settings = json!({"time_zone": zone.name(), "message_gap_hours": shop.gap / 60,
            "messages_by_consent": shop.by_consent});
        world.put("/v1/settings", settings).await.expect(200);
        let endpoint = json!({"url": "https://shop.example/hook", "events": ["message.send"]});
        world.put("/v1/webhook-endpoints/shop", endpoint).await.expect(201);
        for product in ["paper", "990", "2995", "5005", "1500"] {
            let body = json!({"title": product, "kind": "digital"});
            world.put(&format!("/v1/products/{product}"), body).await.expect(201);
        }
        for price in [990, 2_995, 5_005, TRIED.0] {
            let trial = (price == TRIED.0).then(|| format!("P{}D", TRIED.1));
            let body = json!({"title": "Offer", "products": [price.to_string()], "trial": trial,
                "price": {"amount": euros(price), "currency": "EUR"}, "billing_period": "P1Y"});
            world.put(&format!("/v1/offers/{price}"), body).await.expect(201);
        }
        let (most, percent) = shop.public;
        let public = json!({"title": "Public", "kind": "percent", "value": percent.to_string(),
            "code": "PUBLIC", "redemptions_max": most});
        world.put("/v1/coupons/public", public).await.expect(201);
        for it in &shop.customers {
            let body = json!({"name": it.id, "email": it.email});
            world.put(&format!("/v1/customers/{}", it.id), body).await.expect(201);
        }
        for it in &shop.automations {
            let path = format!("/v1/automations/{}", it.id);
            world.put(&path, said(it.newest())).await.expect(201);
        }
        shop.now = world.app.now().timestamp() / 60;
        let (begun, opened) = (Vec::new(), shop.now);
        let (links, tracked) = (BTreeMap::new(), BTreeMap::new());
        Self { world, memory, server, shop, begun, links, tracked, opened, payments: 0 }
    }

    /// What is done next.
    pub(crate) fn next(&self, dice: &mut Dice) -> Action {
        random::action(dice, &self.shop)
    }

    /// Something is done in both tellings, and a minute goes by; they must agree afterwards.
    pub(crate) async fn step(&mut self, action: &Action, dice: &mut Dice) -> Result<(), String> {
        self.shop.handed_over.clear();
        let answer = self.ask(action).await;
        let later = instant(
            self.shop.now + 1 + if let Action::Advance { minutes } = action { *minutes } else { 0 },
        );
        self.world.advance(&later).await;
        // Who is held out is for the engine alone to say.
        let held = self.held_out().await?;
        self.shop.held_out.extend(held);
        let wanted = self.shop.act(action);
        self.shop.pass(self.shop.now + 1);
        fits(wanted, &answer)?;
        self.compare(dice).await
    }

    async fn ask(&mut self, action: &Action) -> Answer {
        let world = self.world.clone();
        let order = |place: usize| format!("/v1/orders/{}", self.shop.orders[place].id);
        let ago = |ago: Minute| json!({"at": instant(self.shop.now - ago)});
        match action {
            Action::Place { customer, total, ago, code, brought_over } => {
                let line = json!({"product": "paper", "quantity": 1, "unit_net": euros(*total)});
                let body = json!({
                    "id": format!("o-{}", self.shop.orders.len()), "channel": "web",
                    "customer": self.shop.customers[*customer].id, "currency": "EUR",
                    "placed_at": instant(self.shop.now - ago), "coupon": self.spelled(*code).await,
                    "brought_over": brought_over, "lines": [line],
                });
                world.post("/v1/orders", body).await
            }
            Action::Paid { order: at, ago: since } => {
                world.post(&format!("{}/paid", order(*at)), ago(*since)).await
            }
            Action::Delivered { order: at, ago: since } => {
                world.post(&format!("{}/delivered", order(*at)), ago(*since)).await
            }
            Action::Cancelled { order: at } => {
                world.post(&format!("{}/cancelled", order(*at)), json!({})).await
            }
            Action::Refunded { order: at, amount, name } => {
                let mut body = json!({"event_id": name});
                if let Some(amount) = amount {
                    body["amount"] = json!({"amount": euros(*amount), "currency": "EUR"});
                }
                world.post(&format!("{}/refunded", order(*at)), body).await
            }
            Action::Checkout { customer, price, code } => {
                self.check_out(*customer, *price, *code).await
            }
            Action::Hold { customer, price, code } => {
                let opened = self.opened(*customer, *price, Some(*code)).await;
                if opened.status != 201 {
                    return opened;
                }
                let path = format!("/v1/checkouts/{}/hold", text(&opened.json["id"]));
                world.post(&path, json!({})).await
            }
            Action::Invoice { subscription, payment } => self.pay(*subscription, *payment).await,
            Action::CancelAtEnd { subscription } => {
                let path = format!("/v1/subscriptions/{}/cancel", self.begun[*subscription].id);
                world.post(&path, json!({"when": "end_of_term"})).await
            }
            Action::Uncancel { subscription } => {
                let path = format!("/v1/subscriptions/{}/uncancel", self.begun[*subscription].id);
                world.post(&path, json!({})).await
            }
            Action::Tell { message, news, ago, bot, name } => {
                let path = format!("/v1/messages/{}/events", self.id_of(*message).await);
                let body = json!({"event_id": name, "kind": kind(*news),
                    "at": instant(self.shop.now - ago), "bot": bot});
                world.post(&path, body).await
            }
            Action::Unsubscribe { message } => {
                let id = self.id_of(*message).await;
                let link = self.links.get(&id).cloned().unwrap_or_default();
                let one_click = Some("List-Unsubscribe=One-Click".to_owned());
                let headers = [("content-type", "application/x-www-form-urlencoded")];
                world.with_key("").call(Method::POST, &link, &headers, one_click).await
            }
            Action::Follow { message, bot } => {
                let id = self.id_of(*message).await;
                let link = self.tracked.get(&id).cloned().unwrap_or_default();
                let headers = [("user-agent", if *bot { GOOGLEBOT } else { FIREFOX })];
                world.with_key("").call(Method::GET, &link, &headers, None).await
            }
            Action::Edit { automation, version } => {
                let path = format!("/v1/automations/{}", self.shop.automations[*automation].id);
                world.put(&path, said(version)).await
            }
            other => self.ask_of_people(other).await,
        }
    }

    /// What is asked of somebody, of a server, or of time.
    async fn ask_of_people(&self, action: &Action) -> Answer {
        let world = &self.world;
        let path = |noun: &str, customer: usize| {
            format!("/v1/{noun}/{}", self.shop.customers[customer].id)
        };
        match action {
            Action::Suppress { customer } => {
                world.put(&path("suppressions", *customer), json!({})).await
            }
            Action::Lift { customer } => world.delete(&path("suppressions", *customer)).await,
            Action::Profile { customer, email, wants } => {
                let id = &self.shop.customers[*customer].id;
                let body = json!({"name": id, "email": email, "messages": wants});
                world.put(&path("customers", *customer), body).await
            }
            Action::Answer { customer, refusal } => {
                self.answer_for(*customer, *refusal);
                world.get("/v1/test-clock").await
            }
            Action::Turn { automation, to } => {
                let automation = &self.shop.automations[*automation];
                let turn = match to {
                    State::Live if automation.state == State::Paused => "resume",
                    State::Live => "live",
                    State::Paused => "pause",
                    _ => "stop",
                };
                let path = format!("/v1/automations/{}/{turn}", automation.id);
                world.post(&path, json!({})).await
            }
            _ => world.get("/v1/test-clock").await,
        }
    }

    async fn opened(&self, customer: usize, price: i64, code: Option<Code>) -> Answer {
        let body = json!({"customer": self.shop.customers[customer].id,
            "offer": price.to_string(), "coupon": self.spelled(code).await});
        self.world.post("/v1/checkouts", body).await
    }

    async fn check_out(&mut self, customer: usize, price: i64, code: Option<Code>) -> Answer {
        let opened = self.opened(customer, price, code).await;
        if opened.status != 201 {
            return opened;
        }
        let done = self.world.post(&complete(&opened.json), paid(&opened.json)).await;
        let id = text(&done.json["result"]["subscription"]);
        let invoice = done.json["result"]["invoices"][0].as_str().unwrap_or_default().to_owned();
        self.begun.push(Begun { id, invoice });
        done
    }

    async fn pay(&mut self, subscription: usize, payment: Payment) -> Answer {
        let invoice = &self.begun[subscription].invoice;
        let path = format!("/v1/invoices/{invoice}");
        self.payments += 1;
        match payment {
            Payment::Paid => {
                let body = json!({"reference": format!("again-{}", self.payments)});
                self.world.post(&format!("{path}/pay"), body).await
            }
            Payment::Bounced => {
                let reference = paid_with(&self.world, invoice).await;
                let body = json!({"reference": reference, "reason": "returned"});
                self.world.post(&format!("{path}/unpay"), body).await
            }
            Payment::Credited => {
                let body = json!({"reason": "goodwill"});
                self.world.post(&format!("{path}/credit"), body).await
            }
        }
    }

    /// From now on endpoint and mail server answer like this what is for a customer.
    fn answer_for(&self, customer: usize, refusal: Option<Refusal>) {
        let mut refusals = self.shop.refusals.clone();
        refusals.remove(&customer);
        refusals.extend(refusal.map(|refusal| (customer, refusal)));
        let refused: Vec<String> =
            refusals.keys().map(|at| format!("\"{}\"", self.shop.customers[*at].id)).collect();
        self.memory.answer(move |call| {
            let is_refused = refused.iter().any(|name| call.body.contains(name));
            Attempt::Answered(if is_refused { 503 } else { 204 }, None)
        });
        let answers = refusals.iter().map(|(at, refusal)| {
            let line = format!("RCPT TO:<{}@", self.shop.customers[*at].id);
            let answer = if *refusal == Refusal::Nobody { NOBODY } else { NOT_NOW };
            (&*line.leak(), answer)
        });
        self.server.answer(&answers.collect::<Vec<(&'static str, &'static str)>>());
    }

    /// A code as it is spelled.
    async fn spelled(&self, code: Option<Code>) -> Value {
        match code {
            None => Value::Null,
            Some(Code::Public) => json!("public"),
            Some(Code::OfRun(run)) => {
                let run = &self.shop.runs[run];
                let automation = &self.shop.automations[run.automation].id;
                let customer = &self.shop.customers[run.customer].id;
                let path = format!("/v1/automations/{automation}/runs?customer={customer}");
                self.world.get(&path).await.expect(200)["data"][0]["coupon"].clone()
            }
        }
    }

    /// What the engine calls a message.
    async fn id_of(&self, message: usize) -> String {
        let all = self.world.get("/v1/messages?limit=200").await.expect(200);
        let all = all["data"].as_array().unwrap();
        let wanted = hears::name_of(&self.shop, &self.shop.messages[message]);
        let found = all.iter().find(|it| hears::name(it) == wanted);
        text(&found.expect("it was compared before")["id"])
    }
}

/// An automation as it is written.
fn said(version: &Version) -> Value {
    let time = |minute: u32| format!("{:02}:{:02}", minute / 60, minute % 60);
    let steps = version.steps.iter().map(|step| {
        let says = if step.shows_code {
            "{couponCode} until {couponValidUntil}: {link}"
        } else {
            "{link}"
        };
        json!({"key": step.key, "delay": format!("PT{}M", step.delay),
            "link": "https://shop.example/more",
            "channel": if step.by_mail { "email" } else { "webhook" },
            "template": {"subject": step.key, "text": says}})
    });
    let steps: Vec<Value> = steps.collect();
    let coupon = version.steps.iter().any(|step| step.shows_code).then(|| {
        json!({"kind": "percent", "value": version.coupon.0.to_string(),
            "valid_days": version.coupon.1})
    });
    json!({
        "title": "Messages", "steps": steps, "coupon": coupon,
        "trigger": match version.trigger {
            Trigger::Delivered => "first_order_delivered",
            Trigger::Started => "subscription_started",
            Trigger::Cancelled => "subscription_cancelled",
        },
        "quiet_hours": version.quiet.map(|(from, to)| json!({"from": time(from), "to": time(to)})),
        "attribution_window": format!("PT{}M", version.window),
        "conversion_counts_as": if version.buyers_complete { "completed" } else { "exited" },
        "holdout_percent": version.holdout,
    })
}

fn kind(news: News) -> &'static str {
    match news {
        News::Sent => "sent",
        News::Delivered => "delivered",
        News::Read => "read",
        News::Replied => "replied",
        News::Clicked => "clicked",
        News::Bounced => "bounced",
        News::Failed => "failed",
    }
}

/// Whether something is answered as it must be; what is done is, however that is said.
fn fits((status, code): Answered, answer: &Answer) -> Result<(), String> {
    let told = answer.json["type"].as_str().and_then(|it| it.rsplit('/').next());
    let is_alike = if status < 300 { answer.status / 100 == 2 } else { answer.status == status };
    if is_alike && (code.is_empty() || told == Some(code)) {
        return Ok(());
    }
    Err(format!("{status} {code} expected, got {answer:?}"))
}
