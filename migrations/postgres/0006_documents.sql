-- A row is an invoice. After issue only what is still owed changes. Seller and buyer are JSON,
-- as they were when it was issued.
create table invoices (
    merchant_id text collate "C" not null,
    id text collate "C" not null,
    number bigint not null check (number > 0),
    customer_id text collate "C" not null,
    currency text collate "C" not null,
    issued_on date not null,
    due_on date not null,
    net_minor bigint not null,
    tax_minor bigint not null,
    gross_minor bigint not null,
    credit_applied_minor bigint not null,
    amount_due_minor bigint not null check (amount_due_minor >= 0),
    paid_minor bigint not null,
    given_to_balance_minor bigint not null,
    status text collate "C" not null check (status in ('open', 'paid', 'cancelled')),
    seller text not null,
    buyer text not null,
    created_at timestamptz not null,
    primary key (merchant_id, id),
    unique (merchant_id, number),
    foreign key (merchant_id, customer_id) references customers (merchant_id, id),
    check (net_minor + tax_minor = gross_minor)
);

create index invoices_by_customer on invoices (merchant_id, customer_id);
create index invoices_open on invoices (merchant_id, customer_id)
where status = 'open';
create index invoices_cancelled on invoices (merchant_id, id)
where status = 'cancelled';

-- A row is a line of an invoice, with what has been credited of it.
create table invoice_lines (
    merchant_id text collate "C" not null,
    invoice_id text collate "C" not null,
    position bigint not null check (position >= 0),
    subscription_id text collate "C" not null,
    offer_id text collate "C" not null,
    kind text collate "C" not null check (kind in ('period', 'bridge', 'credit')),
    description text not null,
    period_start date not null,
    period_end date not null,
    net_minor bigint not null,
    tax_minor bigint not null,
    gross_minor bigint not null,
    rate text not null,
    credited_gross_minor bigint not null,
    credited_tax_minor bigint not null,
    cancelled boolean not null,
    primary key (merchant_id, invoice_id, position),
    foreign key (merchant_id, invoice_id) references invoices (merchant_id, id),
    check (net_minor + tax_minor = gross_minor)
);

create index invoice_lines_by_subscription
on invoice_lines (merchant_id, subscription_id, period_start, kind);

-- A row is a credit note.
create table credit_notes (
    merchant_id text collate "C" not null,
    id text collate "C" not null,
    number bigint not null check (number > 0),
    customer_id text collate "C" not null,
    currency text collate "C" not null,
    issued_on date not null,
    invoice_id text collate "C",
    net_minor bigint not null,
    tax_minor bigint not null,
    gross_minor bigint not null,
    seller text not null,
    buyer text not null,
    created_at timestamptz not null,
    primary key (merchant_id, id),
    unique (merchant_id, number),
    foreign key (merchant_id, customer_id) references customers (merchant_id, id),
    foreign key (merchant_id, invoice_id) references invoices (merchant_id, id),
    check (net_minor + tax_minor = gross_minor)
);

create index credit_notes_by_customer on credit_notes (merchant_id, customer_id);
create index credit_notes_by_invoice on credit_notes (merchant_id, invoice_id, number);

-- A row is a line of a credit note; line_position is the place of the credited line on the
-- invoice.
create table credit_note_lines (
    merchant_id text collate "C" not null,
    credit_note_id text collate "C" not null,
    position bigint not null check (position >= 0),
    subscription_id text collate "C" not null,
    offer_id text collate "C" not null,
    kind text collate "C" not null check (kind in ('period', 'bridge', 'credit')),
    description text not null,
    period_start date not null,
    period_end date not null,
    net_minor bigint not null,
    tax_minor bigint not null,
    gross_minor bigint not null,
    rate text not null,
    line_position bigint,
    primary key (merchant_id, credit_note_id, position),
    foreign key (merchant_id, credit_note_id) references credit_notes (merchant_id, id),
    check (net_minor + tax_minor = gross_minor)
);

create index credit_note_lines_by_subscription
on credit_note_lines (merchant_id, subscription_id, period_start);

-- A row is money that came in (above zero), bounced or was paid out (below zero).
create table payments (
    merchant_id text collate "C" not null,
    id text collate "C" not null,
    customer_id text collate "C" not null,
    invoice_id text collate "C",
    amount_minor bigint not null,
    currency text collate "C" not null,
    reference text not null,
    reason text,
    paid_on date not null,
    created_at timestamptz not null,
    primary key (merchant_id, id),
    foreign key (merchant_id, customer_id) references customers (merchant_id, id),
    foreign key (merchant_id, invoice_id) references invoices (merchant_id, id)
);

create index payments_by_customer on payments (merchant_id, customer_id);
create index payments_by_invoice on payments (merchant_id, invoice_id);
