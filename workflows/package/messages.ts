/** How a released package takes each message: it changes the state, or says why not and changes nothing. All times are plan time. */
import { mayAct, signsFor } from '../../domain/authority/who-may.ts';
import { stepOf } from '../../domain/tune/steps.ts';
import { fieldMistake } from '../../domain/tune/tune.ts';
import { sha256Hex } from '../../domain/canonical.ts';
import type { MessageOf, PackageMessage } from '../../domain/messages.ts';
import { durationText } from '../../domain/time/duration.ts';
import type { PackageSection, WaveSection } from '../../domain/plan/section.ts';
import { extend, pause, resume } from '../../domain/watch/evaluation-schedule.ts';
import type { Refusal } from '../shared/inbox.ts';
import { decide } from './decisions.ts';
import { ownerAnswers } from './other-releases.ts';
import type { TuneOrder } from './data.ts';
import type { RolePackageState } from './state.ts';

export const receivePackageMessage = (state: RolePackageState, message: PackageMessage, section: WaveSection | undefined): Refusal | undefined =>
  refusalOf(state, message) ?? apply(state, message, section);

function refusalOf(state: RolePackageState, message: PackageMessage): Refusal | undefined {
  if (state.data.phase === 'ended') return { code: 'wrong-stage', message: `'${state.id}' has ended: ${state.data.endedWhy ?? state.data.state}` };
  if (state.data.supersededBy !== undefined && !['note', 'revise'].includes(message.type))
    return { code: 'wrong-stage', message: `wave '${state.data.supersededBy}' released '${state.id}' anew and watches it: send this to it there` };
  if (state.observed && changesAccess.has(message.type))
    return { code: 'wrong-stage', message: `'${state.id}' is only observed: nothing is changed by Rolewave; have a wave release it, or do it by hand` };
  return mayAct({ section: state.section, wave: undefined, operators: state.operators }, message.type, message.by, state.nowMs(), message.body);
}

const changesAccess = new Set<PackageMessage['type']>(['tune', 'rollback']);

function apply(state: RolePackageState, message: PackageMessage, section?: WaveSection): Refusal | undefined {
  const nowMs = state.nowMs();
  switch (message.type) {
    case 'evaluate':
      if (state.data.phase === 'granting') return { code: 'wrong-stage', message: `'${state.id}' is still being granted; its first check comes by itself` };
      state.data.extraEvaluation = 'on-demand';
      // Whoever cleared what a rollback waits for need not wait for the next hour.
      delete state.data.recheckAtRealMs;
      log(state, message, 'evaluate', 'asked for a check now');
      return undefined;
    case 'extend':
      if (state.data.phase !== 'watching') return { code: 'wrong-stage', message: `the watch of '${state.id}' is over; nothing to extend` };
      state.data.window = extend(state.data.window, message.body.byMs);
      log(state, message, 'extended', `watch extended by ${durationText(message.body.byMs)}: ${message.body.reason}`);
      return undefined;
    case 'pause':
      if (state.data.phase !== 'watching' || state.data.paused !== undefined)
        return {
          code: 'wrong-stage',
          message: state.data.paused === undefined ? `'${state.id}' is not being watched` : `the watch is paused already: ${state.data.paused}`,
        };
      state.data.window = pause(state.data.window, nowMs);
      state.data.paused = message.body.reason;
      log(state, message, 'paused', message.body.reason);
      return undefined;
    case 'resume':
      if (state.data.paused === undefined) return { code: 'wrong-stage', message: 'the watch is not paused' };
      state.data.window = resume(state.data.window, nowMs);
      delete state.data.paused;
      log(state, message, 'resumed', 'the watch goes on where it was paused');
      return undefined;
    case 'tune':
      return orderTune(state, message);
    case 'rollback':
      if (state.data.proposal?.kind === 'rollback')
        return { code: 'already-decided', message: `a rollback is proposed already (${state.data.proposal.id}); decide on it` };
      state.propose({ kind: 'rollback', why: `${message.by}: ${message.body.reason}` });
      log(state, message, 'rollback-asked', message.body.reason);
      return undefined;
    case 'decide':
      return decide(state, message, nowMs);
    case 'certify':
      return certify(state, message, nowMs);
    case 'revise':
      return revise(state, message, section);
    case 'abort':
      state.data.abort = { message: message.id, by: message.by, reason: message.body.reason, atMs: nowMs };
      log(state, message, 'aborted', message.body.reason);
      return undefined;
    case 'note':
      state.inbox.note(message.by, nowMs, message.body.text);
      log(state, message, 'note', message.body.text);
      return undefined;
  }
}

/** Steps that only restore what was signed, or watch longer, run at once; what takes access away needs the owner. */
function orderTune(state: RolePackageState, message: MessageOf<'tune'>): Refusal | undefined {
  const { step, reason, people, entitlement, byMs } = message.body;
  if (state.data.phase === 'granting') return { code: 'wrong-stage', message: `'${state.id}' is still being granted; tune it once it is watched` };
  if (state.data.order) return { code: 'already-decided', message: `a tune is under way: ${state.data.order.step}` };
  const { proposal } = state.data;
  if (proposal?.frozen && stepOf(step).grantsAccess)
    return {
      code: 'wrong-stage',
      message: `'${state.id}' is frozen by ${proposal.answeredBy ?? 'a decision'}: nothing more is granted; decide on ${proposal.id} first`,
    };
  const mistake = fieldMistake(message.body);
  if (mistake !== undefined) return { code: 'malformed', message: mistake };
  const order: TuneOrder = {
    id: message.id,
    step,
    why: reason,
    by: message.by,
    decidedAtMs: state.nowMs(),
    ...(people ? { people } : {}),
    ...(entitlement ? { entitlement } : {}),
    ...(byMs === undefined ? {} : { byMs }),
  };
  const needsOwner = stepOf(step).needsOwner && !signsFor(state.section, message.by, state.nowMs());
  if (needsOwner && proposal && !state.asBefore)
    return { code: 'wrong-stage', message: `'${proposal.id}' waits for a decision already (${proposal.why}): decide on it first, then propose '${step}'` };
  if (needsOwner) state.propose({ kind: 'tune', step, why: `${message.by}: ${reason}`, order });
  else state.data.order = order;
  log(state, message, 'tune-asked', `${step}: ${reason}`);
  return undefined;
}

function certify(state: RolePackageState, message: MessageOf<'certify'>, nowMs: number): Refusal | undefined {
  const { reason, riskUntilMs } = message.body;
  if (state.data.phase === 'granting') return { code: 'wrong-stage', message: `'${state.id}' is still being granted; certify it once it is watched` };
  if (riskUntilMs !== undefined && riskUntilMs <= nowMs) return { code: 'in-the-past', message: 'its risk cannot be accepted until a day that is past' };
  state.data.certifiedMs = nowMs;
  if (riskUntilMs !== undefined) state.data.riskUntilMs = riskUntilMs;
  log(state, message, 'certified', reason, { riskUntilMs: riskUntilMs ?? null });
  return undefined;
}

/** Of a newer revision, a released package takes who is asked and who may act; what decides its access goes live in a wave, or not at all. */
function revise(state: RolePackageState, message: MessageOf<'revise'>, wave: WaveSection | undefined): Refusal | undefined {
  const { revision, sectionDigest } = message.body;
  if (!wave || sha256Hex(wave) !== sectionDigest)
    return { code: 'malformed', message: 'the section that came with this revision is not the one that was sealed' };
  const { plan, wave: home, revision: released } = state.input;
  const found = wave.packages.find((entry) => entry.package.id === state.id);
  if (wave.plan !== plan || wave.wave.id !== home || wave.revision !== revision || !found)
    return { code: 'wrong-address', message: 'the section belongs to another plan, wave or revision, or has not this package' };
  const stands = state.data.revised?.revision ?? released;
  if (revision < stands) return { code: 'older-revision', message: `'${state.id}' has revision ${stands} already; revision ${revision} is older` };
  if (revision === stands) return undefined;
  const { operators, notices, blackouts } = wave;
  const { owner: before } = state.section.package;
  state.data.revised = {
    revision,
    operators,
    section: peopleOf(state.input.section, found),
    notices,
    blackouts,
  };
  if (found.package.owner !== before) ownerAnswers(state, found.package.owner);
  // The same owner may have another account now.
  else if (state.data.ownerGone !== undefined) state.data.extraEvaluation = 'on-demand';
  log(state, message, 'revised', `revision ${revision}: owner ${found.package.owner}`);
  return undefined;
}

function peopleOf(released: PackageSection, now: PackageSection): PackageSection {
  const { owner, name, description, certifyEvery } = now.package;
  const { certifyEvery: _, ...rest } = released.package;
  return {
    ...released,
    team: now.team,
    delegates: now.delegates,
    package: { ...rest, owner, name, description, ...(certifyEvery === undefined ? {} : { certifyEvery }) },
  };
}

function log(state: RolePackageState, message: PackageMessage, kind: string, text: string, data?: Record<string, unknown>): void {
  state.inbox.log(state.nowMs(), message.by, kind, text, { data: { message: message.id, ...data } });
}
