-- How often checkouts have held the customer since something was last decided about them: after
-- some, billing comes first.
alter table customers add column holds bigint not null default 0;
