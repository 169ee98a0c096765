-- Checkouts that were refused are listed along this; they are few among the events.
create index events_of_refusals on events (merchant_id, id)
where kind = 'checkout.refused';
