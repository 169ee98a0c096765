-- A version of an offer may begin with a trial and with steps (JSON: minor units and booked periods,
-- in order) for those who are granted it: who never had one of its products, or everybody.
alter table offer_versions add column trial text;
alter table offer_versions add column steps text;
alter table offer_versions add column introduction text not null default 'once'
    check (introduction in ('once', 'always'));

-- A subscription that began with a trial is booked first on the day after it; this many periods are
-- still to be booked at the price of a step.
alter table subscriptions add column trial_until text;
alter table subscriptions add column steps_left integer not null default 0
    check (steps_left >= 0);

-- A change that waits keeps whether what it begins was promised the introduction.
alter table scheduled_changes add column introduced integer not null default 0
    check (introduced in (0, 1));

-- A path may give those who replace the introduction of what they get.
alter table paths add column introduction integer not null default 0
    check (introduction in (0, 1));
