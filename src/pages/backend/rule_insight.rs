//! What is said of a campaign, a promotion or a gift rule while it is written: what a merchant
//! should think about, and what a sample cart is told.

use std::future::Future;

use axum::extract::Path;

use crate::app::AppError;
use crate::domain::campaign::Campaign;
use crate::domain::gift_rule::GiftRule;
use crate::domain::ids::{CampaignId, Identifier};
use crate::domain::promotion::Promotion;
use crate::pages::backend::answer::{Answer, Failure, SentForm};
use crate::pages::backend::definitions::{EditableDefinition, draft, wrong};
use crate::pages::backend::forms::{FormValues, sentence};
use crate::pages::backend::promotion_sample;
use crate::pages::backend::session::{PageHead, Session};
use crate::render::backend::catalogue::{RuleInsight, RuleInsightPart};
use crate::render::backend::paths::WarningRow;
use crate::render::backend::phrase::Phrase;
use crate::rules::lint::Warning;
use crate::rules::rule_warnings::lint_promotion;

/// A rule that is looked at while it is written.
pub(super) trait WatchedRule: EditableDefinition {
    /// What a merchant should think about in it, as if it were saved now.
    fn warnings(
        self,
        session: &Session,
    ) -> impl Future<Output = Result<Vec<Warning>, Failure>> + Send;

    /// What else is said of what is typed.
    fn told(
        _session: &Session,
        _place: &str,
        _values: &FormValues,
    ) -> impl Future<Output = Result<Option<Phrase>, Failure>> + Send {
        async { Ok(None) }
    }
}

impl WatchedRule for Campaign {
    async fn warnings(self, session: &Session) -> Result<Vec<Warning>, Failure> {
        let (app, merchant) = (&session.app, &session.merchant);
        // Whoever saves it, saves it last; as it is stored it stands where it does.
        let stored = match CampaignId::parse(self.id.as_str()) {
            Ok(id) => match app.get::<Self>(merchant, &id).await {
                Err(AppError::NotFound(_)) => None,
                found => Some(found?),
            },
            Err(_) => None,
        };
        let same = stored.filter(|it| {
            let (edit, edited_at) = (it.edit, it.edited_at);
            Self { edit, edited_at, ..self.clone() } == *it
        });
        let edit = same.map_or(i64::MAX, |it| it.edit);
        let judged = app.judge_campaigns(merchant, vec![Self { edit, ..self }]).await?;
        Ok(judged.into_iter().flat_map(|(_, warnings)| warnings).collect())
    }
}

impl WatchedRule for Promotion {
    async fn warnings(self, session: &Session) -> Result<Vec<Warning>, Failure> {
        Ok(lint_promotion(&self, session.today()))
    }

    async fn told(
        session: &Session,
        place: &str,
        values: &FormValues,
    ) -> Result<Option<Phrase>, Failure> {
        promotion_sample::at_once(session, place, values).await
    }
}

impl WatchedRule for GiftRule {
    async fn warnings(self, session: &Session) -> Result<Vec<Warning>, Failure> {
        Ok(session.app.judge_gift_rule(&session.merchant, &self).await?)
    }
}

/// What is said of a rule as it is typed, as far as it goes.
pub(super) async fn insight<R: WatchedRule>(
    session: &Session,
    place: &str,
    values: &FormValues,
) -> Result<RuleInsight, Failure> {
    let Ok(sent) = draft::<R>(values) else { return Ok(RuleInsight::default()) };
    let id = R::Id::stored(place.to_owned());
    let rule = match session.app.judge::<R>(&session.merchant, id, sent).await {
        Ok(rule) => rule,
        Err(error) => {
            wrong(error.into())?;
            return Ok(RuleInsight::default());
        }
    };
    let row = |warning: Warning| WarningRow {
        code: Phrase::told(warning.code.replace('_', " ")),
        detail: Phrase::told(sentence(&warning.detail)),
    };
    let told = R::told(session, place, values).await?;
    let warnings = rule.warnings(session).await?.into_iter().map(row).collect();
    Ok(RuleInsight { is_ready: true, told, warnings })
}

/// Shows what is said of a rule before it is saved: beside its form, or alone for the script that
/// keeps it up to date.
pub(super) async fn check<R: WatchedRule>(
    session: Session,
    Path(place): Path<String>,
    sent: SentForm,
) -> Answer {
    let values = session.values(sent);
    if values.text("part") == "insight" {
        let insight = insight::<R>(&session, &place, &values).await?;
        return session.show(PageHead::new(R::NOUN.many), &RuleInsightPart { insight });
    }
    R::page(&session, &place, &values, None).await
}
