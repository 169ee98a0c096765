-- A row is an up/down-selling path. Of two paths the one with the higher edit was saved later.
create table paths (
    merchant_id text not null references merchants (id),
    id text not null,
    edit integer not null,
    edited_at text not null,
    internal_title text not null,
    internal_description text,
    title text not null,
    description text not null,
    optional integer not null check (optional in (0, 1)),
    customer_may_switch integer not null check (customer_may_switch in (0, 1)),
    transition text not null check (
        transition in (
            'immediate', 'immediate_next_booking', 'last_booking', 'next_booking', 'end_of_term'
        )
    ),
    proration text not null check (proration in ('none', 'day')),
    unpaid_source text not null check (unpaid_source in ('refuse', 'allow')),
    priority integer not null,
    active integer not null check (active in (0, 1)),
    valid_from text,
    valid_until text,
    primary key (merchant_id, id),
    check (valid_from is null or valid_until is null or valid_from <= valid_until)
) strict;

-- A row is a tag on one side of a path.
create table path_tags (
    merchant_id text not null,
    path_id text not null,
    side text not null check (side in ('source', 'target')),
    tag_id text not null,
    primary key (merchant_id, path_id, side, tag_id),
    foreign key (merchant_id, path_id) references paths (merchant_id, id) on delete cascade,
    foreign key (merchant_id, tag_id) references tags (merchant_id, id)
) strict;

create index path_tags_by_tag on path_tags (merchant_id, tag_id, side);
