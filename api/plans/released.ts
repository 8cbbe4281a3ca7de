/**
 * What a new document means for released packages. A package is out with the definition that it was released with; a change of that goes live in a
 * wave of its own, so a document that changes it in passing is refused before anything is stored (R6).
 */
import { waveWorkflowId } from '../../domain/messages.ts';
import { releasedChange, systemsOfReleases, type ReleasedWith } from '../../domain/plan/released-change.ts';
import { systemsOf, changesRelease, type SystemsBefore } from '../../domain/plan/section.ts';
import type { Plan } from '../../domain/plan/schema.ts';
import type { WaveView } from '../../domain/views.ts';
import type { StoredRelease } from '../../store/contract.ts';
import { Problem } from '../errors.ts';
import type { Services } from '../route.ts';

/** A release on record, with the document that it was released with. */
export interface Released extends StoredRelease {
  document: Plan;
}

/** Every release of the plan that stands, in the order in which they began. A package that is only observed was given nothing. */
export async function standingReleases({ store }: Services, plan: string): Promise<Released[]> {
  const standing = (await store.releases({ plan })).filter(({ undone, change }) => !undone && change !== 'observe');
  const revisions = await Promise.all([...new Set(standing.map(({ revision }) => revision))].map((number) => store.revision(plan, number)));
  const documents = new Map(revisions.map((found) => [found?.number, found?.document]));
  return standing.map((release) => {
    const document = documents.get(release.revision);
    if (!document) throw new Error(`the store has no revision ${release.revision} of plan '${plan}', with which '${release.package}' was released`);
    return { ...release, document };
  });
}

/** Systems in which what this wave changes was given before. */
export function systemsBefore(plan: Plan, standing: Released[], waveId: string): SystemsBefore {
  const packages = plan.waves.find(({ id }) => id === waveId)?.packages ?? [];
  return new Map(
    packages
      .filter(({ change }) => changesRelease(change))
      .map(({ package: id }) => {
        const all = standing.filter((release) => release.package === id);
        const own = all.findIndex(({ wave }) => wave === waveId);
        return [id, systemsOfReleases(plan, all.slice(0, own < 0 ? undefined : own))];
      }),
  );
}

interface InPassing {
  package: string;
  wave: string;
  revision: number;
  changed: string[];
  message: string;
}

/** Throws `released-package-changed` when the document changes what is out and no wave takes that up. */
export async function refuseChangeInPassing(services: Services, plan: Plan, standing: Released[]): Promise<void> {
  const latest = [...new Map(standing.map((release) => [release.package, release])).values()].filter(({ change }) => change !== 'retire');
  const found = (await Promise.all(latest.map((release) => changeInPassing(services, plan, release)))).filter((one) => one !== undefined);
  if (found.length > 0) throw new Problem('released-package-changed', found.map(({ message }) => message).join(' '), { packages: found });
}

async function changeInPassing(services: Services, plan: Plan, release: Released): Promise<InPassing | undefined> {
  const { package: id, wave, revision, document } = release;
  const changed = releasedChange(plan, release);
  const about = { package: id, wave, revision };
  if (changed === 'gone') {
    const message = `'${id}' is released by ${wave} (revision ${revision}) and is not in this plan: leave it in, and retire it in a wave first (change: retire).`;
    return { ...about, changed: ['the package'], message };
  }
  if (changed.length === 0) return undefined;
  const parts = changed.join(', ');
  const taker = await takingUp(services, plan, id);
  if (taker === undefined) {
    const message = `'${id}' is released by ${wave} (revision ${revision}), and this plan changes its ${parts}: put it in a wave that has not released it yet with change: revise (or retire), or put the ${parts} back.`;
    return { ...about, changed, message };
  }
  const missing = systemsGone(plan, { package: id, wave, document });
  if (missing.length === 0) return undefined;
  const message = `'${id}' was given in ${missing.join(', ')}, which this plan does not have any more: leave the system in until ${taker} has taken there what it gave.`;
  return { ...about, changed: ['systems'], message };
}

/** A wave that revises or retires the package, has not done so, and has not ended. */
async function takingUp({ store }: Services, plan: Plan, id: string): Promise<string | undefined> {
  const begun = new Set((await store.releases({ plan: plan.plan, package: id })).map(({ wave }) => wave));
  for (const { id: wave, packages } of plan.waves) {
    if (begun.has(wave) || !packages.some((entry) => entry.package === id && changesRelease(entry.change))) continue;
    const last = (await store.final(waveWorkflowId(plan.plan, wave))) as Partial<WaveView> | undefined;
    if (last?.stage !== 'closed' && last?.stage !== 'aborted') return wave;
  }
  return undefined;
}

function systemsGone(plan: Plan, released: ReleasedWith): string[] {
  const known = new Set(plan.systems.map(({ id }) => id));
  const definition = released.document.packages.find(({ id }) => id === released.package);
  return definition ? systemsOf(definition).filter((system) => !known.has(system)) : [];
}
