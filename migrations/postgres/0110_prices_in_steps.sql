-- Several prices may wait for a subscription, each for its own first booking.
drop index new_prices_pending;
create index new_prices_pending on new_prices (merchant_id, subscription_id)
where status = 'pending';
