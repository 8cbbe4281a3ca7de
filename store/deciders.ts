/** Who decides by other revisions of a plan than the released one: asked for those that count, because a plan may have thousands, each with megabytes. */
import { decidersDigest, decidersOfWave, type Deciders } from '../domain/plan/digest.ts';
import { sha256Hex } from '../domain/canonical.ts';
import type { RevisionRecord } from '../domain/views/revision.ts';
import type { SealedRevision, Store } from './contract.ts';
import { asNumber, type Session } from './session.ts';

interface SealedRow {
  number: number | null;
  applied_by: string;
  applied_at: number;
  /** Null where the same revision was answered for an earlier instant. */
  seal: string | null;
}

/** One pass over the revisions and the instants together, in the order of time: there may be thousands of both. */
const newestBy = `with marks as (
    select applied_at::float8 as at, number, null::bigint as n from rolewave.revisions where plan = $1 and number < $3::float8
    union all
    select at, null, n from unnest($2::float8[]) with ordinality as t(at, n)),
  answers as (
    select n, newest as number, row_number() over (partition by newest order by n) as nth
    from (select n, max(number) over (order by at, n nulls first rows unbounded preceding) as newest from marks) known where n is not null)
  select a.number, r.applied_by, ${asNumber('r.applied_at')} as applied_at, case when a.nth = 1 then r.seal end as seal
  from answers a left join rolewave.revisions r on r.plan = $1 and r.number = a.number order by a.n`;

/** All that the seal of a revision covers of who decides. */
const decidersColumns = `
    document -> 'operators' as operators, document -> 'delegates' as delegates, document -> 'blackouts' as blackouts,
    (select json_agg(json_build_object('id', p ->> 'id', 'owner', p ->> 'owner') order by n)
      from json_array_elements(document -> 'packages') with ordinality as t(p, n)) as owners,
    (select json_agg(json_build_object('wave', w ->> 'id', 'package', e ->> 'package') order by n, m)
      from json_array_elements(document -> 'waves') with ordinality as t(w, n),
        json_array_elements(w -> 'packages') with ordinality as u(e, m)) as entries`;
const byNumber = 'from rolewave.revisions where plan = $1 and number = $2';
const statement = `select ${decidersColumns} ${byNumber}`;

interface TermsRow extends Deciders {
  applied_by: string;
  seal: string;
  record: RevisionRecord;
}

const termsStatement = `select ${decidersColumns}, applied_by, seal, record ${byNumber}`;

export function deciders(session: Session): Pick<Store, 'revisionsAt' | 'waveDeciders' | 'revisionTerms'> {
  const decidersOf = async (plan: string, number: number) => (await session.rows<Deciders>(statement, [plan, number]))[0];
  return {
    revisionsAt: async (plan, instants, below = Infinity) => {
      const seen = new Map<number, SealedRevision>();
      const rows = await session.rows<SealedRow>(newestBy, [plan, instants, below]);
      return rows.map(({ number, applied_by: appliedBy, applied_at: appliedAtMs, seal }) => {
        if (number === null) return undefined;
        if (seal !== null) seen.set(number, { number, appliedBy, appliedAtMs, seal });
        return seen.get(number);
      });
    },
    waveDeciders: async ({ plan, number, wave }) => {
      const found = await decidersOf(plan, number);
      return found && { digest: decidersDigest(found), ...decidersOfWave(found, wave) };
    },
    revisionTerms: async ({ plan, number }) => {
      const [found] = await session.rows<TermsRow>(termsStatement, [plan, number]);
      if (!found) return undefined;
      const { applied_by: appliedBy, seal, record, blackouts } = found;
      return {
        number,
        appliedBy,
        seal,
        deciders: decidersDigest(found),
        record: sha256Hex(record),
        blackouts,
        ...(record.heldSince ? { heldSince: record.heldSince } : {}),
      };
    },
  };
}
