-- An idempotency key belongs to the merchant, whichever API key brings it: money that was paid
-- out is paid out. Of requests that were told apart by their API key so far, the first one stays;
-- the column goes on saying who that was.
delete from idempotency
where exists (
    select 1 from idempotency k
    where k.merchant_id = idempotency.merchant_id and k.request_key = idempotency.request_key
    and (k.created_at < idempotency.created_at
        or (k.created_at = idempotency.created_at and k.api_key_id < idempotency.api_key_id))
);

alter table idempotency drop constraint idempotency_pkey;
alter table idempotency add primary key (merchant_id, request_key);
