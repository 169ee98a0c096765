-- The merchant's edit by which a product was saved last; 0 for what was saved before there was this.
alter table products add column edit integer not null default 0;

-- What promotions may suggest is read again from the edit on that was read last.
create index products_by_edit on products (merchant_id, edit, id);

-- What is sold out is asked for with each cart.
create index products_sold_out on products (merchant_id, id) where stock = 0;

-- A row is a product that was removed, and the edit by which; it may be there again since.
create table removed_products (
    merchant_id text not null references merchants (id),
    product_id text not null,
    edit integer not null,
    primary key (merchant_id, product_id)
) strict;

create index removed_products_by_edit on removed_products (merchant_id, edit, product_id);
