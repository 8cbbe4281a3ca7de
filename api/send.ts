/**
 * The only way in which this endpoint sends a message to a reducer:
 * seal it → send it as an update, which answers 'accepted' or why not → if no worker takes the update in time, send the same message, sealed to count for
 * longer, as a signal, which Temporal keeps until a worker runs, and answer 'received, not yet decided'.
 *
 * An update that no worker took is lost, because the server keeps it only in memory. So the signal follows whenever the outcome of the update is unknown,
 * and the reducer, which recognizes the message by its id, applies it once.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { decodeJwt } from 'jose';
import { sha256Hex } from '../domain/canonical.ts';
import { countedTogether, refusalCodes, validFor, validFrom } from '../domain/messages.ts';
import { numberText } from '../domain/number-text.ts';
import type { Message, MessageType, Acknowledgment, RefusalCode } from '../domain/messages.ts';
import type { StoredMessage } from '../store/contract.ts';
import { isRefusedCall, isUnreachable } from './engine.ts';
import type { Engine } from './engine.ts';
import { Problem } from './errors.ts';
import { whyItTakesNoMessages } from './not-running.ts';
import type { Answer, Services } from './route.ts';
import { messageStatusUrl, workflowIdOf } from './target.ts';
import type { Target } from './target.ts';

export interface Outgoing {
  id: string;
  /** The workflow that decides it; a message to the wave may name the package that it is about. */
  to: 'wave' | 'rolePackage';
  target: Target;
  type: MessageType;
  body: Record<string, unknown>;
  by: string;
  /** The id comes from a key of the client, so the message may have been sent before. */
  keyed: boolean;
  /** The part of the body that must be equal for it to be the same message; by default all of it. */
  sameIf?: Record<string, unknown>;
  /** Throws the problem for which it is not sealed now. */
  refusedHere?: () => Promise<void>;
}

/** Sends and answers as HTTP: 200 accepted, 202 received; throws the refusal as a problem. */
export async function send(services: Services, outgoing: Outgoing): Promise<Answer> {
  if (outgoing.keyed && (await sentBefore(services, outgoing))) return accepted({ accepted: true, id: outgoing.id, duplicate: true });
  await outgoing.refusedHere?.();
  await refuseTooMany(services, outgoing);

  const workflowId = workflowIdOf(outgoing.target, outgoing.to);
  let sealed = '';
  const seal = async (validMs: number): Promise<[string]> => [(sealed = await services.sealer.seal(messageOf(outgoing, validMs)))];
  try {
    const update = { workflowId, type: outgoing.type, id: outgoing.id, updateId: updateIdOf(outgoing), seal };
    const acknowledgment = await updateOrSignal(services.engine, update, services.answerWithinMs);
    if (!acknowledgment) return received(outgoing);
    // Its workflow knows it by its id alone, and had accepted one under that id.
    if (acknowledgment.accepted && acknowledgment.duplicate) await wasThisOne(services, outgoing);
    else if (acknowledgment.accepted && isTheOneDecided(outgoing)) await recorded(services, sealed);
    return accepted(acknowledgment);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    // The workflow may have accepted this message and ended because of it, as an abort does.
    if (await sentBefore(services, outgoing)) return accepted({ accepted: true, id: outgoing.id });
    throw await whyItTakesNoMessages(services, outgoing.target, outgoing.to);
  } finally {
    services.states.sent(outgoing.target.plan);
  }
}

/** Each counts before every effect for as long as the package exists. Somebody else who may send it still can. */
async function refuseTooMany({ store }: Services, { type, target, by }: Outgoing): Promise<void> {
  const counted = countedTogether.find(({ types }) => types.includes(type));
  if (!counted || (await store.countMessages({ ...target, by, types: counted.types }, counted.most)) < counted.most) return;
  const about = target.package === undefined ? `wave '${target.wave}'` : `package '${target.package}'`;
  throw new Problem('too-many-messages', `${by} has sent ${numberText(counted.most)} messages like this one about ${about}, and may send no more.`);
}

/**
 * Temporal answers an update whose id it knows with the outcome of the first. Under one key, another body is another update, so that it does not get the answer
 * that was meant for the first.
 */
const updateIdOf = ({ id, keyed, body, sameIf = body }: Outgoing): string => (keyed ? `${id}-${sha256Hex(sameIf).slice(0, 32)}` : id);

/** Of what was accepted under an id a moment ago, a workflow may not have recorded yet which message it was. Throws where it was another one, or is not known. */
async function wasThisOne(services: Services, outgoing: Outgoing): Promise<void> {
  const endMs = Date.now() + services.answerWithinMs;
  while (!(await sentBefore(services, outgoing))) {
    if (Date.now() >= endMs)
      throw new Problem(
        'not-recorded-yet',
        'A message under this key was accepted a moment ago and is not on record yet, so it is not known whether it was this one. Send it again with the same key.',
      );
    await pause(betweenLooksMs);
  }
}

const betweenLooksMs = 100;

/** Under one key Temporal answers with the outcome of the first, whose body may differ in what does not count. A worker records which it was. */
const isTheOneDecided = ({ keyed, sameIf }: Outgoing): boolean => !keyed || sameIf === undefined;

/**
 * What was accepted is on record before anyone is told so, also where somebody in the namespace takes the batch of the workflow: effects are checked against the
 * store. A worker records it too, so that a store that is away for the endpoint alone keeps nobody from deciding.
 */
export async function recorded({ store, log }: Services, jws: string): Promise<void> {
  await store.saveMessage(jws).catch((error: unknown) => log.warn({ err: error }, 'an accepted message is not on record yet: a worker records it'));
}

/** An abort is passed on by its wave, which may be busy for hours. */
const messageOf = ({ id, target, type, body, by }: Outgoing, validMs: number): Message =>
  ({ id, ...target, by, ...validFrom(Date.now(), type === 'abort' ? validFor.waiting : validMs), type, body }) as Message;

/** The answer, or undefined when the message went as a signal. Throws WorkflowNotFoundError when no such workflow runs. */
export async function updateOrSignal(
  engine: Engine,
  message: { workflowId: string; type: string; id: string; updateId: string; seal: (validMs: number) => Promise<[string, ...unknown[]]> },
  withinMs: number,
): Promise<Acknowledgment | undefined> {
  const { workflowId, type, id, updateId, seal } = message;
  const handle = engine.client.workflow.getHandle(workflowId);
  try {
    const args = await seal(validFor.usual);
    return await engine.client.connection.withDeadline(Date.now() + withinMs, () =>
      handle.executeUpdate<Acknowledgment, typeof args>(type, { args, updateId }),
    );
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || isRefusedCall(error)) throw error;
    const refused = refusalOf(error, id);
    if (refused) return refused;
  }
  try {
    // It was sent in time, and counts whenever a worker reads it (R5).
    const args = await seal(validFor.waiting);
    await engine.client.connection.withDeadline(Date.now() + withinMs, () => handle.signal(type, ...args));
    return undefined;
  } catch (error) {
    throw isUnreachable(error)
      ? new Problem(
          'engine-unreachable',
          'The Temporal server did not answer in time. It is not known whether the message arrived: send it again with the same id, and it counts once.',
        )
      : error;
  }
}

/** A refused message fails its update, before the handler sees it or in the handler; the failure's type is the code. */
export function refusalOf(error: unknown, id: string): Acknowledgment | undefined {
  const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
  const code = cause instanceof ApplicationFailure ? refusalCodes.find((known: RefusalCode) => known === cause.type) : undefined;
  return code && cause ? { accepted: false, id, code, message: cause.message } : undefined;
}

/** The same message as the store has it, once it was accepted; another message under the same id is an error. */
async function sentBefore({ store }: Services, { id, target, type, body, by, sameIf = body }: Outgoing): Promise<boolean> {
  const [found] = await store.messages({ plan: target.plan, wave: target.wave, id });
  if (!found) return false;
  if (found.by === by && found.type === type && found.package === target.package && sameFields(bodyOf(found), sameIf)) return true;
  throw new Problem('id-reused', `A different message of type '${found.type}' was accepted under this key before.`);
}

/** The store keeps messages as they were accepted, so their seal has been checked. */
const bodyOf = ({ jws }: StoredMessage) => decodeJwt<{ body: Record<string, unknown> }>(jws).body;
const sameFields = (stored: Record<string, unknown>, wanted: Record<string, unknown>) =>
  sha256Hex(Object.fromEntries(Object.keys(wanted).map((field) => [field, stored[field]]))) === sha256Hex(wanted);

function accepted(acknowledgment: Acknowledgment): Answer {
  if (!acknowledgment.accepted) throw new Problem(acknowledgment.code, acknowledgment.message, { id: acknowledgment.id });
  return { status: 200, body: { status: 'accepted', id: acknowledgment.id, ...(acknowledgment.duplicate ? { duplicate: true } : {}) } };
}

function received({ id, target, to }: Outgoing): Answer {
  const { plan, wave } = target;
  const statusUrl = messageStatusUrl(to === 'rolePackage' ? target : { plan, wave }, id);
  return { status: 202, body: { status: 'received', id, statusUrl }, headers: { Location: statusUrl } };
}
