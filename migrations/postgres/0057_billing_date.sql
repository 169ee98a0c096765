-- A path may keep the billing date of its source: what it leads to is then paid up to the source's
-- next booking date, and booked there.
alter table paths add column billing_date text not null default 'reset'
    check (billing_date in ('reset', 'keep'));
