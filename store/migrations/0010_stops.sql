-- What stopped a release when its systems were compared again with what was signed, besides what is wider; null: nothing.
alter table rechecks add column stops json;
