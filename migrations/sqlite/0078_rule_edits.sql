-- Rules are read again from the edit on that was read last.
create index campaigns_by_edit on campaigns (merchant_id, edit, id);
create index promotions_by_edit on promotions (merchant_id, edit, id);
create index gift_rules_by_edit on gift_rules (merchant_id, edit, id);

-- A row is a rule that was removed, and the edit by which; it may be there again since.
create table removed_rules (
    merchant_id text not null references merchants (id),
    kind text not null check (kind in ('campaign', 'promotion', 'gift_rule')),
    rule_id text not null,
    edit integer not null,
    primary key (merchant_id, kind, rule_id)
) strict;

create index removed_rules_by_edit on removed_rules (merchant_id, kind, edit, rule_id);

-- Promotions suggest products by their brand.
create index products_by_brand on products (merchant_id, brand) where brand is not null;
