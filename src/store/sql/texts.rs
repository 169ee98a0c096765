//! Texts as a database reads them: one with `$1` and a few words of its own for both. What stands
//! in the program is turned once, however often it is run.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use super::Arg;

/// What a text is turned for: a database, and how many ids it is asked about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Dialect {
    /// Whether SQLite reads it.
    pub(super) is_sqlite: bool,
    /// Whether no list that it is given has more or less than one id.
    is_one: bool,
}

/// A text that can be run.
#[derive(Clone)]
pub(super) struct DatabaseText {
    pub(super) sql: SqlStr,
    /// Whether a list is given as its only id.
    is_one: bool,
}

/// What stands in the program, by where it stands.
type Standing = BTreeMap<(Dialect, Vec<usize>), DatabaseText>;

static STANDING: RwLock<Standing> = RwLock::new(BTreeMap::new());

impl Dialect {
    pub(super) fn of(is_sqlite: bool, args: &[Arg]) -> Self {
        let is_one = |arg: &Arg| !matches!(arg, Arg::List(ids) if ids.len() != 1);
        Self { is_sqlite, is_one: args.iter().all(is_one) }
    }

    /// A text as it is read.
    pub(super) fn text(self, sql: Cow<'static, str>) -> DatabaseText {
        match sql {
            Cow::Borrowed(sql) => self.standing(&[sql], || Cow::Borrowed(sql)),
            Cow::Owned(sql) => self.turned(Cow::Owned(sql)),
        }
    }

    /// One that is made of nothing but parts which stand in the program.
    pub(super) fn standing(
        self,
        parts: &[&'static str],
        make: impl FnOnce() -> Cow<'static, str>,
    ) -> DatabaseText {
        // Each has a place of its own, or else is the same text.
        let places = parts.iter().flat_map(|part| [part.as_ptr().addr(), part.len()]);
        let key = (self, places.collect());
        let known = STANDING.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        known.unwrap_or_else(|| {
            let text = self.turned(make());
            let mut standing = STANDING.write().unwrap_or_else(PoisonError::into_inner);
            standing.entry(key).or_insert(text).clone()
        })
    }

    /// `in pairs($1, $2)` becomes what each database searches a bound list with, row locks fall
    /// away where there is one writer anyway, and the order of bytes where there is no other.
    fn turned(self, sql: Cow<'static, str>) -> DatabaseText {
        let differs = [" in pairs(", " for update", " for no key update", BYTEWISE];
        if !differs.iter().any(|part| sql.contains(part)) {
            return DatabaseText { sql: AssertSqlSafe(sql).into_sql_str(), is_one: false };
        }
        let sql = if self.is_sqlite {
            without_locks(&sql).replace(BYTEWISE, "")
        } else {
            sql.into_owned()
        };
        let text = rewrite_pairs(&sql, |merchant, id, one, listed| match self {
            // Of one id an equality: it is planned once, and not anew for each list.
            Self { is_one: true, .. } => format!("({merchant} = {one} and {id} = {listed})"),
            Self { is_sqlite: true, .. } => {
                format!("{merchant} = {one} and {id} in (select value from json_each({listed}))")
            }
            // As pairs, and not by merchant and any id: of a merchant too young for its
            // statistics PostgreSQL believes that it has but one row, and would read them all.
            Self { .. } => format!("({merchant}, {id}) in (select {one}, unnest({listed}))"),
        });
        let sql = AssertSqlSafe(Arc::<str>::from(text)).into_sql_str();
        DatabaseText { sql, is_one: self.is_one }
    }
}

impl DatabaseText {
    /// The values as this text takes them.
    pub(super) fn args(&self, args: Vec<Arg>) -> Vec<Arg> {
        if !self.is_one {
            return args;
        }
        let only = |arg| match arg {
            Arg::List(ids) => Arg::Text(ids.into_iter().next()),
            other => other,
        };
        args.into_iter().map(only).collect()
    }
}

/// Compares a text by its bytes, as SQLite does anyway.
const BYTEWISE: &str = " collate \"C\"";

/// Rewrites every `(a, b) in pairs($1, $2)` from its four parts.
fn rewrite_pairs(sql: &str, rewrite: impl Fn(&str, &str, &str, &str) -> String) -> String {
    let mut text = String::with_capacity(sql.len() + 128);
    let mut rest = sql;
    while let Some((before, after)) = rest.split_once(") in pairs(") {
        let (before, columns) = before.rsplit_once('(').unwrap_or((before, ""));
        let (values, tail) = after.split_once(')').unwrap_or((after, ""));
        let (merchant, id) = columns.split_once(", ").unwrap_or((columns, ""));
        let (one, many) = values.split_once(", ").unwrap_or((values, ""));
        text.push_str(before);
        text.push_str(&rewrite(merchant, id, one, many));
        rest = tail;
    }
    text.push_str(rest);
    text
}

/// A text without its row locks, of which each stands at the end of a query.
fn without_locks(sql: &str) -> String {
    [" for update of u, c", " for update", " for no key update", " skip locked"]
        .iter()
        .fold(sql.to_owned(), |sql, lock| sql.replace(lock, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_rewritten_wherever_they_stand() {
        let turned = |sql| rewrite_pairs(sql, |a, b, c, d| format!("{d} {c} {b} {a}"));
        assert_eq!(
            turned("x (y) and (t.m, t.id) in pairs($1, $3) and ((m, i) in pairs($1, $2)) z"),
            "x (y) and $3 $1 t.id t.m and ($2 $1 i m) z"
        );
        assert_eq!(turned("select 1"), "select 1");
    }
}
