//! Templates of messages.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::automations::list_senders;
use super::definitions::stored;
use super::query::SqlQuery;
use super::rows::{Place, to_json};
use super::sql::args;
use super::{Page, StoreError, Tx, Use};
use crate::domain::definition::Definition;
use crate::domain::ids::{MerchantId, MessageTemplateId};
use crate::domain::message_template::{MessageTemplate, MessageText};

stored!(MessageTemplate, find_template, list_templates, |tx, merchant, template, _writing| {
    let created = save_template(tx, merchant, &template).await?;
    (template, created)
}, uses template_uses);

async fn template_uses(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &MessageTemplateId,
    _: DateTime<Utc>,
) -> Result<Vec<Use>, StoreError> {
    list_senders(tx, merchant, id).await
}

async fn save_template(
    tx: &mut Tx,
    merchant: &MerchantId,
    template: &MessageTemplate,
) -> Result<bool, StoreError> {
    let texts = to_json(&template.texts)?;
    let values = || args![merchant, &template.id, &template.title, &texts];
    let insert = "insert into message_templates (merchant_id, id, title, texts) \
                  values ($1, $2, $3, $4) on conflict (merchant_id, id) do nothing";
    let created = tx.execute(insert, values()).await? == 1;
    if !created {
        let update = "update message_templates set title = $3, texts = $4 \
                      where merchant_id = $1 and id = $2";
        tx.execute(update, values()).await?;
    }
    Ok(created)
}

async fn find_template(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &MessageTemplateId,
) -> Result<Option<MessageTemplate>, StoreError> {
    let row: Option<Row> = tx
        .fetch_optional(
            "select id, title, texts from message_templates where merchant_id = $1 and id = $2",
            args![merchant, id],
        )
        .await?;
    row.map(template).transpose()
}

async fn list_templates(
    tx: &mut Tx,
    merchant: &MerchantId,
    page: &Page,
) -> Result<Vec<MessageTemplate>, StoreError> {
    let text = "select id, title, texts from message_templates where merchant_id = $1";
    let query = SqlQuery::new(text, args![merchant]).search(
        "(lower(id) like lower($?) escape '!' or lower(title) like lower($?) escape '!')",
        page,
    );
    let (text, args) = query.page("id", page);
    let rows: Vec<Row> = tx.fetch_all(text, args).await?;
    rows.into_iter().map(template).collect()
}

type Row = (String, String, String);

fn template((id, title, texts): Row) -> Result<MessageTemplate, StoreError> {
    let place = Place { table: MessageTemplate::KIND.table, row: &id };
    let texts: BTreeMap<String, MessageText> = place.json("texts", &texts)?;
    Ok(MessageTemplate { texts, title, id: MessageTemplateId::stored(id) })
}
