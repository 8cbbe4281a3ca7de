/** Packages: all of them in short, and one in full. */
import { z } from 'zod';
import { packageWorkflowId, waveWorkflowId, workflowTypes } from '../../../domain/messages.ts';
import { searchAttributes } from '../../../domain/search-attributes.ts';
import { nextActions } from '../../../domain/states.ts';
import type { PackageState } from '../../../domain/states.ts';
import type { PackageView } from '../../../domain/views/package.ts';
import type { WaveView } from '../../../domain/views/wave.ts';
import type { LedgerEntry } from '../../../domain/release/ledger.ts';
import { packageInFull, type LedgerCounts, type PackageInFull } from '../../../domain/views/package-in-full.ts';
import { packageRow, type PackageRow } from '../../../domain/views/rows.ts';
import { listed } from '../../engine.ts';
import { Problem } from '../../errors.ts';
import { inParallel } from '../../in-parallel.ts';
import { knownWaves } from '../../known-waves.ts';
import { whyItTakesNoMessages } from '../../not-running.ts';
import { defineRoute } from '../../route.ts';
import type { Services } from '../../route.ts';
import { idInQuery, targetOf } from '../../target.ts';
import { packageState, waveState } from '../../views.ts';

const listQuery = z.strictObject({ plan: idInQuery.optional(), wave: idInQuery.optional() });
const eventsShown = 500;

export const routes = [
  defineRoute<undefined, z.output<typeof listQuery>>({
    method: 'get',
    path: '/v1/packages',
    group: 'packages',
    summary: 'List the packages of all started waves',
    query: listQuery,
    answers: { 200: { what: 'the packages', schema: z.array(packageRow) } },
    problems: ['malformed', 'engine-unreachable', 'no-worker'],
    async handle({ query }, services) {
      const rows = (await knownWaves(services, query.plan)).filter(
        ({ wave, stage }) => stage !== 'not-started' && (query.wave === undefined || wave === query.wave),
      );
      const [waves, states] = await Promise.all([inParallel(4, rows, (row) => waveState(services, row)), listedStates(services, query)]);
      const packages = waves.filter((wave) => wave !== undefined).flatMap((wave) => wave.packages.map((entry) => ({ wave, entry })));
      return { status: 200, body: await inParallel(4, packages, ({ wave, entry }) => packageRowOf(services, wave, entry, states)) };
    },
  }),
  defineRoute({
    method: 'get',
    path: '/v1/packages/:plan/:wave/:package',
    group: 'packages',
    summary: 'One package in full: its standing in the wave, its watch, evaluations, ledger and events',
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

interface ListedState {
  state: string;
  running: boolean;
}

async function listedStates({ engine }: Services, { plan, wave }: { plan?: string | undefined; wave?: string | undefined }): Promise<Map<string, ListedState>> {
  const executions = await listed(
    engine,
    workflowTypes.rolePackage,
    plan === undefined ? '' : wave === undefined ? waveWorkflowId(plan, '') : packageWorkflowId(plan, wave, ''),
  );
  return new Map(
    executions.map(({ workflowId, status, searchAttributes: attributes }) => [
      workflowId,
      { state: String(attributes[searchAttributes.state]?.[0] ?? ''), running: status.name === 'RUNNING' },
    ]),
  );
}

async function packageRowOf({ store }: Services, wave: WaveView, entry: WaveView['packages'][number], states: Map<string, ListedState>): Promise<PackageRow> {
  const id = packageWorkflowId(wave.plan, wave.wave, entry.package);
  const released = entry.releasedAtMs !== undefined;
  const now = states.get(id);
  const last = released && !now?.running ? ((await store.final(id)) as PackageView | undefined) : undefined;
  const state = last?.state ?? ((now?.state || entry.state) as PackageState);
  const { package: rolePackage, name, owner, team, risk } = entry;
  return {
    plan: wave.plan,
    wave: wave.wave,
    package: rolePackage,
    name,
    owner,
    team,
    risk,
    state,
    nextAction: nextActions[state],
    released,
    running: now?.running ?? false,
  };
}

async function whyNoPackage(services: Services, target: ReturnType<typeof targetOf>, wave: WaveView | undefined): Promise<Problem> {
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
