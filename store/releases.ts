/** Releases: which wave released which package with which revision, and whether the release still stands. */
import type { Change } from '../domain/plan/schema.ts';
import type { Release, ReleaseKey } from '../domain/release/releases.ts';
import type { Store } from './contract.ts';
import { asNumber, databaseNow, type Session } from './session.ts';

export interface ReleaseRow {
  plan: string;
  wave: string;
  package: string;
  revision: number;
  plan_digest: string;
  preview_digest: string;
  change: Change;
  begun_at: number;
  undone: boolean;
}

/** There is a receipt, and no system with effects is left without one. */
const undone = `(exists (select from rolewave.receipts r where (r.plan, r.wave, r.package) = (b.plan, b.wave, b.package))
  and not exists (select from rolewave.parts p where (p.plan, p.wave, p.package) = (b.plan, b.wave, b.package)
    and exists (select from rolewave.ledger l where l.part = p.id)
    and not exists (select from rolewave.receipts r where (r.plan, r.wave, r.package, r.system) = (p.plan, p.wave, p.package, p.system))))`;

export const releaseRows = `select plan, wave, package, revision, plan_digest, preview_digest, change, ${asNumber('begun_at')} as begun_at, ${undone} as undone
  from rolewave.releases b`;

export function releases(session: Session): Pick<Store, 'releases' | 'begunReleases' | 'beginRelease'> {
  return {
    releases: async ({ plan, package: rolePackage }) => {
      const rows = await session.rows<ReleaseRow>(`${releaseRows} where plan = $1 and ($2::text is null or package = $2) order by position`, [
        plan,
        rolePackage ?? null,
      ]);
      return rows.map(releaseOf);
    },
    begunReleases: (plans) =>
      session.rows<ReleaseKey>('select plan, wave, package from rolewave.releases where plan = any($1) order by plan, wave, package', [plans]),
    beginRelease: async ({ plan, wave, package: rolePackage, revision, planDigest, previewDigest, change, systems }) => {
      await session.rows(
        `insert into rolewave.releases (plan, wave, package, revision, plan_digest, preview_digest, change, systems, begun_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8::text[], ${databaseNow}) on conflict (plan, wave, package) do nothing`,
        [plan, wave, rolePackage, revision, planDigest, previewDigest, change, systems ?? null],
      );
    },
  };
}

export const releaseOf = (row: ReleaseRow): Release => ({
  plan: row.plan,
  wave: row.wave,
  package: row.package,
  revision: row.revision,
  planDigest: row.plan_digest,
  previewDigest: row.preview_digest,
  change: row.change,
  begunAtMs: row.begun_at,
  undone: row.undone,
});
