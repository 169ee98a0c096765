//! Enumerations whose values have a stable name: one list of values and names, from which follow
//! reading and writing them, in JSON, in its published schema, in a column, on a page.

/// Values that each have a stable name, which is never changed.
pub trait Named: Copy + 'static {
    /// All values, in order.
    const ALL: &'static [Self];

    /// Its stable name.
    fn name(self) -> &'static str;

    /// The value of a stable name; none where no value is called so.
    fn parse(name: &str) -> Option<Self>;
}

/// Declares an enumeration with a stable name for each value. What stands above it goes to the
/// type: `#[schema(as = …)]` where its published name is another, `#[derive(Default)]` with a
/// `#[default]` where one value is meant unless another is given.
macro_rules! names {
    ($(#[$meta:meta])* $visible:vis enum $name:ident {
        $($(#[$about:meta])* $value:ident = $text:tt,)+
    }) => {
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord,
            serde::Serialize, serde::Deserialize, utoipa::ToSchema,
        )]
        $(#[$meta])*
        $visible enum $name {
            $($(#[$about])* #[serde(rename = $text)] $value,)+
        }

        impl $name {
            /// All values, in order.
            pub const ALL: [Self; [$($text),+].len()] = [$(Self::$value),+];

            /// Its stable name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$value => $text,)+
                }
            }

            /// The value of a stable name; none where no value is called so.
            #[must_use]
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|value| value.name() == name)
            }
        }

        impl $crate::domain::names::Named for $name {
            const ALL: &'static [Self] = &$name::ALL;

            fn name(self) -> &'static str {
                self.name()
            }

            fn parse(name: &str) -> Option<Self> {
                Self::parse(name)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }
    };
}
pub(crate) use names;

#[cfg(test)]
mod tests {
    use super::Named;
    use crate::domain::path::{Proration, Transition};

    #[test]
    fn a_value_is_read_and_written_by_its_name_everywhere() {
        let names = Transition::ALL.map(Transition::name);
        assert_eq!(names[..3], ["immediate", "immediate_next_booking", "last_booking"]);
        assert_eq!(<Transition as Named>::ALL, Transition::ALL);
        for transition in Transition::ALL {
            let name = transition.name();
            assert_eq!(Transition::parse(name), Some(transition));
            assert_eq!(serde_json::to_value(transition).unwrap(), transition.to_string());
            assert_eq!(serde_json::from_value::<Transition>(name.into()).unwrap(), transition);
        }
        assert_eq!((Transition::parse("Immediate"), Proration::default()), (None, Proration::None));
        let schema = <Transition as utoipa::PartialSchema>::schema();
        let schema = serde_json::to_value(schema).unwrap();
        assert_eq!(schema["enum"], serde_json::json!(names));
    }
}
