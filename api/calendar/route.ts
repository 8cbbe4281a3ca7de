/** The calendar of waves: go-lives, windows, watches and blackouts, and what is in the way. */
import { z } from 'zod';
import { calendar } from '../../domain/calendar/calendar.ts';
import { calendarView, type CalendarView } from '../../domain/views/calendar.ts';
import { gather } from '../board/gather.ts';
import { readsOf } from '../board/reader.ts';
import { inPlans } from '../lists/parameters.ts';
import { defineRoute } from '../route.ts';

const calendarQuery = z.strictObject({ plan: inPlans.plan });

export const routes = [
  defineRoute<undefined, z.output<typeof calendarQuery>>({
    method: 'get',
    path: '/v1/calendar',
    group: 'board',
    reads: 'rows',
    summary: 'The calendar of waves: go-lives, windows, watches, blackouts, conflicts, and what each wave waits for',
    query: calendarQuery,
    answers: { 200: { what: 'the calendar, as the caller may read it', schema: calendarView } },
    problems: ['malformed', 'engine-unreachable'],
    async handle({ query, ...asked }, services) {
      const reads = await readsOf(services, asked, query.plan);
      const { plans, entries, silent, notShown } = await gather(services, reads, { whole: query.plan !== undefined });
      return {
        status: 200,
        body: { ...calendar(reads.reader, plans, entries, reads.nowMs), ...(silent > 0 ? { silent } : {}), ...notShown } satisfies CalendarView,
      };
    },
  }),
];
