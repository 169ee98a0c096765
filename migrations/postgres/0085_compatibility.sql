-- The one row says which programs may work on these tables: those that know the migration of this
-- number, and so all before it. A migration that takes away what programs before another one still
-- name, or that they would write wrongly beside it, raises the number to that other one.
create table compatibility (
    id bigint primary key check (id = 1),
    works_from bigint not null
);

insert into compatibility (id, works_from) values (1, 85);
