/** Loads the definitions of released packages for the rules of domain/release/definition-change.ts: a plan that changes one without a wave is refused. */
import { waveWorkflowId } from '../../domain/messages.ts';
import type { Plan } from '../../domain/plan/schema.ts';
import type { Released } from '../../domain/release/definition-change.ts';
import { ofPackage, wavesThatChange } from '../../domain/release/releases.ts';
import { standingOf } from '../engine.ts';
import { Problem } from '../errors.ts';
import type { Services } from '../route.ts';

/** Every release of the plan, in the order in which they began, each with what its revision says of its package. */
export async function releasesOf({ store, plans }: Services, plan: string): Promise<Released[]> {
  const releases = await store.releases({ plan });
  const found = new Map<number, ReadonlyMap<string, Plan>>();
  // One after the other: there may be many, and each may be large.
  for (const [revision, of] of Map.groupBy(releases, (release) => release.revision)) {
    const text = await store.documentText(plan, revision);
    const [first] = of;
    if (text === undefined) throw new Error(`the store has no revision ${revision} of plan '${plan}', with which '${first?.package}' was released`);
    found.set(revision, await plans.work('partsOfPackages', text, [...new Set(of.map((release) => release.package))]));
  }
  return releases.flatMap((release) => {
    const document = found.get(release.revision)?.get(release.package);
    return document ? [{ ...release, document }] : [];
  });
}

/** Throws `released-package-changed` when the document changes a released package and no wave takes up the change. */
export async function refuseChangeInPassing(services: Services, plan: Plan, releases: Released[]): Promise<void> {
  const ids = [...new Set(releases.map((release) => release.package))];
  const waves = [...new Set(ids.flatMap((id) => wavesThatChange(plan, id, ofPackage(releases, id))))];
  const ended = await Promise.all(waves.map(async (wave) => ((await hasEnded(services, plan.plan, wave)) ? [wave] : [])));
  const found = await services.plans.work('changesInPassing', plan, releases, new Set(ended.flat()));
  if (found.length > 0) throw new Problem('released-package-changed', found.map(({ message }) => message).join(' '), { packages: found });
}

/** Closed or aborted, by the engine first. */
export async function hasEnded({ store, engine }: Services, plan: string, wave: string): Promise<boolean> {
  if ((await standingOf(engine, waveWorkflowId(plan, wave))) === 'running') return false;
  const last = await store.finalWave({ plan, wave });
  return last?.stage === 'closed' || last?.stage === 'aborted';
}
