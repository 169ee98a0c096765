//! The hosted checkout from opening to every end, in every language.

use axum::http::Method;
use serde_json::{Value, json};

use super::Album;
use super::pages::text;
use crate::pages::book::furnished;
use crate::pages::table::Names;
use crate::world::{Answer, World, complete, paid};

const LANGUAGES: [&str; 2] = ["en", "de"];

/// Somebody with a browser, who is to find everything in one language.
struct Reader<'a> {
    world: &'a World,
    language: &'static str,
    album: &'a mut Album,
}

pub(super) async fn take(url: String) -> Album {
    let (world, _) = furnished(&url, "Title").await;
    // Then a payment is taken where something is due.
    let settings = world.get("/v1/settings").await.expect(200);
    let mut sold_at_once = settings.clone();
    sold_at_once["purchase_on_account"] = json!(false);
    world.put("/v1/settings", sold_at_once).await.expect(200);
    let mut album = Album::default();
    let mut expiring = Vec::new();
    for language in LANGUAGES {
        let mut reader = Reader { world: &world, language, album: &mut album };
        expiring.push((language, reader.goes_through().await));
    }
    world.advance("2026-01-31T12:00:00Z").await;
    for language in LANGUAGES {
        let mut reader = Reader { world: &world, language, album: &mut album };
        reader.looks_after_what_they_have().await;
    }
    for (language, page) in expiring {
        let mut reader = Reader { world: &world, language, album: &mut album };
        reader.sees("expired", &page).await;
    }
    album
}

impl Reader<'_> {
    /// Every page but that of a checkout which expires: its address is answered.
    async fn goes_through(&mut self) -> String {
        let [buyer, changer, payer] = ["a", "b", "c"].map(|who| format!("{who}-{}", self.language));
        self.world.buy(&changer, "month").await;
        // An ordinary purchase, seen and paid for.
        let (purchase, page) = self.opens(&buyer, "month").await;
        let seen = self.sees("purchase", &page).await;
        self.does("purchase-unread", &page, "mode=new&stamp=old").await;
        self.does("purchase-of-nonsense", &page, "mode=sideways").await;
        self.sees("payment-too-early", &format!("{page}/payment?mode=new")).await;
        self.does("purchase-confirmed", &page, &form(&seen, "new")).await;
        self.sees("purchase-held", &page).await;
        let pay = format!("{page}/payment");
        let till = self.sees("payment", &format!("{pay}?mode=new")).await;
        let declined = form(&till, "new") + "&outcome=declined";
        self.does("payment-declined", &pay, &declined).await;
        self.sees("purchase-declined", &format!("{page}?payment=declined")).await;
        self.world.post(&complete(&purchase), paid(&purchase)).await.expect(200);
        self.sees("purchase-completed", &page).await;
        self.does("purchase-confirmed-again", &page, "mode=new&stamp=old").await;
        // Paid on the page that stands in.
        let (_, page) = self.opens(&payer, "year").await;
        let seen = self.answer(Method::GET, &page, "").await.text;
        self.answer(Method::POST, &page, &form(&seen, "new")).await;
        let pay = format!("{page}/payment");
        let till = self.answer(Method::GET, &format!("{pay}?mode=new"), "").await.text;
        self.does("payment-made", &pay, &(form(&till, "new") + "&outcome=paid")).await;
        // A change with a choice, which waits for its day.
        let (_, page) = self.opens(&changer, "year").await;
        let seen = self.sees("change-with-a-choice", &page).await;
        self.does("change-confirmed", &page, &form(&seen, "add")).await;
        self.sees("change-completed", &page).await;
        // A change at once, with money back; another takes place before it.
        let (_, late) = self.opens(&changer, "free").await;
        let (_, page) = self.opens(&changer, "free").await;
        let seen = self.sees("change-at-once", &page).await;
        self.does("change-at-once-confirmed", &page, &form(&seen, "replace")).await;
        let done = self.sees("change-at-once-completed", &page).await;
        // What was issued, in the language of the customer.
        let profile = json!({"name": "Reader", "address": "Street 1", "locale": self.language});
        self.world.put(&format!("/v1/customers/{changer}"), profile).await.expect(200);
        let issued = done.split("href=\"/documents/").skip(1);
        for (kind, token) in ["credit-note", "invoice"].into_iter().zip(issued) {
            let token = token.split('"').next().unwrap();
            self.sees(&format!("document-{kind}"), &format!("/documents/{token}")).await;
        }
        self.does("change-refused", &late, &form(&seen, "replace")).await;
        self.sees("unknown", "/checkout/nothing").await;
        self.opens(&format!("d-{}", self.language), "month").await.1
    }

    /// Every page of the portal of somebody who has a month, and a change that waits.
    async fn looks_after_what_they_have(&mut self) {
        let customer = format!("e-{}", self.language);
        self.world.buy(&customer, "month").await;
        let request = json!({"customer": customer, "offer": "year", "mode": "replace"});
        let change = self.world.post("/v1/checkouts", request).await.expect(201);
        let done = self.world.post(&complete(&change), paid(&change)).await.expect(200);
        let waiting = done["result"]["scheduled_change"].as_str().unwrap();
        let path = format!("/v1/customers/{customer}/portal-sessions");
        let body = json!({"locale": self.language, "return_url": "https://shop.example/thanks"});
        let session = self.world.post(&path, body).await.expect(201);
        let url = session["url"].as_str().unwrap();
        let page = url.strip_prefix("http://localhost:8080").unwrap();
        let seen = self.sees("portal", page).await;
        let source = done["source_subscription"].as_str().unwrap();
        let ask = format!("subscription={source}");
        let asked = self.sees("portal-cancel", &format!("{page}/cancel?{ask}")).await;
        let withdraw = format!("{page}/withdraw");
        self.sees("portal-withdraw", &format!("{withdraw}?change={waiting}")).await;
        self.does("portal-stale", &format!("{page}/cancel"), &ask).await;
        self.does("portal-missing", &withdraw, "change=nothing").await;
        let stamp = asked.split("name=\"stamp\" value=\"").nth(1).unwrap();
        let sent = format!("{ask}&stamp={}", stamp.split('"').next().unwrap());
        self.does("portal-done", &format!("{page}/cancel"), &sent).await;
        self.sees("portal-cancelled", &format!("{page}?done=cancel")).await;
        assert!(seen.contains("/change\""), "{seen}");
        let settings = self.world.get("/v1/settings").await.expect(200);
        let mut closed = settings.clone();
        closed["portal"] = json!({"cancel": false, "withdraw": false, "documents": false});
        self.world.put("/v1/settings", closed).await.expect(200);
        self.sees("portal-looking", page).await;
        self.does("portal-forbidden", &format!("{page}/uncancel"), &ask).await;
        self.world.put("/v1/settings", settings).await.expect(200);
        self.sees("portal-unknown", "/portal/nothing").await;
    }

    async fn opens(&self, customer: &str, offer: &str) -> (Value, String) {
        let body = json!({
            "customer": customer, "offer": offer, "locale": self.language,
            "return_url": "https://shop.example/thanks",
        });
        let checkout = self.world.post("/v1/checkouts", body).await.expect(201);
        let url = checkout["url"].as_str().unwrap();
        let page = url.strip_prefix("http://localhost:8080").unwrap().to_owned();
        (checkout, page)
    }

    async fn sees(&mut self, name: &str, page: &str) -> String {
        let answer = self.answer(Method::GET, page, "").await;
        self.keep(name, &answer);
        answer.text
    }

    async fn does(&mut self, name: &str, page: &str, form: &str) {
        let answer = self.answer(Method::POST, page, form).await;
        self.keep(name, &answer);
    }

    fn keep(&mut self, name: &str, answer: &Answer) {
        let name = format!("{name}.{}.html", self.language);
        self.album.keep(&name, text(answer, &Names::new()));
    }

    async fn answer(&self, method: Method, page: &str, form: &str) -> Answer {
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("accept-language", self.language),
        ];
        self.world.with_key("").call(method, page, &headers, Some(form.to_owned())).await
    }
}

/// What a page's button sends.
fn form(html: &str, mode: &str) -> String {
    let stamp = html.split("name=\"stamp\" value=\"").nth(1).unwrap_or_else(|| panic!("{html}"));
    format!("mode={mode}&stamp={}", stamp.split('"').next().unwrap())
}
