-- A row is an automation: where it stands, when it was live (JSON), and the number of its newest
-- version.
create table automations (
    merchant_id text not null references merchants (id),
    id text not null,
    title text not null,
    state text not null check (state in ('draft', 'live', 'paused', 'stopped')),
    version integer not null,
    live_since text,
    spans text not null,
    primary key (merchant_id, id)
) strict;

-- A row is a version of an automation: all that it says, as JSON. Runs finish the version that they
-- began.
create table automation_versions (
    merchant_id text not null,
    automation_id text not null,
    version integer not null,
    terms text not null,
    published_at text not null,
    primary key (merchant_id, automation_id, version),
    foreign key (merchant_id, automation_id) references automations (merchant_id, id)
        on delete cascade
) strict;

-- Whether an automation of the merchant's has ever been live: where none was, nobody looks for
-- them.
alter table merchants add column automated integer not null default 0 check (automated in (0, 1));
