-- A row is a template of messages; `texts` is what it says in each language, as JSON.
create table message_templates (
    merchant_id text not null references merchants (id),
    id text not null,
    title text not null,
    texts text not null,
    primary key (merchant_id, id)
) strict;
