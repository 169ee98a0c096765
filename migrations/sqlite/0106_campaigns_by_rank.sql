-- What a campaign says of its priority, so that they can be listed in rank order. It is read from
-- `terms`, so that a server of the release before goes on writing beside it.
alter table campaigns add column priority integer
    generated always as (json_extract(terms, '$.priority')) virtual;

create index campaigns_by_rank on campaigns (merchant_id, priority, edit);
