//! Each warning with its code, its words, and what must not raise it.

use std::collections::BTreeMap;

/// What is said, how the other path is changed, and whether it shadows.
type Case<'a> = (&'a str, &'a dyn Fn(&mut Path), bool);

use crate::domain::calendar::Period;
use crate::domain::catalogue::Introduction;
use crate::domain::money::{Currency, Money};
use crate::domain::path::BillingDate;
use crate::domain::text::Text;

use super::super::samples::{offer, path, tagged};
use super::*;

fn offers() -> Vec<Offer> {
    let mut yen = offer("yen", 1_000, "P1M", "P1M");
    yen.terms.price = Money::new(1_000, Currency::parse("JPY").unwrap());
    let mut old = offer("old", 100, "P1M", "P1M");
    old.active = false;
    let mut longer = offer("longer", 890, "P1M", "P1M");
    longer.terms.renewal_term = Some(longer.terms.billing_period);
    longer.terms.renewal_term.as_mut().unwrap().count = 6;
    let mut tried = offer("tried", 990, "P1M", "P1M");
    tried.terms.introduction.trial = Period::parse("P14D");
    let mut needy = offer("needy", 400, "P1M", "P1M");
    needy.terms.requires_parent = true;
    vec![
        tried,
        needy,
        offer("month", 990, "P1M", "P1M"),
        offer("year", 9_900, "P1Y", "P1Y"),
        offer("year-m", 890, "P1M", "P1Y"),
        offer("premium", 2_800, "P1M", "P1M"),
        offer("free", 0, "P1M", "P1M"),
        tagged(offer("two", 1_000, "P1M", "P1M"), "monthly"),
        tagged(offer("one", 1_000, "P1M", "P1M"), "monthly"),
        yen,
        old,
        longer,
    ]
}

fn lint(path: &Path, others: &[Path]) -> Vec<Warning> {
    let catalogue = Catalogue::new(offers(), others.to_vec());
    let tariff = Tariff { taxes: BTreeMap::new(), payment_days: 14, dunning: Vec::new() };
    let today = "2026-05-11".parse().unwrap();
    let found = lint_path(path, &catalogue, &tariff, today);
    let (offers, paths) = catalogue.around(path);
    let (offers, paths) = (offers.into_iter().cloned(), paths.into_iter().cloned());
    let around = Catalogue::new(offers.collect(), paths.collect());
    assert_eq!(lint_path(path, &around, &tariff, today), found, "nothing else matters");
    found
}

fn codes(path: &Path, others: &[Path]) -> Vec<&'static str> {
    lint(path, others).into_iter().map(|w| w.code).collect()
}

fn change(mut path: Path, how: impl Fn(&mut Path)) -> Path {
    how(&mut path);
    path
}

#[test]
fn each_warning_has_its_code_and_no_other() {
    let inb = "immediate_next_booking";
    let dated = |text: &str, transition: &str| {
        change(path("p", "year-m month", "year", transition), |path| {
            path.description = Text::parse(text).unwrap();
        })
    };
    let tried = |text: &str, transition: &str, introduction: bool| {
        change(path("p", "month", "tried", transition), |path| {
            path.description = Text::parse(text).unwrap();
            path.introduction = introduction;
        })
    };
    let switch = |path: Path| change(path, |p| (p.optional, p.customer_may_switch) = (true, true));
    let add = |path: Path| change(path, |p| p.optional = true);
    let by_day = |path: Path| change(path, |p| p.proration = Proration::Day);
    let keep = |path: Path| change(by_day(path), |p| p.billing_date = BillingDate::Keep);
    #[rustfmt::skip]
    let table: Vec<(Path, &[&str])> = vec![
        (path("p", "month", "year", "next_booking"), &[]),
        (path("p", "month gone", "year", "next_booking"), &["tag_unused"]),
        (path("p", "gone", "year", "next_booking"), &["tag_unused", "no_edges"]),
        (path("p", "month", "month", "next_booking"), &["no_edges", "tag_on_both_sides"]),
        (path("p", "month", "old", "next_booking"), &["no_edges"]),
        (path("p", "old", "month", "next_booking"), &[]),
        (path("p", "monthly", "monthly", "next_booking"), &["tag_on_both_sides"]),
        (path("p", "month", "year yen", "next_booking"), &["currency_mismatch"]),
        (path("p", "month", "yen", "immediate"), &["currency_mismatch"]),
        (path("p", "year-m", "month", "next_booking"), &["breaks_term"]),
        (path("p", "year-m", "month", "end_of_term"), &[]),
        (path("p", "year-m", "year", "last_booking"), &["breaks_term"]),
        (path("p", "longer", "year", "next_booking"), &["breaks_term"]),
        (add(path("p", "year-m", "year", "next_booking")), &[]),
        (switch(path("p", "year-m", "year", "next_booking")), &["breaks_term"]),
        (path("p", "month", "year", "immediate"), &["forfeits_paid_time"]),
        (path("p", "free", "year", "immediate"), &[]),
        (by_day(path("p", "month", "year", "immediate")), &[]),
        (add(path("p", "month", "year", "immediate")), &[]),
        (switch(path("p", "month", "year", "immediate")), &["forfeits_paid_time"]),
        (keep(path("p", "month", "premium", "immediate")), &[]),
        (keep(path("p", "month", "year premium", "immediate")), &["billing_period_differs"]),
        (keep(path("p", "month", "year", "immediate")), &["billing_period_differs"]),
        (keep(switch(path("p", "month year-m", "premium free", "immediate"))), &["breaks_term"]),
        (path("p", "month", "year", inb), &[]),
        (path("p", "month", "premium", inb), &["free_bridge", "arbitrage"]),
        (add(path("p", "month", "premium", inb)), &["free_bridge", "arbitrage"]),
        (by_day(path("p", "month", "premium", inb)), &[]),
        (add(path("p", "year", "month", inb)), &["free_bridge", "arbitrage"]),
        (add(path("p", "month", "free", inb)), &[]),
        (by_day(add(path("p", "year", "month", inb))), &[]),
        (by_day(add(path("p", "month", "needy", inb))), &["free_bridge"]),
        (by_day(path("p", "month", "needy", inb)), &[]),
        (add(path("p", "month", "needy", "next_booking")), &[]),
        (switch(path("p", "premium", "month", inb)), &["free_bridge"]),
        (path("p", "premium", "month", inb), &[]),
        (dated("at {nextPayment}", "end_of_term"), &["misleading_date"]),
        (dated("at {effectiveDate}", "end_of_term"), &[]),
        (dated("at {effectiveDate}", "immediate"), &["breaks_term", "forfeits_paid_time"]),
        (dated("at {nextPayment}", "immediate"),
            &["breaks_term", "forfeits_paid_time", "misleading_date"]),
        (dated("at {nextPayment}", inb), &["breaks_term", "misleading_date"]),
        (dated("at {nextPayment}", "last_booking"), &["breaks_term", "misleading_date"]),
        (dated("at {nextPayment}", "next_booking"), &["breaks_term"]),
        (tried("at {nextPayment}", "next_booking", true), &["misleading_date"]),
        (tried("at {nextPayment}", "end_of_term", true), &["misleading_date"]),
        (tried("at {effectiveDate}", "next_booking", true), &[]),
        (tried("at {nextPayment}", "next_booking", false), &[]),
    ];
    for (path, want) in table {
        assert_eq!(codes(&path, &[]), want, "{path:?}");
    }
}

#[test]
fn a_path_is_shadowed_where_another_always_comes_first() {
    let mine = path("mine", "monthly month", "year", "next_booking");
    let other = |how: &dyn Fn(&mut Path)| {
        let wide = path("other", "one two month", "year premium", "end_of_term");
        change(wide, |path| {
            path.edit = 2;
            how(path);
        })
    };
    let day = |text: &str| text.parse().ok();
    #[rustfmt::skip]
    let table: [Case<'_>; 20] = [
        ("edited later", &|_| {}, true),
        ("edited earlier", &|p| p.edit = -1, false),
        ("about to be edited", &|p| p.edit = 0, true),
        ("of higher priority", &|p| (p.priority, p.edit) = (1, -1), true),
        ("of other periods than are kept", &|p| p.billing_date = BillingDate::Keep, false),
        ("of lower priority", &|p| p.priority = -1, false),
        ("switched off", &|p| p.active = false, false),
        ("begun by today", &|p| p.valid_from = day("2026-05-11"), true),
        ("not begun yet", &|p| p.valid_from = day("2026-05-12"), false),
        ("to end one day", &|p| p.valid_until = day("2030-01-01"), false),
        ("without one of the sources", &|p| { p.source_tags.pop_first(); }, false),
        ("without the target", &|p| { p.target_tags.pop_last(); }, false),
        ("lenient", &|p| p.unpaid_source = UnpaidSource::Allow, true),
        ("stricter by its transition", &|p| p.transition = Transition::ImmediateNextBooking, false),
        ("of the same transition", &|p| p.transition = Transition::NextBooking, true),
        ("retroactive, so sometimes impossible",
            &|p| p.transition = Transition::LastBooking, false),
        ("optional", &|p| p.optional = true, true),
        ("the path itself", &|p| p.id = mine.id.clone(), false),
        ("the path itself, edited", &|p| (p.id, p.edit) = (mine.id.clone(), 9), false),
        ("lenient and at once", &|p| (p.unpaid_source, p.transition) =
            (UnpaidSource::Allow, Transition::ImmediateNextBooking), true),
    ];
    for (case, how, want) in table {
        let found = lint(&mine, &[other(how)]);
        let shadowed = found.iter().any(|warning| warning.code == "shadowed");
        assert_eq!(shadowed, want, "{case}: {found:?}");
    }
    let lenient = change(mine.clone(), |p| p.unpaid_source = UnpaidSource::Allow);
    assert!(codes(&lenient, &[other(&|_| {})]).is_empty(), "the other is stricter");
    let fresh = change(mine.clone(), |path| path.edit = 0);
    assert!(codes(&fresh, &[other(&|_| {})]).is_empty(), "about to be the latest edit");
    let bounded = change(mine.clone(), |path| path.valid_until = day("2029-12-31"));
    let until = other(&|path| path.valid_until = day("2029-12-31"));
    assert_eq!(codes(&bounded, &[until]), ["shadowed"]);
    let over = change(mine.clone(), |path| path.valid_until = day("2026-05-10"));
    assert!(codes(&over, &[other(&|_| {})]).is_empty(), "it does not fire anyway");
    // Each edge by another path.
    let half = |id: &str, source: &str| {
        change(path(id, source, "year", "end_of_term"), |path| path.edit = 2)
    };
    assert!(codes(&mine, &[half("a", "month")]).is_empty());
    assert_eq!(codes(&mine, &[half("a", "month"), half("b", "monthly")]), ["shadowed"]);
}

#[test]
fn a_rival_that_needs_a_parent_is_no_sure_rival() {
    let mut offers = offers();
    offers[1].terms.requires_parent = true;
    let (to_year, to_month) = (&(&offers[0], &offers[1]), &(&offers[1], &offers[0]));
    let to_premium = &(&offers[0], &offers[3]);
    let replace = path("p", "month", "year", "next_booking");
    let add = change(replace.clone(), |path| path.optional = true);
    assert!(fits_whenever(&replace, &replace, to_year) && fits_whenever(&add, &add, to_year));
    assert!(!fits_whenever(&add, &replace, to_year) && !fits_whenever(&replace, &add, to_year));
    let later = change(add.clone(), |path| path.transition = Transition::EndOfTerm);
    assert!(!fits_whenever(&later, &add, to_year));
    // What needs a parent may end with it before a replacement comes.
    assert!(!fits_whenever(&replace, &add, to_month) && fits_whenever(&add, &add, to_month));
    assert!(fits_whenever(&replace, &add, to_premium));
    let back = change(replace.clone(), |path| path.transition = Transition::LastBooking);
    let back_add = change(back.clone(), |path| path.optional = true);
    assert!(fits_whenever(&back, &back, to_premium));
    assert!(fits_whenever(&back_add, &back, to_premium));
    assert!(!fits_whenever(&back, &back_add, to_premium));
}

#[test]
fn details_are_sentences_with_names() {
    #[rustfmt::skip]
    let table = [
        (path("p", "month gone", "year", "next_booking"), "no offer carries the tag 'gone'"),
        (path("p", "a b", "year", "next_booking"), "no offer carries any of the tags 'a' and 'b'"),
        (path("p", "a b c d e", "year", "next_booking"),
            "no offer carries any of the tags 'a', 'b', 'c' and 2 more"),
        (path("p", "monthly", "monthly", "next_booking"),
            "the tag 'monthly' stands on both sides: offers that share one lead to one another \
             in both directions"),
        (path("p", "month", "yen", "next_booking"), "a change never happens between currencies, \
            as from 'Month' to 'Yen' (EUR to JPY)"),
        (change(path("p", "month year", "premium", "immediate"), |p| {
            (p.proration, p.billing_date) = (Proration::Day, BillingDate::Keep);
        }), "the billing date is kept only where the billing periods are alike, not from \
            'Year' to 'Premium' (P1Y to P1M)"),
        (path("p", "year-m longer", "month", "next_booking"), "the change ends a term before its \
            time: customers are bound longer than one billing period by 'Longer' and 'Year-m'; \
            end_of_term would wait for it"),
        (path("p", "month", "year", "immediate"), "days that were paid for and not used are lost \
            when 'Month' is replaced at once; proration by the day would credit them"),
        (path("p", "month", "premium", "immediate_next_booking"), "until the next booking a \
            dearer offer costs nothing more, as from 'Month' to 'Premium'; proration by the day \
            would charge for these days"),
        (change(path("p", "year", "month premium", "immediate_next_booking"),
            |p| p.optional = true),
            "until the next booking what is added costs nothing, as 'Month' beside 'Year' and \
            'Premium' beside 'Year'; proration by the day would charge for these days"),
        (change(path("p", "month", "year", "immediate"), |p| {
            p.proration = Proration::Day;
            p.title = Text::parse("at {nextPayment}").unwrap();
        }), "{nextPayment} is later than the change, which takes effect on the day of the \
            checkout; {effectiveDate} shows the day of the change"),
        (path("p", "month", "old", "next_booking"), "the path joins nothing: it needs an offer \
            tagged 'month' and another one, still sold, tagged 'old'"),
    ];
    for (path, detail) in table {
        assert_eq!(lint(&path, &[])[0].detail, detail);
    }
    let first = change(path("first", "month", "year", "immediate"), |path| path.priority = 1);
    let found = lint(&path("p", "month", "year", "next_booking"), &[first]);
    assert_eq!(
        found[0].detail,
        "the path never fires, for another one always comes first: path first from 'Month' to \
         'Year'"
    );
}

#[test]
fn a_large_catalogue_is_linted_at_once() {
    let offers = (0..300).map(|n| tagged(offer(&format!("o{n}"), 100 + n, "P1M", "P1M"), "all"));
    let paths = (0..200).map(|n| path(&format!("p{n}"), "all", "all", "next_booking"));
    let catalogue = Catalogue::new(offers.collect(), paths.collect());
    let tariff = Tariff { taxes: BTreeMap::new(), payment_days: 14, dunning: Vec::new() };
    let today = "2026-05-11".parse().unwrap();
    let found = lint_path(&catalogue.paths()[0], &catalogue, &tariff, today);
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn a_way_back_to_an_introduction_for_everybody_is_told() {
    let gift = |how: Granted| {
        let mut plus = offer("plus", 1_490, "P1M", "P1M");
        plus.terms.introduction =
            Introduction { granted: how, trial: Period::parse("P2W"), steps: Vec::new() };
        plus
    };
    let there = change(path("there", "month", "plus", "next_booking"), |p| p.introduction = true);
    let back = path("back", "plus", "month", "next_booking");
    let plain = change(there.clone(), |p| p.introduction = false);
    let added = change(back.clone(), |p| p.optional = true);
    let off = change(back.clone(), |p| p.active = false);
    for (granted, path, other, want) in [
        (Granted::Always, &there, Some(&back), true),
        (Granted::Once, &there, Some(&back), false),
        (Granted::Always, &plain, Some(&back), false),
        (Granted::Always, &there, Some(&added), false),
        (Granted::Always, &there, Some(&off), false),
        (Granted::Always, &there, None, false),
    ] {
        let offers = vec![offer("month", 990, "P1M", "P1M"), gift(granted)];
        let paths = [path].into_iter().chain(other).cloned().collect();
        let catalogue = Catalogue::new(offers, paths);
        let tariff = Tariff { taxes: BTreeMap::new(), payment_days: 14, dunning: Vec::new() };
        let found = lint_path(path, &catalogue, &tariff, "2026-05-11".parse().unwrap());
        let told = found.iter().any(|warning| warning.code == "introduction_loop");
        assert_eq!(told, want, "{granted:?} {other:?}: {found:?}");
    }
}
