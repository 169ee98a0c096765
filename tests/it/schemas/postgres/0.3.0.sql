CREATE TABLE public._sqlx_migrations (
    version bigint NOT NULL,
    description text NOT NULL,
    installed_on timestamp with time zone DEFAULT now() NOT NULL,
    success boolean NOT NULL,
    checksum bytea NOT NULL,
    execution_time bigint NOT NULL
);
CREATE TABLE public.api_keys (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    hash bytea NOT NULL,
    role text NOT NULL,
    label text,
    last text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    CONSTRAINT api_keys_role_check CHECK ((role = ANY (ARRAY['admin'::text, 'merchant'::text, 'checkout'::text, 'billing'::text, 'read'::text])))
);
CREATE TABLE public.balances (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    customer_id text NOT NULL COLLATE pg_catalog."C",
    currency text NOT NULL COLLATE pg_catalog."C",
    minor bigint NOT NULL
);
CREATE TABLE public.billing_runs (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    status text NOT NULL,
    as_of date NOT NULL,
    booked bigint NOT NULL,
    changes_applied bigint NOT NULL,
    changes_failed bigint NOT NULL,
    subscriptions_ended bigint NOT NULL,
    invoices bigint NOT NULL,
    credit_notes bigint NOT NULL,
    failures text NOT NULL,
    duration_ms bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    customers bigint DEFAULT 0 NOT NULL,
    seen_at timestamp with time zone,
    CONSTRAINT billing_runs_status_check CHECK ((status = ANY (ARRAY['running'::text, 'completed'::text, 'failed'::text])))
);
CREATE TABLE public.book (
    id bigint NOT NULL,
    clock_at timestamp with time zone,
    clock_on date,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT book_id_check CHECK ((id = 1))
);
CREATE TABLE public.checkouts (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    token text NOT NULL COLLATE pg_catalog."C",
    customer_id text NOT NULL COLLATE pg_catalog."C",
    offer_id text NOT NULL COLLATE pg_catalog."C",
    request text NOT NULL,
    locale text NOT NULL,
    metadata text NOT NULL,
    return_url text,
    status text NOT NULL COLLATE pg_catalog."C",
    source_id text COLLATE pg_catalog."C",
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    held_until timestamp with time zone,
    preview text NOT NULL,
    stamp text NOT NULL,
    result text,
    held text,
    path_id text COLLATE pg_catalog."C",
    CONSTRAINT checkouts_status_check CHECK ((status = ANY (ARRAY['open'::text, 'held'::text, 'completed'::text])))
);
CREATE TABLE public.credit_note_lines (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    credit_note_id text NOT NULL COLLATE pg_catalog."C",
    "position" bigint NOT NULL,
    subscription_id text NOT NULL COLLATE pg_catalog."C",
    offer_id text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL COLLATE pg_catalog."C",
    description text NOT NULL,
    period_start date NOT NULL,
    period_end date NOT NULL,
    net_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    gross_minor bigint NOT NULL,
    rate text NOT NULL,
    line_position bigint,
    CONSTRAINT credit_note_lines_check CHECK (((net_minor + tax_minor) = gross_minor)),
    CONSTRAINT credit_note_lines_kind_check CHECK ((kind = ANY (ARRAY['period'::text, 'bridge'::text, 'credit'::text]))),
    CONSTRAINT credit_note_lines_position_check CHECK (("position" >= 0))
);
CREATE TABLE public.credit_notes (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    number bigint NOT NULL,
    customer_id text NOT NULL COLLATE pg_catalog."C",
    currency text NOT NULL COLLATE pg_catalog."C",
    issued_on date NOT NULL,
    invoice_id text COLLATE pg_catalog."C",
    net_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    gross_minor bigint NOT NULL,
    seller text NOT NULL,
    buyer text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT credit_notes_check CHECK (((net_minor + tax_minor) = gross_minor)),
    CONSTRAINT credit_notes_number_check CHECK ((number > 0))
);
CREATE TABLE public.customers (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    email text,
    name text,
    address text,
    locale text,
    customer_group text,
    country text,
    sequence bigint DEFAULT 0 NOT NULL,
    due_on date,
    created_at timestamp with time zone NOT NULL,
    held_until timestamp with time zone,
    billing_attempts bigint DEFAULT 0 NOT NULL,
    billing_retry_at timestamp with time zone
);
CREATE TABLE public.events (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    sequence bigint NOT NULL,
    id text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL,
    subject text NOT NULL COLLATE pg_catalog."C",
    customer_id text COLLATE pg_catalog."C",
    data text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    key_id text COLLATE pg_catalog."C",
    CONSTRAINT events_sequence_check CHECK ((sequence > 0))
);
CREATE TABLE public.idempotency (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    api_key_id text NOT NULL COLLATE pg_catalog."C",
    request_key text NOT NULL COLLATE pg_catalog."C",
    request_hash bytea NOT NULL,
    state text NOT NULL,
    status bigint,
    headers text,
    body text,
    created_at timestamp with time zone NOT NULL,
    attempt text DEFAULT ''::text NOT NULL,
    leased_until timestamp with time zone,
    CONSTRAINT idempotency_check CHECK (((state = 'running'::text) OR ((status IS NOT NULL) AND (headers IS NOT NULL) AND (body IS NOT NULL)))),
    CONSTRAINT idempotency_state_check CHECK ((state = ANY (ARRAY['running'::text, 'answered'::text])))
);
CREATE TABLE public.invoice_lines (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    invoice_id text NOT NULL COLLATE pg_catalog."C",
    "position" bigint NOT NULL,
    subscription_id text NOT NULL COLLATE pg_catalog."C",
    offer_id text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL COLLATE pg_catalog."C",
    description text NOT NULL,
    period_start date NOT NULL,
    period_end date NOT NULL,
    net_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    gross_minor bigint NOT NULL,
    rate text NOT NULL,
    credited_gross_minor bigint NOT NULL,
    credited_tax_minor bigint NOT NULL,
    cancelled boolean NOT NULL,
    CONSTRAINT invoice_lines_check CHECK (((net_minor + tax_minor) = gross_minor)),
    CONSTRAINT invoice_lines_kind_check CHECK ((kind = ANY (ARRAY['period'::text, 'bridge'::text, 'credit'::text]))),
    CONSTRAINT invoice_lines_position_check CHECK (("position" >= 0))
);
CREATE TABLE public.invoices (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    number bigint NOT NULL,
    customer_id text NOT NULL COLLATE pg_catalog."C",
    currency text NOT NULL COLLATE pg_catalog."C",
    issued_on date NOT NULL,
    due_on date NOT NULL,
    net_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    gross_minor bigint NOT NULL,
    credit_applied_minor bigint NOT NULL,
    amount_due_minor bigint NOT NULL,
    paid_minor bigint NOT NULL,
    given_to_balance_minor bigint NOT NULL,
    status text NOT NULL COLLATE pg_catalog."C",
    seller text NOT NULL,
    buyer text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT invoices_amount_due_minor_check CHECK ((amount_due_minor >= 0)),
    CONSTRAINT invoices_check CHECK (((net_minor + tax_minor) = gross_minor)),
    CONSTRAINT invoices_number_check CHECK ((number > 0)),
    CONSTRAINT invoices_status_check CHECK ((status = ANY (ARRAY['open'::text, 'paid'::text, 'cancelled'::text])))
);
CREATE TABLE public.merchants (
    id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL,
    time_zone text DEFAULT 'Europe/Berlin'::text NOT NULL,
    locale text DEFAULT 'en'::text NOT NULL,
    currency text DEFAULT 'EUR'::text NOT NULL,
    seller text,
    payment_days bigint DEFAULT 14 NOT NULL,
    purchase_on_account boolean DEFAULT false NOT NULL,
    checkout_minutes bigint DEFAULT 60 NOT NULL,
    upsell_minutes bigint DEFAULT 30 NOT NULL,
    return_origins text DEFAULT '[]'::text NOT NULL,
    edit bigint DEFAULT 0 NOT NULL,
    invoice_number bigint DEFAULT 0 NOT NULL,
    credit_note_number bigint DEFAULT 0 NOT NULL,
    event_sequence bigint DEFAULT 0 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT merchants_checkout_minutes_check CHECK ((checkout_minutes > 0)),
    CONSTRAINT merchants_payment_days_check CHECK (((payment_days >= 0) AND (payment_days <= 365))),
    CONSTRAINT merchants_upsell_minutes_check CHECK ((upsell_minutes > 0))
);
CREATE TABLE public.offer_products (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    offer_id text NOT NULL COLLATE pg_catalog."C",
    version bigint NOT NULL,
    product_id text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.offer_tags (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    offer_id text NOT NULL COLLATE pg_catalog."C",
    tag_id text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.offer_versions (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    offer_id text NOT NULL COLLATE pg_catalog."C",
    version bigint NOT NULL,
    title text NOT NULL,
    products text NOT NULL,
    price_minor bigint NOT NULL,
    currency text NOT NULL,
    billing_period text NOT NULL,
    term text NOT NULL,
    renewal_term text,
    auto_renew boolean NOT NULL,
    tax_id text COLLATE pg_catalog."C",
    tax_included boolean NOT NULL,
    requires_parent boolean NOT NULL,
    CONSTRAINT offer_versions_price_minor_check CHECK ((price_minor >= 0)),
    CONSTRAINT offer_versions_version_check CHECK ((version > 0))
);
CREATE TABLE public.offers (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    version bigint NOT NULL,
    active boolean NOT NULL
);
CREATE TABLE public.path_tags (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    path_id text NOT NULL COLLATE pg_catalog."C",
    side text NOT NULL COLLATE pg_catalog."C",
    tag_id text NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT path_tags_side_check CHECK ((side = ANY (ARRAY['source'::text, 'target'::text])))
);
CREATE TABLE public.paths (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    edit bigint NOT NULL,
    edited_at timestamp with time zone NOT NULL,
    internal_title text NOT NULL,
    internal_description text,
    title text NOT NULL,
    description text NOT NULL,
    optional boolean NOT NULL,
    customer_may_switch boolean NOT NULL,
    transition text NOT NULL,
    proration text NOT NULL,
    unpaid_source text NOT NULL,
    priority bigint NOT NULL,
    active boolean NOT NULL,
    valid_from date,
    valid_until date,
    CONSTRAINT paths_check CHECK (((valid_from IS NULL) OR (valid_until IS NULL) OR (valid_from <= valid_until))),
    CONSTRAINT paths_proration_check CHECK ((proration = ANY (ARRAY['none'::text, 'day'::text]))),
    CONSTRAINT paths_transition_check CHECK ((transition = ANY (ARRAY['immediate'::text, 'immediate_next_booking'::text, 'last_booking'::text, 'next_booking'::text, 'end_of_term'::text]))),
    CONSTRAINT paths_unpaid_source_check CHECK ((unpaid_source = ANY (ARRAY['refuse'::text, 'allow'::text])))
);
CREATE TABLE public.payments (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    customer_id text NOT NULL COLLATE pg_catalog."C",
    invoice_id text COLLATE pg_catalog."C",
    amount_minor bigint NOT NULL,
    currency text NOT NULL COLLATE pg_catalog."C",
    reference text NOT NULL,
    reason text,
    paid_on date NOT NULL,
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE public.products (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    title text NOT NULL,
    kind text NOT NULL,
    CONSTRAINT products_kind_check CHECK ((kind = ANY (ARRAY['digital'::text, 'physical'::text])))
);
CREATE TABLE public.scheduled_changes (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    sequence bigint NOT NULL,
    customer_id text NOT NULL COLLATE pg_catalog."C",
    subscription_id text NOT NULL COLLATE pg_catalog."C",
    offer_id text NOT NULL COLLATE pg_catalog."C",
    offer_version bigint NOT NULL,
    path_id text NOT NULL COLLATE pg_catalog."C",
    mode text NOT NULL,
    transition text NOT NULL,
    effective_on date NOT NULL,
    status text NOT NULL COLLATE pg_catalog."C",
    reason text,
    result_subscription_id text COLLATE pg_catalog."C",
    withdrew_cancel_on date,
    CONSTRAINT scheduled_changes_mode_check CHECK ((mode = ANY (ARRAY['add'::text, 'replace'::text]))),
    CONSTRAINT scheduled_changes_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'applied'::text, 'withdrawn'::text, 'superseded'::text, 'failed'::text]))),
    CONSTRAINT scheduled_changes_transition_check CHECK ((transition = ANY (ARRAY['next_booking'::text, 'end_of_term'::text])))
);
CREATE TABLE public.sessions (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    hash bytea NOT NULL,
    key_id text NOT NULL COLLATE pg_catalog."C",
    created_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL
);
CREATE TABLE public.subscriptions (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    customer_id text NOT NULL COLLATE pg_catalog."C",
    sequence bigint NOT NULL,
    offer_id text NOT NULL COLLATE pg_catalog."C",
    offer_version bigint NOT NULL,
    price_minor bigint NOT NULL,
    status text NOT NULL COLLATE pg_catalog."C",
    started_on date NOT NULL,
    ended_on date,
    anchor_day bigint NOT NULL,
    period_start date,
    period_end date,
    term_start date NOT NULL,
    term_end date NOT NULL,
    cancel_on date,
    precursor_id text COLLATE pg_catalog."C",
    successor_id text COLLATE pg_catalog."C",
    parent_id text COLLATE pg_catalog."C",
    chain_id text NOT NULL COLLATE pg_catalog."C",
    bridge_gross bigint,
    brought_gross bigint,
    brought_paid boolean,
    brought_number text,
    brought_credited_gross bigint,
    brought_credited_tax bigint,
    brought_cancelled boolean,
    next_booking_on date,
    created_at timestamp with time zone NOT NULL,
    first_booking_on date,
    CONSTRAINT subscriptions_anchor_day_check CHECK (((anchor_day >= 1) AND (anchor_day <= 31))),
    CONSTRAINT subscriptions_check CHECK (((status = 'ended'::text) = (ended_on IS NOT NULL))),
    CONSTRAINT subscriptions_check1 CHECK (((period_start IS NULL) = (period_end IS NULL))),
    CONSTRAINT subscriptions_check2 CHECK ((period_start < period_end)),
    CONSTRAINT subscriptions_check3 CHECK ((term_start < term_end)),
    CONSTRAINT subscriptions_check4 CHECK ((((brought_gross IS NULL) = (brought_paid IS NULL)) AND ((brought_gross IS NULL) = (brought_credited_gross IS NULL)) AND ((brought_gross IS NULL) = (brought_credited_tax IS NULL)) AND ((brought_gross IS NULL) = (brought_cancelled IS NULL)))),
    CONSTRAINT subscriptions_price_minor_check CHECK ((price_minor >= 0)),
    CONSTRAINT subscriptions_status_check CHECK ((status = ANY (ARRAY['active'::text, 'ended'::text])))
);
CREATE TABLE public.tags (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    title text NOT NULL
);
CREATE TABLE public.taxes (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    title text,
    rates text NOT NULL
);
CREATE TABLE public.webhook_deliveries (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    endpoint_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    event_sequence bigint NOT NULL,
    lane text NOT NULL COLLATE pg_catalog."C",
    status text NOT NULL,
    replayed boolean DEFAULT false NOT NULL,
    attempts bigint DEFAULT 0 NOT NULL,
    next_attempt_at timestamp with time zone NOT NULL,
    last_attempt_at timestamp with time zone,
    last_status bigint,
    last_error text,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT webhook_deliveries_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'delivered'::text, 'failed'::text])))
);
CREATE TABLE public.webhook_endpoints (
    merchant_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    url text NOT NULL,
    events text NOT NULL,
    secret text NOT NULL,
    previous_secret text,
    previous_until timestamp with time zone,
    disabled_reason text,
    failing_since timestamp with time zone,
    fanned_out bigint NOT NULL,
    created_at timestamp with time zone NOT NULL
);
INSERT INTO public._sqlx_migrations VALUES (1, 'merchants', '2026-11-22 12:11:21.028757+00', true, '\xbfeb09e7e193e399889982ed059e26fab27b73fcac2d877ea5bb3d64502c057a5ae3ee18f592de3c2c8f0714583f2fb9', 30400023);
INSERT INTO public._sqlx_migrations VALUES (2, 'catalog', '2026-11-22 12:11:21.063228+00', true, '\x930d1158112023789203a71e55438457d173728b20eb9b163b23060964479fd3ef9f257d3ea63b066b0190c43d4c8241', 68058977);
INSERT INTO public._sqlx_migrations VALUES (3, 'paths', '2026-11-22 12:11:21.139152+00', true, '\xea0295ae1dc76570d7dffd144471f2f60429f6cdde4fdf712a08abe8796185a69fbba8cb8cb0870ca8a12165c6761ddc', 28176806);
INSERT INTO public._sqlx_migrations VALUES (4, 'customers', '2026-11-22 12:11:21.171254+00', true, '\xee163a4bc6a5bfe855f6f70a331cf8780d870fe9b53bf6c1e3fc0da3f85271f1a182427e28e26201254a9ac7edaeff80', 25569849);
INSERT INTO public._sqlx_migrations VALUES (5, 'subscriptions', '2026-11-22 12:11:21.203131+00', true, '\x77b7babce9634cbb055d483d555bcdff8c037388d80f0238d94515e65dabd240fb9051f3a0a5d3e56a073022cd248fb2', 49291708);
INSERT INTO public._sqlx_migrations VALUES (6, 'documents', '2026-11-22 12:11:21.255548+00', true, '\x57bf2e66cd313f79e908c96e4c04018dc7cd484007d91f84669430455a6a651cd50b504e0099430b37e370b8b95c6fce', 103779945);
INSERT INTO public._sqlx_migrations VALUES (7, 'events', '2026-11-22 12:11:21.363217+00', true, '\x5f2d4134d70ce6f4c95b72f5b9580eb82d0f306f089869725a7ad2bc2978e17d32f4a51efe790e8f713480e9a2810615', 14171171);
INSERT INTO public._sqlx_migrations VALUES (8, 'checkouts', '2026-11-22 12:11:21.383247+00', true, '\x0ed9d880e5bffb5f64c0922685fa75ea77f33121f3df46b3f8ea5f36fef88f1d3fe8365c23e5042562390f79f2570312', 40009238);
INSERT INTO public._sqlx_migrations VALUES (9, 'billing runs', '2026-11-22 12:11:21.42732+00', true, '\x51a53e21d3c8039896d105cc777b7194bd39b18d1578f0d1f82c4e515d6c22b66feb3962380bad2487927cf375ca81ee', 12034092);
INSERT INTO public._sqlx_migrations VALUES (10, 'audit', '2026-11-22 12:11:21.447145+00', true, '\xa25b578d5837cf7f2bdf1af44295741c86ff67d76f251c9d23053e871e4cd47dd71603ac6b8ab0ae3c515691a2a39521', 4092549);
INSERT INTO public._sqlx_migrations VALUES (11, 'holds and retries', '2026-11-22 12:11:21.455313+00', true, '\xe5d6dcca6fb9e77a86eadd5aedfadffb5ca046a29e76ddf860ce6c828fc91e39520d8baff9e10a04d1482ffada2d32ab', 11998409);
INSERT INTO public._sqlx_migrations VALUES (12, 'webhooks', '2026-11-22 12:11:21.47128+00', true, '\x148dbbef9fa673d0fc41f317d3d2748918c47ebeafe1225139ec7628a95ccb721dadb0751aece0da52e1059a11dc20ec', 31823321);
INSERT INTO public._sqlx_migrations VALUES (14, 'idempotency leases', '2026-11-22 12:11:21.507271+00', true, '\x5f529a1de4b10677ed1f8a562045f6cd101a6f9e9c67a60246bad25a2ef338165910d19f488a65828cda3f4e7300a95f', 3976626);
INSERT INTO public._sqlx_migrations VALUES (15, 'backend', '2026-11-22 12:11:21.515278+00', true, '\x4c07d8a2f3aedbba73a65bc7eaaed6168a3b91832599f605ce2995dbe7ee630685066f163d5b331574ee0b7a2cacca22', 20105890);
INSERT INTO public.api_keys VALUES ('default', 'key_01kg8j50c00000001z6y3fv98', '\x3c29a2fa909551593ba2f86be3e0c0bac4387e29ed8df830e6a6d41379406fba', 'admin', 'first', 'aaaa', '2026-01-30 23:00:00+00', NULL);
INSERT INTO public.book VALUES (1, '2026-02-09 23:00:00+00', '2026-02-10', '2026-01-30 23:00:00+00');
INSERT INTO public.checkouts VALUES ('default', 'chk_01kg8j50c000000a6y4fzx1hq', 'psy0kfndhn9ykyp0c1rtpyavb7mkr0mj', 'ada', 'month', '{"customer":"ada","offer":"month","subscription":null,"path":null,"mode":null,"allow_new":false}', 'en', 'null', NULL, 'completed', NULL, '2026-01-30 23:00:00+00', '2026-01-31 00:00:00+00', NULL, '{"catch_up":[],"considered":[],"mode":"new","modes":["new"],"path":null,"picked":{"amount_due":{"amount":"9.90","currency":"EUR"},"confirmation":null,"documents":[{"amount_due":{"amount":"9.90","currency":"EUR"},"credit_applied":{"amount":"0.00","currency":"EUR"},"credits":null,"customer":"ada","due_on":"2026-02-14","gross":{"amount":"9.90","currency":"EUR"},"issued_on":"2026-01-31","kind":"invoice","lines":[{"description":"Month","gross":{"amount":"9.90","currency":"EUR"},"kind":"period","net":{"amount":"9.90","currency":"EUR"},"offer":"month","period":{"end":"2026-02-28","start":"2026-01-31"},"subscription":null,"tax":{"amount":"0.00","currency":"EUR"},"tax_rate":"0"}],"net":{"amount":"9.90","currency":"EUR"},"status":"open","tax":{"amount":"0.00","currency":"EUR"}}],"effective_on":"2026-01-31","next_payment_on":"2026-02-28","supersedes":null,"transition":null,"withdraws":[]},"preview_by_mode":{"new":{"amount_due":{"amount":"9.90","currency":"EUR"},"confirmation":null,"documents":[{"amount_due":{"amount":"9.90","currency":"EUR"},"credit_applied":{"amount":"0.00","currency":"EUR"},"credits":null,"customer":"ada","due_on":"2026-02-14","gross":{"amount":"9.90","currency":"EUR"},"issued_on":"2026-01-31","kind":"invoice","lines":[{"description":"Month","gross":{"amount":"9.90","currency":"EUR"},"kind":"period","net":{"amount":"9.90","currency":"EUR"},"offer":"month","period":{"end":"2026-02-28","start":"2026-01-31"},"subscription":null,"tax":{"amount":"0.00","currency":"EUR"},"tax_rate":"0"}],"net":{"amount":"9.90","currency":"EUR"},"status":"open","tax":{"amount":"0.00","currency":"EUR"}}],"effective_on":"2026-01-31","next_payment_on":"2026-02-28","supersedes":null,"transition":null,"withdraws":[]}},"source_subscription":null}', '74359cdc90cf5ad8547f7293a2b69fad2ee900e4f30c1ad9cb8763cf7f7a2b6d', '{"credit_notes":[],"invoices":["inv_01kg8j50c000000cebdz1yaxe"],"scheduled_change":null,"subscription":"sub_01kg8j50c000000by5679dw8h"}', NULL, NULL);
INSERT INTO public.checkouts VALUES ('default', 'chk_01kh2a46c000000mrvhjqtmzc', '8ht1dc3340v86x13nmw8fvamyqywnnd6', 'ada', 'year', '{"customer":"ada","offer":"year","subscription":null,"path":null,"mode":null,"allow_new":false}', 'en', 'null', NULL, 'completed', 'sub_01kg8j50c000000by5679dw8h', '2026-02-09 23:00:00+00', '2026-02-10 00:00:00+00', NULL, '{"catch_up":[],"considered":[{"path":"month-to-year","reason":null,"subscription":"sub_01kg8j50c000000by5679dw8h","verdict":"chosen"}],"mode":"replace","modes":["replace"],"path":"month-to-year","picked":{"amount_due":{"amount":"0.00","currency":"EUR"},"confirmation":{"text":"At February 28, 2026.","title":"Change to Year"},"documents":[],"effective_on":"2026-02-28","next_payment_on":"2026-02-28","supersedes":null,"transition":"next_booking","withdraws":[]},"preview_by_mode":{"replace":{"amount_due":{"amount":"0.00","currency":"EUR"},"confirmation":{"text":"At February 28, 2026.","title":"Change to Year"},"documents":[],"effective_on":"2026-02-28","next_payment_on":"2026-02-28","supersedes":null,"transition":"next_booking","withdraws":[]}},"source_subscription":"sub_01kg8j50c000000by5679dw8h"}', '886269411c87ff603c9152a4a68cd3e63f9e102f06461379cf8a2278a19e0f3e', '{"credit_notes":[],"invoices":[],"scheduled_change":"sch_01kh2a46c000000nrajej1c4b","subscription":null}', NULL, 'month-to-year');
INSERT INTO public.checkouts VALUES ('default', 'chk_01kh2a46c000000txywdyv43h', '6qf7nqtw56xxm0g3bkecs6q9h3tqn9rq', 'bob', 'month', '{"customer":"bob","offer":"month","subscription":null,"path":null,"mode":null,"allow_new":false}', 'en', 'null', NULL, 'held', NULL, '2026-02-09 23:00:00+00', '2026-02-10 00:15:00+00', '2026-02-09 23:15:00+00', '{"catch_up":[],"considered":[],"mode":"new","modes":["new"],"path":null,"picked":{"amount_due":{"amount":"9.90","currency":"EUR"},"confirmation":null,"documents":[{"amount_due":{"amount":"9.90","currency":"EUR"},"credit_applied":{"amount":"0.00","currency":"EUR"},"credits":null,"customer":"bob","due_on":"2026-02-24","gross":{"amount":"9.90","currency":"EUR"},"issued_on":"2026-02-10","kind":"invoice","lines":[{"description":"Month","gross":{"amount":"9.90","currency":"EUR"},"kind":"period","net":{"amount":"9.90","currency":"EUR"},"offer":"month","period":{"end":"2026-03-10","start":"2026-02-10"},"subscription":null,"tax":{"amount":"0.00","currency":"EUR"},"tax_rate":"0"}],"net":{"amount":"9.90","currency":"EUR"},"status":"open","tax":{"amount":"0.00","currency":"EUR"}}],"effective_on":"2026-02-10","next_payment_on":"2026-03-10","supersedes":null,"transition":null,"withdraws":[]},"preview_by_mode":{"new":{"amount_due":{"amount":"9.90","currency":"EUR"},"confirmation":null,"documents":[{"amount_due":{"amount":"9.90","currency":"EUR"},"credit_applied":{"amount":"0.00","currency":"EUR"},"credits":null,"customer":"bob","due_on":"2026-02-24","gross":{"amount":"9.90","currency":"EUR"},"issued_on":"2026-02-10","kind":"invoice","lines":[{"description":"Month","gross":{"amount":"9.90","currency":"EUR"},"kind":"period","net":{"amount":"9.90","currency":"EUR"},"offer":"month","period":{"end":"2026-03-10","start":"2026-02-10"},"subscription":null,"tax":{"amount":"0.00","currency":"EUR"},"tax_rate":"0"}],"net":{"amount":"9.90","currency":"EUR"},"status":"open","tax":{"amount":"0.00","currency":"EUR"}}],"effective_on":"2026-02-10","next_payment_on":"2026-03-10","supersedes":null,"transition":null,"withdraws":[]}},"source_subscription":null}', '2f2194789d377b29a7883c27617ae7ed82ccd0d0e6e7f214c55b71e72656d43c', NULL, '{"decided_on":"2026-02-10","version":1,"path":null,"modes":[],"taxes":{},"payment_days":14,"purchase_on_account":false}', NULL);
INSERT INTO public.customers VALUES ('default', 'ada', NULL, NULL, NULL, NULL, NULL, NULL, 2, '2026-02-28', '2026-01-30 23:00:00+00', NULL, 0, NULL);
INSERT INTO public.customers VALUES ('default', 'bob', NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, '2026-02-09 23:00:00+00', '2026-02-09 23:15:00+00', 0, NULL);
INSERT INTO public.events VALUES ('default', 1, 'evt_01kg8j50c0000001hmts0sxxx', 'tag.saved', 'month', NULL, '{}', '2026-01-30 23:00:00+00', 'key_01kg8j50c00000001z6y3fv98');
INSERT INTO public.events VALUES ('default', 2, 'evt_01kg8j50c00000027prck4j6j', 'tag.saved', 'year', NULL, '{}', '2026-01-30 23:00:00+00', 'key_01kg8j50c00000001z6y3fv98');
INSERT INTO public.events VALUES ('default', 3, 'evt_01kg8j50c0000003wnvaqmpx7', 'product.saved', 'paper', NULL, '{}', '2026-01-30 23:00:00+00', 'key_01kg8j50c00000001z6y3fv98');
INSERT INTO public.events VALUES ('default', 4, 'evt_01kg8j50c00000042qtzdj3ge', 'offer.saved', 'month', NULL, '{}', '2026-01-30 23:00:00+00', 'key_01kg8j50c00000001z6y3fv98');
INSERT INTO public.events VALUES ('default', 5, 'evt_01kg8j50c000000524htrxct8', 'offer.saved', 'year', NULL, '{}', '2026-01-30 23:00:00+00', 'key_01kg8j50c00000001z6y3fv98');
INSERT INTO public.events VALUES ('default', 6, 'evt_01kg8j50c0000006d2wve9fsk', 'path.saved', 'month-to-year', NULL, '{}', '2026-01-30 23:00:00+00', 'key_01kg8j50c00000001z6y3fv98');
INSERT INTO public.events VALUES ('default', 7, 'evt_01kg8j50c0000007k0k309nr6', 'webhook_endpoint.saved', 'shop', NULL, '{}', '2026-01-30 23:00:00+00', 'key_01kg8j50c00000001z6y3fv98');
INSERT INTO public.events VALUES ('default', 8, 'evt_01kg8j50c000000etsdvasvex', 'subscription.started', 'sub_01kg8j50c000000by5679dw8h', 'ada', '{"cancel_on":null,"ended_on":null,"offer":"month","parent_id":null,"precursor_id":null,"started_on":"2026-01-31","successor_id":null}', '2026-01-30 23:00:00+00', NULL);
INSERT INTO public.events VALUES ('default', 9, 'evt_01kg8j50c000000fkamtcvh1e', 'invoice.issued', 'inv_01kg8j50c000000cebdz1yaxe', 'ada', '{"amount_due":{"amount":"0.00","currency":"EUR"},"due_on":"2026-02-14","gross":{"amount":"9.90","currency":"EUR"},"subscriptions":["sub_01kg8j50c000000by5679dw8h"]}', '2026-01-30 23:00:00+00', NULL);
INSERT INTO public.events VALUES ('default', 10, 'evt_01kg8j50c000000gzvthdryzv', 'invoice.paid', 'inv_01kg8j50c000000cebdz1yaxe', 'ada', '{"amount_due":{"amount":"0.00","currency":"EUR"},"due_on":"2026-02-14","gross":{"amount":"9.90","currency":"EUR"},"subscriptions":["sub_01kg8j50c000000by5679dw8h"]}', '2026-01-30 23:00:00+00', NULL);
INSERT INTO public.events VALUES ('default', 11, 'evt_01kg8j50c000000htaxjw5tt6', 'checkout.completed', 'chk_01kg8j50c000000a6y4fzx1hq', 'ada', '{"offer":"month","result":{"credit_notes":[],"invoices":["inv_01kg8j50c000000cebdz1yaxe"],"scheduled_change":null,"subscription":"sub_01kg8j50c000000by5679dw8h"}}', '2026-01-30 23:00:00+00', NULL);
INSERT INTO public.events VALUES ('default', 12, 'evt_01kh2a46c000000pmqg8pdh99', 'scheduled_change.pending', 'sch_01kh2a46c000000nrajej1c4b', 'ada', '{"effective_on":"2026-02-28","mode":"replace","path":"month-to-year","reason":null,"result_subscription":null,"subscription":"sub_01kg8j50c000000by5679dw8h","target_offer":"year"}', '2026-02-09 23:00:00+00', NULL);
INSERT INTO public.events VALUES ('default', 13, 'evt_01kh2a46c000000qj7b623cez', 'checkout.completed', 'chk_01kh2a46c000000mrvhjqtmzc', 'ada', '{"offer":"year","result":{"credit_notes":[],"invoices":[],"scheduled_change":"sch_01kh2a46c000000nrajej1c4b","subscription":null}}', '2026-02-09 23:00:00+00', NULL);
INSERT INTO public.events VALUES ('default', 14, 'evt_01kh2a46c000000xg5rf4g8j1', 'checkout.held', 'chk_01kh2a46c000000txywdyv43h', 'bob', '{"held_until":"2026-02-09T23:15:00Z","offer":"month","subscription":null}', '2026-02-09 23:00:00+00', 'key_01kg8j50c00000001z6y3fv98');
INSERT INTO public.idempotency VALUES ('default', 'key_01kg8j50c00000001z6y3fv98', 'a', '\x408ad2190c136642128b3f03d4c0e4c4e80ff0aa7faa2de8633c5800c1a3538f', 'answered', 200, '[["content-type","application/json"],["etag","\"d0c3cb3d25c95d47b22c52f9375f1460\""]]', '{"id":"chk_01kg8j50c000000a6y4fzx1hq","url":"http://127.0.0.1:39111/checkout/psy0kfndhn9ykyp0c1rtpyavb7mkr0mj","status":"completed","expires_at":"2026-01-31T00:00:00Z","held_until":null,"customer":"ada","offer":"month","mode":"new","modes":["new"],"path":null,"source_subscription":null,"transition":null,"effective_on":"2026-01-31","amount_due":{"amount":"9.90","currency":"EUR"},"next_payment_on":"2026-02-28","documents":[{"kind":"invoice","status":"open","customer":"ada","issued_on":"2026-01-31","due_on":"2026-02-14","lines":[{"subscription":null,"offer":"month","kind":"period","description":"Month","period":{"start":"2026-01-31","end":"2026-02-28"},"net":{"amount":"9.90","currency":"EUR"},"tax":{"amount":"0.00","currency":"EUR"},"gross":{"amount":"9.90","currency":"EUR"},"tax_rate":"0"}],"net":{"amount":"9.90","currency":"EUR"},"tax":{"amount":"0.00","currency":"EUR"},"gross":{"amount":"9.90","currency":"EUR"},"credit_applied":{"amount":"0.00","currency":"EUR"},"amount_due":{"amount":"9.90","currency":"EUR"},"credits":null}],"catch_up":[],"withdraws":[],"supersedes":null,"preview_by_mode":{"new":{"transition":null,"effective_on":"2026-01-31","amount_due":{"amount":"9.90","currency":"EUR"},"next_payment_on":"2026-02-28","documents":[{"kind":"invoice","status":"open","customer":"ada","issued_on":"2026-01-31","due_on":"2026-02-14","lines":[{"subscription":null,"offer":"month","kind":"period","description":"Month","period":{"start":"2026-01-31","end":"2026-02-28"},"net":{"amount":"9.90","currency":"EUR"},"tax":{"amount":"0.00","currency":"EUR"},"gross":{"amount":"9.90","currency":"EUR"},"tax_rate":"0"}],"net":{"amount":"9.90","currency":"EUR"},"tax":{"amount":"0.00","currency":"EUR"},"gross":{"amount":"9.90","currency":"EUR"},"credit_applied":{"amount":"0.00","currency":"EUR"},"amount_due":{"amount":"9.90","currency":"EUR"},"credits":null}],"withdraws":[],"supersedes":null,"confirmation":null}},"confirmation":null,"considered":[],"metadata":null,"return_url":null,"result":{"subscription":"sub_01kg8j50c000000by5679dw8h","invoices":["inv_01kg8j50c000000cebdz1yaxe"],"credit_notes":[],"scheduled_change":null}}', '2026-11-22 12:11:21.936768+00', 'a6ed395bf16afc500b958fd539e12d5d', '2026-11-22 12:11:26.936768+00');
INSERT INTO public.idempotency VALUES ('default', 'key_01kg8j50c00000001z6y3fv98', 'b', '\x6a29cd52e14496c3b3f775eefdc715d2a687271cbcc3bbae8d4306677e5ee1b7', 'answered', 200, '[["content-type","application/json"],["etag","\"855987a98351b8e5f93ccb250d4c7aee\""]]', '{"id":"chk_01kh2a46c000000mrvhjqtmzc","url":"http://127.0.0.1:39111/checkout/8ht1dc3340v86x13nmw8fvamyqywnnd6","status":"completed","expires_at":"2026-02-10T00:00:00Z","held_until":null,"customer":"ada","offer":"year","mode":"replace","modes":["replace"],"path":"month-to-year","source_subscription":"sub_01kg8j50c000000by5679dw8h","transition":"next_booking","effective_on":"2026-02-28","amount_due":{"amount":"0.00","currency":"EUR"},"next_payment_on":"2026-02-28","documents":[],"catch_up":[],"withdraws":[],"supersedes":null,"preview_by_mode":{"replace":{"transition":"next_booking","effective_on":"2026-02-28","amount_due":{"amount":"0.00","currency":"EUR"},"next_payment_on":"2026-02-28","documents":[],"withdraws":[],"supersedes":null,"confirmation":{"title":"Change to Year","text":"At February 28, 2026."}}},"confirmation":{"title":"Change to Year","text":"At February 28, 2026."},"considered":[{"path":"month-to-year","subscription":"sub_01kg8j50c000000by5679dw8h","verdict":"chosen","reason":null}],"metadata":null,"return_url":null,"result":{"subscription":null,"invoices":[],"credit_notes":[],"scheduled_change":"sch_01kh2a46c000000nrajej1c4b"}}', '2026-11-22 12:11:22.003706+00', '77ed95758e3e1885a8be922fe329574f', '2026-11-22 12:11:27.003706+00');
INSERT INTO public.invoice_lines VALUES ('default', 'inv_01kg8j50c000000cebdz1yaxe', 0, 'sub_01kg8j50c000000by5679dw8h', 'month', 'period', 'Month', '2026-01-31', '2026-02-28', 990, 0, 990, '0', 0, 0, false);
INSERT INTO public.invoices VALUES ('default', 'inv_01kg8j50c000000cebdz1yaxe', 1, 'ada', 'EUR', '2026-01-31', '2026-02-14', 990, 0, 990, 0, 0, 990, 0, 'paid', '{}', '{"name":null,"address":null,"vat_id":null}', '2026-01-30 23:00:00+00');
INSERT INTO public.merchants VALUES ('default', 'Default', 'Europe/Berlin', 'en', 'EUR', NULL, 14, false, 60, 30, '[]', 3, 1, 0, 14, '2026-01-30 23:00:00+00');
INSERT INTO public.offer_products VALUES ('default', 'month', 1, 'paper');
INSERT INTO public.offer_products VALUES ('default', 'year', 1, 'paper');
INSERT INTO public.offer_tags VALUES ('default', 'month', 'month');
INSERT INTO public.offer_tags VALUES ('default', 'year', 'year');
INSERT INTO public.offer_versions VALUES ('default', 'month', 1, 'Month', '[["paper","The Paper"]]', 990, 'EUR', 'P1M', 'P1M', NULL, true, NULL, true, false);
INSERT INTO public.offer_versions VALUES ('default', 'year', 1, 'Year', '[["paper","The Paper"]]', 9900, 'EUR', 'P1Y', 'P1Y', NULL, true, NULL, true, false);
INSERT INTO public.offers VALUES ('default', 'month', 1, true);
INSERT INTO public.offers VALUES ('default', 'year', 1, true);
INSERT INTO public.path_tags VALUES ('default', 'month-to-year', 'source', 'month');
INSERT INTO public.path_tags VALUES ('default', 'month-to-year', 'target', 'year');
INSERT INTO public.paths VALUES ('default', 'month-to-year', 3, '2026-01-30 23:00:00+00', 'Month to year', NULL, 'Change to {offerTitle}', 'At {nextPayment}.', false, false, 'next_booking', 'none', 'refuse', 0, true, NULL, NULL);
INSERT INTO public.payments VALUES ('default', 'pay_01kg8j50c000000dzjxqphhwm', 'ada', 'inv_01kg8j50c000000cebdz1yaxe', 990, 'EUR', 'psp-1', NULL, '2026-01-31', '2026-01-30 23:00:00+00');
INSERT INTO public.products VALUES ('default', 'paper', 'The Paper', 'digital');
INSERT INTO public.scheduled_changes VALUES ('default', 'sch_01kh2a46c000000nrajej1c4b', 2, 'ada', 'sub_01kg8j50c000000by5679dw8h', 'year', 1, 'month-to-year', 'replace', 'next_booking', '2026-02-28', 'pending', NULL, NULL, NULL);
INSERT INTO public.subscriptions VALUES ('default', 'sub_01kg8j50c000000by5679dw8h', 'ada', 1, 'month', 1, 990, 'active', '2026-01-31', NULL, 31, '2026-01-31', '2026-02-28', '2026-01-31', '2026-02-28', NULL, NULL, NULL, NULL, 'sub_01kg8j50c000000by5679dw8h', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2026-01-30 23:00:00+00', '2026-01-31');
INSERT INTO public.tags VALUES ('default', 'month', 'month');
INSERT INTO public.tags VALUES ('default', 'year', 'year');
INSERT INTO public.webhook_endpoints VALUES ('default', 'shop', 'https://shop.example/hook', '["invoice.*"]', 'whsec_ggFQZKoZd8Z0kIQvW9yXVXE4tZlV5AGZAw1B3V2JwzU=', NULL, NULL, NULL, NULL, 7, '2026-11-22 12:11:21.893305+00');
ALTER TABLE ONLY public._sqlx_migrations
    ADD CONSTRAINT _sqlx_migrations_pkey PRIMARY KEY (version);
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_hash_key UNIQUE (hash);
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE ONLY public.balances
    ADD CONSTRAINT balances_pkey PRIMARY KEY (merchant_id, customer_id, currency);
ALTER TABLE ONLY public.billing_runs
    ADD CONSTRAINT billing_runs_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE ONLY public.book
    ADD CONSTRAINT book_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.checkouts
    ADD CONSTRAINT checkouts_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE ONLY public.checkouts
    ADD CONSTRAINT checkouts_token_key UNIQUE (token);
ALTER TABLE ONLY public.credit_note_lines
    ADD CONSTRAINT credit_note_lines_pkey PRIMARY KEY (merchant_id, credit_note_id, "position");
ALTER TABLE ONLY public.credit_notes
    ADD CONSTRAINT credit_notes_merchant_id_number_key UNIQUE (merchant_id, number);
ALTER TABLE ONLY public.credit_notes
    ADD CONSTRAINT credit_notes_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE ONLY public.customers
    ADD CONSTRAINT customers_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_merchant_id_id_key UNIQUE (merchant_id, id);
ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (merchant_id, sequence);
ALTER TABLE ONLY public.idempotency
    ADD CONSTRAINT idempotency_pkey PRIMARY KEY (merchant_id, api_key_id, request_key);
ALTER TABLE ONLY public.invoice_lines
    ADD CONSTRAINT invoice_lines_pkey PRIMARY KEY (merchant_id, invoice_id, "position");
ALTER TABLE ONLY public.invoices
    ADD CONSTRAINT invoices_merchant_id_number_key UNIQUE (merchant_id, number);
ALTER TABLE ONLY public.invoices
    ADD CONSTRAINT invoices_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE ONLY public.merchants
    ADD CONSTRAINT merchants_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.offer_products
    ADD CONSTRAINT offer_products_pkey PRIMARY KEY (merchant_id, offer_id, version, product_id);
ALTER TABLE ONLY public.offer_tags
    ADD CONSTRAINT offer_tags_pkey PRIMARY KEY (merchant_id, offer_id, tag_id);
ALTER TABLE ONLY public.offer_versions
    ADD CONSTRAINT offer_versions_pkey PRIMARY KEY (merchant_id, offer_id, version);
ALTER TABLE ONLY public.offers
    ADD CONSTRAINT offers_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE ONLY public.path_tags
    ADD CONSTRAINT path_tags_pkey PRIMARY KEY (merchant_id, path_id, side, tag_id);
ALTER TABLE ONLY public.paths
    ADD CONSTRAINT paths_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE ONLY public.payments
    ADD CONSTRAINT payments_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE ONLY public.products
    ADD CONSTRAINT products_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE ONLY public.scheduled_changes
    ADD CONSTRAINT scheduled_changes_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_hash_key UNIQUE (hash);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (merchant_id, hash);
ALTER TABLE ONLY public.subscriptions
    ADD CONSTRAINT subscriptions_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE ONLY public.tags
    ADD CONSTRAINT tags_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE ONLY public.taxes
    ADD CONSTRAINT taxes_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (merchant_id, endpoint_id, id);
ALTER TABLE ONLY public.webhook_endpoints
    ADD CONSTRAINT webhook_endpoints_pkey PRIMARY KEY (merchant_id, id);
CREATE INDEX billing_runs_at_work ON public.billing_runs USING btree (seen_at) WHERE (status = 'running'::text);
CREATE INDEX checkouts_by_customer ON public.checkouts USING btree (merchant_id, customer_id);
CREATE INDEX checkouts_by_path ON public.checkouts USING btree (merchant_id, path_id) WHERE (path_id IS NOT NULL);
CREATE INDEX checkouts_held ON public.checkouts USING btree (merchant_id, customer_id) WHERE (status = 'held'::text);
CREATE INDEX checkouts_open ON public.checkouts USING btree (merchant_id, offer_id) WHERE (status = ANY (ARRAY['open'::text, 'held'::text]));
CREATE INDEX credit_note_lines_by_subscription ON public.credit_note_lines USING btree (merchant_id, subscription_id, period_start);
CREATE INDEX credit_notes_by_customer ON public.credit_notes USING btree (merchant_id, customer_id);
CREATE INDEX credit_notes_by_invoice ON public.credit_notes USING btree (merchant_id, invoice_id, number);
CREATE INDEX customers_by_due ON public.customers USING btree (merchant_id, due_on) WHERE (due_on IS NOT NULL);
CREATE INDEX customers_held ON public.customers USING btree (merchant_id, held_until) WHERE (held_until IS NOT NULL);
CREATE INDEX customers_to_bill ON public.customers USING btree (merchant_id, id, due_on) WHERE (due_on IS NOT NULL);
CREATE INDEX customers_to_retry ON public.customers USING btree (merchant_id) WHERE (billing_retry_at IS NOT NULL);
CREATE INDEX events_of_definitions ON public.events USING btree (merchant_id, id) WHERE (customer_id IS NULL);
CREATE INDEX idempotency_by_age ON public.idempotency USING btree (created_at);
CREATE INDEX invoice_lines_by_subscription ON public.invoice_lines USING btree (merchant_id, subscription_id, period_start, kind);
CREATE INDEX invoices_by_customer ON public.invoices USING btree (merchant_id, customer_id);
CREATE INDEX invoices_cancelled ON public.invoices USING btree (merchant_id, id) WHERE (status = 'cancelled'::text);
CREATE INDEX invoices_open ON public.invoices USING btree (merchant_id, customer_id) WHERE (status = 'open'::text);
CREATE INDEX invoices_to_list ON public.invoices USING btree (merchant_id, id) WHERE (status = 'open'::text);
CREATE INDEX offer_products_by_product ON public.offer_products USING btree (merchant_id, product_id);
CREATE INDEX offer_tags_by_tag ON public.offer_tags USING btree (merchant_id, tag_id);
CREATE INDEX offer_versions_by_tax ON public.offer_versions USING btree (merchant_id, tax_id) WHERE (tax_id IS NOT NULL);
CREATE INDEX path_tags_by_tag ON public.path_tags USING btree (merchant_id, tag_id, side);
CREATE INDEX payments_by_customer ON public.payments USING btree (merchant_id, customer_id);
CREATE INDEX payments_by_invoice ON public.payments USING btree (merchant_id, invoice_id);
CREATE INDEX scheduled_changes_by_customer ON public.scheduled_changes USING btree (merchant_id, customer_id);
CREATE INDEX scheduled_changes_by_day ON public.scheduled_changes USING btree (merchant_id, effective_on) WHERE (status = 'pending'::text);
CREATE INDEX scheduled_changes_by_subscription ON public.scheduled_changes USING btree (merchant_id, subscription_id);
CREATE INDEX scheduled_changes_failed ON public.scheduled_changes USING btree (merchant_id, id) WHERE (status = 'failed'::text);
CREATE INDEX scheduled_changes_pending ON public.scheduled_changes USING btree (merchant_id, customer_id) WHERE (status = 'pending'::text);
CREATE UNIQUE INDEX scheduled_changes_replacing ON public.scheduled_changes USING btree (merchant_id, subscription_id) WHERE ((status = 'pending'::text) AND (mode = 'replace'::text));
CREATE INDEX scheduled_changes_to_list ON public.scheduled_changes USING btree (merchant_id, id) WHERE (status = 'pending'::text);
CREATE INDEX sessions_by_age ON public.sessions USING btree (seen_at);
CREATE INDEX subscriptions_active ON public.subscriptions USING btree (merchant_id, customer_id) WHERE (status = 'active'::text);
CREATE INDEX subscriptions_by_customer ON public.subscriptions USING btree (merchant_id, customer_id);
CREATE INDEX subscriptions_by_offer ON public.subscriptions USING btree (merchant_id, offer_id);
CREATE INDEX subscriptions_ended ON public.subscriptions USING btree (merchant_id, id) WHERE (status = 'ended'::text);
CREATE INDEX webhook_deliveries_due ON public.webhook_deliveries USING btree (merchant_id, endpoint_id, next_attempt_at, event_sequence) WHERE (status = 'pending'::text);
CREATE INDEX webhook_deliveries_ended ON public.webhook_deliveries USING btree (last_attempt_at) WHERE (status <> 'pending'::text);
CREATE INDEX webhook_deliveries_in_lane ON public.webhook_deliveries USING btree (merchant_id, endpoint_id, lane, event_sequence) WHERE (status = 'pending'::text);
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES public.merchants(id);
ALTER TABLE ONLY public.balances
    ADD CONSTRAINT balances_merchant_id_customer_id_fkey FOREIGN KEY (merchant_id, customer_id) REFERENCES public.customers(merchant_id, id);
ALTER TABLE ONLY public.billing_runs
    ADD CONSTRAINT billing_runs_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES public.merchants(id);
ALTER TABLE ONLY public.checkouts
    ADD CONSTRAINT checkouts_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES public.merchants(id);
ALTER TABLE ONLY public.credit_note_lines
    ADD CONSTRAINT credit_note_lines_merchant_id_credit_note_id_fkey FOREIGN KEY (merchant_id, credit_note_id) REFERENCES public.credit_notes(merchant_id, id);
ALTER TABLE ONLY public.credit_notes
    ADD CONSTRAINT credit_notes_merchant_id_customer_id_fkey FOREIGN KEY (merchant_id, customer_id) REFERENCES public.customers(merchant_id, id);
ALTER TABLE ONLY public.credit_notes
    ADD CONSTRAINT credit_notes_merchant_id_invoice_id_fkey FOREIGN KEY (merchant_id, invoice_id) REFERENCES public.invoices(merchant_id, id);
ALTER TABLE ONLY public.customers
    ADD CONSTRAINT customers_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES public.merchants(id);
ALTER TABLE ONLY public.invoice_lines
    ADD CONSTRAINT invoice_lines_merchant_id_invoice_id_fkey FOREIGN KEY (merchant_id, invoice_id) REFERENCES public.invoices(merchant_id, id);
ALTER TABLE ONLY public.invoices
    ADD CONSTRAINT invoices_merchant_id_customer_id_fkey FOREIGN KEY (merchant_id, customer_id) REFERENCES public.customers(merchant_id, id);
ALTER TABLE ONLY public.offer_products
    ADD CONSTRAINT offer_products_merchant_id_offer_id_version_fkey FOREIGN KEY (merchant_id, offer_id, version) REFERENCES public.offer_versions(merchant_id, offer_id, version);
ALTER TABLE ONLY public.offer_tags
    ADD CONSTRAINT offer_tags_merchant_id_offer_id_fkey FOREIGN KEY (merchant_id, offer_id) REFERENCES public.offers(merchant_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.offer_tags
    ADD CONSTRAINT offer_tags_merchant_id_tag_id_fkey FOREIGN KEY (merchant_id, tag_id) REFERENCES public.tags(merchant_id, id);
ALTER TABLE ONLY public.offer_versions
    ADD CONSTRAINT offer_versions_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES public.merchants(id);
ALTER TABLE ONLY public.offers
    ADD CONSTRAINT offers_merchant_id_id_version_fkey FOREIGN KEY (merchant_id, id, version) REFERENCES public.offer_versions(merchant_id, offer_id, version);
ALTER TABLE ONLY public.path_tags
    ADD CONSTRAINT path_tags_merchant_id_path_id_fkey FOREIGN KEY (merchant_id, path_id) REFERENCES public.paths(merchant_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.path_tags
    ADD CONSTRAINT path_tags_merchant_id_tag_id_fkey FOREIGN KEY (merchant_id, tag_id) REFERENCES public.tags(merchant_id, id);
ALTER TABLE ONLY public.paths
    ADD CONSTRAINT paths_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES public.merchants(id);
ALTER TABLE ONLY public.payments
    ADD CONSTRAINT payments_merchant_id_customer_id_fkey FOREIGN KEY (merchant_id, customer_id) REFERENCES public.customers(merchant_id, id);
ALTER TABLE ONLY public.payments
    ADD CONSTRAINT payments_merchant_id_invoice_id_fkey FOREIGN KEY (merchant_id, invoice_id) REFERENCES public.invoices(merchant_id, id);
ALTER TABLE ONLY public.products
    ADD CONSTRAINT products_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES public.merchants(id);
ALTER TABLE ONLY public.scheduled_changes
    ADD CONSTRAINT scheduled_changes_merchant_id_customer_id_fkey FOREIGN KEY (merchant_id, customer_id) REFERENCES public.customers(merchant_id, id);
ALTER TABLE ONLY public.scheduled_changes
    ADD CONSTRAINT scheduled_changes_merchant_id_offer_id_offer_version_fkey FOREIGN KEY (merchant_id, offer_id, offer_version) REFERENCES public.offer_versions(merchant_id, offer_id, version);
ALTER TABLE ONLY public.scheduled_changes
    ADD CONSTRAINT scheduled_changes_merchant_id_subscription_id_fkey FOREIGN KEY (merchant_id, subscription_id) REFERENCES public.subscriptions(merchant_id, id);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_merchant_id_key_id_fkey FOREIGN KEY (merchant_id, key_id) REFERENCES public.api_keys(merchant_id, id);
ALTER TABLE ONLY public.subscriptions
    ADD CONSTRAINT subscriptions_merchant_id_customer_id_fkey FOREIGN KEY (merchant_id, customer_id) REFERENCES public.customers(merchant_id, id);
ALTER TABLE ONLY public.subscriptions
    ADD CONSTRAINT subscriptions_merchant_id_offer_id_offer_version_fkey FOREIGN KEY (merchant_id, offer_id, offer_version) REFERENCES public.offer_versions(merchant_id, offer_id, version);
ALTER TABLE ONLY public.tags
    ADD CONSTRAINT tags_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES public.merchants(id);
ALTER TABLE ONLY public.taxes
    ADD CONSTRAINT taxes_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES public.merchants(id);
ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_merchant_id_endpoint_id_fkey FOREIGN KEY (merchant_id, endpoint_id) REFERENCES public.webhook_endpoints(merchant_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.webhook_endpoints
    ADD CONSTRAINT webhook_endpoints_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES public.merchants(id);
