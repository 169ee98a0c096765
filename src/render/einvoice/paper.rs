//! What a document says, in the elements and the order of UBL.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::domain::catalogue::ExemptionKind;
use crate::domain::document::{Document, Line, Totals};
use crate::domain::money::{Currency, Money, Rate};
use crate::domain::party::{BankAccount, Contact, Party, PostalAddress};
use crate::render::words::Language;

use super::xml::{Element, group, text};

/// BT-24: the norm with the German profile on it.
const CUSTOMIZATION: &str = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0";
/// BT-23: billing.
const PROFILE: &str = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0";
/// BT-130: "one".
const ONE: &str = "C62";

/// What a document says besides what stands in itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EinvoiceContext {
    /// The number and the day of issue of the invoice that a credit note credits.
    pub credited: Option<(i64, NaiveDate)>,
    /// What was paid as an invoice was issued, minor units.
    pub prepaid: i64,
    /// In which its own words are.
    pub language: Language,
}

/// What both kinds of documents have.
pub(super) struct ElectronicPaper<'a> {
    document: &'a Document,
    pub(super) lines: Vec<&'a Line>,
    pub(super) seller: &'a Party,
    pub(super) buyer: &'a Party,
    pub(super) currency: Currency,
    /// What the credit balance paid; below zero a debt that was taken up.
    pub(super) applied: i64,
}

/// BG-23: what the lines of one category and rate come to, and why there is no tax on them.
type Breakdown = BTreeMap<(Category, Rate), (Totals, BTreeSet<String>)>;

/// BT-118, of UNTDID 5305.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Category {
    Standard,
    Zero,
    Exempt,
    ReverseCharge,
}

impl Category {
    pub(super) fn of(line: &Line) -> Self {
        let kind = line.exemption.as_ref().map(|exemption| exemption.kind);
        match kind.filter(|_| line.rate.is_zero()) {
            None if !line.rate.is_zero() => Self::Standard,
            None | Some(ExemptionKind::ZeroRated) => Self::Zero,
            Some(ExemptionKind::Exempt) => Self::Exempt,
            Some(ExemptionKind::ReverseCharge) => Self::ReverseCharge,
        }
    }

    const fn code(self) -> &'static str {
        match self {
            Self::Standard => "S",
            Self::Zero => "Z",
            Self::Exempt => "E",
            Self::ReverseCharge => "AE",
        }
    }

    /// BT-120 where the merchant did not say why; none where nothing may be said.
    const fn reason(self) -> Option<&'static str> {
        match self {
            Self::Standard | Self::Zero => None,
            Self::Exempt => Some("Exempt from tax"),
            Self::ReverseCharge => Some("Reverse charge"),
        }
    }
}

impl<'a> ElectronicPaper<'a> {
    pub(super) fn of(document: &'a Document, seller: &'a Party, buyer: &'a Party) -> Self {
        match document {
            Document::Invoice(invoice) => Self {
                lines: invoice.lines.iter().map(|line| &line.line).collect(),
                currency: invoice.currency,
                applied: invoice.credit_applied,
                document,
                seller,
                buyer,
            },
            Document::CreditNote(note) => Self {
                lines: note.lines.iter().map(|line| &line.line).collect(),
                currency: note.currency,
                applied: 0,
                document,
                seller,
                buyer,
            },
        }
    }

    pub(super) fn element(&self, beside: EinvoiceContext) -> Element {
        match self.document {
            Document::Invoice(invoice) => {
                let prepaid = self.applied + beside.prepaid;
                let is_settled = invoice.totals().gross <= prepaid;
                let settled = match beside.language {
                    Language::English => "Nothing is left to pay",
                    Language::German => "Es ist nichts mehr zu zahlen",
                };
                let mut parts = Self::head(invoice.number, invoice.issued_on);
                // BR-CO-25: where something is to be paid, there is a day for it.
                parts.extend((!is_settled).then(|| text("cbc:DueDate", invoice.due_on)));
                parts.push(text("cbc:InvoiceTypeCode", "380"));
                parts.extend(self.notes(None));
                parts.extend(self.about());
                let bank = self.seller.bank.as_ref().filter(|_| !is_settled);
                let means = payment_means(invoice.number, bank);
                parts.extend(self.body(means, is_settled.then_some(settled), prepaid));
                parts.extend(self.lines("cac:InvoiceLine", "cbc:InvoicedQuantity"));
                group("Invoice", parts)
            }
            Document::CreditNote(note) => {
                let mut parts = Self::head(note.number, note.issued_on);
                parts.push(text("cbc:CreditNoteTypeCode", "381"));
                parts.extend(self.notes(note.reason.as_deref()));
                parts.extend(self.about());
                parts.extend(beside.credited.map(credited));
                let terms = match beside.language {
                    Language::English => "Set against what is owed",
                    Language::German => "Wird mit offenen Beträgen verrechnet",
                };
                let means = payment_means(note.number, self.seller.bank.as_ref());
                parts.extend(self.body(means, Some(terms), 0));
                parts.extend(self.lines("cac:CreditNoteLine", "cbc:CreditedQuantity"));
                group("CreditNote", parts)
            }
        }
    }

    /// BT-24, BT-23, BT-1, BT-2.
    fn head(number: Option<i64>, issued_on: NaiveDate) -> Vec<Element> {
        vec![
            text("cbc:CustomizationID", CUSTOMIZATION),
            text("cbc:ProfileID", PROFILE),
            text("cbc:ID", number.unwrap_or_default()),
            text("cbc:IssueDate", issued_on),
        ]
    }

    /// BT-22: why it was credited by hand, and what the law wanted to be told.
    fn notes(&self, reason: Option<&str>) -> Vec<Element> {
        let mut said: Vec<&str> = reason.into_iter().collect();
        for advice in self.lines.iter().filter_map(|line| line.legal_advice.as_deref()) {
            if !said.contains(&advice) {
                said.push(advice);
            }
        }
        said.into_iter().map(|note| text("cbc:Note", note)).collect()
    }

    /// BT-5, BT-10, BG-14.
    fn about(&self) -> Vec<Element> {
        let customer = match self.document {
            Document::Invoice(invoice) => &invoice.customer,
            Document::CreditNote(note) => &note.customer,
        };
        let reference = self.buyer.reference.clone().unwrap_or_else(|| customer.to_string());
        let start = self.lines.iter().map(|line| line.period.start).min();
        let end = self.lines.iter().map(|line| last_day(line)).max();
        let mut parts = vec![
            text("cbc:DocumentCurrencyCode", self.currency.code()),
            text("cbc:BuyerReference", reference),
        ];
        parts.extend(start.zip(end).map(|(start, end)| period(start, end)));
        parts
    }

    /// The parties, how it is paid, and its sums: BT-113 is what was paid before, BT-115 the rest.
    fn body(&self, means: Element, terms: Option<&str>, prepaid: i64) -> Vec<Element> {
        let mut parts = vec![
            group("cac:AccountingSupplierParty", vec![self.supplier()]),
            group("cac:AccountingCustomerParty", vec![self.customer()]),
            means,
        ];
        parts.extend(terms.map(|terms| group("cac:PaymentTerms", vec![text("cbc:Note", terms)])));
        let breakdown = self.breakdown();
        let totals = Totals::of(self.lines.iter().copied());
        let mut taxes = vec![self.amount("cbc:TaxAmount", totals.tax)];
        taxes.extend(breakdown.iter().map(|((category, rate), (sum, reasons))| {
            let reason = reasons.iter().map(String::as_str).collect::<Vec<_>>().join("; ");
            let reason = Some(reason).filter(|reason| !reason.is_empty());
            group(
                "cac:TaxSubtotal",
                vec![
                    self.amount("cbc:TaxableAmount", sum.net),
                    self.amount("cbc:TaxAmount", sum.tax),
                    tax_category("cac:TaxCategory", *category, *rate, reason),
                ],
            )
        }));
        parts.push(group("cac:TaxTotal", taxes));
        let mut sums = vec![
            self.amount("cbc:LineExtensionAmount", totals.net),
            self.amount("cbc:TaxExclusiveAmount", totals.net),
            self.amount("cbc:TaxInclusiveAmount", totals.gross),
        ];
        if prepaid != 0 {
            sums.push(self.amount("cbc:PrepaidAmount", prepaid));
        }
        // BR-CO-16.
        sums.push(self.amount("cbc:PayableAmount", totals.gross - prepaid));
        parts.push(group("cac:LegalMonetaryTotal", sums));
        parts
    }

    fn breakdown(&self) -> Breakdown {
        let mut found = Breakdown::new();
        for line in &self.lines {
            let category = Category::of(line);
            let (sum, reasons) = found.entry((category, line.rate)).or_default();
            let (_, Totals { net, tax, gross }) = line.by_rate();
            *sum = Totals { net: sum.net + net, tax: sum.tax + tax, gross: sum.gross + gross };
            let said = line.exemption.as_ref().and_then(|exemption| exemption.reason.clone());
            let usual = category.reason();
            reasons.extend(usual.map(|usual| said.unwrap_or_else(|| usual.to_owned())));
        }
        found
    }

    /// BG-25.
    fn lines(&self, name: &'static str, quantity: &'static str) -> Vec<Element> {
        let line = |(place, line): (usize, &&Line)| {
            let title = Some(line.description.trim()).filter(|title| !title.is_empty());
            let title = title.unwrap_or(line.offer.as_str());
            let mut item = vec![text("cbc:Name", title)];
            item.push(group(
                "cac:SellersItemIdentification",
                vec![text("cbc:ID", line.offer.as_str())],
            ));
            let category = Category::of(line);
            item.push(tax_category("cac:ClassifiedTaxCategory", category, line.rate, None));
            group(
                name,
                vec![
                    text("cbc:ID", place + 1),
                    text(quantity, 1).with("unitCode", ONE),
                    self.amount("cbc:LineExtensionAmount", line.net),
                    period(line.period.start, last_day(line)),
                    group("cac:Item", item),
                    group("cac:Price", vec![self.amount("cbc:PriceAmount", line.net)]),
                ],
            )
        };
        self.lines.iter().enumerate().map(line).collect()
    }

    /// BG-4.
    fn supplier(&self) -> Element {
        let contact = self.seller.contact.clone().unwrap_or_default();
        let mut parts = party(self.seller, contact.email.as_deref());
        parts.extend(self.seller.vat_id.as_deref().map(|id| tax_scheme(id, "VAT")));
        parts.extend(self.seller.tax_number.as_deref().map(|id| tax_scheme(id, "FC")));
        parts.push(legal_entity(self.seller));
        let Contact { name, phone, email } = contact;
        parts.push(group(
            "cac:Contact",
            [("cbc:Name", name), ("cbc:Telephone", phone), ("cbc:ElectronicMail", email)]
                .into_iter()
                .filter_map(|(name, value)| Some(text(name, value?)))
                .collect(),
        ));
        group("cac:Party", parts)
    }

    /// BG-7.
    fn customer(&self) -> Element {
        let mut parts = party(self.buyer, self.buyer.email.as_deref());
        parts.extend(self.buyer.vat_id.as_deref().map(|id| tax_scheme(id, "VAT")));
        parts.push(legal_entity(self.buyer));
        group("cac:Party", parts)
    }

    fn amount(&self, name: &'static str, minor: i64) -> Element {
        let amount = amount(minor, self.currency).unwrap_or_default();
        text(name, amount).with("currencyID", self.currency.code())
    }
}

/// At most two decimals, as the norm has it; none where more are needed.
pub(super) fn amount(minor: i64, currency: Currency) -> Option<String> {
    let amount = Money::new(minor, currency).amount();
    let surplus = usize::try_from(currency.exponent().saturating_sub(2)).ok()?;
    let (kept, rest) = amount.split_at(amount.len() - surplus);
    rest.bytes().all(|digit| digit == b'0').then(|| kept.to_owned())
}

/// The last day of service, inclusive.
fn last_day(line: &Line) -> NaiveDate {
    line.period.end.pred_opt().unwrap_or(line.period.end).max(line.period.start)
}

fn period(start: NaiveDate, end: NaiveDate) -> Element {
    group("cac:InvoicePeriod", vec![text("cbc:StartDate", start), text("cbc:EndDate", end)])
}

/// BT-34 or BT-49 (mail), and the address.
fn party(of: &Party, mail: Option<&str>) -> Vec<Element> {
    let mut parts: Vec<Element> =
        mail.map(|mail| text("cbc:EndpointID", mail).with("schemeID", "EM")).into_iter().collect();
    let PostalAddress { line1, line2, postal_code, city, region, country } =
        of.postal_address.clone().unwrap_or_default();
    let mut address: Vec<Element> = [
        ("cbc:StreetName", line1),
        ("cbc:AdditionalStreetName", line2),
        ("cbc:CityName", city),
        ("cbc:PostalZone", postal_code),
        ("cbc:CountrySubentity", region),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some(text(name, value?)))
    .collect();
    let code = country.unwrap_or_default();
    address.push(group("cac:Country", vec![text("cbc:IdentificationCode", code)]));
    parts.push(group("cac:PostalAddress", address));
    parts
}

fn tax_scheme(id: &str, scheme: &'static str) -> Element {
    let scheme = group("cac:TaxScheme", vec![text("cbc:ID", scheme)]);
    group("cac:PartyTaxScheme", vec![text("cbc:CompanyID", id), scheme])
}

/// BT-27 or BT-44.
fn legal_entity(party: &Party) -> Element {
    let name = party.name.as_deref().unwrap_or_default();
    group("cac:PartyLegalEntity", vec![text("cbc:RegistrationName", name)])
}

/// BG-16: a transfer (58) to the seller's account, else a way that is not said here (1). BR-DE-1
/// wants it where nothing is to be paid, too.
fn payment_means(number: Option<i64>, bank: Option<&BankAccount>) -> Element {
    let number = text("cbc:PaymentID", number.unwrap_or_default());
    let Some(BankAccount { iban, bic, holder }) = bank else {
        return group("cac:PaymentMeans", vec![text("cbc:PaymentMeansCode", "1"), number]);
    };
    let mut account = vec![text("cbc:ID", iban)];
    account.extend(holder.as_deref().map(|holder| text("cbc:Name", holder)));
    account.extend(
        bic.as_deref()
            .map(|bic| group("cac:FinancialInstitutionBranch", vec![text("cbc:ID", bic)])),
    );
    let code = text("cbc:PaymentMeansCode", "58");
    let account = group("cac:PayeeFinancialAccount", account);
    group("cac:PaymentMeans", vec![code, number, account])
}

fn tax_category(
    name: &'static str,
    category: Category,
    rate: Rate,
    reason: Option<String>,
) -> Element {
    let mut parts = vec![text("cbc:ID", category.code()), text("cbc:Percent", rate)];
    parts.extend(reason.map(|reason| text("cbc:TaxExemptionReason", reason)));
    parts.push(group("cac:TaxScheme", vec![text("cbc:ID", "VAT")]));
    group(name, parts)
}

/// BG-3: the invoice that is credited.
fn credited((number, issued_on): (i64, NaiveDate)) -> Element {
    let invoice = vec![text("cbc:ID", number), text("cbc:IssueDate", issued_on)];
    group("cac:BillingReference", vec![group("cac:InvoiceDocumentReference", invoice)])
}
