//! Calls of methods: whoever calls one looks at the file whose `impl` has it, although no module is
//! named. A type is known by its name (`App`), in files that name it by its variable or field
//! (`app`), and as `self` within its own blocks; what is written otherwise is not seen.

use std::collections::{BTreeMap, BTreeSet};

/// Words and signs, each with its line.
type Tokens<'a> = [(&'a str, usize)];
/// The types of a folder with their methods, each with the files that have it.
type Homes = BTreeMap<(String, String, String), BTreeSet<Vec<String>>>;

/// The block of an `impl`: whose it is, whether of a trait, and from where to where it goes.
struct Block<'a> {
    of: &'a str,
    is_of_trait: bool,
    from: usize,
    to: usize,
}

/// Which file has which method.
#[derive(Default)]
pub(crate) struct Methods(Homes);

impl Methods {
    /// Takes in the methods of a file.
    pub(crate) fn learn(&mut self, file: &[String], tokens: &Tokens) {
        let Some(folder) = file.first() else { return };
        for block in blocks(tokens).iter().filter(|block| !block.is_of_trait) {
            let mut depth = 0;
            for at in block.from..block.to {
                match tokens[at].0 {
                    "{" => depth += 1,
                    "}" => depth -= 1,
                    "fn" if depth == 1 => {
                        let method = tokens[at + 1].0.to_owned();
                        let home = (folder.clone(), block.of.to_owned(), method);
                        self.0.entry(home).or_default().insert(file.to_vec());
                    }
                    _ => {}
                }
            }
        }
    }

    /// What methods of other files of its folder a file calls, and in which lines.
    pub(crate) fn called(&self, file: &[String], tokens: &Tokens) -> Vec<(Vec<String>, usize)> {
        let Some(folder) = file.first() else { return Vec::new() };
        let blocks = blocks(tokens);
        let names = |name: &String| tokens.iter().any(|(token, _)| token == name);
        let own = |at: usize| {
            let block = blocks.iter().find(|block| (block.from..block.to).contains(&at));
            block.map_or("", |block| block.of).to_owned()
        };
        let mut found = Vec::new();
        for (at, three) in tokens.windows(3).enumerate() {
            let is_call = tokens.get(at + 3).is_some_and(|(next, _)| matches!(*next, "(" | "::"));
            let of = match (three[0].0, three[1].0) {
                (_, ".") if !is_call => continue,
                ("self", ".") | ("Self", "::") => own(at),
                (variable, ".") => Some(camel(variable)).filter(names).unwrap_or_default(),
                (name, "::") => name.to_owned(),
                _ => continue,
            };
            let (method, line) = three[2];
            let method_of = (folder.clone(), of, method.to_owned());
            let Some(homes) = self.0.get(&method_of) else { continue };
            // Private types of one name: which of them is meant is not told by it.
            if homes.len() == 1
                && let Some(home) = homes.first().filter(|home| *home != file)
            {
                found.push(([home.as_slice(), &[method.to_owned()]].concat(), line));
            }
        }
        found
    }
}

/// `test_clock` as its type is called.
fn camel(variable: &str) -> String {
    let mut name = String::new();
    for word in variable.split('_') {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

fn blocks<'a>(tokens: &Tokens<'a>) -> Vec<Block<'a>> {
    let mut found = Vec::new();
    for (at, (token, _)) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).map_or("", |before| tokens[before].0);
        if *token == "impl" && matches!(before, "" | "}" | ";" | "]") {
            found.extend(block(tokens, at + 1));
        }
    }
    found
}

/// The block after an `impl`.
fn block<'a>(tokens: &Tokens<'a>, start: usize) -> Option<Block<'a>> {
    let (mut of, mut is_of_trait, mut is_where, mut generics) = ("", false, false, 0);
    let mut before = "";
    let from = start
        + tokens[start..].iter().position(|(token, _)| {
            match *token {
                "<" => generics += 1,
                ">" if before != "-" => generics -= 1,
                "where" => is_where = true,
                "for" if generics == 0 && !is_where => is_of_trait = true,
                word if generics == 0 && !is_where && word.starts_with(char::is_uppercase) => {
                    of = word;
                }
                _ => {}
            }
            before = token;
            *token == "{"
        })?;
    let mut depth = 0;
    let length = tokens[from..].iter().position(|(token, _)| {
        depth += i32::from(*token == "{") - i32::from(*token == "}");
        depth == 0
    })?;
    Some(Block { of, is_of_trait, from, to: from + length })
}
