-- A row is somebody who signed in to the backend with a key. Of the token in their cookie only the
-- SHA-256 is kept. Instants are those of the real clock, whatever clock the book has.
create table sessions (
    merchant_id text collate "C" not null,
    hash bytea not null unique,
    key_id text collate "C" not null,
    created_at timestamptz not null,
    seen_at timestamptz not null,
    primary key (merchant_id, hash),
    foreign key (merchant_id, key_id) references api_keys (merchant_id, id)
);

create index sessions_by_age on sessions (seen_at);

-- Which key brought an event about; none where the engine did by itself.
alter table events add column key_id text collate "C";

-- What a merchant defined, changed or removed belongs to no customer.
create index events_of_definitions on events (merchant_id, id)
where customer_id is null;

-- What will change, by day.
create index scheduled_changes_by_day on scheduled_changes (merchant_id, effective_on)
where status = 'pending';

-- The path that a completed checkout took.
alter table checkouts add column path_id text collate "C";

update checkouts set path_id = preview::json ->> 'path' where status = 'completed';

create index checkouts_by_path on checkouts (merchant_id, path_id)
where path_id is not null;

-- A run counts as it goes, and is heard of with every page. What was at work before has no process
-- any more.
alter table billing_runs add column customers bigint not null default 0;

alter table billing_runs add column seen_at timestamptz;

update billing_runs set seen_at = created_at;

update billing_runs set status = 'failed' where status = 'running';

create index billing_runs_at_work on billing_runs (seen_at)
where status = 'running';

-- What a list of what is open shows first: without it, all that is settled is looked through.
create index invoices_to_list on invoices (merchant_id, id)
where status = 'open';

create index scheduled_changes_to_list on scheduled_changes (merchant_id, id)
where status = 'pending';
