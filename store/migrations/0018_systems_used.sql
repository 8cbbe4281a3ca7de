-- Which systems a plan and a release use, written down once, so that a worker that looks for systems to poll reads no document. It is not sealed, because it
-- decides nothing else: what is done in a system is checked against the sealed revision.
create table planned_systems (
  plan text primary key,
  -- The plan's last revision.
  number integer not null,
  systems text[] not null
);
create function systems_in(document json) returns table (package text, systems text[]) language sql immutable as $$
  select p ->> 'id', array(
    select distinct e ->> 'system'
    from (values (p -> 'entitlements'), (p -> 'legacy')) as of(list), json_array_elements(case when json_typeof(of.list) = 'array' then of.list else '[]' end) e
    where e ->> 'system' is not null order by 1)
  from json_array_elements(case when json_typeof(document -> 'packages') = 'array' then document -> 'packages' else '[]' end) p
$$;

-- By the database, so that a process of the version before, which goes on until it is replaced, writes them too.
create function keep_systems() returns trigger language plpgsql as $$
begin
  insert into rolewave.planned_systems as known (plan, number, systems)
  select new.plan, new.number, array(select distinct unnest(s.systems) from rolewave.systems_in(new.document) s order by 1)
  on conflict (plan) do update set number = excluded.number, systems = excluded.systems where known.number < excluded.number;
  return null;
end $$;
create trigger revisions_have_systems after insert on revisions for each row execute function keep_systems();

insert into planned_systems (plan, number, systems)
select r.plan, r.number, array(select distinct unnest(s.systems) from systems_in(r.document) s order by 1)
from (select plan, max(number) as number from revisions group by plan) last join revisions r on r.plan = last.plan and r.number = last.number;

-- Last, because statements of running workers on releases wait from here on. Null: written by a process of the version before, which knows no such column; the
-- document of its revision is read.
create temporary table used on commit drop as
select used.plan, used.revision, s.package, s.systems
from (select distinct plan, revision from releases) used
join revisions r on r.plan = used.plan and r.number = used.revision
cross join lateral systems_in(r.document) s;
alter table releases add column systems text[];
update releases as b set systems = used.systems from used where b.plan = used.plan and b.revision = used.revision and b.package = used.package;
