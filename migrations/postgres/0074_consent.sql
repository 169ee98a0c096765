-- Where a customer can be called, and whether they want messages of automations: null where they
-- have not said. A merchant may write only to those who have said yes.
alter table customers add column phone text;
alter table customers add column messages boolean;
alter table merchants add column messages_by_consent boolean not null default false;
