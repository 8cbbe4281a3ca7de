-- What a simulation of a plan has read of each package in each system, for what only all of them together say (store/simulated.ts). It may be deleted at any time.
create table simulated (
  draft text not null,
  package text not null,
  system text not null,
  content json not null,
  saved_at bigint not null,
  primary key (draft, package, system)
);
create index simulated_saved_at on simulated (saved_at);
