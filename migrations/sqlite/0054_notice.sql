-- A version of an offer may have a notice: a cancellation later than this long before the end of a
-- term takes effect at the end of a later one.
alter table offer_versions add column notice text;
