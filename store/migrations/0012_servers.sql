-- What the server of each place really does, as it was last measured (domain/access/server-probe.ts).
create table servers (
  place text primary key,
  system text not null,
  record json not null,
  measured_at bigint not null
);
-- Who measures at a place: one at a time, because a probe removes what earlier ones left there.
create table probes (
  place text primary key,
  holder text not null,
  until bigint not null
);
