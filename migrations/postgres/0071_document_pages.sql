-- The customer's page of a document is found by an unguessable token.
alter table invoices add column token text not null default '';
update invoices set token = replace(gen_random_uuid()::text, '-', '');
create unique index invoices_by_token on invoices (token);
alter table credit_notes add column token text not null default '';
update credit_notes set token = replace(gen_random_uuid()::text, '-', '');
create unique index credit_notes_by_token on credit_notes (token);
