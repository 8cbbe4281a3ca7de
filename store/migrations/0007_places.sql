-- Which wave of which plan had which package, and in which revision last: asked for every list and record, so that no question goes through all revisions.
create table places (
  plan text not null,
  wave text not null,
  package text not null,
  last_revision integer not null,
  primary key (plan, wave, package)
);

create function places_in(document json) returns table (wave text, package text) language sql immutable as $$
  select distinct w ->> 'id', e ->> 'package'
  from json_array_elements(case when json_typeof(document -> 'waves') = 'array' then document -> 'waves' else '[]' end) w,
    json_array_elements(case when json_typeof(w -> 'packages') = 'array' then w -> 'packages' else '[]' end) e
  where w ->> 'id' is not null and e ->> 'package' is not null
$$;

insert into places (plan, wave, package, last_revision)
select r.plan, p.wave, p.package, max(r.number) from revisions r, places_in(r.document) p group by 1, 2, 3;

-- By the database, so that a process of the version before, which goes on until it is replaced, writes them too.
create function keep_places() returns trigger language plpgsql as $$
begin
  insert into rolewave.places as known (plan, wave, package, last_revision)
  select new.plan, p.wave, p.package, new.number from rolewave.places_in(new.document) p
  on conflict (plan, wave, package) do update set last_revision = greatest(known.last_revision, excluded.last_revision);
  return null;
end $$;
create trigger revisions_have_places after insert on revisions for each row execute function keep_places();

create function refuse_earlier_place() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and (new.plan, new.wave, new.package) = (old.plan, old.wave, old.package) and new.last_revision >= old.last_revision then return new; end if;
  raise exception '%.% only moves on: what a revision had stays on record', tg_table_schema, tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger places_move_on before update or delete on places for each row execute function refuse_earlier_place();
create trigger places_stay before truncate on places for each statement execute function refuse_change();
