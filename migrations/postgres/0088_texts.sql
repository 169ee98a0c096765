-- What else customers read of a version of an offer, and all of it in other languages (JSON: a
-- summary, legal advice, and by language these with the title and the titles of the products); null
-- where there is nothing of it.
alter table offer_versions add column wording text;

-- A product and a path in other languages (JSON by language).
alter table products add column texts text not null default '{}';
alter table paths add column texts text not null default '{}';

-- What the law wants to be told of what a line is for, as it was when it was sold.
alter table invoice_lines add column legal_advice text;

-- What a merchant's customers are led to (JSON: addresses of pages), and how their pages look.
alter table merchants add column links text not null default '{}';
alter table merchants add column logo text;
alter table merchants add column color text;
