-- The links of a message are found by unguessable tokens: the one that it shows, and the one by
-- which its customer wants no more.
alter table messages add column link_token text;
alter table messages add column unsubscribe_token text;
create unique index messages_by_link on messages (link_token) where link_token is not null;
create unique index messages_by_unsubscribe on messages (unsubscribe_token)
where unsubscribe_token is not null;
