//! Rooms: which may look at which, and that none of them lie in a circle. Whoever calls a method
//! looks at the file that has it (`methods`).

use std::collections::{BTreeMap, BTreeSet};

use super::source::{File, Modules};

/// Room → what it may name besides itself.
pub(crate) type Arrows = BTreeMap<String, BTreeSet<String>>;

/// The arrows as a page shows them: a table between two marks.
pub(crate) fn arrows(page: &str) -> Arrows {
    let (_, from) = page.split_once("<!-- arrows: begin -->").expect("where the table begins");
    let (table, _) = from.split_once("<!-- arrows: end -->").expect("where the table ends");
    let words = |cell: &str| -> BTreeSet<String> {
        let names = cell.split(',').map(|name| name.trim().trim_matches('`').to_owned());
        names.filter(|name| !name.is_empty() && name != "–").collect()
    };
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    let row = |line: &str| {
        let mut cells = line.trim_matches('|').split('|');
        let room = words(cells.next().unwrap_or_default()).pop_first().expect("a room");
        (room, words(cells.next().unwrap_or_default()))
    };
    rows.map(row).collect()
}

/// Whatever looks where it may not, and rooms that the table does not know, or that are gone.
pub(crate) fn forbidden(files: &[File], arrows: &Arrows) -> Vec<String> {
    let modules = Modules::of(files);
    let mut faults = Vec::new();
    let mut rooms = BTreeSet::new();
    for (name, path, named) in modules.each() {
        let Some(room) = path.first() else { continue };
        rooms.insert(room.clone());
        let Some(may) = arrows.get(room) else {
            faults.push(format!("{name}: `{room}` is not in the table"));
            continue;
        };
        for named in named {
            let target = modules.room(&[], &named.path);
            if target != *room && !may.contains(&target) {
                faults.push(format!("{name}:{}: `{room}` may not look at `{target}`", named.line));
            }
        }
    }
    // The root is no room, but may have its row.
    for room in arrows.keys().filter(|room| !rooms.contains(*room) && *room != "lib") {
        faults.push(format!("the table knows `{room}`, which is gone"));
    }
    faults
}

/// Rooms that lie in circles, by their folder: `app: checkouts, holds`.
pub(crate) fn circles(files: &[File]) -> Vec<(String, Vec<String>)> {
    let modules = Modules::of(files);
    let mut found = Vec::new();
    for folder in modules.folders() {
        let mut sees: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (_, path, named) in modules.each().filter(|(_, path, _)| path.starts_with(&folder)) {
            let from = modules.room(&folder, path);
            for named in named.iter().filter(|named| named.path.starts_with(&folder)) {
                let to = modules.room(&folder, &named.path);
                if from != to && !named.is_passed_on {
                    sees.entry(from.clone()).or_default().insert(to);
                }
            }
        }
        let name = if folder.is_empty() { "src".to_owned() } else { folder.join("/") };
        found.extend(knots(&sees).into_iter().map(|rooms| (name.clone(), rooms)));
    }
    found
}

/// What can be reached from a room.
fn reach<'a>(
    sees: &'a BTreeMap<String, BTreeSet<String>>,
    from: &'a String,
) -> BTreeSet<&'a String> {
    let mut found = BTreeSet::new();
    let mut open = vec![from];
    while let Some(room) = open.pop() {
        open.extend(sees.get(room).into_iter().flatten().filter(|room| found.insert(*room)));
    }
    found
}

/// Those that can all reach each other.
fn knots(sees: &BTreeMap<String, BTreeSet<String>>) -> Vec<Vec<String>> {
    let reached: BTreeMap<_, _> = sees.keys().map(|room| (room, reach(sees, room))).collect();
    let mut knots = BTreeSet::new();
    for (room, far) in &reached {
        let back = |other: &&&String| reached.get(**other).is_some_and(|far| far.contains(*room));
        let knot: BTreeSet<String> = far.iter().filter(back).map(|room| (*room).clone()).collect();
        if knot.len() > 1 {
            knots.insert(knot);
        }
    }
    knots.into_iter().map(|knot| knot.into_iter().collect()).collect()
}

/// The circles that nobody has listed, and those of the list that are not there any more.
pub(crate) fn unlisted(files: &[File], listed: &[(&str, &[&str], &str)]) -> Vec<String> {
    let found = circles(files);
    let is_listed = |(folder, rooms): &(String, Vec<String>)| {
        listed.iter().any(|(name, list, _)| name == folder && *list == rooms.as_slice())
    };
    let mut faults: Vec<String> = Vec::new();
    for (folder, rooms) in found.iter().filter(|circle| !is_listed(circle)) {
        faults.push(format!("{folder}: {} lie in a circle", rooms.join(", ")));
    }
    for (folder, rooms, _) in listed {
        if !found.iter().any(|(name, found)| name == folder && *rooms == found.as_slice()) {
            faults.push(format!("{folder}: {} lie in no such circle: strike it", rooms.join(", ")));
        }
    }
    faults
}
