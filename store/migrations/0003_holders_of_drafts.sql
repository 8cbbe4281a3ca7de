-- How many wait for an answer about a draft: it is removed with the last of them.
alter table drafts add column holders int not null default 0;
