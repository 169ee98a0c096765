-- Whether a checkout went stale once. From then on it is held or completed only for who names the
-- stamp of what it became.
alter table checkouts add column went_stale boolean not null default false;
