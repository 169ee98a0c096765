-- A row is an order that a shop has told of, and what became of it. What was said is JSON: who
-- bought, where, and what; said again, it is the same order. Amounts are without tax; the total is
-- lines and gifts less the discount.
create table orders (
    merchant_id text not null references merchants (id),
    id text not null,
    customer_id text,
    status text not null check (status in ('open', 'cancelled')),
    said text not null,
    currency text not null,
    net_minor integer not null check (net_minor >= 0),
    discount_minor integer not null check (discount_minor >= 0),
    total_minor integer not null check (total_minor >= 0),
    paid_minor integer not null check (paid_minor >= 0),
    refunded_minor integer not null check (refunded_minor between 0 and paid_minor),
    brought_over integer not null check (brought_over in (0, 1)),
    placed_at text not null,
    paid_at text,
    delivered_at text,
    cancelled_at text,
    primary key (merchant_id, id),
    check ((status = 'cancelled') = (cancelled_at is not null))
) strict;

create index orders_by_customer on orders (merchant_id, customer_id, id);
create index orders_by_placing on orders (merchant_id, placed_at);

-- A row is a line of an order. One that an accepted offer has added names its campaign.
create table order_lines (
    merchant_id text not null,
    order_id text not null,
    place integer not null check (place >= 0),
    product_id text not null,
    quantity integer not null check (quantity > 0),
    unit_net_minor integer not null check (unit_net_minor >= 0),
    campaign_id text,
    primary key (merchant_id, order_id, place),
    foreign key (merchant_id, order_id) references orders (merchant_id, id)
) strict;

-- A row is what a gift rule gave with an order, as of which of its edits, or, where it has no
-- price, what it left out.
create table order_gifts (
    merchant_id text not null,
    order_id text not null,
    place integer not null check (place >= 0),
    rule_id text not null,
    rule_edit integer not null,
    times integer not null check (times > 0),
    product_id text not null,
    quantity integer not null check (quantity > 0),
    price_minor integer check (price_minor >= 0),
    primary key (merchant_id, order_id, place),
    foreign key (merchant_id, order_id) references orders (merchant_id, id)
) strict;

create index order_gifts_by_rule on order_gifts (merchant_id, rule_id);

-- A row is a promotion that an order has earned, as it was then (its upsell is empty), or an
-- upsell of a promotion that it was near to.
create table order_promotions (
    merchant_id text not null,
    order_id text not null,
    promotion_id text not null,
    upsell_id text not null,
    title text not null,
    reward text not null,
    primary key (merchant_id, order_id, promotion_id, upsell_id),
    foreign key (merchant_id, order_id) references orders (merchant_id, id)
) strict;

create index order_promotions_by_promotion on order_promotions (merchant_id, promotion_id);

-- A row is money that was paid back for an order. The event is the shop's name for it, or empty:
-- each once.
create table order_refunds (
    merchant_id text not null,
    order_id text not null,
    event_id text not null,
    amount_minor integer not null check (amount_minor >= 0),
    refunded_at text not null,
    primary key (merchant_id, order_id, event_id),
    foreign key (merchant_id, order_id) references orders (merchant_id, id)
) strict;

-- A row is the one offer that an order ever got, as it was shown (JSON), how every campaign fared
-- when it was decided (JSON), and its answer.
create table upsells (
    merchant_id text not null,
    order_id text not null,
    campaign_id text not null,
    shown text not null,
    considered text not null,
    state text not null check (state in ('pending', 'accepted', 'declined', 'expired', 'gone')),
    offered_at text not null,
    expires_at text not null,
    ended_at text,
    unit_net_minor integer check (unit_net_minor >= 0),
    checkout_id text,
    primary key (merchant_id, order_id),
    foreign key (merchant_id, order_id) references orders (merchant_id, id),
    check ((state = 'pending') = (ended_at is null))
) strict;

create index upsells_by_campaign on upsells (merchant_id, campaign_id, offered_at);
create index upsells_waiting on upsells (merchant_id, expires_at) where state = 'pending';
create index upsells_ending on upsells (expires_at) where state = 'pending';
