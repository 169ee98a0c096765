-- The steps that are taken of an overdue invoice are JSON: [{"after_days":3,"action":"remind"}, …].
alter table merchants add column dunning text not null default '[]';

-- An open invoice says how much was said about its being overdue (0 nothing, 1 that it is, then a
-- step each), and on which day billing looks at it again; none where nothing is left to say.
alter table invoices add column dunned bigint not null default 0;
alter table invoices add column dunning_on date;
update invoices set dunning_on = due_on + 1;
update customers set due_on = (
    select min(i.dunning_on) from invoices i
    where i.merchant_id = customers.merchant_id and i.customer_id = customers.id
    and i.status = 'open'
)
where exists (
    select 1 from invoices i
    where i.merchant_id = customers.merchant_id and i.customer_id = customers.id
    and i.status = 'open' and (customers.due_on is null or i.dunning_on < customers.due_on)
);
