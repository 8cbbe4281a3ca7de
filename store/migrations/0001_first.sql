-- Up Migration
-- The runner's search_path is the schema `rolewave`. Times are milliseconds since 1970 (bigint). JSON is kept as `json`, not `jsonb`: it is read
-- back as it was written, and a NUL escape inside a person's text is no error. Nothing queries inside it.
-- An address is (plan, wave, package): '' where it is the plan as a whole, or the wave as a whole.

create table revisions (
  plan text not null,
  number integer not null check (number > 0),
  digest text not null,
  document json not null,
  applied_by text not null,
  applied_at bigint not null,
  clock json,
  -- Who changed what, and who agreed (domain/views/revision.ts); and the endpoint's seal over all of it.
  record json not null,
  seal text not null,
  primary key (plan, number)
);

-- Plans that `rolewave plan` compares with the live systems, for a day.
create table drafts (
  digest text primary key,
  document json not null,
  saved_at bigint not null
);

-- `accepted_at`: by this database's clock.
create table messages (
  plan text not null,
  wave text not null default '',
  package text not null default '',
  id text not null,
  type text not null,
  by_person text not null,
  jws text not null,
  accepted_at bigint not null,
  position bigint generated always as identity,
  primary key (plan, wave, package, id)
);

create table previews (
  digest text primary key,
  plan text not null,
  package text not null,
  system text not null,
  content json not null,
  taken_at bigint not null
);

-- One reading of every metric of a package before its release: the values that bounds are multiples of, and whether each could be read. `plan_digest`: of
-- the definition that was read.
create table baselines (
  plan text not null,
  wave text not null,
  package text not null,
  plan_digest text not null,
  baseline json not null,
  readable json not null,
  at bigint not null,
  position bigint generated always as identity primary key
);
create index baselines_by_package on baselines (plan, wave, package, position);

-- How one system compared with a signed preview, before a release: how many more changes it would be than were signed.
create table rechecks (
  plan text not null,
  wave text not null,
  package text not null,
  preview_digest text not null,
  system text not null,
  wider integer not null check (wider >= 0),
  at bigint not null,
  position bigint generated always as identity primary key
);
create index rechecks_by_preview on rechecks (plan, wave, package, preview_digest, position);

-- What roles may do, one line per privilege, under the digest that previews and accepted contents name.
create table role_contents (
  digest text primary key,
  privileges json not null
);

-- One release in one system. Thousands of facts and claims name it by its number.
create table parts (
  id integer primary key generated always as identity,
  plan text not null,
  wave text not null,
  package text not null,
  system text not null,
  unique (plan, wave, package, system)
);

-- Which parts have facts or claims on grants of which roles, and where: 'who else has to do with this role' is asked before every rollback. A few rows
-- for thousands of grants, which need no index of their own. `role_id`: as it was signed, or ''.
create table part_roles (
  place text collate "C" not null,
  role text collate "C" not null,
  part integer not null,
  role_id text collate "C" not null,
  primary key (place, role, part, role_id)
);
create index part_roles_by_id on part_roles (place, role_id);

-- What facts that were written together share. `place`: identity of what holds the grants; `parts`: what they are about; `forms`: what their grants have
-- in common (store/packing.ts).
create table appends (
  id integer primary key generated always as identity,
  place text not null,
  by_step text not null,
  transaction text,
  parts integer[] not null,
  forms json not null,
  at bigint not null
);
create index appends_by_transaction on appends (transaction) where transaction is not null;

-- What happened to one grant of one release, in order and never overwritten (domain/release/facts.ts). The names sort by code unit, which is fast.
create table ledger (
  part integer not null,
  kind text collate "C" not null check (kind in ('grant', 'retire')),
  role text collate "C" not null,
  account text collate "C" not null,
  number integer not null check (number > 0),
  append integer not null,
  person text not null,
  fact json not null,
  primary key (part, kind, role, account, number)
);

-- Whether a place has committed a transaction that facts of the ledger name; no row while that is not known.
create table transactions (
  place text not null,
  transaction text not null,
  committed boolean not null,
  at bigint not null,
  primary key (place, transaction)
);

-- One reason why a grant must stay.
create table claims (
  part integer not null,
  role text collate "C" not null,
  account text collate "C" not null,
  place text collate "C" not null,
  -- As they were signed, where the place has ids: another role or account of the same name is not claimed.
  role_id text collate "C",
  account_id text collate "C",
  primary key (part, role, account, place)
);

-- One evaluation, complete: when it was due in plan time (due_at), when it was taken in real time, what it measured, and how the rules of
-- that version judged it, in all and metric by metric. Known by what was due; the number is given here, in the order of recording.
create table evaluations (
  plan text not null,
  wave text not null,
  package text not null,
  number integer not null check (number > 0),
  purpose text not null,
  due_at bigint not null,
  evaluated_at bigint not null,
  measurements json not null,
  drift json not null,
  drift_lines json not null,
  contents json,
  verdict text not null,
  why text not null,
  metrics json not null,
  rules integer not null,
  position bigint generated always as identity,
  primary key (plan, wave, package, due_at, purpose),
  unique (plan, wave, package, number)
);
create index evaluations_by_position on evaluations (position);

create table receipts (
  plan text not null,
  wave text not null,
  package text not null,
  system text not null,
  rollback text not null,
  receipt json not null,
  saved_at bigint not null,
  primary key (plan, wave, package, system)
);

create table events (
  id text primary key,
  plan text not null,
  wave text not null default '',
  package text not null default '',
  at bigint not null,
  actor text not null,
  kind text not null,
  text text not null,
  data json,
  position bigint generated always as identity
);
create index events_by_wave on events (plan, wave, position);
create index events_by_position on events (position);
create index events_by_instant on events (at);

create table finals (
  workflow_id text primary key,
  state json not null,
  updated_at bigint not null
);

-- Requests for people. A notice is written once; its answer and the outcome of its deliveries are recorded separately.
create table notices (
  id text primary key,
  plan text not null,
  wave text not null default '',
  package text not null default '',
  kind text not null,
  level text not null,
  recipients json not null,
  opened_at bigint not null,
  by_at bigint,
  text text not null,
  action json not null,
  answered_at bigint,
  -- Not asked any more since this revision of the plan; nobody answered it.
  withdrawn_at bigint,
  withdrawn_by integer,
  position bigint generated always as identity
);
create index notices_by_wave on notices (plan, wave, position);

create table deliveries (
  notice text not null references notices (id),
  channel text not null,
  recipient text not null,
  state text not null check (state in ('sent', 'failed')),
  attempts integer not null,
  why text,
  at bigint not null,
  primary key (notice, channel, recipient)
);
create index deliveries_failed on deliveries (notice) where state = 'failed';

-- One release of a package by one wave: what a later release of the same package changes, and rolls back to.
create table releases (
  plan text not null,
  wave text not null,
  package text not null,
  revision integer not null,
  plan_digest text not null,
  preview_digest text not null,
  change text not null,
  begun_at bigint not null,
  position bigint generated always as identity,
  primary key (plan, wave, package)
);

-- People who are signed in with a browser. `id`: the SHA-256 of what the browser keeps, so that nobody who reads this table can sign in by it. `sealed`: the
-- provider's tokens, under a key that only the browser's secret opens. `seen_at`: to the minute. `renewing_at`: when a process began to renew the tokens.
create table sessions (
  id text primary key,
  person text not null,
  sealed text not null,
  began_at bigint not null,
  seen_at bigint not null,
  idle_after bigint not null,
  ends_at bigint not null,
  renewing_at bigint
);
create index sessions_by_person on sessions (person, began_at);

-- One row: what the processes of this installation share, and nobody else knows.
create table installation (
  one boolean primary key default true check (one),
  lock_secret text not null
);
insert into installation (lock_secret) values (gen_random_uuid() || '.' || gen_random_uuid());

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '%.% is append-only: what was recorded stays as it was recorded', tg_table_schema, tg_table_name using errcode = 'restrict_violation';
end $$;

create trigger events_are_append_only before update or delete or truncate on events for each statement execute function refuse_change();
create trigger messages_are_append_only before update or delete or truncate on messages for each statement execute function refuse_change();
create trigger revisions_are_append_only before update or delete or truncate on revisions for each statement execute function refuse_change();
create trigger baselines_are_append_only before update or delete or truncate on baselines for each statement execute function refuse_change();
create trigger rechecks_are_append_only before update or delete or truncate on rechecks for each statement execute function refuse_change();
create trigger evaluations_are_append_only before update or delete or truncate on evaluations for each statement execute function refuse_change();
create trigger parts_are_append_only before update or delete or truncate on parts for each statement execute function refuse_change();
create trigger part_roles_are_append_only before update or delete or truncate on part_roles for each statement execute function refuse_change();
create trigger appends_are_append_only before update or delete or truncate on appends for each statement execute function refuse_change();
create trigger ledger_is_append_only before update or delete or truncate on ledger for each statement execute function refuse_change();
create trigger transactions_are_append_only before update or delete or truncate on transactions for each statement execute function refuse_change();
