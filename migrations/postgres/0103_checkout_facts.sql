-- What the decision about a completed checkout rested on, as JSON; null where nobody has completed
-- it, or a release did that did not keep it.
alter table checkouts add column facts text;
