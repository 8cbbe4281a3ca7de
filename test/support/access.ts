/** A small plan for tests of access, and systems drawn at random. */
import * as fc from 'fast-check';
import { planSchema, type Plan } from '../../domain/plan/schema.ts';
import type { Actual, Held, LedgerEntry } from '../../domain/release/ledger.ts';

export const people = ['ann', 'ben', 'cem', 'dea'];
export const us = 'rolewave';

export function smallPlan(change: Record<string, unknown> = {}): Plan {
  return planSchema.parse({
    plan: 'small',
    systems: [{ id: 'erp', kind: 'none', connection: 'ERP_DATABASE_URL' }],
    people: ['olga', ...people].map((id) => ({ id, name: id, team: 'finance', ...(id === 'cem' ? { accounts: { erp: 'c.em' } } : {}) })),
    operators: ['olga'],
    packages: [
      {
        id: 'clerks',
        name: 'Clerks',
        description: 'Clerks',
        owner: 'olga',
        risk: 'low',
        rolloutSteps: ['grant'],
        ownerHandoff: 'done',
        rollbackPath: ['revoke'],
        postLaunchChecks: ['evaluation'],
        maintenanceNote: 'none',
        entitlements: [
          { system: 'erp', role: 'clerk' },
          { system: 'erp', role: 'reader' },
        ],
        legacy: [
          { system: 'erp', role: 'old_reader' },
          { system: 'erp', role: 'old_admin', design: 'rejected' },
        ],
        cohort: people.slice(0, 3),
        watch: { length: '14d', metrics: [{ metric: 'access-drift', tune: { above: 0 } }] },
        ...change,
      },
    ],
    waves: [{ id: 'wave-1', goLive: '2027-03-01', packages: [{ package: 'clerks' }] }],
  });
}

export const roles = ['clerk', 'reader', 'old_reader', 'old_admin'];
export const accounts = ['ann', 'ben', 'c.em', 'dea', 'somebody'];

export const actual = (grants: Held[], change: Partial<Actual> = {}): Actual => ({
  roles: roles.map((role) => ({ role, exists: true, digest: `digest of ${role}` })),
  grants,
  unknownAccounts: [],
  ...change,
});
export const grant = (role: string, account: string, grantor = 'dba'): Held => ({ role, account, grantor, options: {} });

export const anyGrants: fc.Arbitrary<Held[]> = fc.uniqueArray(
  fc.record({
    role: fc.constantFrom(...roles),
    account: fc.constantFrom(...accounts),
    grantor: fc.constantFrom('dba', 'kim', us),
    options: fc.constantFrom<Record<string, boolean>>({}, { admin: true }),
  }),
  { selector: ({ role, account, grantor }) => `${role} ${account} ${grantor}`, maxLength: 24 },
);

export const anyActual: fc.Arbitrary<Actual> = fc.record({
  roles: fc
    .constant(roles)
    .chain((names) => fc.tuple(...names.map((role) => fc.record({ role: fc.constant(role), exists: fc.boolean(), digest: fc.constantFrom('one', 'two') })))),
  grants: anyGrants,
  unknownAccounts: fc.subarray(accounts),
});

export const entry = (change: Partial<LedgerEntry> = {}): LedgerEntry => ({
  plan: 'small',
  wave: 'wave-1',
  package: 'clerks',
  system: 'erp',
  kind: 'grant',
  role: 'clerk',
  account: 'ann',
  person: 'ann',
  outcome: 'created',
  before: [],
  updatedAtMs: 0,
  ...(change.kind === 'retire' ? { role: 'old_reader' } : {}),
  ...change,
});
