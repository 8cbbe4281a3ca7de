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
  const of = (id: string) => ({ plan: id, number: 1, appliedAtMs: 1, outline: outlineOf(plan({ plan: id })) });
  const latestOutline = async (id: string) => {
    asked.push(`${id} latest`);
    return of(id);
  };
  const appliedOutline = async (id: string, number: number) => {
    asked.push(`${id} ${number}`);
    return of(id);
  };
  const who = openWhoAnswers({ latestOutline, appliedOutline }, 'ines');
  return { asked, who };
}
const requested = (id: string) => ({
  ...waveOf([], { plan: id, wave: 'wave-1' }),
  requests: [{ kind: 'goLive', action: { type: 'setDate', target: { plan: id, wave: 'wave-1', package: 'clerks' }, fields: {} } } as never],
});

test('each plan is looked at once for all that a request shows of it', async () => {
  const { asked, who } = counted();
  const views = ['one', 'two', 'one', 'one', 'two'].map(requested);
  const at = (plan: string) => (plan === 'one' ? { plan, revision: 1 } : { plan });
  const shown = await Promise.all(views.map((view) => who.beside(view, at(view.plan))));
  expect(shown.map(({ requests }) => requests)).toEqual(views.map(() => [expect.objectContaining({ mayAnswer: expect.arrayContaining(['olga']) })]));
  await who.each(at('one'), views[0]!.requests);
  // A revision that is known is not asked for.
  expect(asked).toEqual(['one 1', 'two latest']);
});

test('nothing is looked at for an overview, nor where nothing is asked', async () => {
  const { asked, who } = counted();
  const overview = waveAsRead(requested('one'), { ...readsNothing('one'), sees: true }, 'ines');
  expect(isOverview(overview)).toBe(true);
  expect(await who.beside(overview, { plan: 'one' })).toBe(overview);
  const quiet = { ...requested('one'), requests: [] };
  expect(await who.beside(quiet, { plan: 'one' })).toBe(quiet);
  expect(asked).toEqual([]);
});
