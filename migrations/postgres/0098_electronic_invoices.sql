-- What electronic invoices say of a buyer besides: the VAT identification number, what the buyer
-- wants to read on documents, and the address part by part (JSON); null where it was not said.
alter table customers add column vat_id text;
alter table customers add column reference text;
alter table customers add column postal_address text;

-- Why no tax is charged in a tax category whose rates are 0 (JSON: kind, reason); null where tax is
-- charged. An invoice line keeps what held when it was issued.
alter table taxes add column exemption text;
alter table invoice_lines add column exemption text;
