//! Texts of lists with optional filters, put together from fixed pieces. The values are always
//! bound, never part of the text.

use super::Page;
use super::sql::Arg;

/// A statement under construction.
pub(super) struct SqlQuery {
    text: String,
    args: Vec<Arg>,
}

impl SqlQuery {
    /// Begins with a text and the values of its `$1`, `$2`, ….
    pub(super) fn new(text: impl Into<String>, args: Vec<Arg>) -> Self {
        Self { text: text.into(), args }
    }

    /// Adds `and <condition>` where there is a value; `$?` in it stands for the value.
    pub(super) fn filter(mut self, condition: &'static str, value: Option<impl Into<Arg>>) -> Self {
        if let Some(value) = value {
            self.args.push(value.into());
            let bind = format!("${}", self.args.len());
            self.text.push_str(" and ");
            self.text.push_str(&condition.replace("$?", &bind));
        }
        self
    }

    /// Adds `and <condition>`, if any. A condition without a bound value is for columns with few
    /// values, of which an index holds but one.
    pub(super) fn only(mut self, condition: Option<&'static str>) -> Self {
        if let Some(condition) = condition {
            self.text.push_str(" and ");
            self.text.push_str(condition);
        }
        self
    }

    /// Keeps the rows with the text that is searched; `$?` in the condition stands for the pattern
    /// of
    /// `lower(<column>) like lower($?) escape '!'`. Letters beyond ASCII are told apart by case
    /// where the database does.
    pub(super) fn search(self, condition: &'static str, page: &Page) -> Self {
        self.filter(condition, page.search.as_deref().map(pattern))
    }

    /// Ends as it is.
    pub(super) fn done(self) -> (String, Vec<Arg>) {
        (self.text, self.args)
    }

    /// Ends with a page in the order of an id column, or in the opposite order.
    pub(super) fn page(self, id: &'static str, page: &Page) -> (String, Vec<Arg>) {
        self.paged(id, page, page.after.as_deref().map(Arg::from))
    }

    /// The same in the order of a column of whole numbers; behind what is none there is nothing
    /// left out.
    pub(super) fn page_by_number(self, number: &'static str, page: &Page) -> (String, Vec<Arg>) {
        let after = page.after.as_deref().and_then(|after| after.parse::<i64>().ok());
        self.paged(number, page, after.map(Arg::from))
    }

    fn paged(mut self, id: &'static str, page: &Page, after: Option<Arg>) -> (String, Vec<Arg>) {
        let (sign, order) = if page.backwards { ("<", " desc") } else { (">", "") };
        if let Some(after) = after {
            self.args.push(after);
            let bind = self.args.len().to_string();
            self.text.extend([" and ", id, sign, " $", &bind]);
        }
        self.text.extend([" order by ", id, order]);
        self.up_to(page)
    }

    /// Ends with as many as a page has, in an order; where that begins is left to a filter.
    pub(super) fn ordered(mut self, order: &str, page: &Page) -> (String, Vec<Arg>) {
        self.text.extend([" order by ", order]);
        self.up_to(page)
    }

    fn up_to(mut self, page: &Page) -> (String, Vec<Arg>) {
        self.args.push(Arg::from(page.size()));
        let bind = self.args.len().to_string();
        self.text.extend([" limit $", &bind]);
        (self.text, self.args)
    }
}

/// What `like` finds wherever this very text stands.
pub(super) fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::pattern;

    #[test]
    fn what_is_searched_stands_for_itself() {
        assert_eq!(pattern("Ada_100% sure!"), "%Ada!_100!% sure!!%");
    }
}
