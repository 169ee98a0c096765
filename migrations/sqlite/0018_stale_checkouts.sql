-- Whether a checkout went stale once. From then on it is held or completed only for who names the
-- stamp of what it became.
alter table checkouts add column went_stale integer not null default 0 check (went_stale in (0, 1));
