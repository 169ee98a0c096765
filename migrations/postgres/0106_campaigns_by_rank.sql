-- What a campaign says of its priority, so that they can be listed in rank order. It is read from
-- `terms`, so that a server of the release before goes on writing beside it.
alter table campaigns add column priority bigint
    generated always as ((terms::jsonb ->> 'priority')::bigint) stored;

create index campaigns_by_rank on campaigns (merchant_id, priority, edit);
