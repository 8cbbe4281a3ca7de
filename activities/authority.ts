/**
 * The check before every effect. A workflow that says 'signed' is not believed: whoever reaches the engine's namespace can start one. The messages
 * are read from the store, their seals verified again, and judged by the same rules as when they were accepted (R3).
 */
import { stepOf } from '../domain/tune/steps.ts';
import type { Message, MessageOf } from '../domain/messages.ts';
import type { TuneStep } from '../domain/plan/schema.ts';
import { refuseIfSuperseded } from './release-status.ts';
import type { ReleaseRef } from './contract.ts';
import type { ActivityDeps } from './deps.ts';
import { notCovered, stopped } from './failures.ts';
import {
  refuseIfFrozen,
  refuseIfObserved,
  refuseIfRolledBack,
  refuseInBlackout,
  refuseUnlessLifted,
  refuseUnlessRiskIsAccepted,
  refuseUnlessSigned,
  wentAhead,
} from './refusals.ts';
import type { LoadedRelease } from './release.ts';
import { effectContext, ownersWord, authorizedMessages } from './authorized-messages.ts';

/** To retire what the sign-offs cover: every signer's latest decision on exactly these digests approves, a hold was lifted, and no blackout holds it. */
export async function requireRetirement(deps: ActivityDeps, release: ReleaseRef): Promise<LoadedRelease> {
  const loaded = await effectContext(deps, release);
  const messages = await authorizedMessages(deps, loaded, release);
  refuseUnlessSigned(loaded, release, messages);
  refuseUnlessLifted(loaded, release, messages);
  refuseInBlackout(loaded, release, (blackout) => wentAhead(messages, blackout));
  return loaded;
}

/** To grant access for the first time: what sign-offs cover, a risk that is accepted today, and nobody has aborted or rolled back. */
export async function requireRelease(deps: ActivityDeps, release: ReleaseRef): Promise<LoadedRelease> {
  const loaded = await effectContext(deps, release);
  const messages = await authorizedMessages(deps, loaded, release);
  refuseUnlessSigned(loaded, release, messages);
  refuseUnlessLifted(loaded, release, messages);
  refuseUnlessRiskIsAccepted(loaded, release, messages);
  refuseInBlackout(loaded, release, (blackout) => wentAhead(messages, blackout));
  const abort = messages.find(({ type }) => type === 'abort');
  if (abort) throw stopped(`'${release.package}' was aborted by ${abort.by}: nothing is granted any more`);
  await refuseIfRolledBack(deps, release);
  return loaded;
}

/** To tune. What only brings back what was signed needs no more than its sign-offs; what takes access away needs its owner's word for exactly that. */
export async function requireTune(deps: ActivityDeps, release: ReleaseRef, tune: TuneRef): Promise<LoadedRelease> {
  const loaded = await effectContext(deps, release);
  const messages = await authorizedMessages(deps, loaded, release);
  const byOwner = ownersWord(loaded, release);
  refuseUnlessSigned(loaded, release, messages);
  refuseUnlessLifted(loaded, release, messages);
  await refuseIfRolledBack(deps, release);
  await refuseIfSuperseded(deps, release);
  if (stepOf(tune.step).revokesAccess)
    refuseInBlackout(loaded, release, ({ sinceMs }) => messages.some(({ id, atMs }) => id === tune.id && loaded.planTime(atMs) >= sinceMs));
  if (stepOf(tune.step).grantsAccess) refuseIfFrozen(loaded, release, messages);
  if (tune.restore) {
    const approval = messages.find(({ id }) => id === tune.id);
    const covered = approval?.type === 'decide' && samePeople(approval.body.people, tune.people) && approves(loaded, approval, messages, byOwner);
    if (covered) return loaded;
    throw notCovered(`no approval on record rolls back exactly these people of '${release.package}': nothing was revoked`);
  }
  if (!stepOf(tune.step).needsOwner) return loaded;
  const asked = messages.filter((message): message is MessageOf<'tune'> => message.type === 'tune' && sameTune(message.body, tune));
  const approved = messages.some((message) => message.id === tune.id && message.type === 'decide' && message.body.answer === 'approve');
  if (asked.some((message) => message.id === tune.id && byOwner(message)) || (approved && asked.length > 0)) return loaded;
  throw notCovered(
    `'${tune.step}' takes access of '${release.package}' away, and ${loaded.rolePackage.owner} (or a delegate) has not asked for exactly this or approved it`,
  );
}

/**
 * To roll back: the owner's approval of a proposed rollback (and a second person's where the plan wants two), an abort, or a plan that says 'automatic'.
 * Sign-offs are not asked: undoing what was done never waits for them.
 */
export async function requireRollback(deps: ActivityDeps, release: ReleaseRef, rollback: { approval: string; second?: string }): Promise<LoadedRelease> {
  const loaded = await effectContext(deps, release);
  refuseIfObserved(loaded, release);
  await refuseIfSuperseded(deps, release);
  if (rollback.approval === 'automatic') {
    if (loaded.rolePackage.rollback.approval !== 'automatic')
      throw notCovered(`the plan does not let '${release.package}' be rolled back by itself: its owner ${loaded.rolePackage.owner} must approve it`);
    refuseInBlackout(loaded, release, () => false);
    return loaded;
  }
  const messages = await authorizedMessages(deps, loaded, release);
  const byOwner = ownersWord(loaded, release);
  const approval = messages.find(({ id }) => id === rollback.approval);
  const approved =
    approval?.type === 'abort' || (approval?.type === 'decide' && approval.body.people === undefined && approves(loaded, approval, messages, byOwner));
  if (!approval || !approved)
    throw notCovered(
      `no message '${rollback.approval}' that approves a rollback of '${release.package}' by ${loaded.rolePackage.owner}, a delegate, or an abort is on record: nothing was revoked`,
    );
  refuseInBlackout(loaded, release, ({ sinceMs }) => loaded.planTime(approval.atMs) >= sinceMs);
  return loaded;
}

/** One approval of a proposed rollback counts until somebody holds or declines it; where the plan wants two people, with the other's for the same people. */
function approves({ section }: LoadedRelease, approval: MessageOf<'decide'>, messages: Message[], byOwner: (message: Message) => boolean): boolean {
  const { proposal, people } = approval.body;
  if (approval.body.answer !== 'approve' || !proposal.startsWith('rollback')) return false;
  const answers = messages.filter((message) => message.type === 'decide' && message.body.proposal === proposal) as MessageOf<'decide'>[];
  if (answers.slice(answers.indexOf(approval)).some(({ body }) => body.answer !== 'approve')) return false;
  if (section.rollbackApprovals !== 2) return true;
  const lastHeld = answers.findLastIndex(({ body }) => body.answer !== 'approve');
  const approvers = answers.slice(lastHeld + 1).filter(({ body }) => samePeople(body.people, people));
  return new Set(approvers.map(({ by }) => by)).size >= 2 && approvers.some(byOwner);
}

type TuneRef = { id: string; step: TuneStep; people?: string[]; entitlement?: { system: string; role: string }; restore?: true };

function sameTune(body: MessageOf<'tune'>['body'], tune: TuneRef): boolean {
  return (
    body.step === tune.step &&
    samePeople(body.people, tune.people) &&
    body.entitlement?.system === tune.entitlement?.system &&
    body.entitlement?.role === tune.entitlement?.role
  );
}

const samePeople = (some: string[] | undefined, others: string[] | undefined): boolean =>
  JSON.stringify(some?.toSorted() ?? null) === JSON.stringify(others?.toSorted() ?? null);
