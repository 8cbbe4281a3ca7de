-- What a rollback would do, person by person, while somebody waits for it (store/rollback-previews.ts). It may be deleted at any time.
create table rollback_previews (
  digest text primary key,
  content json not null,
  saved_at bigint not null
);
create index rollback_previews_saved_at on rollback_previews (saved_at);
