/**
 * The result of a package's sign-offs (R3): each counts only for exactly the digests that were shown. One fold, used by the wave that accepts them and by
 * the check before each effect.
 */
import type { PackageSection } from '../plan/section.ts';
import { signsFor } from './who-may.ts';

export interface SignOff {
  id: string;
  by: string;
  /** For whom: the owner for a delegate, else the signer. */
  as: string;
  /** The owner, whose delegate the signer also is: one sign-off counts for both. */
  alsoFor?: string;
  /** `withdraw`: the signer's own earlier decision counts no longer. */
  decision: 'approve' | 'reject' | 'withdraw';
  planDigest: string;
  previewDigest: string;
  /** Plan time. */
  atMs: number;
  reason?: string;
}

export interface SignOffStatus {
  complete: boolean;
  missing: string[];
  rejectedBy: string[];
}

interface Digests {
  planDigest: string;
  previewDigest: string | undefined;
}

/** Who must sign: the owner, and anyone else whom the wave names. Nobody signs for a package that is only observed, because nothing changes. */
export const requiredSigners = (section: PackageSection, alsoSigns: string[]): string[] =>
  section.change === 'observe' ? [] : [...new Set([section.package.owner, ...alsoSigns])];

/** For whom the sign-off of this person counts. `atMs`: plan time. */
export function signerIn(section: PackageSection, alsoSigns: string[], by: string, atMs: number): Pick<SignOff, 'as' | 'alsoFor'> {
  const { owner } = section.package;
  if (!requiredSigners(section, alsoSigns).includes(by)) return { as: owner };
  return { as: by, ...(signsFor(section, by, atMs) === 'delegate' ? { alsoFor: owner } : {}) };
}

/**
 * The latest decision for each signer counts, and a decision on other digests does not. The owner's own rejection stands, whatever changes, until the owner
 * approves or withdraws it: a delegate's approval after it does not count.
 */
export function signOffStatus(section: PackageSection, alsoSigns: string[], signOffs: SignOff[], digests: Digests): SignOffStatus {
  const standing = new Map(
    effective(signOffs)
      .filter((signOff) => counts(signOff, digests))
      .map(({ as, decision }) => [as, decision]),
  );
  const signers = requiredSigners(section, alsoSigns);
  const missing = signers.filter((signer) => standing.get(signer) === undefined);
  const rejectedBy = signers.filter((signer) => standing.get(signer) === 'reject');
  return { complete: missing.length === 0 && rejectedBy.length === 0, missing, rejectedBy };
}

/**
 * In the order of their acceptance, one for each person for whom it counts: without what was withdrawn, and without approvals that would have overruled the
 * owner at the time.
 */
function effective(signOffs: SignOff[]): SignOff[] {
  const each = signOffs.flatMap((signOff) => [signOff, ...(signOff.alsoFor === undefined ? [] : [{ ...signOff, as: signOff.alsoFor }])]);
  return each.reduce<SignOff[]>((before, signOff) => {
    if (signOff.decision === 'withdraw') return before.filter(({ by }) => by !== signOff.by);
    return overruled(signOff, before) ? before : [...before, signOff];
  }, []);
}

/** The owner's own rejection that this approval of a delegate would overrule. `before`: what was accepted before it. */
function overruled({ by, as, decision }: Pick<SignOff, 'by' | 'as' | 'decision'>, before: SignOff[]): SignOff | undefined {
  if (decision !== 'approve' || by === as) return undefined;
  const own = before.findLast((signOff) => signOff.by === as);
  return own?.decision === 'reject' ? own : undefined;
}

export const overrules = (signOff: Pick<SignOff, 'by' | 'as' | 'decision'>, signOffs: SignOff[]): SignOff | undefined =>
  overruled(signOff, effective(signOffs));

/** Whether the person has decided something that can be withdrawn. */
export const hasDecided = (person: string, signOffs: SignOff[]): boolean => effective(signOffs).some(({ by }) => by === person);

/**
 * With this one, which replaces what the same person signed for the same digests before: the same person is listed once. A withdrawal replaces everything
 * that the person signed, and the next decision replaces the withdrawal.
 */
export const withSignOff = (signOffs: SignOff[], signOff: SignOff): SignOff[] => [
  ...signOffs.filter(
    (earlier) => earlier.by !== signOff.by || (![earlier, signOff].some(({ decision }) => decision === 'withdraw') && !counts(earlier, signOff)),
  ),
  signOff,
];

export const counts = (signOff: SignOff, { planDigest, previewDigest }: Digests): boolean =>
  signOff.planDigest === planDigest && signOff.previewDigest === previewDigest;
