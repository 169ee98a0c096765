-- A line of an order is goods or, in one that a checkout has made, the subscription bought there.
create table order_lines_made (
    merchant_id text not null,
    order_id text not null,
    place integer not null check (place >= 0),
    product_id text,
    offer_id text,
    quantity integer not null check (quantity > 0),
    unit_net_minor integer not null check (unit_net_minor >= 0),
    campaign_id text,
    primary key (merchant_id, order_id, place),
    foreign key (merchant_id, order_id) references orders (merchant_id, id),
    check ((product_id is null) <> (offer_id is null))
) strict;
insert into order_lines_made (merchant_id, order_id, place, product_id, quantity, unit_net_minor,
    campaign_id)
select merchant_id, order_id, place, product_id, quantity, unit_net_minor, campaign_id
from order_lines;
drop table order_lines;
alter table order_lines_made rename to order_lines;

-- Whether a hold of the checkout has taken the gifts that it shows, and which order its
-- completion has made.
alter table checkouts add column keeps_gifts integer not null default 0
check (keeps_gifts in (0, 1));
alter table checkouts add column order_id text;
create index checkouts_keeping_gifts on checkouts (held_until) where keeps_gifts;

-- A row is what an order that a checkout has made waits for: the subscription that was bought,
-- which may be one to be, and the change that begins it. Where all is digital, the order is
-- delivered when the subscription starts.
create table checkout_orders (
    merchant_id text not null,
    order_id text not null,
    checkout_id text not null,
    subscription_id text not null,
    change_id text,
    digital integer not null check (digital in (0, 1)),
    primary key (merchant_id, order_id),
    foreign key (merchant_id, order_id) references orders (merchant_id, id),
    foreign key (merchant_id, checkout_id) references checkouts (merchant_id, id)
) strict;
create index checkout_orders_by_subscription on checkout_orders (merchant_id, subscription_id);
create index checkout_orders_by_change on checkout_orders (merchant_id, change_id)
where change_id is not null;
