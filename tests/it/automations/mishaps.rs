//! What goes wrong around one message is that message's: nobody else's wait for it, and what is on
//! its way keeps what it needs.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use crossgrade::domain::webhook::Attempt;
use crossgrade::gateway::memory::Memory;
use crossgrade::gateway::{BoxFuture, Call, Gateway};
use crossgrade::store::Store;
use mail_parser::MessageParser;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::mails::mailing;
use super::{advance, automation, delivered, first_run, live, messages, runs, sent, shop};
use crate::support::both;
use crate::webhooks::fixture::{event, fine, status, text};
use crate::world::{World, offer_of};

both! {
    a_name_with_a_line_break_keeps_nobodys_mail,
    a_message_whose_sending_breaks_off_is_tried_again_and_the_others_are_sent,
    what_an_older_version_says_to_somebody_is_not_taken_away,
    a_coupon_that_is_off_makes_no_code_and_keeps_nobody_else,
    an_address_that_is_no_longer_theirs_says_nothing_of_a_customer,
    what_is_tried_again_keeps_the_quiet_and_the_distance,
    what_a_process_that_was_killed_had_in_hand_is_sent_at_its_moment,
    the_next_step_counts_from_when_its_provider_says_that_it_was_sent,
    messages_keep_their_distance_from_when_its_provider_says_that_one_was_sent,
    what_was_taken_is_known_at_once_and_counts_as_sent,
    messages_of_one_merchant_that_hang_keep_no_other_merchants,
}

/// What became of the messages to a customer: how they stand.
async fn became(world: &World, customer: &str) -> Vec<String> {
    let listed = world.get(&format!("/v1/messages?customer={customer}")).await.expect(200);
    listed["data"].as_array().unwrap().iter().map(|it| text(&it["status"])).collect()
}

fn says(key: &str, delay: &str, words: &str) -> Value {
    json!({"key": key, "delay": delay, "channel": "webhook",
        "template": {"subject": key, "text": words}})
}

async fn a_name_with_a_line_break_keeps_nobodys_mail(store: Store) {
    let (post, server) = mailing(store, "").await;
    let ada = json!({"name": "Ann\r\nBcc: x@example.org", "email": "ada@example.com"});
    post.world.put("/v1/customers/ada", ada).await.expect(200);
    let bob = json!({"name": "Bob", "email": "bob@example.com"});
    post.world.put("/v1/customers/bob", bob).await.expect(201);
    delivered(&post.world, "o-1", "ada").await;
    delivered(&post.world, "o-2", "bob").await;
    advance(&post, TimeDelta::hours(1)).await;
    let raw = server.mails();
    let mut to = Vec::new();
    for mail in &raw {
        let mail = MessageParser::default().parse(mail).unwrap();
        assert!(mail.bcc().is_none());
        let address = mail.to().unwrap().first().unwrap();
        to.push((address.name().unwrap().to_owned(), address.address().unwrap().to_owned()));
    }
    to.sort();
    let wanted = [("Ann Bcc: x@example.org", "ada@example.com"), ("Bob", "bob@example.com")];
    assert_eq!(to, wanted.map(|(name, address)| (name.to_owned(), address.to_owned())));
    let all = messages(&post.world).await;
    assert!(all.iter().all(|it| it["status"] == "sent" && it["attempts"] == 1), "{all:?}");
}

async fn a_message_whose_sending_breaks_off_is_tried_again_and_the_others_are_sent(store: Store) {
    let post = shop(store).await;
    live(&post, &json!({})).await;
    for (id, customer) in [("o-1", "ada"), ("o-2", "bob"), ("o-3", "cleo")] {
        delivered(&post.world, id, customer).await;
    }
    post.memory.answer(|call| {
        assert!(!call.body.contains("\"bob\""), "a fault of ours");
        Attempt::Answered(204, None)
    });
    advance(&post, TimeDelta::hours(24)).await;
    for (customer, wanted) in [("ada", "sent"), ("bob", "queued"), ("cleo", "sent")] {
        assert_eq!(became(&post.world, customer).await, [wanted], "{customer}");
    }
    let bobs = post.world.get("/v1/messages?customer=bob").await.expect(200);
    assert_eq!(bobs["data"][0]["error"], "handing it over broke off");
    post.memory.answer(fine);
    advance(&post, TimeDelta::minutes(1)).await;
    assert_eq!(became(&post.world, "bob").await, ["sent"]);
}

async fn what_an_older_version_says_to_somebody_is_not_taken_away(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    let mut month = offer_of("month", "9.90", "P1M");
    month["tags"] = json!([]);
    world.put("/v1/offers/month", month).await.expect(201);
    let ten = json!({"title": "Ten", "kind": "percent", "value": "10"});
    world.put("/v1/coupons/ten", ten).await.expect(201);
    let link = json!({"key": "more", "delay": "P1D", "channel": "webhook", "checkout": "month",
        "endpoint": "shop", "template": {"subject": "More", "text": "{link} {couponCode}"}});
    let thanks =
        json!({"key": "thanks", "delay": "P1D", "channel": "webhook", "template": "thanks"});
    let coupon = json!({"coupon": "ten", "valid_days": 30});
    live(&post, &json!({"coupon": coupon, "steps": [thanks, link]})).await;
    delivered(world, "o-1", "ada").await;
    let plain = automation(&json!({"steps": [says("other", "P1D", "t")]}));
    world.put("/v1/automations/thanks", plain).await.expect(200);
    let named = [
        "/v1/message-templates/thanks",
        "/v1/coupons/ten",
        "/v1/offers/month",
        "/v1/webhook-endpoints/shop",
    ];
    for path in named {
        let kept = world.delete(path).await;
        assert_eq!(kept.problem(409), "still-in-use", "{path}");
        assert!(kept.text.contains("automation 'thanks'"), "{path}: {}", kept.text);
    }
    // What the older version cannot fill is no more to be said in its template.
    let unfillable = json!({"title": "Thanks", "texts":
        {"en": {"subject": "s", "text": "{nextPayment} {link}"}}});
    let refused = world.put("/v1/message-templates/thanks", unfillable).await;
    assert_eq!(refused.pointers(), ["/texts/en/text", "/texts/en/text"]);
    advance(&post, TimeDelta::days(9)).await;
    let calls = post.memory.take();
    assert_eq!(sent(&calls), ["thanks Thank you, Ada", "more More"]);
    let link = text(&event(&calls[1])["data"]["link"]);
    assert_eq!(first_run(world).await, "completed  ");
    // Nobody needs them any more, whatever else is called nearly so.
    let other = json!({"title": "T", "texts": {"en": {"subject": "s", "text": "t"}}});
    world.put("/v1/message-templates/other", other).await.expect(201);
    let step = json!({"key": "k", "delay": "P1D", "channel": "webhook", "template": "other"});
    let plain = automation(&json!({"steps": [step]}));
    world.put("/v1/automations/thanks", plain).await.expect(200);
    let upper = json!({"title": "T", "texts": {"en": {"subject": "s", "text": "t"}}});
    world.put("/v1/message-templates/OTHER", upper).await.expect(201);
    world.delete("/v1/message-templates/OTHER").await.expect(204);
    for path in &named[..3] {
        world.delete(path).await.expect(204);
    }
    // A link that was sent leads nowhere then, and says so in the language of its message.
    let page = world.with_key("").get(link.split_at(21).1).await;
    assert_eq!(page.status, 404, "{}", page.text);
    assert!(page.text.contains("lang=\"en\""), "{}", page.text);
}

async fn a_coupon_that_is_off_makes_no_code_and_keeps_nobody_else(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    let ten =
        |active: bool| json!({"title": "Ten", "kind": "percent", "value": "10", "active": active});
    world.put("/v1/coupons/ten", ten(true)).await.expect(201);
    let steps = json!([says("offer", "P1D", "{couponCode}"), says("last", "P1D", "t")]);
    let coupon = json!({"coupon": "ten", "valid_days": 30});
    live(&post, &json!({"coupon": coupon, "steps": steps})).await;
    let body = automation(&json!({"steps": [says("plain", "P1D", "t")]}));
    world.put("/v1/automations/other", body).await.expect(201);
    world.post("/v1/automations/other/live", json!({})).await.expect(200);
    delivered(world, "o-1", "ada").await;
    world.put("/v1/coupons/ten", ten(false)).await.expect(200);
    advance(&post, TimeDelta::days(1)).await;
    assert_eq!(sent(&post.memory.take()), ["plain plain"]);
    let failed = messages(world).await.remove(0);
    assert_eq!(failed["status"], "failed");
    assert_eq!(failed["error"], "the coupon 'ten' is not valid now");
    let codes = world.get("/v1/coupon-codes?automation=thanks").await.expect(200);
    assert_eq!(codes["data"], json!([]));
    assert_eq!(first_run(world).await, "active  last", "the way goes on");
    let report = world.get("/v1/automations/thanks/report").await.expect(200);
    let step = &report["steps"][0];
    assert_eq!((&step["progressed"], &step["failed"]), (&json!(1), &json!(1)), "{report}");
    advance(&post, TimeDelta::days(1)).await;
    assert_eq!(sent(&post.memory.take()), ["last last"]);
    assert_eq!(first_run(world).await, "completed  ");
}

async fn an_address_that_is_no_longer_theirs_says_nothing_of_a_customer(store: Store) {
    let (post, _server) = mailing(store, "").await;
    let world = &post.world;
    delivered(world, "o-1", "ada").await;
    advance(&post, TimeDelta::minutes(61)).await;
    let moved = json!({"name": "Ada", "email": "new@example.com"});
    world.put("/v1/customers/ada", moved).await.expect(200);
    let id = text(&messages(world).await[0]["id"]);
    let told = json!({"event_id": "1", "kind": "bounced", "at": world.app.now()});
    world.post(&format!("/v1/messages/{id}/events"), told).await.expect(200);
    assert_eq!(world.get("/v1/suppressions").await.expect(200)["data"], json!([]));
    assert_eq!(first_run(world).await, "active  more", "there is where to send it");
    advance(&post, TimeDelta::hours(1)).await;
    assert_eq!(became(world, "ada").await[1], "sent");
    // It is theirs where it bounces.
    let id = text(&messages(world).await[1]["id"]);
    let told = json!({"event_id": "1", "kind": "bounced", "at": world.app.now()});
    world.post(&format!("/v1/messages/{id}/events"), told).await.expect(200);
    let listed = world.get("/v1/suppressions").await.expect(200);
    assert_eq!(listed["data"][0]["reason"], "bounced");
}

async fn what_is_tried_again_keeps_the_quiet_and_the_distance(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    world.put("/v1/settings", json!({"message_gap_hours": 24})).await.expect(200);
    // The clock stands at midnight in Berlin; at 20:00 both are due.
    let quiet = json!({"from": "21:00", "to": "08:00"});
    let steps = |key: &str, delay: &str| json!([says(key, delay, "t")]);
    live(&post, &json!({"quiet_hours": quiet, "steps": steps("night", "PT20H")})).await;
    let body = automation(&json!({"steps": steps("other", "PT44H")}));
    world.put("/v1/automations/other", body).await.expect(201);
    world.post("/v1/automations/other/live", json!({})).await.expect(200);
    delivered(world, "o-1", "ada").await;
    let begun = world.app.now();
    // From 20:00 on nothing is taken, until 22:00 of the next day.
    post.memory.answer(status(500));
    advance(&post, TimeDelta::hours(46)).await;
    post.memory.answer(fine);
    post.memory.take();
    advance(&post, TimeDelta::days(4)).await;
    let of = async |automation: &str| {
        let listed = world.get(&format!("/v1/messages?automation={automation}")).await.expect(200);
        let message = listed["data"][0].clone();
        let at: DateTime<Utc> = text(&message["sent_at"]).parse().unwrap();
        (at - begun).num_minutes()
    };
    let (night, other) = (of("thanks").await, of("other").await);
    let hour = night / 60 % 24;
    assert!((8..21).contains(&hour), "sent at {hour} o'clock");
    assert!((night - other).abs() >= 24 * 60, "{night} and {other}");
}

/// Takes a message, and never answers.
struct Silent;

impl Gateway for Silent {
    fn call(&self, _: Call) -> BoxFuture<'_, Attempt> {
        Box::pin(pending())
    }
}

async fn what_a_process_that_was_killed_had_in_hand_is_sent_at_its_moment(store: Store) {
    let post = shop(store.clone()).await;
    live(&post, &json!({})).await;
    delivered(&post.world, "o-1", "ada").await;
    let due = post.world.app.now() + TimeDelta::hours(24);
    // Another server of the book has it in hand, and is gone.
    let dead = World::on(store.clone(), None).await;
    dead.app.send_through(Arc::new(Silent));
    let moment = due.to_rfc3339();
    // Longer than a turn: nobody kills its tasks, and afterwards they take nothing more in hand.
    let killed = tokio::time::timeout(Duration::from_secs(6), dead.advance(&moment));
    assert!(killed.await.is_err(), "it never ends");
    let world = World::on(store, None).await;
    let memory = Arc::new(Memory::answering(fine));
    world.app.send_through(memory.clone());
    world.app.take_over().await.unwrap();
    world.advance(&(due + TimeDelta::hours(1)).to_rfc3339()).await;
    assert_eq!(sent(&memory.take()), ["thanks Thank you, Ada"]);
    let message = messages(&world).await.remove(0);
    assert_eq!((&message["status"], &message["sent_at"]), (&json!("sent"), &json!(due)));
    let next = runs(&world).await[0]["due_at"].clone();
    assert_eq!(next, json!(due + TimeDelta::hours(36)));
}

async fn the_next_step_counts_from_when_its_provider_says_that_it_was_sent(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    live(&post, &json!({})).await;
    delivered(world, "o-1", "ada").await;
    post.memory.answer(status(500));
    advance(&post, TimeDelta::hours(24)).await;
    let queued = world.app.now();
    advance(&post, TimeDelta::minutes(5)).await;
    let id = text(&messages(world).await[0]["id"]);
    let at = queued + TimeDelta::minutes(3);
    let told = json!({"event_id": "1", "kind": "sent", "at": at});
    let told = world.post(&format!("/v1/messages/{id}/events"), told).await.expect(200);
    assert_eq!(told["sent_at"], json!(at));
    assert_eq!(runs(world).await[0]["due_at"], json!(at + TimeDelta::hours(36)));
}

async fn messages_keep_their_distance_from_when_its_provider_says_that_one_was_sent(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    world.put("/v1/settings", json!({"message_gap_hours": 24})).await.expect(200);
    live(&post, &json!({})).await;
    let body = automation(&json!({"steps": [says("other", "P2D", "t")]}));
    world.put("/v1/automations/other", body).await.expect(201);
    world.post("/v1/automations/other/live", json!({})).await.expect(200);
    delivered(world, "o-1", "ada").await;
    post.memory.answer(status(500));
    advance(&post, TimeDelta::hours(24)).await;
    advance(&post, TimeDelta::minutes(5)).await;
    // It was taken, though nobody heard that.
    let (at, id) = (world.app.now(), text(&messages(world).await[0]["id"]));
    let told = json!({"event_id": "1", "kind": "sent", "at": at});
    world.post(&format!("/v1/messages/{id}/events"), told).await.expect(200);
    post.memory.answer(fine);
    advance(&post, TimeDelta::hours(30)).await;
    let others = world.get("/v1/messages?automation=other").await.expect(200);
    assert_eq!(others["data"][0]["sent_at"], json!(at + TimeDelta::hours(24)));
}

/// Takes a message at once where it says a word, and any other one as soon as it is let.
struct Reluctant {
    word: &'static str,
    is_let: watch::Sender<bool>,
}

impl Reluctant {
    fn at(word: &'static str) -> Arc<Self> {
        Arc::new(Self { word, is_let: watch::Sender::new(false) })
    }
}

impl Gateway for Reluctant {
    fn call(&self, call: Call) -> BoxFuture<'_, Attempt> {
        Box::pin(async move {
            if !call.body.contains(self.word) {
                let mut is_let = self.is_let.subscribe();
                let waited = is_let.wait_for(|is_let| *is_let);
                if tokio::time::timeout(Duration::from_secs(20), waited).await.is_err() {
                    return Attempt::Unanswered("nobody let it".to_owned());
                }
            }
            Attempt::Answered(204, None)
        })
    }
}

async fn move_on(world: &World, by: TimeDelta) {
    world.advance(&(world.app.now() + by).to_rfc3339()).await;
}

async fn what_was_taken_is_known_at_once_and_counts_as_sent(store: Store) {
    let post = shop(store.clone()).await;
    live(&post, &json!({})).await;
    delivered(&post.world, "o-1", "ada").await;
    delivered(&post.world, "o-2", "bob").await;
    let gateway = Reluctant::at("\"ada\"");
    let world = &World::on(store, None).await;
    world.app.send_through(gateway.clone());
    let seen = async {
        // The other one is still being handed over.
        while became(world, "ada").await != ["sent"] {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(became(world, "bob").await, ["queued"]);
        world.put("/v1/suppressions/bob", json!({})).await.expect(200);
        assert_eq!(became(world, "bob").await, ["dropped"]);
        gateway.is_let.send_replace(true);
    };
    tokio::join!(move_on(world, TimeDelta::hours(24)), seen);
    assert_eq!(became(world, "bob").await, ["sent"], "it was on its way, and was taken");
    let all = runs(world).await;
    let bobs = all.iter().find(|run| run["customer"] == "bob").unwrap();
    assert_eq!((&bobs["status"], &bobs["exit_reason"]), (&json!("exited"), &json!("unsubscribed")));
    move_on(world, TimeDelta::days(9)).await;
    assert_eq!(became(world, "bob").await.len(), 1, "nothing more comes");
}

async fn messages_of_one_merchant_that_hang_keep_no_other_merchants(store: Store) {
    let post = shop(store.clone()).await;
    live(&post, &json!({})).await;
    for n in 0..20 {
        delivered(&post.world, &format!("o-{n}"), &format!("c-{n}")).await;
    }
    let zoe = json!({"id": "zoe", "name": "Zoe"});
    let made = post.world.post("/v1/merchants", zoe).await.expect(201);
    let zoe = post.world.with_key(made["key"].as_str().unwrap());
    let paper = json!({"title": "Paper", "kind": "digital"});
    zoe.put("/v1/products/paper", paper).await.expect(201);
    let endpoint = json!({"url": "https://zoe.example/hook", "events": ["message.send"]});
    zoe.put("/v1/webhook-endpoints/hook", endpoint).await.expect(201);
    let says = json!({"steps": [says("zoes", "P1D", "t")]});
    zoe.put("/v1/automations/thanks", automation(&says)).await.expect(201);
    zoe.post("/v1/automations/thanks/live", json!({})).await.expect(200);
    delivered(&zoe, "last", "carl").await;
    let gateway = Reluctant::at("\"carl\"");
    let world = &World::on(store, None).await;
    world.app.send_through(gateway.clone());
    let seen = async {
        while became(&zoe, "carl").await != ["sent"] {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        gateway.is_let.send_replace(true);
    };
    tokio::join!(move_on(world, TimeDelta::hours(25)), seen);
    let all = messages(&post.world).await;
    assert!(all.iter().all(|it| it["status"] == "sent" && it["attempts"] == 1), "{all:?}");
    assert_eq!(all.len(), 20);
}
