-- Secrets of an endpoint that were replaced are JSON, the newest first: [["whsec_…", until], …].
-- What previous_secret and previous_until held moves there; both are read no more.
alter table webhook_endpoints add column previous_secrets text not null default '[]';
update webhook_endpoints
set previous_secrets = json_array(json_array(previous_secret, previous_until))
where previous_secret is not null and previous_until is not null;
