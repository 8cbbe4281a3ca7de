/** Whom a package concerns, person by person, is shown to its owner, to those who sign for it, and to the operators. */
import { readersOf } from '../../domain/authority/who-may.ts';
import { toPlan } from '../../domain/time/plan-clock.ts';
import type { Revision } from '../../store/contract.ts';
import { Problem } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import type { Services } from '../route.ts';
import type { Target } from '../target.ts';

/** What a route that calls `requireReader` may answer with. */
export const readerProblems: ErrorCode[] = ['not-a-reader', 'unknown-plan', 'unknown-wave', 'unknown-package'];

/** By the latest revision that has the package in this wave: owners change after a release. Throws a problem that names who may read. */
export async function requireReader(services: Services, target: Target, by: string): Promise<void> {
  const { document, clock } = await revisionWith(services, target);
  const readers = readersOf(document, target.wave, String(target.package), toPlan(Date.now(), clock));
  if (readers.includes(by)) return;
  throw new Problem('not-a-reader', `'${by}' is not the owner of '${target.package}', does not sign for it, and is not an operator. Ask ${listed(readers)}.`);
}

async function revisionWith({ store }: Services, target: Target): Promise<Revision> {
  const { plan, wave, package: id = '' } = target;
  const latest = await store.latestRevision(plan);
  if (!latest) throw new Problem('unknown-plan', `No plan '${plan}' has been applied.`);
  if (has(latest, target)) return latest;
  // A closed wave may have left the plan.
  const release = (await store.releases({ plan, package: id })).find((one) => one.wave === wave);
  const released = release && (await store.revision(plan, release.revision));
  if (released) return released;
  if (latest.document.waves.some((one) => one.id === wave)) throw new Problem('unknown-package', `The wave '${wave}' has no package '${id}'.`);
  throw new Problem('unknown-wave', `Revision ${latest.number} of plan '${plan}' has no wave '${wave}'.`);
}

const has = ({ document }: Revision, { wave, package: id }: Target): boolean =>
  document.waves.some((one) => one.id === wave && one.packages.some((entry) => entry.package === id));

const namedAtMost = 5;

const listed = (people: string[]): string =>
  people.length <= namedAtMost
    ? [people.slice(0, -1).join(', '), ...people.slice(-1)].filter(Boolean).join(' or ')
    : `${people.slice(0, namedAtMost).join(', ')} or ${people.length - namedAtMost} more`;
