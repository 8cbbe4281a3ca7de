import { ApplicationFailure } from '@temporalio/activity';
import { expect, test } from 'vitest';
import { carriedCounts } from '../domain/access/incompatible.ts';
import { mostBytesClaimed, mostClaimedTogether } from '../domain/authority/claims-size.ts';
import type { PreviewPart } from '../domain/access/preview.ts';
import { receipt as receiptSchema, type Receipt } from '../domain/release/receipt.ts';
import { withoutPeople } from '../domain/release/rollback-preview.ts';
import type { GrantCounts } from '../domain/release/granting.ts';
import type { Measurement } from '../domain/watch/measurement.ts';
import type { Activities } from './contract.ts';
import { carried, carriedResults, mostOfResult } from './results.ts';

type Result<A extends keyof Activities> = Awaited<ReturnType<Activities[A]>>;

/** What people and systems may say: long, and three bytes for each character. */
const text = '語'.repeat(5_000);
const id = 'i'.repeat(63);
const person = 'p'.repeat(255);
const name = 'n'.repeat(1_000);
const many = <T>(count: number, of: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => of(index));

const line = (index: number, why = text) => ({ role: name, account: name, why: `${index % 50} ${why}` });
const bigReceipt: Receipt = {
  system: id,
  granted: 2_000,
  revoked: 0,
  kept: many(2_000, (index) => line(index)),
  restored: 0,
  restoredNotes: many(2_000, (index) => line(index)),
  notRestored: many(2_000, (index) => line(index)),
  failed: many(2_000, (index) => ({ ...line(index), person })),
  claimed: many(Math.min(mostClaimedTogether, Math.floor(mostBytesClaimed / 190)), (index) => ({
    role: `${index}`.padStart(60, 'r'),
    account: name,
    person: 'p'.repeat(67),
    claim: 'c'.repeat(100),
  })),
  check: name.repeat(500),
};
const previewPart: PreviewPart = { system: id, digest: id, people: 1, toGrant: 1, alreadyThere: 1, toRetire: 1, conflicts: many(20, () => text) };
const counts: GrantCounts = { created: 1, preexisting: 1, failed: 1, unknown: 1, refusals: many(4, () => text) };
const failing: Measurement = { metric: id, kind: 'error', why: text };
const incompatible = carriedCounts(many(500, () => ({ rule: id, existing: 1, caused: 1, excepted: 1, resolved: 1 })));
const lines = many(200, () => ({ person, account: name, role: name, why: text }));

/** The largest that each may have to answer, within the limits of a plan: 20,000 people, 1,000 packages, 500 waves, 100 systems, 2,000 metrics. */
const largest: { [A in keyof Activities]: Result<A> } = {
  previewSystem: { ...previewPart, incompatible },
  simulateSystem: { ...previewPart, incompatible },
  simulateTogether: {
    incompatible: many(1_000, () => ({ package: id, counts: incompatible })),
    waves: many(500, () => ({ wave: id, systems: many(100, () => ({ system: id, people: 1, packages: 1 })) })),
  },
  recheckSystem: { shrunk: 1, wider: 1, lines: many(20, () => text), stops: many(500, () => ({ code: 'incompatible', rule: id, people: 1, text })) },
  grantAccess: counts,
  verifyAccess: counts,
  retireLegacy: { retired: 1, kept: 1, failed: 1, refusals: many(4, () => text) },
  tuneAccess: { granted: 1, revoked: 1, retired: 1, left: 1 },
  rollBackAccess: bigReceipt,
  previewRollback: withoutPeople(
    {
      system: id,
      loses: lines,
      losesCount: 200,
      comesBack: lines,
      comesBackCount: 200,
      stays: lines,
      staysCount: 200,
      notRestored: lines,
      notRestoredCount: 200,
      asks: lines,
      asksCount: 200,
      usageNote: text,
    },
    id,
  ),
  evaluate: {
    number: 1,
    verdict: { kind: 'error', why: text, metrics: many(2_000, () => ({ metric: id, verdict: 'error', why: text, value: 1.1, n: 1.1, baseline: 1.1 })) },
    drift: { missing: 1, outOfBand: 1, legacy: 1, content: 1, options: 1 },
    contents: many(10, () => ({ system: id, role: name, digest: id, text })),
  },
  readBaseline: {
    baseline: Object.fromEntries(many(2_000, (index) => [`${index}`.padStart(63, 'm'), 1 / 3])),
    readable: many(2_000, () => ({ metric: id, ok: false, why: text })),
  },
  tryMetric: {
    plan: id,
    metric: id,
    package: id,
    kind: 'rate',
    people: 1,
    evaluation: { fromMs: 1, toMs: 1, measured: failing },
    baseline: { fromMs: 1, toMs: 1, measured: failing },
    newestProblem: text,
  },
  incompatibleAcross: incompatible,
  dependencyCheck: [
    ...many(1_000, (): Result<'dependencyCheck'>[number] => ({ code: 'builtUpon', packages: [id], clear: false, line: text, clearedBy: { person } })),
    ...many(100, (): Result<'dependencyCheck'>[number] => ({ code: 'runningJobs', system: id, jobs: 9, clear: false, line: text, clearedBy: { person } })),
  ],
  openEarlierWaves: many(500, () => ({
    code: 'earlierWave',
    wave: id,
    why: 'notReleased',
    packages: many(500, () => id),
    text: many(500, () => id).join(', '),
  })),
  packagesNotLive: many(1_000, () => id),
  packageStatus: { nothingGranted: false, state: 'Rolled back', why: text },
  supersedingRelease: { wave: id },
  earlierReleases: many(500, () => id),
  ownerStatus: { owner: person, gone: true, why: text },
  // To each operator, delegate and signer by mail.
  deliveriesOf: many(2_700, () => ({ channel: 'mail', recipient: person })),
  placeDeliveries: many(2_700, () => ({ delivery: { channel: 'mail', recipient: person }, afterMs: 86_400_000 })),
  deliver: 'sent',
  settleDelivery: undefined,
  record: undefined,
  trustedKeys: many(200, () => ({ kid: id, jwk: {} }) as unknown as Result<'trustedKeys'>[number]),
  signalsRefused: undefined,
};

const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value ?? null));

test.each(Object.keys(largest) as (keyof Activities)[])('what %s answers fits into a history, however much people and systems have said', async (activity) => {
  const result = await carried(activity, async () => largest[activity] as never);
  expect(bytes(result)).toBeLessThan(mostOfResult);
  // Once more changes nothing: a worker may carry what another one has carried.
  expect(await carried(activity, async () => result as never)).toEqual(result);
});

test('whole answers would not fit', () => {
  const whole = ['rollBackAccess', 'evaluate', 'readBaseline', 'dependencyCheck', 'openEarlierWaves'] as const;
  for (const activity of whole) expect(bytes(largest[activity]), activity).toBeGreaterThan(mostOfResult);
});

test('an incomplete answer fits as well, and keeps what the workflow goes by', async () => {
  const failed = await carried('rollBackAccess', async () => {
    throw ApplicationFailure.create({ message: text, type: 'Incomplete', nonRetryable: true, details: [bigReceipt] });
  }).catch((error: unknown) => error as ApplicationFailure);
  const { type, nonRetryable, message, details } = failed as ApplicationFailure;
  expect({ type, nonRetryable }).toEqual({ type: 'Incomplete', nonRetryable: true });
  expect(bytes([message, details])).toBeLessThan(mostOfResult);
  const receipt = receiptSchema.parse(details?.[0]);
  expect(receipt).toMatchObject({ granted: 2_000, counts: { kept: 2_000, restoredNotes: 2_000, notRestored: 2_000, failed: 2_000 } });
  expect(receipt.failed.length).toBeGreaterThan(0);
  expect(receipt.claimed).toHaveLength(bigReceipt.claimed!.length);
});

test('of what all packages of a simulation do together, what stops a release comes first, and how much is left out is said', () => {
  const counts = (caused: number) => [{ rule: id, existing: 1, caused, excepted: 0, resolved: 0 }];
  const system = { system: id, people: 1, packages: 1 };
  const all = {
    incompatible: [...many(1_000, () => ({ package: 'existing', counts: counts(0) })), { package: 'caused', counts: counts(1) }],
    waves: many(500, () => ({ wave: id, systems: many(100, () => system) })),
  };
  const answer = carriedResults.simulateTogether(all);
  expect([answer.incompatible.length, answer.waves.length, answer.waves[0]?.systems.length]).toEqual([200, 200, 20]);
  expect(answer.incompatible[0]?.package).toBe('caused');
  expect(answer.leftOut).toEqual({ incompatible: 801, waves: 300, systems: 200 * 80 });
  const small = { incompatible: all.incompatible.slice(0, 200), waves: [{ wave: id, systems: [system] }] };
  expect(carriedResults.simulateTogether(small)).toEqual(small);
});

test('a failure that says too much keeps its kind, and when it is tried again', async () => {
  const error = ApplicationFailure.create({ message: text, type: 'TooEarly', nonRetryable: false, nextRetryDelay: 5 });
  const failed = await carried('evaluate', async () => Promise.reject(error)).catch((caught: unknown) => caught as ApplicationFailure);
  expect(failed).toMatchObject({ type: 'TooEarly', nonRetryable: false, nextRetryDelay: 5 });
  expect((failed as ApplicationFailure).message.length).toBeLessThan(5_000);
});

test('an answer that is too large all the same is told, and not tried again', async () => {
  const told = carried('packagesNotLive', async () => many(20_000, () => id));
  await expect(told).rejects.toMatchObject({ type: 'SystemError', nonRetryable: true, message: expect.stringContaining('too large for a history') });
});
