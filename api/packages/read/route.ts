/** One package in full. */
import type { LedgerEntry } from '../../../domain/release/ledger.ts';
import { packageInFull, type LedgerCounts, type PackageInFull } from '../../../domain/views/package-in-full.ts';
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
    summary: 'One package in full: its state in the wave, its watch, evaluations, ledger and events',
    answers: { 200: { what: 'the package', schema: packageInFull } },
    problems: ['unknown-plan', 'unknown-wave', 'unknown-package', 'wave-not-started', 'no-record', 'no-worker', 'engine-unreachable'],
    async handle({ params }, services) {
      const target = targetOf(params);
      const of = { plan: target.plan, wave: target.wave, package: String(target.package) };
      const [wave, running] = await Promise.all([waveState(services, target), packageState(services, target)]);
      const inWave = wave?.packages.find((entry) => entry.package === of.package);
      if (!inWave && !running) throw await whyNoPackage(services, target, wave);
      const [evaluations, ledger, events] = await Promise.all([
        services.store.evaluations(of),
        services.store.ledger(of),
        services.store.events({ ...of, limit: eventsShown }),
      ]);
      const body: PackageInFull = { package: inWave ?? null, running: running ?? null, evaluations, ledger: countsOf(ledger), events };
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
function countsOf(ledger: LedgerEntry[]): LedgerCounts {
  const counts: LedgerCounts = {};
  for (const { kind, outcome } of ledger) {
    const ofKind = (counts[kind] ??= {});
    ofKind[outcome] = (ofKind[outcome] ?? 0) + 1;
  }
  return counts;
}
