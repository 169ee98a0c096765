//! All that a merchant defines, each with its published answer: what it is called, and what the
//! engine knows about it beside what was sent.

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
use crate::domain::catalogue::{Offer, Product, Tag, Tax};
use crate::domain::coupon::Coupon;
use crate::domain::gift_rule::GiftRule;
use crate::domain::merchant::Customer;
use crate::domain::message_template::MessageTemplate;
use crate::domain::path::Path;
use crate::domain::promotion::Promotion;
use crate::domain::webhook::Endpoint;

macro_rules! published {
    ($(
        $thing:ident $about:literal, filled $filled:expr,
        $known:ty: |$it:ident| $show:expr;
    )*) => {$(
        impl Published for $thing {
            type Known = $known;
            const NAME: &'static str = stringify!($thing);
            const ABOUT: &'static str = $about;
            const FILLED: &'static [&'static str] = &$filled;

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

/// When a rule was edited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Edited {
    /// When it was edited last.
    #[schema(value_type = Instant)]
    pub edited_at: chrono::DateTime<chrono::Utc>,
}

published! {
    Tag "A tag, with the offers and paths that use it.", filled [],
        TagUsers: |_it| TagUsers::default();
    Tax "A tax category.", filled [], Nothing: |_it| Nothing {};
    Product "A product.", filled [], Nothing: |_it| Nothing {};
    Offer "An offer.", filled ["term"], Nothing: |_it| Nothing {};
    Path "A path, with what it leads to and what is odd about it.", filled [],
        PathImpact: |it| PathImpact { edited_at: it.edited_at, edges: 0, warnings: Vec::new() };
    Campaign "A campaign, with what is odd about it.", filled ["currency"],
        CampaignNotes: |it| CampaignNotes { edited_at: it.edited_at, warnings: Vec::new() };
    Promotion "A promotion.", filled ["currency"],
        Edited: |it| Edited { edited_at: it.edited_at };
    GiftRule "A gift rule, with what is left of its gifts.", filled ["currency"],
        Edited: |it| Edited { edited_at: it.edited_at };
    Coupon "A coupon.", filled ["currency"], Nothing: |_it| Nothing {};
    MessageTemplate "A template of messages.", filled [], Nothing: |_it| Nothing {};
    Automation "An automation.", filled [],
        AutomationStanding: |it| AutomationStanding {
            state: it.state,
            version: it.version,
            live_since: it.live_since,
        };
    Customer "A customer.", filled [], CustomerBalances: |_it| CustomerBalances::default();
    Endpoint "A webhook endpoint, without its secret.", filled [],
        EndpointHealth: |it| it.into();
}
