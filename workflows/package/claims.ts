/**
 * The only writer of the claims of people on what a package granted, and of what follows a rollback that kept something for them: it goes on when one ends.
 * What a claim is and which messages count is decided in domain/authority/access-claims.ts, and again before the effect, from the recorded messages.
 */
import { afterClaim, noClaims, refusalOfClaim, type AccessClaim } from '../../domain/authority/access-claims.ts';
import { signsFor } from '../../domain/authority/who-may.ts';
import type { MessageOf } from '../../domain/messages.ts';
import { receiptLine, type Receipt } from '../../domain/release/receipt.ts';
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
  const running = state.proposal?.running;
  if (running)
    return { code: 'wrong-stage', message: `the rollback of '${state.id}' is running, so it is too late to change a claim. Try again once it is done` };
  const claims = data.claims ?? noClaims();
  const atMs = state.planTime(message.atMs);
  const said = { atMs, byOwner: signsFor(section, message.by, atMs) !== undefined };
  const refusal = refusalOfClaim(claims, message, said, { package: state.id, atMost: terms.atMost }) ?? outOfReach(state, message);
  if (refusal) return refusal;
  const ended = message.type === 'endClaim' ? claims.standing.find(({ id }) => id === message.body.claim) : undefined;
  data.claims = afterClaim(claims, message, said);
  if (data.phase === 'claimed') settleAgain(state);
  if (message.type === 'claim') {
    const { grants, untilMs, reason } = message.body;
    state.logMessage(message, 'access-claimed', `${accesses(grants.length)} until ${instantText(untilMs)}: ${reason}`, { grants, untilMs });
  } else state.logMessage(message, ended?.by === message.by ? 'claim-withdrawn' : 'claim-contested', message.body.reason, { claim: message.body.claim });
  return undefined;
}

/** After the rollback only what it kept can be claimed: what was revoked is gone. */
function outOfReach({ data, id }: RolePackageState, message: MessageOf<'claim'> | MessageOf<'endClaim'>): Refusal | undefined {
  if (message.type === 'endClaim' || data.phase !== 'claimed') return undefined;
  const kept = new Set(data.receipts.flatMap(({ system, claimed = [] }) => claimed.map(({ role, person }) => JSON.stringify([system, role, person]))));
  const gone = message.body.grants.find(({ system, role, person }) => !kept.has(JSON.stringify([system, role, person])));
  if (!gone) return undefined;
  return {
    code: 'wrong-stage',
    message: `'${id}' was rolled back, and '${gone.role}' of '${gone.person}' in '${gone.system}' was not kept: only what was kept can be claimed again`,
  };
}

/** Whether the rollback kept something for a claim: then it is not over yet. */
export function keepForClaims(state: RolePackageState, receipts: Receipt[], rollback: RollbackRef): boolean {
  const { data } = state;
  data.receipts = receipts;
  delete data.claimsProblem;
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
  delete data.recheckAtRealMs;
}

/** What is no longer claimed is revoked now. Undefined: nothing changed, or it failed and its time has not come. */
export function claimsToSettle({ data }: RolePackageState): RollbackRef | undefined {
  if (data.phase !== 'claimed' || !data.claimsChanged) return undefined;
  return data.recheckAtRealMs !== undefined && realNowMs() < data.recheckAtRealMs ? undefined : data.rollback;
}

/** It is tried again, and its people are told until then. */
export function claimsUnsettled(state: RolePackageState, why: string, nextTryRealMs: number): void {
  const { data } = state;
  data.claimsChanged = true;
  data.recheckAtRealMs = nextTryRealMs;
  if (data.claimsProblem !== why) state.event('claims-not-settled', why);
  data.claimsProblem = why;
}

export function claimViews(state: RolePackageState): AccessClaimView[] {
  const nowMs = state.nowMs();
  return openClaims(state).map(({ id, by, grants, atMs, untilMs, reason }) => ({
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

/** Before a rollback, a claim whose date has passed keeps nothing. Afterwards it stands until a person decides. */
function openClaims(state: RolePackageState): AccessClaim[] {
  const { standing } = state.data.claims ?? noClaims();
  const nowMs = state.nowMs();
  return state.data.phase === 'claimed' ? standing : standing.filter(({ untilMs }) => nowMs < untilMs);
}

const accesses = (count: number): string => (count === 1 ? '1 access' : `${count} accesses`);
