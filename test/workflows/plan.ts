/** A small plan for workflow tests: one system in memory, one wave, and as many packages as a test asks for. */
import { planSchema, type Plan } from '../../domain/plan/schema.ts';
import { packageWords } from '../support/package-words.ts';

export const dayMs = 86_400_000;

type PackageInput = Record<string, unknown>;

export function testPlan(
  changes: { packages?: PackageInput[]; wave?: Record<string, unknown>; entries?: PackageInput[]; plan?: string; top?: Record<string, unknown> } = {},
  goLiveMs = Date.parse('2027-03-01T18:00:00Z'),
): Plan {
  const iso = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;
  const goLive = iso(goLiveMs);
  const packages = (changes.packages ?? [{}]).map((change, index) => testPackage({ id: `package-${index + 1}`, ...change }));
  return planSchema.parse({
    plan: changes.plan ?? 'test',
    systems: [{ id: 'erp', kind: 'none', connection: 'ERP_DATABASE_URL' }],
    people: ['olga', 'otto', 'dora', 'ines', 'hugo', 'ann', 'ben', 'cem'].map((id) => ({ id, name: id, team: 'finance' })),
    delegates: [{ of: 'olga', to: 'dora', until: iso(goLiveMs + 90 * dayMs) }],
    operators: ['ines', 'hugo'],
    metrics: [
      { id: 'adoption', description: 'share of people who used it', system: 'erp', unit: 'ratio', sql: '{"value": 0.9, "n": 3}' },
      { id: 'exceptions', description: 'exceptions a day', system: 'erp', unit: 'count', sql: '{"value": 1}' },
    ],
    packages,
    ...changes.top,
    waves: [{ id: 'wave-1', goLive, packages: packages.map(({ id }, index) => ({ package: id, ...changes.entries?.[index] })), ...changes.wave }],
  });
}

function testPackage(change: PackageInput): PackageInput & { id: unknown } {
  return {
    name: 'Package',
    description: 'A package of the tests',
    owner: 'olga',
    risk: 'low',
    ...packageWords,
    entitlements: [
      { system: 'erp', role: 'clerk' },
      { system: 'erp', role: 'reader' },
    ],
    legacy: [{ system: 'erp', role: 'old_reader' }],
    cohort: ['ann', 'ben', 'cem'],
    watch: {
      length: '14d',
      metrics: [
        { metric: 'access-drift', tune: { above: 0 } },
        { metric: 'exceptions', tune: { above: 10 }, rollback: { above: 50 } },
      ],
    },
    tune: { attempts: 2, onDrift: 'reconcile', onMetric: 'ask' },
    ...change,
    id: change['id'],
  };
}
