-- A row is an up/down-selling path. Of two paths the one with the higher edit was saved later.
create table paths (
    merchant_id text collate "C" not null references merchants (id),
    id text collate "C" not null,
    edit bigint not null,
    edited_at timestamptz not null,
    internal_title text not null,
    internal_description text,
    title text not null,
    description text not null,
    optional boolean not null,
    customer_may_switch boolean not null,
    transition text not null check (
        transition in (
            'immediate', 'immediate_next_booking', 'last_booking', 'next_booking', 'end_of_term'
        )
    ),
    proration text not null check (proration in ('none', 'day')),
    unpaid_source text not null check (unpaid_source in ('refuse', 'allow')),
    priority bigint not null,
    active boolean not null,
    valid_from date,
    valid_until date,
    primary key (merchant_id, id),
    check (valid_from is null or valid_until is null or valid_from <= valid_until)
);

-- A row is a tag on one side of a path.
create table path_tags (
    merchant_id text collate "C" not null,
    path_id text collate "C" not null,
    side text collate "C" not null check (side in ('source', 'target')),
    tag_id text collate "C" not null,
    primary key (merchant_id, path_id, side, tag_id),
    foreign key (merchant_id, path_id) references paths (merchant_id, id) on delete cascade,
    foreign key (merchant_id, tag_id) references tags (merchant_id, id)
);

create index path_tags_by_tag on path_tags (merchant_id, tag_id, side);
