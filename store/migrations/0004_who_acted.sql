-- Whether somebody has acted in a plan: asked for each list and board of those who are named in plans of others.
create index messages_by_person on messages (by_person, plan);
create index revisions_applied_by on revisions (applied_by, plan);
