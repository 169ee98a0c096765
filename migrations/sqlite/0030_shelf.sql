-- A product knows its family (the product that it is a variant of), what one costs, how many are
-- left (null is no limit) after how many moves, and the countries that it is sent to: JSON, such as
-- ["AT", "DE"]; none is everywhere.
alter table products add column variant_of text;
alter table products add column brand text;
alter table products add column unit_net_minor integer check (unit_net_minor >= 0);
alter table products add column unit_net_currency text;
alter table products add column stock integer check (stock >= 0);
alter table products add column stock_moves integer not null default 0 check (stock_moves >= 0);
alter table products add column ships_to text not null default '[]';

create index products_by_parent on products (merchant_id, variant_of)
where variant_of is not null;

-- A row is a tag that a product carries.
create table product_tags (
    merchant_id text not null,
    product_id text not null,
    tag_id text not null,
    primary key (merchant_id, product_id, tag_id),
    foreign key (merchant_id, product_id) references products (merchant_id, id) on delete cascade,
    foreign key (merchant_id, tag_id) references tags (merchant_id, id)
) strict;

create index product_tags_by_tag on product_tags (merchant_id, tag_id);

-- A row is a change of a product's stock: how many came or went (null where there is no limit
-- after it, or was none before), how many are left after it (null is no limit), and the order or
-- checkout that it was for. It is never changed; it goes with its product.
create table stock_moves (
    merchant_id text not null,
    product_id text not null,
    sequence integer not null check (sequence > 0),
    cause text not null
    check (cause in ('set', 'add', 'order', 'gift', 'upsell', 'hold', 'cancelled')),
    change integer,
    stock_left integer check (stock_left >= 0),
    subject text,
    created_at text not null,
    primary key (merchant_id, product_id, sequence),
    foreign key (merchant_id, product_id) references products (merchant_id, id) on delete cascade
) strict;

create index stock_moves_by_subject on stock_moves (merchant_id, subject)
where subject is not null;
