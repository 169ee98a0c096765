-- A row is something that happened. Rows are only ever added; the sequence has no gaps and
-- follows the order of commits.
create table events (
    merchant_id text not null,
    sequence integer not null check (sequence > 0),
    id text not null,
    kind text not null,
    subject text not null,
    customer_id text,
    data text not null,
    created_at text not null,
    primary key (merchant_id, sequence),
    unique (merchant_id, id)
) strict;
