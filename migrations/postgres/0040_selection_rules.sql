-- A row is a post-purchase campaign; `terms` is all that it says, as JSON. Of two the one with the
-- higher edit was saved later.
create table campaigns (
    merchant_id text collate "C" not null references merchants (id),
    id text collate "C" not null,
    edit bigint not null,
    active boolean not null,
    title text not null,
    terms text not null,
    primary key (merchant_id, id)
);

-- A row is a promotion with its upsells; `terms` is all that it says, as JSON.
create table promotions (
    merchant_id text collate "C" not null references merchants (id),
    id text collate "C" not null,
    edit bigint not null,
    active boolean not null,
    title text not null,
    terms text not null,
    primary key (merchant_id, id)
);

-- A row is a gift rule; `terms` is all that it says, as JSON, but for what is left of its gifts.
create table gift_rules (
    merchant_id text collate "C" not null references merchants (id),
    id text collate "C" not null,
    edit bigint not null,
    active boolean not null,
    title text not null,
    terms text not null,
    primary key (merchant_id, id)
);

-- A row is how many of a product a gift rule has left to give.
create table gift_stock (
    merchant_id text collate "C" not null,
    rule_id text collate "C" not null,
    product_id text collate "C" not null,
    stock bigint not null check (stock >= 0),
    primary key (merchant_id, rule_id, product_id),
    foreign key (merchant_id, rule_id) references gift_rules (merchant_id, id) on delete cascade
);

-- A row is a thing of the catalogue that a campaign, a promotion or a gift rule names, and that so
-- cannot be removed.
create table rule_names (
    merchant_id text collate "C" not null references merchants (id),
    kind text collate "C" not null check (kind in ('campaign', 'promotion', 'gift_rule')),
    rule_id text collate "C" not null,
    noun text collate "C" not null check (noun in ('product', 'tag', 'offer')),
    name text collate "C" not null,
    primary key (merchant_id, kind, rule_id, noun, name)
);

create index rule_names_by_name on rule_names (merchant_id, noun, name);
