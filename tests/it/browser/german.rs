//! The backend in German: picked with a button, on phones, in forms and where scripts speak.

use super::{Page, journey};
use crate::world::World;

#[test]
fn a_merchant_picks_german_and_works_in_it() {
    journey(async |page: &Page, world: &World| {
        world.catalogue().await;
        world.buy("ada", "month").await;
        page.open("/backend/sign-in").await;
        page.go(".language button").await;
        assert_eq!(page.text("h1").await, "Anmelden");
        page.is_fine("german-sign-in").await;
        page.sign_in().await;
        assert_eq!(page.text("h1").await, "Übersicht");
        page.is_fine("german-overview").await;
        page.open("/backend/customers/ada").await;
        page.is_fine("german-customer").await;
        page.open("/backend/paths/+new").await;
        page.is_fine("german-path").await;
        page.open("/backend/tags/+new").await;
        page.go("main button[type=submit]").await;
        assert_eq!(page.text(".problems h2").await, "So lässt es sich nicht speichern");
        page.is_fine("german-form").await;
        page.open("/backend/graph").await;
        page.is_fine("german-graph").await;
        page.go(".side .language button").await;
        assert_eq!(page.path().await, "/backend/graph", "back to where it was picked");
        assert_eq!(page.text("h1").await, "Offer graph");
    });
}
