-- Secrets of an endpoint that were replaced are JSON, the newest first: [["whsec_…", until], …].
-- What previous_secret and previous_until held moves there; both are read no more.
alter table webhook_endpoints add column previous_secrets text not null default '[]';
update webhook_endpoints
set previous_secrets = json_build_array(json_build_array(
    previous_secret,
    to_char(previous_until at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
))::text
where previous_secret is not null and previous_until is not null;
