//! What the engine says of a shop, held against the second telling.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SecondsFormat};
use mail_parser::MessageParser;
use serde_json::{Value, json};

use super::model::{Cause, Code, Fate, Message, Minute, Run, Shop, Silence, Stands};
use super::play::Play;
use crate::oracle::generate::Dice;
use crate::webhooks::fixture::{event, text};

/// A moment as it is written.
pub(crate) fn instant(minute: Minute) -> String {
    let at = DateTime::from_timestamp(minute * 60, 0).expect("a moment");
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A moment as it is told; what is told of moments between minutes is told as it is.
fn moment(at: Option<Minute>) -> Value {
    at.map_or(Value::Null, |at| json!(instant(at)))
}

/// By what a message is known in both tellings: automation, customer, step.
pub(crate) fn name(message: &Value) -> String {
    let part = |name: &str| text(&message[name]);
    format!("{} {} {}", part("automation"), part("customer"), part("step"))
}

/// The same of a message of the second telling.
pub(crate) fn name_of(shop: &Shop, message: &Message) -> String {
    let run = &shop.runs[message.run];
    let (automation, customer) = (&shop.automations[run.automation], &shop.customers[run.customer]);
    let step = &shop.version_of(run).steps[message.step];
    format!("{} {} {}", automation.id, customer.id, step.key)
}

/// Two tellings of the same things by name.
fn same(
    what: &str,
    wanted: &BTreeMap<String, Value>,
    told: &BTreeMap<String, Value>,
) -> Result<(), String> {
    let names: BTreeSet<&String> = wanted.keys().chain(told.keys()).collect();
    for name in names {
        let (wanted, told) = (wanted.get(name), told.get(name));
        if wanted != told {
            let shown = |it: Option<&Value>| it.map_or("nothing".to_owned(), Value::to_string);
            let (wanted, told) = (shown(wanted), shown(told));
            return Err(format!("{what} {name}:\n wanted {wanted}\n   told {told}"));
        }
    }
    Ok(())
}

/// Some fields of a thing.
fn some(it: &Value, fields: &[&str]) -> Value {
    Value::Object(fields.iter().map(|name| ((*name).to_owned(), it[*name].clone())).collect())
}

const RUN: [&str; 9] = [
    "order",
    "subscription",
    "version",
    "status",
    "exit_reason",
    "step",
    "due_at",
    "started_at",
    "ended_at",
];
const MESSAGE: [&str; 8] = [
    "status",
    "attempts",
    "sent_at",
    "delivered_at",
    "bounced_at",
    "read_at",
    "replied_at",
    "clicked_at",
];

impl Play {
    async fn list(&self, path: &str) -> Vec<Value> {
        let listed = self.world.get(path).await.expect(200);
        assert!(listed["next_cursor"].is_null(), "there are more: {path}");
        listed["data"].as_array().unwrap().clone()
    }

    /// Runs by automation and customer.
    async fn runs(&self) -> BTreeMap<String, Value> {
        let mut runs = BTreeMap::new();
        for automation in &self.shop.automations {
            let path = format!("/v1/automations/{}/runs?limit=200", automation.id);
            for run in self.list(&path).await {
                runs.insert(format!("{} {}", automation.id, text(&run["customer"])), run);
            }
        }
        runs
    }

    /// Who are held out.
    pub(crate) async fn held_out(&self) -> Result<Vec<(usize, usize)>, String> {
        let mut held = Vec::new();
        for (name, run) in self.runs().await {
            if run["status"] == "holdout" {
                let is_it = |place: &(usize, usize)| {
                    let (automation, customer) = *place;
                    let (automation, customer) =
                        (&self.shop.automations[automation].id, &self.shop.customers[customer].id);
                    name == format!("{automation} {customer}")
                };
                let customers = 0..self.shop.customers.len();
                let mut all = (0..self.shop.automations.len())
                    .flat_map(|automation| customers.clone().map(move |it| (automation, it)));
                let place = all.find(is_it).ok_or("somebody unknown is held out")?;
                let mut versions = self.shop.automations[place.0].versions.iter();
                if versions.all(|it| it.holdout == 0) {
                    return Err(format!("{name} is held out, as nobody is to be"));
                }
                held.push(place);
            }
        }
        Ok(held)
    }

    /// Everything that is told is as it must be.
    pub(crate) async fn compare(&mut self, dice: &mut Dice) -> Result<(), String> {
        let runs = self.runs().await;
        let told = runs.iter().map(|(name, run)| {
            let mut told = some(run, &RUN);
            told["has_code"] = json!(run["coupon"].is_string());
            (name.clone(), told)
        });
        same("the run", &self.wanted_runs(), &told.collect())?;
        let messages = self.list("/v1/messages?limit=200").await;
        let told = messages.iter().map(|it| (name(it), some(it, &MESSAGE)));
        same("the message", &self.wanted_messages(), &told.collect())?;
        self.compare_handed_over(&messages)?;
        self.compare_codes(&runs).await?;
        self.compare_silence().await?;
        self.compare_reports(dice).await?;
        self.compare_reason(dice).await
    }

    fn wanted_runs(&self) -> BTreeMap<String, Value> {
        let shop = &self.shop;
        let told = |run: &Run| {
            let steps = &shop.version_of(run).steps;
            let (status, reason) = match run.stands {
                Stands::Active => ("active", None),
                Stands::Exited(reason) => ("exited", Some(reason)),
                Stands::Completed => ("completed", None),
                Stands::HeldOut => ("holdout", None),
            };
            let step = steps.get(run.step).filter(|_| run.stands == Stands::Active);
            let subscription = match run.cause {
                Cause::Subscription(at) => Some(&self.begun[at].id),
                Cause::Order(_) => None,
            };
            json!({
                "order": shop.order_of(run), "subscription": subscription,
                "version": run.version + 1, "status": status, "exit_reason": reason,
                "step": step.map(|step| &step.key), "due_at": moment(run.due),
                "started_at": moment(Some(run.started)), "ended_at": moment(run.ended),
                "has_code": run.code_until.is_some(),
            })
        };
        let name = |run: &Run| {
            let automation = &shop.automations[run.automation].id;
            format!("{automation} {}", shop.customers[run.customer].id)
        };
        shop.runs.iter().map(|run| (name(run), told(run))).collect()
    }

    fn wanted_messages(&self) -> BTreeMap<String, Value> {
        let told = |it: &Message| {
            json!({
                "status": match it.fate {
                    Fate::Queued => "queued",
                    Fate::Sent => "sent",
                    Fate::Failed => "failed",
                    Fate::Dropped => "dropped",
                },
                "attempts": it.attempts, "sent_at": moment(it.sent()),
                "delivered_at": moment(it.delivered()),
                // What arrived did not come back, whatever else is told.
                "bounced_at": moment(it.bounced().filter(|_| it.delivered().is_none())),
                "read_at": moment(it.read()), "replied_at": moment(it.replied()),
                "clicked_at": moment(it.clicked()),
            })
        };
        self.shop.messages.iter().map(|it| (name_of(&self.shop, it), told(it))).collect()
    }

    /// What was handed over, each time that it was, and nothing else.
    fn compare_handed_over(&mut self, messages: &[Value]) -> Result<(), String> {
        let names: BTreeMap<String, String> =
            messages.iter().map(|it| (text(&it["id"]), name(it))).collect();
        let mut told: Vec<String> = Vec::new();
        for call in self.memory.take() {
            let data = event(&call)["data"].clone();
            let id = text(&data["message"]);
            if id != call.id {
                return Err(format!("called under {} what is {id}", call.id));
            }
            let path = |name: &str| text(&data[name]).replacen("http://localhost:8080", "", 1);
            self.links.insert(id.clone(), path("unsubscribe_link"));
            self.tracked.insert(id.clone(), path("link"));
            told.push(names.get(&id).cloned().ok_or("called of an unknown message")?);
        }
        for mail in self.server.mails() {
            let mail = MessageParser::default().parse(&mail).ok_or("no mail")?;
            let id = mail.message_id().unwrap_or_default().split('@').next().unwrap_or_default();
            let link = mail.header_raw("List-Unsubscribe").unwrap_or_default().trim();
            let link = link.trim_matches(['<', '>']).replacen("http://localhost:8080", "", 1);
            self.links.insert(id.to_owned(), link);
            told.push(names.get(id).cloned().ok_or("a mail of an unknown message")?);
        }
        let (mut wanted, mut mails) = (Vec::new(), 0);
        for at in &self.shop.handed_over {
            let message = &self.shop.messages[*at];
            let step = &self.shop.version_of(&self.shop.runs[message.run]).steps[message.step];
            mails += usize::from(step.by_mail);
            // What a mail server says no to is not shown to it.
            if !step.by_mail || !self.shop.refusals.contains_key(&self.shop.whose(*at)) {
                wanted.push(name_of(&self.shop, message));
            }
        }
        let commands = self.server.commands();
        let asked = commands.iter().filter(|line| line.starts_with("RCPT TO:<")).count();
        wanted.sort();
        told.sort();
        if wanted != told || asked != mails {
            let counts = format!("{mails} mails wanted, {asked} tried");
            return Err(format!("handed over: {counts}: wanted {wanted:?}, told {told:?}"));
        }
        Ok(())
    }

    async fn compare_codes(&self, runs: &BTreeMap<String, Value>) -> Result<(), String> {
        let shop = &self.shop;
        let (mut wanted, mut told) = (BTreeMap::new(), BTreeMap::new());
        for (place, run) in shop.runs.iter().enumerate() {
            let Some(until) = run.code_until else { continue };
            let name = format!(
                "{} {}",
                shop.automations[run.automation].id, shop.customers[run.customer].id
            );
            let is_held = !shop.holders(Code::OfRun(place)).is_empty();
            let status = match shop.users(Code::OfRun(place)).as_slice() {
                [] if is_held => "held",
                [] if until < shop.day(shop.now) => "expired",
                [] => "open",
                [_] => "redeemed",
                _ => "redeemed twice",
            };
            let code = runs.get(&name).map(|run| run["coupon"].clone());
            wanted.insert(name, json!([code, status, until.to_string()]));
        }
        for code in self.list("/v1/coupon-codes?limit=200").await {
            if code["automation"].is_string() {
                let name = format!("{} {}", text(&code["automation"]), text(&code["customer"]));
                told.insert(name, json!([code["code"], code["status"], code["valid_until"]]));
            } else if code["customer"].is_string() {
                told.insert(format!("public {}", text(&code["customer"])), code["status"].clone());
            }
        }
        for customer in shop.users(Code::Public) {
            wanted.insert(format!("public {}", shop.customers[customer].id), json!("redeemed"));
        }
        for customer in shop.holders(Code::Public) {
            wanted.insert(format!("public {}", shop.customers[customer].id), json!("held"));
        }
        same("the code", &wanted, &told)
    }

    async fn compare_silence(&self) -> Result<(), String> {
        let told: BTreeMap<String, Value> = self
            .list("/v1/suppressions?limit=200")
            .await
            .into_iter()
            .map(|it| (text(&it["customer"]), it["reason"].clone()))
            .collect();
        for customer in &self.shop.customers {
            let reasons: Vec<&str> = customer
                .silences
                .iter()
                .map(|why| match why {
                    Silence::Unsubscribed => "unsubscribed",
                    Silence::Merchant => "merchant",
                    Silence::Profile => "profile",
                    Silence::Bounced(_) => "bounced",
                })
                .collect();
            let reason = told.get(&customer.id).map(text);
            let fits = match &reason {
                None => reasons.is_empty(),
                Some(reason) => reasons.contains(&reason.as_str()),
            };
            if !fits {
                let id = &customer.id;
                return Err(format!("{id} is sent nothing for {reasons:?}, told is {reason:?}"));
            }
        }
        Ok(())
    }

    async fn compare_reports(&self, dice: &mut Dice) -> Result<(), String> {
        let (from, shop) = (self.opened - 4 * 60, &self.shop);
        for (place, automation) in shop.automations.iter().enumerate() {
            let ago = dice.below((shop.now - from + 1).unsigned_abs());
            let then = shop.now - i64::try_from(ago).expect("a small number");
            let versions = automation.versions.len() as u64;
            let version = dice.one_in(3).then(|| usize::try_from(dice.below(versions)).unwrap());
            let all = (shop.now, None);
            for (as_of, version) in [all, (then, version)] {
                let query = version.map_or(String::new(), |it| format!("&version={}", it + 1));
                let id = &automation.id;
                let path = format!("/v1/automations/{id}/report?as_of={}{query}", instant(as_of));
                let told = self.world.get(&path).await.expect(200);
                let is_one = version.is_some() || versions == 1;
                adds_up(&told, is_one)
                    .map_err(|text| format!("the report {path}: {text}: {told}"))?;
                let mut wanted = shop.report(place, as_of, version);
                wanted["as_of"] = moment(Some(as_of));
                if wanted != told {
                    return Err(format!("{path}:\n wanted {wanted}\n   told {told}"));
                }
            }
        }
        Ok(())
    }

    async fn compare_reason(&self, dice: &mut Dice) -> Result<(), String> {
        let automation = usize::try_from(dice.below(3)).unwrap();
        let customer = usize::try_from(dice.below(5)).unwrap();
        let (a, c) = (&self.shop.automations[automation].id, &self.shop.customers[customer].id);
        let path = format!("/v1/automations/{a}/explain?customer={c}");
        let told = self.world.get(&path).await.expect(200);
        let has_started = self.shop.run_of(automation, customer).is_some();
        let why = self.shop.why_not(automation, customer);
        if told["started"] != json!(has_started) || why.is_some() && told["reason"] != json!(why) {
            return Err(format!("{path}: wanted {has_started} {why:?}, told {told}"));
        }
        Ok(())
    }

    /// What it all came to, without the names that chance has given.
    pub(crate) async fn came_to(&self) -> Vec<String> {
        let fields: Vec<&str> = RUN.into_iter().filter(|it| *it != "subscription").collect();
        let runs = self.runs().await.into_iter();
        let runs = runs.map(|(name, run)| format!("{name} {}", some(&run, &fields)));
        let messages = self.list("/v1/messages?limit=200").await.into_iter();
        let messages = messages.map(|it| format!("{} {}", name(&it), some(&it, &MESSAGE)));
        let mut all: Vec<String> = runs.chain(messages).collect();
        all.sort();
        all
    }
}

/// What always holds of a report; between the steps only within one version.
fn adds_up(report: &Value, is_one_version: bool) -> Result<(), &'static str> {
    let number = |value: &Value, name: &str| value[name].as_i64().unwrap();
    let of = |name: &str| number(report, name);
    if of("started") != of("active") + of("exited") + of("completed") {
        return Err("started is not active, exited and completed");
    }
    let mut before = of("started");
    for step in report["steps"].as_array().unwrap() {
        let of = |name: &str| number(step, name);
        if of("entered") != of("waiting") + of("progressed") + of("exited_here") {
            return Err("entered is not waiting, progressed and exited here");
        }
        if is_one_version && of("entered") != before {
            return Err("entered is not what went on from the step before");
        }
        if of("sent") < of("delivered") + of("bounced") {
            return Err("more arrived and came back than were sent");
        }
        if of("delivered") < of("read") || of("read") < of("replied").max(of("clicked")) {
            return Err("more was done with messages than came before it");
        }
        before = of("progressed");
    }
    Ok(())
}
