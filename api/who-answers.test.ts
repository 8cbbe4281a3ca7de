import { expect, test } from 'vitest';
import { isOverview } from '../domain/is-overview.ts';
import { readsNothing } from '../domain/authority/who-reads.ts';
import { waveAsRead } from '../domain/authority/as-read.ts';
import { outlineOf } from '../domain/plan/outline.ts';
import { plan } from '../test/support/plan.ts';
import { waveOf } from '../test/support/views.ts';
import { openWhoAnswers } from './who-answers.ts';

function counted() {
  const asked: string[] = [];
  const who = openWhoAnswers({
    latestOutline: async (id) => {
      asked.push(id);
      return { plan: id, number: 1, appliedAtMs: 1, outline: outlineOf(plan({ plan: id })) };
    },
  });
  return { asked, who };
}
const requested = (id: string) => ({
  ...waveOf([], { plan: id, wave: 'wave-1' }),
  requests: [{ kind: 'goLive', action: { type: 'setDate', target: { plan: id, wave: 'wave-1', package: 'clerks' }, fields: {} } } as never],
});

test('each plan is looked at once for all that a request shows of it', async () => {
  const { asked, who } = counted();
  const views = ['one', 'two', 'one', 'one', 'two'].map(requested);
  const shown = await Promise.all(views.map((view) => who.beside(view)));
  expect(shown.map(({ requests }) => requests)).toEqual(views.map(() => [expect.objectContaining({ mayAnswer: expect.arrayContaining(['olga']) })]));
  await who.each('one', views[0]!.requests);
  expect(asked).toEqual(['one', 'two']);
});

test('nothing is looked at for an overview, nor where nothing is asked', async () => {
  const { asked, who } = counted();
  const overview = waveAsRead(requested('one'), { ...readsNothing('one'), sees: true }, 'ines');
  expect(isOverview(overview)).toBe(true);
  expect(await who.beside(overview)).toBe(overview);
  const quiet = { ...requested('one'), requests: [] };
  expect(await who.beside(quiet)).toBe(quiet);
  expect(asked).toEqual([]);
});
