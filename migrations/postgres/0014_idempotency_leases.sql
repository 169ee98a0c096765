-- A running request is one attempt's, for as long as its lease: who comes after that takes it
-- over, and the attempt before can store nothing any more. Without a lease it is anybody's.
alter table idempotency add column attempt text not null default '';
alter table idempotency add column leased_until timestamptz;
