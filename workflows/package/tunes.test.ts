/** How a blackout and a freeze affect a tune order, for every step. These tests need no server, because nothing here waits. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Answer } from '../../domain/authority/proposals.ts';
import type { MessageOf } from '../../domain/messages.ts';
import { tuneStepSchema, type TuneStep } from '../../domain/plan/schema.ts';
import { waveSection } from '../../domain/plan/section.ts';
import { tuneOf, type Tune } from '../../domain/tune/tune.ts';
import { plan, planInput } from '../../test/support/plan.ts';
import { answerProposal, ask, propose } from './proposals.ts';
import { RolePackageState, type TuneOrder } from './state.ts';
import { orderByPerson, tuneToRun } from './tunes.ts';

const goLiveMs = Date.parse('2027-03-01T00:00:00Z');
const hourMs = 3_600_000;
/** From noon until the next noon. */
const close = { id: 'close', reason: 'Month-end close', from: '2027-03-01T12:00:00Z', until: '2027-03-02T12:00:00Z' };
const closeMs = Date.parse(close.from);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A released package under watch, this many hours after the close begins (before it, if negative). */
function released(hours: number): RolePackageState {
  vi.setSystemTime(closeMs + hours * hourMs);
  const section = waveSection(plan({ blackouts: [close] }), 1, 'wave-1');
  const state = new RolePackageState({
    ...section,
    wave: 'wave-1',
    section: section.packages[0]!,
    release: { previewDigest: 'a'.repeat(64), parts: [], baseline: {}, goLiveMs },
  });
  state.data.phase = 'watching';
  return state;
}

const later = (hours: number) => void vi.setSystemTime(closeMs + hours * hourMs);

const tunes: Record<TuneStep, Tune> = {
  reconcile: { step: 'reconcile' },
  grantMissing: { step: 'grantMissing' },
  retireLegacy: { step: 'retireLegacy' },
  tighten: { step: 'tighten', entitlement: { system: planInput().systems[0]!, role: 'reader' } },
  narrow: { step: 'narrow', people: ['ann'] },
  extend: { step: 'extend' },
  ask: { step: 'ask' },
};
let number = 0;
const message = <T extends 'tune' | 'decide'>(type: T, by: string, body: object) =>
  ({ id: `message-${(number += 1)}`, plan: 'test', wave: 'wave-1', package: 'clerks', by, atMs: Date.now(), type, body }) as unknown as MessageOf<T>;
const orders = (state: RolePackageState, step: TuneStep, by = 'olga') => orderByPerson(state, message('tune', by, { ...tunes[step], reason: 'asked' }));
const automatic = (step: TuneStep): TuneOrder => ({ id: 'test#tune-1', ...tunes[step], why: 'drift', by: 'rolewave' });

const heldInBlackout: Record<TuneStep, boolean> = {
  reconcile: true,
  grantMissing: false,
  retireLegacy: true,
  tighten: true,
  narrow: true,
  extend: false,
  ask: false,
};
test.each(tuneStepSchema.options)('the automatic step %s in a blackout is proposed if it revokes access, and runs otherwise', (step) => {
  const state = released(1);
  state.data.order = automatic(step);
  const runs = tuneToRun(state);
  if (!heldInBlackout[step]) return expect(runs).toMatchObject({ step });
  expect([runs, state.data.order]).toEqual([undefined, undefined]);
  expect(state.proposal).toMatchObject({ subject: { kind: 'tune', tune: tuneOf(tunes[step]) }, blackout: { id: 'close' } });
});

test.each(tuneStepSchema.options)(
  'the step %s that was ordered before a blackout and has not run is proposed within the blackout if it revokes access',
  (step) => {
    const state = released(-1);
    expect(orders(state, step)).toBeUndefined();
    later(1);
    expect(tuneToRun(state)?.step).toBe(heldInBlackout[step] ? undefined : step);
    expect(state.proposal !== undefined).toBe(heldInBlackout[step]);
  },
);

test.each(tuneStepSchema.options)('the step %s that the owner orders within a blackout runs in that blackout', (step) => {
  const state = released(1);
  expect(orders(state, step)).toBeUndefined();
  later(2);
  expect(tuneToRun(state)).toMatchObject({ ...tunes[step], by: 'olga' });
});

test.each(tuneStepSchema.options)('the step %s that is approved within the blackout that deferred it runs in that blackout, exactly as shown', (step) => {
  const state = released(1);
  propose(state, { kind: 'tune', tune: tuneOf(tunes[step]) }, { why: 'drift', blackout: { id: 'close', untilMs: closeMs + 24 * hourMs } });
  const body = { proposal: state.proposal!.id, kind: 'tune', tune: tunes[step], answer: 'approve' satisfies Answer['answer'], reason: 'agreed' };
  const answered = answerProposal(state, message('decide', 'olga', body));
  if (answered.leadsTo !== 'tune') throw new Error(`it leads to ${answered.leadsTo}`);
  expect(answered.order).toMatchObject({ ...tunes[step], by: 'olga', decidedAtMs: Date.now() });
  state.data.order = answered.order;
  later(2);
  expect(tuneToRun(state)).toBe(answered.order);
});

const heldByFreeze: Record<TuneStep, boolean> = {
  reconcile: true,
  grantMissing: true,
  retireLegacy: false,
  tighten: false,
  narrow: false,
  extend: false,
  ask: false,
};
function frozen(): RolePackageState {
  const state = released(-5);
  propose(state, { kind: 'rollback' }, { why: 'exceptions' });
  answerProposal(state, message('decide', 'ines', { proposal: state.proposal!.id, kind: 'rollback', answer: 'freeze', reason: 'payroll' }));
  return state;
}
test.each(tuneStepSchema.options)(
  'the step %s on a frozen package does not run if it grants access, whether a person asks for it now or it was ordered before',
  (step) => {
    const refusal = orders(frozen(), step);
    expect(refusal?.code).toBe(heldByFreeze[step] ? 'wrong-stage' : undefined);
    const state = frozen();
    state.data.order = automatic(step);
    expect(tuneToRun(state)?.step).toBe(heldByFreeze[step] ? undefined : step);
  },
);

const needsOwner: Record<TuneStep, boolean> = {
  reconcile: false,
  grantMissing: false,
  retireLegacy: false,
  tighten: true,
  narrow: true,
  extend: false,
  ask: false,
};
test.each(tuneStepSchema.options)('the step %s that an operator asks for is proposed if it needs the owner, and ordered otherwise', (step) => {
  const state = released(-5);
  expect(orders(state, step, 'ines')).toBeUndefined();
  expect([state.data.order !== undefined, state.proposal !== undefined]).toEqual([!needsOwner[step], needsOwner[step]]);
  if (needsOwner[step]) expect(state.proposal?.subject).toEqual({ kind: 'tune', tune: tuneOf(tunes[step]) });
});

test('a rollback for some people that a blackout stops is proposed again as a rollback', () => {
  const state = released(-5);
  propose(state, { kind: 'rollback' }, { why: 'exceptions' });
  const body = { proposal: state.proposal!.id, kind: 'rollback', answer: 'approve', people: ['ben', 'ann'], reason: 'only these' };
  const answered = answerProposal(state, message('decide', 'olga', body));
  if (answered.leadsTo !== 'tune') throw new Error(`it leads to ${answered.leadsTo}`);
  expect(answered.order).toMatchObject({ step: 'narrow', people: ['ann', 'ben'], restore: true });
  state.data.order = answered.order;
  later(1);
  expect(tuneToRun(state)).toBeUndefined();
  expect(state.proposal).toMatchObject({ subject: { kind: 'rollback' }, blackout: { id: 'close' } });
});

test('an answer that was signed for something other than the open proposal is refused, and the refusal says what is open', () => {
  const state = released(-5);
  propose(state, { kind: 'tune', tune: tuneOf(tunes.narrow) }, { why: 'ines: too wide' });
  const { id } = state.proposal!;
  for (const shown of [
    { kind: 'rollback' },
    { kind: 'question' },
    { kind: 'tune', tune: { step: 'narrow', people: ['ben'] } },
    { kind: 'tune', tune: tunes.tighten },
  ])
    expect(answerProposal(state, message('decide', 'olga', { proposal: id, ...shown, answer: 'approve', reason: 'r' }))).toMatchObject({
      leadsTo: 'refuse',
      refusal: { code: 'unknown-proposal', message: expect.stringContaining(`'${id}' proposes narrow: ann`) },
    });
  expect(state.proposal?.approvals).toEqual([]);
});

test.each<[what: string, about: 'grants' | 'owner' | undefined, leadsTo: string]>([
  ['grants that are refused or not known', 'grants', 'tune'],
  ['a missing owner', 'owner', 'refuse'],
  ['anything else', undefined, 'refuse'],
])('finishing to grant as the answer to a question about %s', (_, about, leadsTo) => {
  const state = released(-24);
  ask(state, 'something is open', about);
  const question = state.proposal!.id;
  const answered = answerProposal(state, message('decide', 'ines', { proposal: question, kind: 'question', answer: 'finish', reason: 'seats were bought' }));
  expect(answered.leadsTo).toBe(leadsTo);
  if (answered.leadsTo === 'tune') expect(answered.order).toMatchObject({ step: 'grantMissing', by: 'ines' });
  expect(state.proposal?.id).toBe(leadsTo === 'tune' ? undefined : question);
});
