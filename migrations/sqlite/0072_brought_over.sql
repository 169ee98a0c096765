-- A subscription says whether it was brought over from elsewhere: one with a parent may have been.
alter table subscriptions add column is_brought_over integer not null default 0
check (is_brought_over in (0, 1));
update subscriptions set is_brought_over = 1
where started_on < first_booking_on and precursor_id is null and parent_id is null;
