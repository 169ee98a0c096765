-- A row is an automation: where it stands, when it was live (JSON), and the number of its newest
-- version.
create table automations (
    merchant_id text collate "C" not null references merchants (id),
    id text collate "C" not null,
    title text not null,
    state text not null check (state in ('draft', 'live', 'paused', 'stopped')),
    version bigint not null,
    live_since timestamptz,
    spans text not null,
    primary key (merchant_id, id)
);

-- A row is a version of an automation: all that it says, as JSON. Runs finish the version that they
-- began.
create table automation_versions (
    merchant_id text collate "C" not null,
    automation_id text collate "C" not null,
    version bigint not null,
    terms text not null,
    published_at timestamptz not null,
    primary key (merchant_id, automation_id, version),
    foreign key (merchant_id, automation_id) references automations (merchant_id, id)
        on delete cascade
);

-- Whether an automation of the merchant's has ever been live: where none was, nobody looks for
-- them.
alter table merchants add column automated boolean not null default false;
