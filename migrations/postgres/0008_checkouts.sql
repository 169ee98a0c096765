-- A row is a checkout: what was asked, what was shown last, how it ended. Request, metadata,
-- preview and result are JSON.
create table checkouts (
    merchant_id text collate "C" not null references merchants (id),
    id text collate "C" not null,
    token text collate "C" not null unique,
    customer_id text collate "C" not null,
    offer_id text collate "C" not null,
    request text not null,
    locale text not null,
    metadata text not null,
    return_url text,
    status text collate "C" not null check (status in ('open', 'held', 'completed')),
    source_id text collate "C",
    created_at timestamptz not null,
    expires_at timestamptz not null,
    held_until timestamptz,
    preview text not null,
    stamp text not null,
    result text,
    primary key (merchant_id, id)
);

create index checkouts_by_customer on checkouts (merchant_id, customer_id);
create index checkouts_held on checkouts (merchant_id, customer_id)
where status = 'held';
create index checkouts_open on checkouts (merchant_id, offer_id)
where status in ('open', 'held');

-- A row is a request that came with an idempotency key, and the answer once there is one. The
-- headers are JSON: [["name", "value"], …].
create table idempotency (
    merchant_id text collate "C" not null,
    api_key_id text collate "C" not null,
    request_key text collate "C" not null,
    request_hash bytea not null,
    state text not null check (state in ('running', 'answered')),
    status bigint,
    headers text,
    body text,
    created_at timestamptz not null,
    primary key (merchant_id, api_key_id, request_key),
    check (state = 'running' or (status is not null and headers is not null and body is not null))
);

create index idempotency_by_age on idempotency (created_at);
