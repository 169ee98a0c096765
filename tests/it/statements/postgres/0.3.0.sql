delete from idempotency where created_at < $1
delete from idempotency where merchant_id = $1 and api_key_id = $2 and request_key = $3 and attempt = $4 and state = 'running'
delete from offer_tags where merchant_id = $1 and offer_id = $2
delete from offers where merchant_id = $1 and id = $2
delete from path_tags where merchant_id = $1 and path_id = $2
delete from paths where merchant_id = $1 and id = $2
delete from products where merchant_id = $1 and id = $2
delete from sessions where merchant_id = $1 and hash = $2
delete from sessions where seen_at <= $1 or created_at <= $2
delete from tags where merchant_id = $1 and id = $2
delete from taxes where merchant_id = $1 and id = $2
delete from webhook_deliveries where merchant_id = $1 and endpoint_id = $2
delete from webhook_deliveries where status <> 'pending' and last_attempt_at < $1
delete from webhook_endpoints where merchant_id = $1 and id = $2
insert into api_keys (merchant_id, id, hash, role, label, last, created_at, revoked_at) values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing
insert into billing_runs (merchant_id, id, status, as_of, customers, booked, changes_applied, changes_failed, subscriptions_ended, invoices, credit_notes, failures, duration_ms, created_at, seen_at) values ($1, $2, $3, $4, 0, 0, 0, 0, 0, 0, 0, '[]', 0, $5, $6)
insert into book (id, clock_at, clock_on, created_at) values (1, $1, $2, $1) on conflict (id) do update set clock_at = excluded.clock_at, clock_on = excluded.clock_on
insert into checkouts (merchant_id, id, token, customer_id, offer_id, request, locale, metadata, return_url, status, source_id, created_at, expires_at, held_until, held, preview, stamp, result) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
insert into customers (merchant_id, id, created_at) values ($1, $2, $3) on conflict (merchant_id, id) do nothing
insert into idempotency (merchant_id, api_key_id, request_key, request_hash, state, created_at, attempt, leased_until) values ($1, $2, $3, $4, 'running', $5, $6, $7) on conflict (merchant_id, api_key_id, request_key) do update set request_hash = excluded.request_hash, created_at = excluded.created_at, attempt = excluded.attempt, leased_until = excluded.leased_until where idempotency.state = 'running' and (idempotency.leased_until is null or idempotency.leased_until < $5)
insert into merchants (id, name, created_at) values ($1, $2, $3) on conflict (id) do nothing
insert into offer_versions (merchant_id, offer_id, version, title, products, price_minor, currency, billing_period, term, renewal_term, auto_renew, tax_id, tax_included, requires_parent) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
insert into offers (merchant_id, id, version, active) values ($1, $2, $3, $4) on conflict (merchant_id, id) do nothing
insert into paths (merchant_id, id, edit, edited_at, internal_title, internal_description, title, description, optional, customer_may_switch, transition, proration, unpaid_source, priority, active, valid_from, valid_until) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) on conflict (merchant_id, id) do nothing
insert into products (merchant_id, id, title, kind) values ($1, $2, $3, $4) on conflict (merchant_id, id) do nothing
insert into sessions (merchant_id, hash, key_id, created_at, seen_at) values ($1, $2, $3, $4, $4)
insert into tags (merchant_id, id, title) values ($1, $2, $3) on conflict (merchant_id, id) do nothing
insert into taxes (merchant_id, id, title, rates) values ($1, $2, $3, $4) on conflict (merchant_id, id) do nothing
insert into webhook_endpoints (merchant_id, id, url, events, secret, fanned_out, created_at) select $1, $2, $3, $4, $5, event_sequence, $6 from merchants where id = $1 on conflict (merchant_id, id) do nothing
select 'offer' as kind, o.id as id from offer_products p join offers o on o.merchant_id = p.merchant_id and o.id = p.offer_id and o.version = p.version where p.merchant_id = $1 and p.product_id = $2 union all select 'subscription' as kind, s.id as id from offer_products p join subscriptions s on s.merchant_id = p.merchant_id and s.offer_id = p.offer_id and s.offer_version = p.version and s.status = 'active' where p.merchant_id = $1 and p.product_id = $2 union all select 'scheduled_change' as kind, c.id as id from offer_products p join scheduled_changes c on c.merchant_id = p.merchant_id and c.offer_id = p.offer_id and c.offer_version = p.version and c.status = 'pending' where p.merchant_id = $1 and p.product_id = $2 limit $3
select 'offer' as kind, offer_id as id from offer_tags where merchant_id = $1 and tag_id = $2 union select 'path' as kind, path_id as id from path_tags where merchant_id = $1 and tag_id = $2 limit $3
select 'subscription' as kind, id from subscriptions where merchant_id = $1 and offer_id = $2 and status = 'active' union all select 'scheduled_change' as kind, id from scheduled_changes where merchant_id = $1 and offer_id = $2 and status = 'pending' union all select 'checkout' as kind, id from checkouts where merchant_id = $1 and offer_id = $2 and status in ('open', 'held') and (expires_at > $3 or held_until > $3) limit $4
select (select count(*) from (select 1 from products where merchant_id = $1 limit 1) as a), (select count(*) from (select 1 from tags where merchant_id = $1 limit 1) as b), (select count(*) from (select 1 from offers where merchant_id = $1 limit 1) as c), (select count(*) from (select 1 from paths where merchant_id = $1 limit 1) as d), (select count(*) from (select 1 from customers where merchant_id = $1 limit 1) as e)
select c.path_id, p.internal_title, c.completions from (select path_id, count(*) as completions from checkouts where merchant_id = $1 and path_id is not null group by path_id order by completions desc, path_id limit $2) c left join paths p on p.merchant_id = $1 and p.id = c.path_id order by c.completions desc, c.path_id
select cast(1 as bigint)
select clock_at, clock_on from book where id = 1
select count(*) from customers where merchant_id = $1 and due_on is not null and due_on <= $2 and (held_until is null or held_until <= $3)
select count(*) from webhook_deliveries where status = 'pending'
select count(*) from webhook_endpoints where merchant_id = $1
select customer_id, currency, minor from balances where merchant_id = $1 and customer_id between $2 and $3
select customer_id, id, source_id from checkouts where merchant_id = $1 and customer_id between $2 and $3 and status = 'held' and source_id is not null
select customer_id, source_id from checkouts where merchant_id = $1 and status = 'held' and held_until > $2 and source_id is not null
select d.id from webhook_deliveries d where d.merchant_id = $1 and d.endpoint_id = $2 and d.status = 'pending' and d.next_attempt_at <= $3 and (d.replayed or not exists (select 1 from webhook_deliveries b where b.merchant_id = d.merchant_id and b.endpoint_id = d.endpoint_id and b.lane = d.lane and b.status = 'pending' and not b.replayed and b.event_sequence < d.event_sequence)) order by d.next_attempt_at, d.event_sequence limit $4 for update skip locked
select distinct l.merchant_id, l.invoice_id from invoice_lines l where l.merchant_id = $1 and l.subscription_id = $2
select due_on from customers where merchant_id = $1 and due_on is not null and (held_until is null or held_until <= $2 or due_on > $3) and (billing_retry_at is null or billing_retry_at <= $4) order by due_on limit 1
select due_on, count(*) from customers where merchant_id = $1 and due_on is not null and due_on < $2 group by due_on order by due_on
select effective_on, mode, count(*) from scheduled_changes where merchant_id = $1 and status = 'pending' and effective_on < $2 group by effective_on, mode order by effective_on, mode
select fanned_out, events from webhook_endpoints where merchant_id = $1 and id = $2 and disabled_reason is null for update skip locked
select held_until from customers where merchant_id = $1 and held_until is not null and held_until > $2 and due_on is not null and due_on <= $3 order by held_until limit 1
select id from api_keys where merchant_id = $1 and role = 'admin' and revoked_at is null order by id for update
select id from customers where merchant_id = $1 and id = $2 and due_on is not null and due_on <= $3 and (held_until is null or held_until <= $4) and (billing_retry_at is null or billing_retry_at <= $4) for update skip locked
select id from customers where merchant_id = $1 and id > $2 and due_on is not null and due_on <= $3 and (held_until is null or held_until <= $4) and (billing_retry_at is null or billing_retry_at <= $4) order by id limit $5 for update skip locked
select id from customers where merchant_id = $1 and id > $2 order by id limit $3
select id from customers where merchant_id = $1 limit 1
select id from merchants where id = $1 for no key update
select id, customer_id, invoice_id, amount_minor, currency, reference, reason, paid_on from payments
select id, email, name, address, locale, customer_group, country, due_on, created_at from customers where merchant_id = $1
select id, email, name, address, locale, customer_group, country, due_on, created_at from customers where merchant_id = $1 and id = $2
select id, name, created_at from merchants where id = $1
select id, name, created_at from merchants where true
select id, sequence, due_on from customers where merchant_id = $1 and id between $2 and $3
select id, status, as_of, customers, booked, changes_applied, changes_failed, subscriptions_ended, invoices, credit_notes, failures, duration_ms, created_at, seen_at from billing_runs
select id, time_zone, locale, currency, seller, payment_days, purchase_on_account, checkout_minutes, upsell_minutes, return_origins from merchants where id = $1
select id, title from tags where merchant_id = $1
select id, title from tags where merchant_id = $1 and id = $2
select id, title, kind from products where merchant_id = $1
select id, title, rates from taxes where merchant_id = $1
select id, title, rates from taxes where merchant_id = $1 and id = $2
select invoice_number, credit_note_number, event_sequence from merchants where id = $1
select kind, count(*) from (select kind from events where merchant_id = $1 and id > $2 order by id limit $3) as counted group by kind order by kind
select l.invoice_id, l.position, l.period_start, l.period_end from invoice_lines l where l.merchant_id = $1 and l.subscription_id = $2 and l.period_start < $4 and l.period_end > $3 order by l.period_start, l.invoice_id, l.position
select max(sequence) from (select sequence from events where merchant_id = $1 and sequence > $2 order by sequence limit $3) as following
select merchant_id, id, hash, role, label, last, created_at, revoked_at from api_keys where hash >= $1 and hash <= $2
select merchant_id, id, role, label, last, created_at, revoked_at from api_keys where merchant_id = $1
select merchant_id, id, token, request, locale, metadata, return_url, status, source_id, created_at, expires_at, held_until, held, preview, stamp, result from checkouts
select n.invoice_id, l.line_position, l.period_start, l.period_end from credit_note_lines l join credit_notes n on n.merchant_id = l.merchant_id and n.id = l.credit_note_id where l.merchant_id = $1 and l.subscription_id = $2 and l.period_start < $4 and l.period_end > $3 order by l.period_start, n.number, l.position
select p.id, p.edit, p.edited_at, p.internal_title, p.internal_description, p.title, p.description, p.optional, p.customer_may_switch, p.transition, p.proration, p.unpaid_source, p.priority, p.active, p.valid_from, p.valid_until from paths p
select p.merchant_id, p.id from webhook_endpoints p join merchants m on m.id = p.merchant_id where p.disabled_reason is null and p.fanned_out < m.event_sequence order by p.merchant_id, p.id limit $1
select p.merchant_id, p.id from webhook_endpoints p where p.disabled_reason is null and exists (select 1 from webhook_deliveries d where d.merchant_id = p.merchant_id and d.endpoint_id = p.id and d.status = 'pending' and d.next_attempt_at <= $1) order by p.merchant_id, p.id limit $2
select request_hash, status, headers, body from idempotency where merchant_id = $1 and api_key_id = $2 and request_key = $3
select s.merchant_id, s.key_id, k.role, k.label, s.created_at, s.seen_at from sessions s join api_keys k on k.merchant_id = s.merchant_id and k.id = s.key_id where s.hash = $1 and s.created_at > $2 and s.seen_at > $3 and k.revoked_at is null
select seller from merchants where id = $1
select sequence, id, kind, subject, customer_id, data, key_id, created_at from events where merchant_id = $1 and customer_id is null
select sequence, id, kind, subject, customer_id, data, key_id, created_at from events where merchant_id = $1 and id = $2
select sequence, id, kind, subject, customer_id, data, key_id, created_at from events where merchant_id = $1 and id > $2
select sequence, id, kind, subject, customer_id, data, key_id, created_at from events where merchant_id = $1 and sequence > $2 order by sequence limit $3
update api_keys set revoked_at = $3 where merchant_id = $1 and id = $2 and revoked_at is null
update billing_runs set customers = customers + $3, booked = booked + $4, changes_applied = changes_applied + $5, changes_failed = changes_failed + $6, subscriptions_ended = subscriptions_ended + $7, invoices = invoices + $8, credit_notes = credit_notes + $9, seen_at = $10 where merchant_id = $1 and id = $2
update billing_runs set failures = $3 where merchant_id = $1 and id = $2
update billing_runs set status = $3, duration_ms = $4 where merchant_id = $1 and id = $2
update billing_runs set status = 'failed' where status = 'running' and seen_at < $1
update checkouts set request = $3, status = $4, source_id = $5, expires_at = $6, held_until = $7, held = $8, preview = $9, stamp = $10, result = $11, path_id = $12 where merchant_id = $1 and id = $2
update customers set billing_attempts = billing_attempts + 1 where merchant_id = $1 and id = $2 and (billing_retry_at is null or billing_retry_at <= $3) returning billing_attempts
update customers set billing_retry_at = $3 where merchant_id = $1 and id = $2
update customers set billing_retry_at = null where merchant_id = $1 and billing_retry_at is not null
update customers set email = $3, name = $4, address = $5, locale = $6, customer_group = $7, country = $8 where merchant_id = $1 and id = $2
update customers set held_until = $3 where merchant_id = $1 and id = $2
update idempotency set leased_until = $5 where merchant_id = $1 and api_key_id = $2 and request_key = $3 and attempt = $4 and state = 'running'
update idempotency set state = 'answered', status = $5, headers = $6, body = $7 where merchant_id = $1 and api_key_id = $2 and request_key = $3 and attempt = $4 and state = 'running'
update merchants set edit = edit + 1 where id = $1
update merchants set edit = edit + 1 where id = $1 returning edit
update merchants set event_sequence = event_sequence + $2 where id = $1 returning event_sequence
update merchants set invoice_number = invoice_number + $2, credit_note_number = credit_note_number + $3, event_sequence = event_sequence + $4 where id = $1 returning invoice_number, credit_note_number, event_sequence
update merchants set time_zone = $2, locale = $3, currency = $4, seller = $5, payment_days = $6, purchase_on_account = $7, checkout_minutes = $8, upsell_minutes = $9, return_origins = $10 where id = $1
update offers set version = $3, active = $4 where merchant_id = $1 and id = $2
update paths set edit = $3, edited_at = $4, internal_title = $5, internal_description = $6, title = $7, description = $8, optional = $9, customer_may_switch = $10, transition = $11, proration = $12, unpaid_source = $13, priority = $14, active = $15, valid_from = $16, valid_until = $17 where merchant_id = $1 and id = $2
update products set title = $3, kind = $4 where merchant_id = $1 and id = $2
update sessions set seen_at = $3 where merchant_id = $1 and hash = $2
update tags set title = $3 where merchant_id = $1 and id = $2
update taxes set title = $3, rates = $4 where merchant_id = $1 and id = $2
update webhook_deliveries set next_attempt_at = $5 where merchant_id = $1 and endpoint_id = $2 and lane = $3 and event_sequence > $4 and status = 'pending' and not replayed
update webhook_deliveries set replayed = (replayed or status <> 'pending'), attempts = case when status = 'pending' then attempts else 0 end, status = 'pending', next_attempt_at = $4 where merchant_id = $1 and endpoint_id = $2 and id = $3
update webhook_deliveries set status = $5, next_attempt_at = $6, last_status = $7, last_error = $8 where merchant_id = $1 and endpoint_id = $2 and id = $3 and status = 'pending' and attempts = $4
update webhook_endpoints set disabled_reason = $3 where merchant_id = $1 and id = $2 and disabled_reason is null
update webhook_endpoints set failing_since = $3 where merchant_id = $1 and id = $2 and failing_since is not null
update webhook_endpoints set failing_since = $3 where merchant_id = $1 and id = $2 and failing_since is null
update webhook_endpoints set fanned_out = $3 where merchant_id = $1 and id = $2
update webhook_endpoints set previous_secret = secret, previous_until = $4, secret = $3 where merchant_id = $1 and id = $2
update webhook_endpoints set url = $3, events = $4, disabled_reason = null, failing_since = null where merchant_id = $1 and id = $2
with k as materialized (select i.merchant_id, i.id from invoices i where i.merchant_id = $1 and i.customer_id between $2 and $3) select
with k as materialized (select n.merchant_id, n.id from credit_notes n where n.merchant_id = $1 and n.customer_id between $2 and $3) select
