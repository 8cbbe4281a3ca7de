-- How many times the query of a cohort was asked, and which of these times the answer in `gone` is of: an answer that comes late does not replace a later one.
alter table cohorts add column asked bigint not null default 0, add column answered bigint not null default 0;
