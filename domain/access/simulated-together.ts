/** What a simulated plan would do, all packages together: rules about incompatible entitlements in two systems, and the blast radius of each wave. */
import { isAcross, rulesOf } from '../plan/incompatible-rules.ts';
import type { Plan } from '../plan/schema.ts';
import type { SimulatedContent } from '../plan/simulation.ts';
import type { SimulatedTogether } from '../views/simulation.ts';
import { carriedCounts, heldTogether, togetherCounts } from './incompatible.ts';

/** `waveOf`: the next wave that would release a package; undefined: none. `nowMs`: in plan time, for exceptions that end. */
export function simulatedTogether(
  plan: Plan,
  contents: readonly SimulatedContent[],
  waveOf: (packageId: string) => string | undefined,
  nowMs: number,
): SimulatedTogether {
  const ofPackage = Map.groupBy(contents, (content) => content.package);
  const incompatible = plan.packages.flatMap((each) => {
    const previews = ofPackage.get(each.id)?.flatMap(({ preview }) => preview ?? []) ?? [];
    const counts = carriedCounts(togetherCounts(heldTogether(rulesOf(plan, each).filter(isAcross), previews, nowMs)));
    return counts.length > 0 ? [{ package: each.id, counts }] : [];
  });
  const changing = contents.filter(({ changed }) => changed.length > 0);
  const ofWave = Map.groupBy(changing, (content) => waveOf(content.package));
  const waves = plan.waves.flatMap(({ id: wave }) => {
    const all = ofWave.get(wave) ?? [];
    const systems = [...Map.groupBy(all, ({ system }) => system)].sort(([one], [other]) => (one < other ? -1 : 1));
    return systems.length > 0 ? [{ wave, systems: systems.map(([system, here]) => radiusIn(system, here)) }] : [];
  });
  return { incompatible, waves };
}

function radiusIn(system: string, contents: SimulatedContent[]): SimulatedTogether['waves'][number]['systems'][number] {
  const accounts = contents.find((content) => content.accounts !== undefined)?.accounts;
  const people = new Set(contents.flatMap(({ changed }) => changed)).size;
  return { system, people, ...(accounts === undefined ? {} : { accounts }), packages: contents.length };
}
