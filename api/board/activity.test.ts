import { expect, test } from 'vitest';
import { readsNothing } from '../../domain/authority/who-reads.ts';
import type { ActivityAction } from '../../domain/states.ts';
import { openCursors } from '../lists/cursors.ts';
import { place } from '../lists/in-parts.ts';
import { keyBefore } from '../lists/page.ts';
import type { Services } from '../route.ts';
import { activityPage } from './activity.ts';

/** All events of one plan, newest first; those at `rollbacks` are rollbacks. */
function services(count: number, rollbacks: number[]): Services {
  const all = Array.from({ length: count }, (_, at) => {
    const position = count - at;
    const kind = rollbacks.includes(position) ? 'rollback-proposed' : 'note';
    return { position, id: `e${position}`, plan: 'p', wave: 'w', package: 'x', atMs: 1, actor: 'rolewave', kind, text: '' };
  });
  const eventPage = async ({ after, limit }: { after?: number; limit: number }) => {
    const from = after === undefined ? 0 : count - after + 1;
    return { rows: all.slice(from, from + limit) };
  };
  return {
    store: { eventPage },
    states: { plan: async () => undefined },
    cursors: openCursors({ secretFor: () => new Uint8Array(32) }),
  } as unknown as Services;
}
const readings = new Map([['p', { ...readsNothing('p'), sees: true, all: true }]]);

async function everyPage(of: Services, action: ActivityAction[] | undefined, limit: number): Promise<{ ids: string[]; pages: number }> {
  const ids: string[] = [];
  let cursor: string | undefined;
  for (let pages = 1; ; pages += 1) {
    const query = { action, limit, cursor };
    const after = keyBefore({ list: 'activity', query, cursors: of.cursors }, place);
    const page = await activityPage(of, query, readings, after);
    expect(page.activity.length).toBeLessThanOrEqual(limit);
    ids.push(...page.activity.map(({ id }) => id));
    if (page.next === undefined) return { ids, pages };
    cursor = page.next;
  }
}

test('the activity of one action is found however much of others lies between', async () => {
  expect((await everyPage(services(12_000, [1, 2, 11_999]), ['Rollback'], 10)).ids).toEqual(['e11999', 'e2', 'e1']);
});

test.each([
  [0, 10, 1],
  [9, 10, 1],
  [10, 10, 1],
  [11, 10, 2],
  [250, 10, 25],
])('%i rows of the action, %i a page, are %i pages, each row once', async (count, limit, pages) => {
  const rows = Array.from({ length: count }, (_, at) => at + 1);
  const found = await everyPage(services(count, rows), ['Rollback'], limit);
  expect(found).toEqual({ ids: rows.toReversed().map((each) => `e${each}`), pages });
  expect(await everyPage(services(count, rows), undefined, limit)).toEqual(found);
});
