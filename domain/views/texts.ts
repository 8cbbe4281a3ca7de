/**
 * Views as workflows answer them, without texts, and the texts of the plan's revision that the endpoint adds. A workflow carries only what it decides
 * by; a name or a reason of thousands of characters would travel with every payload.
 */
import { entryOf } from '../entry-of.ts';
import { z } from 'zod';
import { packageView, type PackageView } from './package.ts';
import { wavePackageView, waveView, type WaveView } from './wave.ts';

export const carriedPackageView = packageView.omit({ name: true, waits: true });
export type CarriedPackageView = z.output<typeof carriedPackageView>;

export const carriedWavePackageView = wavePackageView.omit({ name: true });
export type CarriedWavePackageView = z.output<typeof carriedWavePackageView>;

export const carriedWaveView = waveView.extend({
  packages: z.array(carriedWavePackageView),
  hold: waveView.shape.hold.unwrap().omit({ reason: true }).exactOptional(),
});
export type CarriedWaveView = z.output<typeof carriedWaveView>;

/** What one revision of a plan has for people. */
export interface PlanTexts {
  /** By the package's id. */
  names: Record<string, string>;
  /** Why a wave is on hold, by the wave's id. */
  holds: Record<string, string>;
}

/** A package that the revision no longer names is shown by its id. */
export const nameIn = ({ names }: PlanTexts, id: string): string => entryOf(names, id) ?? id;

export function waveWithTexts({ hold, packages, ...view }: CarriedWaveView, texts: PlanTexts): WaveView {
  const reason = entryOf(texts.holds, view.wave) ?? '';
  return {
    ...view,
    ...(hold ? { hold: { reason, ...hold } } : {}),
    packages: packages.map((entry) => ({ ...entry, name: nameIn(texts, entry.package) })),
  };
}

export const packageWithTexts = (view: CarriedPackageView, texts: PlanTexts): PackageView => ({ ...view, name: nameIn(texts, view.package) });
