/** The ledger of grants and retirements: intent before the effect, outcome after it; thousands in one statement. */
import { pairKey, type BeforeGrant, type LedgerEntry, type LedgerOutcome } from '../domain/release/ledger.ts';
import type { Store } from './contract.ts';
import { asNumber, databaseNow, storable, type Session } from './session.ts';

interface Row {
  plan: string;
  wave: string;
  package: string;
  system: string;
  kind: LedgerEntry['kind'];
  role: string;
  account: string;
  person: string;
  outcome: LedgerOutcome;
  seen: LedgerEntry['grant'] | null;
  before: BeforeGrant[];
  why: string | null;
  updated_at: number;
}

const columns = `plan, wave, package, system, kind, role, account, person, outcome, seen, before, why, ${asNumber('updated_at')} as updated_at`;
const asTable =
  'unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[])';
const tableColumns = 'plan, wave, package, system, kind, role, account, person, outcome, seen, before, why';
const insert = `insert into rolewave.ledger (${tableColumns}, updated_at)
  select plan, wave, package, system, kind, role, account, person, outcome, seen::json, before::json, why, ${databaseNow} from ${asTable} as t(${tableColumns})
  on conflict (plan, wave, package, system, kind, role, account)`;
const perStatement = 1_000;

export function ledger(session: Session): Pick<Store, 'ledger' | 'intend' | 'settle'> {
  return {
    ledger: async ({ plan, wave, package: rolePackage, system }) => {
      const rows = await session.rows<Row>(
        `select ${columns} from rolewave.ledger where plan = $1 and wave = $2 and package = $3 and ($4::text is null or system = $4) order by system, kind, role, account`,
        [plan, wave, rolePackage, system ?? null],
      );
      return rows.map(entryOf);
    },
    intend: async (entries) => {
      const found: LedgerEntry[] = [];
      for (const batch of batches(entries)) {
        await session.rows(`${insert} do nothing`, arrays(batch.map((entry) => ({ ...entry, outcome: 'intended' as const }))));
        found.push(...(await asTheyStand(session, batch)));
      }
      return found;
    },
    settle: async (entries) => {
      // One statement may update a row only once: of two values for the same entry, the later counts.
      const last = [...new Map(entries.map((entry) => [keyOf(entry), entry])).values()];
      for (const batch of batches(last)) {
        await session.rows(
          `${insert} do update set outcome = excluded.outcome, seen = excluded.seen, before = excluded.before, why = excluded.why, updated_at = excluded.updated_at`,
          arrays(batch),
        );
      }
    },
  };
}

async function asTheyStand(session: Session, batch: Omit<LedgerEntry, 'outcome' | 'updatedAtMs'>[]): Promise<LedgerEntry[]> {
  const rows = await session.rows<Row>(
    `select ${columns}
     from rolewave.ledger join unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) as t(plan, wave, package, system, kind, role, account)
     using (plan, wave, package, system, kind, role, account)`,
    keyArrays(batch),
  );
  const found = new Map(rows.map(entryOf).map((entry) => [keyOf(entry), entry]));
  return batch.map((entry) => {
    const stands = found.get(keyOf(entry));
    if (!stands) throw new Error(`the ledger lost its entry for '${entry.role}' of '${entry.account}' in '${entry.system}'`);
    return stands;
  });
}

type Key = Pick<LedgerEntry, 'plan' | 'wave' | 'package' | 'system' | 'kind' | 'role' | 'account'>;
const keyOf = (entry: Key) => [entry.plan, entry.wave, entry.package, entry.system, entry.kind, pairKey(entry)].join('\0');
const keyArrays = (entries: Key[]): string[][] => [
  entries.map(({ plan }) => plan),
  entries.map(({ wave }) => wave),
  entries.map((entry) => entry.package),
  entries.map(({ system }) => system),
  entries.map(({ kind }) => kind),
  entries.map(({ role }) => role),
  entries.map(({ account }) => account),
];
const arrays = (entries: Omit<LedgerEntry, 'updatedAtMs'>[]): unknown[][] => [
  ...keyArrays(entries),
  entries.map(({ person }) => person),
  entries.map(({ outcome }) => outcome),
  entries.map(({ grant }) => (grant ? JSON.stringify(grant) : null)),
  entries.map(({ before }) => JSON.stringify(before)),
  entries.map(({ why }) => (why === undefined ? null : storable(why))),
];

function batches<T>(items: T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / perStatement) }, (_, index) => items.slice(index * perStatement, (index + 1) * perStatement));
}

const entryOf = (row: Row): LedgerEntry => ({
  plan: row.plan,
  wave: row.wave,
  package: row.package,
  system: row.system,
  kind: row.kind,
  role: row.role,
  account: row.account,
  person: row.person,
  outcome: row.outcome,
  ...(row.seen ? { grant: row.seen } : {}),
  before: row.before,
  ...(row.why === null ? {} : { why: row.why }),
  updatedAtMs: row.updated_at,
});
