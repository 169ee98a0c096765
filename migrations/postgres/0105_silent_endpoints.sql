-- How often in a row an endpoint answered none of its calls, and until when it is left alone for that.
alter table webhook_endpoints add column silences bigint not null default 0;
alter table webhook_endpoints add column resting_until timestamptz;
