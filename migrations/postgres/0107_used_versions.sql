-- Which versions of an automation somebody is under way through.
create index automation_runs_under_way on automation_runs (merchant_id, automation_id, version)
where status = 'active';

-- Whose profile says that they are sent no messages is one of those who are sent none.
insert into suppressions (merchant_id, customer_id, reason, since_at)
select merchant_id, id, 'profile', created_at from customers where messages = false
on conflict do nothing;
