-- While a checkout is held, `held` is what it rests on besides the customer's account, as JSON:
-- the day of the decision, the path, the taxes and terms of that day. It stays as shown whatever
-- is edited meanwhile.
alter table checkouts add column held text;

-- Until when a checkout holds the customer: no billing run touches them before.
alter table customers add column held_until text;

-- How often in a row the customer could not be billed, and when the worker tries again.
alter table customers add column billing_attempts integer not null default 0;
alter table customers add column billing_retry_at text;

create index customers_held on customers (merchant_id, held_until)
where held_until is not null;

create index customers_to_retry on customers (merchant_id)
where billing_retry_at is not null;
