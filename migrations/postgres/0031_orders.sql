-- A row is an order that a shop has told of, and what became of it. What was said is JSON: who
-- bought, where, and what; said again, it is the same order. Amounts are without tax; the total is
-- lines and gifts less the discount.
create table orders (
    merchant_id text collate "C" not null references merchants (id),
    id text collate "C" not null,
    customer_id text collate "C",
    status text not null check (status in ('open', 'cancelled')),
    said text not null,
    currency text not null,
    net_minor bigint not null check (net_minor >= 0),
    discount_minor bigint not null check (discount_minor >= 0),
    total_minor bigint not null check (total_minor >= 0),
    paid_minor bigint not null check (paid_minor >= 0),
    refunded_minor bigint not null check (refunded_minor between 0 and paid_minor),
    brought_over boolean not null,
    placed_at timestamptz not null,
    paid_at timestamptz,
    delivered_at timestamptz,
    cancelled_at timestamptz,
    primary key (merchant_id, id),
    check ((status = 'cancelled') = (cancelled_at is not null))
);

create index orders_by_customer on orders (merchant_id, customer_id, id);
create index orders_by_placing on orders (merchant_id, placed_at);

-- A row is a line of an order. One that an accepted offer has added names its campaign.
create table order_lines (
    merchant_id text collate "C" not null,
    order_id text collate "C" not null,
    place bigint not null check (place >= 0),
    product_id text collate "C" not null,
    quantity bigint not null check (quantity > 0),
    unit_net_minor bigint not null check (unit_net_minor >= 0),
    campaign_id text collate "C",
    primary key (merchant_id, order_id, place),
    foreign key (merchant_id, order_id) references orders (merchant_id, id)
);

-- A row is what a gift rule gave with an order, as of which of its edits, or, where it has no
-- price, what it left out.
create table order_gifts (
    merchant_id text collate "C" not null,
    order_id text collate "C" not null,
    place bigint not null check (place >= 0),
    rule_id text collate "C" not null,
    rule_edit bigint not null,
    times bigint not null check (times > 0),
    product_id text collate "C" not null,
    quantity bigint not null check (quantity > 0),
    price_minor bigint check (price_minor >= 0),
    primary key (merchant_id, order_id, place),
    foreign key (merchant_id, order_id) references orders (merchant_id, id)
);

create index order_gifts_by_rule on order_gifts (merchant_id, rule_id);

-- A row is a promotion that an order has earned, as it was then (its upsell is empty), or an
-- upsell of a promotion that it was near to.
create table order_promotions (
    merchant_id text collate "C" not null,
    order_id text collate "C" not null,
    promotion_id text collate "C" not null,
    upsell_id text collate "C" not null,
    title text not null,
    reward text not null,
    primary key (merchant_id, order_id, promotion_id, upsell_id),
    foreign key (merchant_id, order_id) references orders (merchant_id, id)
);

create index order_promotions_by_promotion on order_promotions (merchant_id, promotion_id);

-- A row is money that was paid back for an order. The event is the shop's name for it, or empty:
-- each once.
create table order_refunds (
    merchant_id text collate "C" not null,
    order_id text collate "C" not null,
    event_id text not null,
    amount_minor bigint not null check (amount_minor >= 0),
    refunded_at timestamptz not null,
    primary key (merchant_id, order_id, event_id),
    foreign key (merchant_id, order_id) references orders (merchant_id, id)
);

-- A row is the one offer that an order ever got, as it was shown (JSON), how every campaign fared
-- when it was decided (JSON), and its answer.
create table upsells (
    merchant_id text collate "C" not null,
    order_id text collate "C" not null,
    campaign_id text collate "C" not null,
    shown text not null,
    considered text not null,
    state text not null check (state in ('pending', 'accepted', 'declined', 'expired', 'gone')),
    offered_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at timestamptz,
    unit_net_minor bigint check (unit_net_minor >= 0),
    checkout_id text collate "C",
    primary key (merchant_id, order_id),
    foreign key (merchant_id, order_id) references orders (merchant_id, id),
    check ((state = 'pending') = (ended_at is null))
);

create index upsells_by_campaign on upsells (merchant_id, campaign_id, offered_at);
create index upsells_waiting on upsells (merchant_id, expires_at) where state = 'pending';
create index upsells_ending on upsells (expires_at) where state = 'pending';
