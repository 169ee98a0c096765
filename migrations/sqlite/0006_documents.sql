-- A row is an invoice. After issue only what is still owed changes. Seller and buyer are JSON,
-- as they were when it was issued.
create table invoices (
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

create index invoices_by_customer on invoices (merchant_id, customer_id, id);
create index invoices_open on invoices (merchant_id, customer_id)
where status = 'open';
create index invoices_cancelled on invoices (merchant_id, id)
where status = 'cancelled';

-- A row is a line of an invoice, with what has been credited of it.
create table invoice_lines (
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

create index invoice_lines_by_subscription
on invoice_lines (merchant_id, subscription_id, period_start, kind);

-- A row is a credit note.
create table credit_notes (
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

create index credit_notes_by_customer on credit_notes (merchant_id, customer_id, id);
create index credit_notes_by_invoice on credit_notes (merchant_id, invoice_id, number);

-- A row is a line of a credit note; line_position is the place of the credited line on the
-- invoice.
create table credit_note_lines (
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

create index credit_note_lines_by_subscription
on credit_note_lines (merchant_id, subscription_id, period_start);

-- A row is money that came in (above zero), bounced or was paid out (below zero).
create table payments (
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

create index payments_by_customer on payments (merchant_id, customer_id, id);
create index payments_by_invoice on payments (merchant_id, invoice_id, id);
