/** Reads the store for other packages and waves: the dependency check before a rollback, and which waves have released all their packages. */
import { packageWorkflowId, waveWorkflowId } from '../domain/messages.ts';
import type { Claim } from '../domain/release/claims.ts';
import { dependencyLines, type RunningJobs } from '../domain/release/dependencies.ts';
import { identified, keyOf, type LedgerEntry } from '../domain/release/ledger.ts';
import { markOfRelease } from '../domain/release/marks.ts';
import { notLive } from '../domain/release/order.ts';
import { outcomeOf } from '../domain/release/outcome.ts';
import type { Plan } from '../domain/plan/schema.ts';
import type { EarlierWave } from '../domain/views/blocker.ts';
import { finalOf } from '../domain/views/recorded.ts';
import { carriedPackageView } from '../domain/views/texts.ts';
import type { ReleaseRef, TelemetryActivities } from './contract.ts';
import { openToUndo, type ActivityDeps } from './deps.ts';
import { settledLedger } from './effects.ts';
import { placeOf } from './place-of-system.ts';
import { asking, isUnavailable, noTrustedRevision } from './failures.ts';
import type { InTurn } from './measuring-turns.ts';
import { claimsOn } from './readings.ts';
import { loadRelease, type LoadedRelease } from './release.ts';
import { notReleased } from './release-order.ts';

export function standing(
  deps: ActivityDeps,
  inTurn: InTurn,
): Pick<TelemetryActivities, 'dependencyCheck' | 'openEarlierWaves' | 'packagesNotLive' | 'packageStatus'> {
  return {
    dependencyCheck: (release) =>
      inTurn(release.plan, async () => {
        const loaded = await loadRelease(deps, release);
        const ledger = await settled(deps, loaded, release);
        return dependencyLines({
          release,
          owner: loaded.rolePackage.owner,
          plan: (await deps.store.latestRevision(release.plan))?.document,
          releases: await deps.store.releases({ plan: release.plan }),
          ledger,
          claims: await claimsOnGrants(deps, ledger),
          running: await runningJobs(deps, loaded),
        });
      }),

    openEarlierWaves: async (planId, waves) => {
      const plan = (await deps.store.latestRevision(planId))?.document;
      if (!plan) throw noTrustedRevision(planId);
      const lines = await Promise.all(waves.map((wave) => openEarlierWave(deps, plan, wave)));
      return lines.flat();
    },

    packagesNotLive: async (planId, packages) => {
      const plan = (await deps.store.latestRevision(planId))?.document;
      if (!plan) throw noTrustedRevision(planId);
      return notLive(plan, packages, await deps.store.releases({ plan: planId }));
    },

    packageStatus: async ({ plan, wave, package: id }) => {
      const of = { plan, wave, package: id };
      const workflowId = packageWorkflowId(plan, wave, id);
      const answer = await deps.runningState(workflowId);
      const running = answer !== undefined;
      const [last, releases, ledger, receipts, latest] = await Promise.all([
        running ? undefined : deps.store.finalPackage(of),
        deps.store.releases({ plan, package: id }),
        deps.store.ledger(of),
        deps.store.receipts(of),
        deps.store.latestRevision(plan),
      ]);
      const change = latest?.document.waves.find((one) => one.id === wave)?.packages.find((entry) => entry.package === id)?.change;
      const nothingGranted = !running && ledger.length === 0 && !releases.some((release) => release.wave === wave) && change !== 'observe';
      const view = running ? finalOf(carriedPackageView, workflowId, answer) : last;
      const why = view?.endedWhy;
      return {
        nothingGranted,
        ...(running && why !== undefined ? { ending: true } : {}),
        ...outcomeOf({ said: view?.state, wave, change, releases, ledger, receipts }),
        ...(why === undefined ? {} : { why }),
      };
    },
  };
}

/** The ledger, once the systems have told what became of earlier attempts. What one is still doing, or cannot be asked about, stays open. */
async function settled(deps: ActivityDeps, loaded: LoadedRelease, release: ReleaseRef): Promise<LedgerEntry[]> {
  const ledger = await deps.store.ledger(keyOf(release));
  const inDoubt = ledger.filter(({ outcome, pending }) => outcome === 'pending' && pending.length > 0);
  const systems = [...new Set(inDoubt.map(({ system }) => system))].filter((system) => loaded.contents.has(system));
  for (const system of systems) {
    const connector = await openToUndo(deps, loaded.plan, system);
    try {
      await settledLedger({ deps, release, connector, system, place: await placeOf(deps, connector, system), by: markOfRelease });
    } catch (error) {
      if (!isUnavailable(error)) throw error;
    }
  }
  return systems.length > 0 ? deps.store.ledger(keyOf(release)) : ledger;
}

async function claimsOnGrants(deps: ActivityDeps, ledger: LedgerEntry[]): Promise<Map<string, Claim[]>> {
  const created = Map.groupBy(
    ledger.filter(({ kind, outcome }) => kind === 'grant' && outcome === 'created'),
    ({ system }) => system,
  );
  const claims = [...created].map(async ([system, entries]): Promise<[string, Claim[]]> => {
    return [
      system,
      await claimsOn(
        { deps, place: entries[0]?.place ?? '' },
        entries.map((entry) => identified(entry, entry.made)),
      ),
    ];
  });
  return new Map(await Promise.all(claims));
}

async function runningJobs(deps: ActivityDeps, loaded: LoadedRelease): Promise<Map<string, RunningJobs>> {
  const running = [...loaded.contents].map(async ([system, { people }]): Promise<[string, RunningJobs]> => {
    const connector = await openToUndo(deps, loaded.plan, system);
    return [system, await asking(system, async () => (await connector.running?.(people.map(({ account }) => account))) ?? 'notOffered')];
  });
  return new Map(await Promise.all(running));
}

async function openEarlierWave(deps: ActivityDeps, plan: Plan, waveId: string): Promise<EarlierWave[]> {
  const open = (why: EarlierWave['why'], text: string, packages: string[] = []): EarlierWave[] => [{ code: 'earlierWave', wave: waveId, why, packages, text }];
  const wave = plan.waves.find(({ id }) => id === waveId);
  if (!wave) return open('notInPlan', `wave '${waveId}' is no longer in the plan`);
  const at = { plan: plan.plan, wave: waveId };
  // A final record of a wave that runs is not the truth.
  const final = (await deps.runningState(waveWorkflowId(plan.plan, waveId))) === undefined ? await deps.store.finalWave(at) : undefined;
  if (final?.stage === 'closed') return [];
  if (final?.stage === 'aborted') return open('aborted', `wave '${waveId}' was aborted`);
  const left = await notReleased(deps, plan.plan, wave, await deps.store.releases({ plan: plan.plan }));
  return left.length === 0 ? [] : open('notReleased', `wave '${waveId}' has not released ${left.join(', ')}`, left);
}
