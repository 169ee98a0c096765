-- A row is a webhook endpoint: where a merchant wants to be told of which events (a JSON list of
-- patterns), and how far in the record of events its deliveries have been made. Secrets are kept
-- as they are, for calls are signed with them; the one before is in force until a time.
create table webhook_endpoints (
    merchant_id text not null references merchants (id),
    id text not null,
    url text not null,
    events text not null,
    secret text not null,
    previous_secret text,
    previous_until text,
    disabled_reason text,
    failing_since text,
    fanned_out integer not null,
    created_at text not null,
    primary key (merchant_id, id)
) strict;

-- A row is an event on its way to an endpoint. Deliveries in one lane (a customer, or else the
-- subject of the event) go one after the other, unless one was asked for again. `attempts` counts
-- them when they begin; an attempt of which nothing is heard ends at `next_attempt_at`.
create table webhook_deliveries (
    merchant_id text not null,
    endpoint_id text not null,
    id text not null,
    event_sequence integer not null,
    lane text not null,
    status text not null check (status in ('pending', 'delivered', 'failed')),
    replayed integer not null default 0,
    attempts integer not null default 0,
    next_attempt_at text not null,
    last_attempt_at text,
    last_status integer,
    last_error text,
    created_at text not null,
    primary key (merchant_id, endpoint_id, id),
    foreign key (merchant_id, endpoint_id) references webhook_endpoints (merchant_id, id)
        on delete cascade
) strict;

create index webhook_deliveries_due
on webhook_deliveries (merchant_id, endpoint_id, next_attempt_at, event_sequence)
where status = 'pending';
create index webhook_deliveries_in_lane
on webhook_deliveries (merchant_id, endpoint_id, lane, event_sequence)
where status = 'pending';
create index webhook_deliveries_ended on webhook_deliveries (last_attempt_at)
where status <> 'pending';
