/** How a package that is out takes each message: it changes the state, or says why not and changes nothing. All times are plan time. */
import { mayAct, signsFor } from '../domain/authority/who-may.ts';
import type { Message, MessageOf, PackageMessageType, Receipt } from '../domain/messages.ts';
import { durationText } from '../domain/time/duration.ts';
import { extend, pause, resume } from '../domain/watch/look-schedule.ts';
import type { Refusal } from './inbox.ts';
import type { RolePackageState, TuneOrder } from './role-package-state.ts';

export function receivePackageMessage(state: RolePackageState, type: PackageMessageType, jws: unknown): Receipt {
  state.changed = true;
  return state.inbox.receive(type, jws, Date.now(), (message) => refusalOf(state, message) ?? apply(state, message));
}

function refusalOf(state: RolePackageState, message: Message): Refusal | undefined {
  if (state.data.phase === 'ended') return { code: 'wrong-stage', message: `'${state.id}' has ended: ${state.data.endedWhy ?? state.data.state}` };
  return mayAct({ section: state.input.section, wave: undefined, operators: state.input.operators }, message.type, message.by, state.nowMs(), message.body);
}

function apply(state: RolePackageState, message: Message): Refusal | undefined {
  const nowMs = state.nowMs();
  switch (message.type) {
    case 'evaluate':
      if (state.data.phase === 'giving') return { code: 'wrong-stage', message: `'${state.id}' is still being given; its first check comes by itself` };
      state.data.extraLook = 'on-demand';
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
    case 'abort':
      state.data.abort = { message: message.id, by: message.by, reason: message.body.reason };
      log(state, message, 'aborted', message.body.reason);
      return undefined;
    case 'note':
      state.inbox.note(message.by, nowMs, message.body.text);
      log(state, message, 'note', message.body.text);
      return undefined;
    default:
      return { code: 'wrong-address', message: `'${message.type}' is a message to the wave, and '${state.id}' is released already` };
  }
}

/** Steps that only restore what was signed, or watch longer, run at once; what takes access away needs the owner. */
function orderTune(state: RolePackageState, message: MessageOf<'tune'>): Refusal | undefined {
  const { step, reason, people, entitlement, byMs } = message.body;
  if (state.data.phase === 'giving') return { code: 'wrong-stage', message: `'${state.id}' is still being given; tune it once it is watched` };
  if (state.data.order) return { code: 'already-decided', message: `a tune is under way: ${state.data.order.step}` };
  if (step === 'narrow' && !people) return { code: 'missing-reason', message: "'narrow' needs the people who are to lose it" };
  if (step === 'tighten' && !entitlement) return { code: 'missing-reason', message: "'tighten' needs the entitlement that is to be dropped" };
  const order: TuneOrder = {
    id: message.id,
    step,
    why: reason,
    by: message.by,
    ...(people ? { people } : {}),
    ...(entitlement ? { entitlement } : {}),
    ...(byMs === undefined ? {} : { byMs }),
  };
  const takesAway = step === 'narrow' || step === 'tighten';
  if (takesAway && !signsFor(state.input.section, message.by, state.nowMs())) state.propose({ kind: 'tune', step, why: `${message.by}: ${reason}`, order });
  else state.data.order = order;
  log(state, message, 'tune-asked', `${step}: ${reason}`);
  return undefined;
}

function decide(state: RolePackageState, message: MessageOf<'decide'>, nowMs: number): Refusal | undefined {
  const { proposal: id, answer, reason } = message.body;
  const { proposal } = state.data;
  if (!proposal || proposal.id !== id)
    return { code: 'unknown-proposal', message: proposal ? `'${id}' is not open; '${proposal.id}' is` : `nothing is proposed for '${state.id}'` };
  if (proposal.approval) return { code: 'already-decided', message: `approved by ${proposal.approval.by}; it runs when its dependency check is clear` };
  log(state, message, `${proposal.kind}-${answer}`, reason, { proposal: id });
  if (answer === 'hold') {
    proposal.held = true;
    proposal.answeredBy = message.by;
    if (proposal.kind === 'question') closeQuestion(state, () => state.prolong(nowMs));
    return undefined;
  }
  if (answer === 'decline') {
    delete state.data.proposal;
    if (proposal.kind === 'question') state.propose({ kind: 'rollback', why: `${message.by}: ${reason}` });
    else state.goOn(nowMs);
    return undefined;
  }
  proposal.approval = { message: message.id, by: message.by };
  proposal.answeredBy = message.by;
  delete proposal.held;
  if (proposal.kind === 'tune' && proposal.order) {
    // The approving message is what the effect is checked against.
    state.data.order = { ...proposal.order, id: message.id, by: message.by };
    delete state.data.proposal;
  }
  if (proposal.kind === 'question') closeQuestion(state, () => state.accept(nowMs, message.by));
  return undefined;
}

function closeQuestion(state: RolePackageState, act: () => void): void {
  delete state.data.proposal;
  act();
}

function log(state: RolePackageState, message: Message, kind: string, text: string, data?: Record<string, unknown>): void {
  state.inbox.log(state.nowMs(), message.by, kind, text, { data: { message: message.id, ...data } });
}
