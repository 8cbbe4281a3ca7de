-- As which place each system of the site has answered: the first one of a place keeps it, and another one is believed only where the site says so (domain/site/same-place.ts).
create table system_places (
  place text not null,
  system text not null,
  -- How the system was reached, as digests; none where its connector has none.
  addresses text[] not null default '{}',
  -- It was there before places were kept: what was released through it may still be rolled back.
  was_there boolean not null default false,
  position bigint generated always as identity,
  primary key (place, system)
);
insert into system_places (place, system, was_there)
select place, system, true
from (
  select a.place, p.system, min(a.id) as first
  from (select distinct place, part, min(id) as id from (select id, place, unnest(parts) as part from appends) each group by place, part) a
  join parts p on p.id = a.part
  group by a.place, p.system
) known
order by first;
