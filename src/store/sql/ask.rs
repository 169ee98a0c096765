//! Several questions in one statement: what a decision rests on is read in one round trip, and is
//! all true at one moment. Each row comes as a JSON object with the place of its question.

use super::super::error::StoreError;
use super::row::names_of;
use super::texts::Dialect;
use super::tx::Tx;
use super::{Arg, Columns, JsonRow};

/// One of several questions: a query, and what its rows are read as, which is one thing wherever
/// the query is asked.
pub(crate) struct AskedQuery {
    names: fn() -> Vec<&'static str>,
    query: &'static str,
}

impl AskedQuery {
    /// A query that gives the columns of `R`.
    pub(crate) fn of<R: Columns>(query: &'static str) -> Self {
        Self { names: names_of::<R>, query }
    }
}

/// The rows of several questions, by the place of the question.
pub(crate) struct Answers(Vec<Vec<JsonRow>>);

impl Answers {
    /// The rows of a question, in no order.
    pub(crate) fn take<R: Columns>(&mut self, place: usize) -> Result<Vec<R>, StoreError> {
        let rows = self.0.get_mut(place).map(std::mem::take).unwrap_or_default();
        rows.iter().map(|row| R::read(row, "").map_err(StoreError::from)).collect()
    }

    /// The only row of a question.
    pub(crate) fn take_one<R: Columns>(&mut self, place: usize) -> Result<R, StoreError> {
        let row = self.take(place)?.into_iter().next();
        row.ok_or(StoreError::Sql(sqlx::Error::RowNotFound))
    }
}

impl Tx {
    /// Asks all questions in one statement; `with` is what stands before it, for all of them.
    pub(crate) async fn ask(
        &mut self,
        with: &'static str,
        questions: &[AskedQuery],
        args: Vec<Arg>,
    ) -> Result<Answers, StoreError> {
        self.flush().await?;
        let dialect = Dialect::of(self.is_sqlite(), &args);
        let mut parts = vec![with];
        parts.extend(questions.iter().map(|asked| asked.query));
        let text = dialect.standing(&parts, || whole(with, questions, dialect.is_sqlite).into());
        let args = text.args(args);
        let rows: Vec<(i64, String)> = self.fetch_translated(text.sql, args).await?;
        let mut answers: Vec<Vec<JsonRow>> = questions.iter().map(|_| Vec::new()).collect();
        for (place, told) in rows {
            let row = serde_json::from_str(&told);
            let row = row.map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
            let of = usize::try_from(place).ok().and_then(|place| answers.get_mut(place));
            of.ok_or(sqlx::Error::RowNotFound)?.push(row);
        }
        Ok(Answers(answers))
    }
}

/// The one statement of all questions.
fn whole(with: &str, questions: &[AskedQuery], is_sqlite: bool) -> String {
    let selects = questions.iter().enumerate().map(|(place, AskedQuery { names, query })| {
        let object = if is_sqlite { sqlite_object(&names()) } else { POSTGRES_OBJECT.to_owned() };
        format!("select cast({place} as bigint) as place, {object} as told from ({query}) p")
    });
    format!("{with} {}", selects.collect::<Vec<_>>().join(" union all "))
}

fn sqlite_object(names: &[&str]) -> String {
    let pairs: Vec<String> = names.iter().map(|name| format!("'{name}', p.{name}")).collect();
    format!("json_object({})", pairs.join(", "))
}

const POSTGRES_OBJECT: &str = "row_to_json(p)::text";
