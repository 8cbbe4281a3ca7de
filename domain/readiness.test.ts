import { expect, test } from 'vitest';
import { metric, plan, watch, type PackageInput } from '../test/support/plan.ts';
import { waveSection } from './plan/section.ts';
import { checklistLine } from './views/checklist.ts';
import { checklist, evidenceExpiry, ready, type Evidence } from './readiness.ts';

const dayMs = 86_400_000;
const nowMs = Date.parse('2027-01-01');
const section = (change: Partial<PackageInput> = {}) =>
  waveSection(plan({ metrics: [metric('exceptions')], packages: [{ watch: watch('14d', 'exceptions'), ...change }] }), 1, 'wave-1').packages[0]!;
const given = (change: Partial<Evidence> = {}): Evidence => ({ by: 'olga', atMs: nowMs, reference: 'ticket 12', waived: false, ...change });
const line = (item: string, lines: ReturnType<typeof checklist>) => lines.find((entry) => entry.item === item);
const metrics = [{ metric: 'exceptions', ok: true }];
const complete = { handoff: given(), notices: given(), backup: given() };

test('a package of low risk is ready with handoff, notices, backup and one successful read of every metric', () => {
  expect(ready(checklist(section(), { evidence: complete, metrics }, nowMs))).toBe(true);
  for (const item of ['handoff', 'notices', 'backup'] as const) {
    const { [item]: _missing, ...evidence } = complete;
    expect(
      checklist(section(), { evidence, metrics }, nowMs)
        .filter(({ ok }) => !ok)
        .map((entry) => entry.item),
    ).toEqual([item]);
  }
});

test('items that the plan itself satisfies need no evidence, and quote the plan', () => {
  const lines = checklist(section(), { evidence: {} }, nowMs);
  expect(line('owner', lines)).toEqual({ item: 'owner', ok: true, code: 'inPlan', why: 'olga, finance' });
  expect(line('rollbackPath', lines)?.ok).toBe(true);
  expect(line('postLaunchChecks', lines)?.ok).toBe(true);
});

const needed: [string, Partial<PackageInput>, string, boolean][] = [
  ['a low risk needs no acceptance', {}, 'riskAcceptance', false],
  ['a medium risk needs one', { risk: 'medium' }, 'riskAcceptance', true],
  ['a high risk needs one', { risk: 'high' }, 'riskAcceptance', true],
  ['training is needed where the plan says so', { requires: { training: true } }, 'training', true],
  ['a drill is needed where the plan says so', { requires: { drill: { validFor: '30d', timebox: '2h', signedBy: 'hugo' } } }, 'drill', true],
  ['a backup is not needed where the plan says so', { requires: { backup: false } }, 'backup', false],
];
test.each(needed)('%s', (_name, change, item, isNeeded) => {
  expect(line(item, checklist(section(change), { evidence: {} }, nowMs)) !== undefined).toBe(isNeeded);
});

test('evidence that expires before the release does not count', () => {
  const lines = checklist(section({ risk: 'medium' }), { evidence: { ...complete, riskAcceptance: given({ expiresMs: nowMs }) }, metrics }, nowMs);
  expect(line('riskAcceptance', lines)).toMatchObject({ ok: false, code: 'expired', why: 'expired on 2027-01-01' });
});

test('a drill counts when it stayed in its timebox, and for as long as the plan says', () => {
  const drilled = section({ requires: { drill: { validFor: '30d', timebox: '2h', signedBy: 'hugo' } } });
  const judge = (drill: Evidence | undefined) => line('drill', checklist(drilled, { evidence: { ...complete, ...(drill ? { drill } : {}) }, metrics }, nowMs));
  expect(judge(undefined)).toMatchObject({
    ok: false,
    code: 'missing',
    timeboxMs: 7_200_000,
    signedBy: 'hugo',
    why: 'must take at most 2 hours and be signed by hugo',
  });
  expect(judge(given({ tookMs: 7_200_000 }))).toMatchObject({ ok: true });
  expect(judge(given({ tookMs: 7_260_000 }))).toMatchObject({
    ok: false,
    code: 'tooLong',
    tookMs: 7_260_000,
    why: 'took 121 minutes, but the drill may take at most 2 hours',
  });
  expect(judge(given())).toMatchObject({ ok: false, code: 'tooLong', why: 'its duration was not recorded, and the drill may take at most 2 hours' });
  expect(judge(given({ waived: true, reference: 'same steps as last month' }))).toMatchObject({
    ok: true,
    code: 'waived',
    why: 'waived: same steps as last month',
  });
  expect(evidenceExpiry(drilled, 'drill', undefined, nowMs)).toBe(nowMs + 30 * dayMs);
  expect(evidenceExpiry(drilled, 'drill', nowMs + 90 * dayMs, nowMs)).toBe(nowMs + 30 * dayMs);
  expect(evidenceExpiry(drilled, 'handoff', undefined, nowMs)).toBeUndefined();
});

test('a metric that could not be read is named with the reason', () => {
  const broken = [...metrics, { metric: 'adoption', ok: false, why: 'relation "usage" does not exist' }];
  expect(line('metrics', checklist(section(), { evidence: complete, metrics: broken }, nowMs))).toMatchObject({
    ok: false,
    code: 'unreadable',
    metrics: [{ metric: 'adoption', why: 'relation "usage" does not exist' }],
    why: 'adoption: relation "usage" does not exist',
  });
  expect(line('metrics', checklist(section(), { evidence: complete }, nowMs))).toMatchObject({ ok: false, code: 'notMeasured', why: 'not read yet' });
});

test('every line of the checklist matches its schema', () => {
  const drill = { validFor: '30d', timebox: '2h', signedBy: 'hugo' };
  const facts = [
    { evidence: {} },
    { evidence: complete, metrics },
    { evidence: { ...complete, drill: given({ tookMs: 60_000 }), handoff: given({ expiresMs: nowMs }), backup: given({ waived: true }) }, metrics },
    { evidence: { drill: given() }, metrics: [{ metric: 'adoption', ok: false }] },
  ];
  const codes = facts.flatMap((each) =>
    checklist(section({ risk: 'high', requires: { drill, training: true } }), each, nowMs).map((one) => checklistLine.parse(one).code),
  );
  expect(new Set(codes)).toEqual(new Set(checklistLine.options.map(({ shape }) => shape.code.value)));
});
