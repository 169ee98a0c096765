//! The first reading of a file of running subscriptions: how long it is, which of its ids others
//! name, and which of its lines may say what another one says. So whoever judges it holds no more
//! than that of what was judged before.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, Hash};
use std::path::Path;

use csv::ByteRecord;
use foldhash::quality::FixedState;
use serde::Deserialize;
use serde_json::Value;

use crate::app::bring_over::BringOverLine;
use crate::domain::ids::SubscriptionId;

use super::bring_over_file::{HeadColumn, Reader};
use super::bring_over_line::is_made_up;
use super::error::CliError;
use super::exports::Mapping;

/// How many lines are told apart at once: what they are told apart by takes 8 bytes, twice a line.
const PRINTS_MAX: usize = 4 << 20;

/// What a file is, before it is judged.
pub(super) struct Outline {
    pub(super) lines: u64,
    /// The ids that others name as theirs.
    pub(super) parents: BTreeSet<SubscriptionId>,
    /// What stands on more lines than one.
    repeated: BTreeSet<u64>,
    /// Whether any line may be any other one.
    is_unclear: bool,
}

impl Outline {
    /// Reads a file.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub(super) fn of(path: &Path, mapping: Option<&Mapping>) -> Result<Self, CliError> {
        Self::within(path, mapping, PRINTS_MAX)
    }

    /// The same with so many prints held at once: more lines are read again.
    fn within(path: &Path, mapping: Option<&Mapping>, most: usize) -> Result<Self, CliError> {
        let (mut lines, mut parents) = (0, BTreeSet::new());
        let (mut has_nameless, mut has_made_up) = (false, false);
        let mut sieve = Sieve::new(most);
        let mut is_first = true;
        loop {
            each_line(path, mapping, |line| {
                let Some(line) = line else {
                    lines += u64::from(is_first);
                    return;
                };
                if is_first {
                    lines += 1;
                    parents.extend(line.parent.map(|id| SubscriptionId::stored(id.to_owned())));
                    has_nameless |= line.id.is_none();
                    has_made_up |= line.id.is_some_and(is_made_up);
                }
                line.id.into_iter().for_each(|id| sieve.add(of_id(id)));
                sieve.add(of_contract(line.customer, line.offer, line.parent));
            })?;
            is_first = false;
            if !sieve.is_to_go_on() {
                break;
            }
        }
        let is_unclear = has_nameless && has_made_up;
        Ok(Self { lines, parents, repeated: sieve.repeated, is_unclear })
    }

    /// Whether another line may say the same: has its id, or brings over what it does.
    pub(super) fn is_watched(&self, line: &BringOverLine) -> bool {
        let BringOverLine { draft, is_named, .. } = line;
        if self.is_unclear || self.repeated.is_empty() {
            return self.is_unclear;
        }
        let id = draft.id.as_ref().filter(|_| *is_named).map(|id| of_id(id.as_str()));
        let parent = draft.parent.as_ref().map(SubscriptionId::as_str);
        let contract =
            of_contract(Some(draft.customer.as_str()), Some(draft.offer.as_str()), parent);
        id.is_some_and(|id| self.repeated.contains(&id)) || self.repeated.contains(&contract)
    }
}

/// Of a line what tells it from others, as far as it can be read.
#[derive(Default)]
struct Glance<'l> {
    id: Option<&'l str>,
    customer: Option<&'l str>,
    offer: Option<&'l str>,
    parent: Option<&'l str>,
}

fn of_id(id: &str) -> u64 {
    print(("id", id))
}

/// What a line without an id brings over: where two say all the same, they say this.
fn of_contract(customer: Option<&str>, offer: Option<&str>, parent: Option<&str>) -> u64 {
    let [customer, offer, parent] = [customer, offer, parent].map(Option::unwrap_or_default);
    print(("contract", customer, offer, parent))
}

fn print(told: impl Hash) -> u64 {
    FixedState::default().hash_one(told)
}

/// Looks at each line; none is one that cannot be read.
fn each_line(
    path: &Path,
    mapping: Option<&Mapping>,
    mut look: impl FnMut(Option<Glance<'_>>),
) -> Result<(), CliError> {
    match Reader::open(path, mapping)? {
        Reader::Csv { columns, mut rows } => {
            let place = |name: &str| columns.iter().position(|it| is_named(it, name));
            let [id, customer, offer, parent] = ["id", "customer", "offer", "parent"].map(place);
            let mut row = ByteRecord::new();
            while rows
                .reader_mut()
                .read_byte_record(&mut row)
                .map_err(|error| unreadable(&error))?
            {
                let text = |place: Option<usize>| {
                    let text = std::str::from_utf8(row.get(place?)?).ok()?.trim();
                    (!text.is_empty()).then_some(text)
                };
                let (id, customer) = (text(id), text(customer));
                look(Some(Glance { id, customer, offer: text(offer), parent: text(parent) }));
            }
        }
        reader @ (Reader::Export { .. } | Reader::Json { .. }) => {
            for line in reader {
                let said = line?.said.ok().map(GlanceBody::deserialize).and_then(Result::ok);
                look(said.as_ref().map(GlanceBody::glance));
            }
        }
    }
    Ok(())
}

fn is_named(column: &HeadColumn, name: &str) -> bool {
    matches!(column.path.as_slice(), [only] if only == name)
}

fn unreadable(error: &csv::Error) -> CliError {
    CliError::Failed(error.to_string())
}

/// What of a line's object is looked at.
#[derive(Deserialize)]
struct GlanceBody {
    id: Option<Value>,
    customer: Option<Value>,
    offer: Option<Value>,
    parent: Option<Value>,
}

impl GlanceBody {
    fn glance(&self) -> Glance<'_> {
        let customer = self.customer.as_ref();
        Glance {
            id: self.id.as_ref().and_then(Value::as_str),
            customer: customer.map(|it| it.get("id").unwrap_or(it)).and_then(Value::as_str),
            offer: self.offer.as_ref().and_then(Value::as_str),
            parent: self.parent.as_ref().and_then(Value::as_str),
        }
    }
}

/// Finds what is there more than once, and holds so many at a time: as many more of the smallest as
/// there is room for, the others when all is gone through again.
struct Sieve {
    most: usize,
    from: u64,
    to: u64,
    held: Vec<u64>,
    repeated: BTreeSet<u64>,
}

impl Sieve {
    fn new(most: usize) -> Self {
        Self { most, from: 0, to: u64::MAX, held: Vec::new(), repeated: BTreeSet::new() }
    }

    fn add(&mut self, print: u64) {
        if !(self.from..=self.to).contains(&print) {
            return;
        }
        self.held.push(print);
        if self.held.len() >= self.most {
            self.compare();
            self.held.truncate(self.most / 2);
            if let Some(last) = self.held.last().filter(|_| self.held.len() == self.most / 2) {
                self.to = *last;
            }
        }
    }

    /// Notes what is held twice, and holds each once.
    fn compare(&mut self) {
        self.held.sort_unstable();
        let twice = self.held.windows(2).filter(|pair| pair.first() == pair.last());
        self.repeated.extend(twice.filter_map(|pair| pair.first()));
        self.held.dedup();
    }

    /// Whether what is left is to be gone through again.
    fn is_to_go_on(&mut self) -> bool {
        self.compare();
        self.held.clear();
        let Some(next) = self.to.checked_add(1) else { return false };
        (self.from, self.to) = (next, u64::MAX);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that are nowhere near each other.
    fn spread(number: u64) -> u64 {
        print(number)
    }

    #[test]
    fn what_stands_there_twice_is_found_however_little_is_held_at_once() {
        for most in [8, 100, 1_000, 100_000] {
            let mut sieve = Sieve::new(most);
            let mut rounds = 0;
            loop {
                rounds += 1;
                let all = (0..2_000).chain([7, 1_999, 7, 300]).chain(std::iter::repeat_n(42, 30));
                all.map(spread).for_each(|print| sieve.add(print));
                assert!(sieve.held.len() <= most);
                if !sieve.is_to_go_on() {
                    break;
                }
            }
            let twice: BTreeSet<u64> = [7, 42, 300, 1_999].map(spread).into();
            assert_eq!(sieve.repeated, twice, "{most} at once");
            assert_eq!(rounds == 1, most > 2_034, "{most} at once, {rounds} rounds");
        }
    }

    fn outline(name: &str, text: &str, most: usize) -> Outline {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        Outline::within(&path, None, most).unwrap()
    }

    #[test]
    fn a_file_is_counted_and_its_parents_are_known_however_often_it_is_gone_through() {
        let line = |n: u32| {
            let parent = if n == 9 { "s3" } else { "" };
            format!("s{n},c{},month,{parent}", n / 2)
        };
        let lines: Vec<String> = (0..50).map(line).collect();
        let text = format!("id,customer.id,offer,parent\n{}\nx\n", lines.join("\n"));
        for most in [4, 1_000] {
            let outline = outline("book.csv", &text, most);
            assert_eq!(outline.lines, 51);
            let parents: Vec<&str> = outline.parents.iter().map(SubscriptionId::as_str).collect();
            assert_eq!(parents, ["s3"]);
            // Each customer has the offer twice, but for the one who added it to another.
            assert_eq!(outline.repeated.len(), 24);
            assert!(!outline.is_unclear);
        }
    }

    #[test]
    fn an_object_a_line_is_told_apart_by_the_same() {
        let text = "{\"customer\":\"ada\",\"offer\":\"m\"}\n\n{\"customer\":{\"id\":\"ada\"},\
                    \"offer\":\"m\"}\n{\"id\":7\n{\"id\":\"sub_01\",\"customer\":\"bob\"}\n";
        let first = outline("book.ndjson", text, 100);
        assert_eq!((first.lines, first.repeated.len(), first.is_unclear), (4, 1, false));
        // An id such as is made up for a line without one may be that of another line.
        let made_up = text.replace("sub_01", "sub_0123456789abcdef0123456789");
        assert!(outline("book.ndjson", &made_up, 100).is_unclear);
    }
}
