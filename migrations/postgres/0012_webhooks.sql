-- A row is a webhook endpoint: where a merchant wants to be told of which events (a JSON list of
-- patterns), and how far in the record of events its deliveries have been made. Secrets are kept
-- as they are, for calls are signed with them; the one before is in force until a time.
create table webhook_endpoints (
    merchant_id text collate "C" not null references merchants (id),
    id text collate "C" not null,
    url text not null,
    events text not null,
    secret text not null,
    previous_secret text,
    previous_until timestamptz,
    disabled_reason text,
    failing_since timestamptz,
    fanned_out bigint not null,
    created_at timestamptz not null,
    primary key (merchant_id, id)
);

-- A row is an event on its way to an endpoint. Deliveries in one lane (a customer, or else the
-- subject of the event) go one after the other, unless one was asked for again. `attempts` counts
-- them when they begin; an attempt of which nothing is heard ends at `next_attempt_at`.
create table webhook_deliveries (
    merchant_id text collate "C" not null,
    endpoint_id text collate "C" not null,
    id text collate "C" not null,
    event_sequence bigint not null,
    lane text collate "C" not null,
    status text not null check (status in ('pending', 'delivered', 'failed')),
    replayed boolean not null default false,
    attempts bigint not null default 0,
    next_attempt_at timestamptz not null,
    last_attempt_at timestamptz,
    last_status bigint,
    last_error text,
    created_at timestamptz not null,
    primary key (merchant_id, endpoint_id, id),
    foreign key (merchant_id, endpoint_id) references webhook_endpoints (merchant_id, id)
        on delete cascade
);

create index webhook_deliveries_due
on webhook_deliveries (merchant_id, endpoint_id, next_attempt_at, event_sequence)
where status = 'pending';
create index webhook_deliveries_in_lane
on webhook_deliveries (merchant_id, endpoint_id, lane, event_sequence)
where status = 'pending';
create index webhook_deliveries_ended on webhook_deliveries (last_attempt_at)
where status <> 'pending';
