//! A made-up definition: all that another noun needs to be saved, removed, read and listed.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Clock;
use crate::domain::definition::{Definition, Described, Kind, Lock, Most};
use crate::domain::event::EventKind;
use crate::domain::fault::Fault;
use crate::domain::ids::{MerchantId, TagId};
use crate::domain::webhook::Reach;
use crate::rules::definitions::{DraftFacts, Drafted};
use crate::store::definitions::stored;
use crate::store::plain::PlainRow;
use crate::store::sql::{Arg, args, row};
use crate::store::{Page, Store, StoreError};

use super::expected::Expected;
use super::{App, AppError};

/// The domain type, and what kind of thing it is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shelf {
    id: TagId,
    title: String,
    height: i64,
}

impl Definition for Shelf {
    type Id = TagId;

    const KIND: Kind = Kind {
        one: "shelf",
        table: "shelves",
        described: Described {
            group: "catalogue",
            many: "shelves",
            one: "a shelf",
            writing: "",
            removing: "",
        },
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
    /// What it is called.
    title: String,
    /// How high it is.
    height: i64,
}

impl From<&Shelf> for ShelfDraft {
    fn from(shelf: &Shelf) -> Self {
        Self { title: shelf.title.clone(), height: shelf.height }
    }
}

/// Its rule.
impl Drafted for Shelf {
    type Draft = ShelfDraft;

    fn decide(id: TagId, draft: &ShelfDraft, _: &DraftFacts) -> Result<Self, Vec<Fault>> {
        match draft.height {
            1.. => Ok(Self { id, title: draft.title.clone(), height: draft.height }),
            _ => Err(vec![Fault::new("/height", "must be at least 1")]),
        }
    }
}

row! {
    json
    /// Its row.
    struct ShelfRow {
        id: String,
        title: String,
        height: i64,
    }
}

impl PlainRow for Shelf {
    type Row = ShelfRow;

    fn of_row(row: ShelfRow) -> Result<Self, StoreError> {
        Ok(Self { id: TagId::stored(row.id), title: row.title, height: row.height })
    }

    fn values(&self) -> Result<Vec<Arg>, StoreError> {
        Ok(args![&self.id, &self.title, self.height])
    }
}

stored!(Shelf as row);

async fn app() -> App {
    let store = Store::open("sqlite::memory:").await.unwrap();
    store.migrate().await.unwrap();
    let made = store.write(|tx| {
        Box::pin(async move {
            tx.execute(
                "create table shelves (merchant_id text, id text, title text, height integer, \
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
        app.put::<Shelf>(
            &merchant,
            id(name),
            ShelfDraft { title: name.to_uppercase(), height }.into(),
            expected,
        )
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
