/** What a plan would change in the live systems, per package and system and in total. */
import { z } from 'zod';
import { incompatibleCounts, previewPart } from '../access/preview.ts';
import { stop } from './stop.ts';

const { toGrant, alreadyThere, toRetire, toDrop } = previewPart.shape;

/** One package in one system. */
export const simulatedPart = previewPart.extend({
  stops: z.array(stop).exactOptional().describe('what the server of the system lacks for the release; left out when nothing is known to be lacking'),
  conditions: z.array(z.string()).exactOptional().describe('what is measured before the release, and may stop it; left out when nothing is'),
});
export type SimulatedPart = z.output<typeof simulatedPart>;

/** The blast radius of a wave in one system, as that of its packages together. */
export const waveRadius = z.strictObject({
  system: z.string(),
  people: z.int().describe('accounts whose access changes by any package of the wave, each account once'),
  accounts: z.int().exactOptional().describe('accounts of the system that can log in; read only where the plan limits the percentage'),
  packages: z.int().describe('packages of the wave that change something there'),
});

/** How many there are beyond those in an answer, which would be too large with all of them; 0: none. */
export const leftOut = z.strictObject({
  incompatible: z.int().describe('packages with rules about incompatible entitlements in two systems; those that the plan stops are left out last'),
  waves: z.int(),
  systems: z.int().describe('of the waves in the answer'),
});

/** What only all packages of a plan together say. `leftOut`: where the answer was cut. */
export interface SimulatedTogether {
  incompatible: { package: string; counts: z.output<typeof incompatibleCounts>[] }[];
  waves: { wave: string; systems: z.output<typeof waveRadius>[] }[];
  leftOut?: z.output<typeof leftOut>;
}

export const simulationView = z
  .strictObject({
    plan: z.string(),
    packages: z.array(
      z.strictObject({
        package: z.string(),
        parts: z.array(simulatedPart),
        incompatible: z
          .array(incompatibleCounts)
          .exactOptional()
          .describe('rules whose entitlements are in two systems, as in a part those of one; left out when they concern nobody, or a system could not be read'),
        rolledBack: z
          .strictObject({ wave: z.string(), next: z.string().exactOptional().describe('the wave that releases it next; absent: the plan has none') })
          .exactOptional()
          .describe(
            'where every release of the package was rolled back: the wave of the last one; without `next` its parts say what another release would do, and count in no total',
          ),
        problems: z.array(z.string()).describe('systems that could not be read, and why'),
      }),
    ),
    waves: z
      .array(z.strictObject({ wave: z.string(), systems: z.array(waveRadius) }))
      .exactOptional()
      .describe('what each wave would change, by the packages that it would release next'),
    leftOut: leftOut.exactOptional().describe('what `incompatible` and `waves` leave out; absent when that is nothing'),
    totals: z.record(z.string(), z.strictObject({ toGrant, alreadyThere, toRetire, toDrop })).describe('by system, of what the plan would change'),
  })
  .meta({ id: 'Simulation' });
export type SimulationView = z.output<typeof simulationView>;
