-- Before each effect the messages that can authorize it are read; notes beside them, however many, are not.
create index messages_by_type on messages (plan, wave, package, type, position);
