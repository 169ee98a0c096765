-- A code of an automation is for one customer (`owner_id`) and gives what `terms` say (a coupon as
-- JSON), as it was fixed when it was made.
alter table coupon_codes add column owner_id text;
alter table coupon_codes add column terms text;
create index coupon_codes_by_owner on coupon_codes (merchant_id, owner_id, id)
where owner_id is not null;

-- The code of a customer on their way, and the messages that show it, so that a purchase by it is
-- put down to the first; and the hosted checkout that a message's link has opened last.
alter table automation_runs add column coupon_code text;
alter table messages add column coupon_code text;
alter table messages add column checkout_token text;
create index messages_by_coupon on messages (merchant_id, coupon_code)
where coupon_code is not null;
