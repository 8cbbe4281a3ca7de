/** Who decides by other revisions of a plan than the released one: asked for those that count, because a plan may have thousands, each with megabytes. */
import { decidersDigest, decidersOfWave, type Deciders } from '../domain/plan/digest.ts';
import type { SealedRevision, Store } from './contract.ts';
import { asNumber, type Session } from './session.ts';

interface SealedRow {
  number: number | null;
  applied_by: string;
  applied_at: number;
  seal: string;
}

/** All that the seal of a revision covers of who decides. */
const statement = `select
    document -> 'operators' as operators, document -> 'delegates' as delegates, document -> 'blackouts' as blackouts,
    (select json_agg(json_build_object('id', p ->> 'id', 'owner', p ->> 'owner') order by n)
      from json_array_elements(document -> 'packages') with ordinality as t(p, n)) as owners,
    (select json_agg(json_build_object('wave', w ->> 'id', 'package', e ->> 'package') order by n, m)
      from json_array_elements(document -> 'waves') with ordinality as t(w, n),
        json_array_elements(w -> 'packages') with ordinality as u(e, m)) as entries
  from rolewave.revisions where plan = $1 and number = $2`;

export function deciders(session: Session): Pick<Store, 'revisionsAt' | 'waveDeciders'> {
  return {
    revisionsAt: async (plan, asked) =>
      (
        await session.rows<SealedRow>(
          `select r.number, r.applied_by, ${asNumber('r.applied_at')} as applied_at, r.seal
           from unnest($2::float8[], $3::float8[]) with ordinality as t(at, below, n)
             left join lateral (select * from rolewave.revisions where plan = $1 and number < t.below and applied_at <= t.at order by number desc limit 1) r on true
           order by n`,
          [plan, asked.map(({ atMs }) => atMs), asked.map(({ below }) => below ?? 'Infinity')],
        )
      ).map(sealedOf),
    waveDeciders: async ({ plan, number, wave }) => {
      const [found] = await session.rows<Deciders>(statement, [plan, number]);
      return found && { digest: decidersDigest(found), ...decidersOfWave(found, wave) };
    },
  };
}

const sealedOf = ({ number, applied_by: appliedBy, applied_at: appliedAtMs, seal }: SealedRow): SealedRevision | undefined =>
  number === null ? undefined : { number, appliedBy, appliedAtMs, seal };
