-- For how many days a merchant keeps a checkout that nobody has completed, once it has expired.
alter table merchants add column checkout_days integer not null default 30
    check (checkout_days between 1 and 3650);
