//! Templates of messages.

use chrono::{DateTime, Utc};

use super::automations::list_naming;
use super::definitions::stored;
use super::plain::PlainRow;
use super::rows::{ColumnPlace, to_json};
use super::sql::{Arg, args, row};
use super::{DependentThing, StoreError, Tx};
use crate::domain::definition::Definition;
use crate::domain::ids::{MerchantId, MessageTemplateId};
use crate::domain::message_template::{MessageTemplate, MessageText};
use crate::domain::translation::ByLanguage;

row! {
    json
    /// A row of `message_templates`.
    pub struct TemplateRow {
        id: String,
        title: String,
        texts: String,
    }
}

impl PlainRow for MessageTemplate {
    type Row = TemplateRow;

    fn of_row(row: TemplateRow) -> Result<Self, StoreError> {
        let place = ColumnPlace { table: Self::KIND.table, row: &row.id };
        let texts: ByLanguage<MessageText> = place.json("texts", &row.texts)?;
        Ok(Self { texts, title: row.title, id: MessageTemplateId::stored(row.id) })
    }

    fn values(&self) -> Result<Vec<Arg>, StoreError> {
        Ok(args![&self.id, &self.title, to_json(&self.texts)?])
    }
}

async fn template_uses(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &MessageTemplateId,
    _: DateTime<Utc>,
) -> Result<Vec<DependentThing>, StoreError> {
    list_naming(tx, merchant, |terms| terms.sends(id)).await
}

stored!(MessageTemplate as row, uses template_uses, is_sent true);
