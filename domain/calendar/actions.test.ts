import { describe, expect, test } from 'vitest';
import { boardEntry, goLiveMs, waveFacts, type BoardInput } from '../../test/support/board.ts';
import type { BoardEntry } from '../board/entry.ts';
import { actionsOfWave } from './actions.ts';

const of = (...inputs: BoardInput[]) => actionsOfWave(inputs.map(boardEntry) as [BoardEntry, ...BoardEntry[]]);
const operator: BoardInput = { as: 'ines' };
const released = { releasedAtMs: goLiveMs, checklist: [], blockers: [] };

describe('what a person may do with a wave as a whole', () => {
  test('is for operators, and a note also for those who sign for it', () => {
    const signs = { plan: { waves: new Map([['first', waveFacts({ alsoSigns: ['eva'] })]]) } };
    expect(of({ as: 'eva', ...signs })).toEqual(['note']);
    expect(of(operator)).toEqual(['setDate', 'note', 'abort']);
    expect(of({ as: 'ana' })).toEqual([]);
  });

  test('leaves out its date when everything is released, and its end when anything is', () => {
    expect(of({ ...operator, planned: released }, operator)).toEqual(['setDate', 'note']);
    expect(of({ ...operator, planned: released })).toEqual(['note']);
  });

  test.each(['closed', 'aborted'] as const)('is nothing once it is %s', (stage) => {
    expect(of({ ...operator, wave: { stage } })).toEqual([]);
  });

  test('of a hold, one approval from each of those who lift it, and no date before', () => {
    const facts = { waves: new Map([['first', waveFacts({ liftedBy: ['ines'] })]]) };
    const hold = (liftedBy: string[]) => ({ wave: { hold: { reason: 'Audit', approvals: 2, liftedBy } } });
    expect(of({ ...operator, plan: facts, ...hold([]) })).toEqual(['liftHold', 'note', 'abort']);
    expect(of({ ...operator, plan: facts, ...hold(['ines']) })).toEqual(['note', 'abort']);
  });

  test('is nothing while its workflow has not begun', () => {
    expect(of({ ...operator, notStarted: true })).toEqual([]);
  });
});
