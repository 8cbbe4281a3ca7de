-- When each notice is sent to each of its recipients by each channel: at once, or in a later hour where a plan sends more than the site allows.
create table sends (
  notice text not null references notices (id),
  channel text not null,
  recipient text not null,
  due_at bigint not null,
  -- The run for which it is sent again to those who have it already; empty for the first time.
  placed_for text not null default '',
  -- How often this run of its workflow tried.
  run text not null default '',
  tries integer not null default 0,
  primary key (notice, channel, recipient)
);
create index sends_due on sends (due_at);

-- How many of one owner (a plan, or a right of the site) are sent in an hour since 1970. Urgent ones have a line of their own.
create table sends_in_hour (
  line text not null,
  owner text not null,
  hour bigint not null,
  sends integer not null,
  primary key (line, owner, hour)
);
