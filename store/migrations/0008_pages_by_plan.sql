-- A page of a plan's events or notices goes on where the last one ended, whatever else is on record.
create index events_by_plan on events (plan, position);
create index notices_by_plan on notices (plan, position);

-- What previews and reports ask for, without the events in between.
create index events_previewed on events (plan, wave, package, position) where kind = 'previewed';
create index events_ended on events (plan, position) where kind = 'ended';
