//! What an API key may do.

use super::names::names;

names! {
    /// What a key may do. `admin` may do everything, every role may read.
    pub enum Role {
        /// Everything.
        Admin = "admin",
        /// Catalogue, paths, campaigns, reading.
        Merchant = "merchant",
        /// Customers, checkouts, cancelling and withdrawing, orders, reading.
        Checkout = "checkout",
        /// Billing runs, payments, payouts, bringing over, reading.
        Billing = "billing",
        /// Reading.
        Read = "read",
    }
}
