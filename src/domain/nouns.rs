//! All that a merchant defines under an id of its own, in one list: each with the section of a
//! catalogue's file in which it stands and with its type, below the roles that may write it. Every
//! layer maps over it: routes, pages, navigation, import and export.

/// Gives the list to another macro. Things of a file may only refer to what stands above them.
///
/// Of what is `plain` the API answers what was sent; of what is `known` the engine knows more,
/// which `wire::nouns` and `http` say under the name of the noun.
macro_rules! nouns {
    ($map:ident) => {
        $crate::domain::nouns::registered! { $map }
    };
}
pub(crate) use nouns;

macro_rules! listed {
    ($map:ident $($more:tt)*) => {
        $map! {
            // Written by who edits the catalogue: with pages, imported and exported.
            catalogue {
                known tags: $crate::domain::catalogue::Tag,
                plain taxes: $crate::domain::catalogue::Tax,
                plain products: $crate::domain::catalogue::Product,
                plain offers: $crate::domain::catalogue::Offer,
                known paths: $crate::domain::path::Path,
                known campaigns: $crate::domain::campaign::Campaign,
                known promotions: $crate::domain::promotion::Promotion,
                known gift_rules: $crate::domain::gift_rule::GiftRule,
                plain coupons: $crate::domain::coupon::Coupon,
                plain message_templates: $crate::domain::message_template::MessageTemplate,
                known automations: $crate::domain::automation::Automation,
                $($more)*
            }
            // Written by who sells: imported, but not exported.
            selling {
                known customers: $crate::domain::merchant::Customer,
            }
            // Written by who administers: they have secrets, and stand in no file.
            administration {
                known webhook_endpoints: $crate::domain::webhook::Endpoint,
            }
        }
    };
}
pub(crate) use listed;

#[cfg(not(test))]
macro_rules! registered {
    ($map:ident) => {
        $crate::domain::nouns::listed! { $map }
    };
}

/// Tests have one more, which is made up: this line is its registration.
#[cfg(test)]
macro_rules! registered {
    ($map:ident) => {
        $crate::domain::nouns::listed! { $map plain depots: $crate::domain::depot::Depot, }
    };
}
pub(crate) use registered;
