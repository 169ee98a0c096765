//! Introductions in every circumstance, as a life for each: each moment of change, from a source in
//! its trial, at the seams, in a step and after it, to a target with and without an introduction.

use axum::Router;
use chrono::NaiveDate;

use crate::lives::play;
use crate::oracle::calendar::Length;
use crate::oracle::model::{Ask, Life, Offer, Path, Step, Transition};
use crate::oracle::samples::{checkout, merchant, offer, path};

/// Days after which the change comes: in the source's trial, on its last day, on the day after it,
/// in the step, on the day after that, and when all costs as it always will.
const DAYS: [u32; 6] = [5, 13, 14, 20, 42, 50];

/// One circumstance.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "a table of yes and no")]
struct Circumstance {
    transition: Transition,
    adds: bool,
    by_day: bool,
    keeps_date: bool,
    /// How many days after the source began.
    days: u32,
    /// Whether the source is cancelled.
    is_cancelled: bool,
    /// Whether the target is free at first.
    has_trial: bool,
    /// Whether the target costs less at first.
    has_steps: bool,
    /// Whether a replacement is introduced, too.
    introduces: bool,
}

fn circumstances() -> Vec<Circumstance> {
    let mut all = Vec::new();
    for transition in Transition::ALL {
        for bits in 0..128_u32 {
            for days in DAYS {
                let bit = |place: u32| (bits >> place) & 1 == 1;
                let one = Circumstance {
                    transition,
                    adds: bit(0),
                    by_day: bit(1),
                    keeps_date: bit(2),
                    days,
                    is_cancelled: bit(3),
                    has_trial: bit(4),
                    has_steps: bit(5),
                    introduces: bit(6),
                };
                let by_day = [Transition::Immediate, Transition::ImmediateNextBooking];
                let may_keep = one.by_day && transition == Transition::Immediate;
                if (!one.by_day || by_day.contains(&transition)) && (!one.keeps_date || may_keep) {
                    all.push(one);
                }
            }
        }
    }
    all
}

fn life(one: Circumstance) -> Life {
    let change = Path {
        is_optional: one.adds,
        by_day: one.by_day,
        keeps_date: one.keeps_date,
        introduces: one.introduces,
        ..path("source", "target", one.transition)
    };
    let mut life = merchant(vec![change]);
    life.offers.push(Offer {
        product: "source".into(),
        trial: Some(Length::read("P2W")),
        steps: vec![(500, 1)],
        ..offer("source", 990, "P1M", "P1M")
    });
    life.offers.push(Offer {
        product: "target".into(),
        trial: one.has_trial.then(|| Length::read("P1W")),
        steps: if one.has_steps { vec![(300, 2)] } else { Vec::new() },
        ..offer("target", 1_490, "P1M", "P3M")
    });
    life.settings.on_account = true;
    life.settings.payment_days = 30;
    let unpaid = |offer: &str| Ask { pay: false, ..checkout(offer) };
    life.steps = vec![Step::Checkout(unpaid("source")), Step::Advance { days: one.days }];
    life.steps.extend((0..2).map(|invoice| Step::Pay { invoice }));
    if one.is_cancelled {
        life.steps.push(Step::Cancel { sub: 0, now: false });
    }
    life.steps.push(Step::Checkout(unpaid("target")));
    life.steps.push(Step::Advance { days: 25 });
    life.steps.extend((0..4).map(|invoice| Step::Pay { invoice }));
    life.steps.push(Step::Advance { days: 100 });
    life
}

/// Plays every so many, each on an engine of its own: the first difference.
pub(crate) async fn walk(
    stride: usize,
    mut make: impl AsyncFnMut(NaiveDate) -> (Router, String),
) -> Result<(), String> {
    for one in circumstances().into_iter().step_by(stride) {
        let life = life(one);
        let (router, key) = make(life.start).await;
        let told = play(&life, router, &key).await;
        told.map_err(|difference| format!("{one:?}: {difference}"))?;
    }
    Ok(())
}
