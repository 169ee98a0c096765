-- The first day of a contract that is booked here; the days before it are its bridge, or were
-- booked elsewhere. Every contract has one: a row without it cannot be read.
alter table subscriptions add column first_booking_on text;

-- Contracts begun before: from the first period that was invoiced; without any, from the first
-- booking of the bridge, or behind the period that was booked elsewhere.
update subscriptions
set first_booking_on = coalesce(
    (
        select min(l.period_start) from invoice_lines l
        where l.merchant_id = subscriptions.merchant_id
        and l.subscription_id = subscriptions.id and l.kind = 'period'
    ),
    case when period_start is null then term_start else period_end end
);
