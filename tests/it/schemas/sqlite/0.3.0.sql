BEGIN TRANSACTION;
CREATE TABLE _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
);
INSERT INTO _sqlx_migrations VALUES(1,'merchants','2026-11-22 12:11:02',1,X'ee726e83856a780148ba9110928616541b4d4f0cd043db73aca119477a3b005ae542cdaadfe8eaaddaa9ff8b3b35d846',7157818);
INSERT INTO _sqlx_migrations VALUES(2,'catalog','2026-11-22 12:11:02',1,X'af0b35413a039a2faef3423312265e1a04d4e128e8f8982f9d84e0d55332686567b13811aab674bda056f63c46071c37',1093477);
INSERT INTO _sqlx_migrations VALUES(3,'paths','2026-11-22 12:11:02',1,X'f2599ddb8f3228e88f66f8da5f64c11710f4a12d64c68bea7d7eb69b89f3c0e95c5269873f8ca5026db621df05721d40',519222);
INSERT INTO _sqlx_migrations VALUES(4,'customers','2026-11-22 12:11:02',1,X'f08882b7847be39c023e724040fe862eea5e12e3b45ad7a8f52a6f2d1d7186879734b5bd1122eade5306a8416303f9ce',496478);
INSERT INTO _sqlx_migrations VALUES(5,'subscriptions','2026-11-22 12:11:02',1,X'2044f106048b1e5d96965f1c8b9bdd80eb4ae9c9280ba8938d4134cb9e5531a794ddec974ac6c0c25922c9d7e96357f8',888792);
INSERT INTO _sqlx_migrations VALUES(6,'documents','2026-11-22 12:11:02',1,X'1899a1f8bdc8f965a7222f7487b9e3ded4cb6bf487f3fd9d911e75260257318e20835584aee079362406739cdf96f5dc',1097363);
INSERT INTO _sqlx_migrations VALUES(7,'events','2026-11-22 12:11:02',1,X'00c395a4e4c20f1348864f9bd9fc6e08ce3a8f35d838b92e1ebf312c5440c6cebf5366dcec9f863c42a7ec5b61dd4194',316311);
INSERT INTO _sqlx_migrations VALUES(8,'checkouts','2026-11-22 12:11:02',1,X'd06f339d64a85d52c87f056e9b2a271b5637338b21211eb41dcef83e8934fc91214e22ebeae881a526db97ed02051df2',595135);
INSERT INTO _sqlx_migrations VALUES(9,'billing runs','2026-11-22 12:11:02',1,X'95ceb63dcb775f849b54c5210b13790c0c018457d86899f7e3120e4bde6f8675e88c0758b8b3e2171763b63a51cff8ce',339104);
INSERT INTO _sqlx_migrations VALUES(10,'audit','2026-11-22 12:11:02',1,X'95a6af60a15ec3be8b261ba21eb38cf8a65b6589368c1fc910014ef589d2833bf0456a6a943f374407a24213d8b35de5',931866);
INSERT INTO _sqlx_migrations VALUES(11,'holds and retries','2026-11-22 12:11:02',1,X'319075dbd69221e6260d235b8657893ee0bc2f73e20867c6e8810efc2915d7bec23a709cec2b400f4fe5e2c3fc906404',2298669);
INSERT INTO _sqlx_migrations VALUES(12,'webhooks','2026-11-22 12:11:02',1,X'b0e273ca49649df205e82c3b2289c2913d4c0fc0464af25e984ce59b4b4432e014f7fd7690adbef210e3d5b8d7701b9d',524851);
INSERT INTO _sqlx_migrations VALUES(14,'idempotency leases','2026-11-22 12:11:02',1,X'28fa28bc281d3c0968b8cfd74356440ea3673fb5bd802b859609931f0109abc0cdee915304d5294765f14707071c3fc3',1348856);
INSERT INTO _sqlx_migrations VALUES(15,'backend','2026-11-22 12:11:02',1,X'8f960f5455d497ae4d01a268f03b0fcb07cb3f7dfdb533792ad054a73d301a8eafe1606d48a4a5095140c80fe6772e1b',2776611);
CREATE TABLE book (
    id integer primary key check (id = 1),
    clock_at text,
    clock_on text,
    created_at text not null
) strict;
INSERT INTO book VALUES(1,'2026-02-09T23:00:00+00:00','2026-02-10','2026-01-30T23:00:00+00:00');
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
INSERT INTO merchants VALUES('default','Default','Europe/Berlin','en','EUR',NULL,14,0,60,30,'[]',3,1,0,14,'2026-01-30T23:00:00+00:00');
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
INSERT INTO api_keys VALUES('default','key_01kg8j50c00000001nxveycrn',X'3c29a2fa909551593ba2f86be3e0c0bac4387e29ed8df830e6a6d41379406fba','admin','first','aaaa','2026-01-30T23:00:00+00:00',NULL);
CREATE TABLE tags (
    merchant_id text not null references merchants (id),
    id text not null,
    title text not null,
    primary key (merchant_id, id)
) strict;
INSERT INTO tags VALUES('default','month','month');
INSERT INTO tags VALUES('default','year','year');
CREATE TABLE taxes (
    merchant_id text not null references merchants (id),
    id text not null,
    title text,
    rates text not null,
    primary key (merchant_id, id)
) strict;
CREATE TABLE products (
    merchant_id text not null references merchants (id),
    id text not null,
    title text not null,
    kind text not null check (kind in ('digital', 'physical')),
    primary key (merchant_id, id)
) strict;
INSERT INTO products VALUES('default','paper','The Paper','digital');
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
INSERT INTO offer_versions VALUES('default','month',1,'Month','[["paper","The Paper"]]',990,'EUR','P1M','P1M',NULL,1,NULL,1,0);
INSERT INTO offer_versions VALUES('default','year',1,'Year','[["paper","The Paper"]]',9900,'EUR','P1Y','P1Y',NULL,1,NULL,1,0);
CREATE TABLE offer_products (
    merchant_id text not null,
    offer_id text not null,
    version integer not null,
    product_id text not null,
    primary key (merchant_id, offer_id, version, product_id),
    foreign key (merchant_id, offer_id, version)
    references offer_versions (merchant_id, offer_id, version)
) strict;
INSERT INTO offer_products VALUES('default','month',1,'paper');
INSERT INTO offer_products VALUES('default','year',1,'paper');
CREATE TABLE offers (
    merchant_id text not null,
    id text not null,
    version integer not null,
    active integer not null check (active in (0, 1)),
    primary key (merchant_id, id),
    foreign key (merchant_id, id, version)
    references offer_versions (merchant_id, offer_id, version)
) strict;
INSERT INTO offers VALUES('default','month',1,1);
INSERT INTO offers VALUES('default','year',1,1);
CREATE TABLE offer_tags (
    merchant_id text not null,
    offer_id text not null,
    tag_id text not null,
    primary key (merchant_id, offer_id, tag_id),
    foreign key (merchant_id, offer_id) references offers (merchant_id, id) on delete cascade,
    foreign key (merchant_id, tag_id) references tags (merchant_id, id)
) strict;
INSERT INTO offer_tags VALUES('default','month','month');
INSERT INTO offer_tags VALUES('default','year','year');
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
INSERT INTO paths VALUES('default','month-to-year',3,'2026-01-30T23:00:00+00:00','Month to year',NULL,'Change to {offerTitle}','At {nextPayment}.',0,0,'next_booking','none','refuse',0,1,NULL,NULL);
CREATE TABLE path_tags (
    merchant_id text not null,
    path_id text not null,
    side text not null check (side in ('source', 'target')),
    tag_id text not null,
    primary key (merchant_id, path_id, side, tag_id),
    foreign key (merchant_id, path_id) references paths (merchant_id, id) on delete cascade,
    foreign key (merchant_id, tag_id) references tags (merchant_id, id)
) strict;
INSERT INTO path_tags VALUES('default','month-to-year','source','month');
INSERT INTO path_tags VALUES('default','month-to-year','target','year');
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
    created_at text not null, held_until text, billing_attempts integer not null default 0, billing_retry_at text,
    primary key (merchant_id, id)
) strict;
INSERT INTO customers VALUES('default','ada',NULL,NULL,NULL,NULL,NULL,NULL,2,'2026-02-28','2026-01-30T23:00:00+00:00',NULL,0,NULL);
INSERT INTO customers VALUES('default','bob',NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,'2026-02-09T23:00:00+00:00','2026-02-09T23:15:00+00:00',0,NULL);
CREATE TABLE balances (
    merchant_id text not null,
    customer_id text not null,
    currency text not null,
    minor integer not null,
    primary key (merchant_id, customer_id, currency),
    foreign key (merchant_id, customer_id) references customers (merchant_id, id)
) strict;
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
    created_at text not null, first_booking_on text,
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
INSERT INTO subscriptions VALUES('default','sub_01kg8j50c000000bz95khgxrz','ada',1,'month',1,990,'active','2026-01-31',NULL,31,'2026-01-31','2026-02-28','2026-01-31','2026-02-28',NULL,NULL,NULL,NULL,'sub_01kg8j50c000000bz95khgxrz',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'2026-01-30T23:00:00+00:00','2026-01-31');
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
INSERT INTO scheduled_changes VALUES('default','sch_01kh2a46c000000n93gd13939',2,'ada','sub_01kg8j50c000000bz95khgxrz','year',1,'month-to-year','replace','next_booking','2026-02-28','pending',NULL,NULL,NULL);
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
INSERT INTO invoices VALUES('default','inv_01kg8j50c000000c0cth1ak9r',1,'ada','EUR','2026-01-31','2026-02-14',990,0,990,0,0,990,0,'paid','{}','{"name":null,"address":null,"vat_id":null}','2026-01-30T23:00:00+00:00');
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
INSERT INTO invoice_lines VALUES('default','inv_01kg8j50c000000c0cth1ak9r',0,'sub_01kg8j50c000000bz95khgxrz','month','period','Month','2026-01-31','2026-02-28',990,0,990,'0',0,0,0);
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
INSERT INTO payments VALUES('default','pay_01kg8j50c000000dyvhmhkc4q','ada','inv_01kg8j50c000000c0cth1ak9r',990,'EUR','psp-1',NULL,'2026-01-31','2026-01-30T23:00:00+00:00');
CREATE TABLE events (
    merchant_id text not null,
    sequence integer not null check (sequence > 0),
    id text not null,
    kind text not null,
    subject text not null,
    customer_id text,
    data text not null,
    created_at text not null, key_id text,
    primary key (merchant_id, sequence),
    unique (merchant_id, id)
) strict;
INSERT INTO events VALUES('default',1,'evt_01kg8j50c0000001fqgwx4za6','tag.saved','month',NULL,'{}','2026-01-30T23:00:00+00:00','key_01kg8j50c00000001nxveycrn');
INSERT INTO events VALUES('default',2,'evt_01kg8j50c00000022p8w4pqjx','tag.saved','year',NULL,'{}','2026-01-30T23:00:00+00:00','key_01kg8j50c00000001nxveycrn');
INSERT INTO events VALUES('default',3,'evt_01kg8j50c0000003rf92vrz3c','product.saved','paper',NULL,'{}','2026-01-30T23:00:00+00:00','key_01kg8j50c00000001nxveycrn');
INSERT INTO events VALUES('default',4,'evt_01kg8j50c000000490jf5d99m','offer.saved','month',NULL,'{}','2026-01-30T23:00:00+00:00','key_01kg8j50c00000001nxveycrn');
INSERT INTO events VALUES('default',5,'evt_01kg8j50c0000005h7kxdd5b4','offer.saved','year',NULL,'{}','2026-01-30T23:00:00+00:00','key_01kg8j50c00000001nxveycrn');
INSERT INTO events VALUES('default',6,'evt_01kg8j50c0000006j9rvv4ya4','path.saved','month-to-year',NULL,'{}','2026-01-30T23:00:00+00:00','key_01kg8j50c00000001nxveycrn');
INSERT INTO events VALUES('default',7,'evt_01kg8j50c0000007tes1qcmps','webhook_endpoint.saved','shop',NULL,'{}','2026-01-30T23:00:00+00:00','key_01kg8j50c00000001nxveycrn');
INSERT INTO events VALUES('default',8,'evt_01kg8j50c000000er74pmbh3d','subscription.started','sub_01kg8j50c000000bz95khgxrz','ada','{"cancel_on":null,"ended_on":null,"offer":"month","parent_id":null,"precursor_id":null,"started_on":"2026-01-31","successor_id":null}','2026-01-30T23:00:00+00:00',NULL);
INSERT INTO events VALUES('default',9,'evt_01kg8j50c000000fdfnn83727','invoice.issued','inv_01kg8j50c000000c0cth1ak9r','ada','{"amount_due":{"amount":"0.00","currency":"EUR"},"due_on":"2026-02-14","gross":{"amount":"9.90","currency":"EUR"},"subscriptions":["sub_01kg8j50c000000bz95khgxrz"]}','2026-01-30T23:00:00+00:00',NULL);
INSERT INTO events VALUES('default',10,'evt_01kg8j50c000000gb3nwk066q','invoice.paid','inv_01kg8j50c000000c0cth1ak9r','ada','{"amount_due":{"amount":"0.00","currency":"EUR"},"due_on":"2026-02-14","gross":{"amount":"9.90","currency":"EUR"},"subscriptions":["sub_01kg8j50c000000bz95khgxrz"]}','2026-01-30T23:00:00+00:00',NULL);
INSERT INTO events VALUES('default',11,'evt_01kg8j50c000000haxm1mccxc','checkout.completed','chk_01kg8j50c000000at5dj1q7sg','ada','{"offer":"month","result":{"credit_notes":[],"invoices":["inv_01kg8j50c000000c0cth1ak9r"],"scheduled_change":null,"subscription":"sub_01kg8j50c000000bz95khgxrz"}}','2026-01-30T23:00:00+00:00',NULL);
INSERT INTO events VALUES('default',12,'evt_01kh2a46c000000pjjd7rgxas','scheduled_change.pending','sch_01kh2a46c000000n93gd13939','ada','{"effective_on":"2026-02-28","mode":"replace","path":"month-to-year","reason":null,"result_subscription":null,"subscription":"sub_01kg8j50c000000bz95khgxrz","target_offer":"year"}','2026-02-09T23:00:00+00:00',NULL);
INSERT INTO events VALUES('default',13,'evt_01kh2a46c000000qqs4nf60h5','checkout.completed','chk_01kh2a46c000000mgzev116yk','ada','{"offer":"year","result":{"credit_notes":[],"invoices":[],"scheduled_change":"sch_01kh2a46c000000n93gd13939","subscription":null}}','2026-02-09T23:00:00+00:00',NULL);
INSERT INTO events VALUES('default',14,'evt_01kh2a46c000000xvq5erdm4g','checkout.held','chk_01kh2a46c000000tfej3jsw0g','bob','{"held_until":"2026-02-09T23:15:00Z","offer":"month","subscription":null}','2026-02-09T23:00:00+00:00','key_01kg8j50c00000001nxveycrn');
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
    result text, held text, path_id text,
    primary key (merchant_id, id)
) strict;
INSERT INTO checkouts VALUES('default','chk_01kg8j50c000000at5dj1q7sg','rstwmbtzrqn7mms6f3ypsbf97kx632jr','ada','month','{"customer":"ada","offer":"month","subscription":null,"path":null,"mode":null,"allow_new":false}','en','null',NULL,'completed',NULL,'2026-01-30T23:00:00+00:00','2026-01-31T00:00:00+00:00',NULL,'{"catch_up":[],"considered":[],"mode":"new","modes":["new"],"path":null,"picked":{"amount_due":{"amount":"9.90","currency":"EUR"},"confirmation":null,"documents":[{"amount_due":{"amount":"9.90","currency":"EUR"},"credit_applied":{"amount":"0.00","currency":"EUR"},"credits":null,"customer":"ada","due_on":"2026-02-14","gross":{"amount":"9.90","currency":"EUR"},"issued_on":"2026-01-31","kind":"invoice","lines":[{"description":"Month","gross":{"amount":"9.90","currency":"EUR"},"kind":"period","net":{"amount":"9.90","currency":"EUR"},"offer":"month","period":{"end":"2026-02-28","start":"2026-01-31"},"subscription":null,"tax":{"amount":"0.00","currency":"EUR"},"tax_rate":"0"}],"net":{"amount":"9.90","currency":"EUR"},"status":"open","tax":{"amount":"0.00","currency":"EUR"}}],"effective_on":"2026-01-31","next_payment_on":"2026-02-28","supersedes":null,"transition":null,"withdraws":[]},"preview_by_mode":{"new":{"amount_due":{"amount":"9.90","currency":"EUR"},"confirmation":null,"documents":[{"amount_due":{"amount":"9.90","currency":"EUR"},"credit_applied":{"amount":"0.00","currency":"EUR"},"credits":null,"customer":"ada","due_on":"2026-02-14","gross":{"amount":"9.90","currency":"EUR"},"issued_on":"2026-01-31","kind":"invoice","lines":[{"description":"Month","gross":{"amount":"9.90","currency":"EUR"},"kind":"period","net":{"amount":"9.90","currency":"EUR"},"offer":"month","period":{"end":"2026-02-28","start":"2026-01-31"},"subscription":null,"tax":{"amount":"0.00","currency":"EUR"},"tax_rate":"0"}],"net":{"amount":"9.90","currency":"EUR"},"status":"open","tax":{"amount":"0.00","currency":"EUR"}}],"effective_on":"2026-01-31","next_payment_on":"2026-02-28","supersedes":null,"transition":null,"withdraws":[]}},"source_subscription":null}','74359cdc90cf5ad8547f7293a2b69fad2ee900e4f30c1ad9cb8763cf7f7a2b6d','{"credit_notes":[],"invoices":["inv_01kg8j50c000000c0cth1ak9r"],"scheduled_change":null,"subscription":"sub_01kg8j50c000000bz95khgxrz"}',NULL,NULL);
INSERT INTO checkouts VALUES('default','chk_01kh2a46c000000mgzev116yk','e02zag2bs7b3w4q0z15v63k11s148cfq','ada','year','{"customer":"ada","offer":"year","subscription":null,"path":null,"mode":null,"allow_new":false}','en','null',NULL,'completed','sub_01kg8j50c000000bz95khgxrz','2026-02-09T23:00:00+00:00','2026-02-10T00:00:00+00:00',NULL,'{"catch_up":[],"considered":[{"path":"month-to-year","reason":null,"subscription":"sub_01kg8j50c000000bz95khgxrz","verdict":"chosen"}],"mode":"replace","modes":["replace"],"path":"month-to-year","picked":{"amount_due":{"amount":"0.00","currency":"EUR"},"confirmation":{"text":"At February 28, 2026.","title":"Change to Year"},"documents":[],"effective_on":"2026-02-28","next_payment_on":"2026-02-28","supersedes":null,"transition":"next_booking","withdraws":[]},"preview_by_mode":{"replace":{"amount_due":{"amount":"0.00","currency":"EUR"},"confirmation":{"text":"At February 28, 2026.","title":"Change to Year"},"documents":[],"effective_on":"2026-02-28","next_payment_on":"2026-02-28","supersedes":null,"transition":"next_booking","withdraws":[]}},"source_subscription":"sub_01kg8j50c000000bz95khgxrz"}','aff350c1e981c567b4baf95c960a3fafbf2af39a3c1aadbbcffa394ce8193a98','{"credit_notes":[],"invoices":[],"scheduled_change":"sch_01kh2a46c000000n93gd13939","subscription":null}',NULL,'month-to-year');
INSERT INTO checkouts VALUES('default','chk_01kh2a46c000000tfej3jsw0g','fp9rps5eaajspx7mzg1w8ftrypgap06c','bob','month','{"customer":"bob","offer":"month","subscription":null,"path":null,"mode":null,"allow_new":false}','en','null',NULL,'held',NULL,'2026-02-09T23:00:00+00:00','2026-02-10T00:15:00+00:00','2026-02-09T23:15:00+00:00','{"catch_up":[],"considered":[],"mode":"new","modes":["new"],"path":null,"picked":{"amount_due":{"amount":"9.90","currency":"EUR"},"confirmation":null,"documents":[{"amount_due":{"amount":"9.90","currency":"EUR"},"credit_applied":{"amount":"0.00","currency":"EUR"},"credits":null,"customer":"bob","due_on":"2026-02-24","gross":{"amount":"9.90","currency":"EUR"},"issued_on":"2026-02-10","kind":"invoice","lines":[{"description":"Month","gross":{"amount":"9.90","currency":"EUR"},"kind":"period","net":{"amount":"9.90","currency":"EUR"},"offer":"month","period":{"end":"2026-03-10","start":"2026-02-10"},"subscription":null,"tax":{"amount":"0.00","currency":"EUR"},"tax_rate":"0"}],"net":{"amount":"9.90","currency":"EUR"},"status":"open","tax":{"amount":"0.00","currency":"EUR"}}],"effective_on":"2026-02-10","next_payment_on":"2026-03-10","supersedes":null,"transition":null,"withdraws":[]},"preview_by_mode":{"new":{"amount_due":{"amount":"9.90","currency":"EUR"},"confirmation":null,"documents":[{"amount_due":{"amount":"9.90","currency":"EUR"},"credit_applied":{"amount":"0.00","currency":"EUR"},"credits":null,"customer":"bob","due_on":"2026-02-24","gross":{"amount":"9.90","currency":"EUR"},"issued_on":"2026-02-10","kind":"invoice","lines":[{"description":"Month","gross":{"amount":"9.90","currency":"EUR"},"kind":"period","net":{"amount":"9.90","currency":"EUR"},"offer":"month","period":{"end":"2026-03-10","start":"2026-02-10"},"subscription":null,"tax":{"amount":"0.00","currency":"EUR"},"tax_rate":"0"}],"net":{"amount":"9.90","currency":"EUR"},"status":"open","tax":{"amount":"0.00","currency":"EUR"}}],"effective_on":"2026-02-10","next_payment_on":"2026-03-10","supersedes":null,"transition":null,"withdraws":[]}},"source_subscription":null}','2f2194789d377b29a7883c27617ae7ed82ccd0d0e6e7f214c55b71e72656d43c',NULL,'{"decided_on":"2026-02-10","version":1,"path":null,"modes":[],"taxes":{},"payment_days":14,"purchase_on_account":false}',NULL);
CREATE TABLE idempotency (
    merchant_id text not null,
    api_key_id text not null,
    request_key text not null,
    request_hash blob not null,
    state text not null check (state in ('running', 'answered')),
    status integer,
    headers text,
    body text,
    created_at text not null, attempt text not null default '', leased_until text,
    primary key (merchant_id, api_key_id, request_key),
    check (state = 'running' or (status is not null and headers is not null and body is not null))
) strict;
INSERT INTO idempotency VALUES('default','key_01kg8j50c00000001nxveycrn','a',X'71b4a5b2c4725a3cb2dab51247bda032bf4f940d9549e12d5dd4bfd2b9cdf5ae','answered',200,'[["content-type","application/json"],["etag","\"8fc69415d06cb9920ca5fe50b73eb41a\""]]','{"id":"chk_01kg8j50c000000at5dj1q7sg","url":"http://127.0.0.1:56905/checkout/rstwmbtzrqn7mms6f3ypsbf97kx632jr","status":"completed","expires_at":"2026-01-31T00:00:00Z","held_until":null,"customer":"ada","offer":"month","mode":"new","modes":["new"],"path":null,"source_subscription":null,"transition":null,"effective_on":"2026-01-31","amount_due":{"amount":"9.90","currency":"EUR"},"next_payment_on":"2026-02-28","documents":[{"kind":"invoice","status":"open","customer":"ada","issued_on":"2026-01-31","due_on":"2026-02-14","lines":[{"subscription":null,"offer":"month","kind":"period","description":"Month","period":{"start":"2026-01-31","end":"2026-02-28"},"net":{"amount":"9.90","currency":"EUR"},"tax":{"amount":"0.00","currency":"EUR"},"gross":{"amount":"9.90","currency":"EUR"},"tax_rate":"0"}],"net":{"amount":"9.90","currency":"EUR"},"tax":{"amount":"0.00","currency":"EUR"},"gross":{"amount":"9.90","currency":"EUR"},"credit_applied":{"amount":"0.00","currency":"EUR"},"amount_due":{"amount":"9.90","currency":"EUR"},"credits":null}],"catch_up":[],"withdraws":[],"supersedes":null,"preview_by_mode":{"new":{"transition":null,"effective_on":"2026-01-31","amount_due":{"amount":"9.90","currency":"EUR"},"next_payment_on":"2026-02-28","documents":[{"kind":"invoice","status":"open","customer":"ada","issued_on":"2026-01-31","due_on":"2026-02-14","lines":[{"subscription":null,"offer":"month","kind":"period","description":"Month","period":{"start":"2026-01-31","end":"2026-02-28"},"net":{"amount":"9.90","currency":"EUR"},"tax":{"amount":"0.00","currency":"EUR"},"gross":{"amount":"9.90","currency":"EUR"},"tax_rate":"0"}],"net":{"amount":"9.90","currency":"EUR"},"tax":{"amount":"0.00","currency":"EUR"},"gross":{"amount":"9.90","currency":"EUR"},"credit_applied":{"amount":"0.00","currency":"EUR"},"amount_due":{"amount":"9.90","currency":"EUR"},"credits":null}],"withdraws":[],"supersedes":null,"confirmation":null}},"confirmation":null,"considered":[],"metadata":null,"return_url":null,"result":{"subscription":"sub_01kg8j50c000000bz95khgxrz","invoices":["inv_01kg8j50c000000c0cth1ak9r"],"credit_notes":[],"scheduled_change":null}}','2026-11-22T12:11:02.754066+00:00','3bef95181c98a586e38af43703a13ec7','2026-11-22T12:11:07.754066+00:00');
INSERT INTO idempotency VALUES('default','key_01kg8j50c00000001nxveycrn','b',X'85441529014986798c8d879ae499ce00aa818c457e59550a58884c3c29feef05','answered',200,'[["content-type","application/json"],["etag","\"f3f80232a45b400da2b580f1a4f7ffe4\""]]','{"id":"chk_01kh2a46c000000mgzev116yk","url":"http://127.0.0.1:56905/checkout/e02zag2bs7b3w4q0z15v63k11s148cfq","status":"completed","expires_at":"2026-02-10T00:00:00Z","held_until":null,"customer":"ada","offer":"year","mode":"replace","modes":["replace"],"path":"month-to-year","source_subscription":"sub_01kg8j50c000000bz95khgxrz","transition":"next_booking","effective_on":"2026-02-28","amount_due":{"amount":"0.00","currency":"EUR"},"next_payment_on":"2026-02-28","documents":[],"catch_up":[],"withdraws":[],"supersedes":null,"preview_by_mode":{"replace":{"transition":"next_booking","effective_on":"2026-02-28","amount_due":{"amount":"0.00","currency":"EUR"},"next_payment_on":"2026-02-28","documents":[],"withdraws":[],"supersedes":null,"confirmation":{"title":"Change to Year","text":"At February 28, 2026."}}},"confirmation":{"title":"Change to Year","text":"At February 28, 2026."},"considered":[{"path":"month-to-year","subscription":"sub_01kg8j50c000000bz95khgxrz","verdict":"chosen","reason":null}],"metadata":null,"return_url":null,"result":{"subscription":null,"invoices":[],"credit_notes":[],"scheduled_change":"sch_01kh2a46c000000n93gd13939"}}','2026-11-22T12:11:02.785311+00:00','75b94615f6f82fe4dab289c8162a6a48','2026-11-22T12:11:07.785311+00:00');
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
    created_at text not null, customers integer not null default 0, seen_at text,
    primary key (merchant_id, id)
) strict;
CREATE TABLE webhook_endpoints (
    merchant_id text not null references merchants (id),
    id text not null,
    url text not null,
    events text not null,
    secret text not null,
    previous_secret text,
    previous_until text,
    disabled_reason text,
    failing_since text,
    fanned_out integer not null,
    created_at text not null,
    primary key (merchant_id, id)
) strict;
INSERT INTO webhook_endpoints VALUES('default','shop','https://shop.example/hook','["invoice.*"]','whsec_mRWCI1oSR4gw3KY1bG0LTQj78ZJJhEabRCUm6XxHy1E=',NULL,NULL,NULL,NULL,7,'2026-11-22T12:11:02.737979+00:00');
CREATE TABLE webhook_deliveries (
    merchant_id text not null,
    endpoint_id text not null,
    id text not null,
    event_sequence integer not null,
    lane text not null,
    status text not null check (status in ('pending', 'delivered', 'failed')),
    replayed integer not null default 0,
    attempts integer not null default 0,
    next_attempt_at text not null,
    last_attempt_at text,
    last_status integer,
    last_error text,
    created_at text not null,
    primary key (merchant_id, endpoint_id, id),
    foreign key (merchant_id, endpoint_id) references webhook_endpoints (merchant_id, id)
        on delete cascade
) strict;
CREATE TABLE sessions (
    merchant_id text not null,
    hash blob not null unique,
    key_id text not null,
    created_at text not null,
    seen_at text not null,
    primary key (merchant_id, hash),
    foreign key (merchant_id, key_id) references api_keys (merchant_id, id)
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
CREATE INDEX customers_held on customers (merchant_id, held_until)
where held_until is not null;
CREATE INDEX customers_to_retry on customers (merchant_id)
where billing_retry_at is not null;
CREATE INDEX webhook_deliveries_due
on webhook_deliveries (merchant_id, endpoint_id, next_attempt_at, event_sequence)
where status = 'pending';
CREATE INDEX webhook_deliveries_in_lane
on webhook_deliveries (merchant_id, endpoint_id, lane, event_sequence)
where status = 'pending';
CREATE INDEX webhook_deliveries_ended on webhook_deliveries (last_attempt_at)
where status <> 'pending';
CREATE INDEX sessions_by_age on sessions (seen_at);
CREATE INDEX events_of_definitions on events (merchant_id, id)
where customer_id is null;
CREATE INDEX scheduled_changes_by_day on scheduled_changes (merchant_id, effective_on)
where status = 'pending';
CREATE INDEX checkouts_by_path on checkouts (merchant_id, path_id)
where path_id is not null;
CREATE INDEX billing_runs_at_work on billing_runs (seen_at)
where status = 'running';
CREATE INDEX invoices_to_list on invoices (merchant_id, id)
where status = 'open';
CREATE INDEX scheduled_changes_to_list on scheduled_changes (merchant_id, id)
where status = 'pending';
COMMIT;
