/** The systems of the site, with what their servers really do. */
import { z } from 'zod';
import { systemTerms } from '../../domain/site/terms.ts';
import { systemsSeenBy } from '../../domain/site/rights.ts';
import { shownServer, systemView, type SystemView } from '../../domain/views/systems.ts';
import { defineRoute } from '../route.ts';

export const routes = [
  defineRoute({
    method: 'get',
    path: '/v1/systems',
    group: 'service',
    reads: 'rows',
    summary: 'List the systems that plans of the caller may use, and what their servers really do',
    answers: { 200: { what: 'the systems, by their ids', schema: z.array(systemView) } },
    problems: [],
    async handle({ caller }, { store, site }) {
      const seen = systemsSeenBy(site.now(), caller);
      const records = seen.length === 0 ? [] : await store.serverRecords(seen.map(({ id }) => id));
      const systems = seen.map((declared): SystemView => {
        const { id, kind, description } = declared;
        const found = records.find(({ system }) => system === id);
        const terms = systemTerms(declared);
        const said = { ...(description === undefined ? {} : { description }), ...(terms.length === 0 ? {} : { terms }) };
        return { id, kind, ...said, ...(found ? { server: shownServer(found.record) } : {}) };
      });
      return { status: 200, body: systems };
    },
  }),
];
