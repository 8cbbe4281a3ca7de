-- Up Migration

-- Requests for people. A notice is written once; that it is answered, and how its deliveries went, is told beside it.
create table notices (
  id text primary key,
  plan text not null,
  wave text not null,
  package text not null default '',
  kind text not null,
  level text not null,
  recipients json not null,
  opened_at bigint not null,
  by_at bigint,
  text text not null,
  command text not null,
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
-- What was released before releases were kept: with the revision that was the latest when its ledger began.
insert into releases (plan, wave, package, revision, plan_digest, preview_digest, change, begun_at)
select l.plan, l.wave, l.package,
  coalesce((select max(r.number) from revisions r where r.plan = l.plan and r.applied_at <= min(l.updated_at)), 1), '', '', 'release', min(l.updated_at)
from ledger l group by l.plan, l.wave, l.package order by min(l.updated_at);
