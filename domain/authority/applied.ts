/**
 * Revisions that were applied through the endpoint. It checks who may apply a plan and who has to consent, and seals what it stores; a row that somebody
 * wrote into the store has no such seal, so it decides nothing.
 */
import { sha256Hex } from '../canonical.ts';
import { entryOf } from '../entry-of.ts';
import { planMessageSchemas, validFor, validFrom, type PlanMessage } from '../messages.ts';
import { decidersDigest, decidersIn, planDocumentDigest } from '../plan/digest.ts';
import type { Plan } from '../plan/schema.ts';
import type { RevisionRecord } from '../views/revision.ts';
import { verifyMessage, type SignatureCheck } from './jws.ts';
import type { TrustedKey } from './keys.ts';

interface Stored {
  plan: string;
  number: number;
  appliedBy: string;
  seal: string;
}

type Applied = Extract<PlanMessage, { type: 'apply' }>;

/** What the endpoint seals for a revision. */
export const applyMessage = (
  document: Plan,
  { id, number, by, atMs, record }: { id: string; number: number; by: string; atMs: number; record: RevisionRecord },
): Applied => ({
  id,
  type: 'apply',
  plan: document.plan,
  by,
  ...validFrom(atMs, validFor.usual),
  body: { revision: number, digest: planDocumentDigest(document), deciders: decidersDigest(decidersIn(document)), record: sha256Hex(record) },
});

/** Whether the endpoint applied exactly this. `documentDigest`: of the document itself, which a caller may keep. */
export function isApplied(revision: Stored & { record: RevisionRecord }, documentDigest: string, keys: TrustedKey[], check?: SignatureCheck): boolean {
  return hasSealOf(revision, { document: documentDigest, record: sha256Hex(revision.record) }, keys, check);
}

/** As isApplied, by the digests of both. */
export function hasSealOf(revision: Stored, { document, record }: { document: string; record: string }, keys: TrustedKey[], check?: SignatureCheck): boolean {
  const body = sealedBody(revision, keys, check);
  return body?.digest === document && body.record === record;
}

/** Whether the endpoint applied this number of the plan; whether this is what it applied then is to be seen in the document. */
export const hasSeal = (revision: Stored, keys: TrustedKey[], check?: SignatureCheck): boolean => sealedBody(revision, keys, check) !== undefined;

/** As isApplied, of a revision of which only the deciders and what is recorded with it are known. `of`: the digests of both, which a caller may keep. */
export function isApartSealed(revision: Stored, of: { deciders: string; record: string }, keys: TrustedKey[], check?: SignatureCheck): boolean {
  const body = sealedBody(revision, keys, check);
  return body?.deciders === of.deciders && body.record === of.record;
}

/** As isApplied, of a revision of which only the deciders are known. `digest`: of them, which a caller may keep. */
export const isDecided = (revision: Stored, digest: string, keys: TrustedKey[], check?: SignatureCheck): boolean =>
  sealedBody(revision, keys, check)?.deciders === digest;

function sealedBody({ plan, number, appliedBy, seal }: Stored, keys: TrustedKey[], check?: SignatureCheck): Applied['body'] | undefined {
  const verified = verifyMessage<PlanMessage>(seal, keys, planMessageSchemas, 'apply', check);
  if (!verified.ok || verified.message.type !== 'apply') return undefined;
  const { message } = verified;
  return message.plan === plan && message.wave === undefined && message.by === appliedBy && message.body.revision === number ? message.body : undefined;
}

/** Who changed a package after it was last released with `released` (0: never released). */
export const appliersOf = (record: RevisionRecord, id: string, released: number): string[] =>
  changesOf(record, id).flatMap(({ by, revision }) => (revision > released ? [by] : []));

export const changesOf = ({ changedBy }: RevisionRecord, id: string) => entryOf(changedBy, id) ?? [];
