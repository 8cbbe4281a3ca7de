-- What happened of each package since an instant, without the events in between; and the revisions of a day.
create index events_by_address_and_instant on events (plan, wave, package, at);
create index revisions_by_day on revisions (plan, applied_at);
-- No question goes through the events of all plans.
drop index events_by_instant;
