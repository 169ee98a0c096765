-- A payment is of a kind, may have completed a checkout, and belongs to a receipt: the first of
-- those that came in together, and so bounce together. What was written before was paid and
-- bounced as a whole for each invoice.
alter table payments add column kind text not null default 'payment' check (
    kind in ('payment', 'bounce', 'payout')
);
alter table payments add column receipt_id text not null default '';
alter table payments add column checkout_id text;
update payments set
    kind = case
        when amount_minor > 0 then 'payment'
        when invoice_id is null then 'payout'
        else 'bounce'
    end,
    receipt_id = coalesce(
        (
            select min(p.id) from payments p
            where p.merchant_id = payments.merchant_id and p.invoice_id = payments.invoice_id
        ),
        id
    );
create index payments_by_receipt on payments (merchant_id, receipt_id);
create index payments_by_reference on payments (merchant_id, reference, id);
-- A credit note with a reason was written by hand: it gives money back and changes no days.
alter table credit_notes add column reason text;
