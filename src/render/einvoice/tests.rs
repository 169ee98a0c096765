//! Electronic invoices of documents made up here; those of the scenario files are judged by others'
//! validators.

use chrono::NaiveDate;

use crate::domain::calendar::DateRange;
use crate::domain::catalogue::{Exemption, ExemptionKind};
use crate::domain::document::{
    CreditLine, CreditNote, Document, Invoice, InvoiceLine, InvoiceStatus, Line, LineKind,
};
use crate::domain::ids::{CreditNoteId, CustomerId, InvoiceId, OfferId, SubscriptionId};
use crate::domain::money::{Currency, Rate};
use crate::domain::party::{BankAccount, Contact, Party, PostalAddress};

use super::{EinvoiceContext, einvoice};
use crate::render::words::Language;

const BESIDE: EinvoiceContext =
    EinvoiceContext { credited: None, prepaid: 0, language: Language::English };

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[expect(clippy::unnecessary_wraps, reason = "parts of a party may be missing")]
fn said(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn line(rate: &str, net: i64, tax: i64, exemption: Option<(ExemptionKind, &str)>) -> Line {
    Line {
        subscription: SubscriptionId::stored("sub_1".to_owned()),
        offer: OfferId::stored("month".to_owned()),
        kind: LineKind::Period,
        description: "Month <&> \u{1}more".to_owned(),
        legal_advice: said("You may withdraw."),
        period: DateRange { start: day("2026-01-31"), end: day("2026-02-28") },
        net,
        tax,
        gross: net + tax,
        discount: 0,
        rate: Rate::parse(rate).unwrap(),
        exemption: exemption.map(|(kind, reason)| Exemption { kind, reason: said(reason) }),
    }
}

fn invoice(currency: &str, lines: Vec<Line>, credit_applied: i64) -> Document {
    Document::Invoice(Invoice {
        id: InvoiceId::stored("inv_1".to_owned()),
        number: Some(7),
        customer: CustomerId::stored("ada".to_owned()),
        currency: Currency::parse(currency).unwrap(),
        issued_on: day("2026-01-31"),
        due_on: day("2026-02-14"),
        lines: lines.into_iter().map(InvoiceLine::new).collect(),
        credit_applied,
        amount_due: 0,
        paid: 0,
        given_to_balance: 0,
        status: InvoiceStatus::Open,
        dunned: 0,
        dunning_on: None,
    })
}

fn address(city: &str, country: &str) -> PostalAddress {
    PostalAddress {
        line1: said("1 Row"),
        postal_code: said("10969"),
        city: said(city),
        country: said(country),
        ..PostalAddress::default()
    }
}

fn seller() -> Party {
    Party {
        name: said("The Daily"),
        vat_id: said("DE123456789"),
        postal_address: Some(address("Berlin", "DE")),
        contact: Some(Contact {
            name: said("Service"),
            phone: said("+49 30 123"),
            email: said("service@daily.example"),
        }),
        bank: Some(BankAccount {
            iban: "DE89370400440532013000".to_owned(),
            bic: said("COBADEFFXXX"),
            holder: None,
        }),
        ..Party::default()
    }
}

fn buyer() -> Party {
    Party {
        name: said("Ada"),
        email: said("ada@example.org"),
        postal_address: Some(address("Paris", "FR")),
        ..Party::default()
    }
}

/// What stands in an element, each time that it is there.
fn values<'a>(xml: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!("<{name}");
    let parts = xml.split(start.as_str()).skip(1);
    let value = |part: &'a str| {
        let (_, value) = part.split_once('>').unwrap();
        value.split_once(&format!("</{name}>")).unwrap().0
    };
    parts.filter(|part| part.starts_with([' ', '>'])).map(value).collect()
}

#[test]
fn an_invoice_says_what_was_issued() {
    let lines = vec![line("7.0", 925, 65, None), line("19", 336, 64, None)];
    let xml = einvoice(&invoice("EUR", lines, 100), (&seller(), &buyer()), BESIDE).unwrap();
    #[rustfmt::skip]
    let table: [(&str, &[&str]); 16] = [
        ("cbc:ProfileID", &["urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"]),
        ("cbc:InvoiceTypeCode", &["380"]),
        ("cbc:DueDate", &["2026-02-14"]),
        ("cbc:BuyerReference", &["ada"]),
        ("cbc:Note", &["You may withdraw."]),
        ("cbc:StartDate", &["2026-01-31", "2026-01-31", "2026-01-31"]),
        ("cbc:EndDate", &["2026-02-27", "2026-02-27", "2026-02-27"]),
        ("cbc:TaxableAmount", &["9.25", "3.36"]),
        ("cbc:TaxAmount", &["1.29", "0.65", "0.64"]),
        ("cbc:TaxInclusiveAmount", &["13.90"]),
        ("cbc:PrepaidAmount", &["1.00"]),
        ("cbc:PayableAmount", &["12.90"]),
        ("cbc:PriceAmount", &["9.25", "3.36"]),
        ("cbc:PaymentMeansCode", &["58"]),
        ("cbc:Percent", &["7.0", "19", "7.0", "19"]),
        ("cbc:Name", &["Service", "Month &lt;&amp;&gt; more", "Month &lt;&amp;&gt; more"]),
    ];
    for (name, expected) in table {
        assert_eq!(values(&xml, name), expected, "{name} of {xml}");
    }
}

#[test]
fn what_was_paid_with_it_is_not_asked_for_again() {
    let of = || invoice("EUR", vec![line("7.0", 925, 65, None)], 100);
    let written = |prepaid| {
        let beside = EinvoiceContext { prepaid, ..BESIDE };
        einvoice(&of(), (&seller(), &buyer()), beside).unwrap()
    };
    let withdraw = "You may withdraw.";
    for (paid, prepaid, payable, due, means, notes) in [
        (0, "1.00", "8.90", vec!["2026-02-14"], "58", vec![withdraw]),
        (400, "5.00", "4.90", vec!["2026-02-14"], "58", vec![withdraw]),
        (890, "9.90", "0.00", Vec::new(), "1", vec![withdraw, "Nothing is left to pay"]),
    ] {
        let xml = written(paid);
        assert_eq!(values(&xml, "cbc:TaxInclusiveAmount"), ["9.90"], "{paid}: {xml}");
        assert_eq!(values(&xml, "cbc:PrepaidAmount"), [prepaid], "{paid}: {xml}");
        assert_eq!(values(&xml, "cbc:PayableAmount"), [payable], "{paid}: {xml}");
        assert_eq!(values(&xml, "cbc:DueDate"), due, "{paid}: {xml}");
        assert_eq!(values(&xml, "cbc:PaymentMeansCode"), [means], "{paid}: {xml}");
        assert_eq!(values(&xml, "cbc:Note"), notes, "{paid}: {xml}");
        let has_account = xml.contains("DE89370400440532013000");
        assert_eq!(has_account, means == "58", "{paid}: {xml}");
    }
}

#[test]
fn a_credit_note_says_why() {
    let of = line("7.0", 925, 65, None);
    let note = CreditNote {
        id: CreditNoteId::stored("crn_1".to_owned()),
        number: Some(3),
        customer: CustomerId::stored("ada".to_owned()),
        currency: Currency::parse("EUR").unwrap(),
        issued_on: day("2026-02-10"),
        credits: None,
        lines: vec![CreditLine { line: of, of: None }],
        reason: said("late"),
    };
    let seller = Party { bank: None, ..seller() };
    let credited = Some((7, day("2026-01-31")));
    let beside = EinvoiceContext { credited, prepaid: 0, language: Language::German };
    let xml = einvoice(&Document::CreditNote(note), (&seller, &buyer()), beside).unwrap();
    assert_eq!(values(&xml, "cbc:CreditNoteTypeCode"), ["381"]);
    let terms = "Wird mit offenen Beträgen verrechnet";
    assert_eq!(values(&xml, "cbc:Note"), ["late", "You may withdraw.", terms]);
    let credited = "<cac:InvoiceDocumentReference><cbc:ID>7</cbc:ID>\
                    <cbc:IssueDate>2026-01-31</cbc:IssueDate></cac:InvoiceDocumentReference>";
    assert_eq!(values(&xml, "cac:BillingReference").len(), 1);
    let flat: String = xml.lines().map(str::trim).collect();
    assert!(flat.contains(credited), "{xml}");
    assert_eq!(values(&xml, "cbc:PaymentMeansCode"), ["1"]);
    assert_eq!(values(&xml, "cbc:PayableAmount"), ["9.90"]);
}

#[test]
fn why_there_is_no_tax_is_a_category() {
    #[rustfmt::skip]
    let table = [
        (None, "Z", ""),
        (Some((ExemptionKind::ZeroRated, "why")), "Z", ""),
        (Some((ExemptionKind::Exempt, "§ 4 Nr. 21 UStG")), "E", "§ 4 Nr. 21 UStG"),
        (Some((ExemptionKind::ReverseCharge, "Article 196")), "AE", "Article 196"),
    ];
    let buyer = Party { vat_id: said("FR12345678901"), ..buyer() };
    for (exemption, code, reason) in table {
        let lines = vec![line("0", 990, 0, exemption)];
        let xml = einvoice(&invoice("EUR", lines, 0), (&seller(), &buyer), BESIDE).unwrap();
        assert!(xml.contains(&format!("<cbc:ID>{code}</cbc:ID>")), "{xml}");
        assert_eq!(values(&xml, "cbc:TaxExemptionReason").concat(), reason, "{code}");
    }
}

#[test]
fn what_is_lacking_is_named_with_its_remedy() {
    let document = invoice("EUR", vec![line("7.0", 925, 65, None)], 0);
    let pointers = |document: &Document, seller: &Party, buyer: &Party| -> Vec<String> {
        let lacking = einvoice(document, (seller, buyer), BESIDE).unwrap_err();
        assert!(
            lacking.iter().all(|it| it.detail.contains("decimals") || it.detail.contains("; "))
        );
        lacking.into_iter().map(|it| it.pointer).collect()
    };
    let nobody = Party::default();
    assert_eq!(
        pointers(&document, &nobody, &nobody),
        [
            "/seller/name",
            "/seller/vat_id",
            "/seller/postal_address/city",
            "/seller/postal_address/postal_code",
            "/seller/postal_address/country",
            "/seller/contact/name",
            "/seller/contact/phone",
            "/seller/contact/email",
            "/buyer/name",
            "/buyer/email",
            "/buyer/postal_address/city",
            "/buyer/postal_address/postal_code",
            "/buyer/postal_address/country",
        ]
    );
    let (seller, buyer) = (seller(), buyer());
    let odd = Party { vat_id: said("123"), ..seller.clone() };
    assert_eq!(pointers(&document, &odd, &buyer), ["/seller/vat_id"]);
    let reverse = line("0", 990, 0, Some((ExemptionKind::ReverseCharge, "")));
    let reverse = invoice("EUR", vec![reverse], 0);
    assert_eq!(pointers(&reverse, &seller, &buyer), ["/buyer/vat_id"]);
    let number = Party { vat_id: None, tax_number: said("27/1"), ..seller.clone() };
    assert!(einvoice(&document, (&number, &buyer), BESIDE).is_ok());
    let fine = invoice("KWD", vec![line("0", 9_990, 0, None)], 0);
    let xml = einvoice(&fine, (&seller, &buyer), BESIDE).unwrap();
    assert_eq!(values(&xml, "cbc:PayableAmount"), ["9.99"]);
    let coarse = invoice("KWD", vec![line("0", 9_995, 0, None)], 0);
    assert_eq!(pointers(&coarse, &seller, &buyer), ["/lines/0/net", "/lines/0/gross"]);
    let drawn = invoice("KWD", vec![line("0", 9_990, 0, None)], 5);
    assert_eq!(pointers(&drawn, &seller, &buyer), ["/credit_applied"]);
    let yen = invoice("JPY", vec![line("10", 900, 90, None)], 0);
    let xml = einvoice(&yen, (&seller, &buyer), BESIDE).unwrap();
    assert_eq!(values(&xml, "cbc:PayableAmount"), ["990"]);
}
