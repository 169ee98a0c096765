BEGIN TRANSACTION;
CREATE TABLE _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
);
INSERT INTO "_sqlx_migrations" VALUES(1,'merchants','2026-11-22 05:38:37',1,X'EE726E83856A780148BA9110928616541B4D4F0CD043DB73ACA119477A3B005AE542CDAADFE8EAADDAA9FF8B3B35D846',692700);
INSERT INTO "_sqlx_migrations" VALUES(2,'catalog','2026-11-22 05:38:37',1,X'AF0B35413A039A2FAEF3423312265E1A04D4E128E8F8982F9D84E0D55332686567B13811AAB674BDA056F63C46071C37',1118324);
INSERT INTO "_sqlx_migrations" VALUES(3,'paths','2026-11-22 05:38:37',1,X'F2599DDB8F3228E88F66F8DA5F64C11710F4A12D64C68BEA7D7EB69B89F3C0E95C5269873F8CA5026DB621DF05721D40',598341);
INSERT INTO "_sqlx_migrations" VALUES(4,'customers','2026-11-22 05:38:37',1,X'F08882B7847BE39C023E724040FE862EEA5E12E3B45AD7A8F52A6F2D1D7186879734B5BD1122EADE5306A8416303F9CE',623337);
INSERT INTO "_sqlx_migrations" VALUES(5,'subscriptions','2026-11-22 05:38:37',1,X'2044F106048B1E5D96965F1C8B9BDD80EB4AE9C9280BA8938D4134CB9E5531A794DDEC974AC6C0C25922C9D7E96357F8',1046026);
INSERT INTO "_sqlx_migrations" VALUES(6,'documents','2026-11-22 05:38:37',1,X'1899A1F8BDC8F965A7222F7487B9E3DED4CB6BF487F3FD9D911E75260257318E20835584AEE079362406739CDF96F5DC',8840962);
INSERT INTO "_sqlx_migrations" VALUES(7,'events','2026-11-22 05:38:37',1,X'00C395A4E4C20F1348864F9BD9FC6E08CE3A8F35D838B92E1EBF312C5440C6CEBF5366DCEC9F863C42A7EC5B61DD4194',550098);
INSERT INTO "_sqlx_migrations" VALUES(8,'checkouts','2026-11-22 05:38:37',1,X'D06F339D64A85D52C87F056E9B2A271B5637338B21211EB41DCEF83E8934FC91214E22EBEAE881A526DB97ED02051DF2',1319433);
INSERT INTO "_sqlx_migrations" VALUES(9,'billing runs','2026-11-22 05:38:37',1,X'95CEB63DCB775F849B54C5210B13790C0C018457D86899F7E3120E4BDE6F8675E88C0758B8B3E2171763B63A51CFF8CE',488758);
CREATE TABLE api_keys (
    merchant_id text not null references merchants (id),
    id text not null,
    hash blob not null unique,
    role text not null check (role in ('admin', 'merchant', 'checkout', 'billing', 'read')),
    label text,
    last text not null,
    created_at text not null,
    revoked_at text,
    primary key (merchant_id, id)
) strict;
INSERT INTO "api_keys" VALUES('default','key_01kg8j50c000000097y6pf69t',X'3C29A2FA909551593BA2F86BE3E0C0BAC4387E29ED8DF830E6A6D41379406FBA','admin','first','aaaa','2026-01-30T23:00:00+00:00',NULL);
CREATE TABLE balances (
    merchant_id text not null,
    customer_id text not null,
    currency text not null,
    minor integer not null,
    primary key (merchant_id, customer_id, currency),
    foreign key (merchant_id, customer_id) references customers (merchant_id, id)
) strict;
CREATE TABLE billing_runs (
    merchant_id text not null references merchants (id),
    id text not null,
    status text not null check (status in ('running', 'completed', 'failed')),
    as_of text not null,
    booked integer not null,
    changes_applied integer not null,
    changes_failed integer not null,
    subscriptions_ended integer not null,
    invoices integer not null,
    credit_notes integer not null,
    failures text not null,
    duration_ms integer not null,
    created_at text not null,
    primary key (merchant_id, id)
) strict;
CREATE TABLE book (
    id integer primary key check (id = 1),
    clock_at text,
    clock_on text,
    created_at text not null
) strict;
INSERT INTO "book" VALUES(1,'2026-02-09T23:00:00+00:00','2026-02-10','2026-01-30T23:00:00+00:00');
CREATE TABLE checkouts (
    merchant_id text not null references merchants (id),
    id text not null,
    token text not null unique,
    customer_id text not null,
    offer_id text not null,
    request text not null,
    locale text not null,
    metadata text not null,
    return_url text,
    status text not null check (status in ('open', 'held', 'completed')),
    source_id text,
    created_at text not null,
    expires_at text not null,
    held_until text,
    preview text not null,
    stamp text not null,
    result text,
    primary key (merchant_id, id)
) strict;
INSERT INTO "checkouts" VALUES('default','chk_01kg8j50c000000a2de5hcg6x','ccmjnx6awmxfkdx0yt5xctfq35cma675','ada','month','{"customer":"ada","offer":"month","subscription":null,"path":null,"mode":null,"allow_new":false}','en','null',NULL,'completed',NULL,'2026-01-30T23:00:00+00:00','2026-01-31T00:00:00+00:00',NULL,'{"catch_up":[],"considered":[],"mode":"new","modes":["new"],"path":null,"picked":{"amount_due":{"amount":"9.90","currency":"EUR"},"confirmation":null,"documents":[{"amount_due":{"amount":"9.90","currency":"EUR"},"credit_applied":{"amount":"0.00","currency":"EUR"},"credits":null,"customer":"ada","due_on":"2026-02-14","gross":{"amount":"9.90","currency":"EUR"},"issued_on":"2026-01-31","kind":"invoice","lines":[{"description":"Month","gross":{"amount":"9.90","currency":"EUR"},"kind":"period","net":{"amount":"9.90","currency":"EUR"},"offer":"month","period":{"end":"2026-02-28","start":"2026-01-31"},"subscription":null,"tax":{"amount":"0.00","currency":"EUR"},"tax_rate":"0"}],"net":{"amount":"9.90","currency":"EUR"},"status":"open","tax":{"amount":"0.00","currency":"EUR"}}],"effective_on":"2026-01-31","next_payment_on":"2026-02-28","supersedes":null,"transition":null,"withdraws":[]},"preview_by_mode":{"new":{"amount_due":{"amount":"9.90","currency":"EUR"},"confirmation":null,"documents":[{"amount_due":{"amount":"9.90","currency":"EUR"},"credit_applied":{"amount":"0.00","currency":"EUR"},"credits":null,"customer":"ada","due_on":"2026-02-14","gross":{"amount":"9.90","currency":"EUR"},"issued_on":"2026-01-31","kind":"invoice","lines":[{"description":"Month","gross":{"amount":"9.90","currency":"EUR"},"kind":"period","net":{"amount":"9.90","currency":"EUR"},"offer":"month","period":{"end":"2026-02-28","start":"2026-01-31"},"subscription":null,"tax":{"amount":"0.00","currency":"EUR"},"tax_rate":"0"}],"net":{"amount":"9.90","currency":"EUR"},"status":"open","tax":{"amount":"0.00","currency":"EUR"}}],"effective_on":"2026-01-31","next_payment_on":"2026-02-28","supersedes":null,"transition":null,"withdraws":[]}},"source_subscription":null}','9d3043474dc2df9b3d9d235f19690492324a431010ac11350aa329d5097e9246','{"credit_notes":[],"invoices":["inv_01kg8j50c000000caetgnd632"],"scheduled_change":null,"subscription":"sub_01kg8j50c000000baakf0kbzq"}');
INSERT INTO "checkouts" VALUES('default','chk_01kh2a46c000000msk5kftkdh','7w04xg0c1ckyhkmfwr4nsq1p4b4sb9n5','ada','year','{"customer":"ada","offer":"year","subscription":null,"path":null,"mode":null,"allow_new":false}','en','null',NULL,'completed','sub_01kg8j50c000000baakf0kbzq','2026-02-09T23:00:00+00:00','2026-02-10T00:00:00+00:00',NULL,'{"catch_up":[],"considered":[{"path":"month-to-year","reason":null,"subscription":"sub_01kg8j50c000000baakf0kbzq","verdict":"chosen"}],"mode":"replace","modes":["replace"],"path":"month-to-year","picked":{"amount_due":{"amount":"0.00","currency":"EUR"},"confirmation":{"text":"We will carry out the change at February 28, 2026.","title":"Change to Year"},"documents":[],"effective_on":"2026-02-28","next_payment_on":"2026-02-28","supersedes":null,"transition":"next_booking","withdraws":[]},"preview_by_mode":{"replace":{"amount_due":{"amount":"0.00","currency":"EUR"},"confirmation":{"text":"We will carry out the change at February 28, 2026.","title":"Change to Year"},"documents":[],"effective_on":"2026-02-28","next_payment_on":"2026-02-28","supersedes":null,"transition":"next_booking","withdraws":[]}},"source_subscription":"sub_01kg8j50c000000baakf0kbzq"}','62d5aa2d42302b9affd84cd0433a125f2f58ae3f6578118b2ad1f3b9f4476721','{"credit_notes":[],"invoices":[],"scheduled_change":"sch_01kh2a46c000000nbhdgqh332","subscription":null}');
CREATE TABLE credit_note_lines (
    merchant_id text not null,
    credit_note_id text not null,
    position integer not null check (position >= 0),
    subscription_id text not null,
    offer_id text not null,
    kind text not null check (kind in ('period', 'bridge', 'credit')),
    description text not null,
    period_start text not null,
    period_end text not null,
    net_minor integer not null,
    tax_minor integer not null,
    gross_minor integer not null,
    rate text not null,
    line_position integer,
    primary key (merchant_id, credit_note_id, position),
    foreign key (merchant_id, credit_note_id) references credit_notes (merchant_id, id),
    check (net_minor + tax_minor = gross_minor)
) strict;
CREATE TABLE credit_notes (
    merchant_id text not null,
    id text not null,
    number integer not null check (number > 0),
    customer_id text not null,
    currency text not null,
    issued_on text not null,
    invoice_id text,
    net_minor integer not null,
    tax_minor integer not null,
    gross_minor integer not null,
    seller text not null,
    buyer text not null,
    created_at text not null,
    primary key (merchant_id, id),
    unique (merchant_id, number),
    foreign key (merchant_id, customer_id) references customers (merchant_id, id),
    foreign key (merchant_id, invoice_id) references invoices (merchant_id, id),
    check (net_minor + tax_minor = gross_minor)
) strict;
CREATE TABLE customers (
    merchant_id text not null references merchants (id),
    id text not null,
    email text,
    name text,
    address text,
    locale text,
    customer_group text,
    country text,
    sequence integer not null default 0,
    due_on text,
    created_at text not null,
    primary key (merchant_id, id)
) strict;
INSERT INTO "customers" VALUES('default','ada',NULL,NULL,NULL,NULL,NULL,NULL,2,'2026-02-28','2026-01-30T23:00:00+00:00');
CREATE TABLE events (
    merchant_id text not null,
    sequence integer not null check (sequence > 0),
    id text not null,
    kind text not null,
    subject text not null,
    customer_id text,
    data text not null,
    created_at text not null,
    primary key (merchant_id, sequence),
    unique (merchant_id, id)
) strict;
INSERT INTO "events" VALUES('default',1,'evt_01kg8j50c0000001rry217z52','settings.saved','default',NULL,'{}','2026-01-30T23:00:00+00:00');
INSERT INTO "events" VALUES('default',2,'evt_01kg8j50c0000002phh93jg1e','tag.saved','month',NULL,'{}','2026-01-30T23:00:00+00:00');
INSERT INTO "events" VALUES('default',3,'evt_01kg8j50c0000003xtqyx9r8m','tag.saved','year',NULL,'{}','2026-01-30T23:00:00+00:00');
INSERT INTO "events" VALUES('default',4,'evt_01kg8j50c0000004na0r7nkx8','product.saved','paper',NULL,'{}','2026-01-30T23:00:00+00:00');
INSERT INTO "events" VALUES('default',5,'evt_01kg8j50c0000005sm6vf2b9t','offer.saved','month',NULL,'{}','2026-01-30T23:00:00+00:00');
INSERT INTO "events" VALUES('default',6,'evt_01kg8j50c00000069zznppe6w','offer.saved','year',NULL,'{}','2026-01-30T23:00:00+00:00');
INSERT INTO "events" VALUES('default',7,'evt_01kg8j50c00000073y561hshf','path.saved','month-to-year',NULL,'{}','2026-01-30T23:00:00+00:00');
INSERT INTO "events" VALUES('default',8,'evt_01kg8j50c000000e7n0e2wd7e','subscription.started','sub_01kg8j50c000000baakf0kbzq','ada','{"cancel_on":null,"ended_on":null,"offer":"month","parent_id":null,"precursor_id":null,"started_on":"2026-01-31","successor_id":null}','2026-01-30T23:00:00+00:00');
INSERT INTO "events" VALUES('default',9,'evt_01kg8j50c000000f1qyq64rx3','invoice.issued','inv_01kg8j50c000000caetgnd632','ada','{"currency":"EUR","gross":"9.90"}','2026-01-30T23:00:00+00:00');
INSERT INTO "events" VALUES('default',10,'evt_01kg8j50c000000gdp15sx1rx','invoice.paid','inv_01kg8j50c000000caetgnd632','ada','{"currency":"EUR","gross":"9.90"}','2026-01-30T23:00:00+00:00');
INSERT INTO "events" VALUES('default',11,'evt_01kg8j50c000000h434kgahz6','checkout.completed','chk_01kg8j50c000000a2de5hcg6x','ada','{"offer":"month","result":{"credit_notes":[],"invoices":["inv_01kg8j50c000000caetgnd632"],"scheduled_change":null,"subscription":"sub_01kg8j50c000000baakf0kbzq"}}','2026-01-30T23:00:00+00:00');
INSERT INTO "events" VALUES('default',12,'evt_01kh2a46c000000p92rke351m','scheduled_change.pending','sch_01kh2a46c000000nbhdgqh332','ada','{"effective_on":"2026-02-28","mode":"replace","path":"month-to-year","reason":null,"result_subscription":null,"subscription":"sub_01kg8j50c000000baakf0kbzq","target_offer":"year"}','2026-02-09T23:00:00+00:00');
INSERT INTO "events" VALUES('default',13,'evt_01kh2a46c000000qksxjywp5d','checkout.completed','chk_01kh2a46c000000msk5kftkdh','ada','{"offer":"year","result":{"credit_notes":[],"invoices":[],"scheduled_change":"sch_01kh2a46c000000nbhdgqh332","subscription":null}}','2026-02-09T23:00:00+00:00');
CREATE TABLE idempotency (
    merchant_id text not null,
    api_key_id text not null,
    request_key text not null,
    request_hash blob not null,
    state text not null check (state in ('running', 'answered')),
    status integer,
    headers text,
    body text,
    created_at text not null,
    primary key (merchant_id, api_key_id, request_key),
    check (state = 'running' or (status is not null and headers is not null and body is not null))
) strict;
CREATE TABLE invoice_lines (
    merchant_id text not null,
    invoice_id text not null,
    position integer not null check (position >= 0),
    subscription_id text not null,
    offer_id text not null,
    kind text not null check (kind in ('period', 'bridge', 'credit')),
    description text not null,
    period_start text not null,
    period_end text not null,
    net_minor integer not null,
    tax_minor integer not null,
    gross_minor integer not null,
    rate text not null,
    credited_gross_minor integer not null,
    credited_tax_minor integer not null,
    cancelled integer not null check (cancelled in (0, 1)),
    primary key (merchant_id, invoice_id, position),
    foreign key (merchant_id, invoice_id) references invoices (merchant_id, id),
    check (net_minor + tax_minor = gross_minor)
) strict;
INSERT INTO "invoice_lines" VALUES('default','inv_01kg8j50c000000caetgnd632',0,'sub_01kg8j50c000000baakf0kbzq','month','period','Month','2026-01-31','2026-02-28',990,0,990,'0',0,0,0);
CREATE TABLE invoices (
    merchant_id text not null,
    id text not null,
    number integer not null check (number > 0),
    customer_id text not null,
    currency text not null,
    issued_on text not null,
    due_on text not null,
    net_minor integer not null,
    tax_minor integer not null,
    gross_minor integer not null,
    credit_applied_minor integer not null,
    amount_due_minor integer not null check (amount_due_minor >= 0),
    paid_minor integer not null,
    given_to_balance_minor integer not null,
    status text not null check (status in ('open', 'paid', 'cancelled')),
    seller text not null,
    buyer text not null,
    created_at text not null,
    primary key (merchant_id, id),
    unique (merchant_id, number),
    foreign key (merchant_id, customer_id) references customers (merchant_id, id),
    check (net_minor + tax_minor = gross_minor)
) strict;
INSERT INTO "invoices" VALUES('default','inv_01kg8j50c000000caetgnd632',1,'ada','EUR','2026-01-31','2026-02-14',990,0,990,0,0,990,0,'paid','{}','{"name":null,"address":null,"vat_id":null}','2026-01-30T23:00:00+00:00');
CREATE TABLE merchants (
    id text primary key,
    name text not null,
    time_zone text not null default 'Europe/Berlin',
    locale text not null default 'en',
    currency text not null default 'EUR',
    seller text,
    payment_days integer not null default 14 check (payment_days between 0 and 365),
    purchase_on_account integer not null default 0 check (purchase_on_account in (0, 1)),
    checkout_minutes integer not null default 60 check (checkout_minutes > 0),
    upsell_minutes integer not null default 30 check (upsell_minutes > 0),
    return_origins text not null default '[]',
    edit integer not null default 0,
    invoice_number integer not null default 0,
    credit_note_number integer not null default 0,
    event_sequence integer not null default 0,
    created_at text not null
) strict;
INSERT INTO "merchants" VALUES('default','Default','Europe/Berlin','en','EUR',NULL,14,0,60,30,'[]',3,1,0,13,'2026-01-30T23:00:00+00:00');
CREATE TABLE offer_products (
    merchant_id text not null,
    offer_id text not null,
    version integer not null,
    product_id text not null,
    primary key (merchant_id, offer_id, version, product_id),
    foreign key (merchant_id, offer_id, version)
    references offer_versions (merchant_id, offer_id, version)
) strict;
INSERT INTO "offer_products" VALUES('default','month',1,'paper');
INSERT INTO "offer_products" VALUES('default','year',1,'paper');
CREATE TABLE offer_tags (
    merchant_id text not null,
    offer_id text not null,
    tag_id text not null,
    primary key (merchant_id, offer_id, tag_id),
    foreign key (merchant_id, offer_id) references offers (merchant_id, id) on delete cascade,
    foreign key (merchant_id, tag_id) references tags (merchant_id, id)
) strict;
INSERT INTO "offer_tags" VALUES('default','month','month');
INSERT INTO "offer_tags" VALUES('default','year','year');
CREATE TABLE offer_versions (
    merchant_id text not null references merchants (id),
    offer_id text not null,
    version integer not null check (version > 0),
    title text not null,
    products text not null,
    price_minor integer not null check (price_minor >= 0),
    currency text not null,
    billing_period text not null,
    term text not null,
    renewal_term text,
    auto_renew integer not null check (auto_renew in (0, 1)),
    tax_id text,
    tax_included integer not null check (tax_included in (0, 1)),
    requires_parent integer not null check (requires_parent in (0, 1)),
    primary key (merchant_id, offer_id, version)
) strict;
INSERT INTO "offer_versions" VALUES('default','month',1,'Month','[["paper","The Paper"]]',990,'EUR','P1M','P1M',NULL,1,NULL,1,0);
INSERT INTO "offer_versions" VALUES('default','year',1,'Year','[["paper","The Paper"]]',9900,'EUR','P1Y','P1Y',NULL,1,NULL,1,0);
CREATE TABLE offers (
    merchant_id text not null,
    id text not null,
    version integer not null,
    active integer not null check (active in (0, 1)),
    primary key (merchant_id, id),
    foreign key (merchant_id, id, version)
    references offer_versions (merchant_id, offer_id, version)
) strict;
INSERT INTO "offers" VALUES('default','month',1,1);
INSERT INTO "offers" VALUES('default','year',1,1);
CREATE TABLE path_tags (
    merchant_id text not null,
    path_id text not null,
    side text not null check (side in ('source', 'target')),
    tag_id text not null,
    primary key (merchant_id, path_id, side, tag_id),
    foreign key (merchant_id, path_id) references paths (merchant_id, id) on delete cascade,
    foreign key (merchant_id, tag_id) references tags (merchant_id, id)
) strict;
INSERT INTO "path_tags" VALUES('default','month-to-year','source','month');
INSERT INTO "path_tags" VALUES('default','month-to-year','target','year');
CREATE TABLE paths (
    merchant_id text not null references merchants (id),
    id text not null,
    edit integer not null,
    edited_at text not null,
    internal_title text not null,
    internal_description text,
    title text not null,
    description text not null,
    optional integer not null check (optional in (0, 1)),
    customer_may_switch integer not null check (customer_may_switch in (0, 1)),
    transition text not null check (
        transition in (
            'immediate', 'immediate_next_booking', 'last_booking', 'next_booking', 'end_of_term'
        )
    ),
    proration text not null check (proration in ('none', 'day')),
    unpaid_source text not null check (unpaid_source in ('refuse', 'allow')),
    priority integer not null,
    active integer not null check (active in (0, 1)),
    valid_from text,
    valid_until text,
    primary key (merchant_id, id),
    check (valid_from is null or valid_until is null or valid_from <= valid_until)
) strict;
INSERT INTO "paths" VALUES('default','month-to-year',3,'2026-01-30T23:00:00+00:00','Month to year',NULL,'Change to {offerTitle}','We will carry out the change at {nextPayment}.',0,0,'next_booking','none','refuse',0,1,NULL,NULL);
CREATE TABLE payments (
    merchant_id text not null,
    id text not null,
    customer_id text not null,
    invoice_id text,
    amount_minor integer not null,
    currency text not null,
    reference text not null,
    reason text,
    paid_on text not null,
    created_at text not null,
    primary key (merchant_id, id),
    foreign key (merchant_id, customer_id) references customers (merchant_id, id),
    foreign key (merchant_id, invoice_id) references invoices (merchant_id, id)
) strict;
INSERT INTO "payments" VALUES('default','pay_01kg8j50c000000d4d65teqyf','ada','inv_01kg8j50c000000caetgnd632',990,'EUR','psp-1',NULL,'2026-01-31','2026-01-30T23:00:00+00:00');
CREATE TABLE products (
    merchant_id text not null references merchants (id),
    id text not null,
    title text not null,
    kind text not null check (kind in ('digital', 'physical')),
    primary key (merchant_id, id)
) strict;
INSERT INTO "products" VALUES('default','paper','The Paper','digital');
CREATE TABLE scheduled_changes (
    merchant_id text not null,
    id text not null,
    sequence integer not null,
    customer_id text not null,
    subscription_id text not null,
    offer_id text not null,
    offer_version integer not null,
    path_id text not null,
    mode text not null check (mode in ('add', 'replace')),
    transition text not null check (transition in ('next_booking', 'end_of_term')),
    effective_on text not null,
    status text not null check (
        status in ('pending', 'applied', 'withdrawn', 'superseded', 'failed')
    ),
    reason text,
    result_subscription_id text,
    withdrew_cancel_on text,
    primary key (merchant_id, id),
    foreign key (merchant_id, customer_id) references customers (merchant_id, id),
    foreign key (merchant_id, subscription_id) references subscriptions (merchant_id, id),
    foreign key (merchant_id, offer_id, offer_version)
    references offer_versions (merchant_id, offer_id, version)
) strict;
INSERT INTO "scheduled_changes" VALUES('default','sch_01kh2a46c000000nbhdgqh332',2,'ada','sub_01kg8j50c000000baakf0kbzq','year',1,'month-to-year','replace','next_booking','2026-02-28','pending',NULL,NULL,NULL);
CREATE TABLE subscriptions (
    merchant_id text not null,
    id text not null,
    customer_id text not null,
    sequence integer not null,
    offer_id text not null,
    offer_version integer not null,
    price_minor integer not null check (price_minor >= 0),
    status text not null check (status in ('active', 'ended')),
    started_on text not null,
    ended_on text,
    anchor_day integer not null check (anchor_day between 1 and 31),
    period_start text,
    period_end text,
    term_start text not null,
    term_end text not null,
    cancel_on text,
    precursor_id text,
    successor_id text,
    parent_id text,
    chain_id text not null,
    bridge_gross integer,
    brought_gross integer,
    brought_paid integer check (brought_paid in (0, 1)),
    brought_number text,
    brought_credited_gross integer,
    brought_credited_tax integer,
    brought_cancelled integer check (brought_cancelled in (0, 1)),
    next_booking_on text,
    created_at text not null,
    primary key (merchant_id, id),
    foreign key (merchant_id, customer_id) references customers (merchant_id, id),
    foreign key (merchant_id, offer_id, offer_version)
    references offer_versions (merchant_id, offer_id, version),
    check ((status = 'ended') = (ended_on is not null)),
    check ((period_start is null) = (period_end is null)),
    check (period_start < period_end),
    check (term_start < term_end),
    check (
        (brought_gross is null) = (brought_paid is null)
        and (brought_gross is null) = (brought_credited_gross is null)
        and (brought_gross is null) = (brought_credited_tax is null)
        and (brought_gross is null) = (brought_cancelled is null)
    )
) strict;
INSERT INTO "subscriptions" VALUES('default','sub_01kg8j50c000000baakf0kbzq','ada',1,'month',1,990,'active','2026-01-31',NULL,31,'2026-01-31','2026-02-28','2026-01-31','2026-02-28',NULL,NULL,NULL,NULL,'sub_01kg8j50c000000baakf0kbzq',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'2026-01-30T23:00:00+00:00');
CREATE TABLE tags (
    merchant_id text not null references merchants (id),
    id text not null,
    title text not null,
    primary key (merchant_id, id)
) strict;
INSERT INTO "tags" VALUES('default','month','Up-/Down-Selling/Month');
INSERT INTO "tags" VALUES('default','year','Up-/Down-Selling/Year');
CREATE TABLE taxes (
    merchant_id text not null references merchants (id),
    id text not null,
    title text,
    rates text not null,
    primary key (merchant_id, id)
) strict;
CREATE INDEX offer_versions_by_tax on offer_versions (merchant_id, tax_id)
where tax_id is not null;
CREATE INDEX offer_products_by_product on offer_products (merchant_id, product_id);
CREATE INDEX offer_tags_by_tag on offer_tags (merchant_id, tag_id);
CREATE INDEX path_tags_by_tag on path_tags (merchant_id, tag_id, side);
CREATE INDEX customers_by_due on customers (merchant_id, due_on)
where due_on is not null;
CREATE INDEX customers_to_bill on customers (merchant_id, id, due_on)
where due_on is not null;
CREATE INDEX subscriptions_by_customer on subscriptions (merchant_id, customer_id, id);
CREATE INDEX subscriptions_ended on subscriptions (merchant_id, id)
where status = 'ended';
CREATE INDEX subscriptions_by_offer on subscriptions (merchant_id, offer_id, id);
CREATE INDEX subscriptions_active on subscriptions (merchant_id, customer_id)
where status = 'active';
CREATE INDEX scheduled_changes_by_customer on scheduled_changes (merchant_id, customer_id, id);
CREATE INDEX scheduled_changes_pending on scheduled_changes (merchant_id, customer_id)
where status = 'pending';
CREATE INDEX scheduled_changes_failed on scheduled_changes (merchant_id, id)
where status = 'failed';
CREATE INDEX scheduled_changes_by_subscription
on scheduled_changes (merchant_id, subscription_id, id);
CREATE UNIQUE INDEX scheduled_changes_replacing
on scheduled_changes (merchant_id, subscription_id)
where status = 'pending' and mode = 'replace';
CREATE INDEX invoices_by_customer on invoices (merchant_id, customer_id, id);
CREATE INDEX invoices_open on invoices (merchant_id, customer_id)
where status = 'open';
CREATE INDEX invoices_cancelled on invoices (merchant_id, id)
where status = 'cancelled';
CREATE INDEX invoice_lines_by_subscription
on invoice_lines (merchant_id, subscription_id, period_start, kind);
CREATE INDEX credit_notes_by_customer on credit_notes (merchant_id, customer_id, id);
CREATE INDEX credit_notes_by_invoice on credit_notes (merchant_id, invoice_id, number);
CREATE INDEX credit_note_lines_by_subscription
on credit_note_lines (merchant_id, subscription_id, period_start);
CREATE INDEX payments_by_customer on payments (merchant_id, customer_id, id);
CREATE INDEX payments_by_invoice on payments (merchant_id, invoice_id, id);
CREATE INDEX checkouts_by_customer on checkouts (merchant_id, customer_id, id);
CREATE INDEX checkouts_held on checkouts (merchant_id, customer_id)
where status = 'held';
CREATE INDEX checkouts_open on checkouts (merchant_id, offer_id)
where status in ('open', 'held');
CREATE INDEX idempotency_by_age on idempotency (created_at);
COMMIT;
