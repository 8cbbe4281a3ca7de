/** From the bytes of a request to a plan, or to a problem that lists every mistake. */
import { planLimitsOf } from '../../domain/limits.ts';
import type { Mistake } from '../../domain/plan/mistakes.ts';
import { limits } from '../../domain/plan/yaml-source.ts';
import { applierOf } from '../../domain/authority/appliers.ts';
import type { Plan } from '../../domain/plan/schema.ts';
import type { Caller } from '../../domain/site/caller.ts';
import { mayApply, mayApplyAny } from '../../domain/site/rights.ts';
import type { Site } from '../../domain/site/schema.ts';
import type { WaveStage } from '../../domain/states.ts';
import type { Revision } from '../../store/contract.ts';
import { Problem, type ErrorCode } from '../errors.ts';
import { knownWaves } from '../known-waves.ts';
import type { Services } from '../route.ts';

/** Bytes of a plan's text. */
export const planLimit = limits.bytes;

/** What a route that reads a plan which the caller applies may answer with. */
export const applierProblems: ErrorCode[] = ['plan-invalid', 'plan-unreadable', 'busy', 'site-refuses', 'not-an-operator', 'revision-not-sealed'];

const begunStages: string[] = ['release', 'watching', 'review', 'closed', 'aborted'] satisfies WaveStage[];

export interface ReadPlan {
  plan: Plan;
  latest: Revision | undefined;
  /** What this site has against it, each with its place in the text. */
  refusals(site: Site): Promise<Mistake[]>;
}

/**
 * A date that was valid when it was applied stays valid: only a new date of a wave that has not begun must be in the future. So the plan is read
 * first with its known waves exempt, and once more if their dates changed. `seen`: a plan that the caller sees, and need not be let apply.
 */
export async function readPlan(services: Services, bytes: Uint8Array, file: string, caller: Caller, seen?: string): Promise<ReadPlan> {
  const nowMs = Date.now();
  const limits = planLimitsOf(services.site.now().limits);
  // Reading a text costs a second of a thread that everybody shares.
  if (seen === undefined && !mayApplyAny(services.site.now(), caller)) throw new Problem('not-an-applier', 'The site lets you apply no plan.');
  // Even a text with mistakes is compared with its plan's latest revision, so that all its mistakes are reported at once.
  const named = await services.plans.named(bytes);
  // Before anything is read that belongs to the plan, whether it exists or not.
  if (named !== undefined && named !== seen) requireRight(services, named, caller);
  const latest = named === undefined ? undefined : await latestRevision(services, named);
  const started = new Set(latest?.document.waves.map(({ id }) => id));
  const first = await services.plans.check(bytes, file, { nowMs, limits, startedWaves: started, ...clockOf(latest) });
  if (!first.ok) throw planInvalid(first.mistakes);
  const refusals = (site: Site) => services.plans.siteMistakes(bytes, file, first.plan, site);
  if (!latest) return { plan: first.plan, latest, refusals };
  const startedWaves = await wavesWithGoodDates(services, first.plan, latest);
  const read = await services.plans.check(bytes, file, { nowMs, limits, startedWaves, ...clockOf(latest) });
  if (!read.ok) throw planInvalid(read.mistakes);
  return { plan: read.plan, latest, refusals };
}

function requireRight({ site }: Services, plan: string, caller: Caller): void {
  if (!mayApply(site.now(), plan, caller)) throw new Problem('not-an-applier', `The site does not let you apply the plan '${plan}'.`);
}

/** What is applied next builds on it: its operators, and who loses the right to decide. */
async function latestRevision({ store }: Services, plan: string): Promise<Revision | undefined> {
  // In this order: an apply that comes in between is no stray row.
  const newest = await store.newestRevisionNumber(plan);
  const latest = await store.latestRevision(plan);
  if (newest !== undefined && newest > (latest?.number ?? 0))
    throw new Problem('revision-not-sealed', `Revision ${newest} of plan '${plan}' in the store was not applied through an endpoint whose key is trusted.`);
  return latest;
}

const clockOf = (revision: Revision | undefined) => (revision?.clock ? { clock: revision.clock } : {});

async function wavesWithGoodDates(services: Services, plan: Plan, latest: Revision): Promise<Set<string>> {
  const before = new Map(latest.document.waves.map((wave) => [wave.id, datesOf(wave)]));
  const unchanged = plan.waves.filter((wave) => before.get(wave.id) === datesOf(wave)).map(({ id }) => id);
  if (unchanged.length === plan.waves.length) return new Set(unchanged);
  const begun = (await knownWaves(services, [{ plan: plan.plan }])).filter(({ stage }) => begunStages.includes(stage)).map(({ wave }) => wave);
  return new Set([...unchanged, ...begun]);
}

const datesOf = ({ goLive, packages }: Plan['waves'][number]) =>
  JSON.stringify([goLive ?? null, packages.map((entry) => [entry.package, entry.goLive ?? null])]);

function planInvalid(mistakes: { message: string }[]): Problem {
  return new Problem('plan-invalid', `The plan has ${mistakes.length === 1 ? 'one mistake' : `${mistakes.length} mistakes`}: ${mistakes[0]?.message ?? ''}`, {
    mistakes,
  });
}

/** How somebody applies a plan; throws with what they lack. */
export function requireApplier(site: Site, { plan, latest }: ReadPlan, caller: Caller, reason?: string): 'operator' | 'administrator' {
  const applier = applierOf(site, { plan: plan.plan, operators: plan.operators, before: latest?.document }, caller, reason);
  if ('as' in applier) return applier.as;
  const name = `'${plan.plan}'`;
  if (applier.lacks === 'right') throw new Problem('not-an-applier', `The site does not let you apply the plan ${name}.`);
  const of = latest && !latest.document.operators.includes(caller.id) ? `revision ${latest.number} of plan ${name}` : `the plan ${name} as it is sent`;
  const administrator = applier.lacks === 'reason' ? ' As a site administrator, send a reason to apply it all the same.' : '';
  throw new Problem('not-an-operator', `'${caller.id}' is not an operator of ${of}.${administrator}`);
}

/** Asked after the caller's own right, so that nobody else learns what a plan may use. */
export async function assertSiteLets({ site }: Services, { plan, refusals }: ReadPlan): Promise<void> {
  const mistakes = await refusals(site.now());
  if (mistakes.length === 0) return;
  const more = mistakes.length === 1 ? '' : `, and ${mistakes.length - 1} more`;
  throw new Problem('site-refuses', `The site does not let plan '${plan.plan}' do what it says: ${mistakes[0]?.message ?? ''}${more}.`, { mistakes });
}
