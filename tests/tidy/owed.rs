//! What is owed: faults that were there when their check came. Each list is held to be no longer
//! than needed, so it only ever gets shorter.

/// Circles: folder, its rooms, and why they are still there.
pub(crate) const CIRCLES: &[(&str, &[&str], &str)] = &[];

/// How many lines of a file are too wide.
pub(crate) const WIDE: &[(&str, usize)] = &[
    ("benches/pages/main.rs", 1),
    ("src/cli/scenario/tests.rs", 1),
    ("src/edge/observe.rs", 1),
    ("src/pages/backend/notation.rs", 4),
    ("src/pages/backend/paths.rs", 1),
    ("src/pages/backend/settings.rs", 2),
    ("src/rules/definitions/offers.rs", 2),
    ("src/rules/definitions/paths.rs", 2),
    ("src/rules/definitions/products.rs", 5),
    ("src/rules/definitions/taxes.rs", 2),
    ("src/rules/examples.rs", 4),
    ("src/store/overview.rs", 1),
    ("src/store/paths.rs", 1),
    ("src/store/sql/arg.rs", 1),
    ("src/store/subscriptions.rs", 1),
    ("src/wire/tests.rs", 1),
    ("tests/it/api/catalogue.rs", 1),
    ("tests/it/api/checkouts.rs", 1),
    ("tests/it/api/forms.rs", 17),
    ("tests/it/api/orders.rs", 1),
    ("tests/it/api/requests.rs", 1),
    ("tests/it/api/selection.rs", 3),
    ("tests/it/audit/damage.rs", 7),
    ("tests/it/browser/contracts.rs", 1),
    ("tests/it/browser/what_if.rs", 1),
    ("tests/it/cli.rs", 1),
    ("tests/it/cli/backup.rs", 1),
    ("tests/it/cli/workspace.rs", 2),
    ("tests/it/crashes.rs", 1),
    ("tests/it/doors/guards.rs", 1),
    ("tests/it/pages/hostile.rs", 1),
    ("tests/it/pages/untouched.rs", 1),
    ("tests/it/races.rs", 1),
    ("tests/it/races/orders.rs", 1),
    ("tests/it/snapshots/api.rs", 1),
];

/// Public items that nobody names.
pub(crate) const UNNAMED: &[&str] = &[];
