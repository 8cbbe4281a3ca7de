/** Loads the definitions of released packages for the rules of domain/release/definition-change.ts: a plan that changes one without a wave is refused. */
import { waveWorkflowId } from '../../domain/messages.ts';
import type { Plan } from '../../domain/plan/schema.ts';
import type { Released } from '../../domain/release/definition-change.ts';
import { ofPackage, wavesThatChange } from '../../domain/release/releases.ts';
import { standingOf } from '../engine.ts';
import { Problem } from '../errors.ts';
import type { Services } from '../route.ts';

/** Every release of the plan, in the order in which they began. */
export async function releasesOf({ store }: Services, plan: string): Promise<Released[]> {
  const releases = await store.releases({ plan });
  const revisions = await Promise.all([...new Set(releases.map(({ revision }) => revision))].map((number) => store.revision(plan, number)));
  const documents = new Map(revisions.map((found) => [found?.number, found?.document]));
  return releases.map((release) => {
    const document = documents.get(release.revision);
    if (!document) throw new Error(`the store has no revision ${release.revision} of plan '${plan}', with which '${release.package}' was released`);
    return { ...release, document };
  });
}

/** Throws `released-package-changed` when the document changes a released package and no wave takes up the change. */
export async function refuseChangeInPassing(services: Services, plan: Plan, releases: Released[]): Promise<void> {
  const ids = [...new Set(releases.map((release) => release.package))];
  const waves = [...new Set(ids.flatMap((id) => wavesThatChange(plan, id, ofPackage(releases, id))))];
  const ended = await Promise.all(waves.map(async (wave) => ((await hasEnded(services, plan.plan, wave)) ? [wave] : [])));
  const found = await services.plans.work('changesInPassing', plan, releases.map(withItsPackage), new Set(ended.flat()));
  if (found.length > 0) throw new Problem('released-package-changed', found.map(({ message }) => message).join(' '), { packages: found });
}

/** The documents of many revisions would take long to hand over. */
function withItsPackage(release: Released): Released {
  const { document } = release;
  const packages = document.packages.filter(({ id }) => id === release.package);
  const members = new Set(packages.flatMap(({ cohort }) => cohort));
  return { ...release, document: { ...document, packages, people: document.people.filter(({ id }) => members.has(id)), waves: [], delegates: [] } };
}

async function hasEnded({ store, engine }: Services, plan: string, wave: string): Promise<boolean> {
  if ((await standingOf(engine, waveWorkflowId(plan, wave))) === 'running') return false;
  const last = await store.finalWave({ plan, wave });
  return last?.stage === 'closed' || last?.stage === 'aborted';
}
