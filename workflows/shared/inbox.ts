/**
 * One way in for every message, whichever road it came by (signal or update).
 *
 * Invariants:
 * 1. A message counts only when its seal is good, it is addressed here, and its sender may send it; otherwise it is remembered as refused.
 * 2. The same id is the same message: it is applied once, also across continue-as-new (R5).
 * 3. What was accepted goes to the outbox, and the outbox reaches the store before the next effect.
 */
import type { TrustedKey } from '../../domain/authority/keys.ts';
import { verifyMessage } from '../../domain/authority/jws.ts';
import { sha256Hex } from '../../domain/canonical.ts';
import { packageMessageSchemas, waveMessageSchemas, type Message, type MessageType, type Acknowledgment, type RefusalCode } from '../../domain/messages.ts';
import type { AuditEvent, RecordBatch } from '../../domain/records.ts';
import type { EvaluationView } from '../../domain/views/evaluation.ts';
import type { MessageStatus } from '../../domain/views/message-status.ts';
import type { NoteView } from '../../domain/views/note.ts';
import type { RefusalView } from '../../domain/views/refusal.ts';

export interface Refusal {
  code: RefusalCode;
  message: string;
}
export interface Address {
  plan: string;
  wave: string;
  package?: string;
}

/** The part of a workflow's state that travels through continue-as-new for its inbox. */
export interface InboxData {
  accepted: Record<string, true>;
  refusals: RefusalView[];
  notes: NoteView[];
  eventNumber: number;
  outbox: RecordBatch;
}

export const emptyInbox = (): InboxData => ({ accepted: {}, refusals: [], notes: [], eventNumber: 0, outbox: emptyBatch() });
const emptyBatch = (): RecordBatch => ({ messages: [], events: [], finals: [] });
const refusalsKept = 20;
const schemas = { wave: waveMessageSchemas, package: packageMessageSchemas };

export class Inbox {
  readonly data: InboxData;
  private readonly keys: TrustedKey[];
  private readonly address: Address;
  private readonly schemas: (typeof schemas)['wave'] | (typeof schemas)['package'];

  constructor(data: InboxData, keys: TrustedKey[], address: Address) {
    this.data = data;
    this.keys = keys;
    this.address = address;
    this.schemas = address.package === undefined ? schemas.wave : schemas.package;
  }

  /** Seal, type and address; says nothing about whether the sender may. Pure, so that an update's validator can ask it too. */
  open(type: MessageType, jws: unknown): { message: Message } | { refusal: Refusal } {
    const opened = verifyMessage(typeof jws === 'string' ? jws : '', this.keys, this.schemas, type);
    if (!opened.ok) return { refusal: { code: opened.code, message: opened.message } };
    const { message } = opened;
    const isMine = message.plan === this.address.plan && message.wave === this.address.wave;
    // A wave's abort is passed on to its packages as it was sealed: addressed to the wave as a whole.
    const forMe = this.address.package === undefined || message.package === this.address.package || (type === 'abort' && message.package === undefined);
    if (isMine && forMe) return { message };
    const here = [this.address.plan, this.address.wave, this.address.package].filter(Boolean).join('/');
    return {
      refusal: {
        code: 'wrong-address',
        message: `this message is addressed to '${[message.plan, message.wave, message.package].filter(Boolean).join('/')}', not to '${here}'`,
      },
    };
  }

  /** Applies a message once. `decide` changes the state and answers undefined, or answers why not and changes nothing. Never throws for bad input. */
  receive(type: MessageType, jws: unknown, nowMs: number, decide: (message: Message) => Refusal | undefined): Acknowledgment {
    const opened = this.open(type, jws);
    if ('refusal' in opened) return this.refuse({ id: 'unknown', type, atMs: nowMs }, opened.refusal);
    const { message } = opened;
    if (Object.hasOwn(this.data.accepted, message.id)) return { accepted: true, id: message.id, duplicate: true };
    const refusal = decide(message);
    if (refusal) return this.refuse({ id: message.id, type, by: message.by, atMs: nowMs }, refusal);
    this.data.accepted[message.id] = true;
    this.data.refusals = this.data.refusals.filter(({ id }) => id !== message.id);
    this.data.outbox.messages.push({ jws: jws as string, acceptedAtMs: nowMs });
    return { accepted: true, id: message.id };
  }

  private refuse(about: Omit<RefusalView, 'code' | 'message'>, { code, message }: Refusal): Acknowledgment {
    this.data.refusals = [...this.data.refusals.filter(({ id }) => id !== about.id || id === 'unknown'), { ...about, code, message }].slice(-refusalsKept);
    return { accepted: false, id: about.id, code, message };
  }

  status(id: string): MessageStatus {
    if (Object.hasOwn(this.data.accepted, id)) return { status: 'accepted' };
    const refused = this.data.refusals.find((refusal) => refusal.id === id);
    return refused ? { status: 'refused', code: refused.code, message: refused.message } : { status: 'unknown' };
  }

  note(by: string, atMs: number, text: string): void {
    this.data.notes = [...this.data.notes, { by, atMs, text }].slice(-50);
  }

  /** Writes an audit event to the outbox. Its id comes from the workflow's place, a number and the content: a retried record adds nothing, a reset run overwrites nothing. */
  log(atMs: number, actor: string, kind: string, text: string, about?: { package?: string; data?: Record<string, unknown> }): void {
    const { plan, wave } = this.address;
    const subject = about?.package ?? this.address.package;
    const event: Omit<AuditEvent, 'id'> = {
      plan,
      wave,
      ...(subject === undefined ? {} : { package: subject }),
      atMs,
      actor,
      kind,
      text,
      ...(about?.data ? { data: about.data } : {}),
    };
    this.data.eventNumber += 1;
    const place = [plan, wave, this.address.package].filter(Boolean).join('/');
    this.data.outbox.events.push({ id: `${place}#${this.data.eventNumber}-${sha256Hex(event).slice(0, 8)}`, ...event });
  }

  /** An evaluation of this package that could not be taken at all. */
  recordEvaluation(evaluation: Omit<EvaluationView, 'plan' | 'wave' | 'package'>): void {
    const { plan, wave, package: rolePackage = '' } = this.address;
    (this.data.outbox.evaluations ??= []).push({ plan, wave, package: rolePackage, ...evaluation });
  }

  hasPost(): boolean {
    const { messages, events, finals, notices = [], answered = [], evaluations = [] } = this.data.outbox;
    return messages.length + events.length + finals.length + notices.length + answered.length + evaluations.length > 0;
  }

  takePost(): RecordBatch {
    const post = this.data.outbox;
    this.data.outbox = emptyBatch();
    return post;
  }
}
