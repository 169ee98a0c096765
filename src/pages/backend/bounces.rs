//! Money of a customer that bounced though it was for no invoice, or not for one alone: asked once
//! more.

use axum::extract::Path;

use crate::app::reads::StoredPayment;
use crate::domain::ids::PaymentId;
use crate::domain::money::Money;
use crate::edge::problem::Problem;
use crate::pages::backend::answer::{Answer, SentForm};
use crate::pages::backend::confirm::{answerable, ask};
use crate::pages::backend::forms::{FormValues, Spec, form};
use crate::pages::backend::payments::{bounce_of, judged};
use crate::pages::backend::places::{CUSTOMERS, PAYMENTS};
use crate::pages::backend::session::{PageHead, Session};
use crate::render::backend::confirm::{ConfirmPage, Fact};
use crate::render::backend::form::Kind;
use crate::wire::payments::BounceBody;

const BOUNCED: &[Spec] =
    &[Spec::new("/reason", "Reason", Kind::Text).required().hint("Such as “account closed”.")];

/// Asks for a bounced payment.
pub(super) async fn ask_bounced(session: Session, Path(id): Path<String>) -> Answer {
    question(&session, &PaymentId::stored(id), &FormValues::default(), None).await
}

/// Records that a payment bounced.
pub(super) async fn bounced(session: Session, Path(id): Path<String>, sent: SentForm) -> Answer {
    let (id, values) = (PaymentId::stored(id), FormValues::sent(sent));
    let body = match judged::<BounceBody>(&values, BOUNCED) {
        Ok(body) => body,
        Err(problem) => return question(&session, &id, &values, Some(&problem)).await,
    };
    match session.app.unpay_payment(&session.merchant, &id, body.reason).await {
        Ok(done) => {
            let customer = format!("{CUSTOMERS}/{}", done.customer);
            session.go(&customer, "The payment bounced: what it had given is taken back.")
        }
        Err(error) => {
            let problem = answerable(error)?;
            question(&session, &id, &values, Some(&problem)).await
        }
    }
}

async fn question(
    session: &Session,
    id: &PaymentId,
    values: &FormValues,
    problem: Option<&Problem>,
) -> Answer {
    let StoredPayment { customer, payment } = session.app.payment(&session.merchant, id).await?;
    let form = form(BOUNCED, values, problem.filter(|it| !it.errors.is_empty()));
    let amount = session.money(Money::new(payment.amount, payment.currency));
    let page = ConfirmPage {
        lead: "All that came in with it is taken back: from the balance, which may fall below \
               zero, and from the invoices that it paid.",
        facts: vec![
            Fact::new("Customer", customer.to_string()),
            Fact::new("Reference", payment.reference.clone()),
            Fact::new("Amount", amount),
            Fact::new("Paid on", session.day(payment.paid_on).text),
        ],
        fields: form.fields.into_values().collect(),
        problems: form.problems,
        action: bounce_of(id),
        button: "It bounced",
        is_danger: true,
        keep: "Leave it as it is",
        back: PAYMENTS.to_owned(),
        ..ConfirmPage::default()
    };
    let head = PageHead::new("Did this payment bounce?").below("Payments", PAYMENTS);
    ask(session, head, page, problem)
}
