-- Whether a release has more facts than before is asked for each page of it. What was written together has one row here for up to thousands of facts.
create index appends_by_part on appends using gin (parts) with (fastupdate = off);
