/**
 * The check before every effect. A workflow that says 'signed' is not believed: whoever reaches the engine's namespace can start one. The messages
 * are read from the store, their seals verified again, and judged by the same rules as when they were accepted (R3).
 */
import {
  answerOf,
  approvedBy,
  blackoutInTheWay,
  decidedAtMs,
  decisionsFrom,
  freezeAt,
  rollbackApprovals,
  type Decisions,
  type Terms,
} from '../domain/authority/proposals.ts';
import type { Message } from '../domain/messages.ts';
import { stepOf } from '../domain/tune/steps.ts';
import { sameTune } from '../domain/tune/tune.ts';
import { refuseIfSuperseded } from './release-status.ts';
import type { EntitlementActivities, ReleaseRef } from './contract.ts';
import { nowMs, type ActivityDeps } from './deps.ts';
import { notCovered, stopped } from './failures.ts';
import {
  blackoutsOf,
  refuseForBlackout,
  refuseIfFrozen,
  refuseIfObserved,
  refuseIfRolledBack,
  refuseInBlackout,
  refuseUnlessLifted,
  refuseUnlessRiskIsAccepted,
  refuseUnlessSigned,
} from './refusals.ts';
import type { LoadedRelease } from './release.ts';
import { authorizedMessages, effectContext, isOwnersWord, type EffectContext } from './authorized-messages.ts';

/** To retire what the sign-offs cover: every signer's latest decision on exactly these digests approves, a hold was lifted, and no blackout holds it. */
export async function requireRetirement(deps: ActivityDeps, release: ReleaseRef): Promise<LoadedRelease> {
  const loaded = await effectContext(deps, release);
  const messages = await authorizedMessages(deps, loaded, release);
  refuseUnlessSigned(loaded, release, messages);
  refuseUnlessLifted(loaded, release, messages);
  refuseInBlackout(loaded, release, messages);
  return loaded;
}

/** To grant access for the first time: what sign-offs cover, a risk that is accepted today, and nobody has aborted or rolled back. */
export async function requireRelease(deps: ActivityDeps, release: ReleaseRef): Promise<LoadedRelease> {
  const loaded = await effectContext(deps, release);
  const messages = await authorizedMessages(deps, loaded, release);
  refuseUnlessSigned(loaded, release, messages);
  refuseUnlessLifted(loaded, release, messages);
  refuseUnlessRiskIsAccepted(loaded, release, messages);
  refuseInBlackout(loaded, release, messages);
  const abort = messages.find(({ type }) => type === 'abort');
  if (abort) throw stopped(`'${release.package}' was aborted by ${abort.by}: nothing is granted any more`);
  await refuseIfRolledBack(deps, release);
  return loaded;
}

/**
 * To tune. What only restores what was signed needs no more than its sign-offs; what changes it needs the owner's word for exactly that; and in a
 * blackout what revokes access needs somebody's word for exactly that from within it.
 */
export async function requireTune(deps: ActivityDeps, release: ReleaseRef, tune: TuneRef): Promise<LoadedRelease> {
  const loaded = await effectContext(deps, release);
  const messages = await authorizedMessages(deps, loaded, release);
  refuseUnlessSigned(loaded, release, messages);
  refuseUnlessLifted(loaded, release, messages);
  await refuseIfRolledBack(deps, release);
  await refuseIfSuperseded(deps, release);
  const { decisions, terms } = decisionsOn(deps, loaded, release, messages);
  const { revokesAccess, grantsAccess, needsOwner } = stepOf(tune.step);
  if (grantsAccess) refuseIfFrozen(freezeAt(decisions, loaded.planNowMs), release);
  const wordMs = wordOn(loaded, tune, messages, decisions);
  if (tune.restore && wordMs === undefined)
    throw notCovered(`no approval on record rolls back exactly these people of '${release.package}': nothing was revoked`);
  if (needsOwner && wordMs === undefined)
    throw notCovered(
      `'${tune.step}' revokes access of '${release.package}', and ${terms.owner} (or a delegate) has neither asked for exactly this nor approved it: nothing was changed`,
    );
  if (revokesAccess) refuseForBlackout(blackoutInTheWay(terms, wordMs, loaded.planNowMs), loaded, release);
  return loaded;
}

/** When somebody who may decided on exactly this tune by the message that it names; undefined: nobody did. */
function wordOn(loaded: EffectContext, tune: TuneRef, messages: Message[], decisions: Decisions): number | undefined {
  const { id, restore, people, step, entitlement } = tune;
  if (restore) {
    const approved = people && approvedBy(decisions, id, { rollbackOf: people });
    return approved && decidedAtMs(approved);
  }
  const exactly = { step, ...(people ? { people } : {}), ...(entitlement ? { entitlement } : {}) };
  const approved = approvedBy(decisions, id, exactly);
  if (approved) return decidedAtMs(approved);
  const order = messages.find((message) => message.id === id);
  if (order?.type !== 'tune' || !sameTune(order.body, exactly)) return undefined;
  return !stepOf(step).needsOwner || isOwnersWord(loaded, order) ? loaded.planTime(order.atMs) : undefined;
}

/**
 * To roll back: the approval of a proposed rollback by everybody whom the plan wants, an abort, or a plan that says 'automatic'.
 * Sign-offs are not asked: undoing what was done never waits for them.
 */
export async function requireRollback(deps: ActivityDeps, release: ReleaseRef, rollback: { approval: string; second?: string }): Promise<LoadedRelease> {
  const loaded = await effectContext(deps, release);
  refuseIfObserved(loaded, release);
  await refuseIfSuperseded(deps, release);
  const messages = await authorizedMessages(deps, loaded, release);
  const { decisions, terms } = decisionsOn(deps, loaded, release, messages);
  const { planNowMs, planTime } = loaded;
  if (rollback.approval === 'automatic') {
    if (loaded.rolePackage.rollback.approval !== 'automatic')
      throw notCovered(`the plan does not let '${release.package}' be rolled back by itself: its owner ${terms.owner} must approve it`);
    refuseIfFrozen(freezeAt(decisions, planNowMs), release);
    refuseForBlackout(blackoutInTheWay(terms, undefined, planNowMs), loaded, release);
    return loaded;
  }
  const named = messages.find(({ id }) => id === rollback.approval);
  if (named?.type === 'abort') {
    refuseForBlackout(blackoutInTheWay(terms, planTime(named.atMs), planNowMs), loaded, release);
    return loaded;
  }
  const asked = [rollback.approval, ...(rollback.second === undefined ? [] : [rollback.second])];
  const covers = (approvals: { message: string }[] | undefined) => asked.every((id) => approvals?.some(({ message }) => message === id));
  if (covers(rollbackApprovals(decisions, terms, planNowMs))) return loaded;
  // Approved, and a blackout began since: that is another answer than 'nobody approved it'.
  if (named && covers(rollbackApprovals(decisions, terms, planTime(named.atMs))))
    refuseForBlackout(blackoutInTheWay(terms, planTime(named.atMs), planNowMs), loaded, release);
  throw notCovered(
    `no message '${rollback.approval}' that approves a rollback of '${release.package}' by ${terms.owner}, a delegate, or an abort is on record: nothing was revoked`,
  );
}

/** What the signed answers on record amount to, by the same fold as in the workflow that asked. */
function decisionsOn(deps: ActivityDeps, loaded: EffectContext, release: ReleaseRef, messages: Message[]): { decisions: Decisions; terms: Terms } {
  const { section } = loaded;
  const terms: Terms = {
    package: release.package,
    owner: loaded.decidersAt(nowMs(deps)).section.package.owner,
    rollbackApprovals: section.rollbackApprovals,
    observed: section.change === 'observe',
    blackouts: blackoutsOf(loaded),
  };
  const answers = messages.flatMap((message) =>
    message.type === 'decide' ? [answerOf(message, { byOwner: isOwnersWord(loaded, message), atMs: loaded.planTime(message.atMs) })] : [],
  );
  return { decisions: decisionsFrom(answers, terms), terms };
}

type TuneRef = Parameters<EntitlementActivities['tuneAccess']>[2];
