/**
 * Which systems need a worker: those that the latest revision of a plan grants or retires access in, and those in which a standing release did, whatever its
 * plan says by now, because it is still watched there and may be rolled back. What an earlier revision named and nobody uses is not among them. One that the
 * site has withdrawn is while a release stands there: what is asked of it is refused at once, with the reason, and waits for nobody.
 */
import type { StoreReader } from './contract.ts';
import { releaseRows } from './releases.ts';
import type { Session } from './session.ts';

/** Of each plan's last revision, written down when it was stored (migration 18). Nobody seals it: what the site does not declare is not polled for it. */
const planned = `select distinct unnest(systems) as system from rolewave.planned_systems order by 1`;

const standingReleases = `standing as (select b.plan, b.wave, b.package, r.revision, r.systems from (${releaseRows}) b
    join rolewave.releases r on (r.plan, r.wave, r.package) = (b.plan, b.wave, b.package) where not b.undone)`;

const standing = `with ${standingReleases}
  select distinct unnest(systems) as system from standing
  union select t.system from rolewave.parts t join standing b on (b.plan, b.wave, b.package) = (t.plan, t.wave, t.package)
    where exists (select from rolewave.ledger l where l.part = t.id) order by 1`;

/** Of releases that were begun by a process of an earlier version, which did not write them down. */
const isUnnoted = `with ${standingReleases} select from standing where systems is null limit 1`;
const unnoted = `with ${standingReleases},
  without as materialized (select plan, revision, array_agg(package) as packages from standing where systems is null group by plan, revision)
  select distinct unnest(s.systems) as system from without w join rolewave.revisions r on r.plan = w.plan and r.number = w.revision
    cross join lateral rolewave.systems_in(r.document) s where s.package = any(w.packages)`;

const mark = `select concat_ws(' ', (select count(*) from rolewave.revisions), (select count(*) from rolewave.releases), (select count(*) from rolewave.receipts)) as mark`;

export function systemsInUse(session: Session): Pick<StoreReader, 'systemsInUse' | 'usageMark'> {
  const idsOf = async (statement: string) => (await session.rows<{ system: string }>(statement)).map(({ system }) => system);
  return {
    systemsInUse: async () => {
      const noted = await idsOf(standing);
      const others = (await session.rows(isUnnoted)).length > 0 ? await idsOf(unnoted) : [];
      return { planned: await idsOf(planned), standing: [...new Set([...noted, ...others])].sort() };
    },
    usageMark: async () => (await session.rows<{ mark: string }>(mark))[0]?.mark ?? '',
  };
}
