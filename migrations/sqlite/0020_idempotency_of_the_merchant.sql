-- An idempotency key belongs to the merchant, whichever API key brings it: money that was paid
-- out is paid out. Of requests that were told apart by their API key so far, the first one stays;
-- the column goes on saying who that was.
create table idempotency_of_the_merchant (
    merchant_id text not null,
    api_key_id text not null,
    request_key text not null,
    request_hash blob not null,
    state text not null check (state in ('running', 'answered')),
    status integer,
    headers text,
    body text,
    created_at text not null,
    attempt text not null default '',
    leased_until text,
    primary key (merchant_id, request_key),
    check (state = 'running' or (status is not null and headers is not null and body is not null))
) strict;

insert into idempotency_of_the_merchant (merchant_id, api_key_id, request_key, request_hash, state,
    status, headers, body, created_at, attempt, leased_until)
select merchant_id, api_key_id, request_key, request_hash, state, status, headers, body,
    created_at, attempt, leased_until
from idempotency i
where not exists (
    select 1 from idempotency k
    where k.merchant_id = i.merchant_id and k.request_key = i.request_key
    and (k.created_at < i.created_at
        or (k.created_at = i.created_at and k.api_key_id < i.api_key_id))
);

drop table idempotency;
alter table idempotency_of_the_merchant rename to idempotency;
create index idempotency_by_age on idempotency (created_at);
