/**
 * Which systems need a worker: those that the latest revision of a plan grants or retires access in, and those in which a standing release did, whatever its
 * plan says by now, because it is still watched there and may be rolled back. What an earlier revision named and nobody uses is not among them. One that the
 * site has withdrawn is while a release stands there: what is asked of it is refused at once, with the reason, and waits for nobody.
 */
import type { StoreReader } from './contract.ts';
import { releaseRows } from './releases.ts';
import type { Session } from './session.ts';

/** `p`: a package of a document. */
const systemsOfPackage = `lateral (select e ->> 'system' as system from json_array_elements(p -> 'entitlements') e
  union select l ->> 'system' from json_array_elements(p -> 'legacy') l) s`;

const planned = `select distinct s.system from (select distinct on (plan) document from rolewave.revisions order by plan, number desc) r
  cross join lateral json_array_elements(r.document -> 'packages') p cross join ${systemsOfPackage} order by 1`;

const standing = `with standing as (select * from (${releaseRows}) b where not undone),
  released as (select plan, revision, array_agg(package) as packages from standing group by plan, revision)
  select distinct s.system from released b join rolewave.revisions r on r.plan = b.plan and r.number = b.revision
    cross join lateral json_array_elements(r.document -> 'packages') p cross join ${systemsOfPackage} where p ->> 'id' = any(b.packages)
  union select t.system from rolewave.parts t join standing b on (b.plan, b.wave, b.package) = (t.plan, t.wave, t.package)
    where exists (select from rolewave.ledger l where l.part = t.id) order by 1`;

const mark = `select concat_ws(' ', (select count(*) from rolewave.revisions), (select count(*) from rolewave.releases), (select count(*) from rolewave.receipts)) as mark`;

export function systemsInUse(session: Session): Pick<StoreReader, 'systemsInUse' | 'usageMark'> {
  const idsOf = async (statement: string) => (await session.rows<{ system: string }>(statement)).map(({ system }) => system);
  return {
    systemsInUse: async () => ({ planned: await idsOf(planned), standing: await idsOf(standing) }),
    usageMark: async () => (await session.rows<{ mark: string }>(mark))[0]?.mark ?? '',
  };
}
