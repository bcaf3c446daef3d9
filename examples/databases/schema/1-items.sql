create table items (name text primary key, price numeric not null);
insert into items values ('lamp', 40);
