-- What makes customers begin a version, as it says itself.
alter table automation_versions add column trigger_name text
    generated always as (json_extract(terms, '$.trigger')) virtual;
