/** Effects that are refused: in a blackout, while frozen, without a second person, for a package that is only observed. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noneConnector, type NoneConnector } from '../connectors/none/connector.ts';
import { tuneStepSchema, type TuneStep } from '../domain/plan/schema.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import type { ReleaseRef } from './contract.ts';
import { Bench, benchPlan, now } from '../test/support/activity-bench.ts';
import type { PlanChange } from '../test/support/plan.ts';
import { saveRevision } from '../test/support/revisions.ts';

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createDatabase('refused_effects');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

let number = 0;
type Made = Bench & { system: NoneConnector; id: string };
async function bench(change: PlanChange = {}): Promise<Made> {
  const id = `refused-${(number += 1)}`;
  const system = noneConnector({ grants: [{ role: 'old_reader', account: 'ann', grantor: 'dba', options: {} }] });
  const made = new Bench(store, benchPlan(`held-effects-${number}`, id, change), { [id]: system });
  await made.apply();
  return Object.assign(made, { system, id });
}

const hourMs = 3_600_000;
/** The blackout began an hour ago and ends in a day. */
const close: PlanChange = { blackouts: [{ id: 'close', reason: 'Month-end close', from: '2027-03-01T11:00:00Z', until: '2027-03-02T11:00:00Z' }] };
const stopped = {
  type: 'ReleaseStopped',
  nonRetryable: true,
  message: expect.stringContaining("the blackout 'close' (Month-end close) lasts until 2027-03-02 11:00 UTC"),
};
const notCovered = (why: string) => ({ type: 'NotCoveredBySignOffs', nonRetryable: true, message: expect.stringContaining(why) });
const decide = (made: Made, release: ReleaseRef, by: string, body: Record<string, unknown>, atMs?: number) =>
  made.record('decide', by, release, { proposal: 'rollback-1', kind: 'rollback', reason: 'exceptions', ...body }, atMs === undefined ? {} : { atMs });

test('in a blackout nothing is granted, whatever was signed, unless someone set the date within it and gave a reason', async () => {
  const made = await bench(close);
  const release = await made.signed();
  await expect(made.run('grantAccess', release, made.id)).rejects.toMatchObject(stopped);
  await made.record('setDate', 'ines', release, { goLiveMs: now });
  await expect(made.run('grantAccess', release, made.id)).rejects.toMatchObject(stopped);
  await made.record('setDate', 'ines', release, { goLiveMs: now + 100 * 24 * hourMs, despiteBlackout: 'another time' });
  await expect(made.run('grantAccess', release, made.id)).rejects.toMatchObject(notCovered("the go-live of 'clerks' is on 2027-06-09"));
  expect(made.system.held()).toHaveLength(1);
  await made.record('setDate', 'ines', release, { goLiveMs: now, despiteBlackout: 'the auditors wait' });
  expect(await made.run('grantAccess', release, made.id)).toMatchObject({ created: 6 });
  expect(await made.run('retireLegacy', release, made.id)).toMatchObject({ retired: 1 });
});

test('a person without the right to set dates cannot override a blackout', async () => {
  const made = await bench(close);
  const release = await made.signed();
  await made.record('setDate', 'ann', release, { goLiveMs: now, despiteBlackout: 'I want it now' });
  await expect(made.run('grantAccess', release, made.id)).rejects.toMatchObject(stopped);
});

test('a blackout that a later revision added applies to what an earlier one released', async () => {
  const made = await bench({ packages: [{ id: 'clerks', rollback: { approval: 'automatic' } }] });
  const release = await made.signed();
  await made.run('grantAccess', release, made.id);
  const later = benchPlan(made.plan.plan, made.id, { packages: [{ id: 'clerks', rollback: { approval: 'automatic' } }], ...close });
  await saveRevision(store, later, made.key);
  await made.record('rollback', 'ines', release, { reason: 'exceptions' });
  await expect(made.run('rollBackAccess', release, made.id, { id: 'r', approval: 'automatic' })).rejects.toMatchObject(stopped);
  const approval = await decide(made, release, 'olga', { answer: 'approve' });
  expect(await made.run('rollBackAccess', release, made.id, { id: 'r', approval })).toMatchObject({ revoked: 6 });
});

test('so does one for a package that the later revision no longer has in this wave, and who operates the plan now decides', async () => {
  const made = await bench();
  const release = await made.begun();
  await made.run('grantAccess', release, made.id);
  const [before] = made.plan.waves;
  const elsewhere = { ...before!, id: 'wave-2', packages: [{ ...before!.packages[0]!, package: 'clerks' }] };
  const asked: number[] = [];
  const counted: Store = {
    ...made.store,
    waveDeciders: (of) => {
      asked.push(of.number);
      return made.store.waveDeciders(of);
    },
  };
  // Otto operates in the last revision that has the package in this wave, and hugo in those after it.
  await saveRevision(store, { ...made.plan, operators: ['ines', 'otto'] }, made.key);
  for (let number = 3; number <= 12; number += 1)
    await saveRevision(
      store,
      {
        ...made.plan,
        operators: ['hugo'],
        description: `revision ${number}`,
        waves: [elsewhere],
        blackouts: benchPlan('x', made.id, close).blackouts.map((each) => ({ ...each, packages: ['clerks'] })),
      },
      made.key,
    );
  await expect(made.run('retireLegacy', release, made.id)).rejects.toMatchObject(stopped);
  const abort = (by: string) => made.record('abort', by, release, { reason: 'audit' });
  const [byHugo, byOtto] = [await abort('hugo'), await abort('otto')];
  const rollback = (approval: string) => made.runWith({ store: counted }, 'rollBackAccess', release, made.id, { id: 'r', approval });
  await expect(rollback(byOtto)).rejects.toMatchObject({ type: 'NotCoveredBySignOffs' });
  expect(await rollback(byHugo)).toMatchObject({ failed: [] });
  // Of the ten without it, only the last one says who operates the plan.
  expect(new Set(asked)).toEqual(new Set([12, 2]));
});

test('an approval from before the blackout does not count in it', async () => {
  const made = await bench();
  const release = await made.signed();
  await made.run('grantAccess', release, made.id);
  const before = await decide(made, release, 'olga', { answer: 'approve' }, now - 2 * hourMs);
  await saveRevision(store, benchPlan(made.plan.plan, made.id, { ...close }), made.key);
  await expect(made.run('rollBackAccess', release, made.id, { id: 'r', approval: before })).rejects.toMatchObject(stopped);
});

test('in a blackout a tune that revokes access needs an approval from within it; one that grants what is missing does not', async () => {
  const made = await bench({ ...close });
  const release = await made.signed();
  await made.record('setDate', 'ines', release, { goLiveMs: now, despiteBlackout: 'the auditors wait' });
  await made.run('grantAccess', release, made.id);
  await expect(made.run('tuneAccess', release, made.id, { id: 'by-itself', step: 'retireLegacy' })).rejects.toMatchObject(stopped);
  await expect(made.run('tuneAccess', release, made.id, { id: 'by-itself', step: 'reconcile' })).rejects.toMatchObject(stopped);
  made.system.removeAll('clerk', 'ann');
  expect(await made.run('tuneAccess', release, made.id, { id: 'by-itself', step: 'grantMissing' })).toMatchObject({ granted: 1 });
  const id = await made.record('decide', 'olga', release, {
    proposal: 'tune-1',
    kind: 'tune',
    tune: { step: 'retireLegacy' },
    answer: 'approve',
    reason: 'it is only a report',
  });
  expect(await made.run('tuneAccess', release, made.id, { id, step: 'retireLegacy' })).toMatchObject({ retired: 1 });
});

test('while a proposed rollback is frozen nothing more is granted', async () => {
  const made = await bench();
  const release = await made.signed();
  await made.run('grantAccess', release, made.id);
  made.system.removeAll('clerk', 'ann');
  await decide(made, release, 'ines', { answer: 'freeze' });
  await expect(made.run('tuneAccess', release, made.id, { id: 't', step: 'grantMissing' })).rejects.toMatchObject(notCovered("'clerks' is frozen by ines"));
  await decide(made, release, 'ines', { answer: 'decline' });
  expect(await made.run('tuneAccess', release, made.id, { id: 't', step: 'grantMissing' })).toMatchObject({ granted: 1 });
});

test('an approval followed by a freeze or a decline covers nothing', async () => {
  const made = await bench();
  const release = await made.signed();
  await made.run('grantAccess', release, made.id);
  const approval = await decide(made, release, 'olga', { answer: 'approve' });
  await decide(made, release, 'ines', { answer: 'freeze' });
  await expect(made.run('rollBackAccess', release, made.id, { id: 'r', approval })).rejects.toMatchObject(
    notCovered(`there is no recorded message '${approval}'`),
  );
  const again = await decide(made, release, 'olga', { answer: 'approve' });
  expect(await made.run('rollBackAccess', release, made.id, { id: 'r', approval: again })).toMatchObject({ revoked: 6 });
});

test('where the plan requires two people, one approval does not cover a rollback, nor do two by operators, nor two by the same person', async () => {
  const made = await bench({ packages: [{ id: 'clerks', rollback: { secondPerson: true } }], operators: ['ines', 'hugo'] });
  const release = await made.signed();
  await made.run('grantAccess', release, made.id);
  const rollBack = (approval: string) => made.run('rollBackAccess', release, made.id, { id: 'r', approval });
  const byOperator = await decide(made, release, 'ines', { answer: 'approve' });
  await expect(rollBack(byOperator)).rejects.toMatchObject(notCovered('no recorded message'));
  await decide(made, release, 'ines', { answer: 'approve' });
  await expect(rollBack(byOperator)).rejects.toMatchObject(notCovered('no recorded message'));
  await decide(made, release, 'hugo', { answer: 'approve' });
  await expect(rollBack(byOperator)).rejects.toMatchObject(notCovered('no recorded message'));
  await decide(made, release, 'olga', { answer: 'approve', people: ['ann'] });
  await expect(rollBack(byOperator)).rejects.toMatchObject(notCovered('no recorded message'));
  await decide(made, release, 'dora', { answer: 'approve' });
  expect(await rollBack(byOperator)).toMatchObject({ revoked: 6 });
});

test('an approval for some people covers exactly those: their access is revoked and their legacy access restored', async () => {
  const made = await bench();
  const release = await made.signed();
  await made.run('grantAccess', release, made.id);
  await made.run('retireLegacy', release, made.id);
  const id = await decide(made, release, 'olga', { answer: 'approve', people: ['ann'] });
  const narrow = (people: string[]) => made.run('tuneAccess', release, made.id, { id, step: 'narrow', people, restore: true });
  await expect(narrow(['ann', 'ben'])).rejects.toMatchObject(notCovered('covers a rollback of exactly these people'));
  await expect(made.run('rollBackAccess', release, made.id, { id: 'r', approval: id })).rejects.toMatchObject(notCovered('no recorded message'));
  expect(await narrow(['ann'])).toEqual({ granted: 0, revoked: 2, retired: 0, left: 0 });
  expect(await narrow(['ann'])).toEqual({ granted: 0, revoked: 2, retired: 0, left: 0 });
  expect(made.system.held().map(({ role, account }) => `${role} ${account}`)).toEqual(['clerk ben', 'clerk cem', 'old_reader ann', 'reader ben', 'reader cem']);
  expect(await made.run('tuneAccess', release, made.id, { id: 't', step: 'reconcile' })).toMatchObject({ granted: 0, retired: 0, left: 0 });
});

test('a person whom the release did not reach is named, and nothing is revoked', async () => {
  const made = await bench();
  const release = await made.signed();
  await made.run('grantAccess', release, made.id);
  const id = await made.record('tune', 'olga', release, { step: 'narrow', reason: 'left the team', people: ['anne', 'ben'] });
  await expect(made.run('tuneAccess', release, made.id, { id, step: 'narrow', people: ['anne', 'ben'] })).rejects.toMatchObject({
    type: 'BadInput',
    nonRetryable: true,
    message: "'clerks' was not released to anne: nothing was revoked; name some of ann, ben, cem",
  });
  expect(await made.outcomes(release)).not.toContainEqual(expect.stringContaining('revoked'));
});

test('a package that a wave only observes is never granted, tuned or rolled back', async () => {
  const made = await bench({ waves: [{ packages: [{ package: 'clerks', change: 'observe' }] }] });
  const release = await made.signed();
  const observed = notCovered("'clerks' is only observed by wave 'wave-1'");
  await expect(made.run('grantAccess', release, made.id)).rejects.toMatchObject(observed);
  await expect(made.run('retireLegacy', release, made.id)).rejects.toMatchObject(observed);
  await expect(made.run('tuneAccess', release, made.id, { id: 't', step: 'reconcile' })).rejects.toMatchObject(observed);
  const approval = await decide(made, release, 'olga', { answer: 'approve' });
  await expect(made.run('rollBackAccess', release, made.id, { id: 'r', approval })).rejects.toMatchObject(observed);
  expect(made.system.held()).toHaveLength(1);
});

test('after a release, who decides is whom the plan names at the time, and not whom it named before or names later', async () => {
  const made = await bench();
  const release = await made.signed();
  await made.run('grantAccess', release, made.id);
  const early = await decide(made, release, 'sam', { answer: 'approve' }, Date.now() - hourMs);
  await expect(made.run('rollBackAccess', release, made.id, { id: 'r', approval: early })).rejects.toMatchObject(notCovered('no recorded message'));
  const later = benchPlan(made.plan.plan, made.id, { packages: [{ id: 'clerks', owner: 'sam' }], delegates: [] });
  await saveRevision(store, later, made.key);
  for (const approval of [early, await decide(made, release, 'olga', { answer: 'approve' })])
    await expect(made.run('rollBackAccess', release, made.id, { id: 'r', approval })).rejects.toMatchObject(notCovered('no recorded message'));
  const approval = await decide(made, release, 'sam', { answer: 'approve' });
  expect(await made.run('rollBackAccess', release, made.id, { id: 'r', approval })).toMatchObject({ revoked: 6 });
});

test('where two people are required, the owner of a later revision counts as one of them, and may alone have access revoked', async () => {
  const made = await bench({ packages: [{ id: 'clerks', rollback: { secondPerson: true } }] });
  const release = await made.signed();
  await made.run('grantAccess', release, made.id);
  const packages = [{ id: 'clerks', owner: 'sam', rollback: { secondPerson: true } }];
  const later = benchPlan(made.plan.plan, made.id, { packages, delegates: [] });
  await saveRevision(store, later, made.key);
  const id = await made.record('tune', 'sam', release, { step: 'narrow', people: ['ann'], reason: 'ann moved' });
  expect(await made.run('tuneAccess', release, made.id, { id, step: 'narrow', people: ['ann'] })).toMatchObject({ revoked: 2 });
  const approval = await decide(made, release, 'ines', { answer: 'approve' });
  await expect(made.run('rollBackAccess', release, made.id, { id: 'r', approval })).rejects.toMatchObject(notCovered('no recorded message'));
  await decide(made, release, 'sam', { answer: 'approve' });
  expect(await made.run('rollBackAccess', release, made.id, { id: 'r', approval })).toMatchObject({ revoked: 6 });
});

test('when a later revision requires two people, an operator alone cannot roll back what was released under one', async () => {
  const made = await bench();
  const release = await made.signed();
  await made.run('grantAccess', release, made.id);
  const later = benchPlan(made.plan.plan, made.id, { packages: [{ id: 'clerks', rollback: { secondPerson: true } }] });
  await saveRevision(store, later, made.key);
  const approval = await decide(made, release, 'ines', { answer: 'approve' });
  await expect(made.run('rollBackAccess', release, made.id, { id: 'r', approval })).rejects.toMatchObject(notCovered('no recorded message'));
});

describe('every step of a tune, against the record', () => {
  type Run = 'runs' | 'stopped' | 'not covered';
  const tuneOf = (step: TuneStep, system: string) => ({
    step,
    ...(step === 'narrow' ? { people: ['ann'] } : {}),
    ...(step === 'tighten' ? { entitlement: { system, role: 'reader' } } : {}),
  });
  async function outcome(made: Made, release: ReleaseRef, step: TuneStep, id: string): Promise<Run> {
    try {
      await made.run('tuneAccess', release, made.id, { id, ...tuneOf(step, made.id) });
      return 'runs';
    } catch (error) {
      const { type } = error as { type?: string };
      if (type === 'ReleaseStopped') return 'stopped';
      if (type === 'NotCoveredBySignOffs') return 'not covered';
      throw error;
    }
  }
  const order = (made: Made, release: ReleaseRef, step: TuneStep, by: string, atMs = now) =>
    made.record('tune', by, release, { ...tuneOf(step, made.id), reason: 'asked' }, { atMs });
  async function granted(change: Parameters<typeof bench>[0] = {}) {
    const made = await bench(change);
    const release = await made.signed();
    await made.record('setDate', 'ines', release, { goLiveMs: now, despiteBlackout: 'the auditors wait' });
    await made.run('grantAccess', release, made.id);
    return { made, release };
  }

  const table: [step: TuneStep, byItself: Run, byOperator: Run, beforeBlackout: Run, frozen: Run][] = [
    ['reconcile', 'runs', 'runs', 'stopped', 'not covered'],
    ['grantMissing', 'runs', 'runs', 'runs', 'not covered'],
    ['retireLegacy', 'runs', 'runs', 'stopped', 'runs'],
    ['tighten', 'not covered', 'not covered', 'stopped', 'runs'],
    ['narrow', 'not covered', 'not covered', 'stopped', 'runs'],
    ['extend', 'runs', 'runs', 'runs', 'runs'],
    ['ask', 'runs', 'runs', 'runs', 'runs'],
  ];
  test('the table names every step', () => {
    expect(table.map(([step]) => step)).toEqual(tuneStepSchema.options);
  });

  test.each(table)('%s: automatically it %s, by an operator it %s', async (step, byItself, byOperator) => {
    const { made, release } = await granted();
    expect(await outcome(made, release, step, 'by-itself')).toBe(byItself);
    expect(await outcome(made, release, step, await order(made, release, step, 'ines'))).toBe(byOperator);
    expect(await outcome(made, release, step, await order(made, release, step, 'olga'))).toBe('runs');
  });

  test.each(table)('%s in a blackout (%s, %s): by its owner’s order from before it: %s; from within it, it runs', async (step, byItself, _, before) => {
    const { made, release } = await granted(close);
    const early = await order(made, release, step, 'olga', now - 2 * hourMs);
    expect(await outcome(made, release, step, early)).toBe(before);
    // A blackout stops only what nobody decided on.
    expect(await outcome(made, release, step, 'by-itself')).toBe(byItself === 'runs' ? before : byItself);
    expect(await outcome(made, release, step, await made.record('note', 'olga', release, { text: 'no order' }))).toBe(byItself === 'runs' ? before : byItself);
    expect(await outcome(made, release, step, await order(made, release, step, 'olga'))).toBe('runs');
  });

  test.each(table)('%s (%s, %s, %s): while the package is frozen it is %s', async (step, _itself, _operator, _before, frozen) => {
    for (const subject of [
      { proposal: 'rollback-1', kind: 'rollback' },
      { proposal: 'tune-1', kind: 'tune', tune: { step: 'reconcile' } },
      { proposal: 'question-1', kind: 'question', untilMs: now + hourMs },
    ]) {
      const { made, release } = await granted();
      const id = await order(made, release, step, 'olga');
      await decide(made, release, 'ines', { ...subject, answer: 'freeze' });
      expect(await outcome(made, release, step, id)).toBe(frozen);
    }
  });

  test.each<[what: string, by: string, signed: Record<string, unknown>]>([
    ['the approval of a rollback by an operator who may approve one', 'ines', { proposal: 'rollback-1', kind: 'rollback' }],
    ['the owner’s approval of a rollback', 'olga', { proposal: 'rollback-1', kind: 'rollback' }],
    ['of a rollback of the same people', 'olga', { proposal: 'rollback-1', kind: 'rollback', people: ['ann'] }],
    ['of a question', 'olga', { proposal: 'question-1', kind: 'question' }],
    ['of another step', 'olga', { proposal: 'tune-1', kind: 'tune', tune: { step: 'reconcile' } }],
    ['of the same step for other people', 'olga', { proposal: 'tune-1', kind: 'tune', tune: { step: 'narrow', people: ['ben'] } }],
    ['of the same step for more people', 'olga', { proposal: 'tune-1', kind: 'tune', tune: { step: 'narrow', people: ['ann', 'ben'] } }],
    ['of exactly this by an operator', 'ines', { proposal: 'tune-1', kind: 'tune', tune: { step: 'narrow', people: ['ann'] } }],
  ])('a narrowing that only an operator asked for is covered by no other approval: %s', async (_, by, signed) => {
    const { made, release } = await granted({ packages: [{ id: 'clerks', rollback: { secondPerson: true } }] });
    const asked = await order(made, release, 'narrow', 'ines');
    const id = await decide(made, release, by, { ...signed, answer: 'approve' });
    for (const named of [asked, id]) expect(await outcome(made, release, 'narrow', named)).toBe('not covered');
    const approved = await decide(made, release, 'olga', { proposal: 'tune-2', kind: 'tune', tune: { step: 'narrow', people: ['ann'] }, answer: 'approve' });
    expect(await outcome(made, release, 'narrow', approved)).toBe('runs');
  });
});

test('a freeze until the end of the blackout freezes until then', async () => {
  const made = await bench(close);
  const release = await made.signed();
  await made.record('setDate', 'ines', release, { goLiveMs: now, despiteBlackout: 'the auditors wait' });
  await made.run('grantAccess', release, made.id);
  await decide(made, release, 'ines', { answer: 'afterBlackout' });
  await expect(made.run('tuneAccess', release, made.id, { id: 't', step: 'grantMissing' })).rejects.toMatchObject(notCovered("'clerks' is frozen by ines"));
  made.nowMs = now + 23 * hourMs;
  expect(await made.run('tuneAccess', release, made.id, { id: 't', step: 'grantMissing' })).toMatchObject({ granted: 0 });
});

test('an automatic rollback waits while someone has frozen it', async () => {
  const made = await bench({ packages: [{ id: 'clerks', rollback: { approval: 'automatic' } }] });
  const release = await made.signed();
  await made.run('grantAccess', release, made.id);
  await made.record('rollback', 'ines', release, { reason: 'exceptions' });
  await decide(made, release, 'ines', { answer: 'freeze', untilMs: now + hourMs });
  const byItself = () => made.run('rollBackAccess', release, made.id, { id: 'r', approval: 'automatic' });
  await expect(byItself()).rejects.toMatchObject(notCovered("'clerks' is frozen by ines"));
  made.nowMs = now + hourMs;
  expect(await byItself()).toMatchObject({ revoked: 6 });
});

test('an approval or an abort from before a blackout does not count after it either', async () => {
  const made = await bench(close);
  const release = await made.signed();
  await made.record('setDate', 'ines', release, { goLiveMs: now, despiteBlackout: 'the auditors wait' });
  await made.run('grantAccess', release, made.id);
  const approval = await decide(made, release, 'olga', { answer: 'approve' }, now - 2 * hourMs);
  const abort = await made.record('abort', 'ines', release, { reason: 'audit' }, { atMs: now - 2 * hourMs });
  made.nowMs = now + 48 * hourMs;
  for (const id of [approval, abort])
    await expect(made.run('rollBackAccess', release, made.id, { id: 'r', approval: id })).rejects.toMatchObject({
      type: 'ReleaseStopped',
      message: expect.stringContaining('began after the decision'),
    });
});
