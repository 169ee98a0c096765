//! What the engine knows about the things that a merchant defines, beside what was sent. Of those
//! that do not stand here it knows nothing more.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Serialize;
use utoipa::ToSchema;

use super::automations::AutomationStanding;
use super::campaigns::CampaignNotes;
use super::customers::CustomerBalances;
use super::definitions::{Published, object};
use super::paths::PathImpact;
use super::tags::TagUsers;
use super::webhooks::EndpointHealth;
use super::{Instant, Nothing};
use crate::domain::automation::Automation;
use crate::domain::campaign::Campaign;
use crate::domain::catalogue::Tag;
use crate::domain::gift_rule::GiftRule;
use crate::domain::merchant::Customer;
use crate::domain::nouns::nouns;
use crate::domain::path::Path;
use crate::domain::promotion::Promotion;
use crate::domain::webhook::Endpoint;

macro_rules! published {
    ($($thing:ty, $beside:literal, $known:ty: |$it:ident| $show:expr;)*) => {$(
        impl Published for $thing {
            type Known = $known;
            const BESIDE: &'static str = $beside;

            fn known(&self) -> $known {
                let $it = self;
                $show
            }

            fn engine_fields() -> &'static BTreeSet<String> {
                static SET: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
                    let known = object::<$known>().properties.into_iter().map(|(name, _)| name);
                    known.chain(["id".to_owned()]).collect()
                });
                &SET
            }
        }
    )*};
}

macro_rules! plain {
    ($($writers:ident { $($how:ident $section:ident: $noun:ty,)+ })+) => {
        $($(plain!(@ $how $noun);)+)+
    };
    (@ plain $noun:ty) => {
        published! { $noun, "", Nothing: |_it| Nothing {}; }
    };
    (@ known $noun:ty) => {};
}

nouns!(plain);

/// When a rule was edited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Edited {
    /// When it was edited last.
    #[schema(value_type = Instant)]
    pub edited_at: chrono::DateTime<chrono::Utc>,
}

published! {
    Tag, ", with the offers and paths that use it", TagUsers: |_it| TagUsers::default();
    Path, ", with what it leads to and what is odd about it",
        PathImpact: |it| PathImpact { edited_at: it.edited_at, edges: 0, warnings: Vec::new() };
    Campaign, ", with what is odd about it",
        CampaignNotes: |it| CampaignNotes { edited_at: it.edited_at, warnings: Vec::new() };
    Promotion, "", Edited: |it| Edited { edited_at: it.edited_at };
    GiftRule, ", with what is left of its gifts", Edited: |it| Edited { edited_at: it.edited_at };
    Automation, "", AutomationStanding: |it| AutomationStanding {
        state: it.state,
        version: it.version,
        live_since: it.live_since,
    };
    Customer, "", CustomerBalances: |_it| CustomerBalances::default();
    Endpoint, ", without its secret", EndpointHealth: |it| it.into();
}
