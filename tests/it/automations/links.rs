//! Links of messages: who follows them, and who wants no more.

use axum::http::Method;
use chrono::TimeDelta;
use crossgrade::store::Store;
use serde_json::{Value, json};

use super::{advance, delivered, first_run, live, messages, shop};
use crate::support::both;
use crate::webhooks::fixture::{Post, event, text};
use crate::world::{Answer, World};

both! {
    whoever_follows_a_link_is_led_on_and_counted_where_it_is_a_person,
    one_click_is_enough_and_looking_is_none,
    links_to_somebody_who_was_deleted_lead_nowhere,
}

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// The path of a link.
fn path(link: &Value) -> String {
    text(link).strip_prefix("http://localhost:8080").unwrap().to_owned()
}

async fn ask(world: &World, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    world.with_key("").call(method, path, headers, None).await
}

/// The data of the second message, which has a link.
async fn second(post: &Post) -> Value {
    live(post, &json!({})).await;
    delivered(&post.world, "o-1", "ada").await;
    advance(post, TimeDelta::hours(61)).await;
    event(&post.memory.take()[1])["data"].clone()
}

async fn whoever_follows_a_link_is_led_on_and_counted_where_it_is_a_person(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    let data = second(&post).await;
    assert_eq!(data["text"], data["link"], "what is shown is what is counted");
    let link = path(&data["link"]);
    let token = link.strip_prefix("/links/").unwrap();
    assert_eq!(token.len(), 32, "160 bits");
    let clicked = async || messages(world).await[1]["clicked_at"].clone();
    let browser = ("user-agent", FIREFOX);
    for (method, headers) in [
        (Method::HEAD, vec![browser]),
        (Method::GET, vec![]),
        (Method::GET, vec![("user-agent", "Googlebot/2.1 (+http://www.google.com/bot.html)")]),
        (Method::GET, vec![browser, ("sec-purpose", "prefetch")]),
        (Method::GET, vec![browser]),
    ] {
        assert_eq!(clicked().await, Value::Null, "{method} {headers:?}");
        let answer = ask(world, method, &link, &headers).await;
        assert_eq!(answer.status, 303);
        assert_eq!(answer.headers["location"], "https://shop.example/more");
    }
    let at = clicked().await;
    assert_eq!(at, json!(world.app.now()));
    let message = messages(world).await.remove(1);
    assert_eq!((&message["delivered_at"], &message["read_at"]), (&at, &at), "{message}");
    advance(&post, TimeDelta::hours(1)).await;
    ask(world, Method::GET, &link, &[browser]).await;
    assert_eq!(clicked().await, at, "the first counts");
    for wrong in ["/links/x", "/links/%00", &link[..link.len() - 1]] {
        assert_eq!(ask(world, Method::GET, wrong, &[browser]).await.status, 404, "{wrong}");
    }
    assert_eq!(ask(world, Method::POST, &link, &[browser]).await.status, 405);
}

async fn one_click_is_enough_and_looking_is_none(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    let german = json!({"name": "Ada", "email": "ada@example.com", "locale": "de-AT"});
    world.put("/v1/customers/ada", german).await.expect(200);
    live(&post, &json!({})).await;
    delivered(world, "o-1", "ada").await;
    advance(&post, TimeDelta::hours(25)).await;
    let data = event(&post.memory.take()[0])["data"].clone();
    let link = path(&data["unsubscribe_link"]);
    for method in [Method::HEAD, Method::GET] {
        let seen = ask(world, method.clone(), &link, &[]).await;
        assert_eq!(seen.status, 200);
        let is_shown = seen.text.contains(">Abmelden</button>");
        assert_eq!(is_shown, method == Method::GET, "{}", seen.text);
        assert!(!seen.text.contains("<script"), "{}", seen.text);
    }
    assert_eq!(first_run(world).await, "active  more", "looking changes nothing");
    // As a mail provider sends it: without a cookie, from elsewhere.
    let one_click = Some("List-Unsubscribe=One-Click".to_owned());
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let stranger = world.with_key("");
    for _ in 0..2 {
        let done = stranger.call(Method::POST, &link, &headers, one_click.clone()).await;
        assert_eq!(done.status, 200);
        assert!(done.text.contains("Sie sind abgemeldet"), "{}", done.text);
    }
    assert_eq!(first_run(world).await, "exited unsubscribed ");
    let listed = world.get("/v1/suppressions").await.expect(200);
    assert_eq!(listed["data"][0]["reason"], "unsubscribed");
    advance(&post, TimeDelta::days(9)).await;
    assert_eq!(post.memory.take().len(), 0);
    assert_eq!(ask(world, Method::POST, "/unsubscribe/nothing", &[]).await.status, 404);
}

async fn links_to_somebody_who_was_deleted_lead_nowhere(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    let data = second(&post).await;
    world.delete("/v1/customers/ada").await.expect(204);
    for link in ["link", "unsubscribe_link"] {
        let answer = ask(world, Method::GET, &path(&data[link]), &[("user-agent", FIREFOX)]).await;
        assert_eq!(answer.status, 404, "{link}");
    }
    let listed = world.get("/v1/suppressions").await.expect(200);
    assert_eq!(listed["data"][0]["reason"], "forgotten");
}
