/**
 * What is computed from whole plans and takes time in proportion to them, which is seconds for the largest: hashing, and comparing package by package. It runs in
 * the threads that read plans, so that one person's plan keeps nobody else waiting. Pure, and what goes in and comes out is plain data.
 */
import { createHash } from 'node:crypto';
import { revisionAsRead } from '../../domain/authority/as-read.ts';
import { losesTheSay } from '../../domain/authority/consent.ts';
import { whoChanged } from '../../domain/authority/who-changed.ts';
import { actedIn, type Reading } from '../../domain/authority/who-reads.ts';
import { sha256Hex } from '../../domain/canonical.ts';
import { planDocumentDigest } from '../../domain/plan/digest.ts';
import { outlineOf, outlineWeight } from '../../domain/plan/outline.ts';
import type { Plan } from '../../domain/plan/schema.ts';
import { waveSection, type OwnersWord, type SeparationOfDuties, type SystemsBefore, type WaveSection } from '../../domain/plan/section.ts';
import { changesInPassing } from '../../domain/release/definition-change.ts';
import type { RevisionRecord } from '../../domain/views/revision.ts';
import type { RevisionHead } from '../../store/contract.ts';
import type { Outlined } from '../../store/kept-outlines.ts';

/** What a wave's section says besides the plan. */
export interface SectionTerms {
  wave: string;
  systemsBefore: SystemsBefore;
  appliedBy: Map<string, string[]>;
  heldSince: number | undefined;
  rejected: Map<string, OwnersWord>;
}

export interface SealedPart {
  section: WaveSection;
  digest: string;
  /** Of the section as JSON. */
  bytes: number;
}

/** What is made of a document as the store has it written. */
export interface OutlinedText extends Outlined {
  /** Of exactly this text. */
  textDigest: string;
}

export const planWork = {
  digest: planDocumentDigest,
  outlined(text: string, record: RevisionRecord): OutlinedText {
    const document = JSON.parse(text) as Plan;
    const textDigest = createHash('sha256').update(text).digest('hex');
    return { outline: outlineOf(document), document: planDocumentDigest(document), record: sha256Hex(record), textDigest };
  },
  weight: (plan: Plan): number => outlineWeight(outlineOf(plan)),
  /** The answer to somebody who acts in the plan, as JSON, with the digests that the seal is compared with. */
  shown(text: string, head: RevisionHead, reading: Reading, by: string): { json: Uint8Array; document: string; record: string } {
    const document = JSON.parse(text) as Plan;
    const json = new TextEncoder().encode(JSON.stringify(revisionAsRead({ ...head, document }, reading, actedIn(document, by))));
    return { json, document: planDocumentDigest(document), record: sha256Hex(head.record) };
  },
  /** By package, the plan with nothing but that package and its people. The whole of many revisions would take long to hand over, and much room. */
  partsOfPackages(text: string, packages: string[]): Map<string, Plan> {
    const document = JSON.parse(text) as Plan;
    return new Map(packages.map((id) => [id, onlyPackage(document, id)]));
  },
  losesTheSay,
  whoChanged,
  changesInPassing,
  /** By wave. */
  sections(document: Plan, revision: number, waves: SectionTerms[], site: SeparationOfDuties): Map<string, SealedPart> {
    return new Map(
      waves.map(({ wave, systemsBefore, appliedBy, heldSince, rejected }) => {
        const section = waveSection(document, revision, wave, systemsBefore, { appliedBy, site, heldSince, rejected });
        return [wave, { section, digest: sha256Hex(section), bytes: Buffer.byteLength(JSON.stringify(section)) }];
      }),
    );
  },
} as const;

export type PlanWork = typeof planWork;

function onlyPackage(document: Plan, id: string): Plan {
  const packages = document.packages.filter((each) => each.id === id);
  const members = new Set(packages.flatMap(({ cohort }) => cohort));
  return { ...document, packages, people: document.people.filter((person) => members.has(person.id)), waves: [], delegates: [] };
}
