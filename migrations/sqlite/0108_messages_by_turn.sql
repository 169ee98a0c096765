-- Which merchants have messages to send, and which of theirs are next.
create index messages_by_turn on messages (channel, merchant_id, next_attempt_at, id)
where status = 'queued';

-- The code that a purchase redeemed, once that has been given back.
alter table automation_purchases add column coupon_code text;
