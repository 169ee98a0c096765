-- A row is a coupon; `terms` is all that it says, as JSON.
create table coupons (
    merchant_id text collate "C" not null references merchants (id),
    id text collate "C" not null,
    active boolean not null,
    title text not null,
    terms text not null,
    primary key (merchant_id, id)
);

-- A row without a customer is a public code that can be redeemed; its id is the code in upper case.
-- A row with one is that this customer has redeemed the code, for an order or a checkout, or that a
-- checkout of theirs holds it until then; its id is code/customer. What is given back goes.
create table coupon_codes (
    merchant_id text collate "C" not null references merchants (id),
    id text collate "C" not null,
    code text collate "C" not null,
    spelled text collate "C" not null,
    coupon_id text collate "C" not null,
    customer_id text collate "C",
    automation_id text collate "C",
    order_id text collate "C",
    checkout_id text collate "C",
    held_until timestamptz,
    valid_until date,
    primary key (merchant_id, id),
    check (customer_id is null or order_id is not null or checkout_id is not null),
    check (held_until is null or checkout_id is not null)
);

create index coupon_codes_by_code on coupon_codes (merchant_id, code, customer_id);
create index coupon_codes_by_coupon on coupon_codes (merchant_id, coupon_id, id);
create index coupon_codes_by_customer on coupon_codes (merchant_id, customer_id, id);
create index coupon_codes_by_order on coupon_codes (merchant_id, order_id);

-- The coupon that an order has redeemed, and whether it makes shipping free.
alter table orders add column coupon_id text collate "C";
alter table orders add column free_shipping boolean not null default false;
