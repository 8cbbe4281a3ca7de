/** What workflows of released packages answer, in the forms that the API reads. */
import type { Plan } from '../../domain/plan/schema.ts';
import { nextActions, type PackageState } from '../../domain/states.ts';
import { carriedPackageView, carriedWaveView, type CarriedPackageView, type CarriedWaveView } from '../../domain/views/texts.ts';

const dayMs = 86_400_000;
const team = 'finance';
/** One in ten needs something. */
const states: PackageState[] = [...Array<PackageState>(9).fill('Monitoring'), 'Needs tuning'];

/** `at`: its place in the plan. */
export const stateAt = (at: number): PackageState => states[at % states.length] ?? 'Monitoring';

export function waveState(plan: Plan, wave: string): CarriedWaveView {
  const entry = plan.waves.find(({ id }) => id === wave);
  const inWave = new Set(entry?.packages.map((each) => each.package));
  return carriedWaveView.parse({
    kind: 'wave',
    plan: plan.plan,
    wave,
    revision: 1,
    stage: 'watching',
    goLiveMs: entry?.goLive,
    notes: [],
    refusals: [],
    packages: plan.packages.flatMap(({ id, owner, risk }, at) =>
      inWave.has(id)
        ? [
            {
              package: id,
              owner,
              team,
              risk,
              state: stateAt(at),
              nextAction: nextActions[stateAt(at)],
              planDigest: 'a'.repeat(64),
              previewDigest: 'b'.repeat(64),
              preview: [{ system: 'erp', digest: 'c'.repeat(64), people: 6, toGrant: 6, alreadyThere: 0, toRetire: 0, conflicts: [] }],
              checklist: [{ item: 'handoff', ok: true, code: 'recorded', reference: 'the weekly meeting', why: 'handed over' }],
              signOffs: [],
              blockers: [],
              releasedAtMs: entry?.goLive,
            },
          ]
        : [],
    ),
  });
}

export function packageState(plan: Plan, wave: string, id: string): CarriedPackageView {
  const at = plan.packages.findIndex((each) => each.id === id);
  const { owner = '', risk = 'low' } = plan.packages[at] ?? {};
  const startMs = Date.now() - 3 * dayMs;
  return carriedPackageView.parse({
    kind: 'package',
    plan: plan.plan,
    wave,
    package: id,
    owner,
    team,
    risk,
    revision: 1,
    state: stateAt(at),
    nextAction: nextActions[stateAt(at)],
    grants: { created: 6, preexisting: 0, failed: 0, unknown: 0, legacyRetired: 0 },
    watch: { startMs, endMs: startMs + 21 * dayMs, day: 4, days: 21, nextEvaluationMs: Date.now() + dayMs / 2, evaluations: 3 },
    lastVerdict: { kind: 'learning', why: 'adoption is judged only from 7 days after go-live', atMs: Date.now() - dayMs / 2, evaluation: 3 },
    tunes: [],
    receipts: [],
    notes: [],
    refusals: [],
  });
}
