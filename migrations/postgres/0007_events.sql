-- A row is something that happened. Rows are only ever added; the sequence has no gaps and
-- follows the order of commits.
create table events (
    merchant_id text collate "C" not null,
    sequence bigint not null check (sequence > 0),
    id text collate "C" not null,
    kind text not null,
    subject text collate "C" not null,
    customer_id text collate "C",
    data text not null,
    created_at timestamptz not null,
    primary key (merchant_id, sequence),
    unique (merchant_id, id)
);
