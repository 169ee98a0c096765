-- A row is a customer's way through an automation, one for each of both, ever: which version, what
-- started it, the place of the step that it waits for and when that is due. Nothing is due while a
-- message is on its way.
create table automation_runs (
    merchant_id text not null references merchants (id),
    id text not null,
    automation_id text not null,
    version integer not null,
    customer_id text not null,
    order_id text,
    subscription_id text,
    status text not null check (status in ('active', 'exited', 'completed', 'holdout')),
    exit_reason text,
    step integer not null check (step >= 0),
    due_at text,
    started_at text not null,
    ended_at text,
    horizon_at text not null,
    primary key (merchant_id, id),
    check ((status in ('exited', 'completed')) = (ended_at is not null)),
    check ((status = 'exited') = (exit_reason is not null))
) strict;

create unique index automation_runs_once
on automation_runs (merchant_id, customer_id, automation_id);
create index automation_runs_by_automation on automation_runs (merchant_id, automation_id, id);
create index automation_runs_by_order on automation_runs (merchant_id, order_id)
where order_id is not null;
create index automation_runs_due on automation_runs (due_at) where status = 'active';

-- A row is a message to a customer, as it was filled when it was queued (JSON), and what became of
-- it, each moment the earliest that is told or implied. `accepted_at` is when it was handed over;
-- `credit_until` is until when a purchase may be put down to it.
create table messages (
    merchant_id text not null references merchants (id),
    id text not null,
    automation_id text not null,
    run_id text not null,
    step integer not null,
    step_key text not null,
    customer_id text not null,
    channel text not null,
    endpoint_id text,
    status text not null check (status in ('queued', 'sent', 'failed', 'dropped')),
    attempts integer not null default 0,
    error text,
    content text not null,
    window_minutes integer not null,
    queued_at text not null,
    next_attempt_at text not null,
    claimed_until text,
    failed_at text,
    accepted_at text,
    sent_at text,
    delivered_at text,
    bounced_at text,
    read_at text,
    replied_at text,
    clicked_at text,
    credit_until text,
    primary key (merchant_id, id)
) strict;

create index messages_by_automation on messages (merchant_id, automation_id, id);
create index messages_by_customer on messages (merchant_id, customer_id, id);
create index messages_by_run on messages (merchant_id, run_id, step);
create index messages_due on messages (next_attempt_at) where status = 'queued';

-- A row is what a provider told of a message, under the provider's name for it, so that it is taken
-- in once.
create table message_events (
    merchant_id text not null,
    message_id text not null,
    event_id text not null,
    kind text not null,
    happened_at text not null,
    bot integer not null check (bot in (0, 1)),
    told_at text not null,
    primary key (merchant_id, message_id, event_id),
    foreign key (merchant_id, message_id) references messages (merchant_id, id)
) strict;

-- A row is a customer who is sent no messages: why and since when, and, where their address gave
-- one back, which.
create table suppressions (
    merchant_id text not null references merchants (id),
    customer_id text not null,
    reason text not null,
    email text,
    since_at text not null,
    primary key (merchant_id, customer_id)
) strict;

-- A row is something that a customer of an automation bought: an order, a checkout (with the order
-- that it made, if any), or a cancellation that they took back. Its id is the kind and what it is.
create table automation_purchases (
    merchant_id text not null references merchants (id),
    id text not null,
    customer_id text not null,
    order_id text,
    subscription_id text,
    purchased_at text not null,
    primary key (merchant_id, id)
) strict;

create index automation_purchases_by_customer
on automation_purchases (merchant_id, customer_id, purchased_at);

-- So many hours there are between two messages of automations to one customer.
alter table merchants add column message_gap_hours integer not null default 0
    check (message_gap_hours between 0 and 168);
