/** The packages of all started waves, those of own plans first (lists/own-first.ts), in order of plan, wave and package. */
import { z } from 'zod';
import { packageWorkflowId } from '../../../domain/messages.ts';
import { packageStates } from '../../../domain/states.ts';
import { packageList, type PackageList, type PackageRow } from '../../../domain/views/lists.ts';
import { hasText, isAmong, packageMatches } from '../../lists/matching.ts';
import { keyBefore, pageOf } from '../../lists/page.ts';
import { part } from '../../lists/own-first.ts';
import { aboutPackages, choice, dateAndLater, inPlans, paging, someText } from '../../lists/parameters.ts';
import { defineRoute } from '../../route.ts';
import type { Services } from '../../route.ts';
import { keyOf, rowsAfter } from './rows.ts';

const listQuery = z.strictObject({
  ...inPlans,
  state: choice(packageStates, 'state of the package'),
  ...aboutPackages,
  text: someText('part of the id, name, owner or team of the package'),
  since: dateAndLater('packages with an event at or after this instant (plan time)'),
  ...paging,
});
type ListQuery = z.output<typeof listQuery>;
/** With what the pages of this list know it by (listings.ts). */
const cursorKey = z.tuple([part, z.string(), z.string(), z.string(), z.string()]);

export const routes = [
  defineRoute<undefined, ListQuery>({
    method: 'get',
    path: '/v1/packages',
    group: 'packages',
    reads: 'rows',
    summary: 'List the packages of all started waves',
    query: listQuery,
    answers: { 200: { what: 'the packages, those of own plans first, by the ids of plan, wave and package', schema: packageList } },
    problems: ['malformed', 'engine-unreachable', 'no-worker'],
    async handle({ query, caller }, services) {
      const asked = { list: 'packages', query, cursors: services.cursors };
      const after = keyBefore(asked, cursorKey);
      const listing = services.listings.open(after?.[4]);
      const readings = await services.readings.all(caller, query.plan);
      const isWanted = await filter(services, query, [...readings.keys()]);
      const found = await rowsAfter(services, listing, readings, {
        before: after && [after[0], after[1], after[2], after[3]],
        isWanted,
        isWave: (each) => isAmong(query.wave, each),
        limit: query.limit,
      });
      const { rows, next } = pageOf(asked, found, (row) => [...keyOf(readings, row), listing.id]);
      return { status: 200, body: { packages: rows, ...(next === undefined ? {} : { next }) } satisfies PackageList };
    },
  }),
];

async function filter(services: Services, query: ListQuery, plans: string[]): Promise<(row: PackageRow) => boolean> {
  const eventful = query.since === undefined ? undefined : await services.store.eventfulSince(plans, query.since);
  const withEvents = eventful && new Set(eventful.map(({ plan, wave = '', package: id = '' }) => packageWorkflowId(plan, wave, id)));
  return (row) =>
    isAmong(query.state, row.state) &&
    packageMatches(query, row) &&
    hasText(query.text, [row.package, row.name, row.owner ?? '', row.team]) &&
    (withEvents === undefined || withEvents.has(packageWorkflowId(row.plan, row.wave, row.package)));
}
