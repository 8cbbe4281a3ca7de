/**
 * The only writer of the claims of people on what a package granted, and of what follows a rollback that kept something for them: it goes on when one ends.
 * What a claim is and which messages count is decided in domain/authority/access-claims.ts, and again before the effect, from the recorded messages.
 */
import {
  afterClaim,
  isClaimed,
  noClaims,
  refusalOfClaim,
  type AccessClaim,
  type AccessClaims,
  type ClaimedGrant,
} from '../../domain/authority/access-claims.ts';
import { signsFor } from '../../domain/authority/who-may.ts';
import type { MessageOf } from '../../domain/messages.ts';
import { lastHolderText } from '../../domain/release/last-holders.ts';
import { receiptLine } from '../../domain/release/receipt.ts';
import { instantText } from '../../domain/time/instant.ts';
import type { AccessClaimView } from '../../domain/views/access-claim.ts';
import type { Refusal } from '../shared/inbox.ts';
import type { RolePackageState, RollbackRef } from './state.ts';
import { realNowMs } from '../shared/alarm.ts';

export function receiveClaim(state: RolePackageState, message: MessageOf<'claim'> | MessageOf<'endClaim'>): Refusal | undefined {
  const { data, section } = state;
  const { claims: terms } = section.package.rollback;
  if (!terms)
    return { code: 'wrong-stage', message: `the plan lets nobody claim access of '${state.id}' (rollback.claims), so there is nothing to claim or end` };
  if (data.phase === 'granting') return { code: 'wrong-stage', message: `'${state.id}' is still being granted; claim its access once its watch has begun` };
  const claims = data.claims ?? noClaims();
  const atMs = state.planTime(message.atMs);
  const said = { atMs, byOwner: signsFor(section, message.by, atMs) !== undefined };
  const refusal = refusalOfClaim(claims, message, said, { package: state.id, atMost: terms.atMost });
  if (refusal) return refusal;
  const after = afterClaim(claims, message, said);
  const unheeded = message.type === 'claim' ? tooLate(state, message.body.grants) : takesLastHolders(state, claims, after);
  if (unheeded) return unheeded;
  const ended = message.type === 'endClaim' ? claims.standing.find(({ id }) => id === message.body.claim) : undefined;
  data.claims = after;
  // What is undone now may have been read before this.
  if (data.phase === 'claimed' || state.undoing) settleAgain(state);
  if (message.type === 'claim') {
    const { grants, untilMs, reason } = message.body;
    state.logMessage(message, 'access-claimed', `${accesses(grants.length)} until ${instantText(untilMs)}: ${reason}`, { grants, untilMs });
  } else state.logMessage(message, ended?.by === message.by ? 'claim-withdrawn' : 'claim-contested', message.body.reason, { claim: message.body.claim });
  return undefined;
}

/**
 * A claim that the systems would not be asked about keeps nothing: on what is being revoked at this moment, and on what a rollback has revoked. What runs was
 * told of the claims that stood when it began.
 */
function tooLate(state: RolePackageState, grants: ClaimedGrant[]): Refusal | undefined {
  const { id, data, undoing } = state;
  const settles = data.phase === 'claimed';
  const running = undoing && !settles && grants.find(({ person }) => undoing === 'everyone' || undoing.includes(person));
  if (running)
    return {
      code: 'wrong-stage',
      message: `the rollback of '${id}' is running, and began without this claim on '${running.role}' of '${running.person}' in '${running.system}'. If it is still there afterwards, claim it then; otherwise ask the owner of '${id}' for it anew`,
    };
  const gone = grants.find((grant) => isUndone(state, grant));
  if (gone)
    return {
      code: 'wrong-stage',
      message: `'${id}' was rolled back, and '${gone.role}' of '${gone.person}' in '${gone.system}' was not kept: only what was kept can be claimed again. Ask its owner for the access anew`,
    };
  const { standing } = data.claims ?? noClaims();
  const ending = settles && undoing ? grants.find((grant) => !isClaimed(standing, grant)) : undefined;
  return ending
    ? {
        code: 'wrong-stage',
        message: `'${ending.role}' of '${ending.person}' in '${ending.system}' is being revoked at this moment, because nobody claimed it any more. If it is still there afterwards, claim it then; otherwise ask the owner of '${id}' for it anew`,
      }
    : undefined;
}

/** By the receipts: of a system without one nothing is undone. What could not be revoked is still there. */
function isUndone({ data }: RolePackageState, grant: ClaimedGrant): boolean {
  const receipt = data.receipts.find(({ system }) => system === grant.system);
  return receipt !== undefined && ![...(receipt.claimed ?? []), ...receipt.failed].some(({ role, person }) => role === grant.role && person === grant.person);
}

/**
 * The end of a claim that would revoke nothing, because each access that nobody else claims is the last one with a role that always keeps a holder. Where other
 * access ends with it, that is revoked, and the last one is told as what could not be (claimsUnsettled).
 */
function takesLastHolders(state: RolePackageState, before: AccessClaims, after: AccessClaims): Refusal | undefined {
  const { data, id } = state;
  if (data.phase !== 'claimed') return undefined;
  const kept = data.receipts.flatMap(({ system, claimed = [], lastHolders = [] }) =>
    claimed.map(({ role, person }) => ({ system, role, person, isLast: lastHolders.includes(role) })),
  );
  const left = kept.filter((grant) => isClaimed(after.standing, grant));
  const ending = kept.filter((grant) => isClaimed(before.standing, grant) && !isClaimed(after.standing, grant));
  const [first] = ending;
  const isHeld = ({ system, role }: ClaimedGrant) => left.some((grant) => grant.system === system && grant.role === role);
  if (!first || !ending.every((grant) => grant.isLast && !isHeld(grant))) return undefined;
  // They may have given it to somebody else since it was read.
  settleAgain(state);
  return {
    code: 'last-holder',
    message: `to end this claim on access of '${id}' ${lastHolderText(first.role)} in '${first.system}'. Nothing was changed. The system is read again now: if somebody else has it already, end the claim in a minute, with a new message`,
  };
}

/** Whether the rollback kept something for a claim: then it is not over yet. */
export function keepForClaims(state: RolePackageState, rollback: RollbackRef): boolean {
  const { data } = state;
  const { receipts } = data;
  delete data.claimsProblem;
  delete data.claimsLeft;
  if (!receipts.some(({ claimed }) => claimed !== undefined)) return false;
  if (data.phase === 'claimed') return true;
  data.phase = 'claimed';
  data.rollback = rollback;
  delete data.abort;
  delete data.order;
  delete data.extraEvaluation;
  state.event('kept-for-claims', receiptLine(receipts));
  return true;
}

export function settleAgain({ data }: RolePackageState): void {
  data.claimsChanged = true;
  delete data.claimsLeft;
  if (data.phase === 'claimed') delete data.recheckAtRealMs;
}

/** What is no longer claimed is revoked now. Undefined: nothing changed, or it failed and its time has not come. */
export function claimsToSettle({ data }: RolePackageState): RollbackRef | undefined {
  if (data.phase !== 'claimed' || !data.claimsChanged) return undefined;
  return data.recheckAtRealMs !== undefined && realNowMs() < data.recheckAtRealMs ? undefined : data.rollback;
}

/** Systems that may have something to revoke: after a failure the ones that failed, as long as no claim changes. */
export const systemsToSettle = ({ data }: RolePackageState): string[] =>
  data.claimsLeft ?? data.receipts.filter(({ claimed, failed }) => claimed !== undefined || failed.length > 0).map(({ system }) => system);

/** It is tried again, and its people are told until then. What a claim changed meanwhile is tried at once. */
export function claimsUnsettled(state: RolePackageState, { why, systems, nextTryRealMs }: { why: string; systems: string[]; nextTryRealMs: number }): void {
  const { data } = state;
  if (!data.claimsChanged) {
    data.claimsChanged = true;
    data.claimsLeft = systems;
    data.recheckAtRealMs = nextTryRealMs;
  }
  if (data.claimsProblem !== why) state.event('claims-not-settled', why);
  data.claimsProblem = why;
}

export function claimViews(state: RolePackageState): AccessClaimView[] {
  const nowMs = state.nowMs();
  return openClaims(state, nowMs).map(({ id, by, grants, atMs, untilMs, reason }) => ({
    id,
    by,
    grants,
    atMs,
    untilMs,
    reason,
    ...(state.data.phase === 'claimed' ? { keeps: true as const } : {}),
    ...(untilMs <= nowMs ? { overdue: true as const } : {}),
  }));
}

/** Before a rollback, a claim whose date has passed keeps nothing. What a rollback has kept, be it in one of its systems, stands until a person decides. */
function openClaims({ data }: RolePackageState, nowMs: number): AccessClaim[] {
  const { standing } = data.claims ?? noClaims();
  return data.phase === 'claimed' ? standing : standing.filter(({ untilMs, grants }) => nowMs < untilMs || grants.some(isKept(data)));
}

const isKept =
  ({ receipts }: RolePackageState['data']) =>
  (grant: ClaimedGrant): boolean =>
    receipts.some(({ system, claimed = [] }) => system === grant.system && claimed.some(({ role, person }) => role === grant.role && person === grant.person));

const accesses = (count: number): string => (count === 1 ? '1 access' : `${count} accesses`);
