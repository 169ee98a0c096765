//! The nouns of the second telling. Moments are minutes since 1970, money is cents, and things are
//! known by their place.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;

/// A moment, or a length, in minutes.
pub(crate) type Minute = i64;

/// What makes customers start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trigger {
    Delivered,
    Started,
    Cancelled,
}

/// A message of an automation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) key: String,
    pub(crate) delay: Minute,
    pub(crate) by_mail: bool,
    pub(crate) shows_code: bool,
}

/// A version of an automation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) trigger: Trigger,
    pub(crate) steps: Vec<Step>,
    /// Minutes of the day.
    pub(crate) quiet: Option<(u32, u32)>,
    pub(crate) window: Minute,
    pub(crate) buyers_complete: bool,
    pub(crate) holdout: u32,
    /// The percentage of its codes, and for how many days they are good.
    pub(crate) coupon: (i64, u64),
}

impl Version {
    /// Until when after its start a purchase counts for a run.
    pub(crate) fn horizon(&self) -> Minute {
        self.steps.iter().map(|step| step.delay).sum::<Minute>() + self.window
    }
}

/// Whether an automation works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Draft,
    Live,
    Paused,
    Stopped,
}

/// An automation with all that it has been.
#[derive(Clone, Debug)]
pub(crate) struct Automation {
    pub(crate) id: String,
    pub(crate) versions: Vec<Version>,
    pub(crate) state: State,
    /// From when to when it was live.
    pub(crate) live: Vec<(Minute, Option<Minute>)>,
}

impl Automation {
    pub(crate) fn newest(&self) -> &Version {
        self.versions.last().expect("there is one")
    }

    pub(crate) fn was_live(&self, at: Minute) -> bool {
        self.live.iter().any(|(from, to)| *from <= at && to.is_none_or(|to| at < to))
    }
}

/// Why somebody is sent nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Silence {
    Unsubscribed,
    Merchant,
    Profile,
    /// A message to this address came back.
    Bounced(Option<String>),
}

/// Somebody who buys.
#[derive(Clone, Debug)]
pub(crate) struct Customer {
    pub(crate) id: String,
    pub(crate) email: Option<String>,
    /// What the profile says of messages.
    pub(crate) wants: Option<bool>,
    pub(crate) silences: BTreeSet<Silence>,
}

/// What becomes of what is handed over for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Not now.
    Later,
    /// Mail servers know nobody of that name; endpoints say not now.
    Nobody,
}

/// With what a purchase was made cheaper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// The public one.
    Public,
    /// That of a run.
    OfRun(usize),
}

/// An order.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) id: String,
    pub(crate) customer: usize,
    pub(crate) total: i64,
    pub(crate) placed: Minute,
    pub(crate) paid: Option<Minute>,
    pub(crate) delivered: Option<Minute>,
    pub(crate) cancelled: Option<Minute>,
    /// By the shop's names.
    pub(crate) refunds: BTreeMap<String, (Minute, i64)>,
    pub(crate) brought_over: bool,
    pub(crate) code: Option<Code>,
}

impl Order {
    pub(crate) fn refunded(&self) -> i64 {
        self.refunds.values().map(|(_, amount)| amount).sum()
    }

    pub(crate) fn is_paid_back(&self) -> bool {
        self.paid.is_some() && self.total > 0 && self.refunded() >= self.total
    }
}

/// What happens to the first invoice of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payment {
    Paid,
    Bounced,
    Credited,
}

/// A subscription that a checkout began.
#[derive(Clone, Debug)]
pub(crate) struct Subscription {
    pub(crate) customer: usize,
    pub(crate) began: Minute,
    /// What it costs.
    pub(crate) price: i64,
    /// What its first line came to.
    pub(crate) gross: i64,
    pub(crate) code: Option<Code>,
    /// The code was given back: nothing will be booked.
    pub(crate) is_code_back: bool,
    /// The day on which its trial ends, where it began with one: then it is booked, and not paid.
    pub(crate) tried_until: Option<chrono::NaiveDate>,
    pub(crate) payments: Vec<(Minute, Payment)>,
    /// Its end is told of.
    pub(crate) ends: bool,
    /// When it was cancelled, each time.
    pub(crate) cancelled: Vec<Minute>,
}

/// A checkout that is held, with the code that nobody else redeems meanwhile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hold {
    pub(crate) customer: usize,
    pub(crate) code: Code,
    pub(crate) until: Minute,
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stands {
    Active,
    Exited(&'static str),
    Completed,
    HeldOut,
}

/// What started a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    Order(usize),
    Subscription(usize),
}

/// Somebody's way through an automation.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) automation: usize,
    pub(crate) customer: usize,
    /// The place of its version.
    pub(crate) version: usize,
    pub(crate) cause: Cause,
    pub(crate) started: Minute,
    pub(crate) stands: Stands,
    /// The place of the step that it waits for.
    pub(crate) step: usize,
    pub(crate) due: Option<Minute>,
    pub(crate) ended: Option<Minute>,
    /// The last day of its code, once that was made.
    pub(crate) code_until: Option<chrono::NaiveDate>,
}

/// What is told of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum News {
    Sent,
    Delivered,
    Read,
    Replied,
    Clicked,
    Bounced,
    Failed,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Queued,
    Sent,
    Failed,
    Dropped,
}

/// A message.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) run: usize,
    pub(crate) step: usize,
    pub(crate) email: Option<String>,
    pub(crate) fate: Fate,
    pub(crate) attempts: usize,
    pub(crate) queued: Minute,
    pub(crate) next: Minute,
    pub(crate) accepted: Option<Minute>,
    pub(crate) given_up: Option<Minute>,
    /// What was told of it that counts.
    pub(crate) news: Vec<(News, Minute)>,
    /// Under which names.
    pub(crate) names: BTreeSet<String>,
    pub(crate) shows_code: bool,
}

impl Message {
    /// The earliest of what was told that says this or implies it.
    fn earliest(&self, says: impl Fn(News) -> bool) -> Option<Minute> {
        self.news.iter().filter(|(news, _)| says(*news)).map(|(_, at)| *at).min()
    }

    pub(crate) fn sent(&self) -> Option<Minute> {
        self.earliest(|_| true).into_iter().chain(self.accepted).min()
    }

    pub(crate) fn delivered(&self) -> Option<Minute> {
        use News::{Clicked, Delivered, Read, Replied};
        self.earliest(|news| matches!(news, Delivered | Read | Replied | Clicked))
    }

    pub(crate) fn read(&self) -> Option<Minute> {
        use News::{Clicked, Read, Replied};
        self.earliest(|news| matches!(news, Read | Replied | Clicked))
    }

    pub(crate) fn replied(&self) -> Option<Minute> {
        self.earliest(|news| news == News::Replied)
    }

    pub(crate) fn clicked(&self) -> Option<Minute> {
        self.earliest(|news| news == News::Clicked)
    }

    pub(crate) fn bounced(&self) -> Option<Minute> {
        self.earliest(|news| matches!(news, News::Bounced | News::Failed))
    }
}

/// What was bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bought {
    Order(usize),
    Subscription(usize),
    /// The cancellation of a subscription was taken back.
    Back(usize),
}

/// A purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Purchase {
    pub(crate) customer: usize,
    pub(crate) at: Minute,
    pub(crate) what: Bought,
}

/// A shop with all that ever happened in it.
#[derive(Clone, Debug)]
pub(crate) struct Shop {
    pub(crate) now: Minute,
    pub(crate) zone: Tz,
    pub(crate) gap: Minute,
    pub(crate) by_consent: bool,
    /// How often all together redeem the public code, and its percentage.
    pub(crate) public: (usize, i64),
    pub(crate) customers: Vec<Customer>,
    pub(crate) refusals: BTreeMap<usize, Refusal>,
    pub(crate) automations: Vec<Automation>,
    pub(crate) orders: Vec<Order>,
    pub(crate) subscriptions: Vec<Subscription>,
    /// Every checkout that was ever held.
    pub(crate) holds: Vec<Hold>,
    pub(crate) runs: Vec<Run>,
    pub(crate) messages: Vec<Message>,
    pub(crate) purchases: Vec<Purchase>,
    /// Who are held out, as a hash has it that nobody here knows: automation and customer.
    pub(crate) held_out: BTreeSet<(usize, usize)>,
    /// Each time that something was handed over, in order: the place of the message.
    pub(crate) handed_over: Vec<usize>,
}

impl Shop {
    pub(crate) fn version_of(&self, run: &Run) -> &Version {
        &self.automations[run.automation].versions[run.version]
    }

    /// Whether somebody is sent nothing.
    pub(crate) fn is_silent(&self, customer: usize) -> bool {
        let customer = &self.customers[customer];
        !customer.silences.is_empty()
            || customer.wants == Some(false)
            || self.by_consent && customer.wants != Some(true)
    }

    /// Who uses a code now.
    pub(crate) fn users(&self, code: Code) -> Vec<usize> {
        let orders = self.orders.iter().filter(|it| it.code == Some(code));
        let orders = orders.filter(|it| it.cancelled.is_none()).map(|it| it.customer);
        let begun = self.subscriptions.iter().filter(|it| it.code == Some(code));
        let begun = begun.filter(|it| !it.is_code_back);
        orders.chain(begun.map(|it| it.customer)).collect()
    }

    /// Whose checkouts keep a code now.
    pub(crate) fn holders(&self, code: Code) -> Vec<usize> {
        let holds = self.holds.iter().filter(|it| it.code == code && self.now < it.until);
        holds.map(|it| it.customer).collect()
    }

    /// Whether a checkout of somebody's is held.
    pub(crate) fn is_holding(&self, customer: usize) -> bool {
        self.holds.iter().any(|it| it.customer == customer && self.now < it.until)
    }

    /// Whether a subscription is in its trial.
    pub(crate) fn is_tried(&self, subscription: usize) -> bool {
        let until = self.subscriptions[subscription].tried_until;
        until.is_some_and(|until| self.day(self.now) < until)
    }
}
