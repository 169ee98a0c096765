//! A made-up definition: all that another noun needs to be saved, removed, read and listed.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Clock;
use crate::domain::definition::{Definition, Kind, Lock, Most};
use crate::domain::event::EventKind;
use crate::domain::fault::Fault;
use crate::domain::ids::{MerchantId, TagId};
use crate::domain::webhook::Reach;
use crate::rules::definitions::{DraftFacts, Drafted};
use crate::store::definitions::{Saved, Stored, Writing};
use crate::store::sql::args;
use crate::store::{Page, Store, StoreError, Tx};

use super::expected::Expected;
use super::{App, AppError};

/// The domain type, and what kind of thing it is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shelf {
    id: TagId,
    height: i64,
}

impl Definition for Shelf {
    type Id = TagId;

    const KIND: Kind = Kind {
        one: "shelf",
        table: "shelves",
        saved: EventKind::TagSaved,
        deleted: Some(EventKind::TagDeleted),
        lock: Lock::Catalogue,
        refers: false,
        in_graph: false,
        weighs_uses: false,
        most: Some(Most::things(2)),
    };

    fn id(&self) -> &TagId {
        &self.id
    }
}

/// Its draft: what is sent, what is published, and what was sent to define it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ShelfDraft {
    /// How high it is.
    height: i64,
}

impl From<&Shelf> for ShelfDraft {
    fn from(shelf: &Shelf) -> Self {
        Self { height: shelf.height }
    }
}

/// Its rule.
impl Drafted for Shelf {
    type Draft = ShelfDraft;

    fn decide(id: TagId, draft: &ShelfDraft, _: &DraftFacts) -> Result<Self, Vec<Fault>> {
        match draft.height {
            1.. => Ok(Self { id, height: draft.height }),
            _ => Err(vec![Fault::new("/height", "must be at least 1")]),
        }
    }
}

/// Its rows.
impl Stored for Shelf {
    async fn find<'t>(
        tx: &'t mut Tx,
        merchant: &'t MerchantId,
        id: &'t TagId,
    ) -> Result<Option<Self>, StoreError> {
        let text = "select id, height from shelves where merchant_id = $1 and id = $2";
        let row: Option<(String, i64)> = tx.fetch_optional(text, args![merchant, id]).await?;
        Ok(row.map(|(id, height)| Self { id: TagId::stored(id), height }))
    }

    async fn list<'t>(
        tx: &'t mut Tx,
        merchant: &'t MerchantId,
        _: &'t Page,
    ) -> Result<Vec<Self>, StoreError> {
        let text = "select id, height from shelves where merchant_id = $1 order by id";
        let rows: Vec<(String, i64)> = tx.fetch_all(text, args![merchant]).await?;
        Ok(rows.into_iter().map(|(id, height)| Self { id: TagId::stored(id), height }).collect())
    }

    async fn save<'t>(
        self,
        tx: &'t mut Tx,
        merchant: &'t MerchantId,
        writing: Writing,
    ) -> Result<Saved<Self>, StoreError> {
        assert!(writing.edit > 0, "the catalogue is locked");
        let created = Self::find(tx, merchant, &self.id).await?.is_none();
        tx.execute(
            "insert into shelves (merchant_id, id, height) values ($1, $2, $3) \
             on conflict (merchant_id, id) do update set height = excluded.height",
            args![merchant, &self.id, self.height],
        )
        .await?;
        Ok(Saved { thing: self, created })
    }
}

async fn app() -> App {
    let store = Store::open("sqlite::memory:").await.unwrap();
    store.migrate().await.unwrap();
    let made = store.write(|tx| {
        Box::pin(async move {
            tx.execute(
                "create table shelves (merchant_id text, id text, height integer, \
                 primary key (merchant_id, id))",
                args![],
            )
            .await
        })
    });
    made.await.unwrap();
    let app = App::new(store, Clock::System, [7; 32], String::new(), Reach::Public).unwrap();
    app.bootstrap(Some("cg_test_0123456789012345678901234567890123456789")).await.unwrap();
    app
}

#[tokio::test]
async fn a_made_up_noun_is_saved_removed_read_and_listed_by_what_serves_all() {
    let (app, merchant) = (app().await, MerchantId::parse("default").unwrap());
    let id = |id: &str| TagId::parse(id).unwrap();
    let put = |name: &str, height: i64, expected| {
        app.put::<Shelf>(&merchant, id(name), ShelfDraft { height }.into(), expected)
    };
    let saved = put("a", 3, Expected::Nothing).await.unwrap();
    assert!(saved.created && saved.thing.height == 3);
    assert!(!put("a", 4, Expected::This(saved.thing.clone())).await.unwrap().created);
    let stale = put("a", 5, Expected::This(saved.thing)).await;
    assert!(matches!(stale, Err(AppError::Refused(it)) if it.code == "precondition-failed"));
    let wrong = put("b", 0, Expected::Anything).await;
    assert!(matches!(wrong, Err(AppError::Invalid(it)) if it[0].pointer == "/height"));
    put("b", 1, Expected::Anything).await.unwrap();
    let third = put("c", 1, Expected::Anything).await;
    assert!(matches!(third, Err(AppError::Refused(it)) if it.detail.contains("as many as may be")));
    let all = app.list::<Shelf>(&merchant, Page::first(9)).await.unwrap();
    assert_eq!(all.iter().map(|shelf| shelf.height).collect::<Vec<_>>(), [4, 1]);
    app.delete::<Shelf>(&merchant, &id("a"), Expected::Anything).await.unwrap();
    assert!(matches!(
        app.get::<Shelf>(&merchant, &id("a")).await,
        Err(AppError::NotFound("shelf"))
    ));
}
