-- The language in which a document is written; none where an older release issued it.
alter table invoices add column locale text;
alter table credit_notes add column locale text;
