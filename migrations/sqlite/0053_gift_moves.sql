-- A row is a change of what a gift rule has left of a gift: set by the merchant, which says no
-- change, or taken or given back by the order or checkout that it names. What is left is what the
-- last one leaves.
create table gift_moves (
    merchant_id text not null,
    rule_id text not null,
    product_id text not null,
    sequence integer not null check (sequence > 0),
    cause text not null check (cause in ('set', 'gift', 'hold', 'cancelled')),
    change integer,
    stock_left integer not null check (stock_left >= 0),
    subject text,
    primary key (merchant_id, rule_id, product_id, sequence),
    check ((cause = 'set') = (change is null))
) strict;

-- What was left when moves began to be kept counts as set.
insert into gift_moves (merchant_id, rule_id, product_id, sequence, cause, stock_left)
select merchant_id, rule_id, product_id, 1, 'set', stock from gift_stock;
