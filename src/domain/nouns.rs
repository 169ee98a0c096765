//! All that a merchant defines under an id of its own, in one list: each with the section of a
//! catalogue's file in which it stands and with its type, below the roles that may write it. Every
//! layer maps over it: routes, pages, navigation, import and export.

/// Gives the list to another macro. Things of a file may only refer to what stands above them.
macro_rules! nouns {
    ($map:ident) => {
        $map! {
            // Written by who edits the catalogue: with pages, imported and exported.
            catalogue {
                tags: $crate::domain::catalogue::Tag,
                taxes: $crate::domain::catalogue::Tax,
                products: $crate::domain::catalogue::Product,
                offers: $crate::domain::catalogue::Offer,
                paths: $crate::domain::path::Path,
                campaigns: $crate::domain::campaign::Campaign,
                promotions: $crate::domain::promotion::Promotion,
                gift_rules: $crate::domain::gift_rule::GiftRule,
                coupons: $crate::domain::coupon::Coupon,
                message_templates: $crate::domain::message_template::MessageTemplate,
                automations: $crate::domain::automation::Automation,
            }
            // Written by who sells: imported, but not exported.
            selling {
                customers: $crate::domain::merchant::Customer,
            }
            // Written by who administers: they have secrets, and stand in no file.
            administration {
                webhook_endpoints: $crate::domain::webhook::Endpoint,
            }
        }
    };
}
pub(crate) use nouns;
