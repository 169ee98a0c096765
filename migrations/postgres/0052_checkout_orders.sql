-- A line of an order is goods or, in one that a checkout has made, the subscription bought there.
alter table order_lines alter column product_id drop not null;
alter table order_lines add column offer_id text collate "C";
alter table order_lines add check ((product_id is null) <> (offer_id is null));

-- Whether a hold of the checkout has taken the gifts that it shows, and which order its
-- completion has made.
alter table checkouts add column keeps_gifts boolean not null default false;
alter table checkouts add column order_id text collate "C";
create index checkouts_keeping_gifts on checkouts (held_until) where keeps_gifts;

-- A row is what an order that a checkout has made waits for: the subscription that was bought,
-- which may be one to be, and the change that begins it. Where all is digital, the order is
-- delivered when the subscription starts.
create table checkout_orders (
    merchant_id text collate "C" not null,
    order_id text collate "C" not null,
    checkout_id text collate "C" not null,
    subscription_id text collate "C" not null,
    change_id text collate "C",
    digital boolean not null,
    primary key (merchant_id, order_id),
    foreign key (merchant_id, order_id) references orders (merchant_id, id),
    foreign key (merchant_id, checkout_id) references checkouts (merchant_id, id)
);
create index checkout_orders_by_subscription on checkout_orders (merchant_id, subscription_id);
create index checkout_orders_by_change on checkout_orders (merchant_id, change_id)
where change_id is not null;
