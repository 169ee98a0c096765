//! Random shops, and what is done in them, from a seed.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use super::model::{
    Automation, Code, Customer, Fate, Message, Minute, News, Order, Payment, Refusal, Shop, State,
    Step, Subscription, Trigger, Version,
};
use super::telling::{Action, TRIED};
use crate::oracle::generate::Dice;

const HOUR: Minute = 60;
const DAY: Minute = 24 * HOUR;

/// On which day a shop opens, and where: many of them shortly before clocks change.
const OPENINGS: [(&str, Tz); 7] = [
    ("2026-01-31", Tz::Europe__Berlin),
    ("2026-03-26", Tz::Europe__Berlin),
    ("2026-10-22", Tz::Europe__Berlin),
    ("2026-03-05", Tz::America__New_York),
    ("2026-10-29", Tz::America__New_York),
    ("2026-04-02", Tz::Australia__Lord_Howe),
    ("2026-10-01", Tz::Australia__Lord_Howe),
];

const DELAYS: [Minute; 8] = [0, 30, HOUR, 5 * HOUR, 20 * HOUR, DAY, 36 * HOUR, 3 * DAY];
const WINDOWS: [Minute; 4] = [HOUR, DAY, 5 * DAY, 30 * DAY];
/// Over midnight, over the hours that are skipped or come twice, and by day.
const QUIET: [(u32, u32); 5] =
    [(21 * 60, 8 * 60), (22 * 60, 2 * 60 + 30), (90, 150), (2 * 60 + 15, 7 * 60), (720, 780)];
const TRIGGERS: [Trigger; 3] = [Trigger::Delivered, Trigger::Started, Trigger::Cancelled];

/// How many people buy.
const CUSTOMERS: usize = 8;

/// The day on which the shop of a seed opens.
pub(crate) fn opening(seed: u64) -> (&'static str, Tz) {
    OPENINGS[below(&mut Dice::new(seed), OPENINGS.len())]
}

fn below(dice: &mut Dice, end: usize) -> usize {
    usize::try_from(dice.below(end as u64)).expect("a small number")
}

fn minutes(dice: &mut Dice, end: Minute) -> Minute {
    Minute::try_from(dice.below(end.unsigned_abs())).expect("a small number")
}

/// A shop that opens now: nobody has bought anything, and no automation is live.
pub(crate) fn shop(dice: &mut Dice, zone: Tz, now: Minute) -> Shop {
    let customers = (0..CUSTOMERS).map(|at| {
        let id = format!("c-{at}");
        let email = (at > 0).then(|| format!("{id}@example.com"));
        Customer { id, email, wants: None, silences: [].into() }
    });
    let automations = (0..3).map(|at| {
        let trigger = if at == 0 { Trigger::Delivered } else { *dice.pick(&TRIGGERS) };
        let versions = vec![version(dice, trigger)];
        Automation { id: format!("a-{at}"), versions, state: State::Draft, live: Vec::new() }
    });
    let automations = automations.collect();
    Shop {
        now,
        zone,
        gap: *dice.pick(&[0, 0, HOUR, DAY, 2 * DAY]),
        by_consent: dice.one_in(8),
        public: (1 + below(dice, 3), *dice.pick(&[10, 33, 100])),
        customers: customers.collect(),
        refusals: BTreeMap::new(),
        automations,
        orders: Vec::new(),
        subscriptions: Vec::new(),
        holds: Vec::new(),
        runs: Vec::new(),
        messages: Vec::new(),
        purchases: Vec::new(),
        held_out: [].into(),
        handed_over: Vec::new(),
    }
}

fn version(dice: &mut Dice, trigger: Trigger) -> Version {
    let shows = dice.one_in(2);
    let steps = (0..=below(dice, 3)).map(|at| Step {
        key: format!("s-{}", if dice.one_in(6) { at + 5 } else { at }),
        delay: *dice.pick(&DELAYS),
        by_mail: dice.one_in(3),
        shows_code: shows && dice.one_in(2),
    });
    let steps: Vec<Step> = steps.collect();
    let coupon = (*dice.pick(&[10, 15, 100]), 1 + dice.below(20));
    // What nobody is shown is not there.
    let has_code = steps.iter().any(|step| step.shows_code);
    Version {
        trigger,
        steps,
        quiet: dice.one_in(2).then(|| *dice.pick(&QUIET)),
        window: *dice.pick(&WINDOWS),
        buyers_complete: dice.one_in(3),
        holdout: *dice.pick(&[0, 0, 0, 40]),
        coupon: if has_code { coupon } else { (0, 0) },
    }
}

/// What is done next.
pub(crate) fn action(dice: &mut Dice, shop: &Shop) -> Action {
    loop {
        if let Some(action) = tried(dice, shop) {
            return action;
        }
    }
}

/// One of some, as far as there are any.
fn one(dice: &mut Dice, many: usize) -> Option<usize> {
    // What is new is what mostly happens next.
    let many = if dice.one_in(2) { many.min(3) } else { many };
    (many > 0).then(|| below(dice, many))
}

fn newest(dice: &mut Dice, many: usize) -> Option<usize> {
    one(dice, many).map(|at| many - 1 - at)
}

/// How long ago something was that is told now.
fn ago(dice: &mut Dice) -> Minute {
    if dice.one_in(4) { minutes(dice, 4 * HOUR) } else { 0 }
}

fn tried(dice: &mut Dice, shop: &Shop) -> Option<Action> {
    let mut customer = below(dice, shop.customers.len());
    let drafts = shop.automations.iter().position(|it| it.state == State::Draft);
    if let Some(automation) = drafts.filter(|_| dice.one_in(2)) {
        return Some(Action::Turn { automation, to: State::Live });
    }
    // Whoever begins is mostly new.
    let is_known = |it: usize| shop.orders.iter().any(|order| order.customer == it);
    if is_known(customer) && dice.one_in(2) {
        customer = (customer + 1) % shop.customers.len();
    }
    // Or was written to.
    if let Some(message) = newest(dice, shop.messages.len()).filter(|_| dice.one_in(4)) {
        customer = shop.whose(message);
    }
    Some(match dice.below(100) {
        0..14 => {
            let total = [1_000, 1_995, 333, 12_050][below(dice, 4)];
            let (ago, brought_over) = (ago(dice), dice.one_in(20));
            let code = if brought_over { None } else { code(dice, shop, customer) };
            Action::Place { customer, total, ago, code, brought_over }
        }
        14..24 => {
            let order = lacking(dice, shop, |it| it.paid.is_none())?;
            Action::Paid { order, ago: ago(dice) }
        }
        24..34 => {
            let order = lacking(dice, shop, |it| it.delivered.is_none())?;
            Action::Delivered { order, ago: ago(dice) }
        }
        34..36 => Action::Cancelled { order: newest(dice, shop.orders.len())? },
        36..38 => Action::Refunded {
            order: newest(dice, shop.orders.len())?,
            amount: dice.one_in(2).then(|| 1 + minutes(dice, 900)),
            name: format!("r-{}", dice.below(3)),
        },
        38..44 => {
            let price = [990, 2_995, 5_005, TRIED.0][below(dice, 4)];
            // Nobody buys the same one twice.
            let mut begun = shop.subscriptions.iter().filter(|it| it.customer == customer);
            let is_settled =
                |it: &Subscription| it.payments.last().is_none_or(|(_, it)| *it == Payment::Paid);
            let may = |it: &Subscription| it.price != price && (price != TRIED.0 || is_settled(it));
            if shop.is_holding(customer) || !begun.all(may) {
                return None;
            }
            match code(dice, shop, customer) {
                Some(code) if dice.one_in(3) => Action::Hold { customer, price, code },
                code => Action::Checkout { customer, price, code },
            }
        }
        44..46 => invoice(dice, shop)?,
        46..51 => Action::CancelAtEnd { subscription: changed(dice, shop)? },
        51..53 => {
            let subscription = changed(dice, shop)?;
            // Whether a code that was given back is redeemed again is not asked here.
            let is_plain = !shop.subscriptions[subscription].is_code_back;
            let is_plain = is_plain || shop.subscriptions[subscription].code.is_none();
            Action::Uncancel { subscription: Some(subscription).filter(|_| is_plain)? }
        }
        53..70 => tell(dice, shop)?,
        70..72 => unsubscribe(dice, shop)?,
        72 => Action::Suppress { customer },
        73..75 => Action::Lift { customer },
        75..78 => Action::Profile {
            customer,
            email: (!dice.one_in(4)).then(|| format!("c-{customer}@{}.example", dice.below(3))),
            wants: *dice.pick(&[None, Some(true), Some(true), Some(false)]),
        },
        78..82 => Action::Answer { customer, refusal: refusal(dice, shop) },
        82..84 => Action::Turn {
            automation: below(dice, shop.automations.len()),
            to: *dice.pick(&[State::Live, State::Live, State::Paused, State::Stopped]),
        },
        84..86 => {
            let automation = below(dice, shop.automations.len());
            let trigger = shop.automations[automation].newest().trigger;
            Action::Edit { automation, version: version(dice, trigger) }
        }
        86..89 => follow(dice, shop)?,
        _ => {
            let most = *dice.pick(&[HOUR, DAY, 2 * DAY, 4 * DAY]);
            Action::Advance { minutes: minutes(dice, most) }
        }
    })
}

/// Mostly an order that lacks something, else any.
fn lacking(dice: &mut Dice, shop: &Shop, lacks: impl Fn(&Order) -> bool) -> Option<usize> {
    let lacking = (0..shop.orders.len()).filter(|at| lacks(&shop.orders[*at]));
    let lacking: Vec<usize> = lacking.collect();
    if lacking.is_empty() || dice.one_in(6) {
        return newest(dice, shop.orders.len());
    }
    Some(*dice.pick(&lacking))
}

fn refusal(dice: &mut Dice, shop: &Shop) -> Option<Refusal> {
    // Where several go to somebody at once, one that is given up takes the others off the way or
    // not: that is left open.
    let nobody = if shop.gap > 0 { Refusal::Nobody } else { Refusal::Later };
    *dice.pick(&[None, Some(Refusal::Later), Some(nobody)])
}

/// Mostly none, else a code: the public one, their own, or somebody else's.
fn code(dice: &mut Dice, shop: &Shop, customer: usize) -> Option<Code> {
    if dice.one_in(12) {
        return Some(Code::Public);
    }
    let known = (0..shop.runs.len()).filter(|run| shop.runs[*run].code_until.is_some());
    let known: Vec<usize> = known.collect();
    let own = known.iter().find(|run| shop.runs[**run].customer == customer);
    match own {
        Some(own) if dice.one_in(2) => Some(Code::OfRun(*own)),
        _ if !known.is_empty() && dice.one_in(10) => Some(Code::OfRun(*dice.pick(&known))),
        _ => None,
    }
}

/// A subscription that can be cancelled, or taken up again: not while a checkout is held, nor once
/// it is over.
fn changed(dice: &mut Dice, shop: &Shop) -> Option<usize> {
    let place = newest(dice, shop.subscriptions.len())?;
    let subscription = &shop.subscriptions[place];
    let is_over = subscription.tried_until.is_some() && subscription.ends && !shop.is_tried(place);
    (!is_over && !shop.is_holding(subscription.customer)).then_some(place)
}

/// What may become of the first invoice of a subscription: what is credited stays so.
fn invoice(dice: &mut Dice, shop: &Shop) -> Option<Action> {
    let subscription = newest(dice, shop.subscriptions.len())?;
    let begun = &shop.subscriptions[subscription];
    if begun.gross == 0 {
        return None;
    }
    // What somebody has too much, or owes, may go from one invoice to the other: not asked here.
    let theirs = shop.subscriptions.iter().filter(|it| it.customer == begun.customer);
    if shop.is_holding(begun.customer) || theirs.clone().any(|it| it.tried_until.is_some()) {
        return None;
    }
    let has = |payment: Payment| theirs.clone().any(|it| it.payments.last().unwrap().1 == payment);
    let payment = match begun.payments.last()?.1 {
        Payment::Credited => return None,
        Payment::Bounced => Payment::Paid,
        Payment::Paid => *dice.pick(&[Payment::Bounced, Payment::Credited]),
    };
    let is_mixed = match payment {
        Payment::Paid => false,
        Payment::Bounced => has(Payment::Credited),
        Payment::Credited => has(Payment::Bounced),
    };
    if is_mixed {
        return None;
    }
    Some(Action::Invoice { subscription, payment })
}

fn tell(dice: &mut Dice, shop: &Shop) -> Option<Action> {
    use News::{Bounced, Clicked, Delivered, Failed, Read, Replied, Sent};
    let message = newest(dice, shop.messages.len())?;
    let news = [Sent, Delivered, Delivered, Read, Read, Read, Clicked, Replied, Failed, Bounced];
    let news = *dice.pick(&news);
    // Of what never went out nobody tells.
    let Message { attempts, fate, .. } = shop.messages[message];
    if attempts == 0 || fate == Fate::Dropped && news == Bounced {
        return None;
    }
    let ago = if dice.one_in(2) { minutes(dice, 2 * DAY) } else { 0 };
    let name = format!("e-{}", dice.below(12));
    Some(Action::Tell { message, news, ago, bot: dice.one_in(6), name })
}

fn unsubscribe(dice: &mut Dice, shop: &Shop) -> Option<Action> {
    let message = newest(dice, shop.messages.len())?;
    shop.messages[message].accepted.is_some().then_some(Action::Unsubscribe { message })
}

/// Links of what was called are seen, whatever was answered.
fn follow(dice: &mut Dice, shop: &Shop) -> Option<Action> {
    let message = newest(dice, shop.messages.len())?;
    let is_seen = shop.messages[message].attempts > 0 && !shop.is_mail(message);
    is_seen.then(|| Action::Follow { message, bot: dice.one_in(3) })
}
