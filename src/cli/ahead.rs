//! Reads a file of running subscriptions on a thread of its own, a few pages ahead of whoever
//! judges or stores them.

use std::path::Path;

use tokio::sync::mpsc::{Receiver, channel};

use crate::app::bring_over::BringOverLine;
use crate::domain::fault::Fault;
use crate::domain::ids::SubscriptionId;

use super::bring_over_file::{FileLine, Reader, digest, read};
use super::error::CliError;
use super::exports::Mapping;

/// How many pages are read before the first of them is taken.
const AHEAD: usize = 4;

/// A line as it was understood.
pub(super) struct ReadLine {
    /// Its place in the file, from 1.
    pub(super) place: usize,
    /// What it says, with its id in little room; or what is wrong with it.
    pub(super) said: Result<(u128, BringOverLine), Vec<Fault>>,
}

/// The pages of a file.
pub(super) struct FilePages(Receiver<Result<Vec<ReadLine>, CliError>>);

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
        let mut reader = Reader::open(path, mapping)?;
        let (pages, taken) = channel(AHEAD);
        tokio::task::spawn_blocking(move || {
            loop {
                let page: Result<Vec<ReadLine>, CliError> =
                    reader.by_ref().take(size).map(|line| line.map(understood)).collect();
                let is_over = page.as_ref().map_or(true, Vec::is_empty);
                // Whoever took them may have given up.
                if pages.blocking_send(page).is_err() || is_over {
                    return;
                }
            }
        });
        Ok(Self(taken))
    }

    /// The next page; an empty one behind the last.
    ///
    /// # Errors
    /// Where the file cannot be read on.
    pub(super) async fn next(&mut self) -> Result<Vec<ReadLine>, CliError> {
        self.0.recv().await.unwrap_or_else(|| Ok(Vec::new()))
    }
}

fn understood(line: FileLine) -> ReadLine {
    let FileLine { place, said, exported } = line;
    let said = said.map_err(|fault| vec![fault]).and_then(|said| read(place, said));
    let said = said.map(|arrival| BringOverLine { exported, ..arrival });
    ReadLine { place, said: said.map(|arrival| (fingerprint(&arrival), arrival)) }
}

fn fingerprint(arrival: &BringOverLine) -> u128 {
    digest(arrival.draft.id.as_ref().map_or("", SubscriptionId::as_str).as_bytes())
}
