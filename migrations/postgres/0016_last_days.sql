-- The last day on which something was decided about a customer: no decision is made on a day
-- before it, whatever a clock or a time zone says.
alter table customers add column seen_on date;

update customers c set seen_on = d.day
from (
    select merchant_id, customer_id, max(day) as day from (
        select merchant_id, customer_id, issued_on as day from invoices
        union all
        select merchant_id, customer_id, issued_on from credit_notes
        union all
        select merchant_id, customer_id, greatest(started_on, ended_on) from subscriptions
    ) days
    group by merchant_id, customer_id
) d
where c.merchant_id = d.merchant_id and c.id = d.customer_id;

-- A row is the reference of a payment that has completed a customer's checkouts: it completes
-- those of no other.
create table payment_references (
    merchant_id text collate "C" not null,
    reference text not null,
    customer_id text collate "C" not null,
    primary key (merchant_id, reference),
    foreign key (merchant_id, customer_id) references customers (merchant_id, id)
);

-- Buyers had their mail address under the name of the VAT number, which no buyer has had so far.
update invoices
set buyer = ((buyer::jsonb - 'vat_id') || jsonb_build_object('email', buyer::jsonb -> 'vat_id'))::text
where buyer::jsonb ->> 'vat_id' is not null;

update credit_notes
set buyer = ((buyer::jsonb - 'vat_id') || jsonb_build_object('email', buyer::jsonb -> 'vat_id'))::text
where buyer::jsonb ->> 'vat_id' is not null;
