/**
 * What releases did to each grant, as rows for people. Thousands of facts are read and folded for each of them, and a list is read page by page: so the rows are
 * kept for as long as the ledger has nothing more of that release.
 */
import { LRUCache } from 'lru-cache';
import { doneOf, type Done } from '../../domain/release/done.ts';
import type { LedgerEntry } from '../../domain/release/ledger.ts';
import type { ReleaseKey } from '../../domain/release/releases.ts';
import type { GrantRow } from '../../domain/views/grants.ts';
import type { StoreReader } from '../../store/contract.ts';
import { sizeOf } from '../../domain/size-of.ts';
import { byKey } from '../lists/by-key.ts';

export interface ReleasedGrants {
  /** Person by person. Shared: not to be changed. */
  of(release: ReleaseKey): Promise<readonly GrantRow[]>;
  /** What the release did, whatever became of it since. Shared: not to be changed, and the same list for as long as the ledger has nothing more. */
  done(release: ReleaseKey): Promise<readonly Done[]>;
}

interface Folded {
  mark: string;
  rows: readonly GrantRow[];
  done: readonly Done[];
}

/** Of all releases together: some fifty megabytes. A larger release is read each time. */
const rowsKept = 100_000;

export function openReleasedGrants(store: Pick<StoreReader, 'ledger' | 'ledgerMark'>): ReleasedGrants {
  const kept = new LRUCache<string, Folded>({ maxSize: rowsKept, sizeCalculation: ({ rows }) => Math.ceil(Math.max(1 + rows.length, sizeOf(rows) / 500)) });
  const folded = async ({ plan, wave, package: id }: ReleaseKey): Promise<Folded> => {
    const release = { plan, wave, package: id };
    const key = JSON.stringify([plan, wave, id]);
    // Before the ledger: what is recorded in between is read, and folded again the next time.
    const mark = await store.ledgerMark(release);
    const known = kept.get(key);
    if (known?.mark === mark) return known;
    const ledger = await store.ledger(release);
    const rows = ledger.map(rowOf).sort((a, b) => byKey(grantKey(a, 'person'), grantKey(b, 'person')));
    const now = { mark, rows, done: ledger.map(doneOf) };
    kept.set(key, now);
    return now;
  };
  return {
    of: async (release) => (await folded(release)).rows,
    done: async (release) => (await folded(release)).done,
  };
}

export type GrantOrder = 'person' | 'system';

export const grantKey = ({ person, account, system, role, kind }: GrantRow, by: GrantOrder): string[] =>
  by === 'system' ? [system, role, person, account, kind] : [person, account, system, role, kind];

const rowOf = ({ system, kind, person, account, role, outcome, made, found, taken, why, updatedAtMs }: LedgerEntry): GrantRow => ({
  system,
  kind,
  person,
  account,
  role,
  outcome,
  ...grantorOf([...made, ...found, ...taken]),
  ...(why === undefined ? {} : { why }),
  updatedAtMs,
});

/** Whose grant it is or was: what the release made, found or retired. */
const grantorOf = ([first]: { grantor?: string }[]) => (first?.grantor === undefined ? {} : { grantor: first.grantor });
