/** What a simulated plan would do, all packages together: rules about incompatible entitlements in two systems, and the blast radius of each wave. */
import { isAcross, rulesOf } from '../plan/incompatible-rules.ts';
import type { Plan } from '../plan/schema.ts';
import type { SimulatedContent } from '../plan/simulation.ts';
import type { SimulatedTogether } from '../views/simulation.ts';
import { carriedCounts, heldTogether, togetherCounts } from './incompatible.ts';

type Changed = Pick<SimulatedContent, 'package' | 'system' | 'changed' | 'accounts'>;

/**
 * Takes what was read of one package after the other, so that what rules need of all of them is never in memory at once. `nowMs`: in plan time, for exceptions
 * that end.
 */
export class SimulatedPackages {
  readonly #plan: Plan;
  readonly #nowMs: number;
  readonly #counts = new Map<string, SimulatedTogether['incompatible'][number]['counts']>();
  readonly #changing: Changed[] = [];

  constructor(plan: Plan, nowMs: number) {
    this.#plan = plan;
    this.#nowMs = nowMs;
  }

  /** `contents`: all of the package. */
  add(packageId: string, contents: readonly SimulatedContent[]): void {
    const rolePackage = this.#plan.packages.find(({ id }) => id === packageId);
    if (!rolePackage) return;
    const held = contents.flatMap((content) => content.held ?? content.preview ?? []);
    const counts = carriedCounts(togetherCounts(heldTogether(rulesOf(this.#plan, rolePackage).filter(isAcross), held, this.#nowMs)));
    if (counts.length > 0) this.#counts.set(packageId, counts);
    for (const { held: _held, preview: _preview, ...changed } of contents) if (changed.changed.length > 0) this.#changing.push(changed);
  }

  /** `waveOf`: the next wave that would release a package; undefined: none. */
  together(waveOf: (packageId: string) => string | undefined): SimulatedTogether {
    const incompatible = this.#plan.packages.flatMap(({ id }) => {
      const counts = this.#counts.get(id);
      return counts ? [{ package: id, counts }] : [];
    });
    const ofWave = Map.groupBy(this.#changing, (content) => waveOf(content.package));
    const waves = this.#plan.waves.flatMap(({ id: wave }) => {
      const all = ofWave.get(wave) ?? [];
      const systems = [...Map.groupBy(all, ({ system }) => system)].sort(([one], [other]) => (one < other ? -1 : 1));
      return systems.length > 0 ? [{ wave, systems: systems.map(([system, here]) => radiusIn(system, here)) }] : [];
    });
    return { incompatible, waves };
  }
}

function radiusIn(system: string, contents: Changed[]): SimulatedTogether['waves'][number]['systems'][number] {
  const accounts = contents.find((content) => content.accounts !== undefined)?.accounts;
  const people = new Set(contents.flatMap(({ changed }) => changed)).size;
  return { system, people, ...(accounts === undefined ? {} : { accounts }), packages: contents.length };
}
