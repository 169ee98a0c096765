-- The overview sums up what began and what ended lately, and what is owed, along these.
create index subscriptions_by_start on subscriptions (merchant_id, started_on);
create index subscriptions_by_end on subscriptions (merchant_id, ended_on)
where ended_on is not null;

-- A checkout has its path from the day it is opened: those opened and completed are counted by it.
create index checkouts_by_opening on checkouts (merchant_id, created_at)
where path_id is not null;
