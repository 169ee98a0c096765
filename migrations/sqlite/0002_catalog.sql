-- A row is a label of the merchant's.
create table tags (
    merchant_id text not null references merchants (id),
    id text not null,
    title text not null,
    primary key (merchant_id, id)
) strict;

-- A row is a tax category; its rates are JSON: [["2026-01-01", "7.0"], …].
create table taxes (
    merchant_id text not null references merchants (id),
    id text not null,
    title text,
    rates text not null,
    primary key (merchant_id, id)
) strict;

-- A row is something sold.
create table products (
    merchant_id text not null references merchants (id),
    id text not null,
    title text not null,
    kind text not null check (kind in ('digital', 'physical')),
    primary key (merchant_id, id)
) strict;

-- A row is one version of an offer's terms. It is never changed or removed: contracts rest on
-- it, also when the offer is gone. Products are JSON: [["id", "title when sold"], …].
create table offer_versions (
    merchant_id text not null references merchants (id),
    offer_id text not null,
    version integer not null check (version > 0),
    title text not null,
    products text not null,
    price_minor integer not null check (price_minor >= 0),
    currency text not null,
    billing_period text not null,
    term text not null,
    renewal_term text,
    auto_renew integer not null check (auto_renew in (0, 1)),
    tax_id text,
    tax_included integer not null check (tax_included in (0, 1)),
    requires_parent integer not null check (requires_parent in (0, 1)),
    primary key (merchant_id, offer_id, version)
) strict;

create index offer_versions_by_tax on offer_versions (merchant_id, tax_id)
where tax_id is not null;

-- A row is a product of one version of an offer.
create table offer_products (
    merchant_id text not null,
    offer_id text not null,
    version integer not null,
    product_id text not null,
    primary key (merchant_id, offer_id, version, product_id),
    foreign key (merchant_id, offer_id, version)
    references offer_versions (merchant_id, offer_id, version)
) strict;

create index offer_products_by_product on offer_products (merchant_id, product_id);

-- A row is an offer as a checkout sells it today, in its newest version.
create table offers (
    merchant_id text not null,
    id text not null,
    version integer not null,
    active integer not null check (active in (0, 1)),
    primary key (merchant_id, id),
    foreign key (merchant_id, id, version)
    references offer_versions (merchant_id, offer_id, version)
) strict;

-- A row is a tag that an offer carries.
create table offer_tags (
    merchant_id text not null,
    offer_id text not null,
    tag_id text not null,
    primary key (merchant_id, offer_id, tag_id),
    foreign key (merchant_id, offer_id) references offers (merchant_id, id) on delete cascade,
    foreign key (merchant_id, tag_id) references tags (merchant_id, id)
) strict;

create index offer_tags_by_tag on offer_tags (merchant_id, tag_id);
