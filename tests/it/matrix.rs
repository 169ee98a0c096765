//! Every moment of change in every circumstance, as a life for each, and what becomes of it.

use axum::Router;
use chrono::NaiveDate;
use serde_json::Value;

use crate::lives::play;
use crate::oracle::calendar::later;
use crate::oracle::model::{Ask, Life, Path, Step, Transition, World};
use crate::oracle::samples::{checkout, merchant, offer, path};

/// How it stands with the invoice of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dues {
    /// It is paid.
    Settled,
    /// There is time.
    Open,
    /// It is too late.
    Overdue,
}

/// One cell of the table.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "a table of yes and no")]
pub(crate) struct Cell {
    /// When the change happens.
    pub(crate) transition: Transition,
    /// Whether it adds.
    pub(crate) adds: bool,
    /// Whether days are prorated.
    pub(crate) by_day: bool,
    /// Whether the billing date is kept.
    pub(crate) keeps_date: bool,
    /// Whether what is not paid is no hindrance.
    pub(crate) allows_unpaid: bool,
    /// How it stands with the invoice of the source.
    pub(crate) dues: Dues,
    /// Whether the source is cancelled.
    pub(crate) is_cancelled: bool,
    /// Whether the source waits for its first booking.
    pub(crate) is_in_bridge: bool,
    /// Whether the target costs more than the source.
    pub(crate) is_dearer: bool,
}

/// Whether days can be prorated with a moment of change.
fn may_prorate(transition: Transition) -> bool {
    matches!(transition, Transition::Immediate | Transition::ImmediateNextBooking)
}

/// All cells.
pub(crate) fn cells() -> Vec<Cell> {
    let mut cells = Vec::new();
    for transition in Transition::ALL {
        for bits in 0..128_u32 {
            let bit = |place: u32| (bits >> place) & 1 == 1;
            for dues in [Dues::Settled, Dues::Open, Dues::Overdue] {
                let cell = Cell {
                    transition,
                    adds: bit(0),
                    by_day: bit(1),
                    allows_unpaid: bit(2),
                    dues,
                    is_cancelled: bit(3),
                    is_in_bridge: bit(4),
                    is_dearer: bit(5),
                    keeps_date: bit(6),
                };
                let may_keep = cell.by_day && transition == Transition::Immediate;
                if (!cell.by_day || may_prorate(transition)) && (!cell.keeps_date || may_keep) {
                    cells.push(cell);
                }
            }
        }
    }
    cells
}

/// The life of a cell: a source, its circumstances, the change, half a year, a payment of all.
pub(crate) fn life(cell: Cell) -> Life {
    let target = if cell.is_dearer { "year" } else { "archive" };
    let change = Path {
        is_optional: cell.adds,
        by_day: cell.by_day,
        keeps_date: cell.keeps_date,
        allow_unpaid: cell.allows_unpaid,
        ..path("source", target, cell.transition)
    };
    let bridge = path("before", "source", Transition::ImmediateNextBooking);
    let mut life = merchant(vec![change, bridge]);
    life.offers.push(offer("before", 700, "P1M", "P1M"));
    life.offers.push(offer("source", 990, "P1M", "P3M"));
    life.settings.on_account = true;
    life.settings.payment_days = 7;
    let unpaid = |offer: &str| Ask { pay: false, ..checkout(offer) };
    let mut steps = Vec::new();
    if cell.is_in_bridge {
        steps.push(Step::Checkout(checkout("before")));
        steps.push(Step::Advance { days: 4 });
    }
    let pays = cell.dues == Dues::Settled;
    steps.push(Step::Checkout(if pays { checkout("source") } else { unpaid("source") }));
    let days = if cell.dues == Dues::Overdue { 10 } else { 5 };
    steps.push(Step::Advance { days });
    if cell.is_cancelled {
        steps.push(Step::Cancel { sub: usize::from(cell.is_in_bridge), now: false });
    }
    steps.push(Step::Checkout(unpaid(target)));
    steps.push(Step::Advance { days: 30 });
    steps.extend((0..4).map(|invoice| Step::Pay { invoice }));
    steps.push(Step::Advance { days: 150 });
    life.steps = steps;
    life
}

/// Plays every so many cells, each on an engine of its own: the first difference.
pub(crate) async fn walk(
    stride: usize,
    mut make: impl AsyncFnMut(NaiveDate) -> (Router, String),
) -> Result<(), String> {
    for cell in cells().into_iter().step_by(stride) {
        let life = life(cell);
        let (router, key) = make(life.start).await;
        let told = play(&life, router, &key).await;
        told.map_err(|difference| format!("{cell:?}: {difference}"))?;
    }
    Ok(())
}

/// What the change of a cell is answered: the status, and the reason where it is refused.
fn told(cell: Cell) -> (u16, Value) {
    let life = life(cell);
    let is_change = |step: &Step| match step {
        Step::Checkout(ask) => ask.offer == "year" || ask.offer == "archive",
        _ => false,
    };
    let mut world = World::new(&life);
    for step in &life.steps {
        let answers = world.play(step).unwrap_or_default();
        if is_change(step) {
            let reason = answers[0].body["considered"][0]["reason"].clone();
            return (answers[0].status, reason);
        }
    }
    unreachable!("every life has a change")
}

/// What the table of reasons says of a cell.
fn reason(cell: Cell) -> Option<&'static str> {
    let is_back = cell.transition == Transition::LastBooking;
    let is_refused = match cell.dues {
        Dues::Settled => false,
        Dues::Open => cell.transition == Transition::ImmediateNextBooking,
        Dues::Overdue => true,
    };
    if cell.is_in_bridge {
        Some("still-in-bridge")
    } else if is_refused && !cell.allows_unpaid {
        Some("source-unpaid")
    } else if cell.keeps_date && cell.is_dearer {
        Some("billing-period-differs")
    } else if is_back && !cell.adds && !cell.is_dearer {
        Some("retroactive-refund")
    } else {
        None
    }
}

#[test]
fn every_cell_is_refused_for_the_first_reason_of_the_table_or_not_at_all() {
    for cell in cells() {
        let expected = reason(cell);
        let status = if expected.is_some() { 409 } else { 201 };
        assert_eq!(told(cell), (status, serde_json::json!(expected)), "{cell:?}");
    }
}

#[test]
fn every_life_of_the_table_ends_half_a_year_later() {
    for cell in cells() {
        let life = life(cell);
        let mut world = World::new(&life);
        for step in &life.steps {
            world.play(step);
        }
        assert!(world.today > later(life.start, 180), "{cell:?}");
    }
}
