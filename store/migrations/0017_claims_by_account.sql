-- Claims are asked for by whom they are about, so that a release does not read what others claim of the same role. A renamed account is found by its id.
create index claims_by_account_id on claims (part, account_id) where account_id is not null;
