//! What a checkout would do on a day for a customer, real or invented, and what would come of it
//! with and without it. Nothing is stored.

use std::collections::BTreeMap;

use chrono::{Months, NaiveDate};

use crate::domain::account::Account;
use crate::domain::catalogue::Offer;
use crate::domain::checkout::CheckoutRequest;
use crate::domain::document::Document;
use crate::domain::ids::{CustomerId, MerchantId, OfferId, PathId};
use crate::domain::path::Path;
use crate::domain::preview::Preview;
use crate::domain::purchase::Purchase;
use crate::rules::checkout::{CheckoutDecision, CheckoutFacts, CheckoutRefusal};
use crate::rules::what_if::Projection;
use crate::store::{Tx, customers, offers};
use crate::wire::checkouts::Confirmation;

use super::checkout_facts::facts_of;
use super::decisions::decide;
use super::opening::locale;
use super::previews::confirmation;
use super::{App, AppError, Context};

/// How far ahead of today it may be asked, and how far back an invented customer may begin.
const YEARS_MAX: u32 = 5;

/// Who would buy.
#[derive(Debug, Clone)]
pub enum WhatIfCustomer {
    /// A customer of the merchant.
    Customer(CustomerId),
    /// Somebody who has nothing, or bought one offer on a day and has paid ever since.
    Invented(Option<(OfferId, NaiveDate)>),
}

/// What is asked.
#[derive(Debug, Clone)]
pub struct WhatIfQuestion {
    /// Who would buy.
    pub who: WhatIfCustomer,
    /// The offer.
    pub offer: OfferId,
    /// When; today or later.
    pub on: NaiveDate,
}

/// What would be.
#[derive(Debug, Clone)]
pub struct WhatIf {
    /// What the checkout would do; later than today, everything is billed and paid until then.
    pub decided: Result<CheckoutDecision, CheckoutRefusal>,
    /// What it shows; none of a refusal.
    pub preview: Option<Preview>,
    /// The path's texts as the customer reads them, in each mode.
    pub texts: BTreeMap<Purchase, Confirmation>,
    /// The paths that were looked at.
    pub paths: BTreeMap<PathId, Path>,
    /// The first day that is looked at.
    pub from: NaiveDate,
    /// The last.
    pub until: NaiveDate,
    /// What comes without the checkout.
    pub without: Projection,
    /// What comes with it, in each mode.
    pub with: Vec<(Purchase, Projection)>,
}

impl App {
    /// What a checkout would do, and what would come of it. Nothing is stored.
    ///
    /// # Errors
    /// Invalid where customer, offers or dates are none that can be asked for.
    pub async fn what_if(
        &self,
        merchant: &MerchantId,
        question: WhatIfQuestion,
    ) -> Result<WhatIf, AppError> {
        let looked = self.read(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            judge_dates(context.today, &question)?;
            let beginning = beginning(&mut tx, &mut context, &question).await?;
            let live = move || (beginning.lived(&mut context, question.on), context);
            let (past, context) = self.compute(merchant, live).await?;
            let customer = past.account.customer.clone();
            let request = CheckoutRequest::plain(customer, question.offer);
            let facts = facts_of(&mut tx, &context, &request, past.account.clone()).await?;
            Ok((context, Situation { request, facts, past }))
        });
        let (mut context, situation) = looked.await?;
        // Months of billing are lived through, more than once.
        self.compute(merchant, move || answer(&mut context, situation)).await?
    }
}

/// What the answer rests on.
struct Situation {
    request: CheckoutRequest,
    facts: CheckoutFacts,
    /// The account as it would be by then.
    past: Projection,
}

/// From where the time before the checkout is lived through.
enum Beginning {
    /// An account of today, with the documents that are known of it.
    Known(Box<Projection>),
    /// Somebody who bought an offer on a day.
    Bought(Box<Offer>, NaiveDate),
}

impl Beginning {
    /// What became of it up to a day.
    fn lived(self, context: &mut Context, on: NaiveDate) -> Projection {
        let (tariff, ids) = (&context.tariff, &mut context.ids);
        let past = match self {
            Self::Known(past) => *past,
            Self::Bought(offer, since) => {
                Projection::invent(nobody(), &offer, since, tariff, ids).lived(tariff, on, ids)
            }
        };
        if on <= context.today {
            return past;
        }
        let past = past.lived(tariff, on, ids);
        // By then billing has run and every hold is over.
        (context.today, context.held) = (on, None);
        past
    }
}

fn nobody() -> CustomerId {
    CustomerId::stored("somebody".to_owned())
}

fn answer(context: &mut Context, situation: Situation) -> Result<WhatIf, AppError> {
    let Situation { request, facts, past } = situation;
    let (on, tariff) = (context.today, context.tariff.clone());
    let locale = locale(context, None, past.account.locale.as_deref())?;
    let looked_at = facts.matching.paths.iter().map(|path| (path.id.clone(), path.clone()));
    let looked_at = looked_at.collect();
    let (from, until) = window(&past.account, &facts.matching.target.terms, on);
    let mut with = Vec::new();
    let (decided, preview) = match decide(context, &facts, &request) {
        Ok((decision, shown)) => (Ok(decision), Some(shown)),
        Err(refusal) => (Err(refusal), None),
    };
    for outcome in decided.iter().flat_map(|decision| &decision.by_mode) {
        let documents = past.documents.clone();
        let after = Projection { account: outcome.account.clone(), documents };
        let after = after.settled(on, &mut context.ids);
        with.push((outcome.mode, after.lived(&tariff, until, &mut context.ids)));
    }
    let modes = preview.iter().flat_map(|it| it.by_mode.iter().map(|mode| (&it.path, mode)));
    let texts = modes
        .filter_map(|(path, mode)| Some((mode.mode, confirmation(path.as_ref(), mode, &locale)?)));
    Ok(WhatIf {
        texts: texts.collect(),
        preview,
        decided,
        paths: looked_at,
        from,
        until,
        without: past.lived(&tariff, until, &mut context.ids),
        with,
    })
}

async fn beginning(
    tx: &mut Tx,
    context: &mut Context,
    question: &WhatIfQuestion,
) -> Result<Beginning, AppError> {
    Ok(match &question.who {
        WhatIfCustomer::Customer(id) => {
            if customers::find_customer(tx, &context.merchant, id).await?.is_none() {
                let detail = format!("there is no customer '{id}'");
                return Err(AppError::invalid("/customer", detail));
            }
            let account = context.look_at(tx, id).await?;
            let documents = account.invoices.values().cloned().map(Document::Invoice).collect();
            Beginning::Known(Box::new(Projection { account, documents }))
        }
        WhatIfCustomer::Invented(None) => {
            Beginning::Known(Box::new(Projection::begin(Account::empty(nobody()))))
        }
        WhatIfCustomer::Invented(Some((id, since))) => {
            let offer = offers::find_offer(tx, &context.merchant, id).await?;
            let unknown = || AppError::invalid("/has", format!("there is no offer '{id}'"));
            Beginning::Bought(Box::new(offer.ok_or_else(unknown)?), *since)
        }
    })
}

fn judge_dates(today: NaiveDate, question: &WhatIfQuestion) -> Result<(), AppError> {
    let years = Months::new(12 * YEARS_MAX);
    let (first, last) = (today - years, today + years);
    if question.on < today || question.on > last {
        return Err(AppError::invalid("/on", format!("must be from {today} to {last}")));
    }
    match &question.who {
        WhatIfCustomer::Invented(Some((_, since))) if *since < first || *since > question.on => {
            let detail = format!("must be from {first} to {}", question.on);
            Err(AppError::invalid("/since", detail))
        }
        WhatIfCustomer::Invented(_) | WhatIfCustomer::Customer(_) => Ok(()),
    }
}

/// The days that are looked at: from the month before, or the beginning of what runs, to beyond
/// the next booking of everything.
fn window(
    account: &Account,
    target: &crate::domain::catalogue::Terms,
    on: NaiveDate,
) -> (NaiveDate, NaiveDate) {
    let active = account.active();
    let begun = active.iter().filter_map(|it| it.current_period).map(|period| period.start);
    let month_before = on - Months::new(1);
    let from = begun.chain([month_before]).min().unwrap_or(month_before);
    let periods = active.iter().map(|it| it.terms.billing_period).chain([target.billing_period]);
    let longest = periods.map(|period| (period.after(on, 1) - on).num_days()).max().unwrap_or(0);
    let months = if longest > 100 { 12 } else { 4 };
    (from.max(on - Months::new(13)), on + Months::new(months))
}
