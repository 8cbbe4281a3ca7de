import { describe, expect, test } from 'vitest';
import { message } from '../../test/support/keys.ts';
import { packageMessageTypes, waveMessageTypes, type MessageType } from '../messages.ts';
import { isEventOf } from './event-of-message.ts';

const wave = { plan: 'test', wave: 'wave-1' };
const clerks = { ...wave, package: 'clerks' };
const [a, b] = ['a'.repeat(64), 'b'.repeat(64)];
const day = Date.parse('2026-05-01');
const [erp] = [{ system: 'erp', role: 'clerk' }];
const reason = 'as agreed';

type Example = [type: MessageType, body: Record<string, unknown>, kind: string, text: string, data?: Record<string, unknown>];
const examples: Example[] = [
  ['signOff', { decision: 'approve', planDigest: a, previewDigest: b }, 'approved', 'approved what was shown', { planDigest: a, previewDigest: b }],
  ['signOff', { decision: 'reject', planDigest: a, previewDigest: b, reason }, 'rejected', reason, { planDigest: a, previewDigest: b }],
  ['signOff', { decision: 'withdraw', planDigest: a, previewDigest: b }, 'withdrawn', 'withdrew the earlier decision', { planDigest: a, previewDigest: b }],
  ['evidence', { item: 'backup', reference: 'ticket 12' }, 'evidence-backup', 'ticket 12', { waived: false, expiresMs: null }],
  ['evidence', { item: 'drill', reference: 'x', expiresMs: day, tookMs: 60_000 }, 'evidence-drill', 'x', { waived: false, expiresMs: day - 1, tookMs: 60_000 }],
  ['note', { text: ' x ' }, 'note', 'x'],
  ['holdBack', { reason }, 'held-back', reason],
  ['setDate', { goLiveMs: day }, 'date-set', 'go-live on 2026-05-01'],
  ['setDate', { goLiveMs: day, despiteBlackout: reason }, 'date-set', 'go-live on 2026-05-01, despite a blackout: as agreed'],
  ['liftHold', { goLiveMs: day, reason }, 'hold-lifted', '1 of 2: as agreed', { pilot: null }],
  ['liftHold', { goLiveMs: day, pilot: ['ann'], reason }, 'hold-lifted', '2 of 2: as agreed', { pilot: ['ann'] }],
  ['abort', { reason }, 'aborted', reason],
  ['review', { successes: 's', challenges: 'c', improvements: 'i' }, 'reviewed', 's', { successes: 's', challenges: 'c', improvements: 'i', actions: [] }],
  ['revise', { revision: 7, sectionDigest: a }, 'revised', 'revision 7'],
  ['revise', { revision: 7, sectionDigest: a, administrator: reason }, 'revised', 'revision 7: owner o.l@x, as a site administrator: as agreed'],
  ['evaluate', {}, 'evaluate', 'requested an evaluation now'],
  ['extend', { byMs: 7 * 86_400_000, reason }, 'extended', 'watch extended by 7 days: as agreed'],
  ['pause', { reason }, 'paused', reason],
  ['resume', {}, 'resumed', 'the watch continues where it was paused'],
  ['tune', { step: 'narrow', people: ['ben', 'ann'], reason }, 'tune-asked', 'narrow: ann, ben: as agreed'],
  ['rollback', { reason }, 'rollback-asked', reason],
  ['decide', { proposal: 'rollback-1', kind: 'rollback', answer: 'approve', reason }, 'rollback-approve', reason, { proposal: 'rollback-1' }],
  [
    'decide',
    { proposal: 'question-2', kind: 'question', answer: 'freeze', people: ['ben', 'ann'], untilMs: day, reason },
    'question-freeze',
    reason,
    { proposal: 'question-2', people: ['ann', 'ben'], untilMs: day },
  ],
  ['acceptContent', { ...erp, digest: a, reason }, 'content-accepted', 'erp: clerk may now select from t: as agreed', { ...erp, digest: a }],
  [
    'claim',
    { grants: [{ ...erp, person: 'ann' }], untilMs: day, reason },
    'access-claimed',
    '1 access until 2026-05-01: as agreed',
    { grants: [{ ...erp, person: 'ann' }], untilMs: day },
  ],
  ['endClaim', { claim: 'claim-of-vera', reason }, 'claim-withdrawn', reason, { claim: 'claim-of-vera' }],
  ['endClaim', { claim: 'claim-of-vera', reason }, 'claim-contested', reason, { claim: 'claim-of-vera' }],
  ['certify', { reason }, 'certified', reason, { riskUntilMs: null }],
];

const made = ([type, body, kind, text, data]: Example) => {
  const sealed = message(type, 'olga', clerks, body);
  return { sealed, event: { id: 'e', ...clerks, atMs: 1, actor: 'olga', kind, text, data: { message: sealed.id, ...data } } };
};

describe('an event is one that its message brings about', () => {
  test('for each type of message', () => {
    expect(new Set(examples.map(([type]) => type))).toEqual(new Set([...waveMessageTypes, ...packageMessageTypes]));
  });

  test.each(examples.map((example) => [`${example[0]}: ${example[2]}`, example] as const))('%s', (_name, example) => {
    const { sealed, event } = made(example);
    expect(isEventOf(event, sealed)).toBe(true);
    for (const other of [
      { ...event, actor: 'otto' },
      { ...event, text: `${event.text}.` },
      { ...event, text: `. ${event.text}` },
      { ...event, kind: 'granted' },
      { ...event, data: { ...event.data, message: 'another-message' } },
      { ...event, data: { ...event.data, evaluation: 7 } },
      ...Object.keys(event.data).map((key) => ({ ...event, data: { ...event.data, [key]: 'other' } })),
      ...Object.keys(event.data).map((key) => ({ ...event, data: Object.fromEntries(Object.entries(event.data).filter(([each]) => each !== key)) as never })),
      { ...event, package: 'readers' },
      { ...event, wave: 'wave-2' },
      { ...event, plan: 'other' },
    ])
      expect(isEventOf(other, sealed), JSON.stringify(other)).toBe(false);
  });

  test('and no kind of another message', () => {
    for (const [one, example] of examples.entries())
      for (const [other, of] of examples.entries())
        if (one !== other && example[2] !== of[2] && example[0] !== of[0]) {
          const { sealed } = made(example);
          const { event } = made(of);
          expect(isEventOf({ ...event, data: { ...event.data, message: sealed.id } }, sealed), `${of[2]} by ${example[0]}`).toBe(false);
        }
  });
});

test('an abort of the whole wave is an event of each package that takes it; a message about a package is none of the wave', () => {
  const aborted = (sealed: ReturnType<typeof message>) => ({ id: 'e', atMs: 1, actor: 'olga', kind: 'aborted', text: reason, data: { message: sealed.id } });
  const ofWave = message('abort', 'olga', wave, { reason });
  expect([wave, clerks].map((at) => isEventOf({ ...aborted(ofWave), ...at }, ofWave))).toEqual([true, true]);
  const ofPackage = message('abort', 'olga', clerks, { reason });
  expect([wave, clerks].map((at) => isEventOf({ ...aborted(ofPackage), ...at }, ofPackage))).toEqual([false, true]);
});

test('evidence does not last longer on record than its message says', () => {
  const { sealed, event } = made(['evidence', { item: 'drill', reference: 'x', expiresMs: day }, 'evidence-drill', 'x', { waived: false, expiresMs: day }]);
  const expiring = (expiresMs: unknown) => isEventOf({ ...event, data: { ...event.data, expiresMs } }, sealed);
  expect([day, day - 1, day + 1, null, `${day}`].map(expiring)).toEqual([true, true, false, false, false]);
});

test('what has no form, of whatever type, brings nothing about, and nothing throws', () => {
  const { event } = made(['note', { text: 'x' }, 'note', 'x']);
  for (const [type, body] of [
    ['constructor', { text: 'x' }],
    ['milestone', { text: 'x' }],
    ['note', { text: '' }],
    ['note', null],
    ['note', 'x'],
  ] as const) {
    const sealed = { ...message('note', 'olga', clerks, body), type };
    expect(isEventOf({ ...event, data: { message: sealed.id } }, sealed)).toBe(false);
  }
  const { sealed, event: odd } = made(['claim', { grants: [{ ...erp, person: 'ann' }], untilMs: day, reason }, 'access-claimed', 'x', {}]);
  const nested: unknown[] = [];
  for (let at = nested, depth = 0; depth < 100_000; depth += 1) at.push((at = []));
  for (const grants of ['\ud800', nested, Number.NaN]) expect(isEventOf({ ...odd, data: { ...odd.data, grants } }, sealed)).toBe(false);
});
