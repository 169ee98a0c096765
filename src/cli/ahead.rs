//! Reads a file of running subscriptions on a thread of its own, a few pages ahead of whoever
//! judges or stores them.

use std::hash::{BuildHasher, Hasher};
use std::path::{Path, PathBuf};

use foldhash::quality::FixedState;
use tokio::sync::mpsc::{Receiver, channel};

use crate::app::bring_over::BringOverLine;

use super::bring_over_file::{FileLine, Reader};
use super::bring_over_line::{Fit, WrongLine, read};
use super::error::CliError;
use super::exports::Mapping;

/// How many pages are read before the first of them is taken.
const AHEAD: usize = 2;

/// A line as it was understood.
pub(super) struct ReadLine {
    /// Its place in the file, from 1.
    pub(super) place: usize,
    /// What it says; or what is wrong with it.
    pub(super) said: Result<BringOverLine, WrongLine>,
}

/// Some lines in a row.
#[derive(Default)]
pub(super) struct FilePage {
    pub(super) lines: Vec<ReadLine>,
    /// What it is known by again.
    pub(super) print: u64,
    /// How many lines there are, those included that were left out.
    pub(super) count: u64,
}

/// What is known of a file that was judged: enough to read it again without looking so closely.
#[derive(Default)]
pub(super) struct JudgedFile {
    /// What each page is known by.
    pub(super) prints: Vec<u64>,
    /// The lines that are not to be brought over.
    pub(super) wrong: LineSet,
}

/// Lines by their places, a bit for each up to the last one.
#[derive(Default)]
pub(super) struct LineSet(Vec<u64>);

impl LineSet {
    pub(super) fn add(&mut self, line: usize) {
        let (word, bit) = (line / 64, line % 64);
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(bits) = self.0.get_mut(word) {
            *bits |= 1 << bit;
        }
    }

    pub(super) fn holds(&self, line: usize) -> bool {
        self.0.get(line / 64).is_some_and(|bits| (bits >> (line % 64)) & 1 == 1)
    }
}

/// The pages of a file.
pub(super) struct FilePages(Receiver<Result<FilePage, CliError>>);

impl FilePages {
    /// Opens a file, to be read in pages of so many lines.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub(super) fn open(
        path: &Path,
        mapping: Option<&Mapping>,
        size: usize,
    ) -> Result<Self, CliError> {
        Self::start(path, mapping, PageReader { size, judged: None, place: 0 })
    }

    /// Opens one that was judged in pages of as many, to be read again without what was wrong.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub(super) fn again(
        path: &Path,
        mapping: Option<&Mapping>,
        size: usize,
        judged: JudgedFile,
    ) -> Result<Self, CliError> {
        let judged = Some((path.to_owned(), judged));
        Self::start(path, mapping, PageReader { size, judged, place: 0 })
    }

    fn start(
        path: &Path,
        mapping: Option<&Mapping>,
        mut pages: PageReader,
    ) -> Result<Self, CliError> {
        let mut reader = Reader::open(path, mapping)?;
        let (sent, taken) = channel(AHEAD);
        tokio::task::spawn_blocking(move || {
            loop {
                let page = pages.next(&mut reader);
                let is_over = page.as_ref().map_or(true, |page| page.count == 0);
                // Whoever took them may have given up.
                if sent.blocking_send(page).is_err() || is_over {
                    return;
                }
            }
        });
        Ok(Self(taken))
    }

    /// The next page; one without lines behind the last.
    ///
    /// # Errors
    /// Where the file cannot be read on, or is not the one any more that was judged.
    pub(super) async fn next(&mut self) -> Result<FilePage, CliError> {
        self.0.recv().await.unwrap_or_else(|| Ok(FilePage::default()))
    }
}

/// Reads page after page.
struct PageReader {
    size: usize,
    judged: Option<(PathBuf, JudgedFile)>,
    place: usize,
}

impl PageReader {
    fn next(&mut self, reader: &mut Reader) -> Result<FilePage, CliError> {
        let mut page = FilePage::default();
        let mut print = FixedState::default().build_hasher();
        for line in reader.take(self.size) {
            let line = line?;
            page.count += 1;
            print.write_usize(line.place);
            print.write_u64(line.print);
            match &self.judged {
                None => page.lines.push(understood(line, Fit::Unknown)),
                Some((_, judged)) if judged.wrong.holds(line.place) => {}
                Some(_) => page.lines.push(understood(line, Fit::Known)),
            }
        }
        page.print = print.finish();
        if let Some((path, judged)) = &self.judged {
            let before = judged.prints.get(self.place);
            let is_same = before.map_or(page.count == 0, |before| *before == page.print);
            if !is_same {
                return Err(changed(path));
            }
        }
        self.place += 1;
        Ok(page)
    }
}

fn changed(path: &Path) -> CliError {
    let path = path.display();
    CliError::Failed(format!(
        "{path} was changed while it was read: what was brought over before stays; run it again"
    ))
}

fn understood(line: FileLine, fit: Fit) -> ReadLine {
    let FileLine { place, said, exported, .. } = line;
    let said = said.map_err(WrongLine::from).and_then(|said| read(place, said, fit));
    let exporting = |arrival| BringOverLine { exported, ..arrival };
    let said = said.map(exporting).map_err(|WrongLine { faults, rest }| WrongLine {
        faults,
        rest: rest.map(|it| Box::new(exporting(*it))),
    });
    ReadLine { place, said }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_held_by_their_places() {
        let mut lines = LineSet::default();
        assert!(!lines.holds(64));
        for line in [0, 63, 64, 1_000] {
            lines.add(line);
        }
        let held: Vec<usize> = (0..2_000).filter(|line| lines.holds(*line)).collect();
        assert_eq!(held, [0, 63, 64, 1_000]);
    }

    #[tokio::test]
    async fn a_file_that_is_changed_after_it_was_judged_is_not_read_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("book.csv");
        let text = |price: &str| {
            format!(
                "customer,offer,started_on,price.amount,price.currency\n\
                 ada,month,2026-01-31,9.90,EUR\nbob,month,2026-01-31,{price},EUR\n\
                 cyd,month,31 January,9.90,EUR\n"
            )
        };
        for (again, lines) in [("9.90", Some(2)), ("9.80", None), ("9.90,EUR\nx,9", None)] {
            std::fs::write(&path, text("9.90")).unwrap();
            let mut judged = JudgedFile::default();
            let mut pages = FilePages::open(&path, None, 2).unwrap();
            loop {
                let page = pages.next().await.unwrap();
                judged.prints.push(page.print);
                let wrong = page.lines.iter().filter(|line| line.said.is_err());
                wrong.for_each(|line| judged.wrong.add(line.place));
                if page.count == 0 {
                    break;
                }
            }
            std::fs::write(&path, text(again)).unwrap();
            let mut pages = FilePages::again(&path, None, 2, judged).unwrap();
            let mut read = Some(0);
            loop {
                match pages.next().await {
                    Ok(page) if page.count == 0 => break,
                    Ok(page) => read = read.map(|read| read + page.lines.len()),
                    Err(error) => {
                        assert!(error.to_string().contains("was changed while"), "{error}");
                        read = None;
                        break;
                    }
                }
            }
            assert_eq!(read, lines, "{again}");
        }
    }
}
