/** Plan revisions: numbered, never changed, written by compare-and-set. */
import { createHash } from 'node:crypto';
import { readFrom } from '../domain/plan/digest.ts';
import type { Plan } from '../domain/plan/schema.ts';
import type { PlanClock } from '../domain/time/plan-clock.ts';
import type { RevisionRecord } from '../domain/views/revision.ts';
import type { KeptOutline, Revision, RevisionHead, RevisionWriter, Store, StoreReader } from './contract.ts';
import { asNumber, databaseNow, type Session } from './session.ts';

export interface RevisionRow {
  plan: string;
  number: number;
  digest: string;
  /** As it is written: its digest is known again when it is read again. */
  document: string;
  applied_by: string;
  applied_at: number;
  clock: PlanClock | null;
  record: RevisionRecord;
  seal: string;
}

/** Compressed, in bytes. Far more than any has; what is longer than a string can be would end the process that reads it. */
const longestOutline = 32_000_000;

const headColumns = `plan, number, digest, applied_by, ${asNumber('applied_at')} as applied_at, clock, record, seal`;
const columns = `${headColumns}, document::text as document`;
export const revisionRows = `select ${columns} from rolewave.revisions`;
const latest = `${revisionRows} where plan = $1 order by number desc limit 1`;

export function revisions(
  session: Session,
): Pick<
  StoreReader,
  | 'plans'
  | 'revisionsSince'
  | 'latestRevision'
  | 'latestRevisionNumber'
  | 'newestRevisionNumber'
  | 'revisionAppliedAtMs'
  | 'revision'
  | 'revisionHead'
  | 'outlineOf'
  | 'documentText'
  | 'stands'
  | 'lastIn'
  | 'lastWith'
> &
  Pick<Store, 'isPlanned' | 'keepOutline'> &
  RevisionWriter {
  const newestRevisionNumber = async (plan: string, below?: number) =>
    (
      await session.rows<{ number: number }>(
        'select number from rolewave.revisions where plan = $1 and ($2::int is null or number < $2) order by number desc limit 1',
        [plan, below ?? null],
      )
    )[0]?.number;
  return {
    // From one plan to the next by the key, and its last row: what it costs follows the plans, not their revisions.
    plans: () =>
      session.rows<{ plan: string; revision: number; appliedAtMs: number }>(
        `with recursive ids as (
           (select plan from rolewave.revisions order by plan limit 1)
           union all
           select next.plan from ids, lateral (select plan from rolewave.revisions r where r.plan > ids.plan order by r.plan limit 1) as next)
         select ids.plan, last.number as revision, ${asNumber('last.applied_at')} as "appliedAtMs"
         from ids, lateral (select number, applied_at from rolewave.revisions r where r.plan = ids.plan order by r.number desc limit 1) as last
         order by ids.plan`,
      ),
    // The size of what is kept, which the server knows without reading it.
    revisionsSince: async (plans, sinceMs) =>
      (
        await session.rows<{ revisions: number; bytes: number }>(
          `select count(*)::int as revisions, coalesce(sum(pg_column_size(document) + coalesce(pg_column_size(record), 0)), 0)::float8 as bytes from rolewave.revisions
           where plan = any($1) and applied_at >= $2::bigint`,
          [plans, Math.round(sinceMs)],
        )
      )[0] ?? { revisions: 0, bytes: 0 },
    latestRevision: async (plan) => revisionOf((await session.rows<RevisionRow>(latest, [plan]))[0]),
    latestRevisionNumber: newestRevisionNumber,
    newestRevisionNumber,
    revisionAppliedAtMs: async (plan, number) =>
      (
        await session.rows<{ atMs: number }>(`select ${asNumber('applied_at')} as "atMs" from rolewave.revisions where plan = $1 and number = $2`, [
          plan,
          number,
        ])
      )[0]?.atMs,
    revision: async (plan, number) => revisionOf((await session.rows<RevisionRow>(`${revisionRows} where plan = $1 and number = $2`, [plan, number]))[0]),
    revisionHead: async (plan, number) =>
      headOf((await session.rows<HeadRow>(`select ${headColumns} from rolewave.revisions where plan = $1 and number = $2`, [plan, number]))[0]),
    outlineOf: async (plan, number) => {
      const [row] = await session.rows<HeadRow & (KeptOutline | { outline: null; mac: null })>(
        `select ${headColumns}, outline, mac from rolewave.revisions
         left join (select * from rolewave.outlines where octet_length(outline) <= $3 and octet_length(mac) <= 64) as kept using (plan, number) where plan = $1 and number = $2`,
        [plan, number, longestOutline],
      );
      return row && { head: headOf(row), ...(row.outline ? { kept: { outline: row.outline, mac: row.mac } } : {}) };
    },
    keepOutline: async ({ plan, number, outline, mac }) => {
      await session.rows(
        `insert into rolewave.outlines (plan, number, outline, mac) values ($1, $2, $3, $4)
         on conflict (plan, number) do update set outline = excluded.outline, mac = excluded.mac`,
        [plan, number, outline, mac],
      );
    },
    documentText: async (plan, number) =>
      (await session.rows<{ text: string }>('select document::text as text from rolewave.revisions where plan = $1 and number = $2', [plan, number]))[0]?.text,
    stands: async (plan, number, text) =>
      (
        await session.rows<{ there: boolean }>('select position($3 in document::text) > 0 as there from rolewave.revisions where plan = $1 and number = $2', [
          plan,
          number,
          JSON.stringify(text),
        ])
      )[0]?.there === true,
    lastIn: (plan, places) =>
      session.rows<{ wave: string; package: string; revision: number }>(
        `select wave, package, last_revision as revision from rolewave.places where plan = $1 and (wave, package) in (select * from unnest($2::text[], $3::text[]))`,
        [plan, places.map(({ wave }) => wave), places.map((each) => each.package)],
      ),
    lastWith: (plan, packages) =>
      session.rows<{ package: string; revision: number }>(
        `select package, max(last_revision)::int as revision from rolewave.places where plan = $1 and package = any($2) group by package`,
        [plan, packages],
      ),
    isPlanned: async ({ plan, wave, package: id }) =>
      (
        await session.rows('select from rolewave.places where plan = $1 and ($2::text is null or wave = $2) and ($3::text is null or package = $3) limit 1', [
          plan,
          wave ?? null,
          id ?? null,
        ])
      ).length > 0,
    saveRevision: (revision) => session.transaction((transaction) => save(transaction, revision)),
  };
}

/** Concurrent applies of one plan wait for each other, so the second sees what the first wrote. */
async function save(
  session: Session,
  { document, digest, expected, appliedBy, record, seal }: Parameters<RevisionWriter['saveRevision']>[0],
): ReturnType<RevisionWriter['saveRevision']> {
  await session.rows('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`rolewave plan ${document.plan}`]);
  const [current] = await session.rows<{ number: number; digest: string }>(
    'select number, digest from rolewave.revisions where plan = $1 order by number desc limit 1',
    [document.plan],
  );
  if (current?.digest === digest) {
    const same = revisionOf((await session.rows<RevisionRow>(`${revisionRows} where plan = $1 and number = $2`, [document.plan, current.number]))[0]);
    if (same) return { revision: same, changed: false };
  }
  if ((current?.number ?? 0) !== expected) return { conflict: current?.number ?? 0 };
  const inserted = await session.rows<RevisionRow>(
    `insert into rolewave.revisions (plan, number, digest, document, applied_by, applied_at, clock, record, seal)
     select $1, $2, $3, $4::json, $5, now.ms, case when $6::bigint is null then null else coalesce(
       (select clock from rolewave.revisions where plan = $1 and clock is not null order by number limit 1),
       json_strip_nulls(json_build_object('epochMs', $6::bigint, 'anchorMs', now.ms, 'dayMs', $7::bigint, 'untilMs', $10::bigint))) end, $8::json, $9
     from (select ${databaseNow} as ms) as now
     returning ${columns}`,
    [
      document.plan,
      expected + 1,
      digest,
      JSON.stringify(document),
      appliedBy,
      document.clock?.epoch ?? null,
      document.clock?.day ?? null,
      JSON.stringify(record),
      seal,
      document.clock?.until ?? null,
    ],
  );
  const revision = revisionOf(inserted[0]);
  if (!revision) throw new Error(`revision ${expected + 1} of plan '${document.plan}' was not written`);
  return { revision, changed: true };
}

type HeadRow = Omit<RevisionRow, 'document'>;

export const revisionOf = (row: RevisionRow | undefined): Revision | undefined => row && { ...headOf(row), document: documentOf(row.document) };

function headOf(row: HeadRow): RevisionHead;
function headOf(row: HeadRow | undefined): RevisionHead | undefined;
function headOf(row: HeadRow | undefined): RevisionHead | undefined {
  return (
    row && {
      plan: row.plan,
      number: row.number,
      digest: row.digest,
      appliedBy: row.applied_by,
      appliedAtMs: row.applied_at,
      record: row.record,
      seal: row.seal,
      ...(row.clock ? { clock: row.clock } : {}),
    }
  );
}

function documentOf(text: string): Plan {
  const document = JSON.parse(text) as Plan;
  readFrom(document, createHash('sha256').update(text).digest('hex'));
  return document;
}
