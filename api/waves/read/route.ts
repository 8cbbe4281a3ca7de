/** Waves: all of them in short or in full, and one. */
import { z } from 'zod';
import type { PackageView } from '../../../domain/views/package.ts';
import { waveView, type WaveView } from '../../../domain/views/wave.ts';
import { waveEvents } from '../../../domain/views/event.ts';
import { fullWave, waveRow } from '../../../domain/views/rows.ts';
import { Problem } from '../../errors.ts';
import { inParallel } from '../../in-parallel.ts';
import { knownWaves } from '../../known-waves.ts';
import { whyItTakesNoMessages } from '../../not-running.ts';
import { defineRoute } from '../../route.ts';
import type { Services } from '../../route.ts';
import { idInQuery, targetOf } from '../../target.ts';
import { packageState, waveState } from '../../views.ts';

const listQuery = z.strictObject({
  plan: idInQuery.optional(),
  full: z.enum(['0', '1']).optional().describe('1: every wave in full, with its released packages'),
});

const eventsShown = 2_000;

export const routes = [
  defineRoute<undefined, z.output<typeof listQuery>>({
    method: 'get',
    path: '/v1/waves',
    group: 'waves',
    summary: 'List the waves',
    query: listQuery,
    answers: {
      200: { what: 'the waves; with full=1 each in full, with its packages that are released', schema: z.union([z.array(waveRow), z.array(fullWave)]) },
    },
    problems: ['malformed', 'engine-unreachable', 'no-worker'],
    async handle({ query }, services) {
      const rows = await knownWaves(services, query.plan);
      if (query.full !== '1') return { status: 200, body: rows };
      const started = rows.filter(({ stage }) => stage !== 'not-started');
      const waves = await inParallel(4, started, (row) => waveState(services, row));
      const known = waves.filter((wave) => wave !== undefined);
      return { status: 200, body: await inParallel(4, known, async (wave) => ({ wave, packages: await releasedPackages(services, wave) })) };
    },
  }),
  defineRoute({
    method: 'get',
    path: '/v1/waves/:plan/:wave',
    group: 'waves',
    summary: 'One wave in full',
    answers: { 200: { what: 'the wave; its last word when it has ended', schema: waveView } },
    problems: ['unknown-plan', 'unknown-wave', 'wave-not-started', 'no-record', 'no-worker', 'engine-unreachable'],
    async handle({ params }, services) {
      const target = targetOf(params);
      const wave = await waveState(services, target);
      if (wave) return { status: 200, body: wave };
      const why = await whyItTakesNoMessages(services, target, 'wave');
      throw why.code === 'ended' ? new Problem('no-record', why.message) : why;
    },
  }),
  defineRoute({
    method: 'get',
    path: '/v1/waves/:plan/:wave/events',
    group: 'waves',
    summary: 'The audit events of a wave and its packages',
    answers: { 200: { what: 'the events, oldest first; the newest where there are very many', schema: waveEvents } },
    problems: ['unknown-plan', 'unknown-wave', 'engine-unreachable'],
    async handle({ params }, services) {
      const target = targetOf(params);
      const newest = await services.store.events({ plan: target.plan, wave: target.wave, limit: eventsShown + 1 });
      if (newest.length === 0) {
        const why = await whyItTakesNoMessages(services, target, 'wave');
        // Started a moment ago: nothing has happened yet.
        if (why.code !== 'wave-not-started' && why.code !== 'ended') throw why;
      }
      return { status: 200, body: { events: newest.slice(-eventsShown), cut: newest.length > eventsShown } };
    },
  }),
];

async function releasedPackages(services: Services, { plan, wave, packages }: WaveView): Promise<PackageView[]> {
  const released = packages.filter(({ releasedAtMs }) => releasedAtMs !== undefined);
  const views = await inParallel(4, released, (entry) => packageState(services, { plan, wave, package: entry.package }));
  return views.filter((view) => view !== undefined);
}
