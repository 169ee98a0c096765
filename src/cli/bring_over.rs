//! `crossgrade bring-over`: running subscriptions from a file. It is looked through, then read
//! twice: the first time every line is judged, the second time page after page is stored. Whatever
//! a broken attempt has stored is found again by its ids. What is held of it does not grow with its
//! lines, but with those that say what others say, and with what others are added to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::ExitCode;

use tokio::task::{JoinError, JoinHandle};

use crate::app::bring_over::{BringOverLine, BringOverOutcome, LineFault, Parents};
use crate::app::{App, AppError};
use crate::domain::calendar::Zone;
use crate::domain::fault::Fault;
use crate::domain::ids::{CustomerId, MerchantId, SubscriptionId};
use crate::rules::definitions::Sent;

use super::ahead::{FilePage, FilePages, JudgedFile, ReadLine};
use super::args::{BringOver, Common};
use super::book::Access;
use super::bring_over_line::{WrongLine, digest};
use super::bring_over_outline::Outline;
use super::error::CliError;
use super::exports::Mapping;
use super::say::{FAULTS_TOLD, say};
use super::{book, progress};

/// How many lines are decided and stored in one transaction.
const PAGE: usize = 2_000;

pub(super) async fn run(common: &Common, options: &BringOver) -> Result<ExitCode, CliError> {
    // What is no file, or has no head, makes no book.
    // Where days begin matters to no head.
    let mapping = mapping(options, Zone::UTC);
    let outline = Outline::of(&options.file, mapping.as_ref())?;
    let app = book::open(common, Access::Make).await?;
    app.bootstrap(None).await?;
    let done = carry_out(&app, options, outline).await;
    app.store().close().await;
    done
}

/// How a file of another system is read.
fn mapping(options: &BringOver, zone: Zone) -> Option<Mapping> {
    let offers = options.offers.iter().cloned().collect();
    options.from.map(|system| Mapping { system, offers, zone })
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
    let stored = store(app, &merchant, file, judged.file, outline.lines).await?;
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
    /// What is to be known when it is read again.
    file: JudgedFile,
    /// Of the lines that may say what another one says, the ids of sound ones by their
    /// fingerprint, each with its line.
    sound: BTreeMap<u128, usize>,
    /// What those of earlier pages bring over, by the fingerprint of their customer, offer and
    /// parent, each with its line.
    contracts: BTreeMap<u128, usize>,
}

/// Of a line what is compared with other lines.
struct ContractLine {
    line: usize,
    id: u128,
    contract: u128,
    is_named: bool,
}

impl ContractLine {
    fn of(arrival: &BringOverLine) -> Self {
        let BringOverLine { line, draft, is_named, .. } = arrival;
        let id = draft.id.as_ref().map_or("", SubscriptionId::as_str);
        let parent = draft.parent.as_ref().map_or("", SubscriptionId::as_str);
        let told = [draft.customer.as_str(), draft.offer.as_str(), parent].join("\0");
        let (id, contract) = (digest(id.as_bytes()), digest(told.as_bytes()));
        Self { line: *line, id, contract, is_named: *is_named }
    }
}

impl FileReading {
    /// Takes in what came of a page.
    async fn take_in(&mut self, page: PageAtWork, parents: &mut Parents) -> Result<(), CliError> {
        let PageAtWork { arrived, unread, named, watched, .. } = page;
        let broken = |error: JoinError| CliError::Failed(format!("judging broke off: {error}"));
        let mut arrived = arrived.await.map_err(broken)??;
        self.refuse(unread);
        self.refuse_doubles(&mut arrived, &watched);
        let wrong: BTreeSet<usize> = arrived.faults.iter().map(|fault| fault.line).collect();
        for it in watched.iter().filter(|it| wrong.contains(&it.line)) {
            self.sound.remove(&it.id);
        }
        let sound = named.into_iter().filter(|(line, _, _)| !wrong.contains(line));
        parents.extend(sound.map(|(_, id, customer)| (id, customer)));
        self.add(arrived);
        Ok(())
    }

    fn add(&mut self, arrived: BringOverOutcome) {
        self.new += arrived.new.len();
        self.known += arrived.known;
        self.invoices += arrived.invoices;
        self.refuse(arrived.faults);
    }

    fn refuse(&mut self, faults: Vec<LineFault>) {
        self.faults += faults.len();
        for fault in &faults {
            self.file.wrong.add(fault.line);
        }
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
    let mut at_work: Option<PageAtWork> = None;
    loop {
        let FilePage { lines, print, count } = pages.next().await?;
        // Two pages are judged at a time, unless the second has to know what came of the first.
        if (count == 0 || lines.iter().any(|line| rests_on_others(line, outline)))
            && let Some(before) = at_work.take()
        {
            bar.inc(before.count);
            told.take_in(before, &mut parents).await?;
        }
        if count == 0 {
            break;
        }
        told.file.prints.push(print);
        let (page, watched, wrong) = told.fresh(lines, outline);
        let named: Vec<(usize, SubscriptionId, CustomerId)> =
            page.iter().filter_map(|it| named(it, &outline.parents)).collect();
        let rest = wrong.iter().filter_map(|(_, it)| it.rest.as_deref());
        let asked = page.iter().chain(rest);
        let asked = asked.filter_map(|it| parents.get_key_value(it.draft.parent.as_ref()?));
        let asked: Parents = asked.map(|(id, whose)| (id.clone(), whose.clone())).collect();
        let unread = all_faults(app, merchant, wrong, &asked).await?;
        let (app, merchant) = (app.clone(), merchant.clone());
        let arrived = tokio::spawn(async move { app.judge_arrivals(&merchant, page, asked).await });
        let page = PageAtWork { arrived, unread, named, watched, count };
        if let Some(before) = at_work.replace(page) {
            bar.inc(before.count);
            told.take_in(before, &mut parents).await?;
        }
    }
    bar.finish_and_clear();
    told.named.sort_by_key(|fault| fault.line);
    Ok(told)
}

/// A page that is being judged.
struct PageAtWork {
    arrived: JoinHandle<Result<BringOverOutcome, AppError>>,
    /// What is wrong with the lines of it that cannot be read.
    unread: Vec<LineFault>,
    /// Of its lines those that others are added to.
    named: Vec<(usize, SubscriptionId, CustomerId)>,
    watched: Vec<ContractLine>,
    count: u64,
}

/// Whether a line is judged by what came of those before it.
fn rests_on_others(line: &ReadLine, outline: &Outline) -> bool {
    let said = match &line.said {
        Ok(said) => Some(said),
        Err(wrong) => wrong.rest.as_deref(),
    };
    said.is_some_and(|it| it.draft.parent.is_some() || outline.is_watched(it))
}

/// What is wrong with lines that cannot be read as a whole, with what the rules say of the rest:
/// not where something is wrong already.
async fn all_faults(
    app: &App,
    merchant: &MerchantId,
    wrong: Vec<(usize, WrongLine)>,
    parents: &Parents,
) -> Result<Vec<LineFault>, CliError> {
    let rest = wrong.iter().filter_map(|(_, it)| it.rest.as_deref().cloned());
    let rest: Vec<BringOverLine> = rest.collect();
    let mut more = Vec::new();
    if !rest.is_empty() {
        more = app.judge_arrivals(merchant, rest, parents.clone()).await?.faults;
    }
    let mut all = Vec::new();
    for (line, WrongLine { faults, .. }) in wrong {
        let of_line = more.iter().filter(|it| it.line == line).map(|it| it.fault.clone());
        let found: Vec<Fault> = of_line.collect();
        let told = Sent { draft: (), faults }.decide(|()| Err::<(), _>(found));
        let faults = told.err().unwrap_or_default().into_iter();
        all.extend(faults.map(|fault| LineFault { line, fault }));
    }
    Ok(all)
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
    judged: JudgedFile,
    lines: u64,
) -> Result<FileReading, CliError> {
    let bar = progress::bar(lines, "brought over");
    let mut told = FileReading::default();
    let mut pages = FilePages::again(path, mapping, PAGE, judged)?;
    loop {
        let FilePage { lines, count, .. } = pages.next().await?;
        if count == 0 {
            break;
        }
        let page: Vec<BringOverLine> =
            lines.into_iter().filter_map(|line| line.said.ok()).collect();
        told.add(app.bring_over_page(merchant, page).await?);
        bar.inc(count);
    }
    bar.finish_and_clear();
    Ok(told)
}

impl FileReading {
    /// The lines that can be read and stand in the file for the first time, of those that may
    /// stand there again what they say, and the lines that cannot be read.
    fn fresh(
        &mut self,
        page: Vec<ReadLine>,
        outline: &Outline,
    ) -> (Vec<BringOverLine>, Vec<ContractLine>, Vec<(usize, WrongLine)>) {
        let (mut fresh, mut watched) = (Vec::with_capacity(page.len()), Vec::new());
        let mut wrong = Vec::new();
        for ReadLine { place, said } in page {
            let arrival = match said {
                Ok(arrival) => arrival,
                Err(line) => {
                    wrong.push((place, line));
                    continue;
                }
            };
            if outline.is_watched(&arrival) {
                let it = ContractLine::of(&arrival);
                if let Some(before) = self.sound.get(&it.id) {
                    let fault = twice(&arrival, *before);
                    self.refuse(vec![fault]);
                    continue;
                }
                self.sound.insert(it.id, it.line);
                watched.push(it);
            }
            fresh.push(arrival);
        }
        (fresh, watched, wrong)
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
