/** Waves and packages in short, as lists have them. */
import { z } from 'zod';
import { packageView } from './package.ts';
import { wavePackageView, waveView } from './wave.ts';

export const waveRow = z
  .strictObject({
    plan: z.string(),
    wave: z.string(),
    stage: z.string().describe("the wave's stage; not-started; or terminated, when it ended in the engine without a final record"),
    running: z.boolean(),
  })
  .meta({ id: 'WaveRow' });
export type WaveRow = z.output<typeof waveRow>;

/** A wave in full, with those of its packages that are released. */
export const fullWave = z.strictObject({ wave: waveView, packages: z.array(packageView) }).meta({ id: 'FullWave' });
export type FullWave = z.output<typeof fullWave>;

const { package: rolePackage, name, owner, team, risk, state, nextAction } = wavePackageView.shape;
export const packageRow = z
  .strictObject({
    plan: z.string(),
    wave: z.string(),
    package: rolePackage,
    name,
    owner,
    team,
    risk,
    state,
    nextAction,
    released: z.boolean(),
    running: z.boolean(),
  })
  .meta({ id: 'PackageRow' });
export type PackageRow = z.output<typeof packageRow>;
