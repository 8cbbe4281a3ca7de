/**
 * What is computed from whole plans and takes time in proportion to them, which is seconds for the largest: hashing, and comparing package by package. It runs in
 * the threads that read plans, so that one person's plan keeps nobody else waiting. Pure, and what goes in and comes out is plain data.
 */
import { changedBy } from '../../domain/authority/applied.ts';
import { losesTheSay } from '../../domain/authority/consent.ts';
import { sha256Hex } from '../../domain/canonical.ts';
import { planDocumentDigest } from '../../domain/plan/digest.ts';
import type { Plan } from '../../domain/plan/schema.ts';
import { waveSection, type SeparationOfDuties, type SystemsBefore, type WaveSection } from '../../domain/plan/section.ts';
import { changesInPassing } from '../../domain/release/definition-change.ts';

/** What a wave's section says besides the plan. */
export interface SectionTerms {
  wave: string;
  systemsBefore: SystemsBefore;
  appliedBy: Map<string, string[]>;
}

export interface SealedPart {
  section: WaveSection;
  digest: string;
}

export const planWork = {
  digest: planDocumentDigest,
  losesTheSay,
  changedBy,
  changesInPassing,
  /** By wave. */
  sections(document: Plan, revision: number, waves: SectionTerms[], site: SeparationOfDuties): Map<string, SealedPart> {
    return new Map(
      waves.map(({ wave, systemsBefore, appliedBy }) => {
        const section = waveSection(document, revision, wave, systemsBefore, { appliedBy, site });
        return [wave, { section, digest: sha256Hex(section) }];
      }),
    );
  },
} as const;

export type PlanWork = typeof planWork;
