/** One package in full. */
import { z } from 'zod';
import { readsPackage } from '../../../domain/authority/who-reads.ts';
import type { GrantRow } from '../../../domain/views/grants.ts';
import { packageInFull, type LedgerCounts, type PackageInFull } from '../../../domain/views/package-in-full.ts';
import { evaluationInShort, packageInFullOverview, packageInShort, wavePackageInShort, type PackageInFullOverview } from '../../../domain/views/overview.ts';
import type { WaveView } from '../../../domain/views/wave.ts';
import { Problem } from '../../errors.ts';
import { whyItTakesNoMessages } from '../../not-running.ts';
import { defineRoute } from '../../route.ts';
import type { Services } from '../../route.ts';
import { targetOf } from '../../target.ts';
import { packageState, waveState } from '../../views.ts';

const eventsShown = 500;

export const routes = [
  defineRoute({
    method: 'get',
    path: '/v1/packages/:plan/:wave/:package',
    group: 'packages',
    reads: 'plan',
    summary: 'One package in full: its state in the wave, its watch, evaluations, ledger and events',
    answers: { 200: { what: 'the package; counts and states for those who do not act for it', schema: z.union([packageInFull, packageInFullOverview]) } },
    problems: ['unknown-plan', 'unknown-wave', 'unknown-package', 'wave-not-started', 'no-record', 'no-worker', 'engine-unreachable'],
    async handle({ params, reading }, services) {
      const target = targetOf(params);
      const of = { plan: target.plan, wave: target.wave, package: String(target.package) };
      const [wave, running] = await Promise.all([waveState(services, target), packageState(services, target)]);
      const inWave = wave?.packages.find((entry) => entry.package === of.package);
      if (!inWave && !running) throw await whyNoPackage(services, target, wave);
      const [evaluations, grants, events] = await Promise.all([
        services.store.evaluations(of),
        services.grants.of(of),
        services.store.events({ ...of, limit: eventsShown }),
      ]);
      if (!readsPackage(reading, of.wave, of.package)) {
        const body: PackageInFullOverview = {
          shown: 'overview',
          package: inWave ? wavePackageInShort(inWave, reading.acts) : null,
          running: running ? packageInShort(running, reading.acts) : null,
          evaluations: evaluations.map(evaluationInShort),
          ledger: countsOf(grants),
        };
        return { status: 200, body };
      }
      const body: PackageInFull = { package: inWave ?? null, running: running ?? null, evaluations, ledger: countsOf(grants), events };
      return { status: 200, body };
    },
  }),
];

export async function whyNoPackage(services: Services, target: ReturnType<typeof targetOf>, wave: WaveView | undefined): Promise<Problem> {
  if (wave) return new Problem('unknown-package', `The wave '${target.wave}' has no package '${target.package}'.`);
  const why = await whyItTakesNoMessages(services, target, 'wave');
  return why.code === 'ended' ? new Problem('no-record', why.message) : why;
}

/** kind → outcome → how many. */
function countsOf(grants: readonly GrantRow[]): LedgerCounts {
  const counts: LedgerCounts = {};
  for (const { kind, outcome } of grants) {
    const ofKind = (counts[kind] ??= {});
    ofKind[outcome] = (ofKind[outcome] ?? 0) + 1;
  }
  return counts;
}
