//! Automations and their versions. Runs of them stand in [`super::automation_runs`].

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::definitions::{DefinitionWrite, SavedThing, Stored, delete_row};
use super::query::SqlQuery;
use super::rows::{ColumnPlace, all, to_json};
use super::sql::{args, list, row};
use super::{DependentThing, PAGE_MAX, Page, StoreError, Tx, USES_MAX};
use crate::domain::automation::{Automation, AutomationTerms, LiveSpan, State, Trigger};
use crate::domain::definition::Definition;
use crate::domain::ids::{AutomationId, EndpointId, MerchantId};

/// What [`AutomationRow`] reads.
const SELECT: &str = "select a.id, a.state, a.version, a.live_since, a.spans, v.terms \
                      from automations a join automation_versions v \
                      on v.merchant_id = a.merchant_id and v.automation_id = a.id \
                      and v.version = a.version where a.merchant_id = $1";

impl Stored for Automation {
    async fn find<'t>(
        tx: &'t mut Tx,
        merchant: &'t MerchantId,
        id: &'t AutomationId,
    ) -> Result<Option<Self>, StoreError> {
        let text = format!("{SELECT} and a.id = $2");
        let row: Option<AutomationRow> = tx.fetch_optional(text, args![merchant, id]).await?;
        row.map(Self::try_from).transpose()
    }

    async fn list<'t>(
        tx: &'t mut Tx,
        merchant: &'t MerchantId,
        page: &'t Page,
    ) -> Result<Vec<Self>, StoreError> {
        let query = SqlQuery::new(SELECT, args![merchant]).search(
            "(lower(a.id) like lower($?) escape '!' or lower(a.title) like lower($?) escape '!')",
            page,
        );
        let (text, args) = query.page("a.id", page);
        let rows: Vec<AutomationRow> = tx.fetch_page((text, args), page).await?;
        all(rows)
    }

    /// Publishes a version where it says something else than the newest; where it stands stays.
    async fn save<'t>(
        self,
        tx: &'t mut Tx,
        merchant: &'t MerchantId,
        writing: DefinitionWrite,
    ) -> Result<SavedThing<Self>, StoreError> {
        let before = Self::find(tx, merchant, &self.id).await?;
        let created = before.is_none();
        let thing = match before {
            None => {
                tx.execute(
                    "insert into automations (merchant_id, id, title, state, version, spans) \
                     values ($1, $2, $3, 'draft', 1, '[]')",
                    args![merchant, &self.id, &self.terms.title],
                )
                .await?;
                self
            }
            Some(before) if before.terms == self.terms => {
                return Ok(SavedThing { thing: before, created });
            }
            Some(before) => {
                let version = before.version + 1;
                tx.execute(
                    "update automations set title = $3, version = $4 \
                     where merchant_id = $1 and id = $2",
                    args![merchant, &self.id, &self.terms.title, version],
                )
                .await?;
                Self { terms: self.terms, version, ..before }
            }
        };
        tx.execute(
            "insert into automation_versions (merchant_id, automation_id, version, terms, \
             published_at) values ($1, $2, $3, $4, $5)",
            args![merchant, &thing.id, thing.version, to_json(&thing.terms)?, writing.now],
        )
        .await?;
        Ok(SavedThing { thing, created })
    }

    const SENDS: bool = true;
    const IS_WAY_OUT: bool = true;

    async fn uses<'t>(
        tx: &'t mut Tx,
        merchant: &'t MerchantId,
        id: &'t AutomationId,
        _: DateTime<Utc>,
    ) -> Result<Vec<DependentThing>, StoreError> {
        tx.fetch_all(
            "select 'run' as kind, id from automation_runs \
             where merchant_id = $1 and automation_id = $2 order by id limit $3",
            args![merchant, id, USES_MAX],
        )
        .await
    }

    async fn delete<'t>(
        tx: &'t mut Tx,
        merchant: &'t MerchantId,
        id: &'t AutomationId,
    ) -> Result<bool, StoreError> {
        tx.execute(
            "delete from automation_versions where merchant_id = $1 and automation_id = $2",
            args![merchant, id],
        )
        .await?;
        delete_row(tx, merchant, Self::KIND.table, id.as_str()).await
    }
}

/// Stores where an automation stands, and when it was live.
pub async fn save_state(
    tx: &mut Tx,
    merchant: &MerchantId,
    automation: &Automation,
) -> Result<(), StoreError> {
    tx.execute(
        "update automations set state = $3, live_since = $4, spans = $5 \
         where merchant_id = $1 and id = $2",
        args![
            merchant,
            &automation.id,
            automation.state,
            automation.live_since,
            to_json(&automation.spans)?,
        ],
    )
    .await?;
    tx.execute(
        "update merchants set automated = $2 where id = $1 and automated <> $2",
        args![merchant, true],
    )
    .await?;
    Ok(())
}

/// The automations that customers start by a trigger, live or not.
pub async fn list_by_trigger(
    tx: &mut Tx,
    merchant: &MerchantId,
    trigger: Trigger,
) -> Result<Vec<Automation>, StoreError> {
    let text =
        format!("{SELECT} and a.state <> 'draft' and v.trigger_name = $2 order by a.id limit $3");
    let rows: Vec<AutomationRow> = tx.fetch_all(text, args![merchant, trigger, PAGE_MAX]).await?;
    all(rows)
}

/// What versions of automations say.
pub async fn find_versions(
    tx: &mut Tx,
    merchant: &MerchantId,
    automations: &BTreeSet<AutomationId>,
) -> Result<BTreeMap<(AutomationId, i64), AutomationTerms>, StoreError> {
    let rows: Vec<(String, i64, String)> = tx
        .fetch_all(
            "select automation_id, version, terms from automation_versions \
             where (merchant_id, automation_id) in pairs($1, $2)",
            args![merchant, list(automations)],
        )
        .await?;
    let version = |(id, version, terms): (String, i64, String)| {
        let terms = ColumnPlace { table: "automation_versions", row: &id }.json("terms", &terms)?;
        Ok(((AutomationId::stored(id), version), terms))
    };
    rows.into_iter().map(version).collect()
}

/// What an automation says to somebody: its newest version to whoever starts now, an older one to
/// those who are under way through it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedVersion {
    /// The automation.
    pub automation: AutomationId,
    /// What it says.
    pub terms: AutomationTerms,
    /// Where the automation stands.
    pub state: State,
    /// Whether anybody is under way through it.
    pub is_under_way: bool,
}

/// All versions of automations that say something to somebody, by automation.
pub async fn list_used(tx: &mut Tx, merchant: &MerchantId) -> Result<Vec<UsedVersion>, StoreError> {
    let rows: Vec<(String, String, String, i64)> = tx
        .fetch_all(
            "select id, terms, state, cast(under_way as bigint) from (\
             select a.id, v.version, v.terms, a.state, \
             case when v.version = a.version then 1 else 0 end as newest, \
             case when exists (select 1 from automation_runs r \
             where r.merchant_id = v.merchant_id and r.automation_id = v.automation_id \
             and r.version = v.version and r.status = 'active') then 1 else 0 end as under_way \
             from automations a join automation_versions v \
             on v.merchant_id = a.merchant_id and v.automation_id = a.id \
             where a.merchant_id = $1) used where newest + under_way > 0 order by id, version",
            args![merchant],
        )
        .await?;
    let version = |(id, terms, state, under_way): (String, String, String, i64)| {
        let terms = ColumnPlace { table: "automation_versions", row: &id }.json("terms", &terms)?;
        let state = ColumnPlace { table: "automations", row: &id }.named("state", &state)?;
        let automation = AutomationId::stored(id);
        Ok(UsedVersion { automation, terms, state, is_under_way: under_way == 1 })
    };
    rows.into_iter().map(version).collect()
}

/// The automations of which a version that says something to somebody names a thing, as far as the
/// first twenty.
pub(super) async fn list_naming(
    tx: &mut Tx,
    merchant: &MerchantId,
    names: impl Fn(&AutomationTerms) -> bool,
) -> Result<Vec<DependentThing>, StoreError> {
    let naming = list_used(tx, merchant).await?.into_iter().filter(|it| names(&it.terms));
    let ids: BTreeSet<AutomationId> = naming.map(|it| it.automation).collect();
    let thing = |id: AutomationId| DependentThing {
        kind: Automation::KIND.one.to_owned(),
        id: id.to_string(),
    };
    let most = usize::try_from(USES_MAX).unwrap_or(usize::MAX);
    Ok(ids.into_iter().take(most).map(thing).collect())
}

/// The ids of a merchant's webhook endpoints.
pub async fn endpoint_ids(
    tx: &mut Tx,
    merchant: &MerchantId,
) -> Result<BTreeSet<EndpointId>, StoreError> {
    let rows: Vec<(String,)> = tx
        .fetch_all(
            "select id from webhook_endpoints where merchant_id = $1 order by id limit $2",
            args![merchant, PAGE_MAX],
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| EndpointId::stored(id)).collect())
}

row! {
    struct AutomationRow {
        id: String,
        state: String,
        version: i64,
        live_since: Option<DateTime<Utc>>,
        spans: String,
        terms: String,
    }
}

impl TryFrom<AutomationRow> for Automation {
    type Error = StoreError;

    fn try_from(row: AutomationRow) -> Result<Self, StoreError> {
        let place = ColumnPlace { table: Self::KIND.table, row: &row.id };
        let spans: Vec<LiveSpan> = place.json("spans", &row.spans)?;
        Ok(Self {
            state: place.named("state", &row.state)?,
            terms: place.json("terms", &row.terms)?,
            version: row.version,
            live_since: row.live_since,
            spans,
            id: AutomationId::stored(row.id),
        })
    }
}
