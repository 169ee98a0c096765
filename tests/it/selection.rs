//! Selection against an independent slow telling of the same rules, over random carts and rules
//! from a seed; and what must never make a difference. `CROSSGRADE_TEST_SELECTIONS` says how many
//! of each kind are tried.

mod random;
mod slow;

use std::collections::{BTreeMap, BTreeSet};

use crossgrade::selection::campaigns::judge_product;
use crossgrade::selection::conditions::{Missing, missing};
use crossgrade::selection::facts::{Basket, Facts, ProductFacts};
use crossgrade::selection::gifts::{give_gifts, in_question};
use crossgrade::selection::index::{Index, IndexedOrder};
use crossgrade::selection::promotions::{PromotionProgress, judge_promotions};

use crossgrade::domain::campaign::{Campaign, Offered};
use crossgrade::domain::cart::{CartLine, Item};
use crossgrade::domain::condition::{Condition, Selector};
use crossgrade::domain::gift_rule::GiftRule;
use crossgrade::domain::ids::{CampaignId, ProductId};
use crossgrade::domain::money::Money;
use crossgrade::domain::verdict::{Outcome, Reasoned, Verdict};

use crate::oracle::generate::Dice;

/// How many random cases of each kind are tried.
fn cases() -> u64 {
    let wanted = std::env::var_os("CROSSGRADE_TEST_SELECTIONS");
    wanted.and_then(|wanted| wanted.to_str()?.parse().ok()).unwrap_or(1_500)
}

/// A rule, how often it applies, and what it gives: product, pieces, price.
type Given = (String, i64, Vec<(String, i64, i64)>);

/// A verdict as it is told.
fn told<R: Reasoned>(verdict: Verdict<R>) -> String {
    format!("{:?} {}", verdict.outcome(), verdict.code().unwrap_or_default())
}

/// Asks an index that holds these campaigns; the fast way must find the winner of the trace.
fn asked(index: &Index, campaigns: &[Campaign], facts: &Facts) -> (Option<String>, Vec<String>) {
    let available = |id: &CampaignId| {
        let campaign = campaigns.iter().find(|it| it.id == *id).expect("it is in the index");
        match &campaign.offered {
            Offered::Product(product) => judge_product(campaign, product, facts),
            Offered::Offer(_) => Ok(()),
        }
    };
    let question = IndexedOrder::of(index, facts);
    let all = question.considered(None, available);
    let qualify = all.iter().filter(|it| it.verdict.outcome() != Outcome::Rejected);
    let qualify: Vec<&CampaignId> = qualify.map(|it| &it.campaign).collect();
    assert_eq!(question.survivors().collect::<Vec<_>>(), qualify, "{facts:?}");
    let winner = question.survivors().find(|id| available(id).is_ok());
    // The bounded trace is the first part of those that are switched on, on the order's channel.
    let runs = |id: &CampaignId| {
        let campaign = campaigns.iter().find(|it| it.id == *id).unwrap();
        campaign.validity.active && campaign.channels.contains(&facts.cart.channel)
    };
    let listed = all.iter().filter(|it| runs(&it.campaign)).take(2).cloned();
    assert_eq!(question.considered(Some(2), available), listed.collect::<Vec<_>>(), "{facts:?}");
    let lines = all.iter().map(|it| format!("{} {}", it.campaign, told(it.verdict)));
    (winner.map(ToString::to_string), lines.collect())
}

fn chosen(campaigns: &[Campaign], facts: &Facts) -> (Option<String>, Vec<String>) {
    asked(&Index::of(campaigns), campaigns, facts)
}

/// The same lines in another order, one of them split in two.
fn shaken(facts: &Facts, dice: &mut Dice) -> Facts {
    let mut other = facts.clone();
    let lines = &mut other.cart.lines;
    if let Some(place) = lines.iter().position(|line| line.quantity > 1) {
        let part = CartLine { quantity: 1, ..lines[place].clone() };
        lines[place].quantity -= 1;
        lines.push(part);
    }
    shuffle(lines, dice);
    other
}

fn shuffle<T>(things: &mut [T], dice: &mut Dice) {
    for place in (1..things.len()).rev() {
        let other = usize::try_from(dice.below(place as u64 + 1)).unwrap();
        things.swap(place, other);
    }
}

#[test]
fn the_campaign_that_wins_is_the_one_of_the_slow_telling_whatever_the_order_of_things() {
    let mut won = 0;
    for seed in 0..cases() {
        let mut dice = Dice::new(seed);
        let facts = random::facts(&mut dice);
        let mut campaigns = random::campaigns(&mut dice);
        let fast = chosen(&campaigns, &facts);
        assert_eq!(fast, slow::campaigns(&campaigns, &facts), "seed {seed}");
        let winners = fast.1.iter().filter(|line| line.contains("Chosen")).count();
        assert_eq!(winners, usize::from(fast.0.is_some()), "at most one, seed {seed}");
        won += winners;
        shuffle(&mut campaigns, &mut dice);
        assert_eq!(chosen(&campaigns, &shaken(&facts, &mut dice)), fast, "seed {seed}");
        // One that never matters.
        let mut off = campaigns[0].clone();
        off.id = crossgrade::domain::ids::CampaignId::parse("zz").unwrap();
        off.validity.active = false;
        campaigns.push(off);
        let with_it = chosen(&campaigns, &facts);
        assert_eq!(with_it.0, fast.0, "seed {seed}");
    }
    assert!(won > 100, "only {won} orders were offered anything");
}

/// What is saved and removed at once, some of it several times; edits rise.
fn edit(
    campaigns: &mut Vec<Campaign>,
    dice: &mut Dice,
    edits: &mut i64,
) -> (Vec<CampaignId>, Vec<Campaign>) {
    let mut removed = Vec::new();
    if dice.one_in(2) && !campaigns.is_empty() {
        let place = usize::try_from(dice.below(campaigns.len() as u64)).unwrap();
        removed.push(campaigns.remove(place).id);
    }
    let mut saved = random::campaigns(dice);
    saved.truncate(usize::try_from(dice.below(3)).unwrap());
    for campaign in &mut saved {
        *edits += 1;
        campaign.edit = *edits;
        let name = format!("c{}", dice.below(12));
        campaign.id = CampaignId::parse(&name).unwrap();
    }
    let last: BTreeMap<CampaignId, Campaign> =
        saved.into_iter().map(|it| (it.id.clone(), it)).collect();
    campaigns.retain(|it| !last.contains_key(&it.id));
    campaigns.extend(last.values().cloned());
    (removed, last.into_values().collect())
}

#[test]
fn after_any_series_of_edits_the_index_answers_as_the_slow_telling_of_what_is_there() {
    let (mut won, mut there) = (0, 0);
    for seed in 0..cases() / 3 {
        let mut dice = Dice::new(seed);
        let mut campaigns = random::campaigns(&mut dice);
        let mut index = Index::of(&campaigns);
        let mut edits = 100;
        for _ in 0..=dice.below(8) {
            let (removed, saved) = edit(&mut campaigns, &mut dice, &mut edits);
            index = index.with(&removed, saved).expect("a few edits");
            there = there.max(campaigns.len());
            let facts = random::facts(&mut dice);
            let answer = asked(&index, &campaigns, &facts);
            assert_eq!(answer, slow::campaigns(&campaigns, &facts), "seed {seed}");
            won += usize::from(answer.0.is_some());
        }
    }
    assert!(won > 100 && there > 8, "{won} offers, up to {there} campaigns");
}

#[test]
fn what_nobody_needs_to_know_the_stock_of_makes_no_difference() {
    let mut left_out = 0;
    for seed in 0..cases() {
        let mut dice = Dice::new(seed);
        let facts = random::facts(&mut dice);
        let rules = random::gift_rules(&mut dice);
        let asked: Vec<_> = in_question(&rules, &facts).into_iter().map(|it| &it.id).collect();
        let known = |rule: &GiftRule| asked.contains(&&rule.id);
        let others = rules.iter().filter(|rule| !known(rule));
        let named = |rules: &mut dyn Iterator<Item = &GiftRule>| -> BTreeSet<ProductId> {
            rules.flat_map(|rule| rule.get.iter().map(|gift| gift.product.clone())).collect()
        };
        let mut unknown = named(&mut others.clone());
        left_out += unknown.len();
        let held = named(&mut rules.iter().filter(|rule| known(rule)));
        unknown.retain(|id| {
            let in_cart = facts.present().any(|it| it == id);
            !held.contains(id) && !in_cart
        });
        let mut fewer = facts.clone();
        fewer.products.retain(|id, _| !unknown.contains(id));
        let mut stale = rules.clone();
        for rule in stale.iter_mut().filter(|rule| !asked.contains(&&rule.id)) {
            rule.get.iter_mut().for_each(|gift| gift.stock = 3 - gift.stock.min(3));
        }
        let verdicts = |rules: &[GiftRule], facts: &Facts| -> Vec<String> {
            let gifts = give_gifts(rules, facts);
            let applied = gifts.applied.iter();
            let applied = applied.map(|it| format!("{} {} {:?}", it.rule.id, it.times, it.items));
            let considered = gifts.considered.iter();
            let considered = considered.map(|it| format!("{} {}", it.rule.id, told(it.verdict)));
            applied.chain(considered).collect()
        };
        assert_eq!(verdicts(&stale, &fewer), verdicts(&rules, &facts), "seed {seed}");
    }
    assert!(left_out > 100, "{left_out}");
}

#[test]
fn gifts_are_those_of_the_slow_telling_and_were_on_hand() {
    let (mut given, mut rounds) = (0, 0);
    for seed in 0..cases() {
        let mut dice = Dice::new(seed);
        let facts = random::facts(&mut dice);
        let mut rules = random::gift_rules(&mut dice);
        let fast = give_gifts(&rules, &facts);
        let lines = |gifts: &crossgrade::selection::gifts::Gifts<'_>| {
            let applied = gifts.applied.iter().map(|it| {
                let items: Vec<_> = it
                    .items
                    .iter()
                    .map(|it| (it.product.to_string(), it.quantity, it.price))
                    .collect();
                (it.rule.id.to_string(), it.times, items)
            });
            let verdicts = gifts
                .considered
                .iter()
                .map(|it| format!("{} {} {:?}", it.rule.id, told(it.verdict), it.clause));
            (applied.collect::<Vec<_>>(), verdicts.collect::<Vec<_>>())
        };
        let shown = lines(&fast);
        assert_eq!(shown.0, slow::gifts(&rules, &facts), "seed {seed}");
        assert!(fast.rounds <= rules.len() + 1, "seed {seed}: {} rounds", fast.rounds);
        rounds = rounds.max(fast.rounds);
        for (product, goods) in &facts.products {
            let of = |all: &[Given]| -> i64 {
                let items = all.iter().flat_map(|(.., items)| items);
                items.filter(|it| it.0 == product.as_str()).map(|it| it.1).sum()
            };
            let needed: i64 = facts
                .cart
                .lines
                .iter()
                .filter(|line| line.item == Item::Product(product.clone()))
                .map(|line| line.quantity)
                .sum();
            let taken = of(&shown.0);
            given += taken;
            let room = goods.stock.map_or(i64::MAX, |stock| (stock - needed).max(0));
            assert!(taken <= room, "seed {seed}: {taken} of {product}, of which there are {room}");
        }
        shuffle(&mut rules, &mut dice);
        let again = lines(&give_gifts(&rules, &shaken(&facts, &mut dice)));
        assert_eq!(again, shown, "seed {seed}");
    }
    assert!(given > 100 && rounds > 2, "{given} gifts, {rounds} rounds");
}

#[test]
fn promotions_are_earned_or_near_as_the_slow_telling_says() {
    let mut seen = BTreeSet::new();
    for seed in 0..cases() {
        let mut dice = Dice::new(seed);
        let facts = random::facts(&mut dice);
        let mut promotions = random::promotions(&mut dice);
        let lines = |promotions: &[_], facts: &Facts| -> Vec<String> {
            let told = judge_promotions(promotions, facts);
            let line = |it: &crossgrade::selection::promotions::ShownPromotion<'_>| {
                let upsells: Vec<_> = it.upsells.iter().map(|it| it.upsell.id.clone()).collect();
                format!("{} {:?} {}", it.promotion.id, it.standing, upsells.join(" "))
            };
            told.iter().map(line).collect()
        };
        let fast = lines(&promotions, &facts);
        let slowly = slow::promotions(&promotions, &facts);
        for (line, (id, earned, upsells)) in fast.iter().zip(&slowly) {
            let expected = match (earned, upsells.is_empty()) {
                (true, _) => format!("{id} Earned "),
                (false, true) => format!("{id} Out "),
                (false, false) => format!("{id} Near {}", upsells.join(" ")),
            };
            // Out of reach is for the other test.
            let out = format!("{id} Out ");
            assert!(*line == expected || (*line == out && !earned), "seed {seed}: {line}");
            seen.insert(line.split(' ').nth(1).unwrap().to_owned());
        }
        shuffle(&mut promotions, &mut dice);
        assert_eq!(lines(&promotions, &shaken(&facts, &mut dice)), fast, "seed {seed}");
    }
    assert_eq!(seen.len(), 3, "{seen:?}");
}

/// A cart with something more in it, which only one selector is meant to pick.
fn with_more(facts: &Facts, of: &Selector, quantity: i64, unit_net: i64, name: &str) -> Facts {
    let mut more = facts.clone();
    let id = ProductId::parse(name).unwrap();
    let mut goods = ProductFacts {
        unit_net: Some(Money::new(1, facts.cart.currency)),
        ..ProductFacts::default()
    };
    let mut item = Item::Product(id.clone());
    match of {
        Selector::Product(product) => item = Item::Product(product.clone()),
        Selector::Brand(brand) => goods.brand = Some(brand.clone()),
        Selector::Tag(tag) => goods.tags = [tag.clone()].into(),
        Selector::Offer(offer) => item = Item::Offer(offer.clone()),
        Selector::Any => {}
    }
    more.products.entry(id).or_insert(goods);
    more.cart.lines.push(CartLine { item, quantity, unit_net });
    more
}

/// What is missing, bought: each thing by itself, and of the whole what is then still missing.
/// Of everything so much less.
fn bought(facts: &Facts, all: &[Missing], less: i64) -> Facts {
    let mut wanted: BTreeMap<Selector, (i64, i64)> = BTreeMap::new();
    for missing in all {
        let (of, units, value) = match missing {
            Missing::Net(value) => (Selector::Any, 0, *value),
            Missing::Value { of, missing } => (of.clone(), 0, *missing),
            Missing::Units { of, missing } => (of.clone(), *missing, 0),
        };
        let most = wanted.entry(of).or_default();
        *most = (most.0.max(units), most.1.max(value));
    }
    let (units, value) = wanted.remove(&Selector::Any).unwrap_or_default();
    let mut more = facts.clone();
    let mut spent = (0, 0);
    for (place, (of, (units, value))) in wanted.iter().enumerate() {
        let (units, value) = (units - less, value - less);
        let name = format!("bought-{place}");
        if value > 0 {
            more = with_more(&more, of, 1, value, &name);
        }
        if units > i64::from(value > 0) {
            more = with_more(&more, of, units - i64::from(value > 0), 0, &name);
        }
        spent = (spent.0 + units.max(i64::from(value > 0)), spent.1 + value.max(0));
    }
    let (units, value) = (units - less - spent.0, value - less - spent.1);
    if value > 0 {
        more = with_more(&more, &Selector::Any, 1, value, "bought");
    }
    if units > i64::from(value > 0) {
        more = with_more(&more, &Selector::Any, units - i64::from(value > 0), 0, "bought");
    }
    more
}

#[test]
fn what_is_missing_bought_earns_it_and_one_less_does_not() {
    let mut tried = 0;
    for seed in 0..cases() * 4 {
        let mut dice = Dice::new(seed);
        let facts = random::facts(&mut dice);
        // With one clause the first thing missing is all there is.
        let condition = random::need(&mut dice);
        let basket = Basket::of(&facts);
        let Some(gap) = missing(&condition, &basket).filter(|gap| !gap.is_empty()) else {
            continue;
        };
        tried += 1;
        let earned = |less| slow::holds(&condition, &slow::lines(&bought(&facts, &gap, less)));
        assert!(earned(0), "seed {seed}: {condition:?} {gap:?}");
        // With several branches another one may be nearer to what is then there.
        let mut branches = false;
        condition.walk(&mut |it| branches |= matches!(it, Condition::Any(_)));
        if gap.len() == 1 && !branches {
            assert!(!earned(1), "seed {seed}: {condition:?} {gap:?}");
        }
    }
    assert!(tried > 100, "only {tried} had anything missing");
}

#[test]
fn near_promotions_say_what_is_missing() {
    for seed in 0..cases() {
        let mut dice = Dice::new(seed);
        let facts = random::facts(&mut dice);
        let promotions = random::promotions(&mut dice);
        for told in judge_promotions(&promotions, &facts) {
            let near = told.standing == PromotionProgress::Near;
            assert_eq!(near, !told.upsells.is_empty(), "seed {seed}");
            assert!(told.upsells.iter().all(|it| !it.missing.is_empty()), "seed {seed}");
        }
    }
}
