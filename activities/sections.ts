/** Sections of revisions, cut once: a section holds digests over its packages, and is asked for before every effect and evaluation. */
import { waveSection, type WaveSection } from '../domain/plan/section.ts';
import type { Revision } from '../store/contract.ts';

/** Falls away with the revision's document, when the store no longer remembers it. */
const known = new WeakMap<object, Map<string, WaveSection>>();

/** As waveSection, of a revision as it stands in the store. */
export function sectionOf({ document, number }: Revision, wave: string): WaveSection {
  const sections = known.get(document) ?? new Map<string, WaveSection>();
  known.set(document, sections);
  const found = sections.get(wave) ?? waveSection(document, number, wave);
  sections.set(wave, found);
  return found;
}
