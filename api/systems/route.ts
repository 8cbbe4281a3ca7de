/** The systems of the site, with what their servers really do. */
import { z } from 'zod';
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
      const records = await store.serverRecords();
      const systems = systemsSeenBy(site.now(), caller).map(({ id, kind }): SystemView => {
        const found = records.find(({ system }) => system === id);
        return { id, kind, ...(found ? { server: shownServer(found.record) } : {}) };
      });
      return { status: 200, body: systems };
    },
  }),
];
