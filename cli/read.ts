/** Reads a wave or a package as the endpoint shows it to this person: in full, or counts and states only. */
import type { PackageInFull } from '../domain/views/package-in-full.ts';
import { filledPackage, filledWave, filledWavePackage } from '../domain/filled-views.ts';
import { isOverview } from '../domain/is-overview.ts';
import type { PackageInFullOverview, ShownWave } from '../domain/views/overview.ts';
import type { FullWaveList, SilentRow } from '../domain/views/lists.ts';
import type { PackageView } from '../domain/views/package.ts';
import type { WaveView } from '../domain/views/wave.ts';
import type { ApiClient } from './api-client.ts';
import { CommandFailure, exitCodes } from './exit-codes.ts';
import { targetPath, targetText } from './target.ts';
import type { PackageTarget, WaveTarget } from './target.ts';

/** `sent`: as it came. `view`: blank where something is not shown. `part`: `overview` where this person does not act. */
export interface Shown<Sent, View> {
  sent: Sent;
  view: View;
  part: 'full' | 'overview';
}

export async function readWave(client: ApiClient, target: WaveTarget): Promise<Shown<ShownWave, WaveView>> {
  const sent = await client.get<ShownWave>(targetPath(target));
  return { sent, view: filledWave(sent), part: isOverview(sent) ? 'overview' : 'full' };
}

/** The released packages of a wave, and what does not answer. */
export interface Released {
  packages: PackageView[];
  silent: SilentRow[];
}
const noneReleased: Released = { packages: [], silent: [] };

/** The wave can be shown without it, so a failure is only told. */
export async function readReleased(client: ApiClient, { plan, wave, stage, packages }: WaveView): Promise<Released> {
  if (packages.every(({ releasedAtMs }) => releasedAtMs === undefined)) return noneReleased;
  try {
    const pages = await client.pages<FullWaveList>('/v1/waves', { full: 'true', plan, wave });
    return {
      packages: pages.flatMap((page) => page.waves.flatMap((found) => found.packages.map(filledPackage))),
      silent: pages.flatMap((page) => page.silent ?? []),
    };
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    return { packages: [], silent: [{ plan, wave, stage, why: error.message }] };
  }
}

export async function readPackage(client: ApiClient, target: PackageTarget): Promise<Shown<PackageInFull | PackageInFullOverview, PackageInFull>> {
  const sent = await client.get<PackageInFull | PackageInFullOverview>(targetPath(target));
  if (!('shown' in sent)) return { sent, view: sent, part: 'full' };
  const { package: planned, running, ledger, clock } = sent;
  const blank = { evaluations: [], events: [], actions: [], names: {} };
  const view = { ...blank, package: planned && filledWavePackage(planned), running: running && filledPackage(running), ledger, clock };
  return { sent, view, part: 'overview' };
}

/** For a command that decides something. Throws where this person does not act for the package. */
export async function readToAct(client: ApiClient, target: PackageTarget): Promise<PackageInFull> {
  const { view, part } = await readPackage(client, target);
  if (part === 'full') return view;
  throw new CommandFailure(
    exitCodes.refused,
    `You do not act for ${targetText(target)}: you neither own it, nor stand in for its owner, nor sign for its wave, nor operate its plan. Nothing was sent. To see its state, run 'rolewave show ${targetText(target)}'.`,
    { code: 'not-authorized' },
  );
}

export const overviewNote = 'Counts and states only: people, accounts, texts and errors are shown to those who act here.';
