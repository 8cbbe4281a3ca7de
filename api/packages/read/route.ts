/** One package in full. */
import { z } from 'zod';
import { paceAt, toPlan, type PlanClock } from '../../../domain/time/plan-clock.ts';
import { readsPackage } from '../../../domain/authority/who-reads.ts';
import { packageInFull, type PackageInFull } from '../../../domain/views/package-in-full.ts';
import { evaluationInShort, packageInFullOverview, packageInShort, wavePackageInShort, type PackageInFullOverview } from '../../../domain/views/overview.ts';
import type { WaveView } from '../../../domain/views/wave.ts';
import { releasedByTwo } from '../../ended-by-two.ts';
import { Problem } from '../../errors.ts';
import { whyItTakesNoMessages } from '../../not-running.ts';
import { defineRoute } from '../../route.ts';
import type { Services } from '../../route.ts';
import { targetOf } from '../../target.ts';
import { packageState, waveState } from '../../views.ts';
import { openWhoAnswers } from '../../who-answers.ts';
import { inPageTurn } from '../page-turns.ts';
import { numbersOf } from './numbers.ts';
import { plannedPackage } from './planned.ts';

const eventsShown = { events: 500, bytes: 1_000_000 };

export const routes = [
  defineRoute({
    method: 'get',
    path: '/v1/packages/:plan/:wave/:package',
    group: 'packages',
    reads: 'plan',
    summary: 'One package in full: its state in the wave, its watch, evaluations, ledger and events',
    answers: { 200: { what: 'the package; counts and states for those who do not act for it', schema: z.union([packageInFull, packageInFullOverview]) } },
    problems: ['unknown-plan', 'unknown-wave', 'unknown-package', 'wave-not-started', 'no-record', 'no-worker', 'engine-unreachable'],
    async handle({ params, reading, by, gone }, services) {
      const target = targetOf(params);
      const of = { plan: target.plan, wave: target.wave, package: String(target.package) };
      const [wave, own] = await Promise.all([waveState(services, target), packageState(services, target)]);
      const inWave = wave?.packages.find((entry) => entry.package === of.package);
      // Its wave says that it is not released: what is on record is of a release that was refused.
      const running = inWave && inWave.releasedAtMs === undefined && own?.endedWhy !== undefined ? undefined : own;
      if (!inWave && !running) throw await whyNoPackage(services, target, wave);
      const [evaluations, ledger, { events, cut }, numbers] = await inPageTurn(services, { plan: of.plan, gone }, () =>
        Promise.all([
          services.store.evaluations(of),
          services.grants.counts(of),
          services.store.newestEvents(of, eventsShown),
          numbersOf(services, target, inWave),
        ]),
      );
      const planClock = (await services.store.latestOutline(of.plan))?.clock;
      const realMs = Date.now();
      const clock = { nowMs: toPlan(realMs, planClock), dayMs: paceAt(realMs, planClock) };
      if (!readsPackage(reading, of.wave, of.package)) {
        const body: PackageInFullOverview = {
          shown: 'overview',
          package: inWave ? wavePackageInShort(inWave, reading.acts) : null,
          running: running ? packageInShort(running, reading.acts) : null,
          evaluations: evaluations.map(evaluationInShort),
          ledger,
          ...(numbers ? { numbers } : {}),
          clock,
        };
        return { status: 200, body };
      }
      const latest = await services.store.latestRevision(of.plan);
      const endedByTwo = running !== undefined && (await releasedByTwo(services.store, of)).length > 0;
      const heldSinceMs = running ? undefined : await sinceMs(services, of.plan, wave?.hold?.since, planClock);
      const planned = plannedPackage(latest, { of, wave, inWave, running, endedByTwo, site: services.site.now(), heldSinceMs, nowMs: clock.nowMs }, by);
      const said: Omit<PackageInFull, 'names'> = {
        package: inWave ?? null,
        running: running ? await openWhoAnswers(services.store, by).beside(running, reading) : null,
        evaluations,
        ledger,
        ...(numbers ? { numbers } : {}),
        events,
        ...(cut ? { eventsCut: true as const } : {}),
        clock,
        ...planned,
      };
      return {
        status: 200,
        body: { ...said, names: await services.planned.namesIn(reading, said) } satisfies PackageInFull,
      };
    },
  }),
];

async function sinceMs({ store }: Services, plan: string, revision: number | undefined, clock: PlanClock | undefined): Promise<number | undefined> {
  const appliedAtMs = revision === undefined ? undefined : await store.revisionAppliedAtMs(plan, revision);
  return appliedAtMs === undefined ? undefined : Math.round(toPlan(appliedAtMs, clock));
}

export async function whyNoPackage(services: Services, target: ReturnType<typeof targetOf>, wave: WaveView | undefined): Promise<Problem> {
  if (wave) return new Problem('unknown-package', `The wave '${target.wave}' has no package '${target.package}'.`);
  const why = await whyItTakesNoMessages(services, target, 'wave');
  return why.code === 'ended' ? new Problem('no-record', why.message) : why;
}
