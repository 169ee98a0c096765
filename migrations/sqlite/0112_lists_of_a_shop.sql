-- Where a gift rule stands among the others, so that they can be listed as they take their turns:
-- the greatest is first, which is that of priority 0. It is read from `terms`, so that a server of
-- the release before goes on writing beside it.
alter table gift_rules add column precedence integer
    generated always as (-json_extract(terms, '$.priority')) virtual;

create index gift_rules_by_tier on gift_rules (merchant_id, precedence, edit);

-- Orders that were cancelled are few among many: they are listed by themselves.
create index orders_cancelled on orders (merchant_id, id) where status = 'cancelled';
