/**
 * What a revision takes out of the plan, or out of its wave, and what still runs there: nothing more is released in it, and who operates the plan now
 * decides on what is. Owners stay as the last revision says that has it.
 */
import { sha256Hex } from '../../../domain/canonical.ts';
import { planTermsOf } from '../../../domain/plan/section.ts';
import type { Released } from '../../../domain/release/definition-change.ts';
import { stands } from '../../../domain/release/releases.ts';
import type { Revision } from '../../../store/contract.ts';
import type { Services } from '../../route.ts';
import type { SealedPart } from '../plan-work.ts';
import { sectionWith } from './revise-wave.ts';

/** `waves`: that the plan no longer has. `released`: by wave, the section with packages that were released there and have left it. */
export interface LeftParts {
  waves: SealedPart[];
  released: Map<string, SealedPart>;
}

export async function leftParts(services: Services, revision: Revision, releases: Released[]): Promise<LeftParts> {
  const { plan, number, document } = revision;
  const placed = new Set(document.waves.flatMap((wave) => wave.packages.map((entry) => placeKey(wave.id, entry.package))));
  const planned = new Set(document.waves.map(({ id }) => id));
  const left = releases.filter((release) => stands(release) && !placed.has(placeKey(release.wave, release.package)));
  const last = new Map((await services.store.lastIn(plan, left)).map((one) => [placeKey(one.wave, one.package), one.revision]));
  const gone = (await services.store.begunWaves(plan)).filter(({ wave }) => !planned.has(wave));

  /** Of each wave, the packages that are released there, by the last revision that has them. */
  const wanted = new Map<string, Map<number, string[]>>(gone.map(({ wave, revision: from }) => [wave, new Map([[from, []]])]));
  for (const release of left) {
    const from = last.get(placeKey(release.wave, release.package)) ?? release.revision;
    const ofWave = wanted.get(release.wave) ?? new Map<number, string[]>();
    wanted.set(release.wave, ofWave.set(from, [...(ofWave.get(from) ?? []), release.package]));
  }

  const parts: LeftParts = { waves: [], released: new Map() };
  for (const [wave, byRevision] of wanted) {
    const sections: SealedPart['section'][] = [];
    // One after the other: each may be large.
    for (const [from, ids] of [...byRevision].sort(([a], [b]) => b - a)) {
      const then = await services.store.appliedRevision(plan, from);
      // Nobody applied it through an endpoint whose key is trusted now, or what is on record as released there was never planned.
      if (!then?.document.waves.some(({ id }) => id === wave)) continue;
      const section = (await sectionWith(services, then, wave, ids, releases))?.section;
      if (section) sections.push(section);
    }
    const [newest] = sections;
    if (!newest) continue;
    const packages = sections.flatMap((section) => section.packages);
    const ids = new Set(packages.map((entry) => entry.package.id));
    const section = { ...newest, ...planTermsOf(document, ids), revision: number, operators: document.operators, packages };
    const part = { section, digest: sha256Hex(section), bytes: Buffer.byteLength(JSON.stringify(section)) };
    if (!planned.has(wave)) parts.waves.push(part);
    if (packages.length > 0) parts.released.set(wave, part);
  }
  return parts;
}

const placeKey = (wave: string, id: string) => JSON.stringify([wave, id]);
