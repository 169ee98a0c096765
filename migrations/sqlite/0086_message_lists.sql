-- Messages and runs are listed along these, the newest first, by what the figures of a report
-- count. What is rare among many has an index of its own.
create index messages_by_step on messages (merchant_id, automation_id, step_key, id);
create index messages_unsent on messages (merchant_id, status, id, automation_id, step_key)
where status <> 'sent';
create index messages_delivered on messages (merchant_id, id, automation_id, step_key)
where delivered_at is not null;
create index messages_read on messages (merchant_id, id, automation_id, step_key)
where read_at is not null;
create index messages_replied on messages (merchant_id, id, automation_id, step_key)
where replied_at is not null;
create index messages_clicked on messages (merchant_id, id, automation_id, step_key)
where clicked_at is not null;
create index messages_bounced on messages (merchant_id, id, automation_id, step_key)
where bounced_at is not null;
create index messages_failed on messages (merchant_id, id, automation_id, step_key)
where failed_at is not null;
create index automation_runs_by_status
on automation_runs (merchant_id, automation_id, status, id);
