-- What makes customers begin a version, as it says itself.
alter table automation_versions add column trigger_name text
    generated always as (cast(terms as jsonb) ->> 'trigger') stored;
