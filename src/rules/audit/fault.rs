//! What can be wrong with a book, and what is told of it.

use crate::domain::names::names;

macro_rules! codes {
    ($($name:ident $code:tt $means:literal;)*) => {
        names! {
            /// What can be wrong with a book.
            pub enum FaultCode {
                $(#[doc = concat!($means, ".")] $name = $code,)*
            }
        }

        impl FaultCode {
            /// What it means, for people.
            #[must_use]
            pub fn means(self) -> &'static str {
                match self { $(Self::$name => $means,)* }
            }
        }
    };
}

codes! {
    DayUnpaid "day-unpaid" "Days of service that no document line pays for and nothing explains";
    DayPaidTwice "day-paid-twice" "Days that two lines pay for";
    DayNotBooked "day-not-booked" "A line pays for days that were never booked";
    LineWrong "line-wrong"
        "A line whose net and tax are not its gross, or with an amount below zero";
    LineAstray "line-astray"
        "A line for a subscription that is not the customer's, or of another currency";
    LineOverCredited "line-over-credited" "More net, tax or gross is credited than the line has";
    LineCreditsDiffer "line-credits-differ"
        "What a line says is credited is not what the credit notes say";
    CreditAstray "credit-astray" "A credit note line that fits no invoice line";
    TotalsWrong "totals-wrong"
        "A document whose lines are not whole, or whose sums are not those of its lines";
    AmountDueWrong "amount-due-wrong"
        "What is owed on an invoice is not what its lines, credits and payments leave";
    InvoiceStatusWrong "invoice-status-wrong"
        "An invoice that is not open, paid or cancelled as its amounts say";
    PaidWrong "paid-wrong" "What is paid on an invoice is not the sum of its payments";
    PaymentAstray "payment-astray" "A payment that fits no invoice, or goes the wrong way";
    BalanceWrong "balance-wrong"
        "The credit balance is not what documents, payments and payouts leave";
    ChainBroken "chain-broken" "Precursor, successor and chain do not fit together";
    ParentBroken "parent-broken" "The parent is missing, was replaced, or is a descendant";
    DatesWrong "dates-wrong" "Start, end and status of a subscription contradict each other";
    PeriodWrong "period-wrong" "The current period is not one billing period from the anchor day";
    TermWrong "term-wrong"
        "The current term is not one term, or does not enclose the current period";
    NextBookingWrong "next-booking-wrong"
        "The stored date of the next booking is not the one that the rules give";
    DueWrong "due-wrong" "Billing looks for the customer on another day than the rules give";
    SequenceWrong "sequence-wrong"
        "A subscription or change has a sequence that is given twice or never was";
    NewPriceAstray "new-price-astray"
        "A new price waits for a subscription that does not run, or two wait out of turn";
    PriceWrong "price-wrong"
        "A subscription pays, or was booked at, another price than its new one";
    ChangeAstray "change-astray"
        "A scheduled change of no subscription, or that waits for one that has ended";
    ChangeDoubled "change-doubled" "Two replacements wait for one subscription";
    ChangeResultWrong "change-result-wrong" "What a scheduled change began does not fit it";
    HoldAstray "hold-astray" "A checkout holds a subscription that is not the customer's";
    CouponAstray "coupon-astray"
        "What waits for its first booking has not redeemed its coupon, or a checkout has that is \
         not completed";
    NumberGap "number-gap" "A number of an invoice or credit note is missing";
    NumberCounterWrong "number-counter-wrong"
        "The next number of an invoice or credit note would not follow the highest";
    EventGap "event-gap" "An event is missing from the record";
    EventCounterWrong "event-counter-wrong" "The next event would not follow the last";
    OrderTotalWrong "order-total-wrong"
        "What an order comes to is not the sum of its lines and gifts";
    OrderRefundWrong "order-refund-wrong"
        "What is paid back for an order is not the sum of its refunds, or more than was paid";
    OrderOfferWrong "order-offer-wrong"
        "What an offer has added to an order is not what became of its one offer";
    OrderCouponWrong "order-coupon-wrong"
        "An order that counts has not redeemed its coupon, or one has that does not";
    StockWrong "stock-wrong" "What is left of a product is not what its moves leave";
    GiftStockWrong "gift-stock-wrong"
        "What a gift rule has left of a gift is not what its moves leave";
    Unreadable "unreadable"
        "A row holds a value that nothing stores; its customer is judged no further";
    MoreFaults "more-faults" "There are more faults than are listed";
}

/// Something that is wrong with a book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditFault {
    /// What is wrong, as a code.
    pub code: FaultCode,
    /// The id of what is wrong.
    pub subject: String,
    /// For people: what was found, and what would be right.
    pub detail: String,
}

impl AuditFault {
    /// A fault.
    pub fn new(
        code: FaultCode,
        subject: &(impl ToString + ?Sized),
        detail: impl Into<String>,
    ) -> Self {
        Self { code, subject: subject.to_string(), detail: detail.into() }
    }
}
