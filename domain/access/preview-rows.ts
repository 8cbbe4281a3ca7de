/** A preview, row by row: which person gets, has or loses which role. Its counts are in build-preview.ts. */
import { byPair, pairKey, type BeforeGrant } from '../release/ledger.ts';
import type { PreviewContent } from '../release/signed-preview.ts';
import { togetherText, type Together } from './incompatible.ts';
import type { PreviewRow } from '../views/preview.ts';

export type RowOrder = 'person' | 'system';

/** In no particular order; each (role, account) once for each thing that happens to it. */
export const previewRows = (content: PreviewContent): PreviewRow[] => [...eachRow(content)];

/** One after the other: a page of a preview of thousands does not need all of them at once. */
export function* eachRow({
  system,
  entitlements,
  legacy,
  people,
  before,
  others,
  roles,
  drop = [],
  staying = [],
  lostOptions = [],
  conflicts,
}: PreviewContent): Generator<PreviewRow> {
  const existing = new Set(roles.filter(({ exists }) => exists).map(({ role }) => role));
  const held = byPair(before);
  const stays = new Map(staying.map((one) => [pairKey(one), `stays unless nothing keeps it any more at the release: ${one.why}`]));
  const options = new Map(lostOptions.map((one) => [pairKey(one), `; held ${one.form}, which is lost with it`]));
  const whyLost = (pair: { role: string; account: string }, otherwise: string) => stays.get(pairKey(pair)) ?? `${otherwise}${options.get(pairKey(pair)) ?? ''}`;
  for (const { role } of entitlements)
    for (const { person, account } of people) {
      const now = held({ role, account });
      const row = { system, person, account, role };
      if (now.length > 0) yield { ...row, change: 'has', ...grantorsOf(now) };
      else if (existing.has(role)) yield { ...row, change: 'gets' };
    }
  for (const { role, design } of legacy)
    for (const { person, account } of people) {
      const now = held({ role, account });
      if (now.length > 0) yield { system, person, account, role, change: 'loses', ...grantorsOf(now), why: whyLost({ role, account }, retiredBecause[design]) };
    }
  const dropped = byPair(drop);
  for (const { role, account, person } of distinct(drop))
    yield {
      system,
      person,
      account,
      role,
      change: 'loses',
      ...grantorsOf(dropped({ role, account })),
      why: whyLost({ role, account }, 'granted by an earlier release, which this one drops'),
    };
  for (const { role, account } of others) yield { system, person: '', account, role, change: 'other' };
  for (const why of new Set(conflicts)) yield { system, person: '', account: '', role: '', change: 'conflict', why };
}

/** One for each person and rule; of two systems, in that of the first entitlement. */
export const togetherRows = (found: Together[]): PreviewRow[] =>
  found.map((each) => ({
    system: each.rule.entitlements[0]?.system ?? '',
    change: 'together',
    person: each.person,
    account: '',
    role: '',
    why: togetherText(each),
    rule: each.rule.id,
    together: each.is,
  }));

const retiredBecause = {
  superseded: 'legacy access, retired',
  rejected: 'legacy access whose design was rejected: retired, and never restored',
} as const;

const distinct = (grants: BeforeGrant[]): BeforeGrant[] => [...new Map(grants.map((grant) => [pairKey(grant), grant])).values()];

function grantorsOf(grants: BeforeGrant[]): { grantors?: string[] } {
  const grantors = [...new Set(grants.flatMap(({ grantor }) => grantor ?? []))].sort();
  return grantors.length === 0 ? {} : { grantors };
}

/** Its place in the order: conflicts first, then the people of the package, then everyone else. No two rows share one. */
export function rowKey({ change, person, account, system, role, why = '', rule = '', since }: PreviewRow, by: RowOrder): string[] {
  const group = change === 'conflict' || change === 'together' ? '0' : change === 'other' ? '2' : '1';
  const names = by === 'person' ? [person, account, system, role] : [system, role, person, account];
  return [group, ...names, change, change === 'conflict' ? why : rule, since ?? ''];
}

/** The same for the same row of two previews. A row with other grantors is another row. */
export const sameRow = (row: PreviewRow): string => JSON.stringify([rowKey(row, 'person'), row.grantors ?? [], row.why ?? '']);
