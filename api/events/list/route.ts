/** The audit trail over all plans. */
import { z } from 'zod';
import { eventList, type EventList } from '../../../domain/views/lists.ts';
import { namesInRows } from '../../../domain/people-named.ts';
import { inFull } from '../../../domain/authority/who-reads.ts';
import { packagesAskedFor } from '../../lists/matching.ts';
import { ownPartFirst, place } from '../../lists/in-parts.ts';
import { keyBefore, pageOfParts } from '../../lists/page.ts';
import { aboutPackages, dateAndLater, ids, inPlans, paging, someText, texts } from '../../lists/parameters.ts';
import { defineRoute } from '../../route.ts';

const listQuery = z.strictObject({
  ...inPlans,
  package: ids('id of a package'),
  ...aboutPackages,
  kind: texts('kind of event, such as released'),
  actor: texts('person id, or rolewave'),
  text: someText('part of the text, kind, actor or address'),
  since: dateAndLater('events at or after this instant (plan time)'),
  ...paging,
});

const planOf = ({ plan }: { plan: string }) => plan;

export const routes = [
  defineRoute<undefined, z.output<typeof listQuery>>({
    method: 'get',
    path: '/v1/events',
    group: 'events',
    reads: 'rows',
    summary: 'List the audit events of the plans, waves and packages in which the caller acts',
    query: listQuery,
    answers: { 200: { what: 'the events, those of own plans first, and of each part the most recently recorded first', schema: eventList } },
    problems: ['malformed'],
    async handle({ query, caller }, services) {
      const asked = { list: 'events', query, cursors: services.cursors };
      const after = keyBefore(asked, place);
      const readings = await services.readings.all(caller, query.plan);
      const about = await packagesAskedFor(services, query, readings);
      const { wave, package: packages, kind, actor, text, since, limit } = query;
      const filters = { wave, package: packages, about, kind, actor, text, sinceMs: since };
      const found = await ownPartFirst(readings, { after, limit: limit + 1 }, (of, position, most) =>
        services.store.eventPage({ ...filters, plan: [...of.keys()], inFull: inFull(of.values()), after: position, limit: most }),
      );
      const { rows, next } = pageOfParts(asked, found);
      const events = rows.map(({ position: _position, place: _place, ...event }) => event);
      return {
        status: 200,
        body: {
          events,
          names: namesInRows(events, planOf, await services.planned.people(events.map(planOf))),
          ...(next === undefined ? {} : { next }),
        } satisfies EventList,
      };
    },
  }),
];
