/**
 * An approval that lifts a hold says which hold it is for, by the number of the revision since which the wave is held like this: the one who approves has seen that one,
 * and not what a revision has made of it since. Old holds have no number, and neither have their approvals.
 */
import { entryOf } from '../domain/entry-of.ts';
import { Problem } from './errors.ts';
import type { Services } from './route.ts';
import type { Target } from './target.ts';

/** Throws where the approval is for no hold, or for another one than the wave has by the latest revision. Who may lift none is refused elsewhere. */
export async function refuseForOtherHold({ store }: Pick<Services, 'store'>, { plan, wave }: Target, body: Record<string, unknown>, by: string): Promise<void> {
  const facts = (await store.latestOutline(plan))?.outline.facts.waves.get(wave);
  if (!facts?.liftedBy.includes(by)) return;
  const number = await store.latestRevisionNumber(plan);
  const latest = number === undefined ? undefined : await store.revisionHead(plan, number);
  const since = latest && entryOf(latest.record.heldSince ?? {}, wave);
  const said = body['since'];
  if (since === undefined || said === since) return;
  const isHeld = `Wave '${wave}' is held as it is since revision ${since}`;
  if (said === undefined)
    throw new Problem('missing-field', `${isHeld}, and the approval does not say which hold it is for. Review the wave, and send its number: since ${since}.`);
  throw new Problem(
    'stale-digest',
    `${isHeld}, and the approval is for the hold since revision ${JSON.stringify(said)}: another reason, other people or other packages. Review the wave again.`,
  );
}

/** The hold is the wave's, also where it is lifted from the page of one of its packages. Throws where the wave has no such package. */
export async function heldWave({ store }: Pick<Services, 'store'>, { plan, wave, package: id }: Target): Promise<Target> {
  const planned = (await store.latestOutline(plan))?.outline.waves.find((one) => one.wave === wave);
  if (planned && !planned.packages.some((each) => each.package === id)) throw new Problem('unknown-package', `The wave '${wave}' has no package '${id}'.`);
  return { plan, wave };
}
