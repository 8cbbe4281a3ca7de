/**
 * Whatever anyone sends: no handler throws, what is not accepted changes nothing, and what goes out can be stored. A handler that throws fails its workflow's
 * task, again and again, until the code is changed.
 */
import * as fc from 'fast-check';
import { ApplicationFailure } from '@temporalio/common';
import type * as workflow from '@temporalio/workflow';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { newKey, message } from '../test/support/keys.ts';
import { plan, watch, doraForOlga } from '../test/support/plan.ts';
import { sha256Hex } from '../domain/canonical.ts';
import {
  packageMessageBodies,
  packageMessageTypes,
  waveMessageBodies,
  waveMessageTypes,
  type Acknowledgment,
  type MessageType,
  type RefusalCode,
} from '../domain/messages.ts';
import { plainMistake } from '../domain/plain-data.ts';
import { waveSection, type RolePackageInput } from '../domain/plan/section.ts';
import { receivePackageMessage } from './package/messages.ts';
import { propose } from './package/proposals.ts';
import { detailsOf as packageDetails } from './package/publish.ts';
import { RolePackageState } from './package/state.ts';
import { packageView } from './package/view.ts';
import { receiveWaveMessage } from './wave/messages.ts';
import { detailsOf as waveDetails } from './wave/publish.ts';
import { WaveState } from './wave/state.ts';
import { waveView } from './wave/view.ts';

interface Wired {
  handler: (...args: unknown[]) => unknown;
  validator?: ((...args: unknown[]) => void) | undefined;
}
const wired = new Map<string, Wired>();
vi.mock('@temporalio/workflow', async (original) => ({
  ...(await original<typeof workflow>()),
  setHandler: ({ type, name }: { type: string; name: string }, handler: Wired['handler'], options?: Pick<Wired, 'validator'>) =>
    wired.set(`${type} ${name}`, { handler, validator: options?.validator }),
  log: { error: () => undefined },
  // A run that began before 0.4.0 decides at once while its keys are fresh; a newer one does so when they have been read.
  patched: () => false,
}));

const key = newKey();
const nowMs = Date.parse('2027-02-01');
const trusted = { keys: [key.trusted], asOfMs: nowMs };
const written = plan({
  delegates: doraForOlga({}, '2027-09-01'),
  packages: [{ watch: watch() }, { id: 'posters' }],
  waves: [{ status: 'on-hold', alsoSigns: ['otto'], hold: { reason: 'busy', liftedBy: ['hugo', 'sam'] } }],
});

function aWave(): { data: () => unknown; view: () => unknown; details: () => string; post: () => unknown } {
  const state = new WaveState({ section: waveSection(written, 1, 'wave-1') });
  state.data.inbox.trusted = trusted;
  const progress = state.progressOf(state.sectionOf('clerks')!);
  progress.preview = { digest: 'b'.repeat(64), parts: [] };
  state.inbox.listen(
    () => undefined,
    (each, jws, section) => receiveWaveMessage(state, each, jws, section as never),
  );
  return { data: () => state.data, view: () => waveView(state), details: () => waveDetails(state), post: () => state.inbox.takePost() };
}

function aPackage(): ReturnType<typeof aWave> {
  const { packages, notices, blackouts, operators } = waveSection(written, 1, 'wave-1');
  const release = { previewDigest: 'b'.repeat(64), parts: [], baseline: {}, goLiveMs: nowMs };
  const input: RolePackageInput = {
    plan: 'test',
    wave: 'wave-1',
    revision: 1,
    section: packages[0]!,
    operators,
    notices,
    blackouts,
    release,
  };
  const state = new RolePackageState(input);
  state.data.inbox.trusted = trusted;
  state.data.phase = 'watching';
  propose(state, { kind: 'rollback' }, { why: 'asked' });
  state.inbox.listen(
    () => undefined,
    (each, _jws, section) => receivePackageMessage(state, each, section as never),
  );
  return { data: () => state.data, view: () => packageView(state), details: () => packageDetails(state), post: () => state.inbox.takePost() };
}

const odd = fc.constantFrom(
  '__proto__',
  'constructor',
  '',
  '\0',
  '\ud83d',
  '💩',
  'olga',
  'clerks',
  'wave-1',
  'x'.repeat(5_000),
  -1,
  0,
  1e300,
  2 ** 53,
  null,
  true,
  [],
  {},
  7_289_654_400_000,
  nowMs,
);
const anything = fc.oneof(odd, fc.string({ unit: 'binary' }), fc.jsonValue(), fc.anything({ withNullPrototype: true }));

const known = new Map(
  Object.entries({
    decision: ['approve', 'reject', 'withdraw'],
    planDigest: [waveSection(written, 1, 'wave-1').packages[0]!.planDigest],
    previewDigest: ['b'.repeat(64)],
    item: ['handoff', 'drill', 'riskAcceptance'],
    answer: ['approve', 'finish', 'freeze', 'decline', 'afterBlackout'],
    kind: ['rollback', 'question', 'tune'],
    proposal: ['rollback-1'],
    step: ['reconcile', 'narrow', 'tighten', 'extend', 'ask'],
    people: [['ann'], ['ann', 'nobody'], ['__proto__']],
    pilot: [['ann'], ['constructor']],
    goLiveMs: [nowMs + 86_400_000, 0, 7_289_000_000_000],
    expiresMs: [nowMs + 86_400_000, 0, 7_289_000_000_000],
    riskUntilMs: [nowMs + 86_400_000, 0],
    untilMs: [nowMs + 86_400_000, 7_289_000_000_000],
    byMs: [1, 86_400_000, 366 * 86_400_000],
    revision: [1, 2, 9_007_199_254_740_991],
    reason: ['because', 'x'.repeat(2_000), '💩'.repeat(1_000)],
    text: ['💩'.repeat(999)],
    reference: ['💩'.repeat(200)],
    successes: ['all'],
    challenges: ['none'],
    improvements: ['none'],
    system: ['erp', 'constructor'],
    role: ['clerk', '__proto__'],
    digest: ['b'.repeat(64)],
  } as Record<string, unknown[]>),
);

/** A body of the right shape, mostly: a field is what the message takes, absent, or anything at all. */
const bodyOf = (fields: string[]): fc.Arbitrary<unknown> =>
  fc.record(
    Object.fromEntries(
      fields.map((field) => [field, fc.oneof({ weight: 20, arbitrary: fc.constantFrom(...(known.get(field) ?? ['x'])) }, { weight: 1, arbitrary: odd })]),
    ),
    {
      requiredKeys: fields.filter(
        (field) =>
          ![
            'untilMs',
            'people',
            'pilot',
            'tune',
            'reason',
            'expiresMs',
            'riskUntilMs',
            'despiteBlackout',
            'tookMs',
            'entitlement',
            'byMs',
            'actions',
            'waived',
          ].includes(field),
      ),
    },
  );

const shapeOf = (bodies: object, type: string): string[] => Object.keys((bodies as Record<string, { shape: object }>)[type]?.shape ?? {});

const sealed = (types: readonly MessageType[], bodies: object) =>
  fc.constantFrom(...types).chain((type) =>
    fc
      .record({
        by: fc.constantFrom('olga', 'otto', 'dora', 'ines', 'hugo', 'sam', 'stranger', '__proto__', 'constructor'),
        about: fc.constantFrom({}, { package: 'clerks' }, { package: 'posters' }, { package: 'constructor' }, { wave: 'other' }, { plan: '__proto__' }),
        id: fc.constantFrom('message-0001', 'message-0002', '__proto__', 'constructor', 'message-0003'),
        body: fc.oneof({ weight: 9, arbitrary: bodyOf(shapeOf(bodies, type)) }, { weight: 1, arbitrary: fc.jsonValue() }),
        sealedMs: fc.constantFrom(nowMs, nowMs - 60_000, nowMs - 40 * 86_400_000, nowMs + 86_400_000),
        attachment: fc.oneof(fc.constant(waveSection(written, 2, 'wave-1')), anything),
      })
      .map(({ by, about, id, body, sealedMs, attachment }) => {
        const sealedBody = type === 'revise' ? { revision: 2, sectionDigest: sha256Hex(waveSection(written, 2, 'wave-1')) } : body;
        return { type, args: [key.seal(message(type, by, about, sealedBody, { id, atMs: sealedMs })), attachment] as unknown[] };
      }),
  );

describe.each([
  ['a wave', aWave, waveMessageTypes, waveMessageBodies],
  ['a released package', aPackage, packageMessageTypes, packageMessageBodies],
] as const)('%s', (_what, make, types, bodies) => {
  let made: ReturnType<typeof aWave>;
  beforeEach(() => {
    vi.useFakeTimers({ now: nowMs });
    return () => vi.useRealTimers();
  });

  /** Calls both handlers of a message; its update only where its validator accepts it, as Temporal does. Returns the answers. */
  function deliver(type: string, args: unknown[]): Acknowledgment | undefined {
    const [signal, update] = [wired.get(`signal ${type}`)!, wired.get(`update ${type}`)!];
    let refusedAtTheDoor = false;
    try {
      update.validator?.(...args);
    } catch (error) {
      refusedAtTheDoor = true;
      expect(error).toMatchObject({ name: 'ApplicationFailure', nonRetryable: true, type: expect.any(String) });
    }
    const answer = refusedAtTheDoor ? undefined : answerOf(() => update.handler(...args) as Acknowledgment);
    expect(signal.handler(...args)).toBeUndefined();
    return answer;
  }

  /** A refused update fails, and does not fail its workflow. */
  function answerOf(handle: () => Acknowledgment): Acknowledgment {
    try {
      return handle();
    } catch (error) {
      if (!(error instanceof ApplicationFailure)) throw error;
      expect(error).toMatchObject({ nonRetryable: true });
      return { accepted: false, id: '', code: error.type as RefusalCode, message: error.message };
    }
  }

  /** The state goes through JSON at continue-as-new, to people as a view, and to the store. */
  function holds(): void {
    expect(plainMistake(made.post())).toBeUndefined();
    expect(JSON.stringify(made.view()).length).toBeLessThan(300_000);
    expect(made.details().length).toBeLessThan(40_000);
    const data = made.data();
    expect(JSON.parse(JSON.stringify(data))).toEqual(JSON.parse(JSON.stringify(structuredClone(data))));
  }

  it('takes any arguments without throwing, and accepts none that is not sealed', () => {
    made = make();
    fc.assert(
      fc.property(fc.constantFrom(...types), fc.array(anything, { maxLength: 3 }), (type, args) => {
        expect(deliver(type, args)).toBeUndefined();
        expect(wired.get('query messageStatus')!.handler(args[0])).toMatchObject({ status: expect.any(String) });
        holds();
      }),
      { numRuns: 300 },
    );
  });

  it('answers every sealed message, refuses without changing anything, and goes on', () => {
    const reached = new Set<string>();
    fc.assert(
      fc.property(fc.array(sealed(types, bodies), { minLength: 1, maxLength: 6 }), (messages) => {
        made = make();
        for (const { type, args } of messages) {
          const before = decided(made.data());
          const answer = deliver(type, args);
          reached.add(answer === undefined ? 'at the door' : answer.accepted ? 'accepted' : answer.code);
          if (answer && !answer.accepted) expect(answer.message).not.toContain('the log of the worker');
          if (!answer?.accepted) expect(decided(made.data())).toBe(before);
          holds();
        }
      }),
      { numRuns: 120 },
    );
    expect([...reached]).toEqual(expect.arrayContaining(['at the door', 'accepted', 'not-authorized']));
    // Each message costs two signatures.
  }, 60_000);
});

/** What was decided, as text. Refusals are remembered in the inbox. */
function decided(data: unknown): string {
  const { inbox: _, ...rest } = data as { inbox: unknown };
  return JSON.stringify(rest);
}
