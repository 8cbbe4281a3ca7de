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
  primary key (plan, number)
);

-- Plans that `rolewave plan` compares with the live systems, for a day.
create table drafts (
  digest text primary key,
  document json not null,
  saved_at bigint not null
);

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

-- What roles may do, one line per privilege, under the digest that previews and accepted contents name.
create table role_contents (
  digest text primary key,
  privileges json not null
);

-- What happened to one grant of one release, in order and never overwritten (domain/release/facts.ts). `place`: identity of what holds the grant.
create table ledger (
  plan text not null,
  wave text not null,
  package text not null,
  system text not null,
  kind text not null check (kind in ('grant', 'retire')),
  role text not null,
  account text not null,
  number integer not null check (number > 0),
  person text not null,
  place text not null,
  by_step text not null,
  fact json not null,
  transaction text,
  at bigint not null,
  primary key (plan, wave, package, system, kind, role, account, number)
);
create index ledger_by_role on ledger (place, role);

-- Whether a place has committed a transaction that facts of the ledger name; no row while that is not known.
create table transactions (
  place text not null,
  transaction text not null,
  committed boolean not null,
  at bigint not null,
  primary key (place, transaction)
);

-- One reason why a grant must stay. The key starts with the grant: 'who needs this' is asked before every revoke.
create table claims (
  place text not null,
  role text not null,
  account text not null,
  plan text not null,
  wave text not null,
  package text not null,
  system text not null,
  -- As they were signed, where the place has ids: another role or account of the same name is not claimed.
  role_id text,
  account_id text,
  primary key (place, role, account, plan, wave, package, system)
);
create index claims_by_package on claims (plan, wave, package, system);

-- One evaluation, complete: when it was due in plan time (due_at), when it was taken in real time, what it measured, and how the rules of
-- that version judged it, in all and metric by metric.
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
  primary key (plan, wave, package, number)
);

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
create trigger evaluations_are_append_only before update or delete or truncate on evaluations for each statement execute function refuse_change();
create trigger ledger_is_append_only before update or delete or truncate on ledger for each statement execute function refuse_change();
create trigger transactions_are_append_only before update or delete or truncate on transactions for each statement execute function refuse_change();
