//! Checkouts, billing runs, repeated requests.

use chrono::TimeDelta;
use crossgrade::domain::checkout::{
    Checkout, CheckoutRequest, CheckoutResult, CheckoutStatus, HeldBasis,
};
use crossgrade::domain::ids::{CheckoutId, KeyId, OfferId, RunId, SubscriptionId};
use crossgrade::domain::path::Mode;
use crossgrade::domain::preview::Preview;
use crossgrade::domain::purchase::Purchase;
use crossgrade::domain::run::{BillingCounts, Run, RunFailure, RunStatus};
use crossgrade::store::idempotency::{self, Claim, ClaimOutcome, KeptAnswer};
use crossgrade::store::runs;
use crossgrade::store::{Page, Store, catalogue, checkouts};
use serde_json::json;

use super::catalogue::path;
use super::samples::{customer, day, ids, merchant, now, stock, tax, write};
use crate::support::both;

both! {
    checkouts_come_back_as_they_were_and_hold_their_source,
    billing_runs_come_back_as_they_were,
    a_repeated_request_gets_the_first_answer,
}

async fn checkouts_come_back_as_they_were_and_hold_their_source(store: Store) {
    stock(&store).await;
    write(&store, |tx| {
        Box::pin(async move {
            let id = merchant();
            let month = OfferId::stored("month".to_owned());
            let source = SubscriptionId::stored("sub_1".to_owned());
            let mut checkout = Checkout {
                id: CheckoutId::fresh(&mut ids(1)),
                token: "token".to_owned(),
                request: CheckoutRequest {
                    subscription: Some(source.clone()),
                    allow_new: true,
                    version: Some(1),
                    ..CheckoutRequest::plain(customer(0), month.clone())
                },
                locale: "de".to_owned(),
                metadata: json!({"a": [1, "ä"]}),
                return_url: Some("https://shop.example/".to_owned()),
                status: CheckoutStatus::Open,
                source: None,
                created_at: now(),
                expires_at: now() + TimeDelta::hours(1),
                held_until: None,
                held: None,
                preview: Preview {
                    legal_advice: None,
                    coupon: None,
                    on: Some(day("2026-01-31")),
                    offer_version: Some(1),
                    path: None,
                    source: None,
                    catch_up: Vec::new(),
                    picked: Purchase::New,
                    by_mode: Vec::new(),
                    considered: Vec::new(),
                    gifts: Vec::new(),
                },
                stamp: "s1".to_owned(),
                went_stale: false,
                result: None,
                keeps_gifts: false,
                order: None,
            };
            checkouts::insert_checkout(tx, &id, &checkout).await?;
            assert_eq!(
                checkouts::find_checkout(tx, &id, &checkout.id).await?.as_ref(),
                Some(&checkout)
            );
            assert!(checkouts::find_held(tx, &id, &customer(0), now()).await?.is_none());
            assert_eq!(catalogue::offer_uses(tx, &id, &month, now()).await?[0].kind, "checkout");
            checkout.status = CheckoutStatus::Held;
            checkout.source = Some(source.clone());
            checkout.held_until = Some(now() + TimeDelta::minutes(15));
            checkout.held = Some(HeldBasis {
                is_granted: false,
                decided_on: day("2026-01-31"),
                version: 1,
                path: Some(path("month-to-year")),
                modes: vec![Mode::Replace],
                taxes: [(tax().id, tax())].into(),
                payment_days: 14,
                purchase_on_account: false,
                cut: None,
            });
            checkout.request.mode = Some(Purchase::Replace);
            checkout.result = Some(CheckoutResult {
                subscription: Some("sub_1".to_owned()),
                invoices: vec!["inv_1".to_owned()],
                credit_notes: Vec::new(),
                scheduled_change: None,
            });
            checkouts::save_checkout(tx, &id, &checkout).await?;
            let found = checkouts::find_checkout_by_token(tx, "token").await?;
            assert_eq!(found, Some((id.clone(), checkout.clone())));
            let held = checkouts::find_held(tx, &id, &customer(0), now()).await?;
            assert_eq!(held.as_ref(), Some(&checkout));
            let later = now() + TimeDelta::minutes(15);
            assert!(checkouts::find_held(tx, &id, &customer(0), later).await?.is_none());
            let held = Some(CheckoutStatus::Held);
            let filter = checkouts::ListedCheckouts {
                customer: Some(customer(0)),
                status: held,
                now: now(),
            };
            let listed = checkouts::list_checkouts(tx, &id, &filter, &Page::first(9)).await?;
            let listed = listed.read()?;
            assert_eq!(listed, [checkout]);
            assert_eq!(checkouts::find_checkout_by_token(tx, "none").await?, None);
            Ok(())
        })
    })
    .await;
}

async fn billing_runs_come_back_as_they_were(store: Store) {
    stock(&store).await;
    write(&store, |tx| {
        Box::pin(async move {
            let id = merchant();
            let mut run = Run::opened(RunId::fresh(&mut ids(1)), day("2026-02-10"), now(), now());
            runs::insert_run(tx, &id, &run).await?;
            assert_eq!(runs::find_run(tx, &id, &run.id).await?.as_ref(), Some(&run));
            let page = BillingCounts {
                customers: 7,
                booked: 1,
                changes_applied: 2,
                changes_failed: 3,
                subscriptions_ended: 4,
                invoices: 5,
                credit_notes: 6,
            };
            let later = now() + TimeDelta::minutes(2);
            for _ in 0..2 {
                runs::count_in_run(tx, &id, &run.id, &page, later).await?;
                run.counts += page;
            }
            let failure = RunFailure { customer: customer(1), reason: "broken".to_owned() };
            for _ in 0..2 {
                runs::add_failures(tx, &id, &run.id, vec![failure.clone()], 1).await?;
            }
            (run.failures, run.seen_at) = (vec![failure], later);
            assert_eq!(runs::find_run(tx, &id, &run.id).await?.as_ref(), Some(&run));
            // Of one that is at work somebody has heard.
            assert_eq!(runs::close_lost_runs(tx, later).await?, 0);
            let lost = Run::opened(RunId::fresh(&mut ids(2)), run.as_of, now(), now());
            runs::insert_run(tx, &id, &lost).await?;
            assert_eq!(runs::close_lost_runs(tx, later).await?, 1);
            let lost = runs::find_run(tx, &id, &lost.id).await?.unwrap();
            assert_eq!(lost.status, RunStatus::Failed);
            runs::close_run(tx, &id, &run.id, RunStatus::Completed, 7).await?;
            (run.status, run.duration_ms) = (RunStatus::Completed, 7);
            let runs = runs::list_runs(tx, &id, &Page::first(9)).await?;
            assert!(runs.contains(&run) && runs.contains(&lost), "{runs:?}");
            Ok(())
        })
    })
    .await;
}

async fn a_repeated_request_gets_the_first_answer(store: Store) {
    stock(&store).await;
    write(&store, |tx| {
        Box::pin(async move {
            let claim = |attempt: &str, hash| Claim {
                merchant: merchant(),
                api_key: KeyId::stored("key_1".to_owned()),
                key: "once".to_owned(),
                hash,
                attempt: attempt.to_owned(),
            };
            let (one, other) = (claim("1", [1; 32]), claim("2", [2; 32]));
            let soon = now() + TimeDelta::minutes(1);
            let late = now() + TimeDelta::minutes(2);
            let begin = idempotency::begin(tx, &one, now(), soon).await?;
            assert_eq!(begin, ClaimOutcome::Fresh);
            let begin = idempotency::begin(tx, &claim("2", [1; 32]), now(), soon).await?;
            assert_eq!(begin, ClaimOutcome::Running);
            assert_eq!(idempotency::begin(tx, &other, now(), soon).await?, ClaimOutcome::Mismatch);
            idempotency::abandon(tx, &other).await?;
            assert_eq!(idempotency::begin(tx, &other, now(), soon).await?, ClaimOutcome::Mismatch);
            idempotency::abandon(tx, &one).await?;
            assert_eq!(idempotency::begin(tx, &other, now(), soon).await?, ClaimOutcome::Fresh);
            idempotency::renew(tx, &other, soon + TimeDelta::seconds(30)).await?;
            let at = soon + TimeDelta::seconds(29);
            assert_eq!(idempotency::begin(tx, &one, at, late).await?, ClaimOutcome::Mismatch);
            // Its lease has passed: the next takes over, and it can store nothing any more.
            let at = soon + TimeDelta::seconds(31);
            assert_eq!(idempotency::begin(tx, &one, at, late).await?, ClaimOutcome::Fresh);
            let answer = KeptAnswer {
                status: 201,
                headers: vec![("location".to_owned(), "/v1/x".to_owned())],
                body: "{}".to_owned(),
            };
            assert!(!idempotency::finish(tx, &other, &answer).await?);
            assert!(idempotency::finish(tx, &one, &answer).await?);
            assert!(!idempotency::finish(tx, &one, &answer).await?);
            idempotency::abandon(tx, &one).await?;
            let long_after = late + TimeDelta::hours(1);
            let again = idempotency::begin(tx, &claim("3", [1; 32]), long_after, late).await?;
            assert_eq!(again, ClaimOutcome::Replay(answer));
            assert_eq!(idempotency::begin(tx, &other, now(), soon).await?, ClaimOutcome::Mismatch);
            assert_eq!(idempotency::purge(tx, now()).await?, 0);
            assert_eq!(idempotency::purge(tx, late + TimeDelta::hours(24)).await?, 1);
            Ok(())
        })
    })
    .await;
}
