-- The outline of a revision, for an endpoint that starts: what it has once made need not be made of the document again. It may be deleted at any time.
-- Only an endpoint reads it, and takes none that it did not write (store/kept-outlines.ts).
create table outlines (
  plan text not null,
  number integer not null,
  outline bytea not null,
  mac bytea not null,
  primary key (plan, number)
);
