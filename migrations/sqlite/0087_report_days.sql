-- What begins and is sent on each day is counted along these.
create index automation_runs_by_start on automation_runs (merchant_id, automation_id, started_at);
create index messages_by_sent on messages (merchant_id, automation_id, sent_at)
where sent_at is not null;
