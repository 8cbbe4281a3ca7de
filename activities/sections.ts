/** Sections of revisions, computed once: a section holds digests over its packages, and every effect and evaluation needs one. */
import { waveSection, type WaveSection } from '../domain/plan/section.ts';
import type { Revision } from '../store/contract.ts';

/** Collected with the revision's document, when the store no longer caches it. */
const known = new WeakMap<object, Map<string, WaveSection>>();

/** As waveSection, for a revision from the store. */
export function sectionOf({ document, number }: Revision, wave: string): WaveSection {
  const sections = known.get(document) ?? new Map<string, WaveSection>();
  known.set(document, sections);
  const found = sections.get(wave) ?? waveSection(document, number, wave);
  sections.set(wave, found);
  return found;
}
