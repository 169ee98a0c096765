-- A row is a contract on one version of an offer. No period means that it was not booked yet;
-- the columns brought_… tell of an invoice that was issued elsewhere.
create table subscriptions (
    merchant_id text collate "C" not null,
    id text collate "C" not null,
    customer_id text collate "C" not null,
    sequence bigint not null,
    offer_id text collate "C" not null,
    offer_version bigint not null,
    price_minor bigint not null check (price_minor >= 0),
    status text collate "C" not null check (status in ('active', 'ended')),
    started_on date not null,
    ended_on date,
    anchor_day bigint not null check (anchor_day between 1 and 31),
    period_start date,
    period_end date,
    term_start date not null,
    term_end date not null,
    cancel_on date,
    precursor_id text collate "C",
    successor_id text collate "C",
    parent_id text collate "C",
    chain_id text collate "C" not null,
    bridge_gross bigint,
    brought_gross bigint,
    brought_paid boolean,
    brought_number text,
    brought_credited_gross bigint,
    brought_credited_tax bigint,
    brought_cancelled boolean,
    next_booking_on date,
    created_at timestamptz not null,
    primary key (merchant_id, id),
    foreign key (merchant_id, customer_id) references customers (merchant_id, id),
    foreign key (merchant_id, offer_id, offer_version)
    references offer_versions (merchant_id, offer_id, version),
    check ((status = 'ended') = (ended_on is not null)),
    check ((period_start is null) = (period_end is null)),
    check (period_start < period_end),
    check (term_start < term_end),
    check (
        (brought_gross is null) = (brought_paid is null)
        and (brought_gross is null) = (brought_credited_gross is null)
        and (brought_gross is null) = (brought_credited_tax is null)
        and (brought_gross is null) = (brought_cancelled is null)
    )
);

-- No index but the key serves a look-up by id, and none but subscriptions_active one for what runs:
-- without statistics on a merchant a wrong one looks as good as the right one and is read in full.
create index subscriptions_by_customer on subscriptions (merchant_id, customer_id);
create index subscriptions_ended on subscriptions (merchant_id, id)
where status = 'ended';
create index subscriptions_by_offer on subscriptions (merchant_id, offer_id);
create index subscriptions_active on subscriptions (merchant_id, customer_id)
where status = 'active';

-- A row is a decided transition that waits for its date, or what became of it.
create table scheduled_changes (
    merchant_id text collate "C" not null,
    id text collate "C" not null,
    sequence bigint not null,
    customer_id text collate "C" not null,
    subscription_id text collate "C" not null,
    offer_id text collate "C" not null,
    offer_version bigint not null,
    path_id text collate "C" not null,
    mode text not null check (mode in ('add', 'replace')),
    transition text not null check (transition in ('next_booking', 'end_of_term')),
    effective_on date not null,
    status text collate "C" not null check (
        status in ('pending', 'applied', 'withdrawn', 'superseded', 'failed')
    ),
    reason text,
    result_subscription_id text collate "C",
    withdrew_cancel_on date,
    primary key (merchant_id, id),
    foreign key (merchant_id, customer_id) references customers (merchant_id, id),
    foreign key (merchant_id, subscription_id) references subscriptions (merchant_id, id),
    foreign key (merchant_id, offer_id, offer_version)
    references offer_versions (merchant_id, offer_id, version)
);

create index scheduled_changes_by_customer on scheduled_changes (merchant_id, customer_id);
create index scheduled_changes_pending on scheduled_changes (merchant_id, customer_id)
where status = 'pending';
create index scheduled_changes_failed on scheduled_changes (merchant_id, id)
where status = 'failed';
create index scheduled_changes_by_subscription
on scheduled_changes (merchant_id, subscription_id);

-- One pending replacement for each subscription.
create unique index scheduled_changes_replacing
on scheduled_changes (merchant_id, subscription_id)
where status = 'pending' and mode = 'replace';
