-- The last day on which something was decided about a customer: no decision is made on a day
-- before it, whatever a clock or a time zone says.
alter table customers add column seen_on text;

update customers set seen_on = (
    select max(d.day) from (
        select max(i.issued_on) as day from invoices i
        where i.merchant_id = customers.merchant_id and i.customer_id = customers.id
        union all
        select max(n.issued_on) from credit_notes n
        where n.merchant_id = customers.merchant_id and n.customer_id = customers.id
        union all
        select max(max(s.started_on, coalesce(s.ended_on, s.started_on))) from subscriptions s
        where s.merchant_id = customers.merchant_id and s.customer_id = customers.id
    ) d
);

-- A row is the reference of a payment that has completed a customer's checkouts: it completes
-- those of no other.
create table payment_references (
    merchant_id text not null,
    reference text not null,
    customer_id text not null,
    primary key (merchant_id, reference),
    foreign key (merchant_id, customer_id) references customers (merchant_id, id)
) strict;

-- Buyers had their mail address under the name of the VAT number, which no buyer has had so far.
update invoices
set buyer = json_remove(json_set(buyer, '$.email', json_extract(buyer, '$.vat_id')), '$.vat_id')
where json_extract(buyer, '$.vat_id') is not null;

update credit_notes
set buyer = json_remove(json_set(buyer, '$.email', json_extract(buyer, '$.vat_id')), '$.vat_id')
where json_extract(buyer, '$.vat_id') is not null;
