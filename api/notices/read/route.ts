/** Requests for people, and how the notices about them were delivered. */
import { z } from 'zod';
import { noticeList, type NoticeList } from '../../../domain/views/lists.ts';
import { namesInRows } from '../../../domain/people-named.ts';
import { inFull } from '../../../domain/authority/who-reads.ts';
import { packagesAskedFor } from '../../lists/matching.ts';
import { ownPartFirst, place } from '../../lists/in-parts.ts';
import { keyBefore, pageOfParts } from '../../lists/page.ts';
import { aboutPackages, dateAndLater, flag, inPlans, paging, someText } from '../../lists/parameters.ts';
import { inParallel } from '../../in-parallel.ts';
import { defineRoute } from '../../route.ts';
import { openWhoAnswers } from '../../who-answers.ts';

const listQuery = z.strictObject({
  ...inPlans,
  ...aboutPackages,
  open: flag('true: only open notices; false: only answered ones'),
  undelivered: flag('true: only notices with a failed delivery (the dead-letter list); false: only those without'),
  text: someText('part of the text, kind, address or recipients'),
  since: dateAndLater('notices sent at or after this instant (plan time)'),
  ...paging,
});

/** Each may name a hundred people, twice. */
const mostInOneAnswer = 100;

const planOf = ({ plan }: { plan: string }) => plan;

export const routes = [
  defineRoute<undefined, z.output<typeof listQuery>>({
    method: 'get',
    path: '/v1/notices',
    group: 'notices',
    reads: 'rows',
    summary: 'List the notices about waves and packages for which the caller acts: who is asked for what, by when, and how each was delivered',
    query: listQuery,
    answers: {
      200: {
        what: 'the notices, those of own plans first, and of each part in the order in which they were recorded; at most a hundred in one answer',
        schema: noticeList,
      },
    },
    problems: ['malformed'],
    async handle({ query: wanted, caller }, services) {
      const query = { ...wanted, limit: Math.min(wanted.limit, mostInOneAnswer) };
      const asked = { list: 'notices', query, cursors: services.cursors };
      const after = keyBefore(asked, place);
      const readings = await services.readings.all(caller, query.plan);
      const about = await packagesAskedFor(services, query, readings);
      const { wave, open, undelivered, text, since, limit } = query;
      const filters = { wave, about, open, undelivered, text, sinceMs: since };
      const found = await ownPartFirst(readings, { after, limit: limit + 1 }, (of, position, most) =>
        services.store.noticePage({ ...filters, plan: [...of.keys()], inFull: inFull(of.values()), after: position, limit: most }),
      );
      const { rows, next } = pageOfParts(asked, found);
      const listed = rows.map(({ position: _position, place: _place, ...notice }) => notice);
      const who = openWhoAnswers(services.store, caller.id);
      const at = (plan: string) => readings.get(plan) ?? { plan };
      const byPlan = await inParallel(8, [...Map.groupBy(listed, ({ plan }) => plan)], ([plan, ofPlan]) => who.each(at(plan), ofPlan));
      const answerers = new Map(byPlan.flat().map((each) => [each.id, each]));
      const notices = listed.map((each) => answerers.get(each.id) ?? each);
      const names = namesInRows(notices, planOf, await services.planned.people(notices.map(({ plan }) => at(plan))));
      return { status: 200, body: { notices, names, ...(next === undefined ? {} : { next }) } satisfies NoticeList };
    },
  }),
];
