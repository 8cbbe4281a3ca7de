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
import { claimText } from '../../domain/authority/event-of-message.ts';
import { signsFor } from '../../domain/authority/who-may.ts';
import type { MessageOf } from '../../domain/messages.ts';
import { lastHolderText } from '../../domain/release/last-holders.ts';
import { countsOf, receiptLine, type Receipt } from '../../domain/release/receipt.ts';
import type { AccessClaimView } from '../../domain/views/access-claim.ts';
import type { Refusal } from '../shared/inbox.ts';
import { recordReceipts } from './receipts.ts';
import type { PackageData, RolePackageState, RollbackRef } from './state.ts';
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
  if (data.phase === 'claimed') settleAgain(state, message.type === 'claim' ? message.body.grants : (ended?.grants ?? []));
  // The systems were told of the claims before this.
  else if (state.undoing) data.claimsChanged = true;
  if (message.type === 'claim') {
    const { grants, untilMs } = message.body;
    state.logMessage(message, 'access-claimed', claimText(message.body), { grants, untilMs });
  } else state.logMessage(message, ended?.by === message.by ? 'claim-withdrawn' : 'claim-contested', message.body.reason, { claim: message.body.claim });
  return undefined;
}

/**
 * A claim that the systems would not be asked about keeps nothing: on what is being revoked at this moment, and on what a rollback has revoked. What runs was
 * told of the claims that stood when it began.
 */
function tooLate({ id, data, undoing, settling }: RolePackageState, grants: ClaimedGrant[]): Refusal | undefined {
  const otherwise = `If it is still there afterwards, claim it then; otherwise ask the owner of '${id}' for it anew`;
  const running = undoing && grants.find(({ person }) => undoing === 'everyone' || undoing.includes(person));
  if (running)
    return {
      code: 'wrong-stage',
      message: `the rollback of '${id}' is running, and began without this claim on ${accessText(running)}. ${otherwise}`,
    };
  const gone = grants.find((grant) => isUndone(data, grant));
  if (gone)
    return {
      code: 'wrong-stage',
      message: `'${id}' was rolled back, and ${accessText(gone)} was not kept: only what was kept can be claimed again. Ask its owner for the access anew`,
    };
  const { standing } = data.claims ?? noClaims();
  const ending = grants.find((grant) => settling.has(grant.system) && !isClaimed(standing, grant));
  return ending
    ? { code: 'wrong-stage', message: `${accessText(ending)} is being revoked at this moment, because nobody claimed it any more. ${otherwise}` }
    : undefined;
}

const accessText = ({ system, role, person }: ClaimedGrant): string => `'${role}' of '${person}' in '${system}'`;

/**
 * By the receipts: of a system without one nothing is undone. What could not be revoked is still there. Where only the first lines of that are here, the endpoint
 * has seen in the ledger what is left.
 */
function isUndone({ receipts }: PackageData, grant: ClaimedGrant): boolean {
  const receipt = receipts.find(({ system }) => system === grant.system);
  if (receipt === undefined || countsOf(receipt).failed > receipt.failed.length) return false;
  return ![...(receipt.claimed ?? []), ...receipt.failed].some(({ role, person }) => role === grant.role && person === grant.person);
}

/**
 * The end of a claim that would revoke nothing, because each access that nobody else claims is the last one with a role that always keeps a holder. Where other
 * access ends with it, that is revoked, and the last one is told as what could not be.
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
  settleAgain(state, ending);
  return {
    code: 'last-holder',
    message: `to end this claim on access of '${id}' ${lastHolderText(first.role)} in '${first.system}'. Nothing was changed. The system is read again now: if somebody else has it already, end the claim in a minute, with a new message`,
  };
}

/** Whether the rollback kept something for a claim: then it is not over yet. */
export function keepForClaims(state: RolePackageState, rollback: RollbackRef): boolean {
  const { data } = state;
  const kept = data.receipts.flatMap(({ system, claimed = [] }) => claimed.map(({ role, person }) => ({ system, role, person })));
  if (kept.length === 0) return false;
  data.phase = 'claimed';
  data.rollback = rollback;
  delete data.abort;
  delete data.order;
  delete data.extraEvaluation;
  if (data.claimsChanged) settleAgain(state, kept);
  delete data.claimsChanged;
  state.event('kept-for-claims', receiptLine(data.receipts));
  return true;
}

/** What is no longer claimed of these is revoked now, or as soon as the system has answered to what it does now. */
function settleAgain({ data }: RolePackageState, grants: ClaimedGrant[]): void {
  const systems = new Set(grants.map(({ system }) => system));
  const others = (data.toSettle ?? []).filter(({ system }) => !systems.has(system));
  data.toSettle = [...others, ...[...systems].map((system) => ({ system, fromRealMs: 0 }))];
}

/** What is left to do in systems that do nothing now, and from when on (real time). */
export const leftToSettle = ({ data, settling }: RolePackageState): { system: string; fromRealMs: number }[] =>
  (data.toSettle ?? []).filter(({ system }) => !settling.has(system) && data.receipts.some((receipt) => receipt.system === system && isOpen(receipt)));

/** Systems whose time has come. */
export const systemsToSettle = (state: RolePackageState): string[] =>
  leftToSettle(state).flatMap(({ system, fromRealMs }) => (fromRealMs <= realNowMs() ? [system] : []));

/** Nothing is left that the rollback kept. */
export const isSettled = ({ data, settling }: RolePackageState): boolean => settling.size === 0 && !data.receipts.some(isOpen);

const isOpen = ({ claimed, failed }: Receipt): boolean => claimed !== undefined || failed.length > 0;

export function settlingBegins({ data }: RolePackageState, of: string): void {
  data.toSettle = (data.toSettle ?? []).filter(({ system }) => system !== of);
}

/** Where it failed it is tried again, and its people are told until then. What a claim has changed meanwhile is tried at once. */
export function settled(state: RolePackageState, system: string, answer: { done: Receipt } | { refusal: string }, nextTryRealMs: number): void {
  const { data } = state;
  if ('done' in answer) recordReceipts(state, [answer.done]);
  const why = 'refusal' in answer ? `${system}: ${answer.refusal}` : failedText(answer.done);
  const { claimsProblems = [], toSettle = [] } = data;
  const others = claimsProblems.filter((problem) => problem.system !== system);
  data.claimsProblems = why === undefined ? others : [...others, { system, why }];
  if (why === undefined) return;
  if (!toSettle.some((each) => each.system === system)) data.toSettle = [...toSettle, { system, fromRealMs: nextTryRealMs }];
  if (!claimsProblems.some((problem) => problem.system === system && problem.why === why)) state.event('claims-not-settled', why);
}

function failedText(receipt: Receipt): string | undefined {
  const { system, failed } = receipt;
  if (failed.length === 0) return undefined;
  const lines = failed.slice(0, 3).map(({ role, account, why }) => `${role} of ${account} in ${system}: ${why}`);
  const more = countsOf(receipt).failed - lines.length;
  return [...lines, ...(more > 0 ? [`${more} more in ${system}`] : [])].join('; ');
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
  ({ receipts }: PackageData) =>
  (grant: ClaimedGrant): boolean =>
    receipts.some(({ system, claimed = [] }) => system === grant.system && claimed.some(({ role, person }) => role === grant.role && person === grant.person));
