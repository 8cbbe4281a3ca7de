-- Who had left the cohort of a release by the latest answer of its query that was believed (store/cohorts.ts).
create table cohorts (
  plan text not null,
  wave text not null,
  package text not null,
  gone json not null,
  answered_at bigint not null,
  primary key (plan, wave, package)
);
