/** How a released package handles each message: it changes the state, or refuses with a reason and changes nothing. All times are plan time. */
import { evaluateText, resumeText, revisedText } from '../../domain/authority/event-of-message.ts';
import { mayAct } from '../../domain/authority/who-may.ts';
import { hasDigest } from '../../domain/canonical.ts';
import type { MessageOf, PackageMessage } from '../../domain/messages.ts';
import type { PackageSection, WaveSection } from '../../domain/plan/section.ts';
import type { Refusal } from '../shared/inbox.ts';
import { acceptContent } from './contents.ts';
import { receiveClaim } from './claims.ts';
import { ownerAnswers } from './other-releases.ts';
import { abort, answerProposal, propose, recheckDependencies } from './proposals.ts';
import { updatePackageRequests } from './requests.ts';
import type { RolePackageState } from './state.ts';
import { orderApproved, orderByPerson } from './tunes.ts';
import { accept, extendWatch, pauseWatch, resumeWatch, wantEvaluation, watchOn } from './watch.ts';

export const receivePackageMessage = (state: RolePackageState, message: PackageMessage, section: WaveSection | undefined): Refusal | undefined =>
  refusalOf(state, message) ?? apply(state, message, section);

function refusalOf(state: RolePackageState, message: PackageMessage): Refusal | undefined {
  if (state.data.ended) return { code: 'wrong-stage', message: `'${state.id}' has ended: ${state.data.ended.why}` };
  if (state.data.supersededBy !== undefined && !['note', 'revise'].includes(message.type))
    return {
      code: 'wrong-stage',
      message: `wave '${state.data.supersededBy}' has released '${state.id}' again and watches it now. Send this to the package there`,
    };
  if (state.data.phase === 'claimed' && !afterRollback.has(message.type))
    return { code: 'wrong-stage', message: `'${state.id}' was rolled back, and only what people claim is left of it: renew or end a claim` };
  if (state.observed && changesAccess.has(message.type))
    return { code: 'wrong-stage', message: `'${state.id}' is only observed, so Rolewave changes nothing. Release it in a wave, or make the change by hand` };
  // A message to the wave as a whole (an abort that it passed on) is judged by the rights in the wave, as the check before the effect does.
  const section = message.package === undefined ? undefined : state.section;
  return mayAct({ section, wave: undefined, operators: state.operators }, message.type, message.by, state.nowMs(), message.body);
}

const changesAccess = new Set<PackageMessage['type']>(['tune', 'rollback', 'claim']);
const afterRollback = new Set<PackageMessage['type']>(['claim', 'endClaim', 'note', 'revise']);

function apply(state: RolePackageState, message: PackageMessage, section?: WaveSection): Refusal | undefined {
  const { data } = state;
  switch (message.type) {
    case 'evaluate':
      if (data.phase === 'granting') return { code: 'wrong-stage', message: `'${state.id}' is still being granted; its first evaluation runs automatically` };
      wantEvaluation(state, 'on-demand', state.planTime(message.atMs));
      recheckDependencies(state);
      state.logMessage(message, 'evaluate', evaluateText);
      return undefined;
    case 'extend':
      if (data.phase !== 'watching') return { code: 'wrong-stage', message: `the watch of '${state.id}' has ended, so it cannot be extended` };
      state.logMessage(message, 'extended', `${extendWatch(state, message.body.byMs)}: ${message.body.reason}`);
      return undefined;
    case 'pause':
      if (data.phase !== 'watching') return { code: 'wrong-stage', message: `'${state.id}' is not being watched` };
      if (data.paused !== undefined) return { code: 'wrong-stage', message: `the watch is already paused: ${data.paused}` };
      pauseWatch(state, message.body.reason);
      state.logMessage(message, 'paused', message.body.reason);
      return undefined;
    case 'resume':
      if (data.paused === undefined) return { code: 'wrong-stage', message: 'the watch is not paused' };
      resumeWatch(state);
      state.logMessage(message, 'resumed', resumeText);
      return undefined;
    case 'tune':
      return orderByPerson(state, message);
    case 'rollback':
      if (state.proposal?.subject.kind === 'rollback')
        return { code: 'already-proposed', message: `${state.proposal.id} of '${state.id}' waits for an answer` };
      propose(state, { kind: 'rollback' }, { why: `asked for by ${message.by}: ${message.body.reason}` });
      state.logMessage(message, 'rollback-asked', message.body.reason);
      return undefined;
    case 'decide':
      return decide(state, message);
    case 'acceptContent':
      return acceptContent(state, message);
    case 'claim':
    case 'endClaim':
      return receiveClaim(state, message);
    case 'certify':
      return certify(state, message);
    case 'revise':
      return revise(state, message, section);
    case 'abort':
      abort(state, message);
      state.logMessage(message, 'aborted', message.body.reason);
      return undefined;
    case 'note':
      state.inbox.note({ by: message.by, atMs: state.nowMs(), text: message.body.text });
      state.logMessage(message, 'note', message.body.text);
      return undefined;
  }
}

/** proposals.ts applies the answer. Its consequences for the watch and the tune order are applied here. */
function decide(state: RolePackageState, message: MessageOf<'decide'>): Refusal | undefined {
  const answered = answerProposal(state, message);
  switch (answered.leadsTo) {
    case 'refuse':
      return answered.refusal;
    case 'wait':
      return undefined;
    case 'tune':
      orderApproved(state, answered.order);
      return undefined;
    case 'accept':
      accept(state, message.by);
      return undefined;
    case 'watch':
      watchOn(state);
      return undefined;
  }
}

function certify(state: RolePackageState, message: MessageOf<'certify'>): Refusal | undefined {
  const { reason, riskUntilMs } = message.body;
  const nowMs = state.nowMs();
  if (state.data.phase === 'granting') return { code: 'wrong-stage', message: `'${state.id}' is still being granted; certify it once its watch has begun` };
  if (riskUntilMs !== undefined && riskUntilMs <= nowMs) return { code: 'in-the-past', message: 'the date until which its risk is accepted is in the past' };
  state.data.certifiedMs = nowMs;
  if (riskUntilMs !== undefined) state.data.riskUntilMs = riskUntilMs;
  state.logMessage(message, 'certified', reason, { riskUntilMs: riskUntilMs ?? null });
  return undefined;
}

/** From a newer revision, a released package takes only who is asked and who may act. Changes to its access go live only through a wave. */
function revise(state: RolePackageState, message: MessageOf<'revise'>, wave: WaveSection | undefined): Refusal | undefined {
  const { revision, sectionDigest } = message.body;
  if (!wave || !hasDigest(wave, sectionDigest))
    return { code: 'malformed', message: 'the section sent with this revision is not the one that was sealed', notSealed: true };
  const { plan, wave: home, revision: released } = state.input;
  const found = wave.packages.find((entry) => entry.package.id === state.id);
  if (wave.plan !== plan || wave.wave.id !== home || wave.revision !== revision || !found)
    return { code: 'wrong-address', message: 'the section belongs to another plan, wave or revision, or does not contain this package' };
  const current = state.data.revised ?? released;
  if (revision < current) return { code: 'older-revision', message: `'${state.id}' already has revision ${current}; revision ${revision} is older` };
  if (revision === current) return undefined;
  const { operators, notices, blackouts } = wave;
  const { owner: before } = state.section.package;
  // What was answered before counts as answered; what the revision no longer asks does not.
  updatePackageRequests(state);
  state.data.revised = revision;
  state.section = withPeopleOf(state.input.section, found);
  state.operators = operators;
  state.planTerms = { notices, blackouts };
  if (found.package.owner !== before) ownerAnswers(state, found.package.owner);
  // The same owner may have a different account now.
  else if (state.data.ownerGone !== undefined) wantEvaluation(state, 'on-demand');
  state.logMessage(message, 'revised', revisedText(message.body, found.package.owner));
  updatePackageRequests(state, revision);
  return undefined;
}

function withPeopleOf(released: PackageSection, now: PackageSection): PackageSection {
  const { owner, certifyEvery } = now.package;
  const { certifyEvery: _, ...rest } = released.package;
  return {
    ...released,
    team: now.team,
    delegates: now.delegates,
    package: { ...rest, owner, ...(certifyEvery === undefined ? {} : { certifyEvery }) },
  };
}
