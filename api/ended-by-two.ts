/**
 * A release whose rollback needs two people is not ended by one: aborting it undoes it without asking anybody else. Messages count only when this endpoint has
 * sealed them, so such an abort is refused here; the check before the effect refuses it too (activities/authority.ts).
 */
import { rollbackApprovalsOf } from '../domain/plan/section.ts';
import { ofPackage, stands, supersedingRelease, type Release } from '../domain/release/releases.ts';
import { Problem } from './errors.ts';
import type { Services } from './route.ts';
import type { Target } from './target.ts';

type Store = Pick<Services['store'], 'releases' | 'appliedRevision' | 'finalPackages'>;

/** Throws where the abort would undo a release that needs two people. What is not released, or has ended, is aborted by one. */
export async function refuseAbortByOne({ store }: { store: Store }, target: Target): Promise<void> {
  const byTwo = await releasedByTwo(store, target);
  if (byTwo.length === 0) return;
  const what = byTwo.map((id) => `'${id}'`).join(', ');
  const rest = target.package === undefined ? ' Packages of the wave that are not released yet can be held back one by one.' : '';
  throw new Problem(
    'second-person-needed',
    `Two people must approve a rollback of ${what}, and aborting would undo its release without the second. Propose a rollback of ${byTwo.length === 1 ? 'it' : 'each'}; until it is decided, the answer 'freeze' stops granting.${rest}`,
  );
}

/** Of the package, or of all packages of the wave: those whose release stands here, has not ended, and is rolled back by two. */
export async function releasedByTwo(store: Store, { plan, wave, package: id }: Target): Promise<string[]> {
  const releases = await store.releases({ plan, ...(id === undefined ? {} : { package: id }) });
  const standing = releases.filter((one) => one.wave === wave && stands(one) && supersedingRelease(ofPackage(releases, one.package), wave) === undefined);
  const ended = new Set((await store.finalPackages(standing.map(keyOf))).map((one) => one.package));
  const running = standing.filter((one) => !ended.has(one.package));
  const approvals = await releasedWith(store, plan, running);
  return running.flatMap((one) => (approvals(one) === 2 ? [one.package] : []));
}

const keyOf = ({ plan, wave, package: id }: Release) => ({ plan, wave, package: id });

/** By the revision that was released: what a later one says of it applies from the next release. Two, where that cannot be read. */
async function releasedWith(store: Store, plan: string, releases: Release[]): Promise<(release: Release) => 1 | 2> {
  const numbers = [...new Set(releases.map(({ revision }) => revision))];
  const packages = new Map<number, Map<string, 1 | 2>>();
  // One after the other: a document has up to 8 MB.
  for (const number of numbers) {
    const found = await store.appliedRevision(plan, number);
    packages.set(number, new Map(found?.document.packages.map((each) => [each.id, rollbackApprovalsOf(each)])));
  }
  return ({ revision, package: id }) => packages.get(revision)?.get(id) ?? 2;
}
