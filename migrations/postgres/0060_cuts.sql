-- What a coupon took off a line of an invoice, tax included: net, tax and gross are after it.
alter table invoice_lines add column discount_minor bigint not null default 0
    check (discount_minor >= 0);

-- What a coupon will take off the first line that books a subscription (JSON: which, by which code,
-- for which checkout, how much); none once it is booked. A change that waits keeps it for what it
-- begins.
alter table subscriptions add column cut text;
alter table scheduled_changes add column cut text;
