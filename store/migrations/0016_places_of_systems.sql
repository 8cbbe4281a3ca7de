-- As which place each system of the site has answered: the first one of a place keeps it, and another one is believed only where the site says so (domain/site/same-place.ts).
create table system_places (
  place text not null,
  system text not null,
  -- How the system is reached, as a digest; absent where its connector has none.
  address text,
  position bigint generated always as identity,
  primary key (place, system)
);
