/** Gathers what one person may read of all packages of their plans, for the board. */
import { addressText } from '../../domain/address.ts';
import { packageAsRead, wavePackageAsRead, waveAsRead } from '../../domain/authority/as-read.ts';
import { readsPackage, type Reading } from '../../domain/authority/who-reads.ts';
import type { BoardPlanInput } from '../../domain/board/board.ts';
import { notStartedWave } from '../../domain/board/not-started.ts';
import { silentWave } from '../../domain/board/silent-wave.ts';
import { stoppedWhy, type BoardEntry } from '../../domain/board/entry.ts';
import type { Release, ReleaseKey } from '../../domain/release/releases.ts';
import { paceAt, toPlan } from '../../domain/time/plan-clock.ts';
import type { PackageView } from '../../domain/views/package.ts';
import type { WaveView } from '../../domain/views/wave.ts';
import { wavesAsRead, type KnownWave } from '../known-waves.ts';
import { fairly } from '../lists/fairly.ts';
import { ownFirst, type OwnFirst } from '../lists/own-first.ts';
import type { Services } from '../route.ts';
import { packageState, waveState } from '../views.ts';
import type { Reads } from './reader.ts';
import type { PlanOnBoard } from './states.ts';

export interface Gathered {
  plans: BoardPlanInput[];
  entries: BoardEntry[];
  /** Waves and packages that do not answer. */
  silent: number;
  notShown: ReturnType<OwnFirst['notShown']>;
}

/** Workers answer so many questions of one board at a time. */
const atOnce = 16;

/** `whole`: also what there is no room for of plans that only name the reader (lists/own-first.ts). */
export async function gather(services: Services, { readings, reader, nowMs }: Reads, { whole }: { whole: boolean }): Promise<Gathered> {
  const room = ownFirst(readings, { whole, unpaged: true });
  const rows = room.waves(await wavesAsRead(services, readings), ({ running }) => running);
  const shown = new Set(rows.map(({ plan }) => plan));
  const known = new Map<string, PlanOnBoard>();
  for (const { plan, own, revision } of [...readings.values()].toSorted((one, other) => Number(other.own) - Number(one.own))) {
    if (!own && !whole && !shown.has(plan)) continue;
    const found = await services.states.plan(plan, revision);
    if (found) known.set(plan, found);
  }
  const { ask, each } = fairly(services.site.now(), atOnce);
  let silent = 0;
  const silentWaves = new Set<WaveView>();
  const releases = new Map<string, Promise<Release[]>>();
  const releasesOf = (plan: string) => {
    const asked = releases.get(plan) ?? services.store.releases({ plan });
    releases.set(plan, asked);
    return asked;
  };

  const waves = await each(
    rows,
    ({ plan }) => plan,
    async (row: KnownWave) => {
      if (row.stage === 'not-started') {
        const planned = known.get(row.plan);
        return planned && notStartedWave(planned.facts, row.wave, planned.revision, planned.clock);
      }
      const asked = await ask(row.plan, () => services.states.wave(row, () => waveState(services, row)));
      if ('answered' in asked) return asked.answered;
      silent += 1;
      const planned = known.get(row.plan);
      if (!planned) return undefined;
      const seen = { stage: row.stage, releases: await releasesOf(row.plan) };
      const wave = silentWave(planned.facts, row.wave, planned.revision, planned.clock, seen);
      if (wave) silentWaves.add(wave);
      return wave;
    },
  );
  const notStarted = new Set(waves.filter((_, index) => rows[index]?.stage === 'not-started'));
  const packages = room.packages(
    waves.flatMap((wave) => (wave && known.has(wave.plan) ? wave.packages.map((planned) => ({ wave, planned })) : [])),
    ({ wave }) => wave,
  );
  const full = (wave: WaveView, id: string) => readsPackage(readings.get(wave.plan) as Reading, wave.wave, id);
  const keyOf = ({ wave, planned }: (typeof packages)[number]): ReleaseKey => ({ plan: wave.plan, wave: wave.wave, package: planned.package });
  const released = packages.filter(({ planned }) => planned.releasedAtMs !== undefined);
  const measured = await services.states.measured(released.filter(({ wave, planned }) => full(wave, planned.package)).map(keyOf));

  const entries = await each(
    packages,
    ({ wave }) => wave.plan,
    async (one): Promise<BoardEntry> => {
      const { wave, planned } = one;
      const at = keyOf(one);
      const reading = readings.get(wave.plan) as Reading;
      const { facts, clock } = known.get(wave.plan) as PlanOnBoard;
      const asked = planned.releasedAtMs === undefined ? undefined : await ask(at.plan, () => services.states.package(at, () => packageState(services, at)));
      const running: PackageView | undefined = asked && 'answered' in asked ? asked.answered : undefined;
      // No answer, or no workflow and no final record: it failed, or was terminated.
      const isSilent = asked !== undefined && running === undefined;
      if (isSilent && !silentWaves.has(wave)) silent += 1;
      return {
        plan: facts,
        facts: facts.packages.get(planned.package),
        wave: waveAsRead(wave, reading, reader.id),
        planned: wavePackageAsRead(wave.wave, planned, reading),
        running: running && packageAsRead(running, reading),
        measured: measured.get(addressText(at)),
        reading,
        reader,
        nowMs: toPlan(nowMs, clock),
        silent: isSilent || (planned.releasedAtMs === undefined && silentWaves.has(wave)),
        ...(notStarted.has(wave) ? { notStarted: true } : {}),
        stopped: running && stoppedWhy(running),
        waits: running?.waits,
      };
    },
  );
  return {
    plans: [...known].map(([plan, { facts, revision, clock }]) => ({
      facts,
      reading: readings.get(plan) as Reading,
      revision,
      nowMs: toPlan(nowMs, clock),
      dayMs: paceAt(nowMs, clock),
    })),
    entries,
    silent,
    notShown: room.notShown(),
  };
}
