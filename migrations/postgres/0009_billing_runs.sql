-- A row is a billing run with its counts. The failures are JSON:
-- [{"customer": "…", "reason": "…"}, …].
create table billing_runs (
    merchant_id text collate "C" not null references merchants (id),
    id text collate "C" not null,
    status text not null check (status in ('running', 'completed', 'failed')),
    as_of date not null,
    booked bigint not null,
    changes_applied bigint not null,
    changes_failed bigint not null,
    subscriptions_ended bigint not null,
    invoices bigint not null,
    credit_notes bigint not null,
    failures text not null,
    duration_ms bigint not null,
    created_at timestamptz not null,
    primary key (merchant_id, id)
);
