/** The result of a package's sign-offs (R3): each counts only for exactly the digests that were shown. */
import type { PackageSection } from '../plan/section.ts';

export interface SignOff {
  id: string;
  by: string;
  /** For whom: the owner for a delegate, else the signer. */
  as: string;
  decision: 'approve' | 'reject';
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

/** Who must sign: the owner, and anyone else whom the wave names. Nobody signs for a package that is only observed, because nothing changes. */
export const requiredSigners = (section: PackageSection, alsoSigns: string[]): string[] =>
  section.change === 'observe' ? [] : [...new Set([section.package.owner, ...alsoSigns])];

/** The latest decision of each signer counts. A decision on other digests is ignored. */
export function signOffStatus(
  section: PackageSection,
  alsoSigns: string[],
  signOffs: SignOff[],
  digests: { planDigest: string; previewDigest: string | undefined },
): SignOffStatus {
  const standing = new Map<string, SignOff['decision']>();
  for (const signOff of signOffs) if (counts(signOff, digests)) standing.set(signOff.as, signOff.decision);
  const signers = requiredSigners(section, alsoSigns);
  const missing = signers.filter((signer) => standing.get(signer) === undefined);
  const rejectedBy = signers.filter((signer) => standing.get(signer) === 'reject');
  return { complete: missing.length === 0 && rejectedBy.length === 0, missing, rejectedBy };
}

export const counts = (signOff: SignOff, { planDigest, previewDigest }: { planDigest: string; previewDigest: string | undefined }): boolean =>
  signOff.planDigest === planDigest && signOff.previewDigest === previewDigest;
