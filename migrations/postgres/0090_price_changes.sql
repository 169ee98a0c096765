-- A row is a merchant's decision that running subscriptions on an offer pay another price: the one
-- given, else that of the offer's version named here. It is `telling` until every customer was told,
-- and `withdrawing` until nothing of it waits any more.
create table price_changes (
    merchant_id text collate "C" not null,
    id text collate "C" not null,
    offer_id text collate "C" not null,
    offer_version bigint not null,
    price_minor bigint check (price_minor >= 0),
    effective_from date not null,
    scope text collate "C" not null check (scope in ('all', 'no_longer_bound')),
    notice_days bigint not null check (notice_days between 0 and 365),
    status text collate "C" not null
    check (status in ('telling', 'told', 'withdrawing', 'withdrawn')),
    withdrawn_on date,
    created_at timestamptz not null,
    primary key (merchant_id, id),
    foreign key (merchant_id, offer_id, offer_version)
    references offer_versions (merchant_id, offer_id, version),
    check ((withdrawn_on is null) = (status in ('telling', 'told')))
);

create index price_changes_by_offer on price_changes (merchant_id, offer_id, id);
create index price_changes_at_work on price_changes (merchant_id, id)
where status in ('telling', 'withdrawing');

-- A row is what a price change means for one running subscription: a new price, and what became of
-- it, or why it is left out.
create table new_prices (
    merchant_id text collate "C" not null,
    change_id text collate "C" not null,
    subscription_id text collate "C" not null,
    customer_id text collate "C" not null,
    status text collate "C" not null check (
        status in ('pending', 'applied', 'withdrawn', 'superseded', 'dropped', 'left_out')
    ),
    reason text collate "C",
    before_minor bigint check (before_minor >= 0),
    price_minor bigint check (price_minor >= 0),
    from_on date,
    told_on date,
    applied_on date,
    primary key (merchant_id, change_id, subscription_id),
    foreign key (merchant_id, change_id) references price_changes (merchant_id, id),
    foreign key (merchant_id, subscription_id) references subscriptions (merchant_id, id),
    check ((applied_on is not null) = (status = 'applied')),
    check ((status = 'left_out') = (told_on is null)),
    check ((told_on is null) = (from_on is null)),
    check ((told_on is null) = (before_minor is null)),
    check ((told_on is null) = (price_minor is null))
);

create index new_prices_by_customer on new_prices (merchant_id, customer_id, change_id);
create index new_prices_by_subscription on new_prices (merchant_id, subscription_id, change_id);

-- One price at most waits for a subscription.
create unique index new_prices_pending on new_prices (merchant_id, subscription_id)
where status = 'pending';

-- Those whose price changes are found page by page.
create index subscriptions_to_reprice on subscriptions (merchant_id, offer_id, customer_id)
where status = 'active';
