-- A row is a contract on one version of an offer. No period means that it was not booked yet;
-- the columns brought_… tell of an invoice that was issued elsewhere.
create table subscriptions (
    merchant_id text not null,
    id text not null,
    customer_id text not null,
    sequence integer not null,
    offer_id text not null,
    offer_version integer not null,
    price_minor integer not null check (price_minor >= 0),
    status text not null check (status in ('active', 'ended')),
    started_on text not null,
    ended_on text,
    anchor_day integer not null check (anchor_day between 1 and 31),
    period_start text,
    period_end text,
    term_start text not null,
    term_end text not null,
    cancel_on text,
    precursor_id text,
    successor_id text,
    parent_id text,
    chain_id text not null,
    bridge_gross integer,
    brought_gross integer,
    brought_paid integer check (brought_paid in (0, 1)),
    brought_number text,
    brought_credited_gross integer,
    brought_credited_tax integer,
    brought_cancelled integer check (brought_cancelled in (0, 1)),
    next_booking_on text,
    created_at text not null,
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
) strict;

-- No index but subscriptions_active serves a look-up for what runs: without statistics a wrong one
-- looks as good as the right one and is read in full.
create index subscriptions_by_customer on subscriptions (merchant_id, customer_id, id);
create index subscriptions_ended on subscriptions (merchant_id, id)
where status = 'ended';
create index subscriptions_by_offer on subscriptions (merchant_id, offer_id, id);
create index subscriptions_active on subscriptions (merchant_id, customer_id)
where status = 'active';

-- A row is a decided transition that waits for its date, or what became of it.
create table scheduled_changes (
    merchant_id text not null,
    id text not null,
    sequence integer not null,
    customer_id text not null,
    subscription_id text not null,
    offer_id text not null,
    offer_version integer not null,
    path_id text not null,
    mode text not null check (mode in ('add', 'replace')),
    transition text not null check (transition in ('next_booking', 'end_of_term')),
    effective_on text not null,
    status text not null check (
        status in ('pending', 'applied', 'withdrawn', 'superseded', 'failed')
    ),
    reason text,
    result_subscription_id text,
    withdrew_cancel_on text,
    primary key (merchant_id, id),
    foreign key (merchant_id, customer_id) references customers (merchant_id, id),
    foreign key (merchant_id, subscription_id) references subscriptions (merchant_id, id),
    foreign key (merchant_id, offer_id, offer_version)
    references offer_versions (merchant_id, offer_id, version)
) strict;

create index scheduled_changes_by_customer on scheduled_changes (merchant_id, customer_id, id);
create index scheduled_changes_pending on scheduled_changes (merchant_id, customer_id)
where status = 'pending';
create index scheduled_changes_failed on scheduled_changes (merchant_id, id)
where status = 'failed';
create index scheduled_changes_by_subscription
on scheduled_changes (merchant_id, subscription_id, id);

-- One pending replacement for each subscription.
create unique index scheduled_changes_replacing
on scheduled_changes (merchant_id, subscription_id)
where status = 'pending' and mode = 'replace';
