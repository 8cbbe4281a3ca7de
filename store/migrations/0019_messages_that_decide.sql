-- Before each effect the messages that can authorize it are read, in the order in which they came; notes beside them, however many, are not. The types are those of
-- decidingTypes and of reviews (domain/messages.ts); a query names some of them, or it does not use the index.
create index messages_that_decide on messages (plan, wave, package, position)
where type in ('signOff', 'evidence', 'holdBack', 'setDate', 'liftHold', 'abort', 'tune', 'rollback', 'decide', 'acceptContent', 'claim', 'endClaim', 'review');
-- How many of them one person has sent.
create index messages_of_one_person on messages (plan, wave, package, by_person, type);
