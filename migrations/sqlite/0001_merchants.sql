-- The one row of a book: since when it is kept, and its simulated clock if it has one.
create table book (
    id integer primary key check (id = 1),
    clock_at text,
    clock_on text,
    created_at text not null
) strict;

-- A row is a merchant: settings, and the counters from which numbers are taken.
create table merchants (
    id text primary key,
    name text not null,
    time_zone text not null default 'Europe/Berlin',
    locale text not null default 'en',
    currency text not null default 'EUR',
    seller text,
    payment_days integer not null default 14 check (payment_days between 0 and 365),
    purchase_on_account integer not null default 0 check (purchase_on_account in (0, 1)),
    checkout_minutes integer not null default 60 check (checkout_minutes > 0),
    upsell_minutes integer not null default 30 check (upsell_minutes > 0),
    return_origins text not null default '[]',
    edit integer not null default 0,
    invoice_number integer not null default 0,
    credit_note_number integer not null default 0,
    event_sequence integer not null default 0,
    created_at text not null
) strict;

-- A row is an API key; of its secret only the SHA-256 and the last characters are kept.
create table api_keys (
    merchant_id text not null references merchants (id),
    id text not null,
    hash blob not null unique,
    role text not null check (role in ('admin', 'merchant', 'checkout', 'billing', 'read')),
    label text,
    last text not null,
    created_at text not null,
    revoked_at text,
    primary key (merchant_id, id)
) strict;
