/**
 * The check before every effect. It does not trust the workflow, because anyone who reaches the Temporal namespace can start one. It reads the
 * messages from the store, verifies their seals again, and applies the same rules as when they were accepted (R3).
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
import { recheckedForMs } from '../domain/access/recheck.ts';
import { stepOf, undoes } from '../domain/tune/steps.ts';
import { sameTune } from '../domain/tune/tune.ts';
import type { EntitlementActivities, ReleaseRef } from './contract.ts';
import type { ActivityDeps } from './deps.ts';
import { keyOf } from '../domain/release/ledger.ts';
import { laterDeciders, refuseIfHeldSince } from './past-deciders.ts';
import { refuseOtherWorkflows } from './caller.ts';
import { compareNow } from './entitlements.ts';
import { notCovered } from './failures.ts';
import { refuseUnlessCompared, refuseUnlessOnItsDate, refuseUnlessReady } from './first-effect.ts';
import {
  refuseForBlackout,
  refuseIfAborted,
  refuseIfFrozen,
  refuseIfObserved,
  refuseIfRolledBack,
  refuseIfSuperseded,
  refuseInBlackout,
  refuseUnlessLifted,
  refuseUnlessProposed,
  refuseUnlessSigned,
} from './refusals.ts';
import { hasBegun, type LoadedRelease } from './release.ts';
import { refuseUnlessInOrder } from './release-order.ts';
import { refuseBySite } from './site-refusals.ts';
import { effectContext, isOwnersWord, type EffectContext } from './authorized-messages.ts';

/**
 * Before every effect, whatever it is: the package's own workflow asks for it, and the store has this revision and these previews. The rights that the site
 * gives are checked last, by each effect for itself, because what only undoes needs none.
 */
async function everyEffect(deps: ActivityDeps, release: ReleaseRef): Promise<EffectContext> {
  refuseOtherWorkflows(keyOf(release));
  return effectContext(deps, release);
}

/** Before granting access for the first time: see `first-effect.ts`. An effect that has begun may finish on another day, as long as it is still covered. */
export async function requireRelease(deps: ActivityDeps, release: ReleaseRef, system: string): Promise<EffectContext> {
  const loaded = await everyEffect(deps, release);
  const { messages } = loaded;
  refuseUnlessSigned(loaded, release, messages);
  refuseUnlessLifted(loaded, release, messages);
  if (hasBegun(loaded, release)) refuseInBlackout(loaded, release, messages);
  else await refuseFirstEffect(deps, loaded, release, system);
  refuseIfAborted(messages, release);
  refuseIfRolledBack(loaded, release);
  refuseIfFrozen(freezeAt(decisionsOn(loaded, release).decisions, loaded.planNowMs), release);
  refuseBySite(deps.site(), loaded.contents.values());
  return loaded;
}

async function refuseFirstEffect(deps: ActivityDeps, loaded: EffectContext, release: ReleaseRef, system: string): Promise<void> {
  const { messages } = loaded;
  await refuseUnlessPlanned(deps, loaded, release);
  await refuseIfHeldSince(deps, loaded);
  refuseUnlessReady(loaded, release, messages);
  refuseUnlessCompared(loaded, release);
  refuseUnlessOnItsDate(deps, loaded, release, messages);
  refuseUnlessCompared(await comparedLately(deps, loaded, release, system), release);
  await refuseUnlessInOrder(deps, loaded, release);
}

/** A revision that takes the package out of its wave, or the wave out of the plan, stops its release. What has begun is rolled back or goes on. */
async function refuseUnlessPlanned(deps: ActivityDeps, loaded: EffectContext, release: ReleaseRef): Promise<void> {
  const later = await laterDeciders(deps, loaded, release.package);
  if (later?.left)
    throw notCovered(
      `revision ${later.revision} of plan '${release.plan}' no longer has '${release.package}' in wave '${release.wave}', so nothing was granted`,
    );
}

/**
 * The wave compares right before it releases. Where all workers were away since, or the package waited for the others of its wave, that may be long ago. Only
 * the system of this effect is read again: this worker may have the credentials of no other.
 */
async function comparedLately(deps: ActivityDeps, loaded: EffectContext, release: ReleaseRef, system: string): Promise<EffectContext> {
  const before = loaded.compared.get(system);
  if (!before || before.ageMs < recheckedForMs) return loaded;
  await compareNow(deps, loaded, release, system);
  return { ...loaded, compared: await deps.store.rechecks({ ...keyOf(release), previewDigest: release.previewDigest }) };
}

/** Before retiring access: the release has begun, every signer's latest decision on exactly these digests approves, the hold is lifted, and nothing defers it. */
export async function requireRetirement(deps: ActivityDeps, release: ReleaseRef): Promise<LoadedRelease> {
  const loaded = await everyEffect(deps, release);
  const { messages } = loaded;
  refuseUnlessSigned(loaded, release, messages);
  refuseUnlessLifted(loaded, release, messages);
  refuseUnlessBegun(loaded, release);
  refuseInBlackout(loaded, release, messages);
  refuseIfFrozen(freezeAt(decisionsOn(loaded, release).decisions, loaded.planNowMs), release);
  refuseBySite(deps.site(), loaded.contents.values());
  return loaded;
}

/**
 * Before tuning. A step that only restores what was signed needs only its sign-offs. A step that changes it needs the owner's decision on exactly that
 * step. During a blackout, a step that revokes access needs a decision on exactly that step made within the blackout. A release that was stopped before its
 * first effect is granted as if for the first time.
 */
export async function requireTune(deps: ActivityDeps, release: ReleaseRef, system: string, tune: TuneRef): Promise<EffectContext> {
  const loaded = await everyEffect(deps, release);
  const { messages } = loaded;
  refuseUnlessSigned(loaded, release, messages);
  refuseUnlessLifted(loaded, release, messages);
  const { revokesAccess, grantsAccess, needsOwner } = stepOf(tune.step);
  if (!hasBegun(loaded, release)) {
    if (!grantsAccess) refuseUnlessBegun(loaded, release);
    await refuseFirstEffect(deps, loaded, release, system);
  }
  refuseIfRolledBack(loaded, release);
  refuseIfSuperseded(loaded, release);
  const { decisions, terms } = decisionsOn(loaded, release);
  if (grantsAccess) refuseIfFrozen(freezeAt(decisions, loaded.planNowMs), release);
  const wordMs = wordOn(loaded, tune, messages, decisions);
  if (tune.restore && wordMs === undefined)
    throw notCovered(`no recorded approval covers a rollback of exactly these people of '${release.package}', so nothing was revoked`);
  if (needsOwner && wordMs === undefined)
    throw notCovered(
      `'${tune.step}' revokes access of '${release.package}', but ${terms.owner} (or a delegate) has neither ordered nor approved exactly this, so nothing was changed`,
    );
  if (revokesAccess) refuseForBlackout(blackoutInTheWay(terms, wordMs, loaded.planNowMs), loaded, release);
  // What only undoes stays possible when a right was withdrawn.
  if (!undoes(tune.step)) refuseBySite(deps.site(), loaded.contents.values());
  return loaded;
}

function refuseUnlessBegun(loaded: EffectContext, release: ReleaseRef): void {
  if (!hasBegun(loaded, release)) throw notCovered(`'${release.package}' is not released, so nothing was changed`);
}

/** When an authorized person decided on exactly this tune with the message that it names. Undefined: nobody did. */
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
 * Before a rollback: it is approved by everyone whom the plan requires, or there is an abort where one person is enough, or the plan
 * says 'automatic'.
 * Sign-offs are not needed: undoing what was done never waits for them.
 */
export async function requireRollback(deps: ActivityDeps, release: ReleaseRef, rollback: { approval: string; second?: string }): Promise<EffectContext> {
  const loaded = await everyEffect(deps, release);
  const { messages } = loaded;
  refuseIfObserved(loaded, release);
  refuseIfSuperseded(loaded, release);
  const { decisions, terms } = decisionsOn(loaded, release);
  const { planNowMs, planTime } = loaded;
  if (rollback.approval === 'automatic') {
    if (loaded.rolePackage.rollback.approval !== 'automatic')
      throw notCovered(`the plan does not allow an automatic rollback of '${release.package}': its owner ${terms.owner} must approve it`);
    refuseUnlessProposed(loaded, release, messages);
    refuseIfFrozen(freezeAt(decisions, planNowMs), release);
    refuseForBlackout(blackoutInTheWay(terms, undefined, planNowMs), loaded, release);
    return loaded;
  }
  const named = messages.find(({ id }) => id === rollback.approval);
  if (named?.type === 'abort') {
    refuseAbortByOne(loaded, release, named.by);
    refuseForBlackout(blackoutInTheWay(terms, planTime(named.atMs), planNowMs), loaded, release);
    return loaded;
  }
  const asked = [rollback.approval, ...(rollback.second === undefined ? [] : [rollback.second])];
  const covers = (approvals: { message: string }[] | undefined) => asked.every((id) => approvals?.some(({ message }) => message === id));
  if (covers(rollbackApprovals(decisions, terms, planNowMs))) return loaded;
  // Approved, but a blackout began since: not the same answer as 'nobody approved it'.
  if (named && covers(rollbackApprovals(decisions, terms, planTime(named.atMs))))
    refuseForBlackout(blackoutInTheWay(terms, planTime(named.atMs), planNowMs), loaded, release);
  throw notCovered(
    `there is no recorded message '${rollback.approval}' in which ${terms.owner} or a delegate approves a rollback of '${release.package}', and no abort, so nothing was revoked`,
  );
}

/** After a rollback that kept access for claims of people: what it still owes needs no approval of its own. */
export const requireRolledBack = (deps: ActivityDeps, release: ReleaseRef): Promise<EffectContext> => everyEffect(deps, release);

/** One person ends what has granted nothing yet, and what one person may have rolled back. An abort that was sent before the release began counts no further. */
function refuseAbortByOne(loaded: EffectContext, release: ReleaseRef, by: string): void {
  if (loaded.section.rollbackApprovals !== 2 || !hasBegun(loaded, release)) return;
  throw notCovered(`two people must approve a rollback of '${release.package}', and only ${by} aborted it, so nothing was revoked`);
}

/** The decisions from the recorded signed answers, by the same fold as in the workflow. */
function decisionsOn(loaded: EffectContext, release: ReleaseRef): { decisions: Decisions; terms: Terms } {
  const { section } = loaded;
  const terms: Terms = {
    package: release.package,
    owner: loaded.owner,
    rollbackApprovals: section.rollbackApprovals,
    observed: section.change === 'observe',
    blackouts: loaded.blackouts,
  };
  const answers = loaded.messages.flatMap((message) =>
    message.type === 'decide' ? [answerOf(message, { byOwner: isOwnersWord(loaded, message), atMs: loaded.planTime(message.atMs) })] : [],
  );
  return { decisions: decisionsFrom(answers, terms), terms };
}

type TuneRef = Parameters<EntitlementActivities['tuneAccess']>[2];
