/**
 * Claims of people: a second owner keeps an access through a rollback, for a reason and until a date. The one fold over them, for the workflow, the checks
 * before an effect and the pages. All times are plan time.
 *
 * A claim only postpones what the rollback owes. Its end asks a person, and revokes nothing and keeps nothing by itself.
 */
import { keptText as beginningOf } from '../kept-text.ts';
import type { MessageOf } from '../messages.ts';
import { instantText } from '../time/instant.ts';
import { durationInWords } from '../time/duration.ts';
import { sizeMistake } from './claims-size.ts';
import type { Refusal } from './who-may.ts';

/** One grant of the release, by the plan's names. */
export interface ClaimedGrant {
  system: string;
  role: string;
  person: string;
}

/** `id`: of the message that made it. `by` answers for the access until the claim has ended. */
export interface AccessClaim {
  id: string;
  by: string;
  grants: ClaimedGrant[];
  atMs: number;
  untilMs: number;
  /** Its beginning: the recorded message and event have all of it. */
  reason: string;
}

export interface AccessClaims {
  /** Neither ended nor replaced; their date may have passed. */
  standing: AccessClaim[];
  /** Of claims that the owner contested: nobody claims these again in this release. */
  contested: ClaimedGrant[];
  /** Of claims that their claimants withdrew a moment ago. Absent: of none. */
  withdrawn?: { by: string; atMs: number; grants: ClaimedGrant[] }[];
  /** How often each person has claimed, claims that were replaced or have ended included. Absent: nobody has. */
  times?: readonly (readonly [by: string, times: number])[];
}

export const noClaims = (): AccessClaims => ({ standing: [], contested: [] });

/** `atMs`: when it was said. `byOwner`: the sender was the owner of the package then, or a standing delegate. */
export interface Said {
  atMs: number;
  byOwner: boolean;
}

/** Of the package as it was signed. `atMost`: how long a claim may last. */
export interface ClaimTerms {
  package: string;
  atMost: number;
}

type ClaimMessage = Pick<MessageOf<'claim'>, 'id' | 'type' | 'by' | 'body'> | Pick<MessageOf<'endClaim'>, 'id' | 'type' | 'by' | 'body'>;

/** Claims of one release that stand at the same time: each is shown to everyone who decides. Nobody takes the places of the others. */
export const mostClaims = 50;
export const mostClaimsOfOne = 10;

/** Over a whole release: the checks before each effect read every claim that was ever made. */
export const mostTimesOfOne = 100;

/**
 * How long a claim stays as it is, unless it ends. The owner contests one by its id: a claimant who made it anew all the time would always be ahead of them, as
 * their message names one that was just replaced.
 */
export const unchangedForMs = 10 * 60_000;

/** Why the message changes nothing; undefined: it counts. Who may send it at all is in who-may.ts. */
export function refusalOfClaim(claims: AccessClaims, message: ClaimMessage, { atMs, byOwner }: Said, terms: ClaimTerms): Refusal | undefined {
  if (message.type === 'endClaim') {
    const claim = claims.standing.find(({ id }) => id === message.body.claim);
    if (!claim) return { code: 'unknown-claim', message: `no claim '${message.body.claim}' on access of '${terms.package}' stands` };
    if (claim.by === message.by || byOwner) return undefined;
    return { code: 'not-authorized', message: `'${claim.by}' made this claim: they end it, or the owner of '${terms.package}' contests it` };
  }
  const { grants, untilMs } = message.body;
  if (grants.some(({ person }) => person === message.by))
    return { code: 'not-authorized', message: `'${message.by}' may not claim their own access: another claimant must` };
  if (untilMs <= atMs) return { code: 'in-the-past', message: `a claim ends on a date that is still to come, and ${instantText(untilMs)} has passed` };
  if (untilMs > atMs + terms.atMost)
    return {
      code: 'claim-out-of-range',
      message: `a claim on access of '${terms.package}' lasts at most ${durationInWords(terms.atMost)}: until ${instantText(atMs + terms.atMost)}`,
    };
  const contestedKeys = keysOf(claims.contested);
  const contested = grants.find((grant) => contestedKeys.has(keyOf(grant)));
  if (contested)
    return {
      code: 'contested',
      message: `the owner of '${terms.package}' contested a claim on '${contested.role}' of '${contested.person}' in '${contested.system}': nobody may claim it again. Ask the owner to keep it`,
    };
  const changed = changedAtMs(claims, message.by, grants);
  if (changed !== undefined && atMs < changed + unchangedForMs)
    return {
      code: 'claim-out-of-range',
      message: `'${message.by}' made or withdrew a claim on the same access of '${terms.package}' on ${instantText(changed)}: change it after ${instantText(changed + unchangedForMs)}, so that its owner can answer to it. Other access can be claimed now`,
    };
  if (timesClaimed(claims, message.by) >= mostTimesOfOne)
    return {
      code: 'claim-out-of-range',
      message: `'${message.by}' has claimed access of '${terms.package}' ${mostTimesOfOne} times already: ask its owner, or another claimant, to keep it`,
    };
  const others = without(claims.standing, message.by, grants);
  if (others.filter(({ by }) => by === message.by).length >= mostClaimsOfOne)
    return {
      code: 'claim-out-of-range',
      message: `'${message.by}' has ${mostClaimsOfOne} claims on access of '${terms.package}' already: end one first, or put several into one`,
    };
  if (others.length >= mostClaims)
    return { code: 'claim-out-of-range', message: `${mostClaims} claims on access of '${terms.package}' stand already: end one first` };
  const tooLarge = sizeMistake(afterClaim(claims, message, { atMs, byOwner }), terms.package);
  return tooLarge === undefined ? undefined : { code: 'claim-out-of-range', message: tooLarge };
}

/** The claims after a message that counts. */
export function afterClaim(claims: AccessClaims, message: ClaimMessage, { atMs }: Said): AccessClaims {
  const { id, by } = message;
  if (message.type === 'claim') {
    const { grants, untilMs, reason } = message.body;
    const claim: AccessClaim = { id, by, grants: [...each(grants)], atMs, untilMs, reason: beginningOf(reason) };
    const times = [...(claims.times ?? []).filter(([who]) => who !== by), [by, timesClaimed(claims, by) + 1] as const];
    return { ...claims, standing: [...without(claims.standing, by, grants), claim], times };
  }
  const ended = claims.standing.find((claim) => claim.id === message.body.claim);
  const standing = claims.standing.filter((claim) => claim !== ended);
  if (!ended) return { ...claims, standing };
  if (ended.by === by) return { ...claims, standing, withdrawn: [...lately(claims, atMs), { by, atMs, grants: ended.grants }] };
  // What one owner contests, no other claim keeps either.
  return {
    ...claims,
    standing: standing.flatMap((claim) => left(claim, ended.grants)),
    contested: [...each([...claims.contested, ...ended.grants])],
  };
}

/** From all messages about the package, in the order in which they were accepted. */
export function claimsFrom(messages: readonly { message: ClaimMessage; said: Said }[], terms: ClaimTerms): AccessClaims {
  return messages.reduce(
    (claims, { message, said }) => (refusalOfClaim(claims, message, said, terms) ? claims : afterClaim(claims, message, said)),
    noClaims(),
  );
}

/**
 * The claim that keeps a grant, the one that lasts longest; undefined: none does. `kept`: a rollback kept it already. Then a date that has passed does not
 * revoke it: a person decides.
 */
export function claimOn({ standing }: { standing: readonly AccessClaim[] }, grant: ClaimedGrant, nowMs: number, kept: boolean): AccessClaim | undefined {
  return standing
    .filter((claim) => (kept || nowMs < claim.untilMs) && keysOf(claim.grants).has(keyOf(grant)))
    .reduce<AccessClaim | undefined>((last, claim) => (last && last.untilMs >= claim.untilMs ? last : claim), undefined);
}

/** Whether any of these claims is on the grant, whatever its date. */
export const isClaimed = (standing: readonly AccessClaim[], grant: ClaimedGrant): boolean => standing.some(({ grants }) => keysOf(grants).has(keyOf(grant)));

/** In ledger, preview and receipt: 'kept for hugo until 2026-05-01 08:00 UTC: the month-end close'. */
export const keptText = ({ by, untilMs, reason }: Pick<AccessClaim, 'by' | 'untilMs' | 'reason'>): string =>
  `kept for ${by} until ${instantText(untilMs)}: ${reason}`;

/** How long before its end its claimant is asked; half of it where that is less. */
const askedBeforeMs = 3 * 86_400_000;
export const askedFromMs = ({ atMs, untilMs }: Pick<AccessClaim, 'atMs' | 'untilMs'>): number => untilMs - Math.min(askedBeforeMs, (untilMs - atMs) / 2);

const keyOf = ({ system, role, person }: ClaimedGrant): string => JSON.stringify([system, role, person]);
const each = (grants: ClaimedGrant[]) => new Map(grants.map((grant) => [keyOf(grant), grant])).values();

/** Of a list that does not change: the fold looks into the same claims for each message. */
const keys = new WeakMap<readonly ClaimedGrant[], Set<string>>();
function keysOf(grants: readonly ClaimedGrant[]): Set<string> {
  const known = keys.get(grants) ?? new Set(grants.map(keyOf));
  keys.set(grants, known);
  return known;
}

const timesClaimed = ({ times = [] }: AccessClaims, by: string): number => times.find(([who]) => who === by)?.[1] ?? 0;

const lately = ({ withdrawn = [] }: AccessClaims, nowMs: number) => withdrawn.filter(({ atMs }) => nowMs < atMs + unchangedForMs);

/** When this person last made or withdrew a claim on any of these. */
function changedAtMs({ standing, withdrawn = [] }: AccessClaims, by: string, grants: ClaimedGrant[]): number | undefined {
  const own = [...standing, ...withdrawn].filter((claim) => claim.by === by && grants.some((grant) => keysOf(claim.grants).has(keyOf(grant))));
  return own.length === 0 ? undefined : Math.max(...own.map(({ atMs }) => atMs));
}

/** A person's claims without these grants: a claim of nothing has ended. */
const without = (standing: AccessClaim[], by: string, grants: ClaimedGrant[]): AccessClaim[] =>
  standing.flatMap((claim) => (claim.by === by ? left(claim, grants) : [claim]));

function left(claim: AccessClaim, gone: ClaimedGrant[]): AccessClaim[] {
  const goneKeys = keysOf(gone);
  const grants = claim.grants.filter((grant) => !goneKeys.has(keyOf(grant)));
  if (grants.length === claim.grants.length) return [claim];
  return grants.length > 0 ? [{ ...claim, grants }] : [];
}
