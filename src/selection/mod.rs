//! Which of a merchant's rules apply to a cart or an order, and why each of the others does not.
//! Pure: what it looks at is loaded by `app`, and the same facts give the same answer, in whatever
//! order rules and lines stand.
//!
//! The kinds of rules differ in how they rank and in how many they grant:
//!
//! | kind | rank | grant |
//! |---|---|---|
//! | campaign | highest priority, then edited last, then the lower id | the first that can be had |
//! | promotion | – | each by itself; of its upsells the lowest priority with a hit, whole |
//! | gift rule | lowest tier, then edited last, then the lower id | tiers, until nothing changes |
//!
//! Campaigns are many: they are compiled to numbers in rank order, so that an order meets only
//! those that it may trigger. Promotions and gift rules are few, and are held as they are.
//!
//! Reading order: [`facts`], [`conditions`], [`campaigns`], `names`, `compiled`, [`index`],
//! [`assortment`], [`promotions`], [`gifts`].

pub mod assortment;
pub mod campaigns;
mod compiled;
pub mod conditions;
pub mod facts;
pub mod gifts;
mod growing;
pub mod index;
mod names;
pub mod promotions;

#[cfg(test)]
mod samples;

/// The reasons of a kind of rules, in the order in which they count, each with its stable code and
/// its meaning in a sentence.
macro_rules! reasons {
    ($(#[$doc:meta])+ $name:ident { $($variant:ident $code:literal $meaning:literal;)+ }) => {
        $(#[$doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $(#[doc = $meaning] $variant,)+
        }

        impl $name {
            /// All of them, in the order in which they count.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// What it means, in a sentence.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)+ }
            }
        }

        impl crate::domain::verdict::Reasoned for $name {
            fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }
        }

        impl From<crate::domain::validity::ValidityLapse> for $name {
            fn from(lapse: crate::domain::validity::ValidityLapse) -> Self {
                use crate::domain::validity::ValidityLapse;
                match lapse {
                    ValidityLapse::Inactive => Self::Inactive,
                    ValidityLapse::NotYetValid => Self::NotYetValid,
                    ValidityLapse::Expired => Self::Expired,
                }
            }
        }
    };
}

use reasons;
