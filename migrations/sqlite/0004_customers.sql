-- A row is a customer: profile, the highest sequence given to a contract or change, and the day
-- on which billing has something to do next.
create table customers (
    merchant_id text not null references merchants (id),
    id text not null,
    email text,
    name text,
    address text,
    locale text,
    customer_group text,
    country text,
    sequence integer not null default 0,
    due_on text,
    created_at text not null,
    primary key (merchant_id, id)
) strict;

create index customers_by_due on customers (merchant_id, due_on)
where due_on is not null;

create index customers_to_bill on customers (merchant_id, id, due_on)
where due_on is not null;

-- A row is what a customer is owed in one currency; below zero it is a debt.
create table balances (
    merchant_id text not null,
    customer_id text not null,
    currency text not null,
    minor integer not null,
    primary key (merchant_id, customer_id, currency),
    foreign key (merchant_id, customer_id) references customers (merchant_id, id)
) strict;
