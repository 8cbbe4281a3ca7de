import { describe, expect, test } from 'vitest';
import type { Address } from '../domain/address.ts';
import type { SealedMessage } from '../domain/messages.ts';
import { mostOfEvent, recordBatch, type RecordBatch } from '../domain/records.ts';
import { noDrift } from '../domain/watch/measurement.ts';
import { notTaken } from '../domain/watch/verdict.ts';
import { message, newKey } from '../test/support/keys.ts';
import { notice } from '../test/support/notices.ts';
import { runningPackage, waveOf } from '../test/support/views.ts';
import { namedElsewhere, openedOf, ownRecords } from './own-records.ts';

const key = newKey();
const wave: Address = { plan: 'test', wave: 'wave-1' };
const clerks: Address = { ...wave, package: 'clerks' };
const nowMs = 1_000;

/** How many records of each kind are this place's own. */
function countsFor(place: Address, batch: Partial<RecordBatch>): Record<string, number> {
  const sent = recordBatch(batch);
  const { own, refused } = ownRecords(sent, { place, opened: openedOf(sent, [key.trusted]), recorded: [], nowMs });
  const counts = Object.entries(own).flatMap(([what, kept]) => (kept.length > 0 ? [[what, kept.length] as const] : []));
  const number = Object.values(batch).reduce((sum, each) => sum + each.length, 0);
  expect(refused).toHaveLength(number - counts.reduce((sum, [, count]) => sum + count, 0));
  return Object.fromEntries(counts);
}

test.each<[what: string, at: { plan?: string; wave?: string; package?: string }, type: 'note' | 'abort', ofWave: number, ofPackage: number]>([
  ['to the wave', { wave: 'wave-1' }, 'note', 1, 0],
  ['to the package', { wave: 'wave-1', package: 'clerks' }, 'note', 1, 1],
  ['to another package of the wave', { wave: 'wave-1', package: 'readers' }, 'note', 1, 0],
  ['an abort of the whole wave', { wave: 'wave-1' }, 'abort', 1, 1],
  ['to another wave', { wave: 'wave-2', package: 'clerks' }, 'note', 0, 0],
  ['to another plan', { plan: 'other', wave: 'wave-1', package: 'clerks' }, 'note', 0, 0],
])('a message %s is recorded by the workflow that it is addressed to, and by no other', (_what, at, type, ofWave, ofPackage) => {
  const jws = key.seal(message(type, 'olga', { plan: 'test', ...at }, type === 'note' ? { text: 'x' } : { reason: 'x' }));
  expect(countsFor(wave, { messages: [{ jws }] })).toEqual(ofWave ? { messages: 1 } : {});
  expect(countsFor(clerks, { messages: [{ jws }] })).toEqual(ofPackage ? { messages: 1 } : {});
});

test('a message that nobody trusted sealed is not recorded', () => {
  const forged = newKey().seal(message('note', 'olga', { plan: 'test', wave: 'wave-1' }, { text: 'x' }));
  for (const jws of [forged, 'hello', '', 7, undefined]) expect(countsFor(wave, { messages: [{ jws: jws as string }] })).toEqual({});
});

test('events and notices bear the id of the workflow and are about it, or about a package of the wave', () => {
  const event = (id: string, at: Address) => ({ id, ...at, atMs: 1, actor: 'rolewave', kind: 'released', text: 'x' });
  const own = (place: Address, id: string, at: Address) => [
    countsFor(place, { events: [event(id, at)] })['events'] ?? 0,
    countsFor(place, { notices: [notice({ id: id.replace('#', '#notice-'), package: undefined, ...at })] })['notices'] ?? 0,
  ];
  expect(own(wave, 'test/wave-1#1-ab', wave)).toEqual([1, 1]);
  expect(own(wave, 'test/wave-1#1-ab', clerks)).toEqual([1, 1]);
  expect(own(clerks, 'test/wave-1/clerks#1-ab', clerks)).toEqual([1, 1]);
  expect(own(clerks, 'test/wave-1#1-ab', clerks)).toEqual([0, 0]);
  expect(own(clerks, 'test/wave-1/clerks#1-ab', wave)).toEqual([0, 0]);
  expect(own(wave, 'test/wave-2#1-ab', wave)).toEqual([0, 0]);
  expect(own(wave, 'test/wave-1#1-ab', { plan: 'other', wave: 'wave-1' })).toEqual([0, 0]);
});

describe('what a person did', () => {
  const did = (actor: string, of: { id?: string } = {}) => ({
    id: 'test/wave-1#1-ab',
    ...wave,
    atMs: 1,
    actor,
    kind: 'note',
    text: 'x',
    ...(of.id === undefined ? {} : { data: { message: of.id } }),
  });
  const note = message('note', 'olga', { plan: 'test', wave: 'wave-1' }, { text: 'x' });
  const kept = (event: ReturnType<typeof did>, messages: string[], recorded: SealedMessage[] = []) => {
    const batch = recordBatch({ events: [event], messages: messages.map((jws) => ({ jws })) });
    return ownRecords(batch, { place: wave, opened: openedOf(batch, [key.trusted]), recorded, nowMs }).own.events[0];
  };

  test('is an event of theirs where they sealed it, in the same batch or before', () => {
    expect(kept(did('olga', note), [key.seal(note)])).toEqual(did('olga', note));
    expect(kept(did('olga', note), [], [note])).toEqual(did('olga', note));
  });

  test.each<[string, ReturnType<typeof did>, string[], SealedMessage[]]>([
    ['the message is sealed by a key that nobody trusts', did('olga', note), [newKey().seal(note)], []],
    ['there is no message', did('olga', note), [], []],
    ['no message is named', did('olga'), [key.seal(note)], []],
    ['somebody else sealed it', did('otto', note), [key.seal(note)], [note]],
  ])('is not theirs where %s, and the record says so', (_why, event, messages, recorded) => {
    expect(kept(event, messages, recorded)).toEqual({
      ...did('rolewave'),
      kind: 'not-proven',
      text: `the workflow says that ${event.actor} did this (note), and no message that a trusted key sealed says so`,
    });
  });

  test('is not theirs where the message says something else, be it in this batch or on record', () => {
    const withdrawal = message('signOff', 'olga', clerks, { decision: 'withdraw', planDigest: 'a'.repeat(64), previewDigest: 'b'.repeat(64) });
    const withdrawn = {
      ...did('olga', withdrawal),
      ...clerks,
      kind: 'withdrawn',
      text: 'withdrew the earlier decision',
      data: { message: withdrawal.id, planDigest: 'a'.repeat(64), previewDigest: 'b'.repeat(64) },
    };
    const claims: [ReturnType<typeof did>, SealedMessage][] = [
      [{ ...withdrawn, kind: 'approved', text: 'approved what was shown' }, withdrawal],
      [{ ...withdrawn, text: 'I never wanted this' }, withdrawal],
      [{ ...withdrawn, data: { ...withdrawn.data, previewDigest: 'c'.repeat(64) } }, withdrawal],
      [{ ...withdrawn, data: { ...withdrawn.data, people: ['otto'] } as never }, withdrawal],
      [{ ...did('olga', note), text: 'y' }, note],
      [{ ...did('olga', note), kind: 'aborted' }, note],
      [{ ...did('olga', note), ...clerks }, note],
    ];
    for (const [event, sealed] of claims)
      for (const [messages, recorded] of [[[key.seal(sealed)], []] as const, [[], [sealed]] as const])
        expect(kept(event, [...messages], [...recorded])).toMatchObject({ actor: 'rolewave', kind: 'not-proven' });
    expect(kept(withdrawn, [key.seal(withdrawal)])).toEqual(withdrawn);
    expect(kept(withdrawn, [], [withdrawal])).toEqual(withdrawn);
  });

  test('is theirs where the same id of theirs is used elsewhere too', () => {
    const elsewhere = message('note', 'olga', { plan: 'test', wave: 'wave-2' }, { text: 'y' }, { id: note.id });
    expect(kept(did('olga', note), [], [elsewhere, note])).toEqual(did('olga', note));
    expect(kept({ ...did('olga', note), text: 'y' }, [], [elsewhere, note])).toMatchObject({ kind: 'not-proven' });
  });

  test('is looked for on record where the batch does not bring its message along', () => {
    const batch = recordBatch({ events: [did('olga', note), did('rolewave'), did('otto', { id: 'other' })], messages: [{ jws: key.seal(note) }] });
    expect(namedElsewhere(batch, openedOf(batch, [key.trusted]))).toEqual([{ by: 'otto', id: 'other' }]);
    expect(namedElsewhere(batch, openedOf(batch, []))).toEqual([
      { by: 'olga', id: note.id },
      { by: 'otto', id: 'other' },
    ]);
    const odd = { events: 'text', messages: [null, 7] } as never;
    expect(namedElsewhere(odd, openedOf(odd, []))).toEqual([]);
  });
});

test('an event or a notice that is too large for a page is not recorded', () => {
  const text = 'x'.repeat(mostOfEvent);
  const event = { id: 'test/wave-1#1-ab', ...wave, atMs: 1, actor: 'rolewave', kind: 'released', text };
  const asked = notice({ id: 'test/wave-1#notice-1', package: undefined, ...wave, text });
  expect(countsFor(wave, { events: [event], notices: [asked] })).toEqual({});
  const short = { text: 'x' };
  expect(countsFor(wave, { events: [{ ...event, ...short }], notices: [{ ...asked, ...short }] })).toEqual({ events: 1, notices: 1 });
});

test('what is not in its form is not recorded, whatever it is', () => {
  for (const odd of [null, 7, {}, [], 'text', { id: 'test/wave-1#1' }])
    expect(countsFor(wave, { events: [odd], notices: [odd], answered: [odd], evaluations: [odd] } as never)).toEqual({});
  const odd = { events: 'text', messages: null } as never;
  expect(ownRecords(odd, { place: wave, opened: openedOf(odd, []), recorded: [], nowMs }).own).toEqual(recordBatch());
});

test('a workflow answers its own notices', () => {
  expect(countsFor(wave, { answered: [{ notices: ['test/wave-1#notice-1-ab'], atMs: 1 }] })).toEqual({ answered: 1 });
  expect(countsFor(wave, { answered: [{ notices: ['test/wave-1#notice-1-ab', 'test/wave-2#notice-1-ab'], atMs: 1 }] })).toEqual({});
});

test('a final record is the state of the workflow itself', () => {
  const { hold: _hold, ...ofWave } = waveOf([], { plan: 'test', wave: 'wave-1' });
  const { name: _name, ...ofPackage } = runningPackage({ plan: 'test', wave: 'wave-1', package: 'clerks' });
  expect(countsFor(wave, { finals: [{ workflowId: 'test/wave-1', state: ofWave }] })).toEqual({ finals: 1 });
  expect(countsFor(clerks, { finals: [{ workflowId: 'test/wave-1/clerks', state: ofPackage }] })).toEqual({ finals: 1 });
  for (const [place, workflowId, state] of [
    [wave, 'test/wave-2', { ...ofWave, wave: 'wave-2' }],
    [wave, 'test/wave-1', { ...ofWave, wave: 'wave-2' }],
    [wave, 'test/wave-1', { ...ofWave, stage: 'splendid' }],
    [wave, 'test/wave-1/clerks', ofPackage],
    [clerks, 'test/wave-1/clerks', ofWave],
    [clerks, 'test/wave-1/clerks', null],
  ] as const)
    expect(countsFor(place, { finals: [{ workflowId, state }] })).toEqual({});
});

test('a workflow records of an evaluation only that it could not be taken, and not before it was due', () => {
  const taken = notTaken({ metrics: [{ metric: 'failures' }] }, 'the store refused');
  const refused = { plan: 'test', wave: 'wave-1', package: 'clerks', purpose: 'scheduled' as const, dueMs: nowMs, evaluatedAtMs: 1, ...taken, rules: 1 };
  const measured = { metric: 'failures', kind: 'value' as const, value: 0 };
  expect(countsFor(clerks, { evaluations: [refused] })).toEqual({ evaluations: 1 });
  for (const claim of [
    { ...refused, dueMs: nowMs + 1 },
    { ...refused, package: 'readers' },
    { ...refused, measurements: [measured] },
    { ...refused, verdict: { kind: 'healthy' as const, why: '', metrics: [] } },
    { ...refused, verdict: { ...taken.verdict, metrics: [{ metric: 'failures', verdict: 'healthy' as const, why: '' }] } },
    { ...refused, drift: { ...noDrift, missing: 'none' } as never },
  ])
    expect(countsFor(clerks, { evaluations: [claim] })).toEqual({});
});
