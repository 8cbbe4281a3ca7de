/**
 * The result of a package's sign-offs (R3): each counts only for exactly the digests that were shown. One fold, used by the wave that accepts them and by
 * the check before each effect.
 */
import type { DecidingSection, OwnersWord, PackageSection } from '../plan/section.ts';
import { anotherMaySign, isIndependent, standingDelegates } from './separation.ts';

export interface SignOff {
  id: string;
  by: string;
  /** For whom: the owner for a delegate, else the signer (see signsAs). */
  as: string;
  /** The owner, whose delegate the signer also is: one sign-off counts for both. */
  alsoFor?: string;
  /** `withdraw`: the signer's own earlier decision counts no longer. */
  decision: 'approve' | 'reject' | 'withdraw';
  planDigest: string;
  previewDigest: string;
  /** The signer's own rejection of something else that was shown, which they have overruled themselves since: it forbids a delegate's approval no more. */
  lifted?: boolean;
  /** Plan time. */
  atMs: number;
  reason?: string;
}

export interface SignOffStatus {
  complete: boolean;
  missing: string[];
  rejectedBy: string[];
  /** Someone else must approve it too, because everyone who did or still will brought the change or receives it: who may. Absent: nobody else has to. */
  another?: string[];
}

interface Digests {
  planDigest: string;
  previewDigest: string | undefined;
}

/** Who must sign: the owner, and anyone else whom the wave names. Nobody signs for a package that is only observed, because nothing changes. */
export const requiredSigners = (section: DecidingSection, alsoSigns: readonly string[]): string[] =>
  section.change === 'observe' ? [] : [...new Set([section.package.owner, ...alsoSigns])];

/** Who decides on a package in its wave. */
export interface Deciding {
  section: PackageSection;
  alsoSigns: string[];
  operators: string[];
  /** Delegations end; plan time. */
  nowMs: number;
}

/** For whom the sign-off of this person counts: themselves where they are asked to sign, else the owner as a delegate; otherwise only as another approval. `atMs`: plan time. */
export function signerIn(section: DecidingSection, alsoSigns: readonly string[], by: string, atMs: number): Pick<SignOff, 'as' | 'alsoFor'> {
  const { owner } = section.package;
  const isDelegate = by !== owner && standingDelegates(section, atMs).includes(by);
  if (!requiredSigners(section, alsoSigns).includes(by)) return { as: isDelegate ? owner : by };
  return { as: by, ...(isDelegate ? { alsoFor: owner } : {}) };
}

/**
 * The latest decision for each signer counts, and a decision on other digests does not. The owner's own rejection stands, whatever changes, until the owner
 * approves or withdraws it: a delegate's approval after it does not count. So does one in another wave of the plan, for a package that moves or is in both.
 *
 * Separation of duties: one of those who approve neither brought the change nor receives it. Where none of the signers is such a person, another one
 * must approve it too.
 */
export function signOffStatus(deciding: Deciding, signOffs: SignOff[], digests: Digests): SignOffStatus {
  const { section, alsoSigns } = deciding;
  const counting = effective(signOffs, section.saidElsewhere).filter((signOff) => counts(signOff, digests));
  const standing = new Map(counting.map(({ as, decision }) => [as, decision]));
  const signers = requiredSigners(section, alsoSigns);
  const missing = signers.filter((signer) => standing.get(signer) === undefined);
  const rejectedBy = [...signers, ...[...standing.keys()].filter((as) => !signers.includes(as))].filter((signer) => standing.get(signer) === 'reject');
  const latest = new Map(counting.map(({ by, decision }) => [by, decision]));
  const approvers = [...latest].flatMap(([by, decision]) => (decision === 'approve' ? [by] : []));
  // Anyone who is still asked, or has rejected it, may be the one.
  const separated = signers.length === 0 || [...approvers, ...missing, ...rejectedBy].some((person) => isIndependent(section, person));
  return {
    complete: missing.length === 0 && rejectedBy.length === 0 && separated,
    missing,
    rejectedBy,
    ...(separated ? {} : { another: anotherMaySign(deciding) }),
  };
}

/**
 * In the order of their acceptance, one for each person for whom it counts: without what was withdrawn, and without approvals that would have overruled the
 * owner at the time.
 */
function effective(signOffs: SignOff[], elsewhere: OwnersWord[] = []): SignOff[] {
  const each = signOffs.flatMap((signOff) => [signOff, ...(signOff.alsoFor === undefined ? [] : [{ ...signOff, as: signOff.alsoFor }])]);
  return each.reduce<SignOff[]>((before, signOff) => {
    if (signOff.decision === 'withdraw') return before.filter(({ by }) => by !== signOff.by);
    return overruled(signOff, before) || rejectedElsewhere(signOff, signOffs, elsewhere) ? before : [...before, signOff];
  }, []);
}

/** The owner's own rejection that this approval of a delegate would overrule. `before`: what was accepted before it. */
function overruled({ by, as, decision }: Pick<SignOff, 'by' | 'as' | 'decision'>, before: SignOff[]): SignOff | undefined {
  if (decision !== 'approve' || by === as) return undefined;
  const own = before.findLast((signOff) => signOff.by === as);
  return own?.decision === 'reject' && own.lifted !== true ? own : undefined;
}

/** The owner's last word before this approval of a delegate is a rejection in another wave. */
function rejectedElsewhere({ by, as, decision, atMs }: Pick<SignOff, 'by' | 'as' | 'decision' | 'atMs'>, signOffs: SignOff[], elsewhere: OwnersWord[]) {
  if (decision !== 'approve' || by === as) return undefined;
  const last = elsewhere.findLast((word) => word.atMs <= atMs);
  if (last?.decision !== 'reject') return undefined;
  return signOffs.some((own) => own.by === as && own.atMs > last.atMs && own.atMs <= atMs) ? undefined : last;
}

/** The owner's own rejection that this would overrule; `wave`: in another wave. */
export const overrules = (
  signOff: Pick<SignOff, 'by' | 'as' | 'decision' | 'atMs'>,
  signOffs: SignOff[],
  elsewhere: OwnersWord[] = [],
): { atMs: number; reason?: string; wave?: string } | undefined => overruled(signOff, effective(signOffs)) ?? rejectedElsewhere(signOff, signOffs, elsewhere);

/** Whether the person has decided something that can be withdrawn. */
export const hasDecided = (person: string, signOffs: SignOff[]): boolean => effective(signOffs).some(({ by }) => by === person);

/**
 * With this one, which replaces what the same person signed for the same digests before: the same person is listed once. A withdrawal replaces everything
 * that the person signed, and the next decision replaces the withdrawal. What lifted a rejection may be replaced: the rejection itself remembers it, or what
 * was accepted in between would count no longer.
 */
export const withSignOff = (signOffs: SignOff[], signOff: SignOff): SignOff[] => [
  ...signOffs
    .filter((earlier) => earlier.by !== signOff.by || (![earlier, signOff].some(({ decision }) => decision === 'withdraw') && !counts(earlier, signOff)))
    .map((earlier) => (isLiftedBy(signOff, earlier) ? { ...earlier, lifted: true } : earlier)),
  signOff,
];

const isLiftedBy = (approval: SignOff, earlier: SignOff) =>
  approval.decision === 'approve' && approval.by === approval.as && earlier.by === approval.by && earlier.decision === 'reject';

export const counts = (signOff: SignOff, { planDigest, previewDigest }: Digests): boolean =>
  signOff.planDigest === planDigest && signOff.previewDigest === previewDigest;
