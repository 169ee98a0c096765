//! Reads the pages of the checkout as a customer would: whole, in both languages, and hostile.
//! The formats have their own tables; what the edges serve is tested through the router.

use std::fs;
use std::path::Path;

use crate::domain::calendar::Unit;
use crate::domain::merchant::Links;
use crate::domain::purchase::Purchase;
use crate::render::RenderError;
use crate::render::assets::address;
use crate::render::format::{Locale, MISSING, date, extension, length, money, price_per};
use crate::render::links::{DocumentKind, DocumentLink};
use crate::render::look::PageBranding;
use crate::render::pages::{
    Balance, BalanceKind, Binds, CheckoutPage, Choice, Consequence, Current, DiscountedPrice,
    Document, DonePage, Ending, FollowUpOffer, Issued, LaterEffect, Line, Needed, Note, Notice,
    NoticePage, PaymentPage, Target, UnsubscribePage,
};
use crate::render::renderer::Renderer;
use crate::render::words::{Language, words_in_text};

const HOSTILE: &str = "\"><script>alert('1')</script>{{stamp}}&{offerTitle}";

fn locale(tag: &str) -> Locale {
    Locale::parse(tag).expect(tag)
}

fn on(locale: &Locale, month: u32, day: u32) -> String {
    date(locale, chrono::NaiveDate::from_ymd_opt(2026, month, day).expect("a date"))
}

fn euros(locale: &Locale, minor: i64) -> String {
    money(locale, minor, 2, "EUR")
}

fn invoice(locale: &Locale, title: &str, minor: i64) -> Document {
    Document {
        kind: DocumentKind::Invoice,
        lines: vec![Line {
            description: title.into(),
            period: Some(format!("{} – {}", on(locale, 2, 10), on(locale, 3, 9))),
            discount: None,
            amount: euros(locale, minor),
        }],
        credit_applied: None,
        debt_applied: None,
        total: euros(locale, minor),
    }
}

fn choice(locale: &Locale, mode: Purchase) -> Choice {
    Choice {
        mode,
        title: Some("A year for less".into()),
        text: Some(format!("We change your offer at {}.", on(locale, 2, 28))),
        effective_on: on(locale, 2, 28),
        amount_due: euros(locale, 0),
        obliges: false,
        pay_by: None,
        unpayable: false,
        later: later(locale),
        ends: vec![ending("Month".into(), on(locale, 2, 28))],
        consequences: vec![],
        documents: vec![],
    }
}

fn ending(title: String, on: String) -> Ending {
    Ending { title, on, lost_days: None, lost_trial: None, lost_periods: None }
}

fn later(locale: &Locale) -> LaterEffect {
    LaterEffect {
        next_payment: on(locale, 2, 28),
        next_amount: Some(euros(locale, 9900)),
        next_credits: vec![],
        next_document: Some(invoice(locale, "Year", 9900)),
        next_balance: None,
        introduction: Vec::new(),
        afterwards: Some(price_per(locale, &euros(locale, 9900), 1, Unit::Year)),
        balance: None,
        still_owed: None,
        binds: Some(Binds {
            length: length(locale, 1, Unit::Year),
            notice: None,
            until: date(locale, chrono::NaiveDate::from_ymd_opt(2027, 2, 27).expect("a date")),
            total: euros(locale, 9900),
            tax: Some(euros(locale, 648)),
            extension: Some(extension(locale, 1, Unit::Month)),
            cancel_by: date(locale, chrono::NaiveDate::from_ymd_opt(2027, 2, 27).expect("a date")),
            free_until: None,
            needs: None,
        }),
    }
}

/// What comes later of a checkout that leaves a balance, or says little.
fn left(locale: &Locale, kind: BalanceKind) -> LaterEffect {
    LaterEffect {
        next_payment: MISSING.into(),
        next_amount: None,
        next_credits: vec![],
        next_document: None,
        next_balance: None,
        introduction: Vec::new(),
        afterwards: None,
        balance: Some(Balance { kind, amount: euros(locale, 8639) }),
        still_owed: Some(euros(locale, 160)),
        binds: Some(Binds { extension: None, tax: None, ..later(locale).binds.expect("binds") }),
    }
}

/// A change that waits for the next booking: nothing is due.
fn scheduled(locale: &Locale) -> CheckoutPage {
    CheckoutPage {
        seller: "The Daily Planet".into(),
        action: "/checkout/tok_1".into(),
        stamp: "5f3a".into(),
        current: Some(Current {
            new_price: None,
            title: "Month".into(),
            price: price_per(locale, &euros(locale, 990), 1, Unit::Month),
            next_payment: Some(on(locale, 2, 28)),
            ends_on: None,
        }),
        target: Target {
            title: "Year".into(),
            summary: Some("All of it.".into()),
            price: price_per(locale, &euros(locale, 9900), 1, Unit::Year),
            term: None,
        },
        catch_up: vec![],
        gifts: vec![Line {
            description: "Mug".into(),
            period: None,
            discount: None,
            amount: euros(locale, 0),
        }],
        choices: vec![choice(locale, Purchase::Replace)],
        chosen: Purchase::Replace,
        note: None,
        legal_advice: None,
        look: PageBranding::default(),
        portal: None,
        return_url: None,
    }
}

/// An immediate change with everything that a page can show.
fn immediate(locale: &Locale) -> CheckoutPage {
    let add = Choice {
        amount_due: euros(locale, 9900),
        obliges: true,
        documents: vec![invoice(locale, "Year", 9900)],
        pay_by: Some(on(locale, 2, 24)),
        ends: vec![],
        ..choice(locale, Purchase::Add)
    };
    let credit = Document { kind: DocumentKind::CreditNote, ..invoice(locale, "Month", 636) };
    let drawn = Document {
        credit_applied: Some(euros(locale, -636)),
        total: euros(locale, 9264),
        ..invoice(locale, "Year", 9900)
    };
    let replace = Choice {
        amount_due: euros(locale, 9264),
        obliges: true,
        consequences: vec![
            Consequence::WithdrawsCancellation,
            Consequence::WithdrawsChange,
            Consequence::SupersedesChange,
        ],
        documents: vec![credit, drawn],
        later: left(locale, BalanceKind::Credit),
        ..choice(locale, Purchase::Replace)
    };
    CheckoutPage {
        target: Target { term: Some(length(locale, 3, Unit::Month)), ..scheduled(locale).target },
        catch_up: vec![invoice(locale, "Month", 990)],
        choices: vec![add, replace],
        chosen: Purchase::Add,
        ..scheduled(locale)
    }
}

fn purchase(locale: &Locale) -> CheckoutPage {
    let only = Choice {
        title: None,
        text: None,
        amount_due: euros(locale, 9900),
        obliges: true,
        unpayable: true,
        later: left(locale, BalanceKind::Debt),
        ends: vec![],
        documents: vec![Document {
            debt_applied: Some(euros(locale, 9900)),
            total: euros(locale, 19_800),
            ..invoice(locale, "Year", 9900)
        }],
        ..choice(locale, Purchase::New)
    };
    CheckoutPage {
        current: None,
        choices: vec![only],
        chosen: Purchase::New,
        legal_advice: Some("You may withdraw.\nWithin 14 days.".into()),
        look: look(),
        ..scheduled(locale)
    }
}

fn look() -> PageBranding {
    let url = |page: &str| Some(format!("https://planet.example/{page}"));
    let links = Links {
        terms: url("terms"),
        withdrawal: url("withdrawal"),
        privacy: url("privacy"),
        imprint: url("imprint"),
    };
    let style = Some(":root{--brand:#0b57d0;--on-brand:#fff}".into());
    PageBranding { links, logo: url("logo.svg"), style }
}

/// One whose payment has failed before.
fn declined(locale: &Locale) -> CheckoutPage {
    let return_url = Some("https://planet.example/".into());
    let mut page = CheckoutPage { note: Some(Note::Declined), return_url, ..purchase(locale) };
    page.choices[0].unpayable = false;
    page
}

fn payment(locale: &Locale) -> PaymentPage {
    PaymentPage {
        seller: "The Daily Planet".into(),
        action: "/checkout/tok_1/payment".into(),
        stamp: "5f3a".into(),
        mode: Purchase::New,
        look: PageBranding::default(),
        target: "Year".into(),
        amount: euros(locale, 9900),
    }
}

fn done(locale: &Locale) -> DonePage {
    DonePage {
        seller: "The Daily Planet".into(),
        target: "Year".into(),
        title: Some("A year for less".into()),
        text: Some("Welcome.\nStay a while.".into()),
        price: price_per(locale, &euros(locale, 9900), 1, Unit::Year),
        effective_on: on(locale, 2, 10),
        paid: Some(euros(locale, 636)),
        amount_due: Some(euros(locale, 9264)),
        pay_by: Some(on(locale, 2, 24)),
        later: later(locale),
        ends: vec![Ending {
            title: "Month".into(),
            on: on(locale, 2, 10),
            lost_days: Some("18".into()),
            lost_trial: Some("4".into()),
            lost_periods: Some("2".into()),
        }],
        consequences: vec![Consequence::WithdrawsCancellation],
        gifts: vec![Line {
            description: "2 × Mug".into(),
            period: None,
            discount: None,
            amount: euros(locale, 0),
        }],
        documents: vec![Issued {
            href: "/documents/tok_2".into(),
            kind: DocumentKind::Invoice,
            number: "INV-7".into(),
            amount: euros(locale, 9900),
        }],
        left_open: vec![DocumentLink {
            kind: DocumentKind::Invoice,
            number: "7".into(),
            on: on(locale, 2, 14),
            amount: euros(locale, 990),
            due: Some(euros(locale, 160)),
            href: "/documents/d0c1".into(),
        }],
        next: Some(FollowUpOffer {
            action: "/checkout/token/offer".into(),
            title: "Sunday".into(),
            price: price_per(locale, &euros(locale, 490), 1, Unit::Month),
            amount_due: Some(euros(locale, 390)),
            at_first: Some(DiscountedPrice {
                amount: euros(locale, 390),
                discount: euros(locale, 100),
            }),
            onward: None,
        }),
        legal_advice: Some("You may withdraw.".into()),
        look: look(),
        portal: None,
        return_url: Some("https://planet.example/?a=1&b=2".into()),
    }
}

fn notice(notice: Notice) -> NoticePage {
    NoticePage {
        seller: "The Daily Planet".into(),
        notice,
        look: PageBranding::default(),
        again_url: Some("/checkout/tok_1".into()),
        portal: None,
        return_url: None,
    }
}

fn unsubscribe(action: Option<&str>) -> UnsubscribePage {
    let (seller, action) = ("The Daily Planet".into(), action.map(str::to_owned));
    UnsubscribePage { seller, action, look: PageBranding::default() }
}

fn every_page(tag: &str) -> Vec<(&'static str, Result<String, RenderError>)> {
    let locale = &locale(tag);
    let pages = Renderer::new().expect("templates");
    let refused = |code: &str| notice(Notice::Refused(code.into()));
    vec![
        ("preview_scheduled", pages.checkout_page(locale, &scheduled(locale))),
        ("preview_choices", pages.checkout_page(locale, &immediate(locale))),
        ("preview_purchase", pages.checkout_page(locale, &purchase(locale))),
        ("done", pages.done_page(locale, &done(locale))),
        ("notice_expired", pages.notice_page(locale, &notice(Notice::Expired))),
        ("notice_unknown", pages.notice_page(locale, &notice(Notice::Unknown))),
        ("notice_completed", pages.notice_page(locale, &notice(Notice::Completed))),
        ("notice_stale", pages.notice_page(locale, &notice(Notice::Stale))),
        ("preview_declined", pages.checkout_page(locale, &declined(locale))),
        ("payment", pages.payment_page(locale, &payment(locale))),
        ("notice_lapsed", pages.notice_page(locale, &notice(Notice::Lapsed))),
        ("notice_no_link", pages.notice_page(locale, &notice(Notice::NoLink))),
        ("unsubscribe", pages.unsubscribe_page(locale, &unsubscribe(Some("/unsubscribe/tok_1")))),
        ("unsubscribe_done", pages.unsubscribe_page(locale, &unsubscribe(None))),
        ("notice_refused", pages.notice_page(locale, &refused("source-held"))),
        ("notice_refused_plainly", pages.notice_page(locale, &refused("currency-mismatch"))),
    ]
}

#[test]
fn every_page_looks_as_it_was_agreed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden/checkout");
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    for tag in ["en", "de"] {
        for (name, page) in every_page(tag) {
            // The address of the style sheet is another with each change of it.
            let style = address("checkout.css").expect("a file");
            let page = page.expect(name).replace(&style, "/static/checkout.css");
            let file = folder.join(format!("{name}.{tag}.html"));
            if update {
                fs::create_dir_all(&folder).expect("golden folder");
                fs::write(&file, &page).expect("golden file");
            }
            let golden = fs::read_to_string(&file).expect("golden file; UPDATE_GOLDEN=1 writes it");
            assert_eq!(page, golden, "{name} in {tag}; UPDATE_GOLDEN=1 accepts it");
        }
    }
}

#[test]
fn the_button_says_so_when_confirming_obliges_to_pay() {
    let pages = Renderer::new().expect("templates");
    let table = [
        ("en", "Order with obligation to pay", "Confirm change", "Order free of charge"),
        ("de", "Zahlungspflichtig bestellen", "Änderung bestätigen", "Kostenlos bestellen"),
    ];
    for (tag, order, confirm, free) in table {
        let locale = &locale(tag);
        let page = |page| pages.checkout_page(locale, &page).expect(tag);
        let button = |label| format!("<button type=\"submit\">{label}</button>");
        assert!(page(scheduled(locale)).contains(&button(confirm)));
        assert!(page(declined(locale)).contains(&button(order)));
        // What can be paid nowhere is not ordered here.
        assert!(!page(purchase(locale)).contains("<button"));
        let mut gift = declined(locale);
        gift.choices[0].obliges = false;
        assert!(page(gift).contains(&button(free)));
        // Where one choice obliges and the other does not, the style sheet shows the one that fits.
        let mut mixed = immediate(locale);
        mixed.choices[0].obliges = false;
        let mixed = page(mixed);
        assert!(mixed.contains(&button(order)) && mixed.contains(&button(confirm)), "{mixed}");
        assert!(mixed.contains("class=\"mixed\"") && mixed.contains("class=\"choice free\""));
        let both = page(immediate(locale));
        assert!(both.contains(&button(order)) && !both.contains(&button(confirm)));
    }
}

fn hostile_target() -> Target {
    let text = || HOSTILE.to_owned();
    Target { title: text(), summary: Some(text()), price: text(), term: Some(text()) }
}

fn hostile_current() -> Current {
    let hostile = || HOSTILE.to_owned();
    Current {
        new_price: None,
        title: hostile(),
        price: hostile(),
        next_payment: Some(hostile()),
        ends_on: Some(hostile()),
    }
}

fn hostile_line() -> Line {
    let text = || HOSTILE.to_owned();
    Line { description: text(), period: Some(text()), discount: Some(text()), amount: text() }
}

#[test]
fn hostile_values_are_harmless_wherever_they_stand() {
    let locale = &locale("en");
    let pages = Renderer::new().expect("templates");
    let hostile = || HOSTILE.to_owned();
    let mut page = immediate(locale);
    (page.seller, page.action, page.stamp) = (hostile(), hostile(), hostile());
    page.current = Some(hostile_current());
    (page.target, page.legal_advice) = (hostile_target(), Some(hostile()));
    for choice in &mut page.choices {
        (choice.title, choice.text) = (Some(hostile()), Some(hostile()));
        (choice.effective_on, choice.amount_due) = (hostile(), hostile());
        choice.ends = vec![ending(hostile(), hostile())];
        choice.later = LaterEffect {
            next_payment: hostile(),
            next_amount: Some(hostile()),
            next_credits: vec![],
            next_document: None,
            next_balance: None,
            introduction: Vec::new(),
            afterwards: Some(hostile()),
            balance: Some(Balance { kind: BalanceKind::Credit, amount: hostile() }),
            still_owed: Some(hostile()),
            binds: Some(Binds {
                length: hostile(),
                notice: Some(hostile()),
                until: hostile(),
                total: hostile(),
                tax: Some(hostile()),
                extension: Some(hostile()),
                cancel_by: hostile(),
                free_until: Some(hostile()),
                needs: Some(Needed { title: hostile(), is_paid_later: true }),
            }),
        };
        for document in &mut choice.documents {
            document.total = hostile();
            document.credit_applied = Some(hostile());
            document.debt_applied = Some(hostile());
            for line in &mut document.lines {
                *line = hostile_line();
            }
        }
    }
    let mut single = page.clone();
    single.choices.truncate(1);
    let finished = DonePage {
        seller: hostile(),
        target: hostile(),
        title: Some(hostile()),
        text: Some(hostile()),
        return_url: Some(format!("https://{HOSTILE}")),
        ..done(locale)
    };
    let refused = NoticePage {
        seller: hostile(),
        again_url: Some(hostile()),
        ..notice(Notice::Refused(hostile()))
    };
    let written = [
        pages.checkout_page(locale, &page),
        pages.checkout_page(locale, &single),
        pages.done_page(locale, &finished),
        pages.notice_page(locale, &refused),
    ];
    for page in written {
        let page = page.expect("a page");
        assert!(page.contains("&lt;script&gt;"), "shown as text: {page}");
        assert!(!page.contains("<script"), "a script: {page}");
        assert!(!page.contains("=\"\""), "an attribute was left: {page}");
        assert!(page.contains("{{stamp}}"), "a value was filled: {page}");
    }
}

#[test]
fn only_web_addresses_are_linked() {
    let locale = &locale("en");
    let pages = Renderer::new().expect("templates");
    for (url, linked) in [
        ("https://planet.example/", true),
        ("http://localhost:3000/", true),
        ("javascript:alert(1)", false),
        (" javascript:alert(1)", false),
        ("data:text/html,x", false),
        ("//planet.example", false),
    ] {
        let page = DonePage { return_url: Some(url.into()), ..done(locale) };
        let page = pages.done_page(locale, &page).expect(url);
        assert_eq!(page.contains("<a class=\"button second\""), linked, "{url}");
    }
}

#[test]
fn other_locales_read_english_with_their_own_dates_and_amounts() {
    let locale = &locale("fr");
    let pages = Renderer::new().expect("templates");
    let page = pages.checkout_page(locale, &scheduled(locale)).expect("a page");
    for part in ["<html lang=\"en\">", "Confirm change", "28 février 2026", "9,90 € par mois"] {
        assert!(page.contains(part), "{part} in {page}");
    }
}

#[test]
fn a_page_must_offer_the_choice_it_begins_with() {
    let locale = &locale("en");
    let pages = Renderer::new().expect("templates");
    let page = CheckoutPage { chosen: Purchase::Add, ..scheduled(locale) };
    let refused = pages.checkout_page(locale, &page).expect_err("no such choice");
    assert_eq!(refused.to_string(), "mode Add is not among the choices of the page");
}

/// The keys of a file of our own words, in their order.
fn keys(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).expect("words");
    let keys = text.lines().filter(|line| line.starts_with(char::is_alphabetic));
    keys.filter_map(|line| line.split_once(" =").map(|(key, _)| key.to_owned())).collect()
}

#[test]
fn both_languages_have_the_same_words() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/i18n");
    for file in ["formats.ftl", "checkout.ftl"] {
        let [english, german] =
            Language::ALL.map(|language| keys(&folder.join(language.code()).join(file)));
        assert_eq!(english, german, "{file}");
    }
}

#[test]
fn what_stands_in_texts_is_there_in_every_language_that_we_know_words_of() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/i18n");
    let (english, french) = (keys(&folder.join("en/formats.ftl")), folder.join("texts/fr.ftl"));
    let wanted = keys(&french);
    assert!(wanted.iter().all(|key| english.contains(key)), "{wanted:?}");
    for file in fs::read_dir(folder.join("texts")).expect("a folder") {
        let file = file.expect("a file").path();
        assert_eq!(keys(&file), wanted, "{}", file.display());
    }
    let values =
        [("price", "1".into()), ("count", 2.into()), ("date", "3".into()), ("number", "4".into())];
    for language in ["da", "es", "fi", "fr", "it", "nb", "nl", "nn", "no", "pt", "sv"] {
        for key in &wanted {
            assert!(words_in_text(language, key, values.clone()).is_some(), "{language}: {key}");
        }
    }
}

/// Every template, with its name.
fn templates(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            templates(&path, found);
        } else {
            found.push((path.display().to_string(), fs::read_to_string(&path).expect("a text")));
        }
    }
}

#[test]
fn no_template_has_a_style_or_script_of_its_own_or_loads_from_elsewhere() {
    let mut found = Vec::new();
    templates(&Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/pages"), &mut found);
    assert!(found.len() > 40, "{}", found.len());
    for (name, text) in found {
        // The merchant's colour, which was judged; the page's policy names its digest.
        let text = text.replace("<style>{{page.look.style}}</style>", "");
        for word in ["<style", " style=", "javascript:", "http:", "https:", "src=\"//", "{{{"] {
            assert!(!text.contains(word), "{word} in {name}");
        }
        for tag in text.split('<').skip(1).filter_map(|rest| rest.split_once('>')) {
            let (tag, _) = tag;
            let handler =
                tag.split_whitespace().find(|it| it.starts_with("on") && it.contains('='));
            assert_eq!(handler, None, "{name}");
            for (element, source) in [("script", "src=\"{{asset"), ("link", "href=\"{{asset")] {
                let is_it = tag.split_whitespace().next() == Some(element);
                assert!(!is_it || tag.contains(source), "<{tag}> in {name}");
            }
        }
    }
}
