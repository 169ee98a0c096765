-- A row is the numbers that a merchant has given last: of invoices, credit notes and events. They
-- are taken late in a transaction and held until its end, so they stand where nothing refers to:
-- other rows of the merchant's look the merchant up without meeting them.
create table counters (
    merchant_id text primary key references merchants (id),
    invoice_number integer not null default 0,
    credit_note_number integer not null default 0,
    event_sequence integer not null default 0
) strict, without rowid;

insert into counters (merchant_id, invoice_number, credit_note_number, event_sequence)
select id, invoice_number, credit_note_number, event_sequence from merchants;

alter table merchants drop column invoice_number;
alter table merchants drop column credit_note_number;
alter table merchants drop column event_sequence;
