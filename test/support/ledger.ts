/**
 * What a system holds, what the ledger says that a release did there, and random cases of both. All of it is about the package `clerks` of plan.ts.
 *
 *   actual([grant('clerk', 'ann'), grant('clerk', 'ben', us)])    as a connector would see it: one granted by someone else, one by Rolewave
 *   created('clerk', 'ann')                                       what the ledger says of a grant that the release made
 *   happened(entry({ kind: 'retire' }), { did: 'kept', why: '…' })  an entry after one fact
 *   fc.property(anyActual, (now) => …)
 */
import * as fc from 'fast-check';
import type { PreviewRow } from '../../domain/views/preview.ts';
import type { PreviewContent } from '../../domain/release/signed-preview.ts';
import type { Plan } from '../../domain/plan/schema.ts';
import { after, next, type Fact } from '../../domain/release/facts.ts';
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

/** As systems of PostgreSQL say them. */
export const postgresOptions = {
  inherit: { plain: true, otherwise: 'without INHERIT' },
  set: { plain: true, otherwise: 'without SET' },
  admin: { plain: false, otherwise: 'with the ADMIN OPTION' },
};

/** Accounts of `grants` and all usual ones exist; ids are the names with a prefix, as nobody was ever renamed. */
export const actual = (grants: Held[], change: Partial<Actual> = {}): Actual => ({
  grantOptions: postgresOptions,
  roles: roles.map((role) => ({ role, exists: true, id: `role-${role}`, digest: `digest of ${role}` })),
  grants,
  accounts: accounts.filter((account) => !change.unknownAccounts?.includes(account)).map((account) => ({ account, id: `account-${account}` })),
  unknownAccounts: [],
  ...change,
});

/** One grant as a system shows it. `id`: another one after the same grant was revoked and made again. */
export const grant = (role: string, account: string, grantor = 'dba', id = `${role}/${account}/${grantor}`): Held => ({
  role,
  account,
  grantor,
  options: {},
  id,
});

export const anyGrants: fc.Arbitrary<Held[]> = fc.uniqueArray(
  fc
    .record({
      role: fc.constantFrom(...roles),
      account: fc.constantFrom(...accounts),
      grantor: fc.constantFrom('dba', 'kim', us),
      options: fc.constantFrom<Record<string, boolean>>({}, { admin: true }),
    })
    .map((made) => ({ ...made, id: `${made.role}/${made.account}/${made.grantor}` })),
  { selector: ({ id }) => id, maxLength: 24 },
);

export const anyActual: fc.Arbitrary<Actual> = fc.record({
  roles: fc
    .constant(roles)
    .chain((names) => fc.tuple(...names.map((role) => fc.record({ role: fc.constant(role), exists: fc.boolean(), digest: fc.constantFrom('one', 'two') })))),
  grants: anyGrants,
  accounts: fc.constant(accounts.map((account) => ({ account, id: `account-${account}` }))),
  unknownAccounts: fc.subarray(accounts),
});

/** An entry of which nothing has happened, or what is given. */
export const entry = (change: Partial<LedgerEntry> = {}): LedgerEntry => ({
  plan: 'test',
  wave: 'wave-1',
  package: 'clerks',
  system: 'erp',
  kind: 'grant',
  role: change.kind === 'retire' ? 'old_reader' : 'clerk',
  account: 'ann',
  person: 'ann',
  place: 'place',
  outcome: 'pending',
  found: [],
  made: [],
  taken: [],
  granted: false,
  withdrawn: false,
  pending: [],
  steps: [],
  facts: 0,
  updatedAtMs: 0,
  ...change,
});

/** The same entry after these facts, which count at once. */
export const happened = (start: LedgerEntry, ...facts: Fact[]): LedgerEntry => facts.reduce((state, fact) => after(state, next(state, 'test', fact)), start);

/** One grant that the release made, and still holds as its own. */
export const created = (role: string, account: string, change: Partial<LedgerEntry> = {}): LedgerEntry =>
  happened(entry({ role, account, person: account, ...change }), { did: 'granted', grants: [grant(role, account, us)] });

/** A preview of one system that shows nothing, to be kept in a store. */
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

/** Of the plan of clerks: what some of them hold before the first release. */
export const clerksNow = actual([
  grant('reader', 'c.em', 'kim'),
  grant('reader', 'c.em', 'dba'),
  grant('old_reader', 'ann'),
  grant('old_admin', 'ben'),
  grant('clerk', 'somebody'),
]);

/** One line for each row, sorted. */
export const previewLines = (rows: PreviewRow[]): string[] =>
  rows.map(({ change, person, account, role, grantors = [], why = '' }) => [change, person, account, role, ...grantors, why].filter(Boolean).join(' ')).sort();
