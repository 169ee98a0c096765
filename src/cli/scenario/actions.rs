//! What a step does, as requests to the server. Whether it went as expected is for `play`.

use serde_json::{Map, Value, json};

use crate::cli::catalogue;

use super::book::decimal;
use super::done::StepResult;
use super::expect::{Mismatch, mismatch};
use super::script::{Cancel, CheckoutStep, InvoicePick, ScriptStep, SubscriptionPick};
use super::shop;
use super::stage::Play;

impl Play {
    pub(super) async fn act(&mut self, step: &ScriptStep) -> Result<StepResult, Mismatch> {
        if let Some(checkout) = &step.checkout {
            return self.check_out(checkout).await;
        }
        if let Some(complete) = &step.complete {
            let id = self.opened("complete")?;
            let shown = self.client.get(&format!("/v1/checkouts/{id}")).await.body;
            let mode = complete.mode.as_deref();
            let shown = self.complete(&id, shown, mode, complete.pay).await;
            return Ok(shown);
        }
        if step.release.is_some() {
            let id = self.opened("release")?;
            let path = format!("/v1/checkouts/{id}/release");
            return Ok(StepResult::default().after(self.client.post(&path, &json!({})).await));
        }
        if let Some(cancel) = &step.cancel {
            return self.cancel(cancel).await;
        }
        if let Some(whose) = &step.uncancel {
            let (customer, id) = self.subscription(whose, "uncancel").await?;
            let path = format!("/v1/subscriptions/{id}/uncancel");
            return Ok(StepResult::by(&customer).after(self.client.post(&path, &json!({})).await));
        }
        if let Some(whose) = &step.withdraw {
            return self.withdraw(whose).await;
        }
        if let Some(done) = self.change_price(step).await? {
            return Ok(done);
        }
        if let Some(body) = &step.bring_over {
            let customer = body.get("customer").and_then(Value::as_str).unwrap_or_default();
            let body = Value::Object(body.clone());
            return Ok(
                StepResult::by(customer).after(self.client.post("/v1/subscriptions", &body).await)
            );
        }
        if let Some(done) = self.shop(step).await? {
            return Ok(done);
        }
        if let Some(sections) = &step.edit {
            let read = catalogue::read_sections(sections);
            let read = read.map_err(|error| mismatch("edit", "a catalogue", &error.line()))?;
            let told = |faults: Vec<String>| mismatch("edit", "no faults", &faults.join("; "));
            self.import(read).await.map_err(told)?;
            return Ok(StepResult::default());
        }
        if let Some(done) = self.automate(step).await? {
            return Ok(done);
        }
        self.move_money(step).await
    }

    /// Lets running subscriptions pay another price, or not after all.
    async fn change_price(&mut self, step: &ScriptStep) -> Result<Option<StepResult>, Mismatch> {
        if let Some(body) = &step.price_change {
            let mut body = body.clone();
            let offer = body.remove("offer").unwrap_or_default();
            let path = format!("/v1/offers/{}/price-changes", offer.as_str().unwrap_or_default());
            let answer = self.client.post(&path, &Value::Object(body)).await;
            return Ok(Some(StepResult::decided(answer)));
        }
        if let Some(whose) = &step.keep_price {
            let (customer, id) = self.subscription(whose, "keep_price").await?;
            let path = format!("/v1/subscriptions/{id}/keep-price");
            let answer = self.client.post(&path, &json!({})).await;
            return Ok(Some(StepResult::by(&customer).after(answer)));
        }
        let Some(of) = &step.withdraw_price_change else { return Ok(None) };
        let found = self.client.list("/v1/price-changes", &format!("&offer={}", of.offer)).await;
        let id = found.last().and_then(|change| change["id"].as_str());
        let none = || mismatch("withdraw_price_change", "a price change", "there is none");
        let path = format!("/v1/price-changes/{}/withdraw", id.ok_or_else(none)?);
        Ok(Some(StepResult::decided(self.client.post(&path, &json!({})).await)))
    }

    async fn move_money(&mut self, step: &ScriptStep) -> Result<StepResult, Mismatch> {
        if let Some(pay) = &step.pay {
            let id = self.invoice(&pay.invoice, "pay").await?;
            let reference = pay.reference.clone().unwrap_or_else(|| self.reference());
            let body = json!({
                "reference": reference, "paid_on": pay.paid_on, "amount": pay.amount,
                "surplus": pay.surplus,
            });
            let path = format!("/v1/invoices/{id}/pay");
            return Ok(StepResult::default().after(self.client.post(&path, &body).await));
        }
        if let Some(unpay) = &step.unpay {
            let id = self.invoice(&unpay.invoice, "unpay").await?;
            let reason = unpay.reason.as_deref().unwrap_or("returned");
            let reference = match &unpay.reference {
                Some(reference) => reference.clone(),
                None => self.paid_with(&id).await,
            };
            let body = json!({ "reference": reference, "reason": reason });
            let path = format!("/v1/invoices/{id}/unpay");
            return Ok(StepResult::default().after(self.client.post(&path, &body).await));
        }
        if let Some(bounce) = &step.bounce {
            let reason = bounce.reason.as_deref().unwrap_or("returned");
            let id = self.free_payment(&bounce.customer).await?;
            let path = format!("/v1/payments/{id}/unpay");
            let answer = self.client.post(&path, &json!({ "reason": reason })).await;
            return Ok(StepResult::by(&bounce.customer).after(answer));
        }
        if let Some(payout) = &step.payout {
            let body = json!({ "amount": payout.amount, "reference": self.reference() });
            let path = format!("/v1/customers/{}/payouts", payout.customer);
            return Ok(StepResult::by(&payout.customer).after(self.client.post(&path, &body).await));
        }
        if let Some(receive) = &step.receive {
            let body = json!({ "amount": receive.amount, "reference": self.reference() });
            let path = format!("/v1/customers/{}/payments", receive.customer);
            return Ok(
                StepResult::by(&receive.customer).after(self.client.post(&path, &body).await)
            );
        }
        if let Some(credit) = &step.credit {
            let id = self.invoice(&credit.invoice, "credit").await?;
            let reason = credit.reason.as_deref().unwrap_or("goodwill");
            let body = json!({ "reason": reason, "lines": credit.lines });
            let path = format!("/v1/invoices/{id}/credit");
            return Ok(StepResult::default().after(self.client.post(&path, &body).await));
        }
        if let Some(bill) = &step.bill {
            let mut body = json!({});
            if let Some(as_of) = &bill.as_of {
                body["as_of"] = json!(as_of);
            }
            let answer = self.client.post("/v1/billing/runs", &body).await;
            let run = answer.is_fine().then(|| answer.body.clone());
            return Ok(StepResult { run, ..StepResult::default() }.after(answer));
        }
        Ok(StepResult::default())
    }

    /// Opens a checkout, holds it where asked, and completes it unless told not to.
    async fn check_out(&mut self, checkout: &CheckoutStep) -> Result<StepResult, Mismatch> {
        let customer = &checkout.customer;
        let mut body = json!({
            "customer": customer, "offer": checkout.offer, "allow_new": checkout.allow_new,
        });
        if let Some(named) = &checkout.subscription {
            body["subscription"] = json!(self.named(customer, named).await);
        }
        let options = [
            ("path", &checkout.path),
            ("mode", &checkout.mode),
            ("locale", &checkout.locale),
            ("coupon", &checkout.coupon),
        ];
        for (name, value) in options {
            if let Some(value) = value {
                body[name] = json!(value);
            }
        }
        if let Some(order) = &checkout.order {
            body["order"] = Value::Object(order.clone());
        }
        let answer = self.client.post("/v1/checkouts", &body).await;
        if !answer.is_fine() {
            return Ok(StepResult::by(customer).after(answer));
        }
        let mut shown = answer.body;
        let id = shown["id"].as_str().unwrap_or_default().to_owned();
        self.checkout = Some(id.clone());
        if checkout.hold {
            let held = self.client.post(&format!("/v1/checkouts/{id}/hold"), &json!({})).await;
            if !held.is_fine() {
                return Ok(
                    StepResult { shown: Some(shown), ..StepResult::by(customer) }.after(held)
                );
            }
            shown = held.body;
            return Ok(StepResult { shown: Some(shown), ..StepResult::by(customer) });
        }
        if !checkout.complete {
            return Ok(StepResult { shown: Some(shown), ..StepResult::by(customer) });
        }
        Ok(self.complete(&id, shown, None, checkout.pay).await)
    }

    /// Completes a checkout that showed `shown`, and pays what is due.
    async fn complete(
        &mut self,
        id: &str,
        shown: Value,
        mode: Option<&str>,
        pay: bool,
    ) -> StepResult {
        let customer = shown["customer"].as_str().unwrap_or_default();
        let mut body = json!({});
        let mut due = &shown["amount_due"];
        if let Some(mode) = mode {
            body["mode"] = json!(mode);
            due = &shown["preview_by_mode"][mode]["amount_due"];
        }
        if pay && decimal(&due["amount"]).is_some_and(|due| !due.is_zero()) {
            body["payment"] = json!({ "reference": self.reference(), "amount": due });
        }
        // What is completed is what was looked at.
        if !shown["stamp"].is_null() {
            body["stamp"] = shown["stamp"].clone();
        }
        let answer = self.client.post(&format!("/v1/checkouts/{id}/complete"), &body).await;
        if !answer.is_fine() {
            return StepResult { shown: Some(shown.clone()), ..StepResult::by(customer) }
                .after(answer);
        }
        let got = match answer.body["order"].as_str() {
            Some(id) => {
                self.order = Some(id.to_owned());
                let order = self.client.get(&format!("/v1/orders/{id}")).await.body;
                let order = Value::Object(shop::placed(&order));
                Some(Map::from_iter([("order".to_owned(), order)]))
            }
            None => None,
        };
        StepResult {
            is_completed: true,
            got,
            result: Some(answer.body["result"].clone()),
            shown: Some(if mode.is_some() { answer.body } else { shown.clone() }),
            ..StepResult::by(customer)
        }
    }

    async fn cancel(&self, cancel: &Cancel) -> Result<StepResult, Mismatch> {
        let whose = SubscriptionPick {
            customer: cancel.customer.clone(),
            offer: cancel.offer.clone(),
            subscription: cancel.subscription.clone(),
        };
        let (customer, id) = self.subscription(&whose, "cancel").await?;
        let mut body = json!({});
        if let Some(when) = &cancel.when {
            body["when"] = json!(when);
        }
        if let Some(credit) = &cancel.credit {
            body["credit"] = json!(credit);
        }
        let path = format!("/v1/subscriptions/{id}/cancel");
        Ok(StepResult::by(&customer).after(self.client.post(&path, &body).await))
    }

    /// Withdraws the change to an offer: the one that waits, else the last.
    async fn withdraw(&self, whose: &SubscriptionPick) -> Result<StepResult, Mismatch> {
        let customer = self.customer_of(whose, "withdraw")?;
        let found =
            self.client.list("/v1/scheduled-changes", &format!("&customer={customer}")).await;
        let fits = |change: &&Value| {
            whose.offer.as_ref().is_none_or(|offer| change["target_offer"] == **offer)
        };
        let waits = |change: &&Value| change["status"] == "pending";
        let pending = found.iter().filter(fits).rfind(waits);
        let change = pending.or_else(|| found.iter().rfind(fits));
        let id = change.and_then(|change| change["id"].as_str());
        let none = || mismatch("withdraw", "a scheduled change", "there is none");
        let path = format!("/v1/scheduled-changes/{}/withdraw", id.ok_or_else(none)?);
        Ok(StepResult::by(&customer).after(self.client.post(&path, &json!({})).await))
    }

    /// What the last payment of an invoice is called; nothing's name where there is none.
    async fn paid_with(&self, invoice: &str) -> String {
        let found = self.client.list("/v1/payments", &format!("&invoice={invoice}")).await;
        let paid = found.iter().rfind(|payment| payment["kind"] == "payment");
        let reference = paid.and_then(|payment| payment["reference"].as_str());
        reference.unwrap_or("nothing").to_owned()
    }

    /// The last money of a customer that was for no invoice.
    async fn free_payment(&self, customer: &str) -> Result<String, Mismatch> {
        let found = self.client.list("/v1/payments", &format!("&customer={customer}")).await;
        let is_free = |it: &&Value| it["kind"] == "payment" && it["invoice"].is_null();
        let id = found.iter().rfind(is_free).and_then(|payment| payment["id"].as_str());
        let none = || mismatch("bounce", "money that was for no invoice", "there is none");
        Ok(id.ok_or_else(none)?.to_owned())
    }

    fn reference(&mut self) -> String {
        self.payments += 1;
        format!("payment-{}", self.payments)
    }

    fn opened(&self, place: &str) -> Result<String, Mismatch> {
        let none = || mismatch(place, "a checkout that was opened before", "there is none");
        self.checkout.clone().ok_or_else(none)
    }

    async fn invoice(&self, which: &InvoicePick, place: &str) -> Result<String, Mismatch> {
        let number = match which {
            InvoicePick::Number(number) => *number,
            InvoicePick::Word(word) if word == "last" => {
                let none = || mismatch(place, "an invoice", "none was issued");
                return self.invoice.clone().ok_or_else(none);
            }
            InvoicePick::Word(word) => return Err(mismatch(place, "last, or a number", word)),
        };
        let found = self.client.list("/v1/invoices", "").await;
        let found = found.iter().find(|invoice| invoice["number"] == number);
        let id = found.and_then(|invoice| invoice["id"].as_str());
        let none = || mismatch(place, &format!("an invoice {number}"), "there is none");
        Ok(id.ok_or_else(none)?.to_owned())
    }

    fn customer_of(&self, whose: &SubscriptionPick, place: &str) -> Result<String, Mismatch> {
        let none = || mismatch(place, "a customer", "none is named");
        whose.customer.clone().or_else(|| self.customer.clone()).ok_or_else(none)
    }

    /// The subscription that a step means, and whose it is.
    async fn subscription(
        &self,
        whose: &SubscriptionPick,
        place: &str,
    ) -> Result<(String, String), Mismatch> {
        let customer = self.customer_of(whose, place)?;
        let named = whose.subscription.as_ref().or(whose.offer.as_ref());
        let none = || mismatch(place, "an offer or a subscription", "none is named");
        let id = self.named(&customer, named.ok_or_else(none)?).await;
        Ok((customer, id))
    }

    /// A subscription by its id, else the one on this offer that started last, running ones
    /// first; else the name as it is.
    async fn named(&self, customer: &str, name: &str) -> String {
        let found = self.client.list("/v1/subscriptions", &format!("&customer={customer}")).await;
        if found.iter().any(|subscription| subscription["id"] == name) {
            return name.to_owned();
        }
        let on_offer = || found.iter().filter(|subscription| subscription["offer"] == name);
        let running = on_offer().rfind(|subscription| subscription["status"] == "active");
        let meant = running.or_else(|| on_offer().next_back());
        meant.and_then(|meant| meant["id"].as_str()).unwrap_or(name).to_owned()
    }
}
