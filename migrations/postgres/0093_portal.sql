-- A row is an address at which a customer finds their portal until `expires_at`. Of the token in it
-- only the SHA-256 is kept. The return address is the one that the shop gave; `opened` is the
-- checkout that was opened from it last, so that a second click opens no other.
create table portal_sessions (
    merchant_id text collate "C" not null,
    customer_id text collate "C" not null,
    locale text not null,
    return_url text,
    opened_offer text collate "C",
    opened_token text,
    opened_at timestamptz,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    hash bytea not null unique,
    primary key (merchant_id, hash),
    foreign key (merchant_id, customer_id) references customers (merchant_id, id)
);

create index portal_sessions_by_customer on portal_sessions (merchant_id, customer_id);
create index portal_sessions_by_end on portal_sessions (expires_at);

-- What of the portal a merchant's customers may use (JSON: a flag for each part; what is left out
-- is on).
alter table merchants add column portal text not null default '{}';

-- By which kind of page a customer brought an event about by themselves; none where a key did, or
-- the engine by itself.
alter table events add column actor text;
