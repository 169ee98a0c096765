-- A row is a billing run with its counts. The failures are JSON:
-- [{"customer": "…", "reason": "…"}, …].
create table billing_runs (
    merchant_id text not null references merchants (id),
    id text not null,
    status text not null check (status in ('running', 'completed', 'failed')),
    as_of text not null,
    booked integer not null,
    changes_applied integer not null,
    changes_failed integer not null,
    subscriptions_ended integer not null,
    invoices integer not null,
    credit_notes integer not null,
    failures text not null,
    duration_ms integer not null,
    created_at text not null,
    primary key (merchant_id, id)
) strict;
