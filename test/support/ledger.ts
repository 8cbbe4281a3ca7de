/**
 * What a system holds, what the ledger says that a release did there, and random cases of both. All of it is about the package `clerks` of plan.ts.
 *
 *   actual([grant('clerk', 'ann'), grant('clerk', 'ben', us)])    as a connector would see it: one granted by someone else, one by Rolewave
 *   entry({ role: 'reader', outcome: 'preexisting' })             one line of the ledger
 *   fc.property(anyActual, (now) => …)
 */
import * as fc from 'fast-check';
import type { PreviewContent } from '../../domain/release/signed-preview.ts';
import type { Plan } from '../../domain/plan/schema.ts';
import type { Actual, Held, LedgerEntry } from '../../domain/release/ledger.ts';
import { people as everybody, plan, type PackageInput } from './plan.ts';

export const people = ['ann', 'ben', 'cem', 'dea'];
/** The grantor of what Rolewave grants. */
export const us = 'rolewave';

/** The usual plan, in which cem's account has a different name. */
export const clerksPlan = (change: Partial<PackageInput> = {}): Plan =>
  plan({
    people: everybody('olga', 'ines', 'hugo', ...people).map((person) => (person.id === 'cem' ? { ...person, accounts: { erp: 'c.em' } } : person)),
    packages: [change],
  });

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
  plan: 'test',
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

/** A preview of one system that shows nothing, as a store keeps it. */
export const previewContent = (change: Partial<PreviewContent> = {}): PreviewContent => ({
  plan: 'test',
  package: 'clerks',
  system: 'erp',
  entitlements: [],
  legacy: [],
  people: [],
  before: [],
  others: [],
  roles: [],
  conflicts: [],
  ...change,
});
