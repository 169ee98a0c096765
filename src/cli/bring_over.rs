//! `crossgrade bring-over`: running subscriptions from a file. It is read twice: the first time
//! every line is judged, the second time page after page is stored. Whatever a broken attempt has
//! stored is found again by its ids.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::ExitCode;

use crate::app::App;
use crate::app::bring_over::{BringOverLine, BringOverOutcome, LineFault, Parents};
use crate::domain::calendar::Zone;
use crate::domain::fault::Fault;
use crate::domain::ids::{CustomerId, MerchantId, SubscriptionId};

use super::ahead::{FilePages, ReadLine};
use super::args::{BringOver, Common};
use super::book::Access;
use super::bring_over_file::{self, Reader};
use super::error::CliError;
use super::exports::Mapping;
use super::say::{FAULTS_TOLD, say};
use super::{book, progress};

/// How many lines are decided and stored in one transaction.
const PAGE: usize = 1_000;

pub(super) async fn run(common: &Common, options: &BringOver) -> Result<ExitCode, CliError> {
    // What is no file, or has no head, makes no book.
    // Where days begin matters to no head.
    let mapping = mapping(options, Zone::UTC);
    let parents = parents(&options.file, mapping.as_ref())?;
    let app = book::open(common, Access::Make).await?;
    app.bootstrap(None).await?;
    let done = carry_out(&app, options, parents).await;
    app.store().close().await;
    done
}

/// What the first reading is for: how long the file is, and which of its ids others name.
struct Outline {
    lines: u64,
    parents: BTreeSet<SubscriptionId>,
}

/// How a file of another system is read.
fn mapping(options: &BringOver, zone: Zone) -> Option<Mapping> {
    let offers = options.offers.iter().cloned().collect();
    options.from.map(|system| Mapping { system, offers, zone })
}

fn parents(path: &Path, mapping: Option<&Mapping>) -> Result<Outline, CliError> {
    let mut outline = Outline { lines: 0, parents: BTreeSet::new() };
    for line in Reader::open(path, mapping)? {
        outline.lines += 1;
        outline.parents.extend(line?.said.ok().as_ref().and_then(bring_over_file::parent_of));
    }
    Ok(outline)
}

async fn carry_out(app: &App, options: &BringOver, outline: Outline) -> Result<ExitCode, CliError> {
    let (path, merchant) = (&options.file, book::known_merchant(app, &options.whose).await?);
    let zone = app.settings(&merchant).await?.time_zone;
    let mapping = mapping(options, zone);
    let file = (path.as_path(), mapping.as_ref());
    let judged = judge(app, &merchant, file, &outline).await?;
    let is_sound = judged.faults == 0;
    for fault in &judged.named {
        eprintln!("{}", written(path, fault));
    }
    if judged.faults > judged.named.len() {
        eprintln!("{}: and {} more", path.display(), judged.faults - judged.named.len());
    }
    if options.dry_run || !is_sound && !options.partial {
        say(format!(
            "{} would be brought over, {} there already, {}{}; nothing was stored",
            judged.new,
            judged.known,
            faults(judged.faults),
            invoices(judged.invoices, "would be issued"),
        ));
        return Ok(if is_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let stored = store(app, &merchant, file, &judged.sound, outline.lines).await?;
    for fault in stored.named.iter().take(FAULTS_TOLD) {
        eprintln!("{}", written(path, fault));
    }
    let wrong = judged.faults + stored.faults;
    say(format!(
        "{} brought over, {} there already, {}{}",
        stored.new,
        stored.known,
        faults(wrong),
        invoices(stored.invoices, "issued"),
    ));
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn faults(count: usize) -> String {
    match count {
        0 => "nothing wrong".to_owned(),
        1 => "one fault".to_owned(),
        many => format!("{many} faults"),
    }
}

/// What is invoiced at once, because its period has begun; nothing is said where that is nothing.
fn invoices(count: usize, how: &str) -> String {
    let many = match count {
        0 => return String::new(),
        1 => "one invoice".to_owned(),
        many => format!("{many} invoices"),
    };
    format!("; {many} {how} at once, for periods that have begun since")
}

fn written(path: &Path, LineFault { line, fault }: &LineFault) -> String {
    let field = fault.pointer.trim_start_matches('/').replace('/', ".");
    let joint = if field.is_empty() { "" } else { " " };
    format!("{}:{line}: {field}{joint}{}", path.display(), fault.detail)
}

/// What came of a reading of the whole file.
#[derive(Default)]
struct FileReading {
    new: usize,
    known: usize,
    invoices: usize,
    faults: usize,
    named: Vec<LineFault>,
    /// The ids that stand on sound lines, by their fingerprint, each with its line.
    sound: BTreeMap<u128, usize>,
    /// What the lines of earlier pages bring over, by the fingerprint of their customer, offer and
    /// parent, each with its line.
    contracts: BTreeMap<u128, usize>,
}

/// Of a line what is compared with other lines.
struct ContractLine {
    line: usize,
    print: u128,
    contract: u128,
    is_named: bool,
}

impl ContractLine {
    fn of((print, arrival): &(u128, BringOverLine)) -> Self {
        let BringOverLine { line, draft, is_named, .. } = arrival;
        let parent = draft.parent.as_ref().map_or("", SubscriptionId::as_str);
        let told = [draft.customer.as_str(), draft.offer.as_str(), parent].join("\0");
        let contract = bring_over_file::digest(told.as_bytes());
        Self { line: *line, print: *print, contract, is_named: *is_named }
    }
}

impl FileReading {
    fn add(&mut self, arrived: BringOverOutcome) {
        self.new += arrived.new.len();
        self.known += arrived.known;
        self.invoices += arrived.invoices;
        self.refuse(arrived.faults);
    }

    fn refuse(&mut self, faults: Vec<LineFault>) {
        self.faults += faults.len();
        let room = FAULTS_TOLD - self.named.len();
        self.named.extend(faults.into_iter().take(room));
    }
}

async fn judge(
    app: &App,
    merchant: &MerchantId,
    (path, mapping): (&Path, Option<&Mapping>),
    outline: &Outline,
) -> Result<FileReading, CliError> {
    let bar = progress::bar(outline.lines, "judged");
    let (mut told, mut parents) = (FileReading::default(), Parents::new());
    let mut pages = FilePages::open(path, mapping, PAGE)?;
    loop {
        let read = pages.next().await?;
        if read.is_empty() {
            break;
        }
        let count = u64::try_from(read.len()).unwrap_or(u64::MAX);
        let fresh = told.fresh(read);
        let contracts: Vec<_> = fresh.iter().map(ContractLine::of).collect();
        let page: Vec<BringOverLine> = fresh.into_iter().map(|(_, arrival)| arrival).collect();
        let named: Vec<(usize, SubscriptionId, CustomerId)> =
            page.iter().filter_map(|it| named(it, &outline.parents)).collect();
        let asked = page.iter().filter_map(|it| parents.get_key_value(it.draft.parent.as_ref()?));
        let asked: Parents = asked.map(|(id, whose)| (id.clone(), whose.clone())).collect();
        let mut arrived = app.judge_arrivals(merchant, page, asked).await?;
        told.refuse_doubles(&mut arrived, &contracts);
        let wrong: BTreeSet<usize> = arrived.faults.iter().map(|fault| fault.line).collect();
        for it in contracts.iter().filter(|it| wrong.contains(&it.line)) {
            told.sound.remove(&it.print);
        }
        let sound = named.into_iter().filter(|(line, _, _)| !wrong.contains(line));
        parents.extend(sound.map(|(_, id, customer)| (id, customer)));
        told.add(arrived);
        bar.inc(count);
    }
    bar.finish_and_clear();
    told.named.sort_by_key(|fault| fault.line);
    Ok(told)
}

fn named(
    line: &BringOverLine,
    parents: &BTreeSet<SubscriptionId>,
) -> Option<(usize, SubscriptionId, CustomerId)> {
    let id = line.draft.id.as_ref().filter(|id| parents.contains(*id))?;
    Some((line.line, id.clone(), line.draft.customer.clone()))
}

async fn store(
    app: &App,
    merchant: &MerchantId,
    (path, mapping): (&Path, Option<&Mapping>),
    sound: &BTreeMap<u128, usize>,
    lines: u64,
) -> Result<FileReading, CliError> {
    let bar = progress::bar(lines, "brought over");
    let mut told = FileReading::default();
    let mut pages = FilePages::open(path, mapping, PAGE)?;
    loop {
        let read = pages.next().await?;
        if read.is_empty() {
            break;
        }
        let count = u64::try_from(read.len()).unwrap_or(u64::MAX);
        let is_sound =
            |(print, arrival): &(u128, BringOverLine)| sound.get(print) == Some(&arrival.line);
        let page = read.into_iter().filter_map(|line| line.said.ok().filter(is_sound));
        let page = page.map(|(_, arrival)| arrival).collect();
        told.add(app.bring_over_page(merchant, page).await?);
        bar.inc(count);
    }
    bar.finish_and_clear();
    Ok(told)
}

impl FileReading {
    /// The lines that can be read and stand in the file for the first time, each with the
    /// fingerprint of its id; what is wrong with the others is told.
    fn fresh(&mut self, page: Vec<ReadLine>) -> Vec<(u128, BringOverLine)> {
        let mut fresh = Vec::with_capacity(page.len());
        for ReadLine { place, said } in page {
            match said {
                Ok((print, arrival)) => {
                    if let Some(before) = self.sound.get(&print) {
                        let fault = twice(&arrival, *before);
                        self.refuse(vec![fault]);
                    } else {
                        self.sound.insert(print, arrival.line);
                        fresh.push((print, arrival));
                    }
                }
                Err(faults) => {
                    let placed = faults.into_iter().map(|fault| LineFault { line: place, fault });
                    self.refuse(placed.collect());
                }
            }
        }
        fresh
    }
}

impl FileReading {
    /// Refuses the new lines without an id of their own that say what a line of an earlier page
    /// brings over; within a page, and of what is there, that is known already.
    fn refuse_doubles(&mut self, arrived: &mut BringOverOutcome, page: &[ContractLine]) {
        let new: BTreeSet<usize> = arrived.new.iter().copied().collect();
        for it in page.iter().filter(|it| new.contains(&it.line)) {
            match self.contracts.get(&it.contract) {
                Some(before) if !it.is_named => {
                    arrived.new.retain(|line| *line != it.line);
                    arrived.faults.push(doubled(it.line, *before));
                }
                Some(_) => {}
                None => {
                    self.contracts.insert(it.contract, it.line);
                }
            }
        }
        arrived.faults.sort_by_key(|fault| fault.line);
    }
}

fn doubled(line: usize, before: usize) -> LineFault {
    let detail = format!(
        "is that of line {before}, for the same customer: a second one needs an id of its own"
    );
    LineFault { line, fault: Fault::new("/offer", detail) }
}

fn twice(arrival: &BringOverLine, before: usize) -> LineFault {
    let detail = format!(
        "stands on line {before}, too: two subscriptions that are alike need an id each, of their \
         own"
    );
    LineFault { line: arrival.line, fault: Fault::new("/id", detail) }
}
