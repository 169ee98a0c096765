-- Lists of checkouts by where they stand: those that are held, those that nobody has completed, and
-- of these the ones that can be.
create index checkouts_held_by_id on checkouts (merchant_id, id)
where status = 'held';
create index checkouts_unfinished on checkouts (merchant_id, id)
where status <> 'completed';
create index checkouts_unfinished_by_end on checkouts (merchant_id, expires_at)
where status <> 'completed';
