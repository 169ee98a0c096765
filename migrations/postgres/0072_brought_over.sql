-- A subscription says whether it was brought over from elsewhere: one with a parent may have been.
alter table subscriptions add column is_brought_over boolean not null default false;
update subscriptions set is_brought_over = true
where started_on < first_booking_on and precursor_id is null and parent_id is null;
