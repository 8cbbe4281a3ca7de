/**
 * One entry point for every message, by signal or update: seal and address → the workflow's decision → the outbox, which reaches the store before the
 * next effect.
 *
 * Invariants:
 * 1. A message counts only if its seal is valid, it is addressed here, it has not expired, and its sender is authorized. Otherwise it is recorded as refused.
 * 2. The same id of the same sender is the same message. It is applied once, and what was refused stays refused, also across continue-as-new (R5).
 * 3. Accepted messages go to the outbox, and the outbox reaches the store before the next effect.
 * 4. Nothing that comes in throws here, and nothing that the store cannot take goes out.
 */
import * as wf from '@temporalio/workflow';
import { addressOf, addressText, type Address } from '../../domain/address.ts';
import { verifyMessage } from '../../domain/authority/jws.ts';
import {
  decidedBefore,
  nothingRemembered,
  overQuota,
  withAccepted,
  withRefused,
  type Refusal as Refused,
  type Remembered,
} from '../../domain/authority/remembered.ts';
import { sha256Hex } from '../../domain/canonical.ts';
import { untimely, type Acknowledgment, type MessageSchemas, type SealedMessage } from '../../domain/messages.ts';
import { shortened, storable, storableData } from '../../domain/plain-data.ts';
import { bothBatches, recordBatch, type AuditEvent, type RecordBatch } from '../../domain/records.ts';
import type { RefusedSignal } from '../../domain/temporal-ui/summaries.ts';
import type { MessageStatus } from '../../domain/views/message-status.ts';
import type { NoteView } from '../../domain/views/note.ts';
import type { RefusalView } from '../../domain/views/refusal.ts';
import { LocalTurns } from './local-turns.ts';
import { messageStatus } from './signals.ts';
import { noKeys, TrustedKeys, type KnownKeys } from './trusted-keys.ts';

/** `notSealed`: the fault is in what came with the message and is not sealed, so the same message may be sent again. */
export interface Refusal extends Refused {
  notSealed?: true;
}

/** The inbox's part of the state that a workflow carries through continue-as-new. */
export interface InboxData {
  trusted: KnownKeys;
  remembered: Remembered;
  /** The last ones, for people. */
  refusals: RefusalView[];
  notes: NoteView[];
  eventNumber: number;
  outbox: RecordBatch;
}

export const emptyInbox = (): InboxData => ({
  trusted: noKeys(),
  remembered: nothingRemembered(),
  refusals: [],
  notes: [],
  eventNumber: 0,
  outbox: recordBatch(),
});
const refusalsKept = 20;
const longestRefusal = 1_000;
const keyMayBeNew: ReadonlySet<string> = new Set<Refused['code']>(['unknown-key', 'bad-signature']);

type Sealed = [jws: unknown, attachment?: unknown];

export class Inbox<M extends SealedMessage> {
  readonly data: InboxData;
  /** Of everything that this workflow records. */
  readonly turns = new LocalTurns();
  private readonly keys: TrustedKeys;
  private readonly address: Address;
  private readonly schemas: MessageSchemas<M>;
  private readonly passedOn: readonly M['type'][];
  /** Since the last that were told. */
  private refusedSignals: RefusedSignal[] = [];

  /** `schemas`: of the messages that this workflow accepts. `passedOn`: types that it also accepts when they were sealed for its wave as a whole. */
  constructor(data: InboxData, address: Address, schemas: MessageSchemas<M>, passedOn: readonly M['type'][] = []) {
    this.data = data;
    this.keys = new TrustedKeys(data, this.turns);
    this.address = addressOf(address);
    this.schemas = schemas;
    this.passedOn = passedOn;
  }

  /**
   * Wires each message type as a signal and as an update of the same name, both to `decide`, and the query that says how a message was decided.
   * `attachment` is what the compact JWS seals only by its digest: a section of a plan is too large to be sealed itself. `decided` is called after
   * every message, even a refused one. The main loop then wakes, so that a history that bad signals made long continues as new.
   *
   * A refused update fails, so that Temporal's history and UI show why. A signal cannot fail: `takeRefused` has it for a marker in the history. A message is
   * decided at once, or as soon as the keys are known again.
   */
  listen(decided: () => void, decide: (message: M, jws: string, attachment: unknown) => Refusal | undefined): void {
    const types = Object.keys(this.schemas) as M['type'][];
    for (const type of types) {
      const receive = (...[jws, attachment]: Sealed): Acknowledgment => {
        const acknowledgment = this.receive(type, jws, (message) => decide(message, jws as string, attachment));
        decided();
        return acknowledgment;
      };
      // A signal cannot answer. Its message is accepted or recorded as refused, and the handler never throws.
      const receiveSignal = (...sealed: Sealed): void => {
        const acknowledgment = receive(...sealed);
        if (!acknowledgment.accepted) this.refusedSignals.push({ type, code: acknowledgment.code });
      };
      const receiveUpdate = (...sealed: Sealed): Acknowledgment => {
        const acknowledgment = receive(...sealed);
        if (!acknowledgment.accepted) throw wf.ApplicationFailure.nonRetryable(acknowledgment.message, acknowledgment.code);
        return acknowledgment;
      };
      wf.setHandler(wf.defineSignal<Sealed>(type), (...sealed: Sealed) => this.withKeys(() => receiveSignal(...sealed)), {
        description: `as the update '${type}', without an answer`,
      });
      wf.setHandler(wf.defineUpdate<Acknowledgment, Sealed>(type), (...sealed: Sealed) => this.withKeys(() => receiveUpdate(...sealed)), {
        description: `one sealed '${type}' message (compact JWS); fails with the reason when it is refused`,
        // What need not be looked at is rejected by the validator, so nobody can fill the history with it.
        validator: (...[jws]: Sealed): void => {
          const opened = this.open(type, jws);
          const refusal = 'refusal' in opened ? opened.refusal : this.refusedUnread(opened.message, Date.now());
          // It may be sealed by a key that is trusted by now.
          if (refusal && keyMayBeNew.has(refusal.code) && this.keys.stale()) return;
          if (refusal) throw wf.ApplicationFailure.nonRetryable(refusal.message, refusal.code);
        },
      });
    }
    wf.setHandler(messageStatus, (id) => this.status(id));
  }

  private withKeys<T>(act: () => T): T | Promise<T> {
    const asked = this.keys.asked();
    return asked ? asked.then(act) : act();
  }

  /** Checks seal, type and address, but not whether the sender is authorized. Pure, so that the validator of an update can use it too. */
  private open(type: M['type'], jws: unknown): { message: M } | { refusal: Refusal } {
    const opened = verifyMessage<M>(typeof jws === 'string' ? jws : '', this.keys.now(), this.schemas, type);
    if (!opened.ok) return { refusal: { code: opened.code, message: opened.message } };
    const { message } = opened;
    if (this.isForMe(message)) return { message };
    return {
      refusal: { code: 'wrong-address', message: `this message is addressed to '${addressText(message)}', not to '${addressText(this.address)}'` },
    };
  }

  /** A wave also accepts messages about its packages, because it decides for them until they are released. */
  private isForMe({ plan, wave, package: about, type }: M): boolean {
    const here = this.address;
    if (plan !== here.plan || wave !== here.wave) return false;
    if (here.package === undefined) return wave !== undefined || about === undefined;
    return about === here.package || (about === undefined && this.passedOn.includes(type));
  }

  /** Refused before, expired, or one too many of its sender. Pure, as `open`. */
  private refusedUnread(message: M, nowMs: number): Refusal | undefined {
    const before = decidedBefore(this.data.remembered, message);
    // A repetition of what was accepted is answered by the handler.
    if (before === 'accepted') return undefined;
    return before ?? untimely(message, nowMs) ?? overQuota(this.data.remembered, message.by, nowMs);
  }

  /** Applies a message once. `decide` changes the state and returns undefined, or returns a refusal and changes nothing. Never throws. */
  private receive(type: M['type'], jws: unknown, decide: (message: M) => Refusal | undefined): Acknowledgment {
    const atMs = Date.now();
    const opened = this.open(type, jws);
    if ('refusal' in opened) return this.refuse({ id: 'unknown', type, atMs }, opened.refusal);
    const { message } = opened;
    const { id, by } = message;
    if (decidedBefore(this.data.remembered, message) === 'accepted') return { accepted: true, id, duplicate: true };
    const refusal = this.refusedUnread(message, atMs) ?? orMalformed(() => decide(message));
    if (refusal) {
      // An expired message can never come again, and another message may have its id.
      if (!refusal.notSealed && refusal.code !== 'message-expired') this.data.remembered = withRefused(this.data.remembered, message, refusal, atMs);
      return this.refuse({ id, type, by, atMs }, refusal);
    }
    this.data.remembered = withAccepted(this.data.remembered, message, atMs);
    this.data.refusals = this.data.refusals.filter((one) => one.id !== id);
    this.data.outbox.messages.push({ jws: jws as string });
    return { accepted: true, id };
  }

  private refuse(about: Omit<RefusalView, 'code' | 'message'>, { code, message: said }: Refusal): Acknowledgment {
    const message = storable(shortened(said, longestRefusal));
    this.data.refusals = [...this.data.refusals.filter(({ id }) => id !== about.id || id === 'unknown'), { ...about, code, message }].slice(-refusalsKept);
    return { accepted: false, id: about.id, code, message };
  }

  private status(id: string): MessageStatus {
    const { accepted, refused } = this.data.remembered;
    if (accepted.some((one) => one.id === id)) return { status: 'accepted' };
    const refusal = this.data.refusals.find((one) => one.id === id) ?? refused.find((one) => one.id === id)?.refusal;
    return refusal ? { status: 'refused', code: refusal.code, message: refusal.message } : { status: 'unknown' };
  }

  note(note: NoteView): void {
    this.data.notes = [...this.data.notes, note].slice(-50);
  }

  /** Writes an audit event to the outbox. Its id is derived from the workflow's address, a number and the content, so a retry adds nothing and a reset run overwrites nothing. */
  log(atMs: number, actor: string, kind: string, text: string, about?: { package?: string; data?: Record<string, unknown> }): void {
    const event: Omit<AuditEvent, 'id'> = storableData({
      ...this.address,
      ...(about?.package === undefined ? {} : { package: about.package }),
      atMs,
      actor,
      kind,
      text,
      ...(about?.data ? { data: about.data } : {}),
    });
    this.data.eventNumber += 1;
    this.data.outbox.events.push({ id: `${addressText(this.address)}#${this.data.eventNumber}-${sha256Hex(event).slice(0, 8)}`, ...event });
  }

  /** The signals that were refused since the last call. */
  takeRefused(): RefusedSignal[] {
    const refused = this.refusedSignals;
    this.refusedSignals = [];
    return refused;
  }

  hasPost(): boolean {
    return Object.values(this.data.outbox).some((part) => part.length > 0);
  }

  takePost(): RecordBatch {
    const post = storableData(this.data.outbox);
    this.data.outbox = recordBatch();
    return post;
  }

  /** What could not be recorded goes before what came since. */
  putBack(post: RecordBatch): void {
    this.data.outbox = bothBatches(post, this.data.outbox);
  }
}

/** A message that a rule cannot take is refused like any other: a handler that throws would stop its workflow until the code is changed. */
function orMalformed(decide: () => Refusal | undefined): Refusal | undefined {
  try {
    return decide();
  } catch (error) {
    wf.log.error('a message could not be taken', { error: error instanceof Error ? error.message : String(error) });
    return { code: 'malformed', message: 'the message cannot be taken, and nothing was changed: the log of the worker says why' };
  }
}
