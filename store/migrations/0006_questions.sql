-- This migration and the two after it are one transaction. What older processes write waits for its end, in the order in which they write: asked for one by
-- one, the tables would be locked by each for the other. A revision that comes meanwhile has its places, because it is written after the trigger is there.
lock table revisions, events, finals, notices in share row exclusive mode;

-- Who waits for a simulation or the trial of a metric: a place of its person and of its right of the site, for all endpoints. Gone with the answer, or at its
-- end where the endpoint that asked has died.
create table questions (
  id bigint generated always as identity primary key,
  person text not null,
  right_of_site text not null,
  ends_at bigint not null
);
-- The records of waves of some plans, without a look at those of packages and of other plans.
create index finals_of_waves on finals (split_part(workflow_id, '/', 1)) where workflow_id ~ '^[^/]+/[^/]+$';
