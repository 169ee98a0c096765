-- One search finds customers, products and campaigns by the beginning of what people call them,
-- whatever its case, along these. An index takes no text of any length.
create index customers_by_name on customers (merchant_id, lower(substr(name, 1, 200)))
where name is not null;
create index customers_by_email on customers (merchant_id, lower(substr(email, 1, 200)))
where email is not null;
create index products_by_title on products (merchant_id, lower(substr(title, 1, 200)));
create index campaigns_by_title on campaigns (merchant_id, lower(substr(title, 1, 200)));
