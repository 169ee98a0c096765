-- A row is a label of the merchant's.
create table tags (
    merchant_id text collate "C" not null references merchants (id),
    id text collate "C" not null,
    title text not null,
    primary key (merchant_id, id)
);

-- A row is a tax category; its rates are JSON: [["2026-01-01", "7.0"], …].
create table taxes (
    merchant_id text collate "C" not null references merchants (id),
    id text collate "C" not null,
    title text,
    rates text not null,
    primary key (merchant_id, id)
);

-- A row is something sold.
create table products (
    merchant_id text collate "C" not null references merchants (id),
    id text collate "C" not null,
    title text not null,
    kind text not null check (kind in ('digital', 'physical')),
    primary key (merchant_id, id)
);

-- A row is one version of an offer's terms. It is never changed or removed: contracts rest on
-- it, also when the offer is gone. Products are JSON: [["id", "title when sold"], …].
create table offer_versions (
    merchant_id text collate "C" not null references merchants (id),
    offer_id text collate "C" not null,
    version bigint not null check (version > 0),
    title text not null,
    products text not null,
    price_minor bigint not null check (price_minor >= 0),
    currency text not null,
    billing_period text not null,
    term text not null,
    renewal_term text,
    auto_renew boolean not null,
    tax_id text collate "C",
    tax_included boolean not null,
    requires_parent boolean not null,
    primary key (merchant_id, offer_id, version)
);

create index offer_versions_by_tax on offer_versions (merchant_id, tax_id)
where tax_id is not null;

-- A row is a product of one version of an offer.
create table offer_products (
    merchant_id text collate "C" not null,
    offer_id text collate "C" not null,
    version bigint not null,
    product_id text collate "C" not null,
    primary key (merchant_id, offer_id, version, product_id),
    foreign key (merchant_id, offer_id, version)
    references offer_versions (merchant_id, offer_id, version)
);

create index offer_products_by_product on offer_products (merchant_id, product_id);

-- A row is an offer as a checkout sells it today, in its newest version.
create table offers (
    merchant_id text collate "C" not null,
    id text collate "C" not null,
    version bigint not null,
    active boolean not null,
    primary key (merchant_id, id),
    foreign key (merchant_id, id, version)
    references offer_versions (merchant_id, offer_id, version)
);

-- A row is a tag that an offer carries.
create table offer_tags (
    merchant_id text collate "C" not null,
    offer_id text collate "C" not null,
    tag_id text collate "C" not null,
    primary key (merchant_id, offer_id, tag_id),
    foreign key (merchant_id, offer_id) references offers (merchant_id, id) on delete cascade,
    foreign key (merchant_id, tag_id) references tags (merchant_id, id)
);

create index offer_tags_by_tag on offer_tags (merchant_id, tag_id);
