//! The driver against its stand-in: no difference where there is none, and one where there is.

use crate::lives::double::{book, router};
use crate::lives::{hunt, play_with_restarts};
use crate::matrix;
use crate::oracle::generate;
use crate::oracle::model::{Sub, World};

#[tokio::test]
async fn the_stand_in_lives_every_life_as_the_oracle_does() {
    let told = hunt(0..60, async |start| (router(start, false), "key".into())).await;
    assert_eq!(told, Ok(()));
}

#[tokio::test]
async fn the_stand_in_agrees_on_a_walk_through_the_table() {
    let told = matrix::walk(17, async |start| (router(start, false), "key".into())).await;
    assert_eq!(told, Ok(()));
}

#[tokio::test]
async fn a_flaw_is_told_with_its_seed_and_the_shortest_life() {
    let told = hunt(0..50, async |start| (router(start, true), "key".into())).await;
    let told = told.expect_err("payments are due too late");
    assert!(told.starts_with("seed ") && told.contains("due_on"), "{told}");
    let counts = ["Checkout(", "Hold {"].map(|step| told.matches(step).count());
    assert!(counts.contains(&2), "once in the step, once in the life: {told}");
}

#[tokio::test]
async fn a_restart_goes_on_with_the_same_book() {
    for seed in 60..90 {
        let life = generate::life(seed);
        let book = book(life.start, false);
        let make = async |today| (book.restart(today), "key".to_owned());
        let told = play_with_restarts(&life, make).await;
        assert!(told.is_ok(), "seed {seed}: {told:?}");
    }
}

#[test]
fn the_same_seed_is_the_same_life() {
    let twice = [generate::life(42), generate::life(42)].map(|life| format!("{life:?}"));
    assert_eq!(twice[0], twice[1]);
}

#[test]
fn lives_know_introductions_and_coupons() {
    let (mut trials, mut first_prices, mut off, mut waiting, mut left) = (0, 0, 0, 0, 0);
    for seed in 0..150 {
        let life = generate::life(seed);
        let mut world = World::new(&life);
        for step in &life.steps {
            world.play(step);
        }
        trials += world.subs.iter().filter(|sub| sub.trial_until.is_some()).count();
        let is_stepped = |sub: &&Sub| sub.first_prices.len() < sub.deal.first_prices().len();
        first_prices += world.subs.iter().filter(is_stepped).count();
        off += world.docs.iter().flat_map(|doc| &doc.lines).filter(|it| it.discount > 0).count();
        waiting += world.changes.iter().filter(|change| change.cut.is_some()).count();
        let is_left = |sub: &&Sub| sub.cut.is_some() && !sub.is_active();
        left += world.subs.iter().filter(is_left).count();
    }
    let found = [trials, first_prices, off, waiting, left];
    assert!(found.iter().zip([50, 50, 20, 2, 1]).all(|(is, least)| *is >= least), "{found:?}");
}
