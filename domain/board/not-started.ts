/**
 * A wave whose workflow has not begun, as its plan has it: between the moment in which a plan is applied and the one in which its waves run, or after an apply
 * that was cut short. Its packages wait for everything; its dates, people and hold are known.
 */
import { dateBlocker, holdBlocker } from '../blockers.ts';
import { nextActions, type PackageState } from '../states.ts';
import type { PlanClock } from '../time/plan-clock.ts';
import type { Blocker } from '../views/blocker.ts';
import type { WavePackageView, WaveView } from '../views/wave.ts';
import type { PlanFacts, WaveFacts } from './facts.ts';

/** Undefined: the revision does not have this wave. */
export function notStartedWave(facts: PlanFacts, wave: string, revision: number, clock: PlanClock | undefined): WaveView | undefined {
  const planned = facts.waves.get(wave);
  if (!planned) return undefined;
  return {
    kind: 'wave',
    plan: facts.plan,
    wave,
    revision,
    stage: 'readiness',
    ...dateOf(planned, planned.goLiveMs),
    packages: planned.packages.flatMap((entry) => packageOf(facts, planned, entry)),
    notes: [],
    refusals: [],
    ...(clock ? { clock } : {}),
  };
}

/** A wave that is tentative or on hold has no date, whatever the plan writes. */
const dateOf = ({ status }: WaveFacts, goLiveMs: number | undefined): { goLiveMs?: number } =>
  status === 'scheduled' && goLiveMs !== undefined ? { goLiveMs } : {};

function packageOf(facts: PlanFacts, wave: WaveFacts, { id, change, goLiveMs, rollbackOnly }: WaveFacts['packages'][number]): WavePackageView[] {
  const own = facts.packages.get(id);
  if (!own) return [];
  const date = dateOf(wave, goLiveMs ?? wave.goLiveMs);
  const state = stateOf(wave, rollbackOnly, date.goLiveMs);
  return [
    {
      package: id,
      name: own.name,
      owner: own.owner,
      team: own.team,
      risk: own.risk,
      state,
      nextAction: nextActions[state],
      ...date,
      planDigest: '',
      ...(change === 'release' ? {} : { change }),
      checklist: [],
      signOffs: [],
      blockers: blockersOf(wave, date.goLiveMs),
    },
  ];
}

/** As the wave will say it when it begins. */
function stateOf({ status }: WaveFacts, rollbackOnly: boolean, goLiveMs: number | undefined): PackageState {
  if (rollbackOnly && status === 'on-hold') return 'Rollback ready';
  return goLiveMs === undefined ? 'Monitoring' : 'Scheduled';
}

function blockersOf({ status, approvals, liftedBy }: WaveFacts, goLiveMs: number | undefined): Blocker[] {
  const preview: Blocker = { code: 'preview', text: 'the preview, which its wave takes when it begins' };
  if (status === 'on-hold') return [preview, holdBlocker(approvals, [...liftedBy])];
  return goLiveMs === undefined ? [preview, dateBlocker] : [preview];
}
