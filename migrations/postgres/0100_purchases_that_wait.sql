-- When a purchase ceased to count: the change that it was did not come about.
alter table automation_purchases add column cancelled_at timestamptz;

-- What a purchase leads to is known from its change, also while that waits.
update automation_purchases set subscription_id = (
    select 'sub_' || substr(c.result::json ->> 'scheduled_change', 5)
    from checkouts c
    where c.merchant_id = automation_purchases.merchant_id
    and c.id = substr(automation_purchases.id, 10)
) where subscription_id is null and id like 'checkout/%';

create index automation_purchases_by_subscription
on automation_purchases (merchant_id, subscription_id);
