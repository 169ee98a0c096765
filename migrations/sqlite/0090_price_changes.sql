-- A row is a merchant's decision that running subscriptions on an offer pay another price: the one
-- given, else that of the offer's version named here. It is `telling` until every customer was told,
-- and `withdrawing` until nothing of it waits any more.
create table price_changes (
    merchant_id text not null,
    id text not null,
    offer_id text not null,
    offer_version integer not null,
    price_minor integer check (price_minor >= 0),
    effective_from text not null,
    scope text not null check (scope in ('all', 'no_longer_bound')),
    notice_days integer not null check (notice_days between 0 and 365),
    status text not null
    check (status in ('telling', 'told', 'withdrawing', 'withdrawn')),
    withdrawn_on text,
    created_at text not null,
    primary key (merchant_id, id),
    foreign key (merchant_id, offer_id, offer_version)
    references offer_versions (merchant_id, offer_id, version),
    check ((withdrawn_on is null) = (status in ('telling', 'told')))
) strict;

create index price_changes_by_offer on price_changes (merchant_id, offer_id, id);
create index price_changes_at_work on price_changes (merchant_id, id)
where status in ('telling', 'withdrawing');

-- A row is what a price change means for one running subscription: a new price, and what became of
-- it, or why it is left out.
create table new_prices (
    merchant_id text not null,
    change_id text not null,
    subscription_id text not null,
    customer_id text not null,
    status text not null check (
        status in ('pending', 'applied', 'withdrawn', 'superseded', 'dropped', 'left_out')
    ),
    reason text,
    before_minor integer check (before_minor >= 0),
    price_minor integer check (price_minor >= 0),
    from_on text,
    told_on text,
    applied_on text,
    primary key (merchant_id, change_id, subscription_id),
    foreign key (merchant_id, change_id) references price_changes (merchant_id, id),
    foreign key (merchant_id, subscription_id) references subscriptions (merchant_id, id),
    check ((applied_on is not null) = (status = 'applied')),
    check ((status = 'left_out') = (told_on is null)),
    check ((told_on is null) = (from_on is null)),
    check ((told_on is null) = (before_minor is null)),
    check ((told_on is null) = (price_minor is null))
) strict;

create index new_prices_by_customer on new_prices (merchant_id, customer_id, change_id);
create index new_prices_by_subscription on new_prices (merchant_id, subscription_id, change_id);

-- One price at most waits for a subscription.
create unique index new_prices_pending on new_prices (merchant_id, subscription_id)
where status = 'pending';

-- Those whose price changes are found page by page.
create index subscriptions_to_reprice on subscriptions (merchant_id, offer_id, customer_id)
where status = 'active';
