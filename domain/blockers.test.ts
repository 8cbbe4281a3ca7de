/** What prevents a package's release, and why it did not go live on its date: each with its code, and with a text that says who must do what. */
import { expect, test } from 'vitest';
import { plan } from '../test/support/plan.ts';
import {
  blockersOf,
  blockerSubject,
  dateBlocker,
  heldByBlackout,
  heldWithOthers,
  holdBlocker,
  whyNotReleased,
  type ReleaseFacts,
  previewTried,
} from './blockers.ts';
import { waveSection } from './plan/section.ts';
import { checklist } from './readiness.ts';
import { blocker, heldBack, type Blocker, type HeldBackReason } from './views/blocker.ts';

const drill = { validFor: '30d', timebox: '2h', signedBy: 'hugo' };
const section = waveSection(plan({ packages: [{ requires: { drill, backup: false } }] }), 1, 'wave-1').packages[0]!;
const given = { by: 'olga', atMs: 0, reference: 'ticket', waived: false };
const complete = checklist(section, { evidence: { handoff: given, notices: given, drill: { ...given, tookMs: 1 } }, metrics: [] }, 0);
const found = (facts: Partial<ReleaseFacts>) => blockersOf(section, { checklist: complete, previewed: true, missing: [], rejectedBy: [], ...facts });

test('a package with its evidence, a preview and its sign-offs has no blocker', () => {
  expect(found({})).toEqual([]);
});

test.each<[string, Partial<ReleaseFacts>, Blocker[]]>([
  [
    'missing evidence names the person who is asked for it: the owner, or the person who signs the drill',
    { checklist: checklist(section, { evidence: { notices: given } }, 0) },
    [
      { code: 'evidence', item: 'handoff', person: 'olga', text: 'handoff: no evidence yet' },
      { code: 'evidence', item: 'drill', person: 'hugo', text: 'rollback drill: must take at most 2 hours and be signed by hugo' },
      { code: 'metrics', text: 'metrics: not read yet' },
    ],
  ],
  ['without a preview nobody can sign', { previewed: false, missing: ['olga'] }, [{ code: 'preview', text: 'a preview, not taken yet' }]],
  [
    'a preview that failed says why',
    { previewed: false, previewProblem: 'no such role' },
    [{ code: 'previewFailed', problem: 'no such role', text: 'a preview, which failed: no such role' }],
  ],
  [
    'a missing sign-off and a rejection are two things',
    { missing: ['olga'], rejectedBy: ['hugo'] },
    [
      { code: 'signOff', person: 'olga', text: 'sign-off by olga' },
      { code: 'rejected', person: 'hugo', text: 'sign-off by hugo, who rejected it' },
    ],
  ],
])('%s', (_name, facts, expected) => {
  expect(found(facts)).toEqual(expected);
  expect(expected.map((one) => blocker.parse(one))).toEqual(expected);
});

test('subjects contain no names', () => {
  const all = [...found({ missing: ['olga'], rejectedBy: ['hugo'] }), dateBlocker, holdBlocker(1, ['olga', 'hugo'])];
  expect(all.map(blockerSubject)).toEqual(['sign-off', 'sign-off', 'go-live date', 'hold']);
});

const open: Blocker[] = [{ code: 'signOff', person: 'olga', text: 'sign-off by olga' }];
test.each<[HeldBackReason, string]>([
  [whyNotReleased(open, { others: ['a'], buildsOn: ['b'] }), 'not ready at go-live: sign-off by olga'],
  [whyNotReleased([], { others: ['a'], buildsOn: ['b'] }), 'ready, but it builds on b, not released yet'],
  [whyNotReleased([], { others: ['a', 'b'], buildsOn: [] }), 'ready, but the wave goes live together with a and b, not ready at go-live'],
  [whyNotReleased([], { others: [], buildsOn: [] }), 'ready, but the window of its go-live ended before it could be released'],
  [heldByBlackout({ id: 'close', untilMs: 0 }), "blackout 'close' until 1970-01-01; a person decides on the date"],
  [heldWithOthers(['a']), 'the wave goes live together, and a blackout holds a; a person decides on the date'],
])('a package is held back: %j', (reason, text) => {
  expect(reason.text).toBe(text);
  expect(heldBack.parse({ ...reason, atMs: 1 })).toEqual({ ...reason, atMs: 1 });
});

test('a preview that is tried again says why; other blockers stay as they are', () => {
  const waits = { code: 'preview', text: 'a preview, not taken yet' } as const;
  const why = "system 'erp' does not answer";
  expect(previewTried(waits, [why])).toEqual({ code: 'previewFailed', problem: why, text: `a preview, not taken yet and tried again: ${why}` });
  expect(previewTried(waits, [])).toBe(waits);
  expect(previewTried(dateBlocker, [why])).toBe(dateBlocker);
});
