//! The scenario files beside these tests: what is written there for merchants to read is what the
//! engine does.

use std::fs;
use std::path::{Path, PathBuf};

use crossgrade::cli::scenario;
use crossgrade::rules::matching::Reason;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios")
}

pub(crate) fn files() -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect();
    files.sort();
    files
}

async fn went(text: &str) -> Result<(), scenario::ScenarioFailure> {
    scenario::play(&scenario::read(text)?).await
}

/// Plays a scenario in an empty book.
pub(crate) async fn went_in(text: &str, url: &str) -> Result<(), scenario::ScenarioFailure> {
    scenario::play_in(&scenario::read(text)?, url).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_scenario_goes_as_it_is_written() {
    let mut troubles = Vec::new();
    for (name, text) in files() {
        if let Err(trouble) = went(&text).await {
            troubles.push(format!("{name}: {trouble}"));
        }
    }
    assert!(troubles.is_empty(), "{}", troubles.join("\n"));
}

#[test]
fn every_reason_for_rejecting_a_candidate_has_its_scenario() {
    let files = files();
    for reason in Reason::ALL {
        let code = reason.name();
        let name = format!("rejected_{}.yaml", code.replace('-', "_"));
        let found = files.iter().find(|(file, _)| *file == name);
        let (_, text) = found.unwrap_or_else(|| panic!("write {name}"));
        assert!(text.contains(code), "{name} never expects {code}");
    }
}

#[test]
fn the_worked_examples_and_those_of_the_manual_are_all_there() {
    let files = files();
    let count = |start: &str| files.iter().filter(|(name, _)| name.starts_with(start)).count();
    assert_eq!((count("example_"), count("manual_example_")), (8, 2));
}

/// A scenario that passes whatever the engine does would be worth nothing: each number that it
/// states is bent once, and has to be missed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bent_expectation_is_noticed() {
    for (name, word) in [
        ("example_3_immediate_by_day.yaml", "gross: \""),
        ("example_6_addition.yaml", "gross: \""),
        ("campaign_winner.yaml", "price: \""),
        ("gift_application_time.yaml", "total: \""),
    ] {
        let text = fs::read_to_string(folder().join(name)).unwrap();
        let (set_up, steps) = text.split_once("\nsteps:\n").unwrap();
        assert!(steps.contains(word), "{name}");
        for (at, _) in steps.match_indices(word) {
            let place = at + word.len();
            let mut bent = steps.to_owned();
            bent.insert(place, '7');
            let bent = format!("{set_up}\nsteps:\n{bent}");
            let trouble = went(&bent).await.unwrap_err();
            assert!(
                matches!(trouble, scenario::ScenarioFailure::Difference(_)),
                "{name}: {trouble}"
            );
        }
    }
}
