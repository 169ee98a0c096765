//! Lists in pages: where one is, and the links to what comes before and after.

use serde::Deserialize;

use crate::app::reads::{Gathered, Page};
use crate::domain::ids::is_valid_id;
use crate::pages::backend::filters::asked;
use crate::pages::backend::query::encode;
use crate::render::backend::frame::Link;
use crate::render::backend::parts::Pager;

/// How many rows a page has.
const ROWS: usize = 50;

/// Which way a list runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SortOrder {
    /// The newest first: what the engine makes.
    NewestFirst,
    /// Ascending: by id what has an id of the merchant's choice, by its day what waits.
    Ascending,
}

/// The query of a list. What it does not know is left to the page's own query.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Browse {
    /// The id of the last row of the page before.
    after: Option<String>,
    /// The id of the first row of the page after.
    before: Option<String>,
    /// What is searched.
    q: Option<String>,
    /// What has been read for it.
    #[serde(skip)]
    gathered: Gathered,
}

impl Browse {
    /// What is searched, if anything.
    pub(super) fn searched(&self) -> Option<String> {
        asked(self.q.as_ref())
    }

    /// The address of a list with what is searched in it.
    pub(super) fn address(&self, here: &str) -> String {
        let query = self.searched().map(|text| format!("?q={}", encode(&text)));
        format!("{here}{}", query.unwrap_or_default())
    }

    /// The rows to load: one more than is shown tells whether there are more.
    pub(super) fn page(&self, order: SortOrder) -> Page {
        let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
        let edge = self.before.as_ref().or(self.after.as_ref()).filter(|id| is_valid_id(id));
        let page = edge.map_or_else(|| Page::first(limit), |id| Page::after(id, limit));
        let page = page.searched(self.searched()).gathering(&self.gathered);
        let backwards = (order == SortOrder::NewestFirst) != self.is_back();
        if backwards { page.reversed() } else { page }
    }

    fn is_back(&self) -> bool {
        self.before.is_some()
    }

    /// Brings the rows into their order, and makes the links. `here` is the address of the list
    /// with its other parameters, if any: [`Browse::address`] knows what is searched.
    pub(super) fn pager<T>(
        &self,
        rows: &mut Vec<T>,
        order: SortOrder,
        here: &str,
        id: impl Fn(&T) -> &str,
    ) -> Pager {
        let is_more = rows.len() > ROWS || self.gathered.ended_early();
        rows.truncate(ROWS);
        if self.is_back() {
            rows.reverse();
        }
        let (before, after) = match order {
            SortOrder::NewestFirst => ("Newer", "Older"),
            SortOrder::Ascending => ("Previous", "Next"),
        };
        let sign = if here.contains('?') { '&' } else { '?' };
        let link = |label: &'static str, name: &str, row: Option<&T>| {
            let href = row.map(|row| format!("{here}{sign}{name}={}", id(row)));
            href.map(|href| Link::new(label, href))
        };
        let has_previous = if self.is_back() { is_more } else { self.after.is_some() };
        let has_next = self.is_back() || is_more;
        Pager {
            previous: link(before, "before", rows.first()).filter(|_| has_previous),
            next: link(after, "after", rows.last()).filter(|_| has_next),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn browse(after: Option<&str>, before: Option<&str>) -> Browse {
        let (after, before) = (after.map(str::to_owned), before.map(str::to_owned));
        Browse { after, before, ..Browse::default() }
    }

    #[test]
    fn there_and_back_again() {
        let all: Vec<String> = (0..120).map(|n| format!("{n:03}")).collect();
        // What a store answers.
        let load = |page: &Page| -> Vec<String> {
            let after = page.after.clone();
            let limit = usize::try_from(page.limit).unwrap();
            let behind = |id: &&String| match (&after, page.backwards) {
                (None, _) => true,
                (Some(after), false) => *id > after,
                (Some(after), true) => *id < after,
            };
            let found = all.iter().filter(behind).cloned();
            if page.backwards {
                found.rev().take(limit).collect()
            } else {
                found.take(limit).collect()
            }
        };
        let look = |browse: &Browse, order| {
            let mut rows = load(&browse.page(order));
            let pager = browse.pager(&mut rows, order, "/x", |id| id);
            (rows[0].clone(), rows.len(), pager)
        };
        let (first, count, pager) = look(&browse(None, None), SortOrder::NewestFirst);
        assert_eq!((first.as_str(), count, pager.previous), ("119", 50, None));
        assert_eq!(pager.next, Some(Link::new("Older", "/x?after=070")));
        let (first, _, pager) = look(&browse(Some("070"), None), SortOrder::NewestFirst);
        assert_eq!(first, "069");
        assert_eq!(pager.previous, Some(Link::new("Newer", "/x?before=069")));
        let (first, count, pager) = look(&browse(None, Some("069")), SortOrder::NewestFirst);
        assert_eq!((first.as_str(), count, pager.previous.is_some()), ("119", 50, false));
        let (first, count, pager) = look(&browse(Some("099"), None), SortOrder::Ascending);
        assert_eq!((first.as_str(), count, pager.next), ("100", 20, None));
        let (first, _, pager) = look(&browse(None, Some("100")), SortOrder::Ascending);
        assert_eq!((first.as_str(), pager.previous.is_some()), ("050", true));
    }

    #[test]
    fn what_is_searched_stays_in_the_address() {
        let look = |q: &str| Browse { q: Some(q.to_owned()), ..Browse::default() }.address("/x");
        assert_eq!(look(" 50% & more\0 "), "/x?q=50%25%20%26%20more");
        assert_eq!((look("  ").as_str(), look("\0").as_str()), ("/x", "/x"));
        assert_eq!(look(&"ä".repeat(300)).len(), "/x?q=".len() + 6 * 200);
    }

    #[test]
    fn a_query_is_encoded() {
        assert_eq!(
            encode("/backend/x?q=a b&c=ä").to_string(),
            "%2Fbackend%2Fx%3Fq%3Da%20b%26c%3D%C3%A4"
        );
    }
}
