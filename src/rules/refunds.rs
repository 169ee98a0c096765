//! What a subscription gives back when it ends or is replaced: what is not used of its current
//! period, or all that is not credited yet.

use crate::domain::calendar::DateRange;
use crate::domain::document::LineKind;
use crate::domain::ids::SubscriptionId;
use crate::domain::money::divide_rounded;
use crate::domain::subscription::Subscription;

use super::ledger::Ledger;

impl Ledger<'_> {
    /// The gross of the line that pays for the current period, here or elsewhere.
    pub(super) fn current_gross(&self, source: &Subscription) -> Option<i64> {
        if let Some((invoice, place)) = self.account.current_line(source) {
            return Some(self.account.invoices[&invoice].lines[place].line.gross);
        }
        self.brought_over_line(&source.id).map(|(line, _)| line.line.gross)
    }

    /// Gross of the current line × unused days ÷ days of the period, credited for those days.
    pub(super) fn credit_unused(&mut self, id: &SubscriptionId) {
        let Some(source) = self.account.subscriptions.get(id) else { return };
        let (Some(period), Some(gross)) = (source.current_period, self.current_gross(source))
        else {
            return;
        };
        let unused = DateRange { start: self.today, end: period.end };
        let credit = divide_rounded(
            i128::from(gross) * i128::from(unused.days()),
            i128::from(period.days()),
        );
        self.credit_current(id, credit, unused);
    }

    /// All that is not credited yet of a subscription's lines for its current and later periods
    /// and for its bridge, a credit note for each invoice; or of the invoice issued elsewhere.
    pub(super) fn credit_all(&mut self, id: &SubscriptionId) {
        let current = self.account.subscriptions.get(id).and_then(|it| it.current_period);
        let Some(current) = current else { return };
        let invoices = self.account.invoices.values().map(|invoice| {
            let lines = invoice.lines.iter().enumerate().filter(|(_, line)| {
                let (of, start) = (&line.line, line.line.period.start);
                let is_owed = of.kind == LineKind::Bridge || start >= current.start;
                of.subscription == *id && is_owed && !line.cancelled
            });
            let items = lines.map(|(place, line)| (place, line.left(), line.line.period));
            (invoice.id.clone(), items.collect::<Vec<_>>())
        });
        let invoices: Vec<_> = invoices.filter(|(_, items)| !items.is_empty()).collect();
        for (invoice, items) in invoices {
            self.credit(&invoice, &items);
        }
        if let Some((line, _)) = self.brought_over_line(id) {
            self.credit_brought_over(id, line.left(), line.line.period);
        }
    }
}
