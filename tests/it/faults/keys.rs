//! Requests with an `Idempotency-Key`: what they cost, who may store what they did, and refusals
//! that leave something behind.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossgrade::app::App;
use crossgrade::app::access::DEFAULT_MERCHANT;
use crossgrade::app::error::AppError;
use crossgrade::app::idempotency::{Claim, ClaimOutcome, IdempotentRequest, KeptAnswer};
use crossgrade::domain::ids::{CustomerId, KeyId, MerchantId};
use crossgrade::domain::money::{Currency, Money};
use serde_json::json;

use super::ground::{Ground, On};
use super::on_both;
use crate::world::{World, complete, eur, offer_of, paid};

on_both! {
    a_key_costs_a_look,
    of_two_at_once_who_noted_nothing_one_stores,
    who_lost_the_key_can_store_nothing,
    a_refusal_that_leaves_something_behind_is_given_once_and_stays,
}

async fn a_key_costs_a_look(on: On) {
    let Some(mut ground) = Ground::new(on).await else { return };
    let world = ground.start().await;
    world.catalogue().await;
    let body = |customer: &str| json!({"customer": customer, "offer": "month"}).to_string();
    let mut counted = Vec::new();
    for (customer, key) in [("ada", None), ("bob", Some(("idempotency-key", "one")))] {
        let before = ground.store.statements();
        let headers: Vec<_> = key.into_iter().collect();
        let method = axum::http::Method::POST;
        let opened = world.call(method, "/v1/checkouts", &headers, Some(body(customer))).await;
        assert_eq!(opened.status, 201);
        counted.push(ground.store.statements() - before);
    }
    // The answer is written with all else that the work writes.
    assert_eq!(counted[1] - counted[0], 1, "{counted:?}");
    ground.store.close().await;
}

/// A customer with a balance of 9.90: brought over, and retroactively changed to what is free.
async fn with_balance(world: &World) {
    world.catalogue().await;
    world.put("/v1/tags/free", json!({"title": "Free"})).await.expect(201);
    let mut free = offer_of("month", "0.00", "P1M");
    free["tags"] = json!(["free"]);
    world.put("/v1/offers/free", free).await.expect(201);
    let path = json!({
        "internal_title": "Out", "title": "T", "description": "", "source_tags": ["month"],
        "target_tags": ["free"], "transition": "immediate", "proration": "day",
    });
    world.put("/v1/paths/out", path).await.expect(201);
    world.buy("ada", "month").await;
    world.buy("ada", "free").await;
    let customer = world.get("/v1/customers/ada").await.expect(200);
    assert_eq!(customer["credit_balance"], json!([eur("9.90")]));
}

fn attempt(attempt: &str) -> IdempotentRequest {
    let claim = Claim {
        merchant: MerchantId::parse(DEFAULT_MERCHANT).unwrap(),
        api_key: KeyId::stored("key_1".to_owned()),
        key: "payout-1".to_owned(),
        hash: [1; 32],
        attempt: attempt.to_owned(),
    };
    let render = |done: Result<&str, &AppError>| KeptAnswer {
        status: 201,
        headers: Vec::new(),
        body: done.unwrap().to_owned(),
    };
    let kept = Arc::new(AtomicBool::new(false));
    IdempotentRequest { claim, is_noted: true, render: Arc::new(render), kept }
}

async fn pay_out(app: &App) -> Result<String, AppError> {
    let merchant = MerchantId::parse(DEFAULT_MERCHANT).unwrap();
    let customer = CustomerId::parse("ada").unwrap();
    let amount = Money::parse("4.00", Currency::parse("EUR").unwrap()).unwrap();
    let paid = app.pay_out(&merchant, &customer, amount, "sepa-1".to_owned()).await?;
    Ok(serde_json::to_string(&paid).unwrap())
}

async fn of_two_at_once_who_noted_nothing_one_stores(on: On) {
    let Some(mut ground) = Ground::new(on).await else { return };
    let world = ground.start().await;
    with_balance(&world).await;
    let app = ground.app().await;
    let attempts = ["1", "2"].map(|name| IdempotentRequest { is_noted: false, ..attempt(name) });
    for once in &attempts {
        assert_eq!(app.look_at_request(once.claim.clone()).await.unwrap(), ClaimOutcome::Free);
    }
    let engines = attempts.clone().map(|once| app.for_request(once));
    let (one, other) = tokio::join!(pay_out(&engines[0]), pay_out(&engines[1]));
    let (paid, refused) = match (one, other) {
        (Ok(paid), Err(AppError::Refused(refused)))
        | (Err(AppError::Refused(refused)), Ok(paid)) => (paid, refused),
        both => panic!("{both:?}"),
    };
    assert_eq!(refused.code, "idempotency-in-progress");
    let kept = attempts.each_ref().map(|once| once.kept.load(Ordering::Acquire));
    assert_eq!(kept.iter().filter(|kept| **kept).count(), 1);
    let known = app.look_at_request(attempts[0].claim.clone()).await.unwrap();
    let ClaimOutcome::Replay(answer) = known else { panic!("{known:?}") };
    assert_eq!(answer.body, paid);
    let customer = world.get("/v1/customers/ada").await.expect(200);
    assert_eq!(customer["credit_balance"], json!([eur("5.90")]));
    ground.store.close().await;
}

async fn who_lost_the_key_can_store_nothing(on: On) {
    let Some(mut ground) = Ground::new(on).await else { return };
    let world = ground.start().await;
    with_balance(&world).await;
    let app = ground.app().await;
    let (first, second, third) = (attempt("1"), attempt("2"), attempt("3"));
    let begin = |once: &IdempotentRequest| app.begin_request(once.claim.clone());
    assert_eq!(begin(&first).await.unwrap(), ClaimOutcome::Fresh);
    assert_eq!(begin(&second).await.unwrap(), ClaimOutcome::Running);
    app.renew_request(first.claim.clone()).await.unwrap();
    // The first is taken for dead, and is not.
    ground.end_leases().await;
    assert_eq!(begin(&second).await.unwrap(), ClaimOutcome::Fresh);
    let before = ground.rows().await;
    let late = pay_out(&app.for_request(first.clone())).await;
    let Err(AppError::Refused(refusal)) = late else { panic!("{late:?}") };
    assert_eq!(refusal.code, "idempotency-in-progress");
    assert_eq!(ground.rows().await, before);
    app.abandon_request(first.claim.clone()).await.unwrap();
    let paid = pay_out(&app.for_request(second.clone())).await.unwrap();
    let kept = [&first, &second].map(|once| once.kept.load(Ordering::Acquire));
    assert_eq!(kept, [false, true]);
    let ClaimOutcome::Replay(answer) = begin(&third).await.unwrap() else { panic!("not kept") };
    assert_eq!((answer.status, &answer.body), (201, &paid));
    // Nor can anybody do it again with a key that has been answered.
    assert!(pay_out(&app.for_request(second)).await.is_err());
    let customer = world.get("/v1/customers/ada").await.expect(200);
    assert_eq!(customer["credit_balance"], json!([eur("5.90")]));
    ground.store.close().await;
}

async fn a_refusal_that_leaves_something_behind_is_given_once_and_stays(on: On) {
    let Some(mut ground) = Ground::new(on).await else { return };
    let world = ground.start().await;
    world.catalogue().await;
    let checkout = world.open("ada", "month").await;
    world.put("/v1/offers/month", offer_of("month", "12.00", "P1M")).await.expect(200);
    let mut before = ground.rows().await;
    let (path, body) = (complete(&checkout), paid(&checkout).to_string());
    let send = || {
        let key = [("idempotency-key", "buy-1")];
        let (world, path, body) = (world.clone(), path.clone(), body.clone());
        async move { world.call(axum::http::Method::POST, &path, &key, Some(body)).await }
    };
    for n in 1.. {
        ground.store.crash_at(n);
        let lost = send().await;
        ground.store.crash_at(0);
        assert_eq!(lost.problem(503), "unavailable");
        ground.end_leases().await;
        let rows = ground.rows().await;
        if rows != before {
            // The fresh preview is there, and that it was refused has been lost.
            before = rows;
            break;
        }
    }
    for _ in 0..2 {
        let again = send().await;
        assert_eq!((again.status, again.header("idempotent-replayed")), (409, "true"));
        assert!(again.json["type"].as_str().unwrap().ends_with("/checkout-stale"), "{again:?}");
        assert_eq!(again.json["checkout"]["amount_due"], eur("12.00"));
    }
    assert_eq!(ground.rows().await, before);
    ground.store.close().await;
}
